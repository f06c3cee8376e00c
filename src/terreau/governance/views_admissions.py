"""Joining a pole: the request, its steps, the charter; what each member shares (R-06, R-08)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from terreau.accounts.models import User
from terreau.actors import perms as actor_perms
from terreau.actors.models import Actor, Belonging, LegalNature
from terreau.common.errors import DomainError, NotFoundError
from terreau.governance import admissions, ballots
from terreau.governance.forms_people import (
    NEW,
    AcceptForm,
    JoinForm,
    StepForm,
    WithdrawForm,
    today_initial,
)
from terreau.governance.models import Admission, Decision, Statute
from terreau.poles import workspace
from terreau.poles.models import Membership, Pole
from terreau.poles.workspace import Workspace

_STEP = Admission.Step
CLOSED = (_STEP.ADMITTED, _STEP.REFUSED, _STEP.WITHDRAWN)
#: The path as it is drawn; the last of each request says where it ended.
PATH = (_STEP.INTENTION, _STEP.VISIT, _STEP.FILE, _STEP.DECISION, _STEP.CHARTER, _STEP.ADMITTED)
#: Decisions that may accept a request: the last ones.
_RECENT = 60


# In the workspace


@require_safe
def admissions_page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Requests to join: those under way, then those that ended."""
    ws = workspace.enter(request, slug)
    rows = Admission.objects.filter(pole=ws.pole).select_related("actor").order_by("-asked_at", "-pk")
    found = list(rows)
    context = {
        "open": [(row, path_of(row)) for row in found if row.step not in CLOSED],
        "ended": [row for row in found if row.step in CLOSED],
    }
    return workspace.show(request, ws, "governance/people/admissions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def admission(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """One request: what was asked, its steps, the next one for who animates the pole."""
    ws = workspace.enter(request, slug)
    row = _of_pole(ws.pole, pk)
    form = None
    if request.method == "POST":
        workspace.require_run(ws, verb="admission.move")
        form = _step_form(ws, row, request.POST)
        if form.is_valid() and (done := _moved(request, ws, row, form)):
            return done
    elif ws.runs and row.step not in CLOSED:
        form = _step_form(ws, row)
    context = _context(row) | {"form": form}
    status = 422 if form is not None and form.errors else 200
    return workspace.show(request, ws, "governance/people/admission.html", context, status=status)


def _of_pole(pole: Pole, pk: UUID) -> Admission:
    rows = Admission.objects.filter(pole=pole).select_related(
        "actor__subject", "pole__actor__subject", "decision", "accepted"
    )
    row = rows.filter(pk=pk).first()
    if row is None:
        raise NotFoundError("unknown_admission", _("Cette demande n'existe pas."))
    return row


def _step_form(ws: Workspace, row: Admission, data: Any = None) -> StepForm:
    steps = admissions.NEXT.get(row.step, frozenset()) - {_STEP.WITHDRAWN}
    decisions = Decision.objects.filter(pole=ws.pole, outcome=Decision.Outcome.ADOPTED).order_by("-number")
    initial = {**today_initial(ws.today), "circle": row.circle}
    return StepForm(steps, decisions[:_RECENT] if _STEP.DECISION in steps else (), data, initial=initial)


def _moved(request: HttpRequest, ws: Workspace, row: Admission, form: StepForm) -> HttpResponseBase | None:
    values = form.cleaned_data
    if values["step"] == _STEP.ADMITTED and not values["note"].strip():
        form.add_error("note", _("Dites comment la charte a été acceptée : sur papier, en séance…"))
        return None
    try:
        with transaction.atomic():
            admissions.move(
                row,
                values["step"],
                on=values["on"],
                note=values["note"],
                decision=_decision(ws, row, form),
                circle=values["circle"],
                by=ws.user,
            )
    except DomainError as error:
        workspace.refused(form, error, {"actor": "step"})
        return None
    messages.success(request, _("C'est écrit ; la personne qui demande en est prévenue."))
    return redirect("espace_admission", ws.slug, row.pk)


def _decision(ws: Workspace, row: Admission, form: StepForm) -> Decision | None:
    """Return the decision chosen; the one taken apart from any meeting is written now."""
    values = form.cleaned_data
    if values["step"] != _STEP.DECISION:
        return None
    if values.get("decision") != NEW:
        return form.decisions.get(values.get("decision", ""))
    title = _("Adhésion de %(name)s") % {"name": row.actor.name}
    text = values["note"] or _("Le pôle accueille %(name)s parmi ses membres.") % {"name": row.actor.name}
    made = ballots.propose(ws.pole, title=title, text=text, about=row.actor.subject, by=ws.user)
    return ballots.decide(made, Decision.Outcome.ADOPTED, on=values["on"], by=ws.user)


def path_of(row: Admission, steps: set[str] | None = None) -> list[tuple[str, str, str]]:
    """Return the path of a request: (code, label, ``done`` | ``now`` | ``next`` | ``skipped``)."""
    past = steps if steps is not None else set()
    here = PATH.index(_STEP(row.step)) if row.step in PATH else -1
    found = []
    for rank, step in enumerate(PATH):
        state = "now" if rank == here else "next"
        if rank < here or here < 0:
            state = "done" if steps is None or step in past else "skipped"
        found.append((str(step), str(step.label), state))
    return found


def _context(row: Admission) -> dict[str, Any]:
    moves = list(row.moves.order_by("pk"))
    return {
        "admission": row,
        "actor": row.actor,
        "moves": moves,
        "path": path_of(row, {move.after for move in moves}),
        "closed": row.step in CLOSED,
        "circle_label": str(Membership.Circle(row.circle).label) if row.circle else "",
    }


# For who asks


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What joining is, and the note of intent of an organisation to which one belongs."""
    pole = _seen(request, slug)
    user = request.user if isinstance(request.user, User) else None
    if request.method == "POST" and user is None:
        raise NotFoundError("not_found", _("Connectez-vous pour envoyer une demande."))
    mine = _organisations(user, pole) if user else []
    requests = {row.actor_id: row for row in Admission.objects.filter(pole=pole, actor__in=mine)}
    waiting = [row for row in requests.values() if row.step not in CLOSED]
    held = _members(pole, mine)
    taken = {row.actor_id for row in waiting} | held
    able = [actor for actor in mine if actor.pk not in taken]
    form = JoinForm(able, request.POST if request.method == "POST" else None)
    if form.is_valid() and user is not None and (done := _asked(pole, user, form)):
        return done
    context = {
        "pole": pole,
        "form": form,
        "able": able,
        "mine": mine,
        "members": [actor for actor in mine if actor.pk in held],
        "requests": sorted(requests.values(), key=lambda row: row.asked_at, reverse=True),
        "login": f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': request.path})}",
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "governance/people/join.html", context, status=status)


def _asked(pole: Pole, user: User, form: JoinForm) -> HttpResponseBase | None:
    values = form.cleaned_data
    try:
        row = admissions.ask(
            pole,
            form.actors[values["actor"]],
            intention=values["intention"],
            brings=values["brings"],
            expects=values["expects"],
            circle=values["circle"],
            by=user,
        )
    except DomainError as error:
        workspace.refused(form, error)
        return None
    return redirect("pole_join_request", pole.slug, row.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def asked(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """The request as who asks sees it: where it is, the charter to accept, how to give up."""
    pole = Pole.objects.select_related("actor__subject").filter(slug=slug).first()
    row = Admission.objects.filter(pk=pk, pole=pole).select_related("actor").first() if pole else None
    if row is None or pole is None or not actor_perms.belongs(request.user, row.actor):
        raise NotFoundError("unknown_admission", _("Cette demande n'existe pas, ou n'est pas la vôtre."))
    row = _of_pole(pole, pk)
    user: Any = request.user
    accept, give_up, status = None, WithdrawForm(), 200
    text = admissions.to_accept(row) if row.step == _STEP.CHARTER else None
    if request.method == "POST":
        form = AcceptForm(request.POST) if request.POST.get("faire") == "accepter" else None
        give_up = WithdrawForm(request.POST if form is None else None)
        try:
            if form is not None and form.is_valid():
                admissions.accept(row, _read(pole, form), on=timezone.localdate(), by=user)
                messages.success(request, _("Bienvenue : votre organisation est membre du pôle."))
                return redirect("pole_join_request", pole.slug, row.pk)
            if form is None and give_up.is_valid():
                note, today = give_up.cleaned_data["note"], timezone.localdate()
                admissions.move(row, _STEP.WITHDRAWN, on=today, note=note, by=user)
                messages.success(request, _("La demande est retirée ; le pôle le voit."))
                return redirect("pole_join_request", pole.slug, row.pk)
        except DomainError as error:
            workspace.refused(form if form is not None else give_up, error)
        accept, status = form, 422
    if accept is None and row.step == _STEP.CHARTER:
        accept = AcceptForm(initial={"text": text.pk if text else ""})
    context = _context(row) | {
        "pole": pole,
        "text": text,
        "accept": accept,
        "give_up": give_up,
        "admitted": row.step == _STEP.ADMITTED,
    }
    return render(request, "governance/people/asked.html", context, status=status)


def _read(pole: Pole, form: AcceptForm) -> Statute | None:
    """Return the text that the page showed."""
    typed = form.cleaned_data["text"]
    return Statute.objects.filter(pole=pole, pk=typed).first() if typed.isdigit() else None


def _seen(request: HttpRequest, slug: str) -> Pole:
    """Return a living pole that the viewer may see, else 404."""
    pole = Pole.objects.select_related("actor__subject").filter(slug=slug).first()
    today = timezone.localdate()
    if pole is None or not actor_perms.can_see(request.user, pole.actor, on=today):
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou il faut se connecter pour la voir."))
    subject = pole.actor.subject
    if subject.closed_at or subject.merged_into_id:
        raise NotFoundError("pole_closed", _("Cette fiche est fermée ou fusionnée avec une autre."))
    return pole


def _organisations(user: User, pole: Pole) -> list[Actor]:
    """Return the organisations of a person that may join."""
    held = Belonging.objects.confirmed().filter(user=user).values("actor")
    rows = Actor.objects.filter(pk__in=held, subject__closed_at=None, subject__merged_into=None)
    rows = rows.exclude(pk=pole.pk).exclude(legal_nature=LegalNature.NATURAL_PERSON)
    return list(rows.select_related("subject").order_by("sort_key", "pk"))


def _members(pole: Pole, actors: list[Actor]) -> set[UUID]:
    rows = Membership.objects.filter(pole=pole, actor__in=actors, valid_to=None)
    return set(rows.values_list("actor", flat=True))


__all__ = ["CLOSED", "admission", "admissions_page", "asked", "join", "path_of"]
