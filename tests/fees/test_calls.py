"""Calls: seen, then all or none, once; figures with their source; reminders; credit notes."""

from datetime import date, timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from terreau.actors.actions import create_actor
from terreau.billing import actions as billing
from terreau.billing import settling
from terreau.billing.models import Invoice, InvoiceLine
from terreau.common.errors import DomainError, StaleWriteError
from terreau.common.periods import YEAR, PartialDate
from terreau.fees import calls, documents, following, saying
from terreau.fees.documents import Reduction
from terreau.fees.models import CalledFee, FeeCall, Measure, Reminder, ScaleVersion
from terreau.flows.models import Flow
from terreau.governance import admissions, sharing
from terreau.notices.models import Notice
from terreau.pieces.actions import declaration
from terreau.poles.composition import add_member
from terreau.poles.models import Carrier, Membership
from tests.fees.conftest import SAID, Till, make
from tests.two_connections import at_once


def test_a_call_writes_an_invoice_for_each_and_no_flow(till: Till) -> None:
    till.figures()
    till.call(till.voted())
    found = {name: row.cents for name, row in till.called().items()}
    assert found == {"Cantine": 5_000, "Moulin": 15_000, "Ville": 50_000}
    invoice = till.called()["Cantine"].invoice
    assert invoice is not None
    assert (invoice.kind, invoice.state, invoice.gross_cents, invoice.vat_cents) == (
        "fee",
        "issued",
        5_000,
        0,
    )
    line = InvoiceLine.objects.get(invoice=invoice)
    assert (line.vat_code, "à vérifier" in line.why_exempt) == ("O", True)
    assert not Flow.objects.exists()
    told = Notice.objects.filter(to=till.member).values_list("path", flat=True)
    assert any(str(till.called()["Cantine"].pk) in path for path in told)


def test_what_nobody_said_is_named_and_calls_nothing(till: Till) -> None:
    scale = till.voted()
    seen = calls.preview(till.pole, scale, *till.year, on=till.today)
    assert [one.member.actor.name for one in seen.unknown] == ["Cantine", "Moulin"]
    with pytest.raises(DomainError) as caught:
        till.call(scale, till.town, till.canteen)
    assert caught.value.facts["members"] == ["Cantine"]
    assert not Invoice.objects.exists()
    assert not FeeCall.objects.exists()


def test_a_figure_that_changed_since_the_preview_stops_the_call(till: Till) -> None:
    till.figures()
    scale = till.voted()
    seen = calls.preview(till.pole, scale, *till.year, on=till.today).digest
    till.figure(till.canteen, 90_000_000)
    with pytest.raises(StaleWriteError):
        till.call(scale, seen=seen)
    assert not Invoice.objects.exists()


def test_the_same_form_sent_twice_is_one_call(till: Till) -> None:
    till.figures()
    scale, key = till.voted(), uuid4()
    seen = calls.preview(till.pole, scale, *till.year, on=till.today).digest
    first = till.call(scale, till.canteen, till.mill, key=key, seen=seen)
    assert till.call(scale, till.canteen, till.mill, key=key, seen=seen) == first
    assert Invoice.objects.count() == 2


def test_who_is_called_is_not_called_again_unless_the_invoice_was_cancelled(till: Till) -> None:
    till.figures()
    scale = till.voted()
    till.call(scale)
    with pytest.raises(DomainError):
        till.call(scale, till.canteen)
    invoice = till.called()["Cantine"].invoice
    assert invoice is not None
    billing.cancel(invoice, reason="Erreur", by=till.animator)
    till.call(scale, till.canteen)
    assert CalledFee.objects.filter(actor=till.canteen).count() == 2
    assert till.called()["Cantine"].invoice != invoice


def test_a_scale_that_is_not_voted_calls_nothing(till: Till) -> None:
    till.figures()
    with pytest.raises(DomainError) as caught:
        till.call(till.draft(), till.town)
    assert caught.value.code == "not_voted"


def test_who_is_exempt_owes_nothing_and_has_no_invoice(till: Till) -> None:
    saying.grant(
        till.pole, till.town, None, reason="Fondatrice", valid_from=date(2020, 1, 1), by=till.animator
    )
    till.call(till.voted(), till.town)
    row = till.called()["Ville"]
    assert (row.cents, row.invoice) == (0, None)
    assert row.said["grants"][0]["reason"] == "Fondatrice"


def test_a_reduction_counts_on_its_days_only(till: Till) -> None:
    till.figures()
    scale = till.voted()
    half = documents_reduction()
    first, _last = till.year
    with pytest.raises(DomainError):
        saying.grant(till.pole, till.mill, half, reason=" ", valid_from=first, by=till.animator)
    given = saying.grant(till.pole, till.mill, half, reason="Nouvelle", valid_from=first, by=till.animator)
    with pytest.raises(DomainError):
        saying.grant(till.pole, till.mill, half, reason="Encore", valid_from=till.today, by=till.animator)
    assert _due(till, scale)["Moulin"] == 7_500
    saying.end(given, on=first, by=till.animator)
    assert _due(till, scale)["Moulin"] == 7_500
    other = saying.grant(
        till.pole, till.canteen, half, reason="Jadis", valid_from=date(2020, 1, 1), by=till.animator
    )
    saying.end(other, on=first - timedelta(days=1), by=till.animator)
    assert _due(till, scale)["Cantine"] == 5_000


def documents_reduction() -> Reduction:
    """Return the reduction of the scale."""
    return documents.read(SAID).reductions[0]


def _due(till: Till, scale: ScaleVersion) -> dict[str, int | None]:
    seen = calls.preview(till.pole, scale, *till.year, on=till.today)
    return {one.member.actor.name: one.fee.cents for one in seen.rows}


def test_who_arrives_in_the_year_pays_its_months_once_though_in_two_roles(till: Till) -> None:
    till.figures()
    rows = Membership.objects.filter(pole=till.pole, actor=till.mill)
    rows.update(valid_from=date(till.today.year, 7, 1), from_precision="month")
    seen = calls.preview(till.pole, till.voted(), *till.year, on=till.today)
    mine = [one for one in seen.rows if one.member.actor == till.mill]
    assert [one.fee.cents for one in mine] == [7_500]
    assert mine[0].member.rough
    add_member(till.pole, till.mill, role="founder", by=till.animator)
    assert _due(till, till.voted("Autre"))["Moulin"] == 15_000


def test_who_is_partner_carrier_or_gone_is_not_asked(till: Till) -> None:
    till.figures()
    Membership.objects.filter(actor=till.canteen).update(role="partner")
    Carrier.objects.create(pole=till.pole, actor=till.mill, source=declaration(till.animator, till.today))
    assert set(_due(till, till.voted())) == {"Ville"}


def test_what_a_member_shares_serves_its_fee_until_it_says_otherwise(till: Till) -> None:
    last_year = till.today.year - 1
    sharing.write(till.canteen, "member.turnover", "30 000", last_year, by=till.member)
    scale = till.voted()
    assert _due(till, scale)["Cantine"] is None
    admissions.agree(till.pole, till.canteen, "member.turnover", by=till.member)
    seen = calls.preview(till.pole, scale, *till.year, on=till.today)
    found = next(one for one in seen.rows if one.member.actor == till.canteen)
    known = found.member.figures["turnover"]
    assert (found.fee.cents, known.value, known.confirmed, known.status) == (
        5_000,
        3_000_000,
        True,
        "declare",
    )
    till.figure(till.canteen, 12_000_000)
    assert _due(till, scale)["Cantine"] == 15_000
    assert PartialDate(date(last_year, 1, 1), YEAR).first == date(last_year, 1, 1)


def test_a_figure_is_confirmed_as_it_was_seen(till: Till) -> None:
    till.figure(till.canteen, 4_000_000)
    row = Measure.objects.get(actor=till.canteen)
    assert row.confirmed_at is None
    till.figure(till.canteen, 5_000_000, seen=row.version)
    with pytest.raises(StaleWriteError):
        saying.confirm(row, seen=row.version, by=till.member)
    with pytest.raises(StaleWriteError):
        till.figure(till.canteen, 6_000_000, seen=row.version)
    fresh = Measure.objects.get(pk=row.pk)
    assert saying.confirm(fresh, seen=fresh.version, by=till.member).confirmed_by == till.member
    till.figure(till.canteen, 7_000_000)
    assert Measure.objects.get(pk=row.pk).confirmed_at is None


@pytest.mark.parametrize("values", [{"value": -1}, {"source": " "}, {"basis": "weight"}, {"value": 10**14}])
def test_a_figure_without_sense_is_refused(till: Till, values: dict[str, object]) -> None:
    told = {"basis": "turnover", "value": 1, "source": "Comptes", **values}
    with pytest.raises(DomainError):
        saying.say(
            till.pole,
            till.mill,
            str(told["basis"]),
            year=2025,
            value=int(str(told["value"])),
            source=str(told["source"]),
            by=till.animator,
            confirms=False,
        )
    assert not Measure.objects.exists()


def test_a_reminder_leaves_once_a_day_to_who_owes(till: Till) -> None:
    till.figures()
    till.call(till.voted())
    rows = till.called()
    invoice = rows["Moulin"].invoice
    assert invoice is not None
    settling.settle(invoice, 15_000, on=till.today, how="bank", by=till.animator)
    keys = [row.pk for row in rows.values()]
    made, out = following.remind(till.pole, keys, on=till.today, by=till.animator)
    assert ([one.fee.actor.name for one in made], out) == (["Cantine", "Ville"], ["Moulin"])
    assert [one.told for one in made] == [1, 0]
    made, out = following.remind(till.pole, keys, on=till.today, by=till.animator)
    assert (made, len(out)) == ([], 3)
    made, _out = following.remind(till.pole, keys, on=till.today + timedelta(days=1), by=till.animator)
    assert [one.rank for one in made] == [2, 2]
    with pytest.raises(IntegrityError), transaction.atomic():
        Reminder.objects.filter(pk=made[0].pk).update(rank=9)


def test_what_is_paid_left_and_late_is_counted_in_two_queries(
    till: Till, django_assert_num_queries: object
) -> None:
    till.figures()
    till.call(till.voted())
    invoice = till.called()["Moulin"].invoice
    assert invoice is not None
    settling.settle(invoice, 5_000, on=till.today, how="bank", by=till.animator)
    note = following.exempt(till.called()["Cantine"], cents=None, reason="Dissoute", by=till.animator)
    assert note.gross_cents == -5_000
    with django_assert_num_queries(2):  # type: ignore[operator]
        rows = following.owed(CalledFee.objects.filter(pole=till.pole), on=till.today)
    found = {one.fee.actor.name: (one.left, one.state) for one in rows}
    assert found == {"Cantine": (0, "paid"), "Moulin": (10_000, "late"), "Ville": (50_000, "late")}
    assert following.totals(rows) == {"called": 70_000, "settled": 10_000, "left": 60_000, "late": 60_000}
    paid = following.receipts(till.called()["Moulin"])
    assert [one.cents for one in paid] == [5_000]
    assert following.receipts(till.called()["Cantine"]) == []


def test_the_queries_do_not_grow_with_the_members(till: Till) -> None:
    scale = till.voted()
    till.figures()
    with CaptureQueriesContext(connection) as few:
        calls.preview(till.pole, scale, *till.year, on=till.today)
    for number in range(20):
        actor = create_actor(f"Membre {number}", source=None, public=False)
        add_member(till.pole, actor, by=till.animator)
        till.figure(actor, 1_000)
    with CaptureQueriesContext(connection) as many:
        calls.preview(till.pole, scale, *till.year, on=till.today)
    assert len(many) == len(few)


@pytest.mark.django_db(transaction=True)
def test_two_people_call_at_once_and_each_fee_is_written_once() -> None:
    till = make()
    till.figures()
    scale = till.voted()
    seen = calls.preview(till.pole, scale, *till.year, on=till.today).digest
    members = [till.canteen, till.mill, till.town]
    call = partial(till.call, scale, *members, seen=seen)
    found = at_once(partial(call, key=uuid4()), partial(call, key=uuid4()))
    assert sum(isinstance(one, FeeCall) for one in found) == 1
    assert sum(isinstance(one, StaleWriteError) for one in found) == 1
    assert Invoice.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_people_remind_at_once_and_one_reminder_leaves() -> None:
    till = make()
    till.call(till.voted(), till.town)
    keys = [till.called()["Ville"].pk]
    remind = partial(following.remind, till.pole, keys, on=till.today, by=till.animator)
    found = at_once(remind, remind)
    assert sorted(len(made) for made, _out in found) == [0, 1]
    assert Reminder.objects.count() == 1
