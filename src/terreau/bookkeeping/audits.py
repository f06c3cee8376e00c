"""Who may audit the books of a pole: passes given, ended, and each reading told by the journal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts import second_factor
from terreau.accounts.models import User
from terreau.bookkeeping.models import AuditPass
from terreau.common.errors import DomainError, NotFoundError, RefusedError
from terreau.common.inserting import insert
from terreau.journal.actions import record, refuse
from terreau.journal.models import Event
from terreau.notices.actions import tell
from terreau.poles.models import Pole
from terreau.poles.workspace import Workspace, require_run
from terreau.subjects import actions as subjects

#: A pass lasts as long as an audit, not as long as a function: another is given for the next one.
LONGEST = timedelta(days=366)
READ = "audit.read"


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads the books of a pole by a pass, a day."""

    pole: Pole
    user: User
    given: AuditPass


def give(ws: Workspace, *, email: str, purpose: str, since: date, until: date) -> AuditPass:
    """Give a pass to whoever signs in with an address, for who animates the pole; tell them when known.

    Raises ``DomainError`` for an address that is none, no purpose, too long, or a pass that still runs.
    """
    require_run(ws, verb="audit.give")
    address, why = _address(email), " ".join(purpose.split())[:200]
    if not why:
        raise DomainError("no_purpose", _("Dites pour quoi cet accès est donné."), facts={"field": "purpose"})
    if until < since or until < ws.today:
        raise DomainError(
            "ends_before", _("La fin suit le début, et n'est pas passée."), facts={"field": "until"}
        )
    if until - since > LONGEST:
        message = _("Un accès dure un an au plus : il s'en donne un autre ensuite.")
        raise DomainError("too_long", message, facts={"field": "until"})
    with transaction.atomic():
        subjects.lock(ws.pole.pk)
        held = AuditPass.objects.filter(pole=ws.pole, email__iexact=address, ended_at=None)
        held.filter(until__lt=ws.today).update(ended_at=timezone.now(), ended_by=ws.user)
        row = AuditPass(pole=ws.pole, email=address, purpose=why, since=since, until=until, by=ws.user)
        insert(row, "pass_refused", field="email")
        data = {"pass": row.pk.hex, "since": since.isoformat(), "until": until.isoformat()}
        record(ws.pole.actor.subject, "audit.given", by=ws.user, data=data)
    _tell(ws.pole, row)
    return row


def _address(email: str) -> str:
    found = email.strip().lower()
    try:
        validate_email(found)
    except ValidationError as error:
        raise DomainError("not_an_email", str(error.messages[0]), facts={"field": "email"}) from error
    return found


def _tell(pole: Pole, row: AuditPass) -> None:
    user = User.objects.filter(email__iexact=row.email, is_active=True).first()
    if user is not None:
        words = gettext_lazy("Vous pouvez lire les comptes d'un pôle, pour les vérifier.")
        path = f"/poles/{pole.slug}/audit/"
        tell(user, "audit.given", words, subject=pole.actor.subject, path=path, dedupe=f"audit:{row.pk.hex}")


def end(ws: Workspace, pk: Any) -> AuditPass:
    """End a pass at once; ended twice is the same."""
    require_run(ws, verb="audit.end")
    with transaction.atomic():
        subjects.lock(ws.pole.pk)
        row = AuditPass.objects.filter(pole=ws.pole, pk=pk).first()
        if row is None:
            raise NotFoundError("unknown_pass", _("Cet accès n'est pas de ce pôle."))
        if row.ended_at is None:
            row.ended_at, row.ended_by = timezone.now(), ws.user
            row.save(update_fields=["ended_at", "ended_by"])
            record(ws.pole.actor.subject, "audit.ended", by=ws.user, data={"pass": row.pk.hex})
    return row


def of_pole(pole: Pole) -> QuerySet[AuditPass]:
    """Return the passes of a pole, those that run first."""
    return AuditPass.objects.filter(pole=pole).select_related("by").order_by("ended_at", "-until", "pk")


def runs(row: AuditPass, today: date) -> bool:
    """Say whether a pass opens a day."""
    return row.ended_at is None and row.since <= today <= row.until


def enter(user: Any, slug: str, *, page: str) -> Reader:
    """Let an auditor pass, and tell the journal what they read: nobody reads books unseen.

    Raises ``NotFoundError`` for anybody without a pass that runs, ``RefusedError`` (counted) for who has one
    and no second factor.
    """
    pole = Pole.objects.select_related("actor__subject").filter(slug=slug).first()
    today = timezone.localdate()
    hidden = NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    if pole is None or not isinstance(user, User):
        raise hidden
    # The address must have been proved: a pass is for who receives its messages.
    proved = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    addresses = [address.lower() for address in proved]
    rows = AuditPass.objects.filter(pole=pole, email__in=addresses, ended_at=None)
    given = rows.filter(since__lte=today, until__gte=today).first()
    if given is None:
        raise hidden
    if not second_factor.has_one(user):
        reason = _("Lire les comptes d'un pôle demande un second facteur : activez-le sur votre compte.")
        refuse(pole.actor.subject, READ, by=user, reason=reason)
        raise RefusedError("second_factor_needed", reason)
    record(pole.actor.subject, READ, by=user, data={"pass": given.pk.hex, "page": page})
    return Reader(pole, user, given)


def readings(pole: Pole, most: int = 50) -> list[dict[str, Any]]:
    """Return the last readings of the books: when, by whom, which page; two queries."""
    rows = list(Event.objects.filter(subject=pole.pk, verb=READ).order_by("-seq")[:most])
    names = dict(User.objects.filter(pk__in={row.by for row in rows}).values_list("pk", "name"))
    return [
        {
            "at": row.at,
            "who": (row.by and names.get(row.by)) or _("personne effacée"),
            "page": row.data.get("page", ""),
        }
        for row in rows
    ]
