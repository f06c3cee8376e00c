"""What is held of a person: given, erased without breaking a chain, forgotten in time."""

import io
import json
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.core import mail
from django.core.management import call_command
from django.db import models
from django.test import Client
from django.utils import timezone

from terreau.accounts import personal, retention
from terreau.accounts.models import GlobalRole, User
from terreau.actors import belonging, perms
from terreau.actors.models import Belonging, Moderation
from terreau.common.errors import DomainError
from terreau.jobs.models import Job
from terreau.journal import verification
from terreau.journal.models import Event
from terreau.notices.models import Notice
from tests.people import People


def names_left(user: User) -> list[str]:
    """Say in which text of the database the person is still named."""
    words = (user.email, user.name, "Un message très personnel")
    found = []
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if not isinstance(field, models.CharField | models.TextField | models.JSONField):
                continue
            for word in words:
                rows = model._default_manager.filter(**{f"{field.attname}__icontains": word})
                if rows.exists():
                    found.append(f"{model._meta.label}.{field.name}: {word}")
    return found


@pytest.fixture
def leaving(people: People) -> User:
    """Somebody who has been everywhere, with a name that nothing else has."""
    user = User.objects.create_user("zephyrine.quartz@example.org", "une phrase assez longue")
    user.name = "Zéphyrine Quartz"
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    asked = belonging.ask(user, people.pole_actor, message="Un message très personnel", by=user)
    belonging.confirm(asked, by=people.animator)
    GlobalRole.objects.create(user=user, role="officer", valid_from=date(2026, 1, 1))
    return user


def test_everything_held_is_in_one_archive(client: Client, people: People, leaving: User) -> None:
    GlobalRole.objects.filter(user=leaving).delete()
    people.sign_in(client, leaving, proved=True)
    response = client.get("/compte/mes-donnees/export.zip")
    assert response["Content-Type"] == "application/zip"
    packed = zipfile.ZipFile(io.BytesIO(response.content))
    held = {name: json.loads(packed.read(name)) for name in packed.namelist()}
    assert held["compte.json"]["compte"][0]["email"] == leaving.email
    assert held["organisations.json"]["appartenances"][0]["message"] == "Un message très personnel"
    assert held["messages.json"]
    assert [act["verb"] for act in held["journal.json"]["actes"]] == ["belonging.asked"]
    assert set(held["a-lire.json"]["fichiers"]) == set(held) - {"a-lire.json"}
    assert "password" not in json.dumps(held)


def test_nothing_names_an_erased_person_and_no_chain_breaks(people: People, leaving: User) -> None:
    before = Event.objects.count(), Belonging.objects.count()
    assert len(names_left(leaving)) > 3
    personal.erase(leaving)
    row = User.objects.get(pk=leaving.pk)
    assert (row.name, row.is_active, row.has_usable_password()) == ("", False, False)
    assert row.email.endswith("@erased.invalid")
    assert names_left(leaving) == []
    assert list(verification.verify()) == []
    assert Belonging.objects.count() == before[1]
    assert Event.objects.count() > before[0]
    assert not perms.can_edit(row, people.pole_actor, on=date(2026, 11, 21))
    assert not GlobalRole.objects.filter(user=row, valid_to=None).exists()


def test_erasing_signs_out_everywhere(client: Client, people: People, leaving: User) -> None:
    GlobalRole.objects.filter(user=leaving).delete()
    elsewhere = Client()
    elsewhere.force_login(leaving)
    people.sign_in(client, leaving, proved=True)
    page = client.post("/compte/mes-donnees/effacer/", {"address": "autre@example.org"})
    assert page.status_code == 422
    client.post("/compte/mes-donnees/effacer/", {"address": leaving.email.upper()})
    leaving.refresh_from_db()
    assert leaving.erased_at
    assert client.get("/compte/").status_code == 302
    assert elsewhere.get("/compte/").status_code == 302


def test_the_last_administrator_is_not_erased(people: People) -> None:
    with pytest.raises(DomainError) as caught:
        personal.erase(people.administrator)
    assert caught.value.code == "last_administrator"


def test_one_is_erased_once(people: People) -> None:
    personal.erase(people.stranger)
    with pytest.raises(DomainError):
        personal.erase(people.stranger)


def test_the_address_may_open_another_account(people: People, leaving: User) -> None:
    email = leaving.email
    personal.erase(leaving)
    assert User.objects.create_user(email).pk != leaving.pk


def test_each_room_that_names_people_says_what_it_holds() -> None:
    """A room with a foreign key to people registers, or what it keeps is an author that the journal tells."""
    authors = {"subjects", "pieces", "facts", "jobs", "poles", "api", "imports", "directory", "flows"}
    rooms = set()
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey) and field.related_model is User:
                rooms.add(model._meta.app_label)
    registered = {one.export.__module__.split(".")[1] for one in personal.holdings()}
    assert rooms - registered - authors - {"account", "mfa", "socialaccount", "admin", "auth"} == set()


def old(user: User, days: int) -> None:
    User.objects.filter(pk=user.pk).update(last_login=timezone.now() - timedelta(days=days))


def test_a_silent_account_is_told_then_erased(people: People) -> None:
    today = timezone.localdate()
    User.objects.update(last_login=timezone.now())
    old(people.stranger, 1095 - 29)
    assert retention.apply(on=today, save=False)["accounts.told"] == 1
    assert mail.outbox == []
    retention.apply(on=today, save=True)
    (message,) = mail.outbox
    assert message.to == [people.stranger.email]
    assert retention.apply(on=today, save=True)["accounts.told"] == 0
    assert retention.apply(on=today + timedelta(days=29), save=True)["accounts.inactive"] == 0
    assert retention.apply(on=today + timedelta(days=32), save=True)["accounts.inactive"] == 1
    people.stranger.refresh_from_db()
    assert people.stranger.erased_at


def test_who_comes_back_is_kept(people: People) -> None:
    today = timezone.localdate()
    User.objects.update(last_login=timezone.now())
    old(people.stranger, 1090)
    retention.apply(on=today, save=True)
    old(people.stranger, 0)
    assert retention.apply(on=today + timedelta(days=40), save=True)["accounts.inactive"] == 0
    people.stranger.refresh_from_db()
    assert people.stranger.erasure_told_at is None


@pytest.mark.django_db
def test_an_account_never_confirmed_goes() -> None:
    user = User.objects.create_user("jamais@example.org", "x")
    EmailAddress.objects.create(user=user, email=user.email, verified=False, primary=True)
    today = timezone.localdate()
    assert retention.apply(on=today + timedelta(days=6), save=True)["accounts.unconfirmed"] == 0
    assert retention.apply(on=today + timedelta(days=9), save=True)["accounts.unconfirmed"] == 1
    assert not User.objects.exists()


def test_old_messages_are_forgotten(people: People) -> None:
    long_ago = timezone.now() - timedelta(days=400)
    Belonging.objects.update(message="Bonjour", asked_at=long_ago)
    Notice.objects.update(at=long_ago)
    found = retention.apply(on=timezone.localdate(), save=True)
    assert found["actors.requests"] == 2
    assert not Notice.objects.exists()
    assert not Belonging.objects.exclude(message="").exists()


@pytest.mark.django_db
def test_the_command_writes_only_with_save(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("accounts_retention", "--json")
    assert json.loads(capsys.readouterr().out)["saved"] is False
    call_command("accounts_retention")
    assert "--save" in capsys.readouterr().out


@pytest.mark.django_db
def test_the_worker_does_it_once_a_day() -> None:
    from terreau.actors import work
    from terreau.jobs.work import start

    assert work.due()
    start(work.KIND, by=None)
    assert not work.due()
    assert Job.objects.get(kind=work.KIND).state == Job.State.DONE


def test_the_table_is_public_and_says_every_line(client: Client, db: Any) -> None:
    page = client.get("/donnees-personnelles/").content.decode()
    lines = retention.table()
    assert len(lines) >= 8
    assert page.count('<th scope="row">') == len(lines)
    assert "Three years" in client.get("/en/donnees-personnelles/").content.decode()


def test_moderations_end_with_the_account(people: People) -> None:
    personal.erase(people.moderator)
    assert not Moderation.objects.filter(user=people.moderator, valid_to=None).exists()
