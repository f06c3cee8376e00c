"""Personal links by which somebody signs for an organisation without an account (R-95).

The link is a secret sent by e-mail; only its digest is kept. Once it has signed, the same link shows the
signature and takes it back.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.census import mail, tokens
from terreau.census.entry_rules import tidy
from terreau.charters.models import Charter, Request, Text
from terreau.charters.signing import living
from terreau.charters.writing import last_text
from terreau.common.errors import DomainError, NotFoundError
from terreau.journal.actions import record
from terreau.subjects.actions import lock

#: Days that a link takes a signature, reminders, time between two messages, links of one charter in a day.
DAYS, A_DAY = 60, 200

Link = Callable[[str], str]


def ask(  # noqa: PLR0913 - keyword-only: each is a part of what is asked
    charter: Charter,
    signatory: Actor,
    *,
    email: str,
    message: str = "",
    language: str = "fr",
    by: User,
    link: Link,
) -> Request:
    """Send somebody a link to sign for an organisation; ``link`` makes a whole address of a secret.

    Refused when there is nothing to sign, when it has signed, or when this address was asked already.
    """
    text = last_text(charter)
    if text is None:
        raise DomainError("nothing_to_sign", _("Publiez d'abord un texte."), status=409)
    address = _address(email)
    if living(text, signatory) is not None:
        words = _("Cette organisation a déjà signé ce texte.")
        raise DomainError("signed_already", words, facts={"field": "signatory"}, status=409)
    token, digest = tokens.new()
    with transaction.atomic():
        lock(signatory.pk)
        _check_new(charter, text, signatory, address)
        row = Request.objects.create(
            text=text,
            signatory=signatory,
            email=address,
            message=tidy(message, lines=True)[:2000],
            language=language if language in {"fr", "en"} else "fr",
            token_hash=digest,
            by=by,
            expires_at=timezone.now() + timedelta(days=DAYS),
        )
        _journal(row, "asked", by=by)
    _send(row, "charters/mail/sign.txt", link(token))
    return row


def _check_new(charter: Charter, text: Text, signatory: Actor, address: str) -> None:
    now = timezone.now()
    same = Request.objects.filter(text=text, signatory=signatory, email__iexact=address)
    if same.filter(signature=None, revoked_at=None, expires_at__gt=now).exists():
        words = _("Un lien attend déjà à cette adresse : rappelez-le plutôt.")
        raise DomainError("asked_already", words, facts={"field": "email"}, status=409)
    asked = Request.objects.filter(text__charter=charter, created_at__gt=now - timedelta(days=1))
    if asked.count() >= A_DAY:
        words = _("%(most)d liens sont partis depuis hier : revenez demain.") % {"most": A_DAY}
        raise DomainError("too_many_links", words, status=429)


def remind(request: Request, *, by: User | None, link: Link) -> Request:
    """Send a link again: another one, the one before stops working. Refused too soon, or too often."""
    now = timezone.now()
    token, digest = tokens.new()
    with transaction.atomic():
        lock(request.signatory_id)
        row = Request.objects.select_related("signatory__subject", "text__charter").get(pk=request.pk)
        if state(row, now) not in {"waiting", "unsent"}:
            raise DomainError("not_waiting", _("Ce lien n'attend plus de signature."), status=409)
        tokens.check_reminder(row.sent_at, row.reminded_at, row.reminders, now)
        again = {"reminders": F("reminders") + 1, "reminded_at": now} if row.sent_at else {}
        Request.objects.filter(pk=row.pk).update(token_hash=digest, **again)
        row.refresh_from_db()
        _journal(row, "reminded", by=by)
    _send(row, "charters/mail/sign_reminder.txt", link(token))
    return row


def revoke(request: Request, *, by: User) -> Request:
    """Take back what was asked: its link stops working. Refused when it has signed."""
    with transaction.atomic():
        lock(request.signatory_id)
        rows = Request.objects.filter(pk=request.pk, signature=None, revoked_at=None)
        if not rows.update(revoked_at=timezone.now()):
            raise DomainError("not_waiting", _("Ce lien n'attend plus de signature."), status=409)
        request.refresh_from_db()
        _journal(request, "revoked", by=by)
    return request


def state(row: Request, now: datetime) -> str:
    """Return ``signed``, ``revoked``, ``expired``, ``unsent`` or ``waiting``."""
    if hasattr(row, "signature"):
        return "signed"
    if row.revoked_at:
        return "revoked"
    if row.expires_at <= now:
        return "expired"
    return "waiting" if row.sent_at else "unsent"


def of_link(token: str) -> Request:
    """Return what a link asks, whatever its state; ``NotFoundError`` for one that leads nowhere."""
    row = rows().filter(token_hash=tokens.digest(token)).first()
    if row is None:
        words = _("Ce lien n'est plus bon. Si vous avez reçu un rappel, ouvrez le lien du dernier courriel.")
        raise NotFoundError("unknown_link", words)
    return row


def check_open(row: Request) -> None:
    """Raise (410) when a link takes no signature any more, and say why."""
    found = state(row, timezone.now())
    if found in {"waiting", "unsent"}:
        return
    raise DomainError("link_closed", closed_because(found), facts={"state": found}, status=410)


def closed_because(found: str) -> str:
    """Return why a link takes no signature."""
    if found == "signed":
        return _("Ce lien a déjà servi à signer.")
    if found == "revoked":
        return _("Cette demande a été retirée.")
    return _("Ce lien a expiré : demandez-en un autre à qui tient la charte.")


def rows() -> QuerySet[Request]:
    """Return the links with what pages say of them."""
    return Request.objects.select_related(
        "signatory__subject", "text__charter__owner__subject", "signature__withdrawal", "signature__signer"
    )


def of_charter(charter: Charter) -> list[Request]:
    """Return the links of a charter, the newest first."""
    return list(rows().filter(text__charter=charter).order_by("-created_at", "pk")[:500])


def one(charter: Charter, pk: UUID) -> Request:
    """Return one link of a charter. Raises ``NotFoundError``."""
    row = rows().filter(text__charter=charter, pk=pk).first()
    if row is None:
        raise NotFoundError("unknown_request", _("Cette charte n'a envoyé aucun lien de ce nom."))
    return row


def _address(email: str) -> str:
    typed = email.strip()
    try:
        validate_email(typed)
    except ValidationError as error:
        words = _("« %(email)s » n'est pas une adresse électronique.") % {"email": typed[:100]}
        raise DomainError("bad_email", words, facts={"field": "email"}) from error
    return typed


def _send(row: Request, template: str, url: str) -> None:
    """Send the message after the commit; one that could not leave is shown so, and can be sent again."""

    def leave() -> None:
        owner = row.text.charter.owner
        context = {
            "row": row,
            "url": url,
            "charter": row.text.charter.title_fr,
            "signatory": row.signatory.name,
        }
        context["owner"] = owner.name if owner else "Terreau"
        if row.language == "en" and row.text.charter.title_en:
            context["charter"] = row.text.charter.title_en
        if mail.send(row.email, template, context, language=row.language):
            Request.objects.filter(pk=row.pk, sent_at=None).update(sent_at=timezone.now())

    transaction.on_commit(leave)


def _journal(row: Request, verb: str, *, by: User | None) -> None:
    told = {"request": row.pk.hex, "charter": row.text.charter.code, "version": row.text.label}
    record(row.signatory.subject, f"charter_request.{verb}", by=by, data=told)
