"""What is said of members for their fees: the figures of all at once, one member, its reductions (R-103)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from terreau.actors.models import Actor
from terreau.common.errors import DomainError, NotFoundError, RefusedError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.exchanges.acting import Act, Played, PressForm, play
from terreau.fees import following, rules, saying, scales, wording
from terreau.fees import payers as paying
from terreau.fees.documents import Sheet
from terreau.fees.forms import EndForm, FigureForm, GrantForm
from terreau.fees.models import CalledFee, Grant, Measure
from terreau.fees.payers import Member
from terreau.fees.scale_form import START, figure, typed_figure
from terreau.journal import actions as journal
from terreau.poles.workspace import Workspace, enter, require_run, require_voice, show

_GET_POST = ["GET", "HEAD", "POST"]
_BASES = (rules.TURNOVER, rules.HEADCOUNT)


@require_http_methods(_GET_POST)
def figures(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The figures of every member for a year, those that lack first; several are written at once."""
    ws = enter(request, slug, run=True, verb="fees.figures")
    sheet, year = _sheet(ws), _year(request, ws)
    members = _members(ws, sheet, year)
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = _written(request, ws, members, year)
        if not errors:
            return redirect(f"{reverse('espace_fee_figures', args=[slug])}?annee={year}")
        # Those that could be written are: the page shows them as they stand now.
        members = _members(ws, sheet, year)
    made = export_response(request, members, _COLUMNS, f"assiettes-{ws.slug}-{year}", title=_("Assiettes"))
    if made is not None:
        return made
    bases = _bases(sheet)
    rows = [_row(request, one, bases, _needs(sheet, one.actor.legal_nature), errors) for one in members]
    rows.sort(key=lambda one: (not one["missing"], one["actor"].sort_key))
    context = {
        "here": "figures",
        "rows": rows,
        "bases": [(basis, wording.basis_name(basis)) for basis in bases],
        "year": year,
        "years": range(ws.today.year, ws.today.year - 4, -1),
        "missing": sum(one["missing"] for one in rows),
        "errors": errors,
        "source": request.POST.get("source", ""),
    }
    return show(request, ws, "fees/figures.html", context, status=422 if errors else 200)


def _bases(sheet: Sheet | None) -> list[str]:
    """Return what the scale asks for; both when there is none yet."""
    if sheet is None:
        return list(_BASES)
    used = {line.basis for line in sheet.scale.lines}
    return [one for one in _BASES if one in used]


def _needs(sheet: Sheet | None, kind: str) -> set[str]:
    """Return the figures that a scale asks of members of a legal nature; both when there is none yet."""
    if sheet is None:
        return set(_BASES)
    found = rules.fee(sheet.scale, rules.Payer("x", kind), date(2020, 1, 1), date(2020, 12, 31))
    return set(found.missing) & set(_BASES)


def _sheet(ws: Workspace) -> Sheet | None:
    """Return the scale in force, else the last that is written: the one to fill figures for."""
    row = scales.in_force(ws.pole, ws.today) or scales.adopted(ws.pole).first()
    row = row or ws.pole.fee_scales.filter(dropped_at=None).order_by("-number").first()
    return scales.sheet_of(row) if row else None


def _year(request: HttpRequest, ws: Workspace) -> int:
    typed = request.POST.get("annee") or request.GET.get("annee", "")
    return int(typed) if typed.isdecimal() and 2000 <= int(typed) <= ws.today.year else ws.today.year - 1


def _members(ws: Workspace, sheet: Sheet | None, year: int) -> list[Member]:
    """Return who pays, with what is known of each for a year of figures."""
    asked = sheet or START
    called = year + asked.years_back
    return paying.payers(ws.pole, asked, date(called, 1, 1), date(called, 12, 31), on=ws.today)


def _row(
    request: HttpRequest, one: Member, bases: list[str], asked: set[str], errors: dict[str, str]
) -> dict[str, Any]:
    """Return a line of the form: for each figure, what is known, what is typed, whether it is asked for."""
    cells = []
    for basis in bases:
        known = one.figures.get(basis)
        name = f"{basis}-{one.actor.pk}"
        typed = request.POST.get(name)
        cells.append(
            {
                "name": name,
                "basis": basis,
                "known": known,
                "asked": basis in asked or known is not None,
                "value": typed if typed is not None else typed_figure(known.value if known else None),
                "seen": known.measure.version if known and known.measure else 0,
                "error": errors.get(name, ""),
            }
        )
    return {
        "actor": one.actor,
        "cells": cells,
        "missing": any(cell["known"] is None and cell["asked"] for cell in cells),
    }


def _written(request: HttpRequest, ws: Workspace, members: list[Member], year: int) -> dict[str, str]:
    """Write the figures that were typed and changed; return what was refused, by the name of the field.

    What can be written is: each figure is a statement of its own, and none of them is lost.
    """
    source = request.POST.get("source", "").strip()
    errors: dict[str, str] = {}
    count = 0
    for one in members:
        for basis in _BASES:
            name = f"{basis}-{one.actor.pk}"
            typed = request.POST.get(name, "").strip()
            known = one.figures.get(basis)
            if not typed:
                continue
            try:
                value = figure(basis, typed)
                if known is not None and value == known.value:
                    continue
                seen = request.POST.get(f"vu-{name}", "")
                saying.say(
                    ws.pole,
                    one.actor,
                    basis,
                    year=year,
                    value=value,
                    source=source,
                    by=ws.user,
                    confirms=one.actor.pk in ws.standing.speaks_for,
                    seen=int(seen) if seen.isdecimal() else None,
                )
                count += 1
            except DomainError as error:
                key = "source" if error.facts.get("field") == "source" else name
                errors[key] = str(error.message)
    if count:
        words = ngettext("%(n)d chiffre est écrit.", "%(n)d chiffres sont écrits.", count)
        messages.success(request, words % {"n": count})
    return errors


_COLUMNS = (
    Column(gettext_lazy("Membre"), lambda row: row.actor.name),
    Column(gettext_lazy("Nature juridique"), lambda row: str(row.actor.get_legal_nature_display())),
    Column(gettext_lazy("Chiffre d'affaires en centimes"), lambda row: row.payer.turnover, "integer"),
    Column(gettext_lazy("Effectif en centièmes d'ETP"), lambda row: row.payer.headcount, "integer"),
    Column(
        gettext_lazy("Provenance"),
        lambda row: " ; ".join(dict.fromkeys(one.source for one in row.figures.values())),
    ),
    Column(
        gettext_lazy("Confirmé"), lambda row: all(one.confirmed for one in row.figures.values()), "boolean"
    ),
)


@require_http_methods(_GET_POST)
def member(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """One member: its figures to write and confirm, its reductions, its fee this year step by step."""
    ws = enter(request, slug)
    if not ws.may_speak_for(pk):
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    sheet = _sheet(ws)
    year = ws.today.year
    one = _known_member(ws, pk, sheet, year)
    ref = year - (sheet.years_back if sheet else 1)
    played = play(request, _Doing(ws, one, sheet, ref).acts, request.path)
    if not isinstance(played, Played):
        return played
    fee = None
    first, last = date(year, 1, 1), date(year, 12, 31)
    if sheet is not None:
        fee = rules.fee(sheet.scale, one.payer, first, last)
    reductions = {found.code: found.label for found in sheet.reductions} if sheet else {}
    context = {
        "here": "figures" if ws.runs else "overview",
        "member": one,
        "actor": one.actor,
        "sheet": sheet,
        "fee": fee,
        "steps": wording.steps(fee, reductions) if fee else [],
        "missing": wording.missing(fee.missing) if fee else "",
        "figures": _figures(ws, pk, ref, _bases(sheet), one),
        "year": year,
        "ref": ref,
        "grants": list(Grant.objects.filter(pole=ws.pole, actor=pk).select_related("by")),
        "owed": following.owed(CalledFee.objects.filter(pole=ws.pole, actor=pk), on=ws.today),
        "forms": played,
        "mine": pk in ws.standing.speaks_for,
    }
    return show(request, ws, "fees/member.html", context, status=played.status)


def _known_member(ws: Workspace, pk: UUID, sheet: Sheet | None, year: int) -> Member:
    """Return a member that pays; one that does not is shown with what is said of it."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    for one in paying.payers(ws.pole, sheet or START, first, last, on=ws.today):
        if one.actor.pk == pk:
            return one
    actor = Actor.objects.select_related("subject").filter(pk=pk, memberships__pole=ws.pole).first()
    if actor is None:
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    raise NotFoundError(
        "no_payer", _("%(name)s ne paie pas de cotisation cette année.") % {"name": actor.name}
    )


def _figures(ws: Workspace, pk: UUID, year: int, bases: list[str], one: Member) -> list[dict[str, Any]]:
    held = {row.basis: row for row in Measure.objects.filter(pole=ws.pole, actor=pk, year=year)}
    return [
        {
            "basis": basis,
            "name": wording.basis_name(basis),
            "known": one.figures.get(basis),
            "shown": wording.measure(basis, one.figures[basis].value if basis in one.figures else None),
            "row": held.get(basis),
            "form": f"say_{basis}",
        }
        for basis in bases
    ]


class _Doing:
    """What may be done on the page of a member, and by whom."""

    def __init__(self, ws: Workspace, one: Member, sheet: Sheet | None, year: int) -> None:
        self.ws, self.one, self.sheet, self.year = ws, one, sheet, year
        self.actor = one.actor

    @property
    def acts(self) -> dict[str, Act]:
        """The forms of the page."""
        reductions = self.sheet.reductions if self.sheet else ()
        first, today = {"valid_from": date(self.ws.today.year, 1, 1)}, {"on": self.ws.today}
        return {
            **{f"say_{basis}": Act(self.voice, self.form_of(basis), self.say(basis)) for basis in _BASES},
            "confirm": Act(self.owner, PressForm, self.confirm),
            "grant": Act(self.run, lambda *a, **k: GrantForm(reductions, *a, initial=first, **k), self.grant),
            "end": Act(self.run, lambda *a, **k: EndForm(*a, initial=today, **k), self.end),
        }

    def voice(self) -> None:
        """Who speaks for the member, or animates, writes its figures."""
        require_voice(self.ws, self.actor.pk, verb="fees.figures")

    def run(self) -> None:
        """Who animates grants reductions."""
        require_run(self.ws, verb="fees.grant")

    def owner(self) -> None:
        """To confirm is to belong to the member: animating the pole is not enough."""
        if self.actor.pk not in self.ws.standing.speaks_for:
            words = _("Seules les personnes de ce membre confirment ses chiffres.")
            journal.refuse(self.ws.pole.actor.subject, "fees.confirm", by=self.ws.user, reason=words)
            raise RefusedError("not_yours", words)

    def form_of(self, basis: str) -> Any:
        """Return what makes the form of a figure, as it stands."""
        known = self.one.figures.get(basis)
        initial = {
            "value": known.value if known else None,
            "source": known.source if known else "",
            "seen": known.measure.version if known and known.measure else 0,
        }
        return lambda *a, **k: FigureForm(basis, *a, initial=initial, **k)

    def say(self, basis: str) -> Any:
        """Return what writes a figure."""

        def do(form: FigureForm) -> str:
            values = {name: form.cleaned_data[name] for name in ("value", "source", "seen")}
            confirms = self.actor.pk in self.ws.standing.speaks_for
            told = {**values, "year": self.year, "by": self.ws.user, "confirms": confirms}
            saying.say(self.ws.pole, self.actor, basis, **told)
            return _("Le chiffre est écrit.")

        return do

    def confirm(self, form: PressForm) -> str:
        """Confirm a figure as it was seen."""
        basis, _sep, seen = form.cleaned_data["about"].partition(":")
        rows = Measure.objects.select_related("pole__actor__subject").filter(pole=self.ws.pole)
        found = rows.filter(actor=self.actor, year=self.year, basis=basis).first()
        if found is None or not seen.isdecimal():
            raise NotFoundError("unknown_figure", _("Ce chiffre n'est plus là : relisez la page."))
        saying.confirm(found, seen=int(seen), by=self.ws.user)
        return _("Merci : ce chiffre est confirmé.")

    def grant(self, form: GrantForm) -> str:
        """Grant a reduction."""
        names = ("reason", "valid_from", "valid_to")
        told = {name: form.cleaned_data[name] for name in names}
        saying.grant(self.ws.pole, self.actor, form.reduction, by=self.ws.user, **told)
        return _("La réduction est accordée.")

    def end(self, form: EndForm) -> str:
        """End a reduction."""
        about = form.cleaned_data["about"]
        rows = Grant.objects.select_related("pole__actor__subject")
        rows = rows.filter(pole=self.ws.pole, actor=self.actor)
        found = rows.filter(pk=int(about)).first() if about.isdecimal() else None
        if found is None:
            raise NotFoundError("unknown_grant", _("Cette réduction n'est plus là : relisez la page."))
        saying.end(found, on=form.cleaned_data["on"], by=self.ws.user)
        return _("La réduction s'arrête ce jour-là.")
