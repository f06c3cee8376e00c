"""A pole beside others, and what everybody reads: who may, what is shown, how many questions are asked."""

import csv
import io
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Belonging
from terreau.poles.composition import add_member
from terreau.poles.models import Pole
from terreau.snapshot import figures
from terreau.snapshot.models import Measure, Spread
from tests.snapshot.conftest import Country
from tests.snapshot.test_figures import NOW, resources, trade

MADE = datetime(2026, 2, 1, tzinfo=UTC)
PAGE, PUBLIC, API = "/poles/pole-1/espace/comparer/", "/chiffres/economie/", "/api/v1/economics"


def belongs(user: User, actor: Any, role: str = "member") -> Client:
    now = timezone.now()
    Belonging.objects.create(
        user=user, actor=actor, role=role, asked_at=now, confirmed_at=now, confirmed_by=user
    )
    client = Client()
    client.force_login(user)
    return client


def person(name: str) -> User:
    return User.objects.create_user(f"{name}@people.example.org", name=name)


def spread(group: str, *, measure: str = "cell_budget", year: int = 2025, **said: Any) -> Spread:
    known = {"poles": 20, "first_quartile": 9_000_000, "median": 15_000_000, "third_quartile": 24_000_000}
    known = dict.fromkeys(known) if said.get("reason") else known
    return Spread.objects.create(
        **{
            "fictional": False,
            "year": year,
            "measure": measure,
            "group": group,
            "made_at": MADE,
            **known,
            **said,
        }
    )


@pytest.fixture
def pole(country: Country) -> Pole:
    made = country.pole(1)
    Measure.objects.create(pole=made, year=2025, code="cell_budget", value=12_345_600)
    return made


@pytest.fixture
def animator(pole: Pole) -> Client:
    return belongs(person("animation"), pole.actor, "animator")


def text(client: Client, path: str = PAGE, **asked: str) -> str:
    answer = client.get(path, asked)
    assert answer.status_code == 200, answer.content.decode()[-2000:]
    return answer.content.decode().replace("\u202f", " ").replace("\xa0", " ")


# A pole beside others


def test_a_pole_sees_itself_beside_the_nearest_group_that_may_be_shown(animator: Client) -> None:
    spread("stage=creation&region=53", reason="few")
    spread("stage=creation")
    spread("", median=99_000_000)
    page = text(animator)
    assert "123 456 €" in page
    assert "150 000 €" in page
    assert "990 000 €" not in page
    assert "Stade : Création" in page
    assert "trop peu de pôles y ont ce chiffre" in page, "it says why it was widened"
    assert "Dans la moitié centrale" in page
    assert page.count(' class="cmp-pole"') == 2, "the pole is drawn, and in the key"


@pytest.mark.parametrize(
    ("value", "words"), [(8_000_000, "Dans le quart le plus bas"), (25_000_000, "Dans le quart le plus haut")]
)
def test_it_says_where_the_pole_stands(animator: Client, value: int, words: str) -> None:
    Measure.objects.update(value=value)
    spread("")
    assert words in text(animator)


def test_without_quartiles_the_median_alone_is_shown(animator: Client) -> None:
    spread("", first_quartile=None, third_quartile=None)
    page = text(animator)
    assert "150 000 €" in page
    assert page.count('class="cmp-box"') == 1, "only in the key"
    assert "Plus bas que la moitié" in page


def test_when_no_group_may_be_shown_it_says_how_many_it_needs(animator: Client) -> None:
    spread("", reason="few")
    assert "au moins 8 pôles" in text(animator)


def test_an_empty_page_says_what_to_do_first(country: Country) -> None:
    pole = country.pole(1)
    page = text(belongs(person("animation"), pole.actor, "animator"))
    assert "Rien à comparer pour l" in page
    assert "/poles/pole-1/espace/livre/ajouter/" in page


def test_fictional_poles_are_compared_among_themselves(country: Country) -> None:
    pole = country.pole(1, fictional=True)
    Measure.objects.create(pole=pole, year=2025, code="cell_budget", value=1_000_000)
    spread("", median=11_000_000)
    spread("", fictional=True, median=77_000_000)
    page = text(belongs(person("animation"), pole.actor, "animator"))
    assert "770 000 €" in page
    assert "110 000 €" not in page
    assert "exemple fictif" in page


def test_a_year_is_chosen_and_a_wrong_one_is_told(animator: Client, pole: Pole) -> None:
    Measure.objects.create(pole=pole, year=2024, code="cell_budget", value=7_000_000)
    assert "70 000 €" in text(animator, annee="2024")
    assert "123 456 €" in text(animator, annee="1999"), "the last one known"
    assert animator.get(PAGE, {"annee": "bientôt"}).status_code == 422


def test_members_read_strangers_find_nothing(animator: Client, pole: Pole, country: Country) -> None:
    member = create_actor("La Coopérative", source=None, public=False)
    add_member(pole, member, by=country.by)
    assert "123 456 €" in text(belongs(person("membre"), member))
    other = belongs(person("autre"), country.pole(2).actor, "animator")
    assert other.get(PAGE).status_code == 404
    assert Client().get(PAGE).status_code == 404


def test_the_page_is_kept_by_no_cache_and_asks_few_questions(animator: Client) -> None:
    for group in ("", "stage=creation", "region=53", "stage=creation&region=53"):
        for measure in ("cell_budget", "resources", "public_share", "projects", "voluntary", "trade_inside"):
            spread(group, measure=measure)
    text(animator)
    with CaptureQueriesContext(connection) as asked:
        answer = animator.get(PAGE)
    assert len(asked) <= 20, [one["sql"][:120] for one in asked]
    assert "no-store" in answer["Cache-Control"] or "no-cache" in answer["Cache-Control"]
    assert not [one for one in asked if "private" in one["sql"].partition("FROM")[0]], (
        "what each brought is not read"
    )


@pytest.mark.parametrize("form", ["csv", "xlsx", "ods"])
def test_the_numbers_are_taken_away(animator: Client, form: str) -> None:
    spread("")
    answer = animator.get(PAGE, {"format": form})
    assert answer.status_code == 200
    content = answer.getvalue()
    assert content
    if form == "csv":
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
        assert len(rows) == 7
        assert rows[1][2:6] == ["123456", "90000", "150000", "240000"]


def test_it_is_in_english_too(animator: Client) -> None:
    spread("stage=creation")
    answer = animator.get(f"/en{PAGE}")
    assert answer.status_code == 200


# What everybody reads


def test_nothing_published_says_so(db: None) -> None:
    assert "Rien n'est encore publié" in text(Client(), PUBLIC).replace("&#x27;", "'")
    answer = Client().get(API).json()
    assert (answer["annee"], answer["medianes"]) == (None, [])


def published() -> None:
    rows = [(number, "subsidies", "public", 100_000_00 + number) for number in range(1, 7)]
    rows += [(number, "fees", "ess", 50_000_00 + number) for number in range(1, 7)]
    rows.append((1, "capital_loans", "private", 987_654_00))
    figures.publish(resources(*rows), at=NOW)
    # Medians after: a publication forgets the groups that it does not count.
    spread("")
    spread("region=53")
    spread("region=84", reason="few")
    spread("", measure="public_share", median=6_200, first_quartile=4_000, third_quartile=8_100)
    spread("", fictional=True, median=77_000_000)


def test_everybody_reads_what_may_be_shown(db: None) -> None:
    published()
    page = text(Client(), PUBLIC)
    assert "150 000 €" in page
    assert "62 %" in page
    assert "Bretagne" in page
    assert "600 000 €" in page
    assert "987 654" not in page, "one pole alone has it"
    assert "770 000" not in page, "invented poles are not among them"
    assert "secret" in page
    by_stage = text(Client(), PUBLIC, par="stage")
    assert "Bretagne" not in by_stage
    assert "Création" in by_stage


def test_an_api_says_what_is_secret(db: None) -> None:
    published()
    answer = Client().get(API, {"year": "2025"}).json()
    states = {
        one["groupe"].get("region", ""): one for one in answer["medianes"] if one["mesure"] == "cell_budget"
    }
    assert (states["53"]["mediane"], states["53"]["etat"]) == (15_000_000, "publie")
    assert (states["84"]["mediane"], states["84"]["poles"], states["84"]["raison"]) == (None, None, "few")
    amounts = {tuple(sorted(one["a"].items())): one for one in answer["ressources"]}
    hidden = amounts[("kind", "capital_loans"),]
    assert (hidden["etat"], hidden["centimes"]) == ("secret", None)
    assert amounts[("kind", "subsidies"),]["centimes"] == 600_000_21
    assert "98765400" not in Client().get(API).content.decode()
    assert Counter(one["etat"] for one in answer["ressources"])["secret"] >= 2
    assert Client().get(API, {"year": "1999"}).status_code == 404
    assert Client().get(API, {"year": "demain"}).status_code == 422


def test_trade_is_shown_in_sum_alone(db: None) -> None:
    figures.publish(
        trade(("a", 1, 10_000_00), ("b", 1, 12_000_00), ("c", 2, 11_000_00), ("d", 2, 9_000_00)), at=NOW
    )
    page = text(Client(), PUBLIC)
    assert "42 000 €" in page
    assert "12 000 €" not in page


def test_a_stranger_asks_few_questions_and_takes_files(db: None) -> None:
    published()
    with CaptureQueriesContext(connection) as asked:
        text(Client(), PUBLIC)
    assert len(asked) <= 15
    answer = Client().get(PUBLIC, {"format": "csv"})
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig")), delimiter=";"))
    assert ["Budget de la cellule d'animation", "région : Bretagne"] in [row[:2] for row in rows]
    assert "987654" not in answer.getvalue().decode()


@pytest.mark.parametrize("asked", [{"par": "humeur"}, {"annee": "20x5"}])
def test_a_wrong_way_to_count_is_told(db: None, asked: dict[str, str]) -> None:
    assert Client().get(PUBLIC, asked).status_code == 422
