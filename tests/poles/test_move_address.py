"""A pole that changes address, or is merged, is still found where it was."""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from terreau.common.errors import DomainError
from terreau.journal import subjects
from terreau.journal.models import Event
from terreau.poles.actions import move_address
from terreau.poles.models import FormerSlug, Pole
from terreau.subjects.models import Subject

pytestmark = pytest.mark.usefixtures("register")


def pole(slug: str) -> Pole:
    return Pole.objects.get(slug=slug)


def lands(client: Client, path: str) -> tuple[int, str]:
    response = client.get(path)
    return response.status_code, response.headers.get("Location", "")


def test_the_old_address_leads_to_the_new_one(client: Client) -> None:
    moved = move_address(pole("artis"), "artis-besancon", by=None)
    assert moved.slug == "artis-besancon"
    assert lands(client, "/poles/artis/") == (301, "/poles/artis-besancon/")
    assert lands(client, "/en/poles/artis/") == (301, "/en/poles/artis-besancon/")
    assert lands(client, "/poles/artis-besancon/")[0] == 200
    event = Event.objects.filter(subject=moved.pk, verb="pole.address_moved").get()
    assert event.data == {"from": "artis", "to": "artis-besancon"}


def test_two_moves_are_one_step(client: Client) -> None:
    move_address(move_address(pole("artis"), "artis-2", by=None), "artis-3", by=None)
    assert lands(client, "/poles/artis/") == (301, "/poles/artis-3/")


def test_a_pole_may_take_its_address_back(client: Client) -> None:
    move_address(move_address(pole("artis"), "artis-2", by=None), "artis", by=None)
    assert lands(client, "/poles/artis/")[0] == 200
    assert lands(client, "/poles/artis-2/") == (301, "/poles/artis/")
    assert list(FormerSlug.objects.values_list("slug", flat=True)) == ["artis-2"]


@pytest.mark.parametrize("wanted", ["le-phares", "left-by-another"])
def test_an_address_of_another_pole_is_refused(wanted: str) -> None:
    move_address(move_address(pole("eclis"), "left-by-another", by=None), "eclis", by=None)
    with pytest.raises(DomainError) as caught:
        move_address(pole("artis"), wanted, by=None)
    assert (caught.value.code, caught.value.status) == ("address_taken", 409)
    assert Pole.objects.filter(slug="artis").exists()


@pytest.mark.parametrize("wanted", ["", "Artis", "artis--2", "-artis", "été", "a/b", "imprimer", "a" * 81])
def test_an_address_that_is_none_is_refused(wanted: str) -> None:
    with pytest.raises(DomainError) as caught:
        move_address(pole("artis"), wanted, by=None)
    assert caught.value.code == "bad_address"


def test_the_command_moves_and_refuses(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("poles_move_address", "artis", "artis-besancon")
    assert "/poles/artis-besancon/" in capsys.readouterr().out
    with pytest.raises(CommandError, match="autre pôle"):
        call_command("poles_move_address", "artis-besancon", "le-phares")
    with pytest.raises(CommandError, match="aucun pôle"):
        call_command("poles_move_address", "nulle-part", "ici")


def test_a_chain_of_merges_is_followed_to_its_end(client: Client) -> None:
    ids = [Subject.objects.get(actor__pole__slug=slug) for slug in ("artis", "le-phares", "eclis")]
    subjects.merge(ids[0], ids[1], by=None, reason="doublon")
    subjects.merge(ids[1], ids[2], by=None, reason="doublon")
    assert lands(client, "/poles/artis/") == (301, "/poles/eclis/")
    assert lands(client, f"/acteurs/{ids[0].pk}/") == (301, "/poles/eclis/")


def test_a_pole_merged_into_an_actor_leads_to_the_actor(client: Client) -> None:
    loser = Subject.objects.get(actor__pole__slug="artis")
    winner = Subject.objects.filter(kind="actor", public=True).order_by("pk").first()
    assert winner
    subjects.merge(loser, winner, by=None, reason="doublon")
    assert lands(client, "/poles/artis/") == (301, f"/acteurs/{winner.pk}/")


def test_a_merge_into_what_is_not_public_says_nothing(client: Client) -> None:
    loser, winner = (Subject.objects.get(actor__pole__slug=slug) for slug in ("artis", "le-phares"))
    subjects.merge(loser, winner, by=None, reason="doublon")
    Subject.objects.filter(pk=winner.pk).update(public=False)
    response = client.get("/poles/artis/")
    assert response.status_code == 404
    assert "le-phares" not in response.content.decode()
