"""Lists of ESS enterprises by SIREN: what an official list says of the actors of the register.

The layout is that of Sirene (``economieSocialeSolidaireUniteLegale``: O, N or nothing) and of the list that
INSEE draws with ESS France; any file with a column of SIREN is read.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.actors import identifiers, imports_found
from terreau.actors.models import Actor, EssListing
from terreau.common import parsing
from terreau.common.errors import DomainError
from terreau.common.periods import PartialDate
from terreau.imports.kinds import (
    ADDED,
    CHANGED,
    LEFT,
    SAME,
    Change,
    Column,
    Context,
    Kind,
    Outcome,
    Row,
    Wrote,
)
from terreau.imports.kinds import register as register_kind
from terreau.pieces.models import Source
from terreau.pieces.sources import source as cite

#: Category of natural persons (INSEE, level I « 1 ») : they are not kept.
_PERSONS = "1"


def category(typed: str) -> str:
    """Return a legal category; « 9220.0 » is what a spreadsheet made of 9220."""
    return identifiers.check_legal_category(typed.removesuffix(".0"))


def name(typed: str) -> str:
    """Return a name of at most 250 characters."""
    return parsing.one_line(typed, 250)


COLUMNS = (
    Column(
        "siren",
        "SIREN",
        identifiers.check_siren,
        ("siren", "numero siren", "sirenUniteLegale"),
        required=True,
    ),
    Column(
        "name",
        gettext_lazy("nom"),
        name,
        ("denomination", "denominationUniteLegale", "raison sociale", "nom", "denomination sociale"),
    ),
    Column(
        "ess",
        gettext_lazy("entreprise de l'ESS"),
        parsing.yes_no,
        ("economieSocialeSolidaireUniteLegale", "ess", "flag_ess_sirene", "appartenance ESS"),
        hint=gettext_lazy("oui ou non ; sans cette colonne, toute ligne veut dire oui"),
    ),
    Column(
        "category",
        gettext_lazy("catégorie juridique"),
        category,
        ("categorieJuridiqueUniteLegale", "categorie_juridique", "code categorie juridique"),
        lenient=True,
    ),
    Column(
        "naf", "NAF", identifiers.check_naf, ("activitePrincipaleUniteLegale", "naf", "ape"), lenient=True
    ),
    Column(
        "rna",
        "RNA",
        identifiers.check_rna,
        ("rna", "identifiantAssociationUniteLegale", "numero rna"),
        lenient=True,
    ),
)
OPTIONS = (
    Column("on", gettext_lazy("date de la liste"), parsing.day, required=True),
    Column(
        "document",
        gettext_lazy("nom de la liste"),
        name,
        required=True,
        hint=gettext_lazy("par exemple : Liste des entreprises de l'ESS, INSEE et ESS France"),
    ),
    Column(
        "create",
        gettext_lazy("ajouter au registre les organisations qui n'y sont pas"),
        parsing.yes_no,
        hint=gettext_lazy("oui ou non ; non par défaut"),
    ),
)


def _key(values: Mapping[str, Any]) -> tuple[str, ...]:
    return (values["siren"],)


def compare(context: Context, rows: Sequence[Row]) -> list[Outcome]:
    """Say whether each line adds a listing, contradicts one of the same day, or says what is held."""
    known = imports_found.by_siren([row.values["siren"] for row in rows], lock=context.writing)
    ids = [actor.pk for actors in known.values() for actor in actors]
    held = dict(
        EssListing.objects.filter(actor__in=ids, on=context.options["on"])
        .order_by("pk")
        .values_list("actor", "listed")
    )
    return [_compare(context, row, known.get(row.values["siren"], []), held) for row in rows]


def _compare(context: Context, row: Row, actors: Sequence[Actor], held: Mapping[Any, bool]) -> Outcome:
    label = row.values.get("name") or row.values["siren"]
    if len(actors) > 1:
        return imports_found.undecided(row.values["siren"], actors)
    if "ess" in context.mapped and "ess" not in row.values:
        return Outcome(LEFT, label)
    if not actors:
        return _newcomer(context, row, label)
    actor, listed = actors[0], row.values.get("ess", True)
    if held.get(actor.pk) is listed:
        return Outcome(SAME, actor.name)
    before = _said(held.get(actor.pk))
    change = Change(_("Entreprise de l'ESS, selon cette liste"), before, _said(listed))
    return Outcome(CHANGED, actor.name, (change,), found=actor)


def _newcomer(context: Context, row: Row, label: str) -> Outcome:
    person = str(row.values.get("category", "")).startswith(_PERSONS)
    if not context.options.get("create") or person or "name" not in row.values:
        return imports_found.unknown(label)
    return Outcome(ADDED, label, (Change("SIREN", "", row.values["siren"]),))


def _said(listed: bool | None) -> str:
    return "" if listed is None else _("oui") if listed else _("non")


def write(context: Context, rows: Sequence[tuple[Row, Outcome]]) -> list[list[Wrote]]:
    """Add the listing of each line, under the citation of the list, and the actor when it is asked for."""
    source = _source(context)
    return [_write(context, source, row, outcome) for row, outcome in rows]


def _write(context: Context, source: Source, row: Row, outcome: Outcome) -> list[Wrote]:
    wrote: list[Wrote] = []
    actor = outcome.found
    if actor is None:
        identity = {"siren": row.values["siren"], "legal_category": row.values.get("category", "")}
        identity |= {"naf": row.values.get("naf", ""), "rna": row.values.get("rna", "")}
        actor, born = imports_found.born(context, row.values["name"], **identity)
        wrote.append(born)
    which = {"actor": actor, "source": source, "on": context.options["on"]}
    before = EssListing.objects.filter(**which).values_list("listed", flat=True).first()
    listing, _made = EssListing.objects.update_or_create(
        **which, defaults={"listed": row.values.get("ess", True)}
    )
    wrote.append({"what": "listing", "pk": listing.pk, "actor": actor.pk.hex, "before": before})
    return wrote


def _source(context: Context) -> Source:
    """Return the citation of the list: its name and its day, whatever file brought it."""
    day = context.options["on"]
    document = context.options["document"]
    published = PartialDate.parse(day)
    return cite(
        Source.Kind.REGISTER,
        f"liste-ess-{day.isoformat()}",
        document,
        document[:60],
        piece=context.source.piece,
        published=published,
    )


def undo(context: Context, wrote: list[Wrote]) -> None:
    """Take the listing back, and the actor that was born with it."""
    for one in reversed(wrote):
        if one["what"] == "listing":
            _take_back(one)
        else:
            imports_found.take_back(one)


def _take_back(wrote: Wrote) -> None:
    rows = EssListing.objects.filter(pk=wrote["pk"])
    before = wrote["before"]
    if not (rows.delete()[0] if before is None else rows.update(listed=before)):
        raise DomainError("gone", _("Cette inscription n'existe plus."), status=409)


KIND = register_kind(
    Kind(
        code="ess",
        label=gettext_lazy("Liste d'entreprises de l'ESS"),
        lede=gettext_lazy("Une liste officielle avec une colonne de SIREN : elle confirme ou dément."),
        columns=COLUMNS,
        options=OPTIONS,
        key=_key,
        compare=compare,
        write=write,
        undo=undo,
        settle=imports_found.settle,
        may=imports_found.may,
    )
)
