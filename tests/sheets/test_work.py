"""What the worker does by itself each day."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.utils import timezone

from terreau.accounts.models import User
from terreau.jobs.models import Job
from terreau.jobs.work import start, start_due
from terreau.notices.actions import tell
from terreau.sheets import work

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(("hour", "due"), [(6, False), (7, True), (23, True)])
def test_messages_leave_in_the_morning_at_the_earliest(
    monkeypatch: pytest.MonkeyPatch, hour: int, due: bool
) -> None:
    at = datetime(2026, 11, 23, hour, 30, tzinfo=PARIS)
    monkeypatch.setattr(timezone, "now", lambda: at)
    assert work.digests_due() is due


def test_each_person_is_written_to_once_a_day() -> None:
    user = User.objects.create_user("claire@people.example.org", name="Claire")
    tell(user, "meeting", "Vous êtes convoquée.")
    start("notices.digest", by=None)
    job = Job.objects.get(kind="notices.digest")
    assert (job.state, job.report) == (Job.State.DONE, {"sent": 1})
    assert [message.to for message in mail.outbox] == [["claire@people.example.org"]]
    tell(user, "meeting", "La séance a changé.")
    start_due()
    assert Job.objects.filter(kind="notices.digest").count() == 1
    assert len(mail.outbox) == 1
