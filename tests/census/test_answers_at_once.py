"""Two moderators on one report, two people on one link, at the same moment."""

from typing import Any

import pytest

from terreau.accounts.models import User
from terreau.census import invitations, reports
from terreau.census.models import Invitation, Report
from terreau.facts.models import Fact
from terreau.journal.verification import verify
from terreau.poles.actions import register_pole
from terreau.poles.models import Pole
from tests.two_connections import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def pole_of(user: User) -> Pole:
    return register_pole("Pôle du lin", carrier=None, codes=[], cog_year=2026, by=user)


def asked(user: User, **more: Any) -> str:
    """Ask something in the name of a new pole; return the secret of its link."""
    links: list[str] = []

    def link(token: str) -> str:
        links.append(token)
        return token

    invitations.ask(pole_of(user), email="a@example.org", by=user, link=link, **more)
    return links[0]


def test_two_moderators_answer_and_one_is_told() -> None:
    users = [User.objects.create_superuser(f"{name}@example.org") for name in ("un", "deux")]
    report, _token = reports.send("La Fabrique", what="Un lieu.", codes=[])

    def answer(user: User) -> Any:
        return lambda: reports.accept(Report.objects.get(pk=report.pk), by=user)

    results = at_once(*(answer(user) for user in users))
    assert sorted(type(one).__name__ for one in results) == ["DomainError", "Pole"], results
    assert Pole.objects.count() == 1
    assert Report.objects.get().pole == Pole.objects.get()
    assert verify() == []


def test_one_accepts_while_the_other_refuses() -> None:
    users = [User.objects.create_superuser(f"{name}@example.org") for name in ("un", "deux")]
    report, _token = reports.send("La Fabrique", what="Un lieu.", codes=[])
    results = at_once(
        lambda: reports.accept(Report.objects.get(pk=report.pk), by=users[0]),
        lambda: reports.refuse(Report.objects.get(pk=report.pk), by=users[1], reason="Non."),
    )
    assert sum(isinstance(one, Exception) for one in results) == 1, results
    assert Pole.objects.count() == (Report.objects.get().state == "accepted")


def test_a_text_is_signed_once() -> None:
    token = asked(User.objects.create_user("a@example.org"), purpose="signature", asks=["Je m'engage."])

    def sign(name: str) -> Any:
        return lambda: invitations.sign(token, name=name, role="membre", agreed=True)

    results = at_once(sign("Ada"), sign("Eve"))
    assert sorted(type(one).__name__ for one in results) == ["DomainError", "Invitation"], results
    assert Invitation.objects.get().answer["name"] in {"Ada", "Eve"}
    assert verify() == []


def test_a_datum_given_twice_then_accepted_twice_at_once_is_written_once() -> None:
    user = User.objects.create_user("a@example.org")
    token = asked(user, purpose="datum", asks=["pole.jobs"])

    def give(count: str) -> Any:
        return lambda: invitations.answer_datum(token, {"pole.jobs": count})

    results = at_once(give("3"), give("4"))
    assert not [one for one in results if isinstance(one, Exception)], results
    assert not Fact.objects.filter(code="pole.jobs").exists()
    row = Invitation.objects.get()
    results = at_once(*[lambda: invitations.accept(row, by=user)] * 2)
    assert sorted(type(one).__name__ for one in results) == ["DomainError", "list"], results
    assert Fact.objects.filter(code="pole.jobs").count() == 1
    assert verify() == []


def test_an_answer_and_its_withdrawal_do_not_both_hold() -> None:
    user = User.objects.create_user("a@example.org")
    token = asked(user, purpose="answer", asks=["Venez-vous ?"])
    results = at_once(
        lambda: invitations.answer_text(token, "Oui."),
        lambda: invitations.revoke(Invitation.objects.get(), by=user),
    )
    row = Invitation.objects.get()
    assert bool(row.answered_at) is not bool(row.revoked_at)
    assert sum(isinstance(one, Exception) for one in results) == 1, results
