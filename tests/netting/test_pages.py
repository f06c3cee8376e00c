"""The pages of nettings: for whom, what each reads, what each may do, in how many queries, as which files."""

import time
from datetime import timedelta

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.billing import settling as paying
from terreau.billing.models import Settlement
from terreau.journal.models import Refusal
from terreau.netting import answers
from terreau.netting.models import Aside, Consent, Habit, Round, TakingPart
from terreau.poles.composition import add_carrier
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject
from tests.netting.conftest import Ring, belong
from tests.people import enrol

pytestmark = pytest.mark.django_db
MOST = 30


def client_of(user: User, *, proved: bool = False) -> Client:
    """Sign somebody in; ``proved``: they have just proved who they are."""
    client = Client()
    client.force_login(user)
    if proved:
        enrol(user)
        session = client.session
        record = {"method": "mfa", "type": "totp", "at": time.time(), "reauthenticated": True}
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [record]
        session[f"{AUTHENTICATION_METHODS_SESSION_KEY}_user"] = str(user.pk)
        session.save()
    return client


def _page(row: Round) -> str:
    return f"/poles/pole-essai/espace/compensations/{row.pk}/"


def _statement(row: Round, actor: Actor) -> str:
    return f"{_page(row)}releve/{actor.pk}"


def _said(response: object) -> str:
    return " ".join(str(one) for one in get_messages(response.wsgi_request))  # type: ignore[attr-defined]


def _settled(ring: Ring) -> Round:
    row = ring.propose()
    for place in (0, 1, 2):
        row = answers.accept(row, ring.members[place], today=ring.today, by=ring.people[place])
    return row


def test_a_stranger_and_somebody_of_another_pole_are_told_nothing(ring: Ring) -> None:
    row = ring.propose()
    pages = [
        ring.path(),
        _page(row),
        f"{_statement(row, ring.members[0])}/",
        f"{_statement(row, ring.members[0])}.pdf",
    ]
    for client in (Client(), client_of(ring.stranger), client_of(ring.elsewhere)):
        for page in pages:
            assert client.get(page).status_code == 404
            assert client.post(page).status_code in {404, 405}


def test_a_member_whom_it_does_not_concern_reads_no_proposal(ring: Ring) -> None:
    row = ring.propose()
    client = client_of(ring.people[3])
    page = client.get(ring.path())
    assert page.status_code == 200
    assert "entre d'autres organisations" in page.content.decode().replace("&#x27;", "'")
    assert "n° 1" not in page.content.decode()
    assert client.get(_page(row)).status_code == 404
    assert client.get(f"{_statement(row, ring.members[0])}/").status_code == 404


def test_a_member_reads_its_lines_alone_in_words(ring: Ring) -> None:
    row = ring.propose()
    client = client_of(ring.people[0])
    page = client.get(_page(row)).content.decode()
    assert "Vous devez 1\u202f200,00\u00a0€, il restera 700,00\u00a0€." in page
    assert "On vous doit 900,00\u00a0€, il restera 400,00\u00a0€." in page
    # What the mill owes the workshop concerns neither of them but themselves.
    assert "500,00\u00a0€ → 0,00" not in page
    assert [one.debtor for one in client.get(_page(row)).context["seen"]] == [
        ring.members[0],
        ring.members[2],
    ]
    assert client.get(f"{_statement(row, ring.members[1])}/").status_code == 404
    assert client.get(f"{_statement(row, ring.members[1])}.pdf").status_code == 404
    waiting = client.get(ring.path()).content.decode()
    assert "Lire et répondre" in waiting


def test_who_animates_reads_all_and_agrees_for_nobody(ring: Ring) -> None:
    row = ring.propose()
    client = client_of(ring.animator, proved=True)
    page = client.get(_page(row)).content.decode()
    assert "500,00\u00a0€ → 0,00" in page
    assert "Accepter pour" not in page
    key = ring.members[0].pk.hex
    for act in (f"accept-{key}", f"decline-{key}", f"aside-{key}"):
        assert client.post(_page(row), {"faire": act}).status_code == 403
    assert client.post(ring.path(), {"faire": "leave", "about": str(ring.members[0].pk)}).status_code == 403
    assert not Consent.objects.exists()
    assert sum(Refusal.objects.values_list("count", flat=True)) == 4


def test_a_member_runs_nothing(ring: Ring) -> None:
    row = ring.propose()
    client = client_of(ring.people[0], proved=True)
    for path, act in (
        (ring.path(), "propose"),
        (ring.path(), "rhythm"),
        (_page(row), "withdraw"),
        (_page(row), "close"),
        (_page(row), "undo"),
    ):
        answer = client.post(path, {"faire": act, "reason": "Je veux", "expires_on": "2030-01-01"})
        assert answer.status_code == 403, act
    # Nor for another organisation: its buttons are not even known.
    other = client.post(_page(row), {"faire": f"accept-{ring.members[1].pk.hex}"})
    assert other.status_code == 404


def test_three_members_accept_and_it_is_settled(ring: Ring) -> None:
    row = ring.propose()
    for place, words in ((0, "encore 2"), (1, "encore 1"), (2, "réglée")):
        client = client_of(ring.people[place], proved=True)
        answer = client.post(_page(row), {"faire": f"accept-{ring.members[place].pk.hex}"})
        assert (answer.status_code, words in _said(answer)) == (302, True)
    assert Settlement.objects.filter(how="netting").count() == 3
    page = client.get(_page(row)).content.decode()
    assert "Réglée le" in page
    assert "Accepter pour" not in page


def test_a_proof_of_who_one_is_comes_before_agreeing(ring: Ring) -> None:
    row = ring.propose()
    client = client_of(ring.people[0])
    enrol(ring.people[0])
    answer = client.post(_page(row), {"faire": f"accept-{ring.members[0].pk.hex}"})
    assert answer.status_code == 302
    assert "/compte/" in answer["Location"]
    assert not Consent.objects.exists()


def test_a_refusal_leads_to_what_replaces_it_or_back(ring: Ring) -> None:
    ring.owes(1, 0, 10_000)
    row = ring.propose()
    client = client_of(ring.people[2])
    answer = client.post(_page(row), {"faire": f"decline-{ring.members[2].pk.hex}", "reason": "Trop tôt"})
    assert answer["Location"] == ring.path()
    assert "n° 2" in _said(answer)
    following = Round.objects.get(after=row)
    animator = client_of(ring.animator)
    assert "Trop tôt" in animator.get(_page(row)).content.decode()
    assert f"/{following.pk}/" in animator.get(_page(row)).content.decode()
    assert "Laissées de côté, pour cette fois : Atelier." in animator.get(_page(following)).content.decode()
    # Who is out of the new one is not shown its way.
    assert f"/{following.pk}/" not in client.get(_page(row)).content.decode()


def test_a_payment_meanwhile_is_said_and_made_again(ring: Ring) -> None:
    row = ring.propose()
    paying.settle(ring.invoices[1], 10_000, on=ring.today, how="bank", by=ring.animator)
    client = client_of(ring.people[0], proved=True)
    page = client.get(_page(row)).content.decode()
    assert "Une facture a changé depuis" in page
    assert "Refuser la compensation" in page  # nothing of mine moved: I may still answer
    answer = client.post(_page(row), {"faire": f"accept-{ring.members[0].pk.hex}"})
    assert "Rien n'est compensé." in _said(answer)
    following = Round.objects.get(after=row)
    assert answer["Location"] == _page(following)
    assert following.cleared_cents == 120_000


def test_an_invoice_is_kept_out_and_let_in_again(ring: Ring) -> None:
    ring.owes(0, 1, 5_000)
    row = ring.propose()
    client = client_of(ring.people[0])
    act = {"faire": f"aside-{ring.members[0].pk.hex}", "invoice": str(ring.invoices[0].pk), "reason": ""}
    refused = client.post(_page(row), act)
    assert refused.status_code == 422
    assert f'value="{ring.invoices[0].pk}" selected' in refused.content.decode()
    client.post(_page(row), {**act, "reason": "Contestée"})
    assert Round.objects.get(after=row).cleared_cents == 15_000
    assert "Contestée" in client.get(ring.path()).content.decode()
    assert "Contestée" not in client_of(ring.people[1]).get(ring.path()).content.decode()
    aside = Aside.objects.get()
    assert (
        client_of(ring.people[1]).post(ring.path(), {"faire": "take_back", "about": aside.pk}).status_code
        == 404
    )
    assert (
        client_of(ring.animator).post(ring.path(), {"faire": "take_back", "about": aside.pk}).status_code
        == 403
    )
    client.post(ring.path(), {"faire": "take_back", "about": aside.pk})
    aside.refresh_from_db()
    assert aside.until is not None


def test_one_joins_and_leaves_and_leaving_refuses_what_waits(bare: Ring) -> None:
    bare.owes(0, 1, 500)
    bare.owes(1, 0, 300)
    for place in (0, 1):
        client_of(bare.people[place]).post(bare.path(), {"faire": "join", "about": bare.members[place].pk})
    assert TakingPart.objects.count() == 2
    animator = client_of(bare.animator)
    day = (bare.today + timedelta(days=5)).isoformat()
    made = animator.post(bare.path(), {"faire": "propose", "expires_on": day})
    row = Round.objects.get()
    assert made["Location"] == _page(row)
    client_of(bare.people[0]).post(bare.path(), {"faire": "leave", "about": bare.members[0].pk})
    assert Round.objects.get().state == Round.State.REPLACED
    assert TakingPart.objects.filter(until=None).count() == 1
    for about in ("", "x", str(bare.pole.pk).replace("0", "1")):
        assert animator.post(bare.path(), {"faire": "join", "about": about}).status_code == 404


def test_a_refused_proposal_says_why_and_keeps_what_was_typed(ring: Ring) -> None:
    client = client_of(ring.animator)
    answer = client.post(ring.path(), {"faire": "propose", "expires_on": ring.today.isoformat()})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "au moins un jour" in page
    assert f'value="{ring.today.isoformat()}"' in page
    ring.propose()
    again = client.post(
        ring.path(), {"faire": "propose", "expires_on": (ring.today + timedelta(days=3)).isoformat()}
    )
    assert (again.status_code, Round.objects.count()) == (409, 1)


def test_the_rhythm_is_kept_and_a_stale_one_is_refused(ring: Ring) -> None:
    client = client_of(ring.animator)
    said = {"faire": "rhythm", "day": "5", "days_to_answer": "8", "seen": "0"}
    assert client.post(ring.path(), said).status_code == 302
    assert (Habit.objects.get().day, Habit.objects.get().days_to_answer) == (5, 8)
    assert client.post(ring.path(), {**said, "day": "6"}).status_code == 409
    assert client.post(ring.path(), {**said, "day": "31"}).status_code == 422
    assert "la prochaine le" in client.get(ring.path()).content.decode()


def test_it_is_undone_by_who_animates_alone(ring: Ring) -> None:
    row = _settled(ring)
    client = client_of(ring.animator, proved=True)
    assert client.post(_page(row), {"faire": "undo", "reason": " "}).status_code == 422
    client.post(_page(row), {"faire": "undo", "reason": "Contestée"})
    assert Round.objects.get().state == Round.State.UNDONE
    page = client.get(f"{_statement(row, ring.members[0])}/").content.decode()
    assert "Annulée après règlement" in page


def test_the_statement_balances_and_opens_as_a_file(ring: Ring) -> None:
    row = _settled(ring)
    client = client_of(ring.people[0])
    page = client.get(f"{_statement(row, ring.members[0])}/")
    entries = page.context["statement"].entries
    assert [(one.bought, one.account, one.cleared.cents) for one in entries] == [
        (True, "401", 50_000),
        (False, "411", 50_000),
    ]
    csv = client.get(f"{_statement(row, ring.members[0])}/", {"format": "csv"}).getvalue().decode("utf-8-sig")
    assert csv.splitlines()[1].endswith("1200;500;700;401;500;")
    pdf = client.get(f"{_statement(row, ring.members[0])}.pdf")
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in pdf.content
    assert pdf.content == client.get(f"{_statement(row, ring.members[0])}.pdf").content
    for form in ("csv", "xlsx", "ods"):
        for address in (ring.path(), _page(row)):
            answer = client.get(address, {"format": form})
            assert (answer.status_code, bool(answer.getvalue())) == (200, True)


@pytest.mark.parametrize("many", [3, 30])
def test_pages_ask_few_questions_whatever_the_rows(bare: Ring, many: int) -> None:
    for rank in range(many):
        bare.owes(rank % 3, (rank + 1) % 3, 1_000 + rank)
    bare.join(0, 1, 2)
    row = bare.propose()
    answers.accept(row, bare.members[0], today=bare.today, by=bare.people[0])
    for user in (bare.animator, bare.people[1]):
        client = client_of(user)
        for page in (bare.path(), _page(row), f"{_statement(row, bare.members[1])}/"):
            client.get(page)
            with CaptureQueriesContext(connection) as asked:
                assert client.get(page).status_code == 200
            assert len(asked) <= MOST, (page, len(asked))


def test_a_pole_without_legal_form_nets_with_its_carrier(bare: Ring) -> None:
    carrier = create_actor("Porteuse", source=None, public=False, kind=Subject.Kind.ACTOR)
    add_carrier(bare.pole, carrier, by=bare.animator)
    bare.members[3], bare.people[3] = carrier, bare.elsewhere
    belong(bare.elsewhere, carrier)
    bare.owes(0, 3, 5_000)
    bare.owes(3, 0, 2_000)
    bare.join(0, 3)
    assert bare.propose().cleared_cents == 4_000


def test_somebody_of_two_organisations_answers_for_each(ring: Ring) -> None:
    belong(ring.people[0], ring.members[1])
    row = ring.propose()
    client = client_of(ring.people[0], proved=True)
    page = client.get(_page(row)).content.decode()
    assert page.count("Accepter pour") == 2
    for place in (0, 1):
        client.post(_page(row), {"faire": f"accept-{ring.members[place].pk.hex}"})
    assert Consent.objects.count() == 2


def test_in_a_closed_pole_nothing_is_answered_and_all_is_still_read(ring: Ring) -> None:
    row = ring.propose()
    paying.settle(ring.invoices[1], 10_000, on=ring.today, how="bank", by=ring.animator)
    subjects.close(ring.pole.actor.subject, by=ring.animator, reason="Dissous")
    key = ring.members[0].pk.hex
    client = client_of(ring.people[0], proved=True)
    assert client.get(_page(row)).status_code == 200
    for act in (f"accept-{key}", f"decline-{key}", "renew"):
        assert client.post(_page(row), {"faire": act}).status_code == 403
    animator = client_of(ring.animator)
    assert animator.get(ring.path()).status_code == 200
    assert animator.post(ring.path(), {"faire": "propose", "expires_on": "2030-01-01"}).status_code == 403


def test_who_was_silent_is_reminded_once_a_day(ring: Ring) -> None:
    row = ring.propose()
    answers.accept(row, ring.members[0], today=ring.today, by=ring.people[0])
    client = client_of(ring.animator)
    assert "2 personnes" in _said(client.post(_page(row), {"faire": "remind"}))
    assert "Personne à prévenir" in _said(client.post(_page(row), {"faire": "remind"}))
    assert client_of(ring.people[0]).post(_page(row), {"faire": "remind"}).status_code == 403
