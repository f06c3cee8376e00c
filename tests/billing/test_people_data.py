"""What a person takes away of invoices: what they wrote, and nothing of the others."""

from terreau.billing import people_data, settling
from tests.billing.conftest import Desk


def test_who_wrote_takes_it_away_and_others_nothing(desk: Desk) -> None:
    row = desk.issued()
    settling.settle(row, 100, on=desk.today, how="cash", by=desk.animator)
    mine = people_data.export(desk.animator)
    assert [one["number"] for one in mine["factures_ecrites"]] == [row.number]
    assert [one["cents"] for one in mine["reglements"]] == [100]
    assert not any(people_data.export(desk.member).values())
    people_data.erase(desk.animator)
    row.refresh_from_db()
    assert row.by == desk.animator
