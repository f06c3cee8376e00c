"""Codes, algebra and overlaps: tables of known cases, then laws that hold for any set of communes."""

import hashlib
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terreau.territories.base import ALL_LAYERS, LAYERS, load
from terreau.territories.rules import (
    Communes,
    MixedYearsError,
    describe,
    describe_many,
    neighbours,
    perimeter_key,
    resolve,
    rings,
    shares,
)

base = load()
ALL = len(base.codes)
INSIDE = ALL - 94


def sets(top: int = ALL, size: int = 200) -> st.SearchStrategy[Communes]:
    """Scattered sets and compact ones, the empty set included."""
    scattered = st.sets(st.integers(0, top - 1), max_size=size)
    compact = st.builds(
        lambda at, n: set(range(at, min(at + n, top))), st.integers(0, top - 1), st.integers(0, size)
    )
    return st.one_of(scattered, compact).map(lambda ids: Communes(2026, np.array(sorted(ids), np.int32)))


# ------------------------------------------------------------------------------------------------ codes


@pytest.mark.parametrize(
    ("code", "current"),
    [
        ("35236", "35236"),
        ("01220", "01185"),
        ("75101", "75056"),
        ("75120", "75056"),
        ("69389", "69123"),
        ("13216", "13055"),
        ("93059", "93066"),
        (" 2a237 ", "2A308"),
        ("97801", "97801"),
    ],
)
def test_a_code_of_any_year_is_found(code, current):
    found = resolve(base, [code])
    assert base.codes[found.ids].tolist() == [current]
    assert found.unresolved == ()
    assert found.resolved == ({} if code == current else {code.strip().upper(): current})


def test_every_municipal_arrondissement_is_accepted():
    codes = [str(n) for n in (*range(75101, 75121), *range(69381, 69390), *range(13201, 13217))]
    found = resolve(base, codes)
    assert set(base.codes[found.ids].tolist()) == {"75056", "69123", "13055"}
    assert len(found.resolved) == 45


def test_an_unknown_code_is_reported_and_the_rest_answered():
    found = resolve(base, ["99999", "35236", "", "abc", "1185", "99999", "01220"])
    assert found.unresolved == ("99999", "", "abc", "1185")
    assert found.malformed == ("", "abc", "1185")
    assert sorted(base.codes[found.ids].tolist()) == ["01185", "35236"]


def test_a_commune_counts_once():
    found = resolve(base, ["01185", "01220", "01185"])
    assert len(found.ids) == 1
    assert found.resolved == {"01220": "01185"}


def test_current_codes_only_make_a_set():
    with pytest.raises(KeyError):
        Communes.of(base, ["01220"])


# ---------------------------------------------------------------------------------------------- algebra


@given(sets(), sets(), sets())
@settings(max_examples=60, deadline=None)
def test_laws_of_sets(a, b, c):
    nothing = Communes(2026, np.zeros(0, np.int32))
    assert a | b == b | a
    assert a & b == b & a
    assert (a | b) | c == a | (b | c)
    assert a & (b | c) == (a & b) | (a & c)
    assert a - (b & c) == (a - b) | (a - c)
    assert a | a == a == a & a
    assert a - a == nothing == a & nothing
    assert (a - b) | (a & b) == a
    assert len(a | b) + len(a & b) == len(a) + len(b)
    assert hash(a | b) == hash(b | a)


@given(sets(), sets())
@settings(max_examples=30, deadline=None)
def test_a_combination_keeps_its_ids_sorted(a, b):
    for combined in (a | b, a & b, a - b):
        assert combined.ids.dtype == np.int32
        assert (np.diff(combined.ids) > 0).all()


def test_years_do_not_mix():
    old, new = Communes(2025, np.array([1], np.int32)), Communes(2026, np.array([1], np.int32))
    assert old != new
    for combine in (Communes.__or__, Communes.__and__, Communes.__sub__):
        with pytest.raises(MixedYearsError, match="2025"):
            combine(old, new)
    with pytest.raises(MixedYearsError):
        rings(base, old, 1)


@given(sets(size=40), st.integers(0, 4))
@settings(max_examples=40, deadline=None)
def test_rings_partition_what_they_reach(communes, k):
    found = rings(base, communes, k)
    assert len(found) == k + 1
    assert found[0] == communes
    whole = np.concatenate([ring.ids for ring in found])
    assert len(np.unique(whole)) == len(whole)
    for inner, outer in pairwise(found):
        assert len(outer - neighbours(base, inner)) == 0


@given(st.integers(0, INSIDE - 1))
@settings(max_examples=40, deadline=None)
def test_being_neighbours_is_mutual(i):
    one = Communes(2026, np.array([i], np.int32))
    for j in neighbours(base, one).ids:
        assert i in neighbours(base, Communes(2026, np.array([j], np.int32))).ids


def test_a_key_is_that_of_the_codes():
    ids = base.ids(["35236", "01185"])
    assert perimeter_key(base, ids) == perimeter_key(base, ids[::-1])
    assert perimeter_key(base, ids) != perimeter_key(base, ids[:1])
    assert perimeter_key(base, ids) == hashlib.sha256(b"2026:01185,35236").hexdigest()


# --------------------------------------------------------------------------------------------- overlaps


def test_redon_is_in_three_departments_and_two_regions():
    found = describe(base, base.layers["epci"].members("243500741"))
    crossed = {name: [overlap.code for overlap in overlaps] for name, overlaps in found.overlaps.items()}
    assert crossed == {
        "epci": ["243500741"],
        "departement": ["35", "44", "56"],
        "region": ["53", "52"],
        "ancienne_region": ["53", "52"],
    }
    assert found.overlaps["epci"][0].of_perimeter.population == 1
    assert found.overlaps["epci"][0].of_zone.population == 1
    first = found.overlaps["departement"][0]
    assert first.common.communes == 12
    assert first.of_perimeter.population == first.common.population / found.totals.population
    ille = base.layers["departement"].index["35"]
    assert first.of_zone.population == first.common.population / base.layers["departement"].population[ille]


def test_islands_without_epci_cross_no_epci():
    found = describe(base, base.ids(["22016", "29083", "29155", "85113"]))
    assert found.overlaps["epci"] == []
    assert [overlap.code for overlap in found.overlaps["region"]] == ["52", "53"]


def test_where_nobody_lives_parts_are_by_communes():
    found = describe(base, base.ids(["55039", "55050"]))
    assert (found.totals.population, found.totals.communes) == (0, 2)
    assert found.population_unknown == ()
    whole = found.overlaps["departement"][0].of_perimeter
    assert (whole.population, whole.main) == (None, 1.0)
    assert found.overlaps["departement"][0].of_zone.main == 0.0


def test_collectivities_count_in_the_totals_and_cross_nothing():
    found = describe(base, base.ids(["97801", "98411", "35236"]))
    assert found.totals.communes == 3
    assert found.totals.population == 31_160 + int(base.population[base.index["35236"]])
    assert found.population_unknown == ("98411",)
    assert [overlap.of_perimeter.communes for overlap in found.overlaps["departement"]] == [1 / 3]


def test_nothing_measures_nothing():
    found = describe(base, np.zeros(0, np.int32))
    assert (found.totals.communes, found.totals.population) == (0, 0)
    assert not any(found.overlaps.values())
    assert shares(found.totals, found.totals).main is None


@given(sets(top=INSIDE))
@settings(max_examples=60, deadline=None)
def test_zones_that_cover_everything_add_up_to_the_whole(communes):
    found = describe(base, communes.ids)
    for name in ("departement", "region", "ancienne_region"):
        for measure in ("communes", "population", "surface"):
            total = sum(getattr(overlap.common, measure) for overlap in found.overlaps[name])
            assert total == getattr(found.totals, measure)


@given(sets())
@settings(max_examples=60, deadline=None)
def test_overlaps_are_those_of_sets(communes):
    found = describe(base, communes.ids, [base.layers[name] for name in ALL_LAYERS])
    for name, overlaps in found.overlaps.items():
        zones = base.layers[name].zone_of[communes.ids]
        assert len(overlaps) == len(set(zones.tolist()) - {-1})
        for overlap in overlaps:
            common = np.intersect1d(communes.ids, base.layers[name].members(overlap.code))
            assert overlap.common.communes == len(common)
            assert overlap.common.population == base.population[common].sum()
            assert overlap.common.surface == base.surface[common].sum()


@given(sets())
@settings(max_examples=60, deadline=None)
def test_parts_are_parts(communes):
    for overlaps in describe(base, communes.ids).overlaps.values():
        for overlap in overlaps:
            for part in (overlap.of_perimeter, overlap.of_zone):
                assert all(
                    0 <= share <= 1 for share in (part.communes, part.population, part.surface) if share
                )
                assert part.main is not None


@given(st.lists(sets(), max_size=12))
@settings(max_examples=40, deadline=None)
def test_many_at_once_are_each_one(perimeters):
    offsets = np.cumsum([0, *map(len, perimeters)]).astype(np.int64)
    ids = np.concatenate([np.zeros(0, np.int32), *(one.ids for one in perimeters)])
    totals, crossings = describe_many(base, offsets, ids)
    for i, one in enumerate(perimeters):
        alone = describe(base, one.ids)
        assert totals.communes[i] == alone.totals.communes
        assert totals.sums["population"][i] == alone.totals.population
        for name in LAYERS:
            mine = crossings[name].perimeter == i
            codes = [base.layers[name].codes[zone] for zone in crossings[name].zone[mine]]
            there = dict(zip(codes, crossings[name].sums["population"][mine].tolist(), strict=True))
            assert there == {overlap.code: overlap.common.population for overlap in alone.overlaps[name]}
            assert mine.sum() == len(alone.overlaps[name])


def test_many_slices_are_one(monkeypatch):
    """Perimeters larger than a slice, and slices that end on a perimeter, give what one slice gives."""
    random = np.random.default_rng(7)
    sizes = random.integers(0, 300, 50)
    ids = np.concatenate([np.sort(random.choice(ALL, n, replace=False)) for n in sizes]).astype(np.int32)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    whole = describe_many(base, offsets, ids)
    monkeypatch.setattr("terreau.territories.rules.CHUNK", 64)
    sliced = describe_many(base, offsets, ids)
    for name in LAYERS:
        for column in ("perimeter", "zone", "communes"):
            assert np.array_equal(getattr(whole[1][name], column), getattr(sliced[1][name], column))
        for measure in ("population", "surface"):
            assert np.array_equal(whole[1][name].sums[measure], sliced[1][name].sums[measure])
    assert np.array_equal(whole[0].sums["surface"], sliced[0].sums["surface"])
    assert len(whole[0].communes) == 50


@pytest.mark.parametrize("ids", [[2, 1], [1, 1]])
def test_unsorted_ids_are_refused(ids):
    with pytest.raises(ValueError, match="sorted"):
        describe_many(base, np.array([0, 2]), np.array(ids, np.int32))
