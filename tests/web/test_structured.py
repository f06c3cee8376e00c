"""What pages say to machines: cards when shared, schema.org, site maps, permanent addresses."""

import json
import re
import struct
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from terreau.actors.models import Actor
from terreau.journal import subjects
from terreau.poles import listing
from terreau.poles.models import Pole
from terreau.subjects.models import Subject
from terreau.web import sitemaps

pytestmark = pytest.mark.usefixtures("register")
NS = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


def card(client: Client, path: str) -> dict[str, str]:
    html = client.get(path).content.decode()
    return {
        name: unescape(text) for name, text in re.findall(r'property="og:([\w:]+)" content="([^"]*)"', html)
    }


def things(client: Client, path: str) -> dict[str, Any]:
    html = client.get(path).content.decode()
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    found = [json.loads(block) for block in blocks]
    assert all(one["@context"] == "https://schema.org" for one in found)
    return {one["@type"]: one for one in found}


class TestCards:
    """Open Graph."""

    def test_a_shared_page_says_its_own_title_and_description(self, client: Client) -> None:
        said = card(client, "/poles/pole-sud/?utm_source=ailleurs")
        assert said["title"] == Pole.objects.get(slug="pole-sud").actor.name
        assert said["description"] == Pole.objects.get(slug="pole-sud").summary["fr"]
        assert said["url"] == "http://testserver/poles/pole-sud/"
        assert (said["locale"], said["locale:alternate"]) == ("fr_FR", "en_GB")

    def test_in_english(self, client: Client) -> None:
        said = card(client, "/en/poles/pole-sud/")
        assert said["url"] == "http://testserver/en/poles/pole-sud/"
        assert said["description"] == Pole.objects.get(slug="pole-sud").summary["en"]
        assert said["locale"] == "en_GB"
        assert said["image"].endswith("card-en.png")

    @pytest.mark.parametrize("path", ["/", "/poles/", "/acteurs/", "/territoires/region/53/", "/a-propos/"])
    def test_every_page_has_one(self, client: Client, path: str) -> None:
        said = card(client, path)
        assert said["title"]
        assert said["description"]
        assert "<" not in said["title"]

    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_the_picture_is_as_large_as_it_says(self, client: Client, language: str) -> None:
        found = finders.find(f"design/card-{language}.png")
        assert found
        data = Path(found).read_bytes()
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">II", data[16:24]) == (1200, 630)
        assert len(data) < 150_000
        said = card(client, "/")
        assert (said["image:width"], said["image:height"]) == ("1200", "630")

    def test_quotes_cannot_leave_the_attribute(self, client: Client) -> None:
        actor = Pole.objects.get(slug="artis").actor
        actor.name = 'Le "pôle" <b>& compagnie'
        actor.save()
        listing.project([actor.pk])
        assert card(client, "/poles/artis/")["title"] == 'Le "pôle" <b>& compagnie'


class TestThings:
    """schema.org."""

    def test_a_pole(self, client: Client) -> None:
        said = things(client, "/poles/pole-sud/")["Organization"]
        assert said["@id"] == "http://testserver/poles/pole-sud/#pole"
        assert said["areaServed"][0]["@type"] == "AdministrativeArea"
        assert len(said["member"]) == 7
        assert all(one["url"].startswith("http://testserver/acteurs/") for one in said["member"])

    def test_a_rough_place_is_no_place(self, client: Client) -> None:
        assert "location" not in things(client, "/poles/eclis/")["Organization"]

    def test_an_invented_pole_is_told_to_nobody(self, client: Client) -> None:
        Pole.objects.filter(slug="artis").update(fictional=True)
        assert things(client, "/poles/artis/") == {}

    def test_an_actor_and_a_person(self, client: Client) -> None:
        actor = Actor.objects.filter(pole=None, subject__public=True).order_by("pk").first()
        assert actor
        assert things(client, f"/acteurs/{actor.pk}/")["Organization"]["name"] == actor.name
        Actor.objects.filter(pk=actor.pk).update(legal_nature="natural_person")
        assert things(client, f"/acteurs/{actor.pk}/") == {}

    def test_a_territory(self, client: Client) -> None:
        said = things(client, "/territoires/departement/35/")["AdministrativeArea"]
        assert said["identifier"]["value"] == "35"
        assert said["containedInPlace"]["name"] == "Bretagne"

    def test_the_open_data(self, client: Client) -> None:
        said = things(client, "/")
        assert things(client, "/donnees/")["Dataset"] == said["Dataset"]
        assert said["WebSite"]["potentialAction"]["target"]["urlTemplate"].endswith("?q={search_term_string}")
        data = said["Dataset"]
        assert data["license"].startswith("https://www.etalab.gouv.fr/")
        for one in data["distribution"]:
            response = client.get(one["contentUrl"].removeprefix("http://testserver"))
            assert response.status_code == 200, one
            assert response.headers["Content-Type"].startswith(one["encodingFormat"])

    def test_nothing_closes_the_block(self, client: Client) -> None:
        pole = Pole.objects.get(slug="artis")
        pole.summary = {"fr": "</script><script>alert(1)</script>"}
        pole.save()
        html = client.get("/poles/artis/").content.decode()
        assert "</script><script>alert" not in html
        assert things(client, "/poles/artis/")["Organization"]["description"] == pole.summary["fr"]


def addresses(client: Client, path: str) -> list[str]:
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("application/xml")
    return [one.text or "" for one in ElementTree.fromstring(response.content).iterfind(".//s:loc", NS)]


class TestSiteMaps:
    """sitemap.xml and the files it names."""

    def test_robots_are_told(self, client: Client) -> None:
        assert "Sitemap: http://testserver/sitemap.xml" in client.get("/robots.txt").content.decode()

    def test_every_address_answers_or_is_a_sample_of_those_that_do(self, client: Client) -> None:
        files = addresses(client, "/sitemap.xml")
        assert len(files) == 4
        found: dict[str, list[str]] = {
            one: addresses(client, one.removeprefix("http://testserver")) for one in files
        }
        poles = found["http://testserver/sitemap-poles-1.xml"]
        listed = {f"http://testserver{p}/poles/{slug}/" for p in ("", "/en") for slug in
                  Pole.objects.filter(listing__isnull=False).values_list("slug", flat=True)}  # fmt: skip
        assert set(poles) == listed
        pages = found["http://testserver/sitemap-pages-1.xml"]
        for path in ("/mon-territoire/dessiner/", "/carte/", "/api/", "/en/api/"):
            assert f"http://testserver{path}" in pages
        for all_of_one in found.values():
            assert len(set(all_of_one)) == len(all_of_one)
            for address in all_of_one[:: max(1, len(all_of_one) // 8)]:
                assert client.get(address.removeprefix("http://testserver")).status_code == 200, address

    def test_each_page_names_its_other_language(self, client: Client) -> None:
        root = ElementTree.fromstring(client.get("/sitemap-poles-1.xml").content)
        url = next(one for one in root if (one.findtext("s:loc", "", NS)).endswith("/en/poles/pole-sud/"))
        links = {link.get("hreflang"): link.get("href") for link in url.iterfind("x:link", NS)}
        assert links == {
            "fr": "http://testserver/poles/pole-sud/",
            "en": "http://testserver/en/poles/pole-sud/",
            "x-default": "http://testserver/poles/pole-sud/",
        }
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", url.findtext("s:lastmod", "", NS))

    def test_territories_are_those_that_have_something(self, client: Client) -> None:
        found = addresses(client, "/sitemap-territoires-1.xml")
        assert "http://testserver/territoires/region/53/" in found
        communes = [one for one in found if "/commune/" in one]
        assert 0 < len(communes) < 20_000

    def test_what_is_not_public_is_not_named(self, client: Client) -> None:
        subject = Subject.objects.get(actor__pole__slug="artis")
        actor = Actor.objects.filter(pole=None, subject__public=True).order_by("pk").first()
        assert actor
        assert f"/acteurs/{actor.pk}/" in client.get("/sitemap-acteurs-1.xml").content.decode()
        Subject.objects.filter(pk__in=[subject.pk, actor.pk]).update(public=False)
        listing.project()
        assert "/poles/artis/" not in client.get("/sitemap-poles-1.xml").content.decode()
        assert f"/acteurs/{actor.pk}/" not in client.get("/sitemap-acteurs-1.xml").content.decode()

    def test_large_registers_make_several_files(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = addresses(client, "/sitemap-poles-1.xml")
        monkeypatch.setattr(sitemaps, "SIZE", 10)
        files = [one for one in addresses(client, "/sitemap.xml") if "sitemap-poles-" in one]
        parts = [one for name in files for one in addresses(client, name.removeprefix("http://testserver"))]
        assert len(files) > 1
        assert sorted(parts) == sorted(whole)

    @pytest.mark.parametrize(
        "path", ["/sitemap-poles-99.xml", "/sitemap-poles-0.xml", "/sitemap-autre-1.xml"]
    )
    def test_unknown_files(self, client: Client, path: str) -> None:
        assert client.get(path).status_code == 404

    def test_nothing_new_nothing_sent(self, client: Client) -> None:
        etag = client.get("/sitemap-poles-1.xml").headers["ETag"]
        assert client.get("/sitemap-poles-1.xml", headers={"If-None-Match": etag}).status_code == 304

    def test_few_queries(self, client: Client, django_assert_max_num_queries: Any) -> None:
        with django_assert_max_num_queries(2):
            client.get("/sitemap-poles-1.xml")
        with django_assert_max_num_queries(3):
            client.get("/sitemap.xml")


def test_a_merged_actor_leads_to_the_other_for_ever(client: Client) -> None:
    loser, winner = Subject.objects.filter(kind="actor", public=True).order_by("pk")[:2]
    subjects.merge(loser, winner, by=None, reason="doublon")
    response = client.get(f"/en/acteurs/{loser.pk}/")
    assert (response.status_code, response.headers["Location"]) == (301, f"/en/acteurs/{winner.pk}/")
