"""Fundings, planned lines, balances, and what is shown of them: each verb journalled on the pole.

Who may is said by ``perms``; a payment is a line of the ledger, written once by instalment.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.common.inserting import insert
from terreau.economics import actions as economics
from terreau.economics.rules import Said
from terreau.flows import actions as flows
from terreau.flows.models import Flow
from terreau.flows.rules import MOST_CENTS, Entry
from terreau.forecast import rules
from terreau.forecast.models import Balance, Funding, FundingMove, Instalment, Planned, Shown
from terreau.journal.actions import record, save_fresh
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects

#: What may be changed of a funding, field by field; amounts granted and states have their own verbs.
FIELDS: Final = (
    *("funder_name", "label", "kind", "origin", "asked_cents", "period_from", "period_to", "answer_on"),
    *("ask_again_by", "renewable", "investors", "conditions", "purpose_id", "granted_cents"),
)
LINE_FIELDS: Final = ("label", "cents", "first", "every", "until", "kind", "origin", "purpose_id")


def begin(  # noqa: PLR0913 - keyword-only: each is a part of the funding
    pole: Pole,
    *,
    funder_name: str,
    label: str,
    kind: str,
    by: User,
    funder: Actor | None = None,
    state: str = rules.PLANNED,
    parts: Sequence[tuple[date, int]] = (),
    **values: Any,
) -> Funding:
    """Write a funding to ask, asked or granted already; ``parts`` are its instalments (day, cents)."""
    name = _needed(
        funder.name if funder else funder_name, "no_funder", _("Dites qui finance."), "funder_name"
    )
    called = _needed(label, "no_label", _("Dites ce qui est financé."), "label")
    if state not in {rules.PLANNED, rules.ASKED, rules.GRANTED}:
        raise DomainError("unknown_state", _("Un financement commence par une demande."), status=422)
    row = Funding(pole=pole, funder=funder, funder_name=name[:200], label=called[:200], kind=kind, by=by)
    row.state = Funding.State(state)
    for field, value in values.items():
        setattr(row, field, value)
    if state != rules.GRANTED:
        row.granted_cents = None
    _check_funding(row)
    with transaction.atomic():
        insert(row, "funding_refused")
        FundingMove.objects.create(funding=row, before="", after=state, by=by)
        data = {"funding": row.pk.hex, "state": state, "cents": row.cents}
        record(pole.actor.subject, "funding.begun", by=by, data=data)
        for due, cents in parts:
            instalment(row, cents=cents, due=due, by=by)
    return row


def change(funding: Funding, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User) -> Funding:
    """Change some fields as the person saw them; the same field changed by two is refused (409)."""
    if unknown := set(mine) - set(FIELDS):
        raise ValueError(f"no such field: {sorted(unknown)}")
    wanted = dict(mine)
    trial = Funding.objects.get(pk=funding.pk)
    if not trial.certain:
        wanted.pop("granted_cents", None)
    for field, value in wanted.items():
        if value != base[field]:
            setattr(trial, field, value)
    _needed(trial.funder_name, "no_funder", _("Dites qui finance."), "funder_name")
    _needed(trial.label, "no_label", _("Dites ce qui est financé."), "label")
    _check_funding(trial)
    subject = funding.pole.actor.subject
    seen = {field: base[field] for field in wanted}
    return save_fresh(funding, subject=subject, verb="funding.changed", base=seen, mine=wanted, by=by)


def move(  # noqa: PLR0913 - keyword-only: each is a part of the move
    funding: Funding,
    verb: str,
    *,
    by: User,
    cents: int | None = None,
    reason: str = "",
    on: date | None = None,
) -> Funding:
    """Ask, grant (``cents``), refuse (with a reason when there is one), end or open again a funding.

    Raises ``DomainError`` (409) when somebody moved it meanwhile.
    """
    before, after = rules.MOVES[verb]
    values: dict[str, Any] = {"state": after}
    if verb == "grant":
        values["granted_cents"] = _positive(funding.asked_cents if cents is None else cents)
    if on is not None and on > timezone.localdate():
        raise DomainError("future", _("Cette date est à venir."), facts={"field": "on"})
    with transaction.atomic():
        row = Funding.objects.select_for_update().get(pk=funding.pk)
        changed = Funding.objects.filter(pk=row.pk, state__in=before).update(
            **values, version=F("version") + 1
        )
        if not changed:
            words = _("Ce financement a changé d'état entre-temps : regardez-le de nouveau.")
            raise DomainError("wrong_step", words, status=409)
        day = on or timezone.localdate()
        FundingMove.objects.create(
            funding=row, before=row.state, after=after, reason=reason.strip()[:300], on=day, by=by
        )
        data = {"funding": row.pk.hex, "before": row.state, "after": after}
        record(funding.pole.actor.subject, "funding.moved", by=by, data=data)
    return Funding.objects.select_related("pole__actor__subject", "funder", "purpose").get(pk=row.pk)


def instalment(  # noqa: PLR0913 - keyword-only: each is a part of the instalment
    funding: Funding, *, cents: int, due: date, by: User, label: str = "", condition: str = ""
) -> Instalment:
    """Add a part of a funding; all its parts are never more than the funding."""
    row = Instalment(funding=funding, cents=_positive(cents), due=due, by=by)
    row.label, row.condition = label.strip()[:160], condition.strip()[:300]
    with transaction.atomic():
        held = Funding.objects.select_for_update().get(pk=funding.pk)
        subjects.lock(funding.pole_id)
        kept = Instalment.objects.filter(funding=held, dropped_at=None).values_list("cents", flat=True)
        whole, planned = held.cents, sum(kept) + row.cents
        if whole is not None and planned > whole:
            words = _("Les versements feraient plus que le financement.")
            raise DomainError("too_much", words, facts={"field": "cents"}, status=409)
        insert(row, "instalment_refused")
        data = {"funding": held.pk.hex, "instalment": row.pk.hex, "cents": row.cents, "due": due.isoformat()}
        record(funding.pole.actor.subject, "funding.instalment_added", by=by, data=data)
    return row


def postpone(row: Instalment, *, due: date, by: User, seen: int) -> Instalment:
    """Await a part on another day; ``seen`` is the version the person read."""
    with transaction.atomic():
        _updated(row, seen, received_on=None, dropped_at=None, values={"due": due})
        data = {"instalment": row.pk.hex, "before": row.due.isoformat(), "due": due.isoformat()}
        record(row.funding.pole.actor.subject, "funding.instalment_moved", by=by, data=data)
    return Instalment.objects.get(pk=row.pk)


def drop(row: Instalment, *, by: User, seen: int) -> None:
    """Await a part no more."""
    with transaction.atomic():
        _updated(row, seen, received_on=None, dropped_at=None, values={"dropped_at": timezone.now()})
        data = {"instalment": row.pk.hex}
        record(row.funding.pole.actor.subject, "funding.instalment_dropped", by=by, data=data)


def receive(  # noqa: PLR0913 - keyword-only: each is a part of the receipt
    row: Instalment,
    *,
    on: date,
    by: User,
    cents: int | None = None,
    receiver: Actor | None = None,
    flow: Flow | None = None,
) -> Instalment:
    """Say that a part came in: write its line in the ledger, or tie it to ``flow``, which is there already.

    Once: two people who say it at once write one line, the second is told (409). A funder that the register
    does not know gives no line: the receipt alone is kept. Raises what ``flows.actions.record`` raises.
    """
    funding, amount = row.funding, _positive(row.cents if cents is None else cents)
    if on > timezone.localdate():
        raise DomainError("future", _("Cette date est à venir."), facts={"field": "on"})
    if not funding.certain:
        words = _("Dites d'abord que ce financement est accordé.")
        raise DomainError("not_granted", words, status=409)
    with transaction.atomic():
        subjects.lock(funding.pole_id)
        held = Instalment.objects.select_related("flow__reversed_by").get(pk=row.pk)
        if held.dropped_at or (held.received_on and not taken_back(held)):
            words = _("Ce versement est déjà noté comme reçu, ou n'est plus attendu.")
            raise DomainError("already_received", words, status=409)
        to = receiver or funding.pole.actor
        line = flow or _written(row, to, amount, on, by)
        if line is not None and flow is not None:
            amount, on = _tied(funding, line), line.on
        values = {"received_on": on, "received_cents": amount, "flow": line}
        Instalment.objects.filter(pk=row.pk).update(**values, version=F("version") + 1)
        if line is not None:
            _classed(funding, line, by)
        data = {"instalment": row.pk.hex, "cents": amount, "rank": line.rank if line else None}
        record(funding.pole.actor.subject, "funding.received", by=by, data=data)
    return Instalment.objects.get(pk=row.pk)


def take_back(row: Instalment, *, reason: str, by: User) -> Instalment:
    """Say that a part did not come in after all: its line in the ledger is corrected, with the reason."""
    with transaction.atomic():
        subjects.lock(row.funding.pole_id)
        held = Instalment.objects.select_related("flow__reversed_by", "flow__book").get(pk=row.pk)
        if held.received_on is None:
            words = _("Ce versement n'est pas noté comme reçu.")
            raise DomainError("not_received", words, status=409)
        if held.flow is not None and not taken_back(held) and held.flow.origin.startswith("funding:"):
            flows.reverse(held.flow, reason=reason, by=by)
        elif not reason.strip():
            raise DomainError("reason_needed", _("Dites pourquoi."), facts={"field": "reason"})
        values = {"received_on": None, "received_cents": None, "flow": None}
        Instalment.objects.filter(pk=row.pk).update(**values, version=F("version") + 1)
        data = {"instalment": row.pk.hex}
        record(row.funding.pole.actor.subject, "funding.taken_back", by=by, data=data)
    return Instalment.objects.get(pk=row.pk)


def taken_back(row: Instalment) -> bool:
    """Say whether the line that paid a part was corrected in the ledger since."""
    return row.flow is not None and hasattr(row.flow, "reversed_by")


def expect(pole: Pole, *, label: str, by: User, **values: Any) -> Planned:
    """Write a line that one expects, once or again and again."""
    called = _needed(label, "no_label", _("Dites de quoi il s'agit."), "label")
    row = Planned(pole=pole, label=called[:160], by=by, **values)
    row.cents = _positive(row.cents)
    _check_line(row)
    with transaction.atomic():
        insert(row, "line_refused")
        record(
            pole.actor.subject, "forecast.line_added", by=by, data={"line": row.pk.hex, "cents": row.signed}
        )
    return row


def change_line(row: Planned, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User) -> Planned:
    """Change some fields of a line as the person saw them."""
    if unknown := set(mine) - set(LINE_FIELDS):
        raise ValueError(f"no such field: {sorted(unknown)}")
    trial = Planned.objects.get(pk=row.pk)
    for field, value in mine.items():
        if value != base[field]:
            setattr(trial, field, value)
    _needed(trial.label, "no_label", _("Dites de quoi il s'agit."), "label")
    _positive(trial.cents)
    _check_line(trial)
    subject = row.pole.actor.subject
    return save_fresh(row, subject=subject, verb="forecast.line_changed", base=base, mine=mine, by=by)


def drop_line(row: Planned, *, by: User) -> None:
    """Expect a line no more; done twice, it is done once."""
    with transaction.atomic():
        gone = Planned.objects.filter(pk=row.pk, dropped_at=None)
        if gone.update(dropped_at=timezone.now(), version=F("version") + 1):
            record(row.pole.actor.subject, "forecast.line_dropped", by=by, data={"line": row.pk.hex})


def read_balance(pole: Pole, *, on: date, cents: int, by: User, note: str = "") -> Balance:
    """Write what stood on the accounts at the end of a day that is past or today."""
    if on > timezone.localdate():
        raise DomainError("future", _("Un solde se lit le jour même ou après."), facts={"field": "on"})
    if abs(cents) > MOST_CENTS:
        words = _("Ce montant est trop grand pour être vrai.")
        raise DomainError("too_large", words, facts={"field": "cents"})
    with transaction.atomic():
        row = Balance.objects.create(pole=pole, on=on, cents=cents, note=note.strip()[:200], by=by)
        data = {"on": on.isoformat(), "cents": cents}
        record(pole.actor.subject, "forecast.balance_read", by=by, data=data)
    return row


def show(pole: Pole, codes: Collection[str], *, known: Collection[str], by: User) -> None:
    """Show these items of the economy to everybody, and no other of those that are ``known``."""
    if unknown := set(codes) - set(known):
        raise ValueError(f"no such item: {sorted(unknown)}")
    with transaction.atomic():
        subjects.lock(pole.pk)
        held = dict(Shown.objects.filter(pole=pole).values_list("code", "shown"))
        wanted = {code: code in codes for code in known if held.get(code, False) != (code in codes)}
        for code, shown in wanted.items():
            values = {"shown": shown, "at": timezone.now(), "by": by}
            Shown.objects.update_or_create(pole=pole, code=code, defaults=values)
        if wanted:
            record(pole.actor.subject, "economy.shown", by=by, data={"items": dict(sorted(wanted.items()))})


def _written(row: Instalment, to: Actor, cents: int, on: date, by: User) -> Flow | None:
    """Write the line of the ledger; none when the register does not know who gives."""
    funding = row.funding
    pole = funding.pole
    if funding.funder_id is None or funding.funder_id == to.pk:
        return None
    again = Flow.objects.filter(
        book=pole.actor, origin__startswith=f"funding:{row.pk.hex}", reverses=None
    ).count()
    entry = Entry(
        giver=funding.funder_id,
        receiver=to.pk,
        nature="cash",
        on=on,
        label=f"{funding.label} – {row.label}"[:300] if row.label else funding.label,
        cents=cents,
        purpose=funding.purpose_id,
        instrument="transfer",
        origin=f"funding:{row.pk.hex}" + (f":{again + 1}" if again else ""),
    )
    (flow,) = flows.record(pole.actor, [entry], by=by)
    return flow


def _classed(funding: Funding, line: Flow, by: User) -> None:
    """Say of the line what the funding says: its type and its origin; what somebody said already stays.

    A line that is no resource of the pole (its carrier received it, and the pole has a legal form) waits to
    be classed by a person.
    """
    kind = rules.RESOURCES[funding.kind]
    said = Said(kind="" if kind == "unknown" else kind, origin=funding.origin)
    if said:
        with suppress(DomainError), transaction.atomic():
            economics.impute(funding.pole, {line.pk: 0}, said, by=by)


def _tied(funding: Funding, flow: Flow) -> int:
    """Return what a line of the book brings; raise when it is not one to tie (409)."""
    known = Instalment.objects.filter(flow=flow).exists()
    plain = flow.reverses_id is None and not hasattr(flow, "reversed_by") and flow.nature == "cash"
    if flow.book_id != funding.pole_id or known or not plain or not flow.cents:
        words = _("Cette ligne du livre ne peut pas être ce versement.")
        raise DomainError("not_this_line", words, facts={"field": "flow"}, status=409)
    return flow.cents


def _updated(
    row: Instalment, seen: int, *, received_on: None, dropped_at: None, values: Mapping[str, Any]
) -> None:
    rows = Instalment.objects.filter(pk=row.pk, version=seen, received_on=received_on, dropped_at=dropped_at)
    if not rows.update(**values, version=F("version") + 1):
        words = _("Quelqu'un vient de changer ce versement : regardez-le de nouveau.")
        raise DomainError("changed", words, status=409)


def _check_funding(row: Funding) -> None:
    for field in ("asked_cents", "granted_cents"):
        if getattr(row, field) is not None:
            _positive(getattr(row, field), field)
    if row.certain and row.granted_cents is None:
        words = _("Dites le montant qui est accordé.")
        raise DomainError("no_amount", words, facts={"field": "granted_cents"})
    if row.period_from and row.period_to and row.period_to < row.period_from:
        words = _("La fin du financement suit son début.")
        raise DomainError("period_order", words, facts={"field": "period_to"})
    if row.investors is not None and row.kind not in {"citizen", "capital"}:
        words = _("Seul un investissement compte des investisseurs.")
        raise DomainError("no_investors", words, facts={"field": "investors"})


def _check_line(row: Planned) -> None:
    allowed = rules.LINE_USES if row.out else rules.LINE_RESOURCES
    if row.kind not in allowed:
        words = _("Cette nature ne va pas avec le sens de la ligne.")
        raise DomainError("wrong_kind", words, facts={"field": "kind"})
    if row.out:
        row.origin = ""
    if row.until is not None and row.until < row.first:
        words = _("La dernière fois suit la première.")
        raise DomainError("period_order", words, facts={"field": "until"})


def _positive(cents: int | None, field: str = "cents") -> int:
    if cents is None or cents <= 0:
        words = _("Dites un montant plus grand que zéro.")
        raise DomainError("no_amount", words, facts={"field": field})
    if cents > MOST_CENTS:
        words = _("Ce montant est trop grand pour être vrai.")
        raise DomainError("too_large", words, facts={"field": field})
    return cents


def _needed(value: str, code: str, words: str, field: str) -> str:
    text = " ".join((value or "").split())
    if not text:
        raise DomainError(code, words, facts={"field": field})
    return text


def tie(funding: Funding, funder: Actor | None, *, by: User) -> None:
    """Tie a funding whose funder has another name to the actor that the register knows, or to none."""
    with transaction.atomic():
        changed = Funding.objects.filter(pk=funding.pk).exclude(funder=funder)
        if changed.update(funder=funder, version=F("version") + 1):
            data = {"funding": funding.pk.hex, "funder": funder.pk.hex if funder else None}
            record(funding.pole.actor.subject, "funding.tied", by=by, data=data)
