"""What a pole does: ask for a label, follow its request, answer its plan, contest a decision."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from terreau.accounts.models import User
from terreau.accounts.second_factor import sensitive
from terreau.common.errors import DomainError, SignInNeededError
from terreau.exchanges.acting import Act, Played, play
from terreau.labels import advantages, deciding, perms, read, requests, saying
from terreau.labels.forms import AskForm, DoneForm, ReasonForm
from terreau.labels.lost import lost
from terreau.labels.models import PlanStep, Scheme
from terreau.labels.perms import RequestSpace
from terreau.labels.rules import Worth
from terreau.poles.workspace import refused

#: What engages the pole: a proof of who one is comes first.
_PROVED = ("appeal", "drop")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Ask for a label in the name of a pole that one animates; what is missing is said first."""
    scheme, _hold = perms.find(slug, request.user)
    if not isinstance(request.user, User):
        raise SignInNeededError("sign_in", _("Connectez-vous pour voir cette page."))
    return _ask_now(request, scheme) if request.method == "POST" else _ask_page(request, scheme)


@sensitive
def _ask_now(request: HttpRequest, scheme: Scheme) -> HttpResponseBase:
    form = AskForm(perms.asking(request.user), request.POST)
    if form.is_valid():
        pole = form.poles[form.cleaned_data["pole"]]
        try:
            row = requests.ask(
                scheme,
                pole,
                words=form.cleaned_data["words"],
                on=timezone.localdate(),
                by=request.user,  # type: ignore[arg-type]
            )
        except DomainError as error:
            refused(form, error)
        else:
            messages.success(request, _("Votre demande est envoyée : suivez-la ici."))
            return redirect("label_follow", slug=scheme.slug, number=row.number)
    return _ask_page(request, scheme, form)


def _ask_page(request: HttpRequest, scheme: Scheme, form: AskForm | None = None) -> HttpResponseBase:
    today = timezone.localdate()
    found = requests.able_among(scheme, perms.asking(request.user), on=today)
    able = [one for one in found if one.gate]
    context = {
        "scheme": scheme,
        "able": able,
        "unable": [one for one in found if not one.gate],
        "form": form or AskForm([one.pole for one in able]),
    }
    return render(request, "labels/ask.html", context, status=422 if form and form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """A request or a label, for the pole's people: where it is, what was decided and why, what to do next."""
    space = perms.open_request(request, slug, number)
    if not space.of_pole:
        return redirect("label_instruct", slug=slug, number=number)
    asked = request.POST.get("faire", "") if request.method == "POST" else ""
    if asked in _PROVED:
        perms.open_request(request, slug, number, role="pole")
        return _proved(request, space)
    return _played(request, space)


@sensitive
def _proved(request: HttpRequest, space: RequestSpace) -> HttpResponseBase:
    return _played(request, space)


def _played(request: HttpRequest, space: RequestSpace) -> HttpResponseBase:
    acts = _acts(request, space)
    played = play(request, acts, request.path)
    if not isinstance(played, Played):
        return played
    if request.method == "POST":
        space = perms.open_request(request, space.request.scheme.slug, space.request.number)
    return render(request, "labels/follow.html", _context(space, played), status=played.status)


def _acts(request: HttpRequest, space: RequestSpace) -> dict[str, Act]:
    row, today = space.request, timezone.localdate()

    def allow() -> object:
        return perms.open_request(request, row.scheme.slug, row.number, role="pole")

    def appeal(form: Any) -> str:
        held = form.cleaned_data
        requests.appeal(row, reason=held["reason"], on=today, by=space.user, seen=held["seen"])
        return _("Votre recours est envoyé.")

    def drop(form: Any) -> str:
        held = form.cleaned_data
        requests.drop(row, reason=held["reason"], on=today, by=space.user, seen=held["seen"])
        return _("Votre demande est abandonnée : l'évaluation pourra servir à une autre.")

    def done(step: PlanStep, form: Any) -> str:
        deciding.done(step, words=form.cleaned_data["words"], on=today, by=space.user)
        return _("C'est noté dans le plan de progrès.")

    acts = {
        "appeal": Act(allow, partial(ReasonForm, row=row), appeal),
        "drop": Act(allow, partial(ReasonForm, row=row), drop),
    }
    for step in row.plan.select_related("request__scheme__subject").filter(done_on=None):
        acts[f"done-{step.pk}"] = Act(allow, DoneForm, partial(done, step))
    return acts


def _context(space: RequestSpace, played: Played) -> dict[str, Any]:
    row, today = space.request, timezone.localdate()
    until = requests.appealable_until(row)
    worth = row.worth(today)
    renewable = requests.able(row.scheme, row.pole, on=today) if worth == Worth.VALID else None
    steps = list(row.plan.order_by("due_on", "pk"))
    return {
        "space": space,
        "row": row,
        "scheme": row.scheme,
        "state": saying.state(row),
        "worth": saying.worth(worth) if worth != Worth.NONE else None,
        "sentence": saying.sentence(row, today) if worth != Worth.NONE else "",
        "log": read.log(row, public=False),
        "steps": [(one, f"done-{one.pk}") for one in steps],
        "advantages": advantages.of_request(row),
        "until": until if until and until >= today else None,
        "may_drop": row.state in {"requested", "instructed"},
        "renewable": renewable,
        "criteria": read.criteria(row) if row.state not in {"requested", "instructed"} else [],
        "forms": played,
        "lost": lost(
            played,
            {
                *(["appeal"] if until and until >= today else []),
                *(["drop"] if row.state in {"requested", "instructed"} else []),
                *(f"done-{one.pk}" for one in steps if one.done_on is None),
            },
        ),
        "today": today,
        "instruct": reverse("label_instruct", args=[row.scheme.slug, row.number]) if space.hold else "",
    }
