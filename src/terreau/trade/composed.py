"""What trade says to those who compose the rooms of a workspace: due, published, counted, found.

A pair is said to its two members alone; what is said to everybody is what was published under secrecy.
"""

from __future__ import annotations

from datetime import date
from itertools import islice
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from terreau.common.money import Euro
from terreau.common.text import search_text
from terreau.common.together import Step, run
from terreau.poles.models import Pole
from terreau.poles.workspace import Due, Found, Published, Said, Tone, Workspace
from terreau.trade import published as figures_of
from terreau.trade import rules, words
from terreau.trade.models import Declaration, Exchange
from terreau.trade.published import TRADE

_MOST = 30


def week(ws: Workspace) -> list[Due]:
    """Return the exchanges that wait for the person's answer."""
    return run(due(ws))


def due(ws: Workspace) -> Step[list[Due]]:
    """The step of ``week``: one question, one more when something waits."""
    own = ws.standing.speaks_for - {ws.pole.pk}
    if not own:
        return []
    rows = Exchange.objects.filter(
        Q(seller__in=own) | Q(buyer__in=own), pole=ws.pole, state__in=[rules.WAITING, rules.DIFFERS]
    )
    found = yield rows.select_related("seller", "buyer")
    if not found:
        return []
    told = Declaration.objects.filter(exchange__in=[row.pk for row in found])
    said = set((yield told.values_list("exchange", "side")))
    found = sorted(found, key=lambda row: (row.on, row.pk))[:_MOST]
    return [one for row in found if (one := _due(ws, row, own, said)) is not None]


def _due(ws: Workspace, row: Exchange, own: frozenset[UUID], said: set[tuple[UUID, str]]) -> Due | None:
    mine = rules.SELLER if row.seller_id in own else rules.BUYER
    other = row.buyer if mine == rules.SELLER else row.seller
    path = f"{ws.home}commerce/{row.pk}/"
    if row.state == rules.DIFFERS:
        title = _("Vous et %(name)s ne dites pas la même chose d'un échange") % {"name": other.name}
        return Due("trade", title, path, row.on, Tone.NOW.value, act=_("Voir ce qui diffère"))
    if (row.pk, mine) in said:
        return None
    title = _("Dire si vous êtes d'accord avec un échange écrit par %(name)s") % {"name": other.name}
    return Due("trade", title, path, row.on, Tone.INFO.value, act=_("Répondre"))


def published(pole: Pole, on: date) -> list[Published]:
    """Return the sums of the years that the pole published, those that may be shown."""
    return run(shown(pole, on))


def shown(pole: Pole, on: date) -> Step[list[Published]]:
    """The step of ``published``: one question."""
    rows = yield figures_of.released(pole, TRADE)
    found = []
    for one in figures_of.by_year(pole, TRADE, rows):
        whole, due = one.value(), one.value("due")
        if whole is None:
            continue
        text = _("%(amount)s échangés entre membres dans l'année.") % {"amount": words.euros(whole)}
        if due is not None:
            more = _("Dont %(amount)s dus au pôle.") % {"amount": words.euros(due)}
            text = f"{text} {more}"
        title = _("Commerce entre membres en %(year)d") % {"year": one.year}
        found.append(Published("exchanges", title, text, on=date(one.year, 12, 31)))
    return found


def figures(pole: Pole, first: date, last: date) -> list[Said]:
    """Return the sums of a whole year, when they were published and may be shown; nothing otherwise."""
    return run(counted(pole, first, last))


def counted(pole: Pole, first: date, last: date) -> Step[list[Said]]:
    """The step of ``figures``: one question, none for other days than a year."""
    if (first.month, first.day, last.month, last.day) != (1, 1, 12, 31) or first.year != last.year:
        return []
    rows = yield figures_of.released(pole, TRADE)
    every = {one.year: one for one in figures_of.by_year(pole, TRADE, rows)}
    found = every.get(first.year, figures_of.Figures(first.year, {}))
    told = (
        ("trade.volume", _("Échanges convenus entre membres"), found.value()),
        ("trade.due", _("Échanges entre membres dus au pôle"), found.value("due")),
    )
    how = _("Somme des échanges que les deux membres ont accordés, publiée sous secret statistique.")
    path = f"/poles/{pole.slug}/espace/commerce/chiffres/"
    return [Said(code, label, Euro(cents), "", path, how) for code, label, cents in told if cents is not None]


def found(ws: Workspace, typed: str, limit: int) -> list[Found]:
    """Return the person's own exchanges that hold every word: names, number, label."""
    return run(sought(ws, typed, limit))


def sought(ws: Workspace, typed: str, limit: int) -> Step[list[Found]]:
    """The step of ``found``: one question."""
    wanted = search_text(typed).split()
    own = ws.standing.speaks_for - {ws.pole.pk}
    if not wanted or not own:
        return []
    rows = Declaration.objects.filter(Q(seller__in=own) | Q(buyer__in=own), pole=ws.pole)
    near = yield rows.order_by("exchange", "side").values_list(
        "exchange", "seller__name", "buyer__name", "number", "label"
    )[:2_000]
    held: dict[object, Found] = {}
    for exchange, seller, buyer, number, label in near:
        text = search_text(seller, buyer, number, label)
        if exchange not in held and all(word in text for word in wanted):
            title = _("%(seller)s vend à %(buyer)s") % {"seller": seller, "buyer": buyer}
            path = f"{ws.home}commerce/{exchange}/"
            held[exchange] = Found(title, path, label or number, _("Échange entre membres"))
    return list(islice(held.values(), limit))
