"""« Mes dossiers »: what a person has to instruct, to review, to give an opinion on, whatever the call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from terreau.accounts.models import User
from terreau.calls import form_rules
from terreau.calls.form_rules import Missing
from terreau.calls.models import Call, Role
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.dossiers.models import Answer, Dossier
from terreau.dossiers.states import INSTRUCTED
from terreau.instruction import complements, conflicts, hooks, read
from terreau.instruction.models import Appraisal, Assignment, Conflict, Opinion
from terreau.instruction.read import Line
from terreau.instruction.showing import show

_MOST, _REVIEWS = 20, 100


@dataclass(frozen=True, slots=True)
class Card:
    """A file in the hands of an officer: days left, what is complete, what to ask, what is known."""

    line: Line
    words: str
    done: int
    asked: int
    missing: list[Missing] = field(default_factory=list)
    draft: str = ""
    known: list[hooks.Known] = field(default_factory=list)
    next: str = ""


@dataclass(frozen=True, slots=True)
class ToReview:
    """A file given for review, and how far the review is: none, begun, given."""

    line: Line
    state: str


@dataclass(frozen=True, slots=True)
class Held:
    """A call of the person, with what waits there for anybody."""

    call: Call
    roles: tuple[str, ...]
    free: int
    waiting: int


COLUMNS = (
    Column(gettext_lazy("Numéro de dossier"), lambda one: one.dossier.reference),
    Column(gettext_lazy("Intitulé"), lambda one: one.dossier.name),
    Column(gettext_lazy("Candidat"), lambda one: one.dossier.applicant.name),
    Column(gettext_lazy("Appel"), lambda one: one.dossier.call.title),
    Column(gettext_lazy("État du dossier"), lambda one: one.dossier.get_state_display()),
    Column(gettext_lazy("À décider avant le"), lambda one: one.progress.until, "date"),
    Column(gettext_lazy("Jours restants"), lambda one: one.left, "integer"),
    Column(gettext_lazy("Délai arrêté"), lambda one: one.stopped, "boolean"),
)


@require_safe
def home(request: HttpRequest) -> HttpResponseBase:
    """What waits for the person; a list to take away."""
    user = request.user
    if not isinstance(user, User):
        return redirect_to_login(request.get_full_path(), resolve_url("account_login"))
    today = timezone.localdate()
    mine = _open(user, Assignment.Part.OFFICER)
    title = _("Mes dossiers à instruire")
    rows = (read.line(one, today) for one in mine.iterator(chunk_size=500))
    if made := export_response(request, rows, COLUMNS, "mes-dossiers", title=title):
        return made
    lines = [read.line(one, today) for one in mine[:_MOST]]
    counts = _counts(mine, today)
    reviewing, to_review = _reviewing(user)
    context = {
        "cards": cards(lines[:_MOST]),
        **counts,
        "more": max(0, counts["count"] - _MOST),
        "reviewing": reviewing,
        "more_reviews": max(0, to_review - _REVIEWS),
        "to_review": to_review,
        "opinions": _opinions(user),
        "calls": _calls(user),
        "conflicts": list(
            Conflict.objects.filter(reviewer=user, lifted_at=None).select_related("dossier__call")[:50]
        ),
        "knows": hooks.asks(),
    }
    return show(request, "instruction/home.html", context)


def _open(user: User, part: str) -> QuerySet[Dossier]:
    """Return the files given to a person whose role in the call still holds, conflicts out."""
    kind = Role.Kind.OFFICER if part == Assignment.Part.OFFICER else Role.Kind.REVIEWER
    rows = read.in_hand(user, part).filter(_of_calls(user, kind)).select_related("form", "previous__call")
    barred = conflicts.of_person(user, rows)
    return rows.exclude(pk__in=list(barred)) if barred else rows


def _counts(rows: QuerySet[Dossier], today: date) -> dict[str, int]:
    """Return how many files, how many late, to decide within a week, stopped: one query."""
    stopped = Q(instruction_progress__waiting__gte=today)
    week = Q(instruction_progress__until__range=(today, today + timedelta(days=7)))
    return rows.order_by().aggregate(
        count=Count("pk"),
        late=Count("pk", filter=Q(instruction_progress__until__lt=today) & ~stopped),
        soon=Count("pk", filter=week & ~stopped),
        stopped=Count("pk", filter=stopped),
    )


def _of_calls(user: User, *kinds: str) -> Q:
    rows = Role.objects.held_on(timezone.localdate()).filter(user=user, role__in=kinds).order_by()
    return Q(call__in=rows.filter(call__isnull=False).values("call")) | Q(
        call__programme__in=rows.filter(programme__isnull=False).values("programme")
    )


def cards(lines: Sequence[Line]) -> list[Card]:
    """Return files with what is complete, missing, known: two queries, and those of the rooms above."""
    answers: dict[UUID, dict[str, Any]] = defaultdict(dict)
    ids = [one.dossier.pk for one in lines]
    for one, key, value in (
        Answer.objects.filter(dossier__in=ids).order_by().values_list("dossier", "key", "value")
    ):
        answers[one][key] = value
    known = hooks.known([one.dossier for one in lines])
    return [_card(one, answers[one.dossier.pk], known) for one in lines]


def _card(one: Line, answers: Mapping[str, Any], known: Mapping[UUID, list[hooks.Known]]) -> Card:
    content = one.dossier.form.content
    lacking = form_rules.missing(content, answers)
    keys = {each.key for each in lacking}
    required = form_rules.required(content, answers)
    return Card(
        line=one,
        words=complements.days_words(one.left) if one.left is not None else "",
        done=len(required - keys),
        asked=len(required),
        missing=lacking,
        draft=complements.draft(lacking),
        known=known.get(one.dossier.pk, []),
        next=_next(one, lacking),
    )


def _next(one: Line, lacking: list[Missing]) -> str:  # noqa: PLR0911 - one case, one sentence
    """Return what to do now, in a few words."""
    if one.stopped:
        return _("attendre les compléments")
    if one.progress.waiting is not None:
        return _("reprendre le dossier : les compléments ne sont pas venus")
    if one.dossier.state == "deposited":
        return _("demander ce qui manque") if lacking else _("dire s'il est recevable")
    if one.progress.reviewers == 0:
        return _("choisir des relecteurs")
    if one.progress.given < one.progress.reviewers:
        return _("attendre les relectures")
    if one.progress.lacking:
        return _("obtenir les avis obligatoires")
    return _("le faire avancer")


def _reviewing(user: User) -> tuple[list[ToReview], int]:
    """Return the files to review, those left to do first, and how many are left."""
    today = timezone.localdate()
    rows = _open(user, Assignment.Part.REVIEWER)
    mine = Appraisal.objects.filter(reviewer=user, ended_at=None)
    given = mine.filter(given_at__isnull=False).values("dossier")
    waiting = rows.exclude(pk__in=given)
    listed = list(waiting[:_REVIEWS])
    begun = set(mine.filter(dossier__in=[one.pk for one in listed]).values_list("dossier", flat=True))
    found = [ToReview(read.line(one, today), "begun" if one.pk in begun else "none") for one in listed]
    done = rows.filter(pk__in=given)[: max(0, _REVIEWS - len(found))]
    found += [ToReview(read.line(one, today), "given") for one in done]
    return found, len(listed) if len(listed) < _REVIEWS else waiting.count()


def _opinions(user: User) -> list[Dossier]:
    """Return the files that wait for an opinion of the sponsors for whom the person speaks."""
    roles = Role.objects.held_on(timezone.localdate()).filter(user=user, role=Role.Kind.SPONSOR)
    sponsors = [
        one for one in roles.select_related("sponsor") if one.sponsor and one.sponsor.opinion != "none"
    ]
    if not sponsors:
        return []
    found: QuerySet[Dossier] = Dossier.objects.none()
    wanted = Q()
    for one in sponsors:
        if one.sponsor is not None:
            given = Opinion.objects.filter(who=f"sponsor:{one.sponsor.pk}")
            wanted |= Q(call=one.sponsor.call_id) & ~Q(pk__in=given.values("dossier"))
    found = Dossier.objects.filter(wanted, state__in=INSTRUCTED - {"deposited", "complements"})
    barred = conflicts.of_person(user, found)
    rows = found.exclude(pk__in=list(barred)).select_related("call", "applicant", "pole__actor")
    return list(rows.order_by("call", "number")[:50])


def _calls(user: User) -> list[Held]:
    """Return the calls where the person holds a role today, with the files that nobody instructs there."""
    kinds: dict[UUID, set[str]] = defaultdict(set)
    roles = Role.objects.held_on(timezone.localdate()).filter(user=user).order_by()
    programmes: dict[Any, set[str]] = defaultdict(set)
    for call, programme, role in roles.values_list("call", "programme", "role"):
        if call:
            kinds[call].add(role)
        else:
            programmes[programme].add(role)
    rows = Call.objects.filter(Q(pk__in=list(kinds)) | Q(programme__in=list(programmes)))
    living = Q(dossiers__state__in=INSTRUCTED)
    rows = rows.annotate(
        waiting=Count("dossiers", filter=living, distinct=True),
        taken=Count(
            "dossiers",
            filter=living & Q(dossiers__instruction_progress__officer__isnull=False),
            distinct=True,
        ),
    )
    labels = dict(Role.Kind.choices)
    return [
        Held(
            one,
            tuple(str(labels[kind]) for kind in sorted(kinds[one.pk] | programmes[one.programme_id])),
            one.waiting - one.taken,
            one.waiting,
        )
        for one in rows.order_by("-closes_at", "slug")[:50]
    ]
