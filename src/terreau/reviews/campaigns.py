"""Opening a campaign, moving it, and what the pole then answers. Each verb is one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Actor, Belonging
from terreau.common.canonical import digest
from terreau.common.errors import DomainError, NotFoundError
from terreau.grids.models import GridVersion
from terreau.journal.actions import record
from terreau.notices.actions import tell
from terreau.poles.models import Pole
from terreau.reviews import rules, situation
from terreau.reviews.models import Frozen, Mode, Review, Seat, Signature, State
from terreau.reviews.rules import Said
from terreau.reviews.statements import Questionnaire, questionnaire
from terreau.subjects.actions import lock


@dataclass(frozen=True, slots=True)
class Plan:
    """What a campaign is opened with. ``reviewer`` and ``quality`` are those of somebody invited."""

    mode: str
    title: str
    words: str = ""
    due_on: date | None = None
    reviewer: Actor | None = None
    quality: str = ""


def open_review(pole: Pole, version: GridVersion, plan: Plan, *, by: User) -> Review:
    """Open a campaign; a reviewer gets a frozen copy of what the pole says today, and is told.

    Raises ``DomainError`` with ``facts["field"]``: a grid without a scale, a date that is past, nobody
    invited or the pole itself, a workshop open already (409).
    """
    _check(pole, version, plan)
    with transaction.atomic():
        lock(pole.pk)
        _check_one_workshop(pole, version, plan)
        review = Review.objects.create(
            pole=pole,
            grid_version=version,
            mode=Mode(plan.mode),
            title=plan.title.strip()[:120],
            words=plan.words.strip()[: rules.LONGEST],
            due_on=plan.due_on,
            opened_at=timezone.now(),
            opened_by=by,
        )
        _seat(review, plan, by)
        told = {"review": review.pk.hex, "mode": review.mode, "grid": _named(version)}
        if review.mode == Mode.EXTERNAL:
            told |= {"digest": freeze(review, by=by).digest}
        record(pole.actor.subject, "review.opened", by=by, data=told)
        _tell(review)
    return review


def _named(version: GridVersion) -> str:
    return f"{version.grid.code}@{version.version}"


def _check(pole: Pole, version: GridVersion, plan: Plan) -> None:
    if not questionnaire(version).codes:
        message = _("Cette grille ne se répond pas sur une échelle : choisissez-en une autre.")
        raise DomainError("no_scale", message, facts={"field": "grid"})
    if not plan.title.strip():
        raise DomainError("no_title", _("Donnez un nom à cette campagne."), facts={"field": "title"})
    if plan.due_on is not None and plan.due_on < timezone.localdate():
        raise DomainError("due_too_soon", _("La date de réponse est passée."), facts={"field": "due_on"})
    if plan.mode != Mode.EXTERNAL:
        return
    if plan.reviewer is None:
        raise DomainError("no_reviewer", _("Choisissez qui vous invitez."), facts={"field": "reviewer"})
    if plan.reviewer.pk == pole.pk:
        message = _("Un pôle ne s'invite pas lui-même : prenez l'atelier.")
        raise DomainError("reviews_itself", message, facts={"field": "reviewer"})
    if plan.quality not in Seat.Quality.values:
        raise DomainError("no_quality", _("Dites à quel titre."), facts={"field": "quality"})


def _check_one_workshop(pole: Pole, version: GridVersion, plan: Plan) -> None:
    held = Review.objects.filter(
        pole=pole, grid_version__grid=version.grid_id, mode=Mode.INTERNAL, state=State.OPEN
    )
    if plan.mode == Mode.INTERNAL and held.exists():
        message = _("Un atelier est déjà ouvert sur cette grille : reprenez-le, ou fermez-le d'abord.")
        raise DomainError("workshop_open", message, facts={"field": "mode"}, status=409)


def _seat(review: Review, plan: Plan, by: User) -> None:
    common: dict[str, Any] = {"review": review, "added_at": review.opened_at, "added_by": by}
    if review.mode == Mode.INTERNAL:
        Seat.objects.create(kind=Seat.Kind.WORKSHOP, **common)
    if review.mode == Mode.EXTERNAL:
        Seat.objects.create(kind=Seat.Kind.REVIEWER, actor=plan.reviewer, quality=plan.quality, **common)


def freeze(review: Review, *, by: User | None) -> Frozen:
    """Keep, for ever, what the pole says today: its public facts, its own answers, what supports them."""
    content = situation.copied(review.pole, review.grid_version)
    return Frozen.objects.create(
        review=review, content=content, digest=digest(content), at=timezone.now(), by=by
    )


def _tell(review: Review) -> None:
    """Tell the people of the pole, or those of the organisation invited."""
    name = review.pole.actor.name
    if review.mode == Mode.EXTERNAL:
        actor = review.seats.get(kind=Seat.Kind.REVIEWER).actor_id
        words = format_lazy(gettext_lazy("« {name} » vous invite à évaluer sa situation."), name=name)
    else:
        actor = review.pole_id
        words = format_lazy(gettext_lazy("« {name} » fait le point : répondez à sa grille."), name=name)
    people = Belonging.objects.confirmed().filter(
        actor=actor, user__is_active=True, user__erased_at__isnull=True
    )
    for row in people.select_related("user").exclude(user=review.opened_by).order_by("pk"):
        tell(row.user, "review", words, subject=review.pole.actor.subject, path=path_of(review))


def path_of(review: Review) -> str:
    """Return the French address of the page of a campaign."""
    return f"/poles/{review.pole.slug}/situation/campagnes/{review.pk}/"


def move(review: Review, verb: str, *, by: User, data: Mapping[str, Any] | None = None) -> Review:
    """Take a campaign from one state to the next (``rules.MOVES``); 409 when it is elsewhere by now.

    Call it inside the transaction of what goes with it.
    """
    modes, before, after = rules.MOVES[verb]
    now = timezone.now()
    values: dict[str, Any] = {"state": after}
    if after in {State.CLOSED, State.CANCELLED}:
        values |= {"closed_at": now, "closed_by": by}
    if verb in {"deliver", "resume"}:
        values["delivered_at"] = now if verb == "deliver" else None
    rows = Review.objects.filter(pk=review.pk, state=before, mode__in=modes)
    if not rows.update(**values):
        message = _("Cette campagne n'en est plus là : rechargez la page.")
        raise DomainError("review_moved", message, facts={"state": review.state}, status=409)
    review.refresh_from_db()
    told = {"review": review.pk.hex, "state": review.state, **(data or {})}
    record(review.pole.actor.subject, f"review.{verb}", by=by, data=told)
    return review


def close(review: Review, *, by: User) -> Review:
    """Close a self-diagnosis or a workshop; what the workshop agreed becomes the pole's answers."""
    with transaction.atomic():
        lock(review.pole_id)
        move(review, "close", by=by)
        if review.mode == Mode.INTERNAL:
            said = answers_of(review.seats.get(kind=Seat.Kind.WORKSHOP))
            situation.adopt(review, {code: one for code, one in said.items() if one}, by=by)
    return review


def cancel(review: Review, *, by: User) -> Review:
    """Cancel a campaign: nobody answers any more, what was answered stays readable and changes nothing."""
    with transaction.atomic():
        lock(review.pole_id)
        return move(review, "cancel", by=by)


def answers_of(seat: Seat) -> dict[str, Said]:
    """Return what is said in a seat, by item."""
    return {row.criterion: Said.of(row) for row in seat.answers.all()}


def of_pole(pole: Pole) -> list[Review]:
    """Return the campaigns of a pole, the newest first."""
    rows = Review.objects.filter(pole=pole).select_related("grid_version__grid", "pole__actor__subject")
    return list(rows.order_by("-opened_at", "pk")[:200])


def find(slug: str, pk: Any) -> Review:
    """Return a campaign of a pole. Raises ``NotFoundError``."""
    rows = Review.objects.select_related("grid_version__grid", "pole__actor__subject", "opened_by")
    review = rows.filter(pole__slug=slug, pk=pk).first()
    if review is None:
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou il faut se connecter pour la voir."))
    return review


def signed(review: Review) -> dict[str, Signature]:
    """Return the signatures of a report, by side."""
    return {row.side: row for row in review.signatures.select_related("by")}


def last_self(review: Review) -> Review | None:
    """Return the last closed self-diagnosis of the same version: what a workshop begins with."""
    rows = Review.objects.filter(
        pole=review.pole_id, grid_version=review.grid_version_id, mode=Mode.SELF, state=State.CLOSED
    )
    return rows.order_by("-closed_at", "-pk").first()


def people(review: Review) -> list[Seat]:
    """Return the people who answer in a self-diagnosis, with what they answered at hand; two queries."""
    rows = Seat.objects.filter(review=review, kind=Seat.Kind.PERSON)
    return list(rows.select_related("user", "actor").prefetch_related("answers"))


def spreads(review: Review) -> dict[str, rules.Spread]:
    """Return how the answers of a self-diagnosis spread, by item; seats taken back are left out."""
    asked = questionnaire(review.grid_version)
    said = [answers_of(seat) for seat in people(review) if seat.revoked_at is None]
    # Who never wrote a word is no silence on each item: they are counted among those invited.
    said = [one for one in said if any(answer.answered for answer in one.values())]
    return {code: rules.spread((one.get(code) for one in said), asked.levels) for code in asked.codes}


def in_words(asked: Questionnaire, spread: rules.Spread) -> str:
    """Return a spread as a sentence: « pas abordé : 2, organisé : 1 »."""
    parts = [f"{asked.label(level)} : {count}" for level, count in sorted(spread.counts.items()) if count]
    if spread.not_concerned:
        parts.append(_("non concerné : %(count)d") % {"count": spread.not_concerned})
    return ", ".join(parts) or _("aucune réponse")


def address(review: Review) -> str:
    """Return the address of the page of a campaign, in the language of the page."""
    return reverse("review", args=[review.pole.slug, review.pk])
