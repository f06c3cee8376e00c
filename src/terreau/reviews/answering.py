"""Writing an answer: as it is typed, by several people at once, and the disagreement that stays beside."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.errors import DomainError, NotFoundError
from terreau.common.stale import write_fresh
from terreau.journal.actions import record
from terreau.reviews import rules, seats
from terreau.reviews.models import Answer, Dissent, Mode, Review, Seat, State
from terreau.reviews.rules import Said
from terreau.reviews.statements import questionnaire
from terreau.subjects.actions import lock

_WORDS = {
    "off_scale": lambda: _("Cette valeur n'est pas sur l'échelle de la grille."),
    "concerned_or_not": lambda: _("« Non concerné » va sans niveau : choisissez l'un ou l'autre."),
    "too_long": lambda: _("Ce texte est trop long : %(most)d signes au plus.") % {"most": rules.LONGEST},
}


def save(seat: Seat, criterion: str, *, base: Said, mine: Said, by: User | None) -> Answer:
    """Write ``mine`` over what the person saw (``base``); what others typed in other fields stays.

    ``by`` is None by a personal link. Raises ``NotFoundError`` for an item that the grid does not have,
    ``DomainError`` 422 with ``facts["field"]``, 410 when nothing is answered here any more,
    ``StaleWriteError`` when somebody wrote the same field otherwise meanwhile.
    """
    _check(seat, criterion, mine)
    with transaction.atomic():
        review = _open(seat)
        first = {"by": by, "at": timezone.now()}
        row, _made = Answer.objects.get_or_create(seat=seat, criterion=criterion, defaults=first)
        written = write_fresh(row, base=base.as_dict(), mine=mine.as_dict())
        if written.changes:
            Answer.objects.filter(pk=row.pk).update(by=by, at=timezone.now())
            written.row.refresh_from_db()
            if seat.kind != Seat.Kind.PERSON:
                _journal(review, "answer.written", by, criterion=criterion, fields=sorted(written.changes))
    return written.row


def _check(seat: Seat, criterion: str, mine: Said) -> None:
    asked = questionnaire(seat.review.grid_version)
    if criterion not in asked.codes:
        raise NotFoundError("unknown_item", _("Cette grille n'a pas cet item."))
    for problem in rules.problems(mine, asked.levels):
        facts = {"field": problem.field, "item": criterion}
        raise DomainError(problem.code, _WORDS[problem.code](), facts=facts)


def _open(seat: Seat) -> Review:
    """Return the campaign, held open until the end of the transaction; raise 410 when it takes no answer."""
    held = Review.objects.select_for_update(no_key=True).filter(pk=seat.review_id)
    seat.refresh_from_db(fields=["revoked_at", "expires_at", "user"])
    seat.review = held.select_related("pole__actor__subject", "grid_version").get()
    if words := seats.closed_because(seat):
        raise DomainError("seat_closed", words, facts={"state": seat.review.state}, status=410)
    return seat.review


def dissent(  # noqa: PLR0913 - keyword-only: each is a part of what is kept
    review: Review, criterion: str, *, name: str, level: int | None, words: str, by: User
) -> Dissent:
    """Keep a disagreement with what the workshop agrees: who, which level, in which words."""
    asked = questionnaire(review.grid_version)
    if criterion not in asked.codes:
        raise NotFoundError("unknown_item", _("Cette grille n'a pas cet item."))
    if level is not None and level not in asked.levels:
        raise DomainError("off_scale", _WORDS["off_scale"](), facts={"field": "level"})
    who, said = name.strip()[:120], words.strip()[: rules.LONGEST]
    if not who or not said:
        message = _("Un désaccord a un auteur et des mots.")
        raise DomainError("dissent_needs", message, facts={"field": "words" if who else "name"})
    with transaction.atomic():
        held = _workshop(review)
        row = Dissent.objects.create(
            review=held, criterion=criterion, name=who, level=level, words=said, by=by, at=timezone.now()
        )
        _journal(held, "dissent.written", by, criterion=criterion, dissent=row.pk)
    return row


def take_back(review: Review, pk: Any, *, by: User) -> Dissent:
    """Take a disagreement back, while the workshop is open: it stays, struck out."""
    with transaction.atomic():
        held = _workshop(review)
        rows = Dissent.objects.filter(review=held, pk=pk, withdrawn_at=None)
        if not rows.update(withdrawn_at=timezone.now(), withdrawn_by=by):
            raise NotFoundError("unknown_dissent", _("Ce désaccord est déjà retiré."))
        row = Dissent.objects.get(pk=pk)
        _journal(held, "dissent.withdrawn", by, criterion=row.criterion, dissent=row.pk)
    return row


def _workshop(review: Review) -> Review:
    lock(review.pole_id)
    held = Review.objects.select_related("pole__actor__subject").get(pk=review.pk)
    if held.mode != Mode.INTERNAL or held.state != State.OPEN:
        message = _("Cette campagne est close : plus personne n'y répond.")
        raise DomainError("review_closed", message, status=409)
    return held


def _journal(review: Review, verb: str, by: User | None, **told: Any) -> None:
    record(review.pole.actor.subject, verb, by=by, data={"review": review.pk.hex, **told})
