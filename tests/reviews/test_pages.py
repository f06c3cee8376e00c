"""The pages: who may, what a stranger finds, what is typed and kept, the whole way of a co-evaluation."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from terreau.journal.models import Refusal
from terreau.pieces.models import Piece
from terreau.poles.models import Pole
from terreau.reviews import answering, campaigns, seats, situation
from terreau.reviews.models import Answer, Evidence, Review, Seat, Shown
from terreau.reviews.rules import Said
from terreau.reviews.typed import written
from terreau.subjects.models import Subject
from tests.reviews.conftest import Scene

HERE = "/poles/pole-essai/situation/"


def one(review: Review, path: str = "") -> str:
    return f"{HERE}campagnes/{review.pk}/{path}"


def sent(code: str, mine: Said, base: Said = Said()) -> dict[str, str]:  # noqa: B008
    level = "nc" if mine.not_concerned else "" if mine.level is None else str(mine.level)
    return {
        f"{code}-base": written(base),
        f"{code}-niveau": level,
        f"{code}-cible": "" if mine.target is None else str(mine.target),
        f"{code}-pas": mine.first_step,
        f"{code}-mots": mine.words,
    }


def agreed(scene: Scene, given: dict[str, Said], title: str = "Atelier") -> Review:
    review = scene.open("internal", title=title)
    for code, said in given.items():
        answering.save(review.seats.get(), code, base=Said(), mine=said, by=scene.animator)
    return campaigns.close(review, by=scene.animator)


PRIVATE = ["", "montrer/", "ouvrir/atelier/", "items/A1/"]


@pytest.mark.parametrize("path", PRIVATE)
def test_a_stranger_finds_nothing_and_a_reader_is_refused(scene: Scene, client: Client, path: str) -> None:
    assert client.get(HERE + path).status_code == 404
    assert not Refusal.objects.exists()
    scene.sign_in(client, scene.outsider)
    assert client.get(HERE + path).status_code == 403
    assert Refusal.objects.get().by == scene.outsider.pk


def test_nobody_is_told_that_a_pole_that_is_not_public_exists(scene: Scene, client: Client) -> None:
    Subject.objects.filter(pk=scene.pole.pk).update(public=False)
    scene.sign_in(client, scene.outsider)
    assert client.get(HERE).status_code == 404


@pytest.mark.parametrize(
    "path", ["", "repondre/", "repondre/A/", "copie.json", "rapport.pdf", "signer/pole/", "reprendre/"]
)
def test_a_campaign_is_of_its_people(scene: Scene, client: Client, path: str) -> None:
    review = scene.invite_peer()
    assert client.get(one(review, path)).status_code == 404
    scene.sign_in(client, scene.outsider)
    assert client.get(one(review, path)).status_code == 403


def test_a_member_reads_and_answers_but_does_not_organise(scene: Scene, client: Client) -> None:
    review = scene.open()
    scene.sign_in(client, scene.member)
    assert client.get(HERE).status_code == 200
    assert client.get(one(review, "repondre/A/")).status_code == 200
    assert client.get(HERE + "ouvrir/atelier/").status_code == 403
    for path in ("inviter/", "faire/"):
        data = {"faire": "clore", "people": "a@b.fr", "language": "fr"}
        assert client.post(one(review, path), data).status_code == 403
    assert not Seat.objects.exists()


def test_reading_writes_nothing(scene: Scene, client: Client) -> None:
    review = scene.open()
    scene.sign_in(client, scene.member)
    client.get(one(review, "repondre/A/"))
    assert not Seat.objects.exists()


def test_opening_answering_closing_in_a_workshop(scene: Scene, client: Client) -> None:
    scene.sign_in(client, scene.animator)
    empty = client.get(HERE)
    assert "encore rien répondu" in empty.content.decode()
    wrong = client.post(HERE + "ouvrir/atelier/", {"grid": "grille-essai", "title": ""})
    assert wrong.status_code == 422
    opened = client.post(HERE + "ouvrir/atelier/", {"grid": "grille-essai", "title": "L'atelier"})
    review = Review.objects.get()
    assert opened["Location"] == one(review)
    data = sent("A1", Said(level=2, first_step="se voir")) | sent("A2", Said(not_concerned=True))
    done = client.post(one(review, "repondre/A/"), data)
    assert done["Location"] == one(review, "repondre/B/")
    dissent = sent("B1", Said()) | {
        "desaccord": "B1",
        "B1-d-qui": "Zoé",
        "B1-d-mots": "Pas d'accord.",
        "B1-d-niveau": "0",
    }
    kept = client.post(one(review, "repondre/B/"), dissent)
    assert kept["Location"] == one(review, "repondre/B/#item-B1")
    assert "Pas d&#x27;accord." in client.get(one(review, "repondre/B/")).content.decode()
    unsaid = client.post(one(review, "repondre/B/"), {"desaccord": "B1", "B1-d-qui": ""})
    assert unsaid.status_code == 422
    client.post(one(review, "faire/"), {"faire": "clore"})
    page = client.get(HERE).content.decode()
    assert "se voir" in page
    assert "<svg" in page
    assert client.get(HERE, {"format": "csv"}).getvalue().decode().count("\r\n") == 4
    assert client.get(one(review, "rapport.pdf")).content.startswith(b"%PDF")
    assert client.get(one(review, "repondre/A/")).status_code == 410


def test_what_is_typed_is_kept_at_once_and_a_conflict_is_shown(scene: Scene, client: Client) -> None:
    review = scene.open("internal")
    scene.sign_in(client, scene.member)
    address, asks = one(review, "repondre/A/"), {"Accept": "application/json"}
    first = client.post(address, sent("A1", Said(level=1)), headers=asks)
    assert json.loads(first.json()["base"]["A1"])["level"] == 1
    late = client.post(address, sent("A1", Said(level=3)), headers=asks)
    assert (late.status_code, list(late.json()["errors"])) == (409, ["A1"])
    shown = client.post(address, sent("A1", Said(level=3)))
    assert shown.status_code == 409
    assert "en discussion" in shown.content.decode()
    wrong = client.post(address, sent("A1", Said(level=9), Said(level=1)), headers=asks)
    assert wrong.status_code == 422
    assert Answer.objects.get().level == 1


@pytest.mark.parametrize("base", ["", "{", "[]", '{"level": true}', '{"autre": 1}', '{"words": 3}'])
def test_a_forged_base_is_nothing_seen(scene: Scene, client: Client, base: str) -> None:
    review = scene.open("internal")
    scene.sign_in(client, scene.member)
    data = sent("A1", Said(level=1)) | {"A1-base": base}
    assert client.post(one(review, "repondre/A/"), data).status_code == 302
    assert Answer.objects.get().level == 1


def test_a_link_answers_without_an_account(scene: Scene, client: Client) -> None:
    review = scene.open(words="Merci d'avance")
    scene.sign_in(client, scene.animator)
    bad = client.post(one(review, "inviter/"), {"people": "n'importe quoi", "language": "fr"})
    assert bad.status_code == 422
    people = "Zoé Martin <zoe@ici.example.org>\nlea@ici.example.org"
    client.post(one(review, "inviter/"), {"people": people, "language": "fr"})
    assert len(mail.outbox) == 2
    link = next(word for word in mail.outbox[0].body.split() if "/evaluations/" in word)
    path = link.partition("testserver")[2]
    zoe = Client()
    page = zoe.get(path)
    assert page.status_code == 200
    assert page["Referrer-Policy"] == "same-origin"
    assert "no-store" in page["Cache-Control"]
    assert zoe.post(f"{path}axes/A/", sent("A1", Said(level=3, words="bien"))).status_code == 302
    assert "3 réponses" not in zoe.get(path).content.decode()
    assert 'value="3" checked' in zoe.get(f"{path}axes/A/").content.decode()
    assert zoe.post(f"{path}merci/").status_code == 302
    assert Seat.objects.get(name="Zoé Martin").finished_at
    assert zoe.get(one(review)).status_code == 404
    assert zoe.get("/evaluations/inconnu/").status_code == 404
    client.post(one(review, "faire/"), {"faire": "clore"})
    shown = client.get(one(review)).content.decode()
    assert "bien" in shown
    assert "Zoé Martin" not in shown
    assert zoe.get(path).status_code == 410
    assert client.get(one(review), {"format": "csv"}).status_code == 200


def test_the_spread_shows_at_the_closing_only(scene: Scene, client: Client) -> None:
    review = scene.open()
    for user, level in ((scene.member, 0), (scene.animator, 4)):
        answering.save(seats.take(review, user), "A1", base=Said(), mine=Said(level=level), by=user)
    scene.sign_in(client, scene.colleague)
    assert "À discuter" not in client.get(one(review)).content.decode()
    campaigns.close(review, by=scene.animator)
    page = client.get(one(review)).content.decode()
    assert "de « pas abordé » à « ancré et évalué »" in page


def test_invite_deliver_reply_sign_take_up(scene: Scene, client: Client) -> None:
    agreed(scene, {"A1": Said(level=3)})
    scene.sign_in(client, scene.animator)
    look = {"look": "pair", "chercher": "1", "grid": "grille-essai", "title": "Regard", "quality": "peer"}
    assert "Pôle pair" in client.post(HERE + "ouvrir/invitation/", look).content.decode()
    client.post(HERE + "ouvrir/invitation/", look | {"reviewer": str(scene.peer.pk)} | {"chercher": ""})
    del look["chercher"]
    client.post(HERE + "ouvrir/invitation/", look | {"reviewer": str(scene.peer.pk)})
    review = Review.objects.get(mode="external")
    peer = scene.sign_in(Client(), scene.reviewer, proved=True)
    assert peer.get(HERE).status_code == 403
    assert peer.get(one(review)).status_code == 200
    assert peer.get(one(review, "repondre/A/")).status_code == 409
    peer.post(one(review, "faire/"), {"faire": "accepter"})
    assert "Le pôle répond" in peer.get(one(review, "repondre/A/")).content.decode()
    peer.post(one(review, "repondre/A/"), sent("A1", Said(level=1, words="rien d'écrit")))
    assert "rien d" not in client.get(one(review)).content.decode()
    assert client.get(one(review, "rapport.pdf")).status_code == 404
    assert client.get(one(review), {"format": "csv"})["Content-Type"].startswith("text/html")
    peer.post(one(review, "faire/"), {"faire": "remettre"})
    assert "rien d&#x27;écrit" in client.get(one(review)).content.decode()
    late = client.post(one(review, "droit-de-reponse/A1/"), {"mots": "Si, en mai.", "version": "3"})
    assert late.status_code == 409
    assert "Si, en mai." in late.content.decode()
    client.post(one(review, "droit-de-reponse/A1/"), {"mots": "Si, en mai.", "version": "0"})
    signing = {"name": "Zoé", "quality": "présidente", "mandate": "", "agreed": "on"}
    page = peer.get(one(review, "signer/reviewer/"))
    seen = page.context["digest"]
    assert peer.post(one(review, "signer/pole/"), signing | {"seen": seen}).status_code == 403
    assert peer.post(one(review, "signer/reviewer/"), signing | {"seen": "0" * 64}).status_code == 409
    assert peer.post(one(review, "signer/reviewer/"), signing | {"seen": seen}).status_code == 302
    unproved = client.post(one(review, "signer/pole/"), signing | {"seen": seen})
    assert "/compte/" in unproved["Location"]
    scene.sign_in(client, scene.animator, proved=True)
    assert client.post(one(review, "signer/pole/"), signing | {"seen": seen}).status_code == 302
    review.refresh_from_db()
    assert review.state == "signed"
    assert peer.get(one(review, "reprendre/")).status_code == 403
    assert client.post(one(review, "reprendre/"), {}).status_code == 422
    assert client.post(one(review, "reprendre/"), {"A1-choix": "keep"}).status_code == 422
    client.post(one(review, "reprendre/"), {"A1-choix": "take"})
    review.refresh_from_db()
    assert review.state == "closed"
    assert situation.answers(scene.pole, scene.version)["A1"].level == 1
    assert peer.get(one(review, "rapport.pdf")).content.startswith(b"%PDF")
    assert peer.get(one(review, "copie.json")).json()["content"]["answers"]["A1"]["level"] == 3


def test_nothing_is_public_until_chosen_and_then_only_that(scene: Scene, client: Client) -> None:
    agreed(scene, {"A1": Said(level=3, target=4, first_step="le pas", words="le mot"), "B1": Said(level=1)})
    stranger = Client()
    assert stranger.get(HERE).status_code == 404
    scene.sign_in(client, scene.animator)
    chosen = client.post(HERE + "montrer/", {"axes": ["A"], "targets": "on", "seen": "0"})
    assert chosen.status_code == 302
    page = stranger.get(HERE).content.decode()
    assert "Item A1" in page
    for hidden in ("Item B1", "le pas", "le mot", "campagnes/"):
        assert hidden not in page
    assert stranger.get(HERE, {"format": "csv"}).getvalue().decode().count("\r\n") == 3
    assert client.post(HERE + "montrer/", {"axes": ["B"], "seen": "0"}).status_code == 409
    client.post(HERE + "montrer/", {"seen": "1"})
    assert Shown.objects.get().axes == []
    assert stranger.get(HERE).status_code == 404


def test_a_piece_supports_several_items_and_a_private_one_is_not_named_outside(
    scene: Scene, client: Client
) -> None:
    scene.sign_in(client, scene.animator)
    file = BytesIO(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")
    file.name = "accord-secret.pdf"
    data: dict[str, Any] = {"file": file, "items": ["B1"]}
    assert client.post(HERE + "items/A1/", data).status_code == 302
    assert Piece.objects.count() == 1
    assert sorted(Evidence.objects.values_list("criterion", flat=True)) == ["A1", "B1"]
    assert "accord-secret.pdf" in client.get(HERE + "items/A1/").content.decode()
    content = scene.invite_peer().frozen_copy.content
    assert content["evidence"]["A1"] == [{"kind": "piece", "title": "", "detail": "", "private": True}]
    assert "accord-secret" not in json.dumps(content)
    row = Evidence.objects.get(criterion="A1")
    client.post(f"{HERE}items/A1/appuis/{row.pk}/retirer/")
    assert "accord-secret.pdf" not in client.get(HERE + "items/A1/").content.decode().partition("<form")[0]
    assert client.post(HERE + "items/A1/", {}).status_code == 422
    assert client.get(HERE + "items/Z1/").status_code == 404


def test_the_page_asks_the_same_number_of_queries_whatever_is_said(
    scene: Scene, client: Client, django_assert_max_num_queries: Any
) -> None:
    agreed(scene, {"A1": Said(level=1), "A2": Said(level=2), "B1": Said(level=3)})
    agreed(scene, {"A1": Said(level=2), "A2": Said(level=2), "B1": Said(level=4)}, "Encore")
    scene.sign_in(client, scene.member)
    with django_assert_max_num_queries(40):
        client.get(HERE)
    assert Pole.objects.count() == 2
