"""A pole enters the register with nothing but a name, private, declared by its people or reported."""

import pytest
from django.test import Client

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Belonging
from terreau.common.errors import DomainError
from terreau.facts.models import Fact
from terreau.journal.models import Event
from terreau.journal.verification import verify
from terreau.poles.actions import publish, register_pole
from terreau.poles.models import Carrier, Listing, Membership, Pole, StageMove
from terreau.territories.models import Perimeter

pytestmark = pytest.mark.usefixtures("zones")


@pytest.fixture
def person() -> User:
    return User.objects.create_user("animation@example.org", name="Ada")


def test_a_name_is_enough(person: User, client: Client) -> None:
    pole = register_pole("Pôle des Essais", carrier=None, codes=[], cog_year=2026, by=person)
    assert (pole.slug, pole.register_status, pole.stage) == ("pole-des-essais", "declare", "")
    assert not pole.actor.subject.public
    assert not Listing.objects.filter(pole=pole).exists()
    assert client.get("/poles/pole-des-essais/").status_code == 404
    assert Belonging.objects.confirmed().filter(user=person, actor=pole.actor, role="animator").exists()


def test_what_is_said_is_kept_with_its_source(person: User) -> None:
    member = create_actor("La Laiterie", source=None, public=True)
    pole = register_pole(
        "Pôle du Vercors",
        carrier="Association du Vercors",
        codes=["26311", "38548"],
        cog_year=2026,
        members=[member, member],
        intention="Relier la filière lait.",
        stage="emergence",
        by=person,
        public=True,
    )
    carrier = Carrier.objects.get(pole=pole)
    assert (carrier.actor.name, carrier.source.kind) == ("Association du Vercors", "declaration")
    assert Membership.objects.get(pole=pole).actor == member
    perimeter = Perimeter.objects.get(subject=pole.pk)
    assert perimeter.communes.count() == 2
    assert "Villard-de-Lans" in perimeter.label
    fact = Fact.objects.get(subject=pole.pk, code="pole.summary")
    assert (fact.text, fact.author, fact.status) == ("Relier la filière lait.", person, "declare")
    assert pole.summary == {"fr": "Relier la filière lait."}
    assert (pole.stage, StageMove.objects.get(pole=pole).stage) == ("emergence", "emergence")
    assert Listing.objects.get(pole=pole).carrier == "Association du Vercors"
    assert "Ada" not in f"{list(Event.objects.filter(subject=pole.pk).values())} {fact.source}"
    assert verify() == []


def test_who_reports_does_not_animate(person: User) -> None:
    pole = register_pole("Pôle vu", carrier=None, codes=[], cog_year=2026, by=person, status="repere")
    assert pole.register_status == "repere"
    assert not Belonging.objects.filter(actor=pole.actor).exists()


def test_two_poles_of_one_name_have_two_addresses(person: User) -> None:
    made = [
        register_pole("Pôle jumeau", carrier=None, codes=[], cog_year=2026, by=person).slug for _ in range(2)
    ]
    assert made == ["pole-jumeau", "pole-jumeau-2"]
    assert register_pole("Imprimer", carrier=None, codes=[], cog_year=2026, by=person).slug == "imprimer-2"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": "  "}, "name_length"),
        ({"codes": ["99999"]}, "unknown_communes"),
        ({"stage": "gloire"}, "unknown_stage"),
        ({"status": "verifie"}, "bad_status"),
    ],
)
def test_what_is_wrong_writes_nothing(person: User, wrong: dict[str, str], code: str) -> None:
    given = {"name": "Pôle faux", "carrier": None, "codes": [], "cog_year": 2026, "by": person, **wrong}
    with pytest.raises(DomainError) as caught:
        register_pole(**given)
    assert caught.value.code == code
    assert not Pole.objects.filter(actor__name="Pôle faux").exists()


def test_publishing_shows_its_organisations_and_no_person(person: User) -> None:
    ada = create_actor("Ada L.", source=None, public=False, legal_nature="natural_person")
    pole = register_pole(
        "Pôle discret", carrier="Asso", codes=[], cog_year=2026, members=[ada], by=person, public=False
    )
    publish(pole, by=person, reason="prêt")
    assert pole.actor.subject.public
    assert Carrier.objects.get(pole=pole).actor.subject.public
    ada.subject.refresh_from_db()
    assert not ada.subject.public
    assert Listing.objects.filter(pole=pole).exists()
    with pytest.raises(DomainError, match="déjà publique"):
        publish(pole, by=person, reason="encore")
