"""Pages of fees that are called: what each owes and how it was computed, calls, reminders (R-103)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from terreau.actors.models import Actor
from terreau.common.errors import DomainError, NotFoundError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.design.pdf import pdf_response
from terreau.exchanges.acting import Act, Played, play, refuse
from terreau.fees import calls, following, letters, scales, wording
from terreau.fees.forms import CreditForm, PeriodForm
from terreau.fees.models import CalledFee, FeeCall, Measure
from terreau.fees.views_scales import state_words
from terreau.governance.forms_people import uuid_of
from terreau.poles.workspace import Workspace, enter, require_run, show

_GET_POST = ["GET", "HEAD", "POST"]
#: Days to pay, unless the animator says otherwise.
_DELAY = 30


@require_safe
def overview(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What is called, paid and late; for a member, what it owes and how it was computed."""
    ws = enter(request, slug)
    rows = following.owed(visible(ws), on=ws.today)
    years = sorted({one.fee.first.year for one in rows} | {ws.today.year}, reverse=True)
    year = _year(request, years, ws.today.year)
    mine = [one for one in rows if one.fee.first.year == year]
    made = export_response(request, mine, _COLUMNS, f"cotisations-{ws.slug}-{year}", title=_("Cotisations"))
    if made is not None:
        return made
    current = scales.in_force(ws.pole, ws.today)
    waiting = Measure.objects.filter(pole=ws.pole, confirmed_at=None, actor__in=ws.standing.speaks_for)
    context = {
        "here": "overview",
        "own": _own(ws) if not ws.runs else [],
        "rows": mine,
        "years": years,
        "year": year,
        "totals": following.totals(mine),
        "current": current,
        "current_label": state_words(scales.state(current, current, ws.today)) if current else "",
        "calls": list(FeeCall.objects.filter(pole=ws.pole)[:12]) if ws.runs else [],
        "waiting": list(waiting.select_related("actor").order_by("actor__sort_key", "pk")),
        "late": sum(one.state == "late" for one in mine),
    }
    return show(request, ws, "fees/overview.html", context)


def _own(ws: Workspace) -> list[Actor]:
    """Return the members in whose name the person speaks."""
    rows = Actor.objects.filter(pk__in=ws.standing.speaks_for, memberships__pole=ws.pole)
    return list(rows.distinct().order_by("sort_key", "pk"))


def visible(ws: Workspace) -> Any:
    """Return the fees that a person sees: all of them for who animates, else those of their members."""
    rows = CalledFee.objects.filter(pole=ws.pole)
    return rows if ws.runs else rows.filter(actor__in=ws.standing.speaks_for)


def _year(request: HttpRequest, years: list[int], default: int) -> int:
    typed = request.GET.get("annee", "")
    if typed.isdecimal() and int(typed) in years:
        return int(typed)
    return default if default in years else years[0]


_COLUMNS = (
    Column(gettext_lazy("Membre"), lambda row: row.fee.actor.name),
    Column(gettext_lazy("Période depuis le"), lambda row: row.fee.first, "date"),
    Column(gettext_lazy("Cotisation en centimes"), lambda row: row.fee.cents, "integer"),
    Column(gettext_lazy("Reste dû en centimes"), lambda row: row.left, "integer"),
    Column(gettext_lazy("Échéance"), lambda row: row.fee.invoice.due if row.fee.invoice else None, "date"),
    Column(gettext_lazy("Situation"), lambda row: row.words),
    Column(gettext_lazy("Jours de retard"), lambda row: row.late, "integer"),
    Column(gettext_lazy("Relances"), lambda row: row.reminders, "integer"),
    Column(gettext_lazy("Référence"), lambda row: row.fee.invoice.name if row.fee.invoice else ""),
)


@require_http_methods(_GET_POST)
def new_call(request: HttpRequest, slug: str) -> HttpResponseBase:
    """See what a call would write, choose who is called, call them: all or none."""
    ws = enter(request, slug, run=True, verb="fees.call")
    voted = list(scales.adopted(ws.pole))
    if not voted:
        return show(request, ws, "fees/call_new.html", {"here": "overview", "voted": []})
    sellers = calls.sellers(ws.pole, on=ws.today)
    data = request.POST if request.method == "POST" else request.GET if "first" in request.GET else None
    form = PeriodForm(voted, sellers, data, initial=_first(ws, voted, sellers))
    values = form.cleaned_data if form.is_bound and form.is_valid() else _defaults(form, ws)
    scale = form.scales.get(str(values["bareme"]), voted[0])
    found = calls.preview(ws.pole, scale, values["first"], values["last"], on=ws.today)
    status = 422 if form.is_bound and form.errors else 200
    if request.method == "POST" and not form.errors:
        try:
            row = _called(request, ws, form, found)
            count = row.fees.count()
            words = ngettext("%(n)d cotisation est appelée.", "%(n)d cotisations sont appelées.", count)
            messages.success(request, words % {"n": count})
            return redirect("espace_fee_call", slug, row.pk)
        except DomainError as error:
            refuse(form, error)
            status = error.status
    context = {
        "here": "overview",
        "on": values["on"],
        "due": values["due"],
        "voted": voted,
        "form": form,
        "found": found,
        "scale": scale,
        "key": request.POST.get("key") or str(uuid4()),
        "chosen": _picked(request, found),
    }
    return show(request, ws, "fees/call_new.html", context, status=status)


def _called(request: HttpRequest, ws: Workspace, form: PeriodForm, found: calls.Preview) -> FeeCall:
    values = form.cleaned_data
    members = [pk for one in request.POST.getlist("membre") if (pk := uuid_of(one)) is not None]
    return calls.call(
        ws.pole,
        found.scale,
        found.first,
        found.last,
        seller=form.sellers[values["seller"]],
        members=members,
        on=values["on"],
        due=values["due"],
        key=uuid_of(request.POST.get("key", "")) or uuid4(),
        seen=request.POST.get("vu", ""),
        by=ws.user,
    )


def _picked(request: HttpRequest, found: calls.Preview) -> set[UUID]:
    """Return who is ticked: those that can be called, or those that were when the form is shown again."""
    ready = {one.member.actor.pk for one in found.ready}
    if request.method != "POST":
        return ready
    return ready & {pk for one in request.POST.getlist("membre") if (pk := uuid_of(one)) is not None}


def _first(ws: Workspace, voted: list[Any], sellers: list[Any]) -> dict[str, Any]:
    """Return what is proposed: this year, or the next when it is called, by the scale in force then."""
    called = CalledFee.objects.filter(pole=ws.pole, first__year=ws.today.year, void_at=None)
    year = ws.today.year + called.exists()
    first, last = date(year, 1, 1), date(year, 12, 31)
    holding = next((row for row in voted if row.valid_from <= first), voted[0])
    return {
        "bareme": str(holding.number),
        "first": first,
        "last": last,
        "seller": str(sellers[0].pk),
        "on": ws.today,
        "due": ws.today + timedelta(days=_DELAY),
    }


def _defaults(form: PeriodForm, ws: Workspace) -> dict[str, Any]:
    """Return what is shown when the form cannot be read: what it held at first."""
    told = dict(form.initial)
    if form.is_bound:
        told |= {name: value for name, value in form.cleaned_data.items() if value}
        if told["last"] < told["first"] or (told["last"] - told["first"]).days > 800:
            told |= {name: form.initial[name] for name in ("first", "last")}
    return told


@require_safe
def one_call(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """A call that was made, with what is paid of it and its letters."""
    ws = enter(request, slug, run=True, verb="fees.call")
    row = _call(ws, pk)
    rows = following.owed(CalledFee.objects.filter(call=row), on=ws.today)
    made = export_response(
        request, rows, _COLUMNS, f"appel-{ws.slug}-{row.first:%Y}", title=_("Appel d'une période")
    )
    if made is not None:
        return made
    context = {"here": "overview", "call": row, "rows": rows, "totals": following.totals(rows)}
    return show(request, ws, "fees/call.html", context)


@require_safe
def call_letters(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """The letters of a call, one a page, to print at once."""
    ws = enter(request, slug, run=True, verb="fees.call")
    row = _call(ws, pk)
    rows = [one for one in following.owed(CalledFee.objects.filter(call=row), on=ws.today) if one.fee.cents]
    if not rows:
        raise NotFoundError("no_letter", _("Cet appel n'a pas de lettre : personne ne doit rien."))
    return pdf_response(letters.calls(rows), f"appels-{ws.slug}-{row.first:%Y}")


def _call(ws: Workspace, pk: UUID) -> FeeCall:
    rows = FeeCall.objects.select_related("scale", "seller", "by", "pole__actor")
    row = rows.filter(pole=ws.pole, pk=pk).first()
    if row is None:
        raise NotFoundError("unknown_call", _("Cet appel n'existe pas dans cet espace de travail."))
    return row


@require_http_methods(_GET_POST)
def one(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """A fee: what is owed, how it was computed step by step, what is paid; a credit note for who animates."""
    ws = enter(request, slug)
    found = _one(ws, pk)
    row = found.fee

    def allow() -> None:
        require_run(ws, verb="fees.credit")

    def credit(form: CreditForm) -> str:
        values = form.cleaned_data
        note = following.exempt(row, cents=values["cents"], reason=values["reason"], by=ws.user)
        return _("L'avoir %(name)s est émis.") % {"name": note.name}

    played = play(request, {"credit": Act(allow, CreditForm, credit)}, request.path)
    if not isinstance(played, Played):
        return played
    notes = row.invoice.credit_notes.exclude(state="cancelled").order_by("number") if row.invoice else []
    context = {
        "here": "overview",
        "owed": found,
        "fee": row,
        "steps": wording.steps(row.said.get("steps", []), row.said.get("reductions", {})),
        "figures": [_figure(told) for told in row.said.get("figures", [])],
        "grants": row.said.get("grants", []),
        "receipts": following.receipts(row),
        "notes": list(notes),
        "reminders": list(row.reminders.select_related("by").order_by("-rank")),
        "forms": played,
        "last": row.call.last,
    }
    return show(request, ws, "fees/fee.html", context, status=played.status)


def _figure(told: dict[str, Any]) -> dict[str, Any]:
    return {
        **told,
        "name": wording.basis_name(told["basis"]),
        "shown": wording.measure(told["basis"], told["value"]),
    }


@require_safe
def letter(request: HttpRequest, slug: str, pk: UUID, what: str) -> HttpResponseBase:
    """A letter of a fee as a tagged PDF: the call, the receipt of what was paid, a reminder."""
    ws = enter(request, slug)
    found = _one(ws, pk)
    name = f"{what}-{ws.slug}-{found.fee.first:%Y}-{found.fee.pk.hex[-6:]}"
    if what == "appel" and found.fee.invoice is not None:
        return pdf_response(letters.calls([found]), name)
    if what == "recu" and (paid := following.receipts(found.fee)):
        return pdf_response(letters.receipt(found, paid), name)
    if what == "relance" and found.reminders and found.left > 0:
        return pdf_response(letters.reminder([found]), name)
    raise NotFoundError("no_letter", _("Cette lettre n'existe pas : rien n'est dû, ou rien n'est payé."))


def _one(ws: Workspace, pk: UUID) -> following.Owed:
    found = following.owed(visible(ws).filter(pk=pk), on=ws.today)
    if not found:
        raise NotFoundError("unknown_fee", _("Cette page n'existe pas, ou n'est pas pour vous."))
    return found[0]


@require_http_methods(_GET_POST)
def reminders(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Who has not paid, a reminder to several at once, the log of those that left."""
    ws = enter(request, slug, run=True, verb="fees.remind")
    if request.method == "POST":
        keys = [pk for typed in request.POST.getlist("due") if (pk := uuid_of(typed)) is not None]
        made, out = following.remind(ws.pole, keys, on=ws.today, by=ws.user)
        if made:
            words = ngettext("%(n)d relance est partie.", "%(n)d relances sont parties.", len(made))
            messages.success(request, words % {"n": len(made)})
        if out:
            words = _("Pas de relance pour %(names)s : payé entre-temps, ou déjà relancé aujourd'hui.")
            messages.warning(request, words % {"names": ", ".join(out)})
        if not keys:
            messages.warning(request, _("Choisissez au moins un membre à relancer."))
        return redirect(reverse("espace_fee_reminders", args=[slug]))
    unpaid = [
        one for one in following.owed(CalledFee.objects.filter(pole=ws.pole), on=ws.today) if one.left > 0
    ]
    unpaid.sort(key=lambda one: (-one.late, one.fee.actor.sort_key))
    context = {
        "here": "reminders",
        "rows": unpaid,
        "log": following.log(ws.pole),
        "total": sum(one.left for one in unpaid),
    }
    return show(request, ws, "fees/reminders.html", context)


@require_safe
def reminder_letters(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The letters of those reminded and still unpaid, one a page."""
    ws = enter(request, slug, run=True, verb="fees.remind")
    rows = following.owed(CalledFee.objects.filter(pole=ws.pole), on=ws.today)
    found = [one for one in rows if one.left > 0 and one.reminders]
    if not found:
        raise NotFoundError("no_letter", _("Personne n'a été relancé : il n'y a pas de lettre."))
    return pdf_response(letters.reminder(found), f"relances-{ws.slug}-{ws.today:%Y-%m-%d}")
