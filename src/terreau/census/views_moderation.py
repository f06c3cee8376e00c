"""Pages of who moderates: the inbox, what becomes of a report, how sure the register is of a pole."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.census import charges, inbox, perms, reports, where
from terreau.census.entry_rules import Entry
from terreau.census.forms_moderation import (
    ACCEPT,
    ATTACH,
    CloseForm,
    EndForm,
    RecognitionForm,
    ReopenForm,
    ReportForm,
    StatusForm,
    put,
)
from terreau.census.lookalikes import lookalikes
from terreau.census.models import Charge, Report
from terreau.common.errors import DomainError, NotFoundError
from terreau.design.addresses import query
from terreau.design.forms import BaseForm
from terreau.facts import catalogue
from terreau.poles import actions as poles
from terreau.poles.models import Pole, Recognition, RegisterMove
from terreau.poles.perms import can_qualify
from terreau.territories import base


def _asked(request: HttpRequest, given: Any = None) -> inbox.Asked:
    """Return what the moderator asks for: 404 to a stranger, 403 (counted) to who moderates nothing."""
    scope = perms.scope_of(request.user)
    assert isinstance(request.user, User)  # noqa: S101 - said to the type checker
    return inbox.ask(request.user, scope, request.GET if given is None else given, on=timezone.localdate())


@never_cache
@require_safe
def moderation(request: HttpRequest) -> HttpResponse:
    """The inbox: everything that waits in what the person moderates, oldest first."""
    asked = _asked(request)
    rows, following = inbox.page(asked, cursor=request.GET.get("cursor"))
    numbers = inbox.counts(asked)
    total = numbers[asked.kind] if asked.kind else sum(numbers.values())
    kinds = [
        {
            "label": kind.label,
            "count": numbers[code],
            "href": query(request, {"nature": None if asked.kind == code else code}),
            "selected": asked.kind == code,
        }
        for code, kind in inbox.KINDS.items()
    ]
    context = {
        "asked": asked,
        "rows": [(row, inbox.KINDS[row.kind].one, asked.on - timezone.localdate(row.since)) for row in rows],
        "next": query(request, {"cursor": following}) if following else "",
        "total": total,
        "kinds": kinds,
        "places": where.places(asked.scope),
        "ages": inbox.AGES,
        "filtered": bool(asked.kind or asked.place or asked.age or asked.charge),
        "here": request.get_full_path(),
    }
    return render(request, "census/inbox.html", context)


@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """Take charge of something that waits, or give it back, and return where one was."""
    asked = _asked(request, {})
    kind, ref = request.POST.get("nature", ""), request.POST.get("ref", "")
    inbox.find(asked, kind, ref)
    if request.POST.get("rendre"):
        charges.release(kind, ref, by=asked.user)
    else:
        try:
            charges.take(kind, ref, by=asked.user)
        except DomainError as error:
            messages.warning(request, str(error.message))
    back = request.POST.get("retour", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/")
    return redirect(back if safe else "moderation")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, ident: UUID) -> HttpResponse:
    """A report: what was said, what it may already be, and the answer to give."""
    scope = perms.scope_of(request.user, verb="report.read")
    found = reports.find(ident, scope)
    initial = {"name": found.name, "summary": found.what}
    form = ReportForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            return _answered(request, found, form)
        except DomainError as error:
            if error.status in (403, 409):
                raise
            put(form, error)
    communes = base.load(base.COG_YEARS[-1])
    context = {
        "report": found,
        "communes": [f"{communes.names[one]} ({code})" for code, one in _ids(communes, found.communes)],
        "alike": _alike(found) if found.state == Report.State.RECEIVED else [],
        "form": form,
        **_charge(request, "signalement", found.pk),
    }
    return render(request, "census/report_qualify.html", context, status=422 if form.is_bound else 200)


def _ids(communes: Any, codes: list[str]) -> list[tuple[str, int]]:
    return [(code, int(one)) for code in codes for one in communes.ids([code])]


def _alike(found: Report) -> list[Any]:
    return lookalikes(Entry(name=found.name, communes=tuple(found.communes), cog_year=base.COG_YEARS[-1]))


def _charge(request: HttpRequest, kind: str, pk: Any) -> dict[str, Any]:
    """Return who has taken charge of what the page shows, and whether it still waits."""
    asked = _asked(request, {})
    held = Charge.objects.filter(kind=kind, ref=str(pk)).select_related("user").first()
    return {
        "waits": inbox.KINDS[kind].rows(asked).filter(pk=pk).exists(),
        "charge": held.user if held else None,
        "charge_kind": kind,
        "charge_ref": str(pk),
        "here": request.get_full_path(),
    }


def _answered(request: HttpRequest, found: Report, form: ReportForm) -> HttpResponse:
    data, by = form.cleaned_data, request.user
    assert isinstance(by, User)  # noqa: S101
    if data["decision"] == ACCEPT:
        pole = reports.accept(found, by=by, name=data["name"], summary=data["summary"], public=data["public"])
        messages.success(request, _("C'est fait : ce pôle est au registre, repéré. La personne le saura."))
    elif data["decision"] == ATTACH:
        pole = data["pole"]
        reports.attach_to(found, pole, by=by, reason=data["reason"])
        messages.success(
            request, _("C'est fait : le signalement est rattaché à ce pôle. La personne le saura.")
        )
    else:
        reports.refuse(found, by=by, reason=data["reason"])
        messages.success(request, _("C'est fait : le signalement est refusé. La personne saura pourquoi."))
    charges.done("signalement", str(found.pk))
    if data["decision"] == ACCEPT:
        return redirect("pole_qualify", pole.slug)
    return redirect("moderation")


def _pole(request: HttpRequest, slug: str) -> Pole:
    pole = Pole.objects.select_related("actor__subject").filter(slug=slug).first()
    if pole is None:
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou il faut se connecter pour la voir."))
    allowed = can_qualify(request.user, pole, on=timezone.localdate())
    perms.require(request.user, allowed, subject=pole.actor.subject, verb="pole.qualify")
    return pole


@never_cache
@require_safe
def qualify(request: HttpRequest, slug: str) -> HttpResponse:
    """How sure the register is of a pole, and what bodies recognised it as."""
    return _qualify(request, _pole(request, slug))


def _qualify(  # noqa: PLR0913 - the forms that the page may give back
    request: HttpRequest,
    pole: Pole,
    *,
    status: StatusForm | None = None,
    given: RecognitionForm | None = None,
    end: EndForm | None = None,
    ending: int = 0,
    life: CloseForm | ReopenForm | None = None,
) -> HttpResponse:
    words = catalogue.vocabulary("recognition")
    lang = "en" if request.path.startswith("/en/") else "fr"
    held = Recognition.objects.filter(pole=pole).select_related("body", "source").order_by("on", "pk")
    context = {
        "pole": pole,
        "status_form": status or StatusForm(pole=pole, prefix="etat"),
        "recognition_form": given or RecognitionForm(prefix="reconnaissance"),
        "recognitions": [
            {
                "row": row,
                "label": words.label(row.scheme, lang) if row.scheme in words else row.scheme,
                "end": end if end and row.pk == ending else EndForm(prefix=f"fin{row.pk}"),
                "opened": row.pk == ending,
            }
            for row in held
        ],
        "life_form": life or _life_form(pole),
        "moves": RegisterMove.objects.filter(pole=pole).select_related("by").order_by("-pk"),
        "bodies": _bodies(),
        **_charge(request, "pole", pole.pk),
    }
    wrong = any(form and form.is_bound for form in (status, given, end, life))
    return render(request, "census/pole_qualify.html", context, status=422 if wrong else 200)


def _bodies() -> list[str]:
    """Names of those who gave a recognition already, or are a network: the usual ones."""
    rows = Actor.objects.filter(
        subject__public=True, recognitions_given__isnull=False
    ) | Actor.objects.filter(subject__public=True, affiliates__isnull=False)
    return list(rows.order_by("sort_key").values_list("name", flat=True).distinct()[:200])


@require_POST
def move(request: HttpRequest, slug: str) -> HttpResponse:
    """Say how sure the register is of a pole, and show it to everybody when asked."""
    pole = _pole(request, slug)
    form = StatusForm(request.POST, pole=pole, prefix="etat")
    if not form.is_valid():
        return _qualify(request, pole, status=form)
    data = form.cleaned_data
    try:
        _move(pole, data, by=request.user)
    except DomainError as error:
        if error.status == 409:
            raise
        put(form, error)
        return _qualify(request, pole, status=form)
    charges.done("pole", str(pole.pk))
    messages.success(request, _("C'est fait, et écrit dans l'histoire de la fiche."))
    return redirect("pole_qualify", pole.slug)


@transaction.atomic
def _move(pole: Pole, data: dict[str, Any], *, by: Any) -> None:
    published = data.get("publish", False)
    if published:
        poles.publish(pole, by=by, reason=data["reason"])
    if data["status"] != pole.register_status or not published:
        poles.move_status(pole, data["status"], reason=data["reason"], by=by)


def _life_form(pole: Pole, data: Any = None) -> CloseForm | ReopenForm:
    """Return the form that closes a pole, or that reopens it when it is closed."""
    if pole.actor.subject.closed_at:
        return ReopenForm(data, prefix="vie")
    return CloseForm(data, prefix="vie", initial={"on": timezone.localdate()})


@require_POST
def close_or_reopen(request: HttpRequest, slug: str) -> HttpResponse:
    """Close a pole with its date and its reason, or reopen it (R-51); its page stays readable."""
    pole = _pole(request, slug)
    form = _life_form(pole, request.POST)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            if isinstance(form, CloseForm):
                at = timezone.make_aware(datetime.combine(form.cleaned_data["on"], time.min))
                poles.close_pole(pole, by=request.user, reason=reason, at=at)  # type: ignore[arg-type]
            else:
                poles.reopen_pole(pole, by=request.user, reason=reason)  # type: ignore[arg-type]
        except DomainError as error:
            if error.status == 409:
                raise
            put(form, error)
        else:
            messages.success(request, _("C'est fait, et écrit dans l'histoire de la fiche."))
            return redirect("pole_qualify", pole.slug)
    return _qualify(request, pole, life=form)


@require_POST
def recognise(request: HttpRequest, slug: str) -> HttpResponse:
    """Record a recognition by a body."""
    pole = _pole(request, slug)
    form = RecognitionForm(request.POST, prefix="reconnaissance")
    if form.is_valid():
        data = form.cleaned_data
        try:
            poles.recognise(
                pole,
                data["scheme"],
                body=data["body"],
                on=data["on"],
                phase=data["phase"],
                by=request.user,  # type: ignore[arg-type]
            )
        except DomainError as error:
            put(form, error)
        else:
            messages.success(request, _("La reconnaissance est écrite."))
            return redirect("pole_qualify", pole.slug)
    return _qualify(request, pole, given=form)


@require_POST
def end_recognition(request: HttpRequest, slug: str, row: int) -> HttpResponse:
    """Say that a recognition ended; it stays readable."""
    pole = _pole(request, slug)
    held = Recognition.objects.select_related("pole__actor__subject").filter(pole=pole, pk=row).first()
    if held is None:
        raise NotFoundError("not_found", _("Cette reconnaissance n'est pas de ce pôle."))
    form: BaseForm = EndForm(request.POST, prefix=f"fin{row}")
    if form.is_valid():
        try:
            poles.end_recognition(
                held,
                on=form.cleaned_data["on"],
                reason=form.cleaned_data["reason"],
                by=request.user,  # type: ignore[arg-type]
            )
        except DomainError as error:
            put(form, error)
        else:
            messages.success(request, _("La fin est écrite."))
            return redirect("pole_qualify", pole.slug)
    return _qualify(request, pole, end=form, ending=row)  # type: ignore[arg-type]
