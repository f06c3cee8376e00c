"""From a tender that somebody saw to its hours of insertion."""

from fractions import Fraction
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from terreau.common.errors import DomainError, StaleWriteError
from terreau.exchanges import consortium, results, skills, tenders, watching
from terreau.exchanges.consortium import Wanted
from terreau.exchanges.models import InsertionHours, Lot, NeededSkill, Party, Tender, TenderMove
from terreau.flows import actions as ledger
from terreau.flows.models import Flow
from terreau.notices.models import Notice
from tests.exchanges.conftest import Fair, code_of, make
from tests.two_connections import at_once


def needs(fair: Fair, tender: Tender, *names: str) -> list[NeededSkill]:
    return [tenders.need(tender, skills.named(fair.pole, name), by=fair.by) for name in names]


def test_an_answer_of_three_is_sent_won_and_handed_over(fair: Fair) -> None:
    tender = fair.tender(buyer=fair.buyer, offer_cents=10_000_000)
    parties = fair.group(tender, fair.one, fair.two, fair.three)
    assert code_of(lambda: tenders.move(tender, "submit", by=fair.by)) == "wrong_step"
    decided = tenders.move(tender, "decide", by=fair.by)
    with pytest.raises(DomainError) as refused:
        tenders.move(decided, "submit", by=fair.by)
    assert [one["code"] for one in refused.value.facts["problems"]] == ["share_missing", "no_lead"]
    fair.share_out(tender, parties, "1/3", "1/3", "1/3")
    sent = tenders.move(decided, "submit", by=fair.by)
    won = tenders.move(sent, "win", by=fair.by)
    lines = results.lines(won)
    assert [line.cents for line in lines] == [3_333_334, 3_333_333, 3_333_333]
    assert [line.lead for line in lines] == [True, False, False]
    flows = results.hand_over(won, by=fair.by, on=fair.today)
    assert [(one.giver_id, one.cents, one.thousandths, one.unit) for one in flows] == [
        (fair.pole.pk, cents, 1000, "units") for cents in (3_333_334, 3_333_333, 3_333_333)
    ]
    assert results.hand_over(won, by=fair.by, on=fair.today) == []
    states = list(TenderMove.objects.filter(tender=won).values_list("after", flat=True))
    assert states == ["spotted", "decided", "submitted", "won"]


def test_shares_that_do_not_sum_are_refused_whole(fair: Fair) -> None:
    tender = fair.tender()
    parties = fair.group(tender, fair.one, fair.two)
    with pytest.raises(DomainError) as refused:
        fair.share_out(tender, parties, "60 %", "39,99 %")
    assert refused.value.code == "shares_wrong"
    assert "0,01" in str(refused.value.message)
    assert not Party.objects.exclude(share_num=None).exists()
    fair.share_out(tender, parties, "60 %", "40 %")
    assert [one.share for one in tenders.active(tender)] == [Fraction(3, 5), Fraction(2, 5)]
    fair.share_out(tender, parties, "", "")
    assert not Party.objects.exclude(share_num=None).exists()


def test_lots_and_amounts(fair: Fair) -> None:
    tender = fair.tender()
    first, second = (
        tenders.add_lot(tender, title, cents=cents, by=fair.by)
        for title, cents in (("Taille", 60_000), ("Plantation", 40_000))
    )
    one, two = fair.group(tender, fair.one, fair.two)
    again = consortium.invite(tender, fair.one, lot=second, by=fair.by, answered=True)
    fresh = Tender.objects.get(pk=tender.pk)
    wanted = {
        one.pk: Wanted(cents=60_000, lot=first, lead=True),
        two.pk: Wanted(cents=10_000, lot=second),
        again.pk: Wanted(cents=29_999, lot=second),
    }
    values: dict[str, Any] = {"sharing": "amounts", "offer_cents": 100_000, "seen": fresh.consortium}
    with pytest.raises(DomainError) as refused:
        consortium.share_out(fresh, wanted, by=fair.by, **values)
    assert [(p["code"], p["lot"]) for p in refused.value.facts["problems"]] == [("amounts_do_not_sum", 2)]
    wanted[again.pk] = Wanted(cents=30_000, lot=second)
    done = consortium.share_out(fresh, wanted, by=fair.by, **values)
    assert {line.actor.pk: line.cents for line in results.lines(done)} == {
        fair.one.pk: 90_000,
        fair.two.pk: 10_000,
    }
    assert code_of(lambda: tenders.remove_lot(Lot.objects.get(pk=first.pk), by=fair.by)) == "lot_taken"


def test_who_says_no_leaves_its_share_and_may_be_asked_again(fair: Fair) -> None:
    tender = fair.tender()
    one, two = fair.group(tender, fair.one, fair.two)
    fair.share_out(tender, [one, two], "50 %", "50 %")
    out = consortium.answer(one, comes=False, by=fair.by)
    assert (out.answer, out.share, out.lead) == ("out", None, False)
    assert [p.code for p in tenders.problems(tender)] == ["shares_do_not_sum", "no_lead"]
    assert code_of(lambda: consortium.invite(tender, fair.two, by=fair.by)) == "party_known"
    assert consortium.invite(tender, fair.one, by=fair.by).pk == one.pk
    assert Party.objects.filter(tender=tender).count() == 2


def test_who_is_asked_is_told_and_a_stranger_is_not(fair: Fair) -> None:
    tender = fair.tender()
    consortium.invite(tender, fair.one, by=fair.by)
    (notice,) = Notice.objects.filter(kind="tender")
    assert (notice.to, notice.path) == (fair.member, tenders.path(tender))


def test_what_was_sent_stays(fair: Fair) -> None:
    tender = fair.won()
    party = Party.objects.filter(tender=tender)[0]
    assert code_of(lambda: consortium.answer(party, comes=False, by=fair.by)) == "sent"
    assert code_of(lambda: consortium.invite(tender, fair.buyer, by=fair.by)) == "sent"
    assert code_of(lambda: tenders.add_lot(tender, "Trois", by=fair.by)) == "sent"
    base = {"title": tender.title, "text": ""}
    assert (
        code_of(lambda: tenders.change(tender, base=base, mine={**base, "title": "Autre"}, by=fair.by))
        == "sent"
    )
    assert tenders.change(tender, base=base, mine={**base, "text": "Bravo"}, by=fair.by).text == "Bravo"


def test_an_end_says_why(fair: Fair) -> None:
    tender = fair.tender()
    assert code_of(lambda: tenders.move(tender, "drop", by=fair.by)) == "reason_needed"
    tenders.move(tender, "drop", by=fair.by, reason="trop court")
    assert tenders.move(tender, "resume", by=fair.by, reason="délai reporté").state == "studied"
    later = fair.day(1)
    assert code_of(lambda: tenders.move(tender, "decide", by=fair.by, on=later)) == "future"
    with pytest.raises(IntegrityError), transaction.atomic():
        TenderMove.objects.create(tender=tender, before="submitted", after="lost", on=fair.today)
    with pytest.raises(DatabaseError), transaction.atomic():
        TenderMove.objects.update(reason="")


def test_a_watch_becomes_a_tender_with_what_it_needs(fair: Fair) -> None:
    row = watching.put(
        fair.pole,
        fair.two,
        title="Berges du canal",
        url="https://example.org/avis",
        source="Syndicat de rivière",
        due_on=fair.day(20),
        needs=["Élagage", "génie écologique"],
        by=fair.member,
    )
    assert [one.pk for one in watching.current(fair.pole, on=fair.today)] == [row.pk]
    made = watching.take_up(row, by=fair.by)
    assert (made.title, made.brought_by, made.buyer_name) == (row.title, fair.two, "Syndicat de rivière")
    assert made.needs.count() == 2
    assert watching.take_up(row, by=fair.by) == made
    assert code_of(lambda: watching.put_aside(row, by=fair.by)) == "answered"
    assert not watching.current(fair.pole, on=fair.today).exists()
    aside = watching.put(fair.pole, fair.two, title="Loin", by=fair.member)
    watching.put_aside(aside, by=fair.by)
    assert code_of(lambda: watching.take_up(aside, by=fair.by)) == "put_aside"


def test_a_group_is_made_of_who_holds_what_is_needed(fair: Fair) -> None:
    fair.holds(fair.one, "Élagage")
    fair.holds(fair.two, "Élagage", "Génie écologique")
    fair.holds(fair.three, "Plans")
    tender = fair.tender()
    wanted = needs(fair, tender, "élagages", "Génie écologique", "plans", "Plongée")
    found = consortium.proposal(tender, wanted, [], on=fair.today)
    assert [one.pk for one in found.actors] == [fair.three.pk, fair.two.pk]
    assert [one.skill.name for one in found.missing] == ["Plongée"]
    made = consortium.form_group(tender, by=fair.by, on=fair.today)
    assert {one.actor_id for one in made} == {fair.two.pk, fair.three.pk}
    assert sorted(made[1].brings.values_list("need__skill__name", flat=True)) == [
        "Génie écologique",
        "Élagage",
    ]
    assert consortium.form_group(tender, by=fair.by, on=fair.today) == []
    refused = consortium.answer(made[1], comes=False, by=fair.by)
    everybody = list(Party.objects.filter(tender=tender).order_by("pk"))
    after = consortium.proposal(tender, wanted, everybody, on=fair.today)
    assert refused.actor_id not in {one.pk for one in after.actors}
    assert [one.skill.name for one in after.missing] == ["Génie écologique", "Plongée"]


def test_twelve_skills_at_most(fair: Fair) -> None:
    tender = fair.tender()
    needs(fair, tender, *(f"savoir {number}" for number in range(12)))
    needs(fair, tender, "savoir 3")
    assert code_of(lambda: needs(fair, tender, "de trop")) == "too_many_skills"


def test_receipts_and_what_the_pole_is_due(fair: Fair) -> None:
    tender = fair.won(commission=250)
    paid = {"cents": 1_000_050, "on": fair.today, "by": fair.by, "key": "k"}
    flow = results.receive(tender, fair.one, **paid)
    assert results.receive(tender, fair.one, **paid) == flow
    results.pay_commission(tender, fair.one, cents=25_000, on=fair.today, by=fair.by)
    line = next(one for one in results.lines(tender) if one.actor == fair.one)
    assert (line.received, line.commission_due, line.commission_paid) == (1_000_050, 25_001, 25_000)
    ledger.reverse(flow, reason="doublon", by=fair.by)
    line = next(one for one in results.lines(tender) if one.actor == fair.one)
    assert (line.received, line.commission_due) == (0, 0)
    assert code_of(lambda: results.receive(tender, fair.buyer, **paid)) == "not_in_group"
    nobody = fair.tender()
    assert code_of(lambda: results.receive(nobody, fair.one, **paid)) == "not_won"
    unnamed = fair.tender(state="won")
    assert code_of(lambda: results.receive(unnamed, fair.one, **paid)) == "no_buyer"


def test_handing_over_waits_for_no_closed_period(fair: Fair) -> None:
    tender = fair.won(cents=None, attributable=True, attributable_why="vu par la veille du pôle")
    ledger.close(fair.pole.actor, fair.day(-1), by=fair.by)
    flows = results.hand_over(tender, by=fair.by, on=fair.day(-1))
    assert {(one.on, one.cents, one.method, one.attributable) for one in flows} == {
        (fair.today, None, "", True)
    }
    assert Flow.objects.count() == 3


def test_hours_of_insertion_promised_and_done(fair: Fair) -> None:
    tender = fair.won()
    Party.objects.filter(tender=tender, actor=fair.one).update(minutes_promised=600)
    done = {"first": fair.day(-30), "last": fair.day(-1), "by": fair.member}
    row = results.do_hours(tender, fair.one, minutes=450, **done)
    line = next(one for one in results.lines(tender) if one.actor == fair.one)
    assert (line.minutes_promised, line.minutes_done, line.minutes_left) == (600, 450, 150)
    assert results.do_hours(tender, fair.one, minutes=9, key=row.pk, **done) == row
    assert code_of(lambda: results.correct_hours(row, reason=" ", by=fair.by)) == "reason_needed"
    back = results.correct_hours(row, reason="mois compté deux fois", by=fair.by)
    assert back.minutes == -450
    assert code_of(lambda: results.correct_hours(row, reason="encore", by=fair.by)) == "already_corrected"
    assert code_of(lambda: results.correct_hours(back, reason="encore", by=fair.by)) == "already_a_correction"
    late = {**done, "last": fair.day(1)}
    assert code_of(lambda: results.do_hours(tender, fair.one, minutes=9, **late)) == "future"
    assert code_of(lambda: results.do_hours(tender, fair.one, minutes=0, **done)) == "no_time"
    with pytest.raises(DatabaseError), transaction.atomic():
        InsertionHours.objects.update(minutes=1)


def test_two_people_share_out_one_after_the_other(fair: Fair) -> None:
    tender = fair.tender()
    parties = fair.group(tender, fair.one, fair.two)
    seen = Tender.objects.get(pk=tender.pk).consortium
    fair.share_out(tender, parties, "70", "30")
    wanted = {party.pk: Wanted(share=Fraction(1, 2)) for party in parties}
    with pytest.raises(StaleWriteError) as refused:
        consortium.share_out(tender, wanted, sharing="parts", offer_cents=None, seen=seen, by=fair.member)
    assert refused.value.facts["shares"] == {"Brigade verte": "70\u00a0%", "Coopérative du bâti": "30\u00a0%"}


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once() -> None:
    fair = make()
    tender = fair.tender()
    parties = fair.group(tender, fair.one, fair.two)
    seen = Tender.objects.get(pk=tender.pk).consortium

    def share(part: Fraction) -> object:
        wanted = {parties[0].pk: Wanted(share=part), parties[1].pk: Wanted(share=1 - part)}
        return consortium.share_out(tender, wanted, sharing="parts", offer_cents=None, seen=seen, by=fair.by)

    found = at_once(lambda: share(Fraction(1, 4)), lambda: share(Fraction(1, 2)))
    assert sorted(type(one).__name__ for one in found) == ["StaleWriteError", "Tender"], found
    assert sum(one.share or 0 for one in tenders.active(tender)) == 1

    row = watching.put(fair.pole, fair.two, title="Une fois", due_on=fair.day(3), by=fair.member)
    made = at_once(*(lambda: watching.take_up(row, by=fair.by),) * 3)
    assert len({one.pk for one in made}) == 1, made

    moved = at_once(*(lambda: tenders.move(tender, "decide", by=fair.by),) * 2)
    assert sorted(str(getattr(one, "code", "")) for one in moved) == ["", "wrong_step"]
    asked = at_once(*(lambda: consortium.invite(tender, fair.three, by=fair.by),) * 2)
    assert sorted(str(getattr(one, "code", "")) for one in asked) == ["", "party_known"]
