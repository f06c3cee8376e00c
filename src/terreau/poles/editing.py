"""A sheet changed field by field: what is held, with its provenance; what somebody wants.

A field is a text as a person types it, so that what was seen, what is held now and what is wanted compare
alike (``common.stale.three_way``). Nothing is overwritten: a fact is superseded, withdrawn, or stands beside
another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors import actions as actors
from terreau.actors.models import Actor, LegalNature
from terreau.common import parsing
from terreau.common.errors import DomainError, StaleWriteError
from terreau.common.money import Euro
from terreau.common.periods import PartialDate
from terreau.common.stale import three_way
from terreau.facts import actions as facts
from terreau.facts import catalogue, read
from terreau.facts.catalogue import CatalogueEntry
from terreau.facts.models import Fact, Qualifier, Status
from terreau.facts.read import FactView, SourceView
from terreau.facts.rules import STATUSES
from terreau.journal.actions import record
from terreau.pieces.models import Source
from terreau.poles import headings, identity
from terreau.poles.presentation import SUMMARY
from terreau.subjects import actions as subjects
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
_LONGEST = 4000
_QUALIFIERS = ("", "about", "more_than", "less_than", "at_least", "up_to", "almost")


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


@dataclass(frozen=True, slots=True)
class Provenance:
    """On whose word a change is made: status, source, day of the values, reason of what is taken back."""

    status: str
    source: Source
    on: PartialDate | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a form asks for: values of single fields, what is added, what is taken back, what is confirmed."""

    base: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, tuple[frozenset[str], frozenset[str]]] = field(default_factory=dict)
    added: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    removed: frozenset[UUID] = frozenset()
    confirmed: frozenset[str] = frozenset()


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


# Writing


@transaction.atomic
def apply(actor: Actor, section: str, wanted: Wanted, said: Provenance, *, by: User) -> list[str]:
    """Write what a form asks for and return the codes that changed.

    Fields that somebody else changed meanwhile stay; the same field changed by both raises
    ``StaleWriteError`` with ``facts["conflicts"]`` (base, theirs and mine, as ``Field.base`` writes them),
    and nothing is written. A wrong value raises ``DomainError`` with ``facts["field"]``.
    """
    subjects.lock(actor.pk)
    actor = Actor.objects.select_related("subject", "zone", "source").get(pk=actor.pk)
    now = {one.code: one for one in fields(actor, section)}
    mine = {code: text for code, text in wanted.values.items() if code in now and not now[code].several}
    theirs = {code: now[code].base for code in mine}
    base = {code: _tidy(now[code], wanted.base.get(code, theirs[code])) for code in mine}
    merge = three_way(base, theirs, {code: _tidy(now[code], text) for code, text in mine.items()})
    if merge.conflicts:
        message = _("Quelqu'un a modifié les mêmes champs pendant ce temps : choisissez la valeur à garder.")
        raise StaleWriteError("stale_write", message, facts={"conflicts": merge.conflicts})
    again = {code: theirs[code] for code in wanted.confirmed & mine.keys() if theirs[code]}
    for code, text in {**again, **merge.changes}.items():
        _write_one(actor, now[code], text, said, by=by)
    changed = [*again, *merge.changes]
    changed += _write_terms(actor, now, wanted, said, by=by)
    changed += _write_lines(actor, now, wanted, said, by=by)
    return list(dict.fromkeys(changed))


def _tidy(one: Field, text: str) -> str:
    """Return what is typed with its spaces as the register writes them: spaces alone change nothing."""
    word, value = one.split(text)
    value = value.replace("\r\n", "\n").strip() if one.widget == "area" else " ".join(value.split())
    if len(value) > _LONGEST:
        message = _("Ce texte est trop long : %(most)d caractères au plus.") % {"most": _LONGEST}
        raise DomainError("too_long", message, facts={"field": one.code})
    return joined(word, value) if value else ""


def _write_one(actor: Actor, one: Field, text: str, said: Provenance, *, by: User) -> None:
    if one.code in identity.CODES:
        _write_identity(actor, one, text, said, by=by)
    elif text:
        word, value = one.split(text)
        _record(actor, one.code, read_typed(one, value), word, said, by=by)
    else:
        _withdraw_held(actor, one.code, said, by=by)


def _write_identity(actor: Actor, one: Field, text: str, said: Provenance, *, by: User) -> None:
    if one.status == Status.VERIFIED and said.status != Status.VERIFIED:
        raise _verified(one.code)
    if one.code == identity.NAME:
        name = str(identity.checked(one.code, text))
        if name != actor.name:
            _baseline(actor, one)
            actors.rename(actor, name, on=_day(said), by=by, source=said.source)
        _record_identity(actor, one.code, name, said, by=by)
        return
    if not text:
        _baseline(actor, one)
        if _held(actor, one.code) is None:
            record(actor.subject, "actor.changed", by=by, data={"fields": [identity.COLUMNS[one.code]]})
        _withdraw_held(actor, one.code, said, by=by)
        identity.clear(actor, one.code)
        return
    value = identity.checked(one.code, text)
    _baseline(actor, one)
    _record_identity(actor, one.code, value, said, by=by)
    identity.write_column(actor, one.code, value)
    if not identity.has_facts(actor):
        record(actor.subject, "actor.changed", by=by, data={"fields": [identity.COLUMNS[one.code]]})


def _day(said: Provenance) -> Any:
    return said.on.first if said.on else timezone.localdate()


def _baseline(actor: Actor, one: Field) -> None:
    """Keep what the column held before its first fact, as known since the actor is in the register."""
    if not (one.typed and actor.source and identity.has_facts(actor)):
        return
    if Fact.objects.filter(subject=actor.pk, code=one.code).exists():
        return
    value = identity.checked(one.code, one.typed)
    facts.record(actor.subject, one.code, value, source=actor.source, at=actor.subject.created_at)


def _record_identity(actor: Actor, code: str, value: Any, said: Provenance, *, by: User) -> None:
    if identity.has_facts(actor):
        held = _held(actor, code)
        facts.record(
            actor.subject, code, value, source=said.source, status=said.status, supersedes=held, by=by
        )


def _record(  # noqa: PLR0913 - one value, as it was typed
    actor: Actor, code: str, value: Any, word: str, said: Provenance, *, by: User
) -> None:
    """Record a value; it supersedes the one held when it speaks of the same days and is as sure."""
    entry = catalogue.load()[code]
    on = (said.on or PartialDate(timezone.localdate(), "day")) if entry.period != "none" else None
    held = _held(actor, code)
    old = held if held and _corrects(held, on, said) else None
    if code == SUMMARY and held is None:
        old = _first_summary(actor)
    facts.record(
        actor.subject,
        code,
        value,
        source=said.source,
        by=by,
        status=said.status,
        on=on,
        qualifier=word,
        supersedes=old,
    )


def _first_summary(actor: Actor) -> Fact | None:
    """Keep what a content file presented, as known since the pole is in the register."""
    told = actor.pole.summary
    if not (told.get("fr") and actor.source):
        return None
    at = actor.subject.created_at
    return facts.record(actor.subject, SUMMARY, told, source=actor.source, at=at)


def _corrects(held: Fact, on: PartialDate | None, said: Provenance) -> bool:
    """Say whether a new value takes the place of the one held, rather than standing beside it.

    One about other days is another observation; a surer one is not undone by a mere declaration. A value
    without a day, that a person declared, gives way to a dated one.
    """
    if STATUSES.index(said.status) > STATUSES.index(held.status):
        return False
    if held.valid_from is None and held.valid_to is None:
        return on is None or held.source.kind == Source.Kind.DECLARATION
    return on is not None and (held.valid_from, held.valid_to) == (on.first, on.next)


def _held(actor: Actor, code: str) -> Fact | None:
    held = Fact.objects.filter(current__subject=actor.pk, current__code=code, current__rank=0)
    return held.select_related("source", "subject").first()


def _withdraw_held(actor: Actor, code: str, said: Provenance, *, by: User) -> None:
    held = _held(actor, code)
    if held is not None:
        _withdraw(held, said, by=by)


def _withdraw(fact: Fact, said: Provenance, *, by: User) -> None:
    if STATUSES.index(said.status) > STATUSES.index(fact.status) and fact.status == Status.VERIFIED:
        raise _verified(fact.code)
    facts.withdraw(fact, by=by, reason=said.reason or _("retiré de la fiche"))


def _verified(code: str) -> DomainError:
    message = _("Une valeur vérifiée ne change que par la modération : proposez-lui ce changement.")
    return DomainError("verified_stays", message, facts={"field": code})


def _write_terms(
    actor: Actor, now: Mapping[str, Field], wanted: Wanted, said: Provenance, *, by: User
) -> list[str]:
    """Add and take back terms of vocabularies one by one: what others added meanwhile stays."""
    changed = []
    for code, (seen, chosen) in wanted.terms.items():
        if code not in now or now[code].widget != "checks":
            continue
        held = set(filter(None, now[code].typed.split(",")))
        known = {term for term, _label in now[code].choices}
        for term in sorted((chosen - seen - held) & known):
            _record_new(actor, code, term, said, by=by)
            changed.append(code)
        gone = sorted((seen - chosen) & held)
        for fact in read.living().filter(subject=actor.pk, code=code, term__in=gone).order_by("pk"):
            _withdraw(fact, said, by=by)
            changed.append(code)
        if code in wanted.confirmed:
            for term in sorted(held & chosen):
                _record_new(actor, code, term, said, by=by)
                changed.append(code)
    return changed


def _write_lines(
    actor: Actor, now: Mapping[str, Field], wanted: Wanted, said: Provenance, *, by: User
) -> list[str]:
    changed = []
    lines = {code: one for code, one in now.items() if one.widget == "lines"}
    mine = {item.fact: code for code, one in lines.items() for item in one.items}
    gone = read.living().filter(subject=actor.pk, pk__in=wanted.removed & mine.keys())
    for fact in gone.select_related("subject").order_by("pk"):
        _withdraw(fact, said, by=by)
        changed.append(fact.code)
    for code, texts in wanted.added.items():
        for text in (one.strip() for one in texts if one.strip() and code in lines):
            _record_new(actor, code, read_typed(lines[code], _tidy(lines[code], text)), said, by=by)
            changed.append(code)
    return changed


def _record_new(actor: Actor, code: str, value: Any, said: Provenance, *, by: User) -> None:
    dated = catalogue.load()[code].period != "none"
    on = said.on if dated else None
    facts.record(actor.subject, code, value, source=said.source, by=by, status=said.status, on=on)


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

QUALIFIERS = _QUALIFIERS

__all__ = [
    "DESCRIPTION",
    "FIGURES",
    "IDENTITY",
    "QUALIFIERS",
    "SECTIONS",
    "Field",
    "Item",
    "Provenance",
    "Wanted",
    "apply",
    "entries",
    "fields",
    "joined",
    "read_typed",
    "split",
]
