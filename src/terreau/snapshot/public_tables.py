"""Tables of money over all real poles, as ``publication`` protects them: resources, trade between members."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from terreau.publication.tables import Axis, Contribution, Table, build
from terreau.snapshot import names
from terreau.snapshot.counting import Counted, Rows
from terreau.territories import base

#: Amounts follow the rule of enterprises, trade that of members.
AMOUNTS: Final = "entreprises"
TRADE: Final = "adherents"


def tables(counted: Counted, this_year: int) -> Iterator[tuple[Table, str]]:
    """Give the tables of each year that has ended, with the code of the rule that protects them."""
    real = {pole: row for pole, row in counted.poles.items() if not row["fictional"]}
    years = sorted(
        {row["year"] for row in counted.resources if row["year"] < this_year and row["pole"] in real}
    )
    for year in years:
        rows = [row for row in counted.resources if row["year"] == year and row["pole"] in real]
        yield _resources(year, rows, real), AMOUNTS
        traded = [row for row in counted.sellers if row["year"] == year and row["pole"] in real]
        if traded:
            yield _trade(year, traded, real), TRADE


def _resources(year: int, rows: Rows, poles: Mapping[str, Mapping[str, Any]]) -> Table:
    """Return the cash that came in, by type and origin, by type and region, by type and stage.

    What a pole took back more than it had (corrections of another year) counts for nothing, in every face.
    """
    cents: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        cents[row["pole"], row["kind"], row["origin"]] += row["cash_cents"]
    held = {key: amount for key, amount in cents.items() if amount > 0}
    kinds = _axis(names.KIND, (kind for _pole, kind, _origin in held))
    places = [_place(poles[pole]) for pole, _kind, _origin in held]
    stages = [poles[pole]["stage"] or names.UNKNOWN for pole, _kind, _origin in held]
    faces = []
    for axis, codes in (
        (_axis(names.ORIGIN, (origin for _pole, _kind, origin in held)), [key[2] for key in held]),
        (_places(places), places),
        (_axis(names.STAGE, stages), stages),
    ):
        given: Counter[tuple[str, str, str]] = Counter()
        for (key, amount), code in zip(held.items(), codes, strict=True):
            given[key[0], code, key[1]] += amount
        contributions = [
            Contribution(pole, (code, kind), amount) for (pole, code, kind), amount in given.items()
        ]
        faces.append(((axis, kinds), contributions))
    return build(names.resources_table(year), faces)


def _trade(year: int, rows: Rows, poles: Mapping[str, Mapping[str, Any]]) -> Table:
    """Return what members bought from one another, by region and by whether it is due to the pole.

    Who contributes is who sells: nothing is shown that one of them makes alone, or nearly.
    """
    given: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        for due, cents in (
            ("oui", row["attributable_cents"]),
            (names.UNKNOWN, row["unsaid_cents"]),
            ("non", row["trade_cents"] - row["attributable_cents"] - row["unsaid_cents"]),
        ):
            given[row["seller"], _place(poles[row["pole"]]), due] += cents
    held = {key: cents for key, cents in given.items() if cents > 0}
    places = [place for _seller, place, _due in held]
    axes = (_places(places), _axis(names.DUE, (due for _seller, _place, due in held)))
    rows_of = [Contribution(seller, (place, due), cents) for (seller, place, due), cents in held.items()]
    return build(names.trade_table(year), [(axes, rows_of)])


def _axis(name: str, codes: Iterable[str]) -> Axis:
    return Axis(name, dict.fromkeys(sorted(set(codes)), ""))


def _places(places: Iterable[str]) -> Axis:
    return _axis(names.REGION, places)


def _place(pole: Mapping[str, Any]) -> str:
    region = pole["region"] or _regions().get(pole["department"], "")
    return region or names.UNKNOWN


@lru_cache(maxsize=1)
def _regions() -> Mapping[str, str]:
    return {str(row["code"]): str(row["region"]) for row in base.records("departements")}
