"""Who else has a file open: seen from both sides, worth nothing after a minute, written seldom."""

from datetime import UTC, datetime, timedelta

from terreau.dossiers import presence
from terreau.dossiers.models import Presence
from tests.dossiers import making

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_two_people_see_one_another_for_a_minute(db: None) -> None:
    row = making.dossier(making.call())
    ana, officer = making.person("Ana"), making.person("Omar")
    presence.beat(row, ana, key="summary", now=NOW)
    presence.beat(row, officer, officer=True, now=NOW)
    assert presence.others(row, ana, now=NOW) == [presence.Other("Omar", "", officer=True)]
    assert presence.others(row, officer, now=NOW) == [presence.Other("Ana", "summary", officer=False)]
    assert presence.others(row, ana, now=NOW + timedelta(seconds=61)) == []
    presence.leave(row, ana)
    assert presence.others(row, officer, now=NOW) == []


def test_a_beat_writes_once_in_twenty_seconds_but_a_new_field_is_told(db: None) -> None:
    row, ana = making.dossier(making.call()), making.person("Ana")
    assert presence.beat(row, ana, key="title", now=NOW)
    assert not presence.beat(row, ana, key="title", now=NOW + timedelta(seconds=5))
    assert presence.beat(row, ana, key="asked", now=NOW + timedelta(seconds=6))
    assert presence.beat(row, ana, key="asked", now=NOW + timedelta(seconds=30))
    assert Presence.objects.count() == 1


def test_a_closed_account_is_not_shown(db: None) -> None:
    row, ana, bea = making.dossier(making.call()), making.person("Ana"), making.person("Béa")
    presence.beat(row, bea, now=NOW)
    bea.is_active = False
    bea.save()
    assert presence.others(row, ana, now=NOW) == []
