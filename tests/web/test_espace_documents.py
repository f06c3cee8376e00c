"""Documents: filed once, read by whom they are for, renewed, cited, withdrawn."""

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from terreau.common.errors import DomainError
from terreau.means import bookings
from terreau.pieces import documents
from terreau.pieces.models import Document, DocumentLink, Edition
from tests.two_connections import at_once
from tests.web import espace_yard
from tests.web.espace_yard import Yard


@pytest.fixture
def yard(db: None) -> Yard:
    return espace_yard.make()


def at(yard: Yard, name: str, *more: object) -> str:
    return reverse(name, args=[yard.pole.slug, *more])


def pdf(words: str = "un", name: str = "convention.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"%PDF-1.4\n%" + words.encode() + b"\ntrailer\n<<>>\n%%EOF\n")


def filed(yard: Yard, client: Client, user: Any, **values: object) -> Document:
    client.force_login(user)
    typed = {"file": pdf(), "title": "Convention", "audience": "people", **values}
    answer = client.post(at(yard, "espace_documents"), typed)
    assert answer.status_code == 302, answer.context["form"].errors
    return Document.objects.order_by("-filed_at")[0]


def status(client: Client, yard: Yard, document: Document) -> tuple[int, int]:
    """Return how a page of a document and its file answer."""
    page = client.get(at(yard, "espace_document", document.pk)).status_code
    piece = Edition.objects.filter(document=document).order_by("-number")[0].piece_id
    sent = client.get(reverse("piece", args=[piece]))
    if sent.streaming:
        b"".join(sent)
    return page, sent.status_code


def test_each_reads_what_is_for_them(yard: Yard, client: Client) -> None:
    common = filed(yard, client, yard.baker)
    closed = filed(yard, client, yard.animator, audience="animators", file=pdf("deux"))
    expected = [
        (None, (404, 404), (404, 404)),
        (yard.neighbour, (404, 404), (404, 404)),
        (yard.grower, (200, 200), (404, 404)),
        (yard.animator, (200, 200), (200, 200)),
    ]
    for user, for_all, for_few in expected:
        reader = Client()
        if user:
            reader.force_login(user)
        assert (status(reader, yard, common), status(reader, yard, closed)) == (for_all, for_few), user


def test_who_belongs_to_the_pole_without_animating_reads_nothing_of_its_animators(
    yard: Yard, client: Client
) -> None:
    espace_yard.belongs(yard.stranger, yard.pole.actor)
    closed = filed(yard, client, yard.animator, audience="animators")
    client.force_login(yard.stranger)
    assert status(client, yard, closed) == (404, 403)


def test_a_member_publishes_nothing_in_the_name_of_the_pole(yard: Yard, client: Client) -> None:
    client.force_login(yard.baker)
    typed = {"file": pdf(), "title": "Convention", "audience": "public"}
    assert client.post(at(yard, "espace_documents"), typed).status_code == 422
    assert not Document.objects.exists()


def test_everybody_reads_what_a_public_pole_publishes_and_only_the_edition_in_force(client: Client) -> None:
    yard = espace_yard.make("pole-public", public=True)
    document = filed(yard, client, yard.animator, audience="public")
    assert status(Client(), yard, document) == (404, 200)
    first = Edition.objects.get().piece_id
    client.post(at(yard, "espace_document_renew", document.pk), {"file": pdf("deux"), "note": "le montant"})
    assert status(Client(), yard, document) == (404, 200)
    assert Client().get(reverse("piece", args=[first])).status_code == 404
    client.post(at(yard, "espace_document_withdraw", document.pk), {"reason": "erreur"})
    assert status(Client(), yard, document) == (404, 404)


test_everybody_reads_what_a_public_pole_publishes_and_only_the_edition_in_force = pytest.mark.django_db(
    test_everybody_reads_what_a_public_pole_publishes_and_only_the_edition_in_force
)


def test_a_file_that_is_not_accepted_is_refused_beside_its_field(yard: Yard, client: Client) -> None:
    client.force_login(yard.baker)
    bad = SimpleUploadedFile("facture.pdf", b"MZ\x90\x00not a pdf")
    answer = client.post(at(yard, "espace_documents"), {"file": bad, "title": "x", "audience": "people"})
    assert answer.status_code == 422
    assert "file" in answer.context["form"].errors
    assert not Document.objects.exists()


def test_a_new_edition_replaces_everywhere_and_the_same_file_is_none(yard: Yard, client: Client) -> None:
    document = filed(yard, client, yard.baker)
    renew = at(yard, "espace_document_renew", document.pk)
    assert client.post(renew, {"file": pdf()}).status_code == 422
    assert client.post(renew, {"file": pdf("deux"), "note": "le montant"}).status_code == 302
    assert list(document.editions.order_by("number").values_list("number", "note")) == [
        (1, ""),
        (2, "le montant"),
    ]
    client.force_login(yard.grower)
    assert client.post(renew, {"file": pdf("trois")}).status_code == 403


def test_a_document_is_cited_by_what_the_workspace_holds_once(yard: Yard, client: Client) -> None:
    document = filed(yard, client, yard.baker)
    hall = bookings.offer(yard.pole, yard.carrier, name="La halle", kind="room", by=yard.animator)
    cite = at(yard, "espace_document_cite", document.pk)
    assert client.post(cite, {"subject": hall.pk, "note": "règlement"}).status_code == 302
    assert client.post(cite, {"subject": hall.pk}).status_code == 422
    assert client.post(cite, {"subject": yard.orchard.pk}).status_code == 422
    page = client.get(at(yard, "espace_document", document.pk))
    assert [one.title for one in page.context["filed"].citations] == ["La halle"]
    assert documents.cited_by([hall.pk]) == {hall.pk: [document]}
    link = DocumentLink.objects.get()
    client.force_login(yard.grower)
    assert client.post(cite, {"retirer": link.pk}).status_code == 403
    client.force_login(yard.baker)
    assert client.post(cite, {"retirer": link.pk}).status_code == 302
    assert documents.cited_by([hall.pk]) == {}
    assert client.post(cite, {"retirer": "x"}).status_code == 404


def test_two_titles_at_once_are_shown_to_who_came_second(yard: Yard, client: Client) -> None:
    document = filed(yard, client, yard.baker)
    page = at(yard, "espace_document", document.pk)
    base = {"base_title": "Convention", "base_audience": "people", "audience": "people"}
    assert client.post(page, {**base, "title": "Convention 2026"}).status_code == 302
    late = client.post(page, {**base, "title": "Convention signée"})
    assert late.status_code == 409
    assert "Convention 2026" in late.content.decode()
    document.refresh_from_db()
    assert document.title == "Convention 2026"


def test_a_withdrawn_document_keeps_its_reason_and_leaves_its_readers(yard: Yard, client: Client) -> None:
    document = filed(yard, client, yard.baker)
    withdraw = at(yard, "espace_document_withdraw", document.pk)
    assert client.post(withdraw, {"reason": " "}).status_code == 422
    assert client.post(withdraw, {"reason": "déposé deux fois"}).status_code == 302
    client.force_login(yard.grower)
    assert status(client, yard, document) == (404, 404)
    client.force_login(yard.animator)
    assert status(client, yard, document) == (200, 200)


def test_the_list_does_not_grow_in_queries(
    yard: Yard, client: Client, django_assert_max_num_queries: Any
) -> None:
    counts = []
    for number in (3, 7):
        for rank in range(number):
            filed(yard, client, yard.baker, file=pdf(f"{number} {rank}"))
        with django_assert_max_num_queries(30) as made:
            client.get(at(yard, "espace_documents"))
        counts.append(len(made))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_two_editions_at_once_take_two_numbers() -> None:
    yard = espace_yard.make()
    made = documents.file(
        yard.pole.actor.subject, BytesIO(pdf().read()), "a.pdf", title="A", audience="people", by=yard.baker
    )

    def renew(words: str) -> Any:
        return documents.renew(made, BytesIO(pdf(words).read()), "a.pdf", note="", by=yard.baker)

    found = at_once(lambda: renew("deux"), lambda: renew("trois"))
    assert not [one for one in found if isinstance(one, DomainError | Exception)], found
    assert sorted(made.editions.values_list("number", flat=True)) == [1, 2, 3]
