"""The documents of a pole: filed once, cited everywhere, with who reads each and their editions."""

from __future__ import annotations

from typing import Any, BinaryIO, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from terreau.common.errors import DomainError, NotFoundError, RefusedError, StaleWriteError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.design.forms import BaseForm
from terreau.journal.actions import counting_refusals
from terreau.pieces import documents
from terreau.pieces.models import Document, DocumentLink, Edition
from terreau.poles.workspace import Workspace, enter, show
from terreau.sheets import documents as sheet
from terreau.sheets import purposes
from terreau.subjects.models import Subject
from terreau.web.espace_forms import shown

_allowed = require_http_methods(["GET", "HEAD", "POST"])


class FileForm(BaseForm):
    """A document to file: its file, its title, who reads it."""

    file = forms.FileField(
        label=gettext_lazy("Fichier"),
        help_text=gettext_lazy("PDF, image, texte, tableau ou document sans macro."),
    )
    title = forms.CharField(
        label=gettext_lazy("Titre"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Vide, le nom du fichier."),
    )
    audience = forms.ChoiceField(label=gettext_lazy("Qui le lit"), choices=Document.Audience.choices)

    def __init__(self, ws: Workspace, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not ws.runs:
            # To publish in the name of the pole, or to write to its animators alone, is theirs.
            kept = [one for one in Document.Audience.choices if one[0] == Document.Audience.PEOPLE]
            self.fields["audience"].choices = kept  # type: ignore[attr-defined]


class ChangeForm(BaseForm):
    """The title and the readers of a document, with what they were when the form was opened."""

    title = forms.CharField(label=gettext_lazy("Titre"), max_length=200)
    audience = forms.ChoiceField(label=gettext_lazy("Qui le lit"), choices=Document.Audience.choices)
    base_title = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)
    base_audience = forms.CharField(widget=forms.HiddenInput, required=False)


class RenewForm(BaseForm):
    """The next edition of a document."""

    file = forms.FileField(label=gettext_lazy("Nouveau fichier"))
    note = forms.CharField(label=gettext_lazy("Ce qui change"), max_length=300, required=False)


class CiteForm(BaseForm):
    """Something of the workspace that cites a document."""

    subject = forms.ChoiceField(label=gettext_lazy("Où le citer"))
    note = forms.CharField(label=gettext_lazy("À quel propos"), max_length=200, required=False)


class WithdrawForm(BaseForm):
    """Why a document is taken away from its readers."""

    reason = forms.CharField(label=gettext_lazy("Pourquoi le retirer"), max_length=300)


@_allowed
def index(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The documents that the person reads, where each is cited; POST files one."""
    ws = enter(request, slug)
    form = FileForm(ws, request.POST or None, request.FILES or None, initial={"audience": "people"})
    if request.method == "POST" and form.is_valid():
        made = _filed(ws, form)
        if made is not None:
            messages.success(request, _("« %(title)s » est déposé.") % {"title": made.title})
            return redirect("espace_document", slug, made.pk)
    rows = sheet.listed(ws, sheet.readable(ws).select_related("filed_by").order_by("-filed_at", "pk"))
    sent = export_response(request, rows, _columns(), "documents")
    if sent is not None:
        return sent
    named = purposes.of_pole(ws.pole)
    context = {"rows": rows, "attached": sheet.attached(ws, named), "form": form}
    return show(request, ws, "web/espace/documents.html", context, status=422 if form.errors else 200)


def _filed(ws: Workspace, form: FileForm) -> Document | None:
    sent = form.cleaned_data["file"]
    title, audience = form.cleaned_data["title"], form.cleaned_data["audience"]
    try:
        return documents.file(
            ws.pole.actor.subject, _stream(sent), sent.name, title=title, audience=audience, by=ws.user
        )
    except DomainError as error:
        shown(form, error) if error.facts.get("field") else form.add_error("file", str(error.message))
    return None


def _stream(sent: UploadedFile[Any]) -> BinaryIO:
    return cast(BinaryIO, sent.file)


@_allowed
def document(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """A document: its editions, where it is cited; its title and readers are changed here."""
    ws = enter(request, slug)
    row = _one(ws, pk)
    now = {"title": row.title, "audience": row.audience}
    base = {f"base_{name}": value for name, value in now.items()}
    asked = request.POST if request.method == "POST" else None
    form = ChangeForm(asked, initial={**now, **base})
    conflicts: dict[str, Any] = {}
    if request.method == "POST":
        _may_change(ws, row)
        if form.is_valid():
            typed = form.cleaned_data
            mine = {name: typed[name] for name in now}
            try:
                documents.change(
                    row, base={name: typed[f"base_{name}"] for name in now}, mine=mine, by=ws.user
                )
            except StaleWriteError as error:
                conflicts = error.facts["conflicts"]
                form.add_error(None, str(error.message))
            except DomainError as error:
                shown(form, error)
            else:
                messages.success(request, _("C'est enregistré."))
                return redirect("espace_document", slug, pk)
    return _page(request, ws, row, form=form, conflicts=conflicts, status=409 if conflicts else 0)


@require_POST
def renew(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """File the next edition of a document."""
    ws = enter(request, slug)
    row = _one(ws, pk)
    _may_change(ws, row)
    form = RenewForm(request.POST, request.FILES)
    if form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            made = documents.renew(row, _stream(sent), sent.name, note=form.cleaned_data["note"], by=ws.user)
        except DomainError as error:
            form.add_error("file", str(error.message))
        else:
            words = _("La version %(number)d est en vigueur, partout où le document est cité.")
            messages.success(request, words % {"number": made.number})
            return redirect("espace_document", slug, pk)
    return _page(request, ws, row, renewing=form)


@require_POST
def cite(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Cite a document from something of the workspace, or end a citation (``retirer``)."""
    ws = enter(request, slug)
    row = _one(ws, pk)
    if ended := request.POST.get("retirer", ""):
        link = DocumentLink.objects.filter(document=row, pk=ended if ended.isdecimal() else 0).first()
        if link is None:
            raise NotFoundError("unknown_citation", _("Cette citation n'existe pas."))
        if link.by_id != ws.user.pk:
            _may_change(ws, row)
        documents.cite_no_more(link, by=ws.user)
        return redirect("espace_document", slug, pk)
    form = _citing(ws, request.POST)
    if form.is_valid():
        subject = Subject.objects.get(pk=form.cleaned_data["subject"])
        try:
            documents.cite(row, subject, note=form.cleaned_data["note"], by=ws.user)
        except DomainError as error:
            shown(form, error)
        else:
            messages.success(request, _("Le document y est cité."))
            return redirect("espace_document", slug, pk)
    return _page(request, ws, row, citing=form)


@require_POST
def withdraw(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Take a document away from its readers; its files and its history stay."""
    ws = enter(request, slug)
    row = _one(ws, pk)
    _may_change(ws, row)
    form = WithdrawForm(request.POST)
    if form.is_valid():
        try:
            documents.withdraw(row, reason=form.cleaned_data["reason"], by=ws.user)
        except DomainError as error:
            shown(form, error)
        else:
            messages.success(request, _("Le document est retiré : seul qui anime le pôle le lit encore."))
            return redirect("espace_documents", slug)
    return _page(request, ws, row, withdrawing=form)


def _one(ws: Workspace, pk: UUID) -> Document:
    rows = sheet.readable(ws, withdrawn=True).select_related("subject", "filed_by")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFoundError("unknown_document", _("Ce document n'existe pas, ou n'est pas pour vous."))
    return found


def _changes(ws: Workspace, row: Document) -> bool:
    return ws.runs or (row.filed_by_id == ws.user.pk and row.audience == Document.Audience.PEOPLE)


def _may_change(ws: Workspace, row: Document) -> None:
    if not _changes(ws, row):
        reason = _("Un document est changé par qui l'a déposé, ou par qui anime le pôle.")
        with counting_refusals(ws.pole.actor.subject, "document.change", by=ws.user):
            raise RefusedError("not_yours", reason)


def _citing(ws: Workspace, data: Any = None) -> CiteForm:
    form = CiteForm(data)
    named = {pk: one for pk, one in purposes.of_pole(ws.pole).items() if pk != ws.pole.pk}
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in named.values():
        groups.setdefault(one.kind, []).append((str(one.pk), one.title))
    form.fields["subject"].choices = list(groups.items())  # type: ignore[attr-defined]
    return form


def _page(  # noqa: PLR0913 - keyword-only: each is a form of the page, the one that was refused
    request: HttpRequest,
    ws: Workspace,
    row: Document,
    *,
    form: ChangeForm | None = None,
    renewing: RenewForm | None = None,
    citing: CiteForm | None = None,
    withdrawing: WithdrawForm | None = None,
    conflicts: dict[str, Any] | None = None,
    status: int = 0,
) -> HttpResponse:
    now = {"title": row.title, "audience": row.audience}
    base = {f"base_{name}": value for name, value in now.items()}
    (filed,) = sheet.listed(ws, [row])
    form = form or ChangeForm(initial={**now, **base})
    if not ws.runs:
        kept = [(code, label) for code, label in Document.Audience.choices if code == row.audience]
        form.fields["audience"].choices = kept  # type: ignore[attr-defined]
    forms_ = {
        "form": form,
        "renewing": renewing or RenewForm(),
        "citing": citing or _citing(ws),
        "withdrawing": withdrawing or WithdrawForm(),
    }
    editions = Edition.objects.filter(document=row).select_related("piece__blob", "by")
    refused = any(one.errors for one in forms_.values())
    context = {
        "row": row,
        "filed": filed,
        "editions": editions.order_by("-number"),
        "changes": _changes(ws, row) and row.withdrawn_at is None,
        "conflicts": conflicts or {},
        **forms_,
    }
    return show(request, ws, "web/espace/document.html", context, status=status or (422 if refused else 200))


def _columns() -> list[Column]:
    def cited(one: sheet.Filed) -> list[str]:
        return [f"{citation.kind} : {citation.title}" for citation in one.citations]

    return [
        Column(gettext_lazy("Titre"), lambda one: one.row.title),
        Column(gettext_lazy("Qui le lit"), lambda one: one.row.get_audience_display()),
        Column(gettext_lazy("Version"), lambda one: one.edition.number, "integer"),
        Column(gettext_lazy("Fichier"), lambda one: one.edition.piece.name),
        Column(gettext_lazy("Taille en octets"), lambda one: one.edition.piece.blob.size, "integer"),
        Column(gettext_lazy("Déposé le"), lambda one: one.edition.at.date(), "date"),
        Column(gettext_lazy("Cité"), cited),
    ]
