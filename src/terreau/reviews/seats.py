"""Who answers in a campaign: invited by a personal link, or signed in. The link is the census's pattern.

Only the digest of a link is kept; sent again, it is another one, and the link before stops working (R-132).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.census import mail, tokens
from terreau.common.errors import DomainError, NotFoundError
from terreau.journal.actions import record
from terreau.reviews.models import Mode, Review, Seat, State
from terreau.subjects.actions import lock

#: How long a personal link lives, the most of them in a campaign, and the most sent in a day by a pole.
LASTS = timedelta(days=60)
MOST, A_DAY = 300, 150

Link = Callable[[str], str]


def invite(  # noqa: PLR0913 - keyword-only: each is a part of an invitation
    review: Review,
    *,
    email: str,
    name: str = "",
    actor: Actor | None = None,
    language: str = "fr",
    by: User,
    link: Link,
) -> Seat:
    """Give a seat to somebody by e-mail; the message leaves after the commit. ``link`` makes an address.

    Raises ``DomainError`` with ``facts["field"]``: a bad address, one invited already, too many in a day.
    """
    address = _address(email)
    token, digest = tokens.new()
    with transaction.atomic():
        lock(review.pole_id)
        _check_open(review, Mode.SELF)
        if review.seats.filter(email__iexact=address, revoked_at=None).exists():
            message = _("Cette personne est déjà invitée : envoyez-lui un rappel.")
            raise DomainError("invited_already", message, facts={"field": "email"}, status=409)
        _check_rate(review)
        seat = Seat.objects.create(
            review=review,
            kind=Seat.Kind.PERSON,
            actor=actor,
            name=name.strip()[:120],
            email=address,
            language=language,
            token_hash=digest,
            expires_at=timezone.now() + LASTS,
            added_at=timezone.now(),
            added_by=by,
        )
        _journal(seat, "invited", by=by)
    _send(seat, "reviews/mail/seat.txt", link(token))
    return seat


def remind(seat: Seat, *, by: User, link: Link) -> Seat:
    """Send a seat its link again, a new one; refused when too soon, too often, finished or closed."""
    now = timezone.now()
    token, digest = tokens.new()
    with transaction.atomic():
        lock(seat.review.pole_id)
        _check_open(seat.review, Mode.SELF)
        held = Seat.objects.get(pk=seat.pk)
        if held.revoked_at or held.finished_at or not held.email:
            raise DomainError("not_waiting", _("Cette personne n'est plus attendue."), status=409)
        tokens.check_reminder(held.sent_at, held.reminded_at, held.reminders, now)
        again = held.reminders + (1 if held.sent_at else 0)
        Seat.objects.filter(pk=held.pk).update(
            token_hash=digest, reminded_at=now, reminders=again, expires_at=now + LASTS
        )
        seat.refresh_from_db()
        _journal(seat, "reminded", by=by)
    _send(seat, "reviews/mail/seat_reminder.txt", link(token))
    return seat


def revoke(seat: Seat, *, by: User) -> Seat:
    """Take a seat back: its link stops working; what was answered stays, aside from the spread."""
    with transaction.atomic():
        lock(seat.review.pole_id)
        _check_open(seat.review, Mode.SELF)
        if not Seat.objects.filter(pk=seat.pk, revoked_at=None).update(revoked_at=timezone.now()):
            raise DomainError("not_waiting", _("Cette personne n'est plus attendue."), status=409)
        seat.refresh_from_db()
        _journal(seat, "revoked", by=by)
    return seat


def take(review: Review, user: User) -> Seat:
    """Return the seat of somebody who signed in: theirs, the one of their address, or a new one.

    A link sent to the person's confirmed address and the account are one seat: nobody counts twice.
    """
    if held := mine(review, user):
        return held
    with transaction.atomic():
        lock(review.pole_id)
        _check_open(review, Mode.SELF)
        addressed = review.seats.filter(email__iexact=user.email, user=None, revoked_at=None)
        if held := addressed.order_by("added_at", "pk").first():
            Seat.objects.filter(pk=held.pk).update(user=user)
            held.refresh_from_db()
            return held
        try:
            with transaction.atomic():
                return Seat.objects.create(
                    review=review,
                    kind=Seat.Kind.PERSON,
                    user=user,
                    added_at=timezone.now(),
                    added_by=user,
                )
        except IntegrityError:
            return review.seats.get(user=user, kind=Seat.Kind.PERSON)


def mine(review: Review, user: User) -> Seat | None:
    """Return the seat of somebody who signed in, None before they have one."""
    return review.seats.filter(user=user, kind=Seat.Kind.PERSON).first()


def of_link(token: str) -> Seat:
    """Return the seat of a personal link, whatever its state. Raises ``NotFoundError`` when unknown."""
    rows = Seat.objects.select_related("review__pole__actor__subject", "review__grid_version__grid", "actor")
    seat = rows.filter(token_hash=tokens.digest(token)).first()
    if seat is None:
        words = _("Ce lien n'est plus bon. Si vous avez reçu un rappel, ouvrez le lien du dernier courriel.")
        raise NotFoundError("unknown_link", words)
    return seat


def closed_because(seat: Seat) -> str:
    """Return why a seat takes no answer any more; empty when it does."""
    if seat.revoked_at:
        return _("Cette invitation a été retirée par le pôle.")
    if seat.review.state != State.OPEN:
        return _("Cette campagne est close : plus personne n'y répond.")
    if seat.token_hash and not seat.user_id and seat.expires_at and seat.expires_at <= timezone.now():
        return _("Ce lien a expiré : demandez-en un autre au pôle.")
    return ""


def finish(seat: Seat, *, by: User | None) -> Seat:
    """Say that somebody has answered what they wanted; they may still correct until the campaign closes."""
    if words := closed_because(seat):
        raise DomainError("seat_closed", words, status=410)
    with transaction.atomic():
        lock(seat.review.pole_id)
        if Seat.objects.filter(pk=seat.pk, finished_at=None).update(finished_at=timezone.now()):
            seat.refresh_from_db()
            _journal(seat, "finished", by=by)
    return seat


def find(review: Review, pk: Any) -> Seat:
    """Return a seat of a campaign. Raises ``NotFoundError``."""
    seat = review.seats.select_related("user", "actor").filter(pk=pk).first()
    if seat is None:
        raise NotFoundError("unknown_seat", _("Cette campagne n'a invité personne de tel."))
    return seat


def _check_open(review: Review, mode: str) -> None:
    held = Review.objects.filter(pk=review.pk, state=State.OPEN, mode=mode)
    if not held.exists():
        raise DomainError(
            "review_closed", _("Cette campagne est close : plus personne n'y répond."), status=409
        )


def _check_rate(review: Review) -> None:
    if review.seats.count() >= MOST:
        raise DomainError("too_many_seats", _("Une campagne a 300 places au plus."), status=429)
    today = Seat.objects.filter(
        review__pole=review.pole_id, added_at__gt=timezone.now() - timedelta(days=1)
    ).exclude(email="")
    if today.count() >= A_DAY:
        message = _("Ce pôle a déjà invité beaucoup de monde aujourd'hui : continuez demain.")
        raise DomainError("too_many_today", message, status=429)


def _address(email: str) -> str:
    found = email.strip()
    try:
        validate_email(found)
    except ValidationError as error:
        message = _("Cette adresse électronique n'est pas valable.")
        raise DomainError("bad_email", message, facts={"field": "email"}) from error
    return found


def _journal(seat: Seat, verb: str, *, by: User | None) -> None:
    told = {"review": seat.review_id.hex, "seat": seat.pk.hex}
    record(seat.review.pole.actor.subject, f"review_seat.{verb}", by=by, data=told)


def _send(seat: Seat, template: str, url: str) -> None:
    context = {"seat": seat, "review": seat.review, "pole": seat.review.pole.actor, "url": url}
    if mail.send(seat.email, template, context, language=seat.language):
        Seat.objects.filter(pk=seat.pk, sent_at=None).update(sent_at=timezone.now())
        seat.refresh_from_db()
