"""The guard never accuses on partial data: hiding a fact never turns « à vérifier » into « non »."""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from terreau.agreements import guard
from terreau.agreements.guard import Aid, Claim, Known, Limit, Told
from terreau.common.verdicts import Answer

DAY = date(2026, 6, 1)
HERE = Told("agreement", "Conventions du registre", date(2026, 5, 2))
SAID = Told("declared", "Déclaration du candidat", date(2026, 5, 1))
SURE = Limit(1_000, True)


def _aid(cents: int | None = 400, **values: object) -> Aid:
    held = {"giver_id": "region", "granted_on": date(2025, 1, 1), "public": True, "certain": True}
    return Aid(HERE, "Région", cents=cents, **{**held, **values})  # type: ignore[arg-type]


def test_public_rate_counts_what_is_established() -> None:
    """80 % of 1 000: 900 secured is over, 700 is under, 700 and 200 asked is to check."""
    limit = Limit(8000, True)
    known = Known(DAY, plan=(_aid(900),), budget=1_000, balanced=True, statement=SAID)
    assert guard.public_rate(known, limit).answer == Answer.NO
    assert guard.public_rate(replace(known, plan=(_aid(700),)), limit).answer == Answer.YES
    more = replace(known, plan=(_aid(700), _aid(200, certain=False)))
    found = guard.public_rate(more, limit)
    assert (found.answer, found.reasons, found.low, found.high) == (
        Answer.TO_CHECK,
        (guard.NOT_CERTAIN,),
        700,
        900,
    )
    for hidden, why in (({"budget": None}, guard.NO_BUDGET), ({"balanced": False}, guard.UNBALANCED)):
        found = guard.public_rate(replace(known, **hidden), limit)
        assert found.answer == Answer.TO_CHECK
        assert why in found.reasons
    assert guard.public_rate(known, Limit(None, False)).reasons[0] == guard.NO_LIMIT


def test_own_money_is_not_public_and_unknown_money_may_be() -> None:
    limit = Limit(5000, True)
    known = Known(DAY, plan=(_aid(900, public=False),), budget=1_000, balanced=True, statement=SAID)
    assert guard.public_rate(known, limit).answer == Answer.YES
    unknown = replace(known, plan=(_aid(900, public=None),))
    assert guard.public_rate(unknown, limit).answer == Answer.TO_CHECK


def test_de_minimis_over_three_rolling_years() -> None:
    """An aid of three years ago to the day is out; the new one is in."""
    aids = (
        _aid(400, de_minimis=True, granted_on=date(2023, 6, 2)),
        _aid(400, de_minimis=True, granted_on=date(2023, 6, 1)),
    )
    known = Known(DAY, aids=aids, asked=500, statement=SAID)
    found = guard.de_minimis(known, SURE)
    assert (found.answer, found.low) == (Answer.YES, 900)
    assert guard.de_minimis(replace(known, asked=601), SURE).answer == Answer.NO
    undated = replace(known, aids=(_aid(700, de_minimis=True, granted_on=None),))
    assert guard.de_minimis(undated, SURE).answer == Answer.TO_CHECK
    leap = Known(
        date(2024, 2, 29), aids=(_aid(900, de_minimis=True, granted_on=date(2021, 3, 1)),), asked=200
    )
    assert guard.de_minimis(leap, SURE).answer == Answer.NO


def test_a_de_minimis_aid_counts_whoever_gives_it() -> None:
    """Not knowing that its giver is private accuses no more than knowing it."""
    private = _aid(1_001, de_minimis=True, public=False)
    for public in (False, None, True):
        known = Known(DAY, aids=(replace(private, public=public),), asked=0, statement=SAID)
        assert guard.de_minimis(known, SURE).answer == Answer.NO
    gift = Known(DAY, aids=(replace(private, de_minimis=None),), asked=0, statement=SAID)
    assert guard.de_minimis(gift, SURE).answer == Answer.YES


def test_a_ceiling_that_nobody_confirmed_never_accuses() -> None:
    known = Known(DAY, aids=(_aid(5_000, de_minimis=True),), asked=1, statement=SAID)
    found = guard.de_minimis(known, Limit(1_000, False))
    assert (found.answer, found.reasons) == (Answer.TO_CHECK, (guard.WOULD_PASS, guard.UNCONFIRMED))


def test_one_aid_told_twice_counts_once() -> None:
    """The agreement, the forecast and a file tell the same 600: 600 is established, 1 800 is not."""
    rows = [
        _aid(600, de_minimis=True),
        _aid(600, de_minimis=True, giver_id=None),
        _aid(600, de_minimis=True),
    ]
    rows = [replace(one, told=Told(str(rank), str(rank))) for rank, one in enumerate(rows)]
    found = guard.de_minimis(Known(DAY, aids=tuple(rows), asked=0, statement=SAID), SURE)
    assert (found.answer, found.low, found.high) == (Answer.TO_CHECK, 600, 1_800)
    other = replace(rows[1], giver_id="commune")
    assert guard.lowest([rows[0], other]) == 1_200


def _claim(request: str, charged: int = 60, **values: object) -> Claim:
    held = {"number": "F1", "on": DAY, "supplier": "imprimerie", "total": 100}
    return Claim(HERE, request, charged=charged, **{**held, **values})  # type: ignore[arg-type]


def test_one_invoice_charged_twice() -> None:
    """The same numbered invoice for 60 and 60 of 100 is passed; 60 and 40 is not; alike is to check."""
    known = Known(DAY, claims=(_claim("a"), _claim("b")), statement=SAID)
    found = guard.double_funding(known)
    assert (found.answer, found.low, len(found.claims)) == (Answer.NO, 20, 2)
    assert guard.double_funding(replace(known, claims=(_claim("a"), _claim("b", 40)))).answer == Answer.YES
    unnumbered = replace(known, claims=(_claim("a", number=None), _claim("b", number=None)))
    found = guard.double_funding(unnumbered)
    assert found.answer == Answer.TO_CHECK
    assert set(found.reasons) == {guard.NO_NUMBER, guard.ALIKE}
    scanned = tuple(replace(one, digest="abc") for one in unnumbered.claims)
    assert guard.double_funding(replace(known, claims=scanned)).answer == Answer.NO


def test_an_aid_of_the_state_already() -> None:
    had = _aid(state=True, for_pole=True)
    known = Known(DAY, aids=(had,), statement=SAID)
    assert guard.already_aided(known).answer == Answer.NO
    for hidden in ({"state": None}, {"for_pole": None}, {"certain": False}):
        found = guard.already_aided(replace(known, aids=(replace(had, **hidden),)))
        assert (found.answer, found.reasons) == (Answer.TO_CHECK, (guard.MAY_HAVE_HAD,))
    assert guard.already_aided(replace(known, aids=())).answer == Answer.YES
    assert guard.already_aided(replace(known, aids=(), statement=None)).answer == Answer.TO_CHECK


_maybe = st.sampled_from([None, True, False])
_cents = st.sampled_from([None, 1, 300, 700])
_sources = st.sampled_from([HERE, SAID, Told("known", "Fichier"), Told("forecast", "Espace du pôle")])
_days = st.sampled_from([None, DAY, date(2023, 6, 1), date(2024, 1, 1)])
_aids = st.builds(
    Aid,
    told=_sources,
    giver=st.just("X"),
    giver_id=st.sampled_from([None, "a", "b"]),
    cents=_cents,
    granted_on=_days,
    public=_maybe,
    state=_maybe,
    de_minimis=_maybe,
    for_pole=_maybe,
    certain=st.booleans(),
)
_claims = st.builds(
    Claim,
    told=_sources,
    request=st.sampled_from("abc"),
    supplier=st.sampled_from(["x", "y"]),
    total=st.sampled_from([100, 120]),
    charged=st.sampled_from([40, 60, 100]),
    number=st.sampled_from([None, "F1"]),
    on=st.sampled_from([None, DAY]),
    digest=st.sampled_from([None, "h"]),
)
_known = st.builds(
    Known,
    day=st.just(DAY),
    aids=st.lists(_aids, max_size=4).map(tuple),
    plan=st.lists(_aids, max_size=4).map(tuple),
    claims=st.lists(_claims, max_size=4).map(tuple),
    budget=st.sampled_from([None, 1_000]),
    balanced=st.booleans(),
    asked=st.sampled_from([None, 0, 500]),
    statement=st.sampled_from([None, SAID]),
)
_limits = st.builds(Limit, st.sampled_from([None, 500, 8000]), st.booleans())


def _hidden(known: Known) -> Iterator[Known]:
    """Return what is left to know when one fact is hidden: a row, or one thing that a row says."""
    for name in ("budget", "asked", "statement"):
        if getattr(known, name) is not None:
            yield replace(known, **{name: None})
    for name in ("aids", "plan", "claims"):
        rows = getattr(known, name)
        for rank, row in enumerate(rows):
            yield replace(known, **{name: (*rows[:rank], *rows[rank + 1 :])})
            for field in fields(row):
                if field.default is None and getattr(row, field.name) is not None:
                    less = replace(row, **{field.name: None})
                    yield replace(known, **{name: (*rows[:rank], less, *rows[rank + 1 :])})
            if getattr(row, "certain", False):
                less = replace(row, certain=False)
                yield replace(known, **{name: (*rows[:rank], less, *rows[rank + 1 :])})


@settings(max_examples=50, deadline=None)
@given(_known, _limits)
def test_hiding_a_fact_never_accuses(known: Known, limit: Limit) -> None:
    """Whatever is hidden, a limit that was not passed for sure is still not."""
    for ask in (
        lambda one: guard.public_rate(one, limit),
        lambda one: guard.de_minimis(one, limit),
        guard.double_funding,
        guard.already_aided,
    ):
        before = ask(known).answer
        for less in _hidden(known):
            after = ask(less).answer
            assert before == Answer.NO or after != Answer.NO
            assert after != Answer.YES or less.statement is not None
