"""The tree of a pole as a page and a document: public with what everybody may see, whole in its workspace."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from terreau.common.errors import DomainError, NotFoundError
from terreau.design import pdf
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.design.pdf import Cell, Document, Paragraph, Row, Sources, Table, pdf_response
from terreau.poles.models import Pole
from terreau.poles.workspace import enter, show
from terreau.sheets.facts import language
from terreau.sheets.poles import seen
from terreau.sheets.tree import MANY, Node, Tree, public_tree, workspace_tree
from terreau.web import tree_drawing
from terreau.web.documents import address, footer, licence
from terreau.web.pole_document import cited
from terreau.web.pole_pages import viewer_of

BRANCHES, EVERYTHING = "branches", "tout"
#: Rows of a drawing on one page of paper.
_ROWS_OF_A_PAGE = 44


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks of a tree: how much of it, one branch, some years."""

    level: str = ""
    branch: str = ""
    first: int | None = None
    last: int | None = None

    @classmethod
    def parse(cls, values: Any) -> Asked:
        """Read ``niveau``, ``branche``, ``de`` and ``a``; raise ``DomainError`` (422) for anything else."""
        level = values.get("niveau", "")
        if level not in {"", BRANCHES, EVERYTHING}:
            facts = {"parameter": "niveau", "value": level[:40], "allowed": [BRANCHES, EVERYTHING]}
            raise DomainError("unknown_value", _("Ce niveau de l'arbre n'existe pas."), facts=facts)
        return cls(level, values.get("branche", "")[:200], _year(values, "de"), _year(values, "a"))


def _year(values: Any, name: str) -> int | None:
    text = values.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        facts = {"parameter": name, "value": text[:40]}
        raise DomainError("unknown_value", _("Une année s'écrit avec quatre chiffres."), facts=facts)
    return int(text)


@dataclass(frozen=True)
class Line:
    """A node in the table: what it is, what it was born of."""

    node: Node
    parent: str
    depth: int


COLUMNS: list[Any] = [
    (gettext_lazy("Année de naissance"), lambda line: line.node.when),
    (gettext_lazy("Sorte"), lambda line: line.node.kind_label),
    (gettext_lazy("Ce qui est né"), lambda line: line.node.title),
    (gettext_lazy("Né de"), lambda line: line.parent),
    (gettext_lazy("Jusqu'au"), lambda line: line.node.until.isoformat() if line.node.until else ""),
    Column(gettext_lazy("Nombre d'éléments"), lambda line: line.node.count, "integer"),
    (gettext_lazy("Précision"), lambda line: line.node.note),
    (gettext_lazy("Sources"), lambda line: [str(source) for source in line.node.sources]),
]


@require_safe
def public(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The tree that everybody may see."""
    try:
        pole = seen(slug, viewer_of(request))
    except NotFoundError as error:
        if winner := error.facts.get("slug"):
            return redirect("pole_tree", winner, permanent=True)
        raise
    tree = public_tree(pole, today=timezone.localdate())
    exported, context = _context(request, tree, pole)
    context["pdf_url"] = reverse("pole_tree_pdf", args=[slug])
    return exported or render(request, "web/pole_tree.html", context)


@require_safe
def inside(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The whole tree, for the people of the pole."""
    ws = enter(request, slug)
    exported, context = _context(request, workspace_tree(ws.pole, today=ws.today), ws.pole)
    context["pdf_url"] = reverse("espace_tree_pdf", args=[slug])
    return exported or show(request, ws, "web/espace_tree.html", context)


@require_safe
def public_pdf(request: HttpRequest, slug: str) -> HttpResponse:
    """The public tree as a document."""
    pole = seen(slug, viewer_of(request))
    here = address(request, reverse("pole_tree", args=[slug]))
    return _document(public_tree(pole, today=timezone.localdate()), pole, here)


@require_safe
def inside_pdf(request: HttpRequest, slug: str) -> HttpResponse:
    """The whole tree as a document."""
    ws = enter(request, slug)
    here = address(request, reverse("espace_tree", args=[slug]))
    return _document(workspace_tree(ws.pole, today=ws.today), ws.pole, here)


def _context(request: HttpRequest, tree: Tree, pole: Pole) -> tuple[HttpResponseBase | None, dict[str, Any]]:
    """Return the file asked for, and what the page draws."""
    asked = Asked.parse(request.GET)
    chosen = _chosen(tree, asked)
    exported = export_response(
        request, _lines(chosen), COLUMNS, f"arbre-{pole.slug}", title=_("Arbre du pôle")
    )
    if exported is not None:
        return exported, {}
    level = asked.level or (BRANCHES if len(chosen.nodes) > MANY else EVERYTHING)
    shown = chosen.gathered() if level == BRANCHES else chosen
    links = _links(request, shown, asked)
    return None, {
        "pole": pole,
        "tree": tree,
        "shown": shown,
        "drawing": tree_drawing.svg(shown, links=links),
        "legend": tree_drawing.legend(node.kind for node in shown.nodes),
        "lines": _lines(chosen),
        "years": [(when, list(lines)) for when, lines in groupby(_lines(shown), lambda one: one.node.year)],
        "level": level,
        "gathers": len(chosen.gathered().nodes) < len(chosen.nodes),
        "levels": [
            (BRANCHES, _("Les grandes branches"), _query(asked, niveau=BRANCHES)),
            (EVERYTHING, _("Chaque feuille"), _query(asked, niveau=EVERYTHING)),
        ],
        "asked": asked,
        "branch": next((one for one in tree.nodes if one.key == asked.branch), None),
        "every_year": tree.years,
        "whole": not (asked.branch or asked.first or asked.last),
    }


def _chosen(tree: Tree, asked: Asked) -> Tree:
    chosen = tree.branch(asked.branch) if asked.branch else tree
    if asked.branch and not chosen.nodes:
        raise NotFoundError("unknown_branch", _("Cette branche n'est pas, ou plus, dans l'arbre."))
    return chosen.between(asked.first, asked.last) if asked.first or asked.last else chosen


def _query(asked: Asked, **changed: str) -> str:
    values = {"niveau": asked.level, "branche": asked.branch, "de": asked.first, "a": asked.last, **changed}
    return "?" + urlencode({name: value for name, value in values.items() if value})


def _links(request: HttpRequest, tree: Tree, asked: Asked) -> dict[str, str]:
    """Return where each node leads: into its branch, into its year, or to its page."""
    prefix = "/en" if language() == "en" else ""
    bearing = {node.parent for node in tree.nodes}
    found = {}
    for node in tree.nodes:
        if node.key.startswith("crowd:"):
            year = str(node.year or "")
            found[node.key] = _query(asked, niveau=EVERYTHING, de=year, a=year)
        elif node.key in bearing and node.key != asked.branch:
            found[node.key] = _query(Asked(), branche=node.key)
        elif node.path:
            found[node.key] = f"{prefix}{node.path}"
    return found


def _lines(tree: Tree) -> list[Line]:
    titles = {node.key: node.title for node in tree.nodes}
    depths: dict[str, int] = {}
    lines = []
    for node in tree.nodes:
        depths[node.key] = depths.get(node.parent, -1) + 1 if node.parent else 0
        lines.append(Line(node, titles.get(node.parent, ""), depths[node.key]))
    return sorted(lines, key=lambda line: (line.node.on is None, line.node.year or 0))


def _document(tree: Tree, pole: Pole, here: str) -> HttpResponse:
    """Draw the tree, cut in pages that can be read on paper, then its table."""
    sources = Sources()
    blocks: list[Any] = []
    slices = _slices(tree)
    for rank, part in enumerate(slices):
        years = part.years
        if len(slices) > 1 and years:
            blocks.append(pdf.Heading(f"{years[0]} – {years[-1]}" if len(years) > 1 else str(years[0])))
        drawn = tree_drawing.svg(part, width=860)
        if drawn:
            alt = _("L'arbre du pôle, dont le tableau qui suit dit toutes les branches (dessin %(rank)s).")
            blocks.append(pdf.Drawing(str(drawn), alt % {"rank": rank + 1}, _height(part)))
    rows: list[Row] = [
        [
            line.node.said or _("sans date"),
            Cell(line.node.title, cited(line.node.sources, sources), strong=True),
            line.node.kind_label,
            line.parent,
        ]
        for line in _lines(tree)
    ]
    if rows:
        blocks.append(pdf.Heading(_("Tout ce qui est né")))
        headers = [_("Année de naissance"), _("Ce qui est né"), _("Sorte"), _("Né de")]
        blocks.append(Table(headers, rows, (2, 5, 3, 3)))
    else:
        blocks.append(Paragraph(_("Rien n'est encore daté : l'arbre est à planter.")))
    document = Document(
        title=_("L'arbre de %(name)s") % {"name": tree.name},
        lang=language(),
        kind=_("exemple fictif") if pole.fictional else "",
        lede=_("Du terreau à ce qui en est né, année après année."),
        blocks=blocks,
        sources=sources,
        footer=footer(here),
        licence=licence(),
    )
    return pdf_response(document, f"arbre-{pole.slug}")


def _slices(tree: Tree) -> list[Tree]:
    """Cut a large tree in runs of years that hold on a page each; a small one is whole."""
    if len(tree.nodes) <= _ROWS_OF_A_PAGE:
        return [tree]
    runs: list[list[int]] = []
    count = 0
    for year in tree.years:
        born = sum(node.year == year for node in tree.nodes)
        if not runs or count + born > _ROWS_OF_A_PAGE:
            runs.append([])
            count = 0
        runs[-1].append(year)
        count += born
    return [tree.between(run[0], run[-1]) for run in runs]


def _height(part: Tree) -> float:
    """Return centimetres on paper: what keeps letters readable, a page at most."""
    return min(23.0, max(8.0, tree_drawing.height_of(part, width=860) * 17 / 860))
