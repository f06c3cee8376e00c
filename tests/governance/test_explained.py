"""A result told exactly: what colleges bring adds up to the shares, whatever the votes."""

from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terreau.governance import rules
from terreau.governance.explained import exact, explained

COUNTS = st.dictionaries(
    st.sampled_from(["A", "B", "C"]),
    st.fixed_dictionaries(dict.fromkeys(rules.CHOICES, st.integers(0, 9))),
    min_size=1,
)


def frozen(**changes: Any) -> dict[str, Any]:
    return {
        "quorum": [0, 1],
        "quorum_by_college": False,
        "proxies": 1,
        "majority": "simple",
        "counting": "college",
        "sharing": "proportional",
        "weights": {"A": 50, "B": 30, "C": 20},
    } | changes


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    COUNTS, st.sampled_from(["proportional", "whole"]), st.sampled_from([one.value for one in rules.Majority])
)
def test_colleges_add_up(counts: dict[str, dict[str, int]], sharing: str, majority: str) -> None:
    told = explained(frozen(sharing=sharing, majority=majority), {"counts": counts}, roll=99)
    for share in told.shares:
        brought = sum(
            (one.part for line in told.colleges for one in line.shares if one.choice == share.choice),
            Fraction(0),
        )
        assert brought == share.part
        assert share.voices == sum(one[share.choice] for one in counts.values())
    assert sum((one.part for one in told.colleges), Fraction(0)) in {0, 1}
    assert told.silent == 99 - told.cast


def test_words_of_a_result() -> None:
    counts = {"A": {"for": 2, "against": 1}, "B": {"abstain": 1}}
    told = explained(frozen(counting="seat", majority="two_thirds"), {"counts": counts}, roll=4)
    assert [one.text for one in told.shares] == ["1/2 (50\u202f%)", "1/4 (25\u202f%)", "1/4 (25\u202f%)"]
    assert told.adopted is True
    assert told.expressed.startswith("Pour et contre seuls comptés, « pour » fait 2/3 (≈\u202f66,7\u202f%)")
    assert told.colleges == ()
    consent = explained(frozen(majority="consent"), {"counts": {"A": {"against": 1}}}, roll=3)
    assert (consent.adopted, consent.code, consent.shares[1].label) == (
        False,
        "objection",
        "J'ai une objection",
    )


def test_exact_parts() -> None:
    assert exact(Fraction(1)) == "100\u202f%"
    assert exact(Fraction(1, 8)) == "1/8 (12,5\u202f%)"
