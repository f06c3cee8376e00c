"""The plan of co-financing: levels from names, rates, what an award waits for, gifts of the ledger once."""

from datetime import UTC, date, datetime

import pytest

from terreau.actors.models import Subsidy
from terreau.agreements import guard, known, plan, plan_rules, texts
from terreau.agreements.models import AidStatement, FinancingLine, InKindPart
from terreau.agreements.plan_rules import Asked, Line, Plan
from terreau.calls.models import Sponsor
from terreau.common.errors import DomainError, RefusedError
from terreau.common.verdicts import Answer
from terreau.envelopes import actions as envelopes
from terreau.flows import actions as flows
from terreau.flows.rules import Entry
from terreau.forecast import actions as forecast
from terreau.pieces.sources import source
from tests.agreements.conftest import Office, office


def test_levels_are_proposed_from_names() -> None:
    wanted = {
        "Région Bretagne": "region",
        "Conseil régional d'Île-de-France": "region",
        "FSE+": "europe",
        "Ministère du travail": "state",
        "Ville de Tours": "local",
        "Communauté de communes du Pays": "local",
        "Conseil départemental": "department",
        "Caisse des dépôts": "public",
        "Fondation de France": "private",
        "Fonds propres": "own",
        "Villeroy SA": "",
        "Anonyme": "",
    }
    assert {name: plan_rules.level_of(name) for name in wanted} == wanted


def test_what_a_plan_lacks_as_the_call_chose() -> None:
    line = Line("a", "Région", 300, status="acquis", level="region")
    letter = Line("a", "Région", 300, status="acquis", level="region", letter=True)
    asked = Line("b", "Ville", 400)
    cases = [
        (Plan(1_000, True, 500, ()), Asked("free"), []),
        (Plan(1_000, True, 500, ()), Asked(""), []),
        (Plan(1_000, True, 500, ()), Asked("asked"), ["no_cofunder"]),
        (Plan(1_000, True, 500, (asked,)), Asked("asked"), []),
        (Plan(1_000, True, 500, (line,)), Asked("letters"), ["no_letter"]),
        (Plan(1_000, True, 500, (letter,)), Asked("secured"), ["too_little"]),
        (Plan(1_000, True, 500, (letter,)), Asked("secured", 3000), []),
        (Plan(None, False, 500, (letter,)), Asked("secured", 3000), ["no_budget"]),
        (Plan(1_000, True, 500, ()), Asked("", None, 4000), ["too_high"]),
    ]
    for found, wanted, codes in cases:
        assert [one.code for one in plan_rules.lacks(found, wanted)] == codes
    kind = Line("c", "Mairie", 300, kind="in_kind", status="acquis")
    whole = Plan(1_000, True, 500, (kind,))
    assert [one.code for one in plan_rules.lacks(whole, Asked("secured", 3000))] == ["too_little"]
    assert plan_rules.lacks(whole, Asked("secured", 3000, in_kind_counts=True)) == []


def test_sums_of_a_plan() -> None:
    rows = (
        Line("a", "Région", 300, status="acquis", level="region"),
        Line("b", "Ville", 100, status="refuse", level="local"),
        Line("c", "Fondation", 50, level="private"),
        Line("d", "Mairie", 80, kind="in_kind", level="local"),
    )
    found = Plan(1_000, True, 500, rows)
    assert (found.others, found.secured, found.public, found.in_kind) == (350, 300, 800, 80)
    assert (found.gap, found.rate(found.public), found.by_level()) == (
        150,
        8000,
        {"region": 300, "private": 50},
    )


def test_a_budget_is_read_as_money(desk: Office) -> None:
    rows = [
        {"side": "expense", "cents": 900, "kind": "cash"},
        {"side": "expense", "cents": 100, "kind": "in_kind"},
        {"side": "resource", "cents": 900, "kind": "cash"},
        {"side": "resource", "cents": "x", "kind": "cash"},
    ]
    assert plan_rules.read_budget(rows) == (900, True)
    assert plan_rules.read_budget(rows, in_kind=True) == (1_000, False)
    assert plan_rules.read_budget([]) == (None, False)


def _gift(desk: Office, cents: int = 120_000) -> object:
    entry = Entry(
        giver=desk.ministry.pk,
        receiver=desk.applicant.pk,
        nature="in_kind",
        on=date(2026, 1, 5),
        label="Une salle",
        cents=cents,
        method="market_price",
        thousandths=20_000,
        unit="m2",
    )
    (flow,) = flows.record(desk.applicant, [entry], by=desk.lead)
    return flow


def test_gifts_of_the_ledger_count_once(desk: Office) -> None:
    """In one plan, never in two; a correction of the ledger is followed; dropped, it may count again."""
    flow = _gift(desk)
    (line,) = plan.count_in_kind(desk.dossier, [flow.pk], by=desk.lead)  # type: ignore[attr-defined]
    assert (line.kind, line.cents, line.funder) == ("in_kind", 120_000, desk.ministry)
    assert plan.in_kind_candidates(desk.dossier) == []
    with pytest.raises(DomainError):
        plan.count_in_kind(desk.dossier, [flow.pk], by=desk.lead)  # type: ignore[attr-defined]
    flows.reverse(flow, reason="Erreur", by=desk.lead)  # type: ignore[arg-type]
    found = plan.read(desk.dossier)
    assert found.plan.in_kind == 0
    assert found.corrected == {line.pk}
    plan.drop(line, by=desk.lead)
    assert not InKindPart.objects.exists()
    other = _gift(desk)
    assert plan.count_in_kind(desk.dossier, [other.pk], by=desk.lead)  # type: ignore[attr-defined]


def test_the_forecast_is_shown_only_when_the_pole_says_so(desk: Office) -> None:
    """What a pole notes for itself stays between its members until its people show it."""
    forecast.begin(
        desk.pole,
        funder_name="Département",
        label="Aide",
        kind="subsidy",
        state="granted",
        granted_cents=1_000,
        by=desk.lead,
    )
    day = date(2026, 6, 1)
    assert known.gather(desk.dossier, plan.read(desk.dossier), None, day=day).aids == ()
    said = known.state(desk.dossier, complete=True, shares_forecast=True, by=desk.lead)
    said.at = datetime(2026, 5, 31, 22, 30, tzinfo=UTC)
    found = known.gather(desk.dossier, plan.read(desk.dossier), said, day=day)
    assert found.statement is not None
    assert found.statement.on == day
    assert [one.giver for one in found.aids] == ["Département"]
    assert not found.aids[0].certain
    assert AidStatement.objects.count() == 1


def test_an_agreement_of_this_register_is_known_elsewhere(desk: Office) -> None:
    """Another file of the same pole sees the aid that was signed, with its source and its day."""
    desk.signed()
    other = office()
    other.dossier.applicant, other.dossier.pole = desk.applicant, desk.pole
    other.dossier.save()
    found = known.gather(other.dossier, plan.read(other.dossier), None, day=other.today)
    (aid,) = found.aids
    assert (aid.cents, aid.certain, aid.state, aid.told.code) == (10_000_000, True, True, "agreement")
    other.call.de_minimis = False
    plan.set_rules(other.call, base={"once_only": None}, mine={"once_only": True}, by=other.owner)
    guarded = known.guarded(other.dossier, plan.read(other.dossier), day=other.today)
    assert [one.answer for one in guarded.findings if one.code == "already_aided"] == [Answer.NO]


def test_published_subsidies_are_known_and_never_accuse(desk: Office) -> None:
    """A file of a public body does not say whether an aid is de minimis: « à vérifier », never « non »."""
    told = source("page", "region-2025", "Subventions 2025 de la région", url="https://example.org/s.csv")
    Subsidy.objects.create(
        giver_name="Région",
        beneficiary=desk.applicant,
        beneficiary_name=desk.applicant.name,
        cents=50_000_000,
        decided_on=date(2026, 1, 5),
        source=told,
        row=1,
        digest="a" * 64,
    )
    desk.call.de_minimis = True
    found = known.guarded(desk.dossier, plan.read(desk.dossier), day=date(2026, 6, 1))
    (aid,) = found.known.aids
    assert (aid.told.label, aid.cents, aid.de_minimis) == ("Subventions 2025 de la région", 50_000_000, None)
    assert all(one.answer == Answer.TO_CHECK for one in found.findings)


def test_an_aid_that_two_sources_tell_is_doubted() -> None:
    here, there = guard.Told("known", "Notification"), guard.Told("subsidy", "Fichier")
    rows = [
        guard.Aid(here, "Région", cents=100),
        guard.Aid(there, "Conseil régional", cents=100),
        guard.Aid(there, "Ville", cents=100),
        guard.Aid(there, "Autre", cents=7),
    ]
    assert guard.doubtful(rows) == {0, 1, 2}


def test_an_award_is_asked_whole(desk: Office) -> None:
    """Shared between two sponsors, or raised by a second decision, it is the whole that the call bounds."""
    desk.call.rate_max = 4000
    desk.answers(
        budget=[
            {"side": "expense", "post": "Poste", "cents": 20_000_000, "kind": "cash"},
            {"side": "resource", "post": "Tout", "cents": 20_000_000, "kind": "cash"},
        ]
    )
    rows = [
        envelopes.open(
            desk.programme,
            name=name,
            cents=10_000_000,
            call=desk.call,
            sponsor=Sponsor.objects.create(call=desk.call, name=name, share_rate=5000),
            by=desk.owner,
        )
        for name in ("Ministère", "Banque")
    ]

    def refused(cents: int) -> None:
        with pytest.raises(RefusedError) as caught:
            envelopes.commit_shared(rows, desk.dossier, cents, by=desk.owner, origin=f"award:{cents}")
        assert caught.value.code == "award_blocked"

    refused(8_000_001)
    assert len(envelopes.commit_shared(rows, desk.dossier, 8_000_000, by=desk.owner, origin="award")) == 2
    refused(1)


def test_the_plan_moves_only_after_the_deposit(desk: Office) -> None:
    desk.dossier.state = "draft"
    with pytest.raises(DomainError) as caught:
        plan.add(desk.dossier, funder_name="Région", cents=1, by=desk.lead)
    assert caught.value.code == "in_file"
    desk.dossier.state = "refused"
    with pytest.raises(DomainError):
        plan.add(desk.dossier, funder_name="Région", cents=1, by=desk.lead)
    assert not FinancingLine.objects.exists()


def test_ceilings_and_funds_say_their_source() -> None:
    """Before the first known day, nothing is known; every line has a source and two languages."""
    assert texts.ceiling("general", date(2013, 12, 31)) is None
    assert texts.ceiling("general", date(2023, 12, 31)).cents == 20_000_000  # type: ignore[union-attr]
    assert texts.ceiling("general", date(2024, 1, 1)).cents == 30_000_000  # type: ignore[union-attr]
    assert all(one.source and one.fr and one.en for one in (*texts.ceilings(), *texts.funds()))
