"""The register of decisions (R-32): found again, followed to its actions, its money and its results."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from terreau.common.errors import DomainError, NotFoundError, StaleWriteError
from terreau.common.money import Euro
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.flows import rules as flow_rules
from terreau.flows.models import Flow, Nature
from terreau.governance import ballots, follow_up, room
from terreau.governance.explained import explained, reason_words
from terreau.governance.forms_meetings import (
    ActionForm,
    DecideForm,
    DecisionForm,
    EndForm,
    MoneyForm,
    NewDecisionForm,
)
from terreau.governance.models import Action, Ballot, Body, Decision, Objection
from terreau.governance.room import name_of
from terreau.governance.views_ballots import find_decision
from terreau.poles import book
from terreau.poles.workspace import Workspace, enter, refused, require_run, require_voice, show

_write = require_http_methods(["GET", "HEAD", "POST"])
_PAGE = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """What the register is asked: words, outcome, body, year, published or not, what is left to do."""

    words: str = ""
    outcome: str = ""
    body: str = ""
    year: int | None = None
    public: bool = False
    left: bool = False

    @classmethod
    def parse(cls, request: HttpRequest) -> Filters:
        """Read the address; what cannot be understood is refused (422)."""
        asked = request.GET
        outcome, year = asked.get("issue", ""), asked.get("annee", "")
        if outcome and outcome not in Decision.Outcome.values:
            raise DomainError("bad_filter", _("Cette issue n'existe pas."), facts={"filter": "issue"})
        if year and not (year.isdecimal() and 1900 <= int(year) <= 2200):
            raise DomainError("bad_filter", _("Cette année n'en est pas une."), facts={"filter": "annee"})
        return cls(
            " ".join(asked.get("q", "").split())[:100],
            outcome,
            asked.get("instance", "")[:120],
            int(year) if year else None,
            asked.get("publiees") == "1",
            asked.get("a-suivre") == "1",
        )

    def apply(self, rows: QuerySet[Decision]) -> QuerySet[Decision]:
        """Return the decisions that answer."""
        if self.words:
            words = Q(title__icontains=self.words) | Q(text__icontains=self.words)
            rows = rows.filter(words | Q(number=int(self.words)) if _is_number(self.words) else words)
        if self.outcome:
            rows = rows.filter(outcome=self.outcome)
        if self.body:
            rows = rows.filter(item__meeting__body__name=self.body)
        if self.year:
            rows = rows.filter(decided_on__year=self.year)
        if self.public:
            rows = rows.filter(public=True)
        if self.left:
            rows = rows.filter(actions__state=Action.State.TODO).distinct()
        return rows

    @property
    def any(self) -> bool:
        """Say whether something is asked."""
        return bool(self.words or self.outcome or self.body or self.year or self.public or self.left)


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 9


@require_safe
def register(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The decisions of a pole, the latest first, filtered and exported."""
    ws, asked = enter(request, slug), Filters.parse(request)
    rows = asked.apply(_rows(ws))
    if (exported := export_response(request, _whole(rows), _columns(), f"decisions-{ws.slug}")) is not None:
        return exported
    before = request.GET.get("avant", "")
    page = rows.filter(number__lt=int(before)) if _is_number(before) else rows
    found = list(page[: _PAGE + 1])
    context = {
        "decisions": found[:_PAGE],
        "older": found[_PAGE - 1].number if len(found) > _PAGE else None,
        "asked": asked,
        "total": rows.count(),
        "outcomes": Decision.Outcome.choices,
        "bodies": list(
            Body.objects.filter(pole=ws.pole).order_by("name").values_list("name", flat=True).distinct()
        ),
        "years": _years(ws),
        "left": list(follow_up.left(ws.pole)[:8]),
    }
    return show(request, ws, "governance/meetings/decisions.html", context)


def _rows(ws: Workspace) -> QuerySet[Decision]:
    rows = Decision.objects.filter(pole=ws.pole).select_related("item__meeting__body")
    return rows.order_by("-number")


def _whole(rows: QuerySet[Decision]) -> QuerySet[Decision]:
    """Return what an export says beside: actions, and money in the ledger."""
    plain = Q(actions__state=Action.State.TODO)
    actions = Prefetch("actions", Action.objects.select_related("who").order_by("pk"))
    return rows.annotate(left=Count("actions", filter=plain, distinct=True)).prefetch_related(
        actions, "subject__flows"
    )


def _columns() -> list[Column]:
    return [
        Column(_("Numéro"), lambda row: row.number, "integer"),
        Column(_("Titre"), lambda row: row.title),
        Column(_("Ce qui est décidé"), lambda row: row.text),
        Column(_("Issue de la décision"), lambda row: row.get_outcome_display()),
        Column(_("Date de la décision"), lambda row: row.decided_on, "date"),
        Column(_("Motif"), lambda row: reason_words(row.why)),
        Column(_("Instance"), lambda row: row.item.meeting.body.name if row.item else ""),
        Column(_("Publiée"), lambda row: row.public, "boolean"),
        Column(_("Suites à faire"), lambda row: row.left, "integer"),
        Column(_("Suites de la décision"), lambda row: "; ".join(_told(one) for one in row.actions.all())),
        Column(_("Argent au livre (€)"), lambda row: _cash(row.subject.flows.all()), "number"),
    ]


def _told(one: Action) -> str:
    who = one.person or (one.who.name if one.who else "")
    return ", ".join(filter(None, (one.what, who, one.get_state_display(), one.result)))


def _cash(flows: Iterable[Flow]) -> Euro | None:
    lines = [one.cents or 0 for one in flows if one.nature == Nature.CASH]
    return Euro(sum(lines)) if lines else None


def _years(ws: Workspace) -> list[int]:
    days = Decision.objects.filter(pole=ws.pole, decided_on__isnull=False).dates(
        "decided_on", "year", order="DESC"
    )
    return [day.year for day in days]


@_write
def new(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Write a decision apart from any meeting: what the pole decided otherwise (R-31)."""
    ws = enter(request, slug, run=True, verb="decision.propose")
    others = list(
        Decision.objects.filter(pole=ws.pole, outcome=Decision.Outcome.ADOPTED).order_by("-number")[:300]
    )
    form = NewDecisionForm(others, request.POST if request.method == "POST" else None)
    status = 422 if form.is_bound and not form.is_valid() else 200
    if form.is_bound and form.is_valid():
        values = form.cleaned_data
        replaces = next((one for one in others if str(one.number) == values["replaces"]), None)
        try:
            row = ballots.propose(
                ws.pole, title=values["title"], text=values["text"], replaces=replaces, by=ws.user
            )
            return redirect("espace_decision", slug, row.number)
        except DomainError as error:
            refused(form, error)
            status = error.status
    return show(request, ws, "governance/meetings/decision_new.html", {"form": form}, status=status)


@_write
def page(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """A decision: its words, how it was taken, what it asks, what it moved, what it gave."""
    ws = enter(request, slug)
    row = find_decision(ws, number)
    forms = Forms(ws, row, request)
    if request.method == "POST":
        verb = request.POST.get("faire", "")
        if verb not in _VERBS:
            raise DomainError("no_such_verb", _("Cette page ne fait pas cela."))
        _require(ws, row, verb)
        if forms.valid(verb):
            try:
                _VERBS[verb](ws, row, forms, request)
                return redirect("espace_decision", slug, number)
            except DomainError as error:
                forms.refuse(verb, error)
                return _page(request, ws, find_decision(ws, number), forms, error.status)
        return _page(request, ws, row, forms, 422)
    return _page(request, ws, row, forms, 200)


def _require(ws: Workspace, row: Decision, verb: str) -> None:
    """Who animates the pole, or holds the meeting of the decision, changes it and what follows."""
    if ws.runs:
        return
    meeting = row.item.meeting if row.item else None
    if verb in {"suite", "reprendre"} and meeting and room.Room(ws, meeting).holds:
        return
    require_run(ws, verb=f"decision.{_NAMES[verb]}")


_NAMES = {"suite": "ask", "decider": "decide", "publier": "publish", "argent": "money", "reprendre": "amend"}


class Forms:
    """The forms of the page of a decision; the one that was sent keeps what was typed."""

    def __init__(self, ws: Workspace, row: Decision, request: HttpRequest) -> None:
        sent = request.POST if request.method == "POST" else None
        verb = request.POST.get("faire", "") if sent is not None else ""
        parties = book.parties(ws.pole, on=ws.today) if ws.runs or verb in {"suite", "argent"} else []
        day = {"on": ws.today}
        self.by_verb: dict[str, Any] = {
            "suite": ActionForm(parties, sent if verb == "suite" else None, prefix="s"),
            "decider": DecideForm(sent if verb == "decider" else None, initial=day, prefix="d"),
            "argent": MoneyForm(
                parties, sent if verb == "argent" else None, prefix="a", initial={**day, "label": row.title}
            ),
            "reprendre": DecisionForm(
                sent if verb == "reprendre" else None,
                prefix="r",
                initial={"title": row.title, "text": row.text},
            ),
        }
        self.problem = ""
        self.seen = {"title": row.title, "text": row.text}
        if verb == "reprendre":
            self.seen = {name: _sent(request, f"vu_{name}", self.seen[name]) for name in self.seen}

    def valid(self, verb: str) -> bool:
        """Say whether what was sent can be done."""
        return verb not in self.by_verb or bool(self.by_verb[verb].is_valid())

    def refuse(self, verb: str, error: DomainError) -> None:
        """Put a refusal beside its field, else above the page."""
        if isinstance(error, StaleWriteError):
            sides = error.facts.get("conflicts", {})
            self.seen |= {name: both["theirs"] for name, both in sides.items()}
        if verb in self.by_verb:
            refused(self.by_verb[verb], error)
        else:
            self.problem = str(error.message)


def _sent(request: HttpRequest, name: str, otherwise: str) -> str:
    return str(request.POST.get(name, otherwise)).replace("\r\n", "\n")


def _ask(ws: Workspace, row: Decision, forms: Forms, _request: HttpRequest) -> None:
    values = forms.by_verb["suite"].cleaned_data
    who = forms.by_verb["suite"].actor()
    follow_up.ask(row, values["what"], who=who, person=values["person"], due=values["due"], by=ws.user)


def _decide(ws: Workspace, row: Decision, forms: Forms, _request: HttpRequest) -> None:
    values = forms.by_verb["decider"].cleaned_data
    ballots.decide(row, values["outcome"], on=values["on"], why=values["why"], by=ws.user)


def _publish(ws: Workspace, row: Decision, _forms: Forms, request: HttpRequest) -> None:
    public = request.POST.get("publique") == "1"
    follow_up.publish(row, public=public, by=ws.user)
    words = _("La décision est publiée.") if public else _("La décision n'est plus publiée.")
    messages.success(request, words)


def _money(ws: Workspace, row: Decision, forms: Forms, request: HttpRequest) -> None:
    values = forms.by_verb["argent"].cleaned_data
    entry = flow_rules.Entry(
        giver=values["giver"],
        receiver=values["receiver"],
        nature=Nature.CASH,
        on=values["on"],
        label=values["label"],
        cents=values["amount"].cents,
        purpose=row.subject_id,
    )
    try:
        book.write(ws, [entry], verb="decision.money")
    except DomainError as error:
        problems = error.facts.get("problems", [])
        if not problems:
            raise
        first = {"cents": "amount"}.get(problems[0]["field"], problems[0]["field"])
        raise DomainError(error.code, problems[0]["message"], facts={"field": first}) from error
    messages.success(request, _("La ligne est au livre du pôle."))


def _amend(ws: Workspace, row: Decision, forms: Forms, _request: HttpRequest) -> None:
    follow_up.amend(row, base=forms.seen, mine=forms.by_verb["reprendre"].cleaned_data, by=ws.user)


_VERBS = {"suite": _ask, "decider": _decide, "publier": _publish, "argent": _money, "reprendre": _amend}


def _page(request: HttpRequest, ws: Workspace, row: Decision, forms: Forms, status: int) -> HttpResponseBase:
    meeting = row.item.meeting if row.item else None
    flows = list(
        Flow.objects.filter(book=ws.pole.actor_id, purpose=row.subject_id)
        .select_related("giver", "receiver")
        .order_by("rank")
    )
    votes = _votes(row)
    undecided = row.outcome in {Decision.Outcome.PENDING, Decision.Outcome.POSTPONED}
    context = {
        "decision": row,
        "meeting": meeting,
        "holds": room.Room(ws, meeting).holds if meeting and not ws.runs else ws.runs,
        "why": reason_words(row.why),
        "votes": votes,
        "open_ballot": next((one["ballot"] for one in votes if one["ballot"].state == "open"), None),
        "actions": list(Action.objects.filter(decision=row).select_related("who").order_by("pk")),
        "flows": flows,
        "cash": _cash(flows),
        "undecided": undecided,
        "votable": undecided and meeting is not None and meeting.state == "held",
        "forms": forms.by_verb,
        "problem": forms.problem,
        "seen": forms.seen,
        "replaces": Decision.objects.filter(pk=row.replaces_id).first() if row.replaces_id else None,
        "replaced_by": list(Decision.objects.filter(replaces=row).order_by("number")),
    }
    return show(request, ws, "governance/meetings/decision.html", context, status=status)


def _votes(row: Decision) -> list[dict[str, Any]]:
    objections: dict[Any, list[tuple[Objection, str]]] = {}
    for one in (
        Objection.objects.filter(ballot__decision=row)
        .select_related("seat__actor", "seat__user")
        .order_by("pk")
    ):
        objections.setdefault(one.ballot_id, []).append((one, name_of(one.seat)))
    return [
        {
            "ballot": one,
            "result": explained(one.said["rules"], one.result, one.said.get("voices", 0))
            if one.result
            else None,
            "objections": objections.get(one.pk, []),
        }
        for one in Ballot.objects.filter(decision=row).order_by("opened_at", "pk")
    ]


@_write
def action(request: HttpRequest, slug: str, number: int, pk: int) -> HttpResponseBase:
    """Say how an action ended, or that it is to be done again: who does it, or who animates the pole."""
    ws = enter(request, slug)
    decision = find_decision(ws, number)
    row = (
        Action.objects.filter(decision=decision, pk=pk)
        .select_related("decision__pole__actor__subject", "who")
        .first()
    )
    if row is None:
        raise NotFoundError("unknown_action", _("Cette suite n'est pas de cette décision."))
    if row.who_id is not None:
        require_voice(ws, row.who_id, verb="decision.end_action")
    else:
        require_run(ws, verb="decision.end_action")
    if "reprendre" in request.POST:
        follow_up.reopen(row, by=ws.user)
        return redirect("espace_decision", slug, number)
    form = EndForm(request.POST if request.method == "POST" else None, initial={"state": "done"})
    status = 422 if form.is_bound and not form.is_valid() else 200
    if form.is_bound and form.is_valid():
        try:
            follow_up.end(row, form.cleaned_data["state"], result=form.cleaned_data["result"], by=ws.user)
            return redirect("espace_decision", slug, number)
        except DomainError as error:
            refused(form, error)
            status = error.status
    context = {"decision": decision, "action": row, "form": form, "today": timezone.localdate()}
    return show(request, ws, "governance/meetings/action.html", context, status=status)
