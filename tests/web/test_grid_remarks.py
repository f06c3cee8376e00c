"""Remarks on a grid: people of poles, of members and of signatories write them; moderators hide them."""

import pytest
from django.test import Client

from terreau.grids import loading
from terreau.grids.models import Remark
from terreau.journal.models import Refusal
from tests.people import People

pytestmark = pytest.mark.django_db
PATH = "/grilles/loi-2014-art9/versions/2014/reagir/"


@pytest.fixture
def shipped() -> None:
    """The grids that come with Terreau."""
    loading.sync(save=True)


def test_who_may_remark(client: Client, people: People, shipped: None) -> None:
    """A stranger is led to sign in, a person of no pole is refused and counted, a member writes."""
    assert "connexion" in client.get(PATH).headers["Location"]
    assert client.post(PATH, {"text": "x"}).status_code == 404
    people.sign_in(client, people.stranger)
    assert client.get(PATH).status_code == 403
    assert client.post(PATH, {"text": "x"}).status_code == 403
    assert Refusal.objects.filter(by=people.stranger.pk, verb="grid.remark").exists()
    people.sign_in(client, people.member)
    assert client.get(PATH).status_code == 200
    data = {"text": "Et les habitants ?", "criterion": "", "actor": str(people.pole_actor.pk)}
    assert client.post(PATH, {**data, "text": " "}).status_code == 422
    assert client.post(PATH, {**data, "actor": ""}).status_code == 422
    assert client.post(PATH, data).status_code == 302
    page = Client().get("/grilles/loi-2014-art9/").content.decode()
    assert "Et les habitants ?" in page
    assert people.pole_actor.name in page


def test_moderators_hide_with_a_reason(client: Client, people: People, shipped: None) -> None:
    """Others are refused; the reason stands in its place; the twenty-first of a day waits."""
    people.sign_in(client, people.member)
    data = {"text": "Une remarque", "criterion": "", "actor": str(people.pole_actor.pk)}
    assert [client.post(PATH, data).status_code for _n in range(21)] == [302] * 20 + [422]
    said = Remark.objects.order_by("pk")[0]
    hide = f"{PATH}{said.pk}/retirer/"
    assert client.post(hide, {"reason": "non"}).status_code == 403
    assert Client().post(hide, {"reason": "non"}).status_code == 404
    people.sign_in(client, people.administrator)
    assert client.post(hide, {"reason": " "}).status_code == 422
    assert client.post(hide, {"reason": "Hors sujet"}).status_code == 302
    assert client.post(hide, {"reason": "Encore"}).status_code == 409
    assert "Hors sujet" in Client().get("/grilles/loi-2014-art9/").content.decode()
