"""What can be proposed or confirmed on a sheet: its name, what identifies it, and each fact of the catalogue.

A field has a key: ``name``, ``siren``…, the code of a fact (``pole.jobs``), or a code and the identifier of
one of its statements where a subject has several (``pole.service:<uuid>``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors import actions as actors
from terreau.actors.models import Actor, LegalNature
from terreau.common import parsing
from terreau.common.errors import DomainError, NotFoundError
from terreau.common.money import Euro
from terreau.common.periods import PartialDate
from terreau.facts import actions as facts
from terreau.facts import catalogue, display, read
from terreau.facts.catalogue import CatalogueEntry
from terreau.facts.models import Fact, Status
from terreau.facts.read import FactView, SourceView
from terreau.facts.values import read_value
from terreau.pieces.models import Source
from terreau.poles import headings, listing
from terreau.poles.models import Statement
from terreau.subjects.models import Subject

#: What identifies an actor, beside its name.
IDENTITY = ("siren", "rna", "legal_nature")
#: What no field says; accepted, it is done by hand.
OTHER = "other"
NO_SOURCE = SourceView("", "", "", "", "", "", None, to_check=False)
_LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a sheet as it stands today: what is held, who says so, and how it is typed.

    ``raw`` is what one would type to say the same (empty when nothing is held), ``shown`` what is read.
    """

    key: str
    label: str
    type: str
    group: str
    raw: str = ""
    shown: str = ""
    period: str = ""
    status: str = ""
    source: SourceView = NO_SOURCE
    hint: str = ""
    dated: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    code: str = ""
    fact: UUID | None = None
    written_in: str = ""
    recorded_on: date | None = field(default=None, compare=False)

    @property
    def view(self) -> dict[str, Any]:
        """What the tag ``fact`` draws."""
        return {
            "display": self.shown,
            "period": self.period,
            "status": self.status,
            "source": self.source,
            "contradicted_by": [],
            "written_in": self.written_in,
        }


def language() -> str:
    """Return the language of the page: ``fr`` or ``en``."""
    return (get_language() or "fr")[:2]


def held(actor: Actor) -> list[Field]:
    """Return every field that the sheet fills, in the order of reading: four queries."""
    views = read.facts_of(actor.subject, lang=language())
    found = [_of_fact(view, catalogue.load()[view.code]) for view in views]
    return [*_identity(actor), *sorted(found, key=_place)]


def addable(actor: Actor) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the codes that can be added, by heading: those that the sheet has not, or has several of."""
    taken = {one.code for one in held(actor) if one.code}
    groups: dict[str, list[tuple[str, str]]] = {}
    for entry in _entries(actor):
        if not (entry.single and entry.code in taken):
            groups.setdefault(_heading(entry.code), []).append((entry.code, entry.label(language())))
    return [(group, sorted(codes, key=lambda one: one[1])) for group, codes in groups.items()]


def find(actor: Actor, key: str) -> Field:
    """Return the field of this key as it stands now; ``NotFoundError`` when the sheet has no such field.

    A statement that was superseded is found at what replaces it; withdrawn, its ``raw`` is empty.
    """
    if key == OTHER:
        return Field(OTHER, _("Autre chose"), "text", _("Autre"))
    code, _colon, statement = key.partition(":")
    for one in held(actor):
        if key in (one.key, one.code) and (not one.code or catalogue.load()[one.code].single):
            return one
        if statement and one.fact and str(one.fact) == statement:
            return one
    entry = next((entry for entry in _entries(actor) if entry.code == code), None)
    if entry is None:
        raise NotFoundError("unknown_field", _("Cette fiche n'a pas ce champ."), facts={"field": key[:80]})
    if statement and (replacing := _replacing(actor, code, statement)):
        return _of_fact(replacing, entry, key=key)
    return _blank(entry, key)


def read_typed(one: Field, typed: str, *, on: str = "") -> Any:
    """Return the value typed, in the type of the field; ``DomainError`` says what to write."""
    text = typed.strip()
    if len(text) > _LONGEST:
        message = _("Ce texte est trop long : %(most)d caractères au plus.") % {"most": _LONGEST}
        raise DomainError("too_long", message, facts={"field": one.key})
    if not text:
        raise DomainError("empty", _("Écrivez une valeur."), facts={"field": one.key})
    when(on)
    if not one.code:
        return _identity_value(one.key, text)
    value = _READERS.get(one.type, str)(text)
    read_value(catalogue.load(), one.code, value)
    return value


def when(typed: str) -> PartialDate | None:
    """Return the date typed (2026, 2026-09, 2026-09-19), None when there is none."""
    if not typed.strip():
        return None
    try:
        found = PartialDate.parse(typed)
    except ValueError as error:
        message = _("Écrivez une date : 2014, 2014-09 ou 2014-09-19.")
        raise DomainError("not_a_date", message, facts={"field": "on"}) from error
    if not 1800 <= found.first.year <= 2100:
        raise DomainError("not_a_date", _("Cette année est hors de portée."), facts={"field": "on"})
    return found


def shown(one: Field, typed: str) -> str:
    """Return what is typed as it would be read; as it is typed when it cannot be."""
    try:
        value = read_typed(one, typed)
        if one.choices:
            return dict(one.choices).get(str(value), str(value))
        if not one.code:
            return str(value)
        known = catalogue.load()
        return display.value(read_value(known, one.code, value), known[one.code], known, language())
    except DomainError:
        return typed


def apply(  # noqa: PLR0913 - keyword-only: what is said, when, by whom, on whose word
    actor: Actor, key: str, typed: str, *, on: str, by: User, source: Source
) -> None:
    """Write what is proposed on the sheet: nothing is overwritten, what was said stays in its history.

    A declaration about the same days is superseded; one about other days, or of a document, stays beside: the
    order of trust and of dates says which is shown first. Raises ``DomainError`` when the value is refused.
    """
    if key == OTHER:
        return
    one = find(actor, key)
    value = read_typed(one, typed, on=on)
    if one.code:
        _record(actor.subject, one, value, on=when(on) if one.dated else None, by=by, source=source)
    elif key == "name":
        day = when(on)
        actors.rename(actor, str(value), on=day.first if day else _today(), by=by, source=source)
    else:
        actors.change(actor, mine={key: value}, by=by)  # type: ignore[misc]
    listing.project(listing.touched_by([actor.pk]))


def _record(  # noqa: PLR0913
    subject: Subject, one: Field, value: Any, *, on: PartialDate | None, by: User, source: Source
) -> None:
    old = (
        Fact.objects.select_related("source").filter(pk=one.fact, superseded_at=None).first()
        if one.fact
        else None
    )
    declared = (
        old is not None
        and old.source.kind == Source.Kind.DECLARATION
        and (on is None or old.valid_from in (None, on.first))
    )
    status = Status.JUSTIFIED if source.kind == Source.Kind.PIECE else Status.DECLARED
    old = old if declared else None
    facts.record(subject, one.code, value, source=source, by=by, status=status, on=on, supersedes=old)


def _today() -> date:
    return timezone.localdate()


def _identity(actor: Actor) -> list[Field]:
    identity = _("Identité")
    source = read.source_view(actor.source) if actor.source else NO_SOURCE
    found = [
        Field("name", _("Nom"), "text", identity, actor.name, actor.name, "", "declare", source, dated=True)
    ]
    if actor.subject.kind == Subject.Kind.POLE:
        return found
    natures = tuple((code, str(label)) for code, label in LegalNature.choices if code != LegalNature.UNKNOWN)
    nature = actor.legal_nature if actor.legal_nature != LegalNature.UNKNOWN else ""
    label = str(actor.get_legal_nature_display()) if nature else ""
    rows = (
        ("siren", "SIREN", "text", actor.siren, actor.siren, ()),
        ("rna", "RNA", "text", actor.rna, actor.rna, ()),
        ("legal_nature", _("Nature juridique"), "code", nature, label, natures),
    )
    return found + [
        Field(key, name, kind, identity, raw, said, "", "declare" if raw else "", source, choices=choices)
        for key, name, kind, raw, said, choices in rows
    ]


def _identity_value(key: str, text: str) -> str:
    if key == "name":
        return parsing.one_line(text, 250)
    if key == OTHER:
        return text
    return str(actors.checked_identity({key: text})[key])  # type: ignore[misc]


def _entries(actor: Actor) -> Iterable[CatalogueEntry]:
    kinds = {"actor", "pole"} if actor.subject.kind == Subject.Kind.POLE else {"actor"}
    return [entry for entry in catalogue.load() if entry.secrecy == "public" and kinds & set(entry.subjects)]


def _heading(code: str) -> str:
    return str(Statement.Heading(headings.load().of(code)).label)


def _place(one: Field) -> tuple[int, int]:
    known = headings.load()
    names = list(known.headings)
    heading = known.of(one.code)
    codes = known.headings[heading]
    return names.index(heading), codes.index(one.code) if one.code in codes else len(codes)


def _blank(entry: CatalogueEntry, key: str) -> Field:
    lang = language()
    choices: tuple[tuple[str, str], ...] = ()
    if entry.type == "code":
        terms = catalogue.vocabulary(entry.choices)
        choices = tuple((code, terms.label(code, lang)) for code in terms.terms)
    elif entry.type == "bool":
        choices = (("oui", _("oui")), ("non", _("non")))
    return Field(
        key=key,
        label=entry.label(lang),
        type=entry.type,
        group=_heading(entry.code),
        hint=entry.definition(lang) + _unit_hint(entry),
        dated=entry.period != "none",
        choices=choices,
        code=entry.code,
    )


def _unit_hint(entry: CatalogueEntry) -> str:
    if entry.type == "money":
        return " " + _("En euros.")
    if entry.type == "date":
        return " " + _("Une année, un mois ou un jour : 2014, 2014-09, 2014-09-19.")
    if entry.type != "number" or not entry.unit:
        return ""
    unit = catalogue.load().unit(entry.unit).label(language(), singular=False)
    return " " + _("En nombre : %(unit)s.") % {"unit": unit}


def _of_fact(view: FactView, entry: CatalogueEntry, *, key: str = "") -> Field:
    blank = _blank(entry, key or (entry.code if entry.single else f"{entry.code}:{view.id}"))
    return replace(
        blank,
        raw=_raw(view),
        shown=view.display,
        period=view.period,
        status=view.status,
        source=view.source,
        fact=view.id,
        written_in=view.written_in,
        recorded_on=view.recorded_at.date(),
    )


def _raw(view: FactView) -> str:
    if view.value_max is not None:
        return f"{_typed(view.value)} à {_typed(view.value_max)}"
    return _typed(view.value)


def _typed(value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, Euro):
        return f"{value.cents / 100:.2f}".replace(".", ",").removesuffix(",00")
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", ",")
    return value.iso() if isinstance(value, PartialDate) else str(value or "")


def _replacing(actor: Actor, code: str, statement: str) -> FactView | None:
    """Return what took the place of a statement that is no longer held."""
    try:
        pk: UUID | None = UUID(statement)
    except ValueError:
        return None
    living = {view.id: view for view in read.facts_of(actor.subject, lang=language(), codes=[code])}
    for _step in range(50):
        pk = Fact.objects.filter(supersedes=pk).values_list("pk", flat=True).first() if pk else None
        if pk is None or pk in living:
            break
    return living.get(pk) if pk else None


def _ranged(text: str, read_one: Any) -> Any:
    low, mark, high = text.partition(" à ")
    return {"min": read_one(low), "max": read_one(high)} if mark else read_one(low)


_READERS: dict[str, Any] = {
    "number": lambda text: _ranged(text, parsing.number),
    "money": lambda text: _ranged(text, parsing.euros),
    "bool": parsing.yes_no,
    "date": when,
}

__all__ = ["OTHER", "Field", "addable", "apply", "find", "held", "read_typed", "shown", "when"]
