"""What is proposed over any set of invoices: positions, the optimum by a linear programme, postings."""

from collections import Counter
from uuid import UUID, uuid5

from hypothesis import given, settings
from hypothesis import strategies as st

from terreau.netting import proposal
from terreau.netting.proposal import Cut, Owed
from terreau.netting.rules import Obligation
from tests.netting.test_rules import _proven

_SPACE = UUID(int=7)
WHO = [uuid5(_SPACE, str(rank)) for rank in range(6)]
INVOICES = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 10**7)).filter(
        lambda one: one[0] != one[1]
    ),
    max_size=16,
)


def _owed(rows: list[tuple[int, int, int]]) -> list[Owed]:
    return [
        Owed(uuid5(_SPACE, f"facture {rank}"), WHO[debtor], WHO[creditor], cents, None, rank)
        for rank, (debtor, creditor, cents) in enumerate(rows)
    ]


@settings(max_examples=25, deadline=None)
@given(INVOICES, st.sets(st.integers(0, 5)))
def test_positions_are_kept_and_the_optimum_is_reached_among_those_who_take_part(
    rows: list[tuple[int, int, int]], taking: set[int]
) -> None:
    among = {WHO[place] for place in taking}
    cuts = proposal.propose(_owed(rows), among=among)
    assert {one.debtor for one in cuts} | {one.creditor for one in cuts} <= among
    moved = Counter[UUID]()
    for one in cuts:
        assert 0 <= one.after <= one.before
        moved.update({one.debtor: one.cleared, one.creditor: -one.cleared})
    assert not any(moved.values())
    told = [Obligation(one.debtor.hex, one.creditor.hex, one.before) for one in cuts]
    assert sum(one.cleared for one in cuts) == _proven(told)
    for actor in WHO:
        found = proposal.gain(cuts, actor)
        assert found.will_owe <= found.owes
        assert found.will_be_owed <= found.owed
        assert found.cleared == found.owed - found.will_be_owed
        assert found.position == found.will_be_owed - found.will_owe
        lines = proposal.postings(cuts, actor)
        assert sum(one.cents for one in lines if one.bought) == found.cleared
        assert sum(one.cents for one in lines if not one.bought) == found.cleared


@settings(max_examples=15, deadline=None)
@given(INVOICES)
def test_the_same_invoices_in_any_order_give_the_same_proposal(rows: list[tuple[int, int, int]]) -> None:
    owed = _owed(rows)
    assert proposal.propose(owed, among=WHO) == proposal.propose(owed[::-1], among=WHO)


def test_what_moved_is_what_is_not_left_as_it_was() -> None:
    one, two, three = (uuid5(_SPACE, f"facture {rank}") for rank in range(3))
    cuts = [Cut(one, WHO[0], WHO[1], 10, 5), Cut(two, WHO[1], WHO[0], 5, 0), Cut(three, WHO[2], WHO[0], 9, 9)]
    assert proposal.moved(cuts, {one: 10, two: 5}) == []
    assert proposal.moved(cuts, {one: 9, two: 5, three: 9}) == [cuts[0]]
    assert proposal.moved(cuts, {one: 10}) == [cuts[1]]


def test_a_word_holds_when_exactly_the_same_is_asked() -> None:
    one, two = (uuid5(_SPACE, f"facture {rank}") for rank in range(2))
    ring = [Cut(one, WHO[0], WHO[1], 10, 5), Cut(two, WHO[1], WHO[0], 5, 0)]
    more = [*ring, Cut(uuid5(_SPACE, "autre"), WHO[2], WHO[0], 9, 9)]
    assert proposal.unchanged(ring, more, WHO[0])
    assert not proposal.unchanged(ring, more, WHO[2])
    less = [Cut(one, WHO[0], WHO[1], 10, 6), Cut(two, WHO[1], WHO[0], 5, 1)]
    assert not proposal.unchanged(ring, less, WHO[0])


def test_pairs_are_added_up_the_largest_cancelled_first() -> None:
    cuts = [
        Cut(WHO[3], WHO[0], WHO[1], 10, 10),
        Cut(WHO[4], WHO[0], WHO[1], 5, 1),
        Cut(WHO[5], WHO[1], WHO[0], 9, 0),
    ]
    assert proposal.between(cuts) == [(WHO[1], WHO[0], 9, 0), (WHO[0], WHO[1], 15, 11)]
