"""Costs that members share: the parts read before they are kept, the statement of each, the piece."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from terreau.actors.models import Actor
from terreau.common.errors import DomainError, NotFoundError
from terreau.common.money import Euro
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.design.numbers import grouped
from terreau.means import splits
from terreau.means.fields import hours_said
from terreau.means.forms import ReasonForm, WhyForm
from terreau.means.forms_costs import CostForm, PieceForm
from terreau.means.models import Means, Share, Split
from terreau.means.pages import one_of, people_of, require_living
from terreau.pieces import store
from terreau.pieces.models import Piece
from terreau.poles.workspace import Workspace, enter, refused, require_run, show

#: A file that is saved: even opened by mistake it runs nothing.
_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The costs that were shared, and what each member owes and paid over a year."""
    ws = enter(request, slug)
    year = asked_year(request, ws.today.year)
    first, last = date(year, 1, 1), date(year, 12, 31)
    found = splits.balances(ws.pole, first, last)
    columns = [
        Column(_("Organisation"), lambda row: row.actor.name),
        Column(_("Ses parts, en euros"), lambda row: Euro(row.owed), "number"),
        Column(_("Ce qu'elle a payé, en euros"), lambda row: Euro(row.paid), "number"),
        Column(_("Solde, en euros"), lambda row: Euro(row.net), "number"),
    ]
    if made := export_response(request, found, columns, f"couts-{year}", title=_("Coûts partagés")):
        return made
    rows = Split.objects.filter(pole=ws.pole, period_to__year=year).select_related("paid_by", "means")
    context = {
        "rows": [(row, Euro(row.cents)) for row in rows.order_by("-period_to", "-pk")],
        "balances": [(one, Euro(one.owed), Euro(one.paid), Euro(one.net)) for one in found],
        "total": Euro(sum(one.owed for one in found)),
        "year": year,
        "years": years_of(ws, year),
    }
    return show(request, ws, "means/costs.html", context)


def asked_year(request: HttpRequest, default: int) -> int:
    """Return ``?annee=``; one that cannot be a year is said (422)."""
    text = request.GET.get("annee", "")
    if not text:
        return default
    if not text.isdecimal() or not 1990 <= int(text) <= 2200:
        raise DomainError("not_a_year", _("Une année s'écrit en quatre chiffres : 2026."))
    return int(text)


def years_of(ws: Workspace, year: int) -> list[int]:
    """Return the years that have costs, this one and the one that is shown."""
    held = {day.year for day in Split.objects.filter(pole=ws.pole).dates("period_to", "year")}
    return sorted({*held, ws.today.year, year}, reverse=True)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Say the cost and the key, read the parts, keep them: for who animates the pole."""
    ws = enter(request, slug, run=True, verb="cost.share")
    actors, shared = people_of(ws), list(Means.objects.filter(pole=ws.pole).order_by("name", "pk"))
    form = CostForm(
        actors, shared, request.POST if request.method == "POST" else None, initial=_initial(request, ws)
    )
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, ws, form, status=422 if form.errors else 200)
    asked = _asked(form, shared)
    try:
        parts = splits.foresee(asked)
        if request.POST.get("etape") == "garder":
            row = splits.share_cost(
                ws.pole,
                label=asked.label,
                cost=asked.cost,
                first=asked.first,
                last=asked.last,
                key=asked.key,
                means=asked.means,
                agreed=asked.agreed,
                paid_by=one_of(actors, form.cleaned_data["paid_by"]),
                seen=request.POST.get("vu", "-"),
                by=ws.user,
            )
            messages.success(request, _("Le coût est partagé, au centime."))
            return redirect("espace_cost", slug, row.pk)
    except DomainError as error:
        refused(form, error, {"agreed": "key"})
        again = splits.foresee(asked) if error.code == "parts_changed" else []
        return _form_page(request, ws, form, parts=again, status=error.status)
    return _form_page(request, ws, form, parts=parts)


def _asked(form: CostForm, shared: list[Means]) -> splits.Cost:
    values = form.cleaned_data
    return splits.Cost(
        label=values["label"],
        cost=values["cents"],
        first=values["first"],
        last=values["last"],
        key=values["key"],
        means=next((one for one in shared if str(one.pk) == values["means"]), None),
        agreed=form.agreed,
    )


def _initial(request: HttpRequest, ws: Workspace) -> dict[str, Any]:
    month = ws.today.replace(day=1)
    found: dict[str, Any] = {"first": month, "last": ws.today, "key": Split.Key.AGREED}
    if means := request.GET.get("moyen"):
        found["means"] = means
        found["key"] = Split.Key.USE
    return found


def _form_page(
    request: HttpRequest,
    ws: Workspace,
    form: CostForm,
    *,
    parts: list[splits.Part] | None = None,
    status: int = 200,
) -> HttpResponse:
    known = _parts_of(request, ws) if not form.is_bound else {}
    names = {one.pk: one for one in form.actors}
    others = Actor.objects.filter(pk__in=[part.actor for part in parts or [] if part.actor not in names])
    names |= {one.pk: one for one in others}
    key = form["key"].value()
    lines = [
        (names[part.actor], weight_said(str(key), part.weight), Euro(part.cents)) for part in parts or []
    ]
    context = {
        "form": form,
        "parts": form.typed_parts(known),
        "known": bool(known),
        "lines": sorted(lines, key=lambda line: line[0].sort_key),
        "total": Euro(sum(part.cents for part in parts or [])),
        "seen": splits.digest_of(parts) if parts else "",
        "before": Split.objects.filter(pole=ws.pole, key=Split.Key.AGREED).order_by("-at")[:5],
    }
    return show(request, ws, "means/cost_new.html", context, status=status)


def _parts_of(request: HttpRequest, ws: Workspace) -> dict[UUID, int]:
    """Return the parts of a former split (``?parts=``), to take them again."""
    try:
        asked = UUID(request.GET.get("parts", ""))
    except ValueError:
        return {}
    rows = Share.objects.filter(split=asked, split__pole=ws.pole, split__key=Split.Key.AGREED)
    return dict(rows.values_list("actor", "weight"))


def weight_said(key: str, weight: int) -> str:
    """Return a weight in the unit of its key: hours, square metres in days, persons in days, parts."""
    if key == Split.Key.USE:
        return hours_said(weight)
    if key == Split.Key.SURFACE:
        return _("%(number)s m² × jours") % {"number": grouped(weight // 100, get_language() or "fr")}
    if key == Split.Key.HEADCOUNT:
        return _("%(number)d personnes × jours") % {"number": weight}
    return ngettext("%(number)d part", "%(number)d parts", weight) % {"number": weight}


def _find(ws: Workspace, pk: UUID) -> Split:
    rows = Split.objects.select_related("paid_by", "means", "piece__blob", "by", "pole__actor__subject")
    found = rows.filter(pole=ws.pole, pk=pk).first()
    if found is None:
        raise NotFoundError("unknown_cost", _("Ce partage n'existe pas dans ce pôle."))
    return found


@require_safe
def one(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """A cost: its key, the part of each and why, its piece; for who animates, taking it back."""
    ws = enter(request, slug)
    return _one_page(request, ws, _find(ws, pk))


def _one_page(  # noqa: PLR0913 - keyword-only: what was typed and refused
    request: HttpRequest,
    ws: Workspace,
    split: Split,
    *,
    reason: ReasonForm | None = None,
    piece: PieceForm | None = None,
    status: int = 200,
) -> HttpResponseBase:
    shares = list(Share.objects.filter(split=split).select_related("actor").order_by("actor__sort_key", "pk"))
    columns = [
        Column(_("Organisation"), lambda row: row.actor.name),
        Column(_("Poids dans la clé"), lambda row: row.weight, "integer"),
        Column(_("Part en euros"), lambda row: Euro(row.cents), "number"),
    ]
    if made := export_response(request, shares, columns, "parts", title=split.label):
        return made
    context = {
        "split": split,
        "amount": Euro(split.cents),
        "shares": [(row, weight_said(split.key, row.weight), Euro(row.cents)) for row in shares],
        "reason": reason or WhyForm(),
        "piece_form": piece or PieceForm(),
    }
    return show(request, ws, "means/cost.html", context, status=status)


@require_POST
def undo(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Take a split back, with a reason: it stays readable and weighs on nobody."""
    ws = enter(request, slug)
    split = _find(ws, pk)
    require_run(ws, verb="cost.unshare")
    form = WhyForm(request.POST)
    if form.is_valid():
        try:
            splits.undo(split, reason=form.cleaned_data["reason"], by=ws.user)
            messages.success(request, _("Le partage est repris : il ne pèse plus sur personne."))
            return redirect("espace_cost", slug, pk)
        except DomainError as error:
            refused(form, error)
            return _one_page(request, ws, _find(ws, pk), reason=form, status=error.status)
    return _one_page(request, ws, split, reason=form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def piece(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """The invoice of a cost: saved by the people of the pole, joined by who animates it."""
    ws = enter(request, slug)
    split = _find(ws, pk)
    if request.method != "POST":
        return _sent(split)
    require_run(ws, verb="cost.witness")
    require_living(ws, verb="cost.witness")
    form = PieceForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            splits.bear_witness(split, file, file.name, by=ws.user)
            messages.success(request, _("La pièce est jointe."))
            return redirect("espace_cost", slug, pk)
        except DomainError as error:
            form.add_error("file", str(error.message))
            return _one_page(request, ws, split, piece=form, status=error.status)
    return _one_page(request, ws, split, piece=form, status=422)


def _sent(split: Split) -> FileResponse:
    found = split.piece
    if found is None:
        raise NotFoundError("no_piece", _("Ce coût n'a pas de pièce."))
    if found.state != Piece.State.CLEAN:
        words = _("Cette pièce attend l'analyse de l'antivirus, ou l'antivirus l'a refusée.")
        raise DomainError("piece_not_ready", words, status=423)
    try:
        stream = store.open_blob(found.blob)
    except FileNotFoundError as error:
        words = _("Le contenu de cette pièce manque sur le serveur. Prévenez l'équipe du site.")
        raise DomainError("piece_lost", words, status=410) from error
    response = FileResponse(
        stream, as_attachment=True, filename=found.name, content_type=found.blob.media_type
    )
    response["Content-Security-Policy"] = _POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
def statement(request: HttpRequest, slug: str, actor: UUID) -> HttpResponseBase:
    """What one organisation owes and paid of the costs of a year, line by line."""
    ws = enter(request, slug)
    year = asked_year(request, ws.today.year)
    who = Actor.objects.filter(pk=actor).first()
    rows = Split.objects.filter(pole=ws.pole, undone_at=None, period_to__year=year)
    rows = rows.filter(Q(shares__actor=actor) | Q(paid_by=actor)).distinct()
    lines = list(rows.select_related("paid_by").order_by("period_to", "pk"))
    owed = dict(Share.objects.filter(split__in=lines, actor=actor).values_list("split", "cents"))
    if who is None or (not lines and who not in people_of(ws)):
        raise NotFoundError("unknown_party", _("Cette organisation n'a pas de compte dans ce pôle."))
    table = [(row, owed.get(row.pk, 0), row.cents if row.paid_by_id == who.pk else 0) for row in lines]
    columns = [
        Column(_("Coût"), lambda line: line[0].label),
        Column(_("À compter du"), lambda line: line[0].period_from, "date"),
        Column(_("Jusqu'au, compris"), lambda line: line[0].period_to, "date"),
        Column(_("Clé"), lambda line: line[0].get_key_display()),
        Column(_("Sa part, en euros"), lambda line: Euro(line[1]), "number"),
        Column(_("Ce qu'elle a payé, en euros"), lambda line: Euro(line[2]), "number"),
    ]
    if made := export_response(request, table, columns, f"releve-{year}", title=who.name):
        return made
    context = {
        "actor": who,
        "year": year,
        "years": years_of(ws, year),
        "lines": [(row, Euro(part), Euro(paid)) for row, part, paid in table],
        "owed": Euro(sum(line[1] for line in table)),
        "paid": Euro(sum(line[2] for line in table)),
        "net": Euro(sum(line[2] - line[1] for line in table)),
    }
    return show(request, ws, "means/statement.html", context)
