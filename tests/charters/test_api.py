"""What programs read of charters: texts, versions, the public register."""

from __future__ import annotations

import pytest
from django.test import Client

from terreau.charters import signing
from terreau.charters.models import Charter, Text
from tests.charters.conftest import World, published, signed


def test_a_charter_and_its_versions(world: World, text: Text, client: Client) -> None:
    new = published(world.charter, world.keeper, label="2027", values_fr="Écouter", values_en="To listen")
    found = client.get("/api/v1/charters/charte-du-lin").json()
    assert found["version"] == "2027"
    assert found["texte"]["valeurs"] == [{"fr": "Écouter", "en": "To listen"}]
    assert [one["empreinte"] for one in found["versions"]] == [new.sha256, text.sha256]
    codes = [one["code"] for one in client.get("/api/v1/charters").json()["results"]]
    assert codes == ["charte-du-lin", "charte-nationale"]


def test_the_register_says_who_withdrew_and_names_nobody_unasked(
    world: World, text: Text, client: Client
) -> None:
    signing.withdraw(signed(text, world.a, world.ada), reason="Fin.", by=world.ada)
    signed(text, world.b, world.bob)
    found = client.get("/api/v1/charters/charte-du-lin/signatories?limit=1").json()
    assert found["count"] == 2
    assert found["results"][0]["nom"] == "Filature Anne"
    assert found["results"][0]["motif"] == "Fin."
    assert found["results"][0]["signataire"] is None
    following = client.get(found["next"]).json()
    assert following["results"][0]["retire_le"] is None


def test_what_is_awaited_has_no_signatory(db: None, client: Client) -> None:
    assert client.get("/api/v1/charters/charte-nationale").json()["texte_detenu"] is False
    assert client.get("/api/v1/charters/charte-nationale/signatories").json()["count"] == 0


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v1/charters/inconnue", 404, "unknown_charter"),
        ("/api/v1/charters/inconnue/signatories", 404, "unknown_charter"),
        ("/api/v1/charters/charte-du-lin/signatories?region=999", 422, "unknown_code"),
    ],
)
def test_a_bad_address_says_why(text: Text, client: Client, path: str, status: int, code: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_private_charter_is_not_there(world: World, text: Text, client: Client) -> None:
    Charter.objects.update(public=False)
    assert client.get("/api/v1/charters/charte-du-lin").status_code == 404
    assert client.get("/api/v1/charters/charte-du-lin/signatories").status_code == 404
