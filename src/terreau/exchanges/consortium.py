"""Who answers together: asked, in or out, with which skills, for which share (R-46, R-155).

Shares are written whole or not at all: two people who share out at once do not mix their sums.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError, StaleWriteError
from terreau.common.inserting import insert
from terreau.exchanges import rules, skills
from terreau.exchanges.models import Lot, NeededSkill, Party, PartySkill, Tender
from terreau.exchanges.tenders import active, check_open, path, touch
from terreau.exchanges.written import tell_people
from terreau.journal.actions import record

_ANSWER = Party.Answer


def invite(  # noqa: PLR0913 - keyword-only: each is a part of the invitation
    tender: Tender,
    actor: Actor,
    *,
    by: User,
    lot: Lot | None = None,
    does: str = "",
    answered: bool = False,
) -> Party:
    """Ask an organisation to answer with the others; who comes back after saying no is asked again.

    ``answered``: who asks speaks for it, so that it is in at once.
    """
    with transaction.atomic():
        current = check_open(tender)
        answer = _ANSWER.IN if answered else _ANSWER.ASKED
        row = Party.objects.filter(tender=tender, actor=actor, lot=lot).first()
        if row is not None and row.answer != _ANSWER.OUT:
            words = _("Cette organisation est déjà du groupement.")
            raise DomainError("party_known", words, facts={"field": "actor"}, status=409)
        if row is None:
            row = insert(Party(tender=current, actor=actor, lot=lot, does=does.strip()[:300]), "party_known")
        _answer(row, answer, by if answered else None)
        touch(current)
        record(current.subject, "tender.party_asked", by=by, data={"actor": actor.pk.hex, "answer": answer})
        if not answered:
            told = gettext_lazy("On vous propose de répondre ensemble à un appel d'offres.")
            tell_people([actor.pk], "tender", told, path=path(current), but=by, subject=current.subject)
    return Party.objects.select_related("actor", "tender").get(pk=row.pk)


def answer(  # noqa: PLR0913 - keyword-only: each is a part of the answer
    party: Party,
    *,
    comes: bool,
    by: User,
    does: str = "",
    minutes_promised: int = 0,
    needs: Sequence[NeededSkill] = (),
) -> Party:
    """Say whether an organisation is in, what it will do, the skills it brings, the insertion it promises.

    Who says no leaves its share and the lead: the others see that their sum lacks it.
    """
    with transaction.atomic():
        current = check_open(party.tender)
        values: dict[str, Any] = {"does": does.strip()[:300], "minutes_promised": minutes_promised}
        if not comes:
            values = {"share_num": None, "share_den": None, "cents": None, "lead": False}
            touch(current)
        Party.objects.filter(pk=party.pk).update(**values)
        PartySkill.objects.filter(party=party).delete()
        if comes:
            brought = [one for one in needs if one.tender_id == current.pk]
            PartySkill.objects.bulk_create(PartySkill(party=party, need=one) for one in brought)
        _answer(party, _ANSWER.IN if comes else _ANSWER.OUT, by)
        data = {"actor": party.actor_id.hex, "comes": comes, "minutes": minutes_promised if comes else 0}
        record(current.subject, "tender.party_answered", by=by, data=data)
    return Party.objects.select_related("actor", "tender").get(pk=party.pk)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for a party: its share or its amount, or neither, its lot and whether it leads."""

    share: Fraction | None = None
    cents: int | None = None
    lot: Lot | None = None
    lead: bool = False


def share_out(  # noqa: PLR0913 - keyword-only: the shares are one thing, with what they sum to
    tender: Tender,
    wanted: Mapping[UUID, Wanted],
    *,
    sharing: str,
    offer_cents: int | None,
    seen: int,
    by: User,
) -> Tender:
    """Write the shares of all, or none: all empty, or summing to one or to the amount to the cent.

    ``seen`` is the count of changes of the group that the person saw (``Tender.consortium``). Raises
    ``StaleWriteError`` when the group changed since, ``DomainError`` ``shares_wrong`` with every problem.
    """
    with transaction.atomic():
        current = check_open(tender)
        parties = list(active(current))
        if current.consortium != seen or {one.pk for one in parties} != set(wanted):
            raise _stale(parties)
        _check(current, parties, wanted, sharing, offer_cents)
        # The lead changes hands: nobody has it, then one does.
        Party.objects.filter(tender=current, lead=True).update(lead=False)
        for party in parties:
            _give(party, wanted[party.pk], sharing)
        Tender.objects.filter(pk=current.pk).update(sharing=sharing, offer_cents=offer_cents)
        touch(current)
        data = {"sharing": sharing, "cents": offer_cents, "shares": _said(parties, wanted)}
        record(current.subject, "tender.shared_out", by=by, data=data)
    return Tender.objects.select_related("subject", "pole__actor__subject").get(pk=tender.pk)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Who together holds what an answer needs, beside those who are in; what nobody holds."""

    actors: tuple[Actor, ...]
    brings: Mapping[UUID, tuple[NeededSkill, ...]]
    missing: tuple[NeededSkill, ...]


def proposal(
    tender: Tender, needs: Sequence[NeededSkill], everybody: Sequence[Party], *, on: date
) -> Proposal:
    """Match the needed skills with the combined capacities of the members (R-155): two queries.

    ``everybody`` is who was asked, whatever they said, with what they bring at hand.
    """
    held = skills.held_by(tender.pole, on=on)
    by_key = {one.skill.key: one for one in needs}
    inside = list(dict.fromkeys(one.actor_id for one in everybody if one.answer != _ANSWER.OUT))
    gone = {one.actor_id for one in everybody} - set(inside)
    known = {str(actor): keys for actor, keys in held.items() if actor not in gone}
    keys_of = {one.pk: one.skill.key for one in needs}
    for one in everybody:
        if one.answer != _ANSWER.OUT:
            brought = {keys_of[row.need_id] for row in one.brings.all() if row.need_id in keys_of}
            known[str(one.actor_id)] = known.get(str(one.actor_id), frozenset()) | brought
    found = rules.cover(list(by_key), known, [str(actor) for actor in inside])
    rows = Actor.objects.in_bulk([UUID(name) for name in found.who])
    actors = tuple(rows[UUID(name)] for name in found.who)
    brings = {
        one.pk: tuple(need for key, need in by_key.items() if key in known[str(one.pk)]) for one in actors
    }
    return Proposal(actors, brings, tuple(by_key[key] for key in found.missing))


def form_group(tender: Tender, *, by: User, on: date) -> list[Party]:
    """Ask at once all those of the proposal, each for the skills it holds; return who was asked."""
    with transaction.atomic():
        current = check_open(tender)
        needs = list(NeededSkill.objects.filter(tender=current).select_related("skill"))
        everybody = Party.objects.filter(tender=current).prefetch_related("brings").order_by("pk")
        found = proposal(current, needs, list(everybody), on=on)
        made = [invite(current, actor, by=by) for actor in found.actors]
        PartySkill.objects.bulk_create(
            PartySkill(party=party, need=need) for party in made for need in found.brings[party.actor_id]
        )
    return made


def _answer(party: Party, answer_: str, by: User | None) -> None:
    at = timezone.now() if by is not None else None
    Party.objects.filter(pk=party.pk).update(answer=answer_, answered_at=at, answered_by=by)


def _check(
    tender: Tender, parties: Sequence[Party], wanted: Mapping[UUID, Wanted], sharing: str, total: int | None
) -> None:
    lots = dict(Lot.objects.filter(tender=tender).values_list("rank", "cents"))
    if sum(one.lead for one in wanted.values()) > 1:
        raise DomainError("two_leads", _("Un groupement a un seul mandataire."), facts={"field": "lead"})
    if all(one.share is None and one.cents is None for one in wanted.values()):
        return
    parts = [
        rules.Part(one.lot.rank if one.lot else 0, one.share, one.cents, one.lead)
        for one in (wanted[party.pk] for party in parties)
    ]
    found = rules.share_problems(parts, sharing=sharing, total=total, lots=lots)
    if found:
        words = " ".join(one.message for one in found)
        codes = [{"code": one.code, "message": one.message, "lot": one.lot} for one in found]
        raise DomainError("shares_wrong", words, facts={"problems": codes})


def _give(party: Party, wanted: Wanted, sharing: str) -> None:
    share = wanted.share if sharing == rules.PARTS else None
    party.share_num = None if share is None else share.numerator
    party.share_den = None if share is None else share.denominator
    party.cents = wanted.cents if sharing == rules.AMOUNTS else None
    party.lot, party.lead = wanted.lot, wanted.lead
    party.version += 1
    try:
        with transaction.atomic():
            party.save(update_fields=["share_num", "share_den", "cents", "lot", "lead", "version"])
    except IntegrityError as error:
        raise DomainError(
            "party_known", _("Cette organisation est déjà de ce lot."), facts={"field": "lot"}, status=409
        ) from error


def _said(parties: Sequence[Party], wanted: Mapping[UUID, Wanted]) -> list[list[Any]]:
    """Return the shares as the journal keeps them: exact, without a float."""
    return [
        [
            one.actor_id.hex,
            None if (share := wanted[one.pk].share) is None else str(share),
            wanted[one.pk].cents,
        ]
        for one in parties
    ]


def _stale(parties: Sequence[Party]) -> StaleWriteError:
    theirs = {one.actor.name: rules.percent(one.share) if one.share else one.cents for one in parties}
    words = _("Le groupement a changé pendant que vous le partagiez : voici ses parts, revoyez les vôtres.")
    return StaleWriteError("stale_write", words, facts={"shares": theirs})
