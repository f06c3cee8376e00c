"""The yearly questionnaire: definitions locked, prefilled, checked, written as facts, followed by place."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from terreau.census import campaign_rules as rules
from terreau.census import campaigns
from terreau.census.campaigns import Given
from terreau.census.models import Campaign, CampaignAnswer
from terreau.common.errors import DomainError
from terreau.facts import catalogue, read
from terreau.journal.models import Event, Refusal
from terreau.notices.models import Notice
from terreau.poles.models import Pole
from tests.people import POLE_A, People
from tests.two_connections import at_once


def test_every_question_is_of_the_catalogue_and_is_a_number() -> None:
    asked = rules.questions(catalogue.load(), rules.plan())
    assert {one["type"] for one in asked} <= {"number", "money"}
    assert all(one["definition"]["fr"] and one["definition"]["en"] for one in asked)
    assert len({one["code"] for one in asked}) == len(asked)


D = Decimal
CASES = [
    ({"pole.members": D(5), "pole.ess_enterprises": D(6)}, {}, [("pole.ess_enterprises", "more_than")]),
    ({"pole.members": D(5), "pole.ess_enterprises": D(5)}, {}, []),
    ({"pole.jobs": D(31)}, {"pole.jobs": D(10)}, [("pole.jobs", "jump")]),
    ({"pole.jobs": D(3)}, {"pole.jobs": D(10)}, [("pole.jobs", "jump")]),
    ({"pole.jobs": D(30)}, {"pole.jobs": D(10)}, []),
    ({"pole.jobs": D(30)}, {"pole.jobs": D(0)}, []),
    ({}, {"pole.jobs": D(10)}, []),
]


@pytest.mark.parametrize(("values", "before", "expected"), CASES)
def test_what_is_to_be_explained(values: Any, before: Any, expected: Any) -> None:
    found = rules.problems(values, before, rules.plan())
    assert [(one.code, one.kind) for one in found] == expected


@given(st.lists(st.decimals(0, 10**6, places=2), max_size=12), st.integers(1, 6))
def test_few_answers_show_nothing(values: list[Decimal], fewest: int) -> None:
    found = rules.figure(values, fewest)
    assert found.answers == len(values)
    assert (found.total is None) == (found.middle is None) == (len(values) < fewest)
    if found.total is not None:
        assert found.total == sum(values)


pytestmark = pytest.mark.django_db
YEAR = 2025


@pytest.fixture
def campaign(people: People) -> Campaign:
    due = timezone.localdate() + timedelta(days=30)
    return campaigns.open_campaign(YEAR, due_on=due, by=people.officer)


@pytest.fixture
def pole(people: People) -> Pole:
    return Pole.objects.get(slug=POLE_A)


def test_opening_freezes_the_definitions_and_tells_the_poles(campaign: Campaign, people: People) -> None:
    assert len(campaign.digest) == 64
    told = Notice.objects.filter(to=people.animator, kind="campaign")
    assert [row.path for row in told] == [f"/poles/{POLE_A}/campagne/{YEAR}/"]
    with pytest.raises(DomainError, match="existe déjà"):
        campaigns.open_campaign(YEAR, due_on=campaign.due_on, by=people.officer)
    with pytest.raises(DomainError, match="à venir"):
        campaigns.open_campaign(2024, due_on=timezone.localdate(), by=people.officer)


def test_an_answer_is_facts_of_the_year_with_the_campaign_as_source(
    campaign: Campaign, pole: Pole, people: People
) -> None:
    campaigns.answer(campaign, pole, Given({"pole.cell_budget": "120 000,50"}, {}), by=people.animator)
    views = read.facts_of(pole.pk, codes=["pole.cell_budget"])
    mine = next(view for view in views if view.source.document == f"Campagne {YEAR}")
    assert mine.value.cents == 12_000_050  # type: ignore[union-attr]
    assert mine.valid_from == date(YEAR, 1, 1)
    assert Event.objects.filter(subject=pole.pk, verb="campaign.answered", by=people.animator.pk).exists()


def test_a_second_answer_supersedes_the_first_and_a_stale_one_is_refused(
    campaign: Campaign, pole: Pole, people: People
) -> None:
    campaigns.answer(campaign, pole, Given({"pole.projects": "4"}, {}), by=people.animator)
    with pytest.raises(DomainError, match="vient de répondre"):
        campaigns.answer(campaign, pole, Given({"pole.projects": "5"}, {}), by=people.member)
    campaigns.answer(campaign, pole, Given({"pole.projects": "5"}, {}, 1), by=people.member)
    figures = campaigns.figures(campaign)
    assert figures["pole.projects"].answers == 1


def test_a_surprise_is_explained_or_refused_and_nothing_is_half_written(
    campaign: Campaign, pole: Pole, people: People
) -> None:
    typed = {"pole.jobs": "10", "pole.jobs_insertion": "12"}
    with pytest.raises(DomainError, match="surprend"):
        campaigns.answer(campaign, pole, Given(typed, {}), by=people.animator)
    assert not CampaignAnswer.objects.exists()
    remarks = dict.fromkeys(typed, "Contrats courts comptés")
    row = campaigns.answer(campaign, pole, Given(typed, remarks), by=people.animator)
    assert row.remarks["pole.jobs_insertion"] == "Contrats courts comptés"


@pytest.mark.parametrize(
    "typed", [{}, {"pole.jobs": " "}, {"pole.jobs": "beaucoup"}, {"pole.jobs": "-" * 900}]
)
def test_what_cannot_be_read_is_refused(campaign: Campaign, pole: Pole, people: People, typed: Any) -> None:
    with pytest.raises(DomainError):
        campaigns.answer(campaign, pole, Given(typed, {}), by=people.animator)
    assert not CampaignAnswer.objects.exists()


def test_a_closed_campaign_takes_no_answer(campaign: Campaign, pole: Pole, people: People) -> None:
    campaigns.close_campaign(campaign, by=people.officer)
    with pytest.raises(DomainError, match="close"):
        campaigns.answer(campaign, pole, Given({"pole.jobs": "3"}, {}), by=people.animator)
    with pytest.raises(DomainError, match="close"):
        campaigns.close_campaign(campaign, by=people.officer)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_answer_at_once_one_is_told(campaign: Campaign, pole: Pole, people: People) -> None:
    results = at_once(
        lambda: campaigns.answer(campaign, pole, Given({"pole.jobs": "30"}, {}), by=people.animator),
        lambda: campaigns.answer(campaign, pole, Given({"pole.jobs": "40"}, {}), by=people.member),
    )
    assert sorted(type(one).__name__ for one in results) == ["CampaignAnswer", "DomainError"]


def test_who_sees_what(client: Client, campaign: Campaign, people: People) -> None:
    pages = ["/campagnes/", f"/campagnes/{YEAR}/", f"/poles/{POLE_A}/campagne/{YEAR}/"]
    assert [client.get(page).status_code for page in pages] == [404] * 3
    expected = {
        people.stranger: [403, 403, 403],
        people.animator: [403, 403, 200],
        people.moderator: [200, 200, 200],
        people.moderator_elsewhere: [200, 200, 403],
        people.officer: [200, 200, 200],
    }
    for person, codes in expected.items():
        people.sign_in(client, person)
        assert [client.get(page).status_code for page in pages] == codes, person.name
    assert Refusal.objects.filter(by=people.stranger.pk, verb="campaign.answer").exists()
    people.sign_in(client, people.moderator)
    assert client.post("/campagnes/", {"year": 2023, "due_on": "2030-01-01"}).status_code == 403
    assert client.post(f"/campagnes/{YEAR}/").status_code == 403
    assert client.get("/campagnes/1999/").status_code == 404


def test_the_pages_from_opening_to_closing(client: Client, people: People, pole: Pole) -> None:
    people.sign_in(client, people.officer)
    assert client.post("/campagnes/", {"year": "x", "due_on": ""}).status_code == 422
    due = (timezone.localdate() + timedelta(days=9)).isoformat()
    assert client.post("/campagnes/", {"year": YEAR, "due_on": due}).status_code == 302
    people.sign_in(client, people.animator)
    page = f"/poles/{POLE_A}/campagne/{YEAR}/"
    shown = client.get(page).content.decode()
    assert "15 structures (en 2014)" in re.sub(r"\s+", " ", shown)
    assert 'name="pole.members" value=""' in shown, "a figure of 2014 is not one of the year asked"
    wrong = client.post(page, {"pole.jobs": "dix", "version": "0"})
    assert wrong.status_code == 422
    assert 'aria-invalid="true"' in wrong.content.decode()
    assert 'value="dix"' in wrong.content.decode()
    assert client.post(page, {"pole.projects": "3", "version": "0"}).status_code == 302
    assert client.post(page, {"pole.projects": "4", "version": "0"}).status_code == 409
    people.sign_in(client, people.officer)
    followed = client.get(f"/campagnes/{YEAR}/").content.decode()
    assert "trop peu de réponses" in followed
    assert "Côte-d&#x27;Or" in followed
    assert client.post(f"/campagnes/{YEAR}/").status_code == 302
    assert Campaign.objects.get(year=YEAR).closed_at
