"""Bringing files into the book of a pole: which door, the accounting export, who unknown names are."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from terreau.bookkeeping import bringing, parties
from terreau.bookkeeping.ledger_file import CODE
from terreau.bookkeeping.models import KnownParty
from terreau.common import official_numbers
from terreau.common.errors import DomainError, NotFoundError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.design.forms import BaseForm
from terreau.imports import actions, kinds
from terreau.imports import preview as shown
from terreau.imports.models import Import
from terreau.poles import book
from terreau.poles.workspace import Workspace, enter, refused, require_run, show

_LATEST = 20
_UNKNOWN = 100


class FecForm(BaseForm):
    """An accounting export, whose it is, which part of it."""

    file = forms.FileField(
        label=gettext_lazy("Fichier des écritures comptables (FEC)"),
        help_text=gettext_lazy("L'export que tout logiciel de comptabilité sait faire, en texte."),
    )
    holder = forms.ChoiceField(label=gettext_lazy("De qui sont ces comptes"), required=False)
    section = forms.CharField(
        label=gettext_lazy("Ne prendre que cette section analytique"),
        required=False,
        max_length=60,
        help_text=gettext_lazy(
            "Quand le pôle n'est qu'une partie des comptes de sa structure porteuse. "
            "Le reste n'est pas gardé."
        ),
    )

    def __init__(self, ws: Workspace, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        of_pole = [one for one in book.parties(ws.pole, on=ws.today) if one.pk != ws.pole.pk]
        choices = [("", _("les comptes du pôle")), *((one.name, one.name) for one in of_pole)]
        self.fields["holder"].choices = choices  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The doors: a spreadsheet, an accounting export; the files that were brought, to go on or to undo."""
    ws = enter(request, slug, run=request.method == "POST", verb="book.import")
    form = FecForm(ws, request.POST or None, request.FILES or None)
    wrong: list[bringing.Wrong] = []
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            brought = bringing.bring_fec(
                ws,
                typed["file"].read(),
                typed["file"].name or "fec",
                section=typed["section"].strip(),
                holder=typed["holder"],
            )
        except DomainError as error:
            if error.status in {403, 404}:
                raise
            wrong = error.facts.get("problems", [])
            refused(form, error)
        else:
            return redirect("import_columns", pk=brought.pk)
    rows = Import.objects.filter(kind=CODE, about=ws.pole.actor.subject).select_related("by")
    context = {
        "form": form,
        "wrong": wrong[:_UNKNOWN],
        "more": max(0, len(wrong) - _UNKNOWN),
        "kind": kinds.get(CODE),
        "rows": rows[:_LATEST],
        "known": KnownParty.objects.filter(pole=ws.pole).select_related("actor"),
    }
    return show(request, ws, "bookkeeping/import.html", context, status=422 if form.errors else 200)


def _held(ws: Workspace, pk: UUID) -> Import:
    require_run(ws, verb="book.import")
    rows = Import.objects.filter(kind=CODE, about=ws.pole.actor.subject, pk=pk)
    found = rows.select_related("subject", "about", "by", "piece").first()
    if found is None:
        raise NotFoundError("unknown_import", _("Cet import n'est pas de ce pôle."))
    return found


class PartyForm(BaseForm):
    """Who a name means: one of the proposals, one of the pole, a new sheet; or nothing yet."""

    choice = forms.ChoiceField(label=gettext_lazy("Qui est-ce ?"), required=False)
    name = forms.CharField(label=gettext_lazy("Nom de la nouvelle fiche"), required=False, max_length=200)
    siren = forms.CharField(label=gettext_lazy("Son SIREN, s'il est connu"), required=False, max_length=20)

    def __init__(self, text: str, choices: list[tuple[str, Any]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.text = text
        self.fields["choice"].choices = choices  # type: ignore[attr-defined]

    def clean_siren(self) -> str:
        """Refuse a SIREN that does not hold together."""
        typed: str = self.cleaned_data["siren"]
        if not typed.strip():
            return ""
        try:
            return official_numbers.check_siren(typed)
        except DomainError as error:
            raise forms.ValidationError(str(error.message)) from error


@require_http_methods(["GET", "HEAD", "POST"])
def names(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """The names of a file that are not recognised, with who they may be; POST says, then checks again."""
    ws = enter(request, slug)
    brought = _held(ws, pk)
    unknown = _unknown(brought)
    columns: list[Column] = [
        Column(_("Nom dans le fichier"), lambda one: one[0]),
        Column(_("Nombre de lignes"), lambda one: one[1], "integer"),
    ]
    if sent := export_response(request, list(unknown.items()), columns, "noms-inconnus"):
        return sent
    forms_ = _forms(ws, list(unknown), request)
    if request.method == "POST" and all(form.is_valid() for form in forms_):
        if _say(ws, forms_):
            if brought.state == Import.State.CHECKED:
                actions.check_again(brought, by=ws.user)
            messages.success(request, _("C'est retenu : le fichier est vérifié de nouveau."))
            return redirect("import", pk=brought.pk)
        if not any(form.errors for form in forms_):
            messages.info(request, _("Rien n'a été dit : choisissez qui est au moins l'un de ces noms."))
    context = {
        "brought": brought,
        "rows": [(form, unknown[form.text]) for form in forms_],
    }
    wrong = any(form.errors for form in forms_ if form.is_bound)
    return show(request, ws, "bookkeeping/import_names.html", context, status=422 if wrong else 200)


def _unknown(brought: Import) -> dict[str, int]:
    """Return the names of an import that were refused as unknown, and how many lines say each."""
    found: dict[str, int] = {}
    if brought.generation:
        for row in shown.report_rows(brought, kinds.get(CODE)):
            if row["code"] == "unknown_party" and row["value"]:
                found[row["value"]] = found.get(row["value"], 0) + 1
    return dict(list(found.items())[:_UNKNOWN])


def _forms(ws: Workspace, texts: list[str], request: HttpRequest) -> list[PartyForm]:
    people = parties.Parties.of(ws.pole, ws.today)
    everybody = [(one.pk.hex, one.name) for one in people.by_pk.values() if one.of_pole]
    posted = request.POST if request.method == "POST" else None
    found = []
    for number, text in enumerate(texts):
        answer = people.find(text)
        near = [(one.pk.hex, _proposed(one)) for one in answer.proposed]
        choices: list[tuple[str, Any]] = [("", _("plus tard"))]
        choices += [(_("Peut-être"), near)] if near else []
        choices += [
            (_("Créer une fiche"), [("creer", _("une nouvelle fiche, privée"))]),
            (_("Organisations du pôle"), everybody),
        ]
        initial = {"name": text if not text.isdecimal() else "", "siren": text if text.isdecimal() else ""}
        found.append(PartyForm(text, choices, posted, prefix=f"n{number}", initial=initial))
    return found


def _proposed(one: parties.Named) -> str:
    return f"{one.name} ({one.siren})" if one.siren else one.name


def _say(ws: Workspace, found: list[PartyForm]) -> int:
    said = 0
    for form in found:
        choice = form.cleaned_data["choice"]
        if not choice:
            continue
        try:
            if choice == "creer":
                name = form.cleaned_data["name"].strip() or form.text
                parties.create(ws, form.text, name, form.cleaned_data["siren"])
            else:
                parties.say(ws, form.text, UUID(choice))
        except DomainError as error:
            if error.status in {403, 404}:
                raise
            refused(form, error)
            return 0
        said += 1
    return said


@require_http_methods(["POST"])
def forget(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Forget who a name of files means."""
    ws = enter(request, slug, run=True, verb="party.forget")
    parties.forget(ws, pk)
    messages.success(request, _("Ce nom n'est plus reconnu d'avance."))
    return redirect("espace_book_import", slug)
