"""What waits for a moderator, of every kind, oldest first: reports, declared poles, proposals, belongings…

Each kind says which rows wait in a scope, since when, and how a row is shown; rooms to come add theirs with
``add``. A page of the inbox costs one query by kind and a count by kind, whatever the number of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from heapq import merge
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from terreau.accounts.models import User
from terreau.actors.models import Belonging, Pair
from terreau.actors.perms import Scope
from terreau.census import charges, duplicates, reports, where
from terreau.census.models import Confirmation, Proposal, Report
from terreau.census.where import Place
from terreau.common.errors import DomainError, NotFoundError
from terreau.design.paging import Cursor, bad_cursor, decode, encode
from terreau.imports.models import Import
from terreau.poles.models import Pole, RegisterStatus

LIMIT = 30
AGES = (7, 30, 90)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the inbox is asked for: whose scope, and the filters."""

    user: User
    scope: Scope
    on: date
    kind: str = ""
    place: Place | None = None
    age: int = 0
    charge: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits, as a line of the inbox."""

    kind: str
    ref: str
    title: str
    detail: str
    since: datetime
    url: str
    place: str = ""
    charge: User | None = field(default=None, compare=False)

    @property
    def key(self) -> tuple[datetime, str, str]:
        """The order of the inbox."""
        return (self.since, self.kind, self.ref)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that waits. ``since`` is the column of its age: a moment, or a day when ``day``."""

    code: str
    label: str | Promise
    one: str | Promise
    rows: Callable[[Asked], QuerySet[Any]]
    since: str
    show: Callable[[Any], tuple[str, str, str]]
    day: bool = False

    def asked(self, asked: Asked) -> QuerySet[Any]:
        """Return the rows that wait, filtered by age and charge; the rows themselves know scope and place."""
        rows = self.rows(asked)
        if asked.age:
            until = _moment(asked.on) - timedelta(days=asked.age)
            rows = rows.filter(**{f"{self.since}__lt": self._column(until)})
        if asked.charge == "moi":
            rows = rows.filter(pk__in=charges.refs(self.code, of=asked.user))
        elif asked.charge == "personne":
            rows = rows.exclude(pk__in=charges.refs(self.code))
        return rows

    def after(self, rows: QuerySet[Any], key: tuple[datetime, str, str] | None) -> QuerySet[Any]:
        """Return the rows that come after a place of the inbox, in its order."""
        ordered = rows.order_by(self.since, "pk")
        if key is None:
            return ordered
        since, kind, ref = key
        at = self._column(since)
        later = Q(**{f"{self.since}__gt": at})
        if self.code > kind:
            later |= Q(**{self.since: at})
        elif self.code == kind:
            later |= Q(**{self.since: at}) & Q(pk__gt=ref)
        return ordered.filter(later)

    def line(self, row: Any) -> Waiting:
        """Return a row as a line."""
        title, detail, url = self.show(row)
        since = _value(row, self.since)
        return Waiting(self.code, str(row.pk), title, detail, _moment(since) if self.day else since, url)

    def _column(self, moment: datetime) -> datetime | date:
        return timezone.localdate(moment) if self.day else moment


def _moment(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _value(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name)
    return row


def _reports(asked: Asked) -> QuerySet[Report]:
    rows = reports.waiting(asked.scope).order_by()
    if asked.place is None:
        return rows
    through = Report.zones.through.objects.filter(zone__in=asked.place.zone_ids)
    return rows.filter(pk__in=through.values("report"))


def _report(row: Report) -> tuple[str, str, str]:
    return row.name, row.what, reverse("report_qualify", args=[row.pk])


def _poles(asked: Asked) -> QuerySet[Pole]:
    """Poles that somebody declared here: those of documents are verified when somebody chooses to."""
    rows = Pole.objects.filter(
        where.actors(asked.scope, asked.on, only=asked.place),
        register_status=RegisterStatus.DECLARED,
        fictional=False,
        actor__subject__closed_at=None,
        actor__subject__merged_into=None,
        actor__subject__seed_entries=None,
    )
    return rows.select_related("actor__subject")


def _pole(row: Pole) -> tuple[str, str, str]:
    shown = _("publique") if row.actor.subject.public else _("pas encore publique")
    detail = _("Fiche déclarée, %(shown)s.") % {"shown": shown}
    return row.actor.name, detail, reverse("pole_qualify", args=[row.slug])


def _proposals(asked: Asked) -> QuerySet[Proposal]:
    rows = Proposal.objects.filter(
        where.actors(asked.scope, asked.on, field="subject", only=asked.place),
        state=Proposal.State.OPEN,
        subject__closed_at=None,
        subject__merged_into=None,
    )
    return rows.select_related("subject__actor")


def _proposal(row: Proposal) -> tuple[str, str, str]:
    named = list(dict.fromkeys(item["label"] for item in row.items))
    return row.subject.actor.name, ", ".join(named), reverse("proposal", args=[row.pk])


def _belongings(asked: Asked) -> QuerySet[Belonging]:
    """Requests to join an organisation; never one's own, which somebody else answers."""
    rows = Belonging.objects.asked().filter(
        where.actors(asked.scope, asked.on, field="actor", only=asked.place),
        actor__subject__closed_at=None,
        actor__subject__merged_into=None,
    )
    return rows.exclude(user=asked.user).select_related("user", "actor")


def _belonging(row: Belonging) -> tuple[str, str, str]:
    words = {"who": str(row.user), "role": row.get_role_display()}
    return row.actor.name, _("%(who)s demande à la rejoindre (%(role)s).") % words, _REQUESTS


_REQUESTS = "/compte/organisations/demandes/"


def _confirmations(asked: Asked) -> QuerySet[Confirmation]:
    """Poles asked what is still true, that did not answer in time."""
    rows = Confirmation.objects.filter(
        where.actors(asked.scope, asked.on, field="pole", only=asked.place),
        answered_at=None,
        due_on__lt=asked.on,
        pole__actor__subject__closed_at=None,
        pole__actor__subject__merged_into=None,
    )
    return rows.select_related("pole__actor")


def _confirmation(row: Confirmation) -> tuple[str, str, str]:
    detail = ngettext(
        "N'a pas dit ce qui est encore vrai, après %(n)d rappel.",
        "N'a pas dit ce qui est encore vrai, après %(n)d rappels.",
        row.reminders,
    ) % {"n": row.reminders}
    return row.pole.actor.name, detail, reverse("pole_confirm", args=[row.pole.slug])


def _duplicates(asked: Asked) -> QuerySet[Pair]:
    return duplicates.waiting(asked.scope, only=asked.place).order_by()


def _duplicate(row: Pair) -> tuple[str, str, str]:
    detail = _("Deux acteurs, ou un seul ? Ressemblance : %(score)d sur 100.") % {"score": row.score}
    return f"{row.one.name} · {row.other.name}", detail, reverse("duplicate", args=[row.pk])


def _imports(asked: Asked) -> QuerySet[Import]:
    """One's own files, to read again before they are written."""
    rows = Import.objects.filter(state__in=[Import.State.READ, Import.State.CHECKED])
    if asked.place is not None:
        rows = rows.filter(where.actors(asked.scope, asked.on, field="about", only=asked.place))
    return rows.filter(by=asked.user)


def _import(row: Import) -> tuple[str, str, str]:
    detail = _("%(state)s ; lignes : %(rows)d.") % {"state": row.get_state_display(), "rows": row.rows}
    return row.name, detail, f"/imports/{row.pk}/"


KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind(
            "signalement",
            gettext_lazy("Signalements"),
            gettext_lazy("Signalement"),
            _reports,
            "received_at",
            _report,
        ),
        Kind(
            "pole",
            gettext_lazy("Pôles déclarés"),
            gettext_lazy("Pôle déclaré"),
            _poles,
            "actor__subject__created_at",
            _pole,
        ),
        Kind(
            "proposition",
            gettext_lazy("Modifications proposées"),
            gettext_lazy("Modification proposée"),
            _proposals,
            "created_at",
            _proposal,
        ),
        Kind(
            "appartenance",
            gettext_lazy("Appartenances demandées"),
            gettext_lazy("Appartenance demandée"),
            _belongings,
            "asked_at",
            _belonging,
        ),
        Kind(
            "confirmation",
            gettext_lazy("Confirmations en retard"),
            gettext_lazy("Confirmation en retard"),
            _confirmations,
            "due_on",
            _confirmation,
            day=True,
        ),
        Kind(
            "doublon",
            gettext_lazy("Doublons possibles"),
            gettext_lazy("Doublon possible"),
            _duplicates,
            "found_at",
            _duplicate,
        ),
        Kind(
            "import",
            gettext_lazy("Fichiers à relire"),
            gettext_lazy("Fichier à relire"),
            _imports,
            "created_at",
            _import,
        ),
    )
}


def add(kind: Kind) -> None:
    """Have the inbox show another kind; a room calls it when it starts."""
    KINDS[kind.code] = kind


def ask(user: User, scope: Scope, given: Any, *, on: date) -> Asked:
    """Read the filters of an address; ``DomainError`` for what is not one of them."""
    kind, age, charge = given.get("nature", ""), given.get("age", ""), given.get("charge", "")
    known = {"nature": {"", *KINDS}, "age": {"", *map(str, AGES)}, "charge": {"", "moi", "personne"}}
    for name, value in (("nature", kind), ("age", age), ("charge", charge)):
        if value not in known[name]:
            message = _("Ce filtre n'existe pas.")
            raise DomainError("unknown_filter", message, facts={name: value[:40]})
    code = given.get("departement", "")
    place = where.place(code, scope) if code else None
    return Asked(user, scope, on, kind, place, int(age or 0), charge)


def counts(asked: Asked) -> dict[str, int]:
    """Return how many wait of each kind, with the other filters."""
    return {code: kind.asked(asked).count() for code, kind in KINDS.items()}


def page(asked: Asked, *, cursor: str | None = None, limit: int = LIMIT) -> tuple[list[Waiting], str | None]:
    """Return the oldest that wait, and the cursor of what follows."""
    start = _start(asked, cursor)
    chosen = [KINDS[asked.kind]] if asked.kind else list(KINDS.values())
    streams = [_lines(kind, kind.after(kind.asked(asked), start)[: limit + 1]) for kind in chosen]
    found = list(islice(merge(*streams, key=lambda line: (line.since, line.kind)), limit + 1))
    rows = _with_charges(found[:limit])
    if len(found) <= limit:
        return rows, None
    last = rows[-1]
    return rows, encode(Cursor((last.since.isoformat(), last.kind, last.ref)))


def _lines(kind: Kind, rows: Iterable[Any]) -> Iterable[Waiting]:
    return [kind.line(row) for row in rows]


def _with_charges(rows: Sequence[Waiting]) -> list[Waiting]:
    held = charges.held([(row.kind, row.ref) for row in rows])
    return [replace(row, charge=held.get((row.kind, row.ref))) for row in rows]


def _start(asked: Asked, cursor: str | None) -> tuple[datetime, str, str] | None:
    if not cursor:
        return None
    since, kind, ref = map(str, decode(cursor, 3).key)
    try:
        moment = datetime.fromisoformat(since)
        _key(KINDS[kind].rows(asked), ref)
    except (ValueError, KeyError, ValidationError) as error:
        raise bad_cursor() from error
    if timezone.is_naive(moment):
        raise bad_cursor()
    return moment, kind, ref


def _key(rows: QuerySet[Any], ref: str) -> Any:
    """Return an identifier in the type of the rows; ``ValidationError`` when it cannot be one."""
    return rows.model._meta.pk.to_python(ref)


def find(asked: Asked, kind: str, ref: str) -> Any:
    """Return the row of a kind that waits in the scope; ``NotFoundError`` otherwise."""
    row = None
    if kind in KINDS:
        rows = KINDS[kind].rows(asked)
        with suppress(ValidationError):
            row = rows.filter(pk=_key(rows, ref)).first()
    if row is None:
        raise NotFoundError("not_waiting", _("Cela n'attend plus, ou n'est pas de ce que vous modérez."))
    return row
