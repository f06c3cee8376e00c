"""Programmes, calls and people with a role, made in a line: tests of other rooms import this too.

Light: no territory nor register is needed, but for a role in a region.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.calls.models import Call, FormVersion, Programme, Role, Sponsor, Strand
from terreau.subjects.models import Subject
from tests.people import enrol

OPENS = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
CLOSES = datetime(2027, 6, 30, 21, 59, 59, tzinfo=UTC)
SINCE = date(2020, 1, 1)
_numbers = count(1)

#: A small form with a condition, a choice, money, a table, a file and a declaration.
CONTENT: dict[str, Any] = {
    "pages": [
        {
            "code": "pole",
            "title": "Votre pôle",
            "sections": [
                {
                    "code": "qui",
                    "title": "Qui",
                    "fields": [
                        {"key": "name", "kind": "text", "label": "Nom du pôle", "required": True}
                        | {"source": "pole.name"},
                        {
                            "key": "category",
                            "kind": "choice",
                            "label": "Où en êtes-vous ?",
                            "required": True,
                            "options": [
                                {"code": "existing", "label": "Pôle existant"},
                                {"code": "project", "label": "Pôle en projet"},
                            ],
                        },
                        {
                            "key": "since",
                            "kind": "date",
                            "label": "Depuis quand ?",
                            "required": True,
                            "show_when": {"field": "category", "op": "eq", "value": "existing"},
                        },
                        {"key": "members", "kind": "members", "label": "Membres", "source": "members"},
                    ],
                }
            ],
        },
        {
            "code": "projet",
            "title": "Votre projet",
            "sections": [
                {
                    "code": "aide",
                    "title": "L'aide demandée",
                    "fields": [
                        {"key": "project", "kind": "long_text", "label": "Le projet", "required": True},
                        {"key": "asked", "kind": "euro", "label": "Aide demandée", "required": True},
                        {"key": "budget", "kind": "budget", "label": "Budget"},
                        {"key": "statutes", "kind": "file", "label": "Statuts"},
                        {"key": "true", "kind": "declaration", "label": "Tout est exact", "required": True},
                    ],
                }
            ],
        },
    ]
}
ANSWERS: dict[str, Any] = {
    "name": "Pôle du Val",
    "category": "existing",
    "since": "2020-03-01",
    "project": "Une légumerie partagée.",
    "asked": 5_000_000,
    "true": True,
}


def user(name: str = "", *, factor: bool = False) -> User:
    """Make somebody; ``factor``: with the second factor that every role asks."""
    made = User.objects.create_user(f"{name or 'quelqu'}{next(_numbers)}@calls.example.org", name=name)
    if factor:
        enrol(made)
    return made


def programme(slug: str = "", **values: Any) -> Programme:
    """Make a published programme."""
    number = next(_numbers)
    subject = Subject.objects.create(kind=Subject.Kind.PROGRAMME, public=True)
    held = {"name": f"Programme {number}", "owner_name": "Ministère", "state": "published", **values}
    return Programme.objects.create(subject=subject, slug=slug or f"programme-{number}", **held)


def strand(of: Programme, code: str = "", **values: Any) -> Strand:
    """Make a strand of a programme."""
    number = next(_numbers)
    held = {"name": f"Volet {number}", "kind": "experimentation", **values}
    return Strand.objects.create(programme=of, code=code or f"volet-{number}", **held)


def call(
    slug: str = "", *, content: dict[str, Any] | None = None, of: Programme | None = None, **values: Any
) -> Call:
    """Make an open call with a published form (``content``, else ``CONTENT``), whatever the day until 2027.

    Three stages, none of whose opinions is mandatory; ``stages=[…]`` says otherwise.
    """
    number = next(_numbers)
    subject = Subject.objects.create(kind=Subject.Kind.CALL, public=True)
    held: dict[str, Any] = {
        "title": f"Appel {number}",
        "state": "open",
        "opens_at": OPENS,
        "closes_at": CLOSES,
        "stages": [{"code": code, "opinion": "asked"} for code in ("region", "national", "committee")],
        **values,
    }
    made = Call.objects.create(
        subject=subject, programme=of or programme(), slug=slug or f"appel-{number}", **held
    )
    FormVersion.objects.create(
        call=made, number=1, content=CONTENT if content is None else content, published_at=OPENS
    )
    return made


def sponsor(of: Call, name: str = "", **values: Any) -> Sponsor:
    """Add a sponsor to a call."""
    return Sponsor.objects.create(call=of, name=name or f"Ministère {next(_numbers)}", **values)


def role(who: User, where: Call | Programme, kind: str, **values: Any) -> Role:
    """Give a role in a call or a programme; the person gets a second factor, without which it is nothing."""
    enrol(who)
    place = {"call": where} if isinstance(where, Call) else {"programme": where}
    return Role.objects.create(user=who, role=kind, **{"valid_from": SINCE, **place, **values})


def somebody(where: Call | Programme, kind: str, **values: Any) -> User:
    """Make a person with a role."""
    made = user(kind)
    role(made, where, kind, **values)
    return made


def sign_in(client: Client, who: User, *, proved: bool = False) -> Client:
    """Sign a person in, and return the client; ``proved``: with a fresh proof of the second factor."""
    client.force_login(who)
    if proved:
        enrol(who)
        session = client.session
        record = {"method": "mfa", "type": "totp", "at": time.time(), "reauthenticated": True}
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [record]
        session[f"{AUTHENTICATION_METHODS_SESSION_KEY}_user"] = str(who.pk)
        session.save()
    return client


def actor(name: str = "", **values: Any) -> Actor:
    """Make a public organisation: an association unless said otherwise."""
    number = next(_numbers)
    said = name or f"Association {number}"
    subject = Subject.objects.create(kind=Subject.Kind.ACTOR, public=True)
    held = {"legal_nature": "association", "key": f"actor-{number}", "sort_key": said.casefold(), **values}
    return Actor.objects.create(subject=subject, name=said, **held)
