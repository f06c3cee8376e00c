"""An actor is born from the official registers at its first use, never thirty million at once.

What the registers say later is never written over what the actor holds: ``differences`` tells it, with its
source,
for a person to take or leave.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from terreau.accounts.models import User
from terreau.actors import identifiers
from terreau.actors.actions import Identity, NewName, create_actor
from terreau.actors.models import Actor, ActorName, LegalNature
from terreau.actors.tables import FAMILIES, legal_categories, legal_divisions
from terreau.common.errors import DomainError, NotFoundError
from terreau.common.periods import PartialDate
from terreau.common.text import search_text
from terreau.directory.models import Association, Batch, Establishment, LegalUnit
from terreau.pieces.models import Source
from terreau.pieces.sources import source
from terreau.subjects.models import Subject
from terreau.territories.base import COG_YEARS
from terreau.territories.models import Level, Zone

_NAF_VERSIONS = {"NAFRev2": "rev2", "NAF25": "2025", "NAF2025": "2025", "NAFRev1": "rev1"}
#: INSEE, nomenclature of legal categories, levels II and III: the longest beginning wins.
_NATURES = {
    "62": LegalNature.ENTERPRISE_GROUPING,
    "71": LegalNature.STATE,
    "72": LegalNature.LOCAL_AUTHORITY,
    **{
        f"73{rest}": LegalNature.AUTHORITY_GROUPING
        for rest in (40, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55)
    },
    "7381": LegalNature.CHAMBER,
    "82": LegalNature.MUTUAL,
    "84": LegalNature.UNION,
    "92": LegalNature.ASSOCIATION,
    "93": LegalNature.FOUNDATION,
}
_KINDS = {"company": LegalNature.COMPANY, "public": LegalNature.PUBLIC_BODY}


@dataclass(frozen=True, slots=True)
class Official:
    """What the registers hold of an organisation, in the terms of an actor."""

    name: str
    identity: Identity
    batch: Batch
    names: tuple[NewName, ...] = ()
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that the registers say otherwise than the actor; ``source`` cites them."""

    field: str
    held: str
    official: str
    source: Source


@transaction.atomic
def from_directory(number: str, *, by: User | None, public: bool = False) -> Actor:
    """Return the actor of a SIREN, a SIRET or an RNA number, made from the registers when there is none.

    Two people who ask at once get the same actor. The head office and its unit are one actor; another
    establishment is its own. ``NotFoundError`` when no register holds the number, ``DomainError`` when the
    number is wrong (``siren_key``…), or when the unit asked not to be shown (``partial_diffusion``).
    """
    field, checked = _checked(number)
    _wait_for(checked)
    official = None
    if field == "siret":
        official = _of_siret(checked)
        if official and official.identity.get("siret") == checked and _is_head(checked):
            field, checked = "siren", checked[:9]
    if known := _known(field, checked):
        return known
    official = official or _READERS[field](checked)
    if official is None:
        message = _(
            "Aucun répertoire détenu ici ne connaît le numéro %(number)s. Saisissez l'organisation vous-même."
        )
        raise NotFoundError("not_in_directory", message % {"number": checked}, facts={field: checked})
    if not official.name:
        message = _(
            "L'organisation %(number)s a demandé à ne pas être diffusée. Saisissez son nom si elle l'accepte."
        )
        raise DomainError("partial_diffusion", message % {"number": checked}, facts={field: checked})
    return create_actor(
        official.name,
        source=_source(official.batch),
        public=public,
        by=by,
        names=[NewName(n.text, n.kind, source=_source(official.batch)) for n in official.names],
        **official.identity,
    )


def official(actor: Actor) -> Official | None:
    """Return what the registers hold of an actor by its numbers, None when they hold nothing."""
    for field in ("siret", "siren", "rna"):
        value = getattr(actor, field)
        if value and (found := _READERS[field](value)):
            return found
    return None


def differences(actor: Actor) -> list[Difference]:
    """Return the fields that the registers say otherwise: proposals for a person, never written here.

    A name that is one of the actor's is no difference; what the registers leave unknown is none either.
    A unit that they say closed is the field ``closed``.
    """
    found = official(actor)
    if found is None:
        return []
    cited = _source(found.batch)
    told = [
        Difference(field, str(getattr(actor, field) or ""), str(value), cited)
        for field, value in found.identity.items()
        if field not in {"zone", "legal_nature"} and value and value != getattr(actor, field)
    ]
    if found.name and search_text(found.name) not in _names(actor):
        told.insert(0, Difference("name", actor.name, found.name, cited))
    if found.closed and actor.subject.closed_at is None:
        told.append(Difference("closed", "", "C", cited))
    return told


def _names(actor: Actor) -> set[str]:
    others = ActorName.objects.filter(actor=actor).order_by("id").values_list("text", flat=True)
    return {search_text(text) for text in (actor.name, *others)}


def _checked(number: str) -> tuple[str, str]:
    text = "".join(number.split()).upper()
    if text.startswith("W"):
        return "rna", identifiers.check_rna(text)
    if sum(c.isdigit() for c in text) > 9:
        return "siret", identifiers.check_siret(number)
    return "siren", identifiers.check_siren(number)


def _wait_for(number: str) -> None:
    """Let one person at a time make the actor of a number; SQLite's transaction holds the lock already."""
    if connection.vendor == "postgresql":
        key = number[:9] if number.isdigit() else number
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"terreau.birth.{key}"])


def _known(field: str, number: str) -> Actor | None:
    """The living actor of a number, the one that it was merged into, None. A unit before its
    establishments."""
    rows = (
        Actor.objects.filter(**{field: number})
        .select_related("subject")
        .order_by("subject__created_at", "pk")
    )
    actors = [actor for actor in rows if field != "siren" or not actor.siret or _is_head(actor.siret)]
    for actor in actors:
        if actor.subject.merged_into_id is None and actor.subject.closed_at is None:
            return actor
    for actor in actors:
        subject: Subject | None = actor.subject
        while subject and subject.merged_into_id:
            subject = subject.merged_into
        winner = Actor.objects.filter(pk=subject.pk).first() if subject else None
        if winner is not None:
            return winner
    return None


def _is_head(siret: str) -> bool:
    """Whether a SIRET is the head office of its unit; a unit that is not held has one establishment known."""
    nic = LegalUnit.objects.filter(siren=int(siret[:9])).values_list("head_nic", flat=True).first()
    return nic is None or nic == int(siret[9:])


def _of_siren(siren: str) -> Official | None:
    unit = LegalUnit.objects.select_related("batch").filter(siren=int(siren)).first()
    if unit is None:
        return None
    siret = f"{siren}{unit.head_nic:05d}" if unit.head_nic is not None else ""
    place = Establishment.objects.filter(siret=int(siret)).first() if siret else None
    return _official(unit, unit.name, place)


def _of_siret(siret: str) -> Official | None:
    place = Establishment.objects.filter(siret=int(siret)).first()
    unit = LegalUnit.objects.select_related("batch").filter(siren=int(siret[:9])).first()
    if unit is None or place is None:
        return None
    name = unit.name if unit.head_nic == int(siret[9:]) else place.name or unit.name
    return _official(unit, name, place)


def _of_rna(rna: str) -> Official | None:
    row = Association.objects.select_related("batch").filter(code=rna).first()
    if row is None:
        return None
    identity = Identity(rna=rna, legal_nature=LegalNature.ASSOCIATION, zone=_zone(row.commune))
    if row.siret:
        identity["siret"] = row.siret
    names = (NewName(row.acronym, ActorName.Kind.ACRONYM),) if row.acronym else ()
    return Official(row.name, identity, row.batch, names, row.state not in {"A", ""})


_READERS: dict[str, Callable[[str], Official | None]] = {
    "siren": _of_siren,
    "siret": _of_siret,
    "rna": _of_rna,
}


def _official(unit: LegalUnit, name: str, place: Establishment | None) -> Official:
    identity = Identity(
        siren=f"{unit.siren:09d}",
        legal_category=unit.legal_category,
        legal_nature=legal_nature(unit.legal_category),
        ess_declared=Actor.Declared.YES if unit.ess == "O" else Actor.Declared.UNKNOWN,
        rna=unit.rna,
    )
    identity.update(_coded(unit))
    if place is not None:
        identity["siret"] = f"{place.siret:014d}"
        identity["zone"] = _zone(place.commune)
    names = (NewName(unit.acronym, ActorName.Kind.ACRONYM),) if unit.acronym else ()
    closed = unit.state == "C" or (place is not None and place.state == "F" and not place.head)
    return Official(name, identity, unit.batch, names, closed)


def _coded(unit: LegalUnit) -> Identity:
    """Codes that the tables of this room know; one that they do not know is left out."""
    coded = Identity()
    version = _NAF_VERSIONS.get(unit.naf_version, "rev2")
    with suppress(DomainError):
        if unit.naf:
            coded["naf"] = identifiers.check_naf(unit.naf, version)
            coded["naf_version"] = version
    with suppress(DomainError):
        if unit.size_class:
            coded["size_class"] = identifiers.check_size_class(unit.size_class)
    return coded


def legal_nature(category: str) -> str:
    """Return the legal nature that a legal category (four digits, INSEE) makes; unknown stays unknown."""
    row = legal_categories().get(category)
    if row is not None and row.certainty == "sure" and row.family in FAMILIES:
        return LegalNature(row.family)
    for length in (4, 2):
        if category[:length] in _NATURES:
            return _NATURES[category[:length]]
    division = legal_divisions().get(category[:2])
    return _KINDS.get(division.kind, LegalNature.UNKNOWN) if division else LegalNature.UNKNOWN


def _zone(commune: str) -> Zone | None:
    if not commune:
        return None
    return Zone.objects.filter(level=Level.COMMUNE, code=commune, cog_year=COG_YEARS[-1]).first()


def _source(batch: Batch) -> Source:
    """The citation of a batch: one for all the actors born from it."""
    with override("fr"):
        document = str(Batch.Register(batch.register).label)
        section = _("lot %(number)d") % {"number": batch.pk}
    day = batch.published_on
    published = PartialDate(day, "day") if day else None
    return source("register", f"{batch.register}-{batch.pk}", document, section, published=published)
