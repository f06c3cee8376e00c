"""Run as a process by the browser's tests: makes somebody who brings files, prints their session."""

import sys
from datetime import date

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402

from terreau.accounts.models import GlobalRole, User  # noqa: E402
from tests.people import enrol  # noqa: E402

if __name__ == "__main__":
    user = User.objects.create_user("apporte@example.org")
    for role in ("officer", "moderator"):
        GlobalRole.objects.create(user=user, role=role, valid_from=date(2026, 1, 1))
    enrol(user)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    sys.stdout.write(session.session_key or "")
