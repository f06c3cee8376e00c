"""Tokens: a secret said once, what opens and what does not, who is told before the end."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from terreau.accounts.models import GlobalRole, User
from terreau.actors.actions import create_actor, merge_actors
from terreau.actors.models import Actor
from terreau.api import tokens, work
from terreau.api.models import ApiToken
from terreau.common.errors import DomainError
from terreau.jobs import work as jobs
from terreau.jobs.models import Job
from terreau.journal.models import Event
from terreau.notices.models import Notice
from terreau.pieces.sources import source as cite

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/poles?limit=1"


@pytest.fixture
def organisation() -> Actor:
    source = cite("page", "jetons", "Page", "p. 1", "https://example.org/")
    return create_actor("Réseau exemple", key="reseau-exemple", source=source, public=True)


def made(organisation: Actor, days: int = 30, by: User | None = None) -> tuple[ApiToken, str]:
    return tokens.create(organisation, days=days, scopes=["read:public"], by=by)


def ask(client: Client, secret: str) -> Any:
    return client.get(ADDRESS, headers={"Authorization": f"Bearer {secret}"})


def test_the_command_says_the_secret_once_and_the_database_never_holds_it(
    organisation: Actor, client: Client, capsys: Any
) -> None:
    call_command(
        "api_token_create",
        "--organisation",
        "reseau-exemple",
        "--days",
        "30",
        "--scope",
        "read:public",
        "--json",
    )
    said = json.loads(capsys.readouterr().out)
    token = ApiToken.objects.get(pk=said["id"])
    assert (token.organisation, token.scopes) == (organisation, ["read:public"])
    assert token.expires_on == timezone.localdate() + timedelta(days=30)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM api_apitoken")
        kept = str(cursor.fetchall())
    events = str(list(Event.objects.filter(subject=organisation.subject).values("verb", "data")))
    assert "api_token.created" in events
    call_command("api_token_list", "--json")
    listed = capsys.readouterr().out
    assert json.loads(listed)["results"][0]["id"] == said["id"]
    for text in (kept, events, listed):
        assert said["secret"] not in text
        assert said["secret"].removeprefix("terreau_") not in text
    assert ask(client, said["secret"]).status_code == 200


def test_without_json_the_secret_alone_is_on_the_output(organisation: Actor, capsys: Any) -> None:
    call_command("api_token_create", "--organisation", str(organisation.pk))
    secret = capsys.readouterr().out.strip()
    assert tokens.open_with(secret).organisation == organisation


@pytest.mark.parametrize(
    "secret", ["", "terreau_", "terreau_" + "a" * 43, "é" * 51, "a b", "terreau_" + "a" * 4000]
)
def test_a_wrong_secret_is_refused_in_the_one_shape(client: Client, secret: str) -> None:
    answer = client.get(ADDRESS, headers={"Authorization": f"Bearer {secret}".encode().decode("latin-1")})
    assert answer.status_code == 401
    assert set(answer.json()) == {"code", "message", "facts"}
    assert answer.json()["code"] == "token_unknown"
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_token_opens_nothing_from_then_on(organisation: Actor, client: Client) -> None:
    token, secret = made(organisation)
    assert ask(client, secret).status_code == 200
    call_command("api_token_revoke", str(token.pk), "--reason", "perdu")
    assert ask(client, secret).json()["code"] == "token_revoked"
    with pytest.raises(CommandError, match="déjà révoqué"):
        call_command("api_token_revoke", str(token.pk), "--reason", "encore")
    assert Event.objects.filter(subject=organisation.subject, verb="api_token.revoked").count() == 1


def test_a_token_lasts_until_the_end_of_its_last_day(organisation: Actor) -> None:
    with time_machine.travel("2026-03-01T10:00:00+01:00", tick=False):
        _, secret = made(organisation, days=1)
    with time_machine.travel("2026-03-01T23:59:00+01:00", tick=False):
        tokens.open_with(secret)
    with time_machine.travel("2026-03-02T00:01:00+01:00", tick=False), pytest.raises(DomainError) as refused:
        tokens.open_with(secret)
    assert (refused.value.code, refused.value.status) == ("token_expired", 401)


def test_use_is_written_once_a_day(organisation: Actor, django_assert_num_queries: Any) -> None:
    _, secret = made(organisation)
    with django_assert_num_queries(2):
        tokens.open_with(secret)
    with django_assert_num_queries(1):
        assert tokens.open_with(secret).last_used_on == timezone.localdate()


@pytest.mark.parametrize(
    ("days", "scopes", "code"),
    [
        (0, ["read:public"], "token_duration"),
        (401, ["read:public"], "token_duration"),
        (30, [], "token_scope"),
        (30, ["write:poles"], "token_scope"),
        (30, ["read:public", "admin"], "token_scope"),
    ],
)
def test_what_is_not_given_is_refused(organisation: Actor, days: int, scopes: list[str], code: str) -> None:
    with pytest.raises(DomainError) as refused:
        tokens.create(organisation, days=days, scopes=scopes, by=None)
    assert refused.value.code == code
    assert not ApiToken.objects.exists()


def test_a_closed_or_unknown_organisation_has_no_token(organisation: Actor) -> None:
    other = create_actor("L'autre", source=organisation.source, public=True)
    merge_actors(organisation, other, by=None, reason="doublon")
    organisation.subject.refresh_from_db()
    with pytest.raises(DomainError, match="fusionnée"):
        made(organisation)
    for key in ("reseau-exemple", "nulle-part", "123456789"):
        with pytest.raises(CommandError, match="Aucune organisation"):
            call_command("api_token_create", "--organisation", key)


@pytest.mark.parametrize(
    ("column", "value", "name"),
    [
        ("digest", "terreau_secret", "api_token_keeps_a_digest"),
        ("revoked_at", "now", "api_token_revoked_has_reason"),
    ],
)
def test_the_database_refuses_nonsense(organisation: Actor, column: str, value: str, name: str) -> None:
    token, _ = made(organisation)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ApiToken.objects.filter(pk=token.pk).update(**{column: timezone.now() if value == "now" else value})


@pytest.fixture
def people() -> dict[str, User]:
    found = {
        name: User.objects.create_user(f"{name}@example.org") for name in ("maker", "admin", "past", "nobody")
    }
    found["admin"].language = "en"
    found["admin"].save()
    start = date(2020, 1, 1)
    GlobalRole.objects.create(user=found["admin"], role="administrator", valid_from=start)
    GlobalRole.objects.create(
        user=found["past"], role="administrator", valid_from=start, valid_to=date(2021, 1, 1)
    )
    return found


def test_people_are_told_once_a_stage_before_the_end(organisation: Actor, people: dict[str, User]) -> None:
    token, _ = made(organisation, days=60, by=people["maker"])
    end = token.expires_on
    told = {
        left: tokens.notify(end - timedelta(days=left))
        for left in (60, 31, 30, 29, 8, 7, 3, 1, 0, -1, -30, -31)
    }
    assert {left for left, count in told.items() if count} == {30, 7, 1, 0}
    assert set(told.values()) == {0, 2}
    notices = Notice.objects.filter(kind="api_token.expiry")
    assert set(notices.values_list("to__email", flat=True)) == {"maker@example.org", "admin@example.org"}
    assert {one.subject_id for one in notices} == {organisation.pk}
    texts = list(notices.filter(to=people["maker"]).order_by("at").values_list("text", flat=True))
    assert "dans 30 jours" in texts[0]
    assert "dans 1 jour :" in texts[2]
    assert "a expiré" in texts[3]


def test_a_late_command_tells_the_last_stage_only(organisation: Actor, people: dict[str, User]) -> None:
    token, _ = made(organisation, days=60, by=people["maker"])
    assert tokens.notify(token.expires_on - timedelta(days=5)) == 2
    assert "dans 5 jours" in Notice.objects.get(to=people["maker"]).text


def test_nobody_is_told_of_a_revoked_token(organisation: Actor, people: dict[str, User], capsys: Any) -> None:
    token, _ = made(organisation, days=5, by=people["maker"])
    tokens.revoke(token, by=None, reason="inutile")
    call_command("api_tokens_notify")
    assert capsys.readouterr().out.strip() == "0"


def test_the_worker_makes_the_round_once_a_day(
    organisation: Actor, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    made(organisation, days=7, by=people["maker"])
    monkeypatch.setattr(jobs, "_due", {work.KIND: work.due})
    assert (jobs.start_due(), jobs.start_due()) == (1, 0)
    assert Job.objects.get(kind=work.KIND).report == {"told": 2}
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert jobs.start_due() == 1
