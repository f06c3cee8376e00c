"""The base in the database: complete, idempotent, corrected by difference."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import Sum

from terreau.common.errors import NotFoundError
from terreau.search import index
from terreau.subjects.models import Subject
from terreau.territories import loading, read
from terreau.territories.models import BaseLoad, Outline, Zone

pytestmark = pytest.mark.usefixtures("zones")

COUNTS = {
    "commune": 34_969,
    "epci": 1_255,
    "departement": 101,
    "region": 18,
    "ancienne-region": 27,
    "arrondissement": 333,
    "ept": 11,
}


def test_every_territory_is_there_with_a_public_subject_of_its_own():
    for level, count in COUNTS.items():
        assert Zone.objects.filter(level=level).count() == count
    assert Zone.objects.values("subject").distinct().count() == sum(COUNTS.values())
    assert not Zone.objects.exclude(subject__kind="territory", subject__public=True).exists()


@pytest.mark.parametrize("level", ["departement", "region", "ancienne-region"])
def test_population_is_the_same_at_every_level(level):
    assert Zone.objects.filter(level=level).aggregate(total=Sum("population"))["total"] == 68_350_798


def test_collectivities_have_no_department():
    communes = Zone.objects.filter(level="commune")
    assert communes.filter(overseas="com").count() == 94
    assert not communes.filter(overseas="com", department__isnull=False).exists()
    assert communes.filter(department__isnull=True).count() == 94
    assert communes.filter(population__isnull=True).count() == 6


def test_a_zone_says_where_it_is_only_when_it_is_in_one_place():
    redon = read.zone("epci", "243500741")
    assert (redon.department, redon.region) == (None, None)
    rennes = read.zone("epci", "243500139")
    assert (rennes.department.code, rennes.region.code, rennes.former_region.code) == ("35", "53", "53")
    commune = read.zone("commune", "35236")
    assert (commune.epci.code, commune.department.code, commune.region.code) == ("243500741", "35", "53")


def test_an_epci_keeps_the_published_population_with_its_year():
    zone = read.zone("epci", "200000172")
    assert (zone.population, zone.population_year) == (28_561, 2023)
    assert (zone.published_population, zone.published_population_year) == (28_363, 2022)
    assert read.zone("departement", "976").population_year == 2017


def test_a_second_load_writes_nothing(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert loading.load_base().unchanged
    before = Subject.objects.count()
    assert loading.load_base(force=True).unchanged
    assert Subject.objects.count() == before


def test_a_difference_is_told_and_corrected():
    zone = read.zone("commune", "35236")
    Zone.objects.filter(pk=zone.pk).update(name="Rdeon", population=1, region=None)
    strange = Zone.objects.create(
        subject=Subject.objects.create(kind="territory"),
        level="epci",
        code="000000000",
        cog_year=2026,
        name="X",
    )
    out = StringIO()
    call_command("territories_load", "--force", stdout=out)
    said = out.getvalue()
    assert "0 ajoutés, 1 changés, 1 retirés" in said
    assert "name Rdeon → Redon" in said
    assert "- epci 000000000" in said
    zone.refresh_from_db()
    assert (zone.name, zone.region.code) == ("Redon", "53")
    assert not Zone.objects.filter(pk=strange.pk).exists()


def test_a_stopped_load_goes_on():
    Zone.objects.filter(level="ept").delete()
    BaseLoad.objects.all().delete()
    diff = loading.load_base()
    assert len(diff.added) == 11
    assert not diff.changed
    assert BaseLoad.objects.get().zones == sum(COUNTS.values())


def test_territories_are_found_by_name_and_code():
    assert [entry.path for entry in index.find("Bretagne", kinds=["territory"])][:2] == [
        "/territoires/region/53/",
        "/territoires/ancienne-region/53/",
    ]
    assert index.find("35236")[0].title == "Redon"


def test_an_unknown_zone_says_so_and_a_former_commune_says_which_now():
    with pytest.raises(NotFoundError) as unknown:
        read.zone("epci", "1")
    assert unknown.value.code == "unknown_zone"
    with pytest.raises(NotFoundError) as former:
        read.zone("commune", "01220")
    assert former.value.facts["current"] == "01185"


def test_an_outline_is_kept(django_assert_num_queries):
    ids = read.base.load().ids(["35236", "44185"])
    first = read.outline_of(ids)
    assert Outline.objects.count() == 1
    with django_assert_num_queries(1):
        assert read.outline_of(ids) == first
    assert read.outline_of(read.base.load().ids(["97801"])) is None


@pytest.mark.usefixtures("zones")
def test_an_epci_is_found_by_its_nature_in_full() -> None:
    found = [entry.path for entry in index.find("communauté d'agglomération redon")]
    assert found[0] == "/territoires/epci/243500741/"
