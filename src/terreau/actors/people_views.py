"""Pages where people join organisations and answer those who join, and where administrators name roles."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from terreau.accounts.models import GlobalRole, User
from terreau.accounts.second_factor import sensitive
from terreau.actors import belonging, perms, roles
from terreau.actors.models import Actor, Belonging, Moderation
from terreau.actors.people_forms import LOCAL, JoinForm, NamingForm
from terreau.common.errors import DomainError, NotFoundError, RefusedError
from terreau.design.forms import BaseForm
from terreau.journal.actions import counting_refusals, refuse
from terreau.search import index

_FORM = ["GET", "HEAD", "POST"]


@login_required
@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    """My organisations, my requests, and a search to join another."""
    user = _person(request)
    mine = Belonging.objects.filter(user=user).select_related("actor__subject", "actor__pole")
    query = request.GET.get("q", "")[:200]
    context = {
        "confirmed": mine.filter(pk__in=Belonging.objects.confirmed().values("pk")),
        "asked": mine.filter(pk__in=Belonging.objects.asked().values("pk")),
        "past": mine.exclude(pk__in=Belonging.objects.living().values("pk"))[:20],
        "to_answer": requests_for(user).count(),
        "names_roles": bool(perms.can_name(user, on=timezone.localdate())),
        "query": query,
        "found": index.find(query, kinds=["actor", "pole"], limit=10) if query else [],
    }
    return render(request, "actors/organisations.html", context)


@login_required
@require_http_methods(_FORM)
def join(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Ask to join an organisation that one may see."""
    user = _person(request)
    actor = _seen(user, ident)
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            belonging.ask(user, actor, by=user, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error.message))
        else:
            messages.success(request, _("Votre demande est partie. La réponse arrivera dans vos messages."))
            return redirect("organisations")
    status = 422 if form.errors else 200
    return render(request, "actors/join.html", {"actor": actor, "form": form}, status=status)


@login_required
@require_http_methods(_FORM)
def requests(request: HttpRequest) -> HttpResponse:
    """Requests that one may answer; POST answers one: ``confirm``, or ``refuse`` with its reason."""
    user = _person(request)
    wrong: dict[str, Any] = {}
    if request.method == "POST":
        row = _answerable(user, request.POST.get("id", ""))
        try:
            return _answered(request, row, by=user)
        except DomainError as error:
            if isinstance(error, RefusedError):
                raise
            wrong = {"row": row.pk, "message": str(error.message)}
    rows = requests_for(user).select_related("user", "actor").order_by("asked_at", "pk")
    status = 422 if wrong else 200
    return render(request, "actors/requests.html", {"rows": rows, "wrong": wrong}, status=status)


@login_required
@require_http_methods(_FORM)
def people(request: HttpRequest, ident: UUID) -> HttpResponse:
    """The people of one of my organisations; its animators and moderators manage them."""
    user = _person(request)
    actor = _mine(user, ident)
    may_manage = bool(
        perms.belongs(user, actor, role=Belonging.Role.ANIMATOR)
        or perms.can_moderate(user, actor, on=timezone.localdate())
    )
    wrong: dict[str, Any] = {}
    if request.method == "POST":
        try:
            return _managed(request, actor, by=user)
        except RefusedError:
            raise
        except DomainError as error:
            wrong = {"row": request.POST.get("id", ""), "message": str(error.message)}
    rows = Belonging.objects.confirmed().filter(actor=actor).select_related("user")
    context = {"actor": actor, "rows": rows.order_by("confirmed_at", "pk"), "may_manage": may_manage}
    return render(request, "actors/people.html", {**context, "wrong": wrong}, status=422 if wrong else 200)


@login_required
@require_http_methods(["POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Leave an organisation, or withdraw a request."""
    user = _person(request)
    row = Belonging.objects.living().filter(user=user, pk=_number(request.POST.get("id", ""))).first()
    if row is None:
        raise NotFoundError("unknown_belonging", _("Cette appartenance n'existe pas, ou plus."))
    belonging.end(row, by=user)
    messages.success(request, _("C'est fait."))
    return redirect("organisations")


@login_required
@require_http_methods(_FORM)
def role_page(request: HttpRequest) -> HttpResponseBase:
    """Roles of the site: who holds which, naming and ending. Each act asks for a proof."""
    user = _person(request)
    allowed = perms.can_name(user, on=timezone.localdate())
    if not allowed:
        refuse(None, "roles.read", by=user, reason=allowed.reason)
        raise RefusedError("may_not_name", allowed.reason)
    return _act_on_roles(request) if request.method == "POST" else _roles(request, NamingForm())


@sensitive
def _act_on_roles(request: HttpRequest) -> HttpResponse:
    user = _person(request)
    if "end" in request.POST or "end_moderation" in request.POST:
        with counting_refusals(None, "roles.end", by=user):
            _end(request, by=user)
        return redirect("roles")
    form = NamingForm(request.POST)
    if form.is_valid():
        try:
            with counting_refusals(None, "roles.name", by=user):
                _name(form.cleaned_data, by=user)
        except RefusedError:
            raise
        except DomainError as error:
            form.add_error(str(error.facts.get("field") or "") or None, str(error.message))
        else:
            messages.success(request, _("C'est fait. La personne est prévenue."))
            return redirect("roles")
    return _roles(request, form, status=422)


def requests_for(user: User) -> QuerySet[Belonging]:
    """Return the requests that a person may answer (``perms.can_confirm``, as a list)."""
    today = timezone.localdate()
    held = Belonging.objects.confirmed().filter(user=user)
    animated = held.filter(role=Belonging.Role.ANIMATOR).values("actor")
    near = Q(actor__in=held.values("actor"), role=Belonging.Role.MEMBER) | Q(actor__in=animated)
    scope = perms.moderation_scope(user, today)
    if scope:
        actors = Actor.objects.filter(perms.in_scope(scope, on=today))
        near |= Q() if scope.everything else Q(actor__in=actors.values("pk"))
    rows = Belonging.objects.asked().exclude(user=user)
    return rows if scope.everything else rows.filter(near)


def _answered(request: HttpRequest, row: Belonging, *, by: User) -> HttpResponse:
    with counting_refusals(row.actor.subject, "belonging.answer", by=by):
        if "refuse" in request.POST:
            belonging.refuse(row, by=by, reason=request.POST.get("reason", ""))
        else:
            belonging.confirm(row, by=by)
    messages.success(request, _("Votre réponse est enregistrée ; la personne est prévenue."))
    return redirect("belonging_requests")


def _managed(request: HttpRequest, actor: Actor, *, by: User) -> HttpResponse:
    rows = Belonging.objects.confirmed().filter(actor=actor)
    row = rows.select_related("actor__subject", "user").filter(pk=_number(request.POST.get("id", ""))).first()
    if row is None:
        raise NotFoundError("unknown_belonging", _("Cette appartenance n'existe pas, ou plus."))
    with counting_refusals(actor.subject, "belonging.manage", by=by):
        if "role" in request.POST:
            wanted = request.POST["role"]
            if wanted not in Belonging.Role.values:
                raise DomainError("unknown_role", _("Ce rôle n'existe pas."))
            belonging.change_role(row, role=wanted, by=by)
        else:
            belonging.end(row, by=by, reason=request.POST.get("reason", ""))
    messages.success(request, _("C'est fait."))
    return redirect("belonging_people", actor.pk)


def _name(asked: dict[str, Any], *, by: User) -> None:
    user = roles.find_person(asked["email"])
    if asked["role"] != LOCAL:
        roles.name_role(user, asked["role"], by=by)
    elif asked["zone"]:
        roles.name_moderator(user, zone=roles.find_zone(asked["zone"]), by=by)
    else:
        roles.name_moderator(user, network=roles.find_network(asked["network"]), by=by)


def _end(request: HttpRequest, *, by: User) -> None:
    gone = NotFoundError("unknown_role", _("Ce rôle n'existe pas, ou plus."))
    if "end" in request.POST:
        role = GlobalRole.objects.filter(pk=_number(request.POST["end"])).first()
        if role is None:
            raise gone
        roles.end_role(role, by=by)
        return
    moderation = Moderation.objects.select_related("zone__subject", "network__subject")
    row = moderation.filter(pk=_number(request.POST["end_moderation"])).first()
    if row is None:
        raise gone
    roles.end_moderation(row, by=by)


def _roles(request: HttpRequest, form: BaseForm, *, status: int = 200) -> HttpResponse:
    today = timezone.localdate()
    site = GlobalRole.objects.held_on(today).select_related("user").order_by("role", "valid_from", "pk")
    local = Moderation.objects.held_on(today).select_related("user", "zone", "network")
    context = {"form": form, "site": site, "local": local.order_by("valid_from", "pk")}
    return render(request, "actors/roles.html", context, status=status)


def _answerable(user: User, ident: str) -> Belonging:
    """Return a request that the person may answer; to anybody else it does not exist."""
    rows = Belonging.objects.select_related("actor__subject", "user").exclude(user=user)
    row = rows.filter(pk=_number(ident)).first()
    if row is None or not perms.can_confirm(user, row, on=timezone.localdate()):
        if row is not None:
            refuse(row.actor.subject, "belonging.answer", by=user, reason=_("Demande d'autrui."))
        raise NotFoundError("unknown_request", _("Cette demande n'existe pas, ou n'est pas pour vous."))
    return row


def _seen(user: User, ident: UUID) -> Actor:
    actor = Actor.objects.select_related("subject").filter(pk=ident).first()
    if actor is None or not perms.can_see(user, actor, on=timezone.localdate()):
        raise NotFoundError("unknown_actor", _("Cette organisation n'existe pas, ou n'est pas publique."))
    return actor


def _mine(user: User, ident: UUID) -> Actor:
    actor = Actor.objects.select_related("subject").filter(pk=ident).first()
    today = timezone.localdate()
    if actor and (perms.belongs(user, actor) or perms.can_moderate(user, actor, on=today)):
        return actor
    if actor and perms.can_see(user, actor, on=today):
        refuse(actor.subject, "belonging.people", by=user, reason=_("Ce n'est pas votre organisation."))
        message = _("Seules les personnes de cette organisation voient qui en est.")
        raise RefusedError("not_your_organisation", message)
    raise NotFoundError("unknown_actor", _("Cette organisation n'existe pas, ou n'est pas publique."))


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0
