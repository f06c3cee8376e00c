"""Forms, bodies, colleges, seats, mandates and functions of a pole (R-30 to R-36)."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from terreau.actors.models import Actor, Belonging
from terreau.common.errors import DomainError, NotFoundError
from terreau.common.money import Euro
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.governance import bodies, composing, seated, telling_people
from terreau.governance.forms_people import (
    AddFormForm,
    CollegeForm,
    EndForm,
    FunctionForm,
    NewBodyForm,
    RulesForm,
    SeatForm,
    quorum_choice,
    today_initial,
)
from terreau.governance.models import Body, College, Form, FunctionShare, Seat
from terreau.governance.templates_of_forms import TEMPLATES
from terreau.governance.views_members import dominations_said
from terreau.poles import workspace
from terreau.poles.models import Pole
from terreau.poles.workspace import Workspace

#: Fields of a body that its form changes as they are.
_PLAIN = (
    *("name", "kind", "decides", "quorum_num", "quorum_den", "quorum_by_college", "proxies", "majority"),
    *("counting", "sharing", "meets_every", "notice_days", "public"),
)


@require_safe
def governance(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Who decides: forms, bodies with their colleges, mandates that end, functions, what to look at."""
    ws = workspace.enter(request, slug)
    seats = composing.voting_seats(ws.pole, ws.today)
    if (exported := export_response(request, _all_seats(ws), _SEATS, f"sieges-{ws.slug}")) is not None:
        return exported
    carried = seated.functions(ws.pole, ws.today)
    rows = list(Body.objects.filter(pole=ws.pole).prefetch_related("colleges").order_by("name", "pk"))
    living = [body for body in rows if body.valid_to is None or body.valid_to > ws.today]
    weights = {body.pk: {one.name: one.weight for one in body.colleges.all()} for body in rows}
    ending = seated.ending(ws.pole, ws.today)
    forms = list(Form.objects.filter(pole=ws.pole).order_by("valid_from", "pk"))
    context: dict[str, Any] = {
        "forms": [(one, one.valid_to is None or one.valid_to > ws.today) for one in forms],
        "bodies": _shown(living, seats, ws),
        "ended": [body for body in rows if body not in living],
        "ending": [seat for seat in ending if seat.valid_to and seat.valid_to > ws.today],
        "late": [seat for seat in ending if seat.valid_to and seat.valid_to <= ws.today],
        "carried": carried,
        "look": [*dominations_said(ws, seats, weights), *seated.dependencies_said(seats, carried)],
        "add_form": AddFormForm(auto_id="id_form_%s"),
        "templates": [(kind.label, [str(one["name"]) for one in TEMPLATES[kind]]) for kind in Form.Kind],
    }
    return workspace.show(request, ws, "governance/people/governance.html", context)


def _shown(rows: list[Body], seats: list[Seat], ws: Workspace) -> list[dict[str, Any]]:
    mine: defaultdict[UUID, list[Seat]] = defaultdict(list)
    for seat in seats:
        mine[seat.body_id].append(seat)
    parts = seated.taken_part(rows, ws.today)
    return [
        {
            "body": body,
            "seats": mine[body.pk],
            "colleges": seated.standings(
                body, mine[body.pk], list(body.colleges.all()), parts.get(body.pk, [])
            ),
            "grouped": bool(body.colleges.all() or parts.get(body.pk)),
            "quorum": telling_people.quorum_sentence(body.quorum, len(mine[body.pk])),
        }
        for body in rows
    ]


def _all_seats(ws: Workspace) -> Any:
    rows = Seat.objects.filter(body__pole=ws.pole).select_related("body", "college", "actor")
    return rows.order_by("body__name", "college__rank", "actor__sort_key", "pk")


_SEATS = (
    Column(gettext_lazy("Instance"), lambda seat: seat.body.name),
    Column(gettext_lazy("Collège"), lambda seat: seat.college.name if seat.college else ""),
    Column(gettext_lazy("Organisation"), lambda seat: seat.actor.name),
    Column(gettext_lazy("Qui siège"), lambda seat: seat.person),
    Column(gettext_lazy("Rôle"), lambda seat: str(seat.get_role_display())),
    Column(gettext_lazy("Mandat depuis le"), lambda seat: seat.valid_from, "date"),
    Column(gettext_lazy("Mandat jusqu'au"), lambda seat: seat.valid_to, "date"),
)


@require_POST
def change_forms(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Give the pole a form of governance, or say that it has it no more."""
    ws = workspace.enter(request, slug, run=True, verb="governance.forms")
    if request.POST.get("faire") == "finir":
        return _end_form(request, ws)
    form = AddFormForm(request.POST)
    if not form.is_valid():
        raise DomainError("no_form", _("Choisissez une des trois formes."), facts={"field": "kind"})
    bodies.found_form(ws.pole, form.cleaned_data["kind"], since=form.cleaned_data["since"], by=ws.user)
    messages.success(request, _("La forme est écrite, avec les instances de son modèle : changez-les."))
    return redirect("espace_governance", ws.slug)


def _end_form(request: HttpRequest, ws: Workspace) -> HttpResponseBase:
    rows = Form.objects.select_related("pole__actor__subject").filter(pole=ws.pole)
    typed = request.POST.get("forme", "")
    row = rows.filter(pk=typed).first() if typed.isdigit() else None
    if row is None:
        raise NotFoundError("unknown_form", _("Cette forme n'est pas celle du pôle."))
    bodies.end_form(row, on=ws.today, by=ws.user)
    messages.success(request, _("C'est écrit ; ses instances restent tant qu'elles se réunissent."))
    return redirect("espace_governance", ws.slug)


@require_http_methods(["GET", "HEAD", "POST"])
def new_body(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Make a body; its rules are the next page."""
    ws = workspace.enter(request, slug, run=True, verb="governance.body")
    form = NewBodyForm(request.POST or None)
    if form.is_valid():
        try:
            body = bodies.create_body(ws.pole, by=ws.user, **form.cleaned_data)
            return redirect("espace_body_rules", ws.slug, body.pk)
        except DomainError as error:
            workspace.refused(form, error)
            if error.code == "name_taken":
                form.add_error("name", _("Choisissez un autre nom."))
    status = 422 if form.errors else 200
    return workspace.show(request, ws, "governance/people/body_new.html", {"form": form}, status=status)


@require_safe
def body(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """One body: its rules in sentences, its colleges, its seats, past mandates."""
    ws = workspace.enter(request, slug)
    return _body_page(request, ws, _of_pole(ws.pole, pk))


def _of_pole(pole: Pole, pk: UUID) -> Body:
    row = Body.objects.select_related("pole__actor__subject").filter(pole=pole, pk=pk).first()
    if row is None:
        raise NotFoundError("unknown_body", _("Cette instance n'existe pas."))
    return row


def _body_page(
    request: HttpRequest, ws: Workspace, row: Body, *, status: int = 200, **forms: Any
) -> HttpResponseBase:
    colleges = list(College.objects.filter(body=row).order_by("rank", "pk"))
    every = Seat.objects.filter(body=row).select_related("college", "actor", "user")
    rows = list(every.order_by("college__rank", "actor__sort_key", "valid_from", "pk"))
    now = list(bodies.seats_on(row, ws.today))
    ids = {seat.pk for seat in now}
    voting = [seat for seat in now if seat.votes]
    parts = seated.taken_part([row], ws.today).get(row.pk, [])
    context: dict[str, Any] = {
        "body": row,
        "living": row.valid_to is None or row.valid_to > ws.today,
        "sentences": telling_people.rules_of(row, len(voting), [(one.name, one.weight) for one in colleges]),
        "standings": seated.standings(row, voting, colleges, parts),
        "grouped": bool(colleges or parts),
        "seats": [(seat, composing.labels(Seat.Role)[seat.role]) for seat in now],
        "past": [seat for seat in rows if seat.pk not in ids and not _to_come(seat, ws)],
        "to_come": [seat for seat in rows if seat.pk not in ids and _to_come(seat, ws)],
        "colleges": [
            (one, CollegeForm(initial=_college(one), auto_id=f"id_c{one.pk}_%s")) for one in colleges
        ],
        "college_form": CollegeForm(auto_id="id_new_%s"),
        "seat_form": _seat_form(ws, row, colleges) if ws.runs else None,
        "soon": ws.today + timedelta(days=seated.SOON),
        **forms,
    }
    return workspace.show(request, ws, "governance/people/body.html", context, status=status)


def _to_come(seat: Seat, ws: Workspace) -> bool:
    return seat.valid_from is not None and seat.valid_from > ws.today


def _college(one: College) -> dict[str, Any]:
    return {"name": one.name, "weight": one.weight, "planned": one.seats_planned}


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """The rules of a body in words, with a sentence that follows what is typed."""
    ws = workspace.enter(request, slug, run=True, verb="governance.rules")
    row = _of_pole(ws.pole, pk)
    held = {name: getattr(row, name) for name in _PLAIN}
    initial = {**held, **quorum_choice(row.quorum_num, row.quorum_den), "base": json.dumps(held)}
    form = RulesForm(request.POST or None, initial=initial)
    valid = form.is_valid()
    preview = request.method == "POST" and "apercu" in request.POST
    if valid and not preview:
        try:
            bodies.change_body(
                row,
                base=_base(form.cleaned_data["base"], held),
                mine={name: form.cleaned_data[name] for name in _PLAIN},
                by=ws.user,
            )
            messages.success(
                request, _("Les règles sont écrites. Les séances déjà convoquées gardent les leurs.")
            )
            return redirect("espace_body", ws.slug, row.pk)
        except DomainError as error:
            workspace.refused(form, error, {"quorum": "other"})
            if error.code == "stale_write":
                _say_conflicts(form, error)
    shown = _typed(row, form) if form.is_bound else row
    seats = len([seat for seat in bodies.seats_on(row, ws.today) if seat.votes])
    colleges = list(College.objects.filter(body=row).order_by("rank", "pk").values_list("name", "weight"))
    context = {
        "body": row,
        "form": form,
        "seats": seats,
        "sentences": telling_people.rules_of(shown, seats, colleges),
    }
    status = 200 if preview or not form.errors else 422
    return workspace.show(request, ws, "governance/people/rules.html", context, status=status)


def _base(typed: str, held: dict[str, Any]) -> dict[str, Any]:
    """Return what the person saw; what cannot be read is what is held now."""
    try:
        told = json.loads(typed)
    except ValueError:
        told = None
    return {**held, **{name: told[name] for name in held if name in told}} if isinstance(told, dict) else held


def _say_conflicts(form: RulesForm, error: DomainError) -> None:
    for name, sides in error.facts.get("conflicts", {}).items():
        words = _("Quelqu'un a écrit « %(theirs)s » pendant ce temps.") % {"theirs": sides["theirs"]}
        place = "other" if name.startswith("quorum_") else name
        form.add_error(place if place in form.fields else None, words)
    # What the person saw is now what is held: sent again, her values are kept.
    form.data = form.data.copy()  # type: ignore[attr-defined]
    told = _base(form.data.get("base", ""), {})
    told |= {name: sides["theirs"] for name, sides in error.facts.get("conflicts", {}).items()}
    form.data["base"] = json.dumps({**json.loads(form.data.get("base") or "{}"), **told})  # type: ignore[index]


def _typed(row: Body, form: RulesForm) -> Body:
    """Return the body as it is being typed, never saved; what cannot be read stays as it is held."""
    values = {name: form.cleaned_data[name] for name in _PLAIN if name in form.cleaned_data}
    held = {name: getattr(row, name) for name in _PLAIN}
    return Body(pole=row.pole, **{**held, **values})


@require_POST
def colleges(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Add a college, or change its weight and its planned seats."""
    ws = workspace.enter(request, slug, run=True, verb="governance.college")
    row = _of_pole(ws.pole, pk)
    form = CollegeForm(request.POST, auto_id="id_new_%s")
    if form.is_valid():
        values, number = form.cleaned_data, request.POST.get("college", "")
        try:
            if number:
                _change_college(row, number, request, values, ws)
            else:
                bodies.add_college(
                    row, values["name"], values["weight"], planned=values["planned"], by=ws.user
                )
            messages.success(request, _("Le collège est écrit."))
            return redirect("espace_body", ws.slug, row.pk)
        except DomainError as error:
            workspace.refused(form, error)
    return _body_page(request, ws, row, status=422, college_form=form)


def _change_college(
    row: Body, number: str, request: HttpRequest, values: dict[str, Any], ws: Workspace
) -> None:
    found = College.objects.select_related("body__pole__actor__subject").filter(body=row)
    college = found.filter(pk=number).first() if number.isdigit() else None
    if college is None:
        raise NotFoundError("unknown_college", _("Ce collège n'existe pas."))
    seen = request.POST.get("vu", "").split("/")
    weight = int(seen[0]) if seen[0].isdigit() else college.weight
    planned = int(seen[1]) if len(seen) > 1 and seen[1].isdigit() else None
    bodies.change_college(
        college, weight=values["weight"], planned=values["planned"], base=(weight, planned), by=ws.user
    )


@require_POST
def seats(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Give a seat for a mandate."""
    ws = workspace.enter(request, slug, run=True, verb="governance.seat")
    row = _of_pole(ws.pole, pk)
    every = list(College.objects.filter(body=row).order_by("rank", "pk"))
    form = _seat_form(ws, row, every, request.POST)
    if form.is_valid():
        values = form.cleaned_data
        college = next((one for one in every if str(one.pk) == values.get("college")), None)
        try:
            bodies.give_seat(
                row,
                form.actors[values["actor"]],
                college=college,
                role=values["role"],
                person=values["person"],
                user=form.account,
                since=values["since"],
                until=values["until"],
                by=ws.user,
            )
            messages.success(request, _("Le siège est donné."))
            return redirect("espace_body", ws.slug, row.pk)
        except DomainError as error:
            workspace.refused(form, error)
            if error.code == "seat_known":
                form.add_error("person", _("Donnez un nom pour distinguer deux sièges d'une organisation."))
    return _body_page(request, ws, row, status=422, seat_form=form)


def _seat_form(ws: Workspace, row: Body, every: list[College], data: Any = None) -> SeatForm:
    able = seated.actors(ws.pole, ws.today)
    people = Belonging.objects.confirmed().filter(actor__in=able, user__erased_at=None)
    held = list(people.select_related("user", "actor").order_by("user__name", "user", "pk"))
    named = {str(one.pk): one.name for one in every}
    return SeatForm(able, named, held, data, initial={"since": ws.today.isoformat()}, auto_id="id_seat_%s")


@require_http_methods(["GET", "HEAD", "POST"])
def end_seat(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """End a mandate."""
    ws = workspace.enter(request, slug, run=True, verb="governance.seat_end")
    rows = Seat.objects.select_related("body__pole__actor__subject", "actor", "college")
    seat = rows.filter(body__pole=ws.pole, pk=pk).first()
    if seat is None:
        raise NotFoundError("unknown_seat", _("Ce siège n'existe pas."))
    form = EndForm(request.POST or None, initial=today_initial(seat.valid_to or ws.today))
    if form.is_valid():
        try:
            bodies.end_seat(seat, on=form.cleaned_data["on"], reason=form.cleaned_data["reason"], by=ws.user)
            messages.success(request, _("La fin du mandat est écrite ; ce que ce siège a décidé reste."))
            return redirect("espace_body", ws.slug, seat.body_id)
        except DomainError as error:
            workspace.refused(form, error)
    context = {"seat": seat, "body": seat.body, "form": form}
    status = 422 if form.errors else 200
    return workspace.show(request, ws, "governance/people/seat_end.html", context, status=status)


@require_POST
def end_body(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """End a body from today."""
    ws = workspace.enter(request, slug, run=True, verb="governance.body_end")
    bodies.end_body(_of_pole(ws.pole, pk), on=ws.today, by=ws.user)
    messages.success(request, _("L'instance n'est plus ; ses séances et ses décisions restent."))
    return redirect("espace_governance", ws.slug)


@require_http_methods(["GET", "HEAD", "POST"])
def functions(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The matrix of functions: who carries what, hours a month, cost a year (R-36)."""
    ws = workspace.enter(request, slug)
    form = None
    if request.method == "POST":
        workspace.require_run(ws, verb="governance.function")
        if request.POST.get("faire") == "finir":
            return _end_function(request, ws)
        form = FunctionForm(seated.actors(ws.pole, ws.today), request.POST)
        if form.is_valid() and (done := _carried(request, ws, form)):
            return done
    carried = seated.functions(ws.pole, ws.today)
    rows = [share for one in carried for share in one.shares]
    if (exported := export_response(request, rows, _FUNCTIONS, f"fonctions-{ws.slug}")) is not None:
        return exported
    if form is None and ws.runs:
        form = FunctionForm(seated.actors(ws.pole, ws.today), initial={"since": ws.today.isoformat()})
    context = {
        "carried": carried,
        "actors": _by_actor(rows),
        "form": form,
        "hours": _sum(one.hours for one in carried),
        "cost": seated.euros(_sum(one.cents for one in carried)),
    }
    status = 422 if form is not None and form.errors else 200
    return workspace.show(request, ws, "governance/people/functions.html", context, status=status)


def _sum(values: Any) -> int | None:
    told = [one for one in values if one is not None]
    return sum(told) if told else None


def _by_actor(rows: list[FunctionShare]) -> list[tuple[Actor, int | None, Euro | None]]:
    """Return what each organisation carries: hours a month and money a year."""
    mine: defaultdict[UUID, list[FunctionShare]] = defaultdict(list)
    for row in rows:
        mine[row.actor_id].append(row)
    found = [
        (
            held[0].actor,
            _sum(one.hours_a_month for one in held),
            seated.euros(_sum(one.cents_a_year for one in held)),
        )
        for held in mine.values()
    ]
    return sorted(found, key=lambda one: (-(one[1] or 0), one[0].sort_key))


def _carried(request: HttpRequest, ws: Workspace, form: FunctionForm) -> HttpResponseBase | None:
    values = form.cleaned_data
    try:
        bodies.carry(
            ws.pole,
            values["function"],
            form.actors[values["actor"]],
            hours_a_month=values["hours"],
            cents_a_year=values["cost"],
            since=values["since"],
            note=" ".join(values["note"].split()),
            by=ws.user,
        )
    except DomainError as error:
        workspace.refused(form, error)
        return None
    messages.success(request, _("La fonction est écrite."))
    return redirect("espace_functions", ws.slug)


def _end_function(request: HttpRequest, ws: Workspace) -> HttpResponseBase:
    rows = FunctionShare.objects.select_related("pole__actor__subject").filter(pole=ws.pole)
    typed = request.POST.get("part", "")
    row = rows.filter(pk=typed).first() if typed.isdigit() else None
    if row is None:
        raise NotFoundError("unknown_function", _("Cette ligne n'existe pas."))
    bodies.end_function(row, on=ws.today, by=ws.user)
    messages.success(request, _("C'est fini à partir d'aujourd'hui ; la ligne reste dans l'histoire."))
    return redirect("espace_functions", ws.slug)


_FUNCTIONS = (
    Column(gettext_lazy("Fonction"), lambda row: str(row.get_function_display())),
    Column(gettext_lazy("Portée par"), lambda row: row.actor.name),
    Column(gettext_lazy("Heures par mois"), lambda row: row.hours_a_month, "integer"),
    Column(
        gettext_lazy("Coût par an, en euros"),
        lambda row: seated.euros(row.cents_a_year),
        "number",
    ),
    Column(gettext_lazy("Mandat depuis le"), lambda row: row.valid_from, "date"),
)
