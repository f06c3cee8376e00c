"""The rules of the choice: typed by the owner of the call without a file, the assistant begins with them."""

from typing import Any

from django.test import Client

from terreau.calls.models import Call
from terreau.selection import call_rules, committee
from terreau.selection.forms import SearchForm
from terreau.selection.portfolio_rules import Rule
from tests.dossiers import making
from tests.selection.conftest import Table
from tests.selection.test_pages import _post, _scores, _sign_in

TYPED = {
    "faire": "rules",
    "told": "each",
    "most_files": "23",
    "step": "1 000",
    "minimum_rate": "70,5",
    "qpv_share": "25",
    "region-53-min": "1",
    "region-53-max": "4",
    "category-existing-max": "2",
}
RULES = [
    Rule("all", "files", "at_most", 23),
    Rule("qpv", "cents", "at_least_share", 2500),
    Rule("region", "files", "at_least", 1, "53"),
    Rule("region", "files", "at_most", 4, "53"),
    Rule("category", "files", "at_most", 2, "existing"),
]


def _fresh(table: Table) -> Call:
    return Call.objects.get(pk=table.call.pk)


def test_the_owner_types_the_rules_and_the_assistant_begins_with_them(table: Table, client: Client) -> None:
    making.region("53")
    Call.objects.filter(pk=table.call.pk).update(categories=["existing"], min_cents=3_000_000)
    path = table.path("regles/")
    _sign_in(client, table.owner)
    page = client.get(path)
    assert "Au moins 30\u202f000\u00a0€ par dossier" in page.content.decode()
    seen = page.context["forms"]["rules"].initial["seen"]
    assert _post(client, path, **TYPED, seen=seen) == 302
    call = _fresh(table)
    assert call_rules.rules_of(call.portfolio) == RULES
    assert (call.portfolio["step_cents"], call.portfolio["minimum_rate"]) == (100_000, 7050)
    assert call.ranking == {"by": "score", "told": "each"}
    shown = client.get(path).content.decode()
    assert 'value="70,5"' in shown
    assert client.post(path, {**TYPED, "seen": seen, "most_files": "3"}).status_code == 409
    opinions = {f"{one}-opinion": "none" for one in ("region", "national", "committee")}
    stages = {"by": "opinion", "tie": "asked", "committee-used": "on", **opinions}
    assert _post(client, f"/appels/{call.slug}/construire/etapes/", **stages) == 302
    assert _fresh(table).ranking == {"by": "opinion", "tie": "asked", "told": "each"}
    committee.ask_assistant(table.body, why="Oui.", by=table.member)
    _scores(table, 80_000, 90_000, 70_000, 60_000)
    _sign_in(client, table.member)
    form = client.get(table.path("assistant/")).context["search"]
    assert (form["most_files"].value(), form["region-53-max"].value()) == (23, 4)


def test_those_who_do_not_own_the_call_read_its_rules(table: Table, client: Client) -> None:
    portfolio = call_rules.written(RULES[:1], step=0, minimum_rate=10_000)
    Call.objects.filter(pk=table.call.pk).update(portfolio=portfolio)
    _sign_in(client, table.member)
    page = client.get(table.path("regles/")).content.decode()
    assert "Au plus 23 dossiers, en tout" in page
    assert "Enregistrer les règles" not in page
    assert _post(client, table.path("regles/"), **TYPED) == 403
    assert _fresh(table).portfolio == portfolio
    _sign_in(client, table.stranger)
    assert client.get(table.path("regles/")).status_code == 403


def test_rules_that_contradict_one_another_are_said_beside_their_field(table: Table, client: Client) -> None:
    making.region("53")
    _sign_in(client, table.owner)
    said = {**TYPED, "region-53-min": "5", "minimum_rate": ""}
    answer = client.post(table.path("regles/"), said)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Le maximum est sous le minimum" in page
    assert "Dites jusqu" in page
    assert _fresh(table).portfolio == {}


def test_rules_that_no_field_shows_hold_all_the_same() -> None:
    odd = {"on": "category", "value": "interest", "of": "cents", "at_most_share": 2000}
    portfolio: dict[str, Any] = {"rules": [odd, {"on": "ailleurs", "at_most": 1}, "rien"]}
    rule = Rule("category", "cents", "at_most_share", 2000, "interest")
    assert call_rules.untyped(portfolio) == [rule]
    form = SearchForm({"envelope": "10"}, portfolio=portfolio)
    assert form.is_valid()
    assert form.rules() == [rule]
