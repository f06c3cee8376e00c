"""The API gives what the pole shows, and nothing of a pole that is not public."""

from django.test import Client

from terreau.reviews import answering, campaigns, situation
from terreau.reviews.rules import Said
from terreau.reviews.situation import Choice
from terreau.subjects.models import Subject
from tests.reviews.conftest import Scene

ADDRESS = "/api/v1/poles/pole-essai/situation"


def test_nothing_then_what_is_chosen_then_nothing(scene: Scene, client: Client) -> None:
    review = scene.open("internal")
    mine = Said(level=2, target=3, first_step="écrire", words="secret")
    answering.save(review.seats.get(), "A1", base=Said(), mine=mine, by=scene.animator)
    campaigns.close(review, by=scene.animator)
    assert client.get(ADDRESS).json()["axes"] == []
    choice = Choice(("A",), targets=True)
    situation.show(scene.pole, scene.version, choice, seen=0, by=scene.animator)
    told = client.get(ADDRESS).json()
    assert [axis["code"] for axis in told["axes"]] == ["A"]
    first = told["axes"][0]["items"][0]
    assert (first["niveau"], first["cible"], first["premier_pas"]) == (2, 3, None)
    assert "secret" not in client.get(ADDRESS).content.decode()
    assert len(told["echelle"]) == 5
    assert client.get(ADDRESS, {"grille": "inconnue"}).status_code == 404
    Subject.objects.filter(pk=scene.pole.pk).update(public=False)
    assert client.get(ADDRESS).status_code == 404
