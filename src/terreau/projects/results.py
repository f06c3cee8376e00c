"""Budget, jobs and enterprises of a project. What moved is read from the ledger, never typed twice (R-99)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError, NotFoundError
from terreau.common.money import Euro
from terreau.flows.models import Flow, Nature
from terreau.poles.models import Pole
from terreau.projects import kept
from terreau.projects.models import BudgetLine, Enterprise, JobOutcome, JointProject, Partner

#: Beyond, it is a slip of the keyboard (cents).
MOST_CENTS = 100_000_000_000


@dataclass(slots=True)
class Side:
    """One side of a budget: planned, and what the ledger says."""

    planned: int = 0
    actual: int = 0

    @property
    def planned_euros(self) -> Euro:
        """What is planned."""
        return Euro(self.planned)

    @property
    def actual_euros(self) -> Euro:
        """What the ledger says."""
        return Euro(self.actual)


@dataclass(slots=True)
class Account:
    """The account of a project: both sides, what moved between partners, what was given without money.

    ``given``: nature and unit → (thousandths of it, value in cents); beside cash, never inside it.
    """

    receipts: Side = field(default_factory=Side)
    expenses: Side = field(default_factory=Side)
    between: int = 0
    lines: int = 0
    given: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)

    @property
    def planned_balance(self) -> Euro:
        """Planned receipts less planned expenses."""
        return Euro(self.receipts.planned - self.expenses.planned)

    @property
    def actual_balance(self) -> Euro:
        """Receipts less expenses of the ledger."""
        return Euro(self.receipts.actual - self.expenses.actual)

    @property
    def between_euros(self) -> Euro:
        """What partners paid to one another."""
        return Euro(self.between)


def account(project: JointProject, planned: Iterable[BudgetLine], partners: Iterable[Partner]) -> Account:
    """Return the account of a project, of its budget lines and all its partners of any time (one query).

    Cash whose purpose is the project: in when it comes from who is neither pole nor partner, out when it
    goes to such, between when both are inside. Counter-entries carry their signs turned, so they cancel.
    """
    found = Account()
    for line in planned:
        side = found.receipts if line.side == BudgetLine.Side.RECEIPT else found.expenses
        side.planned += line.cents
    inside = {project.pole_id, project.leader_id, *(one.actor_id for one in partners)} - {None}
    rows = Flow.objects.filter(book=project.pole_id, purpose=project.pk).order_by()
    kind = [*_merged("giver"), *_merged("receiver"), "nature", "unit"]
    for row in rows.values(*kind).annotate(cash=Sum("cents"), much=Sum("thousandths")):
        found.lines += 1
        _count(found, row, inside)
    return found


def _merged(party: str) -> list[str]:
    """Return the columns that name a party and what it was merged into, twice over."""
    into = f"{party}__subject__merged_into"
    return [party, into, f"{into}__merged_into"]


def _count(found: Account, row: Mapping[str, Any], inside: set[Any]) -> None:
    cents, much = int(row["cash"] or 0), int(row["much"] or 0)
    if row["nature"] != Nature.CASH:
        held = found.given.get((row["nature"], row["unit"]), (0, 0))
        found.given[row["nature"], row["unit"]] = (held[0] + much, held[1] + cents)
        return
    gives, receives = ({row[column] for column in _merged(party)} & inside for party in ("giver", "receiver"))
    if gives and receives:
        found.between += cents
    elif receives:
        found.receipts.actual += cents
    else:
        found.expenses.actual += cents


# Budget


def add_line(project: JointProject, *, by: User, **values: Any) -> BudgetLine:
    """Plan an expense or a receipt, in cents."""
    values["label"] = kept.need_title(str(values.get("label", "")), "label")
    _check_cents(values.get("cents"))
    with transaction.atomic():
        row = kept.add(BudgetLine(project=project, **values))
        kept.tell(project.subject, "project.budget_added", by=by, line=row.pk.hex, cents=row.cents)
    return row


def change_line(
    line: BudgetLine, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User
) -> BudgetLine:
    """Change a line of the budget as the person saw it."""
    if "cents" in mine:
        _check_cents(mine["cents"])
    subject = line.project.subject
    return kept.change(line, subject=subject, verb="project.budget_changed", base=base, mine=mine, by=by)


def remove_line(line: BudgetLine, *, by: User) -> None:
    """Take a line out of the budget; it stays in the history."""
    with transaction.atomic():
        rows = BudgetLine.objects.filter(pk=line.pk, ended_at=None)
        if not rows.update(ended_at=timezone.now(), version=F("version") + 1):
            raise DomainError("already_removed", _("Cette ligne est déjà retirée."), status=409)
        kept.tell(line.project.subject, "project.budget_removed", by=by, line=line.pk.hex, cents=line.cents)


def line_of(project: JointProject, pk: UUID) -> BudgetLine:
    """Return a living line of the budget; raise ``NotFoundError``."""
    rows = BudgetLine.objects.select_related("project__subject", "actor")
    row = rows.filter(project=project, pk=pk, ended_at=None).first()
    if row is None:
        raise NotFoundError("not_found", _("Cette ligne n'existe pas."))
    return row


def lines(project: JointProject) -> list[BudgetLine]:
    """Return the living lines of the budget, receipts after expenses."""
    rows = BudgetLine.objects.filter(project=project, ended_at=None).select_related("actor")
    return list(rows.order_by("side", F("year").asc(nulls_last=True), "label", "pk"))


def _check_cents(cents: Any) -> None:
    if cents is None or cents < 0 or cents > MOST_CENTS:
        words = _("Écrivez un montant en euros, par exemple 12 500,00.")
        raise DomainError("bad_amount", words, facts={"field": "cents"})


# Jobs and enterprises


def add_job(project: JointProject, *, today: date, by: User, **values: Any) -> JobOutcome:
    """Say that a project created, kept, took over or opened jobs at a member, from a day on (R-113)."""
    if values["on"] > today:
        words = _("Un emploi se compte une fois là : cette date est à venir.")
        raise DomainError("job_later", words, facts={"field": "on"})
    with transaction.atomic():
        row = kept.add(JobOutcome(project=project, **values))
        kept.tell(
            project.subject, "project.job_said", by=by, job=row.pk.hex, kind=row.kind, people=row.people
        )
    return row


def end_job(job: JobOutcome, *, on: date, by: User) -> None:
    """Say that jobs ended on a day."""
    if on <= job.on:
        raise DomainError("ends_before", _("La fin suit le début."), facts={"field": "on"})
    with transaction.atomic():
        if not JobOutcome.objects.filter(pk=job.pk, until=None).update(until=on, version=F("version") + 1):
            raise DomainError("already_ended", _("Leur fin est déjà dite."), status=409)
        kept.tell(job.project.subject, "project.job_ended", by=by, job=job.pk.hex, on=on.isoformat())


def add_enterprise(  # noqa: PLR0913 - keyword-only, independent facts
    project: JointProject, actor: Actor, *, on: date, today: date, note: str = "", by: User
) -> Enterprise:
    """Say that an enterprise was born of a project."""
    if on > today:
        raise DomainError("born_later", _("Cette date est à venir."), facts={"field": "on"})
    with transaction.atomic():
        row = Enterprise(project=project, actor=actor, on=on, note=note.strip())
        kept.add(row, taken=_("Cette entreprise est déjà dite née de ce projet."), field="actor")
        kept.tell(project.subject, "project.enterprise_born", by=by, actor=actor.pk.hex, on=on.isoformat())
    return row


@dataclass(frozen=True, slots=True)
class Jobs:
    """Jobs of a kind, held on a day or begun in a period: people, and equivalents when all are known."""

    kind: str
    label: str
    people: int
    fte_hundredths: int | None


def jobs_by_kind(rows: Iterable[JobOutcome]) -> list[Jobs]:
    """Return the sums of jobs by kind; kinds are never added to one another (R-113)."""
    people: defaultdict[str, int] = defaultdict(int)
    fte: dict[str, int | None] = {}
    for row in rows:
        people[row.kind] += row.people
        before = fte.get(row.kind, 0)
        fte[row.kind] = None if before is None or row.fte_hundredths is None else before + row.fte_hundredths
    return [
        Jobs(kind, str(label), people[kind], fte[kind])
        for kind, label in JobOutcome.Kind.choices
        if kind in people
    ]


def jobs_of(pole: Pole) -> list[JobOutcome]:
    """Return every job said of the projects of a pole."""
    return list(jobs_said(pole))


def jobs_said(pole: Pole) -> QuerySet[JobOutcome]:
    """Return the question that ``jobs_of`` asks."""
    rows = JobOutcome.objects.filter(project__pole=pole).select_related("actor", "project")
    return rows.order_by("on", "pk")
