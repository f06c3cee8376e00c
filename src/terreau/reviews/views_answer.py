"""Answering a grid axis by axis: alone, by a personal link, in a workshop, for who is invited to review."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from terreau.accounts.models import User
from terreau.census import spam
from terreau.common.errors import DomainError, NotFoundError, StaleWriteError
from terreau.reviews import answering, campaigns, drawing, evidence, external, perms, rules, seats, typed
from terreau.reviews.models import Dissent, Mode, Review, Seat, State
from terreau.reviews.rules import Said
from terreau.reviews.statements import Axis, Item, Questionnaire, questionnaire

#: How often one connection may try links in a day; nobody guesses one, this only spares the machine.
_TRIES_A_DAY = 300


@dataclass
class Desk:
    """Where somebody answers: which seat, who, at which addresses. ``seat`` is None before a word."""

    review: Review
    seat: Seat | None
    user: User | None
    token: str = ""
    held: dict[str, Said] = field(default_factory=dict)

    @property
    def asked(self) -> Questionnaire:
        """What the campaign asks."""
        return questionnaire(self.review.grid_version)

    def address(self, axis: str) -> str:
        """Return the address of an axis here."""
        if self.token:
            return reverse("seat_axis", args=[self.token, axis])
        return reverse("review_axis", args=[self.review.pole.slug, self.review.pk, axis])

    @property
    def home(self) -> str:
        """Where one goes when the last axis is done."""
        if self.token:
            return reverse("seat_done", args=[self.token])
        return reverse("review", args=[self.review.pole.slug, self.review.pk])

    def taken(self) -> Seat:
        """Return the seat, taken now when there was none."""
        if self.seat is None:
            if self.user is None:
                raise NotFoundError("not_found", _("Cette page n'existe pas."))
            self.seat = seats.take(self.review, self.user)
        return self.seat


@never_cache
@require_http_methods(["GET", "HEAD"])
def begin(request: HttpRequest, slug: str, pk: Any) -> HttpResponseBase:
    """Lead to the first axis that waits for an answer."""
    return redirect(_next(_desk(request, slug, pk)))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def axis(request: HttpRequest, slug: str, pk: Any, axis: str) -> HttpResponseBase:
    """One axis of the grid, for who signed in."""
    return _page(request, _desk(request, slug, pk), axis)


@never_cache
@require_http_methods(["GET", "HEAD"])
def link(request: HttpRequest, token: str) -> HttpResponseBase:
    """What a personal link opens: who asks, what for, what will be done with it."""
    desk = _linked(request, token)
    context = {
        "desk": desk,
        "review": desk.review,
        "pole": desk.review.pole.actor,
        "closed": seats.closed_because(desk.taken()),
        "next": _next(desk),
        "answered": sum(one.answered for one in desk.held.values()),
        "total": len(desk.asked.codes),
    }
    status = 410 if context["closed"] else 200
    return _private(render(request, "reviews/link.html", context, status=status))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link_axis(request: HttpRequest, token: str, axis: str) -> HttpResponseBase:
    """One axis of the grid, by a personal link."""
    return _private(_page(request, _linked(request, token), axis))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link_done(request: HttpRequest, token: str) -> HttpResponseBase:
    """Say what becomes of the answers; POST says that one has finished."""
    desk = _linked(request, token)
    if request.method == "POST":
        seats.finish(desk.taken(), by=None)
        return _private(redirect("seat_done", token=token))
    context = {
        "desk": desk,
        "review": desk.review,
        "pole": desk.review.pole.actor,
        "seat": desk.taken(),
        "closed": seats.closed_because(desk.taken()),
        "answered": sum(one.answered for one in desk.held.values()),
        "total": len(desk.asked.codes),
        "first": desk.address(desk.asked.axes[0].code),
    }
    return _private(render(request, "reviews/done.html", context))


def _desk(request: HttpRequest, slug: str, pk: Any) -> Desk:
    """Fetch the campaign and the seat for who may answer: 404 to a stranger, 403 (counted) to a reader."""
    review = campaigns.find(slug, pk)
    perms.require(request.user, perms.can_answer(request.user, review), review.pole, verb="review.answer")
    user = request.user
    if not isinstance(user, User):
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou il faut se connecter pour la voir."))
    seat = _seat(review, user)
    return Desk(review, seat, user, held=campaigns.answers_of(seat) if seat else {})


def _seat(review: Review, user: User) -> Seat | None:
    if review.mode == Mode.SELF:
        return seats.mine(review, user)
    kind = Seat.Kind.WORKSHOP if review.mode == Mode.INTERNAL else Seat.Kind.REVIEWER
    seat = review.seats.get(kind=kind)
    if seat.kind == Seat.Kind.REVIEWER and seat.accepted_at is None:
        raise DomainError("not_accepted", _("Acceptez d'abord l'invitation de ce pôle."), status=409)
    return seat


def _linked(request: HttpRequest, token: str) -> Desk:
    """Find the seat of a link; who tries many that do not exist is asked to come back tomorrow."""
    try:
        seat = seats.of_link(token)
    except NotFoundError:
        spam.count(request, "link", most=_TRIES_A_DAY)
        raise
    user = request.user if isinstance(request.user, User) and seat.user_id == request.user.pk else None
    return Desk(seat.review, seat, user, token, campaigns.answers_of(seat))


def _private(response: HttpResponseBase) -> HttpResponseBase:
    """Keep the secret of the address from other sites and from search engines."""
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response


def _next(desk: Desk) -> str:
    """Return the address of the first axis where something is not answered."""
    for one in desk.asked.axes:
        if not all(desk.held.get(item.code, Said()).answered for item in one.items):
            return desk.address(one.code)
    return desk.address(desk.asked.axes[0].code)


# One axis


@dataclass
class Entered:
    """What came of one item that was sent: what was typed, and why it was not written, if it was not."""

    mine: Said
    base: Said
    error: str = ""
    conflicts: dict[str, Any] = field(default_factory=dict)


def _page(request: HttpRequest, desk: Desk, code: str) -> HttpResponseBase:
    held = desk.asked.axis(code)
    if held is None:
        raise NotFoundError("unknown_axis", _("Cette grille n'a pas cet axe."))
    entered: dict[str, Entered] = {}
    said_against = ""
    if request.method == "POST":
        entered = _saved(request, desk, held)
        if _wants_data(request):
            return _as_data(entered)
        said_against = _dissented(request, desk)
        if not said_against and not any(one.error for one in entered.values()):
            return _onwards(request, desk, held)
    closed = seats.closed_because(desk.seat) if desk.seat else _closed(desk.review)
    status = 410 if closed else 409 if any(one.conflicts for one in entered.values()) else 422
    context = _context(desk, held, entered) | {"closed": closed, "said_against": said_against}
    status = status if entered or closed or said_against else 200
    return render(request, "reviews/answer.html", context, status=status)


def _closed(review: Review) -> str:
    return "" if review.state == State.OPEN else _("Cette campagne est close : plus personne n'y répond.")


def _saved(request: HttpRequest, desk: Desk, held: Axis) -> dict[str, Entered]:
    """Write each item that was sent and changed; return what came of each."""
    found = {}
    for item in held.items:
        if not typed.sent(request.POST, item.code):
            continue
        one = Entered(typed.read(request.POST, item.code), typed.base(request.POST, item.code))
        found[item.code] = one
        if one.mine != one.base:
            _write(desk, item.code, one)
    return found


def _write(desk: Desk, code: str, one: Entered) -> None:
    try:
        row = answering.save(desk.taken(), code, base=one.base, mine=one.mine, by=desk.user)
        one.mine = one.base = Said.of(row)
    except StaleWriteError as error:
        one.error, one.conflicts = str(error.message), error.facts.get("conflicts", {})
        # Saving again is now a choice: what the other wrote has been read.
        theirs = {name: sides["theirs"] for name, sides in one.conflicts.items()}
        one.base = Said.of(one.base.as_dict() | theirs)
    except DomainError as error:
        if error.status not in {422, 410}:
            raise
        one.error = str(error.message)


def _wants_data(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _as_data(entered: dict[str, Entered]) -> JsonResponse:
    """Answer what saves as one types: the new base of what was written, and what was not, with why."""
    wrong = {code: one.error for code, one in entered.items() if one.error}
    status = 409 if any(one.conflicts for one in entered.values()) else 422 if wrong else 200
    kept = {code: typed.written(one.base) for code, one in entered.items() if not one.error}
    return JsonResponse({"base": kept, "errors": wrong}, status=status)


def _dissented(request: HttpRequest, desk: Desk) -> str:
    """Keep, or take back, a disagreement that the page sent; return what is wrong with it."""
    if desk.user is None or desk.review.mode != Mode.INTERNAL:
        return ""
    code, gone = request.POST.get("desaccord", ""), request.POST.get("retirer", "")
    try:
        if gone.isdecimal() and len(gone) < 18:
            answering.take_back(desk.review, int(gone), by=desk.user)
        elif code:
            given = typed.read({f"{code}-niveau": request.POST.get(f"{code}-d-niveau", "")}, code)
            answering.dissent(
                desk.review,
                code,
                name=request.POST.get(f"{code}-d-qui", ""),
                level=given.level,
                words=request.POST.get(f"{code}-d-mots", ""),
                by=desk.user,
            )
    except DomainError as error:
        if error.status != 422:
            raise
        return str(error.message)
    return ""


def _onwards(request: HttpRequest, desk: Desk, held: Axis) -> HttpResponseBase:
    """Go to the next axis, stay for a disagreement, or say that it is done."""
    here = desk.address(held.code)
    for word in ("desaccord", "retirer"):
        if code := request.POST.get(word):
            anchor = f"#item-{code}" if word == "desaccord" else ""
            return redirect(f"{here}{anchor}")
    if request.POST.get("rester"):
        messages.success(request, _("C'est enregistré."))
        return redirect(here)
    axes = desk.asked.axes
    rank = next(n for n, one in enumerate(axes) if one.code == held.code)
    if rank + 1 < len(axes):
        return redirect(desk.address(axes[rank + 1].code))
    messages.success(request, _("C'est enregistré. C'était le dernier axe."))
    return redirect(desk.home)


def _context(desk: Desk, held: Axis, entered: dict[str, Entered]) -> dict[str, Any]:
    desk.held = campaigns.answers_of(desk.seat) if desk.seat else {}
    axes = desk.asked.axes
    rank = next(n for n, one in enumerate(axes) if one.code == held.code)
    beside = _beside(desk)
    wrong = [item for item in held.items if item.code in entered and entered[item.code].error]
    return {
        "desk": desk,
        "review": desk.review,
        "pole": desk.review.pole,
        "axis": held,
        "rank": rank + 1,
        "previous": desk.address(axes[rank - 1].code) if rank else "",
        "last": rank + 1 == len(axes),
        "axes": [_tab(desk, one, held) for one in axes],
        "items": [_item(desk, item, entered.get(item.code), beside) for item in held.items],
        "wrong": [{"item": item, "error": entered[item.code].error} for item in wrong],
        "external": desk.review.mode == Mode.EXTERNAL,
        "workshop": desk.review.mode == Mode.INTERNAL,
        "scale": desk.asked.scale,
        "by_link": bool(desk.token),
    }


def _tab(desk: Desk, one: Axis, held: Axis) -> dict[str, Any]:
    done = sum(desk.held.get(item.code, Said()).answered for item in one.items)
    count = ngettext("%(done)d réponse sur %(all)d", "%(done)d réponses sur %(all)d", done)
    return {
        "axis": one,
        "url": desk.address(one.code),
        "here": one.code == held.code,
        "whole": done == len(one.items),
        "said": count % {"done": done, "all": len(one.items)},
    }


@dataclass
class Beside:
    """What is shown beside each item: what the pole said, how its members' answers spread, who disagrees."""

    frozen: dict[str, Said] = field(default_factory=dict)
    supports: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    spreads: dict[str, rules.Spread] = field(default_factory=dict)
    dissents: dict[str, list[Dissent]] = field(default_factory=dict)


def _beside(desk: Desk) -> Beside:
    review, found = desk.review, Beside()
    if review.mode == Mode.EXTERNAL:
        found.frozen = external.frozen_answers(review)
        found.supports = review.frozen_copy.content.get("evidence", {})
        return found
    inside = not desk.token
    supports = evidence.by_item(review.pole, review.grid_version)
    found.supports = {code: [one.as_dict(inside=inside) for one in held] for code, held in supports.items()}
    if review.mode == Mode.INTERNAL:
        last = campaigns.last_self(review)
        found.spreads = campaigns.spreads(last) if last else {}
        for row in review.dissents.filter(withdrawn_at=None):
            found.dissents.setdefault(row.criterion, []).append(row)
    return found


def _item(desk: Desk, item: Item, one: Entered | None, beside: Beside) -> dict[str, Any]:
    kept = desk.held.get(item.code, Said())
    shown, seen = (one.mine, one.base) if one and one.error else (kept, kept)
    frozen, spread = beside.frozen.get(item.code), beside.spreads.get(item.code)
    supports = beside.supports.get(item.code, [])
    return {
        "item": item,
        "said": shown,
        "base": typed.written(seen),
        "level": typed.ASIDE if shown.not_concerned else "" if shown.level is None else str(shown.level),
        "target": "" if shown.target is None else str(shown.target),
        "more": bool(shown.target is not None or shown.first_step or shown.words),
        "error": one.error if one else "",
        "conflicts": _conflicts(desk.asked, one) if one else [],
        "frozen": frozen,
        "frozen_level": desk.asked.label(frozen.level) if frozen else "",
        "frozen_target": desk.asked.label(frozen.target) if frozen else "",
        "supports": [support for support in supports if not support["private"]],
        "hidden": sum(support["private"] for support in supports),
        "spread": drawing.histogram(spread, campaigns.in_words(desk.asked, spread)) if spread else "",
        "spread_words": campaigns.in_words(desk.asked, spread) if spread else "",
        "dissents": [
            {"row": row, "level": desk.asked.label(row.level)} for row in beside.dissents.get(item.code, [])
        ],
    }


def _conflicts(asked: Questionnaire, one: Entered) -> list[dict[str, str]]:
    """Return what both wrote in the same fields, in words."""
    names = {
        "level": _("Où en sommes-nous"),
        "not_concerned": _("Non concerné"),
        "target": _("Où voulons-nous aller"),
        "first_step": _("Premier pas"),
        "words": _("Remarque"),
    }

    def word(name: str, value: Any) -> str:
        if name in {"level", "target"}:
            return asked.label(value) or _("sans réponse")
        if name == "not_concerned":
            return _("oui") if value else _("non")
        return str(value) or _("vide")

    return [
        {"name": names[name], "theirs": word(name, sides["theirs"]), "mine": word(name, sides["mine"])}
        for name, sides in one.conflicts.items()
    ]
