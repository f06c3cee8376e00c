"""Lists of work-integration structures (SIAE) and GEIQ by SIRET: one line a structure and measure.

The layouts of the ministry (MESURE, CODE_DEPARTEMENT on three characters) and of the Marché de l'inclusion
(kind, siret) are read. An establishment is that of the actor with its SIREN.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from terreau.actors import identifiers, imports_found
from terreau.actors.models import Actor, ActorFunction
from terreau.common import parsing
from terreau.common.errors import DomainError
from terreau.common.periods import PartialDate
from terreau.facts import actions, catalogue
from terreau.facts.models import Fact, Status
from terreau.imports.kinds import ADDED, CHANGED, SAME, Change, Column, Context, Kind, Outcome, Row, Wrote
from terreau.imports.kinds import register as register_kind
from terreau.pieces.models import Source
from terreau.pieces.sources import source as cite
from terreau.territories import naming
from terreau.territories.models import Level, Zone

CODE = "actor.siae_measure"
GEIQ = "geiq"


def measure(typed: str) -> str:
    """Return a measure of the vocabulary, or ``geiq``; an « entreprise adaptée » (EA) is neither."""
    code = typed.strip().casefold()
    words = catalogue.vocabulary("siae_measure")
    if code == GEIQ or code in words:
        return code
    message = _("« %(text)s » n'est pas une mesure d'insertion : écrire %(known)s.")
    known = ", ".join([*(one.upper() for one in words.terms), "GEIQ"])
    raise DomainError("unknown_measure", message % {"text": typed, "known": known})


def department(typed: str) -> str:
    """Return the code of a department written on two or three characters: « 001 », « 02A ».

    « 59L » and « 59V » are the two halves of Nord in the lists of the ministry.
    """
    code = typed.strip().upper()
    if len(code) == 3 and code[0] == "0":
        code = code[1:]
    elif len(code) == 3 and code[:2].isdigit() and code[2].isalpha():
        code = code[:2]
    ok = len(code) == 2 or (len(code) == 3 and code.startswith("9"))
    if not ok or not (code[:1].isdigit() and (code.isdigit() or code in {"2A", "2B"})):
        message = _("« %(text)s » n'est pas un département : écrire 01, 2A ou 971.") % {"text": typed}
        raise DomainError("not_a_department", message)
    return code


def name(typed: str) -> str:
    """Return a name of at most 250 characters."""
    return parsing.one_line(typed, 250)


COLUMNS = (
    Column("siret", "SIRET", identifiers.check_siret, ("siret",), required=True),
    Column(
        "name",
        gettext_lazy("nom"),
        name,
        ("DENOMINATION_SOCIALE", "name", "denomination", "raison sociale", "GEIQ"),
        required=True,
    ),
    Column("measure", gettext_lazy("mesure"), measure, ("MESURE", "kind", "type de structure")),
    Column("naf", "NAF", identifiers.check_naf, ("CODE_NAF2", "naf", "ape"), lenient=True),
    Column(
        "department",
        gettext_lazy("département"),
        department,
        ("CODE_DEPARTEMENT", "department", "dep"),
        lenient=True,
    ),
    Column("city", gettext_lazy("commune"), name, ("COMMUNE", "city", "VILLE", "LIB_COM"), lenient=True),
)
OPTIONS = (
    Column("on", gettext_lazy("date de la liste"), parsing.day, required=True),
    Column(
        "document",
        gettext_lazy("nom de la liste"),
        name,
        required=True,
        hint=gettext_lazy("par exemple : Liste des SIAE, ministère du Travail"),
    ),
    Column(
        "measure",
        gettext_lazy("mesure de toutes les lignes"),
        measure,
        hint=gettext_lazy("quand le fichier n'a pas de colonne de mesure, par exemple GEIQ"),
    ),
    Column(
        "create",
        gettext_lazy("ajouter au registre les organisations qui n'y sont pas"),
        parsing.yes_no,
        hint=gettext_lazy("oui ou non ; non par défaut"),
    ),
)


def _key(values: Mapping[str, Any]) -> tuple[str, ...]:
    return (values["siret"], values.get("measure", ""))


def _measure(context: Context, row: Row) -> str:
    return str(row.values.get("measure") or context.options.get("measure") or "")


def compare(context: Context, rows: Sequence[Row]) -> list[Outcome]:
    """Say which lines add a function or a measure, and to whom."""
    known = imports_found.by_siren([row.values["siret"][:9] for row in rows], lock=context.writing)
    ids = [actor.pk for actors in known.values() for actor in actors]
    functions = set(
        ActorFunction.objects.filter(actor__in=ids, valid_to=None, function__in=("siae", GEIQ)).values_list(
            "actor", "function"
        )
    )
    on = context.options["on"]
    facts = Fact.objects.filter(subject__in=ids, code=CODE, superseded_at=None, valid_from=on)
    measures = set(facts.values_list("subject", "term"))
    return [_compare(context, row, known, functions, measures) for row in rows]


def _compare(
    context: Context,
    row: Row,
    known: Mapping[str, list[Actor]],
    functions: set[tuple[UUID, str]],
    measures: set[tuple[UUID, str]],
) -> Outcome:
    siret, label, wanted = row.values["siret"], row.values["name"], _measure(context, row)
    actors = known.get(siret[:9], [])
    exact = [actor for actor in actors if actor.siret == siret]
    if len(exact or actors) > 1:
        return imports_found.undecided(siret[:9], exact or actors)
    if not actors and not context.options.get("create"):
        return imports_found.unknown(label)
    actor = next(iter(exact or actors), None)
    changes = [] if actor else [Change(_("Organisation"), "", f"{label} ({siret})")]
    function = GEIQ if wanted == GEIQ else "siae"
    if actor is None or (actor.pk, function) not in functions:
        changes.append(Change(_("Fonction"), "", _function_label(function)))
    if function == "siae" and wanted and (actor is None or (actor.pk, wanted) not in measures):
        changes.append(Change(_("Mesure d'insertion"), "", _measure_label(wanted)))
    status = (CHANGED if actor else ADDED) if changes else SAME
    return Outcome(status, actor.name if actor else label, tuple(changes), found=actor)


def _measure_label(code: str) -> str:
    return catalogue.vocabulary("siae_measure").label(code, (get_language() or "fr")[:2])


def _function_label(code: str) -> str:
    return catalogue.vocabulary("actor_function").label(code, (get_language() or "fr")[:2])


def write(context: Context, rows: Sequence[tuple[Row, Outcome]]) -> list[list[Wrote]]:
    """Add the function and the measure of each line, and the actor when it is asked for."""
    source = _source(context)
    return [_write(context, source, row, outcome.found) for row, outcome in rows]


def _write(context: Context, source: Source, row: Row, actor: Actor | None) -> list[Wrote]:
    wrote: list[Wrote] = []
    siret, wanted = row.values["siret"], _measure(context, row)
    if actor is None:
        # Another line of the same batch may have described it.
        actors = imports_found.by_siren([siret[:9]])[siret[:9]]
        actor = actors[0] if actors else _born(context, row, wrote)
    function = GEIQ if wanted == GEIQ else "siae"
    held = ActorFunction.objects.filter(actor=actor, function=function, valid_to=None)
    if not held.exists():
        made = ActorFunction.objects.create(actor=actor, function=function, source=source)
        wrote.append({"what": "function", "pk": made.pk, "actor": actor.pk.hex})
    if function == "siae" and wanted:
        new = actions.NewFact(
            subject=actor.subject,
            code=CODE,
            value=wanted,
            source=source,
            status=Status.JUSTIFIED,
            on=PartialDate(context.options["on"], "day"),
        )
        for fact in actions.record_many([new], by=context.by, skip_known=True):
            wrote.append({"what": "fact", "pk": fact.pk.hex, "actor": actor.pk.hex})
    return wrote


def _born(context: Context, row: Row, wrote: list[Wrote]) -> Actor:
    values = row.values
    city, where = values.get("city", ""), values.get("department", "")
    code = naming.commune_in(city, where) if city else ""
    zone = Zone.objects.filter(level=Level.COMMUNE, cog_year=settings.COG_YEAR, code=code).first()
    note = "" if zone or not city else f"{city} ({where})" if where else city
    actor, born = imports_found.born(
        context,
        values["name"],
        siret=values["siret"],
        naf=values.get("naf", ""),
        zone=zone,
        zone_note=note,
    )
    wrote.append(born)
    return actor


def _source(context: Context) -> Source:
    day, document = context.options["on"], context.options["document"]
    return cite(
        Source.Kind.REGISTER,
        f"liste-siae-{day.isoformat()}",
        document,
        document[:60],
        piece=context.source.piece,
        published=PartialDate.parse(day),
    )


def undo(context: Context, wrote: list[Wrote]) -> None:
    """Take back the function and the measure of a line, and the actor that was born with them."""
    for one in reversed(wrote):
        if one["what"] == "function":
            ActorFunction.objects.filter(pk=one["pk"]).delete()
        elif one["what"] == "fact":
            fact = Fact.objects.select_related("subject").get(pk=UUID(one["pk"]))
            actions.withdraw(fact, by=context.by, reason=_("Import annulé."))
        else:
            imports_found.take_back(one)


KIND = register_kind(
    Kind(
        code="siae",
        label=gettext_lazy("Liste de structures d'insertion (SIAE, GEIQ)"),
        lede=gettext_lazy("Une ligne par structure et par mesure ; une structure peut en avoir plusieurs."),
        columns=COLUMNS,
        options=OPTIONS,
        repeats_harm=False,
        key=_key,
        compare=compare,
        write=write,
        undo=undo,
        settle=imports_found.settle,
        may=imports_found.may,
    )
)
