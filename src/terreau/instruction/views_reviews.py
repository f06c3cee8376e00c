"""Sharing the reviews of a call, how the call is instructed, the harmonisation meeting."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from terreau.accounts.models import User
from terreau.calls.perms import CallSpace, enter
from terreau.common.errors import NotFoundError, RefusedError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.dossiers.models import Dossier
from terreau.dossiers.states import INSTRUCTED
from terreau.exchanges.acting import Act, Played, PressForm, play
from terreau.instruction import (
    appraising,
    assigning,
    conflicts,
    harmonising,
    progress,
    read,
    setups,
)
from terreau.instruction.forms import ChangeForm, CloseForm, MeetingForm, PersonForm, SetupForm
from terreau.instruction.models import Appraisal, Assignment, Harmonisation, ScoreChange
from terreau.instruction.showing import in_call, points
from terreau.journal.actions import counting_refusals

_READERS = ("owner", "officer", "auditor")
_PAGE = 25


def _require(space: CallSpace, verb: str) -> None:
    if not (space.standing.owner or space.standing.officer):
        with counting_refusals(space.call.subject, verb, by=space.user):
            raise RefusedError("no_role", _("Il faut instruire cet appel pour faire cela."))


@require_http_methods(["GET", "HEAD", "POST"])
def reviews(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Who reviews which file: the share that would be made, then made; by hand too."""
    space = enter(request, slug, *_READERS, verb="instruction.reviews")
    page = _Sharing(space)
    played = play(request, page.acts, request.path)
    if not isinstance(played, Played):
        return played
    return in_call(
        request, space, "instruction/reviews.html", page.context(request, played), status=played.status
    )


class _Sharing:
    """What the page of reviews holds."""

    def __init__(self, space: CallSpace) -> None:
        self.space, self.call, self.user = space, space.call, space.user
        self.reviewers = assigning.people(self.call, assigning.REVIEWER)
        # An officer of one region shares and reads the files of that region, and no other.
        self.rows = read.visible(self.call, self.user, space.standing)[0].filter(state__in=INSTRUCTED)
        self.setup = setups.of(self.call)
        values = {name: getattr(self.setup, name) for name in ("each", "days", "complement_days", "totals")}
        able = lambda: _require(space, "instruction.share")  # noqa: E731 - the door of each act
        self.acts = {
            "share": Act(able, PressForm, self._share),
            "officers": Act(able, PressForm, self._officers),
            "add": Act(able, partial(PersonForm, choices=self.reviewers), self._add),
            "remove": Act(able, PressForm, self._remove),
            "setup": Act(self._owner, partial(SetupForm, values=values), self._set),
        }

    def _owner(self) -> None:
        if not self.space.standing.owner:
            with counting_refusals(self.call.subject, "instruction.set", by=self.user):
                raise RefusedError("not_owner", _("Seul le porteur de l'appel change ces réglages."))

    def _share(self, _form: PressForm) -> str:
        mine = list(self.rows.order_by().values_list("pk", flat=True))
        made = assigning.give(assigning.plan_reviewers(self.call, only=mine), by=self.user)
        words = ngettext("%(n)d relecture est confiée.", "%(n)d relectures sont confiées.", len(made))
        return words % {"n": len(made)} if made else _("Chaque dossier a déjà ses relecteurs.")

    def _officers(self, _form: PressForm) -> str:
        mine, plan = (
            set(self.rows.order_by().values_list("pk", flat=True)),
            assigning.plan_officers(self.call),
        )
        pairs = tuple(pair for pair in plan.pairs if pair[0] in mine)
        made = assigning.give(assigning.Plan(assigning.OFFICER, pairs), by=self.user)
        words = ngettext("%(n)d dossier est confié.", "%(n)d dossiers sont confiés.", len(made))
        return words % {"n": len(made)} if made else _("Chaque dossier a déjà quelqu'un qui l'instruit.")

    def _add(self, form: PersonForm) -> str:
        # The file stands in the address of the button: ?dossier=
        asked = str(form.data.get("dossier", ""))
        rows = self.rows.select_related("call", "subject")
        dossier = rows.filter(pk=_uuid(asked) or UUID(int=0)).first()
        if dossier is None:
            raise NotFoundError("unknown_file", _("Ce dossier n'est pas de cet appel."))
        other = User.objects.get(pk=form.cleaned_data["user"])
        assigning.assign(dossier, other, assigning.REVIEWER, by=self.user)
        return _("%(file)s est confié à %(name)s.") % {"file": dossier.reference, "name": other}

    def _remove(self, form: PressForm) -> str:
        rows = Assignment.objects.select_related("dossier__subject", "user")
        about = _uuid(form.cleaned_data["about"]) or UUID(int=0)
        row = rows.filter(pk=about, dossier__in=self.rows).first()
        if row is None:
            raise NotFoundError("unknown_assignment", _("Cette attribution n'existe pas."))
        assigning.end(row, by=self.user, why="=removed")
        return _("%(name)s n'a plus ce dossier.") % {"name": row.user}

    def _set(self, form: SetupForm) -> str:
        setups.change(self.call, base=form.base, mine=form.mine, by=self.user)
        progress.project_call(self.call)
        return _("Les réglages sont enregistrés.")

    def context(self, request: HttpRequest, played: Played) -> dict[str, Any]:
        """Return what the template draws: loads of people, the share to make, files by fifty."""
        files = self.rows.select_related(*read.WITH).order_by("number")
        page = Paginator(files, _PAGE).get_page(request.GET.get("page"))
        ids = [one.pk for one in page.object_list]
        held = Assignment.objects.filter(dossier__in=ids, part="reviewer", ended_at=None)
        of: dict[UUID, list[Assignment]] = {}
        for one in held.select_related("user").order_by("at", "pk"):
            of.setdefault(one.dossier_id, []).append(one)
        given = set(
            Appraisal.objects.filter(dossier__in=ids, ended_at=None, given_at__isnull=False)
            .order_by()
            .values_list("dossier", "reviewer")
        )
        everybody = conflicts.people_of_call(self.call, "reviewer", "officer")
        barred = conflicts.between(everybody, assigning.files(self.call))
        plan = assigning.plan_reviewers(self.call, barred=barred, each=self.setup.each)
        officers = assigning.plan_officers(self.call, barred=barred)
        runs = self.space.standing.owner or self.space.standing.officer
        return {
            "forms": played,
            "page": page,
            "rows": [
                {
                    "dossier": one,
                    "progress": read.progress_of(one),
                    "people": [
                        {"row": each, "given": (one.pk, each.user_id) in given} for each in of.get(one.pk, [])
                    ],
                    "free": [
                        (pk, name)
                        for pk, name in self.reviewers
                        if (one.pk, pk) not in barred
                        and pk not in {each.user_id for each in of.get(one.pk, [])}
                    ],
                    "barred": [name for pk, name in self.reviewers if (one.pk, pk) in barred],
                }
                for one in page.object_list
            ],
            "loads": self._loads(plan),
            "to_give": len(plan.pairs),
            "short": len(plan.short),
            "officers_to_give": len(officers.pairs),
            "officers_short": len(officers.short),
            "setup": self.setup,
            "runs": runs,
            "owns": self.space.standing.owner,
        }

    def _loads(self, plan: assigning.Plan) -> list[dict[str, Any]]:
        held = Assignment.objects.filter(dossier__call=self.call, part="reviewer", ended_at=None)
        now = Counter(dict(held.order_by().values_list("user").annotate(n=Count("pk"))))
        rows = Appraisal.objects.filter(dossier__call=self.call, ended_at=None, given_at__isnull=False)
        given = Counter(dict(rows.order_by().values_list("reviewer").annotate(n=Count("pk"))))
        return [
            {"name": name, "held": now[pk], "given": given[pk], "more": plan.loads[pk]}
            for pk, name in self.reviewers
        ]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


# The meeting

CHANGES = (
    Column(gettext_lazy("Réunion du"), lambda one: one.meeting.on, "date"),
    Column(gettext_lazy("Numéro de dossier"), lambda one: one.appraisal.dossier.reference),
    Column(gettext_lazy("Relecteur"), lambda one: str(one.appraisal.reviewer)),
    Column(gettext_lazy("Critère"), lambda one: one.criterion),
    Column(gettext_lazy("Note avant"), lambda one: one.before, "integer"),
    Column(gettext_lazy("Note après"), lambda one: one.after, "integer"),
    Column(gettext_lazy("Motif"), lambda one: one.reason),
)


@require_http_methods(["GET", "HEAD", "POST"])
def harmonisation(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The files whose scores are farthest apart, the scores that change and why; past meetings."""
    space = enter(request, slug, *_READERS, "committee", verb="instruction.harmonisation")
    call = space.call
    rows, _hidden = read.visible(call, space.user, space.standing)
    changed = ScoreChange.objects.filter(meeting__call=call, appraisal__dossier__in=rows).select_related(
        "meeting", "appraisal__dossier__call", "appraisal__reviewer", "by"
    )
    title = _("Notes changées en réunion : %(name)s") % {"name": call.title}
    listed = changed.order_by("-pk")
    if made := export_response(request, listed.iterator(500), CHANGES, f"harmonisation-{slug}", title=title):
        return made
    page = _Meeting(space)
    played = play(request, page.acts, request.get_full_path())
    if not isinstance(played, Played):
        return played
    context = {
        "forms": played,
        "meeting": page.meeting,
        "past": list(
            Harmonisation.objects.filter(call=call).exclude(closed_at=None).select_related("by")[:20]
        ),
        "changes": list(listed[:100]),
        "files": page.files(request, rows),
        "runs": space.standing.owner or space.standing.officer,
        "wrong": _wrong(played),
    }
    return in_call(request, space, "instruction/harmonisation.html", context, status=played.status)


def _wrong(played: Played) -> list[str]:
    """Return why a score did not change: its form stands in a table, its errors above."""
    if played.sent != "change" or played.form is None:
        return []
    return [str(one) for messages in played.form.errors.values() for one in messages]


class _Meeting:
    """What the page of the meeting does and shows."""

    def __init__(self, space: CallSpace) -> None:
        self.space, self.call, self.user = space, space.call, space.user
        self.meeting = harmonising.current(self.call)
        able = lambda: _require(space, "instruction.harmonise")  # noqa: E731
        first = {"on": timezone.localdate()}
        self.acts = {
            "open": Act(able, partial(MeetingForm, initial=first), self._open),
            "close": Act(able, CloseForm, self._close),
            "change": Act(able, ChangeForm, self._change),
        }

    def _held(self) -> Harmonisation:
        if self.meeting is None:
            raise NotFoundError("no_meeting", _("Aucune réunion n'est ouverte."))
        return self.meeting

    def _open(self, form: MeetingForm) -> str:
        told = form.cleaned_data
        harmonising.open_meeting(self.call, on=told["on"], present=told["present"], by=self.user)
        return _("La réunion est ouverte.")

    def _close(self, form: CloseForm) -> str:
        harmonising.close(self._held(), note=form.cleaned_data["note"], by=self.user)
        return _("La réunion est close ; ses changements restent dans le journal.")

    def _change(self, form: ChangeForm) -> str:
        told = form.cleaned_data
        seen, _hidden = read.visible(self.call, self.user, self.space.standing)
        rows = Appraisal.objects.filter(pk=told["review"], dossier__in=seen)
        row = rows.select_related("dossier__call", "dossier__subject").first()
        if row is None or conflicts.why_not(self.user, row.dossier):
            raise NotFoundError("unknown_review", _("Cette relecture n'existe pas."))
        harmonising.change(
            self._held(),
            row,
            told["criterion"],
            before=told["before"],
            after=told["after"],
            reason=told["reason"],
            by=self.user,
        )
        return _("La note est changée ; celle d'abord rendue reste lisible.")

    def files(self, request: HttpRequest, rows: Any) -> list[dict[str, Any]]:
        """Return the opened files, the widest spread first; one of them with its scores (``?dossier=``)."""
        opened = rows.filter(instruction_progress__mean__isnull=False).select_related(*read.WITH)
        listed = list(opened.order_by("-instruction_progress__spread", "number")[:_PAGE])
        asked = _uuid(request.GET.get("dossier", ""))
        if asked and asked not in {one.pk for one in listed}:
            listed += list(opened.filter(pk=asked))
        return [
            {
                "dossier": one,
                "mean": points(one.instruction_progress.mean),
                "spread": points(one.instruction_progress.spread),
                "scores": self._scores(one) if one.pk == asked else None,
            }
            for one in listed
        ]

    def _scores(self, one: Dossier) -> list[dict[str, Any]]:
        grid = setups.grid(self.call, lang=(get_language() or "fr")[:2])
        seen = appraising.seen(one, self.user, officer=True)
        return [
            {
                "review": row,
                "criterion": each,
                "now": (row.agreed or row.scores).get(each.code),
                "first": row.scores.get(each.code),
                "text": row.texts.get(each.code, ""),
                "choices": range(each.most + 1),
            }
            for each in grid
            for row in seen.rows
        ]
