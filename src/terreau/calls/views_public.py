"""Public pages: the calls, one call, the programmes, and whether one may answer before anything is typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from terreau.accounts.models import User
from terreau.actors.models import Actor, Belonging
from terreau.actors.perms import can_see as can_see_actor
from terreau.calls import eligibility, people, perms, read, wording
from terreau.calls.eligibility import Said
from terreau.calls.models import Applicant, Call, Category, Dimension, Programme, Strand, Support
from terreau.calls.templatetags.calls import cents, hundredths, or_left
from terreau.common.errors import NotFoundError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.search import index

_MOST_FOUND = 10
_ORDER = {"open": 0, "announced": 1, "closed": 2, "decided": 3, "archived": 4, "draft": 5}

CALLS = (
    Column(gettext_lazy("Appel"), lambda one: one.title),
    Column(gettext_lazy("Repère"), lambda one: one.call.slug),
    Column(gettext_lazy("Programme"), lambda one: one.call.programme.name),
    Column(gettext_lazy("État de l'appel"), lambda one: str(one.words)),
    Column(gettext_lazy("Ouvre le"), lambda one: _hour(one.call.opens_at)),
    Column(gettext_lazy("Ferme le"), lambda one: _hour(one.call.closes_at)),
    Column(gettext_lazy("Aide minimale en euros"), lambda one: _euros(one.call.min_cents), "number"),
    Column(gettext_lazy("Aide maximale en euros"), lambda one: _euros(one.call.max_cents), "number"),
    Column(gettext_lazy("Exemple"), lambda one: one.call.example, "boolean"),
)


def _hour(value: datetime | None) -> str:
    """Return an instant of Paris for a spreadsheet."""
    return timezone.localtime(value).isoformat(sep=" ", timespec="minutes")[:16] if value else ""


def _euros(value: int | None) -> Any:
    return None if value is None else Decimal(value) / 100


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call in a list."""

    call: Call
    phase: str
    days: int | None = None

    @property
    def title(self) -> str:
        """The title in the language of the page."""
        return wording.said(self.call, "title")

    @property
    def words(self) -> Any:
        """The phase in words."""
        return wording.PHASES[self.phase][0]

    @property
    def tone(self) -> str:
        """The colour of the phase."""
        return wording.PHASES[self.phase][1]


@dataclass(frozen=True, slots=True)
class Fact:
    """A value of a call, where it was read; ``value`` says when it is left to the owner."""

    label: str
    value: Any
    source: str = ""


def rows_of(calls: Iterable[Call], now: datetime) -> list[CallRow]:
    """Return calls as lines, those that one may answer first, the first to close first."""
    found = []
    for call in calls:
        phase = call.phase(now)
        days = None
        if phase == "open" and call.closes_at:
            days = (timezone.localdate(call.closes_at) - timezone.localdate(now)).days
        found.append(CallRow(call, phase, days))
    return sorted(found, key=_rank)


def _rank(row: CallRow) -> tuple[int, float, str]:
    closes = row.call.closes_at or row.call.opens_at
    instant = closes.timestamp() if closes else 0.0
    return _ORDER[row.phase], instant if row.phase == "open" else -instant, row.call.slug


@never_cache
@require_safe
def calls(request: HttpRequest) -> HttpResponseBase:
    """Every call that the viewer may see: those that one may answer now first."""
    now = timezone.now()
    rows = rows_of(read.public_calls(), now)
    if made := export_response(request, rows, CALLS, "appels", title=_("Appels")):
        return made
    mine = rows_of(_mine(request.user), now)
    context = {
        "open": [one for one in rows if one.phase in {"open", "announced"}],
        "past": [one for one in rows if one.phase not in {"open", "announced"}],
        "drafts": [one for one in mine if one.phase == "draft"],
        "may_write": perms.may_write(request.user),
    }
    return render(request, "calls/calls.html", context)


def _mine(user: Any) -> Iterable[Call]:
    """Return the calls in which the person has a role."""
    if not isinstance(user, User):
        return []
    held = perms.held_by(user)
    rows = Call.objects.filter(pk__in=held.calls) | Call.objects.filter(programme__in=held.programmes)
    return rows.select_related("programme", "subject")


@never_cache
@require_safe
def call(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One call: who may answer, until when, with what, how it is judged, and where each value was read."""
    found = _visible(request, slug)
    now = timezone.now()
    row = rows_of([found], now)[0]
    form = read.current_form(found) or (read.draft_form(found) if row.phase == "draft" else None)
    standing = perms.standing(request.user, found)
    context = {
        "call": found,
        "row": row,
        "facts": facts(found),
        "applicants": [Applicant(one).label for one in found.applicants],
        "categories": [Category(one).label for one in found.categories],
        "strands": strand_rows(found.strands.all()),
        "sponsors": list(found.sponsors.all()),
        "stages": stage_rows(found),
        "channels": [wording.CHANNELS.get(one, one) for one in found.deposit.get("channels", ())],
        "grids": read.grid_names(found.grids),
        "ranking": wording.RANKINGS.get(found.ranking.get("by", ""), ""),
        "form": form,
        "questions": sum(len(s["fields"]) for p in form.content["pages"] for s in p["sections"])
        if form
        else 0,
        "standing": standing,
        "deposit_url": _address("dossier_start", found.slug) if row.phase == "open" else "",
        "results_url": _address("call_results", found.slug) if row.phase in {"decided", "archived"} else "",
    }
    return render(request, "calls/call.html", context)


def _address(name: str, slug: str) -> str:
    """Return the address of a page of a room above, nothing while it has none."""
    try:
        return reverse(name, args=[slug])
    except NoReverseMatch:
        return ""


def _visible(request: HttpRequest, slug: str) -> Call:
    found = read.find(slug)
    if not perms.can_see(request.user, found):
        raise NotFoundError("unknown_call", _("Cet appel n'existe pas."))
    return found


def facts(call: Call) -> list[Fact]:
    """Return the values of a call, each with its source; those that nobody gave are left to the owner."""
    told: Mapping[str, str] = call.sources

    def fact(label: str, value: Any, name: str) -> Fact:
        return Fact(label, value, str(told.get(name, "")))

    months = _("%(n)s mois") % {"n": call.duration_months} if call.duration_months else None
    late = call.get_late_display()
    if call.tolerance:
        late = _("%(late)s, après %(n)s minutes de tolérance") % {"late": late, "n": call.tolerance}
    return [
        fact(_("Ouvre le"), or_left(instant_words(call.opens_at)), "opens"),
        fact(_("Ferme le"), or_left(instant_words(call.closes_at)), "closes"),
        fact(_("Décision"), or_left(_day(call.decision_on)), "decision_on"),
        fact(_("Enveloppe"), cents(call.envelope_cents), "envelope"),
        fact(_("Aide minimale"), cents(call.min_cents), "minimum"),
        fact(_("Aide maximale"), cents(call.max_cents), "maximum"),
        fact(_("Taux d'aide maximal"), hundredths(call.rate_max), "rate_max"),
        fact(_("Durée du projet"), or_left(months), "duration_months"),
        fact(_("Lauréats attendus"), or_left(call.places), "places"),
        fact(_("Dépôts après l'heure"), late, "late"),
    ]


def instant_words(value: datetime | None) -> str | None:
    """Return an instant in words, in the hour of Paris, to the second when it has one."""
    if value is None:
        return None
    local = timezone.localtime(value)
    shown = date_format(local, "DATE_FORMAT")
    time = local.strftime("%H:%M:%S") if local.second else local.strftime("%H:%M")
    return _("%(day)s à %(time)s (heure de Paris)") % {"day": shown, "time": time}


def _day(value: date | None) -> str | None:
    return None if value is None else date_format(value, "DATE_FORMAT")


def stage_rows(call: Call) -> list[dict[str, Any]]:
    """Return the stages of a call with their names and opinions in words."""
    return [
        {
            "code": one["code"],
            "label": wording.said(one, "label") or str(wording.STAGES[one["code"]]),
            "opinion": wording.OPINIONS[one.get("opinion", "none")],
            "mandatory": one.get("opinion") == "mandatory",
        }
        for one in call.stages
    ]


def strand_rows(strands: Iterable[Strand]) -> list[dict[str, Any]]:
    """Return strands with what they give and to what, in words."""
    return [
        {
            "strand": one,
            "name": wording.said(one, "name"),
            "kind": one.get_kind_display(),
            "support": [Support(code).label for code in one.support],
            "dimensions": [Dimension(code).label for code in one.dimensions],
        }
        for one in strands
    ]


@never_cache
@require_safe
def programmes(request: HttpRequest) -> HttpResponse:
    """Every published programme, and the drafts of those who own them."""
    held = perms.held_by(request.user) if isinstance(request.user, User) else None
    rows = Programme.objects.exclude(state=Programme.State.DRAFT).prefetch_related("calls", "strands")
    mine = Programme.objects.filter(pk__in=held.programmes) if held else Programme.objects.none()
    now = timezone.now()
    shown = [
        {"programme": one, "calls": [row for row in rows_of(one.calls.all(), now) if row.phase != "draft"]}
        for one in rows
    ]
    drafts = [one for one in mine if one.state == Programme.State.DRAFT]
    context = {"rows": shown, "drafts": drafts, "may_begin": perms.may_begin(request.user)}
    return render(request, "calls/programmes.html", context)


@never_cache
@require_safe
def programme(request: HttpRequest, slug: str) -> HttpResponse:
    """One programme: its strands, its calls, what it rests on."""
    found = read.find_programme(slug)
    standing = perms.standing_in_programme(request.user, found)
    if found.state == Programme.State.DRAFT and not standing:
        raise NotFoundError("unknown_programme", _("Ce programme n'existe pas."))
    rows = rows_of(found.calls.select_related("programme"), timezone.now())
    context = {
        "programme": found,
        "strands": strand_rows(found.strands.all()),
        "calls": [one for one in rows if one.phase != "draft" or standing],
        "standing": standing,
        "may_name": standing.owner
        or (perms.may_begin(request.user) and not people.owners(found, timezone.localdate()).exists()),
        "envelope_url": _address("envelope", found.slug) if standing else "",
    }
    return render(request, "calls/programme.html", context)


@never_cache
@require_safe
def may_i(request: HttpRequest, slug: str) -> HttpResponse:
    """« Puis-je répondre ? »: the verdict, before anything is typed; nothing of what is answered is kept."""
    found = _visible(request, slug)
    applicant = _applicant(request)
    said = _said(request, found)
    verdict = eligibility.judge(found, applicant, said, viewer=_viewer(request))
    query = request.GET.get("q", "").strip()[:100]
    row = rows_of([found], timezone.now())[0]
    context = {
        "call": found,
        "row": row,
        "call_path": f"/appels/{found.slug}/",
        "applicant": applicant,
        "verdict": verdict,
        "said": said,
        "kinds": [(one, Applicant(one).label) for one in found.applicants],
        "categories": [(one.value, one.label) for one in Category],
        "query": query,
        "results": _search(query),
        "mine": _organisations(request),
        "deposit_url": _deposit(found, applicant) if row.phase == "open" else "",
    }
    return render(request, "calls/may_i.html", context)


def _deposit(call: Call, applicant: Actor | None) -> str:
    """Return where a file is begun, by the organisation that was chosen."""
    address = _address("dossier_start", call.slug)
    return f"{address}?pour={applicant.pk}" if address and applicant else address


def _viewer(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _applicant(request: HttpRequest) -> Actor | None:
    """Return the organisation that the address names, when the viewer may see it."""
    asked = request.GET.get("pour", "")
    if not asked:
        return None
    try:
        key = UUID(asked)
    except ValueError:
        key = None
    rows = Actor.objects.select_related("subject", "zone__department", "zone__region", "zone__epci")
    found = rows.select_related("zone__former_region").filter(pk=key).first() if key else None
    if found is None or not can_see_actor(_viewer(request), found, on=timezone.localdate()):
        raise NotFoundError("unknown_actor", _("Cette organisation n'est pas au registre."))
    return found


def _said(request: HttpRequest, call: Call) -> Said:
    answers = {}
    for rule in call.criteria:
        typed = request.GET.get(f"r-{rule['code']}", "")
        if typed in {"oui", "non"}:
            answers[str(rule["code"])] = typed == "oui"
    return Said(request.GET.get("nature", "")[:20], request.GET.get("stade", "")[:20], answers)


def _search(query: str) -> list[Any]:
    return index.find(query, kinds={"pole", "actor"}, limit=_MOST_FOUND) if query else []


def _organisations(request: HttpRequest) -> list[Actor]:
    """Return the organisations of the person, poles first."""
    if not isinstance(request.user, User):
        return []
    held = Belonging.objects.confirmed().filter(user=request.user).values("actor")
    rows = Actor.objects.filter(pk__in=held).select_related("pole").order_by("sort_key")
    return sorted(rows, key=lambda one: not hasattr(one, "pole"))
