"""The network of the members: drawn, in a table, in time; as files for spreadsheets and graph programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from terreau.cooperations import drawing, graph_files, layout, listing, rules, words
from terreau.cooperations.models import Form
from terreau.cooperations.network import (
    CIRCLES,
    STRONG,
    Fabric,
    Line,
    Member,
    Web,
    fabric,
    lines,
    options,
    ordered,
    web_on,
)
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.design.numbers import with_unit
from terreau.design.paging import Cursor, Page, decode, encode
from terreau.poles.models import Membership
from terreau.poles.workspace import Workspace, enter, show

_LIMIT = 20
#: Above this many links the page proposes to show the strongest alone.
_MANY = 300
COLUMNS = (
    Column(gettext_lazy("Membre"), lambda one: one.one.name),
    Column(gettext_lazy("Cercle du membre"), lambda one: circle_label(one.one.circle)),
    Column(gettext_lazy("Autre membre"), lambda one: one.other.name),
    Column(gettext_lazy("Cercle de l'autre membre"), lambda one: circle_label(one.other.circle)),
    Column(gettext_lazy("Intensité la plus forte"), lambda one: words.level_label(one.level)),
    Column(gettext_lazy("Formes"), lambda one: [words.form_label(form) for form in one.forms]),
    Column(gettext_lazy("Nombre de coopérations"), lambda one: len(one.cooperations), "integer"),
    Column(gettext_lazy("Coopérations"), lambda one: [each.title for each in one.cooperations]),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks of the network; what means nothing is left out."""

    form: str = ""
    level: str = ""
    actor: str = ""
    day: date | None = None
    large: bool = False


def asked_of(request: HttpRequest, today: date) -> Asked:
    """Read the filters; a day to come, or that is none, is today."""
    sent = request.GET
    form, level = sent.get("forme", ""), sent.get("intensite", "")
    try:
        day = date.fromisoformat(sent.get("jour", ""))
    except ValueError:
        day = today
    return Asked(
        form if form in Form.values else "",
        level if level in words.ranks() else "",
        listing.identifier(sent.get("membre", "")),
        min(day, today),
        sent.get("taille") == "grand",
    )


@require_safe
def network(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Who works with whom on a day, how densely, since when."""
    ws = enter(request, slug)
    found, asked = fabric(ws.pole), asked_of(request, ws.today)
    day = asked.day or ws.today
    whole = web_on(found, day, form=asked.form, level=asked.level)
    focus = next((one for one in whole.members if one.id == asked.actor), None)
    web = whole.around(focus.id) if focus else whole
    if made := _file(request, found, web, ws):
        return made
    page = _page(ordered(web), request.GET.get("cursor"))
    degrees = whole.degrees
    alone = [one for one in whole.members if one.id not in degrees]
    context = {
        "asked": asked,
        "day": day,
        "focus": focus,
        "web": web,
        "density": whole.density,
        "density_text": percent(whole.density.share),
        "strong": rules.density([one.id for one in whole.members], _strong(whole.bonds)),
        "drawing": _drawn(ws, web, asked, focus),
        "page": page,
        "rows": [_shown(line) for line in lines(found, web, page.rows)],
        "count": len(web.links),
        "alone": alone,
        "member_options": options(whole.members, focus.id if focus else ""),
        "form_choices": [(code, words.form_label(code)) for code in Form.values],
        "levels": words.levels(),
        "legend": legend(),
        "strong_label": words.level_label(STRONG),
        "cooperations": len(found.deeds),
        "many": len(web.links) > _MANY,
        **in_time(found, ws.today),
    }
    return show(request, ws, "cooperations/network.html", context)


def _file(request: HttpRequest, found: Fabric, web: Web, ws: Workspace) -> HttpResponseBase | None:
    wanted = request.GET.get("format", "")
    if wanted in graph_files.FORMATS:
        return graph_files.response(wanted, web.members, lines(found, web), web.day.isoformat(), "reseau")
    every = lines(found, web) if wanted else iter(())
    return export_response(request, every, COLUMNS, "reseau", title=_("Réseau des membres"))


def _strong(bonds: Sequence[rules.Bond]) -> list[rules.Bond]:
    return rules.chosen(bonds, least=words.ranks()[STRONG])


def _drawn(ws: Workspace, web: Web, asked: Asked, focus: Member | None) -> SafeString | str:
    """Return the drawing of who is tied; who is tied to nobody is named beside it."""
    degrees = web.degrees
    if not degrees:
        return ""
    tied = [one for one in web.members if one.id in degrees]
    places = layout.kept(web.digest, lambda: _arranged(tied, web))
    path = reverse("espace_network", args=[ws.slug])
    kept = {"forme": asked.form, "intensite": asked.level}
    kept |= {"jour": web.day.isoformat()} if web.day != ws.today else {}
    query = urlencode({name: value for name, value in kept.items() if value})
    nodes = {
        one.id: _node(one, degrees[one.id], f"{path}?{query}{'&' if query else ''}membre={one.id}")
        for one in tied
    }
    alt = ngettext(
        "Réseau : %(count)d lien entre membres.", "Réseau : %(count)d liens entre membres.", len(web.links)
    )
    return drawing.network(
        places,
        links=web.links,
        nodes=nodes,
        circles={code: circle_label(code) for code in CIRCLES},
        alt=alt % {"count": len(web.links)},
        focus=focus.id if focus else None,
    )


def _arranged(tied: Sequence[Member], web: Web) -> layout.Places:
    circles = [(code, [one.id for one in tied if one.circle == code]) for code in CIRCLES]
    return layout.arrange(circles, list(web.links), {one.id: one.name for one in tied})


def _node(one: Member, degree: int, href: str) -> drawing.Node:
    said = ngettext("%(name)s, %(count)d lien", "%(name)s, %(count)d liens", degree)
    return drawing.Node(one.name, degree, href, said % {"name": one.name, "count": degree})


def _shown(line: Line) -> dict[str, Any]:
    return {
        "line": line,
        "level": words.level_label(line.level),
        "forms": [words.form_label(form) for form in line.forms],
    }


def _page(rows: list[rules.Pair], cursor: str | None) -> Page[rules.Pair]:
    start = decode(cursor, 1).key[0] if cursor else 0
    first = start if isinstance(start, int) and 0 < start < len(rows) else 0
    after = first + _LIMIT
    following = encode(Cursor((after,))) if after < len(rows) else None
    before = encode(Cursor((max(first - _LIMIT, 0),))) if first else None
    return Page(rows[first:after], following, before, len(rows))


def legend() -> list[tuple[str, str, str]]:
    """Return the words, the colour and the dashes of each form in the drawing."""
    shapes = [(words.form_label(form), *drawing.STROKES[form]) for form in rules.FORMS]
    return [*shapes, (_("Plusieurs formes à la fois"), *drawing.STROKES[drawing.SEVERAL])]


def circle_label(code: str) -> str:
    """Return the words of a circle of belonging."""
    return str(Membership.Circle(code).label)


def percent(share: Fraction | None) -> str:
    """Return a share in percent, « inconnu » for none; one decimal, two below one percent."""
    if share is None:
        return _("inconnu")
    value = float(share * 100)
    decimals = 0 if share in {0, 1} else 2 if value < 1 else 1
    return with_unit(round(value, 2), "%", words.language(), decimals)


# In time


def in_time(found: Fabric, today: date) -> dict[str, Any]:
    """Return the density and the forms at the end of each year, drawn and in tables (R-43, R-44)."""
    if not found.deeds:
        return {"moments": []}
    moments = found.in_time(today)
    labels = [*(str(one.on.year) for one in moments[:-1]), _("aujourd'hui")]
    rows = [
        drawing.Row(form, words.form_label(form), [one.living[form] for one in moments])
        for form in rules.FORMS
    ]
    begun = [(words.form_label(form), day) for form, day in rules.beginnings(found.deeds)]
    return {
        "moments": list(zip(labels, moments, [_densities(one) for one in moments], strict=True)),
        "curve": _curve(moments, labels),
        "strata": drawing.strata(rows, labels, _alt(rows, labels)),
        "begun": begun,
        "trajectory": [(row.label, list(zip(labels, row.counts, strict=True))) for row in rows],
        "labels": labels,
    }


def _densities(moment: rules.Moment) -> tuple[str, str]:
    return percent(moment.density.share), percent(moment.strong.share)


def _curve(moments: Sequence[rules.Moment], labels: Sequence[str]) -> SafeString:
    shares = [float(one.density.share or 0) for one in moments]
    strong = [float(one.strong.share or 0) for one in moments]
    top = max(shares) or 1.0
    alt = _("Densité des liens : %(first)s en %(when)s, %(last)s aujourd'hui.") % {
        "first": percent(moments[0].density.share),
        "when": labels[0] if len(labels) > 1 else date_format(moments[0].on, "Y"),
        "last": percent(moments[-1].density.share),
    }
    texts = [percent(one.density.share) for one in moments]
    return drawing.curve(
        [drawing.Dot(*one) for one in zip(labels, shares, texts, strict=True)],
        [drawing.Dot(label, value, "") for label, value in zip(labels, strong, strict=True)],
        alt,
        top,
        percent(Fraction(top).limit_denominator(10**6)),
    )


def _alt(rows: Sequence[drawing.Row], labels: Sequence[str]) -> str:
    said = ", ".join(f"{row.label} {row.counts[0]} → {row.counts[-1]}" for row in rows)
    return _("Coopérations en vie par forme, de %(first)s à %(last)s : %(said)s.") % {
        "first": labels[0],
        "last": labels[-1],
        "said": said,
    }
