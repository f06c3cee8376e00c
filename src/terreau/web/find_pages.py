"""Search over everything a person may see from the workspace: its rooms, its documents, the register."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from terreau.poles.book import not_for
from terreau.poles.workspace import Found, Workspace, enter, show
from terreau.search import index
from terreau.sheets import book, documents, espace, purposes, week

_OF_ROOM, _OF_REGISTER, _LONGEST = 12, 8, 200


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of a kind."""

    label: str
    rows: list[Found]


@require_safe
def find(request: HttpRequest, slug: str) -> HttpResponse:
    """What answers the words of ``?q=``, kind by kind; nothing typed, nothing searched."""
    ws = enter(request, slug)
    words = " ".join(request.GET.get("q", "").split())[:_LONGEST]
    groups = _groups(ws, words) if index.words_of(words) else []
    context = {"words": words, "groups": groups, "count": sum(len(group.rows) for group in groups)}
    return show(request, ws, "web/espace/find.html", context)


def _groups(ws: Workspace, words: str) -> list[Group]:
    counted = espace.counts([ws])[ws.pole.pk]
    held = [Found(*one) for one in documents.found(ws, words, _OF_ROOM)]
    lines = [
        Found(line.label, f"{ws.home}livre/{line.rank}/", f"{line.giver.name} → {line.receiver.name}")
        for line in book.lines_with(ws.pole.actor, words, but=not_for(ws))[:_OF_ROOM]
    ]
    public: list[Any] = index.find(words, limit=_OF_REGISTER)
    register = [Found(entry.title, entry.path, entry.detail) for entry in public]
    found = [
        Group(
            _("Dans l'espace de travail"),
            _unique(_things(ws, words) + week.search(ws, counted, words, _OF_ROOM)),
        ),
        Group(_("Documents"), held),
        Group(_("Lignes du livre"), lines),
        Group(_("Dans le registre public"), register),
    ]
    return [group for group in found if group.rows]


def _things(ws: Workspace, words: str) -> list[Found]:
    """Return what has a subject in the workspace and whose name holds every word."""
    named = [one for one in purposes.of_pole(ws.pole).values() if one.pk != ws.pole.pk]
    return [Found(one.title, one.path, one.kind) for one in named if book.holds(one.title, words)][:_OF_ROOM]


def _unique(rows: list[Found]) -> list[Found]:
    """Return what was found once by address, what says more kept."""
    best: dict[tuple[str, str], Found] = {}
    for row in rows:
        key = (row.path, row.title)
        if key not in best or len(row.extract) > len(best[key].extract):
            best[key] = row
    return list(best.values())
