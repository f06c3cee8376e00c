"""Pages by a unique key: nothing twice, nothing missed, and a bad cursor is refused."""

import base64
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.design.paging import Cursor, Page, decode, encode, keyset

KEYS = ["name", "id"]


def _word(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


PARTS = st.text(st.characters(categories=["L", "N", "Zs"])) | st.integers(-(2**62), 2**62)


@given(st.lists(PARTS, max_size=3), st.booleans())
def test_a_cursor_comes_back_as_it_went(parts: list[str | int], backwards: bool) -> None:
    cursor = Cursor(tuple(part for part in parts if str(part).isprintable()), backwards)
    assert decode(encode(cursor), len(cursor.key)) == cursor


@pytest.mark.parametrize(
    "text",
    ["x", "é", "%%%", "AAAA", "a" * 2000, _word({}), _word([0]), _word([2, "a", "b"]), _word([0, "a"]),
     _word([0, "a", None]), _word([0, "a", 1.5]), _word([0, "a", True]), _word([0, "a", 2**70]),
     _word([0, "a\x00", "b"]), _word([0, ["a"], "b"]), _word("abc"), "[" * 900],
)  # fmt: skip
def test_a_malformed_cursor_says_where_to_start_again(text: str) -> None:
    with pytest.raises(DomainError) as caught:
        decode(text, 2)
    assert (caught.value.code, caught.value.status) == ("bad_cursor", 422)


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    with suppress(DomainError):
        assert len(decode(text, 2).key) == 2


@pytest.fixture
def people(db: None) -> list[User]:
    # Same names on purpose: only the last key tells them apart.
    return [User.objects.create_user(f"p{i}@example.org", name="abc"[i % 3]) for i in range(10)]


def _walk(forward: bool) -> list[Page[User]]:
    pages = [keyset(User.objects.all(), KEYS, limit=3)]
    if not forward:
        while pages[-1].next:
            pages = [keyset(User.objects.all(), KEYS, limit=3, cursor=pages[-1].next)]
    while cursor := pages[-1].next if forward else pages[-1].previous:
        pages.append(keyset(User.objects.all(), KEYS, limit=3, cursor=cursor))
    return pages


def test_every_row_is_seen_once_forwards_and_backwards(people: list[User]) -> None:
    wanted = [user.pk for user in sorted(people, key=lambda user: (user.name, user.pk))]
    assert [user.pk for page in _walk(forward=True) for user in page.rows] == wanted
    assert [user.pk for page in reversed(_walk(forward=False)) for user in page.rows] == wanted


def test_the_ends_have_no_cursor(people: list[User]) -> None:
    pages = _walk(forward=True)
    assert [bool(page.previous) for page in pages] == [False, True, True, True]
    assert [bool(page.next) for page in pages] == [True, True, True, False]


def test_a_row_that_appears_meanwhile_shifts_nothing(people: list[User]) -> None:
    first = keyset(User.objects.all(), KEYS, limit=3)
    User.objects.create_user("early@example.org", name="aa")
    User.objects.create_user("first@example.org", name="a")
    second = keyset(User.objects.all(), KEYS, limit=3, cursor=first.next)
    assert not {user.pk for user in first.rows} & {user.pk for user in second.rows}


def test_a_page_takes_one_query(people: list[User], django_assert_num_queries: object) -> None:
    cursor = keyset(User.objects.all(), KEYS, limit=3).next
    with django_assert_num_queries(1):  # type: ignore[operator]
        keyset(User.objects.all(), KEYS, limit=3, cursor=cursor)


def test_a_key_of_another_type_is_a_bad_cursor(people: list[User]) -> None:
    with pytest.raises(DomainError) as caught:
        keyset(User.objects.all(), KEYS, limit=3, cursor=encode(Cursor(("a", "not-a-uuid"))))
    assert caught.value.code == "bad_cursor"
