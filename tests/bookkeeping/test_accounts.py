"""Accounts by nature: rules, what people say, balances that are the book's sums whatever was written."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terreau.bookkeeping import accounts, chart, checks
from terreau.bookkeeping.models import AccountOf
from terreau.common.errors import DomainError, RefusedError
from terreau.flows import actions as ledger
from terreau.flows.models import Flow
from terreau.journal.models import Event
from tests.web.espace_yard import Yard

DAY = date(2026, 3, 2)
CASH: dict[str, Any] = {"nature": "cash", "thousandths": None, "unit": "", "on": DAY}


def at(yard: Yard, name: str, *more: object) -> str:
    return reverse(name, args=[yard.pole.slug, *more])


def codes(yard: Yard) -> dict[str, tuple[int, int]]:
    found = accounts.balances(yard.pole, None, None)
    return {one.code: (one.came, one.went) for one in found if one.nature == "cash"}


def test_the_plan_says_where_each_heading_is_from() -> None:
    plan = chart.plan()
    assert all(one.source for one in plan.accounts.values())
    assert plan.of("756100") == plan.accounts["756"]
    assert plan.of("999") is None
    assert plan.by_origin("fee:x:2026", "in") == "756"
    assert plan.by_origin("hand:x", "in") == ""
    known = set(plan.accounts)
    assert {code for pair in plan.gifts.values() for code in pair} <= known
    assert {code for _prefix, *pair in plan.origins for code in pair} <= known


def test_an_account_comes_from_what_wrote_the_line_else_from_nobody(yard: Yard) -> None:
    yard.line(**CASH, cents=5_000, origin="fee:x:2026")
    yard.line(**CASH, cents=700)
    yard.line(**CASH, cents=900, giver=yard.pole.pk, receiver=yard.orchard.pk)
    yard.line(**CASH, cents=111, giver=yard.bakery.pk, receiver=yard.orchard.pk)
    yard.line(**CASH, cents=222, giver=yard.pole.pk, receiver=yard.carrier.pk)
    assert codes(yard) == {"756": (5_000, 0), "": (700, 900)}


def test_who_animates_says_an_account_until_the_period_is_closed(yard: Yard) -> None:
    flow = yard.line(**CASH, cents=700)
    ws = yard.ws(yard.animator)
    assert accounts.classify(ws, [flow], "74") == 1
    assert accounts.classify(ws, [flow], "74") == 0
    assert codes(yard) == {"74": (700, 0)}
    assert accounts.classify(ws, [flow], "706") == 1
    assert AccountOf.objects.get().version == 2
    with pytest.raises(RefusedError):
        accounts.classify(yard.ws(yard.baker), [flow], "74")
    with pytest.raises(DomainError, match="plan"):
        accounts.classify(ws, [flow], "999")
    ledger.reverse(flow, reason="Erreur", by=yard.animator, on=DAY)
    assert codes(yard) == {}
    ledger.close(yard.pole.actor, DAY, by=yard.animator)
    with pytest.raises(DomainError, match="période close"):
        accounts.classify(ws, [flow], "")
    assert AccountOf.objects.get().account == "706"
    assert Event.objects.filter(verb="account.said").count() == 2


_LINES = st.lists(
    st.tuples(
        st.sampled_from(["pole", "carrier", "bakery", "orchard"]),
        st.sampled_from(["pole", "carrier", "bakery", "orchard"]),
        st.integers(1, 10**8),
        st.sampled_from(["", "fee:", "booking:", "service:", "hand:"]),
        st.sampled_from(["", "74", "613", "706"]),
        st.booleans(),
    ).filter(lambda one: one[0] != one[1]),
    max_size=12,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_LINES)
def test_accounts_add_up_to_the_book_to_the_cent(
    yard: Yard, lines: list[tuple[str, str, int, str, str, bool]]
) -> None:
    """For any entries and corrections: what came and went by account is what the pole received and paid."""
    start = Flow.objects.count()
    by = {"pole": yard.pole.actor, "carrier": yard.carrier, "bakery": yard.bakery, "orchard": yard.orchard}
    ours = {"pole", "carrier"}
    before = codes(yard)
    came = went = 0
    for number, (giver, receiver, cents, prefix, said, undone) in enumerate(lines):
        origin = f"{prefix}{start}-{number}" if prefix else ""
        flow = yard.line(**CASH, cents=cents, giver=by[giver].pk, receiver=by[receiver].pk, origin=origin)
        if said:
            AccountOf.objects.create(flow=flow, account=said, how="person")
        if undone:
            ledger.reverse(flow, reason="Erreur", by=yard.animator, on=DAY)
            continue
        if giver in ours and receiver not in ours:
            went += cents
        elif (receiver in ours and giver not in ours) or said:
            came += cents
    after = codes(yard)
    assert sum(one[0] for one in after.values()) - sum(one[0] for one in before.values()) == came
    assert sum(one[1] for one in after.values()) - sum(one[1] for one in before.values()) == went
    found = {one.code: one for one in checks.run(yard.pole, today=DAY)}
    assert not [one for one in found["accounts"].findings if one.level == checks.WRONG]


def test_pages_of_accounts(yard: Yard, client: Client) -> None:
    flow = yard.line(**CASH, cents=123_456)
    where = at(yard, "espace_book_accounts") + "?annee=2026"
    line = at(yard, "espace_book_account", "cash", "aucun") + "?annee=2026"
    for user in (None, yard.stranger, yard.neighbour):
        if user:
            client.force_login(user)
        assert client.get(where).status_code == 404
        assert client.get(line).status_code == 404
    client.force_login(yard.baker)
    assert "1\u202f234,56" in client.get(where).content.decode()
    assert client.post(line, {"ligne": flow.pk, "account": "74"}).status_code == 403
    client.force_login(yard.animator)
    assert client.post(line, {"account": "74"}).status_code == 422
    assert client.post(line, {"ligne": flow.pk, "account": "9"}).status_code == 422
    assert client.post(line, {"ligne": flow.pk, "account": "74"}).status_code == 302
    assert "74 · Subventions" in client.get(where).content.decode()
    assert client.get(at(yard, "espace_book_account", "cash", "999")).status_code == 404
    assert client.get(at(yard, "espace_book_account", "gold", "74")).status_code == 404
    assert client.get(where + "&format=csv").getvalue()


def test_a_year_is_read_with_few_questions(yard: Yard, client: Client) -> None:
    client.force_login(yard.animator)
    counts = []
    for more in (3, 27):
        entries = [yard.entry(**{**CASH, "on": DAY + timedelta(days=n)}, cents=n + 1) for n in range(more)]
        ledger.record(yard.pole.actor, entries, by=yard.animator)
        asked = []
        for name, args in (
            ("espace_book_accounts", ()),
            ("espace_book_account", ("cash", "aucun")),
            ("espace_book_check", ()),
            ("espace_book_import", ()),
            ("espace_closing", ()),
        ):
            with CaptureQueriesContext(connection) as found:
                assert client.get(at(yard, name, *args) + "?annee=2026").status_code == 200
            asked.append(len(found))
        counts.append(asked)
    assert counts[0] == counts[1]
    assert max(counts[1]) <= 40, counts
