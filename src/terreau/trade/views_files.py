"""Bringing one's own files: read in memory, shown, and kept only for the lines that the person chooses.

Between the two pages nothing stands on the server: what was read comes back signed from the browser.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.exchanges.acting import refuse
from terreau.poles.workspace import Workspace, enter, show
from terreau.trade import actions, files, invoice_files, rules, spending, who, words
from terreau.trade.actions import Draft
from terreau.trade.files import Known, Partner, Period, Problem, Reading, Row
from terreau.trade.forms import BringForm, KeepForm
from terreau.trade.models import Declaration
from terreau.trade.places import Places
from terreau.trade.rules import Spent, Told

_SALT: Final = "terreau.trade.read"
_HOURS: Final = 2 * 3600
_MOST: Final = 1_000


@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Bring files, choose what is kept of them, keep it."""
    ws = enter(request, slug)
    members = who.members(ws.pole)
    mine = who.mine(ws, members)
    if request.method == "POST" and "read" in request.POST:
        return _keep(request, ws, members, mine)
    form = BringForm(mine, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        me = next(one for one in mine if str(one.pk) == form.cleaned_data["actor"])
        who.require(ws, me.pk, verb="trade.bring")
        try:
            found = _read(form.cleaned_data["brought"], me, ws, members)
        except DomainError as error:
            refuse(form, error)
            return _page(request, ws, mine, form, status=error.status)
        return _preview(request, ws, members, mine, me, found)
    return _page(request, ws, mine, form, status=422 if form.errors else 200)


def _page(
    request: HttpRequest, ws: Workspace, mine: list[Actor], form: BringForm, *, status: int = 200, **more: Any
) -> HttpResponseBase:
    context = {**_NOTHING, "form": form, "mine": mine, **more}
    return show(request, ws, "trade/bring.html", context, status=status)


#: What a page that read nothing yet shows of it.
_NOTHING: Final[dict[str, Any]] = {
    "problems": (),
    "nothing": False,
    "keep": None,
    "me": None,
    "lines": (),
    "others": 0,
    "left_out": 0,
    "spent": (),
}


def _read(brought: list[Any], me: Actor, ws: Workspace, members: who.Members) -> Reading:
    """Read what was brought: electronic invoices, or one accounting export alone."""
    everybody = [Partner(one.pk, one.name, one.siren) for one in members.actors.values()]
    known = Known.of(Partner(me.pk, me.name, me.siren), everybody)
    invoices = [one for one in brought if one.name.lower().endswith((".pdf", ".xml"))]
    field = {"field": "brought"}
    if invoices and len(invoices) != len(brought):
        words_ = _("Apportez un fichier des écritures, ou des factures, mais pas les deux ensemble.")
        raise DomainError("mixed_files", words_, facts=field)
    if len(invoices) > files.MOST_INVOICES or (not invoices and len(brought) > 1):
        raise DomainError("too_many_files", _("C'est trop de fichiers à la fois."), facts=field)
    most = files.MOST_INVOICE if invoices else files.MOST_FEC
    if any(one.size > most for one in brought):
        raise DomainError("too_large", _("Ce fichier est trop lourd."), facts=field)
    if invoices and not me.siren:
        words_ = _(
            "Votre organisation n'a pas de SIREN au registre : une facture ne dit pas qu'elle est à vous."
        )
        raise DomainError("no_siren", words_, facts=field)
    if invoices:
        return invoice_files.read_invoices([(one.name, one.read()) for one in invoices], known)
    return files.read_fec(brought[0].read(), brought[0].name, known, Places(ws.pole))


def _preview(  # noqa: PLR0913, PLR0917 - what the page is made of
    request: HttpRequest, ws: Workspace, members: who.Members, mine: list[Actor], me: Actor, found: Reading
) -> HttpResponseBase:
    """Show the lines that concern other members, or every problem of the files."""
    form = BringForm(mine, initial={"actor": str(me.pk)})
    if found.problems or not (found.rows or found.years):
        told: dict[str, Any] = {
            "problems": _problems(found.problems),
            "others": found.others,
            "nothing": True,
        }
        return _page(request, ws, mine, form, status=422 if found.problems else 200, **told)
    rows = found.rows[:_MOST]
    packed = pack(ws, me, rows, found.years)
    keep = KeepForm(initial={"read": packed, "spending": False})
    context: dict[str, Any] = {
        "keep": keep,
        "me": me,
        "lines": _lines(ws, me, members, rows),
        "others": found.others,
        "left_out": len(found.rows) - len(rows),
        "spent": [(year, one, rules.kept(one.spent)) for year, one in sorted(found.years.items())],
    }
    return _page(request, ws, mine, form, **context)


def _problems(found: list[Problem]) -> list[dict[str, Any]]:
    return [{"file": one.file, "line": one.line, "said": words.problem(one)} for one in found]


def _lines(ws: Workspace, me: Actor, members: who.Members, rows: list[Row]) -> list[dict[str, Any]]:
    """Return the lines as they are chosen: those told already and those of who was no member cannot be."""
    told = _told(ws, me, rows)
    return [
        {
            "rank": rank,
            "row": row,
            "other": members.actors[row.other].name,
            "why_not": _why_not(me, members, row, told),
            "chosen": True,
        }
        for rank, row in enumerate(rows)
    ]


def _why_not(me: Actor, members: who.Members, row: Row, told: set[tuple[Any, ...]]) -> str:
    if (row.side, row.other, row.origin) in told and row.origin:
        return _("déjà écrit")
    if (row.side, row.other, rules.number_key(row.told.number)) in told and not row.told.loose:
        return _("déjà écrit")
    if not (members.on(me.pk, row.told.on) and members.on(row.other, row.told.on)):
        return _("pas membres tous deux ce jour-là")
    return ""


def _told(ws: Workspace, me: Actor, rows: list[Row]) -> set[tuple[Any, ...]]:
    """Return what the organisation told already, by origin and by number (one query)."""
    found: set[tuple[Any, ...]] = set()
    sides = {row.side for row in rows}
    held = Declaration.objects.filter(Q(seller=me) | Q(buyer=me), pole=ws.pole, side__in=sides).exclude(
        number_key="", origin=""
    )
    for side, seller, buyer, key, origin in held.values_list(
        "side", "seller", "buyer", "number_key", "origin"
    ):
        mine, other = (seller, buyer) if side == rules.SELLER else (buyer, seller)
        if mine == me.pk:
            found.add((side, other, key or None))
            found.add((side, other, origin or None))
    return found


def _keep(request: HttpRequest, ws: Workspace, members: who.Members, mine: list[Actor]) -> HttpResponseBase:
    """Write the lines that were chosen, all or none, and the four sums when they are."""
    form = KeepForm(request.POST)
    me, rows, years = unpack(ws, request.POST.get("read", ""), members)
    who.require(ws, me.pk, verb="trade.bring")
    ranks = {int(one) for one in request.POST.getlist("row") if one.isdigit()}
    chosen = [(rank, row) for rank, row in enumerate(rows) if rank in ranks]
    problems: list[dict[str, Any]] = []
    if form.is_valid():
        drafts = [_draft(me, row, form.cleaned_data["why"]) for _rank, row in chosen]
        made, refused = actions.declare_all(ws.pole, drafts, by=ws.user, today=ws.today)
        problems = [
            {"file": chosen[one.row][1].file, "line": chosen[one.row][1].line, "said": one.message}
            for one in refused
        ]
        if not problems:
            if form.cleaned_data["spending"]:
                spending.keep(ws.pole, me, years, by=ws.user)
            messages.success(request, _kept_words(len(made), kept=form.cleaned_data["spending"]))
            return redirect("espace_trade_differences", ws.slug)
    context = {
        "keep": form,
        "me": me,
        "lines": [{**one, "chosen": one["rank"] in ranks} for one in _lines(ws, me, members, rows)],
        "problems": problems,
        "spent": [(year, one, rules.kept(one.spent)) for year, one in sorted(years.items())],
        "others": 0,
    }
    return _page(request, ws, mine, BringForm(mine), status=422, **context)


def _kept_words(count: int, *, kept: bool) -> str:
    said = ngettext("%(count)d échange est écrit.", "%(count)d échanges sont écrits.", count)
    more = _("Les quatre sommes de vos achats sont gardées.") if kept else ""
    gone = _("Le fichier est oublié.")
    return " ".join(part for part in (said % {"count": count}, more, gone) if part)


def _draft(me: Actor, row: Row, why: str) -> Draft:
    seller, buyer = (me.pk, row.other) if row.side == rules.SELLER else (row.other, me.pk)
    how = "fec" if row.origin else "invoice_file"
    told = Told(row.told.on, row.told.cents, row.told.number, row.told.net, why, row.told.loose)
    return Draft(
        side=row.side, seller=seller, buyer=buyer, told=told, label=row.label, how=how, origin=row.origin
    )


def pack(ws: Workspace, me: Actor, rows: list[Row], years: dict[int, Period]) -> str:
    """Return what was read, signed for this person, this organisation and this pole, for two hours."""
    told = {
        "who": [str(ws.user.pk), str(ws.pole.pk), str(me.pk)],
        "rows": [
            [
                *(row.line, row.other.hex, row.side, row.told.on.isoformat(), row.told.cents),
                *(row.told.number, row.told.net, row.told.loose, row.label, row.named, row.origin, row.file),
            ]
            for row in rows
        ],
        "years": [
            [
                *(year, one.spent.members, one.spent.perimeter, one.spent.outside, one.spent.unknown),
                *(one.lines, one.first.isoformat(), one.last.isoformat()),
            ]
            for year, one in years.items()
        ],
    }
    return signing.dumps(told, salt=_SALT, compress=True)


def unpack(ws: Workspace, packed: str, members: who.Members) -> tuple[Actor, list[Row], dict[int, Period]]:
    """Return what was read; refused (409) when it was changed, is old, or is of somebody else."""
    try:
        told = signing.loads(packed, salt=_SALT, max_age=_HOURS)
    except signing.BadSignature:
        told = {"who": []}
    expected = [str(ws.user.pk), str(ws.pole.pk)]
    if told["who"][:2] != expected or UUID(told["who"][2]) not in members.actors:
        words_ = _("Cette lecture n'est plus valable : apportez le fichier de nouveau.")
        raise DomainError("read_again", words_, status=409)
    rows = [
        Row(
            line,
            UUID(other),
            side,
            Told(date.fromisoformat(on), cents, number, net, "", loose),
            label,
            named,
            origin,
            file,
        )
        for line, other, side, on, cents, number, net, loose, label, named, origin, file in told["rows"]
    ]
    years = {
        year: Period(Spent(*spent), lines, date.fromisoformat(first), date.fromisoformat(last))
        for year, *spent, lines, first, last in told["years"]
    }
    return members.actors[UUID(told["who"][2])], rows, years


__all__ = ["bring", "pack", "unpack"]
