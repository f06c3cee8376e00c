"""What each member shares with the pole: given and taken back by the member, read by who animates (R-08)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from terreau.actors.models import Actor
from terreau.common.errors import DomainError, RefusedError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.governance import composing, sharing
from terreau.governance.forms_people import FigureForm, ShareForm, uuid_of
from terreau.journal.actions import refuse
from terreau.poles import workspace
from terreau.poles.workspace import Workspace


@require_http_methods(["GET", "HEAD", "POST"])
def consents(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What my organisations share; for who animates, what each member shares."""
    ws = workspace.enter(request, slug)
    if request.method == "POST":
        return _written(request, ws)
    if ws.runs and "format" in request.GET:
        return _exported(request, ws)
    return _page(request, ws)


def _written(request: HttpRequest, ws: Workspace) -> HttpResponseBase:
    actor = _own(ws, request.POST.get("actor", ""))
    form: Any = _figure_form(ws, request.POST) if "code" in request.POST else _share_form(actor, request.POST)
    if form.is_valid():
        values = form.cleaned_data
        try:
            if isinstance(form, FigureForm):
                sharing.write(actor, values["code"], values["value"], values["year"], by=ws.user)
                messages.success(request, _("C'est écrit. Le pôle ne le voit que si vous le partagez."))
            else:
                sharing.choose(ws.pole, actor, values["codes"], by=ws.user)
                messages.success(request, _("Vos choix sont écrits ; vous pouvez en changer à tout moment."))
            return redirect("espace_consents", ws.slug)
        except DomainError as error:
            workspace.refused(form, error)
    return _page(request, ws, form, status=422)


def _own(ws: Workspace, typed: str) -> Actor:
    """Return a member in whose name the person speaks. Animating the pole is not enough: R-08."""
    pk = uuid_of(typed)
    mine = [one for one in _mine(ws) if one.pk == pk]
    if not mine:
        reason = _("Seules les personnes de cette organisation choisissent ce qu'elle partage.")
        refuse(ws.pole.actor.subject, "consents.write", by=ws.user, reason=reason)
        raise RefusedError("not_yours", reason)
    return mine[0]


def _mine(ws: Workspace) -> list[Actor]:
    """Return the members of today in whose name the person speaks."""
    lines = composing.at(ws.pole, ws.today).lines
    return [line.actor for line in lines if line.actor.pk in ws.standing.speaks_for]


def _share_form(actor: Actor, data: QueryDict | None = None, held: list[str] | None = None) -> ShareForm:
    form = ShareForm(data, initial={"actor": str(actor.pk), "codes": held or []}, auto_id=f"id_{actor.pk}_%s")
    form.fields["codes"].choices = [(one.code, one.label) for one in sharing.data()]  # type: ignore[attr-defined]
    return form


def _figure_form(ws: Workspace, data: QueryDict | None = None, actor: Actor | None = None) -> FigureForm:
    initial = {"actor": str(actor.pk) if actor else "", "year": ws.today.year - 1}
    name = actor.pk if actor else data.get("actor", "") if data else ""
    form = FigureForm(data, initial=initial, auto_id=f"id_{name}_f_%s")
    form.fields["code"].choices = [(one.code, one.label) for one in sharing.data()]  # type: ignore[attr-defined]
    return form


def _page(request: HttpRequest, ws: Workspace, sent: Any = None, *, status: int = 200) -> HttpResponseBase:
    composed = composing.at(ws.pole, ws.today)
    mine = [line.actor for line in composed.lines if line.actor.pk in ws.standing.speaks_for]
    context: dict[str, Any] = {
        "mine": [_of_member(ws, actor, sent) for actor in mine],
        "data": sharing.data(),
        "table": _table(ws, composed) if ws.runs else None,
        "members": len(composed.lines),
    }
    return workspace.show(request, ws, "governance/people/consents.html", context, status=status)


def _of_member(ws: Workspace, actor: Actor, sent: Any) -> dict[str, Any]:
    rows = sharing.of_member(ws.pole, actor, owner=True)
    mine = sent is not None and sent.data.get("actor") == str(actor.pk)
    held = [row.datum.code for row in rows if row.consent]
    return {
        "actor": actor,
        "rows": rows,
        "share": sent if mine and isinstance(sent, ShareForm) else _share_form(actor, held=held),
        "figure": sent if mine and isinstance(sent, FigureForm) else _figure_form(ws, actor=actor),
        "writing": mine and isinstance(sent, FigureForm),
    }


def _table(ws: Workspace, composed: composing.Composed) -> dict[str, Any]:
    """Who shares what, for who animates: a line for each member that shares, a column for each datum."""
    shared = sharing.by_member(ws.pole, ws.today)
    codes = [one.code for one in sharing.data()]
    lines = [
        (line.actor, [_cell(shared[line.actor.pk], code) for code in codes])
        for line in composed.lines
        if line.actor.pk in shared
    ]
    counts = [sum(code in told for told in shared.values()) for code in codes]
    return {"lines": lines, "counts": counts, "silent": len(composed.lines) - len(lines)}


def _cell(told: dict[str, list[Any]], code: str) -> tuple[str, Any]:
    """Return « no », « empty » (shared and not written) or « value » with the last fact."""
    if code not in told:
        return ("no", None)
    return ("value", told[code][0]) if told[code] else ("empty", None)


def _exported(request: HttpRequest, ws: Workspace) -> HttpResponseBase:
    shared = sharing.by_member(ws.pole, ws.today)
    names: dict[UUID, str] = {
        line.actor.pk: line.actor.name for line in composing.at(ws.pole, ws.today).lines
    }
    rows = [
        (names[actor], datum.label, facts[0] if facts else None)
        for actor, told in sorted(shared.items(), key=lambda one: names.get(one[0], ""))
        if actor in names
        for datum in sharing.data()
        if datum.code in told
        for facts in [told[datum.code]]
    ]
    name = f"donnees-partagees-{ws.slug}"
    answer = export_response(request, rows, _COLUMNS, name)
    return answer if answer is not None else _page(request, ws)


_COLUMNS = (
    Column(gettext_lazy("Organisation"), lambda row: row[0]),
    Column(gettext_lazy("Donnée"), lambda row: row[1]),
    Column(gettext_lazy("Valeur"), lambda row: row[2].value if row[2] else None),
    Column(gettext_lazy("Unité"), lambda row: row[2].unit if row[2] else ""),
    Column(gettext_lazy("Période"), lambda row: row[2].on if row[2] else ""),
    Column(gettext_lazy("État"), lambda row: row[2].status if row[2] else ""),
)
