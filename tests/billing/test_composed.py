"""What invoices and statements say to the pages that compose the workspace."""

from datetime import date, timedelta

from django.test import RequestFactory

from terreau.accounts.models import User
from terreau.billing import actions, composed, demo, monthly, settling
from terreau.billing.models import Invoice
from terreau.billing.rules import Line
from terreau.common.money import Euro
from terreau.poles.workspace import Workspace, enter
from tests.billing.camt_files import entry
from tests.billing.conftest import Desk
from tests.billing.test_banking import brought


def workspace(user: User) -> Workspace:
    request = RequestFactory().get("/poles/pole-essai/espace/")
    request.user = user
    return enter(request, "pole-essai")


def test_the_week_of_each(desk: Desk) -> None:
    late = desk.issued(on=desk.today - timedelta(days=60))
    desk.issued(kind="fee")
    desk.draft()
    brought(desk, entry(500, "2026-10-03"))
    monthly.add(
        desk.pole, seller=desk.pole.actor, buyer=desk.mill, on=date(2026, 1, 5), label="Copies",
        unit_cents=10, key="k", by=desk.animator,
    )  # fmt: skip
    mine = composed.week(workspace(desk.member))
    assert [(one.tone, one.path) for one in mine] == [("late", desk.path(f"factures/{late.number}/"))]
    assert composed.week(workspace(desk.miller)) == []
    runs = composed.week(workspace(desk.animator))
    assert [(one.kind, one.tone) for one in runs] == [
        ("invoice", "late"),
        ("bank", "now"),
        ("invoice", "info"),
        ("service", "info"),
    ]
    settling.settle(late, 12_000, on=desk.today, how="bank", by=desk.animator)
    assert composed.week(workspace(desk.member)) == []


def test_figures_take_credit_notes_off(desk: Desk) -> None:
    invoice = desk.issued(Line("A", 5_000), on=desk.today)
    desk.issued(Line("C", 700), kind="commission", on=desk.today)
    actions.credit(invoice, cents=2_000, reason="x", by=desk.animator)
    said = {one.code: one.value for one in composed.figures(desk.pole, desk.today, desk.today)}
    assert said == {"billing.services": Euro(3_000), "billing.commissions": Euro(700)}


def test_a_search_finds_what_the_person_sees(desk: Desk) -> None:
    desk.issued(label="Salle d'été")
    assert [one.title for one in composed.found(workspace(desk.member), "ete cantine", 5)] == ["PF-00001"]
    assert composed.found(workspace(desk.miller), "ete", 5) == []


def test_days_to_pay_are_in_the_calendar(desk: Desk) -> None:
    row = desk.issued()
    assert row.due is not None
    (stamp,) = composed.stamps(workspace(desk.member), row.due, row.due)
    assert stamp.starts == row.due
    assert composed.stamps(workspace(desk.miller), row.due, row.due) == []


def test_an_invented_pole_has_invoices_to_look_at(desk: Desk) -> None:
    assert demo.fill(desk.pole, desk.animator) == 2
    assert all("exemple fictif" in row.label for row in Invoice.objects.all())
