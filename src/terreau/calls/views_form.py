"""The form of a call, written without code: pages, sections, questions, conditions, versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from terreau.calls import form_checks, form_editing, read, versions, wording
from terreau.calls.field_form import FieldForm
from terreau.calls.form_rules import fields
from terreau.calls.forms import NoteForm, PartForm
from terreau.calls.models import Call
from terreau.calls.perms import CallSpace
from terreau.calls.views_build import owned, proved_to_write, show
from terreau.common.errors import DomainError, NotFoundError
from terreau.exchanges.acting import refuse

_GET_POST: Final = ["GET", "HEAD", "POST"]
Edit = Callable[[Mapping[str, Any]], dict[str, Any]]


def _content(call: Call) -> Mapping[str, Any]:
    """Return the form that is written: the draft, else the version in use."""
    found = read.draft_form(call) or read.current_form(call)
    return found.content if found else {"pages": []}


@require_http_methods(_GET_POST)
def form_page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The form: its pages, sections and questions, each moved, changed or removed in place."""
    space = owned(request, slug, "call.form")
    status, form = 200, PartForm()
    if request.method == "POST":
        try:
            return _play(request, space)
        except DomainError as error:
            if error.code != "title_needed" and error.status not in {404, 409}:
                raise
            messages.error(request, str(error.message))
        return redirect(request.path)
    content = _content(space.call)
    context = {
        "form": form,
        "pages": _pages(content),
        "draft": read.draft_form(space.call),
        "current": read.current_form(space.call),
        "changes": versions.waiting(space.call),
        "problems": [_placed(one, content) for one in form_checks.check(content)],
        "versions": space.call.forms.exclude(published_at=None),
    }
    return show(request, space, "calls/build_form.html", context, part="formulaire", status=status)


def _placed(problem: form_checks.Problem, content: Mapping[str, Any]) -> dict[str, str]:
    """Return a problem with the question or the part where it stands."""
    parts = problem.where.split("/")
    key = parts[5] if len(parts) > 5 else ""
    known = {one.key: str(one.field.get("label", "")) for one in fields(content)}
    return {"what": problem.what, "do": problem.do, "key": key, "label": known.get(key, "")}


def _pages(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the form as the page draws it, each question with its kind and its condition in words."""
    known = {one.key: one.field for one in fields(content)}
    return [
        {
            "title_en": "",
            **page,
            "sections": [
                {
                    "title_en": "",
                    **section,
                    "fields": [
                        {
                            "required": False,
                            "source": "",
                            **one,
                            "kind_words": wording.KINDS.get(one.get("kind", ""), one.get("kind", "")),
                            "condition": _condition(one.get("show_when"), known),
                        }
                        for one in section.get("fields", ())
                    ],
                }
                for section in page.get("sections", ())
            ],
        }
        for page in content.get("pages", ())
    ]


def _condition(condition: Any, known: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a condition in words."""
    if not isinstance(condition, Mapping):
        return ""
    for name in ("all", "any"):
        if name in condition:
            parts = "; ".join(_condition(one, known) for one in condition[name])
            whole = _("tout ceci : %(parts)s") if name == "all" else _("l'un de ceux-ci : %(parts)s")
            return whole % {"parts": parts}
    if "not" in condition:
        return _("sauf si : %(condition)s") % {"condition": _condition(condition["not"], known)}
    field = known.get(str(condition["field"]), {})
    label = str(field.get("label", condition["field"]))
    told = {"question": label, "op": wording.OPS.get(condition["op"], condition["op"])}
    if condition["op"] == "filled":
        return _("« %(question)s » %(op)s") % told
    value = condition.get("value")
    told["value"] = ", ".join(_said(one, field) for one in (value if isinstance(value, list) else [value]))
    return _("« %(question)s » %(op)s « %(value)s »") % told


def _said(value: Any, field: Mapping[str, Any]) -> str:
    """Return a value of a condition in the words of the question that it reads."""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    names = {str(one["code"]): str(one["label"]) for one in field.get("options", ())}
    return names.get(str(value), str(value))


def _play(request: HttpRequest, space: CallSpace) -> HttpResponseBase:
    """Do what a button of the page of the form asks."""
    asked, data = request.POST.get("faire", ""), request.POST
    page, section = data.get("page", "")[:60], data.get("section", "")[:60] or None
    key, way = data.get("cle", "")[:60], data.get("sens", "")
    title = data.get("title", "").strip()[:200]
    titles = {"title": title, "title_en": data.get("title_en", "").strip()[:200]}
    edits: dict[str, Edit] = {
        "page": lambda held: form_editing.add_page(held, title),
        "partie": lambda held: form_editing.add_section(held, page, title),
        "renommer": lambda held: form_editing.rename(held, page, section, titles),
        "deplacer": lambda held: form_editing.move_field(held, key, way),
        "deplacer-partie": lambda held: form_editing.move_part(held, page, section, way),
        "retirer": lambda held: form_editing.remove_field(held, key),
        "retirer-partie": lambda held: form_editing.remove_part(held, page, section),
    }
    if asked == "abandonner":
        versions.drop(space.call, by=space.user)
        messages.success(request, _("Les changements du formulaire sont abandonnés."))
        return redirect(request.path)
    if asked not in edits:
        raise NotFoundError("unknown_act", _("Cette page ne sait pas faire cela."))
    if asked in {"page", "partie", "renommer"} and not title:
        raise DomainError("title_needed", _("Donnez un titre."))
    versions.edit(space.call, edits[asked], by=space.user)
    anchor = f"#q-{key}" if key and asked == "deplacer" else f"#p-{page}" if page else ""
    return redirect(f"{request.path}{anchor}")


@require_http_methods(_GET_POST)
def field_new(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Add a question to a section."""
    space = owned(request, slug, "call.form")
    place = request.POST if request.method == "POST" else request.GET
    page, section = place.get("page", "")[:60], place.get("partie", "")[:60]
    content = _content(space.call)
    before = _before(content, page=page, section=section)
    form = _field_form(request, before)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        made = form.field(form_editing.keys(content))

        def change(held: Mapping[str, Any]) -> dict[str, Any]:
            return form_editing.add_field(held, page, section, made)

        try:
            versions.edit(space.call, change, by=space.user)
        except DomainError as error:
            refuse(form, error)
            status = error.status
        else:
            messages.success(request, _("La question est ajoutée."))
            return redirect(f"{reverse('call_form', args=[slug])}#q-{made['key']}")
    context = {"form": form, "page": page, "section": section, "one": None}
    return show(request, space, "calls/build_field.html", context, part="formulaire", status=status)


@require_http_methods(_GET_POST)
def field_edit(request: HttpRequest, slug: str, key: str) -> HttpResponseBase:
    """Change a question."""
    space = owned(request, slug, "call.form")
    content = _content(space.call)
    one = form_editing.field_of(content, key)
    before = _before(content, key=key)
    form = _field_form(request, before, one)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        made = form.field(form_editing.keys(content))
        try:
            versions.put_field(space.call, key, made, seen=form.base, by=space.user)
        except DomainError as error:
            refuse(form, error)
            status = error.status
        else:
            messages.success(request, _("La question est enregistrée."))
            return redirect(f"{reverse('call_form', args=[slug])}#q-{key}")
    context = {"form": form, "one": one}
    return show(request, space, "calls/build_field.html", context, part="formulaire", status=status)


def _field_form(
    request: HttpRequest, before: list[Mapping[str, Any]], one: Mapping[str, Any] | None = None
) -> FieldForm:
    data = request.POST if request.method == "POST" else None
    return FieldForm(data, before=before, grids=read.grid_names(), one=one)


def _before(
    content: Mapping[str, Any], *, key: str = "", page: str = "", section: str = ""
) -> list[Mapping[str, Any]]:
    """Return the questions that stand before one, or before the end of a section."""
    found: list[Mapping[str, Any]] = []
    for one_page in content.get("pages", ()):
        for part in one_page.get("sections", ()):
            for one in part.get("fields", ()):
                if key and one["key"] == key:
                    return found
                found.append(one)
            if not key and one_page["code"] == page and part["code"] == section:
                return found
    if key:
        return found
    raise NotFoundError("form_part_gone", _("Cette partie du formulaire n'est plus là."))


@require_http_methods(_GET_POST)
@proved_to_write
def form_publish(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Publish the next version of the form: what changes, and what open files would lose, listed first."""
    space = owned(request, slug, "call.form_publish")
    draft = read.draft_form(space.call)
    if draft is None or space.call.state == Call.State.DRAFT:
        return redirect("call_form", slug)
    form = NoteForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            _row, lost = versions.publish(space.call, note=form.cleaned_data["note"], by=space.user)
        except DomainError as error:
            refuse(form, error)
            status = error.status
        else:
            messages.success(request, _told(len(lost)))
            return redirect("call_form", slug)
    current = read.current_form(space.call)
    labels = _labels(current.content if current else {}) | _labels(draft.content)
    changes = versions.waiting(space.call)
    context = {
        "form": form,
        "draft": draft,
        "added": [labels.get(key, key) for key in changes.added],
        "removed": [labels.get(key, key) for key in changes.removed],
        "changed": [labels.get(key, key) for key in changes.changed],
        "lost": [
            {
                "dossier": one.dossier,
                "lost": [(held.label, wording.LOST.get(held.why, held.why)) for held in one.lost],
            }
            for one in versions.would_lose(space.call)
        ],
        "problems": form_checks.check(draft.content),
    }
    return show(request, space, "calls/build_publish.html", context, part="formulaire", status=status)


def _told(files: int) -> str:
    if files:
        return _("La nouvelle version est publiée ; chaque dossier qui perd une réponse le dit.")
    return _("La nouvelle version est publiée : les dossiers ouverts l'ont reprise.")


def _labels(content: Mapping[str, Any]) -> dict[str, str]:
    return {one.key: str(one.field.get("label", one.key)) for one in fields(content)}
