"""Who may audit the books, and what an auditor reads: all of the accounts, nothing else, no writing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from terreau.accounts.second_factor import sensitive
from terreau.actors.models import Actor
from terreau.billing.models import Invoice
from terreau.bookkeeping import accounts, audits, checks, gift_document, gifts, said
from terreau.bookkeeping.pages import DayField, asked_year, last_first, span
from terreau.bookkeeping.views_accounts import COLUMNS, FINDINGS, findings, tables
from terreau.common.errors import DomainError, NotFoundError, RefusedError
from terreau.common.money import Euro
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.design.forms import BaseForm
from terreau.flows import read
from terreau.flows.models import Closing, Flow, Nature
from terreau.pieces import store
from terreau.pieces.models import Piece
from terreau.poles.book import between_two
from terreau.poles.workspace import enter, refused, show

#: A file that is saved: even opened by mistake it runs nothing.
_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


class PassForm(BaseForm):
    """To whom, for what, from when to when."""

    email = forms.EmailField(
        label=gettext_lazy("Adresse électronique"),
        help_text=gettext_lazy("Celle de son compte ici. Il lui faudra un second facteur."),
    )
    purpose = forms.CharField(
        label=gettext_lazy("Pour quoi"),
        max_length=200,
        help_text=gettext_lazy("« Vérification des comptes 2025 par le commissaire »."),
    )
    since = DayField(label=gettext_lazy("À compter du"))
    until = DayField(label=gettext_lazy("Jusqu'au"))


@require_http_methods(["GET", "HEAD", "POST"])
def passes(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The passes of a pole and who read what; POST gives one. For who animates the pole."""
    enter(request, slug, run=True, verb="audit.give")
    return _give(request, slug) if request.method == "POST" else _passes(request, slug)


@sensitive
def _give(request: HttpRequest, slug: str) -> HttpResponseBase:
    return _passes(request, slug)


def _passes(request: HttpRequest, slug: str) -> HttpResponseBase:
    ws = enter(request, slug, run=True, verb="audit.give")
    initial = {"since": ws.today, "until": ws.today + timedelta(days=30)}
    form = PassForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            audits.give(
                ws,
                email=typed["email"],
                purpose=typed["purpose"],
                since=typed["since"],
                until=typed["until"],
            )
        except DomainError as error:
            if error.status in {403, 404}:
                raise
            refused(form, error)
        else:
            messages.success(request, _("L'accès est donné à %(email)s.") % {"email": typed["email"]})
            return redirect("espace_auditors", slug)
    rows = [(row, audits.runs(row, ws.today)) for row in audits.of_pole(ws.pole)]
    context = {"form": form, "rows": rows, "readings": audits.readings(ws.pole)}
    return show(request, ws, "bookkeeping/passes.html", context, status=422 if form.errors else 200)


@require_POST
def end(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """End a pass at once."""
    ws = enter(request, slug, run=True, verb="audit.end")
    audits.end(ws, pk)
    messages.success(request, _("L'accès est retiré."))
    return redirect("espace_auditors", slug)


def _enter(request: HttpRequest, slug: str, *, page: str) -> audits.Reader:
    """Let an auditor pass; who lacks only a second factor is led to take one."""
    try:
        return audits.enter(request.user, slug, page=page)
    except RefusedError:
        request.second_factor_needed = True  # type: ignore[attr-defined]
        raise


def _shown(
    request: HttpRequest, reader: audits.Reader, template: str, context: dict[str, Any]
) -> HttpResponse:
    here = (request.resolver_match.url_name if request.resolver_match else "") or ""
    tabs = [(name, label, name == here) for name, label in _TABS]
    whole = {"reader": reader, "pole": reader.pole, "given": reader.given, "tabs": tabs, **context}
    response = render(request, template, whole)
    add_never_cache_headers(response)
    return response


_TABS = (
    ("pole_audit", gettext_lazy("Vérifications")),
    ("pole_audit_book", gettext_lazy("Lignes du livre")),
    ("pole_audit_statements", gettext_lazy("Relevé de chacun")),
    ("pole_audit_accounts", gettext_lazy("Comptes par nature")),
    ("pole_audit_gifts", gettext_lazy("Contributions volontaires")),
    ("pole_audit_invoices", gettext_lazy("Factures")),
)


def _year(request: HttpRequest, pole: Any) -> tuple[int, list[int]]:
    held = sorted({day.year for day in Flow.objects.filter(book=pole.pk).order_by().dates("on", "year")})
    year = asked_year(request, held[-1] if held else timezone.localdate().year)
    return year, sorted({*held, year}, reverse=True)


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What an auditor reads first: the checks, the closings, where the rest is."""
    reader = _enter(request, slug, page="checks")
    found = checks.run(reader.pole, today=timezone.localdate())
    if sent := export_response(request, findings(found), FINDINGS, "verifications"):
        return sent
    closings = Closing.objects.filter(book=reader.pole.pk).select_related("by").order_by("-to")
    context = {"found": found, "sound": checks.whole(found), "closings": closings}
    return _shown(request, reader, "bookkeeping/audit.html", context)


LINES: list[Column] = [
    Column(gettext_lazy("Numéro"), lambda one: one.rank, "integer"),
    Column(gettext_lazy("Jour"), lambda one: one.on, "date"),
    Column(gettext_lazy("Nature"), lambda one: one.get_nature_display()),
    Column(gettext_lazy("Qui donne"), lambda one: one.giver.name),
    Column(gettext_lazy("Qui reçoit"), lambda one: one.receiver.name),
    Column(gettext_lazy("Libellé"), lambda one: one.label),
    Column(gettext_lazy("Quantité"), lambda one: one.quantity, "number"),
    Column(gettext_lazy("Unité"), lambda one: str(said.UNITS.get(one.unit, ""))),
    Column(gettext_lazy("Valeur en euros"), lambda one: one.euro, "number"),
    Column(gettext_lazy("Méthode de valorisation"), lambda one: one.get_method_display()),
    Column(gettext_lazy("Pièce"), lambda one: one.piece.name if one.piece else ""),
    Column(gettext_lazy("État"), lambda one: one.get_status_display()),
    Column(
        gettext_lazy("Corrige le numéro"), lambda one: one.reverses.rank if one.reverses else None, "integer"
    ),
    Column(gettext_lazy("Motif de la correction"), lambda one: one.reason),
    Column(gettext_lazy("Enregistré le"), lambda one: one.recorded_at.date(), "date"),
]


@require_safe
def book(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The lines of the book, the last first."""
    reader = _enter(request, slug, page="book")
    year, years = _year(request, reader.pole)
    rows = Flow.objects.filter(book=reader.pole.pk, on__range=span(year)).exclude(between_two())
    rows = rows.select_related("giver", "receiver", "piece", "reverses")
    if sent := export_response(request, rows.order_by("rank").iterator(1000), LINES, f"livre-{year}"):
        return sent
    page = last_first(rows, request.GET.get("cursor"))
    codes = accounts.of_lines(reader.pole, [flow.pk for flow in page.rows])
    context = {
        "year": year,
        "years": years,
        "page": page,
        "lines": [(flow, codes.get(flow.pk, "")) for flow in page.rows],
    }
    return _shown(request, reader, "bookkeeping/audit_book.html", context)


@require_safe
def statements(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What each party gave and received, by nature."""
    reader = _enter(request, slug, page="statements")
    year, years = _year(request, reader.pole)
    first, last = span(year)
    found = read.reconcile(reader.pole.actor, first=first, last=last, but=between_two())
    names = dict(Actor.objects.filter(pk__in=found.statements).values_list("pk", "name"))
    rows = sorted(
        (
            (names.get(party, ""), str(Nature(nature).label), unit, given, received)
            for party, one in found.statements.items()
            for nature, unit in sorted({*one.given, *one.received})
            for given, received in ((one.given.get((nature, unit)), one.received.get((nature, unit))),)
        ),
        key=lambda row: (row[0].casefold(), row[1], row[2]),
    )
    columns: list[Column] = [
        Column(_("Organisation"), lambda row: row[0]),
        Column(_("Nature"), lambda row: row[1]),
        Column(_("Unité"), lambda row: str(said.UNITS.get(row[2], ""))),
        Column(_("Valeur donnée en euros"), lambda row: Euro(row[3].cents) if row[3] else None, "number"),
        Column(_("Valeur reçue en euros"), lambda row: Euro(row[4].cents) if row[4] else None, "number"),
    ]
    if sent := export_response(request, rows, columns, f"releves-{year}"):
        return sent
    context = {"year": year, "years": years, "rows": rows, "agrees": found.agrees}
    return _shown(request, reader, "bookkeeping/audit_statements.html", context)


@require_safe
def balance(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The balance by account."""
    reader = _enter(request, slug, page="accounts")
    year, years = _year(request, reader.pole)
    rows = accounts.balances(reader.pole, *span(year))
    if sent := export_response(request, rows, COLUMNS, f"comptes-{year}"):
        return sent
    return _shown(
        request, reader, "bookkeeping/audit_accounts.html", {"year": year, "years": years, **tables(rows)}
    )


@require_safe
def contributions(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The statement of voluntary contributions."""
    reader = _enter(request, slug, page="gifts")
    year, years = _year(request, reader.pole)
    found = gifts.read(reader.pole, *span(year))
    rows = gift_document.rows(found, gifts.names_of(found))
    columns: list[Column] = [
        Column(_("Organisation"), lambda one: one.name),
        Column(_("Nature du don"), lambda one: str(said.WHATS[one.what])),
        Column(_("Compte d'emploi"), lambda one: one.use),
        Column(_("Compte de ressource"), lambda one: one.resource),
        Column(_("Quantités"), lambda one: said.quantities(one.sum.quantities)),
        Column(_("Valeur en euros"), lambda one: Euro(one.sum.cents), "number"),
    ]
    if sent := export_response(request, rows, columns, f"contributions-{year}"):
        return sent
    context = {"year": year, "years": years, "rows": rows, "made": found.statement}
    return _shown(request, reader, "bookkeeping/audit_gifts.html", context)


@require_safe
def invoices(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The invoices of the pole that were issued, or cancelled."""
    reader = _enter(request, slug, page="invoices")
    year, years = _year(request, reader.pole)
    rows = Invoice.objects.filter(pole=reader.pole, on__range=span(year)).exclude(state=Invoice.State.DRAFT)
    rows = rows.select_related("seller", "buyer").order_by("number")
    columns: list[Column] = [
        Column(_("Référence"), lambda one: one.number, "integer"),
        Column(_("Numéro légal"), lambda one: one.legal_number),
        Column(_("Jour"), lambda one: one.on, "date"),
        Column(_("Qui vend"), lambda one: one.seller.name),
        Column(_("Qui achète"), lambda one: one.buyer.name),
        Column(_("Libellé"), lambda one: one.label),
        Column(_("Montant TTC, en euros"), lambda one: Euro(one.gross_cents), "number"),
        Column(_("État"), lambda one: one.get_state_display()),
    ]
    if sent := export_response(request, rows.iterator(1000), columns, f"factures-{year}"):
        return sent
    return _shown(
        request, reader, "bookkeeping/audit_invoices.html", {"year": year, "years": years, "rows": rows[:500]}
    )


@require_safe
def piece(request: HttpRequest, slug: str, rank: int) -> HttpResponseBase:
    """The piece that bears witness of a line, to be saved."""
    reader = _enter(request, slug, page=f"piece {rank}")
    flow = (
        Flow.objects.filter(book=reader.pole.pk, rank=rank)
        .exclude(between_two())
        .select_related("piece__blob")
        .first()
    )
    held = flow.piece if flow else None
    if held is None or held.state != Piece.State.CLEAN:
        raise NotFoundError("unknown_piece", _("Cette ligne n'a pas de pièce à lire."))
    try:
        stream = store.open_blob(held.blob)
    except FileNotFoundError as error:
        words = _("Le contenu de cette pièce manque sur le serveur. Prévenez l'équipe du site.")
        raise DomainError("piece_lost", words, status=410) from error
    response = FileResponse(stream, as_attachment=True, filename=held.name, content_type=held.blob.media_type)
    response["Content-Security-Policy"] = _POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
