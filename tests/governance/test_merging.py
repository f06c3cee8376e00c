"""Two hands in one text: what merges, what is asked, and that no line is ever lost."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terreau.governance import merging

#: A busy machine draws slowly; nothing here depends on time.
QUIET = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
LINES = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=6).map("\n".join)


def test_lines_of_both_stay() -> None:
    base = "un\ndeux\ntrois"
    assert (
        merging.merged(base, "un\ndeux\ntrois\nquatre", "zéro\nun\ndeux\ntrois")
        == "zéro\nun\ndeux\ntrois\nquatre"
    )
    assert merging.merged("", "Elle dit oui.", "Il dit non.") == "Elle dit oui.\nIl dit non."
    assert merging.merged(base, "un\ntrois", "un\ndeux\ntrois et demi") == "un\ntrois et demi"
    assert merging.merged(base, base, "autre") == "autre"
    assert merging.merged(base, "autre", base) == "autre"


def test_the_same_line_is_asked() -> None:
    assert merging.merged("oui", "oui, dit Ada", "oui, dit Bob") is None
    assert merging.both("oui, dit Ada\nfin", "oui, dit Bob\nfin") == "oui, dit Ada\noui, dit Bob\nfin"


def test_what_was_kept_without_being_told_is_not_said_twice() -> None:
    assert merging.merged("", "Ada a dit", "Ada a dit oui.") == "Ada a dit oui."
    assert merging.merged("", "Ada a dit oui.\nBob non.", "Ada a dit") == "Ada a dit oui.\nBob non."


def test_what_browsers_send_is_tidied() -> None:
    assert merging.tidy("  un \r\ndeux\r\n\r\n") == "  un\ndeux"


@QUIET
@given(LINES, LINES)
def test_one_who_writes_alone_gets_what_was_written(base: str, mine: str) -> None:
    assert merging.merged(base, base, mine) == mine
    assert merging.merged(base, mine, base) == mine
    assert merging.merged(base, mine, mine) == mine


@QUIET
@given(
    LINES, st.lists(st.text("xyz", min_size=1), max_size=4), st.lists(st.text("uvw", min_size=1), max_size=4)
)
def test_additions_are_never_lost(base: str, theirs: list[str], mine: list[str]) -> None:
    first = [line for line in base.split("\n") if base]
    found = merging.merged(base, "\n".join(theirs + first), "\n".join(first + mine))
    assert found is not None
    lines = found.split("\n") if found else []
    assert all(lines.count(one) >= theirs.count(one) for one in theirs)
    assert all(lines.count(one) >= mine.count(one) for one in mine)


@QUIET
@given(LINES, LINES)
def test_what_a_choice_begins_from_holds_everything(theirs: str, mine: str) -> None:
    found = set(merging.both(theirs, mine).split("\n"))
    assert set(filter(None, theirs.split("\n"))) | set(filter(None, mine.split("\n"))) <= found | {""}
