"""The directory: filters, facets, order, pages, points, and a number of queries that does not grow."""

from typing import Any

import pytest
from django.utils.translation import override

from terreau.actors.actions import create_actor
from terreau.common.errors import DomainError
from terreau.facts import actions as facts
from terreau.pieces.sources import source as cite
from terreau.poles import directory, listing
from terreau.poles.directory import Filters
from terreau.poles.models import Carrier, Listing, Pole, Recognition, Tag
from terreau.subjects.models import Subject
from terreau.territories.actions import set_perimeter

pytestmark = pytest.mark.usefixtures("empty")


@pytest.fixture
def make(empty: None) -> Any:
    """Make a public pole: ``make("Archer", communes=["26281"], sector="formation", carrier="Groupe")``."""
    source = cite("page", "exemple", "Page d'exemple", "", "https://example.org/")

    def made(name: str, **more: Any) -> Pole:
        actor = create_actor(name, kind=Subject.Kind.POLE, source=source, public=more.get("public", True))
        pole = Pole.objects.create(
            actor=actor, slug=name.lower().replace(" ", "-"), stage=more.get("stage", "")
        )
        if communes := more.get("communes"):
            common = {"kind": "cooperation", "label": name, "cog_year": 2026, "source": source}
            set_perimeter(actor.subject, codes=communes, **common)
        if carrier := more.get("carrier"):
            holder = create_actor(carrier, source=source, public=True)
            Carrier.objects.create(pole=pole, actor=holder, source=source)
        for scheme in more.get("schemes", []):
            Recognition.objects.create(pole=pole, scheme=scheme, source=source)
        for sector in more.get("sectors", []):
            facts.record(actor.subject, "pole.sector", sector, source=source)
        listing.project([pole.pk])
        return pole

    return made


@pytest.fixture
def four(make: Any) -> None:
    """Redon crosses two regions, Valence and Romans share a department, one pole has no place."""
    make("Écluse", communes=["35236", "44007"], sectors=["formation"], schemes=["temoin"], stage="creation")
    make("Atelier", communes=["26362"], sectors=["formation", "industrie"], carrier="Zèbre")
    make("Cuir", communes=["26281"], sectors=["industrie"], carrier="Abeille")
    make("Nulle part")


def names(**params: str) -> list[str]:
    return [row.nom for row in directory.page(Filters.parse(params)).rows]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ["Atelier", "Cuir", "Écluse", "Nulle part"]),
        ({"region": "53"}, ["Écluse"]),
        ({"region": "52"}, ["Écluse"]),
        ({"region": "11"}, []),
        ({"ancienne_region": "82"}, ["Atelier", "Cuir"]),
        ({"departement": "26", "secteur": "formation"}, ["Atelier"]),
        ({"secteur": "industrie"}, ["Atelier", "Cuir"]),
        ({"reconnaissance": "temoin"}, ["Écluse"]),
        ({"stade": "creation"}, ["Écluse"]),
        ({"q": "ECLU"}, ["Écluse"]),
        ({"q": "luse"}, []),
        ({"q": "drôme"}, ["Atelier", "Cuir"]),
        ({"q": "drome abe"}, ["Cuir"]),
        ({"q": "  ' OR 1=1 --"}, []),
        ({"tri": "porteur"}, ["Cuir", "Atelier", "Écluse", "Nulle part"]),
        ({"tri": "region"}, ["Atelier", "Cuir", "Écluse", "Nulle part"]),
        ({"tri": "departement", "region": "84"}, ["Atelier", "Cuir"]),
    ],
)
def test_filters_and_orders(four: None, params: dict[str, str], expected: list[str]) -> None:
    assert names(**params) == expected


def test_what_a_stranger_may_not_see_is_not_listed(make: Any) -> None:
    make("Public")
    hidden = make("Privé", public=False)
    assert names() == ["Public"]
    Subject.objects.filter(pk=hidden.pk).update(public=True)
    listing.project()
    assert names() == ["Privé", "Public"]
    Subject.objects.filter(pk=hidden.pk).update(public=False)
    listing.project([hidden.pk])
    assert names() == ["Public"]
    assert not Tag.objects.filter(listing=hidden.pk).exists()


@pytest.mark.parametrize("name", [*directory.FACETS, "tri"])
def test_an_unknown_value_is_refused_and_the_known_ones_are_told(name: str) -> None:
    with pytest.raises(DomainError) as caught:
        Filters.parse({name: "99"})
    error = caught.value
    assert (error.code, error.status, error.facts["parameter"]) == ("unknown_value", 422, name)
    allowed = list(directory.SORTS) if name == "tri" else list(directory.labels(name))
    assert error.facts["allowed"] == allowed
    assert allowed[0] in str(error.message)


def test_a_facet_ignores_its_own_choice_and_obeys_the_others(four: None) -> None:
    values = directory.facets(Filters.parse({"region": "84", "secteur": "formation"}))
    region = {value.code: (value.count, value.selected) for value in values["region"]}
    assert region == {"84": (1, True), "53": (1, False), "52": (1, False)}
    sector = {value.code: (value.count, value.selected) for value in values["secteur"]}
    assert sector == {"formation": (1, True), "industrie": (2, False)}
    assert {value.code: value.count for value in values["departement"]} == {"26": 1}


def test_a_choice_that_leaves_nothing_stays_visible_so_that_it_can_be_removed(four: None) -> None:
    region = directory.facets(Filters.parse({"region": "11"}))["region"]
    assert [(value.code, value.count) for value in region if value.selected] == [("11", 0)]


def test_labels_follow_the_language() -> None:
    with override("en"):
        english = directory.labels("reconnaissance")["temoin"]
    assert english == "Witness pole"
    assert directory.labels("reconnaissance")["temoin"] == "Pôle témoin"


@pytest.mark.parametrize("order", directory.SORTS)
def test_pages_give_every_pole_once_there_and_back(make: Any, order: str) -> None:
    for number in range(7):
        make(f"Pôle {number % 3} {number}", communes=["26281"] if number % 2 else None)
    filters = Filters.parse({"tri": order})
    whole = [row.nom for row in directory.rows(filters)]
    seen, cursor, last = [], None, None
    while True:
        page = directory.page(filters, limit=3, cursor=cursor)
        assert page.total == 7
        seen += [row.nom for row in page.rows]
        if page.next is None:
            last = page
            break
        cursor = page.next
    assert seen == whole
    assert len(set(seen)) == 7
    before = directory.page(filters, limit=3, cursor=last.previous)
    assert [row.nom for row in before.rows] == whole[3:6]


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(DomainError) as caught:
        directory.page(Filters(), cursor="n'importe quoi")
    assert caught.value.code == "bad_cursor"


def test_points_are_those_whose_place_is_known(four: None) -> None:
    features = directory.points(Filters.parse({"secteur": "industrie"}), address=lambda slug: f"/x/{slug}")
    assert [feature["properties"]["slug"] for feature in features] == ["atelier", "cuir"]
    lon, lat = features[1]["geometry"]["coordinates"]
    assert (round(lon), round(lat)) == (5, 45)
    assert features[0]["properties"]["url"] == "/x/atelier"
    assert len(directory.points(Filters())) == 3


def test_queries_do_not_grow_with_the_poles(make: Any, django_assert_num_queries: Any) -> None:
    for number in range(3):
        make(f"Pôle {number}", communes=["26281"], sectors=["formation"], carrier=f"Porteur {number}")
    for expected in (3, 8):
        # What moved is read again first (lines).
        directory.facets(Filters())
        with django_assert_num_queries(2):
            assert len(directory.page(Filters()).rows) == expected
        with django_assert_num_queries(1):
            directory.facets(Filters.parse({"region": "84"}))
        with django_assert_num_queries(1):
            directory.points(Filters())
        for number in range(3, 8):
            if expected == 3:
                make(f"Pôle {number}", communes=["26362"], sectors=["industrie"])


def test_a_fact_that_changes_changes_the_directory(make: Any) -> None:
    pole = make("Atelier", sectors=["formation"])
    source = cite("page", "autre", "Autre page", "", "https://example.org/autre")
    facts.record(pole.actor.subject, "pole.sector", "industrie", source=source)
    assert names(secteur="industrie") == ["Atelier"]
    first = pole.actor.subject.facts.get(term="formation")
    facts.withdraw(first, by=None, reason="erreur")
    assert names(secteur="formation") == []
    assert listing.drift() == []


def test_a_line_that_was_tampered_with_is_seen(four: None) -> None:
    Listing.objects.filter(name="Cuir").update(carrier="Personne")
    Tag.objects.filter(listing__name="Atelier", facet="secteur").delete()
    assert listing.drift() == ["atelier", "cuir"]
    listing.project()
    assert listing.drift() == []
