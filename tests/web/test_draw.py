"""« Dessiner un territoire »: the form, the list, the files, without JavaScript."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from django.test import Client

from terreau.territories import base
from terreau.web import draw, places

pytestmark = pytest.mark.usefixtures("register")
URL = "/mon-territoire/dessiner/"
THREE = ["35236", "44067", "56001"]


def codes(response: Any) -> list[str]:
    """Return the codes that an answer holds, following the address it leads to."""
    if response.status_code == 302:
        response = Client().get(response.url)
    return sorted(response.context["drawn"].communes.codes)


def file_of(response: Any) -> str:
    """Return the text of a file that was answered."""
    if response.streaming:
        return b"".join(response.streaming_content).decode("utf-8")
    return str(response.content.decode("utf-8"))


def test_empty_it_says_what_it_is_for(client: Client) -> None:
    html = client.get(URL).content.decode()
    assert "Rien n'est encore dessiné" in html or "Rien n&#x27;est encore dessiné" in html
    assert "<svg" in html


def test_a_commune_is_added_then_removed_and_the_address_follows(client: Client) -> None:
    added = client.post(URL, {"codes": "35236", "ajouter": "44067", "faire": "ajouter"})
    assert added.status_code == 302
    assert codes(added) == ["35236", "44067"]
    removed: Any = client.post(URL, {"codes": "35236,44067", "retirer": "35236"})
    assert parse_qs(urlsplit(removed.url).query) == {"codes": ["44067"]}


def test_an_intercommunality_is_a_start_that_can_be_changed(client: Client) -> None:
    whole: Any = client.post(URL, {"ajouter": "Redon Agglomération", "faire": "ajouter"})
    assert "243500741" in whole.url
    communes = codes(whole)
    assert "35236" in communes
    less = client.post(URL, {"codes": "243500741", "retirer": "35236"})
    assert set(communes) - set(codes(less)) == {"35236"}
    again = client.post(URL, {"codes": ",".join(codes(less)), "faire": "completer"})
    assert codes(again) == communes


def test_what_is_typed_waits_while_another_button_is_pressed(client: Client) -> None:
    done = client.post(URL, {"codes": "35236,44067", "ajouter": "Rennes", "retirer": "44067"})
    assert codes(done) == ["35236"]


def test_a_name_is_removed_as_it_is_added(client: Client) -> None:
    assert (
        codes(client.post(URL, {"codes": ",".join(THREE), "ajouter": "Redon", "faire": "retirer"}))
        == THREE[1:]
    )


def test_an_ambiguous_name_asks_and_the_rest_stays(client: Client) -> None:
    asked = client.post(URL, {"codes": "35236", "ajouter": "Saint-Denis", "faire": "ajouter"})
    assert asked.status_code == 200
    assert codes(asked) == ["35236"]
    assert 'name="choisir" value="93066"' in asked.content.decode()
    assert codes(client.post(URL, {"codes": "35236", "choisir": "93066"})) == ["35236", "93066"]


def test_unknown_words_are_told(client: Client) -> None:
    told = client.post(URL, {"codes": "35236", "coller": "99999\n56001", "faire": "coller"})
    assert "99999" in told.content.decode()
    assert codes(told) == ["35236", "56001"]


@pytest.mark.parametrize("format_", ["csv", "geojson"])
def test_what_is_exported_is_pasted_back_the_same(client: Client, format_: str) -> None:
    file = client.get(URL, {"codes": ",".join(THREE), "format": format_})
    assert "attachment" in file["Content-Disposition"]
    assert codes(client.post(URL, {"coller": file_of(file), "faire": "coller"})) == THREE


def test_the_exported_outline_is_that_of_the_communes(client: Client) -> None:
    document = json.loads(file_of(client.get(URL, {"codes": "243500741", "format": "geojson"})))
    (feature,) = document["features"]
    assert feature["geometry"]["type"] == "MultiPolygon"
    assert feature["properties"]["communes"] == len(feature["properties"]["codes"]) > 20


def test_a_file_is_given_from_the_form_too_for_sets_that_no_address_holds(client: Client) -> None:
    known = base.load()
    some = known.codes[::40].tolist()
    answer = client.post(URL, {"codes": ",".join(some), "format": "csv"})
    assert file_of(answer).count("\r\n") == len(some) + 1


def test_a_set_too_long_for_an_address_stays_in_the_form(client: Client) -> None:
    some = sorted(base.load().codes[::40].tolist())
    answer = client.post(URL, {"codes": ",".join(some), "ajouter": "35236", "faire": "ajouter"})
    assert answer.status_code == 200
    assert codes(answer) == sorted({*some, "35236"})


def test_an_unknown_format_is_refused(client: Client) -> None:
    assert client.get(URL, {"codes": "35236", "format": "shp"}).status_code == 422


def test_the_map_gets_the_list_alone_and_what_to_say(client: Client) -> None:
    answer = client.post(URL, {"codes": "35236", "choisir": "44067,56001"}, headers={"x-dessin": "1"})
    html = answer.content.decode()
    assert html.lstrip().startswith("<div id=")
    assert "2 communes ajoutées. 3 communes en tout." in html
    assert len(answer.context["drawn"].groups) == 3


@pytest.mark.parametrize(
    "words", [["departement:35"], ["243500741", "75056"], THREE, ["region:53", "35236"], ["976", "98735"]]
)
def test_few_words_mean_the_same_communes(words: list[str]) -> None:
    ids = places.ids_of(places.read(words).places)
    again = places.ids_of(places.read(draw.compact(ids)).places)
    assert np.array_equal(ids, again)
    assert len(draw.compact(ids)) <= max(4, len(words))


def test_completion_says_words_that_are_understood(client: Client) -> None:
    found = client.get(f"{URL}noms/", {"q": "saint-d"}).json()["noms"]
    assert len(found) > 5
    for word, _kind in found:
        assert len(places.named(word)) == 1
    assert client.get(f"{URL}noms/", {"q": "r"}).json() == {"noms": []}
    assert client.get(f"{URL}noms/", {"q": "redon"}).json()["noms"][0][0].startswith("Redon")


def test_a_wide_set_is_listed_by_intercommunalities(client: Client) -> None:
    drawn = client.get(URL, {"codes": "region:53"}).context["drawn"]
    lines = [line for group in drawn.groups for line in group.lines]
    assert len(lines) < 120
    assert sum(group.count for group in drawn.groups) == len(drawn.ids) > 1000
