"""The skills of the members: who holds what, who looks for it, what was exchanged; and the overview."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from terreau.accounts.models import User
from terreau.common.errors import NotFoundError
from terreau.common.text import search_text
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.exchanges import catalogue, composed, perms, rules, skills, watching
from terreau.exchanges.acting import Act, Played, PressForm, play
from terreau.exchanges.forms_market import ExchangeForm, SkillForm
from terreau.exchanges.models import Purchase, Skill, SkillEntry, Tender
from terreau.exchanges.written import members, people_of
from terreau.poles.workspace import Workspace, enter, require_voice, show

_GET_POST = ["GET", "HEAD", "POST"]
#: Skills of a page of the directory.
_A_PAGE = 60


@require_safe
def overview(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What is exchanged in the pole, and what waits for me."""
    ws = enter(request, slug)
    rows = list(skills.entries(ws.pole, on=ws.today))
    tenders = list(Tender.objects.filter(pole=ws.pole).order_by("due_at", "pk"))
    bought = list(Purchase.objects.filter(pole=ws.pole).order_by("answers_by", "pk"))
    context = {
        "due": composed.week(ws),
        "open_tenders": [one for one in tenders if one.state in rules.TENDER_OPEN],
        "won": sum(one.state == rules.WON for one in tenders),
        "open_purchases": [one for one in bought if one.state in rules.PURCHASE_OPEN],
        "ordered": sum(one.cents is not None for one in bought),
        "offers": catalogue.search(ws.pole, on=ws.today).count(),
        "held": sum(row.way == SkillEntry.Way.HELD for row in rows),
        "matches": [one for one in skills.matches(rows) if one.held][:5],
        "watch": list(watching.current(ws.pole, on=ws.today)[:5]),
    }
    return show(request, ws, "exchanges/overview.html", context)


@require_http_methods(_GET_POST)
def index(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The directory of skills, by skill; a person is named there only when they said so."""
    ws = enter(request, slug)
    rows = list(skills.entries(ws.pole, on=ws.today))
    typed = request.GET.get("q", "")[:120].replace("\x00", "")
    shown = _searched(rows, typed)
    columns = _columns(ws.user)
    made = export_response(
        request, shown, columns, f"competences-{ws.slug}", title=_("Compétences des membres")
    )
    if made is not None:
        return made
    played = play(request, _acts(ws), request.path)
    if not isinstance(played, Played):
        return played
    page = Paginator(_groups(ws, shown), _A_PAGE).get_page(request.GET.get("page"))
    context = {
        "forms": played,
        "typed": typed,
        "groups": page.object_list,
        "page": page,
        "matches": skills.matches(rows),
        "exchanges": list(skills.exchanged(ws.pole)[:30]),
        "words": sorted({row.skill.name for row in rows}),
        "may": bool(perms.voices(ws, members(ws.pole, on=ws.today))),
        "mine": [row for row in rows if row.user_id == ws.user.pk],
    }
    return show(request, ws, "exchanges/skills.html", context, status=played.status)


def _searched(rows: list[SkillEntry], typed: str) -> list[SkillEntry]:
    words = search_text(typed).split()
    if not words:
        return rows
    return [
        row
        for row in rows
        if all(word in f"{search_text(row.skill.name, row.note)} {row.actor.sort_key}" for word in words)
    ]


def _groups(ws: Workspace, rows: list[SkillEntry]) -> list[tuple[Skill, list[dict[str, Any]]]]:
    found = []
    for _key, group in groupby(rows, key=lambda row: row.skill_id):
        held = list(group)
        lines = [
            {
                "row": row,
                "person": skills.person_of(row, ws.user),
                "may": ws.may_speak_for(row.actor_id),
                "me": row.user_id == ws.user.pk,
            }
            for row in held
        ]
        found.append((held[0].skill, lines))
    return found


def _columns(viewer: User) -> tuple[Column, ...]:
    return (
        Column(gettext_lazy("Compétence"), lambda row: row.skill.name),
        Column(gettext_lazy("Code ROME (à vérifier)"), lambda row: row.skill.rome),
        Column(gettext_lazy("Proposée ou recherchée"), lambda row: str(row.get_way_display())),
        Column(gettext_lazy("Organisation"), lambda row: row.actor.name),
        Column(gettext_lazy("Personne"), lambda row: skills.person_of(row, viewer)),
        Column(gettext_lazy("Minutes par mois"), lambda row: row.minutes_a_month, "integer"),
        Column(gettext_lazy("Précision"), lambda row: row.note),
    )


def _acts(ws: Workspace) -> dict[str, Act]:
    everybody = members(ws.pole, on=ws.today)
    mine = perms.voices(ws, everybody)
    people = people_of([one.pk for one in mine])

    def declare(form: SkillForm) -> str:
        values = form.cleaned_data
        skill = skills.named(ws.pole, values["skill"], rome=values["rome"])
        told = {name: values[name] for name in ("note", "minutes_a_month", "shown")}
        person = form.people.get(values["person"])
        skills.declare(skill, form.whose, values["way"], person=person, by=ws.user, **told)
        return _("C'est à l'annuaire des compétences.")

    def end(form: PressForm) -> str:
        row = _entry(ws, form.cleaned_data["about"])
        if row.user_id != ws.user.pk:
            require_voice(ws, row.actor_id, verb="skill.end")
        skills.end(row, by=ws.user, on=ws.today)
        return _("C'est retiré de l'annuaire.")

    def show_name(form: PressForm) -> str:
        about, _dash, wanted = form.cleaned_data["about"].partition("/")
        row = _entry(ws, about)
        skills.show_name(row, shown=wanted == "oui", by=ws.user)
        return _("Votre nom est montré.") if wanted == "oui" else _("Votre nom n'est plus montré.")

    def exchange(form: ExchangeForm) -> str:
        values = form.cleaned_data
        giver, receiver = form.actors[values["giver"]], form.actors[values["receiver"]]
        if not ws.may_speak_for(giver.pk):
            require_voice(ws, receiver.pk, verb="skill.exchange")
        skill = skills.named(ws.pole, values["skill"])
        told = {"minutes": values["hours"], "on": values["on"], "note": values["note"], "key": values["key"]}
        skills.exchange(skill, giver, receiver, by=ws.user, **told)
        return _("L'échange est au livre du pôle.")

    return {
        "declare": Act(lambda: None, lambda *a, **k: SkillForm(mine, people, *a, **k), declare),
        "end": Act(lambda: None, PressForm, end),
        "name": Act(lambda: None, PressForm, show_name),
        "exchange": Act(lambda: None, lambda *a, **k: ExchangeForm(everybody, *a, **k), exchange),
    }


def _entry(ws: Workspace, typed: str) -> SkillEntry:
    try:
        pk = UUID(typed)
    except ValueError as error:
        raise _unknown() from error
    rows = SkillEntry.objects.select_related("skill__pole__actor__subject", "actor", "user")
    found = rows.filter(skill__pole=ws.pole, pk=pk, ended_on=None).first()
    if found is None:
        raise _unknown()
    return found


def _unknown() -> NotFoundError:
    return NotFoundError("unknown_skill", _("Cette compétence n'est plus à l'annuaire."))
