"""Changes proposed to a sheet, and their decision item by item."""

from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from terreau.actors.models import Actor
from terreau.census import fields, proposals
from terreau.census.models import Proposal
from terreau.census.proposals import ACCEPTED, REFUSED, Change
from terreau.common.errors import DomainError, StaleWriteError
from terreau.facts import actions as facts
from terreau.facts import read
from terreau.facts.models import Fact
from terreau.journal.models import Event, Refusal
from terreau.notices.models import Notice
from terreau.pieces.actions import source
from terreau.pieces.models import Piece
from terreau.poles.models import Listing
from tests.census.guard import passing
from tests.people import People
from tests.two_connections import at_once

JOBS = "pole.jobs"
JOBS_42, JOBS_50, BEFORE = "42\u00a0emplois", "50\u00a0emplois", "environ 70\u00a0emplois"


def held(actor: Actor, code: str) -> list[str]:
    return [view.display for view in read.facts_of(actor.subject, lang="fr", codes=[code])]


def proposed(people: People, *changes: Change, by: Any = None, **more: Any) -> Proposal:
    given = changes or (Change(JOBS, "42", on="2026", source="rapport d'activité"),)
    return proposals.propose(people.pole_actor, given, by=by or people.stranger, **more)


def test_what_is_accepted_is_written_with_the_proposal_as_its_source(people: People) -> None:
    proposal = proposed(people)
    proposals.decide(proposal, {0: ACCEPTED}, by=people.moderator)
    (fact,) = Fact.objects.filter(subject=people.pole_actor.pk, code=JOBS, number=42).select_related("source")
    assert fact.status == "declare"
    assert fact.author == people.moderator
    assert fact.source.document.startswith("Proposition du ")
    assert fact.source.section == "rapport d'activité"
    assert str(fact.valid_from) == "2026-01-01"
    proposal.refresh_from_db()
    assert (proposal.state, proposal.decided_by) == ("accepted", people.moderator)
    assert JOBS_42 in held(people.pole_actor, JOBS)[0]


def test_part_of_it_is_accepted_and_the_author_is_told_why_not_the_rest(people: People) -> None:
    name = people.pole_actor.name
    changes = (Change("name", "La Coursive nouvelle"), Change(JOBS, "42", on="2026"))
    proposal = proposed(people, *changes)
    proposals.decide(proposal, {0: REFUSED, 1: ACCEPTED}, by=people.animator, reason="Le nom n'a pas changé.")
    people.pole_actor.refresh_from_db()
    assert people.pole_actor.name == name
    assert held(people.pole_actor, JOBS)
    proposal.refresh_from_db()
    assert [item["status"] for item in proposal.items] == [REFUSED, ACCEPTED]
    assert proposal.state == "partly"
    told = Notice.objects.get(to=people.stranger, kind="proposal")
    assert "Le nom n'a pas changé." in told.text
    assert told.path == f"/propositions/{proposal.pk}/"


def test_a_name_accepted_is_in_the_directory_and_the_old_one_stays(people: People) -> None:
    before = people.pole_actor.name
    proposals.decide(
        proposed(people, Change("name", "La Coursive nouvelle")), {0: ACCEPTED}, by=people.moderator
    )
    assert Listing.objects.get(pk=people.pole_actor.pk).name == "La Coursive nouvelle"
    assert people.pole_actor.names.filter(text=before).exists()


def test_a_declaration_is_superseded_and_a_document_stays_beside(people: People) -> None:
    subject = people.pole_actor.subject
    said = source("declaration", "essai", "Déclaration")
    old = facts.record(subject, JOBS, 10, source=said)
    proposals.decide(proposed(people), {0: ACCEPTED}, by=people.moderator)
    old.refresh_from_db()
    assert old.superseded_at is not None
    document = facts.record(
        subject, "pole.website", "https://a.example.org", source=source("page", "P:x", "Page")
    )
    change = Change("pole.website", "https://b.example.org")
    proposals.decide(proposed(people, change), {0: ACCEPTED}, by=people.moderator)
    document.refresh_from_db()
    assert document.superseded_at is None
    assert held(people.pole_actor, "pole.website")[0] == "https://b.example.org"


def test_one_of_several_statements_is_corrected(people: People) -> None:
    subject = people.pole_actor.subject
    said = source("declaration", "essai", "Déclaration")
    fact = facts.record(subject, "pole.service", "prêt de salles", source=said)
    key = f"pole.service:{fact.pk}"
    proposal = proposed(people, Change(key, "prêt de salles et de matériel"))
    assert proposal.items[0]["old"] == "prêt de salles"
    proposals.decide(proposal, {0: ACCEPTED}, by=people.moderator)
    services = held(people.pole_actor, "pole.service")
    assert "prêt de salles et de matériel" in services
    assert "prêt de salles" not in services
    assert fields.find(people.pole_actor, key).raw == "prêt de salles et de matériel"


def test_the_sheet_that_moved_is_shown_three_ways(people: People) -> None:
    proposal = proposed(people)
    facts.record(people.pole_actor.subject, JOBS, 50, source=source("declaration", "essai", "Déclaration"))
    (line,) = proposals.lines(proposal)
    assert (line.moved, line.done) == (True, False)
    assert (line.before, line.now.shown, line.new) == (BEFORE, JOBS_50, JOBS_42)


def test_what_moved_while_one_was_reading_is_not_overwritten(people: People) -> None:
    proposal = proposed(people)
    seen = {line.index: line.seen for line in proposals.lines(proposal)}
    facts.record(people.pole_actor.subject, JOBS, 50, source=source("declaration", "essai", "Déclaration"))
    with pytest.raises(StaleWriteError) as refused:
        proposals.decide(proposal, {0: ACCEPTED}, by=people.moderator, seen=seen)
    assert refused.value.facts["conflicts"][JOBS] == {
        "base": BEFORE,
        "theirs": JOBS_50,
        "mine": JOBS_42,
    }
    assert held(people.pole_actor, JOBS) == [JOBS_50]


def test_what_the_sheet_says_already_is_accepted_without_a_second_statement(people: People) -> None:
    proposal = proposed(people)
    facts.record(people.pole_actor.subject, JOBS, 42, source=source("declaration", "essai", "Déclaration"))
    proposals.decide(proposal, {0: ACCEPTED}, by=people.moderator)
    assert Fact.objects.filter(subject=people.pole_actor.pk, code=JOBS, number=42).count() == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ([], "nothing_proposed"),
        ([Change(JOBS, "beaucoup")], "not_a_number"),
        ([Change(JOBS, "12.500")], "ambiguous_number"),
        ([Change(JOBS, "")], "empty"),
        ([Change(JOBS, "12", on="hier")], "not_a_date"),
        ([Change("pole.sector", "magie")], "unknown_term"),
        ([Change("name", "x" * 300)], "too_long"),
        ([Change("pole.service", "x" * 10_000)], "too_long"),
        ([Change("pole.nothing", "1")], "unknown_field"),
        ([Change("siren", "1")], "unknown_field"),
        ([Change("other", f"n° {n}") for n in range(31)], "too_many"),
    ],
)
def test_bad_input_says_why(people: People, changes: list[Change], code: str) -> None:
    with pytest.raises(DomainError) as refused:
        proposals.propose(people.pole_actor, changes, by=people.stranger)
    assert refused.value.code == code
    assert not Proposal.objects.exists()


def test_the_same_value_is_no_change(people: People) -> None:
    with pytest.raises(DomainError, match="déjà"):
        proposed(people, Change("name", people.pole_actor.name))


def test_a_stranger_gives_an_address_and_is_answered_there(
    people: People, django_capture_on_commit_callbacks: Any
) -> None:
    with pytest.raises(DomainError, match="adresse"):
        proposals.propose(people.pole_actor, [Change(JOBS, "42")], by=None)
    with django_capture_on_commit_callbacks(execute=True):
        proposal = proposals.propose(
            people.pole_actor, [Change(JOBS, "42")], by=None, contact="a@b.example", site="https://t.example"
        )
    link = proposals.link_of(proposal)
    assert f"https://t.example{link}" in mail.outbox[0].body
    with django_capture_on_commit_callbacks(execute=True):
        proposals.decide(
            proposal, {0: REFUSED}, by=people.moderator, reason="Sans source.", site="https://t.example"
        )
    assert "Sans source." in mail.outbox[1].body
    assert link in mail.outbox[1].body
    secret = link.split("/")[-2]
    assert secret not in str(Proposal.objects.values())
    assert len(secret) == 43


def test_a_refusal_needs_a_reason_and_each_change_an_answer(people: People) -> None:
    proposal = proposed(people)
    with pytest.raises(DomainError, match="motif"):
        proposals.decide(proposal, {0: REFUSED}, by=people.moderator)
    with pytest.raises(DomainError, match="chaque"):
        proposals.decide(proposal, {}, by=people.moderator)
    proposal.refresh_from_db()
    assert proposal.state == "open"


def test_the_journal_tells_without_names_nor_texts(people: People) -> None:
    proposal = proposed(people)
    proposals.decide(proposal, {0: ACCEPTED}, by=people.moderator)
    events = Event.objects.filter(subject=people.pole_actor.pk, verb__startswith="proposal.").order_by("seq")
    assert [event.verb for event in events] == ["proposal.received", "proposal.decided"]
    assert "rapport" not in str([event.data for event in events])


def test_once_withdrawn_or_decided_nothing_more(people: People) -> None:
    first, second = proposed(people), proposed(people)
    proposals.withdraw(first, by=people.stranger)
    with pytest.raises(DomainError, match="déjà reçu"):
        proposals.decide(first, {0: ACCEPTED}, by=people.moderator)
    proposals.decide(second, {0: ACCEPTED}, by=people.moderator)
    with pytest.raises(DomainError, match="déjà reçu"):
        proposals.withdraw(second, by=people.stranger)


# Pages


def address(people: People) -> str:
    return f"/poles/{people.pole_actor.pole.slug}/proposer/"


def test_a_stranger_proposes_and_follows_by_the_private_link(people: People, client: Client) -> None:
    page = client.get(address(people))
    assert page.status_code == 200
    assert "pole.jobs" in page.content.decode()
    path = f"{address(people)}?champ=pole.jobs"
    assert "Vrai depuis" in client.get(path).content.decode()
    typed = {"c0_new": "42", "c0_on": "2026", "c0_source": "", "contact": "a@b.example", "message": ""}
    assert client.post(path, typed).status_code == 422
    sent = client.post(path, typed | passing())
    assert sent.status_code == 302
    followed = client.get(sent["Location"])
    assert "En attente de réponse" in followed.content.decode()
    assert followed["Referrer-Policy"] == "same-origin"
    assert followed["Cache-Control"] == "no-store"
    assert client.post(f"{sent['Location']}retirer/").status_code == 302
    assert Proposal.objects.get().state == "withdrawn"


def test_a_bad_value_is_said_beside_its_field(people: People, client: Client) -> None:
    people.sign_in(client, people.stranger)
    page = client.post(f"{address(people)}?champ=pole.jobs", {"c0_new": "beaucoup", "c0_source": ""})
    assert page.status_code == 422
    assert "n&#x27;est pas un nombre" in page.content.decode()
    unknown = client.get(f"{address(people)}?champ=pole.nothing")
    assert unknown.status_code == 404


def test_who_keeps_the_sheet_decides_from_the_page(people: People, client: Client) -> None:
    proposal = proposed(people)
    path = f"/propositions/{proposal.pk}/"
    people.sign_in(client, people.animator)
    page = client.get(path).content.decode()
    assert JOBS_42 in page
    assert client.post(path, {}).status_code == 422
    (line,) = proposals.lines(proposal)
    assert client.post(path, {"item0": "accepted", "seen0": line.seen}).status_code == 302
    assert held(people.pole_actor, JOBS) == [JOBS_42]


def test_a_sheet_that_moved_comes_back_with_its_three_values(people: People, client: Client) -> None:
    proposal = proposed(people)
    (line,) = proposals.lines(proposal)
    facts.record(people.pole_actor.subject, JOBS, 50, source=source("declaration", "essai", "Déclaration"))
    people.sign_in(client, people.moderator)
    path = f"/propositions/{proposal.pk}/"
    page = client.post(path, {"item0": "accepted", "seen0": line.seen})
    assert page.status_code == 409
    assert JOBS_50 in page.content.decode()
    (line,) = proposals.lines(proposal)
    assert client.post(path, {"item0": "accepted", "seen0": line.seen}).status_code == 302


def test_a_stranger_gets_404_and_a_reader_403_that_is_counted(people: People, client: Client) -> None:
    proposal = proposed(people, by=people.animator)
    path = f"/propositions/{proposal.pk}/"
    assert client.get(path).status_code == 404
    assert client.post(path, {}).status_code == 404
    assert not Refusal.objects.exists()
    for user in (people.stranger, people.moderator_elsewhere):
        people.sign_in(client, user)
        assert client.get(path).status_code == 403
        assert Refusal.objects.filter(by=user.pk, verb="proposal.read").exists()
    people.sign_in(client, people.stranger)
    assert client.post(f"{path}retirer/").status_code == 404
    assert client.get("/propositions/suivi/faux/").status_code == 404


def test_the_author_follows_but_does_not_decide(people: People, client: Client) -> None:
    proposal = proposed(people)
    people.sign_in(client, people.stranger)
    path = f"/propositions/{proposal.pk}/"
    assert "En attente de réponse" in client.get(path).content.decode()
    assert client.post(path, {"item0": "accepted"}).status_code == 403
    assert client.post(f"{path}retirer/").status_code == 302


def test_a_private_sheet_is_proposed_by_its_people_only(people: People, client: Client) -> None:
    people.pole_actor.subject.public = False
    people.pole_actor.subject.save()
    assert client.get(address(people)).status_code == 404
    people.sign_in(client, people.stranger)
    assert client.get(address(people)).status_code == 403
    people.sign_in(client, people.member)
    assert client.get(address(people)).status_code == 200


def test_an_organisation_too(people: People, client: Client) -> None:
    actor = Actor.objects.filter(subject__kind="actor", subject__public=True, siren="").order_by("pk")[0]
    people.sign_in(client, people.stranger)
    path = f"/acteurs/{actor.pk}/proposer/"
    assert client.get(path).status_code == 200
    sent = client.post(f"{path}?champ=siren", {"c0_new": "732 829 320", "c0_source": "", "message": ""})
    assert sent.status_code == 302
    proposals.decide(Proposal.objects.get(), {0: ACCEPTED}, by=people.administrator)
    actor.refresh_from_db()
    assert actor.siren == "732829320"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_one_is_told() -> None:
    from terreau.accounts.models import User
    from terreau.actors.actions import create_actor

    said = source("declaration", "essai", "Déclaration")
    actor = create_actor("Pôle d'essai", kind="pole", source=said, public=True)
    first, second = (User.objects.create_user(f"{n}@people.example.org") for n in "ab")
    proposal = proposals.propose(actor, [Change(JOBS, "42")], by=first)

    def decide(user: User, choice: str) -> Any:
        mine = Proposal.objects.get(pk=proposal.pk)
        return proposals.decide(mine, {0: choice}, by=user, reason="non" if choice == REFUSED else "")

    results = at_once(lambda: decide(first, ACCEPTED), lambda: decide(second, REFUSED))
    refused = [one for one in results if isinstance(one, Exception)]
    assert [getattr(one, "code", one) for one in refused] == ["decided_already"]
    proposal.refresh_from_db()
    assert Fact.objects.filter(code=JOBS).count() == (1 if proposal.state == "accepted" else 0)


def test_an_address_is_cited_when_it_is_one(people: People, client: Client) -> None:
    people.sign_in(client, people.stranger)
    for cited in ("voir https://a.example.org/rapport.pdf page 3", "voir https://pas une adresse"):
        typed = {"c0_new": "42", "c0_on": "2026", "c0_source": cited, "message": ""}
        assert client.post(f"{address(people)}?champ=pole.jobs", typed).status_code == 302
    good, bad = (row.items[0] for row in Proposal.objects.order_by("created_at"))
    assert (good["url"], bad["url"]) == ("https://a.example.org/rapport.pdf", "")
    assert bad["source"] == "voir https://pas une adresse"


def test_what_one_sends_in_a_day_is_limited(people: People, client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("terreau.census.spam.A_DAY_SIGNED", 1)
    people.sign_in(client, people.stranger)
    typed = {"c0_new": "42", "c0_on": "2026", "c0_source": "", "message": ""}
    path = f"{address(people)}?champ=pole.jobs"
    assert client.post(path, typed).status_code == 302
    assert client.post(path, typed).status_code == 429


# A file that supports a proposal

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"


@pytest.fixture
def store(settings: Any, tmp_path: Path) -> Path:
    settings.PIECES_DIR = tmp_path / "pieces"
    return tmp_path


def sent_with(client: Client, people: People, content: bytes, name: str = "rapport.pdf", **more: str) -> Any:
    typed = {"c0_new": "42", "c0_on": "2026", "c0_source": "page 4", "message": "", **more}
    file = SimpleUploadedFile(name, content)
    return client.post(f"{address(people)}?champ=pole.jobs", {**typed, "file": file})


def test_a_file_supports_what_is_proposed(people: People, client: Client, store: Path) -> None:
    people.sign_in(client, people.stranger)
    assert 'type="file"' in client.get(f"{address(people)}?champ=pole.jobs").content.decode()
    assert sent_with(client, people, PDF).status_code == 302
    proposal = Proposal.objects.get()
    assert proposal.piece
    assert not proposal.piece.public
    path = f"/pieces/{proposal.piece.pk}/"
    assert b"".join(client.get(path).streaming_content) == PDF  # type: ignore[attr-defined]
    assert Client().get(path).status_code == 404
    reader, animator = Client(), Client()
    people.sign_in(reader, people.moderator_elsewhere)
    assert reader.get(path).status_code == 403
    people.sign_in(animator, people.animator)
    assert path in animator.get(f"/propositions/{proposal.pk}/").content.decode()
    proposals.decide(proposal, {0: ACCEPTED}, by=people.animator)
    fact = Fact.objects.select_related("source").get(subject=people.pole_actor.pk, code=JOBS, number=42)
    assert (fact.status, fact.source.kind, fact.source.piece) == ("justifie", "piece", proposal.piece)
    assert fact.source.section == "page 4"
    assert people.stranger.email not in fact.source.document


@pytest.mark.parametrize(
    ("content", "name"), [(b"MZ\x90\x00" * 20, "rapport.pdf"), (PDF, "rapport.xlsx"), (b"", "rapport.pdf")]
)
def test_a_bad_file_is_said_beside_it_and_nothing_is_kept(
    people: People, client: Client, store: Path, content: bytes, name: str
) -> None:
    people.sign_in(client, people.stranger)
    page = sent_with(client, people, content, name)
    assert page.status_code == 422
    assert 'href="#id_file"' in page.content.decode()
    assert not Proposal.objects.exists()
    assert not Piece.objects.exists()


def test_strangers_attach_a_file_only_where_it_is_scanned(
    people: People, client: Client, store: Path, settings: Any
) -> None:
    contact = {"contact": "a@b.example"}
    assert 'type="file"' not in client.get(f"{address(people)}?champ=pole.jobs").content.decode()
    assert sent_with(client, people, PDF, **contact, **passing()).status_code == 302
    assert Proposal.objects.get().piece is None
    settings.CLAMD = "/nowhere/clamd.ctl"
    sent = sent_with(client, people, PDF, **contact, **passing())
    assert sent.status_code == 302
    piece = Piece.objects.get()
    assert (piece.state, piece.added_by) == ("quarantine", None)
    followed = client.get(sent["Location"]).content.decode()
    assert "en attente de l&#x27;analyse" in followed or "en attente de l'analyse" in followed
    assert f"/pieces/{piece.pk}/" not in followed


def test_a_file_not_yet_scanned_justifies_nothing(people: People, store: Path, settings: Any) -> None:
    settings.CLAMD = "/nowhere/clamd.ctl"
    proposal = proposed(people, file=SimpleUploadedFile("rapport.pdf", PDF))
    proposals.decide(proposal, {0: ACCEPTED}, by=people.moderator)
    fact = Fact.objects.select_related("source").get(subject=people.pole_actor.pk, code=JOBS, number=42)
    assert (fact.status, fact.source.kind) == ("declare", "declaration")
