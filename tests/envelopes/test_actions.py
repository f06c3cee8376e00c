"""Envelopes are opened, filled, committed, paid; the row always says what its moves say."""

import pytest
import time_machine
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terreau.calls.models import Strand
from terreau.common.errors import DomainError
from terreau.envelopes import actions, read, rules
from terreau.envelopes.actions import OverspentError
from terreau.envelopes.models import Envelope, EnvelopeMove
from terreau.journal.models import Event
from tests.envelopes.conftest import Purse, purse


def _refused(code: str, call: object) -> OverspentError:
    with pytest.raises(OverspentError) as caught:
        call()  # type: ignore[operator]
    assert caught.value.code == code
    return caught.value


def test_from_budget_to_payment(money: Purse) -> None:
    """20 M€ in two strands (R-78): budget, commitment, payment, money given back, release."""
    whole = money.envelope(2_000_000_000, name="Programme", source="S2 prop. 1")
    part = money.envelope(1_500_000_000, name="Appui direct", parent=whole)
    (dossier,) = money.dossiers
    assert read.state(whole).left == 500_000_000
    actions.commit(part, dossier, 20_000_000, by=money.by, origin="award:1")
    actions.pay(dossier, 12_000_000, by=money.by, origin="payment:1")
    actions.recover(dossier, 2_000_000, reason="Trop versé", by=money.by, origin="recovery:1")
    assert read.state(part) == rules.State(1_500_000_000, 20_000_000, 12_000_000, 2_000_000)
    actions.release(dossier, 10_000_000, reason="Action réduite", by=money.by)
    assert read.held(dossier) == rules.Held(10_000_000, 12_000_000, 2_000_000)
    assert read.state(part).left == 1_490_000_000
    for row in (whole, part):
        assert read.counted(row) == read.state(row)
    assert Event.objects.filter(subject=dossier.subject, verb__startswith="envelope.").count() == 4


def test_never_more_than_what_is_left(money: Purse) -> None:
    """A refusal says what is left, in words and in cents."""
    envelope = money.envelope(100_000)
    (dossier,) = money.dossiers
    actions.commit(envelope, dossier, 70_000, by=money.by, origin="a")
    error = _refused(
        "too_little_left", lambda: actions.commit(envelope, dossier, 30_001, by=None, origin="b")
    )
    assert error.facts["left_cents"] == 30_000
    assert "300" in str(error.message)
    assert error.status == 409
    _refused("over_committed", lambda: actions.pay(dossier, 70_001, by=None, origin="c"))
    _refused("not_paid", lambda: actions.recover(dossier, 1, reason="x", by=None, origin="d"))
    _refused("below_engaged", lambda: actions.budget(envelope, -30_001, reason="x", by=None))
    actions.pay(dossier, 70_000, by=None, origin="e")
    _refused("paid_already", lambda: actions.release(dossier, 1, reason="x", by=None))
    assert EnvelopeMove.objects.count() == 3


def test_a_part_is_taken_out_of_its_parent(money: Purse) -> None:
    """What is allotted below cannot be committed above, nor allotted twice."""
    whole = money.envelope(100_000)
    money.envelope(60_000, parent=whole)
    _refused("too_little_left", lambda: money.envelope(40_001, parent=whole))
    _refused("too_little_left", lambda: actions.commit(whole, money.dossiers[0], 40_001, by=None, origin="a"))
    assert Envelope.objects.count() == 2
    assert read.total(read.of_programme(money.programme)) == rules.State(100_000, allotted=0)


def test_the_same_origin_is_written_once(money: Purse) -> None:
    envelope = money.envelope(100_000)
    (dossier,) = money.dossiers
    first = actions.commit(envelope, dossier, 60_000, by=money.by, origin="award:1")
    assert actions.commit(envelope, dossier, 60_000, by=money.by, origin="award:1") == first
    assert read.state(envelope).committed == 60_000
    with pytest.raises(DomainError) as caught:
        actions.commit(envelope, dossier, 10_000, by=money.by, origin="award:1")
    assert caught.value.code == "origin_taken"
    paid = actions.pay(dossier, 10_000, by=money.by, origin="payment:1")
    assert actions.pay(dossier, 10_000, by=money.by, origin="payment:1") == paid


def test_sponsors_share_an_award(money: Purse) -> None:
    """Each ministry by its rate, to the cent; all of it or nothing (R-85)."""
    rates = (6000, 2500, 1500)
    rows = [
        money.envelope(1_000_000, call=money.call, sponsor=money.sponsor(f"M {rate}", share_rate=rate))
        for rate in rates
    ]
    assert read.of_call(money.call) == sorted(rows, key=lambda row: row.pk)
    (dossier,) = money.dossiers
    moves = actions.commit_shared(rows, dossier, 100_001, by=money.by, origin="award:1")
    assert [move.cents for move in moves] == [60_001, 25_000, 15_000]
    assert actions.commit_shared(rows, dossier, 100_001, by=money.by, origin="award:1") == moves
    with pytest.raises(OverspentError):
        actions.commit_shared(rows, dossier, 2_000_000, by=money.by, origin="award:2")
    assert read.held(dossier).committed == 100_001
    actions.pay(dossier, 90_000, by=money.by, origin="payment:1")
    assert [part.held.paid for part in read.parts(dossier)] == [60_001, 25_000, 4_999]
    actions.release(dossier, 10_001, reason="Moins que prévu", by=money.by)
    assert [part.held.committed for part in read.parts(dossier)] == [60_001, 25_000, 4_999]


@time_machine.travel("2026-05-01 12:00:00+00:00", tick=False)
def test_years_are_drawn_one_after_the_other(money: Purse) -> None:
    """This year first, then the next; a past year last (R-79)."""
    whole = money.envelope(300_000)
    years = [money.envelope(100_000, parent=whole, year=year, name=str(year)) for year in (2025, 2026, 2027)]
    rows = read.of_call(money.call)
    assert rows == years
    moves = actions.commit_shared(rows, money.dossiers[0], 150_000, by=money.by, origin="award:1")
    assert {move.envelope.year: move.cents for move in moves} == {2026: 100_000, 2027: 50_000}
    again = actions.commit_shared(rows, money.dossiers[0], 150_000, by=money.by, origin="award:1")
    assert again == moves
    assert read.held(money.dossiers[0]).committed == 150_000


def test_an_award_is_drawn_from_its_strand(money: Purse) -> None:
    """Two strands, an envelope each (R-78): a study never takes the money of the experiments."""
    study, trial, other = (
        Strand.objects.create(programme=money.programme, code=code, name=code, kind="other")
        for code in ("etude", "essai", "autre")
    )
    money.call.strands.add(study, trial, other)
    rows = [money.envelope(100_000, strand=one) for one in (study, trial)]
    assert read.of_call(money.call) == rows
    dossier = money.dossier("laureate", strand=trial)
    (move,) = actions.commit_shared(rows, dossier, 60_000, by=money.by, origin="award:1")
    assert move.envelope == rows[1]
    with pytest.raises(OverspentError) as caught:
        actions.commit_shared(rows, dossier, 60_000, by=money.by, origin="award:2")
    assert caught.value.facts["left_cents"] == 40_000
    with pytest.raises(DomainError) as none:
        actions.commit_shared(rows, money.dossier("laureate", strand=other), 1, by=None, origin="award:3")
    assert none.value.code == "no_envelope"


def test_a_mistake_is_undone_by_its_contrary(money: Purse) -> None:
    envelope = money.envelope(100_000)
    (dossier,) = money.dossiers
    move = actions.commit(envelope, dossier, 60_000, by=money.by, origin="award:1")
    (paid,) = actions.pay(dossier, 60_000, by=money.by, origin="payment:1")
    with pytest.raises(DomainError) as caught:
        actions.undo(move, reason="Erreur", by=money.by)
    assert caught.value.code == "stood_on"
    actions.undo(paid, reason="Virement rejeté", by=money.by)
    with pytest.raises(DomainError) as twice:
        actions.undo(paid, reason="Encore", by=money.by)
    assert twice.value.status == 409
    actions.undo(move, reason="Erreur de dossier", by=money.by)
    assert read.state(envelope) == read.counted(envelope) == rules.State(100_000)


def test_the_database_refuses_an_overspent_row(money: Purse) -> None:
    """Whatever code forgets: the row itself cannot be overspent, nor a move changed."""
    envelope = money.envelope(100)
    for values in ({"committed_cents": 101}, {"paid_cents": 1}, {"recovered_cents": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Envelope.objects.filter(pk=envelope.pk).update(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        EnvelopeMove.objects.update(cents=1)


def test_parts_of_another_programme_are_refused(money: Purse) -> None:
    other = purse()
    for values in ({"call": other.call}, {"parent": other.envelope(100)}):
        with pytest.raises(DomainError) as caught:
            money.envelope(10, **values)
        assert caught.value.code == "not_of_programme"


_steps = st.lists(
    st.tuples(st.sampled_from(rules.KINDS), st.integers(0, 1), st.integers(0, 1), st.integers(-40, 90)),
    max_size=14,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_steps)
def test_rows_say_what_moves_say(money: Purse, steps: list[tuple[str, int, int, int]]) -> None:
    """After any sequence, refused steps included, both equations hold and the projection is exact."""
    with transaction.atomic():
        envelopes = [money.envelope(100), money.envelope(60)]
        dossiers = [money.dossier("laureate"), money.dossier("laureate")]
        for number, (kind, where, who, cents) in enumerate(steps):
            origin = f"{envelopes[0].pk.hex}:{number}"
            try:
                if kind == rules.BUDGET:
                    actions.budget(envelopes[where], cents, reason="Motif", by=None)
                elif kind == rules.COMMIT:
                    actions.commit(envelopes[where], dossiers[who], cents, by=None, origin=origin)
                elif kind == rules.RELEASE:
                    actions.release(dossiers[who], cents, reason="Motif", by=None)
                elif kind == rules.PAY:
                    actions.pay(dossiers[who], cents, by=None, origin=origin)
                else:
                    actions.recover(dossiers[who], cents, reason="Motif", by=None, origin=origin)
            except OverspentError:
                continue
        for row in envelopes:
            found = read.state(row)
            assert found == read.counted(row)
            assert found.sound
        for dossier in dossiers:
            assert all(0 <= part.held.out <= part.held.committed for part in read.parts(dossier))
        transaction.set_rollback(True)
