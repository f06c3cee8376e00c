"""Proposals: who takes part, what is left of each invoice, refused, silent, stale, settled, undone."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from terreau.actors.models import Actor
from terreau.billing import actions as billing
from terreau.billing import settling as paying
from terreau.billing.models import Settlement
from terreau.billing.read import left
from terreau.common.errors import DomainError
from terreau.journal.models import Event
from terreau.netting import answers, read, rounds, settling, taking_part
from terreau.netting.models import Line, Round
from terreau.notices.models import Notice
from tests.netting.conftest import Ring

pytestmark = pytest.mark.django_db
STATE = Round.State


def _accept(ring: Ring, row: Round, *places: int) -> Round:
    for place in places:
        row = answers.accept(row, ring.members[place], today=ring.today, by=ring.people[place])
    return row


def _left(ring: Ring) -> list[int]:
    return [left(one) for one in ring.invoices]


def _cut(row: Round) -> list[tuple[int, int]]:
    return list(row.lines.order_by("rank").values_list("before_cents", "after_cents"))


def test_nobody_takes_part_by_default(bare: Ring) -> None:
    bare.owes(0, 1, 500)
    bare.owes(1, 0, 300)
    with pytest.raises(DomainError, match="deux organisations") as refused:
        bare.propose()
    assert refused.value.code == "nothing_to_net"
    bare.join(0, 1)
    assert bare.propose().cleared_cents == 600


def test_only_actors_of_the_pole_take_part_and_leaving_is_possible(ring: Ring) -> None:
    away = Actor.objects.get(name="Ailleurs")
    with pytest.raises(DomainError, match="pas de ce pôle"):
        taking_part.start(ring.pole, away, on=ring.today, by=ring.elsewhere)
    same = taking_part.start(ring.pole, ring.members[0], on=ring.today, by=ring.people[0])
    assert taking_part.start(ring.pole, ring.members[0], on=ring.today, by=ring.people[0]) == same
    assert taking_part.stop(ring.pole, ring.members[0].pk, by=ring.people[0])
    assert not taking_part.stop(ring.pole, ring.members[0].pk, by=ring.people[0])
    with pytest.raises(DomainError, match="Rien ne se compense"):
        ring.propose()


def test_a_ring_is_proposed_accepted_by_all_and_settled_whole(ring: Ring) -> None:
    row = ring.propose()
    assert (row.total_cents, row.cleared_cents, row.number) == (260_000, 150_000, 1)
    assert _cut(row) == [(120_000, 70_000), (50_000, 0), (90_000, 40_000)]
    assert Notice.objects.filter(kind="netting").count() == 3
    row = _accept(ring, row, 0, 1)
    assert (row.state, _left(ring)) == (STATE.PROPOSED, [120_000, 50_000, 90_000])
    row = _accept(ring, row, 2)
    assert (row.state, row.settled_on, _left(ring)) == (STATE.SETTLED, ring.today, [70_000, 0, 40_000])
    made = Settlement.objects.order_by("pk")
    assert [(one.how, one.cents, one.by) for one in made] == [("netting", 50_000, ring.people[2])] * 3
    verbs = set(Event.objects.filter(subject=ring.pole.actor.subject).values_list("verb", flat=True))
    assert {"netting.proposed", "netting.agreed", "netting.settled"} <= verbs


def test_what_is_paid_of_an_invoice_counts(ring: Ring) -> None:
    paying.settle(ring.invoices[1], 20_000, on=ring.today, how="bank", by=ring.animator)
    assert _cut(ring.propose()) == [(120_000, 90_000), (30_000, 0), (90_000, 60_000)]


def test_drafts_credit_notes_and_what_is_kept_aside_are_no_debt(ring: Ring) -> None:
    billing.credit(ring.invoices[1], cents=40_000, reason="Farine abîmée", by=ring.animator)
    assert ring.propose().cleared_cents == 30_000
    rounds.withdraw(Round.objects.get(), reason="Erreur", by=ring.animator)
    aside = taking_part.set_aside(ring.invoices[0], ring.members[0], reason="Contestée", by=ring.people[0])
    with pytest.raises(DomainError, match="Rien ne se compense"):
        ring.propose()
    taking_part.take_back(aside, by=ring.people[0])
    assert ring.propose().cleared_cents == 30_000
    with pytest.raises(DomainError, match="ne concerne pas"):
        taking_part.set_aside(ring.invoices[0], ring.members[2], reason="Non", by=ring.people[2])


def test_only_what_is_due_by_a_day_may_be_netted(ring: Ring) -> None:
    with pytest.raises(DomainError, match="Rien ne se compense"):
        ring.propose(due_until=ring.today)
    assert ring.propose(due_until=ring.today + timedelta(days=20)).cleared_cents == 150_000


def test_of_two_invoices_the_one_due_first_is_cancelled_first(bare: Ring) -> None:
    bare.owes(0, 1, 500, due=30)
    bare.owes(0, 1, 500, due=5)
    bare.owes(1, 0, 700)
    bare.join(0, 1)
    row = bare.propose()
    after = dict(row.lines.values_list("invoice", "after_cents"))
    assert [after[one.pk] for one in bare.invoices] == [300, 0, 0]


def test_one_proposal_waits_at_a_time_and_dates_are_checked(ring: Ring) -> None:
    for days, code in ((0, "too_soon"), (61, "too_far")):
        with pytest.raises(DomainError) as refused:
            ring.propose(expires_on=ring.today + timedelta(days=days))
        assert refused.value.code == code
    ring.propose()
    with pytest.raises(DomainError, match="attend déjà"):
        ring.propose()


def test_who_is_not_concerned_has_nothing_to_answer(ring: Ring) -> None:
    row = ring.propose()
    with pytest.raises(DomainError, match="n'a pas à répondre"):
        _accept(ring, row, 3)


def test_a_refusal_makes_it_again_without_who_refused(ring: Ring) -> None:
    ring.owes(1, 0, 10_000)
    row = _accept(ring, ring.propose(), 0, 1)
    made = answers.decline(row, ring.members[2], reason="Non", today=ring.today, by=ring.people[2])
    assert made is not None
    assert (made.after, made.cleared_cents, made.state) == (row, 20_000, STATE.PROPOSED)
    assert rounds.fresh(row).state == STATE.REPLACED
    assert _left(ring) == [120_000, 50_000, 90_000, 10_000]
    # Nobody is engaged by what they said of other amounts.
    assert not made.consents.exists()
    # Who refused is left out of what follows too.
    again = answers.decline(made, ring.members[0], reason="", today=ring.today, by=ring.people[0])
    assert again is None
    assert rounds.fresh(made).state == STATE.REPLACED
    assert ring.propose().cleared_cents == 170_000


def test_the_word_of_those_of_whom_nothing_else_is_asked_is_kept(ring: Ring) -> None:
    ring.owes(3, 0, 10_000)
    ring.join(3)
    ring.owes(0, 3, 10_000)
    row = ring.propose()
    row = _accept(ring, row, 1, 2)
    made = answers.decline(row, ring.members[3], reason="", today=ring.today, by=ring.people[3])
    assert made is not None
    assert {(one.actor, one.kept) for one in made.consents.all()} == {
        (ring.members[1], True),
        (ring.members[2], True),
    }
    assert _accept(ring, made, 0).state == STATE.SETTLED


def test_when_all_the_others_agreed_to_the_same_it_is_settled_at_once(ring: Ring) -> None:
    ring.members.append(ring.pole.actor)
    ring.people.append(ring.animator)
    ring.owes(3, 4, 800)
    ring.owes(4, 3, 900)
    ring.join(3, 4)
    row = _accept(ring, ring.propose(), 0, 1, 2, 3)
    made = answers.decline(row, ring.members[4], reason="", today=ring.today, by=ring.animator)
    assert made is not None
    assert made.state == STATE.SETTLED
    assert _left(ring) == [70_000, 0, 40_000, 800, 900]
    assert set(Settlement.objects.values_list("by", flat=True)) == {ring.people[2].pk}


def test_who_agreed_may_still_refuse_while_others_are_awaited(ring: Ring) -> None:
    row = _accept(ring, ring.propose(), 0)
    answers.decline(row, ring.members[0], reason="J'ai payé", today=ring.today, by=ring.people[0])
    with pytest.raises(DomainError, match="n'attend plus"):
        _accept(ring, row, 1)


def test_silence_leaves_out_when_the_day_has_passed(ring: Ring) -> None:
    ring.owes(1, 0, 10_000)
    row = _accept(ring, ring.propose(), 0, 1)
    later = row.expires_on + timedelta(days=1)
    with pytest.raises(DomainError, match="On pouvait répondre"):
        answers.accept(row, ring.members[2], today=later, by=ring.people[2])
    made = answers.close(row, today=later, by=None)
    assert made is not None
    assert made.cleared_cents == 20_000
    assert made.expires_on == later + timedelta(days=10)
    assert set(made.without.all()) == {ring.members[2]}
    assert answers.close(made, today=made.expires_on + timedelta(days=1), by=None) is None
    assert rounds.fresh(made).state == STATE.EXPIRED


@pytest.mark.parametrize("how", ["paid", "credited", "partly"])
def test_an_invoice_paid_meanwhile_makes_it_stale_and_says_so(ring: Ring, how: str) -> None:
    row = _accept(ring, ring.propose(), 0, 1)
    invoice = ring.invoices[1]
    if how == "credited":
        billing.credit(invoice, reason="Erreur", by=ring.animator)
    else:
        cents = 50_000 if how == "paid" else 10_000
        paying.settle(invoice, cents, on=ring.today, how="bank", by=ring.animator)
    row = _accept(ring, row, 2)
    assert (row.state, row.settled_on) == (STATE.STALE, None)
    assert "autre chose a été réglé" in row.why_said
    assert not Settlement.objects.filter(how="netting").exists()
    following = Round.objects.filter(after=row).first()
    assert (following.cleared_cents if following else 0) == (120_000 if how == "partly" else 0)


def test_a_payment_of_what_is_not_cancelled_leaves_the_proposal_as_it_is(ring: Ring) -> None:
    other = ring.owes(0, 3, 5_000)
    row = ring.propose()
    paying.settle(other, 5_000, on=ring.today, how="bank", by=ring.animator)
    assert _accept(ring, row, 0, 1, 2).state == STATE.SETTLED


def test_it_is_undone_whole_while_nothing_else_moved(ring: Ring) -> None:
    row = _accept(ring, ring.propose(), 0, 1, 2)
    with pytest.raises(DomainError, match="Dites pourquoi"):
        settling.undo(row, reason=" ", by=ring.animator)
    assert settling.may_undo(row, read.cuts(read.lines(row)))
    row = settling.undo(row, reason="Une facture était contestée", by=ring.animator)
    assert (row.state, _left(ring)) == (STATE.UNDONE, [120_000, 50_000, 90_000])
    with pytest.raises(DomainError, match="n'est pas réglée"):
        settling.undo(row, reason="Encore", by=ring.animator)
    # What is owed again may be netted again.
    assert _accept(ring, ring.propose(), 0, 1, 2).state == STATE.SETTLED


def test_it_is_not_undone_once_something_else_moved(ring: Ring) -> None:
    row = _accept(ring, ring.propose(), 0, 1, 2)
    paying.settle(ring.invoices[0], 70_000, on=ring.today, how="bank", by=ring.animator)
    assert not settling.may_undo(row, read.cuts(read.lines(row)))
    with pytest.raises(DomainError) as refused:
        settling.undo(row, reason="Trop tard", by=ring.animator)
    assert refused.value.facts["invoices"] == [ring.invoices[0].pk.hex]
    assert _left(ring) == [0, 0, 40_000]


def test_a_proposal_is_withdrawn_with_a_reason(ring: Ring) -> None:
    row = ring.propose()
    with pytest.raises(DomainError, match="Dites pourquoi"):
        rounds.withdraw(row, reason="", by=ring.animator)
    assert rounds.withdraw(row, reason="Trop tôt", by=ring.animator).state == STATE.WITHDRAWN
    with pytest.raises(DomainError, match="n'attend plus"):
        rounds.withdraw(row, reason="Encore", by=ring.animator)


def test_lines_are_frozen(ring: Ring) -> None:
    row = ring.propose()
    with pytest.raises(IntegrityError), transaction.atomic():
        Line.objects.filter(round=row).update(after_cents=0)
