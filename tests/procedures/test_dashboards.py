"""The dashboard of an owner, the auditor's page with its journal, the way to them in the menu."""

import html
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from terreau.calls.models import Call, Role
from terreau.dossiers.models import Transition
from terreau.envelopes import actions as envelopes
from terreau.followup.models import ReportSchedule
from terreau.jobs.models import Job
from terreau.jobs.work import start
from terreau.journal.actions import refuse
from terreau.journal.models import Event, Refusal
from terreau.procedures import audit, context, known, region_map, steering
from terreau.publication import releases
from tests.dossiers import making
from tests.instruction import conftest as office
from tests.procedures.test_results import signed_in

NOW = datetime(2026, 12, 20, 9, tzinfo=making.PARIS)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _day() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def house() -> Any:
    """A programme with a closed call of three files, one chosen and paid in part."""
    call = making.call(slug="appel", title="Appel des essais")
    envelope = envelopes.open(call.programme, cents=10_000_000, name="Enveloppe 2026", call=call, by=None)
    chosen = making.dossier(call, state="laureate", deposited_at=NOW, title="Halle", asked_cents=9_500_000)
    envelopes.commit(envelope, chosen, 9_500_000, by=None, origin="test")
    Transition.objects.create(
        dossier=chosen, from_state="committee", to_state="laureate", verb="award", at=NOW, reason="Utile"
    )
    making.dossier(call, state="committee", deposited_at=NOW)
    making.dossier(call)
    return call


def named(call: Any, kind: str, **values: Any) -> Any:
    user = making.person(kind)
    place = {"programme": call.programme} if values.pop("whole", False) else {"call": call}
    Role.objects.create(user=user, role=kind, **({"valid_from": date(2026, 1, 1)} | place | values))
    return user


def test_the_owner_sees_what_waits_and_what_is_left(client: Client, house: Any) -> None:
    signed_in(named(house, "owner", whole=True), client)
    assert client.get("/pilotage/")["Location"] == f"/programmes/{house.programme.slug}/pilotage/"
    page = client.get(f"/programmes/{house.programme.slug}/pilotage/").content.decode()
    assert "Appel des essais : 1 dossier attend sa décision." in page
    assert "il reste" in page
    board = steering.of_programme(house.programme)
    assert (board.total.budget, board.total.committed, board.total.left) == (10_000_000, 9_500_000, 500_000)
    (line,) = board.calls
    assert (line.begun, line.deposited, line.instructed, line.chosen) == (1, 2, 1, 1)
    (region,) = board.regions
    assert (region.files, region.chosen, region.cents) == (2, 1, 9_500_000)
    assert [one.words for one in board.days] == ["« Appel des essais » ferme"]
    csv = client.get(f"/programmes/{house.programme.slug}/pilotage/?format=csv").getvalue().decode()
    assert "95000" in csv


def test_what_is_taken_back_or_withdrawn_comes_from_no_region(house: Any) -> None:
    for state in ("draft", "withdrawn"):
        making.dossier(house, state=state, deposited_at=NOW)
    board = steering.of_programme(house.programme)
    assert sum(one.files for one in board.regions) == board.files == 2
    assert {one.state for one in audit.files(house)} == {"laureate", "committee", "withdrawn"}


def test_nobody_waits_for_the_reports_of_a_file_that_is_over(house: Any) -> None:
    for state in ("running", "closed", "ended"):
        row = making.dossier(house, state=state, deposited_at=NOW)
        ReportSchedule.objects.create(dossier=row, kind="final", due_on=NOW.date() - timedelta(days=3))
    board = steering.of_programme(house.programme)
    assert "1 rapport est en retard." in [one.words for one in board.todo]
    assert "1 rapport attendu" in [one.words for one in board.days]


def test_the_map_says_what_the_table_says(client: Client, house: Any) -> None:
    house.dossiers.filter(state="laureate").update(zone=office.region("53", "Bretagne"))
    signed_in(named(house, "owner", whole=True), client)
    page = html.unescape(client.get(f"/programmes/{house.programme.slug}/pilotage/").content.decode())
    assert "Bretagne : 1 dossier déposé, 1 retenu" in page
    assert "1 dossier n'est pas sur la carte" in page
    assert page.count("<path class=") == 18
    assert 'href="#regions-liste"' in page
    assert 'id="regions-liste"' in page


def test_regions_are_coloured_by_their_files_and_marked_by_those_chosen() -> None:
    rows = [steering.Region("53", "Bretagne", 10, 2, 0), steering.Region("06", "Mayotte", 1, 0, 0)]
    found = region_map.drawn([*rows, steering.Region("", "région inconnue", 3, 1, 0)])
    assert found is not None
    colours = {one.words.partition(" :")[0]: one.colour for one in found.shapes}
    assert (colours["Bretagne"], colours["Mayotte"], colours["Occitanie"]) == (4, 0, None)
    assert [(one.chosen, float(one.x) < found.width / 2) for one in found.marks] == [(2, True)]
    assert [one.words for one in found.bands] == [
        *("1 à 2 dossiers", "3 à 4 dossiers", "5 à 6 dossiers", "7 à 8 dossiers", "9 à 10 dossiers")
    ]
    assert found.elsewhere == 3
    assert region_map.drawn(rows[2:]) is None


def test_queries_do_not_grow_with_the_files(house: Any, django_assert_max_num_queries: Any) -> None:
    for _rank in range(8):
        making.dossier(house, state="region", deposited_at=NOW)
    with django_assert_max_num_queries(14):
        steering.of_programme(house.programme)


@pytest.mark.parametrize("part", ["dossiers", "etapes", "argent", "personnes", "refus"])
def test_each_look_of_an_auditor_is_journalled(client: Client, house: Any, part: str) -> None:
    user = signed_in_as(client, named(house, "auditor"))
    refuse(house.subject, "call.enter", by=user, reason="Pas le rôle.")
    page = client.get(f"/appels/appel/controle/?partie={part}").content.decode()
    assert {"dossiers": "Halle", "etapes": "Utile", "argent": "Enveloppe 2026", "personnes": "contrôle",
            "refus": "call.enter"}[part] in page  # fmt: skip
    client.get(f"/appels/appel/controle/?partie={part}&format=csv")
    looks = Event.objects.filter(subject=house.subject, verb="audit.looked", by=user.pk)
    assert [one.data for one in looks] == [{"part": part}] * 2
    assert client.post(f"/appels/appel/controle/?partie={part}").status_code == 405


def signed_in_as(client: Client, user: Any) -> Any:
    signed_in(user, client)
    return user


@pytest.mark.parametrize("kind", ["officer", "reviewer", "committee"])
def test_the_others_are_refused_and_it_is_counted(client: Client, house: Any, kind: str) -> None:
    user = signed_in_as(client, named(house, kind))
    assert client.get("/appels/appel/controle/").status_code == 403
    assert client.get(f"/programmes/{house.programme.slug}/pilotage/").status_code == 403
    assert set(Refusal.objects.filter(by=user.pk).values_list("verb", flat=True)) == {
        "call.audit", "programme.steer"
    }  # fmt: skip
    assert Client().get("/appels/appel/controle/").status_code == 302


def test_the_menu_leads_where_one_has_a_part(
    client: Client, house: Any, django_assert_num_queries: Any
) -> None:
    officer, nobody = named(house, "officer"), making.person("nobody")
    making.dossier(house, lead=nobody)
    with django_assert_num_queries(1):
        assert context.places(officer) == {"instruction"}
    assert context.places(nobody) == {"dossiers"}
    ended = named(house, "auditor", valid_to=date(2026, 12, 1))
    assert context.places(ended) == frozenset()
    signed_in(officer, client)
    page = client.get("/compte/").content.decode()
    assert 'href="/instruction/"' in page
    assert 'href="/pilotage/"' not in page
    assert 'href="/appels/"' in Client().get("/appels/").content.decode()


def test_officers_read_what_is_known_of_other_aids(house: Any, django_assert_max_num_queries: Any) -> None:
    """Another file of the same organisation that was chosen, with its source; nothing of itself."""
    chosen = house.dossiers.get(state="laureate")
    again = making.dossier(making.call(), applicant=chosen.applicant, state="deposited", deposited_at=NOW)
    alone = house.dossiers.get(state="committee")
    assert not known.known([again]), "what another call has not published yet"
    Call.objects.filter(pk=house.pk).update(state="decided")
    with django_assert_max_num_queries(5):
        found = known.known([again, alone, chosen])
    (said,) = found[again.pk]
    assert (said.cents, said.source) == (9_500_000, "ce registre")
    assert "Appel des essais" in said.what
    assert not found.get(alone.pk)
    assert not found.get(chosen.pk)


def test_statistics_are_frozen_each_night(house: Any) -> None:
    house.dossiers.filter(state="committee").update(state="refused")
    Call.objects.filter(pk=house.pk).update(state="decided")
    for _applicant in range(3):
        making.dossier(house, state="refused", deposited_at=NOW)
    job = start("procedures.statistics", by=None)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    assert releases.latest([f"calls:{house.pk.hex}"])
