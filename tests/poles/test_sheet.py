"""What is said of a pole: the four headings, contradictions, composition, timeline, what is unknown."""

from datetime import date
from typing import Any

import pytest
from django.utils.translation import override

from terreau.common.errors import NotFoundError
from terreau.facts import catalogue
from terreau.journal import subjects
from terreau.poles import headings, listing
from terreau.poles.models import Pole
from terreau.sheets.poles import PoleSheet, Said, pole_sheet
from terreau.subjects.models import Subject

TODAY = date(2026, 11, 21)


def sheet(slug: str) -> PoleSheet:
    return pole_sheet(slug, on=TODAY)


def test_every_fact_of_a_pole_has_its_place_on_the_page() -> None:
    codes = {entry.code for entry in catalogue.load() if "pole" in entry.subjects}
    placed = headings.load().placed
    assert {code for code in codes if code.startswith(("pole.", "set."))} <= placed
    assert placed <= codes
    assert set(headings.load().results) <= placed


@pytest.mark.usefixtures("register")
class TestRegister:
    """On the real register."""

    def test_two_surfaces_of_artis_stand_side_by_side(self) -> None:
        shown = [one for one in sheet("artis").results if one.fact.code == "pole.premises_area"]
        values = {shown[0].fact.plain, *(other.fact.plain for other in shown[0].others)}
        assert values == {1000, 4000}

    def test_a_value_that_two_sources_say_is_shown_once_with_both(self) -> None:
        jobs = next(one for one in sheet("artis").results if one.fact.code == "pole.jobs")
        said = {one.fact.plain: len(one.more) for one in (Said(jobs.fact, jobs.more), *jobs.others)}
        assert said == {130: 1, 250: 0}

    def test_the_four_headings_come_in_the_order_of_their_words(self) -> None:
        found = sheet("culture-et-cooperation").headings
        assert [heading.code for heading in found] == ["pole", "territorial", "cooperation", "economique"]
        economic = dict(found[3].facts)
        assert [one.fact.display for one in economic["Intermittents"]] == ["250\u00a0intermittents"]

    def test_the_pes_of_sud_essonne_is_below_the_minimum(self) -> None:
        made = sheet("pes-sud-essonne").composition
        assert made.size == 3
        assert "below_minimum" in [remark.code for remark in made.remarks]

    def test_information_of_the_seeds_is_old(self) -> None:
        old = sheet("ardaines").old
        assert old is not None
        assert (old.year, old.confirmed_on) == (2014, None)

    def test_a_confirmation_makes_it_fresh_for_two_years(self) -> None:
        Pole.objects.filter(slug="ardaines").update(last_confirmed_on=date(2025, 6, 1))
        assert sheet("ardaines").old is None

    def test_the_story_begins_before_the_creation(self) -> None:
        story = [(moment.on, moment.label) for moment in sheet("culture-et-cooperation").timeline]
        assert story == sorted(story, key=lambda moment: (not moment[0], moment[0]))
        days = {label: on for on, label in story}
        assert days["Début de la dynamique"] < days["Création"]

    def test_what_nobody_said_is_named(self) -> None:
        unknown = sheet("ardes").unknowns
        assert "la structure porteuse" in unknown
        assert "la structure porteuse" not in sheet("pole-sud").unknowns

    def test_a_quarter_is_not_its_commune(self) -> None:
        perimeter = sheet("la-coursive-boutaric").perimeter
        assert perimeter is not None
        assert perimeter.perimeter.population is None
        assert [part.kind for part in perimeter.parts] == ["quarter"]

    def test_every_source_is_cited_once(self) -> None:
        found = sheet("pole-sud")
        keys = [(source.code, source.section) for source in found.all_sources]
        assert len(keys) == len(set(keys))
        assert {"S0", "S1", "S3", "S4"} <= {document.code for document, _places in found.sources}

    def test_english(self) -> None:
        with override("en"):
            found = sheet("pole-sud")
        assert found.summary == found.pole.summary["en"]

    def test_what_the_api_says(self) -> None:
        said = sheet("sud-aquitain").as_json()
        assert said["porteur"] == "Comité de bassin d'emploi du Seignanx"
        assert said["perimetre"]["cog"] == 2026
        assert said["perimetre"]["approche"] is True
        assert len(said["perimetre"]["communes"]) > 300
        enterprises = next(fact for fact in said["faits"] if fact["code"] == "pole.ess_enterprises")
        assert enterprises["source"]["document"]
        assert len(said["membres"]) == 12

    @pytest.mark.parametrize("slug", ["sud-aquitain", "pole-sud", "artis", "poles-ess-bretagne"])
    def test_queries_do_not_depend_on_the_pole(self, slug: str, django_assert_max_num_queries: Any) -> None:
        with django_assert_max_num_queries(28):
            found = sheet(slug)
            assert found.headings
            assert found.timeline is not None
            assert found.all_sources


@pytest.mark.usefixtures("register")
class TestStrangers:
    """A stranger never learns that a pole that is not public exists."""

    def test_unknown(self) -> None:
        with pytest.raises(NotFoundError):
            sheet("nulle-part")

    def test_private(self) -> None:
        Subject.objects.filter(actor__pole__slug="artis").update(public=False)
        listing.project()
        with pytest.raises(NotFoundError) as caught:
            sheet("artis")
        assert "slug" not in caught.value.facts

    def test_closed(self) -> None:
        subject = Subject.objects.get(actor__pole__slug="artis")
        subjects.close(subject, by=None, reason="essai")
        listing.project([subject.pk])
        with pytest.raises(NotFoundError):
            sheet("artis")

    def test_merged_says_where_to_go(self) -> None:
        loser, winner = (Subject.objects.get(actor__pole__slug=slug) for slug in ("artis", "le-phares"))
        subjects.merge(loser, winner, by=None, reason="doublon")
        with pytest.raises(NotFoundError) as caught:
            sheet("artis")
        assert caught.value.facts == {"slug": "le-phares"}
