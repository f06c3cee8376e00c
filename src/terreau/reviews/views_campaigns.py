"""Pages of a campaign: to open it, to follow it, to invite, to close it; what it gave."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from terreau.accounts.models import User
from terreau.census import mail
from terreau.common.errors import DomainError, NotFoundError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.poles.models import Pole
from terreau.reviews import campaigns, drawing, external, perms, rules, seats, situation
from terreau.reviews.campaigns import Plan
from terreau.reviews.forms import MODES, InviteForm, InviteReviewerForm, OpenForm
from terreau.reviews.models import Mode, Review, Seat, State
from terreau.reviews.report import lines_of
from terreau.reviews.rules import Said
from terreau.reviews.statements import questionnaire


def pole_of(slug: str) -> Pole:
    """Return a pole by its address. Raises ``NotFoundError``, as for one that may not be known."""
    pole = Pole.objects.select_related("actor__subject").filter(slug=slug).first()
    if pole is None:
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou il faut se connecter pour la voir."))
    return pole


def organised(request: HttpRequest, pole: Pole, verb: str) -> User:
    """Let who animates the pole pass: 404 to a stranger, 403 (counted) to the others."""
    allowed = perms.can_organise(request.user, pole)
    perms.require(request.user, allowed, pole, verb=verb)
    return signed_in(request)


def signed_in(request: HttpRequest) -> User:
    """Return who signed in; what comes here has let nobody else pass."""
    if not isinstance(request.user, User):
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou il faut se connecter pour la voir."))
    return request.user


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def open_one(request: HttpRequest, slug: str, mode: str) -> HttpResponseBase:
    """Open a campaign in one of the three modes: for who animates the pole."""
    pole = pole_of(slug)
    user = organised(request, pole, "review.open")
    if mode not in MODES:
        raise NotFoundError("unknown_mode", _("Il n'y a pas de campagne de cette sorte."))
    versions = situation.scales()
    data = request.POST if request.method == "POST" else None
    initial = {"title": _title(MODES[mode])}
    form: Any = (
        InviteReviewerForm(pole, versions, data, initial=initial)
        if mode == "invitation"
        else OpenForm(versions, data, initial=initial)
    )
    if data is not None and "chercher" not in data and form.is_valid():
        try:
            review = campaigns.open_review(pole, form.version, _plan(form, MODES[mode]), by=user)
            messages.success(request, _("La campagne est ouverte."))
            return redirect("review", slug, review.pk)
        except DomainError as error:
            named = {"reviewer": "reviewer" if "reviewer" in form.fields else "look"}
            asked = error.facts.get("field", "")
            asked = named.get(asked, asked)
            form.add_error(asked if asked in form.fields else None, str(error.message))
    looking = data is not None and "chercher" in data
    context = {
        "pole": pole,
        "form": form,
        "mode": mode,
        "versions": versions,
        "nobody": looking and not form.found,
        "looking": looking,
    }
    status = 422 if form.is_bound and not looking and form.errors else 200
    return render(request, "reviews/open.html", context, status=status)


def _title(mode: str) -> str:
    year = timezone.localdate().year
    words = {
        Mode.SELF: _("Le point de chacun, %(year)d"),
        Mode.INTERNAL: _("L'atelier de %(year)d"),
        Mode.EXTERNAL: _("Le regard d'un autre, %(year)d"),
    }
    return words[Mode(mode)] % {"year": year}


def _plan(form: Any, mode: str) -> Plan:
    values = form.cleaned_data
    reviewer = form.invited if mode == Mode.EXTERNAL else None
    return Plan(mode, values["title"], values["words"], values["due_on"], reviewer, values.get("quality", ""))


@never_cache
@require_safe
def page(request: HttpRequest, slug: str, pk: Any) -> HttpResponseBase:
    """A campaign, for the people of the pole and, when it is theirs, those of the reviewer."""
    review = followed(request, slug, pk)
    shown = perms.can_see_answers(request.user, review)
    if shown and (exported := _exported(request, review)) is not None:
        return exported
    return render(request, "reviews/campaign.html", context_of(request, review))


def followed(request: HttpRequest, slug: str, pk: Any) -> Review:
    """Fetch a campaign for who may follow it: 404 to a stranger, 403 (counted) to the others."""
    review = campaigns.find(slug, pk)
    allowed = perms.can_follow(request.user, review)
    perms.require(request.user, allowed, review.pole, verb="review.read")
    return review


def context_of(request: HttpRequest, review: Review, **more: Any) -> dict[str, Any]:
    """Return what the page of a campaign shows to the person."""
    user, asked = signed_in(request), questionnaire(review.grid_version)
    organises = bool(perms.can_organise(user, review.pole))
    context = {
        "review": review,
        "pole": review.pole,
        "asked": asked,
        "organises": organises,
        "inside": bool(perms.can_read(user, review.pole)),
        "reviews": bool(perms.can_review(user, review)),
        "may": rules.allowed(review.mode, review.state),
        "open": review.state == State.OPEN,
        "invite": InviteForm() if organises else None,
    }
    made = {Mode.SELF: _self, Mode.INTERNAL: _internal, Mode.EXTERNAL: _external}[Mode(review.mode)]
    return context | made(review, user) | more


def _self(review: Review, user: User) -> dict[str, Any]:
    asked = questionnaire(review.grid_version)
    people = campaigns.people(review)
    mine = next((seat for seat in people if seat.user_id == user.pk), None)
    rows = [_seat(seat, len(asked.codes)) for seat in people]
    found: dict[str, Any] = {
        "people": rows,
        "answered": sum(bool(row["done"]) for row in rows if not row["seat"].revoked_at),
        "mine": _seat(mine, len(asked.codes)) if mine else None,
    }
    if review.state == State.OPEN:
        return found
    spreads = campaigns.spreads(review)
    return found | {"axes": _spread(review, spreads), "apart": _apart(review, spreads)}


def _seat(seat: Seat, total: int) -> dict[str, Any]:
    done = sum(Said.of(row).answered for row in seat.answers.all())
    said = ngettext("%(done)d réponse sur %(all)d", "%(done)d réponses sur %(all)d", done)
    name = seat.name or (str(seat.user) if seat.user else "") or seat.email
    return {"seat": seat, "name": name, "done": done, "said": said % {"done": done, "all": total}}


def _spread(review: Review, spreads: dict[str, rules.Spread]) -> list[dict[str, Any]]:
    asked = questionnaire(review.grid_version)
    words: dict[str, list[str]] = {}
    for seat in campaigns.people(review):
        for row in seat.answers.all():
            if row.words and not seat.revoked_at:
                words.setdefault(row.criterion, []).append(row.words)
    found = []
    for axis in asked.axes:
        lines = []
        for item in axis.items:
            spread = spreads[item.code]
            said = campaigns.in_words(asked, spread)
            drawn = drawing.histogram(spread, said)
            remarks = sorted(words.get(item.code, []))
            lines.append({"item": item, "spread": spread, "words": said, "drawn": drawn, "remarks": remarks})
        found.append({"axis": axis, "lines": lines})
    return found


def _apart(review: Review, spreads: dict[str, rules.Spread]) -> list[dict[str, Any]]:
    asked = questionnaire(review.grid_version)
    items = {item.code: item for item in asked}
    return [
        {
            "item": items[code],
            "lowest": asked.label(spreads[code].lowest),
            "highest": asked.label(spreads[code].highest),
        }
        for code in rules.most_apart(spreads)
    ]


def _internal(review: Review, _user: User) -> dict[str, Any]:
    lines = lines_of(review)
    last = campaigns.last_self(review)
    return {
        "lines": lines,
        "answered": sum(line.theirs.answered for line in lines),
        "last_self": last,
    }


def _external(review: Review, user: User) -> dict[str, Any]:
    seat, signed = external.seat_of(review), campaigns.signed(review)
    lines = lines_of(review)
    differ = [line for line in lines if line.differs]
    pending = external.pending(review) if review.state == State.SIGNED else {}
    sides = _sides(user, review)
    return {
        "seat": seat,
        "lines": lines,
        "differ": differ,
        "agree": [line for line in lines if line.theirs.answered and not line.differs],
        "answered": sum(line.theirs.answered for line in lines),
        "signed": signed,
        "to_sign": [side for side in sides if side not in signed] if review.state == State.DELIVERED else [],
        "pending": len(pending),
        "steps": _steps(review, seat, signed),
        "silent": not perms.can_see_answers(user, review),
    }


def _sides(user: User, review: Review) -> list[str]:
    """Return the sides for which somebody may sign: an animator for the pole, anybody of the reviewer's."""
    found = ["pole"] if perms.can_organise(user, review.pole) else []
    return [*found, "reviewer"] if perms.can_review(user, review) else found


def _steps(review: Review, seat: Seat, signed: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the way of a co-evaluation: what is done, since when."""
    reviewer, pole = signed.get("reviewer"), signed.get("pole")
    steps = [
        (_("Copie figée et invitation"), review.opened_at),
        (_("Invitation acceptée"), seat.accepted_at),
        (_("Évaluation remise au pôle"), review.delivered_at),
        (_("Signée par l'évaluateur"), reviewer.at if reviewer else None),
        (_("Signée par le pôle"), pole.at if pole else None),
        (_("Reprise item par item"), review.closed_at if review.state == State.CLOSED else None),
    ]
    return [{"label": label, "at": at} for label, at in steps]


@never_cache
@require_POST
def invite(request: HttpRequest, slug: str, pk: Any) -> HttpResponseBase:
    """Invite people to answer by a personal link."""
    review = campaigns.find(slug, pk)
    user = organised(request, review.pole, "review.invite")
    form = InviteForm(request.POST)
    if not form.is_valid():
        return render(request, "reviews/campaign.html", context_of(request, review, invite=form), status=422)
    language, sent = form.cleaned_data["language"], 0
    for name, email in form.cleaned_data["people"]:
        try:
            seats.invite(
                review, email=email, name=name, language=language, by=user, link=_link(request, language)
            )
            sent += 1
        except DomainError as error:
            messages.error(request, f"{email} : {error.message}")
    if sent:
        words = ngettext("Une invitation est partie.", "%(count)d invitations sont parties.", sent)
        messages.success(request, words % {"count": sent})
    return redirect("review", slug, pk)


def _link(request: HttpRequest, language: str) -> seats.Link:
    def address(token: str) -> str:
        return request.build_absolute_uri(mail.localized(f"/evaluations/{token}/", language))

    return address


@never_cache
@require_POST
def seat(request: HttpRequest, slug: str, pk: Any, seat: Any) -> HttpResponseBase:
    """Remind somebody, or take a seat back."""
    review = campaigns.find(slug, pk)
    user = organised(request, review.pole, "review.invite")
    held = seats.find(review, seat)
    try:
        if request.POST.get("faire") == "rappeler":
            seats.remind(held, by=user, link=_link(request, held.language))
            messages.success(request, _("Le rappel est parti ; le lien précédent ne marche plus."))
        elif request.POST.get("faire") == "retirer":
            seats.revoke(held, by=user)
            messages.success(request, _("L'invitation est retirée ; son lien ne marche plus."))
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect("review", slug, pk)


#: What the organiser does to a campaign, and what the reviewer does.
_ORGANISES = {"clore": campaigns.close, "annuler": campaigns.cancel}
_REVIEWS = {"accepter": external.accept, "remettre": external.deliver, "corriger": external.resume}
_DONE = {
    "clore": gettext_lazy("La campagne est close."),
    "annuler": gettext_lazy("La campagne est annulée."),
    "accepter": gettext_lazy("C'est accepté : la copie figée est à vous."),
    "remettre": gettext_lazy("L'évaluation est remise au pôle, qui peut répondre."),
    "corriger": gettext_lazy("Vous pouvez corriger l'évaluation, puis la remettre encore."),
    "decliner": gettext_lazy("L'invitation est déclinée ; le pôle le sait."),
    "finir": gettext_lazy("Merci : vous pouvez encore corriger jusqu'à la clôture."),
}


@never_cache
@require_POST
def act(request: HttpRequest, slug: str, pk: Any) -> HttpResponseBase:
    """Close, cancel, accept, decline, deliver, correct, finish."""
    review, verb = campaigns.find(slug, pk), request.POST.get("faire", "")
    try:
        if verb in _ORGANISES:
            _ORGANISES[verb](review, by=organised(request, review.pole, f"review.{verb}"))
        elif verb in _REVIEWS or verb == "decliner":
            allowed = perms.can_review(request.user, review)
            perms.require(request.user, allowed, review.pole, verb="review.answer")
            _reviewed(request, review, verb)
        elif verb == "finir":
            perms.require(
                request.user, perms.can_read(request.user, review.pole), review.pole, verb="review.answer"
            )
            user = signed_in(request)
            seats.finish(seats.take(review, user), by=user)
        else:
            raise NotFoundError("unknown_verb", _("Cette page n'existe pas."))
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        messages.error(request, str(error.message))
        return redirect("review", slug, pk)
    messages.success(request, str(_DONE[verb]))
    if verb == "accepter":
        return redirect("review_answer", slug, pk)
    return redirect("review", slug, pk)


def _reviewed(request: HttpRequest, review: Review, verb: str) -> None:
    user = signed_in(request)
    if verb == "decliner":
        external.decline(review, reason=request.POST.get("motif", ""), by=user)
    else:
        _REVIEWS[verb](review, by=user)


# Files


def _exported(request: HttpRequest, review: Review) -> HttpResponseBase | None:
    """Return the list of the items as a file: the spread of a self-diagnosis, else what was answered."""
    name = f"{review.pole.slug}-{timezone.localtime(review.opened_at).date().isoformat()}"
    asked = questionnaire(review.grid_version)
    if review.mode != Mode.SELF:
        return export_response(request, lines_of(review), _line_columns(), name, title=review.title)
    if review.state == State.OPEN:
        return None
    spreads = campaigns.spreads(review)
    rows = [(item, spreads[item.code]) for item in asked]
    columns: list[Any] = [
        (gettext_lazy("Axe"), lambda row: row[0].axis),
        (gettext_lazy("Item"), lambda row: row[0].code),
        (gettext_lazy("Énoncé"), lambda row: row[0].title),
        *(Column(f"{step.value} {step.label}", _count(step.value), "integer") for step in asked.scale),
        Column(gettext_lazy("Non concerné"), lambda row: row[1].not_concerned, "integer"),
        Column(gettext_lazy("Sans réponse"), lambda row: row[1].silent, "integer"),
    ]
    return export_response(request, rows, columns, name, title=review.title)


def _count(value: int) -> Any:
    return lambda row: row[1].counts.get(value, 0)


def _line_columns() -> list[Any]:
    return [
        (gettext_lazy("Axe"), lambda line: line.item.axis),
        (gettext_lazy("Item"), lambda line: line.item.code),
        (gettext_lazy("Énoncé"), lambda line: line.item.title),
        Column(gettext_lazy("Niveau du pôle"), lambda line: line.ours.level, "integer"),
        Column(gettext_lazy("Niveau répondu"), lambda line: line.theirs.level, "integer"),
        Column(gettext_lazy("Non concerné"), lambda line: line.theirs.not_concerned, "boolean"),
        Column(gettext_lazy("Cible"), lambda line: line.theirs.target, "integer"),
        (gettext_lazy("Premier pas"), lambda line: line.theirs.first_step),
        (gettext_lazy("Remarque ou motif"), lambda line: line.theirs.words),
        (gettext_lazy("Désaccords"), lambda line: " | ".join(f"{d.name} : {d.words}" for d in line.dissents)),
        (gettext_lazy("Réponse du pôle"), lambda line: line.reply.words if line.reply else ""),
        (
            gettext_lazy("Suite donnée"),
            lambda line: line.outcome.get_choice_display() if line.outcome else "",
        ),
        (gettext_lazy("Motif de la suite"), lambda line: line.outcome.reason if line.outcome else ""),
    ]
