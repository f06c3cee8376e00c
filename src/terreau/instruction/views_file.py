"""One file under instruction: what to do now, whether it may be received, what others said, its log."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property, partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from terreau.accounts.models import User
from terreau.accounts.second_factor import sensitive
from terreau.calls import form_rules
from terreau.common.errors import RefusedError
from terreau.common.together import ask
from terreau.dossiers import announcing, moving, presence, states
from terreau.dossiers.actions import values_of
from terreau.dossiers.models import Dossier, Transition
from terreau.dossiers.perms import DossierSpace, enter
from terreau.exchanges.acting import Act, Played, PressForm, play
from terreau.instruction import (
    appraising,
    asked,
    assigning,
    complements,
    conflicts,
    desk,
    harmonising,
    hooks,
    opinions,
    progress,
    read,
    rules,
    setups,
)
from terreau.instruction.forms import PersonForm, ReasonForm, SheetForm, StepForm
from terreau.instruction.models import (
    Appraisal,
    Assignment,
    Complement,
    Conflict,
    Letter,
    Opinion,
    Progress,
)
from terreau.instruction.showing import in_file, points
from terreau.journal.actions import counting_refusals

#: Steps that this page takes; decisions are taken by the committee.
STEPS = ("admit", "to_region", "to_national", "to_committee")
#: What is told outside at once: a proof of who one is comes first.
_PROVED = ("reject", "undo", "withdraw")


@require_http_methods(["GET", "HEAD", "POST"])
def file(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The page of a file, as the person may read it."""
    space = enter(request, pk, "staff")
    if request.method == "POST" and request.POST.get("faire") in _PROVED:
        require_instruct(space)
        return _proved(request, space)
    return _played(request, space)


@sensitive
def _proved(request: HttpRequest, space: DossierSpace) -> HttpResponseBase:
    return _played(request, space)


def require_instruct(space: DossierSpace, *, verb: str = "dossier.instruct") -> None:
    """Refuse (403, journalled) to who reads the file and does not instruct it."""
    if not space.may("instruct"):
        with counting_refusals(space.dossier.subject, verb, by=space.user):
            raise RefusedError("not_officer", _("Il faut instruire ce dossier pour faire cela."))


def _played(request: HttpRequest, space: DossierSpace) -> HttpResponseBase:
    page = _Page(space)
    played = play(request, page.acts, request.path)
    if not isinstance(played, Played):
        return played
    presence.beat(space.dossier, space.user, officer=True)
    return in_file(request, space, "instruction/file.html", page.context(played), status=played.status)


class _Page:
    """What the page of a file holds, read once."""

    def __init__(self, space: DossierSpace) -> None:
        self.space, self.user = space, space.user
        self.dossier: Dossier = space.dossier
        self.instructs = space.may("instruct")
        self.wide = bool(space.roles - {"reviewer"})

    # What is done

    @cached_property
    def acts(self) -> dict[str, Act]:
        """What the buttons of the page do."""
        seen = {"seen": self.dossier.version}
        step, why = partial(StepForm, initial=seen), partial(ReasonForm, initial=seen)
        acts = {one: Act(self._allow, step, self._stepper(one)) for one in STEPS}
        first = {**seen, "reason": desk.reasons(self.points)}
        acts["reject"] = Act(self._allow, partial(ReasonForm, initial=first), self._reject)
        acts["go_on"] = Act(self._allow, why, self._go_on)
        acts["undo"] = Act(self._allow, why, self._undo)
        for verb in ("withdraw", "reopen"):
            acts[verb] = Act(self._allow, why, self._explained(verb))
        acts["sheet"] = Act(
            self._allow, partial(SheetForm, points=self.points, values=desk.flat(self.sheet)), self._write
        )
        acts["take"] = Act(self._allow, PressForm, self._take)
        acts["hand"] = Act(self._allow, partial(PersonForm, choices=self.officers), self._hand)
        return acts

    def _allow(self) -> None:
        require_instruct(self.space)

    def _stepper(self, verb: str) -> Any:
        def take(form: StepForm) -> str:
            seen = form.cleaned_data["seen"]
            if verb == "admit":
                desk.admit(self.dossier, by=self.user, base_version=seen)
            else:
                moving.move(self.dossier, verb, by=self.user, base_version=seen)
            return _("Le dossier est « %(state)s ».") % {"state": self.dossier.get_state_display()}

        return take

    def _reject(self, form: ReasonForm) -> str:
        told = form.cleaned_data
        desk.reject(self.dossier, reason=told["reason"], by=self.user, base_version=told["seen"])
        return _("Le dossier est irrecevable ; la lettre avec les motifs est partie.")

    def _go_on(self, form: ReasonForm) -> str:
        told = form.cleaned_data
        complements.go_on(self.dossier, why=told["reason"], by=self.user, base_version=told["seen"])
        return _("L'instruction reprend.")

    def _undo(self, form: ReasonForm) -> str:
        told = form.cleaned_data
        moving.undo(self.dossier, by=self.user, reason=told["reason"], base_version=told["seen"])
        return _("Le dossier est revenu à « %(state)s ».") % {"state": self.dossier.get_state_display()}

    def _explained(self, verb: str) -> Any:
        def take(form: ReasonForm) -> str:
            told = form.cleaned_data
            moving.move(self.dossier, verb, by=self.user, reason=told["reason"], base_version=told["seen"])
            return _("Le dossier est « %(state)s ».") % {"state": self.dossier.get_state_display()}

        return take

    def _write(self, form: SheetForm) -> str:
        desk.write(self.dossier, base=form.base, mine=form.mine, by=self.user)
        return _("La fiche est enregistrée.")

    def _take(self, _form: PressForm) -> str:
        assigning.take(self.dossier, by=self.user)
        return _("Vous instruisez ce dossier.")

    def _hand(self, form: PersonForm) -> str:
        other = User.objects.get(pk=form.cleaned_data["user"])
        assigning.assign(self.dossier, other, assigning.OFFICER, by=self.user)
        return _("Le dossier est confié à %(name)s.") % {"name": other}

    # What is shown

    @cached_property
    def sheet(self) -> Any:
        """The working sheet, when somebody wrote in it."""
        return desk.held(self.dossier)

    @cached_property
    def answers(self) -> dict[str, Any]:
        """What the file answers."""
        return values_of(self.dossier)

    @cached_property
    def points(self) -> list[desk.Point]:
        """The points of admissibility."""
        return desk.points(self.dossier, self.sheet, self.answers, self.user) if self.instructs else []

    @cached_property
    def officers(self) -> list[tuple[UUID, str]]:
        """Who may instruct the call."""
        return assigning.people(self.dossier.call, assigning.OFFICER) if self.instructs else []

    def context(self, played: Played) -> dict[str, Any]:
        """Return what the template draws."""
        dossier, found = self.dossier, self.found
        line = _line(dossier)
        lacking = form_rules.missing(dossier.form.content, self.answers)
        able = self._able()
        return {
            "forms": played,
            "line": line,
            "days": complements.days_words(line.left) if line.left is not None else "",
            "points": self.points,
            "desk": self.sheet if self.wide else None,
            "able": [one for one in STEPS if one in able],
            "labels": {code: str(said) for code, said in states.VERBS.items()},
            "steps": [(one, str(states.VERBS[one])) for one in STEPS if one in able],
            "may_reject": "reject" in able,
            "may_ask": "ask" in able,
            "may_go_on": "go_on" in able,
            "may_undo": "undo" in able,
            "may_withdraw": "withdraw" in able,
            "may_reopen": "reopen" in able,
            "missing": lacking,
            "waiting": found.waiting,
            "opinions": self._opinions() if self.wide else [],
            "others": presence.others(dossier, self.user),
            "people": self._people(),
            "mine": self.user.pk in {one["user"].pk for one in self._people() if one["part"] == "officer"},
            "log": logged(found.moves),
            "letters": found.letters if self.wide else [],
            "known": hooks.known([dossier]).get(dossier.pk, []) if self.instructs else [],
            "knows": hooks.asks(),
            "conflicts": self._conflicts(),
            "wide": self.wide,
            "progress_officer": line.progress.officer_id,
            "stages": self._stages(),
            **self._reviews(),
        }

    def _able(self) -> set[str]:
        if not self.instructs:
            return set()
        return {one.verb for one in moving.possible(self.dossier, self.user, roles=self.space.roles)}

    def _stages(self) -> list[dict[str, Any]]:
        """Return the stages of the call, those past, the present one, those to come."""
        return stage_line(self.dossier)

    @cached_property
    def found(self) -> _Found:
        """What is kept of the file in this room: one query."""
        return _Found(self.dossier)

    def _people(self) -> list[dict[str, Any]]:
        return [
            {"user": one.user, "part": one.part, "since": one.at}
            for one in self.found.assigned
            if self.wide or one.user_id == self.user.pk
        ]

    def _opinions(self) -> list[dict[str, Any]]:
        said = {one.who: one for one in self.found.opinions}
        found = []
        for one in asked.of_call(self.dossier.call):
            may = opinions.can_give(one, self.dossier, self.space.standing)
            found.append({"asked": one, "given": said.get(one.key), "may": bool(may)})
        return found

    def _conflicts(self) -> list[Conflict]:
        if not self.space.roles & {"owner", "auditor", "officer"}:
            return []
        return self.found.conflicts

    def _reviews(self) -> dict[str, Any]:
        assigned = {one.user_id for one in self.found.assigned if one.part == Assignment.Part.REVIEWER}
        seen = appraising.seen(
            self.dossier, self.user, officer=self.wide, assigned=assigned, rows=self.found.appraisals
        )
        grid = setups.grid(self.dossier.call)
        changed = harmonising.changes(seen.rows) if seen.rows else {}
        own = next((one for one in self.found.appraisals if one.reviewer_id == self.user.pk), None)
        reviews_here = self.user.pk in assigned
        return {
            "reviews": seen,
            "mean": points(seen.mean),
            "spread": points(seen.spread),
            "given": [_review(one, grid, changed.get(str(one.pk), [])) for one in seen.rows],
            "grid": grid,
            "own": own,
            "reviews_here": reviews_here,
        }


def _review(one: Appraisal, grid: tuple[rules.Criterion, ...], changed: list[Any]) -> dict[str, Any]:
    now = one.agreed or one.scores
    return {
        "row": one,
        "total": points(one.total),
        "first": points(one.first_total) if one.total != one.first_total else "",
        "lines": [
            {
                "criterion": each,
                "score": now.get(each.code),
                "first": one.scores.get(each.code)
                if now.get(each.code) != one.scores.get(each.code)
                else None,
                "text": one.texts.get(each.code, ""),
            }
            for each in grid
        ],
        "changes": changed,
    }


class _Found:
    """What the room keeps of a file, asked together."""

    def __init__(self, dossier: Dossier) -> None:
        held: list[Any] = ask(
            Assignment.objects.filter(dossier=dossier, ended_at=None)
            .select_related("user")
            .order_by("part", "at", "pk"),
            Appraisal.objects.filter(dossier=dossier, ended_at=None)
            .select_related("reviewer")
            .order_by("given_at", "pk"),
            Opinion.objects.filter(dossier=dossier).select_related("by").order_by("at", "pk"),
            Conflict.objects.filter(dossier=dossier)
            .select_related("reviewer", "lifted_by")
            .order_by("at", "pk"),
            Letter.objects.filter(dossier=dossier).select_related("by").order_by("-sent_at", "-pk"),
            Transition.objects.filter(dossier=dossier).select_related("by").order_by("pk"),
            Complement.objects.filter(dossier=dossier, answered_at=None, closed_at=None).order_by("pk"),
        )
        self.assigned: list[Assignment] = held[0]
        self.appraisals: list[Appraisal] = held[1]
        self.opinions: list[Opinion] = held[2]
        self.conflicts: list[Conflict] = held[3]
        self.letters: list[Letter] = held[4]
        self.moves: list[Transition] = held[5]
        self.waiting: Complement | None = held[6][0] if held[6] else None


def _line(dossier: Dossier) -> read.Line:
    """Return the file as lists show it; its progress is written now when nothing was yet."""
    rows = Progress.objects.filter(pk=dossier.pk).select_related("officer")
    found = rows.first()
    if found is None and dossier.deposited_at is not None:
        progress.project([dossier.pk])
        found = rows.first()
    today = timezone.localdate()
    held = found or Progress(dossier=dossier, call_id=dossier.call_id)
    left, stopped = progress.left(held, today) if dossier.state in states.INSTRUCTED else (None, False)
    return read.Line(dossier, held, left, stopped)


def log_of(dossier: Dossier) -> list[dict[str, Any]]:
    """Return the moves of a file that its applicant may read, in words: one query."""
    rows = Transition.objects.filter(dossier=dossier).select_related("by").order_by("id")
    return logged(announcing.told(dossier.call, rows))


def logged(rows: Iterable[Transition]) -> list[dict[str, Any]]:
    """Return moves with the state that each reached, in words."""
    return [{"row": one, "label": str(states.LABELS.get(one.to_state, one.to_state))} for one in rows]


def stage_line(dossier: Dossier) -> list[dict[str, Any]]:
    """Return the stages that the call chose, in order: each past, present or to come for this file.

    The log says what really happened; this says what a file of this call goes through.
    """
    stages = states.read_stages(dossier.call.stages)
    order = [
        one
        for one in (
            *(states.DEPOSITED, states.ADMISSIBLE, states.REGION, states.NATIONAL, states.COMMITTEE),
            states.LAUREATE,
        )
        if stages.uses(one)
    ]
    here = {states.COMPLEMENTS: states.DEPOSITED, states.RESERVE: states.LAUREATE}.get(
        dossier.state, dossier.state
    )
    if here == states.REFUSED or (here in states.CHOSEN and here != states.LAUREATE):
        here = states.LAUREATE
    if dossier.state == states.COMPLEMENTS:
        last = Transition.objects.filter(dossier=dossier, verb="ask").order_by("-id").first()
        here = last.from_state if last else here
    if here not in order:
        return []
    now = order.index(here)
    return [
        {
            "label": _("décision") if one == states.LAUREATE else str(states.LABELS[one]),
            "past": place < now,
            "present": place == now,
        }
        for place, one in enumerate(order)
    ]


__all__ = ["conflicts", "file", "log_of", "require_instruct", "stage_line"]
