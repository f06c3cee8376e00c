"""What forms propose while somebody types comes from what is held here."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from terreau.actors.actions import create_actor
from terreau.actors.birth import from_directory
from terreau.api import limits
from terreau.config.environment import RateLimit
from terreau.directory import actions
from terreau.directory.completion import communes, organisations
from terreau.directory.models import Batch
from tests.directory import files
from tests.directory.conftest import Bring

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(bring: Bring, tmp_path: Path) -> None:
    units = [
        files.unit(1, "La Fabrique du Val", sigle="FDV"),
        files.unit(2, "Les jardins d'Œuvre"),
        files.unit(3, "La Fabrique fermée", etatAdministratif="C"),
        files.unit(4, "Coopérative la fabrique", categorieJuridique="5499"),
        files.unit(5, "[ND]", statutDiffusion="P"),
    ]
    places = [files.place(n) for n in (1, 3, 4, 5)] + [files.place(2, codeCommune="35047")]
    bring(files.write(tmp_path / "u.csv", units), files.write(tmp_path / "e.csv", places))
    asso = [files.association("W353000001", "La fabrique des mots")]
    bring(files.write(tmp_path / "w.csv", asso, ";"), register="rna")


def names(typed: str, **options: Any) -> list[str]:
    return [one.name for one in organisations(typed, **options)]


@pytest.mark.usefixtures("held")
def test_names_that_begin_so_come_first_and_the_closed_last() -> None:
    assert names("la fabrique") == [
        "La Fabrique du Val",
        "La fabrique des mots",
        "La Fabrique fermée",
        "Coopérative la fabrique",
    ]
    assert names("LA FABRIQUE du v") == ["La Fabrique du Val"]


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("typed", ["jar oeu", "œuvre jardins", "jardins d'œuvre", "jard"])
def test_words_are_found_anywhere_without_accents(typed: str) -> None:
    assert names(typed if typed != "jar oeu" else "jardins oeu") == ["Les jardins d'Œuvre"]


@pytest.mark.usefixtures("held")
def test_numbers_are_completed() -> None:
    number = files.siren(1)
    found = organisations(number[:6] + " " + number[6:])
    assert [one.siren for one in found] == [number]
    assert (found[0].commune, found[0].commune_name, found[0].siret) == ("35236", "Redon", files.siret(1))
    assert [one.siren for one in organisations("40000")] == [files.siren(n) for n in (1, 2, 3, 4, 5)]
    assert [one.siret for one in organisations(files.siret(2)[:11])] == [files.siret(2)]
    assert [one.rna for one in organisations("w3530")] == ["W353000001"]
    assert organisations("FDV")[0].name == "La Fabrique du Val"


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize(
    "typed",
    [
        "",
        "  ",
        "la",
        "40",
        "'\"*%_()&|!:",
        "zzzzzz",
        "a" * 2000,
        "fab' OR 1=1",
        "\u2028é\x07",
        "9" * 40,
        "W9",
    ],
)
def test_any_text_is_accepted(typed: str) -> None:
    assert names(typed) == []


@pytest.mark.usefixtures("held")
def test_those_of_the_commune_come_first_and_few_queries_are_made(django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(7):
        found = organisations("les", commune="35047")
    assert found[0].name == "Les jardins d'Œuvre"


@pytest.mark.usefixtures("held")
def test_words_follow_what_a_batch_changes(bring: Bring, tmp_path: Path) -> None:
    _report, batch = bring(files.write(tmp_path / "n.csv", [files.unit(2, "Tout autre nom")]))
    assert names("jardins") == []
    assert names("autre nom") == ["Tout autre nom"]
    assert batch is not None
    actions.undo(batch, by=None)
    assert names("jardins") == ["Les jardins d'Œuvre"]
    assert names("autre nom") == []
    for one in Batch.objects.filter(state="done"):
        actions.undo(one, by=None)
    assert names("fabrique") == []


def test_communes_by_name_code_and_former_code() -> None:
    assert communes("redon")[0].name == "Redon"
    assert communes("35236")[0].name == "Redon"
    assert communes("01220")[0].code == "01185"
    assert communes("69384")[0].code == "69123"
    assert communes("saint-denis")[0].name == "Saint-Denis"
    assert "Œuilly" in {one.name for one in communes("oeui")}
    assert communes("r") == []
    assert communes("qqqq") == []


@pytest.mark.usefixtures("held", "zones")
def test_the_register_comes_before_the_registers(client: Client) -> None:
    create_actor("Fabrique publique", source=None, public=True)
    create_actor("Fabrique cachée", source=None, public=False)
    from_directory(files.siren(1), by=None, public=True)
    found = client.get("/completion/organisations/", {"q": "fabrique"})
    results = found.json()["results"]
    assert {one["name"] for one in results[:2]} == {"Fabrique publique", "La Fabrique du Val"}
    assert all(one["actor"] for one in results[:2])
    assert [one["name"] for one in results].count("La Fabrique du Val") == 1
    assert "Fabrique cachée" not in found.content.decode()
    assert "no-store" in found["Cache-Control"] or "private" in found["Cache-Control"]
    assert client.post("/completion/organisations/").status_code == 405


@pytest.mark.usefixtures("held")
def test_a_unit_that_is_not_shown_is_proposed_nowhere(client: Client) -> None:
    results = client.get("/completion/organisations/", {"q": files.siren(5)}).json()["results"]
    assert results == []


def test_htmx_gets_options(client: Client) -> None:
    answer = client.get("/completion/communes/", {"q": "redo"}, headers={"HX-Request": "true"})
    assert '<option value="Redon" label="Redon (35)"></option>' in answer.content.decode()


def test_completion_is_counted_like_the_api(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.RATE_LIMIT = RateLimit(2, 2)
    settings.RATE_LIMIT_FILE = tmp_path / "limits"
    limits.buckets.cache_clear()
    answers = [client.get("/completion/communes/", {"q": "redon"}).status_code for _ in range(4)]
    limits.buckets.cache_clear()
    assert answers[:2] == [200, 200]
    assert 429 in answers
