"""The fields of a sheet as they are held: how each is typed, what it holds, who says so.

A field is a text as a person types it, so that what was seen, what is held now and what is wanted compare
alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.actors.models import Actor, LegalNature
from terreau.common import parsing
from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.common.periods import PartialDate
from terreau.facts import catalogue, read
from terreau.facts.catalogue import CatalogueEntry
from terreau.facts.models import Qualifier
from terreau.facts.read import FactView, SourceView
from terreau.poles import headings, identity
from terreau.poles.presentation import SUMMARY
from terreau.subjects.models import Subject

IDENTITY, DESCRIPTION, FIGURES = "identite", "description", "chiffres"
SECTIONS = (IDENTITY, DESCRIPTION, FIGURES)
_OF_POLES = (identity.NAME, "actor.legal_nature", "actor.siren", "actor.rna")
_DATED = ("pole.created", "pole.since", "pole.opened", "pole.opening_expected", "pole.active")
_OF_IDENTITY = frozenset({*_DATED, "pole.legal_form", "pole.website", "actor.founded", "actor.since"})
#: Rows of their own, or what only a document says.
_ELSEWHERE = frozenset(
    {"pole.stage", "pole.carrier_name", "pole.application", "pole.application_pages", "actor.spelling"}
)
QUALIFIERS = ("", "about", "more_than", "less_than", "at_least", "up_to", "almost")


@dataclass(frozen=True, slots=True)
class Item:
    """A statement of a field that has several: what is read, what would take it back."""

    fact: UUID
    shown: str
    period: str
    status: str
    source: SourceView


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a sheet: how it is typed, what it holds, who says so.

    ``widget``: text, area, number, money, date, bool, choice (one value), checks (terms of a vocabulary) or
    lines (several statements, ``items``). ``typed``: the value as one would type it; terms are joined by a
    comma. ``dated``: a new value has a day.
    """

    code: str
    label: str
    hint: str
    widget: str
    typed: str = ""
    qualifier: str = ""
    shown: str = ""
    period: str = ""
    status: str = ""
    source: SourceView | None = None
    choices: tuple[tuple[str, str], ...] = ()
    items: tuple[Item, ...] = ()
    unit: str = ""
    dated: bool = False
    contested: bool = False

    @property
    def base(self) -> str:
        """What a form keeps of what was seen, to be compared when it comes back."""
        return joined(self.qualifier, self.typed) if self.widget != "lines" else ""

    def split(self, text: str) -> tuple[str, str]:
        """Return the word before a number, and the number; another value has no word."""
        return split(text) if self.widget in {"number", "money"} else ("", text)

    @property
    def several(self) -> bool:
        """Whether values are added and taken back one by one, so that two people never collide."""
        return self.widget in {"checks", "lines"}


def joined(qualifier: str, typed: str) -> str:
    """Return a number with the word before it as one text: « about:15 »; other values have no word."""
    return f"{qualifier}:{typed}" if qualifier else typed


def split(text: str) -> tuple[str, str]:
    """Return the word and the value of a text that ``joined`` made."""
    word, colon, rest = text.partition(":")
    return (word, rest) if colon and word in Qualifier.values else ("", text)


def fields(actor: Actor, section: str) -> list[Field]:
    """Return the fields of a section as they are held now; three queries whatever their number."""
    held: dict[str, list[FactView]] = {}
    for view in read.facts_of(actor.subject, lang=_language(), public_only=False):
        held.setdefault(view.code, []).append(view)
    found = [_field(actor, entry, held.get(entry.code, [])) for entry in entries(actor, section)]
    return found if _language() == "fr" else _in_french(actor, found)


def _in_french(actor: Actor, found: list[Field]) -> list[Field]:
    """Have texts typed as they are written, in French, whatever the language of the page."""
    views = read.facts_of(actor.subject, lang="fr", public_only=False)
    written = {view.code: _typed(view) for view in views if view.type == "text"}
    return [
        replace(one, typed=written[one.code])
        if one.code in written and one.widget in {"text", "area"} and one.code not in identity.CODES
        else one
        for one in found
    ]


def entries(actor: Actor, section: str) -> list[CatalogueEntry]:
    """Return the entries of the catalogue that a section edits, in the order of reading."""
    known = catalogue.load()
    if section == IDENTITY:
        wanted = [identity.NAME, *identity.COLUMNS]
        if actor.subject.kind == Subject.Kind.POLE:
            wanted = [*_OF_POLES]
        mine = [known[code] for code in wanted]
        return mine + [entry for entry in _said_of(actor) if entry.code in _OF_IDENTITY]
    rest = [entry for entry in _said_of(actor) if entry.code not in _OF_IDENTITY]
    figures = section == FIGURES
    return [entry for entry in rest if (entry.type in {"number", "money"}) is figures]


def _said_of(actor: Actor) -> list[CatalogueEntry]:
    """Return what people say of a pole, or of an actor, but what identifies it."""
    kind = "pole" if actor.subject.kind == Subject.Kind.POLE else "actor"
    aside = {*headings.load().listed, *_ELSEWHERE, *identity.CODES}
    found = [
        entry
        for entry in catalogue.load()
        if entry.code.startswith(f"{kind}.") and entry.secrecy == "public" and kind in entry.subjects
    ]
    return sorted((entry for entry in found if entry.code not in aside), key=lambda one: _place(one.code))


def _place(code: str) -> tuple[int, int, str]:
    known = headings.load()
    if code == SUMMARY:
        return -1, 0, code
    names = list(known.headings)
    codes = known.headings[known.of(code)]
    return names.index(known.of(code)), codes.index(code) if code in codes else len(codes), code


def _language() -> str:
    return "en" if (get_language() or "fr").startswith("en") else "fr"


def _field(actor: Actor, entry: CatalogueEntry, views: list[FactView]) -> Field:
    lang = _language()
    common: dict[str, Any] = {
        "code": entry.code,
        "label": entry.label(lang),
        "hint": _hint(entry, lang),
        "widget": _widget(entry),
        "choices": _choices(entry, lang),
        "unit": catalogue.load().unit(entry.unit).label(lang, singular=False) if entry.unit else "",
        "dated": entry.period != "none",
    }
    if entry.code in identity.CODES:
        typed = identity.typed_of(actor, entry.code)
        status, source = identity.provenance(actor, entry.code, {view.code: view for view in views})
        return Field(
            **common, typed=typed, shown=_shown(typed, common["choices"]), status=status, source=source
        )
    if common["widget"] in {"checks", "lines"}:
        items = tuple(Item(one.id, one.display, one.period, one.status, one.source) for one in views)
        typed = ",".join(str(one.value) for one in views) if common["widget"] == "checks" else ""
        return Field(**common, typed=typed, items=items)
    if not views and entry.code == SUMMARY:
        told = str(actor.pole.summary.get("fr", ""))
        source = read.source_view(actor.source) if actor.source else None
        return Field(**common, typed=told, shown=told, status="declare" if told else "", source=source)
    if not views:
        return Field(**common)
    one = views[0]
    return Field(
        **common,
        typed=_typed(one),
        qualifier=one.qualifier,
        shown=one.display,
        period=one.period,
        status=one.status,
        source=one.source,
        contested=one.contested,
    )


def _widget(entry: CatalogueEntry) -> str:
    if entry.code == "actor.legal_nature":
        return "choice"
    if entry.type == "code":
        return "choice" if entry.single else "checks"
    if not entry.single:
        return "lines"
    if entry.code == SUMMARY:
        return "area"
    return entry.type


def _hint(entry: CatalogueEntry, lang: str) -> str:
    said = entry.definition(lang)
    if entry.type == "date":
        said += " " + _("Une année, un mois ou un jour : 2014, 2014-09, 2014-09-19.")
    return said


def _choices(entry: CatalogueEntry, lang: str) -> tuple[tuple[str, str], ...]:
    if entry.type == "bool":
        return (("oui", _("oui")), ("non", _("non")))
    if entry.type != "code":
        return ()
    words = catalogue.vocabulary(entry.choices)
    unknown = LegalNature.UNKNOWN if entry.code == "actor.legal_nature" else ""
    return tuple((code, words.label(code, lang)) for code in words.terms if code != unknown)


def _shown(typed: str, choices: Iterable[tuple[str, str]]) -> str:
    return dict(choices).get(typed, typed)


def _typed(view: FactView) -> str:
    low = _text(view.value)
    return low if view.value_max is None else f"{low} à {_text(view.value_max)}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, Euro):
        return f"{Decimal(value.cents) / 100:.2f}".replace(".", ",").removesuffix(",00")
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", ",")
    return value.iso() if isinstance(value, PartialDate) else str(value)


def read_typed(one: Field, typed: str) -> Any:
    """Return the value typed, in the type of the field; ``DomainError`` with ``facts["field"]`` otherwise."""
    kind = catalogue.load()[one.code].type
    try:
        return _READERS.get(kind, str)(typed)
    except DomainError as error:
        error.facts["field"] = one.code
        raise
    except ValueError as error:
        message = _("Écrivez une date : 2014, 2014-09 ou 2014-09-19.")
        raise DomainError("not_a_date", message, facts={"field": one.code}) from error


def _ranged(text: str, read_one: Any) -> Any:
    low, mark, high = text.partition(" à ")
    return {"min": read_one(low), "max": read_one(high)} if mark else read_one(low)


_READERS: dict[str, Any] = {
    "number": lambda text: _ranged(text, parsing.number),
    "money": lambda text: _ranged(text, lambda one: Decimal(parsing.euros(one).cents) / 100),
    "date": PartialDate.parse,
    "bool": parsing.yes_no,
}


__all__ = [
    "DESCRIPTION",
    "FIGURES",
    "IDENTITY",
    "QUALIFIERS",
    "SECTIONS",
    "Field",
    "Item",
    "entries",
    "fields",
    "joined",
    "read_typed",
    "split",
]
