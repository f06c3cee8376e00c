"""What others put in their pages: frames that any page may hold, fragments that any page may fetch."""

import re
from typing import Any

import pytest
from django.test import Client

from terreau.journal import subjects
from terreau.poles import listing
from terreau.poles.models import Pole
from terreau.subjects.models import Subject
from terreau.web import embed, embed_content

pytestmark = pytest.mark.usefixtures("register")
FRAMES = ["/integrer/carte/", "/integrer/poles/pole-sud/"]
FRAGMENTS = [path + "fragment.html" for path in FRAMES]


def directives(response: Any) -> dict[str, list[str]]:
    header = response.headers["Content-Security-Policy"]
    return {words[0]: words[1:] for part in header.split(";") if (words := part.split())}


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("path", FRAMES)
def test_any_page_may_frame_it_and_nothing_is_left_with_the_visitor(
    client: Client, path: str, prefix: str
) -> None:
    response = client.get(prefix + path)
    assert response.status_code == 200
    said = directives(response)
    assert said.pop("frame-ancestors") == ["*"]
    assert said["default-src"] == ["'none'"]
    assert not any("unsafe" in source or "*" in source for sources in said.values() for source in sources)
    assert "X-Frame-Options" not in response.headers
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")
    assert response.headers["Cache-Control"] == "public, max-age=300"


@pytest.mark.parametrize("path", ["/", "/poles/", "/poles/pole-sud/", "/integrer/", *FRAGMENTS])
def test_nothing_else_may_be_framed(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.headers["X-Frame-Options"] == "DENY"
    assert directives(response)["frame-ancestors"] == ["'none'"]


@pytest.mark.parametrize("path", FRAMES + FRAGMENTS)
def test_it_names_the_register_its_day_and_its_licence(client: Client, path: str) -> None:
    html = client.get(path).content.decode()
    assert 'href="http://testserver/donnees/licence/"' in html
    assert "Licence Ouverte 2.0" in html
    assert 'href="http://testserver/"' in html


@pytest.mark.parametrize("path", FRAGMENTS)
def test_a_fragment_is_html_alone_with_a_style_that_touches_nothing_else(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert not response.cookies
    html = response.content.decode()
    for mark in ("<html", "<script", "<link", "<image", "<img", ' style="', "onload", ' id="', "@import"):
        assert mark not in html
    assert re.findall(r' href="(?!http://testserver/)', html) == []
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style
    assert style.group(1) == embed.style()
    assert embed._style_hash() in directives(response)["style-src"]


def test_every_rule_of_the_style_stays_inside() -> None:
    rules = re.sub(r"/\*.*?\*/", "", embed.style(), flags=re.DOTALL)
    selectors = [one.strip() for group in re.findall(r"([^{}]+)\{", rules) for one in group.split(",")]
    assert len(selectors) > 30
    assert [one for one in selectors if not one.startswith(".terreau-embed")] == []


def test_classes_used_are_all_ours(client: Client) -> None:
    for path in FRAGMENTS:
        html = client.get(path).content.decode()
        names = {name for group in re.findall(r' class="([^"]*)"', html) for name in group.split()}
        assert names
        assert all(name.startswith("terreau-") for name in names), names


@pytest.mark.parametrize("path", FRAMES + FRAGMENTS)
def test_what_has_not_changed_is_not_sent_again(client: Client, path: str) -> None:
    etag = client.get(path).headers["ETag"]
    again = client.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    if path in FRAMES:
        assert directives(again)["frame-ancestors"] == ["*"]
        assert "X-Frame-Options" not in again.headers
    else:
        assert again.headers["Access-Control-Allow-Origin"] == "*"


def test_the_card_says_what_its_page_says(client: Client) -> None:
    html = client.get("/integrer/poles/pole-sud/").content.decode()
    for answer in ("Groupe Archer", "Romans-sur-Isère", "Information de 2014, non confirmée depuis"):
        assert answer in html
    assert 'href="http://testserver/poles/pole-sud/#sources"' in html
    english = client.get("/en/integrer/poles/pole-sud/").content.decode()
    assert 'lang="en"' in english
    assert 'href="http://testserver/en/poles/pole-sud/"' in english


def test_a_card_shows_both_sides_of_a_disagreement(client: Client) -> None:
    contested = [
        slug
        for slug in Pole.objects.order_by("slug").values_list("slug", flat=True)
        if any(len(values) > 1 for _label, values in embed_content.card(slug).figures)
    ]
    assert contested
    html = client.get(f"/integrer/poles/{contested[0]}/").content.decode()
    assert "<br>ou " in html


def test_an_invented_example_says_so(client: Client) -> None:
    Pole.objects.filter(slug="artis").update(fictional=True)
    for path in ("/integrer/poles/artis/", "/integrer/carte/"):
        assert "exemple fictif" in client.get(path).content.decode()


def test_every_pole_has_its_card(client: Client) -> None:
    for slug in Pole.objects.values_list("slug", flat=True):
        assert client.get(f"/integrer/poles/{slug}/").status_code == 200


def test_the_map_takes_the_filters_of_the_directory(client: Client) -> None:
    every = client.get("/integrer/carte/").content.decode()
    some = client.get("/integrer/carte/?region=53").content.decode()
    assert every.count("<circle") > some.count("<circle") > 0
    assert "/poles/?region=53" in some
    assert "Bretagne" in some


def test_a_refusal_is_shown_in_the_frame(client: Client) -> None:
    response = client.get("/integrer/carte/?region=999")
    assert response.status_code == 422
    assert directives(response)["frame-ancestors"] == ["*"]
    assert "999" in response.content.decode()
    fragment = client.get("/integrer/carte/fragment.html?region=999")
    assert (fragment.status_code, fragment.headers["Access-Control-Allow-Origin"]) == (422, "*")


@pytest.mark.parametrize("end", ["", "fragment.html"])
def test_a_stranger_learns_nothing_of_a_pole_that_is_not_public(client: Client, end: str) -> None:
    Subject.objects.filter(actor__pole__slug="artis").update(public=False)
    listing.project()
    response = client.get(f"/integrer/poles/artis/{end}")
    assert response.status_code == 404
    unknown = client.get(f"/integrer/poles/nulle-part/{end}")
    assert response.content == unknown.content


@pytest.mark.parametrize("end", ["", "fragment.html"])
def test_a_merged_pole_leads_to_the_other(client: Client, end: str) -> None:
    loser, winner = (Subject.objects.get(actor__pole__slug=slug) for slug in ("artis", "le-phares"))
    subjects.merge(loser, winner, by=None, reason="doublon")
    response = client.get(f"/integrer/poles/artis/{end}")
    assert (response.status_code, response.headers["Location"]) == (301, f"/integrer/poles/le-phares/{end}")


def test_too_many_poles_are_counted_by_region(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed_content, "LISTED", 5)
    html = client.get("/integrer/carte/").content.decode()
    assert "<circle" not in html
    assert "Par région" in html
    assert 'fill="#2f5d46"' in html


@pytest.mark.parametrize("path", FRAMES)
def test_queries_are_few(client: Client, path: str, django_assert_max_num_queries: Any) -> None:
    client.get(path)
    with django_assert_max_num_queries(26):
        client.get(path)


def test_posting_is_refused(client: Client) -> None:
    assert client.post("/integrer/carte/").status_code == 405


def test_the_script_of_the_host_is_small_and_free(client: Client) -> None:
    response = client.get("/integrer/hauteur.js")
    assert response.headers["Content-Type"].startswith("text/javascript")
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert len(response.content) < 1500


class TestBuilder:
    """The page that writes the lines to copy."""

    def test_it_gives_the_map_at_first(self, client: Client) -> None:
        response = client.get("/integrer/")
        recipes = response.context["recipes"]
        assert 'src="http://testserver/integrer/carte/"' in recipes["frame"]
        assert recipes["fragment"] == "http://testserver/integrer/carte/fragment.html"
        assert "<script" in recipes["script"]
        assert directives(response)["frame-src"] == ["'self'"]
        assert "&lt;iframe data-terreau" in response.content.decode()

    def test_filters_go_into_the_address(self, client: Client) -> None:
        recipes = client.get("/integrer/?region=53&secteur=").context["recipes"]
        assert recipes["preview"] == "/integrer/carte/?region=53"

    def test_a_pole_by_its_address_or_its_name(self, client: Client) -> None:
        for text in ("pole-sud", "Groupe Archer"):
            response = client.get("/integrer/", {"pole": text})
            assert response.context["recipes"]["preview"] == "/integrer/poles/pole-sud/"

    def test_several_poles_are_offered(self, client: Client) -> None:
        response = client.get("/integrer/", {"pole": "pole"})
        assert len(response.context["found"]) > 1
        assert response.context["chosen"] is None

    def test_no_pole_says_so(self, client: Client) -> None:
        assert "Aucun pôle public ne porte ce nom" in client.get("/integrer/?pole=zzzz").content.decode()

    def test_what_it_writes_is_escaped(self, client: Client) -> None:
        pole = Pole.objects.get(slug="artis")
        pole.listing.name = '"><script>alert(1)</script>'
        pole.listing.save()
        frame = client.get("/integrer/?pole=artis").context["recipes"]["frame"]
        assert "<script>" not in frame
        assert frame.count('"') == 14
