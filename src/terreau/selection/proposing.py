"""What is proposed for each file before anything is decided: by hand, or taken from the assistant.

Nothing is overwritten: each proposal is a row, the last one stands, and one that was made on top of another
which the person had not seen is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.calls.models import Call
from terreau.common.errors import DomainError, StaleWriteError
from terreau.common.inserting import insert
from terreau.common.money import Euro
from terreau.dossiers import moving
from terreau.dossiers.models import Dossier
from terreau.dossiers.states import DECIDED, Stages, steps
from terreau.journal.actions import counting_refusals, record
from terreau.selection import perms
from terreau.selection.models import Outcome, PortfolioRun, Proposal


def standing_ones(dossiers: Iterable[UUID]) -> dict[UUID, Proposal]:
    """Return what is proposed now for each of these files: one query."""
    last = Proposal.objects.filter(dossier__in=list(dossiers)).order_by().values("dossier")
    rows = Proposal.objects.filter(pk__in=last.annotate(last=Max("pk")).values("last")).select_related("by")
    return {row.dossier_id: row for row in rows.order_by("pk")}


def choosable(state: str, stages: Stages) -> bool:
    """Say whether a file in this state may be decided in a call with these stages."""
    return any(step.verb == "award" for step in steps(state, stages))


def propose(  # noqa: PLR0913 - keyword-only: each is a part of the proposal
    dossier: Dossier,
    outcome: str,
    *,
    cents: int | None = None,
    reason: str = "",
    by: User | None,
    seen: int | None = None,
    run: PortfolioRun | None = None,
) -> Proposal:
    """Propose an outcome for a file; an empty one takes back what was proposed.

    ``seen``: the key of the proposal that the person had before their eyes (0: none); None does not look.
    Raises ``StaleWriteError`` when another was made meanwhile, ``DomainError`` for a wrong amount.
    """
    perms.require_decides(dossier, by)
    with counting_refusals(dossier.subject, "dossier.propose", by=by), transaction.atomic():
        row = moving.lock(dossier)
        if row.state in DECIDED or not choosable(row.state, moving.stages_of(row.call)):
            words = _("Ce dossier n'est pas devant le comité : il est « %(state)s ».")
            facts = {"state": row.state}
            raise DomainError(
                "not_choosable", words % {"state": row.get_state_display()}, facts=facts, status=409
            )
        before = standing_ones([row.pk]).get(row.pk)
        if seen is not None and seen != (before.pk if before else 0):
            raise _moved(before)
        kept = cents if outcome in {Outcome.LAUREATE, Outcome.RESERVE} else None
        if outcome == Outcome.LAUREATE:
            check_amount(row, kept)
        made = Proposal(dossier=row, outcome=outcome, cents=kept, reason=reason.strip(), by=by, run=run)
        insert(made, "proposal_refused")
        record(row.subject, "dossier.proposed", by=by, data={"proposal": made.pk, "outcome": outcome})
    return made


def check_amount(dossier: Dossier, cents: int | None) -> None:
    """Raise ``DomainError`` for more than what is asked, or outside of what the call allows."""
    call: Call = dossier.call
    limits = [
        (cents is not None and cents < 0, "too_low", _("Un montant n'est pas négatif."), 0),
        (
            bool(cents and dossier.asked_cents is not None and cents > dossier.asked_cents),
            "over_asked",
            _("On n'accorde pas plus que ce qui est demandé : %(most)s."),
            dossier.asked_cents or 0,
        ),
        (
            bool(cents and call.max_cents is not None and cents > call.max_cents),
            "over_call",
            _("L'appel ne permet pas plus de %(most)s par dossier."),
            call.max_cents or 0,
        ),
        (
            bool(cents and call.min_cents is not None and cents < call.min_cents),
            "under_call",
            _("L'appel demande au moins %(most)s par dossier."),
            call.min_cents or 0,
        ),
    ]
    for wrong, code, words, most in limits:
        if wrong:
            said = words % {"most": Euro(most)} if "%(most)s" in words else words
            raise DomainError(code, said, facts={"field": "cents", "limit_cents": most})


def take(run: PortfolioRun, *, by: User, hidden: Collection[UUID] = ()) -> int:
    """Make proposals of what a search found, where they differ from what stands; return how many.

    Files over which the person is in conflict (``hidden``), those decided since the search, those that it was
    told to keep and those of which somebody proposed something by hand since are left as they are.
    """
    with transaction.atomic():
        held = PortfolioRun.objects.select_for_update().get(pk=run.pk)
        if held.state != PortfolioRun.State.DONE or not (held.result or {}).get("awards"):
            raise DomainError("nothing_found", _("Cette recherche n'a rien trouvé à proposer."), status=409)
        granted = {UUID(one["id"]): one["cents"] for one in held.result["awards"]}
        asked = {UUID(one["id"]) for one in held.problem["files"]}
        kept = {UUID(one["id"]) for one in held.problem["files"] if one["decided"]}
        files = Dossier.objects.filter(pk__in=asked - set(hidden)).select_related("call", "subject")
        now, stages = standing_ones(asked), moving.stages_of(held.committee.call)
        changed = 0
        for one in files.order_by("number"):
            cents = granted.get(one.pk)
            outcome = Outcome.LAUREATE if one.pk in granted else Outcome.RESERVE
            before = now.get(one.pk)
            if one.state in DECIDED or not choosable(one.state, stages):
                continue
            if before and (before.outcome, before.cents) == (outcome, cents):
                continue
            if before and (one.pk in kept or (before.run_id is None and before.at > held.at)):
                continue
            propose(one, outcome, cents=cents, by=by, run=held)
            changed += 1
        PortfolioRun.objects.filter(pk=held.pk).update(taken_at=timezone.now(), taken_by=by)
    return changed


def _moved(before: Proposal | None) -> StaleWriteError:
    if before is None:
        words = _("La proposition que vous voyiez a été retirée : relisez la page.")
    else:
        who = (before.by.name if before.by else "") or _("Quelqu'un")
        said = {
            "who": who,
            "outcome": before.get_outcome_display() or _("rien"),
            "cents": Euro(before.cents) if before.cents is not None else "–",
        }
        words = (
            _("%(who)s vient de proposer : %(outcome)s, %(cents)s. Relisez, puis proposez à nouveau.") % said
        )
    return StaleWriteError("proposal_moved", words, facts={"seen": before.pk if before else 0})
