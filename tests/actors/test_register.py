"""The actors that the seeds name, as the site shows them."""

import pytest
from django.db.models import Count

from terreau.actors import projection
from terreau.actors.models import Actor, LegalNature
from terreau.subjects.models import Subject


def some_actors():
    """One actor of each nature, and the ones that most belong to."""
    for nature in LegalNature.values:
        yield from Actor.objects.filter(legal_nature=nature, subject__kind=Subject.Kind.ACTOR).order_by(
            "sort_key"
        )[:1]
    yield from Actor.objects.annotate(members=Count("affiliates")).order_by("-members", "pk")[:3]


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_pages_of_real_actors_render_whole(client, register, prefix):
    actors = list(some_actors())
    assert len(actors) > 12
    for actor in actors:
        response = client.get(f"{prefix}/acteurs/{actor.pk}/")
        assert response.status_code == 200, actor
        assert "n° 2014-856" in response.content.decode(), actor


def test_what_the_directory_filters_on_is_right_after_the_load(register):
    assert projection.drift() == []


def test_every_list_page_renders(client, register):
    address, seen = "/acteurs/", 0
    while address:
        response = client.get(address)
        page = response.context["page"]
        seen += len(page.rows)
        address = f"/acteurs/?cursor={page.next}" if page.next else ""
    assert seen == page.total > 300
