"""What each criterion gives across the public poles, counted under secrecy and published (R-48, R-50).

Done by the worker, never in a request. Public poles and public facts only: what a stranger may read of each
pole one by one, counted. Each criterion is a table of its own, with two faces (by place, by stage) whose
margins are one, released as ``publication`` allows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID

from django.utils import timezone

from terreau.common.batches import batches
from terreau.common.verdicts import Answer
from terreau.facts.models import CurrentFact
from terreau.grids import evaluate, judging, store
from terreau.grids.language import DECIDING, Criterion, Grid
from terreau.grids.readables import readable
from terreau.grids.rules import facts_of
from terreau.poles.models import Listing, Tag
from terreau.publication import policies, releases
from terreau.publication.tables import Axis, Contribution, Key, Table, build
from terreau.sheets import frame_facts, frames
from terreau.territories import base

#: What a criterion gives for a pole: the answer, or that it is disputed (whatever the answer).
DISPUTED = "discute"
OUTCOMES = (Answer.YES.value, Answer.NO.value, Answer.TO_CHECK.value, DISPUTED)
ANSWER, PLACE, STAGE = "answer", "place", "stage"
#: The code of poles whose place, or stage, is not known.
UNKNOWN = "?"
POLICY = "poles"
_BATCH = 500
Beat = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a pole is counted: its main department (or its main region), its stage."""

    place: str
    stage: str


@dataclass(slots=True)
class Counted:
    """A grid on a day, and what each of its criteria gives for each pole: one letter a pole."""

    grid: Grid
    on: date
    criteria: tuple[Criterion, ...]
    outcomes: list[bytearray] = field(default_factory=list)


def learn(at: datetime | None = None, beat: Beat = lambda done, total: None) -> dict[str, int]:
    """Count every public grid across the public poles, and publish what may be; return what became of the
    tables: ``{"poles", "new", "same", "held"}``. ``beat`` is told how far the work is.
    """
    now = at or timezone.now()
    on = timezone.localdate(now)
    policy = policies.policy(POLICY, on)
    if policy is None:
        return {"poles": 0}
    standing = _standing()
    grids = [grid for grid in store.grids(on).values() if grid.subject == "pole"]
    counted = [one for one in (Counted(grid, on, _counted(grid)) for grid in grids) if one.criteria]
    total = len(standing) + sum(len(one.criteria) for one in counted)
    done = 0
    for batch in batches(standing, _BATCH):
        _count(counted, batch, on)
        done += len(batch)
        beat(done, total)
    report: Counter[str] = Counter(poles=len(standing))
    for one in counted:
        for criterion, outcomes in zip(one.criteria, one.outcomes, strict=True):
            table = _table(table_name(one.grid, criterion.code), standing, outcomes)
            report[releases.publish(table, policy, at=now).state] += 1
            done += 1
            beat(done, total)
    return dict(report)


def table_name(grid: Grid, criterion: str) -> str:
    """Return the name of the table of a criterion: a version of a grid never shares that of another."""
    return f"grilles/{grid.code}/{grid.version}/{criterion}"


def _counted(grid: Grid) -> tuple[Criterion, ...]:
    return tuple(criterion for criterion in grid.criteria if criterion.kind in DECIDING)


# Where poles are


def _standing() -> dict[UUID, Standing]:
    """Return where each public pole is counted, in the order of their identifiers."""
    first: dict[UUID, dict[str, str]] = defaultdict(dict)
    wanted = (Tag.Facet.DEPARTMENT, Tag.Facet.REGION, Tag.Facet.STAGE)
    tags = Tag.objects.filter(facet__in=wanted).order_by("listing", "facet", "rank", "code")
    for pole, facet, code in tags.values_list("listing", "facet", "code"):
        first[pole].setdefault(facet, code)
    ids = Listing.objects.order_by("pk").values_list("pk", flat=True)
    return {pole: _stands(first.get(pole, {})) for pole in ids}


def _stands(known: Mapping[str, str]) -> Standing:
    department, region = known.get(Tag.Facet.DEPARTMENT, ""), known.get(Tag.Facet.REGION, "")
    if department in regions_of():
        place = f"d:{department}"
    else:
        place = f"r:{region}:{UNKNOWN}" if region else UNKNOWN
    return Standing(place, known.get(Tag.Facet.STAGE, "") or UNKNOWN)


@lru_cache(maxsize=1)
def regions_of() -> Mapping[str, str]:
    """Return the region of each department, by code."""
    return {str(row["code"]): str(row["region"]) for row in base.records("departements")}


# What criteria give


def _count(counted: Sequence[Counted], poles: Sequence[UUID], on: date) -> None:
    known = dict(frames.frames(poles, on))
    said = judging.said_of_many(poles, [one.grid for one in counted], on=on)
    contested = _contested(poles)
    for one in counted:
        words = [said.get((pole, one.grid.row), judging.Said()) for pole in poles]
        held = [known[pole] for pole in poles]
        given = evaluate.answers(one.grid, held, on, words=[(word.judgements, word.lifts) for word in words])
        computed = evaluate.answers(one.grid, held, on)
        ranks = [one.grid.criteria.index(criterion) for criterion in one.criteria]
        reads = [_read_codes(criterion) for criterion in one.criteria]
        one.outcomes = one.outcomes or [bytearray() for _criterion in one.criteria]
        for pole, answers, alone, word in zip(poles, given, computed, words, strict=True):
            against = contested.get(pole, frozenset())
            for number, (rank, codes) in enumerate(zip(ranks, reads, strict=True)):
                answer = answers.criteria[rank]
                judged = word.judgements.get(one.criteria[number].code)
                disputed = _disputed(answer, alone.criteria[rank], judged is not None, bool(codes & against))
                one.outcomes[number].append(OUTCOMES.index(DISPUTED if disputed else answer.value))


def _disputed(answer: Answer, computed: Answer, judged: bool, contested: bool) -> bool:
    """Say whether an answer is disputed: a person judged otherwise than the rule, or it hangs on a fact that
    another source contradicts.
    """
    if judged:
        return computed not in {answer, Answer.TO_CHECK}
    return contested and answer == Answer.TO_CHECK


def _read_codes(criterion: Criterion) -> frozenset[str]:
    """Return the codes of the catalogue that the rule of a criterion reads."""
    known = readable()
    read = facts_of(criterion.node) if criterion.node is not None else ()
    return frozenset(known[code].taken_from for code in read if code in known and known[code].taken_from)


def _contested(poles: Sequence[UUID]) -> dict[UUID, frozenset[str]]:
    """Return the codes on which public sources contradict each other, by pole."""
    found: dict[UUID, set[str]] = defaultdict(set)
    codes = frame_facts.codes(inside=False)
    rows = CurrentFact.objects.filter(subject__in=poles, contested=True, code__in=codes)
    for pole, code in rows.order_by().values_list("subject", "code"):
        found[pole].add(code)
    return {pole: frozenset(codes) for pole, codes in found.items()}


# Tables


def _table(name: str, standing: Mapping[UUID, Standing], outcomes: bytearray) -> Table:
    answers = Axis(ANSWER, dict.fromkeys(OUTCOMES, ""), categories=True)
    faces = [([axis, answers], list(_rows(standing, outcomes, of))) for axis, of in _axes(standing)]
    known = {key for axes, rows in faces for row in rows for key in _margins(axes[0], row.at[0])}
    return build(name, faces, known=known, harmless=_says_nothing)


def _says_nothing(key: Key) -> bool:
    """Say whether a figure counts what the register does not know: that is no secret of anybody."""
    return (ANSWER, Answer.TO_CHECK.value) in key


def _axes(standing: Mapping[UUID, Standing]) -> list[tuple[Axis, Callable[[Standing], str]]]:
    places = {one.place for one in standing.values()}
    parents = {place: _above(place) for place in sorted(places)}
    parents |= {above: "" for above in sorted(set(parents.values())) if above}
    stages = sorted({one.stage for one in standing.values()})
    return [
        (Axis(PLACE, parents), lambda one: one.place),
        (Axis(STAGE, dict.fromkeys(stages, "")), lambda one: one.stage),
    ]


def _above(place: str) -> str:
    if place == UNKNOWN:
        return ""
    if place.startswith("d:"):
        return f"r:{regions_of()[place[2:]]}"
    return place.removesuffix(f":{UNKNOWN}")


def _rows(
    standing: Mapping[UUID, Standing], outcomes: bytearray, of: Callable[[Standing], str]
) -> Iterator[Contribution]:
    for (pole, one), outcome in zip(standing.items(), outcomes, strict=True):
        yield Contribution(str(pole), (of(one), OUTCOMES[outcome]))


def _margins(axis: Axis, code: str) -> Iterator[Key]:
    """Give the names of how many poles there are at a place: the public directory says so, pole by pole."""
    for above in axis.path(code):
        yield ((axis.name, above),) if above else ()
