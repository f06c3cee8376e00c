"""The Atom feed of what changes in the register: poles, their stages, recognitions and facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID, uuid5

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from terreau.design.context import design
from terreau.design.marks import MARKS
from terreau.facts import catalogue, display, read
from terreau.facts.models import Fact
from terreau.poles import directory
from terreau.poles.directory import Filters
from terreau.poles.models import Listing, Recognition, StageMove, Tag
from terreau.sheets.facts import language
from terreau.web.lasting import lasting

#: Entries of a feed, and the newest facts read to make them.
ENTRIES, FACTS = 50, 600
_LINES = 20
_START = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTES = 5 * 60


class Line(NamedTuple):
    """What a change says of its pole, and nothing else."""

    pk: UUID
    slug: str
    name: str
    place: str
    summary: dict[str, str]
    fictional: bool
    entered: datetime


@dataclass(frozen=True)
class Change:
    """Something new about a pole. ``key`` makes the identifier of the entry: the same for ever."""

    pole: Line
    key: str
    at: datetime
    title: str
    content: SafeString
    kind: str

    @property
    def urn(self) -> str:
        """Identifier that depends neither on the host nor on the language."""
        return f"urn:uuid:{uuid5(self.pole.pk, self.key)}"


class _Feed(Atom1Feed):
    def latest_post_date(self) -> datetime:
        """Day of the newest entry; the oldest day there is when nothing happened, never now."""
        dates: list[datetime] = [item["updateddate"] for item in self.items]
        return max(dates, default=_START)


@require_safe
def poles(request: HttpRequest) -> HttpResponse:
    """The newest changes first; the facets of the directory keep those of a region, a sector…"""
    filters = Filters.parse(request.GET)
    origin = design(request)["site_origin"]
    feed = _Feed(
        title=" · ".join(["Terreau", _("ce qui change"), *_chosen(filters)]),
        link=f"{origin}{reverse('poles')}{_query(filters)}",
        description="",
        subtitle=_("Nouveaux pôles, stades, reconnaissances et informations, chacune avec sa source."),
        language=language(),
        author_name="Terreau",
        feed_url=f"{origin}{request.path}{_query(filters)}",
        feed_guid=f"{origin}{request.path}{_query(filters)}",
        feed_copyright=_("Licence Ouverte 2.0"),
    )
    for change in changes(filters):
        feed.add_item(
            title=change.title,
            link=f"{origin}{reverse('pole', args=[change.pole.slug])}",
            description=change.content,
            unique_id=change.urn,
            updateddate=change.at,
            pubdate=change.at,
            categories=[change.kind],
        )
    return _answer(request, feed)


def _answer(request: HttpRequest, feed: _Feed) -> HttpResponse:
    response = HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    response["Access-Control-Allow-Origin"] = "*"
    return lasting(request, response, _MINUTES, changed=feed.latest_post_date())


def _chosen(filters: Filters) -> list[str]:
    return [directory.labels(facet)[code] for facet, code in filters.codes.items()]


def _query(filters: Filters) -> str:
    return f"?{urlencode(filters.codes)}" if filters.codes else ""


def changes(filters: Filters) -> list[Change]:
    """Return the newest changes of the public poles that the facets leave, in a constant number of queries.

    What was recorded on the day a pole entered the register is told with its entry, not again.
    """
    listed = Listing.objects.order_by()
    for facet, code in filters.codes.items():
        listed = listed.filter(pole__in=Tag.objects.filter(facet=facet, code=code).values("listing"))
    found = [*_created(listed), *_stages(listed), *_recognitions(listed), *_facts(listed)]
    return sorted(found, key=lambda change: (change.at, change.urn), reverse=True)[:ENTRIES]


def _lines(listed: QuerySet[Listing]) -> Iterator[Line]:
    columns = ("pk", "pole__slug", "name", "place", "pole__summary", "pole__fictional")
    for row in listed.values_list(*columns, "pole__actor__subject__created_at"):
        yield Line(*row)


def _lines_of(poles: Iterable[UUID]) -> dict[UUID, Line]:
    return {line.pk: line for line in _lines(Listing.objects.filter(pole__in=set(poles)).order_by())}


def _of(listed: QuerySet[Listing], owner: str) -> Exists:
    """Return the condition that the pole of a row is listed; tried row by row, the newest first.

    « IN » would have the database gather every row of every pole before it sorts them.
    """
    return Exists(listed.filter(pole=OuterRef(owner)))


def _name(line: Line) -> str:
    return f"{line.name} ({_('exemple fictif')})" if line.fictional else line.name


def _created(listed: QuerySet[Listing]) -> Iterator[Change]:
    """Poles that entered the register; their identifiers follow time."""
    for line in _lines(listed.order_by("-pole")[:ENTRIES]):
        summary = line.summary.get(language()) or line.summary.get("fr", "")
        title = _("%(name)s entre au registre") % {"name": _name(line)}
        yield Change(line, "created", line.entered, title, _paragraphs(summary, line.place), "pole")


def _paragraphs(*texts: str) -> SafeString:
    return format_html_join("", "<p>{}</p>", ((text,) for text in texts if text))


def _news(rows: Any, listed: QuerySet[Listing]) -> list[tuple[Any, Line]]:
    """Newest rows of the listed poles, each with the line of its pole, but those told with its entry."""
    newest = rows.filter(_of(listed, "pole"), recorded_at__isnull=False).order_by("-recorded_at", "-pk")
    brief = list(newest.values_list("pk", "pole", "recorded_at")[:ENTRIES])
    lines = _lines_of(pole for _pk, pole, _at in brief)
    told = {pk: lines[pole] for pk, pole, at in brief if _day(at) != _day(lines[pole].entered)}
    kept = rows.filter(pk__in=list(told)).select_related("source").order_by("-recorded_at", "-pk")
    return [(row, told[row.pk]) for row in kept]


def _day(at: datetime) -> date:
    return timezone.localdate(at)


def _stages(listed: QuerySet[Listing]) -> Iterator[Change]:
    for move, line in _news(StageMove.objects, listed):
        values = {"name": _name(line), "stage": directory.labels("stade").get(move.stage, move.stage)}
        title = _("%(name)s : stade « %(stage)s »") % values
        content = _paragraphs(move.reason, str(move.source))
        yield Change(line, f"stage/{move.pk}", move.recorded_at, title, content, "stade")


def _recognitions(listed: QuerySet[Listing]) -> Iterator[Change]:
    for row, line in _news(Recognition.objects, listed):
        scheme = directory.labels("reconnaissance").get(row.scheme, row.scheme)
        title = _("%(name)s : %(scheme)s") % {"name": _name(line), "scheme": scheme}
        content = _paragraphs(" ".join(filter(None, [scheme, row.phase])), str(row.source))
        yield Change(line, f"recognition/{row.pk}", row.recorded_at, title, content, "reconnaissance")


def _facts(listed: QuerySet[Listing]) -> Iterator[Change]:
    """Facts by pole and day. Identifiers of facts follow time, so that the newest are read alone."""
    hidden = [entry.code for entry in catalogue.load() if entry.secrecy != "public"]
    living = Fact.objects.filter(_of(listed, "subject"), superseded_at=None).exclude(code__in=hidden)
    window = list(living.order_by("-pk").values_list("subject", "recorded_at", "code", "pk")[:FACTS])
    groups: dict[tuple[UUID, date], list[Brief]] = defaultdict(list)
    for pole, at, code, pk in window:
        groups[pole, _day(at)].append(Brief(at, code, pk))
    if len(window) == FACTS and len(groups) > 1:
        groups.popitem()
    lines = _lines_of(pole for pole, _d in groups)
    told = [
        (lines[pole], day, facts) for (pole, day), facts in groups.items() if day != _day(lines[pole].entered)
    ][:ENTRIES]
    shown = {brief.pk for _line, _d, facts in told for brief in _first(facts)}
    read_ = {fact.pk: fact for fact in Fact.objects.filter(pk__in=shown).select_related("source")}
    for line, day, facts in told:
        yield _told(line, day, facts, [read_[brief.pk] for brief in _first(facts) if brief.pk in read_])


class Brief(NamedTuple):
    """What is read of every new fact; the whole of it is read of those that are shown."""

    at: datetime
    code: str
    pk: UUID


def _first(facts: Iterable[Brief]) -> list[Brief]:
    """Return the facts of an entry that are shown, in the order of the catalogue."""
    rank = {entry.code: number for number, entry in enumerate(catalogue.load())}
    return sorted(facts, key=lambda fact: (rank[fact.code], fact.pk))[:_LINES]


def _told(line: Line, day: date, facts: list[Brief], shown: list[Fact]) -> Change:
    sentence = ngettext(
        "%(name)s : %(count)s information nouvelle", "%(name)s : %(count)s informations nouvelles", len(facts)
    )
    title = sentence % {"name": _name(line), "count": len(facts)}
    newest = max(fact.at for fact in facts)
    content = _list(shown, len(facts) - len(shown))
    return Change(line, f"facts/{day.isoformat()}", newest, title, content, "information")


def _list(facts: Iterable[Fact], rest: int) -> SafeString:
    known = catalogue.load()
    rows = (
        (
            known[fact.code].label(language()),
            read.display_of(fact, language()),
            display.period(fact.valid_from, fact.valid_to, fact.valid_precision, language()),
            MARKS[fact.status].word,
            fact.source,
        )
        for fact in facts
    )
    told = format_html_join("", '<li>{} : {} {} ({}, <span lang="fr">{}</span>)</li>', rows)
    more = ngettext("et %(count)s autre", "et %(count)s autres", rest) % {"count": rest} if rest > 0 else ""
    return format_html("<ul>{}</ul>{}", told, _paragraphs(more))
