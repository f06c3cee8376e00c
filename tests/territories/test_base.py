"""The embedded base: totals that must hold, and the traps of its source."""

import numpy as np
import pytest

from terreau.territories.base import ALL_LAYERS, LAYERS, UnknownYearError, load, records

TOTALS = {
    "epci": 1255,
    "departement": 101,
    "region": 18,
    "ancienne_region": 27,
    "arrondissement": 333,
    "ept": 11,
}
POPULATION = 68_350_798
ISLANDS_WITHOUT_EPCI = {"22016", "29083", "29155", "85113"}
ISLANDS = {
    "17004", "22016", "29082", "29083", "29084", "29155", "56069", "56085", "56086", "56087", "56088",
    "85113", "97110", "97130", "97131",
}  # fmt: skip

base = load()


def test_counts_of_communes_and_zones():
    assert (len(base.codes), int(base.com.sum())) == (34_969, 94)
    assert len(set(base.codes.tolist())) == 34_969
    assert {name: len(base.layers[name].codes) for name in ALL_LAYERS} == TOTALS


@pytest.mark.parametrize("name", ["departement", "region", "ancienne_region"])
def test_population_is_the_same_at_every_level(name):
    assert base.layers[name].population.sum() == POPULATION == base.population[~base.com].sum()


def test_epci_and_the_islands_without_epci_make_the_whole():
    layer = base.layers["epci"]
    alone = (layer.zone_of < 0) & ~base.com
    assert set(base.codes[alone].tolist()) == ISLANDS_WITHOUT_EPCI
    assert layer.population.sum() + base.population[alone].sum() == POPULATION


def test_totals_of_zones_are_those_of_the_source():
    for name, table in (("epci", "epci"), ("departement", "departements"), ("region", "regions")):
        layer = base.layers[name]
        for row in records(table):
            zone = layer.index[row["code"]]
            assert (layer.communes[zone], layer.population[zone]) == (row["nb_communes"], row["population"])
            assert layer.surface[zone] / 100 == pytest.approx(row["surface_km2"], abs=0.051)


def test_overseas_collectivities_belong_to_no_zone_and_come_last():
    assert base.com[-94:].all()
    for name in ALL_LAYERS:
        assert (base.layers[name].zone_of[base.com] == -1).all()


def test_population_years():
    assert base.population_year[base.index["35236"]] == 2023
    assert base.population_year[base.index["97608"]] == 2017
    assert base.population_year[base.index["97801"]] == 0


def test_six_communes_have_nobody_and_six_collectivities_have_no_count():
    assert ((base.population == 0) & base.population_known).sum() == 6
    unknown = ~base.population_known
    assert unknown.sum() == 6
    assert base.com[unknown].all()


def test_communes_of_a_zone_follow_one_another():
    split = {name: int(base.layers[name].split.sum()) for name in LAYERS}
    assert split == {"epci": 89, "departement": 0, "region": 0, "ancienne_region": 0}
    assert (np.diff(base.cell) >= 0).all()


def test_members_of_a_zone():
    redon = base.layers["epci"].members("243500741")
    assert len(redon) == 31
    assert (np.diff(redon) > 0).all()
    assert {code[:2] for code in base.codes[redon].tolist()} == {"35", "44", "56"}


def test_old_codes_lead_to_current_ones():
    added = {"01220": "01185", "2A237": "2A308", "54454": "54316", "91221": "91174", "95065": "95355"}
    assert added.items() <= base.former.items()
    assert len(base.former) == 4_285 + 13
    assert set(base.former.values()) <= base.index.keys()
    assert not base.former.keys() & base.index.keys()


def test_neighbours_are_symmetric_and_only_islands_have_none():
    starts, ids = base.neighbours
    left = np.repeat(np.arange(len(base.codes)), np.diff(starts))
    there = set(zip(left.tolist(), ids.tolist(), strict=True))
    assert len(there) == 2 * 102_191
    assert all((b, a) in there and a != b for a, b in there)
    alone = (np.diff(starts) == 0) & ~base.com
    assert set(base.codes[alone].tolist()) == ISLANDS


def test_neighbours_cross_departments():
    starts, ids = base.neighbours
    redon = base.index["35236"]
    around = set(base.codes[ids[starts[redon] : starts[redon + 1]]].tolist())
    assert around == {"44185", "35013", "35294", "56194", "56223", "56232"}


def test_merged_communes_have_their_whole_surface():
    """Saint-Denis took in Pierrefitte, Hesdin-la-Forêt three communes: the source left their outlines out."""
    assert base.surface[base.index["93066"]] > 1_500
    assert base.surface[base.index["62447"]] > 2_000


def test_another_year_is_refused():
    with pytest.raises(UnknownYearError, match="2019"):
        load(2019)
