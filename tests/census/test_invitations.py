"""A datum, a signature, an answer asked by a personal link."""

import hashlib
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.census import invitations, tokens
from terreau.census.models import Invitation
from terreau.common.errors import DomainError, NotFoundError, StaleWriteError
from terreau.facts.models import CurrentFact, Fact
from terreau.journal.models import Event, Refusal
from terreau.journal.verification import verify
from terreau.notices.models import Notice
from terreau.pieces.actions import declaration
from terreau.poles.models import Membership, Pole
from tests.people import People

pytestmark = pytest.mark.usefixtures("register")
EMPLOYEES, WEBSITE, INSERTION = "actor.employees", "pole.website", "pole.jobs_insertion"
SECRET = re.compile(r"/lien/([\w-]{43})/")


@pytest.fixture
def pole(people: People) -> Pole:
    return Pole.objects.get(pk=people.pole_actor.pk)


@pytest.fixture
def member(pole: Pole) -> Actor:
    """An organisation that is a member of pole A."""
    actor = create_actor("Filature Xyzzy", source=None, public=True)
    Membership.objects.create(pole=pole, actor=actor, source=declaration(None, timezone.localdate()))
    return actor


@pytest.fixture(autouse=True)
def _after_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """What leaves after the commit leaves at once: a test never commits."""
    monkeypatch.setattr("terreau.census.invitations.transaction.on_commit", lambda leave: leave())


def asked(pole: Pole, by: User, **more: Any) -> tuple[Invitation, str]:
    """Ask for a datum; return what is asked and the secret of its link."""
    links: list[str] = []

    def link(token: str) -> str:
        links.append(token)
        return f"https://t.example/lien/{token}/"

    values: dict[str, Any] = {"purpose": "datum", "asks": [EMPLOYEES], "email": "a@example.org"} | more
    if values["purpose"] != "datum" and "asks" not in more:
        values["asks"] = ["Je m'engage."]
    return invitations.ask(pole, by=by, link=link, **values), links[-1]


def test_the_link_leaves_by_e_mail_and_only_its_digest_is_kept(
    pole: Pole, member: Actor, people: People, mailoutbox: list[Any]
) -> None:
    row, token = asked(pole, people.animator, about=member, message="Merci <b>d'avance</b>.")
    row.refresh_from_db()
    assert row.sent_at
    assert len(token) == 43
    assert token not in str(Invitation.objects.values().get())
    (message,) = mailoutbox
    assert message.to == ["a@example.org"]
    assert f"https://t.example/lien/{token}/" in message.body
    assert "La Coursive Boutaric" in message.subject
    assert "Merci <b>d'avance</b>." in message.body
    event = Event.objects.get(subject=pole.pk, verb="invitation.asked")
    assert event.data == {"invitation": row.pk.hex, "purpose": "datum", "about": member.pk.hex}


def test_a_datum_accepted_becomes_a_declared_fact(pole: Pole, member: Actor, people: People) -> None:
    row, token = asked(pole, people.animator, about=member, asks=[EMPLOYEES, WEBSITE, INSERTION])
    values = {EMPLOYEES: "1 250", WEBSITE: "https://xyzzy.example", INSERTION: "", "pole.summary": "non"}
    held = CurrentFact.objects.filter(subject=member.pk).count()
    row = invitations.answer_datum(token, values, year="2025")
    assert CurrentFact.objects.filter(subject=member.pk).count() == held, (
        "nothing is said before it is accepted"
    )
    made = invitations.accept(row, by=people.animator)
    assert {fact.code for fact in made} == {EMPLOYEES, WEBSITE}
    fact = Fact.objects.get(subject=member.pk, code=EMPLOYEES)
    assert (fact.number, fact.status, fact.author, fact.valid_from.year) == (
        1250,
        "declare",
        people.animator,
        2025,
    )  # type: ignore[union-attr]
    assert fact.source.kind == "declaration"
    assert "La Coursive Boutaric" in fact.source.document
    assert "a@example.org" not in f"{fact.source.document} {fact.source.section} {fact.source.code}"
    assert CurrentFact.objects.filter(subject=member.pk, code=EMPLOYEES).exists()
    assert Event.objects.filter(subject=pole.pk, verb="invitation.answered").count() == 1
    assert Notice.objects.filter(to=people.animator, kind="invitation").count() == 1
    row.refresh_from_db()
    assert invitations.state(row, timezone.now()) == "answered"
    assert Event.objects.filter(subject=pole.pk, verb="invitation.accepted").count() == 1
    with pytest.raises(DomainError) as again:
        invitations.accept(row, by=people.animator)
    assert again.value.status == 409
    assert verify() == []


def test_what_is_set_aside_changes_nothing(pole: Pole, member: Actor, people: People) -> None:
    _row, token = asked(pole, people.animator, about=member)
    row = invitations.answer_datum(token, {EMPLOYEES: "12"})
    row = invitations.set_aside(row, by=people.animator)
    assert not Fact.objects.filter(subject=member.pk, code=EMPLOYEES).exists()
    assert row.answer["aside"] == [{EMPLOYEES: "12"}]
    assert not invitations.waiting_values(row)


def test_an_answer_corrected_since_it_was_read_is_read_again(
    pole: Pole, member: Actor, people: People
) -> None:
    _row, token = asked(pole, people.animator, about=member)
    seen = invitations.seen_of(invitations.answer_datum(token, {EMPLOYEES: "12"}))
    row = invitations.answer_datum(token, {EMPLOYEES: "120"})
    for decide in (invitations.accept, invitations.set_aside):
        with pytest.raises(StaleWriteError):
            decide(row, by=people.animator, seen=seen)
    assert not Fact.objects.filter(subject=member.pk, code=EMPLOYEES).exists()


def test_an_answer_is_corrected_until_the_link_expires(pole: Pole, member: Actor, people: People) -> None:
    _row, token = asked(pole, people.animator, about=member)
    (first,), (second,) = (
        invitations.accept(invitations.answer_datum(token, {EMPLOYEES: count}), by=people.animator)
        for count in ("12", "13")
    )
    first.refresh_from_db()
    assert second.supersedes == first
    assert first.superseded_at
    assert CurrentFact.objects.get(subject=member.pk, code=EMPLOYEES).number == 13
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(DomainError) as closed:
        invitations.answer_datum(token, {EMPLOYEES: "14"})
    assert closed.value.status == 410


@pytest.mark.parametrize(
    ("values", "year", "field"),
    [
        ({EMPLOYEES: ""}, "", EMPLOYEES),
        ({EMPLOYEES: "beaucoup"}, "", EMPLOYEES),
        ({EMPLOYEES: "12.500"}, "", EMPLOYEES),
        ({EMPLOYEES: "🌱"}, "", EMPLOYEES),
        ({EMPLOYEES: "9" * 10_000}, "", EMPLOYEES),
        ({"pole.summary": "ce qui n'est pas demandé"}, "", EMPLOYEES),
        ({EMPLOYEES: "12"}, "hier", "year"),
        ({EMPLOYEES: "12"}, "2999", "year"),
        ({EMPLOYEES: "12"}, "1066", "year"),
        ({EMPLOYEES: "12", WEBSITE: "x" * 10_000}, "", WEBSITE),
    ],
)
def test_what_is_wrong_says_where_and_writes_nothing(
    pole: Pole, member: Actor, people: People, values: dict[str, str], year: str, field: str
) -> None:
    _row, token = asked(pole, people.animator, about=member, asks=[EMPLOYEES, WEBSITE])
    before = Fact.objects.count()
    with pytest.raises(DomainError) as wrong:
        invitations.answer_datum(token, values, year=year)
    assert wrong.value.facts["field"] == field
    assert Fact.objects.count() == before


def test_a_signature_is_given_once_and_holds_the_text(pole: Pole, people: People) -> None:
    row, token = asked(pole, people.animator, purpose="signature", asks=["Je m'engage à coopérer."])
    with pytest.raises(DomainError, match="Cochez"):
        invitations.sign(token, name="Ada L.", role="présidente", agreed=False)
    invitations.sign(token, name="Ada L.", role="présidente", agreed=True)
    row.refresh_from_db()
    digest = hashlib.sha256("Je m'engage à coopérer.".encode()).hexdigest()
    assert row.answer == {"name": "Ada L.", "role": "présidente", "sha256": digest}
    event = Event.objects.get(subject=pole.pk, verb="invitation.answered")
    assert event.by is None
    assert event.data["sha256"] == digest
    assert "Ada" not in str(event.data)
    with pytest.raises(DomainError) as twice:
        invitations.sign(token, name="Eve", role="autre", agreed=True)
    assert twice.value.status == 410


def test_words_are_kept_for_who_asked(pole: Pole, people: People) -> None:
    row, token = asked(pole, people.animator, purpose="answer", asks=["Venez-vous ?"])
    with pytest.raises(DomainError):
        invitations.answer_text(token, "  ")
    with pytest.raises(DomainError):
        invitations.sign(token, name="a", role="b", agreed=True)
    invitations.answer_text(token, "Oui.")
    invitations.answer_text(token, "Non, finalement.")
    row.refresh_from_db()
    assert row.answer == {"text": "Non, finalement."}
    assert not Fact.objects.filter(subject=pole.pk, text="Non, finalement.").exists()


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"email": "nulle part"}, "email"),
        ({"email": "a@example.org\nBcc: b@example.org"}, "email"),
        ({"asks": []}, "codes"),
        ({"asks": ["survey.mean_members"]}, "codes"),
        ({"asks": ["inconnu"]}, "codes"),
        ({"purpose": "gloire"}, "purpose"),
        ({"purpose": "signature", "asks": [""]}, "text"),
        ({"purpose": "answer", "asks": ["x" * 10_000]}, "text"),
        ({"message": "x" * 10_000}, "message"),
        ({"days": 1}, "days"),
        ({"days": 400}, "days"),
    ],
)
def test_what_cannot_be_asked(
    pole: Pole, member: Actor, people: People, mailoutbox: list[Any], more: dict[str, Any], field: str
) -> None:
    with pytest.raises(DomainError) as wrong:
        asked(pole, people.animator, about=member, **more)
    assert wrong.value.facts["field"] == field
    assert mailoutbox == []
    assert not Invitation.objects.exists()


def test_only_organisations_of_the_pole_are_asked(pole: Pole, people: People) -> None:
    other = create_actor("Ailleurs", source=None, public=True)
    with pytest.raises(DomainError) as wrong:
        asked(pole, people.animator, about=other)
    assert wrong.value.code == "not_of_the_pole"


def test_a_pole_is_no_mailing_list(pole: Pole, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "A_DAY", 2)
    for _ in range(2):
        asked(pole, people.animator, asks=["pole.jobs"])
    with pytest.raises(DomainError) as refused:
        asked(pole, people.animator, asks=["pole.jobs"])
    assert refused.value.status == 429


def test_a_reminder_replaces_the_link(
    pole: Pole, member: Actor, people: People, mailoutbox: list[Any]
) -> None:
    row, first = asked(pole, people.animator, about=member)
    links: list[str] = []

    def keep(token: str) -> str:
        links.append(token)
        return token

    def remind() -> Invitation:
        return invitations.remind(row, by=people.animator, link=keep)

    with pytest.raises(DomainError, match="moins de deux jours"):
        remind()
    for number in range(1, 4):
        Invitation.objects.update(sent_at=timezone.now() - timedelta(days=9), reminded_at=None)
        assert remind().reminders == number
    Invitation.objects.update(reminded_at=None)
    with pytest.raises(DomainError, match="appelez"):
        remind()
    assert len(mailoutbox) == 4
    with pytest.raises(NotFoundError):
        invitations.of_link(first)
    assert invitations.of_link(links[-1]) == row
    invitations.answer_datum(links[-1], {EMPLOYEES: "3"})
    with pytest.raises(DomainError, match="n'attend plus"):
        remind()


def test_a_message_that_could_not_leave_is_shown_and_sent_again(
    pole: Pole, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_args: Any) -> int:
        raise ConnectionRefusedError

    with monkeypatch.context() as without:
        without.setattr("django.core.mail.EmailMessage.send", down)
        row, _token = asked(pole, people.animator, asks=["pole.jobs"])
    row.refresh_from_db()
    assert invitations.state(row, timezone.now()) == "unsent"
    again = invitations.remind(row, by=people.animator, link=lambda token: token)
    again.refresh_from_db()
    assert (again.reminders, invitations.state(again, timezone.now())) == (0, "waiting")


def test_revoked_it_takes_no_answer(pole: Pole, member: Actor, people: People) -> None:
    row, token = asked(pole, people.animator, about=member)
    invitations.revoke(row, by=people.animator)
    with pytest.raises(DomainError, match="retirée"):
        invitations.answer_datum(token, {EMPLOYEES: "3"})
    with pytest.raises(DomainError):
        invitations.revoke(row, by=people.animator)


# The pages


def page(pole: Pole) -> str:
    return f"/poles/{pole.slug}/demander/"


def test_the_animator_asks_and_sees_the_answer(
    client: Client, pole: Pole, member: Actor, people: People, mailoutbox: list[Any]
) -> None:
    people.sign_in(client, people.animator)
    assert "Rien n'a encore été demandé" in client.get(page(pole)).content.decode().replace("&#x27;", "'")
    values = {"about": str(member.pk), "code1": EMPLOYEES, "email": "a@example.org"}
    sent = client.post(page(pole), values | {"days": "30", "language": "fr"})
    assert sent.status_code == 302, sent.content.decode()
    token = SECRET.findall(mailoutbox[0].body)[0]
    assert f"http://testserver/lien/{token}/" in mailoutbox[0].body
    other = Client()
    asked_page = other.get(f"/lien/{token}/").content.decode()
    assert "La Coursive Boutaric" in asked_page
    assert "Filature Xyzzy" in asked_page
    assert "Ce qui en sera fait" in asked_page
    done = other.post(f"/lien/{token}/", {EMPLOYEES: "42", "year": "2025"}, follow=True)
    assert "42" in done.content.decode()
    html = client.get(page(pole)).content.decode()
    assert "répondu" in html
    assert "À relire avant la fiche" in html
    assert not Fact.objects.filter(subject=member.pk, code=EMPLOYEES).exists()
    row = Invitation.objects.get()
    decided = f"{page(pole)}{row.pk}/"
    stranger = Client()
    people.sign_in(stranger, people.stranger)
    assert stranger.post(decided, {"faire": "accepter"}).status_code == 403
    assert Client().post(decided, {"faire": "accepter"}).status_code == 404
    assert (
        "vient de corriger"
        in client.post(decided, {"faire": "accepter", "vu": "x"}, follow=True).content.decode()
    )
    assert not Fact.objects.filter(subject=member.pk, code=EMPLOYEES).exists()
    sent = client.post(decided, {"faire": "accepter", "vu": invitations.seen_of(row)}, follow=True)
    assert "À relire" not in sent.content.decode()
    assert Fact.objects.get(subject=member.pk, code=EMPLOYEES).number == 42
    assert (row.about_id, row.subject_id) == (member.pk, pole.pk)


def test_who_may_ask(client: Client, pole: Pole, people: People) -> None:
    assert client.get(page(pole)).status_code == 404
    assert client.post(page(pole), {}).status_code == 404
    for user in (people.stranger, people.member, people.officer, people.moderator_elsewhere):
        people.sign_in(client, user)
        assert client.get(page(pole)).status_code == 403
        assert client.post(page(pole), {}).status_code == 403
        refusal = Refusal.objects.get(by=user.pk, verb="invitation.ask")
        assert (refusal.subject_id, refusal.count) == (pole.pk, 2)
        assert page(pole) not in client.get(f"/poles/{pole.slug}/").content.decode()
    for user in (people.animator, people.moderator, people.administrator):
        people.sign_in(client, user)
        assert client.get(page(pole)).status_code == 200
        assert page(pole) in client.get(f"/poles/{pole.slug}/").content.decode()
    pole.actor.subject.public = False
    pole.actor.subject.save()
    people.sign_in(client, people.stranger)
    assert client.get(page(pole)).status_code == 404
    assert client.get("/poles/nulle-part/demander/").status_code == 404


def test_reminders_and_withdrawals_are_of_this_pole_alone(client: Client, pole: Pole, people: People) -> None:
    row, _token = asked(pole, people.animator, asks=["pole.jobs"])
    people.sign_in(client, people.animator)
    soon = client.post(f"{page(pole)}{row.pk}/", {"faire": "rappeler"}, follow=True)
    assert "moins de deux jours" in soon.content.decode()
    client.post(f"{page(pole)}{row.pk}/", {"faire": "retirer"})
    assert Invitation.objects.get().revoked_at
    assert client.post(f"{page(pole)}{uuid4()}/", {"faire": "retirer"}).status_code == 404
    assert client.get(f"{page(pole)}{row.pk}/").status_code == 405
    people.sign_in(client, people.member)
    assert client.post(f"{page(pole)}{row.pk}/", {"faire": "retirer"}).status_code == 403


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("donnee", {}),
        ("donnee", {"email": "a@example.org", "days": "30", "language": "fr"}),
        ("signature", {"text": "", "email": "a@example.org", "days": "30", "language": "fr"}),
        ("reponse", {"text": "🌱", "email": "a@example.org", "days": "30", "language": "fr"}),
        ("donnee", {"code1": EMPLOYEES, "email": "x", "days": "1", "language": "de"}),
        (
            "donnee",
            {"code1": "survey.mean_members", "email": "a@example.org", "days": "30", "language": "fr"},
        ),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    client: Client, pole: Pole, people: People, kind: str, values: dict[str, str]
) -> None:
    people.sign_in(client, people.animator)
    answer = client.post(f"{page(pole)}?quoi={kind}", values)
    assert answer.status_code == 422
    assert "field-error" in answer.content.decode()
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(("kind", "purpose"), [("signature", "signature"), ("reponse", "answer")])
def test_a_signature_and_a_question_are_asked_each_by_its_form(
    client: Client, pole: Pole, people: People, kind: str, purpose: str
) -> None:
    people.sign_in(client, people.animator)
    assert "code1" not in client.get(f"{page(pole)}?quoi={kind}").content.decode()
    values = {"text": "Venez-vous ?", "email": "a@example.org", "days": "7", "language": "en"}
    assert client.post(f"{page(pole)}?quoi={kind}", values).status_code == 302
    row = Invitation.objects.get()
    assert (row.purpose, row.asks, row.language) == (purpose, ["Venez-vous ?"], "en")


@pytest.mark.parametrize("purpose", ["datum", "signature", "answer"])
def test_the_page_of_a_link_is_private_and_works_without_javascript(
    client: Client, pole: Pole, people: People, purpose: str
) -> None:
    more = {"asks": ["pole.jobs", "pole.active", "pole.sector"]} if purpose == "datum" else {}
    _row, token = asked(pole, people.animator, purpose=purpose, **more)
    answer = client.get(f"/lien/{token}/")
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    # Another site learns nothing of the address; the form still proves where it comes from.
    assert answer["Referrer-Policy"] == "same-origin"
    assert "a@example.org" not in answer.content.decode()
    wrong = client.post(f"/lien/{token}/", {})
    assert wrong.status_code == 422
    assert Client(enforce_csrf_checks=True).post(f"/lien/{token}/", {}).status_code == 403
    assert client.get(f"/en/lien/{token}/").status_code == 200


def test_a_link_that_is_closed_says_why(client: Client, pole: Pole, people: People) -> None:
    row, token = asked(pole, people.animator, purpose="signature")
    values = {"name": "Ada L.", "role": "présidente", "agreed": "on"}
    assert "Signé par Ada L." in client.post(f"/lien/{token}/", values, follow=True).content.decode()
    again = client.post(f"/lien/{token}/", values | {"name": "Eve"})
    assert again.status_code == 410
    assert "ne sert qu'une fois" in again.content.decode().replace("&#x27;", "'")
    row.refresh_from_db()
    assert row.answer["name"] == "Ada L."
    row, token = asked(pole, people.animator, purpose="answer")
    Invitation.objects.filter(pk=row.pk).update(expires_at=timezone.now() - timedelta(days=1))
    assert client.get(f"/lien/{token}/").status_code == 410
    assert "expiré" in client.get(f"/lien/{token}/").content.decode()


def test_who_tries_links_is_stopped(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("terreau.web.link_pages._TRIES_A_DAY", 2)
    found = [client.get(f"/lien/{tokens.new()[0]}/").status_code for _ in range(3)]
    assert found == [404, 404, 429]


def test_the_secret_is_not_in_the_logs(
    client: Client, pole: Pole, people: People, caplog: pytest.LogCaptureFixture
) -> None:
    _row, token = asked(pole, people.animator, purpose="answer")
    client.get(f"/lien/{token}/")
    assert token not in caplog.text
    assert "/lien/…/" in caplog.text
