"""The pages of a file that do one thing: review, conflict, opinions, complements, letter."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from terreau.accounts.second_factor import sensitive
from terreau.calls import form_rules
from terreau.calls.letters import EVENTS
from terreau.common.errors import DomainError, NotFoundError
from terreau.dossiers import frozen, moving, presence, saying
from terreau.dossiers.actions import values_of
from terreau.dossiers.models import Dossier
from terreau.dossiers.perms import DossierSpace, enter
from terreau.exchanges.acting import Act, Played, PressForm, play
from terreau.instruction import appraising, asked, complements, conflicts, letters, opinions, setups
from terreau.instruction.forms import AskForm, ConflictForm, LetterForm, LiftForm, OpinionForm, ReviewForm
from terreau.instruction.models import Assignment, Complement, Conflict
from terreau.instruction.showing import in_file
from terreau.instruction.views_file import require_instruct


def _home(space: DossierSpace) -> str:
    return reverse("instruction_dossier", args=[space.dossier.pk])


# The review


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The review of a file by one of its reviewers: kept as a draft, then given once."""
    space = enter(request, pk, "review")
    dossier, user = space.dossier, space.user
    part = Assignment.objects.filter(dossier=dossier, user=user, part="reviewer", ended_at=None)
    own = appraising.mine(dossier, user)
    if own is None and not part.exists():
        raise NotFoundError("not_assigned", _("Ce dossier ne vous est pas confié pour relecture."))
    grid = setups.grid(dossier.call, lang=(get_language() or "fr")[:2])
    form = partial(ReviewForm, grid=grid, values=appraising.flat(own, grid))

    def keep(sent: ReviewForm) -> str:
        appraising.write(dossier, user, base=sent.base, mine_=sent.mine)
        return _("Brouillon enregistré : personne d'autre ne le lit.")

    def give(sent: ReviewForm) -> str:
        appraising.give(dossier, user, base=sent.base, mine_=sent.mine)
        return _("Votre relecture est rendue. Elle est scellée jusqu'à ce que chacun ait rendu la sienne.")

    acts = {
        "keep": Act(_anybody, partial(form, whole=False), keep),
        "give": Act(_anybody, form, give, after=lambda: _home(space)),
    }
    played = play(request, acts, request.path)
    if not isinstance(played, Played):
        return played
    sent = played.form if isinstance(played.form, ReviewForm) else form(auto_id="relecture-%s")
    context = {
        "forms": played,
        "form": sent,
        "grid": grid,
        "own": own,
        "answers": deposited(dossier),
        "given": own is not None and own.given_at is not None,
    }
    return in_file(request, space, "instruction/review.html", context, status=played.status)


def _anybody() -> None:
    """The door of the page was enough."""


def deposited(dossier: Dossier) -> list[dict[str, Any]]:
    """Return what a file said when it was last frozen, page by page: reviewers all read the same."""
    copy = frozen.last(dossier)
    form = copy.form if copy else dossier.form
    values = frozen.read(copy)["answers"] if copy else values_of(dossier)
    shown = form_rules.visible(form.content, values)
    found: list[dict[str, Any]] = []
    for page in form.content.get("pages", ()):
        rows = [
            {"label": saying.label(one), "lines": said, "table": saying.table(one, values[one["key"]])}
            for section in page.get("sections", ())
            for one in section.get("fields", ())
            if one["key"] in shown and (said := saying.lines(one, values.get(one["key"])))
        ]
        if rows:
            found.append({"title": saying.localized(page, "title"), "rows": rows})
    return found


# A conflict of interest


@require_http_methods(["GET", "HEAD", "POST"])
def conflict(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Declare a conflict of interest: the file goes at once. The owner of the call lifts those declared."""
    space = enter(request, pk, "staff")
    dossier = space.dossier

    def declare(form: ConflictForm) -> str:
        conflicts.declare(dossier, space.user, why=form.cleaned_data["why"])
        return _("Votre conflit d'intérêts est déclaré : ce dossier ne vous est plus montré.")

    acts = {"declare": Act(_anybody, ConflictForm, declare, after=lambda: reverse("instruction_home"))}
    rows = Conflict.objects.filter(dossier=dossier, lifted_at=None).select_related(
        "reviewer", "dossier__subject"
    )
    held = list(rows.order_by("at")) if space.standing.owner else []
    for one in held:
        acts[f"lift-{one.pk.hex}"] = Act(_anybody, LiftForm, _lifter(one, space))
    played = play(request, acts, request.path)
    if not isinstance(played, Played):
        return played
    shown = [{"row": one, "act": f"lift-{one.pk.hex}"} for one in held]
    context = {"forms": played, "held_conflicts": shown}
    return in_file(request, space, "instruction/conflict.html", context, status=played.status)


def _lifter(one: Conflict, space: DossierSpace) -> Any:
    def lift(form: LiftForm) -> str:
        conflicts.lift(one, by=space.user, why=form.cleaned_data["why"])
        return _("Le conflit est levé : le dossier peut de nouveau être confié à cette personne.")

    return lift


# Opinions


@require_http_methods(["GET", "HEAD", "POST"])
def opinion(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The opinions asked on a file; those that the person may give."""
    space = enter(request, pk, "staff")
    if not space.roles - {"reviewer"}:
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    return _opinion_proved(request, space) if request.method == "POST" else _opinion(request, space)


@sensitive
def _opinion_proved(request: HttpRequest, space: DossierSpace) -> HttpResponseBase:
    return _opinion(request, space)


def _opinion(request: HttpRequest, space: DossierSpace) -> HttpResponseBase:
    dossier = space.dossier
    said = opinions.latest(dossier)
    rows: list[dict[str, Any]] = []
    acts: dict[str, Act] = {}
    for place, one in enumerate(asked.of_call(dossier.call)):
        may = opinions.can_give(one, dossier, space.standing)
        name = f"opinion-{place}"
        rows.append({"asked": one, "given": said.get(one.key), "may": may, "act": name})
        acts[name] = Act(_anybody, OpinionForm, _giver(one.key, space))
    played = play(request, acts, request.path)
    if not isinstance(played, Played):
        return played
    history = dossier.opinions.select_related("by").order_by("at", "pk")
    names = {one.key: one.label for one in asked.of_call(dossier.call)}
    past = [{"row": one, "label": names.get(one.who, one.who)} for one in history if said.get(one.who) != one]
    context = {"forms": played, "rows": rows, "past": past}
    return in_file(request, space, "instruction/opinions.html", context, status=played.status)


def _giver(key: str, space: DossierSpace) -> Any:
    def give(form: OpinionForm) -> str:
        told = form.cleaned_data
        opinions.give(
            space.dossier, key, value=told["value"], text=told["text"], held=space.standing, by=space.user
        )
        return _("L'avis est enregistré.")

    return give


# Complements


@require_http_methods(["GET", "HEAD", "POST"])
def complement(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """What is asked of an applicant, with the letter drafted from what lacks; what was asked before."""
    space = enter(request, pk, "staff")
    require_instruct(space, verb="complement.page")
    dossier, today = space.dossier, timezone.localdate()
    answers = values_of(dossier)
    lacking = form_rules.missing(dossier.form.content, answers)
    choices = [(one.key, saying.label(one.field)) for one in form_rules.fields(dossier.form.content)]
    due = complements.usual_due(dossier.call, today)
    first = {
        "keys": [one.key for one in lacking],
        "text": complements.draft(lacking),
        "due": due,
        "seen": dossier.version,
    }

    def ask(form: AskForm) -> str:
        told = form.cleaned_data
        complements.ask(
            dossier,
            keys=told["keys"],
            text=told["text"],
            due=told["due"],
            by=space.user,
            base_version=told["seen"],
        )
        return _("La demande est partie ; le délai est arrêté jusqu'à la réponse.")

    def remind(_form: PressForm) -> str:
        row = complements.open_of(dossier)
        told = row is not None and complements.remind_one(row)
        return _("Le rappel est parti.") if told else _("Un rappel est déjà parti.")

    acts = {
        "ask": Act(_anybody, partial(AskForm, choices=choices, initial=first), ask),
        "remind": Act(_anybody, PressForm, remind),
    }
    played = play(request, acts, request.path)
    if not isinstance(played, Played):
        return played
    presence.beat(dossier, space.user, officer=True)
    able = {one.verb for one in moving.possible(dossier, space.user, roles=space.roles)}
    names = dict(choices)
    rows = Complement.objects.filter(dossier=dossier).select_related("by", "answered_by", "closed_by")
    context = {
        "forms": played,
        "may_ask": "ask" in able,
        "rows": [{"row": one, "labels": [names.get(key, key) for key in one.keys]} for one in rows],
        "waiting": complements.open_of(dossier),
        "consequence": complements.consequence(due),
        "others": presence.others(dossier, space.user),
        "today": today,
    }
    return in_file(request, space, "instruction/complements.html", context, status=played.status)


# A letter


@require_http_methods(["GET", "HEAD", "POST"])
def letter(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """A letter to the applicant: chosen, read, mended, sent."""
    space = enter(request, pk, "staff")
    require_instruct(space, verb="letter.page")
    return _letter_proved(request, space) if request.method == "POST" else _letter(request, space)


@sensitive
def _letter_proved(request: HttpRequest, space: DossierSpace) -> HttpResponseBase:
    return _letter(request, space)


def _letter(request: HttpRequest, space: DossierSpace) -> HttpResponseBase:
    dossier = space.dossier
    usual = letters.OWED.get(dossier.state, "received")
    event = request.GET.get("lettre") or request.POST.get("event") or usual
    found = letters.draft(dossier, event)
    problem = None
    form = LetterForm(
        request.POST or None, initial={"event": event, "title": found.title, "text": found.text}
    )
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            letters.send(dossier, told["event"], title=told["title"], text=told["text"], by=space.user)
        except DomainError as error:
            form.add_error(str(error.facts.get("field") or "") or None, str(error.message))
            problem = error
        else:
            messages.success(request, _("La lettre est partie."))
            return redirect(_home(space))
    status = 422 if form.errors else 200
    context = {
        "form": form,
        "event": event,
        "found": found,
        "events": [(code, str(label)) for code, label in EVENTS.items()],
        "problem": problem,
        "rows": letters.sent_to(dossier),
    }
    return in_file(request, space, "instruction/letter.html", context, status=status)
