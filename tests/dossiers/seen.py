"""Pages as people see them: signed in, and their words without marks."""

import html
import re
import time
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client

from terreau.accounts.models import User
from terreau.calls.models import Role
from tests.people import enrol


def client_of(user: User, *, proved: bool = False) -> Client:
    """Return a browser where a person is signed in; ``proved``: they just gave their second factor again."""
    client = Client()
    if proved or Role.objects.filter(user=user).exists():
        enrol(user)
    client.force_login(user)
    if proved:
        session = client.session
        record = {"method": "mfa", "type": "totp", "at": time.time(), "reauthenticated": True}
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [record]
        session[f"{AUTHENTICATION_METHODS_SESSION_KEY}_user"] = str(user.pk)
        session.save()
    return client


def words(page: Any) -> str:
    """Return the words of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.content.decode())).split())
