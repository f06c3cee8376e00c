"""What grids answer for many poles at once, without reasons: for statistics, lists and the command line."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

from terreau.grids import judging, store
from terreau.grids.evaluate import Answers, answers
from terreau.grids.judging import Said
from terreau.grids.language import Grid
from terreau.grids.models import Nature
from terreau.grids.rules import facts_of
from terreau.poles.models import Pole
from terreau.sheets.frames import frames

_BATCH = 500
_NOTHING = Said()


def grids_of_poles(on: date, codes: Iterable[str] | None = None) -> list[Grid]:
    """Return the public grids of poles in force on a day, by code; charters are signed, not answered."""
    found = store.grids(on, codes=codes)
    return [one for one in found.values() if one.subject == "pole" and one.nature != Nature.CHARTER]


def appraisals(
    poles: Iterable[UUID], grids: Sequence[Grid], on: date, *, inside: bool = False
) -> Iterator[tuple[UUID, Mapping[str, Answers]]]:
    """Yield each pole with the answers of each grid, by code, on a day; words of people included.

    By batches, whose number of queries does not depend on the poles. As a stranger knows them unless
    ``inside``: it then tells what is private, and is for counts under statistical secrecy only.
    """
    reading = {code for grid in grids for code in _read_by_rules(grid)}
    told = frames(poles, on, inside=inside, reading=reading)
    while pairs := list(islice(told, _BATCH)):
        batch, known = [pole for pole, _frame in pairs], [frame for _pole, frame in pairs]
        said = judging.said_of_many(batch, grids, on=on)
        found: list[dict[str, Answers]] = [{} for _pole in batch]
        for grid in grids:
            words = [said.get((pole, grid.row), _NOTHING) for pole in batch] if said else None
            given = [(one.judgements, one.lifts) for one in words] if words else None
            for place, answer in zip(found, answers(grid, known, on, words=given), strict=True):
                place[grid.code] = answer
        yield from zip(batch, found, strict=True)


def _read_by_rules(grid: Grid) -> Iterator[str]:
    for criterion in grid.criteria:
        if criterion.node is not None:
            yield from facts_of(criterion.node)


@dataclass
class Tally:
    """How many poles a grid answers yes, no, to check: overall, and criterion by criterion."""

    grid: Grid
    overall: Counter[str] = field(default_factory=Counter)
    criteria: list[Counter[str]] = field(default_factory=list)

    def add(self, given: Answers) -> None:
        """Count the answers for one pole."""
        self.overall[given.answer.value] += 1
        for counter, answer in zip(self.criteria, given.criteria, strict=True):
            counter[answer.value] += 1

    def as_json(self) -> dict[str, Any]:
        """Return the counts; a grid that is not prescriptive has no overall ones."""
        codes = [one.code for one in self.grid.criteria]
        return {
            "grid": self.grid.code,
            "version": self.grid.version,
            "prescriptive": self.grid.prescriptive,
            "verdicts": dict(self.overall) if self.grid.prescriptive else None,
            "criteria": [
                {"code": code, "verdicts": dict(counter)}
                for code, counter in zip(codes, self.criteria, strict=True)
            ],
        }


def tally(on: date, codes: Iterable[str] | None = None) -> list[Tally]:
    """Count the answers for every public pole of the register, as a stranger knows it."""
    chosen = grids_of_poles(on, codes)
    found = {grid.code: Tally(grid, criteria=[Counter() for _ in grid.criteria]) for grid in chosen}
    for _pole, given in appraisals(_public_poles() if chosen else [], chosen, on):
        for code, answer in given.items():
            found[code].add(answer)
    return list(found.values())


def _public_poles() -> list[UUID]:
    listed = Pole.objects.filter(
        kind=Pole.Kind.POLE, actor__subject__public=True, actor__subject__closed_at=None
    )
    living = listed.filter(actor__subject__merged_into=None)
    return list(living.order_by("pk").values_list("pk", flat=True))
