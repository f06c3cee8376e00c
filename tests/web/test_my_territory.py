"""« Mon territoire »."""

from typing import Any

import pytest
from django.test import Client

from terreau.territories import base

pytestmark = pytest.mark.usefixtures("register")
URL = "/mon-territoire/"


def test_empty_it_explains_and_gives_examples(client: Client) -> None:
    html = client.get(URL).content.decode()
    assert 'href="?codes=Redon"' in html
    assert "Mon territoire" in html


def test_communes_of_three_departments_are_one_territory(client: Client) -> None:
    response = client.get(URL, {"codes": "35236,56001,44067"})
    portrait = response.context["portrait"]
    assert len(portrait.communes) == 3
    assert len(portrait.communes.crossed("departement")) == 3
    assert portrait.facts[0].value == sum(
        base.load().population[base.load().index[code]] for code in ("35236", "56001", "44067")
    )


def test_a_commune_alone_says_the_same_as_its_page(client: Client) -> None:
    mine = client.get(URL, {"codes": "Redon"}).context["portrait"]
    official = client.get("/territoires/commune/35236/").context["portrait"]
    assert [pole.slug for pole in mine.communes.poles] == [pole.slug for pole in official.communes.poles]
    assert mine.facts == official.facts


def test_a_zone_and_the_list_of_its_communes_meet_the_same_poles(client: Client) -> None:
    zone = client.get(URL, {"codes": "departement:40"}).context["portrait"].communes
    codes = ",".join(zone.codes)
    hand = client.post(URL, {"codes": codes}).context["portrait"].communes
    assert [(p.slug, p.communes, p.inside, p.of_zone and round(p.of_zone, 6)) for p in hand.poles] == [
        (p.slug, p.communes, p.inside, p.of_zone and round(p.of_zone, 6)) for p in zone.poles
    ]
    assert len(zone.poles) > 0


def test_what_is_described_can_be_drawn_otherwise(client: Client) -> None:
    response = client.get(URL, {"codes": "Redon", "voisines": "1"})
    again = client.get(f"{URL}dessiner/{response.context['drawn'].address}")
    assert set(again.context["drawn"].communes.codes) == set(response.context["portrait"].communes.codes)


def test_unknown_words_are_told_and_the_rest_answered(client: Client) -> None:
    response = client.get(URL, {"codes": "99999,35236"})
    assert response.status_code == 200
    assert "99999" in response.content.decode()
    assert len(response.context["portrait"].communes) == 1


def test_old_codes_are_told(client: Client) -> None:
    html = client.get(URL, {"codes": "01220"}).content.decode()
    assert "01220 →" in html
    assert "(01185)" in html


def test_a_choice_replaces_the_word_and_keeps_the_others(client: Client) -> None:
    response = client.get(URL, {"codes": "Redon,Saint-Denis"})
    addresses = [option["address"] for choice in response.context["choices"] for option in choice["options"]]
    assert "?codes=Redon%2C93066" in addresses
    assert len(client.get(URL + "?codes=Redon%2C93066").context["portrait"].communes) == 2


def test_neighbours_widen_the_territory_and_narrowing_comes_back(client: Client) -> None:
    alone = client.get(URL, {"codes": "35236"})
    wider = client.get(URL + alone.context["wider"])
    assert len(wider.context["portrait"].communes) > 1
    assert wider.context["narrower"] == "?codes=35236"


@pytest.mark.parametrize("rings", ["-1", "6", "x", "1.0", "²"])
def test_a_number_of_neighbours_out_of_range_is_refused(client: Client, rings: str) -> None:
    assert client.get(URL, {"codes": "35236", "voisines": rings}).status_code == 422


def test_a_short_list_that_is_pasted_gets_an_address(client: Client) -> None:
    response = client.post(URL, {"codes": "35236\r\n35268"})
    assert (response.status_code, response["Location"]) == (302, f"{URL}?codes=35236%2C35268")


def test_a_long_list_is_answered_at_once_without_a_cookie(client: Client) -> None:
    codes = base.load().codes[:5000].tolist()
    response = Client(enforce_csrf_checks=True).post(URL, {"codes": "\n".join(codes)})
    assert response.status_code == 200
    assert len(response.context["portrait"].communes) == 5000
    assert not response.cookies


def test_every_commune_of_france_is_a_territory(client: Client, django_assert_max_num_queries: Any) -> None:
    codes = base.load().codes[~base.load().com].tolist()
    with django_assert_max_num_queries(45):
        response = client.post(URL, {"codes": " ".join(codes)})
    assert response.context["portrait"].facts[0].value == 68_350_798


def test_more_codes_than_communes_are_refused_politely(client: Client) -> None:
    response = client.post(URL, {"codes": "\n".join(f"{i:05d}" for i in range(36_000))})
    assert response.status_code == 422
    assert "toutes les communes de France" in response.content.decode()


def test_a_list_too_heavy_to_be_read_is_refused_politely(client: Client) -> None:
    response = client.post(URL, {"codes": "x" * 5_000_000})
    assert response.status_code == 422


@pytest.mark.parametrize(
    "codes", ["\0", "<script>alert(1)</script>", "'; DROP TABLE", "(((", "%00", "é" * 500]
)
def test_anything_typed_is_answered_without_harm(client: Client, codes: str) -> None:
    response = client.get(URL, {"codes": codes})
    assert response.status_code == 200
    assert "<script>alert(1)" not in response.content.decode()


def test_other_methods_are_refused(client: Client) -> None:
    assert client.delete(URL).status_code == 405


def test_in_english_links_stay_in_english(client: Client) -> None:
    html = client.get("/en/mon-territoire/?codes=35236").content.decode()
    assert 'href="/en/territoires/commune/35236/"' in html
