"""What a pole says of itself on a grid: now, at any moment before, under a later version, and what it shows.

An answer is superseded, never changed: what was thought a year ago stays readable beside what is thought now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.errors import NotFoundError, StaleWriteError
from terreau.facts.read import FactView, facts_of
from terreau.grids.models import Grid, GridVersion
from terreau.journal.actions import record
from terreau.poles.models import Pole
from terreau.reviews import carrying, evidence
from terreau.reviews.models import Mode, Review, Shown, Stance, State
from terreau.reviews.rules import FIELDS, Said
from terreau.reviews.statements import Axis, Item, Questionnaire, questionnaire, said
from terreau.subjects.actions import lock


def scales() -> list[GridVersion]:
    """Return the scale grids that may be answered: the last version published of each, by code of grid."""
    rows = GridVersion.objects.select_related("grid").filter(
        state=GridVersion.State.PUBLISHED, grid__subject_kind="pole", grid__public=True
    )
    last = {row.grid_id: row for row in rows.order_by("published_at", "created_at", "pk")}
    found = [row for row in last.values() if questionnaire(row).codes]
    return sorted(found, key=lambda row: (not row.grid.shipped, row.grid.code))


def version_of(pole: Pole, code: str = "") -> GridVersion | None:
    """Return the version to show: of the grid asked for, else of the one answered last, else the first."""
    held = scales()
    if code:
        found = next((one for one in held if one.grid.code == code), None)
        if found is None:
            raise NotFoundError("unknown_grid", _("Aucune grille de ce nom ne se répond ici."))
        return found
    last = (
        Stance.objects.filter(pole=pole).order_by("-at", "-pk").values_list("grid_version__grid", flat=True)
    )
    answered = last.first()
    return next((one for one in held if one.grid_id == answered), held[0] if held else None)


def stances(pole: Pole, version: GridVersion, *, at: datetime | None = None) -> dict[str, Stance]:
    """Return the answers of a pole under a version, by item: those of today, or those held at an instant."""
    rows = Stance.objects.filter(pole=pole, grid_version=version)
    if at is None:
        rows = rows.filter(superseded_at=None)
    else:
        rows = rows.filter(Q(superseded_at=None) | Q(superseded_at__gt=at), at__lte=at)
    return {row.criterion: row for row in rows.select_related("review", "by").order_by("pk")}


def answers(pole: Pole, version: GridVersion) -> dict[str, Said]:
    """Return what a pole says today under a version, by item."""
    return {code: Said.of(row) for code, row in stances(pole, version).items()}


def adopt(review: Review, given: Mapping[str, Said], *, by: User) -> list[Stance]:
    """Make these the answers of the pole; what they replace stays, dated. The same again changes nothing.

    Call it in the transaction of the campaign, under the lock of the pole.
    """
    held = stances(review.pole, review.grid_version)
    # Of the very moment of the closing: the situation of a campaign is read at its date.
    now = review.closed_at or timezone.now()
    fresh = {code: one for code, one in given.items() if code not in held or Said.of(held[code]) != one}
    Stance.objects.filter(pk__in=[held[code].pk for code in fresh if code in held]).update(superseded_at=now)
    made = [
        Stance(
            pole=review.pole,
            grid_version=review.grid_version,
            criterion=code,
            review=review,
            by=by,
            at=now,
            **one.as_dict(),
        )
        for code, one in fresh.items()
    ]
    Stance.objects.bulk_create(made)
    if made:
        told = {"review": review.pk.hex, "items": {code: one.level for code, one in fresh.items()}}
        record(review.pole.actor.subject, "situation.adopted", by=by, data=told)
    return made


@dataclass(frozen=True, slots=True)
class Line:
    """An item of the situation: what the pole says, since when, from which campaign, before.

    ``confidence`` is empty for an answer to these very words, else how surely an older one reads so
    (``grids.mappings.Confidence``), with ``why`` and the version it was given under.
    """

    item: Item
    said: Said
    label: str
    target: str
    at: datetime | None = None
    campaign: str = ""
    confidence: str = ""
    why: str = ""
    given_under: str = ""
    before: int | None = None
    evidence: tuple[evidence.Shown, ...] = ()

    @property
    def moved(self) -> int:
        """Steps since the campaign before; 0 when one of the two levels is not known."""
        return 0 if self.before is None or self.said.level is None else self.said.level - self.before


@dataclass(frozen=True, slots=True)
class AxisLines:
    """An axis of the situation."""

    axis: Axis
    lines: tuple[Line, ...]

    @property
    def answered(self) -> int:
        """How many items have an answer."""
        return sum(line.said.answered for line in self.lines)


@dataclass(frozen=True, slots=True)
class Situation:
    """What a pole says of itself on a version of a grid; ``lost`` tells what no longer has an item."""

    pole: Pole
    version: GridVersion
    asked: Questionnaire
    axes: tuple[AxisLines, ...]
    lost: tuple[str, ...] = ()
    #: The moment compared to, and its name; None when there is none.
    since: datetime | None = None
    since_title: str = ""

    @property
    def lines(self) -> list[Line]:
        """Every item, in the order of the grid."""
        return [line for axis in self.axes for line in axis.lines]

    @property
    def answered(self) -> int:
        """How many items have an answer."""
        return sum(axis.answered for axis in self.axes)

    @property
    def last_at(self) -> datetime | None:
        """When the last answer was given."""
        return max((line.at for line in self.lines if line.at), default=None)


def situation(pole: Pole, version: GridVersion, *, since: Review | None = None) -> Situation:
    """Return the situation of a pole today, beside that of the campaign ``since`` when one is given.

    Items never answered under this version are read from earlier ones where the owner of the grid says how.
    """
    asked, held = questionnaire(version), stances(pole, version)
    carried = carrying.carried(pole, version)
    before = stances(pole, version, at=since.closed_at) if since and since.closed_at else {}
    supports = evidence.by_item(pole, version)
    axes = tuple(
        AxisLines(axis, tuple(_line(item, asked, held, carried, before, supports) for item in axis.items))
        for axis in asked.axes
    )
    return Situation(
        pole,
        version,
        asked,
        axes,
        carried.lost,
        since.closed_at if since else None,
        since.title if since else "",
    )


def _line(  # noqa: PLR0913, PLR0917 - the six things that an item is shown with
    item: Item,
    asked: Questionnaire,
    held: Mapping[str, Stance],
    carried: carrying.Old,
    before: Mapping[str, Stance],
    supports: Mapping[str, Sequence[evidence.Shown]],
) -> Line:
    old = before.get(item.code)
    common: dict[str, Any] = {
        "before": old.level if old else None,
        "evidence": tuple(supports.get(item.code, ())),
    }
    if row := held.get(item.code):
        given = Said.of(row)
        return Line(
            item,
            given,
            asked.label(given.level),
            asked.label(given.target),
            row.at,
            row.review.title,
            **common,
        )
    if read := carried.items.get(item.code):
        return Line(
            item,
            read.said,
            asked.label(read.said.level),
            asked.label(read.said.target),
            read.at,
            confidence=read.confidence,
            why=" ".join(said(text) for text in read.why),
            given_under=read.version,
            **common,
        )
    return Line(item, Said(), "", "", **common)


def milestones(pole: Pole, version: GridVersion) -> list[Review]:
    """Return the campaigns that gave the pole its answers on this grid, the oldest first."""
    rows = Review.objects.filter(
        pole=pole,
        grid_version__grid=version.grid_id,
        mode__in=[Mode.INTERNAL, Mode.EXTERNAL],
        state=State.CLOSED,
        stances__isnull=False,
    )
    return list(rows.distinct().order_by("closed_at", "pk"))


def before_last(pole: Pole, version: GridVersion) -> Review | None:
    """Return the campaign before the last under this version: what progress is shown from."""
    held = [one for one in milestones(pole, version) if one.grid_version_id == version.pk]
    return held[-2] if len(held) > 1 else None


def copied(pole: Pole, version: GridVersion) -> dict[str, Any]:
    """Return what a reviewer works on, in canonical JSON types: public facts, answers, what supports them.

    A private piece that the pole does not share is said to exist, and not named.
    """
    facts = [_fact(view) for view in facts_of(pole.pk, lang="fr")]
    return {
        "pole": {"id": str(pole.pk), "slug": pole.slug, "name": pole.actor.name},
        "grid": {"code": version.grid.code, "version": version.version, "digest": version.digest},
        "answers": {code: one.as_dict() for code, one in sorted(answers(pole, version).items())},
        "facts": facts,
        "evidence": {
            code: [one.as_dict(inside=False) for one in found]
            for code, found in sorted(evidence.by_item(pole, version).items())
        },
    }


def _fact(view: FactView) -> dict[str, Any]:
    return {
        "id": str(view.id),
        "code": view.code,
        "label": view.label,
        "value": view.display,
        "period": view.period,
        "on": view.on,
        "status": view.status,
        "source": view.source.as_dict(),
    }


# What is shown to everybody


@dataclass(frozen=True, slots=True)
class Choice:
    """What a pole shows of its situation: axes by code; with them targets, first steps, progress or not."""

    axes: tuple[str, ...] = ()
    targets: bool = False
    steps: bool = False
    progress: bool = False


def shown(pole: Pole, grid: Grid) -> Shown | None:
    """Return what the pole chose to show; None, or no axis: nothing."""
    return Shown.objects.filter(pole=pole, grid=grid).first()


def show(pole: Pole, version: GridVersion, choice: Choice, *, seen: int, by: User) -> Shown:
    """Choose what everybody sees; ``seen`` is the version of the choice on the page (0: none yet).

    Raises ``StaleWriteError`` when somebody chose otherwise meanwhile: what is public is never merged.
    """
    known = {axis.code for axis in questionnaire(version).axes}
    values = {
        "axes": [code for code in choice.axes if code in known],
        "targets": choice.targets,
        "steps": choice.steps,
        "progress": choice.progress,
        "by": by,
        "at": timezone.now(),
    }
    with transaction.atomic():
        lock(pole.pk)
        row = shown(pole, version.grid)
        if (row.version if row else 0) != seen:
            message = _("Quelqu'un a changé ce qui est montré pendant ce temps : relisez et choisissez.")
            raise StaleWriteError("stale_choice", message)
        if row is None:
            row = Shown.objects.create(pole=pole, grid=version.grid, **values)
        else:
            Shown.objects.filter(pk=row.pk).update(version=F("version") + 1, **values)
            row.refresh_from_db()
        told = {"grid": version.grid.code, "axes": row.axes, "targets": row.targets, "steps": row.steps}
        record(pole.actor.subject, "situation.shown", by=by, data=told)
    return row


def public(pole: Pole, version: GridVersion) -> Situation | None:
    """Return the part of the situation that the pole shows to everybody; None when it shows nothing.

    A pole whose sheet is not public shows nothing, whatever it chose. Remarks and what supports an answer
    are never part of it.
    """
    row = shown(pole, version.grid)
    if row is None or not row.axes or not _public(pole):
        return None
    since = before_last(pole, version) if row.progress else None
    whole = situation(pole, version, since=since)
    axes = tuple(
        AxisLines(axis.axis, tuple(_bare(line, row) for line in axis.lines))
        for axis in whole.axes
        if axis.axis.code in row.axes
    )
    return Situation(pole, version, whole.asked, axes, (), whole.since, whole.since_title)


def _public(pole: Pole) -> bool:
    subject = pole.actor.subject
    return bool(subject.public and subject.closed_at is None and subject.merged_into_id is None)


def _bare(line: Line, row: Shown) -> Line:
    kept = {name: getattr(line.said, name) for name in FIELDS}
    kept["words"] = ""
    if not row.targets:
        kept["target"] = None
    if not row.steps:
        kept["first_step"] = ""
    return Line(
        line.item,
        Said(**kept),
        line.label,
        line.target if row.targets else "",
        line.at,
        confidence=line.confidence,
        why=line.why,
        given_under=line.given_under,
        before=line.before if row.progress else None,
    )
