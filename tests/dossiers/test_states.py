"""The table of states: every state is reached, every refusal says why, no opinion is skipped."""

from collections import deque

from hypothesis import given, settings
from hypothesis import strategies as st

from terreau.dossiers import states
from terreau.dossiers.states import LABELS, OPTIONAL, TABLE, VERBS, Stages

ALL = {"lead", "signatory", "writer", "officer", "owner", "committee"}


def stages(*codes: str, **opinions: str) -> Stages:
    return states.read_stages([{"code": code, "opinion": opinions.get(code, "none")} for code in codes])


def reached(held: Stages) -> set[str]:
    """Return the states that a file of the call can be in."""
    seen, waiting = {"draft"}, deque(["draft"])
    while waiting:
        for step in states.steps(waiting.popleft(), held):
            if step.target not in seen:
                seen.add(step.target)
                waiting.append(step.target)
    return seen


def test_every_verb_and_state_has_words() -> None:
    assert {step.verb for step in TABLE} == set(VERBS)
    assert {one for step in TABLE for one in (step.source, step.target)} == set(LABELS)
    assert len({(step.source, step.verb, step.target) for step in TABLE}) == len(TABLE)


@given(st.sets(st.sampled_from(OPTIONAL)))
@settings(max_examples=10)
def test_a_call_reaches_what_it_uses_and_nothing_else(codes: set[str]) -> None:
    assert reached(stages(*codes)) == set(LABELS) - (set(OPTIONAL) - codes)


def test_a_stage_in_use_is_not_jumped_over() -> None:
    assert states.find("admissible", "to_committee", stages("region", "committee")) is None
    assert states.find("admissible", "to_committee", stages("committee")) is not None
    assert states.find("admissible", "award", stages("committee")) is None
    assert states.find("admissible", "award", stages()) is not None


@given(st.sets(st.sampled_from(OPTIONAL)), st.sets(st.sampled_from(OPTIONAL)), st.booleans())
@settings(max_examples=50)
def test_nobody_is_decided_without_the_mandatory_opinions(
    codes: set[str], mandatory: set[str], sponsor: bool
) -> None:
    held = states.read_stages(
        [{"code": code, "opinion": "mandatory" if code in mandatory else "asked"} for code in codes],
        [7] if sponsor else [],
    )
    due = (mandatory & codes - {"committee"}) | ({"sponsor:7"} if sponsor else set())
    for source in states.LABELS:
        for step in states.steps(source, held):
            if step.target in states.DECIDED and source not in states.DECIDED | {"closed", "ended"}:
                assert due <= set(states.due_opinions(step, held)), step


def test_refusals_say_why() -> None:
    plain = stages("national", "committee", national="mandatory")
    told = {
        states.allowed("draft", "award", plain, roles=ALL).reason,
        states.allowed("deposited", "admit", plain, roles={"lead"}).reason,
        states.allowed("deposited", "reject", plain, roles=ALL).reason,
        states.allowed("draft", "deposit", plain, roles=ALL).reason,
        states.allowed("committee", "award", plain, roles=ALL).reason,
        states.allowed("admissible", "undo", plain, roles=ALL, has={"reason"}, back_to="deposited").reason,
        states.allowed("deposited", "take_back", plain, roles=ALL).reason,
    }
    assert len(told - {""}) == 7
    assert states.allowed("committee", "award", plain, roles=ALL, opinions={"national"})


def test_complements_go_back_to_where_the_file_was() -> None:
    held = stages("region")
    assert states.find("complements", "answer", held, back_to="region") is not None
    assert states.find("complements", "answer", held, back_to="laureate") is None
