"""Perimeters in time, their infra-communal parts, and the projection of what they cover."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.journal.models import Event
from terreau.subjects.models import Subject
from terreau.territories import rules
from terreau.territories.actions import Part, cover, expected_coverage, set_perimeter
from terreau.territories.base import load
from terreau.territories.models import Coverage, Perimeter, PerimeterPart

pytestmark = pytest.mark.usefixtures("zones")
SQUARE = {"type": "Polygon", "coordinates": [[[-2.1, 47.6], [-2.0, 47.6], [-2.0, 47.7], [-2.1, 47.6]]]}


@pytest.fixture
def subject() -> Subject:
    return Subject.objects.create(kind="pole", public=True)


def given(subject: Subject, codes: list[str], **more: object) -> Perimeter:
    return set_perimeter(
        subject, **{"kind": "cooperation", "label": "Redon", "codes": codes, "cog_year": 2026, **more}
    )


def test_a_perimeter_has_its_size_its_point_and_what_it_covers(subject):
    perimeter = given(subject, ["35236", "44185", "01220"])
    communes = rules.resolve(load(), ["35236", "44185", "01185"])
    assert perimeter.key == rules.perimeter_key(load(), communes.ids)
    assert perimeter.population == int(load().population[communes.ids].sum())
    assert perimeter.surface_ha == int(load().surface[communes.ids].sum())
    assert (perimeter.lon, perimeter.lat) != (None, None)
    assert set(perimeter.communes.values_list("commune__code", "partial")) == {
        ("01185", False), ("35236", False), ("44185", False),
    }  # fmt: skip
    departments = Coverage.objects.filter(perimeter=perimeter, level="departement").order_by("code")
    assert [row.code for row in departments] == ["01", "35", "44"]
    assert sum(row.share_of_perimeter for row in departments) == pytest.approx(1)
    assert {row.level for row in perimeter.coverage.all()} == {
        "epci", "departement", "region", "ancienne-region", "arrondissement",
    }  # fmt: skip


def test_a_commune_with_a_part_is_touched_and_never_covered(subject):
    quarter = Part(kind="quarter", label="Faubourg", commune="35236")
    perimeter = given(subject, ["35236", "44185"], parts=[quarter])
    partial = dict(perimeter.communes.values_list("commune__code", "partial"))
    assert partial == {"35236": True, "44185": False}
    assert (perimeter.population, perimeter.surface_ha) == (None, None)
    rows = {(row.level, row.code): row for row in perimeter.coverage.all()}
    touched, whole = rows["departement", "35"], rows["departement", "44"]
    assert (touched.communes, touched.population, touched.share_of_zone) == (1, None, None)
    assert whole.population > 0
    assert whole.share_of_zone > 0
    assert whole.share_of_perimeter is None
    assert perimeter.parts.get().label == "Faubourg"


def test_a_part_of_an_old_commune_is_a_part_of_the_commune_of_today(subject):
    perimeter = given(subject, [], parts=[Part("site", "La friche", "01220")])
    assert perimeter.communes.get().commune.code == "01185"
    assert perimeter.parts.get().commune.code == "01185"


def test_a_drawn_polygon_is_checked(subject):
    perimeter = given(subject, ["35236"], parts=[Part("polygon", "Dessin", "35236", geometry=SQUARE)])
    assert perimeter.parts.get().geometry == SQUARE
    for wrong in (
        None,
        {"type": "Point"},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 1], [2, 2]]]},
    ):
        with pytest.raises(DomainError) as refused:
            given(subject, ["35236"], parts=[Part("polygon", "Dessin", "35236", geometry=wrong)])
        assert refused.value.code == "wrong_polygon"


@pytest.mark.parametrize(
    ("geometry", "problem"),
    [
        (SQUARE, ""),
        ({"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"]]}, ""),
        ("text", "not_a_polygon"),
        ({"type": "Polygon", "coordinates": []}, "no_ring"),
        ({"type": "MultiPolygon", "coordinates": [[]]}, "no_ring"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]}, "too_short"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [181, 0], [0, 0]]]}, "off_the_globe"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], ["a", 0], [0, 0]]]}, "off_the_globe"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1]]]}, "not_closed"),
    ],
)
def test_problems_of_a_drawing(geometry, problem):
    assert rules.polygon_problem(geometry) == problem


def test_the_database_refuses_a_polygon_without_geometry(subject):
    perimeter = given(subject, ["35236"])
    for kind, geometry in (("polygon", None), ("quarter", SQUARE)):
        with pytest.raises(IntegrityError), transaction.atomic():
            PerimeterPart.objects.create(perimeter=perimeter, kind=kind, label="x", geometry=geometry)


@pytest.mark.parametrize(
    ("codes", "code"), [([], "empty_perimeter"), (["99999"], "unknown_communes"), (["x"], "unknown_communes")]
)
def test_wrong_communes_are_refused_and_nothing_is_written(subject, codes, code):
    with pytest.raises(DomainError) as refused:
        given(subject, codes)
    assert refused.value.code == code
    assert not Perimeter.objects.exists()


def test_another_year_is_refused(subject):
    with pytest.raises(DomainError) as refused:
        given(subject, ["35236"], cog_year=2012)
    assert refused.value.code == "unknown_cog_year"


def test_the_same_again_changes_nothing(subject, django_assert_max_num_queries):
    first = given(subject, ["35236"], parts=[Part("site", "Là", "44185")])
    with django_assert_max_num_queries(8):
        again = given(subject, ["35236"], parts=[Part("site", "Là", "44185")])
    assert (again.pk, again.version) == (first.pk, 1)


def test_a_perimeter_of_the_same_day_is_replaced(subject):
    first = given(subject, ["35236"])
    again = given(subject, ["44185"], label="Saint-Nicolas")
    assert (again.pk, again.version, again.label) == (first.pk, 2, "Saint-Nicolas")
    assert [row.commune.code for row in again.communes.all()] == ["44185"]
    assert set(again.coverage.filter(level="departement").values_list("code", flat=True)) == {"44"}


def test_a_perimeter_that_evolves_keeps_its_history(subject):
    first = given(subject, ["35236"], valid_from=date(2014, 1, 1))
    second = given(subject, ["35236", "44185"], valid_from=date(2020, 1, 1))
    first.refresh_from_db()
    assert (first.valid_to, second.valid_to) == (date(2020, 1, 1), None)
    assert first.communes.count() == 1


def test_days_that_overlap_are_refused_by_the_action_and_by_the_database(subject):
    given(subject, ["35236"], valid_from=date(2014, 1, 1), valid_to=date(2020, 1, 1))
    with pytest.raises(DomainError) as refused:
        given(subject, ["44185"], valid_from=date(2013, 1, 1), valid_to=date(2014, 6, 1))
    assert refused.value.code == "wrong_perimeter"
    row = {"subject": subject, "kind": "cooperation", "label": "x", "cog_year": 2026}
    with pytest.raises(IntegrityError), transaction.atomic():
        Perimeter.objects.create(**row, valid_from=date(2019, 12, 31))
    Perimeter.objects.create(**row, valid_from=date(2020, 1, 1))
    with pytest.raises(IntegrityError), transaction.atomic():
        Perimeter.objects.filter(valid_to__isnull=True).update(valid_from=date(2019, 12, 31))
    given(subject, ["44185"], kind="members", valid_from=date(2014, 1, 1))


def test_the_projection_is_what_would_be_written(subject):
    perimeter = given(subject, ["35236", "44185"], parts=[Part("site", "Là", "56001")])

    def plain(rows):
        names = ("zone_id", "level", "code", "communes", "population", "share_of_perimeter", "share_of_zone")
        return sorted(tuple(str(getattr(row, name)) for name in names) for row in rows)

    expected = plain(expected_coverage(perimeter))
    assert plain(perimeter.coverage.all()) == expected
    Coverage.objects.update(population=1)
    assert cover(perimeter) == len(expected)
    assert plain(perimeter.coverage.all()) == expected


def test_the_projection_is_rebuilt_where_it_differs(subject):
    perimeter = given(subject, ["35236", "44185"], parts=[Part("site", "Là", "56001")])
    out = StringIO()
    call_command("territories_rebuild", "--check", stdout=out)
    assert "1 périmètres à jour" in out.getvalue()
    Coverage.objects.filter(level="region", code="53").update(communes=99)
    with pytest.raises(CommandError, match="1 périmètres"):
        call_command("territories_rebuild", "--check", stdout=out)
    assert Coverage.objects.filter(communes=99).exists()
    call_command("territories_rebuild", stdout=out)
    assert not Coverage.objects.filter(communes=99).exists()
    assert str(perimeter.pk) in out.getvalue()


def test_who_changes_a_perimeter_is_journalled(subject):
    given(subject, ["35236"])
    assert not Event.objects.exists()
    user = User.objects.create(email="anne@example.org")
    given(subject, ["44185"], by=user)
    event = Event.objects.get()
    assert (event.verb, event.by) == ("perimeter.set", user.pk)
    assert event.data["communes"] == 1
