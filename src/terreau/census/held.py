"""What the census holds of people: given to them, forgotten when they ask or when it is old.

Drafts, reports, proposals and what is asked by personal links. What these became in the register stays, and
names nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from terreau.accounts.models import User
from terreau.accounts.personal import rows
from terreau.accounts.retention import period
from terreau.census.models import Charge, Draft, Invitation, Presence, Proposal, Report

#: In place of an address that is forgotten: ``invalid`` never leads anywhere (RFC 2606).
FORGOTTEN = "efface@erased.invalid"
_NAMING = ("name", "role", "text")


def export(user: User) -> dict[str, Any]:
    """Return what is held of a person, by account and by e-mail address."""
    addressed = Q(email__iexact=user.email)
    return {
        "brouillons": rows(Draft.objects.filter(user=user), "id", "data", "created_at", "submitted_at"),
        "signalements": rows(
            Report.objects.filter(Q(by=user) | addressed),
            *("id", "name", "what", "url", "email", "state", "reason", "received_at"),
        ),
        "propositions": rows(
            Proposal.objects.filter(Q(author=user) | Q(contact__iexact=user.email)),
            *("id", "contact", "items", "message", "state", "reason", "created_at"),
        ),
        "demandes_faites": rows(
            Invitation.objects.filter(by=user),
            "id",
            "purpose",
            "asks",
            "message",
            "created_at",
            "answered_at",
        ),
        "demandes_recues": rows(
            Invitation.objects.filter(addressed),
            "id",
            "purpose",
            "asks",
            "message",
            "email",
            "sent_at",
            "answer",
        ),
    }


def erase(user: User) -> None:
    """Forget the drafts, and in the rest whatever names the person; what was decided stays counted."""
    Draft.objects.filter(user=user, submitted_at=None).delete()
    Draft.objects.filter(user=user).update(data={})
    Presence.objects.filter(user=user).delete()
    Charge.objects.filter(user=user).delete()
    Report.objects.filter(Q(by=user) | Q(email__iexact=user.email)).update(by=None, email="")
    Proposal.objects.filter(Q(author=user) | Q(contact__iexact=user.email)).update(author=None, contact="")
    forget_answers(Invitation.objects.filter(email__iexact=user.email))


def expire(*, on: date, save: bool) -> dict[str, int]:
    """Forget what is older than its line of ``content/retention.yaml``; return how many by line."""
    now = timezone.make_aware(datetime.combine(on, datetime.min.time()))
    drafts = Draft.objects.filter(expires_at__lte=now, submitted_at=None)
    # What a draft became is in the register; the draft says no more.
    submitted = Draft.objects.filter(submitted_at__lte=now - period("census.submitted")).exclude(data={})
    reports = Report.objects.filter(answered_at__lte=now - period("census.contacts")).exclude(email="")
    proposals = Proposal.objects.filter(decided_at__lte=now - period("census.contacts")).exclude(contact="")
    asked = Invitation.objects.filter(expires_at__lte=now - period("census.links")).exclude(email=FORGOTTEN)
    found = {
        "census.drafts": drafts.count(),
        "census.submitted": submitted.count(),
        "census.contacts": reports.count() + proposals.count(),
        "census.links": asked.count(),
    }
    if save:
        drafts.delete()
        submitted.update(data={})
        reports.update(email="")
        proposals.update(contact="")
        forget_answers(asked)
    return found


def forget_answers(asked: QuerySet[Invitation] | Iterable[Invitation]) -> int:
    """Forget the address, the message and the names of what was asked; return how many rows.

    What was answered as a fact stays, and the digest of a signed text: they name nobody.
    """
    done = 0
    for row in list(asked):
        answer = {key: value for key, value in row.answer.items() if key not in _NAMING}
        # Its link leads nowhere any more: nobody may answer in the place of who is forgotten.
        Invitation.objects.filter(pk=row.pk).update(email=FORGOTTEN, message="", answer=answer)
        Invitation.objects.filter(pk=row.pk, answered_at=None, revoked_at=None).update(
            revoked_at=timezone.now()
        )
        done += 1
    return done
