"""A table of counts or of amounts: who contributes what to which figure, and which figures add up to which.

Axes are nested codes (commune ⊂ department ⊂ region; a tree of sectors). A figure is named by the codes of
the axes on which it is not the whole, so that the same figure of two tables has one name: their margins are
one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

Key = tuple[tuple[str, str], ...]
"""Name of a figure: ``(("region", "53"), ("sector", "A"))``, axes in order of name; ``()`` is the whole."""
#: The code of everybody on an axis.
WHOLE = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """Codes of an axis, each with the code it is part of (``WHOLE`` for those at the top)."""

    name: str
    parents: Mapping[str, str]
    #: Anybody could be at any of its codes: nobody there is a zero, never an absence.
    categories: bool = False

    def __post_init__(self) -> None:
        for code in self.parents:
            seen = {code}
            while (code := self.parents[code]) != WHOLE:
                if code in seen or code not in self.parents:
                    raise ValueError(f"the code {code!r} of the axis {self.name} is part of nothing known")
                seen.add(code)

    def path(self, code: str) -> tuple[str, ...]:
        """Return the code and all that it is part of, the whole last."""
        found = [code]
        while found[-1] != WHOLE:
            found.append(self.parents[found[-1]])
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one contributor (the group, when several belong to one) brings at a place of each axis.

    ``amount`` is whole (cents, or 1 in a count) and never negative. ``at`` is one finest code by axis, in
    order.
    """

    contributor: str
    at: tuple[str, ...]
    amount: int = 1


@dataclass(slots=True)
class Figure:
    """A cell: what each contributor brings to it."""

    by: dict[str, int] = field(default_factory=dict)

    @property
    def value(self) -> int:
        """The sum."""
        return sum(self.by.values())

    @property
    def contributors(self) -> int:
        """How many contribute."""
        return len(self.by)


@dataclass(frozen=True, slots=True)
class Relation:
    """A figure that is the sum of others."""

    total: Key
    parts: tuple[Key, ...]


@dataclass(slots=True)
class Table:
    """Figures by name (those to which somebody contributes), and which add up. ``known`` are public anyway,
    ``harmless`` say nothing of anybody: never secret, hidden only beside one that is.

    A figure that is not in ``figures`` is a zero when somebody stands at each of its codes, else it is
    absent.
    """

    name: str
    axes: tuple[tuple[Axis, ...], ...]
    figures: dict[Key, Figure]
    known: frozenset[Key] = frozenset()
    harmless: frozenset[Key] = frozenset()

    def seen(self, key: Key) -> bool:
        """Say whether somebody stands at each code of a name: a figure there is a number, be it zero."""
        free = {axis.name for face in self.axes for axis in face if axis.categories}
        return key in self.figures or all(place[0] in free or (place,) in self.figures for place in key)

    def names(self) -> Iterator[Key]:
        """Give the name of every figure of every face, those of zeros too, those that are absent not."""
        given: set[Key] = set()
        for face in self.axes:
            codes = [
                [
                    WHOLE,
                    *(
                        code
                        for code in axis.parents
                        if axis.categories or ((axis.name, code),) in self.figures
                    ),
                ]
                for axis in face
            ]
            for combination in product(*codes):
                key = name_of(face, combination)
                if key not in given:
                    given.add(key)
                    yield key

    def relations(self, names: Iterable[Key]) -> list[Relation]:
        """Return which of these figures add up to which, in a stable order. The others are zeros that are
        shown.
        """
        axes = {axis.name: axis for face in self.axes for axis in face}
        found: dict[tuple[Key, str], list[Key]] = defaultdict(list)
        for key in names:
            for place in key:
                name, code = place
                parent = axes[name].parents[code]
                above = ((name, parent),) if parent != WHOLE else ()
                total = tuple(sorted((*(other for other in key if other != place), *above)))
                found[total, name].append(key)
        return [Relation(total, tuple(sorted(parts))) for (total, _axis), parts in sorted(found.items())]

    def contributions(self, face: tuple[Axis, ...]) -> Iterator[Contribution]:
        """Give what the table was built from, on one of its faces, in a stable order."""
        inner = {(axis.name, code) for axis in face for code in axis.parents.values()}
        names = tuple(axis.name for axis in face)
        for key in sorted(self.figures):
            if {name for name, _code in key} != set(names) or inner & set(key):
                continue
            at = tuple(dict(key)[name] for name in names)
            for contributor, amount in sorted(self.figures[key].by.items()):
                yield Contribution(contributor, at, amount)


def name_of(axes: Sequence[Axis], codes: Iterable[str]) -> Key:
    """Return the name of the figure at these codes, one by axis."""
    return tuple(sorted((axis.name, code) for axis, code in zip(axes, codes, strict=True) if code != WHOLE))


def build(
    name: str,
    faces: Sequence[tuple[Sequence[Axis], Iterable[Contribution]]],
    *,
    known: Iterable[Key] = (),
    harmless: Callable[[Key], bool] = lambda key: False,
) -> Table:
    """Return the table of the faces: each is axes and what everybody contributes there.

    Two faces of one table count the same contributors (poles by region, the same poles by stage), so that
    their common margins are one figure. Raises ``ValueError`` for a code that is unknown or has parts, for a
    negative amount, and for two faces that disagree on a margin.
    """
    figures: dict[Key, Figure] = {}
    for axes, contributions in faces:
        face = _face(tuple(axes), contributions)
        for key, figure in face.items():
            if key in figures and figures[key].by != figure.by:
                raise ValueError(f"two faces of {name} disagree on {key}")
            figures[key] = figure
    named = tuple(tuple(axes) for axes, _rows in faces)
    return Table(name, named, figures, frozenset(known), frozenset(filter(harmless, figures)))


def _face(axes: tuple[Axis, ...], contributions: Iterable[Contribution]) -> dict[Key, Figure]:
    leaves: dict[tuple[str, ...], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in contributions:
        if one.amount < 0:
            raise ValueError("an amount is never negative: protect what goes each way in a table of its own")
        leaves[one.at][one.contributor] += one.amount
    inner = [set(axis.parents.values()) for axis in axes]
    paths: list[dict[str, tuple[str, ...]]] = [{} for _axis in axes]
    figures: dict[Key, Figure] = defaultdict(Figure)
    for at, by in leaves.items():
        for axis, code, above, path in zip(axes, at, inner, paths, strict=True):
            if code not in axis.parents or code in above:
                raise ValueError(f"{code!r} is no finest code of the axis {axis.name}")
            path.setdefault(code, axis.path(code))
        for combination in product(*(path[code] for path, code in zip(paths, at, strict=True))):
            held = figures[name_of(axes, combination)].by
            for contributor, amount in by.items():
                held[contributor] = held.get(contributor, 0) + amount
    return dict(figures)
