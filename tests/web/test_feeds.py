"""The feed of changes: entries that never change identifier, newest first, nothing that is not public."""

from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from terreau.facts import actions
from terreau.facts.models import Fact
from terreau.pieces.models import Source
from terreau.poles import listing
from terreau.poles.models import Pole, Recognition, StageMove
from terreau.subjects.models import Subject
from terreau.web import caching

pytestmark = pytest.mark.usefixtures("register")
ATOM = {"a": "http://www.w3.org/2005/Atom"}
FEED = "/poles/flux.atom"


def entries(client: Client, path: str = FEED) -> list[dict[str, str]]:
    response = client.get(path)
    assert response.status_code == 200
    return [
        {
            "id": entry.findtext("a:id", "", ATOM),
            "title": entry.findtext("a:title", "", ATOM),
            "updated": entry.findtext("a:updated", "", ATOM),
            "summary": entry.findtext("a:summary", "", ATOM),
            "link": entry.find("a:link", ATOM).get("href", ""),  # type: ignore[union-attr]
        }
        for entry in ElementTree.fromstring(response.content).iterfind("a:entry", ATOM)
    ]


@pytest.fixture
def old(register: None) -> None:
    """The poles entered the register a month ago."""
    Subject.objects.filter(kind="pole").update(created_at=timezone.now() - timedelta(days=30))
    Fact.objects.update(recorded_at=timezone.now() - timedelta(days=30))
    StageMove.objects.update(recorded_at=None)
    Recognition.objects.update(recorded_at=None)


def a_source() -> Source:
    return Source.objects.create(kind="page", code="essai", document="Page d'essai <b>")


def test_new_poles_are_told_once(client: Client) -> None:
    found = entries(client)
    assert len(found) == min(50, Pole.objects.filter(listing__isnull=False).count())
    assert all("entre au registre" in one["title"] for one in found)
    assert len({one["id"] for one in found}) == len(found)
    assert [one["updated"] for one in found] == sorted((one["updated"] for one in found), reverse=True)


def test_the_envelope_is_an_atom_feed(client: Client) -> None:
    response = client.get("/en" + FEED)
    assert response.headers["Content-Type"].startswith("application/atom+xml")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    root = ElementTree.fromstring(response.content)
    links = {link.get("rel"): link.get("href") for link in root.iterfind("a:link", ATOM)}
    assert links == {"alternate": "http://testserver/en/poles/", "self": "http://testserver/en" + FEED}
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    for name in ("id", "title", "updated", "author", "rights"):
        assert root.find(f"a:{name}", ATOM) is not None


@pytest.mark.usefixtures("old")
def test_a_new_fact_is_told_with_its_source(client: Client) -> None:
    pole = Pole.objects.get(slug="artis")
    actions.record(pole.actor.subject, "pole.members", 41, source=a_source(), on=None)
    first = entries(client)[0]
    assert "1 information nouvelle" in first["title"]
    assert first["link"] == "http://testserver/poles/artis/"
    assert "41" in first["summary"]
    assert "Page d&#x27;essai &lt;b&gt;" in first["summary"]


@pytest.mark.usefixtures("old")
def test_identifiers_stay_when_more_is_told_the_same_day(client: Client) -> None:
    pole = Pole.objects.get(slug="artis")
    actions.record(pole.actor.subject, "pole.members", 41, source=a_source())
    before = entries(client)[0]
    actions.record(pole.actor.subject, "pole.employees", 7, source=Source.objects.get(code="essai"))
    after = entries(client)[0]
    assert "2 informations nouvelles" in after["title"]
    assert (after["id"], after["updated"] >= before["updated"]) == (before["id"], True)
    assert entries(client, "/en" + FEED)[0]["id"] == before["id"]


@pytest.mark.usefixtures("old")
def test_stages_and_recognitions_are_told(client: Client) -> None:
    pole, source = Pole.objects.get(slug="artis"), a_source()
    StageMove.objects.create(pole=pole, stage="consolidation", on="2026-01-01", source=source)
    Recognition.objects.create(pole=pole, scheme="charte", on="2026-01-01", source=source)
    titles = [one["title"] for one in entries(client)[:2]]
    assert any("onsolidation" in title for title in titles)
    assert len({one["id"] for one in entries(client)}) == len(entries(client))


@pytest.mark.usefixtures("old")
def test_what_was_recorded_at_an_unknown_time_is_not_told(client: Client) -> None:
    assert all("entre au registre" in one["title"] for one in entries(client))


def test_nothing_that_is_not_public(client: Client) -> None:
    Subject.objects.filter(actor__pole__slug="artis").update(public=False)
    listing.project()
    assert all("/artis/" not in one["link"] for one in entries(client))


def test_an_invented_pole_says_so(client: Client) -> None:
    Pole.objects.filter(slug="artis").update(fictional=True)
    told = [one["title"] for one in entries(client) if one["link"].endswith("/poles/artis/")]
    assert all("exemple fictif" in title for title in told)


def test_a_region_can_be_followed(client: Client) -> None:
    some = entries(client, FEED + "?region=53")
    slugs = Pole.objects.filter(listing__tags__facet="region", listing__tags__code="53")
    assert {one["link"] for one in some} == {f"http://testserver/poles/{pole.slug}/" for pole in slugs}
    assert client.get(FEED + "?region=999").status_code == 422


@pytest.mark.usefixtures("old")
def test_it_is_not_sent_again(client: Client) -> None:
    first = client.get(FEED)
    tag, day = first.headers["ETag"], first.headers["Last-Modified"]
    assert client.get(FEED, headers={"If-None-Match": tag}).status_code == 304
    assert client.get(FEED, headers={"If-Modified-Since": day}).status_code == 304
    actions.record(Pole.objects.get(slug="artis").actor.subject, "pole.members", 41, source=a_source())
    assert client.get(FEED, headers={"If-None-Match": tag}).status_code == 200
    assert client.get(FEED, headers={"If-Modified-Since": day}).status_code == 200


@pytest.mark.usefixtures("old")
def test_queries_are_constant(client: Client, django_assert_max_num_queries: Any) -> None:
    source = a_source()
    for pole in Pole.objects.select_related("actor__subject").order_by("pk")[:5]:
        actions.record(pole.actor.subject, "pole.members", 41, source=source)
    with django_assert_max_num_queries(8):
        client.get(FEED)


def test_pages_name_it(client: Client) -> None:
    html = client.get("/en/poles/").content.decode()
    assert 'type="application/atom+xml"' in html
    assert 'href="/en/poles/flux.atom"' in html


def test_an_empty_register_has_an_empty_feed(client: Client) -> None:
    Subject.objects.filter(kind="pole").update(public=False)
    listing.project()
    response = client.get(FEED)
    root = ElementTree.fromstring(response.content)
    assert root.findtext("a:updated", "", ATOM) == "1970-01-01T00:00:00+00:00"
    assert client.get(FEED, headers={"If-None-Match": response.headers["ETag"]}).status_code == 304


def test_a_feed_that_is_kept_is_not_sent_again_either() -> None:
    day = "Sat, 21 Nov 2026 16:47:16 GMT"
    page = caching.Page(("1", timezone.localdate()), b"<feed/>", b"", {"Last-Modified": day}, {}, "abc")

    def status(**headers: str) -> int:
        return caching.answer(RequestFactory().get(FEED, headers=headers).META, page).status

    page.headers["Content-Type"] = "application/atom+xml"
    assert status(**{"If-Modified-Since": day}) == 304
    assert status(**{"If-Modified-Since": "Sat, 21 Nov 2026 16:47:15 GMT"}) == 200
    assert status(**{"If-Modified-Since": day, "If-None-Match": '"other"'}) == 200
    assert status(**{"If-None-Match": '"abc"'}) == 304
    assert status() == 200
