"""The door of the workspace on the page of a pole, and the one that signs in from an address kept closed."""

import pytest
from django.test import Client

from tests.people import POLE_A, People

pytestmark = pytest.mark.django_db
DOOR = f'href="/poles/{POLE_A}/espace/"'


def test_only_its_people_see_the_door(client: Client, people: People) -> None:
    for user, seen in ((people.animator, True), (people.member, True), (people.stranger, False)):
        people.sign_in(client, user)
        assert (DOOR in client.get(f"/poles/{POLE_A}/").content.decode()) is seen
    assert DOOR not in Client().get(f"/poles/{POLE_A}/").content.decode()


def test_an_address_kept_closed_offers_to_sign_in_and_come_back(client: Client, people: People) -> None:
    page = client.get(f"/poles/{POLE_A}/situation/")
    assert page.status_code == 404
    assert f"/compte/connexion/?next=/poles/{POLE_A}/situation/" in page.content.decode()
    people.sign_in(client, people.stranger)
    assert "/compte/connexion/" not in client.get(f"/poles/{POLE_A}/situation/").content.decode()
