"""Pages between a pole and who reviews it: the copy, replies, signatures, what is taken up, the report."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from terreau.accounts.second_factor import sensitive
from terreau.common.errors import DomainError, NotFoundError
from terreau.design.pdf import pdf_response
from terreau.reviews import campaigns, external, perms, report, situation
from terreau.reviews.external import Signing, Taken
from terreau.reviews.forms import SignForm
from terreau.reviews.models import Mode, Review, State
from terreau.reviews.rules import Said, merged
from terreau.reviews.statements import questionnaire
from terreau.reviews.typed import ASIDE
from terreau.reviews.views_campaigns import context_of, followed, organised, signed_in


def _external(request: HttpRequest, slug: str, pk: Any) -> Review:
    review = followed(request, slug, pk)
    if review.mode != Mode.EXTERNAL:
        raise NotFoundError("not_found", _("Cette page n'existe pas."))
    return review


@never_cache
@require_safe
def copy(request: HttpRequest, slug: str, pk: Any) -> HttpResponse:
    """The frozen copy, with its digest, as JSON: for both sides."""
    frozen = _external(request, slug, pk).frozen_copy
    response = JsonResponse(
        {"digest": frozen.digest, "at": frozen.at.isoformat(), "content": frozen.content},
        json_dumps_params={"ensure_ascii": False, "indent": 1},
    )
    response["Content-Disposition"] = f'attachment; filename="{slug}-copie.json"'
    return response


@never_cache
@require_POST
def reply(request: HttpRequest, slug: str, pk: Any, code: str) -> HttpResponseBase:
    """Write the pole's reply to an item: its people, until somebody signs."""
    review = _external(request, slug, pk)
    perms.require(request.user, perms.can_read(request.user, review.pole), review.pole, verb="review.reply")
    seen = request.POST.get("version", "")
    words = request.POST.get("mots", "")
    try:
        version = int(seen) if seen.isdecimal() and len(seen) < 9 else 0
        external.reply(review, code, words=words, seen=version, by=signed_in(request))
    except DomainError as error:
        if error.status not in {409, 422}:
            raise
        # What was typed is shown again, beside what was written meanwhile.
        more = {"wrong": code, "error": str(error.message), "typed": words}
        return render(
            request, "reviews/campaign.html", context_of(request, review, **more), status=error.status
        )
    messages.success(request, _("La réponse du pôle est gardée."))
    return redirect(f"{campaigns.address(review)}#item-{code}")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest, slug: str, pk: Any, side: str) -> HttpResponseBase:
    """The report as it will be signed, and the signature: one proves again who one is."""
    review = _external(request, slug, pk)
    allowed = (
        perms.can_organise(request.user, review.pole)
        if side == "pole"
        else perms.can_review(request.user, review)
    )
    perms.require(request.user, allowed, review.pole, verb="review.sign")
    if request.method == "POST":
        return _signed(request, review, side)
    return _signing(request, review, side, None)


def _signing(
    request: HttpRequest, review: Review, side: str, form: SignForm | None, status: int = 200
) -> HttpResponse:
    digest = external.digest_of(review)
    form = form or SignForm(initial={"seen": digest, "name": signed_in(request).name})
    context = context_of(request, review, form=form, side=side, digest=digest)
    return render(request, "reviews/sign.html", context, status=status)


@sensitive
def _signed(request: HttpRequest, review: Review, side: str) -> HttpResponseBase:
    form = SignForm(request.POST)
    if form.is_valid():
        values = form.cleaned_data
        given = Signing(side, values["name"], values["quality"], values["mandate"], values["seen"])
        try:
            external.sign(review, given, by=signed_in(request))
        except DomainError as error:
            if error.code == "report_changed":
                form = SignForm(request.POST.copy() | {"seen": error.facts["digest"]})
                form.is_valid()
            form.add_error(None, str(error.message))
            return _signing(request, review, side, form, error.status)
        messages.success(request, _("Le rapport est signé."))
        return redirect(campaigns.address(review))
    return _signing(request, review, side, form, 422)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def take_up(request: HttpRequest, slug: str, pk: Any) -> HttpResponseBase:
    """Decide item by item what the pole makes of a signed report."""
    review = _external(request, slug, pk)
    user = organised(request, review.pole, "review.merge")
    if review.state != State.SIGNED:
        messages.error(request, _("Ce rapport n'est pas à reprendre."))
        return redirect(campaigns.address(review))
    wrong: dict[str, str] = {}
    if request.method == "POST":
        given = _taken(request, review)
        try:
            if given or not external.pending(review):
                external.merge(review, given, by=user)
                messages.success(request, _("C'est repris ; ce qui était là avant reste lisible."))
                return redirect("review_take_up" if review.state == State.SIGNED else "review", slug, pk)
            wrong[""] = _("Choisissez au moins pour un item.")
        except DomainError as error:
            if error.status not in {409, 422}:
                raise
            wrong[str(error.facts.get("item", ""))] = str(error.message)
    lines = [_line(request, review, line, wrong) for line in report.lines_of(review)]
    context = {
        "review": review,
        "pole": review.pole,
        "lines": [line for line in lines if line],
        "general": wrong.get("", ""),
        "wrong": [{"code": code, "error": text} for code, text in wrong.items() if code],
        "asked": questionnaire(review.grid_version),
        "seat": external.seat_of(review),
    }
    return render(request, "reviews/take_up.html", context, status=422 if wrong else 200)


def _taken(request: HttpRequest, review: Review) -> dict[str, Taken]:
    """Return what was chosen, by item; items without a choice wait."""
    found = {}
    for code in external.pending(review):
        if choice := request.POST.get(f"{code}-choix", ""):
            level = request.POST.get(f"{code}-niveau", "")
            number = int(level) if level.isdecimal() and len(level) < 4 else None
            other = Said(level=number, not_concerned=level == ASIDE)
            found[code] = Taken(choice, request.POST.get(f"{code}-motif", ""), other)
    return found


def _line(
    request: HttpRequest, review: Review, line: report.Line, wrong: dict[str, str]
) -> dict[str, Any] | None:
    """Return an item that waits for a decision, with what the pole says today."""
    code = line.item.code
    if not line.differs or line.outcome:
        return None
    today = situation.answers(review.pole, review.grid_version).get(code, Said())
    asked = questionnaire(review.grid_version)
    return {
        "line": line,
        "today": report.level_words(asked, today),
        "moved": today != line.ours,
        "taken": report.level_words(asked, merged("take", today, line.theirs, Said())),
        "choice": request.POST.get(f"{code}-choix", ""),
        "reason": request.POST.get(f"{code}-motif", ""),
        "level": request.POST.get(f"{code}-niveau", ""),
        "error": wrong.get(code, ""),
    }


@never_cache
@require_safe
def pdf(request: HttpRequest, slug: str, pk: Any) -> HttpResponse:
    """The report of a workshop or of a co-evaluation, as a tagged PDF."""
    review = followed(request, slug, pk)
    if review.mode == Mode.SELF or not perms.can_see_answers(request.user, review):
        raise NotFoundError("no_report", _("Cette campagne n'a pas encore de rapport."))
    here = request.build_absolute_uri(campaigns.address(review))
    response = pdf_response(report.document(review, footer=here), f"{slug}-{review.opened_at.date()}")
    response["Cache-Control"] = "private, no-store"
    return response
