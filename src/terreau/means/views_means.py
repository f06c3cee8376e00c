"""Pages of what is shared: the list, one thing with its calendar, its rules, its prices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from terreau.common.errors import DomainError, StaleWriteError
from terreau.common.money import Euro
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.journal.actions import save_fresh
from terreau.means import bookings, calendars, settling
from terreau.means.fields import base_of, bases
from terreau.means.forms import COLUMNS, EndForm, MeansForm, TariffForm
from terreau.means.models import Booking, Means, Tariff
from terreau.means.pages import (
    asked_day,
    find,
    keeps,
    one_of,
    require_keeps,
    require_living,
    voices,
)
from terreau.poles.workspace import Workspace, enter, refused, show

_READ = ["GET", "HEAD", "POST"]


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponseBase:
    """All that is shared in the pole, and for who animates what the ledger refused."""
    ws = enter(request, slug)
    rows = _listed(ws)
    columns = [
        Column(_("Moyen"), lambda row: row.name),
        Column(_("Sorte de moyen"), lambda row: row.get_kind_display()),
        Column(_("Qui le prête ?"), lambda row: row.owner.name),
        Column(_("Lieu"), lambda row: row.place),
        Column(_("Nombre de places"), lambda row: row.seats, "integer"),
        Column(_("Réservations à venir"), lambda row: row.coming, "integer"),
        Column(_("Partagé jusqu'au, compris"), lambda row: row.ended_on, "date"),
    ]
    if made := export_response(request, rows, columns, "moyens", title=_("Moyens partagés")):
        return made
    context = {
        "rows": [row for row in rows if row.ended_on is None or row.ended_on >= ws.today],
        "ended": [row for row in rows if row.ended_on is not None and row.ended_on < ws.today],
        "asked": _asked(ws),
        "aside": list(settling.set_aside(ws.pole)[:50]) if ws.runs else [],
    }
    return show(request, ws, "means/index.html", context)


def _listed(ws: Workspace) -> list[Any]:
    coming = Count("bookings", filter=Q(bookings__cancelled_at=None, bookings__ends_at__gt=timezone.now()))
    rows = Means.objects.filter(pole=ws.pole).select_related("owner").annotate(coming=coming)
    return list(rows.order_by("name", "pk"))


def _asked(ws: Workspace) -> list[Booking]:
    """Return the requests that the person may answer."""
    rows = Booking.objects.filter(
        means__pole=ws.pole, state=Booking.State.ASKED, ends_at__gt=timezone.now()
    ).select_related("means", "actor")
    rows = rows if ws.runs else rows.filter(means__owner__in=ws.standing.speaks_for)
    return list(rows.order_by("starts_at", "pk")[:50])


@require_http_methods(_READ)
def new(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Share something of an organisation in whose name one speaks."""
    ws = enter(request, slug)
    require_living(ws, verb="means.offer")
    owners = voices(ws)
    form = MeansForm(owners, request.POST or None, initial={"kind": request.GET.get("sorte", "room")})
    if request.method == "POST" and form.is_valid():
        owner = one_of(owners, form.cleaned_data["owner"])
        values = {name: value for name, value in form.columns.items() if name not in ("name", "kind")}
        try:
            row = bookings.offer(
                ws.pole,
                owner,
                name=form.cleaned_data["name"],
                kind=form.cleaned_data["kind"],
                by=ws.user,
                **values,
            )
            messages.success(
                request, _("« %(name)s » est partagé : donnez-lui un prix.") % {"name": row.name}
            )
            return redirect("espace_means_rules", slug, row.pk)
        except DomainError as error:
            refused(form, error)
    return show(request, ws, "means/new.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
def one(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """One means: what it is, its prices, and its calendar by day, week or month."""
    ws = enter(request, slug)
    means = find(ws, pk)
    view = request.GET.get("vue", calendars.WEEK)
    if view not in calendars.VIEWS:
        raise DomainError("unknown_view", _("Un calendrier se lit par jour, semaine ou mois."))
    day = asked_day(request, "le", ws.today)
    sheet = calendars.sheet(means, view, day, now=timezone.now(), mine=ws.standing.speaks_for)
    rows = [block.booking for column in sheet.columns for block in column.blocks if not block.before]
    if made := export_response(
        request, rows, booking_columns(), f"reservations-{sheet.first}", title=means.name
    ):
        return made
    context = {
        "means": means,
        "sheet": sheet,
        "rows": rows,
        "tariffs": prices(means, ws),
        "keeps": keeps(ws, means),
        "views": calendars.VIEWS,
    }
    return show(request, ws, "means/one.html", context)


def prices(means: Means, ws: Workspace) -> list[Tariff]:
    """Return the prices in force, from the nearest kind of member to the furthest."""
    held = (Q(valid_from=None) | Q(valid_from__lte=ws.today)) & (Q(valid_to=None) | Q(valid_to__gt=ws.today))
    order = {who: rank for rank, who in enumerate(Tariff.Who.values)}
    units = {unit: rank for rank, unit in enumerate(Tariff.Unit.values)}
    rows = Tariff.objects.filter(held, means=means)
    return sorted(rows, key=lambda row: (order[row.who], units[row.unit]))


def booking_columns() -> list[Column]:
    """Return the columns of a list of bookings."""
    return [
        Column(_("Moyen"), lambda row: row.means.name),
        Column(_("Organisation"), lambda row: row.actor.name),
        Column(_("Début"), lambda row: timezone.localtime(row.starts_at).replace(tzinfo=None)),
        Column(_("Fin"), lambda row: timezone.localtime(row.ends_at).replace(tzinfo=None)),
        Column(_("État"), lambda row: row.get_state_display()),
        Column(_("Pour quoi faire"), lambda row: row.label),
        Column(_("Prix en euros"), lambda row: _euros(row.price)),
    ]


def _euros(price: Mapping[str, Any]) -> Any:
    return Euro(price["cents"]) if price else None


@require_http_methods(_READ)
def rules_of(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """The rules and prices of a means, for its owner and who animates the pole."""
    ws = enter(request, slug)
    means = find(ws, pk)
    require_keeps(ws, means, verb="means.edit")
    require_living(ws, verb="means.edit")
    held = {name: getattr(means, name) for name in COLUMNS}
    form = MeansForm([], request.POST or None, initial=_shown(held))
    conflicts: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            base = {**held, **_columns_of(base_of(MeansForm, request.POST, []))}
            save_fresh(
                means, subject=means.subject, verb="means.changed", base=base, mine=form.columns, by=ws.user
            )
            messages.success(
                request, _("Les règles de « %(name)s » sont enregistrées.") % {"name": means.name}
            )
            return redirect("espace_one_means", slug, pk)
        except StaleWriteError as error:
            conflicts = error.facts["conflicts"]
            for name in conflicts:
                form.add_error(name, _theirs(means, name))
            means.refresh_from_db()
            held = {name: getattr(means, name) for name in COLUMNS}
        except DomainError as error:
            refused(form, error)
    status = 409 if conflicts else 422 if form.errors else 200
    return _rules_page(request, ws, means, form=form, held=held, status=status)


def _rules_page(  # noqa: PLR0913 - keyword-only: what was typed and refused
    request: HttpRequest,
    ws: Workspace,
    means: Means,
    *,
    form: MeansForm | None = None,
    held: Mapping[str, Any] | None = None,
    tariff: TariffForm | None = None,
    end: EndForm | None = None,
    status: int = 200,
) -> HttpResponseBase:
    held = held or {name: getattr(means, name) for name in COLUMNS}
    form = form or MeansForm([], initial=_shown(held))
    context = {
        "means": means,
        "form": form,
        "bases": bases(form, _shown(held)),
        "tariff": tariff or TariffForm(),
        "end": end or EndForm(initial={"on": ws.today}),
        "tariffs": Tariff.objects.filter(means=means).order_by("who", "unit", "valid_from"),
    }
    return show(request, ws, "means/rules.html", context, status=status)


@require_POST
def price(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Give a price from a day on, or end one (``fin=<id>``)."""
    ws = enter(request, slug)
    means = find(ws, pk)
    require_keeps(ws, means, verb="means.price")
    require_living(ws, verb="means.price")
    form = TariffForm(request.POST)
    try:
        if ended := request.POST.get("fin"):
            row = Tariff.objects.filter(means=means, pk=int(ended) if ended.isdecimal() else 0).first()
            if row is None:
                raise DomainError("unknown_tariff", _("Ce prix n'existe plus."), status=404)
            bookings.end_tariff(row, on=ws.today, by=ws.user)
            messages.success(request, _("Ce prix n'est plus demandé à partir d'aujourd'hui."))
            return redirect("espace_means_rules", slug, pk)
        if form.is_valid():
            since = form.cleaned_data["since"]
            bookings.set_tariff(means, form.tariff, since=since, by=ws.user)
            messages.success(
                request, _("Le prix est enregistré ; les réservations déjà prises gardent le leur.")
            )
            return redirect("espace_means_rules", slug, pk)
    except DomainError as error:
        if error.status == 404 or request.POST.get("fin"):
            raise
        refused(form, error)
    return _rules_page(request, ws, means, tariff=form, status=422)


@require_POST
def end(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Share a means no more after a day."""
    ws = enter(request, slug)
    means = find(ws, pk)
    require_keeps(ws, means, verb="means.end")
    form = EndForm(request.POST)
    if form.is_valid():
        try:
            bookings.end(means, on=form.cleaned_data["on"], reason=form.cleaned_data["reason"], by=ws.user)
            messages.success(
                request, _("« %(name)s » ne sera plus partagé après ce jour.") % {"name": means.name}
            )
            return redirect("espace_means", slug)
        except DomainError as error:
            refused(form, error)
    return _rules_page(request, ws, means, end=form, status=422)


@require_POST
def aside(request: HttpRequest, slug: str, pk: UUID, booking: UUID) -> HttpResponseBase:
    """Try again to write in the ledger what it refused, or leave it out with a reason."""
    ws = enter(request, slug, run=True, verb="booking.settle")
    means = find(ws, pk)
    row = settling.set_aside(ws.pole).filter(means=means, pk=booking).first()
    if row is None:
        raise DomainError("not_aside", _("Cet usage n'est plus mis de côté."), status=409)
    try:
        if request.POST.get("faire") == "laisser":
            settling.forgo(row, reason=request.POST.get("reason", ""), by=ws.user)
            messages.success(request, _("Cet usage n'est pas porté au livre."))
        else:
            settling.try_again(row, by=ws.user)
            messages.success(request, _("Cet usage est porté au livre."))
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect("espace_means", slug)


def _shown(held: Mapping[str, Any]) -> dict[str, Any]:
    """Zero is no limit: it is shown as an empty field."""
    return {
        name: None if value == 0 and name in {"longest", "notice_hours", "ahead_days"} else value
        for name, value in held.items()
    }


def _columns_of(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: cleaned[name] for name in COLUMNS if name in cleaned}
    for name in ("longest", "notice_hours", "ahead_days"):
        if name in found:
            found[name] = found[name] or 0
    return found


def _theirs(means: Means, name: str) -> str:
    """Say what somebody else wrote meanwhile in a field."""
    value = getattr(Means.objects.get(pk=means.pk), name)
    if isinstance(value, bool):
        value = _("oui") if value else _("non")
    said = _("rien") if value in (None, "") else str(value)
    words = _("Quelqu'un a écrit entre-temps : %(theirs)s. Gardez votre valeur, ou reprenez la sienne.")
    return words % {"theirs": said}
