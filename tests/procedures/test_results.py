"""The page of results and its files; the statistics, and what they keep secret; the publication."""

from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from terreau.calls.models import Call
from terreau.dossiers.models import Transition
from terreau.journal.models import Event
from terreau.procedures import publishing, statistics
from tests.dossiers import making
from tests.people import People, enrol

NOW = datetime(2026, 12, 20, 9, tzinfo=making.PARIS)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _day() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def filled(call: Call, chosen: int, refused: int, **values: Any) -> None:
    """Give a call files that were decided."""
    for state, verb, count in (("laureate", "award", chosen), ("refused", "refuse", refused)):
        for _rank in range(count):
            row = making.dossier(call, state=state, deposited_at=NOW, title=f"Projet {state}", **values)
            Transition.objects.create(
                dossier=row, from_state="committee", to_state=state, verb=verb, at=NOW, reason="motif"
            )


def signed_in(user: Any, client: Client, *, proved: bool = False) -> Client:
    enrol(user)
    People.sign_in(_People(user), client, user, proved=proved)  # type: ignore[arg-type]
    return client


class _People:
    """Enough of the people of other rooms to sign somebody in."""

    def __init__(self, user: Any) -> None:
        self.moderator = self.moderator_elsewhere = self.officer = self.administrator = user


def test_before_the_publication_a_stranger_reads_when(client: Client) -> None:
    call = making.call(slug="appel", decision_on=NOW.date())
    filled(call, 1, 1)
    page = client.get("/appels/appel/resultats/").content.decode()
    assert "20 décembre 2026" in page
    assert "Projet laureate" not in page
    for name in ("resultats.csv", "resultats/scdl.csv", "resultats/360giving.json"):
        assert client.get(f"/appels/appel/{name}").status_code == 404
    assert client.get("/appels/brouillon/resultats/").status_code == 404


def test_the_owner_publishes_once_everything_is_decided(client: Client) -> None:
    call = making.call(slug="appel")
    filled(call, 2, 1)
    waiting = making.dossier(call, state="committee", deposited_at=NOW)
    owner = making.person("owner")
    making.role(owner, call, "owner")
    signed_in(owner, client, proved=True)
    page = client.get("/appels/appel/resultats/").content.decode()
    assert "1 dossier attend encore sa décision" in page
    assert "pas encore publié" in page
    client.post("/appels/appel/resultats/publier/")
    call.refresh_from_db()
    assert call.state == Call.State.OPEN
    waiting.state = "refused"
    waiting.save()
    client.post("/appels/appel/resultats/publier/")
    client.post("/appels/appel/resultats/publier/")
    call.refresh_from_db()
    assert call.state == Call.State.DECIDED
    assert Event.objects.filter(verb="call.results_published").count() == 1
    page = Client().get("/appels/appel/resultats/").content.decode()
    assert "2 dossiers retenus" in page
    assert "Projet refused" not in page
    assert "SCDL subventions 2.1.1" in page


@pytest.mark.parametrize("kind", ["officer", "committee", "reviewer", "auditor"])
def test_who_does_not_own_the_call_does_not_publish(client: Client, kind: str) -> None:
    call = making.call(slug="appel")
    filled(call, 1, 0)
    user = making.person(kind)
    making.role(user, call, kind)
    signed_in(user, client, proved=True)
    assert client.post("/appels/appel/resultats/publier/").status_code == 403
    assert Client().post("/appels/appel/resultats/publier/").status_code == 302


def test_an_open_call_has_no_results() -> None:
    call = making.call(closes_at=datetime(2027, 1, 1, tzinfo=making.PARIS))
    filled(call, 1, 0)
    assert "reçoit encore" in publishing.can_publish(call).reason


def test_a_call_that_nobody_answered_as_it_should_has_results_too() -> None:
    call = making.call(slug="appel")
    assert publishing.can_publish(call)
    making.dossier(call, state="inadmissible", deposited_at=NOW)
    assert publishing.can_publish(call)
    making.dossier(call, state="deposited", deposited_at=NOW)
    assert "attend encore" in publishing.can_publish(call).reason


def test_public_files_are_given(client: Client) -> None:
    call = making.call(slug="appel", state=Call.State.DECIDED)
    filled(call, 2, 3)
    assert client.get("/appels/appel/resultats.csv").getvalue().decode().count("\r\n") == 3
    assert client.get("/appels/appel/resultats/?format=csv").getvalue().decode().count("Projet laureate") == 2
    scdl = client.get("/appels/appel/resultats/scdl.csv")
    assert scdl["Access-Control-Allow-Origin"] == "*"
    assert client.get("/appels/appel/resultats/commongrants.json").json()["opportunity"]["status"] == {
        "value": "closed"
    }
    assert client.get("/appels/appel/resultats/rien.txt").status_code == 404


def test_statistics_hide_what_would_say_what_one_did(client: Client) -> None:
    call = making.call(slug="appel", state=Call.State.DECIDED)
    filled(call, 4, 9, category="existing")
    filled(call, 0, 1, category="interest")
    filled(call, 1, 5, category="project")
    assert statistics.publish(call, at=NOW)
    page = client.get(f"/programmes/{call.programme.slug}/chiffres/").content.decode()
    (found,) = statistics.figures(call.programme)
    stage = next(one for one in found.facets if one.code == "stage")
    by = {line.label: line for line in stage.lines}
    assert by["manifestation d'intérêt"].applied.value is None
    # Alone hidden, it would be the total less the others.
    assert sum(line.applied.value is None for line in stage.lines) >= 2
    assert [line.chosen.value for line in stage.lines] == [0, 1, 4] or by["pôle existant"].chosen.value == 4
    assert "secret" in page
    assert "médiane" in page


def test_figures_ask_as_little_of_many_calls(client: Client, django_assert_max_num_queries: Any) -> None:
    programme = making.programme()
    for rank in range(12):
        call = making.call(slug=f"appel-{rank}", state=Call.State.DECIDED, programme=programme)
        filled(call, 3, 0)
    with django_assert_max_num_queries(20):
        page = client.get(f"/programmes/{programme.slug}/chiffres/").content.decode()
    assert page.count("médiane de 3 dossiers") == 12


def test_a_programme_without_results_says_what_its_figures_will_be(client: Client) -> None:
    call = making.call()
    page = client.get(f"/programmes/{call.programme.slug}/chiffres/").content.decode()
    assert "Aucun appel n'est décidé" in page or "Aucun appel n&#x27;est décidé" in page
    assert client.get("/programmes/rien/chiffres/").status_code == 404


def test_the_page_asks_little_whatever_the_files(client: Client, django_assert_max_num_queries: Any) -> None:
    call = making.call(slug="appel", state=Call.State.DECIDED)
    filled(call, 12, 3)
    with django_assert_max_num_queries(22):
        client.get("/appels/appel/resultats/")
