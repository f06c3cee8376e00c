"""Money between members: what each may read, a new one, repayments, calls, the end (R-45)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from terreau.actors.models import Actor
from terreau.common.errors import DomainError, NotFoundError, RefusedError
from terreau.common.money import Euro
from terreau.cooperations import finance, finance_statement, forms, listing, perms, rules
from terreau.cooperations.forms import actors_of
from terreau.cooperations.models import Cooperation, Financing
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.design.pdf import pdf_response
from terreau.poles.workspace import Workspace, enter, refused, show

COLUMNS = (
    Column(gettext_lazy("Nature"), lambda one: one["row"].get_kind_display()),
    Column(gettext_lazy("Qui prend part, avance ou garantit"), lambda one: one["row"].giver.name),
    Column(gettext_lazy("Au profit de"), lambda one: one["row"].receiver.name),
    Column(gettext_lazy("Montant en euros"), lambda one: one["amount"], "number"),
    Column(gettext_lazy("Part du capital en pour cent"), lambda one: one["share"], "number"),
    Column(gettext_lazy("Depuis le"), lambda one: one["row"].since, "date"),
    Column(gettext_lazy("Échéance"), lambda one: one["row"].due_on, "date"),
    Column(gettext_lazy("Rendue en combien de fois"), lambda one: one["row"].parts, "integer"),
    Column(gettext_lazy("Reste dû en euros"), lambda one: one["owed"], "number"),
    Column(gettext_lazy("En retard en euros"), lambda one: one["late"], "number"),
    Column(gettext_lazy("Finie le"), lambda one: one["row"].ended_on, "date"),
)


@require_http_methods(["GET", "HEAD", "POST"])
def financings(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What the person may read of the money between members, and a form to write more."""
    ws = enter(request, slug)
    lines = shown(ws)
    if made := export_response(request, lines, COLUMNS, "finances", title=_("Coopérations financières")):
        return made
    form = _form(ws, request)
    if request.method == "POST" and form.is_valid():
        try:
            row = _opened(ws, form.cleaned_data)
        except RefusedError:
            raise
        except DomainError as error:
            refused(form, error)
        else:
            return redirect("espace_financing", slug, row.pk)
    context = {
        "lines": lines,
        "form": form,
        "crossed": _crossed(lines),
        "hidden": Financing.objects.filter(pole=ws.pole).count() - len(lines),
    }
    status = 422 if form.errors else 200
    return show(request, ws, "cooperations/financings.html", context, status=status)


def shown(ws: Workspace) -> list[dict[str, Any]]:
    """Return the financings that the person may read, with what the ledger says of each."""
    rows = list(finance.seen_by(ws))
    balances = finance.balances(row.pk for row in rows)
    return [_line(ws, row, balances[row.pk]) for row in rows]


def _line(ws: Workspace, row: Financing, balance: finance.Balance) -> dict[str, Any]:
    advance = row.kind == Financing.Kind.ADVANCE
    late = finance.late(row, balance, ws.today)
    coming = rules.next_due(finance.schedule(row), balance.repaid) if row.ended_on is None else None
    return {
        "row": row,
        "amount": Euro(row.cents) if row.cents else None,
        "share": row.share / 100 if row.share else None,
        "owed": Euro(balance.owed) if advance else None,
        "left": Euro((row.cents or 0) - balance.called) if row.kind == Financing.Kind.GUARANTEE else None,
        "late": Euro(late) if late else None,
        "next": {"on": coming.on, "euro": Euro(coming.cents)} if coming else None,
    }


def _crossed(lines: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return the names of the members that hold a part of one another."""
    rows = [one["row"] for one in lines if one["row"].kind == rules.HOLDING and one["row"].ended_on is None]
    ends = [end for row in rows for end in (row.giver, row.receiver)]
    names = {end.pk.hex: end.name for end in ends}
    pairs = rules.crossed((row.giver_id.hex, row.receiver_id.hex) for row in rows)
    return sorted((names[one], names[other]) for one, other in pairs)


def _form(ws: Workspace, request: HttpRequest) -> forms.FinancingForm:
    living = Cooperation.objects.filter(pole=ws.pole, valid_to=None).order_by("title", "pk")
    first = listing.identifier(request.GET.get("cooperation", ""))
    return forms.FinancingForm(
        request.POST or None,
        actors=actors_of(ws.pole, ws.today),
        cooperations=[(str(pk), title) for pk, title in living.values_list("pk", "title")],
        initial={
            "since": ws.today,
            "kind": Financing.Kind.ADVANCE,
            "cooperation": str(UUID(first)) if first else "",
        },
    )


def _opened(ws: Workspace, typed: dict[str, Any]) -> Financing:
    names = ("giver", "receiver", "creditor")
    wanted = {name: typed[name] for name in names if typed[name]}
    found = {str(one.pk): one for one in Actor.objects.filter(pk__in=wanted.values())}
    giver, receiver = found[typed["giver"]], found[typed["receiver"]]
    perms.require(ws, perms.can_write(ws, [giver.pk, receiver.pk]), verb="financing.write")
    return finance.open_(
        ws.pole,
        typed["kind"],
        giver,
        receiver,
        since=typed["since"],
        today=ws.today,
        by=ws.user,
        cents=typed["amount"],
        share=typed["share"],
        paid=typed["paid"],
        due_on=typed["due_on"],
        parts=typed["parts"] or 1,
        creditor=found.get(typed["creditor"]),
        cooperation=Cooperation.objects.filter(pole=ws.pole, pk=typed["cooperation"] or None).first(),
        note=typed["note"],
    )


@require_http_methods(["GET", "HEAD", "POST"])
def financing(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """One of them: its payments as the ledger has them; who it does not concern is told nothing."""
    ws = enter(request, slug)
    row = finance.seen_by(ws).select_related("pole__actor__subject").filter(pk=pk).first()
    if row is None:
        raise NotFoundError("unknown_financing", _("Cette page n'existe pas, ou n'est pas pour vous."))
    allowed = perms.can_write(ws, [row.giver_id, row.receiver_id])
    acts: dict[str, Any] = {
        "repay": forms.PaymentForm(prefix="repay", initial={"on": ws.today}),
        "call": forms.PaymentForm(prefix="call", initial={"on": ws.today}),
        "finish": forms.EndForm(prefix="finish", initial={"on": ws.today}),
    }
    if request.method == "POST":
        perms.require(ws, allowed, verb="financing.write")
        if _done(ws, row, request, acts):
            return redirect("espace_financing", slug, pk)
    balance = finance.balances([row.pk])[row.pk]
    lines = finance_statement.statement(row)
    name = f"avance-{row.pk.hex[-6:]}"
    if made := export_response(request, lines, finance_statement.COLUMNS, name, title=_("Relevé")):
        return made
    context = {
        "line": _line(ws, row, balance),
        "row": row,
        "acts": acts,
        "writes": allowed.ok,
        "moves": lines,
        "schedule": finance_statement.plan(row, balance, ws.today),
    }
    status = 422 if any(form.errors for form in acts.values()) else 200
    return show(request, ws, "cooperations/financing.html", context, status=status)


@require_http_methods(["GET", "HEAD"])
def financing_pdf(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """The statement of one of them as a tagged PDF, for those whom it concerns."""
    ws = enter(request, slug)
    row = finance.seen_by(ws).select_related("pole__actor__subject").filter(pk=pk).first()
    if row is None:
        raise NotFoundError("unknown_financing", _("Cette page n'existe pas, ou n'est pas pour vous."))
    balance = finance.balances([row.pk])[row.pk]
    return pdf_response(finance_statement.document(row, balance, ws.today), f"releve-{row.pk.hex[-6:]}")


def _done(ws: Workspace, row: Financing, request: HttpRequest, acts: dict[str, Any]) -> bool:
    name = request.POST.get("act", "")
    if name not in acts:
        raise DomainError("unknown_act", _("Cette action n'existe pas : rouvrez la page."))
    form = acts[name] = type(acts[name])(request.POST, prefix=name)
    if not form.is_valid():
        return False
    typed, today, by = form.cleaned_data, ws.today, ws.user
    try:
        if name == "finish":
            finance.finish(row, on=typed["on"], reason=typed["reason"], today=today, by=by)
        else:
            verb = finance.repay if name == "repay" else finance.call
            verb(row, typed["amount"], on=typed["on"], today=today, by=by)
    except DomainError as error:
        refused(form, error)
        return False
    return True
