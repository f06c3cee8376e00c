"""Pages of the bank: lines that wait with what they may pay, one line by hand, the statements read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from terreau.billing import bank_csv, banking, clearing, forms_bank, perms, read, settling
from terreau.billing.forms import ReasonForm
from terreau.billing.models import BankAccount, BankLine, BankStatement, BankUse, Invoice, Settlement
from terreau.billing.statements import is_xml
from terreau.common.errors import DomainError, NotFoundError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.exchanges.acting import Act, Played, play
from terreau.poles import book
from terreau.poles.workspace import Workspace, enter, require_run, show

_GET_POST = ["GET", "HEAD", "POST"]
_A_PAGE = 25


@require_http_methods(_GET_POST)
def index(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Lines that nothing explains yet, with what each may pay; for who animates the pole."""
    ws = enter(request, slug)
    accounts = list(BankAccount.objects.filter(pole=ws.pole).select_related("holder")) if ws.runs else []
    rows = clearing.unmatched(ws.pole) if ws.runs else clearing.unmatched(ws.pole).none()
    made = export_response(
        request, rows, _COLUMNS, f"banque-{ws.slug}", title=_("Lignes de banque à pointer")
    )
    if made is not None:
        return made
    played = play(request, _acts(ws, accounts, request), request.get_full_path())
    if not isinstance(played, Played):
        return played
    if played.sent == "bring" and played.form is not None:
        _ask_columns(request, played.form)
    page = Paginator(rows, _A_PAGE).get_page(request.GET.get("page"))
    lines = list(page.object_list)
    found = clearing.proposals(ws.pole, lines, on=ws.today) if lines else {}
    context = {
        "accounts": accounts,
        "page": page,
        "lines": [(one, found[one.pk]) for one in lines],
        "count": page.paginator.count,
        "forms": played,
        "last": _last(accounts),
        "refusal": _refusal(played),
    }
    return show(request, ws, "billing/bank.html", context, status=played.status)


def _refusal(played: Played) -> list[str]:
    """Why a proposal could not be accepted: its button shows no field beside which to say it."""
    if played.sent != "accept" or played.form is None:
        return []
    return [str(word) for words in played.form.errors.values() for word in words]


def _last(accounts: list[BankAccount]) -> list[tuple[BankAccount, BankStatement | None]]:
    """Return each account with its last statement: one query."""
    newest: dict[UUID, BankStatement] = {}
    for row in BankStatement.objects.filter(account__in=accounts).order_by("last", "at", "pk"):
        newest[row.account_id] = row
    return [(one, newest.get(one.pk)) for one in accounts]


_COLUMNS = (
    Column(gettext_lazy("Jour de la ligne"), lambda row: row.on, "date"),
    Column(gettext_lazy("Compte du relevé"), lambda row: row.account.name),
    Column(gettext_lazy("Libellé de la banque"), lambda row: row.label),
    Column(gettext_lazy("De ou vers"), lambda row: row.party),
    Column(gettext_lazy("Référence de la ligne"), lambda row: row.reference),
    Column(gettext_lazy("Montant signé en centimes"), lambda row: row.cents, "integer"),
    Column(gettext_lazy("Reste à expliquer en centimes"), lambda row: row.left_cents, "integer"),
)


def _acts(ws: Workspace, accounts: list[BankAccount], request: HttpRequest) -> Mapping[str, Act]:
    def allow() -> None:
        require_run(ws, verb="bank.write")

    def opening(*args: Any, **kwargs: Any) -> forms_bank.AccountForm:
        parties = book.parties(ws.pole, on=ws.today) if ws.runs else []
        return forms_bank.AccountForm(parties, *args, **kwargs)

    def follow(form: forms_bank.AccountForm) -> str:
        values = form.cleaned_data
        holder = book.actor(values["holder"])
        banking.open_account(ws.pole, holder=holder, name=values["name"], iban=values["iban"], by=ws.user)
        return _("Le compte est suivi : déposez un premier relevé.")

    def bring(form: forms_bank.FileForm) -> str:
        values = form.cleaned_data
        account = next(one for one in accounts if str(one.pk) == values["account"])
        values["file"].seek(0)
        brought = banking.bring(
            account, values["file"].read(), name=values["file"].name, by=ws.user, mapping=form.mapping
        )
        return _brought(request, brought)

    def accept(form: forms_bank.ChoiceForm) -> str:
        row = _line(ws, form.cleaned_data["about"])
        parts = [tuple(map(int, part.split(":"))) for part in form.cleaned_data["parts"].split(",")]
        clearing.accept(row, _invoices(ws, parts), by=ws.user)  # type: ignore[arg-type]
        return _("La ligne est pointée et le livre est à jour.")

    return {
        "follow": Act(allow, opening, follow),
        "bring": Act(allow, lambda *a, **k: forms_bank.FileForm(accounts, *a, **k), bring),
        "accept": Act(allow, forms_bank.ChoiceForm, accept),
    }


def _brought(request: HttpRequest, brought: banking.Brought) -> str:
    added = sum(row.added for row in brought.statements)
    known = sum(row.read - row.added for row in brought.statements)
    said = ngettext("%(n)d ligne nouvelle", "%(n)d lignes nouvelles", added) % {"n": added}
    if known:
        words = ngettext("%(n)d était déjà là", "%(n)d étaient déjà là", known) % {"n": known}
        said = f"{said}, {words}"
    for problem in brought.problems[:20]:
        messages.warning(request, problem)
    if any(row.gap_cents for row in brought.statements):
        messages.warning(request, _("Les soldes du relevé ne tombent pas juste : il y manque des lignes."))
    return f"{said}."


def _ask_columns(request: HttpRequest, form: Any) -> None:
    """Offer to name the columns of a CSV that nobody could read."""
    file = request.FILES.get("file")
    if file is None or "columns" in form.fields or not form.errors.get("file"):
        return
    file.seek(0)
    data = file.read()
    if is_xml(data):
        return
    try:
        names = bank_csv.mapping_of(data)
    except DomainError:
        return
    if len(names) > 1:
        form.ask_columns(names)
        typed: Any = form.data.copy()
        typed["columns"] = "\t".join(names)
        form.data = typed


def _invoices(ws: Workspace, parts: list[tuple[int, int]]) -> list[tuple[Invoice, int]]:
    rows = perms.visible(ws).select_related("seller", "buyer", "pole")
    by_number = {row.number: row for row in rows.filter(number__in=[number for number, _cents in parts])}
    if any(number not in by_number for number, _cents in parts):
        raise NotFoundError("not_found", _("Cette facture n'est pas de ce pôle."))
    return [(by_number[number], cents) for number, cents in parts]


def _line(ws: Workspace, pk: UUID) -> Any:
    rows = clearing.with_left(BankLine.objects.filter(account__pole=ws.pole, pk=pk))
    found = rows.select_related("account__holder", "account__pole", "statement").first()
    if found is None:
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    return found


# ------------------------------------------------------------------------------------------------- one line


@require_http_methods(_GET_POST)
def line(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """One line: what it was for, chosen by hand, and undone."""
    ws = enter(request, slug, run=True, verb="bank.read")
    row = _line(ws, pk)
    owed = [
        one for one in read.open_invoices(ws.pole, on=ws.today, notes=True) if clearing.fits(row, one.invoice)
    ]
    played = play(request, _line_acts(ws, row, owed), request.path)
    if not isinstance(played, Played):
        return played
    parts = played["parts"]
    payments = row.settlements.select_related("invoice", "reversed_by").order_by("at", "pk")
    uses = row.uses.select_related("flow", "reversed_by").order_by("at", "pk")
    context = {
        "line": row,
        "owed": [(one, parts[f"i{one.invoice.number}"]) for one in owed],
        "choices": clearing.proposals(ws.pole, [row], on=ws.today)[row.pk] if row.left_cents else [],
        "payments": [(one, _stands(one)) for one in payments],
        "uses": [(one, _stands(one)) for one in uses],
        "forms": played,
    }
    return show(request, ws, "billing/bank_line.html", context, status=played.status)


def _stands(row: Settlement | BankUse) -> bool:
    return row.reverses_id is None and not hasattr(row, "reversed_by")


def _line_acts(ws: Workspace, row: Any, owed: list[read.Open]) -> Mapping[str, Act]:
    back = reverse("espace_bank", kwargs={"slug": ws.slug})

    def allow() -> None:
        require_run(ws, verb="bank.write")

    def accept(form: forms_bank.PartsForm) -> str:
        parts = _invoices(ws, form.parts)
        if not parts:
            raise DomainError("nothing", _("Écrivez un montant à côté d'une facture."))
        clearing.accept(row, parts, by=ws.user, on=form.cleaned_data["on"])
        return _("La ligne est pointée et le livre est à jour.")

    def chosen(form: forms_bank.ChoiceForm) -> str:
        parts = [tuple(map(int, part.split(":"))) for part in form.cleaned_data["parts"].split(",")]
        clearing.accept(row, _invoices(ws, parts), by=ws.user)  # type: ignore[arg-type]
        return _("La ligne est pointée et le livre est à jour.")

    def ledger(form: forms_bank.LedgerForm) -> str:
        if form.actor is not None:
            values = form.cleaned_data
            clearing.to_ledger(row, other=form.actor, label=values["label"], on=values["on"], by=ws.user)
        return _("Ce qui restait de la ligne est écrit au livre.")

    def aside(form: forms_bank.AsideForm) -> str:
        clearing.set_aside(row, why=form.cleaned_data["why"], by=ws.user)
        return _("La ligne est mise de côté.")

    def undo(form: ReasonForm) -> str:
        _undo(row, form.cleaned_data["about"], form.cleaned_data["reason"], ws)
        return _("C'est défait : la ligne est de nouveau à pointer.")

    numbers = [one.invoice.number for one in owed]
    label = " ".join(part for part in (row.party, row.label) if part)[:300]
    parties = book.parties(ws.pole, on=ws.today)
    return {
        "parts": Act(allow, lambda *a, **k: forms_bank.PartsForm(numbers, *a, **k), accept, lambda: back),
        "accept": Act(allow, forms_bank.ChoiceForm, chosen, lambda: back),
        "ledger": Act(
            allow,
            lambda *a, **k: forms_bank.LedgerForm(parties, *a, **{"initial": {"label": label}, **k}),
            ledger,
            lambda: back,
        ),
        "aside": Act(allow, forms_bank.AsideForm, aside, lambda: back),
        "undo": Act(allow, ReasonForm, undo),
    }


def _undo(row: Any, about: str, reason: str, ws: Workspace) -> None:
    try:
        pk = django_forms.UUIDField().clean(about)
    except django_forms.ValidationError as error:
        raise NotFoundError("not_found", _("Ce pointage n'est pas de cette ligne.")) from error
    payment, use = row.settlements.filter(pk=pk).first(), row.uses.filter(pk=pk).first()
    if payment is not None:
        settling.undo(payment, reason=reason, by=ws.user)
    elif use is not None:
        clearing.undo(use, reason=reason, by=ws.user)
    else:
        raise NotFoundError("not_found", _("Ce pointage n'est pas de cette ligne."))


@require_safe
def statements(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The statements that were read, their balances, and the days that lack."""
    ws = enter(request, slug, run=True, verb="bank.read")
    rows = BankStatement.objects.filter(account__pole=ws.pole).select_related("account", "by")
    rows = rows.order_by("account", "-last", "-at", "pk")
    made = export_response(request, rows, _READ, f"releves-{ws.slug}", title=_("Relevés de banque lus"))
    if made is not None:
        return made
    accounts: dict[UUID, list[BankStatement]] = {}
    for row in rows:
        accounts.setdefault(row.account_id, []).append(row)
    parts = [(found[0].account, found, banking.holes(found)) for found in accounts.values()]
    return show(request, ws, "billing/statements.html", {"parts": parts})


_READ = (
    Column(gettext_lazy("Compte du relevé"), lambda row: row.account.name),
    Column(gettext_lazy("Fichier lu"), lambda row: row.name),
    Column(gettext_lazy("Premier jour du relevé"), lambda row: row.first, "date"),
    Column(gettext_lazy("Dernier jour du relevé"), lambda row: row.last, "date"),
    Column(gettext_lazy("Solde de départ en centimes"), lambda row: row.opening_cents, "integer"),
    Column(gettext_lazy("Solde de fin en centimes"), lambda row: row.closing_cents, "integer"),
    Column(gettext_lazy("Lignes lues"), lambda row: row.read, "integer"),
    Column(gettext_lazy("Lignes nouvelles"), lambda row: row.added, "integer"),
    Column(gettext_lazy("Écart de soldes en centimes"), lambda row: row.gap_cents, "integer"),
)
