"""Pages of scales: written without code, read in words, simulated on all members, put to the vote (R-103)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from terreau.common.errors import DomainError, NotFoundError, StaleWriteError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.exchanges.acting import Act, Played, PressForm, play, refuse
from terreau.fees import documents, rules, scales, simulating, wording
from terreau.fees.documents import Sheet
from terreau.fees.forms import ProposeForm, VotedForm
from terreau.fees.models import ScaleVersion
from terreau.fees.rules import Payer
from terreau.fees.scale_form import START, ScaleForm, first_of_next_year
from terreau.fees.scales import State
from terreau.governance.models import Meeting
from terreau.poles.workspace import Workspace, enter, require_run, show

_GET_POST = ["GET", "HEAD", "POST"]
#: States whose scales the members read; drafts are their animators' until they are proposed.
_SHOWN = frozenset({State.PROPOSED, State.VOTED, State.IN_FORCE, State.REPLACED, State.REJECTED})
_TONES = {State.IN_FORCE: "moss", State.PROPOSED: "ochre", State.VOTED: "slate", State.REJECTED: "clay"}
#: Members that no pole has, on whom a scale is tried while it is written: turnover and headcount.
_TRIED = (
    *(("association", 3_000_000, 50), ("association", 15_000_000, 300), ("company", 60_000_000, 800)),
    *(("cooperative", 250_000_000, 4_000), ("local_authority", 0, 0), ("natural_person", 0, 0)),
)


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Every scale of the pole, the one in force first."""
    ws = enter(request, slug)
    current = scales.in_force(ws.pole, ws.today)
    rows = [(row, state) for row, state in _states(ws, current) if ws.runs or state in _SHOWN]
    rows.sort(key=lambda one: one[1] != State.IN_FORCE)
    context = {"here": "scales", "rows": [_named(row, state) for row, state in rows], "current": current}
    return show(request, ws, "fees/scales.html", context)


def _states(ws: Workspace, current: ScaleVersion | None) -> Iterable[tuple[ScaleVersion, State]]:
    rows = ScaleVersion.objects.filter(pole=ws.pole).select_related("decision").order_by("-number")
    return [(row, scales.state(row, current, ws.today)) for row in rows]


def _named(row: ScaleVersion, state: State) -> dict[str, Any]:
    return {"row": row, "state": state.value, "label": state_words(state), "tone": _TONES.get(state, "plain")}


def state_words(state: State) -> str:
    """Return the state of a scale in words."""
    return {
        State.DRAFT: _("brouillon"),
        State.PROPOSED: _("proposé au vote"),
        State.VOTED: _("voté, pas encore applicable"),
        State.IN_FORCE: _("en vigueur"),
        State.REPLACED: _("remplacé"),
        State.REJECTED: _("rejeté"),
        State.DROPPED: _("abandonné"),
    }[state]


@require_http_methods(_GET_POST)
def new(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Write a scale, from an example to be replaced."""
    ws = enter(request, slug, run=True, verb="fees.scale")
    initial: dict[str, Any] = {"name": _("Barème %(year)d") % {"year": ws.today.year + 1}}
    initial["valid_from"] = first_of_next_year(ws.today)
    form = ScaleForm(request.POST if request.method == "POST" else None, sheet=START, initial=initial)
    if grown(request, form):
        return _form(request, ws, form)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and form.sheet is not None:
            values = form.cleaned_data
            row = scales.draft(
                ws.pole, name=values["name"], sheet=form.sheet, valid_from=values["valid_from"], by=ws.user
            )
            messages.success(request, _("Le brouillon est écrit : simulez-le sur vos membres."))
            return redirect("espace_fee_scale", slug, row.number)
    return _form(request, ws, form, status=status)


@require_http_methods(_GET_POST)
def edit(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Change a draft; two people at once are told."""
    ws = enter(request, slug, run=True, verb="fees.scale")
    row = find(ws, number)
    if row.proposed_at or row.dropped_at:
        return redirect("espace_fee_scale", slug, number)
    sheet = scales.sheet_of(row)
    initial = {"name": row.name, "valid_from": row.valid_from, "seen": row.version}
    form = ScaleForm(request.POST if request.method == "POST" else None, sheet=sheet, initial=initial)
    if grown(request, form):
        return _form(request, ws, form, row=row)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and form.sheet is not None:
            try:
                return _changed(request, ws, row, form, form.sheet)
            except DomainError as error:
                refuse(form, error)
                status = error.status
    return _form(request, ws, form, row=row, status=status)


def _changed(
    request: HttpRequest, ws: Workspace, row: ScaleVersion, form: ScaleForm, sheet: Sheet
) -> HttpResponseBase:
    """Write the draft over the one that was seen, whole: the rows of a scale are one thing."""
    values = form.cleaned_data
    if values.get("seen") not in {None, row.version}:
        typed = form.data.copy()  # type: ignore[attr-defined]
        typed["seen"] = row.version
        form.data = typed
        words = _(
            "Quelqu'un vient de changer ce brouillon. Ce que vous avez écrit est gardé ici : "
            "enregistrez de nouveau pour le mettre à la place du sien."
        )
        raise StaleWriteError("stale_write", words)
    mine = {"name": values["name"], "said": documents.write(sheet), "valid_from": values["valid_from"]}
    base = {name: getattr(row, name) for name in mine}
    scales.change(row, base=base, mine=mine, by=ws.user)
    messages.success(request, _("Le brouillon est enregistré."))
    return redirect("espace_fee_scale", ws.slug, row.number)


def grown(request: HttpRequest, form: ScaleForm) -> bool:
    """Add the row that a button asks for, or only try the scale; nothing is saved."""
    if request.method != "POST" or not (asked := request.POST.get("ajouter", "")):
        return False
    form.grow(asked)
    return True


def _form(
    request: HttpRequest,
    ws: Workspace,
    form: ScaleForm,
    *,
    row: ScaleVersion | None = None,
    status: int = 200,
) -> HttpResponseBase:
    sheet = form.tried if request.method == "POST" else form.known
    context = {"here": "scales", "form": form, "scale": row, "tried": tried(sheet, ws.today) if sheet else []}
    return show(request, ws, "fees/scale_form.html", context, status=status)


def tried(sheet: Sheet, today: date) -> list[dict[str, Any]]:
    """Return what invented members would pay for a whole year."""
    first, last = date(today.year, 1, 1), date(today.year, 12, 31)
    found = []
    for kind, turnover, headcount in _TRIED:
        payer = Payer("x", kind, turnover, headcount)
        fee = rules.fee(sheet.scale, payer, first, last)
        plain = kind in {"local_authority", "natural_person"}
        found.append(
            {
                "kind": wording.kinds([kind]),
                "turnover": "" if plain else wording.euros(turnover),
                "headcount": "" if plain else wording.measure(rules.HEADCOUNT, headcount),
                "cents": fee.cents,
                "missing": wording.missing(fee.missing),
            }
        )
    return found


@require_http_methods(_GET_POST)
def scale(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """One scale in words, with what may be done of it."""
    ws = enter(request, slug)
    row = find(ws, number)
    current = scales.in_force(ws.pole, ws.today)
    state = scales.state(row, current, ws.today)
    made: list[ScaleVersion] = []

    def allow() -> None:
        require_run(ws, verb="fees.scale")

    def again(_form: PressForm) -> str:
        made.append(scales.copy(row, by=ws.user))
        return _("Une copie est ouverte : changez-y ce que vous voulez.")

    def drop(_form: PressForm) -> str:
        scales.drop(row, by=ws.user)
        return _("Le brouillon est abandonné ; il reste lisible.")

    def copied() -> str:
        return reverse("espace_fee_scale_edit", args=[slug, made[0].number])

    acts = {"copy": Act(allow, PressForm, again, copied), "drop": Act(allow, PressForm, drop)}
    played = play(request, acts, request.path)
    if not isinstance(played, Played):
        return played
    sheet = scales.sheet_of(row)
    context = {
        **_named(row, state),
        "here": "scales",
        "scale": row,
        "sheet": sheet,
        "lines": _read_lines(sheet),
        "options": wording.options(sheet),
        "cautions": [documents.words(one, sheet) for one in sheet.cautions],
        "tried": tried(sheet, ws.today),
        "forms": played,
        "draft": state is State.DRAFT,
    }
    return show(request, ws, "fees/scale.html", context, status=played.status)


def _read_lines(sheet: Sheet) -> list[dict[str, Any]]:
    labels = sheet.labels or ("",) * len(sheet.scale.lines)
    return [
        {
            "label": label,
            "kinds": wording.kinds(line.kinds),
            "basis": wording.basis_name(line.basis),
            "brackets": wording.brackets(line),
        }
        for line, label in zip(sheet.scale.lines, labels, strict=True)
    ]


@require_safe
def as_file(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """The scale as a file that the command and other sites read."""
    ws = enter(request, slug)
    row = find(ws, number)
    text = json.dumps({"name": row.name, **row.said}, ensure_ascii=False, indent=1)
    answer = HttpResponse(text, content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="bareme-{ws.slug}-{row.number}.json"'
    return answer


@require_http_methods(_GET_POST)
def vote(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Put a draft on the agenda of a meeting, or write that it was voted already."""
    ws = enter(request, slug, run=True, verb="fees.scale")
    row = find(ws, number)
    if row.proposed_at or row.dropped_at:
        return redirect("espace_fee_scale", slug, number)
    found = simulated(
        ws, row, max(row.valid_from.year, ws.today.year), before=scales.in_force(ws.pole, ws.today)
    )
    told = simulating.sentences(found)
    coming = list(_meetings(ws))

    def allow() -> None:
        require_run(ws, verb="fees.scale")

    def propose(form: ProposeForm) -> str:
        meeting = form.meetings[form.cleaned_data["meeting"]]
        text = "\n".join([*told, form.cleaned_data["text"]])
        decision = scales.propose(row, meeting, text=text, by=ws.user)
        return _("Le barème est à l'ordre du jour, décision n° %(number)d.") % {"number": decision.number}

    def voted(form: VotedForm) -> str:
        values = form.cleaned_data
        scales.record_vote(row, on=values["on"], text=values["why"], by=ws.user)
        return _("Le vote est inscrit au registre des décisions.")

    after = reverse("espace_fee_scale", args=[slug, number])
    acts = {
        "propose": Act(allow, lambda *a, **k: ProposeForm(coming, *a, **k), propose, lambda: after),
        "voted": Act(allow, VotedForm, voted, lambda: after),
    }
    played = play(request, acts, after)
    if not isinstance(played, Played):
        return played
    context = {
        "here": "scales",
        "scale": row,
        "told": told,
        "forms": played,
        "coming": coming,
        "found": found,
    }
    return show(request, ws, "fees/vote.html", context, status=played.status)


def _meetings(ws: Workspace) -> Iterable[Meeting]:
    """Return the meetings that a point can still be put to, the next first."""
    rows = Meeting.objects.filter(body__pole=ws.pole, state__in=["draft", "convened", "held"])
    return rows.select_related("body__pole__actor__subject").order_by("starts_at")[:30]


@require_safe
def simulation(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A change of scale on all members: who pays more, what it gives in all, whose figures lack."""
    ws = enter(request, slug)
    current = scales.in_force(ws.pole, ws.today)
    offered = [row for row, state in _states(ws, current) if ws.runs or state in _SHOWN]
    offered = [row for row in offered if row.dropped_at is None]
    after = _chosen(request, "apres", offered) or (offered[0] if offered else None)
    if after is None:
        return show(request, ws, "fees/simulation.html", {"here": "simulation", "offered": []})
    before = None
    if request.GET.get("avant") != "0":
        before = _chosen(request, "avant", offered) or (current if current != after else None)
    year = _year(request, max(after.valid_from.year, ws.today.year))
    found = simulated(ws, after, year, before=before)
    lines = list(found.lines) if ws.runs else found.seen_by(ws.standing.speaks_for)
    made = export_response(
        request, lines, _COLUMNS, f"simulation-cotisations-{ws.slug}-{year}", title=_("Simulation de barème")
    )
    if made is not None:
        return made
    total = ws.runs or len(found.lines) >= simulating.LEAST
    context = {
        "here": "simulation",
        "offered": offered,
        "found": found,
        "lines": lines,
        "year": year,
        "years": range(ws.today.year - 1, ws.today.year + 3),
        "total": total,
        "histogram": _histogram(found) if ws.runs else [],
        "told": simulating.sentences(found) if total else [],
        "draft": scales.state(after, current, ws.today) is State.DRAFT,
        "cautions": [
            documents.words(one, sheet) for sheet in [scales.sheet_of(after)] for one in sheet.cautions
        ],
        "least": simulating.LEAST,
    }
    return show(request, ws, "fees/simulation.html", context)


def simulated(
    ws: Workspace, after: ScaleVersion, year: int, *, before: ScaleVersion | None = None
) -> simulating.Simulated:
    """Return a simulation over a civil year; against the scale in force unless another is given."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    return simulating.simulate(ws.pole, before, after, first, last, on=ws.today)


def _histogram(found: simulating.Simulated) -> list[dict[str, Any]]:
    bins = found.bins
    most = max((one.count for one in bins), default=0) or 1
    fees = found.found.before is None
    return [
        {
            "words": simulating.bin_words(one, fees=fees),
            "count": one.count,
            "width": one.count * 1000 // most,
            "side": "more" if one.high > 0 else "less" if one.low < 0 else "same",
        }
        for one in bins
    ]


def _chosen(request: HttpRequest, name: str, offered: list[ScaleVersion]) -> ScaleVersion | None:
    typed = request.GET.get(name, "")
    return next((row for row in offered if str(row.number) == typed), None)


def _year(request: HttpRequest, default: int) -> int:
    typed = request.GET.get("annee", "")
    return int(typed) if typed.isdecimal() and 2000 <= int(typed) <= 2100 else default


def find(ws: Workspace, number: int) -> ScaleVersion:
    """Return a scale that the person may read; a draft is read by who animates."""
    rows = ScaleVersion.objects.filter(pole=ws.pole, number=number)
    row = rows.select_related("pole__actor__subject", "decision__item").first()
    if row is None or not (ws.runs or row.proposed_at):
        raise NotFoundError("unknown_scale", _("Ce barème n'existe pas dans cet espace de travail."))
    return row


_COLUMNS = (
    Column(gettext_lazy("Membre"), lambda row: row.member.actor.name),
    Column(gettext_lazy("Nature juridique"), lambda row: str(row.member.actor.get_legal_nature_display())),
    Column(gettext_lazy("Chiffre d'affaires en centimes"), lambda row: row.member.payer.turnover, "integer"),
    Column(gettext_lazy("Effectif en centièmes d'ETP"), lambda row: row.member.payer.headcount, "integer"),
    Column(
        gettext_lazy("Cotisation avant en centimes"),
        lambda row: row.change.before.cents if row.change.before else None,
        "integer",
    ),
    Column(gettext_lazy("Cotisation après en centimes"), lambda row: row.change.after.cents, "integer"),
    Column(gettext_lazy("Différence en centimes"), lambda row: row.change.difference, "integer"),
    Column(gettext_lazy("Il manque"), lambda row: row.missing),
)
