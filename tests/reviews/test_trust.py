"""The anonymous questionnaire: nothing ties an answer to a link, nothing is read too early or by too few."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.common.errors import DomainError
from terreau.journal.models import Event, Refusal
from terreau.poles.actions import register_pole
from terreau.poles.models import Pole
from terreau.reviews import trust, trust_held, trust_rules
from terreau.reviews.models import TrustInvitation, TrustRound, TrustTally
from terreau.reviews.trust_questions import questions
from tests.two_connections import at_once

LATER = timezone.localdate() + timedelta(days=20)
FIVE = [f"membre{n}@example.org" for n in range(5)]
CODES = [one["code"] for one in questions()]


class World:
    """A pole, who animates it, a member, a stranger; the secrets that were sent."""

    def __init__(self) -> None:
        self.animator, self.member, self.stranger = (
            User.objects.create_user(f"{name}@people.example.org") for name in ("anim", "membre", "inconnue")
        )
        self.pole: Pole = register_pole(
            "Pôle du lin", carrier=None, codes=[], cog_year=2026, by=self.animator
        )
        self.pole.actor.subject.public = True
        self.pole.actor.subject.save()
        if not self.pole.actor.belongings.filter(user=self.animator).exists():
            belonging.found(self.animator, self.pole.actor, by=self.animator)
        belonging.confirm(belonging.ask(self.member, self.pole.actor, by=self.member), by=self.animator)
        self.secrets: list[str] = []

    def link(self, token: str) -> str:
        """Keep the secret of a link."""
        self.secrets.append(token)
        return f"https://t.example/confiance/{token}/"

    def open(self, emails: list[str] = FIVE, **more: Any) -> TrustRound:
        """Open the questionnaire of the year."""
        values = {"least": 5, "due_on": LATER, "by": self.animator, "link": self.link} | more
        return trust.open_round(self.pole, emails, **values)

    def answered(self, count: int, value: int = 4) -> None:
        """Answer by the first links."""
        for token in self.secrets[:count]:
            trust.answer(token, dict.fromkeys(CODES, value))


@pytest.fixture
def world(db: None) -> World:
    return World()


def rows(table: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        return list(cursor.fetchall())


def test_reading_the_tables_ties_no_answer_to_a_link(world: World) -> None:
    """Whoever holds the database finds numbers: no row of an answer, no moment, no identifier of a link."""
    world.open([f"m{n}@example.org" for n in range(8)])
    before = {name for name in connection.introspection.table_names() if name.startswith("reviews_trust")}
    assert before == {"reviews_trustround", "reviews_trustinvitation", "reviews_trusttally"}
    sizes = {name: len(rows(name)) for name in before}
    events = Event.objects.count()
    trust.answer(world.secrets[3], dict.fromkeys(CODES, 2))
    assert {name: len(rows(name)) for name in before} == sizes
    assert Event.objects.count() == events
    columns = {field.column for field in TrustTally._meta.fields}
    assert columns == {"id", "round_id", "question", "value", "count"}
    links = {field.column for field in TrustInvitation._meta.fields}
    assert links == {"id", "round_id", "email", "language", "token_hash", "used"}
    kept = " ".join(str(cell) for row in rows("reviews_trusttally") for cell in row)
    held = TrustInvitation.objects.values_list("id", "email", "token_hash")
    assert not [part for row in held for part in row if str(part) in kept]


@pytest.mark.django_db(transaction=True)
def test_the_transaction_of_a_row_tells_nothing() -> None:
    """PostgreSQL marks each row by the transaction that wrote it: all the numbers bear that of the last.

    SQLite marks none: there the test says only that every answer writes the same rows again.
    """
    mark = "xmin::text" if connection.vendor == "postgresql" else "round_id"
    world = World()
    world.open()
    for token in world.secrets:
        trust.answer(token, dict.fromkeys(CODES, 4))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(DISTINCT {mark}) FROM reviews_trusttally")
            assert cursor.fetchone()[0] == 1


def test_a_link_serves_once_and_a_closed_round_takes_nothing(world: World) -> None:
    row = world.open()
    world.answered(1)
    with pytest.raises(DomainError) as error:
        world.answered(1)
    assert (error.value.code, error.value.status) == ("link_used", 410)
    TrustRound.objects.update(due_on=timezone.localdate() - timedelta(days=1))
    with pytest.raises(DomainError, match="clos"):
        trust.answer(world.secrets[1], {})
    assert trust_rules.answered(trust.tallies(row)) == 1


def test_nothing_is_read_before_the_end(world: World) -> None:
    row = world.open()
    assert not trust.enough(row)
    world.answered(5)
    assert trust.enough(row)
    assert trust.results(world.pole) == []
    trust.close(row, by=world.animator)
    (found,) = trust.results(world.pole)
    assert found.answered == 5
    assert found.shown is not None
    assert [one.counts for one in found.shown] == [(0, 0, 0, 5, 0)] * len(CODES)
    assert not TrustInvitation.objects.exists()


def test_too_few_answers_are_erased(world: World) -> None:
    row = world.open()
    world.answered(4)
    trust.close(row, by=world.animator)
    (found,) = trust.results(world.pole)
    assert (found.shown, found.answered) == (None, None)
    assert not TrustTally.objects.filter(count__gt=0).exists()


def test_a_question_that_too_few_answer_is_not_shown(world: World) -> None:
    row = world.open()
    for rank, token in enumerate(world.secrets):
        trust.answer(token, {CODES[0]: 5, CODES[1]: 5 if rank else 0})
    trust.close(row, by=world.animator)
    (found,) = trust.results(world.pole)
    assert found.shown is not None
    assert [one.counts is not None for one in found.shown] == [True] + [False] * (len(CODES) - 1)


@given(
    st.lists(st.lists(st.integers(0, 5), min_size=3, max_size=3), max_size=14),
    st.integers(5, 9),
)
def test_two_views_of_a_round_never_differ_by_an_answer(answers: list[list[int]], least: int) -> None:
    """While answers come nothing is shown, whatever they are; what is shown at the end covers ``least``."""

    def views() -> Iterator[Any]:
        tallies: dict[str, dict[int, int]] = {code: {} for code in "abc"}
        for given_ in answers:
            for code, value in zip("abc", given_, strict=True):
                tallies[code][value] = tallies[code].get(value, 0) + 1
            yield trust_rules.shown(tallies, least=least, closed=False)
        yield trust_rules.shown(tallies, least=least, closed=True)

    seen = list(views())
    assert all(one is None for one in seen[:-1])
    assert all(before == after for before, after in pairwise(seen[:-1]))
    if (last := seen[-1]) is not None:
        assert len(answers) >= least
        assert all(one.counts is None or sum(one.counts) >= least for one in last)


@pytest.mark.parametrize(
    ("emails", "more", "code"),
    [
        (FIVE[:4], {}, "too_few"),
        ([*FIVE[:4], FIVE[0].upper()], {}, "too_few"),
        (FIVE, {"least": 4}, "bad_least"),
        ([*FIVE, "pas une adresse"], {}, "bad_email"),
        (FIVE, {"due_on": timezone.localdate()}, "due_too_soon"),
        ([f"m{n}@example.org" for n in range(301)], {}, "too_many"),
    ],
)
def test_what_opens_nothing_says_why(
    world: World, emails: list[str], more: dict[str, Any], code: str
) -> None:
    with pytest.raises(DomainError) as error:
        world.open(emails, **more)
    assert error.value.code == code
    assert not TrustRound.objects.exists()


def test_the_database_refuses_fewer_than_five(world: World) -> None:
    row = world.open()
    with pytest.raises(IntegrityError), transaction.atomic():
        TrustRound.objects.filter(pk=row.pk).update(least=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        TrustRound.objects.filter(pk=row.pk).update(public=True)


def test_one_questionnaire_a_year(world: World) -> None:
    trust.close(world.open(), by=world.animator)
    with pytest.raises(DomainError, match="déjà un questionnaire"):
        world.open()


def test_a_reminder_goes_to_who_has_not_answered_and_says_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("terreau.reviews.trust.transaction.on_commit", lambda leave: leave())
    row = world.open()
    assert len(mail.outbox) == 5
    world.answered(2)
    with pytest.raises(DomainError, match="moins de deux jours"):
        trust.remind(row, link=world.link)
    TrustRound.objects.update(opened_at=timezone.now() - timedelta(days=3))
    assert trust.remind(row, link=world.link) is None
    assert len(mail.outbox) == 8


def test_the_trend_compares_years_that_may_be_read(world: World) -> None:
    row = world.open()
    world.answered(5, 2)
    trust.close(row, by=world.animator)
    TrustRound.objects.update(year=row.year - 1)
    world.secrets.clear()
    second = world.open()
    world.answered(5, 5)
    trust.close(second, by=world.animator)
    lines = trust.trend(trust.results(world.pole))
    assert lines[0] == (CODES[0], [(row.year - 1, 0), (row.year, 100)])


def test_the_page_of_the_pole_and_who_reads_it(world: World, client: Client) -> None:
    path = f"/poles/{world.pole.slug}/confiance/"
    assert client.get(path).status_code == 404
    client.force_login(world.stranger)
    assert client.get(path).status_code == 403
    assert Refusal.objects.get().verb == "trust.read"
    client.force_login(world.member)
    assert client.get(path).status_code == 200
    assert client.post(path, {"faire": "clore"}).status_code == 403
    client.force_login(world.animator)
    sent = {"faire": "ouvrir", "emails": "\n".join(FIVE), "least": "5", "due_on": LATER.isoformat()}
    assert client.post(path, sent | {"emails": "a@example.org"}).status_code == 422
    assert client.post(path, sent).status_code == 302
    page = client.get(path).content.decode()
    assert "On ne vous dit ni combien ni qui." in page
    assert FIVE[0] not in page
    client.post(path, {"faire": "clore"})
    assert "rien n&#x27;est montré" in client.get(path).content.decode() or "rien n'est montré" in (
        client.get(path).content.decode()
    )


def test_a_pole_shows_a_result_to_everybody_or_not(world: World, client: Client) -> None:
    row = world.open()
    world.answered(5)
    trust.close(row, by=world.animator)
    path = f"/poles/{world.pole.slug}/confiance/"
    client.force_login(world.animator)
    client.post(path, {"faire": "montrer", "annee": str(row.year)})
    client.logout()
    assert "5 réponses" in client.get(path).content.decode()
    client.force_login(world.animator)
    client.post(path, {"faire": "cacher", "annee": str(row.year)})
    client.logout()
    assert client.get(path).status_code == 404


def test_somebody_answers_by_the_page_of_a_link(world: World, client: Client) -> None:
    world.open()
    path = f"/confiance/{world.secrets[0]}/"
    page = client.get(path)
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert "5 personnes sont invitées" in page.content.decode()
    assert client.post(path, {CODES[0]: "9"}).status_code == 422
    assert "comptée" in client.post(path, {CODES[0]: "5"}).content.decode()
    assert TrustTally.objects.get(question=CODES[0], value=5).count == 1
    assert TrustTally.objects.get(question=CODES[1], value=0).count == 1
    assert client.post(path, {CODES[0]: "5"}).status_code == 410
    assert client.get("/confiance/rien/").status_code == 404


def test_an_address_is_forgotten(world: World) -> None:
    world.open([*FIVE, world.stranger.email])
    assert len(trust_held.export(world.stranger)["invitations"]) == 1
    trust_held.erase(world.stranger)
    assert TrustInvitation.objects.count() == 5
    later = LATER + timedelta(days=31)
    assert trust_held.expire(on=later, save=False) == {"reviews.trust": 1}
    assert TrustInvitation.objects.count() == 5
    trust_held.expire(on=later, save=True)
    assert not TrustInvitation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_link_used_twice_at_once_counts_once() -> None:
    world = World()
    row = world.open()
    results = at_once(*(lambda: trust.answer(world.secrets[0], dict.fromkeys(CODES, 1)) for _ in range(2)))
    assert sorted(type(one).__name__ for one in results) == ["DomainError", "NoneType"], results
    assert trust_rules.answered(trust.tallies(row)) == 1
    results = at_once(
        *(lambda t=t: trust.answer(t, dict.fromkeys(CODES, 2)) for t in world.secrets[1:3]),
    )
    assert results == [None, None]
    assert trust_rules.answered(trust.tallies(row)) == 3
