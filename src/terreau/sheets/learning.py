"""What a grid teaches across poles: how each criterion is answered, which ones tell poles apart (R-48, R-50).

Reads what ``learning_count`` published, never a pole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.common.errors import DomainError, NotFoundError
from terreau.common.verdicts import Answer
from terreau.grids.language import DECIDING, Criterion, Grid
from terreau.poles import directory
from terreau.poles.models import Listing
from terreau.publication import releases
from terreau.publication.models import Release
from terreau.publication.policies import Policy
from terreau.publication.protection import ABSENT, SECRET, SHOWN, ZERO, Cell
from terreau.publication.tables import Key
from terreau.sheets import grids
from terreau.sheets.facts import language
from terreau.sheets.learning_count import ANSWER, DISPUTED, OUTCOMES, PLACE, STAGE, UNKNOWN, table_name

#: Below so many poles with an answer, a criterion is said neither to tell poles apart nor not to.
LEAST_ANSWERED = 10
#: What rows can be: everybody, then by region, department or stage.
WHOLE, REGION, DEPARTMENT, BY_STAGE = "", "region", "departement", "stade"
BY = (REGION, DEPARTMENT, BY_STAGE)
OUTCOME_LABELS = {
    Answer.YES.value: gettext_lazy("oui"),
    Answer.NO.value: gettext_lazy("non"),
    Answer.TO_CHECK.value: gettext_lazy("à vérifier"),
    DISPUTED: gettext_lazy("discuté"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """How a criterion is answered by the poles of one place, or at one stage; ``code`` "" for all."""

    code: str
    label: str
    total: Cell
    cells: Mapping[str, Cell]

    @property
    def hidden(self) -> bool:
        """Say whether an answer is secret."""
        return any(cell.status == SECRET for cell in self.cells.values())

    @property
    def power(self) -> int | None:
        """How well the criterion tells these poles apart, in percent; None when it cannot be said.

        Twice the smaller share, among the poles that are answered yes or no: 0 when all answer alike, 100
        when half say yes. It says nothing of what is unknown, nor whether the criterion is right.
        """
        yes, no = self.cells[Answer.YES.value], self.cells[Answer.NO.value]
        if yes.value is None or no.value is None or yes.value + no.value < LEAST_ANSWERED:
            return None
        return round(200 * min(yes.value, no.value) / (yes.value + no.value))

    def as_json(self) -> dict[str, Any]:
        """Return the row as the API says it."""
        return {
            "code": self.code,
            "libelle": self.label,
            "poles": _json(self.total),
            "reponses": {code: _json(cell) for code, cell in self.cells.items()},
        }


def _json(cell: Cell) -> dict[str, Any]:
    words = {SHOWN: "publie", ZERO: "zero", SECRET: "secret", ABSENT: "absent"}
    return {"etat": words[cell.status], "valeur": cell.value}


@dataclass(frozen=True, slots=True)
class Learned:
    """A criterion: how all poles answer it, and the rows asked for. None was counted when ``made_at`` is
    None.
    """

    criterion: Criterion
    title: str
    kind: str
    whole: Row
    rows: tuple[Row, ...]
    made_at: datetime | None
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Learning:
    """What a grid teaches: criteria in the order of the grid."""

    grid: Grid
    title: str
    by: str
    criteria: tuple[Learned, ...]
    policy: Policy | None
    fictional: bool

    @property
    def counted(self) -> bool:
        """Say whether anything was counted yet."""
        return any(one.made_at for one in self.criteria)

    @property
    def poles(self) -> int:
        """How many poles were counted (the directory says it too)."""
        return max((one.whole.total.value or 0 for one in self.criteria), default=0)

    @property
    def waiting(self) -> bool:
        """Say whether some criteria keep a count made before that of others."""
        return len({one.whole.total.value for one in self.criteria if one.made_at}) > 1

    @property
    def oldest(self) -> datetime | None:
        """When the oldest of the tables was counted."""
        return min((one.made_at for one in self.criteria if one.made_at), default=None)

    @property
    def latest(self) -> datetime | None:
        """When the latest of the tables was counted."""
        return max((one.made_at for one in self.criteria if one.made_at), default=None)

    def as_json(self) -> dict[str, Any]:
        """Return everything as the API says it."""
        return {
            "grid": self.grid.code,
            "version": self.grid.version,
            "par": self.by or None,
            "poles": self.poles,
            "exemples_fictifs": self.fictional,
            "regle": self.policy.as_dict() if self.policy else None,
            "criteres": [
                {
                    "code": one.criterion.code,
                    "kind": one.criterion.kind,
                    "titre": grids.texts(one.criterion.title),
                    "compte_le": one.made_at.isoformat() if one.made_at else None,
                    "revu_le": one.checked_at.isoformat() if one.checked_at else None,
                    "ensemble": one.whole.as_json(),
                    "pouvoir_de_distinguer": one.whole.power,
                    "lignes": [row.as_json() for row in one.rows],
                }
                for one in self.criteria
            ],
        }


def learning(code: str, on: date, *, version: str | None = None, by: str = WHOLE) -> Learning:
    """Return what a public grid teaches across poles, by region, department, stage, or for all (four
    queries).

    Raises ``NotFoundError`` for an unknown grid or version and for one that does not appraise poles,
    ``DomainError`` (422) for an unknown division.
    """
    if by and by not in BY:
        message = _("« %(value)s » n'est pas une façon de compter. Façons possibles : %(known)s.")
        facts = {"parameter": "par", "value": by[:40], "allowed": list(BY)}
        raise DomainError("unknown_value", message % {"value": by[:40], "known": ", ".join(BY)}, facts=facts)
    grid = grids.one(code, version, on)
    if grid.subject != "pole":
        message = _("Cette grille n'apprécie pas les pôles.")
        raise NotFoundError("other_subject", message, facts={"grid": code[:60], "subject": grid.subject})
    counted = [one for one in grid.criteria if one.kind in DECIDING]
    found = releases.latest(table_name(grid, one.code) for one in counted)
    held = [found.get(table_name(grid, one.code)) for one in counted]
    rules = [Policy.from_dict(one.policy) for one in held if one]
    lang = language()
    return Learning(
        grid,
        _text(grid.title, lang),
        by,
        tuple(_learned(one, release, by, lang) for one, release in zip(counted, held, strict=True)),
        rules[0] if rules else None,
        Listing.objects.filter(pole__fictional=True).exists(),
    )


def _text(texts: Mapping[str, str], lang: str) -> str:
    return texts.get(lang) or texts["fr"]


def _learned(criterion: Criterion, release: Release | None, by: str, lang: str) -> Learned:
    cells = dict(releases.cells(release)) if release else {}
    return Learned(
        criterion,
        _text(criterion.title, lang),
        criterion.kind,
        _row(cells, "", _("Tous les pôles"), ()),
        tuple(_rows(cells, by)),
        release.made_at if release else None,
        release.checked_at if release else None,
    )


def _row(cells: Mapping[Key, Cell], code: str, label: str, place: Key) -> Row:
    absent = Cell(ABSENT)
    answers = {one: cells.get(tuple(sorted(((ANSWER, one), *place))), absent) for one in OUTCOMES}
    total = cells.get(place, absent)
    if total.status == SHOWN:
        zero = Cell(ZERO, 0)
        answers = {one: zero if cell.status == ABSENT else cell for one, cell in answers.items()}
    return Row(code, label, total, answers)


def _rows(cells: Mapping[Key, Cell], by: str) -> list[Row]:
    """Return the rows of a division: every region, and the departments or stages that some pole has."""
    axis = STAGE if by == BY_STAGE else PLACE
    seen = {key[0][1] for key in cells if len(key) == 1 and key[0][0] == axis}
    return [
        _row(cells, code, label, ((axis, place),))
        for code, label, place in _places(by)
        if place in seen or (by == REGION and code != UNKNOWN)
    ]


def _places(by: str) -> list[tuple[str, str, str]]:
    """Return the code, the label and the name in the tables of every row of a division."""
    if by == REGION:
        regions = [(code, label, f"r:{code}") for code, label in directory.labels("region").items()]
        return [*regions, (UNKNOWN, _("région inconnue"), UNKNOWN)]
    if by == DEPARTMENT:
        return [(code, label, f"d:{code}") for code, label in directory.labels("departement").items()]
    if by == BY_STAGE:
        stages = [(code, label, code) for code, label in directory.labels("stade").items()]
        return [*stages, (UNKNOWN, _("stade inconnu"), UNKNOWN)]
    return []
