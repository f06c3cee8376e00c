"""What circulates between members: drawn by unit, in a table, with the loops it makes (R-28)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from terreau.actors.models import Actor
from terreau.common.errors import DomainError, NotFoundError, StaleWriteError
from terreau.cooperations import drawing, forms, listing, materials, perms, words
from terreau.cooperations.forms import actors_of
from terreau.cooperations.models import Cooperation, Stream, StreamMove, Volume
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.design.numbers import with_unit
from terreau.poles.workspace import Workspace, enter, refused, show

COLUMNS = (
    Column(gettext_lazy("Ce qui circule"), lambda one: one["row"].label),
    Column(gettext_lazy("Nature"), lambda one: one["row"].get_kind_display()),
    Column(gettext_lazy("Qui donne"), lambda one: one["row"].giver.name),
    Column(gettext_lazy("Qui reçoit"), lambda one: one["row"].receiver.name),
    Column(gettext_lazy("Quantité de l'année"), lambda one: one["moved"].quantity, "number"),
    Column(gettext_lazy("Unité"), lambda one: one["row"].get_unit_display()),
    Column(gettext_lazy("Année"), lambda one: one["year"], "integer"),
    Column(gettext_lazy("Provenance"), lambda one: one["moved"].provenance),
)


@require_safe
def streams(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What circulates in a year, drawn and in a table; the loops that it makes."""
    ws = enter(request, slug)
    rows = list(materials.of_pole(ws.pole))
    years = materials.years(ws.pole, ws.today)
    year = _year(request, years)
    moved = materials.moved(rows, year)
    lines = [{"row": row, "moved": moved[row.pk], "year": year} for row in rows]
    if made := export_response(request, lines, COLUMNS, "matieres", title=_("Flux de matières")):
        return made
    names = {end.pk.hex: end.name for row in rows for end in (row.giver, row.receiver)}
    context = {
        "lines": lines,
        "years": years,
        "year": year,
        "drawings": _drawn(rows, moved),
        "loops": [sorted(names[pk] for pk in loop) for loop in materials.loops(rows, ws.today)],
        "kinds": [(label, drawing.kind_colour(code)) for code, label in Stream.Kind.choices],
        "may_begin": perms.can_begin(ws).ok,
    }
    return show(request, ws, "cooperations/streams.html", context)


def _year(request: HttpRequest, years: Sequence[int]) -> int:
    typed = request.GET.get("annee", "")
    return int(typed) if typed.isdecimal() and len(typed) == 4 and int(typed) in years else years[0]


def _drawn(rows: Sequence[Stream], moved: Mapping[UUID, materials.Moved]) -> list[tuple[str, SafeString]]:
    found = []
    for unit, group in materials.by_unit(rows, moved).items():
        label = str(Stream.Unit(unit).label)
        parts = [
            drawing.Ribbon(one.giver.name, one.receiver.name, one.kind, moved[one.pk].thousandths or 0, said)
            for one in group
            for said in [_said(one, moved[one.pk])]
        ]
        alt = _("Ce qui circule, en %(unit)s : %(said)s.") % {
            "unit": label,
            "said": " ; ".join(part.said for part in parts),
        }
        found.append((label, drawing.ribbons(parts, alt)))
    return found


def _said(one: Stream, moved: materials.Moved) -> str:
    figure = with_unit(moved.quantity or 0, str(one.get_unit_display()), words.language())
    return f"{one.giver.name} → {one.receiver.name} : {one.label}, {figure}"


@require_http_methods(["GET", "HEAD", "POST"])
def describe(request: HttpRequest, slug: str) -> HttpResponse:
    """A new stream: who animates writes any, a member those of its own organisation."""
    ws = enter(request, slug)
    living = Cooperation.objects.filter(pole=ws.pole, valid_to=None).order_by("title", "pk")
    first = listing.identifier(request.GET.get("cooperation", ""))
    form = forms.StreamForm(
        request.POST or None,
        ws=ws,
        actors=actors_of(ws.pole, ws.today),
        cooperations=[(str(pk), title) for pk, title in living.values_list("pk", "title")],
        initial={"cooperation": str(UUID(first)) if first else ""},
    )
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        ends = Actor.objects.in_bulk([UUID(typed["giver"]), UUID(typed["receiver"])])
        giver, receiver = ends[UUID(typed["giver"])], ends[UUID(typed["receiver"])]
        perms.require(ws, perms.can_write(ws, [giver.pk, receiver.pk]), verb="stream.write")
        try:
            row = materials.describe(
                ws.pole,
                giver,
                receiver,
                kind=typed["kind"],
                label=typed["label"],
                unit=typed["unit"],
                by=ws.user,
                cooperation=Cooperation.objects.filter(pole=ws.pole, pk=typed["cooperation"] or None).first(),
                since=typed["valid_from"],
                public=typed.get("public", False),
            )
        except DomainError as error:
            refused(form, error)
        else:
            return redirect("espace_stream", slug, row.pk)
    return show(request, ws, "cooperations/describe.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def stream(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """One stream: its years as declared, its dated deliveries, what may change."""
    ws = enter(request, slug)
    row = materials.of_pole(ws.pole).select_related("pole__actor__subject").filter(pk=pk).first()
    if row is None:
        raise NotFoundError("unknown_stream", _("Ce flux n'existe pas dans ce pôle."))
    allowed = perms.can_write(ws, [row.giver_id, row.receiver_id])
    values = {name: getattr(row, name) for name in ("label", "kind", "valid_from", "valid_to", "public")}
    acts: dict[str, Any] = {
        "declare": forms.VolumeForm(prefix="declare", initial={"year": ws.today.year}),
        "deliver": forms.DeliveryForm(prefix="deliver", initial={"on": ws.today}),
        "change": forms.StreamChangeForm(prefix="change", ws=ws, initial=values),
    }
    if request.method == "POST":
        perms.require(ws, allowed, verb="stream.write")
        if _done(ws, row, request, acts):
            return redirect("espace_stream", slug, pk)
    status = 422 if any(form.errors for form in acts.values()) else 200
    volumes = list(Volume.objects.filter(stream=row).select_related("by").order_by("-year", "-id"))
    moves = (
        StreamMove.objects.filter(stream=row).select_related("flow__reversed_by").order_by("-flow__on", "-id")
    )
    context = {
        "row": row,
        "writes": allowed.ok,
        "acts": acts,
        "base": [(f"base-{name}", _typed(getattr(row, name))) for name in values],
        "volumes": _current(volumes),
        "moves": list(moves[:200]),
        "dated": row.unit in materials.IN_LEDGER,
    }
    return show(request, ws, "cooperations/stream.html", context, status=status)


def _current(volumes: Sequence[Volume]) -> list[tuple[Volume, bool, Decimal]]:
    """Return the declarations, the latest first, whether each stands, and its quantity."""
    seen: set[int] = set()
    found = []
    for one in volumes:
        found.append((one, one.year not in seen, Decimal(one.thousandths) / 1000))
        seen.add(one.year)
    return found


def _done(ws: Workspace, row: Stream, request: HttpRequest, acts: dict[str, Any]) -> bool:
    name = request.POST.get("act", "")
    if name not in acts:
        raise DomainError("unknown_act", _("Cette action n'existe pas : rouvrez la page."))
    more = {"ws": ws} if name == "change" else {}
    form = acts[name] = type(acts[name])(request.POST, prefix=name, **more)
    if not form.is_valid():
        return False
    try:
        _act(ws, row, name, form, request)
    except StaleWriteError as error:
        for field, sides in error.facts["conflicts"].items():
            message = _("Quelqu'un vient d'écrire « %(theirs)s » : envoyez de nouveau pour garder le vôtre.")
            form.add_error(field, message % {"theirs": sides["theirs"]})
        row.refresh_from_db(fields=["label", "kind", "valid_from", "valid_to", "public", "version"])
        return False
    except DomainError as error:
        refused(form, error)
        return False
    return True


def _act(ws: Workspace, row: Stream, name: str, form: Any, request: HttpRequest) -> None:
    typed, today, by = form.cleaned_data, ws.today, ws.user
    if name == "declare":
        materials.declare(
            row, typed["year"], typed["quantity"], estimated=typed["estimated"], today=today, by=by
        )
    elif name == "deliver":
        materials.deliver(row, typed["quantity"], on=typed["on"], label=typed["label"], today=today, by=by)
    else:
        seen = {field: request.POST.get(f"base-{field}", "") for field in form.fields}
        before = forms.StreamChangeForm(seen, ws=ws)
        base = before.cleaned_data if before.is_valid() else {field: getattr(row, field) for field in typed}
        materials.change(row, base=base, mine=typed, by=ws.user)


def _typed(value: Any) -> str:
    return "on" if value is True else "" if value in {None, False} else str(value)
