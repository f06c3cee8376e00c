"""Calls as data: the API, the file and the feed for others' sites, the table of results."""

import csv
import io
import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from terreau.calls.models import Call
from terreau.dossiers.models import Transition
from tests.dossiers import making

NOW = datetime(2026, 11, 22, 9, tzinfo=ZoneInfo("Europe/Paris"))
pytestmark = pytest.mark.django_db


def chosen(call: Call, **values: Any) -> Any:
    """Make a file that was chosen."""
    row = making.dossier(call, state="laureate", deposited_at=NOW, **values)
    Transition.objects.create(dossier=row, from_state="committee", to_state="laureate", verb="award", at=NOW)
    return row


@time_machine.travel(NOW, tick=False)
def test_the_list_says_what_is_public_and_when_it_closes(client: Client) -> None:
    making.call(slug="ouvert", sources={"envelope": "BO"}, envelope_cents=300_000_000)
    making.call(slug="brouillon", state=Call.State.DRAFT)
    making.call(slug="passe", closes_at=datetime(2026, 3, 1, 12, tzinfo=making.PARIS))
    said = client.get("/api/v1/calls").json()
    assert [one["slug"] for one in said["results"]] == ["ouvert", "passe"]
    assert [one["etat"] for one in said["results"]] == ["open", "closed"]
    assert said["results"][0]["ferme_le"] == "2026-12-18T12:00:00+01:00"
    assert said["results"][0]["enveloppe_centimes"] == 300_000_000
    assert [one["slug"] for one in client.get("/api/v1/calls?etat=open").json()["results"]] == ["ouvert"]
    assert client.get("/api/v1/calls/brouillon").status_code == 404
    assert client.get("/api/v1/calls?etat=rien").status_code == 422
    whole = client.get("/api/v1/calls/ouvert").json()
    assert whole["formulaire"]["version"] == 1
    assert whole["sources"] == {"envelope": "BO"}
    assert whole["resultats"] is None


@time_machine.travel(NOW, tick=False)
def test_results_wait_for_their_publication(client: Client) -> None:
    call = making.call(slug="appel")
    chosen(call, title="=cmd", asked_cents=100)
    making.dossier(call, state="refused", deposited_at=NOW, title="Secret")
    refused = client.get("/api/v1/calls/appel/results.csv")
    assert (refused.status_code, refused.json()["code"]) == (404, "no_results")
    Call.objects.filter(pk=call.pk).update(state=Call.State.DECIDED)
    answer = client.get("/api/v1/calls/appel/results.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    (row,) = csv.DictReader(io.StringIO(answer.content.decode()))
    assert row["projet"] == "'=cmd"
    assert row["demande_euros"] == "1.00"
    assert row["decide_le"] == "2026-11-22"
    outcome = client.get("/api/v1/calls/appel").json()["resultats"]
    assert (outcome["deposes"], outcome["retenus"], outcome["non_retenus"]) == (2, 1, 1)


@time_machine.travel(NOW, tick=False)
def test_others_show_our_calls(client: Client, django_assert_max_num_queries: Any) -> None:
    for rank in range(4):
        making.sponsor(making.call(slug=f"appel-{rank}", example=True))
    with django_assert_max_num_queries(4):
        answer = client.get("/appels/calls.json")
    assert answer["Access-Control-Allow-Origin"] == "*"
    said = json.loads(answer.content)
    assert len(said["appels"]) == 4
    assert said["appels"][0]["financeurs"][0]["nom"] == "Ministère de la ville"
    feed = client.get("/appels/flux.atom").content.decode()
    assert feed.count("<entry>") == 4
    assert "est ouvert (exemple)" in feed
    assert "au 18/12/2026 à 12:00, heure de Paris" in feed
