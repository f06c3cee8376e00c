"""Who reads the situation of a pole, organises its campaigns, reviews it. Nothing is public by default.

Those who keep the register are not of the pole: a self-diagnosis is not theirs to read (R-94: it is shown to
whom the pole invites, and to everybody only where the pole says so).
"""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Belonging
from terreau.actors.perms import Viewer, belongs, can_see
from terreau.common.errors import NotFoundError, RefusedError
from terreau.common.permissions import Permission
from terreau.journal.actions import refuse
from terreau.poles.models import Pole
from terreau.poles.standing import standing
from terreau.reviews.models import Mode, Review, Seat


def can_read(user: Viewer, pole: Pole) -> Permission:
    """Its confirmed people, and those of its member organisations, read everything of a pole's situation."""
    if standing(user, pole, on=timezone.localdate()):
        return Permission(ok=True)
    reason = _(
        "La situation d'un pôle se lit avec ceux qui en sont membres, sauf ce qu'il choisit de montrer."
    )
    return Permission(ok=False, reason=reason)


def can_organise(user: Viewer, pole: Pole) -> Permission:
    """Its animators open and close its campaigns, invite, choose what is shown, sign and take up a report."""
    subject = pole.actor.subject
    if subject.closed_at or subject.merged_into_id:
        return Permission(ok=False, reason=_("Cette fiche est fermée ou fusionnée avec une autre."))
    if belongs(user, pole.actor, role=Belonging.Role.ANIMATOR):
        return Permission(ok=True)
    return Permission(ok=False, reason=_("Il faut animer ce pôle pour organiser ses évaluations."))


def can_answer(user: Viewer, review: Review) -> Permission:
    """In a self-diagnosis or a workshop the people of the pole answer; elsewhere those of the reviewer."""
    if review.mode == Mode.EXTERNAL:
        return can_review(user, review)
    return can_read(user, review.pole)


def can_review(user: Viewer, review: Review) -> Permission:
    """The confirmed people of the organisation invited answer for it, until it is taken back."""
    seat = reviewer(review)
    if seat is not None and seat.actor is not None and seat.revoked_at is None and belongs(user, seat.actor):
        return Permission(ok=True)
    reason = _("Il faut appartenir à l'organisation invitée pour évaluer ce pôle en son nom.")
    return Permission(ok=False, reason=reason)


def can_follow(user: Viewer, review: Review) -> Permission:
    """The people of the pole follow its campaigns; those of the reviewer the one they are invited to."""
    mine = can_read(user, review.pole)
    return mine if mine or review.mode != Mode.EXTERNAL else can_review(user, review)


def can_see_answers(user: Viewer, review: Review) -> Permission:
    """Until it is delivered, what a reviewer writes is the reviewer's alone; the rest is who follows it."""
    if review.mode == Mode.EXTERNAL and review.delivered_at is None:
        return can_review(user, review)
    return can_follow(user, review)


def require(user: Viewer, allowed: Permission, pole: Pole, *, verb: str) -> None:
    """Let pass who is allowed; 404 to a stranger and to who may not know of the pole, else 403, counted.

    Call it outside any transaction: the refusal is written.
    """
    if allowed:
        return
    if not isinstance(user, User) or not can_see(user, pole.actor, on=timezone.localdate()):
        message = _("Cette page n'existe pas, ou il faut se connecter pour la voir.")
        raise NotFoundError("not_found", message)
    refuse(pole.actor.subject, verb, by=user, reason=allowed.reason)
    raise RefusedError("may_not", allowed.reason)


def reviewer(review: Review) -> Seat | None:
    """Return the seat of who was invited to review, None in the other modes."""
    if review.mode != Mode.EXTERNAL:
        return None
    rows = Seat.objects.select_related("actor__subject").filter(review=review, kind=Seat.Kind.REVIEWER)
    return rows.first()
