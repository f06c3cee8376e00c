"""Pages of charters: what each person sees, may do, is refused; a stranger gets 404, a reader 403."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from terreau.actors.models import Belonging
from terreau.charters import signing, writing
from terreau.charters.models import Charter, Draft, Signature, Text, Withdrawal
from terreau.journal.models import Refusal
from tests.charters.conftest import WHO, World, organisation, published, signed, user

As = Callable[..., Client]
SIGN = {"name": "Ada Martin", "quality": "présidente", "mandate": "", "agreed": "on"}


def test_a_stranger_reads_a_public_charter_and_its_register(world: World, text: Text, client: Client) -> None:
    signed(text, world.a, world.ada)
    page = client.get("/chartes/charte-du-lin/").content.decode()
    assert "Nous tenons parole." in page
    assert text.sha256 in page
    register = client.get("/chartes/charte-du-lin/signataires/").content.decode()
    assert "Filature Anne" in register
    assert "Ada Martin" not in register
    assert "Charte du lin" in client.get("/chartes/").content.decode()
    assert client.get("/en/chartes/charte-du-lin/").status_code == 200


def test_a_private_charter_does_not_exist_for_a_stranger(world: World, client: Client) -> None:
    published(world.charter, world.keeper, public=False)
    for path in ("", "signataires/", "signer/", "comparer/", "communaute/", "flux.atom", "inviter/"):
        assert client.get(f"/chartes/charte-du-lin/{path}").status_code == 404, path
    assert "Charte du lin" not in client.get("/chartes/").content.decode()


def test_a_private_charter_is_listed_for_its_people_only(world: World, as_: As) -> None:
    signed(published(world.charter, world.keeper, public=False), world.a, world.ada)
    for who, seen in ((world.keeper, True), (world.ada, True), (world.bob, False)):
        assert ("Charte du lin" in as_(who).get("/chartes/").content.decode()) is seen, who


@pytest.mark.parametrize("path", ["ecrire/", "publier/", "inviter/", "campagne/", "communaute/"])
def test_a_reader_is_refused_what_is_of_the_keeper(world: World, text: Text, as_: As, path: str) -> None:
    client = as_(world.stranger)
    assert client.get(f"/chartes/charte-du-lin/{path}").status_code == 403
    assert Refusal.objects.get(by=world.stranger.pk).subject_id == world.owner.pk
    client.logout()
    assert client.get(f"/chartes/charte-du-lin/{path}").status_code == 404


def test_a_charter_is_begun_written_read_over_and_published(world: World, as_: As) -> None:
    client = as_(world.ada, proved=True)
    made = client.post(
        "/chartes/nouvelle/", {"owner": str(world.a.pk), "title": "Charte d'Anne", "start": "vide"}
    )
    assert made["Location"] == "/chartes/charte-d-anne/ecrire/"
    page = client.post(
        made["Location"],
        {"preamble_fr": "Nous.", "values_fr": "Dire\nFaire", "label": "1", "version": 1, "faire": "relire"},
    )
    assert page["Location"] == "/chartes/charte-d-anne/publier/"
    assert "Faire" in client.get(page["Location"]).content.decode()
    refused = client.post(page["Location"], {"version": 2})
    assert refused.status_code == 422
    assert client.post(page["Location"], {"version": 2, "public": "oui"}).status_code == 302
    assert Text.objects.get(charter__code="charte-d-anne").content["values"][1]["fr"] == "Faire"


def test_nobody_begins_a_charter_for_another(world: World, as_: As) -> None:
    client = as_(world.ada)
    answer = client.post(
        "/chartes/nouvelle/", {"owner": str(world.b.pk), "title": "Pour Bob", "start": "vide"}
    )
    assert answer.status_code == 422
    assert not Charter.objects.filter(title_fr="Pour Bob").exists()


def test_two_who_write_at_once_lose_nothing(world: World, as_: As) -> None:
    client = as_(world.keeper)
    first = {"preamble_fr": "Le mien.", "label": "1", "version": 1}
    client.post("/chartes/charte-du-lin/ecrire/", first)
    page = client.post("/chartes/charte-du-lin/ecrire/", first | {"preamble_fr": "L'autre."})
    told = page.content.decode()
    assert page.status_code == 422
    assert "Le mien." in told
    assert "L&#x27;autre." in told
    client.post("/chartes/charte-du-lin/ecrire/", first | {"preamble_fr": "Les deux.", "version": 2})
    assert Draft.objects.get().content["preamble"]["fr"] == "Les deux."


def test_signing_asks_for_a_proof_again(world: World, text: Text, as_: As) -> None:
    client = as_(world.ada)
    sent = SIGN | {"signatory": str(world.a.pk), "sha256": text.sha256}
    answer = client.post("/chartes/charte-du-lin/signer/", sent)
    assert answer.status_code == 302
    assert "/compte/" in answer["Location"]
    assert not Signature.objects.exists()
    client = as_(world.ada, proved=True)
    answer = client.post("/chartes/charte-du-lin/signer/", sent)
    row = Signature.objects.get()
    assert answer["Location"] == f"/chartes/charte-du-lin/signatures/{row.pk}/"
    proof = client.get(answer["Location"]).content.decode()
    assert "présidente" in proof
    assert row.seal in proof


def test_a_stranger_who_wants_to_sign_signs_in_first(world: World, text: Text, client: Client) -> None:
    answer = client.get("/chartes/charte-du-lin/signer/")
    assert answer["Location"] == "/compte/connexion/?next=%2Fchartes%2Fcharte-du-lin%2Fsigner%2F"
    sent = SIGN | {"signatory": str(world.a.pk), "sha256": text.sha256}
    assert client.post("/chartes/charte-du-lin/signer/", sent)["Location"].startswith("/compte/connexion/")
    assert not Signature.objects.exists()


def test_the_list_asks_as_much_of_the_database_for_many(
    world: World, client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        charter = writing.begin(f"Charte {number}", owner=world.owner, by=world.keeper)
        signed(published(charter, world.keeper), world.a, world.ada)
    with django_assert_max_num_queries(6):
        page = client.get("/chartes/").content.decode()
    assert page.count("1 signataire") == 5


def test_a_member_does_not_engage_the_organisation(world: World, text: Text, as_: As) -> None:
    Belonging.objects.filter(user=world.ada).update(role=Belonging.Role.MEMBER)
    client = as_(world.ada, proved=True)
    sent = SIGN | {"signatory": str(world.a.pk), "sha256": text.sha256}
    assert client.post("/chartes/charte-du-lin/signer/", sent).status_code == 422
    assert not Signature.objects.exists()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"agreed": ""}, "Cochez que vous signez"),
        ({"name": ""}, "obligatoire"),
        ({"sha256": "0" * 64}, "nouvelle version"),
        ({"signatory": "x"}, "Sélectionnez"),
    ],
)
def test_what_cannot_be_signed_says_why(
    world: World, text: Text, as_: As, change: dict[str, str], told: str
) -> None:
    client = as_(world.ada, proved=True)
    sent = SIGN | {"signatory": str(world.a.pk), "sha256": text.sha256} | change
    page = client.post("/chartes/charte-du-lin/signer/", sent)
    assert page.status_code == 422
    assert told in page.content.decode()
    assert not Signature.objects.exists()


def test_the_proof_is_of_the_signatory_and_of_the_keeper(world: World, text: Text, as_: As) -> None:
    row = signed(text, world.a, world.ada)
    path = f"/chartes/charte-du-lin/signatures/{row.pk}/"
    assert as_(world.keeper).get(path).status_code == 200
    assert as_(world.ada).get(path).status_code == 200
    client = as_(world.stranger)
    assert client.get(path).status_code == 403
    assert Refusal.objects.filter(verb="charter.proof", by=world.stranger.pk).exists()
    client.logout()
    assert client.get(path).status_code == 404


def test_only_the_signatory_withdraws_after_a_proof(world: World, text: Text, as_: As) -> None:
    row = signed(text, world.a, world.ada)
    path = f"/chartes/charte-du-lin/signatures/{row.pk}/retirer/"
    assert as_(world.keeper, proved=True).post(path).status_code == 403
    assert as_(world.ada).post(path)["Location"].startswith("/compte/")
    assert not Withdrawal.objects.exists()
    as_(world.ada, proved=True).post(path, {"reason": "Nous fusionnons."})
    assert Withdrawal.objects.get().reason == "Nous fusionnons."
    page = as_(world.stranger).get("/chartes/charte-du-lin/signataires/").content.decode()
    assert "Nous fusionnons." in page
    assert "Filature Anne" in page


def test_a_name_is_public_only_when_the_person_wishes(world: World, text: Text, client: Client) -> None:
    signing.sign(
        text,
        world.a,
        signing.Person("Ada Martin", "présidente", shown=True),
        agreed=True,
        sha256=text.sha256,
        by=world.ada,
    )
    signed(text, world.b, world.bob, signing.Person("Bob Durand", "gérant"))
    page = client.get("/chartes/charte-du-lin/signataires/").content.decode()
    assert "Ada Martin" in page
    assert "Bob Durand" not in page
    file = b"".join(client.get("/chartes/charte-du-lin/signataires/?format=csv").streaming_content)  # type: ignore[arg-type]
    assert "Ada Martin" in file.decode()
    assert "Bob Durand" not in file.decode()


@pytest.mark.parametrize("form", ["csv", "xlsx", "ods", "schema", "choisir"])
def test_the_register_is_had_as_a_file(world: World, text: Text, client: Client, form: str) -> None:
    signed(text, world.a, world.ada)
    answer = client.get(f"/chartes/charte-du-lin/signataires/?format={form}")
    assert answer.status_code == 200
    assert len(b"".join(answer.streaming_content) if answer.streaming else answer.content) > 100  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/chartes/inconnue/", 404),
        ("/chartes/charte-du-lin/?version=1999", 404),
        ("/chartes/charte-du-lin/comparer/", 404),
        ("/chartes/charte-du-lin/signataires/?format=pdf", 422),
        ("/chartes/charte-du-lin/signataires/?region=999", 422),
        ("/chartes/lien/rien/", 404),
    ],
)
def test_a_bad_address_says_why(text: Text, client: Client, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert "<h1" in answer.content.decode()


def test_two_versions_are_compared_line_by_line(world: World, text: Text, client: Client) -> None:
    published(world.charter, world.keeper, label="2027", values_fr="Écouter\nRendre compte")
    page = client.get("/chartes/charte-du-lin/comparer/").content.decode()
    assert "<del>Partager</del>" in page
    assert "<ins>Rendre compte</ins>" in page
    old = client.get("/chartes/charte-du-lin/?version=2026").content.decode()
    assert "Partager" in old
    assert "pas la version en vigueur" in old


def test_the_national_charter_is_a_place_that_waits(world: World, as_: As, client: Client) -> None:
    page = client.get("/chartes/charte-nationale/").content.decode()
    assert "Texte non détenu" in page
    assert as_(world.keeper).post("/chartes/charte-nationale/deposer/").status_code == 403
    world.keeper.is_superuser = True
    world.keeper.save()
    answer = as_(world.keeper).post("/chartes/charte-nationale/deposer/")
    assert answer["Location"] == "/chartes/charte-nationale/ecrire/"
    client.logout()
    assert "Texte non détenu" in client.get("/chartes/charte-nationale/").content.decode()


def test_nobody_takes_the_address_of_the_national_charter(world: World, as_: As) -> None:
    client = as_(world.ada)
    client.post(
        "/chartes/nouvelle/", {"owner": str(world.a.pk), "title": "Charte nationale", "start": "vide"}
    )
    assert Charter.objects.get(title_fr="Charte nationale").code == "charte-nationale-2"


def test_the_register_asks_as_much_of_the_database_for_many(
    world: World, text: Text, client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(6):
        animator = user(f"u{number}")
        signed(text, organisation(f"Organisation {number}", animator), animator, WHO)
    with django_assert_max_num_queries(16):
        client.get("/chartes/charte-du-lin/signataires/")


def test_the_feed_tells_signatures_and_withdrawals(world: World, text: Text, client: Client) -> None:
    signing.withdraw(signed(text, world.a, world.ada), reason="Fin.", by=world.ada)
    feed = client.get("/chartes/charte-du-lin/flux.atom").content.decode()
    assert feed.count("<entry>") == 2
    assert "Filature Anne a retiré sa signature" in feed
