"""May I answer this call? A verdict before anything is typed, in three values, criterion by criterion.

The grids of the call read what the register knows (``sheets.frames``, given from above by ``read_frames``);
the own rules of the call read kinds, stage, perimeter, recognitions; what is left open is asked, and nothing
is kept. Forgetting an answer never turns « à vérifier » into « non ».
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.actors.models import Actor, LegalNature
from terreau.actors.perms import Viewer
from terreau.calls import own_rules, wording
from terreau.calls.models import Applicant, Call, Category
from terreau.calls.own_rules import Known
from terreau.common.verdicts import Answer, all_of, opposite
from terreau.grids import evaluate, store
from terreau.grids.known import Frame
from terreau.poles.models import Pole, Recognition, Stage
from terreau.territories.models import Coverage

FrameOfPole = Callable[..., Frame]
FrameOfActor = Callable[..., Frame]
LaureateOf = Callable[[Actor, list[str]], Mapping[str, Answer]]

_AUTHORITIES: Final = frozenset({LegalNature.LOCAL_AUTHORITY.value, LegalNature.AUTHORITY_GROUPING.value})
_STAGES: Final[Mapping[str, str]] = {
    Stage.INTEREST: Category.INTEREST.value,
    Stage.PROJECT: Category.PROJECT.value,
    Stage.PREFIGURATION: Category.PROJECT.value,
    Stage.EMERGENCE: Category.PROJECT.value,
    Stage.CREATION: Category.EXISTING.value,
    Stage.DEVELOPMENT: Category.EXISTING.value,
    Stage.CONSOLIDATION: Category.EXISTING.value,
}


@dataclass(slots=True)
class _Above:
    """What rooms above give: frames of the register, laureates of earlier calls."""

    pole: FrameOfPole | None = None
    actor: FrameOfActor | None = None
    laureate: LaureateOf | None = None


_above = _Above()


def read_frames(*, pole: FrameOfPole, actor: FrameOfActor) -> None:
    """Say how the register is read as the frames of grids: ``(pole or actor, day, viewer=…) -> Frame``."""
    _above.pole, _above.actor = pole, actor


def read_laureates(laureate: LaureateOf) -> None:
    """Say how to know whether an actor was laureate: ``(actor, slugs) -> {slug: Answer}``."""
    _above.laureate = laureate


@dataclass(frozen=True, slots=True)
class Line:
    """One criterion: its answer, why, and whether the applicant may answer it here."""

    code: str
    label: str
    answer: Answer
    reasons: tuple[str, ...] = ()
    source: str = ""
    asked: bool = False
    answered: bool | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """The criteria of a grid, or the own rules of the call."""

    code: str
    title: str
    answer: Answer
    lines: tuple[Line, ...]
    grid: str = ""


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The verdict on a call for somebody, on a day."""

    answer: Answer
    parts: tuple[Part, ...]
    on: date

    @property
    def against(self) -> list[Line]:
        """What says no."""
        return [line for part in self.parts for line in part.lines if line.answer == Answer.NO]

    @property
    def open(self) -> list[Line]:
        """What is left to check."""
        return [line for part in self.parts for line in part.lines if line.answer == Answer.TO_CHECK]


@dataclass(frozen=True, slots=True)
class Said:
    """What is answered on the page: nothing of it is kept."""

    kind: str = ""
    category: str = ""
    rules: Mapping[str, bool] = field(default_factory=dict)


def day_of(call: Call, today: date | None = None) -> date:
    """Return the day on which the conditions are read: today, the closing day once it is past."""
    now = today or timezone.localdate()
    return min(now, timezone.localdate(call.closes_at)) if call.closes_at else now


def judge(
    call: Call, applicant: Actor | None, said: Said, *, viewer: Viewer = None, today: date | None = None
) -> Eligibility:
    """Return the verdict for an applicant, for nobody in particular when None.

    The applicant must be one that the viewer may see. Queries do not grow with what is known.
    """
    on = day_of(call, today)
    pole = Pole.objects.filter(pk=applicant.pk).first() if applicant is not None else None
    known = _with_said(_known(call, applicant, pole, on), said)
    parts = [_own(call, known, said)]
    parts += _grids(call, applicant, pole, on, viewer)
    return Eligibility(all_of(one.answer for one in parts if one.lines), tuple(parts), on)


def kinds_of(actor: Actor, pole: Pole | None) -> tuple[frozenset[str], frozenset[str]]:
    """Return what an organisation is among the kinds of applicants, and what it is not, for certain."""
    are: set[str] = set()
    nots: set[str] = set()
    (are if pole is not None else nots).add(Applicant.POLE.value)
    if actor.legal_nature in _AUTHORITIES:
        are.add(Applicant.AUTHORITY.value)
        nots |= {Applicant.ESS_ENTERPRISE.value, Applicant.COMPANY.value}
    elif actor.legal_nature not in {LegalNature.UNKNOWN, ""}:
        nots.add(Applicant.AUTHORITY.value)
    if actor.ess == Actor.Ess.YES:
        are.add(Applicant.ESS_ENTERPRISE.value)
    elif actor.ess == Actor.Ess.NO:
        nots.add(Applicant.ESS_ENTERPRISE.value)
        if actor.legal_nature == LegalNature.COMPANY:
            are.add(Applicant.COMPANY.value)
    return frozenset(are - nots), frozenset(nots - are)


def _known(call: Call, actor: Actor | None, pole: Pole | None, on: date) -> Known:
    if actor is None:
        return Known()
    kinds, nots = kinds_of(actor, pole)
    rules = {str(one["rule"]) for one in call.criteria}
    return Known(
        kinds=kinds,
        not_kinds=nots,
        category=_STAGES.get(pole.stage) if pole is not None else None,
        zones=_zones(actor, on) if "territory" in rules else None,
        recognitions=_recognitions(pole, on) if pole is not None and "recognition" in rules else None,
        laureate=_laureates(call, actor) if "laureate" in rules else {},
    )


def _with_said(known: Known, said: Said) -> Known:
    """Add what the person answers, where nothing is known."""
    kinds = known.kinds
    if said.kind in Applicant.values and said.kind not in known.not_kinds:
        kinds = kinds | {said.kind}
    category = known.category or (said.category if said.category in Category.values else None)
    return Known(
        kinds=kinds,
        not_kinds=known.not_kinds,
        category=category,
        zones=known.zones,
        recognitions=known.recognitions,
        laureate=known.laureate,
        said=said.rules,
    )


def _zones(actor: Actor, on: date) -> frozenset[str] | None:
    """Return the territories that the perimeter touches that day; none known, None."""
    rows = Coverage.objects.filter(perimeter__subject=actor.pk, perimeter__kind="cooperation")
    rows = rows.exclude(perimeter__valid_to__lte=on).exclude(perimeter__valid_from__gt=on)
    found = frozenset(f"{level}:{code}" for level, code in rows.values_list("level", "code"))
    if found or actor.zone is None:
        return found or None
    zone = actor.zone
    held = {zone, zone.department, zone.region, zone.former_region, zone.epci} - {None}
    return frozenset(f"{one.level}:{one.code}" for one in held if one is not None)


def _recognitions(pole: Pole, on: date) -> frozenset[str]:
    rows = Recognition.objects.filter(pole=pole).exclude(on__gt=on)
    return frozenset(rows.order_by().values_list("scheme", flat=True))


def _laureates(call: Call, actor: Actor) -> Mapping[str, Answer]:
    slugs = sorted({one for rule in call.criteria for one in rule.get("calls", ())})
    return _above.laureate(actor, slugs) if _above.laureate is not None else {}


def _own(call: Call, known: Known, said: Said) -> Part:
    lines = []
    if call.applicants:
        found = own_rules.of_kinds(call.applicants, known)
        lines.append(_kind_line(call, known, found, asked=bool(said.kind) or found == Answer.TO_CHECK))
    if call.categories and set(call.categories) != set(Category.values):
        found = own_rules.of_category(call.categories, known)
        names = ", ".join(str(Category(one).label) for one in call.categories)
        why = (str(Category(known.category).label),) if known.category else ()
        label = _("Être à l'un de ces stades : %(names)s") % {"names": names}
        source = str(call.sources.get("categories", ""))
        asked = bool(said.category) or found == Answer.TO_CHECK
        lines.append(Line(own_rules.CATEGORY, label, found, why, source, asked))
    for rule in call.criteria:
        found = own_rules.answer(rule, known)
        code = str(rule["code"])
        asked = found == Answer.TO_CHECK or code in known.said
        source, answered = str(rule.get("source", "")), known.said.get(code)
        lines.append(Line(code, wording.said(rule, "label"), found, (), source, asked, answered))
    return Part("call", _("Conditions de l'appel"), all_of(one.answer for one in lines), tuple(lines))


def _kind_line(call: Call, known: Known, found: Answer, *, asked: bool) -> Line:
    names = ", ".join(str(Applicant(one).label) for one in call.applicants)
    why = tuple(str(Applicant(one).label) for one in Applicant.values if one in known.kinds)
    label = _("Être l'un de ces candidats : %(names)s") % {"names": names}
    source = str(call.sources.get("applicants", ""))
    return Line(own_rules.KIND, label, found, why, source, asked)


def _grids(call: Call, applicant: Actor | None, pole: Pole | None, on: date, viewer: Viewer) -> list[Part]:
    """Return the verdict of each grid of the call; one that is not loaded leaves everything to check."""
    if not call.grids:
        return []
    found = store.grids(codes=call.grids)
    frames: dict[str, Frame] = {}
    parts = []
    for code in call.grids:
        grid = found.get(code)
        if grid is None:
            line = Line(code, _("Cette grille n'est pas chargée ici."), Answer.TO_CHECK)
            parts.append(Part(code, code, Answer.TO_CHECK, (line,), grid=code))
            continue
        if grid.subject not in frames:
            frames[grid.subject] = _frame(grid.subject, applicant, pole, on, viewer)
        parts.append(_grid(grid, frames[grid.subject], on))
    return parts


def _frame(subject: str, applicant: Actor | None, pole: Pole | None, on: date, viewer: Viewer) -> Frame:
    if applicant is None:
        return {}
    if subject == "pole":
        return _above.pole(pole, on, viewer=viewer) if pole is not None and _above.pole else {}
    return _above.actor(applicant, on, viewer=viewer) if _above.actor else {}


def _grid(grid: Any, frame: Frame, on: date) -> Part:
    lang = (get_language() or "fr")[:2]
    verdict = evaluate.verdict(grid, frame, on=on)
    decisive = set(grid.outcome.all_of) | set(grid.outcome.none_of) if grid.outcome else set()
    lines = []
    for one in verdict.criteria:
        if decisive and one.criterion.kind not in decisive:
            continue
        reasons = tuple(reason.label(lang) for reason in one.reasons)
        against = grid.outcome is not None and one.criterion.kind in set(grid.outcome.none_of)
        answer = opposite(one.answer) if against else one.answer
        source = str(one.criterion.source.get("section", ""))
        lines.append(Line(one.criterion.code, _in(one.criterion.title, lang), answer, reasons, source))
    return Part(grid.code, _in(grid.title, lang), verdict.answer, tuple(lines), grid=grid.code)


def _in(texts: Mapping[str, str], lang: str) -> str:
    return texts.get(lang) or texts.get("fr", "")


def of_grid(
    code: str, applicant: Actor, pole: Pole | None, on: date, *, viewer: Viewer = None
) -> Part | None:
    """Return what one grid says of an applicant, for a form that shows it; None when it is not loaded."""
    grid = store.grids(codes=[code]).get(code)
    return _grid(grid, _frame(grid.subject, applicant, pole, on, viewer), on) if grid is not None else None
