"""The components of the house as template tags, explained in docs/reference/components.md."""

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.design import addresses, facets, icons, numbers
from terreau.design.export import CHOOSE, PLACED, format_label, formats
from terreau.design.marks import MARKS, Mark, unknown_mark

register = template.Library()

NOTICE_KINDS = ("info", "warning", "success", "error", "refusal", "empty", "old")


def _request(context: template.Context) -> HttpRequest:
    request: HttpRequest = context["request"]
    return request


def _prefix(context: template.Context) -> str:
    return str(context.get("language_prefix", ""))


def _number(context: template.Context) -> int:
    """Return a number used once on the page, for the ids of popovers."""
    request = _request(context)
    counter = getattr(request, "_design_numbers", None)
    if counter is None:
        counter = request._design_numbers = itertools.count(1)  # type: ignore[attr-defined]
    return int(next(counter))


# Small marks


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return a decorative icon; unknown names fail."""
    return mark_safe(icons.svg(name))  # noqa: S308 (constant drawings)


def _mark(status: str) -> Mark:
    return MARKS.get(str(status)) or unknown_mark(str(status))


@register.inclusion_tag("design/components/provenance.html")
def provenance(status: str) -> dict[str, Any]:
    """Show the mark of a status with its word for assistive technology and as a tooltip."""
    return {"mark": _mark(status)}


@register.simple_tag
def number(value: Any, unit: str = "", decimals: int | None = None) -> str:
    """Return a figure and its unit in the language of the page; ``None`` says that it is unknown."""
    if value is None or value == "":
        return _("inconnu")
    return numbers.with_unit(value, str(unit), get_language() or "fr", decimals)


@register.inclusion_tag("design/components/fact.html", takes_context=True)
def fact(context: template.Context, fact: Any) -> dict[str, Any]:
    """Show a fact: value, period, and the mark that opens its source and what contradicts it.

    ``fact`` has ``display``, ``period``, ``status``, ``source`` (``document``, ``section``, ``url``)
    and ``contradicted_by`` (a list of the same shape); attributes or keys. ``written_in`` is the language
    of ``display`` when it is not the page's.
    """
    others = [_fact_parts(other) for other in _read(fact, "contradicted_by") or []]
    return {"fact": _fact_parts(fact), "others": others, "number": _number(context)}


def _read(thing: Any, name: str) -> Any:
    return thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)


def _fact_parts(fact: Any) -> dict[str, Any]:
    source = _read(fact, "source") or {}
    return {
        "display": _read(fact, "display") or "",
        "period": _read(fact, "period") or "",
        "note": _read(fact, "note") or "",
        "written_in": _read(fact, "written_in") or "",
        "mark": _mark(_read(fact, "status") or ""),
        "document": _read(source, "document") or "",
        "section": _read(source, "section") or "",
        "url": _read(source, "url") or "",
    }


@register.inclusion_tag("design/components/source.html", takes_context=True)
def source(context: template.Context, source: Any, status: str = "") -> dict[str, Any]:
    """Show the mark that opens a source (``document``, ``section``, ``url``) without a figure beside it."""
    fact = {"source": source, "status": status}
    return {"fact": _fact_parts(fact), "others": [], "number": _number(context)}


@register.inclusion_tag("design/components/definition.html", takes_context=True)
def definition(context: template.Context, term: str, text: str) -> dict[str, Any]:
    """Show a word with a dotted underline that opens its definition; plain when there is none."""
    return {"term": term, "text": text, "number": _number(context)}


@register.simple_tag
def badge(label: str, kind: str = "plain", title: str = "") -> SafeString:
    """Show a short label; ``kind`` is plain, moss, earth, ochre, slate or clay."""
    # A list shows a hundred of them: a template would be most of the page's time.
    told = format_html(' title="{}"', title) if title else ""
    return format_html('<span class="badge badge-{}"{}>{}</span>', kind, told, label)


@register.simple_tag
def fictional() -> SafeString:
    """Show that what is described is an invented example."""
    title = _("Cet exemple est inventé pour montrer à quoi sert le site.")
    return badge(_("exemple fictif"), "fictional", title)


@register.simple_tag
def approximate() -> SafeString:
    """Show that a place or a perimeter is known only roughly."""
    title = _("Le lieu ou le périmètre n'est connu qu'à la maille d'une zone plus grande.")
    return badge(_("approché"), "approximate", title)


@register.inclusion_tag("design/components/unknown.html")
def unknown(label: str = "") -> dict[str, Any]:
    """Show that something is not known: neither zero, nor empty."""
    return {"label": label}


# Places in the site


@register.inclusion_tag("design/components/nav_link.html", takes_context=True)
def nav_link(context: template.Context, path: str, label: str) -> dict[str, Any]:
    """Show one item of the menu, marked when the page is in its part of the site."""
    bare = str(context.get("bare_path", ""))
    current = "page" if bare == path else "true" if bare.startswith(path) else ""
    return {"href": _prefix(context) + path, "label": label, "current": current}


@register.inclusion_tag("design/components/breadcrumbs.html", takes_context=True)
def breadcrumbs(context: template.Context, *parts: str) -> dict[str, Any]:
    """Show where one is: label, address, label, address…, last label without an address.

    An address is a French one, or what ``{% url %}`` gives in the language of the page.
    """
    prefix = _prefix(context)
    steps = [
        {"label": label, "href": prefix + href if _unprefixed(href, prefix) else href}
        for label, href in itertools.zip_longest(parts[::2], parts[1::2], fillvalue="")
    ]
    return {"home": prefix + "/", "steps": steps}


def _unprefixed(href: str, prefix: str) -> bool:
    return href.startswith("/") and not (prefix and href.startswith(prefix + "/"))


# Blocks


@register.simple_block_tag
def card(content: str, title: str = "", url: str = "", level: int = 3, tone: str = "") -> str:
    """Show a flat card with one thick top rule; ``tone`` is moss, earth, ochre or slate."""
    values = {"content": content, "title": title, "url": url, "level": level, "tone": tone}
    return render_to_string("design/components/card.html", values)


@register.simple_block_tag
def notice_box(content: str, kind: str = "info", title: str = "") -> str:
    """Show a notice: info, warning, success, error, refusal (why, what would change it), empty, old."""
    if kind not in NOTICE_KINDS:
        raise ValueError(f"notice_box: {kind!r} is none of {', '.join(NOTICE_KINDS)}")
    return render_to_string(
        "design/components/notice.html", {"content": content, "kind": kind, "title": title}
    )


@register.simple_block_tag(takes_context=True)
def data_table(
    context: template.Context, content: str, caption: str = "", export: bool | str = False, name: str = ""
) -> str:
    """Show a table with its caption in a region that scrolls sideways; the content is thead and tbody.

    ``export=True`` adds the links to the same list as CSV, XLSX and ODS (``?format=…``), and
    ``export="geojson"`` to its places too.
    """
    number = _number(context)
    links = _export_links(_request(context), place=export == PLACED) if export else []
    values = {"content": content, "caption": caption, "number": number, "exports": links, "name": name}
    return render_to_string("design/components/table.html", values)


def _export_links(request: HttpRequest, *, place: bool) -> list[dict[str, str]]:
    links = [
        {"label": format_label(one), "href": addresses.query(request, {"format": one})}
        for one in formats(place=place)
    ]
    return [
        *links,
        {"label": _("choisir les colonnes"), "href": addresses.query(request, {"format": CHOOSE})},
    ]


@register.inclusion_tag("design/components/exports.html", takes_context=True)
def export_links(context: template.Context, *, place: bool = False) -> dict[str, Any]:
    """Show the links that export the list of this page as it is filtered; ``place``: as GeoJSON too."""
    return {"exports": _export_links(_request(context), place=place)}


@register.inclusion_tag("design/components/sort_header.html", takes_context=True)
def sort_header(
    context: template.Context, key: str, label: str, default: bool = False, numeric: bool = False
) -> dict[str, Any]:
    """Show a column header that sorts: ``?tri=key``, then ``?tri=-key``; ``default``: sorted so at first."""
    request = _request(context)
    current = request.GET.get("tri") or (key if default else "")
    direction = {key: "ascending", f"-{key}": "descending"}.get(current, "")
    target = f"-{key}" if direction == "ascending" else key
    href = addresses.query(request, {"tri": target})
    return {"label": label, "href": href, "direction": direction, "numeric": numeric}


# Lists


@register.simple_block_tag(takes_context=True)
def results(context: template.Context, content: str, count: str = "") -> str:
    """Wrap what changes when a filter changes; ``count`` is the sentence said aloud after a change."""
    request = _request(context)
    state = [
        (name, value)
        for name, values in request.GET.lists()
        if name not in ("q", *addresses.POSITION)
        for value in values
        if value
    ]
    values = {"content": content, "state": state, "count": count}
    return render_to_string("design/components/results.html", values)


@register.inclusion_tag("design/components/search_box.html", takes_context=True)
def search_box(
    context: template.Context, label: str, hint: str = "", placeholder: str = ""
) -> dict[str, Any]:
    """Show the search field of a list (``q``), which searches as one types when JavaScript is there."""
    request = _request(context)
    return {"path": request.path, "value": request.GET.get("q", ""), "label": label, "hint": hint,
            "placeholder": placeholder}  # fmt: skip


@register.inclusion_tag("design/components/facet.html", takes_context=True)
def facet(  # noqa: PLR0913
    context: template.Context,
    name: str,
    values: Sequence[Any],
    title: str = "",
    *,
    several: bool = False,
    opened: bool = False,
) -> dict[str, Any]:
    """Show the values of a filter as links; each has ``code``, ``label``, ``count``, ``selected``."""
    request = _request(context)
    choices = [
        facets.Choice(
            str(_read(value, "code")),
            str(_read(value, "label")),
            int(_read(value, "count")),
            bool(_read(value, "selected")),
        )
        for value in values
    ]
    first, rest = facets.folded(choices)
    selected = any(choice.selected for choice in choices)
    return {
        "name": name,
        "title": title or name,
        "first": facets.links(request, name, first, several=several),
        "rest": facets.links(request, name, rest, several=several),
        "more": len(rest),
        "open": opened or selected,
        "selected": selected,
    }


@register.simple_block_tag
def filters(content: str) -> str:
    """Wrap the facets of a list: beside it where there is room, folded behind a button on a telephone."""
    return render_to_string("design/components/filters.html", {"content": content})


@register.inclusion_tag("design/components/chosen.html", takes_context=True)
def chosen(context: template.Context, *pairs: Any) -> dict[str, Any]:
    """Show the filters that are set, each with the link that removes it: name, values, name, values…"""
    request = _request(context)
    links = [
        {
            "label": _read(value, "label"),
            "href": addresses.query(
                request, {name: addresses.toggled(request.GET, name, str(_read(value, "code")), several=True)}
            ),
        }
        for name, values in zip(pairs[::2], pairs[1::2], strict=True)
        for value in values
        if _read(value, "selected")
    ]
    if request.GET.get("q"):
        links.insert(0, {"label": f"« {request.GET['q']} »", "href": addresses.query(request, {"q": None})})
    return {"links": links, "path": request.path}


@register.inclusion_tag("design/components/pager.html", takes_context=True)
def pager(context: template.Context, page: Any) -> dict[str, Any]:
    """Show the links to the next and previous pages; ``page`` has ``next`` and ``previous`` cursors."""
    request = _request(context)
    following, before = _read(page, "next"), _read(page, "previous")
    return {
        "next": addresses.query(request, {"cursor": following}) if following else "",
        "previous": addresses.query(request, {"cursor": before}) if before else "",
        "path": request.path,
    }


# Maps


@register.simple_block_tag(takes_context=True)
def map_twin(  # noqa: PLR0913
    context: template.Context,
    content: str,
    *,
    label: str = "",
    points: str = "",
    outlines: str = "",
    twin: str = "",
    level: str = "",
    bounds: str = "",
    communes: str = "",
    editor: str = "",
    measure: str = "",
) -> str:
    """Show a server-drawn SVG map, replaced by a map that pans and zooms when JavaScript is there.

    ``points`` and ``outlines`` are addresses of GeoJSON; ``twin`` is the id of the list that says
    the same; ``level`` is the zone level outlined by default; ``bounds`` (west, south, east, north)
    is what is shown first. ``communes`` is the address of the index of communes, loaded where they are
    seen; ``editor`` the id of the form that a click on a commune changes; ``measure`` the address of
    what colours the communes.
    """
    values = {"content": content, "label": label, "points": points, "outlines": outlines, "twin": twin,
              "level": level, "bounds": bounds, "communes": communes, "editor": editor,
              "measure": measure, "number": _number(context)}  # fmt: skip
    return render_to_string("design/components/map.html", values)


# Forms


@register.inclusion_tag("design/components/error_summary.html")
def error_summary(form: Any) -> dict[str, Any]:
    """Show what is wrong in a form, with a link to each field."""
    problems = [
        {"field": field.id_for_label, "label": field.label, "message": message}
        for field in form
        for message in field.errors
    ]
    return {"problems": problems, "general": list(form.non_field_errors())}


@register.inclusion_tag("design/components/field.html")
def field(bound: Any, label: str = "") -> dict[str, Any]:
    """Show a form field: label, hint, control, errors, in this order."""
    kind = getattr(bound.field.widget, "input_type", "")
    if getattr(bound.field.widget, "allow_multiple_selected", False) and kind == "checkbox":
        kind = "radio"  # Several boxes: a group with its legend.
    optional = not bound.field.required
    return {"field": bound, "label": label or bound.label, "kind": kind, "optional": optional}


@register.simple_tag
def joined(values: Iterable[Any], separator: str = ", ") -> str:
    """Return the values joined by a separator, escaped."""
    return separator.join(str(value) for value in values)


@register.simple_tag
def time_of(day: Any, text: str = "") -> SafeString:
    """Return a ``<time>`` for a date or an ISO text (``2014``, ``2014-09``)."""
    machine = getattr(day, "isoformat", lambda: str(day))()
    return format_html('<time datetime="{}">{}</time>', machine, text or machine)
