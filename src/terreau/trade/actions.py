"""Telling an exchange, answering it, agreeing, taking it back. Each side writes its own saying only.

The pole is locked while one writes, and whoever answers says which version they read: two people at once
never agree on two amounts, and an exchange is one line of the ledger (R-108).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.canonical import canonical
from terreau.common.errors import DomainError, StaleWriteError
from terreau.common.inserting import insert
from terreau.exchanges.written import tell_people
from terreau.journal.actions import record
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects
from terreau.trade import ledger, rules, who
from terreau.trade.attribution import load as attribution
from terreau.trade.models import Declaration, Exchange, Step
from terreau.trade.rules import BUYER, SELLER, Told

_ASKS = gettext_lazy("Un membre du pôle a écrit un échange avec vous : dites si vous êtes d'accord.")
_ANSWERS = gettext_lazy("L'autre organisation a répondu au sujet d'un échange avec vous.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An exchange to tell: by which side, who sells to whom, what; where it comes from."""

    side: str
    seller: UUID
    buyer: UUID
    told: Told
    label: str = ""
    how: str = "typed"
    origin: str = ""

    @property
    def other(self) -> UUID:
        """The organisation in front."""
        return self.buyer if self.side == SELLER else self.seller


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that could not be written, by its place in what was sent, with why."""

    row: int
    code: str
    message: str


def path(exchange: Exchange) -> str:
    """Return the French address of the page of an exchange."""
    return f"/poles/{exchange.pole.slug}/espace/commerce/{exchange.pk}/"


def declare(pole: Pole, draft: Draft, *, by: User, today: date | None = None) -> Exchange:
    """Tell an exchange for one side: joined to what the other told of it, else waiting for it.

    Agreed at once when both say the same. Raises ``DomainError``: not members that day, a day to come, no
    amount, or told already (409).
    """
    with transaction.atomic():
        subjects.lock(pole.pk)
        found = _declare(pole, draft, who.members(pole), by=by, today=today or timezone.localdate())
        _tell(found, draft.side, _ANSWERS if found.state != rules.WAITING else _ASKS, by)
    return found


def declare_all(
    pole: Pole, drafts: Sequence[Draft], *, by: User, today: date | None = None
) -> tuple[list[Exchange], list[Refused]]:
    """Tell several exchanges, all or none; return them, or what hinders each. The others are told once."""
    day, made, refused = today or timezone.localdate(), [], []
    with transaction.atomic():
        subjects.lock(pole.pk)
        members = who.members(pole)
        for rank, draft in enumerate(drafts):
            try:
                with transaction.atomic():
                    made.append(_declare(pole, draft, members, by=by, today=day))
            except DomainError as error:
                refused.append(Refused(rank, error.code, str(error.message)))
        if refused:
            transaction.set_rollback(True)
            return [], refused
        told: set[UUID] = set()
        for row, draft in zip(made, drafts, strict=True):
            if draft.other not in told:
                told.add(draft.other)
                _tell(row, draft.side, _ASKS, by)
    return made, []


def confirm(exchange: Exchange, side: str, *, seen: int, why: str | None = None, by: User) -> Exchange:
    """Agree with what the other side says, and with its reason unless ``why`` says another: both are one."""
    with transaction.atomic():
        row = _locked(exchange, seen)
        held = _held(row)
        theirs = held.get(rules.other_side(side))
        if theirs is None:
            raise DomainError("nothing_said", _("L'autre organisation n'a encore rien dit."), status=409)
        _open(row)
        told = replace(theirs.told, why=theirs.why if why is None else _why(why))
        _say(row, side, told, theirs.label, Declaration.How.ANSWER, by)
        return _settle(row, side, "confirm", by)


def correct(  # noqa: PLR0913 - keyword-only: each is a part of what is said
    exchange: Exchange,
    side: str,
    told: Told,
    *,
    seen: int,
    label: str = "",
    reason: str = "",
    by: User,
    today: date | None = None,
) -> Exchange:
    """Say otherwise for my side; of what was agreed, with a reason: its line is taken back of the ledger."""
    with transaction.atomic():
        row = _locked(exchange, seen)
        _check(told, today or timezone.localdate())
        who.check_pair(who.members(row.pole), (row.seller_id, row.buyer_id), told.on)
        if row.state == rules.AGREED:
            _reopen(row, side, reason, by)
        _say(row, side, told, label, Declaration.How.TYPED, by)
        return _settle(row, side, "correct", by, reason=reason)


def refuse(exchange: Exchange, side: str, *, reason: str, seen: int, by: User) -> Exchange:
    """Say that an exchange did not take place, or not with us; the other may correct or take it back."""
    why = _reason(reason)
    with transaction.atomic():
        row = _locked(exchange, seen)
        _open(row)
        if side in (held := _held(row)) and len(held) == 1:
            words = _("C'est vous qui l'avez écrit : reprenez votre déclaration.")
            raise DomainError("your_own", words, status=409)
        Declaration.objects.filter(exchange=row, side=side).delete()
        return _move(row, rules.REFUSED, side, "refuse", by, reason=why)


def withdraw(exchange: Exchange, side: str, *, seen: int, by: User) -> Exchange:
    """Take my saying back; the exchange waits for me again when the other still says it."""
    with transaction.atomic():
        row = _locked(exchange, seen)
        _open(row)
        if side not in (held := _held(row)):
            raise DomainError("nothing_said", _("Vous n'avez rien dit de cet échange."), status=409)
        held[side].delete()
        state = rules.WAITING if len(held) > 1 else rules.WITHDRAWN
        return _move(row, state, side, "withdraw", by)


def attribute(exchange: Exchange, side: str, *, why: str, seen: int, by: User) -> Exchange:
    """Say why an exchange took place; once both say the same, its line says whether it is due to the pole.

    A line already written is corrected by a counter-entry and written again.
    """
    code = _why(why)
    with transaction.atomic():
        row = _locked(exchange, seen)
        if row.state not in {rules.WAITING, rules.DIFFERS, rules.AGREED} or side not in (held := _held(row)):
            raise DomainError("nothing_said", _("Dites d'abord votre version de cet échange."), status=409)
        Declaration.objects.filter(pk=held[side].pk).update(why=code)
        held = _held(row)
        if row.state == rules.AGREED:
            both = rules.agreed_why(held[SELLER].told, held[BUYER].told)
            if both != row.why:
                ledger.take_back(row, reason=_("Motif convenu entre les deux parties."), by=by)
                ledger.write(row, held, why=both, by=by)
        return _move(row, row.state, side, "attribute", by)


def invoice(exchange: Exchange, side: str, *, seen: int, by: User) -> Exchange:
    """Hold an agreed exchange as an invoice of the pole's register, for netting; who animates sees it too."""
    with transaction.atomic():
        row = _locked(exchange, seen)
        if row.state != rules.AGREED or (row.cents or 0) <= 0 or row.invoice_id:
            words = _("On met en compte un échange convenu, qui n'est pas un avoir, une seule fois.")
            raise DomainError("not_agreed", words, status=409)
        ledger.write_invoice(row, _held(row), by=by)
        return _move(row, row.state, side, "invoice", by)


def _declare(pole: Pole, draft: Draft, members: who.Members, *, by: User, today: date) -> Exchange:
    if draft.seller == draft.buyer:
        words = _("Qui vend et qui achète sont deux organisations.")
        raise DomainError("same_party", words, facts={"field": "other"})
    _check(draft.told, today)
    who.check_pair(members, (draft.seller, draft.buyer), draft.told.on)
    row = _theirs(pole, draft) or Exchange.objects.create(
        pole=pole, seller_id=draft.seller, buyer_id=draft.buyer, on=draft.told.on
    )
    _say(row, draft.side, draft.told, draft.label, draft.how, by, origin=draft.origin)
    return _settle(row, draft.side, "declare", by)


def _theirs(pole: Pole, draft: Draft) -> Exchange | None:
    """Return the exchange that the other told and that this one answers, the most alike; or none."""
    rows = Declaration.objects.filter(
        exchange__pole=pole,
        exchange__seller=draft.seller,
        exchange__buyer=draft.buyer,
        exchange__state=rules.WAITING,
        side=rules.other_side(draft.side),
    )
    waiting = {row.exchange_id: row.told for row in rows.order_by("at", "pk")}
    me = {0: replace(draft.told, loose=_loose(draft.side, draft.how))}
    if draft.side == SELLER:
        found = [other for _me, other in rules.match(me, waiting)]
    else:
        found = [other for other, _me in rules.match(waiting, me)]
    if not found:
        return None
    return Exchange.objects.select_related("pole__actor__subject").get(pk=found[0])


def _say(  # noqa: PLR0913, PLR0917 - each is a part of what is said
    row: Exchange, side: str, told: Told, label: str, how: str, by: User, *, origin: str = ""
) -> None:
    values = {
        "number": told.number.strip()[:60],
        "number_key": "" if _loose(side, how) else _number_key(told),
        "on": told.on,
        "cents": told.cents,
        "net_cents": told.net,
        "label": label.strip()[:200],
        "why": _why(told.why),
    }
    known = Declaration.objects.filter(exchange=row, side=side).first()
    said = known or Declaration(exchange=row, side=side, pole=row.pole, how=how, origin=origin)
    said.seller_id, said.buyer_id, said.by, said.at = row.seller_id, row.buyer_id, by, timezone.now()
    said.how = how
    for name, value in values.items():
        setattr(said, name, value)
    if known is None:
        insert(said, "already_told", field="number")
        return
    _save(said)


def _number_key(told: Told) -> str:
    """Return what one invoice is known by; a credit note may bear the number of what it gives back."""
    key = rules.number_key(told.number)
    return f"avoir{key}"[:60] if key and told.cents < 0 else key[:60]


def _loose(side: str, how: str) -> bool:
    """Say whether a number is one of the buyer's own books: accountants number what they receive."""
    return side == BUYER and how == Declaration.How.FEC


def _save(said: Declaration) -> None:
    """Write a saying again; another one of the same number is told in the words of the constraint."""
    same = Declaration.objects.filter(
        pole=said.pole_id, side=said.side, seller=said.seller_id, buyer=said.buyer_id
    )
    if said.number_key and same.filter(number_key=said.number_key).exclude(pk=said.pk).exists():
        words = _("Cette facture est déjà déclarée.")
        raise DomainError("already_told", words, facts={"field": "number"}, status=409)
    said.save()


def _settle(row: Exchange, side: str, verb: str, by: User, *, reason: str = "") -> Exchange:
    """Say where the two sayings stand; when both say the same, write the line of the ledger."""
    held = _held(row)
    state = rules.state_of(*(held[one].told if one in held else None for one in (SELLER, BUYER)))
    leading = held.get(SELLER) or held[BUYER]
    Exchange.objects.filter(pk=row.pk).update(on=leading.on)
    row.on = leading.on
    if state == rules.AGREED:
        both = rules.agreed_why(held[SELLER].told, held[BUYER].told)
        ledger.write(row, held, why=both, by=by)
    return _move(row, state, side, verb, by, reason=reason)


def _move(  # noqa: PLR0913 - each is a part of a step
    row: Exchange, state: str, side: str, verb: str, by: User, *, reason: str = ""
) -> Exchange:
    Exchange.objects.filter(pk=row.pk).update(state=state, version=F("version") + 1)
    said = Declaration.objects.filter(exchange=row, side=side).first()
    Step.objects.create(
        exchange=row,
        side=side,
        verb=verb,
        cents=said.cents if said else None,
        reason=reason.strip()[:300],
        by=by,
    )
    actor = row.seller if side == SELLER else row.buyer
    # The chain is of the organisation that acts and holds a digest: it tells nobody who trades with whom.
    proof = canonical([row.pk.hex, verb, state, said.cents if said else None, reason])
    digest = sha256(proof.encode()).hexdigest()
    record(actor.subject, f"trade.{verb}", by=by, data={"digest": digest})
    near = ("pole__actor__subject", "seller__subject", "buyer__subject")
    fresh = Exchange.objects.select_related(*near).get(pk=row.pk)
    if verb not in {"declare", "withdraw", "invoice"}:
        _tell(fresh, side, _ANSWERS, by)
    return fresh


def _reopen(row: Exchange, side: str, reason: str, by: User) -> None:
    why = _reason(reason)
    ledger.cancel_invoice(row, reason=why, by=by)
    ledger.take_back(row, reason=why, by=by)
    Exchange.objects.filter(pk=row.pk).update(
        state=rules.DIFFERS, cents=None, why="", flow=None, agreed_at=None
    )
    row.refresh_from_db()


def _locked(exchange: Exchange, seen: int) -> Exchange:
    """Return the exchange as it stands, the pole locked; tell who read another version of it."""
    subjects.lock(exchange.pole_id)
    near = ("pole__actor__subject", "seller__subject", "buyer__subject")
    row = Exchange.objects.select_related(*near).get(pk=exchange.pk)
    if row.version != seen:
        words = _("L'échange vient de changer : relisez ce que dit l'autre organisation avant de répondre.")
        raise StaleWriteError("stale_write", words)
    return row


def _held(row: Exchange) -> dict[str, Declaration]:
    return {one.side: one for one in Declaration.objects.filter(exchange=row)}


def _open(row: Exchange) -> None:
    if row.state in {rules.AGREED, rules.WITHDRAWN}:
        words = _("Cet échange est déjà convenu, ou repris : corrigez-le plutôt.")
        raise DomainError("wrong_state", words, facts={"state": row.state}, status=409)


def _check(told: Told, today: date) -> None:
    if told.cents == 0:
        raise DomainError("no_amount", _("Un échange a un montant."), facts={"field": "cents"})
    if abs(told.cents) > rules.MOST_CENTS:
        words = _("Ce montant est trop grand pour être vrai.")
        raise DomainError("too_large", words, facts={"field": "cents"})
    if told.on > today:
        raise DomainError("future", _("Cette date est à venir."), facts={"field": "on"})
    if told.on < today - timedelta(days=3660):
        raise DomainError("too_old", _("Cette date a plus de dix ans."), facts={"field": "on"})


def _why(code: str) -> str:
    if code and code not in attribution():
        raise DomainError("unknown_why", _("Ce motif n'existe pas."), facts={"field": "why"})
    return code


def _reason(typed: str) -> str:
    if not typed.strip():
        raise DomainError("reason_needed", _("Dites pourquoi."), facts={"field": "reason"})
    return typed.strip()[:300]


def _tell(row: Exchange, side: str, text: object, by: User) -> None:
    other = row.buyer_id if side == SELLER else row.seller_id
    tell_people([other], "trade", text, path=path(row), but=by, subject=None)


def actors_of(rows: Iterable[Exchange]) -> dict[UUID, Actor]:
    """Return the parties of exchanges that were read with them."""
    return {one.pk: one for row in rows for one in (row.seller, row.buyer)}
