"""The demonstration: the same for a seed, marked everywhere, and gone without a trace when removed."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import Model
from django.test import Client

from terreau.actors.models import Actor
from terreau.facts.models import CurrentFact, Fact
from terreau.journal.actions import record
from terreau.journal.models import Event
from terreau.poles import demo, listing
from terreau.poles.demo_plan import PREFIX
from terreau.poles.directory import Filters, facets, page
from terreau.poles.models import Listing, Membership, Pole, Tag
from terreau.search.models import Entry
from terreau.subjects.models import Subject
from terreau.territories.models import Coverage, Perimeter, PerimeterCommune

pytestmark = pytest.mark.usefixtures("empty")
TABLES: tuple[type[Model], ...] = (Actor, Fact, CurrentFact, Pole, Listing, Tag, Membership, Entry)
TABLES += (Coverage, Perimeter, PerimeterCommune)


def _counts() -> dict[str, int]:
    return {model.__name__: model._base_manager.count() for model in TABLES}


def _run(*arguments: str) -> Any:
    said = StringIO()
    call_command("demo_generate", *arguments, "--json", stdout=said)
    return json.loads(said.getvalue())


def _picture() -> list[Any]:
    facts = Fact.objects.filter(subject__actor__key__startswith=PREFIX)
    values = facts.order_by("subject", "code", "term", "number").values_list(
        "subject", "code", "term", "number", "cents", "source__code"
    )
    lines = Listing.objects.filter(pole__fictional=True).order_by("pk").values_list("pk", "name", "by_region")
    return [*lines, *values]


def test_a_seed_gives_the_same_data_again_and_another_seed_other_data() -> None:
    first = _run("--poles", "12", "--seed", "7")
    seen = _picture()
    demo.remove()
    assert _run("--poles", "12", "--seed", "7") == first
    assert _picture() == seen
    demo.remove()
    assert _run("--poles", "12", "--seed", "8")["digest"] != first["digest"]
    assert _picture() != seen


def test_every_pole_says_that_it_is_fictional_in_data_and_on_pages(client: Client) -> None:
    before = Listing.objects.count()
    _run("--poles", "12", "--seed", "1")
    made = Pole.objects.filter(actor__key__startswith=PREFIX)
    assert made.count() == made.filter(fictional=True).count() == 12
    assert all("exemple fictif" in name for name in made.values_list("actor__name", flat=True))
    assert Listing.objects.count() == before + 12
    assert all(row.fictif for row in page(Filters(q="fictif")).rows)
    one = made.order_by("pk").first()
    assert one is not None
    shown = client.get(f"/poles/{one.slug}/").content.decode()
    assert "badge-fictional" in shown
    people = Actor.objects.filter(key__startswith=f"{PREFIX}acteur-")
    assert people.count() == 48
    assert not people.exclude(name__contains="exemple fictif").exists()
    assert not Membership.objects.filter(pole__in=made).exclude(note="exemple fictif").exists()


def test_members_perimeters_and_facets_are_plausible() -> None:
    made = _run("--poles", "40", "--seed", "3")
    assert 5 * 40 <= made["memberships"] <= 30 * 40
    sizes = [pole.memberships.count() for pole in Pole.objects.filter(fictional=True)]
    assert all(5 <= size <= 30 for size in sizes)
    assert 12 <= sum(sizes) / 40 <= 18
    for pole in Pole.objects.filter(fictional=True):
        perimeter = Perimeter.objects.get(subject=pole.pk)
        assert perimeter.communes.exists()
        assert perimeter.coverage.filter(level="region").exists()
    assert sum(value.count for value in facets(Filters())["stade"]) == 40
    assert CurrentFact.objects.filter(code="pole.members", contested=True).exists()


def test_projections_are_those_that_a_rebuild_gives() -> None:
    _run("--poles", "12", "--seed", "5")
    call_command("facts_rebuild", "--check", stdout=StringIO())
    assert [slug for slug in listing.drift() if slug.startswith(PREFIX)] == []


def test_removing_leaves_nothing_but_two_events() -> None:
    before = _counts()
    _run("--poles", "12", "--seed", "1")
    assert _counts() != before
    assert _run("--remove") == {"removed": 60}
    assert _counts() == before
    assert list(
        Event.objects.filter(verb__startswith="demo.").order_by("id").values_list("verb", flat=True)
    ) == [
        "demo.generated",
        "demo.removed",
    ]


def test_two_generations_at_once_are_refused() -> None:
    _run("--poles", "3", "--seed", "1")
    with pytest.raises(CommandError, match="déjà là"):
        _run("--poles", "3", "--seed", "2")


def test_what_people_wrote_on_is_not_removed() -> None:
    _run("--poles", "3", "--seed", "1")
    pole = Pole.objects.filter(fictional=True).order_by("pk").first()
    assert pole is not None
    record(Subject.objects.get(pk=pole.pk), "pole.noted", by=None)
    with pytest.raises(CommandError, match="modifié"):
        _run("--remove")
    assert Pole.objects.filter(fictional=True).count() == 3
