"""What a person types, read as places: pure functions on the embedded base."""

import time

import pytest

from terreau.territories import base
from terreau.web import places
from terreau.web.places import Place


def _codes(text: str) -> list[str]:
    return places.read(places.words_of(text)).codes


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("Redon", ["35236"]),
        ("  rEDON ", ["35236"]),
        ("35236", ["35236"]),
        ("2a004", ["2A004"]),
        ("35236 35268\n56001;Redon", ["35236", "35268", "56001"]),
        ("Saint-Denis (93)", ["93066"]),
        ("Saint Denis (Seine-Saint-Denis)", ["93066"]),
        ("243500741", ["243500741"]),
        ("Redon Agglomération", ["243500741"]),
        ("Rennes Métropole", ["243500139"]),
        ("40", ["departement:40"]),
        ("region:53", ["region:53"]),
        ("Paris", ["75056"]),
        ("Rhône-Alpes", ["ancienne-region:82"]),
        ("", []),
        (" ,;\n", []),
    ],
)
def test_names_and_codes_are_understood(typed: str, codes: list[str]) -> None:
    assert _codes(typed) == codes


def test_an_old_code_means_the_commune_of_today_and_says_so() -> None:
    reading = places.read(["01220", "75101"])
    assert reading.codes == ["01185", "75056"]
    assert {code: place.code for code, place in reading.replaced.items()} == {
        "01220": "01185",
        "75101": "75056",
    }


def test_a_code_that_is_also_a_postal_code_elsewhere_says_both() -> None:
    reading = places.read(["69004"])
    assert [place.name for place in reading.places] == ["Alix"]
    assert [place.name for place in reading.postal["69004"]] == ["Alix", "Lyon"]


def test_a_postal_code_of_several_communes_is_a_choice() -> None:
    (choice,) = places.read(["35600"]).choices
    assert {place.name for place in choice.options} == {"Redon", "Bains-sur-Oust", "Sainte-Marie"}
    assert choice.known


def test_a_name_of_several_places_is_never_guessed() -> None:
    reading = places.read(["Saint-Denis", "Mayenne"])
    assert reading.places == []
    assert len(reading.choices[0].options) > 3
    assert {place.level for place in reading.choices[1].options} == {"commune", "departement"}


def test_a_slip_of_the_keyboard_is_offered_never_taken() -> None:
    reading = places.read(["Redn"])
    (choice,) = reading.choices
    assert Place("commune", "35236", "Redon", "35") in choice.options
    assert not choice.known
    assert reading.places == []


def test_a_lost_zero_is_offered_never_taken() -> None:
    (choice,) = places.read(["1004"]).choices
    assert [place.code for place in choice.options] == ["01004"]


def test_what_means_nothing_is_told_and_the_rest_answered() -> None:
    reading = places.read(["99999", "35236", "zzzzzz", "\U0001f33b"])
    assert reading.unknown == ["99999", "zzzzzz", "\U0001f33b"]
    assert reading.codes == ["35236"]


def test_every_place_is_found_again_by_its_address() -> None:
    for word in ("35236", "243500741", "departement:40", "region:53", "ancienne-region:82"):
        (place,) = places.named(word)
        assert places.named(places.address_code(place)) == [place]


def test_the_union_counts_each_commune_once() -> None:
    places_read = places.read(["243500741", "Redon", "35236"]).places
    assert len(places.ids_of(places_read)) == len(places.ids_of(places_read[:1])) == 31


def test_as_many_words_as_communes_are_read_in_a_time_that_does_not_square() -> None:
    codes = base.load().codes.tolist()
    places.read(codes[:10])
    start = time.thread_time()
    assert len(places.read(codes[:20_000]).places) == 20_000
    # With a list to look through for each word it took more than ten seconds.
    assert time.thread_time() - start < 5
