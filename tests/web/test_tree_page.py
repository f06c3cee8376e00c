"""The tree of a pole: drawn for everybody from what is public, whole for its people, with its table."""

import io
from datetime import date
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from terreau.common.together import Step
from terreau.poles.models import Pole
from terreau.poles.workspace import Born, Published
from terreau.sheets import rooms
from tests.people import POLE_A, People

PUBLIC, INSIDE = f"/poles/{POLE_A}/arbre/", f"/poles/{POLE_A}/espace/arbre/"


class Room:
    """A room that says one public thing and one private thing of the pole."""

    __name__ = "terreau.projects.composed"

    def born(self, pole: Pole) -> list[Born]:
        return [
            Born("p1", "project", "Halle publiée", date(2016, 1, 1), path="/poles/x/espace/projets/1/"),
            Born("p2", "project", "Projet secret", date(2017, 1, 1), parent="p1", note="note secrète"),
            Born("p3", "enterprise", "Fournil publié", date(2018, 1, 1), parent="p2"),
        ]

    def shown(self, pole: Pole, on: date) -> Step[list[Published]]:
        yield from ()
        return [Published("projects", "Halle publiée"), Published("projects", "Fournil publié")]


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "rooms", lambda: (Room(),))


def test_every_pole_of_the_register_has_a_tree(register: None, client: Client) -> None:
    for slug in (
        Pole.objects.filter(actor__subject__public=True).order_by("slug").values_list("slug", flat=True)
    ):
        page = client.get(f"/poles/{slug}/arbre/")
        assert page.status_code == 200, slug
        assert b'<svg xmlns="http://www.w3.org/2000/svg" class="tree"' in page.content, slug


def test_strangers_see_what_was_published_and_nothing_else(
    register: None, client: Client, room: None
) -> None:
    page = client.get(PUBLIC).content.decode()
    assert "Halle publiée" in page
    assert "Fournil publié" in page
    assert "secret" not in page
    assert "/espace/" not in page
    for address in (PUBLIC, f"/poles/{POLE_A}/arbre/?format=csv"):
        body = b"".join(client.get(address)).decode()
        assert "secret" not in body
    pdf = client.get(f"/poles/{POLE_A}/arbre.pdf").content
    words = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert "Halle" in words
    assert "secret" not in words


def test_people_of_the_pole_see_all_of_it(client: Client, people: People, room: None) -> None:
    for person in (people.animator, people.member):
        people.sign_in(client, person)
        page = client.get(INSIDE)
        assert page.status_code == 200
        assert "Projet secret" in page.content.decode()
        assert "no-store" in page["Cache-Control"]
    assert client.get(f"/poles/{POLE_A}/espace/arbre.pdf").status_code == 200


def test_the_workspace_is_closed_to_others(client: Client, people: People) -> None:
    for address in (INSIDE, f"/poles/{POLE_A}/espace/arbre.pdf"):
        assert client.get(address).status_code == 404
        for person in (people.stranger, people.officer, people.moderator):
            people.sign_in(client, person)
            assert client.get(address).status_code == 404
        client.logout()


def test_a_private_pole_shows_no_tree(register: None, client: Client) -> None:
    pole = Pole.objects.select_related("actor__subject").get(slug=POLE_A)
    pole.actor.subject.public = False
    pole.actor.subject.save()
    assert client.get(PUBLIC).status_code == 404
    assert client.get(f"/poles/{POLE_A}/arbre.pdf").status_code == 404
    assert client.get("/poles/nulle-part/arbre/").status_code == 404


@pytest.mark.parametrize("asked", ["niveau=feuille", "de=14", "a=deux%20mille", "de=²²²²"])
def test_a_bad_address_says_why(register: None, client: Client, asked: str) -> None:
    assert client.get(f"{PUBLIC}?{asked}").status_code == 422


def test_a_branch_and_some_years(client: Client, people: People, room: None) -> None:
    people.sign_in(client, people.member)
    page = client.get(f"{INSIDE}?branche=p2").content.decode()
    assert "Fournil publié" in page
    assert "Halle publiée" not in page
    assert "Halle publiée" not in client.get(f"{INSIDE}?de=2017&a=2018").content.decode()
    assert client.get(f"{INSIDE}?branche=personne").status_code == 404


def test_files_say_the_same(client: Client, people: People, room: None) -> None:
    people.sign_in(client, people.member)
    csv = b"".join(client.get(f"{INSIDE}?format=csv")).decode("utf-8-sig")
    assert "2018-01-01;entreprise née du pôle;Fournil publié;Projet secret" in csv


def test_queries_do_not_grow_with_what_was_born(
    client: Client, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.sign_in(client, people.member)
    counted = []
    for number in (3, 200):
        many = [Born(f"n{i}", "activity", f"Activité {i}", date(2010 + i % 9, 1, 1)) for i in range(number)]
        fake = SimpleNamespace(__name__="terreau.projects.x", born=lambda _pole, many=many: many)
        monkeypatch.setattr(rooms, "rooms", lambda fake=fake: (fake,))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(INSIDE).status_code == 200
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 30


def test_the_english_page_has_no_french_glue(register: None, client: Client) -> None:
    page = client.get(f"/en{PUBLIC}")
    assert page.status_code == 200
