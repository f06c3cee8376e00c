"""What a grid says of a pole, or of facts that somebody gives: the same for pages, API, command and PDF.

A verdict is composed from the frame of the pole as its viewer may know it (``sheets.frames``), the rules of
the grid (``grids.evaluate``), and what people said (``grids.judging``). Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, npgettext

from terreau.actors.perms import Viewer
from terreau.common.content import ContentError, Section, read_content
from terreau.common.periods import DAY
from terreau.common.verdicts import Answer
from terreau.facts import display
from terreau.grids import evaluate, judging, store
from terreau.grids import language as language_of
from terreau.grids.answers_json import verdict_json
from terreau.grids.evaluate import GridVerdict
from terreau.grids.frame import parse_frame
from terreau.grids.known import Frame
from terreau.grids.language import DECIDING, Grid
from terreau.grids.models import Judgement, Lift, Nature
from terreau.grids.readables import Readable, readable
from terreau.grids.rules import facts_of
from terreau.grids.shown import KIND_HELP, KIND_TITLES
from terreau.poles.models import Pole
from terreau.sheets import frames, grids
from terreau.sheets import verdict_criteria as criteria
from terreau.sheets.facts import language
from terreau.sheets.known_words import fields_of
from terreau.sheets.poles import keeps, seen
from terreau.sheets.verdict_criteria import CriterionSheet, Lacking, ReasonShown, Shown

#: Where facts given by who asks come from.
GIVEN: Mapping[str, Any] = {"kind": "given", "document": "", "section": "", "url": ""}
_DEFINITIONS = Path(__file__).parent / "content" / "definitions.yaml"
_FIRST_YEAR = 1900


@dataclass(frozen=True)
class Group:
    """Criteria under one heading: an axis of the grid, or a kind."""

    code: str
    title: str
    text: str
    criteria: list[CriterionSheet]


@dataclass(frozen=True)
class VersionLine:
    """A version of a grid, for who chooses one."""

    version: str
    label: str


class _OfGrid:
    """Names of a grid in the language of the moment."""

    grid: Grid

    @property
    def title(self) -> str:
        """Name of the grid."""
        return criteria.text_of(self.grid.title, language())

    @property
    def summary(self) -> str:
        """What the grid is."""
        return criteria.text_of(self.grid.summary, language())

    @property
    def version(self) -> str:
        """Version of the grid."""
        return self.grid.version

    @property
    def nature_label(self) -> str:
        """What the grid is for."""
        return str(Nature(self.grid.nature).label)


@dataclass(frozen=True)
class Asking(_OfGrid):
    """What a grid asks: facts, and questions that a person answers by criterion."""

    grid: Grid
    facts: list[Readable]
    judged: dict[str, str]
    versions: list[VersionLine]


@dataclass(frozen=True)
class VerdictSheet(_OfGrid):
    """What a grid gives on a day, criterion by criterion. ``pole`` is None when somebody gave the facts."""

    pole: Pole | None
    name: str
    grid: Grid
    on: date
    found: GridVerdict
    frame: Frame
    criteria: list[CriterionSheet]
    versions: list[VersionLine] = field(default_factory=list)
    reasons: list[ReasonShown] = field(default_factory=list)

    @property
    def of(self) -> Pole:
        """The pole; to be asked only of a verdict of one."""
        if self.pole is None:
            raise ValueError("these facts are of no pole")
        return self.pole

    @property
    def slug(self) -> str:
        """Address of the pole, empty when there is none."""
        return self.pole.slug if self.pole else ""

    @property
    def fictional(self) -> bool:
        """Say whether the pole is an invented example."""
        return bool(self.pole and self.pole.fictional)

    @property
    def answer(self) -> Answer:
        """The overall answer; « à vérifier » when the grid does not conclude."""
        return self.found.answer

    @property
    def card_tone(self) -> str:
        """Colour of the rule of its card."""
        return {"good": "moss", "bad": "earth", "none": "slate"}.get(self.shown.tone, "ochre")

    @property
    def prescriptive(self) -> bool:
        """Say whether the grid concludes."""
        return self.grid.prescriptive

    @property
    def to_check(self) -> bool:
        """Say whether nobody checked the text of the grid against the original."""
        return self.grid.verified_on is None

    @property
    def shown(self) -> Shown:
        """The overall answer as it is seen."""
        if not self.prescriptive:
            return Shown(_("Sans conclusion"), criteria.NEUTRAL, "info")
        return criteria.shown(self.answer)

    @cached_property
    def deciding(self) -> list[CriterionSheet]:
        """Criteria that make the overall answer."""
        outcome = self.grid.outcome
        kinds = {*outcome.all_of, *outcome.none_of} if outcome else set()
        return [one for one in self.criteria if one.kind in kinds]

    @cached_property
    def against(self) -> list[CriterionSheet]:
        """Criteria that make it no: not fulfilled, or an exclusion that applies."""
        none_of = set(self.grid.outcome.none_of) if self.grid.outcome else set()
        return [
            one for one in self.deciding if one.answer == (Answer.YES if one.kind in none_of else Answer.NO)
        ]

    @cached_property
    def open(self) -> list[CriterionSheet]:
        """Criteria that decide and that are still to be checked."""
        return [one for one in self.deciding if one.answer == Answer.TO_CHECK]

    @property
    def blocking(self) -> list[CriterionSheet]:
        """Criteria to be named under the answer."""
        return self.against if self.prescriptive else []

    @property
    def sentence(self) -> str:
        """Say in one sentence what makes the answer."""
        if not self.prescriptive:
            return _("Cette grille sert à se questionner : elle n'additionne rien et ne conclut pas.")
        if self.answer == Answer.NO:
            number = len(self.against)
            return ngettext(
                "%(n)s critère s'y oppose.", "%(n)s critères s'y opposent.", number
            ) % {"n": number}  # fmt: skip
        if self.answer == Answer.YES:
            return _("Tout ce que le texte demande est rempli.")
        facts = {"open": len(self.open), "total": len(self.deciding)}
        return (
            _(
                "Rien ne s'y oppose à ce que l'on sait, mais %(open)s des %(total)s critères qui décident "
                "restent à vérifier."
            )
            % facts
        )

    @property
    def tally(self) -> list[tuple[int, str]]:
        """Number of criteria by answer, with its words; exclusions are counted apart."""
        plain = [one.answer for one in self.criteria if one.kind in DECIDING and one.kind != "exclusion"]
        excluding = [one.answer for one in self.criteria if one.kind == "exclusion"]
        yes, no, open_ = (plain.count(answer) for answer in (Answer.YES, Answer.NO, Answer.TO_CHECK))
        told = [
            (yes, npgettext("criterion", "rempli", "remplis", yes)),
            (no, npgettext("criterion", "non rempli", "non remplis", no)),
            (open_, _("à vérifier")),
        ]
        if excluding:
            applied = excluding.count(Answer.YES)
            told.append(
                (applied, ngettext("exclusion qui s'applique", "exclusions qui s'appliquent", applied))
            )
        return told if plain else []

    @cached_property
    def missing(self) -> list[Lacking]:
        """What is not known, the most useful first: what criteria that decide and are open wait for."""
        waiting = self.open or [one for one in self.criteria if one.answer == Answer.TO_CHECK]
        if not self.prescriptive or self.answer != Answer.TO_CHECK:
            waiting = []
        found: dict[str, Lacking] = {}
        for one in waiting:
            for lacks in one.missing:
                before = found.get(lacks.code, lacks)
                found[lacks.code] = replace(before, criteria=before.criteria + 1)
        return sorted(found.values(), key=lambda lacks: -lacks.criteria)

    @cached_property
    def groups(self) -> list[Group]:
        """The criteria by axis, or by kind when the grid has no axis."""
        lang = language()
        found: dict[str, list[CriterionSheet]] = {}
        for one in self.criteria:
            found.setdefault(one.axis or one.kind, []).append(one)
        axes = {axis.code: axis for axis in self.grid.axes}
        return [
            Group(
                code,
                criteria.text_of(axes[code].title, lang) if code in axes else str(KIND_TITLES[code]),
                criteria.text_of(axes[code].text, lang) if code in axes else str(KIND_HELP[code]),
                held,
            )
            for code, held in found.items()
        ]

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as the API and the command say it (issue 5, contract)."""
        return {"pole": self.slug or None, **verdict_json(self.found, self.frame, language())}


# A pole


def pole_verdict(
    slug: str, code: str, viewer: Viewer = None, *, version: str | None = None, on: date | None = None
) -> VerdictSheet:
    """Return what a grid says of a pole, as the viewer may know it; today and in force unless asked.

    Raises ``NotFoundError`` for a pole that the viewer may not see (``facts["slug"]`` when it moved), for an
    unknown grid, version or day without a version in force.
    """
    pole = seen(slug, viewer)
    day = on or timezone.localdate()
    grid = held_grid(code, version, day)
    inside = keeps(viewer, pole)
    # A pole is an actor: a grid of actors reads what is known of it as one.
    as_actor = grid.subject == "actor"
    frame = (
        frames.frame_of_actor(pole.actor, day, viewer=viewer)
        if as_actor
        else frames.frame_of(pole, day, viewer=viewer)
    )
    said = judging.said_of(pole.pk, grid, on=day)
    return _sheet(_Subject(pole, frame, day, inside=inside), grid, said, versions_of(code))


@dataclass(frozen=True)
class _Subject:
    """A pole as its viewer knows it on a day; ``pole`` is None when somebody gave the facts."""

    pole: Pole | None
    frame: Frame
    day: date
    inside: bool = False
    #: Of many grids at once: no changes, no facts in words.
    brief: bool = False


@dataclass(frozen=True)
class Sides:
    """Two definitions side by side: each one, then topic by topic what each asks."""

    heads: list[VerdictSheet]
    rows: list[SidesRow]


@dataclass(frozen=True)
class SidesRow:
    """A topic, and the criteria of each definition about it."""

    label: str
    cells: list[list[CriterionSheet]]


@dataclass(frozen=True)
class Glance:
    """Every grid of poles for one pole on a day."""

    pole: Pole
    on: date
    grids: list[VerdictSheet]
    sides: Sides | None

    @property
    def name(self) -> str:
        """Name of the pole."""
        return self.pole.actor.name


def glance(slug: str, viewer: Viewer = None, *, on: date | None = None) -> Glance:
    """Return every public grid of poles in force on a day for one pole; charters are signed, not judged."""
    pole = seen(slug, viewer)
    day = on or timezone.localdate()
    frame = frames.frame_of(pole, day, viewer=viewer)
    subject = _Subject(pole, frame, day, inside=keeps(viewer, pole), brief=True)
    held = [
        grid for grid in store.grids(day).values() if grid.subject == "pole" and grid.nature != Nature.CHARTER
    ]
    said = judging.said_of_many([pole.pk], held, on=day)
    found = [_sheet(subject, grid, said.get((pole.pk, grid.row), judging.Said()), []) for grid in held]
    found.sort(key=lambda one: (not one.prescriptive, one.grid.valid_from or date.min, one.grid.code))
    return Glance(pole, day, found, _sides({one.grid.code: one for one in found}))


def _sides(found: Mapping[str, VerdictSheet]) -> Sides | None:
    codes, rows = _definitions()
    if any(code not in found for code in codes):
        return None
    heads = [found[code] for code in codes]
    known = [{one.code: one for one in head.criteria} for head in heads]
    lang = language()
    return Sides(
        heads,
        [
            SidesRow(
                criteria.text_of(row["label"], lang),
                [
                    [of[name] for name in row[code] if name in of]
                    for code, of in zip(codes, known, strict=True)
                ],
            )
            for row in rows
        ],
    )


@cache
def _definitions() -> tuple[list[str], list[Section]]:
    section = read_content(_DEFINITIONS)
    if not isinstance(section, Section):
        raise ContentError(f"{_DEFINITIONS}:1: a mapping is expected")
    section.expect(("grids", "rows"))
    codes = [str(code) for code in section["grids"]]
    for row in section["rows"]:
        row.expect(("label", *codes))
    return codes, list(section["rows"])


# Facts that somebody gives


def asking(code: str, *, version: str | None = None, on: date | None = None) -> Asking:
    """Return what a grid asks of who has only facts."""
    grid = held_grid(code, version, on or timezone.localdate())
    lang, known = language(), readable()
    return Asking(
        grid,
        _asked(grid, known),
        {criterion.code: criteria.text_of(text, lang) for criterion, text in language_of.questions(grid)},
        versions_of(code),
    )


def _asked(grid: Grid, known: Mapping[str, Readable]) -> list[Readable]:
    """Return the facts that rules read, and of records the fields they look at: evidence is not asked."""
    rules = [one for one in grid.criteria if one.node is not None]
    codes = dict.fromkeys(code for one in rules for code in facts_of(one.node))  # type: ignore[arg-type]
    fields = frozenset[str]().union(*(fields_of(one.rule) for one in rules))
    return [_narrowed(known[code], fields) for code in codes if code in known]


def _narrowed(one: Readable, fields: frozenset[str]) -> Readable:
    """Return records with the fields that matter; a category, which says several at once, comes first."""
    if one.type != "records":
        return one
    kept = {name: each for name, each in one.fields.items() if name in fields or each.type == "code"}
    return replace(one, fields=dict(sorted(kept.items(), key=lambda item: item[1].type != "code")))


def facts_verdict(
    code: str, facts: Mapping[str, Any], *, version: str | None = None, on: date | None = None
) -> VerdictSheet:
    """Return what a grid says of facts in JSON; nothing is kept.

    Raises ``NotFoundError`` for an unknown grid or version, ``DomainError`` with every problem of the facts.
    """
    day = on or timezone.localdate()
    grid = held_grid(code, version, day)
    judged = {criterion.code for criterion, _text in language_of.questions(grid)}
    frame = parse_frame(facts, language(), judged=judged, source=GIVEN)
    return _sheet(_Subject(None, frame, day), grid, judging.Said(), versions_of(code))


# Grids


def held_grid(code: str, version: str | None, on: date) -> Grid:
    """Return a published version of a public grid: the one asked, else the one in force on a day (404)."""
    return grids.one(code, version, on)


def versions_of(code: str) -> list[VersionLine]:
    """Return the published versions of a grid, the latest first."""
    return [VersionLine(one.version, _when(one)) for one in grids.versions(code)]


def _when(one: Grid) -> str:
    lang = language()
    dates = display.period(one.valid_from, one.valid_to, DAY, lang)
    return f"{one.version} ({dates})" if dates else one.version


# What is shown of each criterion


def _sheet(subject: _Subject, grid: Grid, said: judging.Said, versions: list[VersionLine]) -> VerdictSheet:
    found = evaluate.verdict(
        grid, subject.frame, on=subject.day, judgements=said.judgements, lifts=said.lifts
    )
    composer = criteria.Composer(
        subject.frame,
        subject.day,
        said.opinions,
        language(),
        inside=subject.inside,
        brief=subject.brief,
    )
    return VerdictSheet(
        pole=subject.pole,
        name=subject.pole.actor.name if subject.pole else "",
        grid=grid,
        on=subject.day,
        found=found,
        frame=subject.frame,
        criteria=[composer.criterion(one) for one in found.criteria],
        versions=versions,
        reasons=[criteria.reason_shown(one, language()) for one in found.reasons],
    )


# What people said


@dataclass(frozen=True)
class Spoken:
    """A word of somebody, as the page of a criterion tells it, and whether it still holds."""

    label: str
    quality: str
    name: str
    on: date
    reason: str
    holds: bool


def spoken(sheet: VerdictSheet, criterion: CriterionSheet, *, inside: bool) -> list[Spoken]:
    """Return everything that was said of a criterion under a version, the latest first (two queries)."""
    subject = sheet.pole.pk if sheet.pole else None
    asked = {"subject": subject, "grid_version": sheet.grid.row, "criterion": criterion.code}
    judged = Judgement.objects.filter(**asked).select_related("by", "superseded_by")
    lifted = Lift.objects.filter(**asked).select_related("by", "superseded_by")
    words: list[Judgement | Lift] = sorted([*judged, *lifted], key=lambda word: word.at, reverse=True)
    return [
        Spoken(
            _spoken(word, criterion.kind),
            criteria.quality_label(word.quality),
            word.by.name if inside else "",
            word.on,
            word.reason,
            not hasattr(word, "superseded_by"),
        )
        for word in words
    ]


def _spoken(word: Judgement | Lift, kind: str) -> str:
    if isinstance(word, Lift):
        return _("Exclusion levée") if word.lifted else _("Exclusion rétablie")
    if not word.answer:
        return _("Parole reprise")
    said = criteria.shown(Answer(word.answer), kind).word
    return said if word.decides else _("Avis : %(said)s") % {"said": said}
