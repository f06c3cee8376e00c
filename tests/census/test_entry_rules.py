"""What a first entry holds and lacks, on plain values."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from terreau.census import entry_rules
from terreau.census.entry_rules import Entry, Likeness, Party

NAMES = st.text(max_size=40)
PARTIES = st.lists(st.builds(Party, name=NAMES, actor=st.sampled_from(["", "a", "b"])), max_size=8)


@pytest.mark.parametrize(
    ("entry", "missing"),
    [
        (Entry(), ["nom", "communes"]),
        (Entry(name="🌱", communes=("35236",)), ["nom"]),
        (Entry(name="Pôle 🌱", communes=("35236",)), []),
        (Entry(name="Pôle"), ["communes"]),
    ],
)
def test_a_name_and_a_commune_are_enough(entry: Entry, missing: list[str]) -> None:
    assert entry_rules.lacks(entry) == missing


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Pôle\t du   lin \r\n", "Pôle du lin"),
        ("a\x00b\x07c", "abc"),
        ("🌱 é", "🌱 é"),
        ("a\ud800b", "ab"),
        ("", ""),
    ],
)
def test_what_no_database_keeps_is_left_out(typed: str, kept: str) -> None:
    assert entry_rules.tidy(typed) == kept


@given(st.text())
def test_what_is_tidied_stays_as_it_is(typed: str) -> None:
    for lines in (False, True):
        once = entry_rules.tidy(typed, lines=lines)
        assert entry_rules.tidy(once, lines=lines) == once
        json.dumps(once).encode()
        assert "\0" not in once


@given(PARTIES, PARTIES)
@example([], [Party("", "a"), Party("0", "a"), Party("0"), Party("00")])
def test_an_organisation_is_there_once(first: list[Party], then: list[Party]) -> None:
    held = entry_rules.with_members(Entry(), first)
    more = entry_rules.with_members(held, then)
    keys = [one.key for one in more.members]
    assert len(keys) == len(set(keys))
    assert entry_rules.with_members(more, then).members == more.members
    assert Entry.read(json.loads(json.dumps(more.as_json()))) == more


def test_a_recognised_name_replaces_the_bare_one_and_is_not_added_beside() -> None:
    bare = entry_rules.with_members(Entry(), [Party("La Laiterie")])
    known = entry_rules.with_members(bare, [Party("La  laiterie", "id1")])
    assert known.members == (Party("La  laiterie", "id1"),)
    assert entry_rules.with_members(known, [Party("LA LAITERIE")]) == known
    assert entry_rules.without_member(known, "id1").members == ()


def test_a_page_is_held_to_have_seen_what_it_wrote_itself() -> None:
    entry = entry_rules.writes(Entry(name="Pô"), {"name": "Pôle", "carrier": ""}, "page1")
    assert entry.writers == {"name": "page1"}
    assert entry_rules.as_seen(entry, {"name": "Pô"}, "page1") == {"name": "Pôle"}
    assert entry_rules.as_seen(entry, {"name": "Pô"}, "page2") == {"name": "Pô"}
    assert entry_rules.as_seen(entry, {"name": "Pô"}, "") == {"name": "Pô"}


@pytest.mark.parametrize(
    ("likeness", "reasons"),
    [
        (Likeness(100, 0, carrier=False), ("name",)),
        (Likeness(95, 2, carrier=False), ("name", "communes")),
        (Likeness(95, 0, carrier=False), ()),
        (Likeness(60, 9, carrier=False), ()),
        (Likeness(10, 0, carrier=True), ("carrier",)),
        (Likeness(100, 1, carrier=True), ("name", "carrier", "communes")),
    ],
)
def test_why_to_ask_whether_it_is_the_same(likeness: Likeness, reasons: tuple[str, ...]) -> None:
    assert likeness.reasons == reasons


def test_words_that_many_poles_bear_distinguish_none() -> None:
    assert entry_rules.own_words("PTCE Pays de Redon") == entry_rules.own_words("Pôle de Redon")
    assert entry_rules.own_words("PTCE") == "ptce"
