"""The ESS verdict: the law's formula, three-valued, with the reason of each answer."""

import inspect
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terreau.actors import rules, tables
from terreau.actors.models import LegalNature
from terreau.actors.rules import Listing, ess_share, ess_verdict
from terreau.common.errors import DomainError
from terreau.common.verdicts import Answer

YES, NO, CHECK = Answer.YES, Answer.NO, Answer.TO_CHECK
CATEGORIES = sorted(tables.legal_categories())
CODES = st.one_of(st.just(""), st.sampled_from(CATEGORIES), st.from_regex(r"\A[0-9]{4}\Z"))
NATURES = st.sampled_from(LegalNature.values)
DECLARED = st.sampled_from(["", "yes", "no"])
LISTINGS = st.lists(
    st.builds(Listing, st.booleans(), st.dates(date(2015, 1, 1), date(2026, 1, 1)), st.sampled_from("AB")),
    max_size=3,
)


def listed(word, on=date(2025, 6, 1), source="Liste de la CRESS"):
    return Listing(word, on, source)


@pytest.mark.parametrize(
    ("code", "declared", "value", "reason"),
    [
        ("9220", "", YES, "family"),
        ("9220", "no", YES, "family"),  # the law files associations whatever they say
        ("9260", "", YES, "family"),
        ("9300", "", YES, "family"),
        ("8210", "", YES, "family"),
        ("5458", "", YES, "family"),
        ("5710", "yes", YES, "company_declared"),
        ("5710", "no", NO, "company_not_declared"),
        ("5710", "", CHECK, "company_unknown"),
        ("5499", "", CHECK, "company_unknown"),
        ("5432", "", CHECK, "doubtful"),  # SICA
        ("5432", "yes", YES, "company_declared"),
        ("5432", "no", CHECK, "doubtful"),
        (
            "6532",
            "yes",
            CHECK,
            "doubtful",
        ),  # civil, not commercial
        ("5191", "", CHECK, "doubtful"),
        ("6100", "", CHECK, "doubtful"),
        ("9210", "", CHECK, "doubtful"),  # undeclared association
        ("9240", "", CHECK, "doubtful"),
        ("7210", "", NO, "public"),
        ("7410", "yes", NO, "public"),
        ("7383", "", NO, "public"),
        ("4110", "", NO, "public"),
        ("1000", "", NO, "person"),
        ("1000", "yes", NO, "person"),
        ("2110", "", NO, "no_person"),
        ("6540", "", CHECK, "undecided"),
        ("8410", "", CHECK, "undecided"),
        ("9999", "", CHECK, "undecided"),
        ("0000", "", CHECK, "unknown_category"),
        ("5999", "yes", CHECK, "unknown_category"),
        ("1234", "", CHECK, "unknown_category"),
    ],
)
def test_by_legal_category(code, declared, value, reason):
    verdict = ess_verdict(legal_category=code, declared=declared)
    assert (verdict.value, verdict.reasons[0].code) == (value, reason)


@pytest.mark.parametrize(
    ("nature", "value"),
    [
        (LegalNature.ASSOCIATION, YES),
        (LegalNature.COOPERATIVE, YES),
        (LegalNature.MUTUAL, YES),
        (LegalNature.FOUNDATION, YES),
        (LegalNature.COMPANY, CHECK),
        (LegalNature.LOCAL_AUTHORITY, NO),
        (LegalNature.AUTHORITY_GROUPING, NO),
        (LegalNature.PUBLIC_BODY, NO),
        (LegalNature.STATE, NO),
        (LegalNature.NATURAL_PERSON, NO),
        (LegalNature.COLLECTIVE, NO),
        (LegalNature.CHAMBER, CHECK),
        (LegalNature.UNION, CHECK),
        (LegalNature.ENTERPRISE_GROUPING, CHECK),
        (LegalNature.UNKNOWN, CHECK),
    ],
)
def test_by_nature_when_the_category_is_missing(nature, value):
    verdict = ess_verdict(legal_nature=nature)
    assert verdict.value is value
    assert not verdict.verified
    if value is YES:
        assert verdict.reasons[0].code == "family_by_nature"


def test_the_category_wins_over_the_nature():
    assert ess_verdict(legal_category="5710", legal_nature=LegalNature.ASSOCIATION).value is CHECK


@pytest.mark.parametrize(
    ("form", "lists", "expected"),
    [
        (("9220", ""), [listed(True)], (YES, True, "listed")),
        (("5710", ""), [listed(True)], (YES, True, "listed")),
        (("5710", "yes"), [listed(True)], (YES, True, "listed")),
        (("5710", ""), [listed(False)], (NO, True, "not_listed")),
        (("5432", ""), [listed(True)], (YES, True, "listed")),
        (("9220", ""), [listed(False)], (CHECK, False, "list_against_form")),
        (("5710", "no"), [listed(True)], (CHECK, False, "list_against_form")),
        (("7210", ""), [listed(True)], (CHECK, False, "list_against_form")),
        (("5710", ""), [listed(True), listed(False, source="Sirene")], (CHECK, False, "lists_disagree")),
        (("5710", ""), [listed(False, date(2020, 1, 1)), listed(True)], (YES, True, "listed")),
        (("0000", ""), [listed(True)], (YES, True, "listed")),
    ],
)
def test_an_official_list_confirms_settles_or_contradicts(form, lists, expected):
    verdict = ess_verdict(legal_category=form[0], declared=form[1], listings=lists)
    assert (verdict.value, verdict.verified, verdict.reasons[-1].code) == expected


def test_a_reason_names_the_law_and_the_list():
    verdict = ess_verdict(legal_category="9220", listings=[listed(True)])
    assert "2014-856" in verdict.source
    assert "Liste de la CRESS" in verdict.source
    assert verdict.reasons[1].label("fr") == (
        "Inscrit comme entreprise de l'ESS sur « Liste de la CRESS », au 01/06/2025."
    )
    assert verdict.family == "association"


@pytest.mark.parametrize("code", ["922", "92200", "92A0", " ", "９２２０"])
def test_a_malformed_category_is_refused(code):
    with pytest.raises(DomainError) as caught:
        ess_verdict(legal_category=code)
    assert caught.value.code == "legal_category_format"


@given(CODES, NATURES, DECLARED, LISTINGS)
def test_every_verdict_has_a_reason_with_a_source_in_both_languages(code, nature, declared, lists):
    verdict = ess_verdict(legal_category=code, legal_nature=nature, declared=declared, listings=lists)
    assert verdict.reasons
    for reason in verdict.reasons:
        assert reason.source
        assert reason.label("fr") != reason.label("en")
        assert "{" not in reason.label("fr") + reason.label("en")


@given(CODES, NATURES, LISTINGS)
def test_declaring_the_statutes_never_takes_away_a_yes(code, nature, lists):
    order = [NO, CHECK, YES]
    before = ess_verdict(legal_category=code, legal_nature=nature, declared="no")
    after = ess_verdict(legal_category=code, legal_nature=nature, declared="yes")
    unknown = ess_verdict(legal_category=code, legal_nature=nature)
    assert order.index(before.value) <= order.index(unknown.value) <= order.index(after.value)


@given(CODES, NATURES, DECLARED)
def test_more_knowledge_never_turns_an_answer_round(code, nature, declared):
    """What is decided without the statutes stays when they are known."""
    unknown = ess_verdict(legal_category=code, legal_nature=nature)
    known = ess_verdict(legal_category=code, legal_nature=nature, declared=declared)
    assert unknown.value in {CHECK, known.value}


@given(CODES, NATURES, DECLARED, LISTINGS)
def test_the_order_of_the_lists_does_not_matter(code, nature, declared, lists):
    there = ess_verdict(legal_category=code, legal_nature=nature, declared=declared, listings=lists)
    back = ess_verdict(legal_category=code, legal_nature=nature, declared=declared, listings=lists[::-1])
    days = {(entry.source, entry.on) for entry in lists}
    if len(days) == len(lists):
        assert there == back


def test_activity_is_not_even_asked():
    """Never by activity (facts-poles §1.2): the rule has no way to know the NAF."""
    asked = set(inspect.signature(rules.ess_verdict).parameters)
    assert asked == {"legal_category", "legal_nature", "declared", "listings"}


def test_every_nature_but_the_unknown_is_in_the_table():
    assert set(tables.legal_natures()) == set(LegalNature.values) - {LegalNature.UNKNOWN}


@pytest.mark.samples
def test_real_ess_units_are_never_said_to_be_outside_the_ess(shared):
    """Units that Sirene marks « O »: yes or to check. One public grouping is marked too: the two disagree."""
    import duckdb

    path = shared / "data" / "samples" / "ess_sirene_extrait.parquet"
    query = (
        "SELECT categorieJuridiqueUniteLegale, count(*) FROM read_parquet(?) "
        "WHERE economieSocialeSolidaireUniteLegale = 'O' GROUP BY 1"
    )
    with duckdb.connect() as db:
        counts = dict(db.execute(query, [str(path)]).fetchall())
    wrong = {code: n for code, n in counts.items() if ess_verdict(legal_category=code).value is NO}
    assert wrong == {"7410": 1}
    assert ess_verdict(legal_category="7410", listings=[listed(True, source="Sirene")]).value is CHECK
    assert sum(counts.values()) > 3000


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([], NO),
        (["non", "non", "oui"], YES),
        (["non", "oui"], NO),  # half is not most
        (["non", "a_verifier"], CHECK),
        (["non", "non", "a_verifier"], YES),
        (["oui", "oui", "a_verifier"], NO),
        (["oui", "oui", "a_verifier", "a_verifier"], NO),
        (["oui", "a_verifier", "a_verifier"], CHECK),
    ],
)
def test_most_members_outside_the_ess_is_three_valued(answers, expected):
    assert ess_share(answers).mostly_not_ess is expected


@given(st.lists(st.sampled_from(["oui", "non", "a_verifier"])), st.randoms())
def test_checking_a_member_never_contradicts_what_was_decided(answers, draw):
    before = ess_share(answers).mostly_not_ess
    known = [answer if answer != "a_verifier" else draw.choice(["oui", "non"]) for answer in answers]
    after = ess_share(known).mostly_not_ess
    assert after is not CHECK
    assert before in {CHECK, after}
