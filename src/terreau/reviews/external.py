"""Co-evaluation by somebody invited: accepted, delivered, replied to, signed by both, taken up item by item.

The reviewer works on the frozen copy; the pole goes on meanwhile. What is signed is the digest of the very
report: whoever signs says which report they saw, and a reply that comes in between is refused or in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Belonging
from terreau.common.canonical import digest
from terreau.common.errors import DomainError, NotFoundError, StaleWriteError
from terreau.journal.actions import record
from terreau.notices.actions import tell
from terreau.reviews import rules, situation
from terreau.reviews.campaigns import answers_of, move, path_of
from terreau.reviews.models import Outcome, Reply, Review, Seat, Signature, State
from terreau.reviews.rules import Difference, Said
from terreau.reviews.statements import questionnaire
from terreau.subjects.actions import lock


def seat_of(review: Review) -> Seat:
    """Return the seat of the reviewer."""
    return review.seats.select_related("actor__subject").get(kind=Seat.Kind.REVIEWER)


def frozen_answers(review: Review) -> dict[str, Said]:
    """Return what the pole said when the copy was frozen, by item."""
    return {code: Said.of(one) for code, one in review.frozen_copy.content["answers"].items()}


def differences(review: Review) -> dict[str, Difference]:
    """Return where the reviewer and the frozen copy differ, by item."""
    codes = questionnaire(review.grid_version).codes
    return rules.differences(codes, frozen_answers(review), answers_of(seat_of(review)))


def accept(review: Review, *, by: User) -> Seat:
    """Say that the organisation invited takes the review on; a second time changes nothing."""
    with transaction.atomic():
        lock(review.pole_id)
        seat = seat_of(review)
        if Seat.objects.filter(pk=seat.pk, accepted_at=None).update(accepted_at=timezone.now(), user=by):
            seat.refresh_from_db()
            _journal(review, "accepted", by)
    return seat


def decline(review: Review, *, reason: str, by: User) -> Review:
    """Say no to an invitation: the campaign is cancelled, with the words of who declined."""
    words = reason.strip()[:300]
    if not words:
        raise DomainError("no_reason", _("Dites pourquoi, en quelques mots."), facts={"field": "reason"})
    with transaction.atomic():
        lock(review.pole_id)
        Seat.objects.filter(review=review, kind=Seat.Kind.REVIEWER).update(
            revoked_at=timezone.now(), revoked_because=words
        )
        move(review, "cancel", by=by, data={"declined": True})
    _tell_pole(review, gettext_lazy("L'invitation à évaluer « {name} » a été déclinée."))
    return review


def deliver(review: Review, *, by: User) -> Review:
    """Hand the review to the pole. Refused while a difference has no reason, or nothing is answered."""
    with transaction.atomic():
        lock(review.pole_id)
        if not any(one.answered for one in answers_of(seat_of(review)).values()):
            raise DomainError("nothing_said", _("Répondez au moins à un item avant de remettre."))
        if missing := rules.unexplained(differences(review)):
            message = _("Dites pourquoi vous répondez autrement que le pôle : %(items)s.")
            shown = ", ".join(missing[:12])
            raise DomainError("unexplained", message % {"items": shown}, facts={"items": missing})
        move(review, "deliver", by=by, data={"digest": digest_of(review)})
    _tell_pole(review, gettext_lazy("L'évaluation de « {name} » est remise : répondez-y avant de signer."))
    return review


def resume(review: Review, *, by: User) -> Review:
    """Take a delivered review back to correct it; refused once somebody has signed."""
    with transaction.atomic():
        lock(review.pole_id)
        _check_unsigned(review)
        return move(review, "resume", by=by)


def reply(review: Review, criterion: str, *, words: str, seen: int, by: User) -> Reply:
    """Write the pole's reply to an item; ``seen`` is the version on the page (0: none yet).

    Refused once somebody has signed (409): a reply is in the report that is signed, or not at all.
    """
    if criterion not in questionnaire(review.grid_version).codes:
        raise NotFoundError("unknown_item", _("Cette grille n'a pas cet item."))
    text = words.strip()
    if len(text) > rules.LONGEST:
        message = _("Ce texte est trop long : %(most)d signes au plus.") % {"most": rules.LONGEST}
        raise DomainError("too_long", message, facts={"field": criterion})
    with transaction.atomic():
        lock(review.pole_id)
        _check_delivered(review)
        _check_unsigned(review)
        row = Reply.objects.filter(review=review, criterion=criterion).first()
        if (row.version if row else 0) != seen:
            held = row.words if row else ""
            message = _("Quelqu'un du pôle a écrit sur le même item pendant ce temps : « %(words)s ».")
            raise StaleWriteError("stale_reply", message % {"words": held}, facts={"field": criterion})
        values = {"words": text, "by": by, "at": timezone.now()}
        if row is None:
            row = Reply.objects.create(review=review, criterion=criterion, **values)
        elif row.words != text:
            Reply.objects.filter(pk=row.pk).update(version=F("version") + 1, **values)
            row.refresh_from_db()
        _journal(review, "replied", by, item=criterion, version=row.version)
    return row


def report(review: Review) -> dict[str, Any]:
    """Return everything that is signed, in canonical JSON types: the copy, the answers, the replies."""
    seat = seat_of(review)
    return {
        "review": str(review.pk),
        "pole": str(review.pole_id),
        "reviewer": str(seat.actor_id),
        "quality": seat.quality,
        "grid": {"code": review.grid_version.grid.code, "digest": review.grid_version.digest},
        "frozen": review.frozen_copy.digest,
        "answers": {code: one.as_dict() for code, one in sorted(answers_of(seat).items())},
        "replies": {row.criterion: row.words for row in review.replies.order_by("criterion") if row.words},
    }


def digest_of(review: Review) -> str:
    """Return the SHA-256 of the report as it stands."""
    return digest(report(review))


@dataclass(frozen=True, slots=True)
class Signing:
    """What somebody signs with: side, quality, mandate, and ``seen``, the digest of the report they read."""

    side: str
    name: str
    quality: str
    mandate: str
    seen: str


def sign(review: Review, given: Signing, *, by: User) -> Signature:
    """Sign the report for one side; the second signature makes it cosigned.

    Call it after a proof of who one is (``second_factor.sensitive``). Refused: not delivered (409), signed
    already (409), the same person for both sides (409), another report than the one seen (409), no quality.
    """
    if given.side not in Signature.Side.values:
        raise NotFoundError("unknown_side", _("Cette partie ne signe pas ce rapport."))
    name, quality = given.name.strip()[:120], given.quality.strip()[:120]
    for asked, text in (("name", name), ("quality", quality)):
        if not text:
            message = _("Une signature dit qui signe, et en quelle qualité.")
            raise DomainError("no_quality", message, facts={"field": asked})
    with transaction.atomic():
        lock(review.pole_id)
        _check_delivered(review)
        held = list(review.signatures.all())
        _check_signature(held, given.side, by)
        if (now := digest_of(review)) != given.seen:
            message = _("Le rapport a changé depuis que vous l'avez lu : relisez-le, puis signez.")
            raise DomainError("report_changed", message, facts={"digest": now}, status=409)
        row = Signature.objects.create(
            review=review,
            side=given.side,
            by=by,
            name=name,
            quality=quality,
            mandate=given.mandate.strip()[:200],
            digest=now,
            at=timezone.now(),
        )
        _journal(review, "signed", by, side=row.side, digest=now)
        if held:
            move(review, "sign", by=by, data={"digest": now})
    return row


def _check_signature(held: list[Signature], side: str, by: User) -> None:
    if any(one.side == side for one in held):
        raise DomainError("signed_already", _("Cette partie a déjà signé."), status=409)
    if any(one.by_id == by.pk for one in held):
        message = _("La même personne ne signe pas pour les deux parties.")
        raise DomainError("signs_twice", message, status=409)


@dataclass(frozen=True, slots=True)
class Taken:
    """What the pole makes of an item: ``take``, ``keep`` (with a reason) or ``other`` (with both)."""

    choice: str
    reason: str = ""
    other: Said = field(default_factory=Said)


def merge(review: Review, given: Mapping[str, Taken], *, by: User) -> Review:
    """Decide of items of the reviewer's, some or all; when none is left the campaign closes.

    An item decided already is left as it is, and said (409) when that is all there was: of two people one
    decides. Raises ``DomainError`` with ``facts["item"]`` for a choice without its reason.
    """
    asked = questionnaire(review.grid_version)
    for code, one in given.items():
        _check_taken(code, one, asked.levels)
    with transaction.atomic():
        lock(review.pole_id)
        review.refresh_from_db()
        if review.state != State.SIGNED:
            raise DomainError("review_moved", _("Ce rapport n'est pas à reprendre."), status=409)
        left = pending(review)
        fresh = {code: one for code, one in given.items() if code in left}
        if given and not fresh:
            raise DomainError(
                "decided_already", _("Quelqu'un vient d'en décider : rechargez la page."), status=409
            )
        _decide(review, {code: (left[code], one) for code, one in fresh.items()}, by)
        if set(left) <= set(fresh):
            move(review, "merge", by=by)
    return review


def _check_taken(code: str, one: Taken, levels: tuple[int, ...]) -> None:
    if one.choice not in Outcome.Choice.values:
        raise DomainError("no_choice", _("Choisissez ce que vous en faites."), facts={"item": code})
    if one.choice != "take" and not one.reason.strip():
        message = _("%(item)s : dites pourquoi vous ne reprenez pas la réponse de l'évaluateur.")
        raise DomainError("no_reason", message % {"item": code}, facts={"item": code})
    if one.choice == "other" and (not one.other.answered or rules.problems(one.other, levels)):
        message = _("%(item)s : choisissez un niveau de l'échelle.") % {"item": code}
        raise DomainError("no_level", message, facts={"item": code})


def _decide(review: Review, given: Mapping[str, tuple[Difference, Taken]], by: User) -> None:
    today, adopted = situation.answers(review.pole, review.grid_version), {}
    for code, (difference, one) in given.items():
        ours = today.get(code, Said())
        kept = rules.merged(one.choice, ours, difference.theirs, one.other)
        Outcome.objects.create(
            review=review,
            criterion=code,
            choice=one.choice,
            reason=one.reason.strip()[: rules.LONGEST],
            by=by,
            at=timezone.now(),
            **kept.as_dict(),
        )
        if kept and kept != ours:
            adopted[code] = kept
    situation.adopt(review, adopted, by=by)
    told = {code: one.choice for code, (_difference, one) in given.items()}
    _journal(review, "decided", by, items=told)


def pending(review: Review) -> dict[str, Difference]:
    """Return the differences of which the pole has not decided yet."""
    decided = set(review.outcomes.values_list("criterion", flat=True))
    return {code: one for code, one in differences(review).items() if code not in decided}


def _check_delivered(review: Review) -> None:
    review.refresh_from_db()
    if review.state != State.DELIVERED:
        message = _("Ce rapport n'est pas, ou n'est plus, entre les deux parties : rechargez la page.")
        raise DomainError("not_delivered", message, facts={"state": review.state}, status=409)


def _check_unsigned(review: Review) -> None:
    if review.signatures.exists():
        message = _("Quelqu'un a signé ce rapport : il ne change plus.")
        raise DomainError("report_signed", message, status=409)


def _tell_pole(review: Review, words: Any) -> None:
    people = Belonging.objects.confirmed().filter(
        actor=review.pole_id,
        role=Belonging.Role.ANIMATOR,
        user__is_active=True,
        user__erased_at__isnull=True,
    )
    told = format_lazy(words, name=review.pole.actor.name)
    for row in people.select_related("user").order_by("pk"):
        tell(row.user, "review", told, subject=review.pole.actor.subject, path=path_of(review))


def _journal(review: Review, verb: str, by: User | None, **told: Any) -> None:
    record(review.pole.actor.subject, f"review.{verb}", by=by, data={"review": review.pk.hex, **told})
