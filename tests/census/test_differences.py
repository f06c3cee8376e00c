"""What changes between two texts, word by word."""

from hypothesis import given
from hypothesis import strategies as st

from terreau.census.differences import GONE, NEW, SAME, words


def test_a_word_replaced() -> None:
    assert words("un tiers lieu ancien", "un tiers lieu nouveau") == [
        (SAME, "un tiers lieu "),
        (GONE, "ancien"),
        (NEW, "nouveau"),
    ]


def test_nothing_against_something() -> None:
    assert words("", "un mot") == [(NEW, "un mot")]
    assert words("un mot", "") == [(GONE, "un mot")]
    assert words("", "") == []


def test_long_texts_are_shown_whole() -> None:
    assert words("a " * 1500, "b " * 1500)[0] == (GONE, "a " * 1500)


@given(st.text(alphabet="ab \n", max_size=40), st.text(alphabet="ab \n", max_size=40))
def test_both_texts_can_be_read_again(before: str, after: str) -> None:
    pieces = words(before, after)
    assert "".join(text for kind, text in pieces if kind != NEW) == before
    assert "".join(text for kind, text in pieces if kind != GONE) == after
