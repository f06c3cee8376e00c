"""Decisions: the file moves, the envelope is engaged, the decision stays; nothing is half done."""

from datetime import date

import pytest
from django.db import DatabaseError, transaction

from terreau.calls.models import Call
from terreau.common.errors import DomainError, RefusedError, StaleWriteError
from terreau.dossiers import moving
from terreau.envelopes import read as money
from terreau.envelopes.actions import OverspentError
from terreau.instruction import conflicts
from terreau.selection import committee, deciding, proposing, ranking
from terreau.selection.models import Decision, Proposal, Seat
from tests.dossiers import making
from tests.selection.conftest import Table, make
from tests.two_connections import at_once


def test_an_award_moves_the_file_and_engages_the_envelope(table: Table) -> None:
    one = table.files[0]
    made = deciding.decide(one, "laureate", cents=6_000_000, by=table.member, rank=1)
    assert (table.fresh(0).state, made.cents, made.rank) == ("laureate", 6_000_000, 1)
    assert money.state(table.envelope).left == 4_000_000
    assert money.state(table.envelope) == money.counted(table.envelope)


def test_an_envelope_too_small_refuses_all_of_it(table: Table) -> None:
    deciding.decide(table.files[0], "laureate", cents=6_000_000, by=table.member)
    with pytest.raises(OverspentError) as error:
        deciding.decide(table.files[1], "laureate", cents=5_000_000, by=table.member)
    assert error.value.facts["left_cents"] == 4_000_000
    assert table.fresh(1).state == "committee"
    assert not Decision.objects.filter(dossier=table.files[1]).exists()


def test_a_refusal_says_why_and_the_applicant_reads_it(table: Table) -> None:
    one = table.files[0]
    with pytest.raises(DomainError) as error:
        deciding.decide(one, "refused", reason="  ", by=table.member)
    assert error.value.facts["field"] == "reason"
    deciding.decide(one, "refused", reason="Le modèle économique n'est pas décrit.", by=table.member)
    assert one.transitions.get(verb="refuse").reason == "Le modèle économique n'est pas décrit."


def test_a_later_decision_supersedes_and_gives_the_money_back(table: Table) -> None:
    one = table.files[0]
    first = deciding.decide(one, "laureate", cents=6_000_000, by=table.member)
    with pytest.raises(DomainError):
        deciding.decide(one, "reserve", by=table.member)
    second = deciding.decide(one, "reserve", reason="Le plan de financement a changé.", by=table.member)
    third = deciding.decide(one, "laureate", cents=2_000_000, reason="Il est revu.", by=table.owner)
    fourth = deciding.decide(one, "laureate", cents=3_000_000, reason="Montant corrigé.", by=table.owner)
    assert [second.supersedes, third.supersedes, fourth.supersedes] == [first, second, third]
    assert deciding.current([one.pk])[one.pk] == fourth
    assert money.state(table.envelope).left == 7_000_000
    refused = deciding.decide(one, "refused", reason="Le porteur renonce.", by=table.owner)
    assert (refused.cents, table.fresh(0).state) == (None, "refused")
    assert money.state(table.envelope).left == 10_000_000
    assert money.state(table.envelope) == money.counted(table.envelope)


@pytest.mark.parametrize("change", ["update", "delete"])
def test_decisions_and_proposals_are_never_changed(table: Table, change: str) -> None:
    proposing.propose(table.files[0], "reserve", by=table.member)
    deciding.decide(table.files[0], "reserve", by=table.member)
    for rows in (Decision.objects.all(), Proposal.objects.all()):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(reason="autre") if change == "update" else rows.delete()


def test_a_laureate_who_withdraws_gives_the_money_back(table: Table) -> None:
    deciding.decide(table.files[0], "laureate", cents=6_000_000, by=table.member)
    moving.move(table.fresh(0), "withdraw", by=table.officer, reason="Le projet s'arrête.")
    assert money.state(table.envelope).left == 10_000_000


def test_an_award_that_is_undone_may_be_decided_again(table: Table) -> None:
    one = table.files[0]
    deciding.decide(one, "laureate", cents=6_000_000, by=table.member)
    moving.undo(table.fresh(0), by=table.owner, reason="Erreur de saisie.")
    assert money.state(table.envelope).left == 10_000_000
    proposing.propose(table.fresh(0), "laureate", cents=6_000_000, reason="Bien lui.", by=table.member)
    (made,) = deciding.decide_all([table.fresh(0)], by=table.owner)
    assert made.supersedes
    assert money.state(table.envelope).left == 4_000_000
    with pytest.raises(DomainError, match="lauréat"):
        proposing.propose(table.fresh(0), "refused", reason="Non.", by=table.member)


def test_who_decides(table: Table) -> None:
    for user in (table.officer, table.stranger):
        with pytest.raises(RefusedError):
            deciding.decide(table.files[0], "reserve", by=user)
    conflicts.declare(table.files[0], table.member, why="J'y siège.")
    with pytest.raises(RefusedError):
        deciding.decide(table.files[0], "reserve", by=table.member)
    with pytest.raises(RefusedError):
        proposing.propose(table.files[0], "reserve", by=table.member)
    assert deciding.decide(table.files[1], "reserve", by=table.member)


@pytest.mark.parametrize(("cents", "code"), [(6_000_001, "over_asked"), (-1, "too_low")])
def test_amounts_that_do_not_do(table: Table, cents: int, code: str) -> None:
    with pytest.raises(DomainError) as error:
        deciding.decide(table.files[0], "laureate", cents=cents, by=table.member)
    assert error.value.code == code


def test_the_limits_of_the_call_are_told(table: Table) -> None:
    Call.objects.filter(pk=table.call.pk).update(min_cents=2_000_000, max_cents=5_000_000)
    for cents, code in ((5_500_000, "over_call"), (1_000_000, "under_call")):
        with pytest.raises(DomainError) as error:
            proposing.propose(table.fresh(0), "laureate", cents=cents, by=table.member)
        assert error.value.code == code


def test_proposals_keep_their_history_and_see_one_another(table: Table) -> None:
    one = table.files[0]
    first = proposing.propose(one, "laureate", cents=5_000_000, by=table.member, seen=0)
    with pytest.raises(StaleWriteError, match="retenu"):
        proposing.propose(one, "refused", reason="Non.", by=table.owner, seen=0)
    second = proposing.propose(one, "reserve", reason="À revoir.", by=table.owner, seen=first.pk)
    assert proposing.standing_ones([one.pk])[one.pk] == second
    assert Proposal.objects.filter(dossier=one).count() == 2


def test_all_proposals_are_decided_or_none(table: Table) -> None:
    proposing.propose(table.files[0], "laureate", cents=6_000_000, by=table.member)
    proposing.propose(table.files[1], "laureate", cents=5_000_000, by=table.member)
    with pytest.raises(OverspentError, match="Projet 1"):
        deciding.decide_all(table.files[:2], by=table.owner)
    assert not Decision.objects.exists()
    proposing.propose(table.files[1], "laureate", cents=4_000_000, by=table.member)
    assert len(deciding.decide_all(table.files[:2], by=table.owner)) == 2
    assert money.state(table.envelope).left == 0


def test_seats_are_dated_and_the_list_is_published(table: Table) -> None:
    seat = Seat.objects.get(committee=table.body)
    assert list(committee.seats_on(table.body, date(2026, 2, 1))) == [seat]
    assert not committee.seats_on(table.body, date(2025, 12, 31)).exists()
    committee.publish(table.body, by=table.owner)
    committee.unseat(seat, by=table.owner)
    with pytest.raises(RefusedError):
        deciding.decide(table.files[0], "reserve", by=table.member)
    with pytest.raises(RefusedError):
        committee.seat(table.body, name="X", quality="Y", since=date(2026, 1, 1), by=table.member)


def test_two_people_who_note_one_sitting_lose_nothing(table: Table) -> None:
    seat = table.body.seats.get()
    committee.hold(table.body, on=date(2026, 3, 1), place="Paris", minutes="Dit un.", by=table.owner)
    row = committee.hold(
        table.body, on=date(2026, 3, 1), minutes="Dit deux.", present=[seat], by=table.member
    )
    row = committee.hold(table.body, on=date(2026, 3, 1), minutes="Dit deux.", by=table.member)
    assert (row.place, row.minutes, list(row.present.all())) == ("Paris", "Dit un.\n\nDit deux.", [seat])


def test_the_assistant_waits_to_be_asked(table: Table) -> None:
    with pytest.raises(DomainError):
        committee.ask_assistant(table.body, why=" ", by=table.member)
    row = committee.ask_assistant(table.body, why="Le comité, à l'unanimité.", by=table.member)
    assert (row.assistant_by, bool(row.assistant_at)) == (table.member, True)


def _entry(
    key: str, score: int | None, *said: str, deposited: str = "", drawn: int | None = None
) -> ranking.Entry:
    opinions = {str(n): one for n, one in enumerate(said)}
    return ranking.Entry(key, ord(key), score, opinions, deposited, drawn)


@pytest.mark.parametrize(
    ("by", "tie", "order"),
    [
        ("score", "asked", [("b", 1, 0), ("a", 2, 1), ("c", 2, 1), ("d", 4, 0)]),
        ("score", "deposit", [("b", 1, 0), ("c", 2, 0), ("a", 3, 0), ("d", 4, 0)]),
        ("score", "draw", [("b", 1, 0), ("a", 2, 0), ("c", 3, 0), ("d", 4, 0)]),
        ("opinion", "asked", [("c", 1, 0), ("a", 2, 0), ("d", 3, 0), ("b", 4, 0)]),
        ("instructed", "asked", [("c", 1, 0), ("b", 2, 0), ("a", 3, 0), ("d", 4, 0)]),
    ],
)
def test_files_are_ranked_by_the_rule_of_the_call(
    by: str, tie: str, order: list[tuple[str, int, int]]
) -> None:
    rows = [
        _entry("a", 80_000, "favourable", "reserved", deposited="2026-03", drawn=1),
        _entry("b", 90_000, "unfavourable", deposited="2026-02", drawn=2),
        _entry("c", 80_000, "favourable", "none", deposited="2026-01", drawn=3),
        _entry("d", None),
    ]
    assert [(one.key, one.rank, one.tied) for one in ranking.rank(rows, by=by, tie=tie)] == order


@pytest.mark.django_db(transaction=True)
def test_two_awards_of_the_last_euros_of_an_envelope() -> None:
    table = make()
    first, second = table.fresh(0), table.fresh(1)
    found = at_once(
        lambda: deciding.decide(first, "laureate", cents=6_000_000, by=table.owner),
        lambda: deciding.decide(second, "laureate", cents=5_000_000, by=table.member),
    )
    (refused,) = [one for one in found if isinstance(one, OverspentError)]
    assert refused.facts["left_cents"] in {4_000_000, 5_000_000}
    assert Decision.objects.count() == 1
    assert {table.fresh(0).state, table.fresh(1).state} == {"laureate", "committee"}


@pytest.mark.django_db(transaction=True)
def test_two_decisions_of_one_file_at_once() -> None:
    table = make()
    one = table.fresh(0)
    found = at_once(
        lambda: deciding.decide(one, "laureate", cents=1, by=table.owner, seen=None),
        lambda: deciding.decide(table.fresh(0), "refused", reason="Non.", by=table.member, seen=None),
    )
    assert [isinstance(found_one, StaleWriteError) for found_one in found].count(True) == 1
    assert Decision.objects.count() == 1


def test_a_call_without_money_still_chooses(db: None) -> None:
    table = make(cents=0)
    assert deciding.decide(table.files[0], "laureate", by=table.owner).cents is None
    with pytest.raises(OverspentError):
        deciding.decide(table.files[1], "laureate", cents=1, by=table.owner)
    assert making
