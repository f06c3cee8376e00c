"""Initiatives that anybody reports, and what a moderator of their territory answers."""

from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from terreau.actors.models import Belonging
from terreau.actors.perms import Scope, moderation_scope
from terreau.census import reports, tokens
from terreau.census.models import Attempt, Report
from terreau.common.errors import DomainError, NotFoundError, RefusedError
from terreau.facts.models import Fact
from terreau.journal.models import Event
from terreau.journal.verification import verify
from terreau.notices.models import Notice
from terreau.poles.models import Listing, Pole
from tests.census.guard import passing
from tests.people import People

pytestmark = pytest.mark.usefixtures("register")
URL = "/signaler/"
#: Dijon: its region is that of ``people.moderator``.
DIJON = "21231"


def sent(**more: Any) -> tuple[Report, str]:
    values: dict[str, Any] = {"what": "Un tiers-lieu.", "codes": [DIJON]} | more
    return reports.send(values.pop("name", "La Fabrique Xyzzy"), **values)


def scope(people: People, name: str) -> Scope:
    return moderation_scope(getattr(people, name), timezone.localdate())


def form(**more: str) -> dict[str, str]:
    values = {"name": "La Fabrique Xyzzy", "what": "Un tiers-lieu à Dijon.", "communes": "Dijon"}
    return passing() | values | {"url": "", "email": ""} | more


def test_it_waits_for_who_moderates_its_territory_alone(people: People) -> None:
    report, token = sent()
    assert list(reports.waiting(scope(people, "moderator"))) == [report]
    assert list(reports.waiting(scope(people, "administrator"))) == [report]
    for name in ("moderator_elsewhere", "animator", "stranger", "officer"):
        assert list(reports.waiting(scope(people, name))) == []
    assert reports.find(report.pk, scope(people, "moderator")) == report
    for found in (scope(people, "moderator_elsewhere"), Scope()):
        with pytest.raises(NotFoundError):
            reports.find(report.pk, found)
    with pytest.raises(NotFoundError):
        reports.find(uuid4(), scope(people, "administrator"))
    assert token not in str(Report.objects.values().get())
    assert reports.of_link(token) == report
    with pytest.raises(NotFoundError):
        reports.of_link(report.reporter_token_hash)


def test_moderators_are_told_once_a_day(people: People) -> None:
    sent()
    sent()
    assert Notice.objects.filter(to=people.moderator, kind="report").count() == 1
    assert not Notice.objects.filter(to=people.moderator_elsewhere, kind="report").exists()


def test_without_a_place_it_waits_for_the_whole_site(people: People) -> None:
    report, _token = sent(codes=[])
    assert list(reports.waiting(scope(people, "moderator"))) == []
    assert list(reports.waiting(scope(people, "administrator"))) == [report]
    assert Notice.objects.filter(to=people.administrator, kind="report").exists()


def test_accepted_it_is_a_pole_that_was_seen(
    people: People, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    report, _token = sent(email="a@example.org")
    with django_capture_on_commit_callbacks(execute=True):
        pole = reports.accept(report, by=people.moderator)
    report.refresh_from_db()
    assert (report.state, report.pole, report.answered_by) == ("accepted", pole, people.moderator)
    assert (pole.register_status, pole.actor.name) == ("repere", "La Fabrique Xyzzy")
    assert Listing.objects.filter(pole=pole).exists()
    assert not Belonging.objects.filter(actor=pole.actor).exists()
    fact = Fact.objects.get(subject=pole.pk, code="pole.summary")
    assert fact.source.kind == "declaration"
    assert fact.source.section == "sans compte"
    assert Event.objects.get(subject=pole.pk, verb="report.accepted").data == {"report": report.pk.hex}
    (message,) = mailoutbox
    assert message.to == ["a@example.org"]
    assert "repéré" in message.body
    assert list(reports.waiting(scope(people, "moderator"))) == []
    assert verify() == []


def test_the_moderator_keeps_what_suits(people: People) -> None:
    report, _token = sent(what="Achetez mes chaussures.")
    pole = reports.accept(report, by=people.moderator, name="La Fabrique", summary="", public=False)
    assert pole.actor.name == "La Fabrique"
    assert not Fact.objects.filter(subject=pole.pk, code="pole.summary").exists()
    assert not pole.actor.subject.public


def test_attached_to_a_pole_that_is_known(people: People) -> None:
    report, _token = sent(by=people.stranger)
    pole = Pole.objects.get(pk=people.pole_actor.pk)
    reports.attach_to(report, pole, by=people.moderator, reason="Déjà là.")
    assert (report.state, report.pole, report.reason) == ("merged", pole, "Déjà là.")
    assert Notice.objects.filter(to=people.stranger, kind="report").exists()
    assert Event.objects.filter(subject=pole.pk, verb="report.merged").exists()


def test_refused_with_a_reason_that_the_reporter_reads(
    people: People, mailoutbox: list[Any], client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    report, token = sent(email="a@example.org", language="en")
    with pytest.raises(DomainError, match="pourquoi"):
        reports.refuse(report, by=people.moderator, reason="  ")
    with django_capture_on_commit_callbacks(execute=True):
        reports.refuse(report, by=people.moderator, reason="Ce n'est pas <un> pôle.")
    assert "Ce n'est pas <un> pôle." in mailoutbox[0].body
    html = client.get(f"{URL}suivi/{token}/").content.decode()
    assert "Ce n&#x27;est pas &lt;un&gt; pôle." in html
    assert str(people.moderator) not in html


@pytest.mark.parametrize("name", ["moderator_elsewhere", "animator", "stranger", "officer"])
def test_nobody_answers_out_of_scope(people: People, name: str) -> None:
    report, _token = sent()
    user = getattr(people, name)
    pole = Pole.objects.get(pk=people.pole_actor.pk)
    for answer in (
        lambda: reports.accept(report, by=user),
        lambda: reports.refuse(report, by=user, reason="non"),
        lambda: reports.attach_to(report, pole, by=user),
    ):
        with pytest.raises(RefusedError):
            answer()
    assert Report.objects.get().state == "received"


def test_answered_once(people: People) -> None:
    report, _token = sent()
    stale = Report.objects.get()
    reports.refuse(report, by=people.moderator, reason="Non.")
    for answer in (
        lambda: reports.accept(stale, by=people.moderator),
        lambda: reports.refuse(stale, by=people.moderator, reason="Encore non."),
    ):
        with pytest.raises(DomainError) as refused:
            answer()
        assert refused.value.status == 409
    assert not Pole.objects.filter(actor__name="La Fabrique Xyzzy").exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "x" * 300}, "name"),
        ({"name": "🌱"}, "name"),
        ({"what": "x" * 10_000}, "what"),
        ({"what": "\n \0"}, "what"),
        ({"codes": [f"{n:05}" for n in range(500)]}, "communes"),
    ],
)
def test_what_cannot_be_kept_says_where(values: dict[str, Any], field: str) -> None:
    with pytest.raises(DomainError) as refused:
        sent(**values)
    assert refused.value.facts["field"] == field
    assert not Report.objects.exists()


# The pages


def test_a_stranger_reports_and_follows(client: Client, mailoutbox: list[Any]) -> None:
    assert "no-store" in client.get(URL)["Cache-Control"]
    answer = client.post(URL, form(email="a@example.org"))
    assert answer.status_code == 302
    report = Report.objects.get()
    assert (report.communes, report.by, report.email) == ([DIJON], None, "a@example.org")
    path = urlsplit(answer["Location"]).path
    assert report.reporter_token_hash == tokens.digest(path.split("/")[-2])
    assert f"http://testserver{path}" in mailoutbox[0].body
    page = client.get(answer["Location"])
    assert "Pas encore" in page.content.decode()
    assert page["X-Robots-Tag"] == "noindex"
    assert Client().get(f"{URL}suivi/{'x' * 43}/").status_code == 404
    assert "a@example.org" not in page.content.decode()


def test_anonymous_without_an_address_gets_no_message(client: Client, mailoutbox: list[Any]) -> None:
    assert client.post(URL, form()).status_code == 302
    assert mailoutbox == []


def test_in_english_the_link_is_in_english(client: Client, mailoutbox: list[Any]) -> None:
    client.post("/en/signaler/", form(email="a@example.org"))
    assert "http://testserver/en/signaler/suivi/" in mailoutbox[0].body
    assert Report.objects.get().language == "en"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": ""}, "obligatoire"),
        ({"name": "x" * 10_000}, "250 caractères au plus"),
        ({"what": ""}, "obligatoire"),
        ({"communes": "Nulpartville"}, "pas compris"),
        ({"communes": "Saint-Denis"}, "plusieurs lieux"),
        ({"communes": "x" * 10_000}, "pas compris"),
        ({"email": "nulle part"}, "valide"),
        ({"url": "javascript:alert(1)"}, "À corriger"),
        ({"what": "http://a http://b http://c http://d"}, "Trop d'adresses"),
        ({"adresse_bis": "x"}, "ne voient pas"),
        ({"ouvert": ""}, "trop longtemps"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(client: Client, values: dict[str, str], said: str) -> None:
    answer = client.post(URL, form(**values))
    assert answer.status_code == 422
    assert said in answer.content.decode().replace("&#x27;", "'")
    assert not Report.objects.exists()
    assert not Attempt.objects.exists()


def test_a_former_commune_is_followed(client: Client) -> None:
    client.post(URL, form(communes="01091"))
    assert Report.objects.get().communes == ["01033"]


def test_an_emoji_is_welcome(client: Client) -> None:
    client.post(URL, form(name="La Fabrique 🌱"))
    assert Report.objects.get().name == "La Fabrique 🌱"


def test_a_pole_of_this_name_is_shown_first(client: Client) -> None:
    first = client.post(URL, form(name="La Coursive Boutaric"))
    assert first.status_code == 200
    assert "/poles/la-coursive-boutaric/" in first.content.decode()
    assert not Report.objects.exists()
    again = client.post(URL, form(name="La Coursive Boutaric", autre="oui"))
    assert again.status_code == 302
    assert Report.objects.count() == 1


def test_so_many_a_day(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("terreau.web.report_pages._A_DAY", 1)
    assert client.post(URL, form()).status_code == 302
    assert client.post(URL, form()).status_code == 429
    assert Report.objects.count() == 1


def test_who_signed_in_is_known_and_finds_what_they_reported(client: Client, people: People) -> None:
    client.force_login(people.stranger)
    values = {name: text for name, text in form().items() if name not in passing()}
    assert client.post(URL, values).status_code == 302
    assert Report.objects.get().by == people.stranger
    assert "La Fabrique Xyzzy" in client.get(f"{URL}mes-signalements/").content.decode()
    other = Client()
    assert other.get(f"{URL}mes-signalements/").status_code == 404
    other.force_login(people.member)
    assert "La Fabrique Xyzzy" not in other.get(f"{URL}mes-signalements/").content.decode()


def test_the_form_is_guarded_against_forgery() -> None:
    assert Client(enforce_csrf_checks=True).post(URL, form()).status_code == 403


def test_what_is_known_of_the_place_is_filled(client: Client) -> None:
    html = client.get(f"{URL}?communes=Redon&nom=La%20%3Cb%3E").content.decode()
    assert 'value="Redon"' in html
    assert "La &lt;b&gt;" in html
