"""What a pole publishes of its life: item by item, to everybody, and nothing else."""

from datetime import date

import pytest
from django.test import Client

from terreau.governance import bodies
from terreau.governance.models import Decision
from terreau.poles.models import Pole
from terreau.subjects.models import Subject
from tests.people import POLE_A, People

pytestmark = pytest.mark.django_db
LIFE = f"/poles/{POLE_A}/vie/"


@pytest.fixture
def pole(people: People) -> Pole:
    """A pole with two decisions and two bodies, of which one each is shown."""
    found = Pole.objects.get(slug=POLE_A)
    for number, public in ((1, True), (2, False)):
        subject = Subject.objects.create(kind=Subject.Kind.DECISION)
        Decision.objects.create(
            subject=subject,
            pole=found,
            number=number,
            title=f"Décision numéro {number}",
            text="Louer la halle.",
            outcome=Decision.Outcome.ADOPTED,
            decided_on=date(2026, 3, number),
            public=public,
        )
        bodies.create_body(found, name=f"Instance {number}", public=public, by=people.animator)
    return found


def test_a_visitor_sees_what_is_shown_and_nothing_else(client: Client, pole: Pole) -> None:
    page = client.get(LIFE)
    text = page.content.decode()
    assert page.status_code == 200
    assert "Décision numéro 1" in text
    assert "Instance 1" in text
    assert "numéro 2" not in text
    assert "Instance 2" not in text
    assert LIFE in client.get(f"/poles/{POLE_A}/").content.decode()


def test_a_member_of_another_pole_sees_nothing_more(client: Client, pole: Pole, people: People) -> None:
    people.sign_in(client, people.stranger)
    assert "numéro 2" not in client.get(LIFE).content.decode()
    assert client.get(f"/poles/{POLE_A}/espace/").status_code == 404


def test_a_pole_that_shows_nothing_says_what_the_page_is_for(client: Client, people: People) -> None:
    assert "publié pour l'instant" in client.get(LIFE).content.decode().replace("&#x27;", "'")
    assert LIFE not in client.get(f"/poles/{POLE_A}/").content.decode()


def test_a_pole_that_is_not_public_is_shown_to_its_people(client: Client, pole: Pole, people: People) -> None:
    Subject.objects.filter(pk=pole.pk).update(public=False)
    assert client.get(LIFE).status_code == 404
    assert client.get("/poles/aucun/vie/").status_code == 404
    people.sign_in(client, people.animator)
    assert client.get(LIFE).status_code == 200


def test_the_page_asks_few_questions(
    client: Client, pole: Pole, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(30):  # type: ignore[operator]
        client.get(LIFE)
