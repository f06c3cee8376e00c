"""Public pages of grids: the list, a grid in force, each version, what changed, files to take away."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from terreau.common.errors import NotFoundError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.design.pdf import pdf_response
from terreau.grids import document, remarks
from terreau.grids.differences import differences
from terreau.grids.models import GridVersion, Nature
from terreau.grids.perms import can_deposit
from terreau.grids.shelf import Line, Shelf, lines, shelf
from terreau.grids.shown import CriterionShown, shown
from terreau.grids.wording import lexicon


def lang() -> str:
    """Return the language of the page: ``fr`` or ``en``."""
    return "en" if (get_language() or "fr").startswith("en") else "fr"


def _titled(texts: Any) -> str:
    return str(texts.get(lang()) or texts.get("fr") or "") if isinstance(texts, dict) else str(texts)


@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Every grid: who holds it, what it is, its version in force, what is not verified, what is awaited."""
    today = timezone.localdate()
    rows = lines(request.user, today)
    title = _("Grilles")
    if (made := export_response(request, rows, _columns(), "grilles", title=title)) is not None:
        return made
    shelves = [{"line": row, "title": _titled(row.grid.title), "summary": _summary(row)} for row in rows]
    context = {
        "texts": [one for one in shelves if one["line"].version],  # type: ignore[attr-defined]
        "awaited": [
            one | {"awaited": _titled(one["line"].grid.awaited)}  # type: ignore[attr-defined]
            for one in shelves
            if not one["line"].version  # type: ignore[attr-defined]
        ],
        "deposits": bool(can_deposit(request.user)),
    }
    return render(request, "grids/index.html", context)


def _summary(row: Line) -> str:
    return _titled(row.version.content.get("summary") or {}) if row.version else ""


def _columns() -> list[Column]:
    return [
        Column(_("Code"), lambda row: row.grid.code),
        Column(_("Titre"), lambda row: _titled(row.grid.title)),
        Column(_("Auteur"), lambda row: row.grid.owner_name),
        Column(_("Nature"), lambda row: row.grid.get_nature_display()),
        Column(_("Version"), lambda row: row.version.version if row.version else None),
        Column(_("En vigueur depuis"), lambda row: row.version.valid_from if row.version else None, "date"),
        Column(_("En vigueur jusqu'au"), lambda row: row.version.valid_to if row.version else None, "date"),
        Column(_("Vérifiée le"), lambda row: _verified(row.version), "date"),
        Column(_("Critères"), lambda row: row.criteria, "integer"),
        Column(_("Versions"), lambda row: row.count, "integer"),
    ]


def _verified(row: GridVersion | None) -> Any:
    return shown(row.content, "fr", timezone.localdate()).verified_on if row else None


@require_safe
def grid(request: HttpRequest, code: str) -> HttpResponseBase:
    """A grid as it is in force today, with its versions; or what text is awaited."""
    held = shelf(request, code)
    row = held.current(timezone.localdate())
    if row is None:
        context = {"shelf": held, "title": _titled(held.grid.title), "awaited": _titled(held.grid.awaited)}
        return render(request, "grids/awaited.html", context)
    return _version(request, held, row, reverse("grid", args=[code]))


@require_safe
def version(request: HttpRequest, code: str, version: str) -> HttpResponseBase:
    """One version, as it was or will be for ever; a draft for those who hold it."""
    held = shelf(request, code)
    row = held.version(version)
    return _version(request, held, row, reverse("grid_version", args=[code, row.version]))


def _version(request: HttpRequest, held: Shelf, row: GridVersion, back: str) -> HttpResponseBase:
    today = timezone.localdate()
    text = shown(row.content, lang(), today)
    name = f"{held.grid.code}-{row.version}"
    title = f"{text.title} · {row.version}"
    made = export_response(request, text.criteria, _criteria_columns(), name, title=title, back=back)
    if made is not None:
        return made
    current = held.current(today)
    context = {
        "shelf": held,
        "row": row,
        "text": text,
        "current": current,
        "nature_hint": held.grid.nature,
        "history": [_told(one) for one in held.versions],
        "previous": row.supersedes,
        "remarks": remarks.said(row),
        "slot": held.grid.awaited,
    }
    return render(request, "grids/version.html", context)


def _told(row: GridVersion) -> dict[str, Any]:
    content = row.content if isinstance(row.content, dict) else {}
    return {"row": row, "criteria": len(content.get("criteria") or ())}


def _criteria_columns() -> list[Column]:
    return [
        Column(_("Code"), lambda one: one.code),
        Column(_("Sorte"), lambda one: str(one.kind_label)),
        Column(_("Axe"), lambda one: one.axis),
        Column(_("Critère"), lambda one: one.title),
        Column(_("Texte"), lambda one: one.text),
        Column(_("Règle"), _rule_line),
        Column(_("Faits lus"), lambda one: [fact.code for fact in one.facts]),
        Column(_("Document"), lambda one: one.document),
        Column(_("Endroit"), lambda one: one.section),
        Column(_("Vers quel dispositif"), lambda one: one.orient),
    ]


def _rule_line(one: CriterionShown) -> str:
    return one.rule.line() if one.rule else ""


@require_safe
def compare(request: HttpRequest, code: str) -> HttpResponse:
    """What changed between two versions; without a choice, the one in force and the one before it."""
    held = shelf(request, code)
    if not held.versions:
        raise NotFoundError("unknown_version", _("Cette grille n'a pas encore de version."))
    to = _asked(request, held, "a") or held.current(timezone.localdate()) or held.versions[0]
    before = _asked(request, held, "de") or to.supersedes or _before(held, to)
    found = differences(before.content, to.content, lang(), lexicon(timezone.localdate())) if before else None
    context = {
        "shelf": held,
        "title": _titled(held.grid.title),
        "before": before,
        "to": to,
        "found": found,
        "was": _titles(before),
        "natures": dict(Nature.choices),
    }
    return render(request, "grids/compare.html", context)


def _asked(request: HttpRequest, held: Shelf, name: str) -> GridVersion | None:
    asked = request.GET.get(name, "")
    return held.version(asked) if asked else None


def _before(held: Shelf, to: GridVersion) -> GridVersion | None:
    rank = held.versions.index(to)
    return held.versions[rank + 1] if rank + 1 < len(held.versions) else None


def _titles(row: GridVersion | None) -> dict[str, str]:
    criteria = (row.content.get("criteria") or ()) if row else ()
    return {one["code"]: _titled(one.get("title") or {}) for one in criteria if "code" in one}


@require_safe
def as_yaml(request: HttpRequest, code: str, version: str) -> HttpResponse:
    """The file of a version, byte for byte as it was deposited."""
    row = shelf(request, code).version(version)
    response = HttpResponse(row.text, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{code}-{row.version}.yaml"'
    return response


@require_safe
def as_json(request: HttpRequest, code: str, version: str) -> HttpResponse:
    """What a version says, with its digest, as JSON."""
    row = shelf(request, code).version(version)
    data = {
        "grid": code,
        "version": row.version,
        "state": row.state,
        "digest": row.digest,
        "content": row.content,
    }
    return JsonResponse(data, json_dumps_params={"ensure_ascii": False, "indent": 1})


@require_safe
def as_pdf(request: HttpRequest, code: str, version: str) -> HttpResponse:
    """A version as a tagged PDF."""
    held = shelf(request, code)
    row = held.version(version)
    text = shown(row.content, lang(), timezone.localdate())
    here = request.build_absolute_uri(reverse("grid_version", args=[code, row.version]))
    return pdf_response(document.of(row, text, lang(), here), f"{code}-{row.version}")


__all__ = ["as_json", "as_pdf", "as_yaml", "compare", "grid", "index", "lang", "version"]
