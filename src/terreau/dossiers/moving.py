"""The only way the state of a file changes: the table is asked, the move written, journalled and told."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.accounts.roles_held import remembered
from terreau.calls.models import Call, Sponsor
from terreau.common.errors import NotFoundError, RefusedError, StaleWriteError
from terreau.common.permissions import Permission
from terreau.dossiers import announcing, states
from terreau.dossiers.deadline import takes
from terreau.dossiers.models import Dossier, Transition
from terreau.dossiers.perms import people_of, roles_of
from terreau.journal.actions import counting_refusals, record
from terreau.notices.actions import tell

#: Which mandatory opinions of a file were given: registered by the room that keeps them.
Given = Callable[[Dossier], frozenset[str]]
_GIVEN: Final[list[Given]] = []
#: What a room above asks of a file before a move (a verb), beside the table.
Check = Callable[[Dossier, str], Permission]
_CHECKS: Final[list[Check]] = []
#: What a room above does of a move, in its transaction: it closes what the move answers.
Follow = Callable[[Dossier, Transition], None]
_FOLLOW: Final[list[Follow]] = []

#: What a move changes of the row of a file.
_MOVED: Final = ("state", "stage_since", "version", "deposited_at", "late")

#: What the applicant reads when the file moves; the name of the file comes in.
_TOLD: Final[Mapping[str, Any]] = {
    "deposit": gettext_lazy("Le dossier « {name} » est déposé : son récépissé vous attend."),
    "take_back": gettext_lazy("Le dossier « {name} » est repris pour correction : il n'est plus déposé."),
    "admit": gettext_lazy("Le dossier « {name} » est déclaré recevable."),
    "reject": gettext_lazy("Le dossier « {name} » est déclaré irrecevable : les motifs sont sur sa page."),
    "ask": gettext_lazy("Des compléments sont demandés pour le dossier « {name} »."),
    "answer": gettext_lazy("Les compléments du dossier « {name} » sont envoyés."),
    "go_on": gettext_lazy("L'instruction du dossier « {name} » reprend."),
    "to_region": gettext_lazy("Le dossier « {name} » est transmis à la région."),
    "to_national": gettext_lazy("Le dossier « {name} » est transmis au niveau national."),
    "to_committee": gettext_lazy("Le dossier « {name} » est transmis au comité."),
    "award": gettext_lazy("Le dossier « {name} » est retenu."),
    "reserve": gettext_lazy("Le dossier « {name} » est sur la liste complémentaire."),
    "refuse": gettext_lazy("Le dossier « {name} » n'est pas retenu : les motifs sont sur sa page."),
    "agree": gettext_lazy("La convention du dossier « {name} » se prépare."),
    "start": gettext_lazy("L'action du dossier « {name} » commence."),
    "evaluate": gettext_lazy("L'évaluation partagée du dossier « {name} » est ouverte."),
    "close": gettext_lazy("Le dossier « {name} » est clôturé."),
    "withdraw": gettext_lazy("Le dossier « {name} » est retiré."),
    "end": gettext_lazy("La convention du dossier « {name} » est résiliée : les motifs sont sur sa page."),
    "reopen": gettext_lazy("Le dossier « {name} » est rouvert."),
    "undo": gettext_lazy("La dernière étape du dossier « {name} » est annulée."),
}


def opinions_by(given: Given) -> None:
    """Say who knows which mandatory opinions of a file were given. Without anybody none is."""
    if given not in _GIVEN:
        _GIVEN.append(given)


def also_refuse(check: Check) -> None:
    """Ask this too before every move, whoever takes it: a room registers it once, when the site starts."""
    if check not in _CHECKS:
        _CHECKS.append(check)


def also_do(follow: Follow) -> None:
    """Do this too after every move, in its transaction: a room registers it once, when the site starts."""
    if follow not in _FOLLOW:
        _FOLLOW.append(follow)


def move(  # noqa: PLR0913
    dossier: Dossier,
    verb: str,
    *,
    by: User | None,
    reason: str = "",
    data: dict[str, Any] | None = None,
    base_version: int | None = None,
    has: tuple[str, ...] = (),
) -> Transition:
    """Take a step of the table; return the row of the log. ``dossier`` is refreshed.

    ``by`` None is the site itself. ``has``: what the caller vouches for (``copy``: it made the frozen copy in
    this transaction). ``base_version``: the version that the person saw. Raises ``StaleWriteError`` when the
    file moved meanwhile, ``RefusedError`` (403, journalled) when the table or the role does not allow it,
    ``DomainError`` (409) for what would tell a decision before the results are published.
    """
    with counting_refusals(dossier.subject, f"dossier.{verb}", by=by), transaction.atomic():
        row = lock(dossier)
        if announcing.withheld(row):
            announcing.hold_back(verb, roles_of(row, by) if by else frozenset())
        if base_version is not None and row.version != base_version:
            raise _moved(row)
        target = _check(row, verb, by=by, reason=reason, has=has)
        made = _write(row, verb, target, by=by, reason=reason.strip(), data=data or {})
        row.refresh_from_db(fields=_MOVED)
        for follow in _FOLLOW:
            follow(row, made)
    for name in _MOVED:
        setattr(dossier, name, getattr(row, name))
    return made


def undo(dossier: Dossier, *, by: User | None, reason: str, base_version: int | None = None) -> Transition:
    """Undo the last move of a file, when it is one that may be and nothing followed."""
    return move(dossier, "undo", by=by, reason=reason, base_version=base_version)


def lock(dossier: Dossier) -> Dossier:
    """Return the row of a file, held until the end of the transaction; a file is held before an envelope."""
    rows = Dossier.objects.select_for_update(of=("self",)).select_related("call", "subject")
    row = rows.filter(pk=dossier.pk).first()
    if row is None:
        raise NotFoundError("not_found", _("Ce dossier n'existe pas."))
    return row


def possible(
    dossier: Dossier, user: User | None, *, roles: frozenset[str] | None = None
) -> list[states.Step]:
    """Return the steps that a person may take now, by role alone: what buttons to show."""
    held = roles_of(dossier, user) if roles is None else roles
    back, undoable = _behind(dossier)
    return [
        step
        for step in states.steps(dossier.state, stages_of(dossier.call))
        if set(step.roles) & held
        and (not {states.BACK, states.LAST} & set(step.needs) or step.target == back)
        and (states.LAST not in step.needs or undoable)
    ]


def stages_of(call: Call) -> states.Stages:
    """Return the stages of a call and its mandatory opinions, those of its sponsors in: one query."""
    rows = Sponsor.objects.filter(call=call, opinion=Sponsor.Opinion.MANDATORY).order_by("pk")
    sponsors = remembered(("dossiers.sponsors", call.pk), lambda: list(rows.values_list("pk", flat=True)))
    return states.read_stages(call.stages, sponsors)


def _check(row: Dossier, verb: str, *, by: User | None, reason: str, has: tuple[str, ...]) -> str:
    stages, (back, last) = stages_of(row.call), _behind(row)
    held = set(has) | ({states.REASON} if reason.strip() else set()) | ({states.LAST} if last else set())
    if takes(row.call, timezone.now()).ok:
        held.add(states.OPEN)
    given: frozenset[str] = frozenset().union(*(one(row) for one in _GIVEN))
    step = states.find(row.state, verb, stages, back_to=back)
    permission = states.allowed(
        row.state, verb, stages, roles=roles_of(row, by), has=held, opinions=given, back_to=back
    )
    if step is None or not permission:
        raise _not_allowed(row, verb, permission)
    for check in _CHECKS:
        if not (permission := check(row, verb)):
            raise _not_allowed(row, verb, permission)
    return step.target


def _not_allowed(row: Dossier, verb: str, permission: Permission) -> RefusedError:
    return RefusedError("move_refused", permission.reason, facts={"state": row.state, "verb": verb})


def _behind(row: Dossier) -> tuple[str, bool]:
    """Return where the file goes back to, and whether its last move is one that may be undone."""
    moves = Transition.objects.filter(dossier=row.pk).order_by("-id")
    last = moves.first()
    undoable = last is not None and last.verb in states.UNDOABLE and last.to_state == row.state
    if row.state == states.COMPLEMENTS:
        last = moves.filter(verb="ask").first()
    return (last.from_state if last else ""), undoable


def _write(  # noqa: PLR0913
    row: Dossier, verb: str, target: str, *, by: User | None, reason: str, data: dict[str, Any]
) -> Transition:
    now = timezone.now()
    made = Transition.objects.create(
        dossier=row, from_state=row.state, to_state=target, verb=verb, by=by, at=now, reason=reason, data=data
    )
    Dossier.objects.filter(pk=row.pk).update(state=target, stage_since=now, version=F("version") + 1)
    record(row.subject, f"dossier.{verb}", by=by, data={"from": made.from_state, "to": target})
    if not (announcing.hides(row.call) and announcing.secret(made)):
        _tell(row, verb, by=by, made=made)
    return made


def tell_decision(dossier: Dossier) -> None:
    """Tell the people of a decided file what was decided; those who were told already are not again."""
    moves = Transition.objects.filter(dossier=dossier, to_state=dossier.state).exclude(verb="undo")
    if made := moves.order_by("-id").first():
        _tell(dossier, made.verb, by=None, made=made)


def _tell(row: Dossier, verb: str, *, by: User | None, made: Transition) -> None:
    words = format_lazy(_TOLD[verb], name=row.name)
    for user in people_of(row):
        if by is None or user.pk != by.pk:
            tell(
                user,
                "dossier",
                words,
                subject=row.subject,
                path=f"/dossiers/{row.pk}/",
                dedupe=f"dossier-move-{made.pk}",
            )


def _moved(row: Dossier) -> StaleWriteError:
    words = _("Ce dossier a changé pendant ce temps : il est maintenant « %(state)s ». Relisez sa page.")
    facts = {"state": row.state, "version": row.version}
    return StaleWriteError("dossier_moved", words % {"state": row.get_state_display()}, facts=facts)
