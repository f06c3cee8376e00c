"""Joining an organisation: asked, confirmed or refused, ended. Each verb is one transaction with its event.

Events hold identifiers of people, never their names or messages. Of two people who answer the same request,
one is told that it has been answered.
"""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Actor, Belonging, LegalNature
from terreau.actors.perms import can_confirm, can_moderate, moderators_of
from terreau.common.errors import DomainError, RefusedError
from terreau.journal.actions import record
from terreau.notices.actions import tell
from terreau.subjects.actions import family

_REQUESTS = "/compte/organisations/demandes/"
_MINE = "/compte/organisations/"


@transaction.atomic
def ask(
    user: User, actor: Actor, *, role: str = Belonging.Role.MEMBER, message: str = "", by: User | None = None
) -> Belonging:
    """Ask that a person joins an organisation; those who may answer are told.

    ``by`` is who asks (the person, or None when an identity provider proposes it). Refused when the person
    belongs to it or has asked already, when the actor is a natural person, closed or merged.
    """
    _check_joinable(actor)
    row = _insert(Belonging(user=user, actor=actor, role=Belonging.Role(role), message=message.strip()[:500]))
    _journal(row, "asked", by=by, data={"role": row.role})
    _tell_who_answers(row)
    return row


@transaction.atomic
def found(user: User, actor: Actor, *, role: str = Belonging.Role.ANIMATOR, by: User) -> Belonging:
    """Confirm at once the person who registers a new pole or organisation, or whom a moderator names.

    Refused when the actor has people already and ``by`` does not moderate it: then one asks.
    """
    _check_joinable(actor)
    if Belonging.objects.confirmed().filter(actor=actor).exists():
        allowed = can_moderate(by, actor, on=timezone.localdate())
        if not allowed:
            raise RefusedError("may_not_found", allowed.reason)
    now = timezone.now()
    row = Belonging(user=user, actor=actor, role=Belonging.Role(role), confirmed_at=now, confirmed_by=by)
    row = _insert(row)
    _journal(row, "founded", by=by, data={"role": row.role})
    return row


@transaction.atomic
def confirm(belonging: Belonging, *, by: User) -> Belonging:
    """Accept a request; the person is told. Refused to who may not answer it, or when it was answered."""
    _check_may_answer(belonging, by)
    rows = Belonging.objects.asked().filter(pk=belonging.pk)
    _once(rows.update(confirmed_at=timezone.now(), confirmed_by=by), belonging)
    _journal(belonging, "confirmed", by=by, data={"role": belonging.role})
    words = format_lazy(
        gettext_lazy("Votre appartenance à « {name} » est confirmée."), name=belonging.actor.name
    )
    _tell(belonging.user, belonging, words, path=_MINE)
    return belonging


@transaction.atomic
def refuse(belonging: Belonging, *, by: User, reason: str) -> Belonging:
    """Refuse a request with a reason, which the person sees."""
    _check_may_answer(belonging, by)
    reason = _reason(reason)
    rows = Belonging.objects.asked().filter(pk=belonging.pk)
    _once(rows.update(refused_at=timezone.now(), reason=reason), belonging)
    _journal(belonging, "refused", by=by)
    words = format_lazy(
        gettext_lazy("Votre demande pour « {name} » est refusée : {reason}"),
        name=belonging.actor.name,
        reason=reason,
    )
    _tell(belonging.user, belonging, words, path=_MINE)
    return belonging


@transaction.atomic
def end(belonging: Belonging, *, by: User | None, reason: str = "") -> Belonging:
    """End a belonging, or withdraw a request: the person leaves alone; another ends it with a reason.

    ``by`` None is the site itself (an account that is erased).
    """
    another = by is not None and by.pk != belonging.user_id
    if another and by is not None:
        _check_may_answer(belonging, by)
        reason = _reason(reason)
    rows = Belonging.objects.living().filter(pk=belonging.pk)
    _once(rows.update(ended_at=timezone.now(), reason=reason.strip()[:500]), belonging)
    _journal(belonging, "ended", by=by)
    if another:
        words = format_lazy(
            gettext_lazy("Vous n'appartenez plus à « {name} » : {reason}"),
            name=belonging.actor.name,
            reason=reason,
        )
        _tell(belonging.user, belonging, words, path=_MINE)
    return belonging


@transaction.atomic
def change_role(belonging: Belonging, *, role: str, by: User) -> Belonging:
    """Make a member animator, or the reverse; by an animator or a moderator, never by oneself."""
    wanted = Belonging.Role(role)
    asked = Belonging(user=belonging.user, actor=belonging.actor, role=Belonging.Role.ANIMATOR)
    _check_may_answer(asked, by)
    _once(Belonging.objects.confirmed().filter(pk=belonging.pk).update(role=wanted), belonging)
    _journal(belonging, "role_changed", by=by, data={"role": wanted.value})
    return belonging


def who_answers(belonging: Belonging) -> list[User]:
    """Return who may answer a request: the people of the organisation, else its moderators.

    Animators alone answer who asks to be animator; without one, the moderators do.
    """
    merged = list(family([belonging.actor.pk]))
    rows = Belonging.objects.confirmed().filter(actor__in=merged).exclude(user=belonging.user_id)
    if belonging.role == Belonging.Role.ANIMATOR:
        rows = rows.filter(role=Belonging.Role.ANIMATOR)
    people = User.objects.filter(is_active=True, erased_at__isnull=True, pk__in=rows.values("user"))
    return list(people.order_by("pk")) or moderators_of(belonging.actor, on=timezone.localdate())


def _check_joinable(actor: Actor) -> None:
    if actor.subject.closed_at or actor.subject.merged_into_id:
        message = _("Cette fiche est fermée ou fusionnée avec une autre : rejoignez celle qui la remplace.")
        raise DomainError("actor_closed", message)
    if actor.legal_nature == LegalNature.NATURAL_PERSON:
        raise DomainError("not_an_organisation", _("On rejoint une organisation, pas une personne."))


def _insert(row: Belonging) -> Belonging:
    row.asked_at = timezone.now()
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        message = _("Vous appartenez déjà à cette organisation, ou votre demande attend sa réponse.")
        raise DomainError("belongs_already", message, status=409) from error
    return row


def _check_may_answer(belonging: Belonging, by: User) -> None:
    allowed = can_confirm(by, belonging, on=timezone.localdate())
    if not allowed:
        raise RefusedError("may_not_answer", allowed.reason)


def _once(changed: int, belonging: Belonging) -> None:
    if not changed:
        raise DomainError("answered_already", _("Cette demande a déjà reçu sa réponse."), status=409)
    belonging.refresh_from_db()


def _reason(reason: str) -> str:
    words = " ".join(reason.split())[:500]
    if not words:
        message = _("Écrivez pourquoi : la personne lira ce motif.")
        raise DomainError("reason_needed", message, facts={"field": "reason"})
    return words


def _journal(row: Belonging, verb: str, *, by: User | None, data: dict[str, Any] | None = None) -> None:
    told = {"belonging": row.pk, "user": row.user_id.hex, **(data or {})}
    record(row.actor.subject, f"belonging.{verb}", by=by, data=told)


def _tell_who_answers(row: Belonging) -> None:
    # No name: the page says it, and a person who is erased must not stay in the messages of others.
    words = format_lazy(gettext_lazy("Une personne demande à rejoindre « {name} »."), name=row.actor.name)
    for user in who_answers(row):
        _tell(user, row, words, path=_REQUESTS)


def _tell(user: User, row: Belonging, words: Any, *, path: str) -> None:
    tell(user, "belonging", words, subject=row.actor.subject, path=path)


__all__ = ["ask", "change_role", "confirm", "end", "found", "refuse", "who_answers"]
