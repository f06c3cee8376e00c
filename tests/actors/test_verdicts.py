"""Three-valued logic: the tables of Kleene."""

from itertools import product

import pytest

from terreau.common.verdicts import Answer, Reason, Verdict, all_of, any_of, opposite

ANSWERS = list(Answer)
RANK = {Answer.NO: 0, Answer.TO_CHECK: 1, Answer.YES: 2}


@pytest.mark.parametrize(("left", "right"), list(product(ANSWERS, ANSWERS)))
def test_all_is_the_least_and_any_the_greatest(left, right):
    assert RANK[all_of([left, right])] == min(RANK[left], RANK[right])
    assert RANK[any_of([left, right])] == max(RANK[left], RANK[right])
    assert opposite(any_of([left, right])) is all_of([opposite(left), opposite(right)])


def test_nothing_asked_holds_and_nothing_offered_does_not():
    assert all_of([]) is Answer.YES
    assert any_of([]) is Answer.NO


def test_a_verdict_without_a_reason_does_not_exist():
    with pytest.raises(ValueError, match="at least one reason"):
        Verdict(Answer.YES, ())


def test_a_verdict_speaks_two_languages_and_cites_each_source_once():
    reasons = (Reason("a", {"fr": "Oui.", "en": "Yes."}, "Loi"), Reason("b", {"fr": "Aussi."}, "Loi"))
    verdict = Verdict(Answer.YES, reasons)
    assert verdict.as_dict("en") == {
        "verdict": "oui",
        "raisons": [
            {"code": "a", "texte": "Yes.", "source": "Loi"},
            {"code": "b", "texte": "Aussi.", "source": "Loi"},
        ],
        "source": "Loi",
    }
