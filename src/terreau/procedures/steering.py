"""What the owner of a programme sees at a glance: what waits, the money, the calendar, the regions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Count, Q, QuerySet, Sum
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from terreau.agreements.models import PaymentRequest
from terreau.calls.models import Call, Programme
from terreau.calls.templatetags.calls import cents as in_words
from terreau.dossiers import states
from terreau.dossiers.models import Dossier
from terreau.envelopes import read as envelopes
from terreau.envelopes.models import Envelope, EnvelopeMove
from terreau.envelopes.rules import State
from terreau.followup.models import Report, ReportSchedule
from terreau.followup.planning import OWING
from terreau.instruction.models import Progress

#: Days of the calendar that is shown, back and ahead.
_BACK, _AHEAD = timedelta(days=30), timedelta(days=120)
#: Share of an envelope left under which it is said.
_LOW: Final = 10


@dataclass(frozen=True, slots=True)
class Todo:
    """Something that waits for somebody: words, where it is done, how pressing."""

    words: str
    path: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """A date of the programme."""

    on: date
    words: str
    path: str
    past: bool


@dataclass(frozen=True, slots=True)
class CallLine:
    """A call with how far its files are."""

    call: Call
    phase: str
    begun: int
    deposited: int
    instructed: int
    chosen: int
    refused: int
    late: int
    asked: int


@dataclass(frozen=True, slots=True)
class Region:
    """What comes from a region and goes to it; amounts in cents. ``code``: nothing when it is not known."""

    code: str
    name: str
    files: int
    chosen: int
    cents: int


@dataclass(frozen=True, slots=True)
class Steering:
    """The whole dashboard."""

    todo: tuple[Todo, ...]
    calls: tuple[CallLine, ...]
    envelopes: tuple[Envelope, ...]
    total: State
    days: tuple[Day, ...]
    regions: tuple[Region, ...]

    @property
    def files(self) -> int:
        """How many files were deposited in all."""
        return sum(one.deposited for one in self.calls)

    @property
    def most(self) -> int:
        """The most files that one region has."""
        return max((one.files for one in self.regions), default=0)


def of_programme(programme: Programme, today: date | None = None) -> Steering:
    """Return the dashboard of a programme: about a dozen queries, whatever the number of files."""
    day = today or timezone.localdate()
    rows = list(
        Call.objects.filter(programme=programme).select_related("subject").order_by("-closes_at", "slug")
    )
    lines = _lines(programme, rows, day)
    held = envelopes.of_programme(programme)
    return Steering(
        todo=tuple(_todo(programme, lines, held, day)),
        calls=tuple(lines),
        envelopes=tuple(held),
        total=envelopes.total(held),
        days=tuple(_days(programme, rows, day)),
        regions=tuple(regions(Dossier.objects.filter(call__programme=programme))),
    )


def regions(files: QuerySet[Dossier]) -> list[Region]:
    """Return where deposited files come from, those who were chosen and what goes to them: two queries."""
    rows = files.exclude(deposited_at=None).exclude(state__in=(states.DRAFT, states.WITHDRAWN)).order_by()
    chosen = Count("pk", filter=Q(state__in=states.CHOSEN))
    counted = rows.values_list("zone__code", "zone__name").annotate(n=Count("pk"), chosen=chosen)
    moves = EnvelopeMove.objects.filter(dossier__in=rows.values("pk"), kind__in=("commit", "release"))
    sums: dict[str | None, int] = defaultdict(int)
    summed = moves.order_by().values_list("dossier__zone__code", "kind").annotate(sum=Sum("cents"))
    for code, kind, cents in summed:
        sums[code] += cents if kind == "commit" else -cents
    found = [
        Region(code or "", name or _("région inconnue"), n, k, sums[code]) for code, name, n, k in counted
    ]
    return sorted(found, key=lambda one: (-one.files, one.name))


def _lines(programme: Programme, rows: Sequence[Call], day: date) -> list[CallLine]:
    files = Dossier.objects.filter(call__programme=programme).order_by()
    counts: dict[object, Counter[str]] = defaultdict(Counter)
    asked: Counter[object] = Counter()
    grouped = files.values_list("call", "state").annotate(n=Count("pk"), sum=Sum("asked_cents"))
    for call, state, n, cents in grouped:
        counts[call][state] += n
        asked[call] += (cents or 0) if state not in {states.DRAFT, states.WITHDRAWN} else 0
    late = _late(programme, day)
    return [_line(one, counts[one.pk], late[one.pk], asked[one.pk]) for one in rows]


def _line(call: Call, counted: Counter[str], late: int, asked: int) -> CallLine:
    drafts, gone = counted[states.DRAFT], counted[states.WITHDRAWN]
    return CallLine(
        call=call,
        phase=call.phase(),
        begun=drafts,
        deposited=sum(counted.values()) - drafts - gone,
        instructed=sum(counted[one] for one in states.INSTRUCTED),
        chosen=sum(counted[one] for one in states.CHOSEN),
        refused=counted[states.REFUSED] + counted[states.INADMISSIBLE],
        late=late,
        asked=asked,
    )


def _late(programme: Programme, day: date) -> Counter[object]:
    """Return how many files of each call should be decided already, the clock stopped aside: one query."""
    rows = Progress.objects.filter(
        call__programme=programme, dossier__state__in=states.INSTRUCTED, until__lt=day
    ).exclude(waiting__gte=day)
    return Counter(dict(rows.order_by().values_list("call").annotate(n=Count("pk"))))


def _todo(
    programme: Programme, lines: Sequence[CallLine], held: Sequence[Envelope], day: date
) -> Iterable[Todo]:
    for one in lines:
        title = {"title": one.call.title}
        if one.late:
            words = ngettext(
                "%(title)s : %(n)d dossier a passé son délai.",
                "%(title)s : %(n)d dossiers ont passé leur délai.",
                one.late,
            )
            yield Todo(
                words % {**title, "n": one.late}, path_of("instruction_call", one.call.slug), urgent=True
            )
        if one.phase == "closed" and one.deposited and not one.instructed:
            words = _("%(title)s : tout est décidé, les résultats peuvent être publiés.") % title
            yield Todo(words, path_of("call_results", one.call.slug))
        elif one.phase == "closed" and one.instructed:
            words = ngettext(
                "%(title)s : %(n)d dossier attend sa décision.",
                "%(title)s : %(n)d dossiers attendent leur décision.",
                one.instructed,
            )
            yield Todo(words % {**title, "n": one.instructed}, path_of("instruction_call", one.call.slug))
        if one.phase == "draft":
            yield Todo(
                _("%(title)s : l'appel est encore un brouillon.") % title,
                path_of("call_build", one.call.slug),
            )
    yield from _money_todo(programme, held)
    yield from _report_todo(programme, day)


def _money_todo(programme: Programme, held: Sequence[Envelope]) -> Iterable[Todo]:
    asked = PaymentRequest.objects.filter(agreement__dossier__call__programme=programme)
    waits = dict(
        asked.filter(state__in=("sent", "accepted")).order_by().values_list("state").annotate(n=Count("pk"))
    )
    if n := waits.get("sent"):
        words = ngettext(
            "%(n)d demande de versement à vérifier.", "%(n)d demandes de versement à vérifier.", n
        )
        yield Todo(words % {"n": n}, path_of("payments_desk"), urgent=True)
    if n := waits.get("accepted"):
        words = ngettext("%(n)d versement accepté, à payer.", "%(n)d versements acceptés, à payer.", n)
        yield Todo(words % {"n": n}, path_of("payments_desk"))
    for envelope in held:
        state_ = envelope.state
        if state_.budget and state_.left * 100 < state_.budget * _LOW:
            words = _("« %(name)s » : il reste %(left)s sur %(budget)s.")
            values = {"name": envelope.name, "left": in_words(state_.left), "budget": in_words(state_.budget)}
            yield Todo(words % values, path_of("envelope", programme.slug))


def _report_todo(programme: Programme, day: date) -> Iterable[Todo]:
    awaited = _awaited(programme)
    done = Q(report__state__in=(Report.State.SENT, Report.State.ACCEPTED))
    if late := awaited.filter(due_on__lt=day).exclude(done).count():
        words = ngettext("%(n)d rapport est en retard.", "%(n)d rapports sont en retard.", late)
        yield Todo(words % {"n": late}, "", urgent=True)
    if sent := awaited.filter(report__state=Report.State.SENT).count():
        words = ngettext("%(n)d rapport est à lire.", "%(n)d rapports sont à lire.", sent)
        yield Todo(words % {"n": sent}, "")


def _awaited(programme: Programme) -> QuerySet[ReportSchedule]:
    """Return the reports that files in progress owe: nobody waits for those of a file that is over."""
    return ReportSchedule.objects.filter(
        dossier__call__programme=programme, dossier__state__in=OWING, dropped_at=None
    )


def _days(programme: Programme, rows: Sequence[Call], day: date) -> list[Day]:
    """Return the dates of the months around, in order: those of calls, then those of what they gave."""
    first, last = day - _BACK, day + _AHEAD
    found: list[tuple[date, str, str]] = []
    for one in rows:
        path = path_of("call", one.slug)
        values = {"title": one.title}
        if one.opens_at:
            found.append((timezone.localdate(one.opens_at), _("« %(title)s » ouvre") % values, path))
        if one.closes_at:
            found.append((timezone.localdate(one.closes_at), _("« %(title)s » ferme") % values, path))
        if one.decision_on:
            found.append((one.decision_on, _("« %(title)s » : décision prévue") % values, path))
    due = _awaited(programme).filter(due_on__gte=first, due_on__lte=last)
    for on, n in due.order_by("due_on").values_list("due_on").annotate(n=Count("pk")):
        words = ngettext("%(n)d rapport attendu", "%(n)d rapports attendus", n)
        found.append((on, words % {"n": n}, ""))
    kept = sorted((one for one in found if first <= one[0] <= last), key=lambda one: (one[0], one[1]))
    return [Day(on, words, path, on < day) for on, words, path in kept]


def path_of(name: str, *arguments: str) -> str:
    """Return the address of a page, nothing while it has none."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""
