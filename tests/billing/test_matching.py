"""What a line of a statement may pay: number, amount, name; several together; and how sure it is."""

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from terreau.billing.matching import Owed, Sure, Why, Words, propose

A, B, C = (uuid4() for _ in range(3))


def owed(pk: UUID = A, left: int = 12_000, name: str = "PF-00001", party: str = "Cantine du canal") -> Owed:
    return Owed(pk, left, (name,), party)


def test_a_number_and_the_amount_are_sure() -> None:
    (one, *_) = propose(Words(12_000, "VIR PF 00001 merci"), [owed(), owed(B, 12_000, "PF-00002", "Moulin")])
    assert (one.parts, one.sure) == (((A, 12_000),), Sure.HIGH)
    assert set(one.reasons) == {Why.NUMBER, Why.AMOUNT}


def test_a_name_and_the_amount_are_sure_a_lone_amount_is_not() -> None:
    (named, *_) = propose(Words(12_000, "VIREMENT", "CANTINE DU CANAL SCIC"), [owed()])
    assert named.sure is Sure.HIGH
    (alone, *_) = propose(Words(12_000, "VIREMENT"), [owed()])
    assert alone.sure is Sure.LOW


def test_two_invoices_alike_are_not_sure() -> None:
    rows = [owed(), owed(B, 12_000, "PF-00002")]
    found = propose(Words(12_000, "VIREMENT", "Cantine du canal"), rows)
    assert {one.sure for one in found} == {Sure.FAIR}


def test_one_line_pays_several_invoices() -> None:
    rows = [owed(A, 5_000), owed(B, 7_000, "PF-00002"), owed(C, 1_000, "PF-00003")]
    (named, *_) = propose(Words(12_000, "PF-00001 ET PF-00002"), rows)
    assert (named.parts, named.sure) == (((A, 5_000), (B, 7_000)), Sure.HIGH)
    (whole, *_) = propose(Words(13_000, "VIR", "CANTINE DU CANAL"), rows)
    assert whole.cents == 13_000
    (some, *_) = propose(Words(8_000, "VIR", "CANTINE DU CANAL"), rows)
    assert (some.parts, some.sure) == (((B, 7_000), (C, 1_000)), Sure.FAIR)


def test_a_part_of_an_invoice_is_proposed_with_its_name_only() -> None:
    (part,) = propose(Words(4_000, "ACOMPTE PF-00001"), [owed()])
    assert part.parts == ((A, 4_000),)
    assert Why.PART in part.reasons
    assert propose(Words(4_000, "ACOMPTE"), [owed()]) == []


def test_a_number_inside_another_is_not_it() -> None:
    assert propose(Words(4_000, "REF 2000012"), [owed(name="00001")]) == []
    assert propose(Words(4_000, "PF-000012"), [owed()]) == []


def test_names_that_share_small_words_only_are_not_the_same() -> None:
    assert propose(Words(4_000, "VIR", "LA FERME DE LA VALLEE"), [owed(party="Le café de la gare")]) == []


@given(st.lists(st.integers(1, 50_000), min_size=1, max_size=8), st.integers(1, 100_000), st.booleans())
def test_no_proposal_takes_more_than_the_line_or_the_invoices(
    lefts: list[int], line: int, named: bool
) -> None:
    rows = [owed(UUID(int=i), left, f"PF-{i:05d}") for i, left in enumerate(lefts)]
    for one in propose(Words(line, "VIR", "Cantine du canal" if named else ""), rows):
        assert 0 < one.cents <= line
        assert all(0 < cents <= lefts[pk.int] for pk, cents in one.parts)
