"""« Ma commune »: for a mayor's assistant, which poles, whom to call, what was given, what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from terreau.actors.models import Actor, LegalNature, Subsidy
from terreau.common.money import Euro
from terreau.common.text import sort_key
from terreau.design.numbers import grouped, with_unit
from terreau.facts import read
from terreau.poles.models import Carrier, Membership, Pole
from terreau.sheets.communes import NearPole, PoleInZone
from terreau.sheets.facts import FactLine, SourceLine, language, lines, source_line
from terreau.sheets.near import CONTACTS
from terreau.sheets.territories import territory_sheet
from terreau.territories import base
from terreau.territories.models import Zone

_AUTHORITIES = (LegalNature.LOCAL_AUTHORITY, LegalNature.AUTHORITY_GROUPING)
_WEBSITE = "pole.website"
_OPENING = "pole.opening_expected"


@dataclass(frozen=True)
class Contact:
    """Whom to call: the pole itself, or the structure that carries it."""

    name: str
    path: str
    lines: Mapping[str, FactLine]


@dataclass(frozen=True)
class TownPole:
    """A pole that touches the commune; ``contact`` is None when nothing is known."""

    pole: PoleInZone
    carriers: Sequence[str]
    contact: Contact | None
    website: FactLine | None
    opening: FactLine | None


@dataclass(frozen=True)
class Seat:
    """A role of the commune, or of its intercommunality, in a pole."""

    authority: str
    pole: str
    slug: str
    role: str
    since: str
    until: date | None


@dataclass(frozen=True)
class Gift:
    """A subsidy of the commune, or of its intercommunality, to a pole or to one who carries or makes it."""

    giver: str
    beneficiary: str
    path: str
    amount: str
    purpose: str
    on: date | None
    until: date | None
    source: SourceLine


@dataclass(frozen=True)
class Coming:
    """Something that has a date to come."""

    on: date | None
    when: str
    what: str
    path: str


@dataclass(frozen=True)
class Town:
    """A commune, as its town hall needs it."""

    zone: Zone
    population: int | None
    poles: list[TownPole]
    seats: list[Seat]
    nearest: list[NearPole]
    today: date
    gifts: list[Gift] = field(default_factory=list)
    coming: list[Coming] = field(default_factory=list)

    @property
    def epci(self) -> Zone | None:
        """The intercommunality, None for the four communes that have none."""
        return self.zone.epci

    @property
    def sure(self) -> list[TownPole]:
        """Poles that surely touch the commune."""
        return [one for one in self.poles if one.pole.sure]

    @property
    def rough(self) -> list[TownPole]:
        """Poles whose sources say a wider zone only."""
        return [one for one in self.poles if not one.pole.sure]

    @cached_property
    def paragraph(self) -> str:
        """The sentences to copy in a letter or a deliberation: only what the register holds, and its date."""
        return " ".join([*_sentences(self), _source(self.today)])


def town(code: str) -> Town:
    """Return what a commune's town hall needs; an old code is followed, an unknown one ``NotFoundError``."""
    sheet = territory_sheet("commune", code)
    today = timezone.localdate()
    poles = _poles(sheet.communes.poles)
    seats = _seats(sheet.zone)
    position = base.load(sheet.zone.cog_year).index[sheet.zone.code]
    communes = base.load(sheet.zone.cog_year)
    known = bool(communes.population_known[position])
    gifts = _gifts(sheet.zone, [one.pole.slug for one in poles])
    return Town(
        zone=sheet.zone,
        population=int(communes.population[position]) if known else None,
        poles=poles,
        seats=seats,
        nearest=sheet.communes.nearest_poles,
        today=today,
        gifts=gifts,
        coming=sorted(_coming(poles, seats, gifts, today), key=lambda one: (one.on is None, one.on or today)),
    )


def _poles(touching: Sequence[PoleInZone]) -> list[TownPole]:
    ids = dict(Pole.objects.filter(slug__in=[one.slug for one in touching]).values_list("slug", "pk"))
    carriers = _carriers(ids.values())
    asked = [*ids.values(), *(actor for held in carriers.values() for actor, _name in held)]
    facts = read.by_subject(asked, lang=language(), codes=[*CONTACTS, _WEBSITE, _OPENING]) if asked else {}
    return [
        _town_pole(one, carriers.get(ids[one.slug], []), facts, ids[one.slug])
        for one in touching
        if one.slug in ids
    ]


def _carriers(poles: object) -> dict[UUID, list[tuple[UUID, str]]]:
    rows = Carrier.objects.filter(pole__in=list(poles), valid_to=None, actor__subject__public=True)  # type: ignore[call-overload]
    found: dict[UUID, list[tuple[UUID, str]]] = {}
    for pole, actor, name in rows.order_by("pole", "pk").values_list("pole", "actor", "actor__name"):
        found.setdefault(pole, []).append((actor, name))
    return found


def _town_pole(
    pole: PoleInZone,
    carriers: Sequence[tuple[UUID, str]],
    facts: Mapping[UUID, list[read.FactView]],
    pk: UUID,
) -> TownPole:
    own = {line.code: line for line in lines(facts.get(pk, []))}
    speakers = [
        (pole.name, f"/poles/{pole.slug}/", own),
        *(
            (name, f"/acteurs/{actor}/", {line.code: line for line in lines(facts.get(actor, []))})
            for actor, name in carriers
        ),
    ]
    contact = next((_contact(*speaker) for speaker in speakers if set(speaker[2]) & set(CONTACTS)), None)
    names = [name for _actor, name in carriers]
    return TownPole(pole, names, contact, own.get(_WEBSITE), own.get(_OPENING))


def _contact(name: str, path: str, held: Mapping[str, FactLine]) -> Contact:
    return Contact(
        name, path, {code.removeprefix("contact."): held[code] for code in CONTACTS if code in held}
    )


def _seats(zone: Zone) -> list[Seat]:
    """Roles in listed poles of the authority of the commune and of that of its intercommunality."""
    authorities = Actor.objects.filter(
        Q(zone=zone) | Q(zone=zone.epci_id) if zone.epci_id else Q(zone=zone),
        legal_nature__in=_AUTHORITIES,
        subject__public=True,
    )
    rows = Membership.objects.filter(actor__in=authorities, pole__listing__isnull=False, valid_to=None)
    return [
        Seat(
            row.actor.name,
            row.pole.actor.name,
            row.pole.slug,
            str(Membership.Role(row.role).label),
            str(row.valid_from.year) if row.valid_from else "",
            row.valid_to,
        )
        for row in rows.select_related("actor", "pole__actor").order_by("actor__sort_key", "pk")
    ]


def _gifts(zone: Zone, poles: Sequence[str]) -> list[Gift]:
    """Return what was given to the poles of the commune, their members and carriers, the latest first."""
    givers = [one for one in (_sirens().get(zone.code), zone.epci.code if zone.epci else None) if one]
    here = Pole.objects.filter(slug__in=poles)
    actors = {
        *here.values_list("pk", flat=True),
        *Membership.objects.filter(pole__in=here, valid_to=None).values_list("actor", flat=True),
        *Carrier.objects.filter(pole__in=here, valid_to=None).values_list("actor", flat=True),
    }
    rows = Subsidy.objects.filter(
        giver_siren__in=givers, beneficiary__in=actors, beneficiary__subject__public=True, withdrawn_at=None
    ).order_by("-decided_on", "pk")
    return [
        Gift(
            row.giver_name,
            row.beneficiary.name,
            f"/acteurs/{row.beneficiary_id}/",
            with_unit(Euro(row.cents), "", language()),
            row.purpose,
            row.decided_on,
            row.paid_to,
            source_line(row.source),
        )
        for row in rows.select_related("beneficiary", "source")
        if row.beneficiary
    ]


@lru_cache(maxsize=1)
def _sirens() -> dict[str, str]:
    """SIREN of each commune that has one in the base."""
    table = base.read("communes")
    pairs = zip(table["code"].tolist(), table["siren"].tolist(), strict=True)
    return {str(code): str(siren) for code, siren in pairs if siren}


def _coming(
    poles: Sequence[TownPole], seats: Sequence[Seat], gifts: Sequence[Gift], today: date
) -> list[Coming]:
    found = [
        Coming(
            None,
            one.opening.display,
            _("ouverture prévue : %(name)s") % {"name": one.pole.name},
            f"/poles/{one.pole.slug}/",
        )
        for one in poles
        if one.opening and str(one.opening.value or "")[:4] >= str(today.year)
    ]
    ends = [
        Coming(seat.until, date_format(seat.until), _("fin du rôle dans %(name)s") % {"name": seat.pole},
               f"/poles/{seat.slug}/")
        for seat in seats
        if seat.until and seat.until > today
    ]  # fmt: skip
    paid = [
        Coming(
            one.until,
            date_format(one.until),
            _("dernier versement à %(name)s") % {"name": one.beneficiary},
            one.path,
        )
        for one in gifts
        if one.until and one.until > today
    ]  # fmt: skip
    return [*found, *ends, *paid]


def _sentences(town: Town) -> list[str]:
    who = _("La commune de %(name)s (%(department)s)") % {
        "name": town.zone.name,
        "department": town.zone.department.name if town.zone.department else town.zone.code,
    }
    if town.population is not None:
        people = with_unit(town.population, _("habitants"), language())
        who = _("%(who)s, %(people)s,") % {"who": who, "people": people}
    count = len(town.sure)
    if not count:
        said = [
            _("%(who)s n'est dans le périmètre d'aucun pôle territorial de coopération économique connu.")
            % {"who": who}
        ]
    else:
        told = ngettext(
            "%(who)s est dans le périmètre d'un pôle territorial de coopération économique : %(names)s.",
            "%(who)s est dans le périmètre de %(count)s pôles territoriaux de coopération économique : "
            "%(names)s.",
            count,
        )
        names = " ; ".join(_named(one) for one in sorted(town.sure, key=lambda one: sort_key(one.pole.name)))
        said = [told % {"who": who, "count": grouped(count, language()), "names": names}]
    if town.rough:
        names = " ; ".join(one.pole.name for one in town.rough)
        said.append(
            _("Elle est peut-être dans celui de %(names)s, dont on ne connaît qu'une zone plus grande.")
            % {"names": names}
        )
    for seat in town.seats:
        since = _(" depuis %(year)s") % {"year": seat.since} if seat.since else ""
        said.append(
            _("%(authority)s y est %(role)s de %(pole)s%(since)s.")
            % {"authority": seat.authority, "role": seat.role, "pole": seat.pole, "since": since}
        )
    return said


def _named(one: TownPole) -> str:
    if not one.carriers:
        return one.pole.name
    return _("%(pole)s, porté par %(carriers)s") % {
        "pole": one.pole.name,
        "carriers": ", ".join(one.carriers),
    }


def _source(today: date) -> str:
    return _("Source : registre Terreau, consulté le %(day)s.") % {"day": date_format(today)}
