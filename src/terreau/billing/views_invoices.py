"""Pages of invoices: what is owed and to whom, one invoice and what settled it, its files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django import forms as django_forms
from django.core.paginator import Paginator
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from terreau.billing import actions, electronic, forms, perms, read, rules, settling, telling, terms
from terreau.billing.models import Invoice, Settlement
from terreau.common.errors import DomainError, NotFoundError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.exchanges.acting import Act, Played, PressForm, new_key, play, refuse
from terreau.poles import book
from terreau.poles.workspace import Workspace, enter, require_run, show

_GET_POST = ["GET", "HEAD", "POST"]
_A_PAGE = 50
_DUE: Final = F("due").asc(nulls_last=True)
OPEN, DRAFTS, ALL = "a-payer", "brouillons", "toutes"
VIEWS: Final = (
    (OPEN, gettext_lazy("À payer")),
    (DRAFTS, gettext_lazy("Brouillons")),
    (ALL, gettext_lazy("Toutes les factures")),
)


@dataclass(frozen=True, slots=True)
class Sums:
    """What is owed in the invoices that the person sees, in cents: to the pole, by it, late."""

    to_pole: int = 0
    by_pole: int = 0
    late: int = 0
    late_count: int = 0
    between: int = 0


@require_http_methods(_GET_POST)
def index(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What is owed: open invoices first; drafts and all of them one click away."""
    ws = enter(request, slug)
    view, kind = request.GET.get("voir", OPEN), request.GET.get("nature", "")
    view = view if view in dict(VIEWS) else OPEN
    kind = kind if kind in Invoice.Kind.values else ""
    typed = request.GET.get("q", "")[:120].replace("\x00", "")
    rows = read.with_left(_chosen(ws, view, kind, typed)).select_related("seller", "buyer", "credits")
    rows = rows.exclude(left_cents=0).order_by(_DUE, "number") if view == OPEN else rows.order_by("-number")
    made = export_response(request, rows, _COLUMNS, f"factures-{ws.slug}", title=_("Factures du pôle"))
    if made is not None:
        return made
    played = play(request, {"numbers": _numbers(ws)}, request.get_full_path())
    if not isinstance(played, Played):
        return played
    page = Paginator(rows, _A_PAGE).get_page(request.GET.get("page"))
    found = read.with_left(perms.visible(ws).filter(state=Invoice.State.ISSUED)).exclude(left_cents=0)
    context = {
        "page": page,
        "rows": [Row(one, ws.today) for one in page.object_list],
        "count": page.paginator.count,
        "view": view,
        "views": VIEWS,
        "kind": kind,
        "kinds": Invoice.Kind.choices,
        "typed": typed,
        "sums": _sums(ws, found),
        "drafts": perms.visible(ws).filter(state=Invoice.State.DRAFT).count(),
        "forms": played,
        "any": bool(page.paginator.count) or perms.visible(ws).exists(),
    }
    return show(request, ws, "billing/invoices.html", context, status=played.status)


@dataclass(frozen=True, slots=True)
class Row:
    """An invoice in a list: what is left, how it stands."""

    invoice: Any
    today: date

    @property
    def late(self) -> int:
        """By how many days it is late."""
        return rules.late_days(self.invoice.due, self.today) if self.invoice.left_cents > 0 else 0

    @property
    def standing(self) -> tuple[str, str]:
        """How it stands in a word, and its tone."""
        return standing(self.invoice, self.invoice.left_cents, self.late)


def standing(invoice: Invoice, left: int, late: int) -> tuple[str, str]:
    """Return how an invoice stands in a word, and the tone of its mark."""
    if invoice.state == Invoice.State.DRAFT:
        return _("brouillon"), "slate"
    if invoice.state == Invoice.State.CANCELLED:
        return _("annulée"), "plain"
    if invoice.is_credit:
        return (_("à rendre"), "ochre") if left else (_("avoir soldé"), "plain")
    if left == 0:
        return _("réglée"), "moss"
    if late:
        return _("en retard"), "clay"
    return (_("réglée en partie"), "ochre") if left < invoice.gross_cents else (_("à payer"), "ochre")


def _chosen(ws: Workspace, view: str, kind: str, typed: str) -> QuerySet[Invoice]:
    rows = perms.visible(ws)
    if view == OPEN:
        rows = rows.filter(state=Invoice.State.ISSUED)
    elif view == DRAFTS:
        rows = rows.filter(state=Invoice.State.DRAFT)
    if kind:
        rows = rows.filter(kind=kind)
    if typed:
        named = Q(label__icontains=typed) | Q(legal_number__icontains=typed)
        named |= Q(seller__name__icontains=typed) | Q(buyer__name__icontains=typed)
        digits = typed.upper().removeprefix("PF-").removeprefix("AV-").lstrip("0")
        if digits.isdecimal() and len(digits) < 9:
            named |= Q(number=int(digits))
        rows = rows.filter(named)
    return rows


def _sums(ws: Workspace, rows: Any) -> Sums:
    own = {ws.pole.pk, *ws.pole.carriers.order_by("pk").values_list("actor", flat=True)}
    to_pole = by_pole = between = late = late_count = 0
    for seller, buyer, due, left in rows.order_by("pk").values_list("seller", "buyer", "due", "left_cents"):
        if seller in own:
            to_pole += left
        elif buyer in own:
            by_pole += left
        else:
            between += left
        if left > 0 and rules.late_days(due, ws.today):
            late, late_count = late + left, late_count + 1
    return Sums(to_pole, by_pole, late, late_count, between)


_COLUMNS = (
    Column(gettext_lazy("Référence"), lambda row: row.number, "integer"),
    Column(gettext_lazy("Numéro légal"), lambda row: row.legal_number),
    Column(gettext_lazy("Nature de la facture"), lambda row: str(row.get_kind_display())),
    Column(gettext_lazy("État de la facture"), lambda row: str(row.get_state_display())),
    Column(gettext_lazy("Qui facture"), lambda row: row.seller.name),
    Column(gettext_lazy("SIREN de qui facture"), lambda row: row.seller.siren),
    Column(gettext_lazy("Qui paie"), lambda row: row.buyer.name),
    Column(gettext_lazy("SIREN de qui paie"), lambda row: row.buyer.siren),
    Column(gettext_lazy("Date de la facture"), lambda row: row.on, "date"),
    Column(gettext_lazy("À payer avant le"), lambda row: row.due, "date"),
    Column(gettext_lazy("Objet de la facture"), lambda row: row.label),
    Column(gettext_lazy("Hors taxe en centimes"), lambda row: row.net_cents, "integer"),
    Column(gettext_lazy("TVA en centimes"), lambda row: row.vat_cents, "integer"),
    Column(gettext_lazy("Toutes taxes en centimes"), lambda row: row.gross_cents, "integer"),
    Column(gettext_lazy("Reste à payer en centimes"), lambda row: row.left_cents, "integer"),
    Column(gettext_lazy("Crédite la facture"), lambda row: row.credits and row.credits.number, "integer"),
)


def _numbers(ws: Workspace) -> Act:
    def do(form: forms.NumbersForm) -> str:
        made = terms.number_many(ws.pole, form.cleaned_data["numbers"], by=ws.user)
        if made.problems:
            words = " ".join(made.problems)
            said = _("Numéros écrits : %(n)d. %(words)s") % {"n": made.written, "words": words}
            raise DomainError("numbers_unread", said, facts={"field": "numbers"})
        return _("Numéros écrits : %(n)d.") % {"n": made.written}

    return Act(lambda: require_run(ws, verb="invoice.number"), forms.NumbersForm, do)


# ------------------------------------------------------------------------------------------------- one draft


@require_http_methods(_GET_POST)
def new(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Write a draft by hand."""
    ws = enter(request, slug, run=True, verb="invoice.draft")
    parties = book.parties(ws.pole, on=ws.today)
    initial = {"on": ws.today, "kind": Invoice.Kind.SERVICE, "seller": str(ws.pole.pk)}
    form = forms.InvoiceForm(parties, request.POST or None, initial=initial)
    if request.method == "POST" and "more" not in request.POST and form.is_valid() and form.payer:
        values = form.cleaned_data
        try:
            row = actions.draft(
                ws.pole,
                kind=values["kind"],
                seller=book.actor(values["seller"]),
                buyer=form.payer,
                on=values["on"],
                due=values["due"],
                label=values["label"],
                lines=form.written,
                by=ws.user,
            )
            return redirect("espace_invoice", slug=slug, number=row.number)
        except DomainError as error:
            refuse(form, error)
    return _form(request, ws, form, {})


@require_http_methods(_GET_POST)
def edit(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Write the lines and dates of a draft again."""
    ws = enter(request, slug)
    row = perms.seen(ws, number)
    require_run(ws, verb="invoice.rewrite")
    if row.state != Invoice.State.DRAFT:
        return redirect("espace_invoice", slug=slug, number=number)
    form = forms.InvoiceForm(
        (), request.POST or None, initial=forms.initial_of(row), lines=actions.lines_of(row), fixed=True
    )
    if request.method == "POST" and "more" not in request.POST and form.is_valid():
        values = form.cleaned_data
        try:
            actions.rewrite(
                row,
                seen=values["seen"] or 0,
                lines=form.written,
                on=values["on"],
                due=values["due"],
                label=values["label"],
                by=ws.user,
            )
            return redirect("espace_invoice", slug=slug, number=number)
        except DomainError as error:
            refuse(form, error)
    return _form(request, ws, form, {"invoice": row})


def _form(
    request: HttpRequest, ws: Workspace, form: forms.InvoiceForm, context: dict[str, Any]
) -> HttpResponse:
    if "more" in request.POST:
        # More lines were asked for: what is typed stays, nothing is judged yet.
        form.errors.clear()
        for one in form.lines:
            one.errors.clear()
        typed: Any = form.data.copy()  # type: ignore[attr-defined]
        typed["rows"] = str(len(form.lines))
        form.data = typed
        status = 200
    else:
        status = 422 if form.errors else 200
    context |= {"form": form, "invoice": context.get("invoice")}
    return show(request, ws, "billing/invoice_form.html", context, status=status)


# ----------------------------------------------------------------------------------------------- one invoice


@require_http_methods(_GET_POST)
def invoice(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """One invoice: its lines, its sums, what settled it; who animates the pole moves it on."""
    ws = enter(request, slug)
    row = perms.seen(ws, number)
    left = read.left(row)
    played = play(request, _acts(ws, row, left), request.path)
    if not isinstance(played, Played):
        return played
    lines = list(row.lines.order_by("rank"))
    payments = list(
        row.settlements.select_related("bank_line__account", "flow", "credit", "reversed_by", "by").order_by(
            "at", "pk"
        )
    )
    word, tone = standing(row, left, rules.late_days(row.due, ws.today) if left > 0 else 0)
    context = {
        "invoice": row,
        "title": electronic.title(row),
        "warning": electronic.warning(row),
        "lines": lines,
        "taxes": electronic.vat_rows(lines),
        "left": left,
        "owed_back": -left,
        "settled": row.gross_cents - left if not row.is_credit else 0,
        "word": word,
        "tone": tone,
        "payments": [(one, _undoable(ws, one)) for one in payments],
        "notes": list(row.credit_notes.order_by("number")),
        "lacks": electronic.lacks(row) if row.state == Invoice.State.ISSUED and ws.runs else [],
        "forms": played,
        "creditable": _creditable(row),
        "cancellable": _cancellable(row, left),
    }
    return show(request, ws, "billing/invoice.html", context, status=played.status)


def _undoable(ws: Workspace, one: Settlement) -> bool:
    done = one.reverses_id is not None or hasattr(one, "reversed_by")
    return ws.runs and not done and one.how != Settlement.How.CREDIT_NOTE


def _creditable(row: Invoice) -> bool:
    if row.state != Invoice.State.ISSUED or row.is_credit:
        return False
    notes = row.credit_notes.exclude(state=Invoice.State.CANCELLED)
    return row.gross_cents + sum(notes.order_by("pk").values_list("gross_cents", flat=True)) > 0


def _cancellable(row: Invoice, left: int) -> bool:
    """Say whether nothing was settled nor credited: a credit note gives back what it had settled."""
    if row.state == Invoice.State.CANCELLED:
        return False
    if row.is_credit:
        return not settling.settled(row)
    return left == row.gross_cents


def _acts(ws: Workspace, row: Invoice, left: int) -> Mapping[str, Act]:
    def act(verb: str, form: Any, do: Callable[[Any], str], **initial: Any) -> Act:
        def make(*args: Any, **kwargs: Any) -> Any:
            return form(*args, initial={**initial, **kwargs.pop("initial", {})}, **kwargs)

        return Act(lambda: require_run(ws, verb=verb), make, do)

    def issue(_form: PressForm) -> str:
        made = actions.issue(row, by=ws.user)
        telling.issued(made, by=ws.user)
        return _("La facture est émise : elle ne change plus.")

    def cancel(form: forms.ReasonForm) -> str:
        actions.cancel(row, reason=form.cleaned_data["reason"], by=ws.user)
        return _("C'est annulé.")

    def credit(form: forms.CreditForm) -> str:
        note = actions.credit(
            row, cents=form.cleaned_data["cents"], reason=form.cleaned_data["reason"], by=ws.user
        )
        return _("L'avoir %(name)s est émis.") % {"name": note.name}

    def settle(form: forms.SettleForm) -> str:
        values = form.cleaned_data
        settling.settle(
            row,
            values["cents"],
            on=values["on"],
            how=values["how"],
            reference=values["reference"],
            by=ws.user,
            origin=f"form:{values['key']}" if values["key"] else "",
        )
        return _("Le règlement est écrit.")

    def undo(form: forms.ReasonForm) -> str:
        settling.undo(
            _payment(row, form.cleaned_data["about"]), reason=form.cleaned_data["reason"], by=ws.user
        )
        return _("Le règlement est défait ; la ligne fausse reste lisible, corrigée par une autre.")

    def numbered(form: forms.NumberForm) -> str:
        values = form.cleaned_data
        actions.number_legally(row, values["legal_number"], seen=values["seen"], by=ws.user)
        return _("Le numéro est écrit.")

    paying = {**forms.today_of(ws.today), "cents": abs(left) or None, "key": new_key()}
    return {
        "issue": act("invoice.issue", PressForm, issue),
        "cancel": act("invoice.cancel", forms.ReasonForm, cancel),
        "credit": act("invoice.credit", forms.CreditForm, credit),
        "settle": act("invoice.settle", forms.SettleForm, settle, **paying),
        "undo": act("invoice.settle", forms.ReasonForm, undo),
        "number": act(
            "invoice.number", forms.NumberForm, numbered, legal_number=row.legal_number, seen=row.version
        ),
    }


def _payment(row: Invoice, about: str) -> Settlement:
    try:
        found = row.settlements.filter(pk=django_forms.UUIDField().clean(about)).first()
    except django_forms.ValidationError:
        found = None
    if found is None:
        raise NotFoundError("not_found", _("Ce règlement n'est pas de cette facture."))
    return found


# ------------------------------------------------------------------------------------------------------ files


@require_safe
def as_xml(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """The XML of EN 16931 of an issued invoice."""
    row = perms.seen(enter(request, slug), number)
    return _file(electronic.xml(row), "application/xml", f"{row.name}.xml")


@require_safe
def as_pdf(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """The Factur-X of an issued invoice: a PDF that holds its XML."""
    row = perms.seen(enter(request, slug), number)
    return _file(electronic.pdf(row), "application/pdf", f"{row.name}.pdf")


def _file(data: bytes, content_type: str, name: str) -> HttpResponse:
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in name)
    answer = HttpResponse(data, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{plain}"'
    answer["Cache-Control"] = "private, no-store"
    return answer
