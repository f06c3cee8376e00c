"""What keepers of a label do: what waits, one request criterion by criterion, the decision, what it opens."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from terreau.accounts.second_factor import sensitive
from terreau.common.errors import DomainError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.exchanges.acting import Act, Played, play
from terreau.labels import advantages, deciding, perms, read, rules, saying
from terreau.labels.advantages import Opened
from terreau.labels.forms import AdvantageForm, EndForm, FindingsForm, GrantForm, ReasonForm, SeenForm
from terreau.labels.lost import lost
from terreau.labels.models import Advantage
from terreau.labels.perms import DECIDES, INSTRUCTS, RequestSpace
from terreau.labels.rules import State, Who, Worth
from terreau.projects.models import JointProject

#: Decisions with a reason alone; each asks for a proof of who one is, as granting does.
_REASONED: Final = tuple(saying.BUTTONS)
_PROVED: Final = ("grant", *_REASONED)
#: Lines of a page; its exports hold them all.
_SHOWN: Final = 500

QUEUE = (
    Column(gettext_lazy("Numéro"), lambda one: one.name),
    Column(gettext_lazy("Pôle qui demande"), lambda one: one.pole.actor.name),
    Column(gettext_lazy("Où en est la demande"), lambda one: one.get_state_display()),
    Column(gettext_lazy("Demandé le"), lambda one: timezone.localdate(one.requested_at), "date"),
    Column(gettext_lazy("Vaut à partir du"), lambda one: one.valid_from, "date"),
    Column(gettext_lazy("Vaut jusqu'au"), lambda one: one.valid_to, "date"),
)
ADVANTAGES = (
    Column(gettext_lazy("Label"), lambda one: one.request.name),
    Column(gettext_lazy("Pôle labellisé"), lambda one: one.request.pole.actor.name),
    Column(gettext_lazy("Membre qui en bénéficie"), lambda one: one.actor.name),
    Column(gettext_lazy("Projet"), lambda one: one.project.title if one.project else ""),
    Column(gettext_lazy("Nature"), lambda one: one.get_kind_display()),
    Column(gettext_lazy("Texte qui l'ouvre"), lambda one: one.legal_basis),
    Column(gettext_lazy("Premier jour"), lambda one: one.starts_on, "date"),
    Column(gettext_lazy("Dernier jour"), lambda one: one.ends_on, "date"),
    Column(gettext_lazy("Montant en euros"), lambda one: one.amount, "number"),
    Column(gettext_lazy("Interrompu le"), lambda one: one.ended_on, "date"),
)


@never_cache
@require_safe
def queue(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What waits for who keeps a label, then everything, and the register of advantages."""
    space = perms.enter(request, slug, INSTRUCTS)
    today = timezone.localdate()
    everything = read.queue(space.scheme)
    title = _("Demandes du label %(name)s") % {"name": space.scheme.title}
    if made := export_response(request, everything, QUEUE, f"label-{slug}-demandes", title=title):
        return made
    ending = Advantage.objects.filter(request__scheme=space.scheme, ended_on=None)
    context = {
        "scheme": space.scheme,
        "hold": space.hold,
        "waiting": [(one, saying.state(one)) for one in read.waiting(space.scheme)],
        "rows": [(one, saying.state(one)) for one in everything[:_SHOWN]],
        "running": ending.filter(advantages.running(today)).count(),
        "today": today,
    }
    return render(request, "labels/queue.html", context)


@never_cache
@require_safe
def register(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The register of advantages of a label, with its exports."""
    space = perms.enter(request, slug, INSTRUCTS)
    today = timezone.localdate()
    rows = Advantage.objects.filter(request__scheme=space.scheme)
    rows = rows.select_related("request__pole__actor", "request__scheme", "actor", "project")
    found = rows.order_by("ends_on", "pk")
    title = _("Avantages ouverts par le label %(name)s") % {"name": space.scheme.title}
    if made := export_response(request, found, ADVANTAGES, f"label-{slug}-avantages", title=title):
        return made
    shown = found[:_SHOWN]
    lines = [(one, rules.alert(one.ends_on, today) if one.ended_on is None else None) for one in shown]
    context = {"scheme": space.scheme, "lines": lines, "today": today}
    return render(request, "labels/advantages.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def instruct(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """One request for who keeps the label: criteria, decision, plan, advantages."""
    space = perms.open_request(request, slug, number, role=INSTRUCTS)
    asked = request.POST.get("faire", "") if request.method == "POST" else ""
    if asked in _PROVED:
        perms.open_request(request, slug, number, role=DECIDES)
        return _proved(request, space)
    return _played(request, space)


@sensitive
def _proved(request: HttpRequest, space: RequestSpace) -> HttpResponseBase:
    return _played(request, space)


def _played(request: HttpRequest, space: RequestSpace) -> HttpResponseBase:
    page = _Page(request, space)
    played = play(request, page.acts, request.path)
    if not isinstance(played, Played):
        return played
    if request.method == "POST":
        page = _Page(request, perms.open_request(request, space.request.scheme.slug, space.request.number))
    return render(request, "labels/instruct.html", page.context(played), status=played.status)


class _Page:
    """One request as a keeper works on it, read once."""

    def __init__(self, request: HttpRequest, space: RequestSpace) -> None:
        self.request, self.space, self.row = request, space, space.request
        self.today = timezone.localdate()
        self.criteria = read.criteria(self.row)
        self.worth = self.row.worth(self.today)
        self.able = {
            one.verb: one
            for one in rules.steps(State(self.row.state))
            if one.who in {Who.DECIDES, Who.INSTRUCTS}
        }
        self.opens = self.worth in {Worth.VALID, Worth.TO_COME}
        self.parties = advantages.beneficiaries(self.row, on=self.today) if self.opens else []
        projects = JointProject.objects.filter(pole=self.row.pole_id).exclude(stage="dropped")
        self.projects = list(projects.order_by("title", "pk")) if self.opens else []

    @property
    def acts(self) -> dict[str, Act]:
        """What the buttons of the page do."""
        row = self.row
        instructs, decides = self._allow(INSTRUCTS), self._allow(DECIDES)
        findings = partial(FindingsForm, criteria=self.criteria, row=row)
        acts = {
            "take": Act(instructs, partial(SeenForm, row=row), self._take),
            "find": Act(instructs, findings, self._find),
            "grant": Act(decides, partial(GrantForm, row=row), self._grant),
            "advantage": Act(
                instructs,
                partial(AdvantageForm, parties=self.parties, projects=self.projects),
                self._advantage,
            ),
            "end": Act(instructs, EndForm, self._end),
        }
        for verb in _REASONED:
            acts[verb] = Act(decides, partial(ReasonForm, row=row), partial(self._decide, verb))
        return acts

    @property
    def _open(self) -> set[str]:
        return {"advantage", "end"} if self.opens else set()

    def _allow(self, role: str) -> Any:
        return lambda: perms.open_request(self.request, self.row.scheme.slug, self.row.number, role=role)

    def _take(self, form: Any) -> str:
        deciding.take(self.row, on=self.today, by=self.space.user, seen=form.cleaned_data["seen"])
        return _("L'instruction commence.")

    @transaction.atomic
    def _find(self, form: FindingsForm) -> str:
        changed = list(form.changed)
        for code, answer, words, seen in changed:
            deciding.find(self.row, code, answer=answer, words=words, seen=seen, by=self.space.user)
        return _("Les constats sont enregistrés.") if changed else _("Rien n'a changé.")

    def _grant(self, form: GrantForm) -> str:
        held = form.cleaned_data
        deciding.grant(
            self.row,
            reason=held["reason"],
            plan=form.plan,
            on=self.today,
            by=self.space.user,
            seen=held["seen"],
        )
        return _("Le label est accordé et le certificat émis.")

    def _decide(self, verb: str, form: Any) -> str:
        held = form.cleaned_data
        user = self.space.user
        deciding.decide(self.row, verb, reason=held["reason"], on=self.today, by=user, seen=held["seen"])
        return _("La décision est prise et le pôle prévenu.")

    def _advantage(self, form: Any) -> str:
        held = form.cleaned_data
        chosen = {str(one.pk): one for one in self.projects}
        found = Opened(
            actor=advantages.beneficiary(held["actor"]),
            kind=held["kind"],
            legal_basis=held["legal_basis"],
            starts_on=held["starts_on"],
            ends_on=held["ends_on"],
            project=chosen.get(held["project"]),
            cents=held["cents"],
        )
        advantages.open_advantage(self.row, found, on=self.today, by=self.space.user)
        return _("L'avantage est inscrit au registre.")

    def _end(self, form: Any) -> str:
        rows = Advantage.objects.select_related("request__scheme__subject")
        held = rows.filter(request=self.row, pk=form.cleaned_data["about"]).first()
        if held is None:
            raise DomainError("unknown_advantage", _("Ce label n'a pas cet avantage."), status=404)
        advantages.interrupt(held, reason=form.cleaned_data["reason"], on=self.today, by=self.space.user)
        return _("L'avantage est interrompu.")

    def context(self, played: Played) -> dict[str, Any]:
        """What the page shows."""
        row = self.row
        reasoned = [
            (verb, *saying.BUTTONS[verb], verb in {"refuse", "suspend", "withdraw"})
            for verb in self.able
            if verb in saying.BUTTONS and self.space.decides
        ]
        answered = sum(one.found is not None for one in self.criteria)
        return {
            "space": self.space,
            "row": row,
            "scheme": row.scheme,
            "state": saying.state(row),
            "worth": saying.worth(self.worth) if self.worth != Worth.NONE else None,
            "sentence": saying.sentence(row, self.today) if self.worth != Worth.NONE else "",
            "log": read.log(row, public=False),
            "criteria": self.criteria,
            "answered": answered,
            "all_answered": answered == len(self.criteria),
            "able": self.able,
            "reasoned": reasoned,
            "opens": self.opens,
            "advantages": advantages.of_request(row),
            "steps": list(row.plan.order_by("due_on", "pk")),
            "forms": played,
            "lost": lost(played, {*self.able, *(["find"] if "grant" in self.able else [])} | self._open),
            "today": self.today,
            "conclusion": row.conclusion,
        }
