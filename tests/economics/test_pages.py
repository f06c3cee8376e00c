"""The pages of the economics of a pole: what they say, who reads, who classes, what is refused."""

from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook

from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.models import Actor, LegalNature
from terreau.bookkeeping.models import AccountOf
from terreau.economics.models import Batch, Imputation, Line
from terreau.economics.pages import VIEWS
from terreau.governance.models import FunctionShare
from terreau.journal.models import Event, Refusal
from terreau.poles.models import Pole
from terreau.projects import joint_projects
from tests.economics.conftest import Purse

pytestmark = pytest.mark.django_db
PAGES = (
    "economie/",
    "economie/matrice/",
    "economie/fonctions/",
    "economie/a-classer/",
    "economie/analytique/",
)
MOST = 30


@pytest.fixture
def animator(purse: Purse) -> Client:
    client = Client()
    client.force_login(purse.by)
    return client


@pytest.fixture
def member(purse: Purse) -> Client:
    user = User.objects.create_user("membre@people.example.org", name="Membre")
    belonging.found(user, purse.coop, by=purse.by)
    client = Client()
    client.force_login(user)
    return client


def fill(purse: Purse, times: int = 1) -> None:
    """Write what a young pole writes, several times."""
    pole, life = purse.pole.actor, purse.pole.pk
    for number in range(times):
        grant = purse.paid(purse.region, purse.bearer, 5_000_000, purpose=life, label="Subvention régionale")
        AccountOf.objects.create(flow=grant, account="74", how="person")
        purse.paid(purse.coop, pole, 20_000, origin=f"fee:{number}", label="Cotisation")
        purse.paid(purse.bearer, purse.person, 3_000_000, purpose=life, label="Salaire de l'animatrice")
        purse.paid(purse.firm, purse.coop, 500)
        purse.hours(purse.person, pole, 4_000, purpose=life)
        purse.hours(purse.coop, pole, None, purpose=life)


def text(client: Client, path: str, **more: Any) -> str:
    answer = client.get(path, {"annee": "2026", **more})
    assert answer.status_code == 200, path
    return " ".join(answer.content.decode().replace("\u202f", " ").replace("\xa0", " ").split())


@pytest.mark.parametrize("tail", PAGES)
def test_pages_are_for_the_people_of_the_pole(
    purse: Purse, animator: Client, member: Client, tail: str
) -> None:
    stranger = Client()
    stranger.force_login(User.objects.create_user("autre@people.example.org", name="Autre"))
    for client, status in ((animator, 200), (member, 200), (stranger, 404), (Client(), 404)):
        assert client.get(purse.path(tail)).status_code == status
    fill(purse)
    for client, status in ((animator, 200), (member, 200), (stranger, 404), (Client(), 404)):
        assert client.get(purse.path(tail)).status_code == status


@pytest.mark.parametrize("tail", PAGES)
def test_pages_ask_as_little_for_many_lines(purse: Purse, animator: Client, tail: str) -> None:
    counts = []
    for times in (1, 8):
        fill_from(purse, times)
        animator.get(purse.path(tail), {"annee": "2026"})
        with CaptureQueriesContext(connection) as asked:
            animator.get(purse.path(tail), {"annee": "2026"})
        counts.append(len(asked))
    assert counts[0] == counts[1] <= MOST


def fill_from(purse: Purse, times: int) -> None:
    """Write more, other fees each time."""
    for number in range(times):
        purse.paid(purse.coop, purse.pole.actor, 20_000, origin=f"fee:{times}:{number}")
        purse.paid(purse.region, purse.bearer, 100 + number, label=f"Versement {number}")
        purse.paid(purse.bearer, purse.person, 100 + number, label=f"Achat {number}")


def test_three_levels_stand_side_by_side_and_members_apart(purse: Purse, animator: Client) -> None:
    fill(purse)
    page = text(animator, purse.path("economie/"))
    assert "50 200 €" in page
    assert "20 200 €" in page
    assert "Ce poids n'est ajouté à aucune somme de cette page." in page
    assert "1 ligne attend son type ou son origine" in page
    assert "Entre membres : leur activité, pas celle du pôle" in page


def test_no_template_adds_the_weight_of_members() -> None:
    folder = Path(__file__).parents[2] / "src" / "terreau" / "economics"
    for template in (folder / "templates" / "economics").glob("*.html"):
        words = template.read_text(encoding="utf-8")
        assert "|add:" not in words, template.name
        if template.name != "economy.html":
            assert "weight" not in words, template.name
    for room in ("sums", "rules", "read", "projection"):
        source = (folder / f"{room}.py").read_text(encoding="utf-8")
        assert "economics.weight" not in source, room
        assert "member.turnover" not in source, room


def test_the_matrix_says_each_figure_once_and_is_taken_away(purse: Purse, animator: Client) -> None:
    fill(purse)
    path = purse.path("economie/matrice/")
    page = text(animator, path, vue="cellule")
    assert "Subventions" in page
    assert "50 000 €" in page
    assert "apports : <b>40 €</b>" in page
    assert "<svg" in page
    answer = animator.get(path, {"annee": "2026", "vue": "cellule", "format": "xlsx"})
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.getvalue())).get_sheet_by_index(0).to_python()
    assert len(rows) == 1 + 6 * 4
    assert sum(float(row[3]) for row in rows[1:]) == 50_200
    for word in VIEWS:
        assert animator.get(path, {"vue": word}).status_code == 200
    assert animator.get(path, {"vue": "rien"}).status_code == 422
    assert animator.get(path, {"annee": "20x6"}).status_code == 422


def test_a_function_shows_what_it_costs_and_who_carries_it(purse: Purse, animator: Client) -> None:
    fill(purse)
    FunctionShare.objects.create(pole=purse.pole, function="animation", actor=purse.bearer, hours_a_month=40)
    page = text(animator, purse.path("economie/fonctions/"))
    assert "40 h par mois" in page
    assert "Appartenance" in page


def test_who_animates_says_the_function_of_a_project(purse: Purse, animator: Client, member: Client) -> None:
    project = joint_projects.create(purse.pole, by=purse.by, title="La halle")
    flow = purse.paid(purse.region, purse.bearer, 700, purpose=project.pk)
    path = purse.path("economie/fonctions/")
    sent = {"purpose": project.pk, "version": 0, "function": "engineering"}
    assert "La halle" in text(member, path)
    assert member.post(path, sent).status_code == 403
    assert animator.post(path, sent).status_code == 302
    assert Line.objects.get(pk=flow.pk).function == "engineering"
    # Sent again from a page that was open before: the word is the same, nothing is refused.
    assert animator.post(path, sent).status_code == 302
    stale = animator.post(path, {**sent, "function": "watch"})
    assert stale.status_code == 409
    assert "Quelqu&#x27;un d&#x27;autre vient de dire la fonction" in stale.content.decode()
    assert animator.post(path, {**sent, "purpose": purse.firm.pk}).status_code == 404


def test_a_bundle_is_classed_in_one_gesture_and_taken_back(purse: Purse, animator: Client) -> None:
    fill(purse, 3)
    path = purse.path("economie/a-classer/")
    page = text(animator, path)
    assert "Sans doute : salaires et charges" in page
    keys = sorted({part.split('"')[0] for part in page.split('name="lines" value="')[1:]})
    assert len(keys) == 3
    answer = animator.post(path, {"side": "out", "kind": "staff", "lines": keys}, follow=True)
    assert "3 lignes sont classées" in answer.content.decode()
    assert "Tout est classé" in text(animator, path)
    batch = Batch.objects.get()
    assert animator.post(purse.path(f"economie/a-classer/{batch.pk}/reprendre/")).status_code == 302
    assert "Sans doute : salaires et charges" in text(animator, path)
    assert Event.objects.filter(verb="economics.lines_classed").count() == 1


def test_who_may_not_class(purse: Purse, member: Client) -> None:
    flow = purse.paid(purse.firm, purse.pole.actor, 100)
    path = purse.path("economie/a-classer/")
    sent = {"side": "in", "kind": "sales", "lines": [f"{flow.pk.hex}:0"]}
    assert "Classer" not in text(member, path).split("<h1>")[1].split("</main>")[0].replace("Classer ces", "")
    assert member.post(path, sent).status_code == 403
    assert Client().post(path, sent).status_code == 404
    assert not Imputation.objects.exists()
    assert Refusal.objects.filter(subject=purse.pole.pk, verb="economics.classify").exists()


def test_a_refused_classing_keeps_what_was_typed_and_says_why(purse: Purse, animator: Client) -> None:
    flow = purse.paid(purse.firm, purse.pole.actor, 100)
    path = purse.path("economie/a-classer/")
    key = f"{flow.pk.hex}:0"
    for sent, status in (
        ({"side": "in", "lines": [key]}, 422),
        ({"side": "in", "kind": "sales"}, 422),
        ({"side": "in", "kind": "staff", "lines": [key]}, 422),
        ({"side": "out", "kind": "staff", "lines": [key]}, 422),
        ({"side": "in", "kind": "sales", "lines": ["abîmé"]}, 422),
        ({"side": "in", "kind": "sales", "lines": [f"{purse.pole.pk.hex}:0"]}, 404),
    ):
        answer = animator.post(path, sent)
        assert answer.status_code == status, sent
        assert "La Société" in answer.content.decode()
    typed = animator.post(path, {"side": "in", "kind": "staff", "function": "watch", "lines": [key]})
    assert '<option value="watch" selected>' in typed.content.decode()
    assert not Imputation.objects.exists()


def test_the_analytic_account_says_what_the_bearer_takes_on_itself(purse: Purse, animator: Client) -> None:
    purse.paid(purse.region, purse.bearer, 100_000)
    purse.paid(purse.bearer, purse.person, 130_000)
    purse.paid(purse.bearer, purse.pole.actor, 5_000)
    purse.hours(purse.bearer, purse.pole.actor, 6_000)
    purse.paid(purse.bearer, purse.coop, 999, origin="trade:1")
    page = text(animator, purse.path("economie/analytique/"))
    assert "300 €</span>" in page
    assert "restent à sa charge" in page
    assert "50 €" in page
    assert "9,99" not in page


def test_a_pole_with_its_own_form_has_nothing_to_isolate(purse: Purse, animator: Client) -> None:
    Actor.objects.filter(pk=purse.pole.pk).update(legal_nature=LegalNature.COOPERATIVE)
    assert "Ce pôle a sa forme juridique" in text(animator, purse.path("economie/analytique/"))


def test_pages_speak_of_the_last_year_that_has_lines(purse: Purse, animator: Client) -> None:
    purse.paid(purse.firm, purse.pole.actor, 100, on=date(2024, 5, 2))
    page = animator.get(purse.path("economie/")).content.decode()
    assert "Trois niveaux côte à côte : 2024" in page
    assert Pole.objects.get().pk == purse.pole.pk
    assert timezone.localdate().year >= 2026
