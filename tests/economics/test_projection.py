"""A book is classed when it is read: new lines, corrections, members, carriers, stages, what actors are."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor, LegalNature
from terreau.bookkeeping.models import AccountOf, Contribution, Rate
from terreau.common.money import Euro
from terreau.economics import composed, projection, read, sums
from terreau.economics.models import Line, Month, State
from terreau.economics.sums import Amount, View
from terreau.flows import actions as flows
from terreau.flows import read as ledger
from terreau.flows.models import Flow
from terreau.journal import actions as journal
from terreau.poles.composition import add_member
from terreau.poles.models import Carrier, Pole
from terreau.poles.qualification import move_stage
from terreau.poles.workspace import of_person
from terreau.subjects.models import Subject
from tests.economics.conftest import Purse

pytestmark = pytest.mark.django_db


def one(flow: Flow) -> Line:
    """Return a line as it is classed now."""
    projection.refresh(Pole.objects.select_related("actor").get(pk=flow.book_id))
    return Line.objects.get(pk=flow.pk)


def test_a_year_of_a_pole_that_an_association_bears(purse: Purse) -> None:
    pole, life = purse.pole.actor, purse.pole.pk
    grant = purse.paid(purse.region, purse.bearer, 6_000_000, purpose=life, label="Subvention")
    fee = purse.paid(purse.coop, pole, 50_000, origin="fee:1")
    pay = purse.paid(purse.bearer, purse.person, 4_000_000, purpose=life, label="Salaire")
    purse.paid(purse.bearer, pole, 10_000)
    purse.hours(purse.person, pole, 5_000, purpose=life)
    trade = purse.paid(purse.coop, purse.firm, 777, origin="trade:1")
    AccountOf.objects.create(flow=grant, account="74", how="person")
    AccountOf.objects.create(flow=pay, account="641", how="person")
    found = read.classified(purse.pole)
    cell = sums.account(found, View.CELL)
    assert {kind: (one.cash, one.gifts) for kind, one in cell.resources.items()} == {
        "subsidies": (6_000_000, 0),
        "fees": (50_000, 0),
        "voluntary": (0, 5_000),
    }
    assert {kind: one.cash for kind, one in cell.uses.items()} == {"staff": 4_000_000}
    assert cell.balance == 2_050_000
    assert sums.matrix(found, View.CELL).cell("subsidies", "public", "emergence").cash == 6_000_000
    assert sums.outside(found) == {
        "internal": Amount(10_000, 0, 1, 0),
        "between_members": Amount(777, 0, 1, 0),
    }
    assert one(fee).function == "membership"
    assert not one(trade).through


def test_the_matrix_of_a_real_book_agrees_with_its_day_book(purse: Purse) -> None:
    for giver in purse.actors:
        for receiver in purse.actors:
            if giver != receiver:
                purse.paid(giver, receiver, 101)
                purse.hours(giver, receiver, None)
    found = read.classified(purse.pole)
    agreed = ledger.reconcile(purse.pole.actor)
    matrix = sums.matrix(found, View.WHOLE)
    parts = [matrix.all(), matrix.unclassed, matrix.uses, *sums.outside(found).values()]
    assert agreed.agrees
    assert sum(part.cash for part in parts) == agreed.totals["cash", ""].cents == 30 * 101
    assert sum(part.lines for part in parts) == 60
    assert sum(part.unvalued for part in parts) == 30


def test_a_correction_is_what_the_line_was_and_takes_it_back(purse: Purse) -> None:
    flow = purse.paid(purse.region, purse.pole.actor, 9_000)
    projection.refresh(purse.pole)
    assert read.to_classify(purse.pole, read.Period()).count() == 1
    AccountOf.objects.create(flow=flow, account="74", how="person")
    back = flows.reverse(flow, reason="Saisie deux fois", by=purse.by)
    assert one(back).kind == one(flow).kind == "subsidies"
    assert sums.account(read.classified(purse.pole), View.POLE).received.cash == 0
    assert not read.to_classify(purse.pole, read.Period()).exists()


def test_an_account_said_later_classes_the_line_again(purse: Purse) -> None:
    flow = purse.paid(purse.region, purse.pole.actor, 9_000)
    assert one(flow).kind == "unknown"
    AccountOf.objects.create(flow=flow, account="74", how="person")
    journal.record(purse.pole.actor.subject, "bookkeeping.account_said", by=purse.by)
    assert one(flow).kind == "subsidies"


def test_a_gift_valued_later_or_paid_elsewhere(purse: Purse) -> None:
    flow = purse.hours(purse.coop, purse.pole.actor, None)
    assert one(flow).cents is None
    rate = Rate.objects.create(
        pole=purse.pole,
        what="Heure",
        nature="time",
        unit="hours",
        method="hourly_rate",
        cents=1_500,
        since=date(2026, 1, 1),
        source="Décision de l'assemblée",
    )
    gift = Contribution.objects.create(flow=flow, value=3_000, rate=rate, function="watch", by=purse.by)
    journal.record(purse.pole.actor.subject, "contribution.said", by=purse.by)
    found = one(flow)
    assert (found.cents, found.kind, found.function, found.level) == (3_000, "voluntary", "watch", "cell")
    Contribution.objects.filter(pk=gift.pk).update(
        elsewhere=True, elsewhere_why="Salariée du siège", version=2
    )
    journal.record(purse.pole.actor.subject, "contribution.said", by=purse.by)
    assert (one(flow).side, one(flow).how) == ("none", "paid_elsewhere")


def test_what_an_actor_is_changes_its_lines_without_any_event_of_the_pole(purse: Purse) -> None:
    flow = purse.paid(purse.firm, purse.pole.actor, 100)
    other = purse.paid(purse.coop, purse.pole.actor, 100)
    assert one(flow).origin == "private"
    Actor.objects.filter(pk=purse.firm.pk).update(legal_nature=LegalNature.PUBLIC_BODY)
    assert one(flow).origin == "public"
    assert one(other).origin == "ess"


def test_a_stage_dated_later_gives_its_phase_to_old_lines(purse: Purse) -> None:
    flow = purse.paid(purse.firm, purse.pole.actor, 100)
    assert one(flow).phase == "emergence"
    move_stage(purse.pole, "creation", on=date(2026, 3, 1), reason="Statuts déposés", by=purse.by)
    assert one(flow).phase == "creation"


def test_a_pole_with_a_legal_form_is_not_its_carrier(purse: Purse) -> None:
    flow = purse.paid(purse.region, purse.bearer, 100)
    assert one(flow).through
    Actor.objects.filter(pk=purse.pole.pk).update(legal_nature=LegalNature.ASSOCIATION)
    journal.record(purse.pole.actor.subject, "actor.changed", by=purse.by)
    assert (one(flow).level, one(flow).through) == ("members", False)


def test_a_carrier_counts_on_its_days_only(purse: Purse) -> None:
    Carrier.objects.filter(pole=purse.pole).update(valid_from=date(2026, 3, 11))
    journal.record(purse.pole.actor.subject, "pole.carrier_changed", by=purse.by)
    before = purse.paid(purse.region, purse.bearer, 100)
    after = purse.paid(purse.region, purse.bearer, 100, on=date(2026, 3, 11))
    assert (one(before).level, one(after).level) == ("members", "pole")


def test_reading_again_asks_little_and_writes_nothing(purse: Purse) -> None:
    for cents in range(1, 40):
        purse.paid(purse.firm, purse.pole.actor, cents)
    read.classified(purse.pole)
    with CaptureQueriesContext(connection) as asked:
        read.classified(purse.pole)
    assert len(asked) == 2
    assert not [query for query in asked if not query["sql"].startswith(("SELECT", "WITH"))]
    purse.paid(purse.firm, purse.pole.actor, 40)
    assert sums.account(read.classified(purse.pole), View.POLE).received.cash == 820
    assert State.objects.get(book=purse.pole.pk).rank == 40


def test_what_is_kept_is_what_the_rules_give(purse: Purse) -> None:
    for actor in (purse.coop, purse.firm, purse.region):
        purse.paid(actor, purse.pole.actor, 100)
    read.classified(purse.pole)
    assert projection.rebuild(purse.pole, save=False) == 0
    Line.objects.filter(origin="public").update(kind="sales")
    with pytest.raises(CommandError):
        call_command("economics_rebuild", "--check")
    call_command("economics_rebuild", verbosity=0, stdout=StringIO())
    assert projection.rebuild(purse.pole, save=False) == 0
    Month.objects.update(cents=0)
    assert projection.rebuild(purse.pole, save=False) == 1


def test_several_poles_as_one_lose_what_moves_between_them(purse: Purse) -> None:
    actor = create_actor("Autre pôle", source=None, public=False, kind=Subject.Kind.POLE)
    other = Pole.objects.create(actor=actor, slug="autre-pole")
    add_member(purse.pole, actor, by=purse.by)
    purse.paid(purse.region, purse.pole.actor, 1_000)
    purse.paid(purse.pole.actor, actor, 300)
    purse.hours(purse.bearer, purse.pole.actor, 50)
    # The other pole writes the same payment in its own book, and one of its own.
    line = {"nature": "cash", "on": date(2026, 3, 10), "label": "Reçu"}
    flows.record(
        actor,
        [
            flows.rules.Entry(giver=purse.pole.pk, receiver=actor.pk, cents=300, **line),
            flows.rules.Entry(giver=actor.pk, receiver=purse.firm.pk, cents=120, **line),
        ],
        by=purse.by,
        today=timezone.localdate(),
    )
    alone = [read.consolidated([pole], read.Period()) for pole in (purse.pole, other)]
    both = read.consolidated([purse.pole, other], read.Period())
    assert [(one.received, one.given) for one in alone] == [
        ({"cash": 1_000, "time": 50}, {"cash": 300}),
        ({"cash": 300}, {"cash": 120}),
    ]
    assert (both.received, both.given) == ({"cash": 1_000, "time": 50}, {"cash": 120})
    assert both.net("cash") == sum(one.net("cash") for one in alone)


def test_the_snapshot_names_what_it_gives(purse: Purse) -> None:
    flow = purse.paid(purse.region, purse.bearer, 100, purpose=purse.pole.pk)
    (row,) = read.rows_for_snapshot()
    found = dict(zip(read.SNAPSHOT, row, strict=True))
    assert (found["flow"], found["book"], found["giver"]) == (flow.pk, purse.pole.pk, purse.region.pk)
    assert (found["level"], found["side"], found["kind"], found["through"]) == ("cell", "in", "unknown", True)


def test_a_line_taken_back_waits_no_more(purse: Purse) -> None:
    flow = purse.paid(purse.region, purse.pole.actor, 9_000)
    assert one(flow).to_class
    flows.reverse(flow, reason="Saisie deux fois", by=purse.by)
    assert not one(flow).to_class


def test_months_say_what_the_lines_say(purse: Purse) -> None:
    days = (date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 1))
    for cents, day in enumerate(days, start=1):
        purse.paid(purse.firm, purse.pole.actor, cents, on=day)
        purse.hours(purse.person, purse.pole.actor, None, on=day)
    whole = read.classified(purse.pole, date(2026, 2, 1), date(2026, 2, 28))
    near = read.classified(purse.pole, date(2026, 2, 1), date(2026, 2, 27))
    assert sums.account(whole, View.POLE).received == Amount(5, 0, 4, 2)
    assert sums.account(near, View.POLE).received == Amount(2, 0, 2, 1)
    every = [read.classified(purse.pole), read.classified(purse.pole, date(2026, 1, 2))]
    assert [sums.account(found, View.POLE).received for found in every] == [Amount(10, 0, 8, 4)] * 2
    assert read.years(purse.pole) == [2026]


def test_the_rooms_say_what_waits_and_each_level_by_itself(purse: Purse) -> None:
    purse.paid(purse.region, purse.bearer, 10_000, purpose=purse.pole.pk)
    purse.hours(purse.person, purse.pole.actor, 700)
    first, last = date(2026, 1, 1), date(2026, 12, 31)
    found = {one.code: one.value for one in composed.figures(purse.pole, first, last)}
    assert found == {
        "economics.cell": Euro(10_000),
        "economics.pole": Euro(10_000),
        "economics.projects": Euro(0),
        "economics.gifts": Euro(700),
    }
    (due,) = composed.week(of_person(purse.by, purse.pole.slug))
    assert due.path.endswith("/espace/economie/a-classer/?annee=tout")
    member = User.objects.create_user("membre@people.example.org", name="Membre")
    belonging.found(member, purse.coop, by=purse.by)
    assert composed.week(of_person(member, purse.pole.slug)) == []
