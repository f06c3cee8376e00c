"""Naming people to roles and ending them: administrators, one act one event, a proof each time."""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from terreau.accounts.models import GlobalRole, User
from terreau.actors import roles
from terreau.actors.models import Actor, Moderation
from terreau.common.errors import DomainError, RefusedError
from terreau.journal.models import Event, Refusal
from tests.people import People


def test_the_first_administrator_is_named_by_command(db: None) -> None:
    user = User.objects.create_user("premiere@example.org")
    call_command("accounts_grant_role", "Premiere@example.org", "administrator")
    assert GlobalRole.objects.get(user=user).role == "administrator"
    event = Event.objects.get(verb="role.named")
    assert (event.subject_id, event.by) == (roles.SITE, None)
    with pytest.raises(CommandError, match="déjà"):
        call_command("accounts_grant_role", "premiere@example.org", "administrator")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["personne@example.org", "officer"], "Aucun compte"),
        (["inconnue@people.example.org", "officer", "--zone", "region:53"], "moderator"),
        (["inconnue@people.example.org", "moderator", "--zone", "53"], "un département et une région"),
        (["inconnue@people.example.org", "moderator", "--zone", "region:999"], "Aucun département"),
        (["inconnue@people.example.org", "moderator", "--network", "rien"], "Aucun réseau"),
    ],
)
def test_the_command_says_what_is_wrong(people: People, arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("accounts_grant_role", *arguments)


def test_the_command_names_for_a_zone_and_a_network(people: People) -> None:
    call_command("accounts_grant_role", people.stranger.email, "moderator", "--zone", "departement:35")
    network = Actor.objects.filter(affiliates__kind="network").exclude(key=None).order_by("pk")[0]
    call_command("accounts_grant_role", people.stranger.email, "moderator", "--network", str(network.key))
    zone, held = Moderation.objects.filter(user=people.stranger).order_by("pk")
    assert (zone.zone.name, held.network) == ("Ille-et-Vilaine", network)  # type: ignore[union-attr]


@pytest.mark.parametrize("who", ["animator", "stranger", "moderator", "officer"])
def test_others_neither_name_nor_end(people: People, who: str) -> None:
    other = getattr(people, who)
    with pytest.raises(RefusedError):
        roles.name_role(people.stranger, "officer", by=other)
    with pytest.raises(RefusedError):
        roles.end_role(GlobalRole.objects.get(user=people.officer), by=other)
    with pytest.raises(RefusedError):
        roles.end_moderation(Moderation.objects.get(user=people.moderator), by=other)


def test_the_last_administrator_stays(people: People) -> None:
    row = GlobalRole.objects.get(user=people.administrator)
    with pytest.raises(DomainError) as caught:
        roles.end_role(row, by=people.administrator)
    assert caught.value.code == "last_administrator"
    roles.name_role(people.stranger, "administrator", by=people.administrator)
    roles.end_role(row, by=people.administrator)


def test_an_end_is_at_once(people: People) -> None:
    row = roles.name_role(people.stranger, "officer", by=people.administrator)
    assert roles.decides(people.stranger)
    roles.end_role(row, by=people.administrator)
    assert not roles.decides(people.stranger)
    with pytest.raises(DomainError):
        roles.end_role(row, by=people.administrator)


def test_a_commune_is_not_moderated(people: People) -> None:
    from terreau.territories.models import Zone

    commune = Zone.objects.filter(level="commune").order_by("pk")[0]
    with pytest.raises(DomainError):
        roles.name_moderator(people.stranger, zone=commune, by=people.administrator)


def test_the_page_is_for_administrators(client: Client, people: People) -> None:
    assert client.get("/compte/roles/").status_code == 302
    for user in (people.stranger, people.animator):
        people.sign_in(client, user)
        assert client.get("/compte/roles/").status_code == 403
    assert Refusal.objects.filter(verb="roles.read").count() == 2
    people.sign_in(client, people.administrator)
    assert client.get("/compte/roles/").status_code == 200


def test_naming_on_the_page_asks_for_a_proof_then_does_it(client: Client, people: People) -> None:
    asked = {"email": people.stranger.email, "role": "local", "zone": "region:53", "network": ""}
    people.sign_in(client, people.administrator)
    response = client.post("/compte/roles/", asked)
    assert response["Location"].startswith("/compte/confirmer-acces/")
    assert Moderation.objects.filter(user=people.stranger).count() == 0
    people.sign_in(client, people.administrator, proved=True)
    assert client.post("/compte/roles/", asked).status_code == 302
    row = Moderation.objects.get(user=people.stranger)
    assert row.named_by == people.administrator
    assert client.post("/compte/roles/", {"end_moderation": row.pk}).status_code == 302
    row.refresh_from_db()
    assert row.valid_to


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"email": "personne@example.org"}, "Aucun compte"),
        ({"zone": ""}, "l&#x27;un des deux"),
        ({"zone": "commune:35001"}, "un département ou une région"),
        ({"role": "officer"}, "laisser vide"),
        ({"zone": "rien"}, "Aucun département"),
    ],
)
def test_the_page_says_what_is_wrong(
    client: Client, people: People, change: dict[str, str], said: str
) -> None:
    people.sign_in(client, people.administrator, proved=True)
    asked = {"email": people.stranger.email, "role": "local", "zone": "region:53", "network": "", **change}
    page = client.post("/compte/roles/", asked)
    assert page.status_code == 422
    assert said in page.content.decode()
