"""A file on paper or by e-mail: its postmark counts, what lacks is said, its officer enters it."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terreau.actors.models import Actor
from terreau.calls.models import Call
from terreau.common.errors import DomainError, RefusedError
from terreau.dossiers import actions, paper
from terreau.dossiers.models import Dossier, Receipt, Transition
from terreau.dossiers.paper import Came, Typed
from terreau.journal.models import Event, Refusal
from terreau.territories.models import Zone
from tests.dossiers import making
from tests.two_connections import at_once

PARIS = making.PARIS
#: 2015: closed on 30 June at 23:59.
OPENS, CLOSES = datetime(2015, 4, 21, 9, tzinfo=PARIS), datetime(2015, 6, 30, 23, 59, tzinfo=PARIS)
NOW = datetime(2015, 7, 6, 10, tzinfo=PARIS)
BOTH = {"channels": ["paper", "email"], "both": True}
POSTED, MAILED = date(2015, 6, 30), datetime(2015, 6, 29, 18, 2, tzinfo=PARIS)


def _call(**values: Any) -> tuple[Call, Any]:
    officer = making.person("Omar")
    row = making.call(**({"opens_at": OPENS, "closes_at": CLOSES, "deposit": BOTH} | values))
    making.role(officer, row, valid_from=date(2015, 1, 1))
    return row, officer


def _enter(call: Call, officer: Any, came: Came, **typed: Any) -> Dossier:
    return paper.enter(
        call, Typed(**({"name": "Association des marchés"} | typed)), came, by=officer, now=NOW
    )


def test_a_file_with_both_is_registered_at_its_postmark_not_today(db: None) -> None:
    call, officer = _call()
    row = _enter(call, officer, Came(POSTED, date(2015, 7, 2), MAILED), title="Un marché couvert")
    assert (row.channel, row.title, row.applicant.subject.public) == ("paper", "Un marché couvert", False)
    actions.answer(row, "title", "Un marché couvert", base_version=0, by=officer, origin="paper")
    receipt = paper.register(row, key="cle", by=officer, now=NOW)
    row.refresh_from_db()
    assert (row.state, row.late, receipt.at, row.deposited_at) == ("deposited", False, CLOSES, CLOSES)
    assert paper.reasons(row) == []
    with pytest.raises(DomainError):
        paper.reject(row, by=officer, now=NOW)


@pytest.mark.parametrize(
    ("came", "lacks", "words"),
    [
        (Came(emailed_at=MAILED), ["no_paper"], "L'exemplaire papier"),
        (Came(POSTED), ["no_email"], "L'exemplaire par courriel"),
        (Came(POSTED + timedelta(days=1), emailed_at=MAILED), ["late_paper"], "1 juillet 2015"),
    ],
)
def test_a_file_that_lacks_one_of_the_two_is_declared_inadmissible(
    db: None, came: Came, lacks: list[str], words: str
) -> None:
    call, officer = _call()
    row = _enter(call, officer, came)
    paper.register(row, key="cle", by=officer, now=NOW)
    assert paper.shortcomings(call, came) == lacks
    with pytest.raises(DomainError) as raised:
        paper.reject(row, by=officer, now=CLOSES)
    assert raised.value.code == "still_open"
    paper.reject(row, by=officer, more="Vous pouvez répondre au prochain appel.", now=NOW)
    row.refresh_from_db()
    assert row.state == "inadmissible"
    reason = Transition.objects.get(dossier=row, verb="reject").reason
    assert words in reason.replace("1er juillet", "1 juillet")
    assert "prochain appel" in reason


def test_a_call_that_takes_either_is_content_with_one(db: None) -> None:
    call, officer = _call(deposit={"channels": ["online", "email"]})
    row = _enter(call, officer, Came(emailed_at=MAILED))
    paper.register(row, key="cle", by=officer, now=NOW)
    assert paper.reasons(row) == []
    with pytest.raises(DomainError) as raised:
        _enter(call, officer, Came(POSTED), name="Autre")
    assert raised.value.code == "wrong_channel"


LATE = Came(date(2015, 7, 2), date(2015, 7, 5), datetime(2015, 7, 1, 8, tzinfo=PARIS))


def test_what_came_too_late_is_entered_marked_and_declared_inadmissible(db: None) -> None:
    call, officer = _call()
    row = _enter(call, officer, LATE)
    assert (row.state, row.late) == ("draft", True)
    paper.register(row, key="cle", by=officer, now=NOW)
    row.refresh_from_db()
    posted = datetime(2015, 7, 2, 23, 59, 59, tzinfo=PARIS)
    assert (row.state, row.late, row.deposited_at) == ("deposited", True, posted)
    assert Receipt.objects.get().late
    held = paper.of(row)
    assert held is not None
    assert held.paper_on == date(2015, 7, 5)
    assert [words[:12] for words in paper.reasons(row)] == ["Le cachet de", "Le courriel "]
    paper.reject(row, by=officer, now=NOW)
    assert "2 juillet 2015, après la clôture" in Transition.objects.get(verb="reject").reason


@pytest.mark.parametrize("state", [Call.State.OPEN, Call.State.CLOSED, Call.State.DECIDED])
def test_what_was_posted_in_time_is_on_time_even_when_the_call_was_closed_since(db: None, state: str) -> None:
    call, officer = _call(state=state)
    row = _enter(call, officer, Came(POSTED, emailed_at=MAILED))
    paper.register(row, key="cle", by=officer, now=NOW)
    row.refresh_from_db()
    assert (row.state, row.late, paper.reasons(row)) == ("deposited", False, [])


@pytest.mark.parametrize(
    ("values", "came"),
    [({}, Came(OPENS.date() - timedelta(days=1))), ({"state": Call.State.ARCHIVED}, Came(POSTED))],
)
def test_a_call_that_is_not_open_yet_or_is_archived_takes_no_file(db: None, values: Any, came: Came) -> None:
    call, officer = _call(**values)
    with pytest.raises(DomainError) as raised:
        _enter(call, officer, came)
    assert (raised.value.code, raised.value.facts["field"]) == ("call_closed", "postmark")


def test_a_call_that_marks_late_files_finds_no_fault_in_them(db: None) -> None:
    call, officer = _call(late=Call.Late.FLAG)
    row = _enter(call, officer, LATE)
    paper.register(row, key="cle", by=officer, now=NOW)
    row.refresh_from_db()
    assert (row.late, paper.reasons(row)) == (True, [])


def test_where_either_is_enough_one_in_time_is_enough(db: None) -> None:
    call, officer = _call(deposit={"channels": ["paper", "email"]})
    row = _enter(call, officer, Came(date(2015, 7, 2), emailed_at=MAILED))
    assert (row.late, paper.reasons(row)) == (False, [])
    assert paper.shortcomings(call, Came(date(2015, 7, 2))) == ["late_paper"]


def test_a_date_that_was_misread_moves_the_instant_that_counts(db: None) -> None:
    call, officer = _call(deposit={"channels": ["paper"]})
    row = _enter(call, officer, Came(date(2015, 7, 2)))
    paper.register(row, key="cle", by=officer, now=NOW)
    paper.correct(row, Came(date(2015, 6, 2)), base_version=1, by=officer, now=NOW)
    posted = datetime(2015, 6, 2, 23, 59, 59, tzinfo=PARIS)
    assert (row.late, row.deposited_at, paper.reasons(row)) == (False, posted, [])
    row.refresh_from_db()
    assert (row.late, row.deposited_at, row.state) == (False, posted, "deposited")


@pytest.mark.parametrize(
    ("came", "field"),
    [
        (Came(), "postmark"),
        (Came(NOW.date() + timedelta(days=1)), "postmark"),
        (Came(emailed_at=NOW + timedelta(minutes=1)), "emailed_at"),
        (Came(POSTED, POSTED - timedelta(days=1)), "paper_on"),
        (Came(None, POSTED, MAILED), "paper_on"),
    ],
)
def test_dates_that_cannot_be_are_refused_beside_their_field(db: None, came: Came, field: str) -> None:
    call, officer = _call()
    with pytest.raises(DomainError) as raised:
        _enter(call, officer, came)
    assert raised.value.facts["field"] == field
    assert not Dossier.objects.exists()


def test_a_call_closed_by_hand_awaits_nothing_more(db: None) -> None:
    call, officer = _call(closes_at=NOW + timedelta(days=9))
    row = _enter(call, officer, Came(emailed_at=MAILED))
    paper.register(row, key="cle", by=officer, now=NOW)
    with pytest.raises(DomainError):
        paper.reject(row, by=officer, now=NOW)
    row.call.state = Call.State.CLOSED
    paper.reject(row, by=officer, now=NOW)
    assert row.state == "inadmissible"


def test_the_paper_that_arrives_after_the_email_is_added_and_journalled(db: None) -> None:
    call, officer = _call()
    row = _enter(call, officer, Came(emailed_at=MAILED))
    paper.register(row, key="cle", by=officer, now=NOW)
    held = paper.of(row)
    assert held is not None
    came = Came(POSTED, date(2015, 7, 3), MAILED)
    made = paper.correct(row, came, base_version=held.version, by=officer, now=NOW)
    assert (paper.reasons(row), row.channel, made.version) == ([], "paper", 2)
    with pytest.raises(DomainError) as raised:
        paper.correct(row, came, base_version=held.version, by=officer, now=NOW)
    assert raised.value.code == "reception_moved"
    assert Event.objects.filter(subject=row.subject, verb="dossier.reception_corrected").count() == 1
    Dossier.objects.filter(pk=row.pk).update(state="committee")
    with pytest.raises(DomainError) as raised:
        paper.correct(row, came, base_version=2, by=officer, now=NOW)
    assert raised.value.code == "decided"


def test_a_file_given_online_is_not_registered_so(db: None) -> None:
    call, officer = _call(deposit={})
    row = making.dossier(call, lead=making.person())
    with pytest.raises(DomainError) as raised:
        paper.register(row, key="cle", by=officer, now=NOW)
    assert raised.value.code == "not_received"


def test_an_organisation_known_by_its_number_is_recognised(db: None) -> None:
    call, officer = _call()
    known = making.actor("La Régie", siren="130025265")
    first = _enter(call, officer, Came(emailed_at=MAILED), name="Régie (la)", siren="130025265")
    assert first.applicant == known
    with pytest.raises(DomainError) as raised:
        _enter(call, officer, Came(emailed_at=MAILED), name="   ")
    assert raised.value.facts["field"] == "who"


def test_an_officer_enters_files_of_its_region_alone(zones: None) -> None:
    here, away = (
        Zone.objects.filter(level="region", code=code).order_by("-cog_year")[0] for code in ("27", "53")
    )
    call = making.call(opens_at=OPENS, closes_at=CLOSES, deposit=BOTH)
    officer = making.person("Rose")
    making.role(officer, call, zone=here, valid_from=date(2015, 1, 1))
    assert _enter(call, officer, Came(emailed_at=MAILED), region=here).zone == here
    with pytest.raises(RefusedError):
        _enter(call, officer, Came(emailed_at=MAILED), name="Ailleurs", region=away)
    assert Dossier.objects.count() == 1
    assert Refusal.objects.filter(subject=call.subject, verb="dossier.enter").exists()


def test_two_files_of_one_organisation_are_two(db: None) -> None:
    call, officer = _call()
    first = _enter(call, officer, Came(POSTED, emailed_at=MAILED), title="Halle")
    for came, title in ((Came(POSTED, emailed_at=MAILED), "Cuisine"), (Came(emailed_at=MAILED), "Halle")):
        assert _enter(call, officer, came, title=title) != first
    assert _enter(call, making.person("Odile"), Came(POSTED, emailed_at=MAILED), title="Halle") != first


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_twice_at_once_is_one_file() -> None:
    call, officer = _call()
    made = at_once(*[lambda: _enter(call, officer, Came(POSTED, emailed_at=MAILED), title="Halle")] * 2)
    assert made[0] == made[1]
    assert (Dossier.objects.count(), Actor.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_officers_register_at_once_and_there_is_one_receipt() -> None:
    call, officer = _call()
    row = _enter(call, officer, Came(POSTED, emailed_at=MAILED))
    at_once(*[lambda: paper.register(row, key="cle", by=officer, now=NOW)] * 2)
    assert Receipt.objects.count() == 1


@settings(max_examples=50, deadline=None)
@given(day=st.dates(date(2015, 6, 1), date(2015, 7, 5)), late=st.integers(-200_000, 200_000))
def test_what_counts_is_never_after_now_and_on_time_exactly_until_the_closing(day: date, late: int) -> None:
    call = Call(opens_at=OPENS, closes_at=CLOSES, deposit=BOTH, late="refuse", state="open")
    mailed = min(CLOSES + timedelta(seconds=late), NOW)
    came = Came(day, emailed_at=mailed)
    assert paper.counted_at(call, came, now=NOW) <= NOW
    lacks = paper.shortcomings(call, came)
    assert ("late_paper" in lacks) == (day > CLOSES.date())
    assert ("late_email" in lacks) == (mailed > CLOSES)
