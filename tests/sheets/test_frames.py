"""What the register knows of a pole or an actor, as grids read it: honest, nothing private, few queries."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor, Affiliation, EssListing
from terreau.actors.projection import project
from terreau.common.periods import PartialDate
from terreau.facts.actions import record
from terreau.grids.known import Interval, Known
from terreau.pieces.models import Source
from terreau.poles.actions import add_member, end, recognise, register_pole
from terreau.poles.models import Pole
from terreau.sheets.frames import actor_frames, frame_of, frame_of_actor, frames

pytestmark = pytest.mark.usefixtures("zones")
ON = date(2026, 11, 21)


@pytest.fixture
def animator() -> User:
    return User.objects.create_user("cadre@example.org")


@pytest.fixture
def pole(animator: User) -> Pole:
    return register_pole(
        "Pôle des cadres", carrier=None, codes=["21231", "21515"], cog_year=2026, by=animator, public=True
    )


@pytest.fixture
def cited() -> Source:
    return Source.objects.create(
        kind="page",
        code="cadres",
        document="Une page",
        url="https://exemple.fr",
        published_on=date(2026, 3, 1),
    )


def actor(name: str, nature: str, *, public: bool = True, **more: Any) -> Actor:
    made = create_actor(name, source=None, public=public, legal_nature=nature, **more)
    project([made.pk])
    made.refresh_from_db()
    return made


def member(
    pole: Pole, name: str, nature: str, *, role: str = "member", public: bool = True, **more: Any
) -> Actor:
    made = actor(name, nature, public=public, **more)
    add_member(pole, made, by=None, role=role)
    return made


def records(known: Known) -> dict[str, Any]:
    assert isinstance(known.value, tuple)
    return {str(one["name"]): one for one in known.value}


def bounds(known: Known) -> tuple[Any, Any]:
    assert isinstance(known.value, Interval)
    return known.value.low, known.value.high


# Members


def test_members_say_what_the_law_makes_of_them_and_nothing_more(pole: Pole) -> None:
    member(pole, "L'association", "association")
    member(pole, "La fabrique", "company")
    member(pole, "La commune", "local_authority")
    member(pole, "Le collectif", "collective")
    member(pole, "On ne sait", "unknown")
    known = frame_of(pole, ON)["members"]
    assert known.complete is False
    found = records(known)
    fields = ("kind", "legal_person", "enterprise", "ess", "mostly_not_ess", "authority", "other_person")
    assert [tuple(found[name][one] for one in fields) for name in found] == [
        ("ess_enterprise", True, True, True, False, False, None),
        (None, True, True, None, False, False, None),
        ("local_authority", True, False, False, False, True, True),
        ("initiative", False, None, False, None, False, False),
        (None, None, None, None, None, None, None),
    ]
    assert found["On ne sait"]["organisation"] is True


def test_functions_answer_yes_and_their_silence_is_unknown(pole: Pole) -> None:
    member(pole, "L'école", "association", functions=["training"])
    member(pole, "Le réseau", "association", functions=["network"])
    found = records(frame_of(pole, ON)["members"])
    assert (found["L'école"]["research_training"], found["Le réseau"]["research_training"]) == (True, None)
    assert (found["Le réseau"]["network"], found["L'école"]["network"]) == (True, None)
    assert found["Le réseau"]["kind"] == "ess_network"


def test_persons_are_members_and_no_organisation_and_mere_funders_are_neither(pole: Pole) -> None:
    member(pole, "Une habitante", "natural_person")
    member(pole, "Une banque", "company", role="funder")
    frame = frame_of(pole, ON)
    assert list(records(frame["members"])) == ["Une habitante"]
    assert "organisations" not in frame


def test_an_actor_with_two_roles_is_one_member(pole: Pole) -> None:
    made = member(pole, "Deux rôles", "association", role="founder")
    add_member(pole, made, by=None, role="host")
    assert bounds(frame_of(pole, ON)["organisations"]) == (1, None)


def test_members_are_those_of_the_day(pole: Pole, animator: User) -> None:
    made = actor("Passée par là", "association")
    row = add_member(pole, made, by=None, since=PartialDate.parse("2020-01-01"))
    end(row, on=date(2024, 1, 1), by=animator, reason="Elle est partie.")
    assert "members" not in frame_of(pole, date(2019, 12, 31))
    assert "members" in frame_of(pole, date(2023, 12, 31))
    assert "members" not in frame_of(pole, date(2024, 1, 1))


def test_a_grouping_counts_its_members_only_when_all_are_known(pole: Pole, cited: Source) -> None:
    grouping = member(pole, "Le groupement", "enterprise_grouping")
    for rank in range(3):
        made = actor(f"Adhérent {rank}", "local_authority" if rank else "association")
        Affiliation.objects.create(member=made, network=grouping)
    assert records(frame_of(pole, ON)["members"])["Le groupement"]["mostly_not_ess"] is None
    record(grouping.subject, "actor.members", 3, source=cited)
    assert records(frame_of(pole, ON)["members"])["Le groupement"]["mostly_not_ess"] is True


# Counts


@pytest.mark.parametrize(
    ("value", "qualifier", "wanted"),
    [
        (7, "", (7, 7)),
        (7, "at_least", (7, None)),
        (7, "more_than", (8, None)),
        (7, "less_than", (2, 7)),
        (7, "about", (2, None)),
        (1, "", (2, 2)),
    ],
)
def test_a_recent_count_bounds_the_organisations(
    pole: Pole, cited: Source, value: int, qualifier: str, wanted: tuple[int, int | None]
) -> None:
    member(pole, "Une", "association")
    member(pole, "Deux", "cooperative")
    record(
        pole.actor.subject,
        "pole.members",
        value,
        source=cited,
        on=PartialDate.parse("2026"),
        qualifier=qualifier,
    )
    assert bounds(frame_of(pole, ON)["organisations"]) == wanted


def test_a_count_of_years_ago_bounds_nothing_and_says_its_age(pole: Pole) -> None:
    note = Source.objects.create(kind="page", code="note", document="Une note", published_on=date(2011, 2, 1))
    record(pole.actor.subject, "pole.members", 15, source=note, on=PartialDate.parse("2010"))
    assert bounds(frame_of(pole, date(2012, 6, 1))["organisations"]) == (15, 15)
    frame = frame_of(pole, ON)
    assert "organisations" not in frame
    assert "2010" in frame["pole.members"].note
    Pole.objects.filter(pk=pole.pk).update(last_confirmed_on=date(2026, 1, 1))
    assert bounds(frame_of(Pole.objects.get(pk=pole.pk), ON)["organisations"]) == (15, 15)


# Facts


def test_facts_keep_their_bounds_their_source_and_their_status(pole: Pole, cited: Source) -> None:
    subject = pole.actor.subject
    record(
        subject,
        "pole.jobs",
        100,
        source=cited,
        on=PartialDate.parse("2025"),
        qualifier="more_than",
        status="verifie",
    )
    record(subject, "pole.cooperation_form", "means", source=cited)
    record(subject, "pole.created", "2012-05", source=cited)
    record(subject, "pole.cell_budget", 150000, source=cited, on=PartialDate.parse("2025"))
    frame = frame_of(pole, ON)
    assert bounds(frame["pole.jobs"]) == (101, None)
    assert (frame["pole.jobs"].on, frame["pole.jobs"].status) == ("2025", "verifie")
    assert frame["pole.jobs"].source["document"] == "Une page"
    assert (frame["pole.cooperation_form"].value, frame["pole.cooperation_form"].complete) == (
        frozenset({"means"}),
        False,
    )
    assert bounds(frame["pole.created"]) == (date(2012, 5, 1), date(2012, 5, 31))
    assert bounds(frame["pole.cell_budget"]) == (150000, 150000)
    assert frame["functions"].value == frozenset({"pooled_means"})


def test_two_sources_that_disagree_give_the_range_that_holds_both(pole: Pole, cited: Source) -> None:
    other = Source.objects.create(kind="page", code="autre", document="Une autre page")
    record(pole.actor.subject, "pole.premises_area", 4000, source=cited)
    record(pole.actor.subject, "pole.premises_area", 1000, source=other)
    known = frame_of(pole, ON)["pole.premises_area"]
    assert bounds(known) == (1000, 4000)
    assert known.note
    assert "Une autre page" in known.source["document"]


def test_what_begins_after_the_day_is_not_known_that_day(pole: Pole, cited: Source, animator: User) -> None:
    record(pole.actor.subject, "pole.jobs", 12, source=cited, on=PartialDate.parse("2025"))
    recognise(pole, "laureat", body=None, on=PartialDate.parse("2016-01-14"), by=animator)
    before, after = frame_of(pole, date(2015, 6, 30)), frame_of(pole, ON)
    assert "pole.jobs" not in before
    assert "state_aid.earlier_call" not in before
    assert (after["state_aid.earlier_call"].value, after["recognitions"].value) == (
        True,
        frozenset({"laureat"}),
    )


def test_services_without_money_and_awards_of_the_same_year_say_nothing_of_state_support(
    pole: Pole, animator: User
) -> None:
    recognise(pole, "ami-phase-1", body=None, on=PartialDate.parse("2021"), by=animator)
    recognise(pole, "laureat", body=None, on=PartialDate.parse("2026"), by=animator)
    assert "state_aid.earlier_call" not in frame_of(pole, ON)


def test_a_perimeter_without_its_communes_is_one_commune_at_least(pole: Pole) -> None:
    assert bounds(frame_of(pole, ON)["perimeter.communes"]) == (2, 2)
    pole.actor.subject.perimeters.update(approximate=True)
    assert bounds(frame_of(pole, ON)["perimeter.communes"]) == (1, None)


def test_a_pole_without_legal_form_says_so_and_its_carrier_apart(pole: Pole, animator: User) -> None:
    Actor.objects.filter(pk=pole.pk).update(legal_nature="collective")
    carried = register_pole(
        "Porté",
        carrier=actor("La porteuse", "association"),
        codes=[],
        cog_year=2026,
        by=animator,
        public=True,
    )
    assert frame_of(pole, ON)["pole.legal_person"].value is False
    frame = frame_of(carried, ON)
    assert (frame["carrier.legal_person"].value, frame["carrier.private_law"].value) == (True, True)
    assert "pole.legal_person" not in frame


# Who asks


def test_a_stranger_reads_no_private_member_and_no_private_fact(
    pole: Pole, cited: Source, animator: User
) -> None:
    member(pole, "Discrète", "association", public=False)
    member(pole, "Publique", "association")
    record(actor("Autre", "company").subject, "actor.ess_declared", value=True, source=cited)
    assert list(records(frame_of(pole, ON)["members"])) == ["Publique"]
    assert bounds(frame_of(pole, ON)["organisations"]) == (1, None)
    inside = frame_of(pole, ON, viewer=animator)
    assert sorted(records(inside["members"])) == ["Discrète", "Publique"]
    other = User.objects.create_user("ailleurs@example.org")
    assert list(records(frame_of(pole, ON, viewer=other)["members"])) == ["Publique"]


def test_the_number_of_queries_does_not_depend_on_the_number_of_poles(pole: Pole, animator: User) -> None:
    def asked(poles: list[Pole]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(list(frames([one.pk for one in poles], ON))) == len(poles)
        return len(queries)

    member(pole, "Une", "association")
    one = asked([pole])
    more = [
        register_pole(f"Pôle {rank}", carrier=None, codes=["21231"], cog_year=2026, by=animator, public=True)
        for rank in range(4)
    ]
    for each in more:
        member(each, f"Membre de {each.slug}", "company")
    assert asked([pole, *more]) == one <= 15


# Actors


def test_an_actor_says_its_form_and_lists_only_confirm(cited: Source) -> None:
    association = frame_of_actor(actor("Asso", "association"), ON)
    assert association["actor.family"].value == frozenset({"association"})
    assert (association["actor.ess"].value, association["actor.commercial_company"].value) == (True, False)
    company = actor("Société", "company")
    frame = frame_of_actor(company, ON)
    assert (frame["actor.family"].value, frame["actor.commercial_company"].value) == (frozenset(), True)
    assert "actor.ess" not in frame
    EssListing.objects.create(actor=company, listed=True, on=date(2026, 1, 1), source=cited)
    project([company.pk])
    listed = frame_of_actor(Actor.objects.get(pk=company.pk), ON)
    assert (listed["actor.ess"].value, listed.get("actor.ess_listed") is not None) == (True, True)


def test_an_authority_is_no_private_person_and_an_unknown_form_says_nothing() -> None:
    frame = frame_of_actor(actor("Ville", "local_authority"), ON)
    assert (frame["actor.private_law"].value, frame["actor.ess"].value) == (False, False)
    assert frame_of_actor(actor("Mystère", "unknown"), ON) == {}


def test_a_work_integration_structure_is_approved_by_right() -> None:
    made = actor("SIAE", "association", functions=["siae"])
    ((_pk, frame),) = actor_frames([made.pk], ON)
    assert frame["esus.by_right"].value is True
    assert (frame["actor.functions"].value, frame["actor.functions"].complete) == (frozenset({"siae"}), False)
