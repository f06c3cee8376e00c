"""Pages of the indicators in the workspace of a pole: what it follows, one of them, its values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from terreau.common.errors import DomainError, NotFoundError, StaleWriteError
from terreau.design.export import export_response
from terreau.indicators import actions, amounts, chart, library
from terreau.indicators.forms import CorrectionForm, IndicatorForm, ValueForm, base_of, shown
from terreau.indicators.models import Indicator, Round, Value
from terreau.indicators.read import Followed, current_values, followed
from terreau.poles.workspace import Workspace, enter, refused, show

COLUMNS: list[Any] = [
    (gettext_lazy("Nom de l'indicateur"), lambda line: line.label),
    (gettext_lazy("Famille"), lambda line: line.row.get_family_display()),
    (gettext_lazy("Bénéficiaires"), lambda line: line.row.get_beneficiaries_display()),
    (gettext_lazy("Unité de mesure"), lambda line: amounts.unit_label(line.row.unit)),
    (gettext_lazy("Période"), lambda line: line.period),
    (gettext_lazy("Dernière valeur"), lambda line: line.last.number if line.last else None),
    (gettext_lazy("Degré de preuve"), lambda line: line.last.get_status_display() if line.last else ""),
    (gettext_lazy("Cible"), lambda line: amounts.typed(line.row.target)),
    (gettext_lazy("Échéance de la cible"), lambda line: line.row.target_on),
    (gettext_lazy("Publié"), lambda line: line.row.public),
]
_VALUES: list[Any] = [
    (gettext_lazy("Période"), lambda line: line.period),
    (gettext_lazy("Valeur mesurée"), lambda line: line.value.number),
    (gettext_lazy("Unité de mesure"), lambda line: amounts.unit_label(line.value.indicator.unit)),
    (gettext_lazy("Degré de preuve"), lambda line: line.value.get_status_display()),
    (gettext_lazy("D'où vient ce chiffre"), lambda line: line.value.how),
    (gettext_lazy("Motif de la correction"), lambda line: line.value.reason),
]


@dataclass(frozen=True, slots=True)
class Line:
    """A value as the table writes it."""

    value: Value
    period: str
    said: str


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What the pole follows, where each stands, and the yearly round to do."""
    ws = enter(request, slug)
    lines = followed(ws.pole, ended=request.GET.get("suivi") == "fini")
    exported = export_response(request, lines, COLUMNS, f"indicateurs-{slug}", title=_("Indicateurs"))
    if exported is not None:
        return exported
    families = [
        (label, [line for line in lines if line.row.family == code])
        for code, label in Indicator.Family.choices
    ]
    rounds = list(Round.objects.filter(pole=ws.pole).order_by("-year")[:10])
    context = {
        "families": [(label, held) for label, held in families if held],
        "lines": lines,
        "ended": request.GET.get("suivi") == "fini",
        "rounds": rounds,
        "year": ws.today.year - 1,
        "done": any(one.year == ws.today.year - 1 and one.closed_at for one in rounds),
    }
    return show(request, ws, "indicators/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The common core and the library of human progress: take what suits the pole."""
    ws = enter(request, slug, run=request.method == "POST", verb="indicator.follow")
    if request.method == "POST":
        made = actions.follow(ws.pole, request.POST.getlist("code"), by=ws.user)
        if made:
            messages.success(request, _("%(count)s indicateurs suivis de plus.") % {"count": len(made)})
            return redirect("espace_indicators", slug)
        messages.info(request, _("Rien n'a été coché, ou tout est déjà suivi."))
    held = set(Indicator.objects.filter(pole=ws.pole).exclude(code="").values_list("code", flat=True))
    shelves = [
        (_("Le socle commun"), [one for one in library.load().values() if one.library == library.CORE]),
        (
            _("Progrès humain et mieux-vivre"),
            [o for o in library.load().values() if o.library == library.WELLBEING],
        ),
    ]
    names = {**dict(Indicator.Family.choices), **dict(Indicator.Beneficiaries.choices)}
    cards = [
        (title, [(one, amounts.unit_label(one.unit), names[one.family], names[one.beneficiaries],
                  one.code in held) for one in rows])
        for title, rows in shelves
    ]  # fmt: skip
    return show(request, ws, "indicators/add.html", {"shelves": cards})


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponseBase:
    """An indicator of the pole's own."""
    ws = enter(request, slug, run=True, verb="indicator.follow")
    form = IndicatorForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create(ws.pole, by=ws.user, **form.cleaned_data)
        except DomainError as error:
            refused(form, error)
        else:
            return redirect("espace_indicator", slug, made.pk)
    status = 422 if form.errors else 200
    return show(request, ws, "indicators/edit.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """An indicator: its chart, its table, and the value of another period."""
    writes = request.method == "POST"
    ws = enter(request, slug, run=writes, verb="indicator.add_value")
    row = _find(ws, pk)
    form = ValueForm(row.unit, request.POST if writes else None, initial=_last_year(ws.today))
    if writes and form.is_valid():
        data = form.cleaned_data
        try:
            actions.add_value(row, data["amount"], first=data["first"], last=data["last"],
                              status=data["status"], how=data["how"], by=ws.user)  # fmt: skip
        except DomainError as error:
            refused(form, error)
        else:
            messages.success(request, _("La valeur est enregistrée."))
            return redirect("espace_indicator", slug, pk)
    values = current_values([row.pk])[row.pk]
    lines = [Line(value, chart.period_said(value), amounts.said(value.amount, row.unit)) for value in values]
    exported = export_response(request, lines, _VALUES, f"indicateur-{slug}", title=row.label)
    if exported is not None:
        return exported
    return _one_page(request, ws, row, form, lines)


def _one_page(
    request: HttpRequest, ws: Workspace, row: Indicator, form: ValueForm, lines: list[Line]
) -> HttpResponse:
    corrected = Value.objects.filter(indicator=row, superseded_by__isnull=False)
    rows = corrected.select_related("superseded_by").order_by("-period_from", "-recorded_at")[:50]
    context = {
        "row": row,
        "label": Followed(row, None).label,
        "known": library.load().get(row.code),
        "chart": chart.svg(row, [line.value for line in lines]),
        "lines": lines[::-1],
        "corrected": [(one, chart.period_said(one), amounts.said(one.amount, row.unit)) for one in rows],
        "form": form,
        "target": amounts.said(row.target, row.unit) if row.target is not None else "",
        "baseline": amounts.said(row.baseline, row.unit) if row.baseline is not None else "",
    }
    return show(request, ws, "indicators/one.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Change an indicator: what somebody else changed meanwhile is kept, or shown to choose."""
    ws = enter(request, slug, run=True, verb="indicator.change")
    row = _find(ws, pk)
    seen = shown(row)
    if request.method != "POST":
        form = IndicatorForm(initial=_initial(row, seen))
        return show(request, ws, "indicators/edit.html", {"form": form, "row": row, "seen": seen.items()})
    form = IndicatorForm(request.POST)
    base = base_of(request.POST)
    if form.is_valid() and base is not None:
        try:
            actions.change(row, base=base, mine=form.cleaned_data, by=ws.user)
        except StaleWriteError as error:
            _conflicts(form, error, seen)
        except DomainError as error:
            refused(form, error)
        else:
            messages.success(request, _("L'indicateur est à jour."))
            return redirect("espace_indicator", slug, pk)
    status = 409 if base is None else 422
    if base is None:
        form.add_error(None, _("Cette page a vieilli : relisez-la, puis enregistrez."))
    context = {"form": form, "row": row, "seen": seen.items()}
    return show(request, ws, "indicators/edit.html", context, status=status)


def _conflicts(form: IndicatorForm, error: StaleWriteError, seen: dict[str, str]) -> None:
    words = _(
        "Quelqu'un a écrit « %(theirs)s » pendant ce temps : gardez votre valeur ou reprenez la sienne."
    )
    for name in error.facts.get("conflicts", {}):
        form.add_error(name if name in form.fields else None, words % {"theirs": seen.get(name, "")})


def _initial(row: Indicator, seen: dict[str, str]) -> dict[str, Any]:
    days = {name: getattr(row, name) for name in ("baseline_on", "target_on", "ended_on")}
    return {**seen, **days, "public": row.public}


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, slug: str, pk: UUID, value: UUID) -> HttpResponseBase:
    """Correct a value, with why; what it was stays readable."""
    ws = enter(request, slug, run=True, verb="indicator.correct_value")
    row = _find(ws, pk)
    held = Value.objects.filter(indicator=row, pk=value).select_related("fact").first()
    if held is None:
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    held.indicator = row
    initial = {"amount": amounts.typed(held.amount), "status": held.status, "how": held.how}
    form = CorrectionForm(row.unit, request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.correct(held, data["amount"], reason=data["reason"], status=data["status"],
                            how=data["how"], by=ws.user)  # fmt: skip
        except DomainError as error:
            refused(form, error)
        else:
            messages.success(request, _("La correction est enregistrée ; l'ancienne valeur reste lisible."))
            return redirect(reverse("espace_indicator", args=[slug, pk]) + "#valeurs")
    context = {
        "form": form,
        "row": row,
        "label": Followed(row, None).label,
        "period": chart.period_said(held),
        "was": amounts.said(held.amount, row.unit),
    }
    return show(request, ws, "indicators/correct.html", context, status=422 if form.errors else 200)


def _find(ws: Workspace, pk: UUID) -> Indicator:
    row = Indicator.objects.filter(pole=ws.pole, pk=pk).first()
    if row is None:
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    row.pole = ws.pole
    return row


def _last_year(today: date) -> dict[str, Any]:
    first, last = actions.year_of(today.year - 1)
    return {"first": first, "last": last}
