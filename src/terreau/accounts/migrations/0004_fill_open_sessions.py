"""Tell the sessions that were open before they were kept: their day and their device are not known."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.db import migrations
from django.utils import timezone


def fill(apps: Any, schema_editor: Any) -> None:
    """Keep each session that somebody has open; its day is that of today."""
    session, user = apps.get_model("sessions", "Session"), apps.get_model("accounts", "User")
    kept = apps.get_model("accounts", "OpenSession")
    decode = SessionStore().decode
    live = session.objects.filter(expire_date__gt=timezone.now()).order_by("pk")
    for row in live.iterator():
        owner = decode(row.session_data).get("_auth_user_id")
        if owner and user.objects.filter(pk=owner).exists():
            kept.objects.get_or_create(session=row, defaults={"user_id": owner})


def empty(apps: Any, schema_editor: Any) -> None:
    """The table goes with the migration before."""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_open_sessions")]

    operations = [migrations.RunPython(fill, empty)]
