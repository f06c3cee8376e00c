"""The portfolio assistant of a committee: what it is asked, the search in the background, what it found.

Off until the committee asks for it (``committee.ask_assistant``). What it finds is a proposal like another:
nothing is decided, the committee changes what it wants and says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.jobs import work as jobs
from terreau.journal.actions import record
from terreau.selection import perms, portfolio_file, solver
from terreau.selection.models import Committee, PortfolioRun
from terreau.selection.portfolio_rules import File, Portfolio, Rule
from terreau.selection.read import Row, Sheet

KIND = "selection.portfolio"


def files_of(rows: list[Row], minimum_rate: int = 10_000) -> tuple[File, ...]:
    """Return the files still to be decided; ``minimum_rate``: the least useful share of what is asked.

    Rates are in hundredths of a percent. A file whose score or amount is not known cannot be compared: it is
    left out (``left_out``).
    """
    return tuple(
        File(
            str(row.dossier.pk),
            row.scored.score or 0,
            row.dossier.asked_cents or 0,
            max(1, (row.dossier.asked_cents or 0) * minimum_rate // 10_000),
            region=row.dossier.zone.code if row.dossier.zone else "",
            category=row.dossier.category,
            qpv="qpv" in row.marks,
            rural="rural" in row.marks,
        )
        for row in rows
        if not row.decision and comparable(row)
    )


def comparable(row: Row) -> bool:
    """Say whether a file can be compared: it has a score and asks an amount."""
    return row.scored.score is not None and bool(row.dossier.asked_cents)


def problem(  # noqa: PLR0913 - keyword-only: each is a part of what is asked
    found: Sheet,
    rules: list[Rule],
    *,
    envelope: int,
    step: int = 0,
    minimum_rate: int = 10_000,
    decided: Mapping[str, str] | None = None,
) -> Portfolio:
    """Return what the assistant is asked for a call: its limits are those of the call, and these rules."""
    held = decided or {}
    sums = {str(row.dossier.pk): row.cents for row in found.rows}
    files = tuple(
        _kept(one, held.get(one.key, ""), sums.get(one.key))
        for one in files_of(found.rows, minimum_rate if step else 10_000)
    )
    call = found.call
    return Portfolio(envelope, files, tuple(rules), step, call.min_cents or 0, call.max_cents)


def _kept(one: File, decided: str, cents: int | None) -> File:
    """Return a file as the committee proposes it: one that it keeps has the amount that it said."""
    if decided == "in" and cents:
        one = replace(one, asked=cents, minimum=cents)
    return replace(one, decided=decided)  # type: ignore[arg-type]


def start(committee: Committee, asked: Portfolio, *, by: User) -> PortfolioRun:
    """Search in the background; refused while the assistant is off, or the problem cannot be read."""
    perms.require(committee.call, by, *perms.DECIDERS)
    if committee.assistant_at is None:
        words = _("L'assistant est éteint : le comité doit d'abord le demander.")
        raise DomainError("assistant_off", words, status=409)
    if wrong := portfolio_file.problems(asked):
        raise DomainError("cannot_search", wrong[0], facts={"problems": wrong})
    with transaction.atomic():
        row = PortfolioRun.objects.create(committee=committee, problem=portfolio_file.written(asked), by=by)
        record(committee.call.subject, "committee.assistant_searched", by=by, data={"run": row.pk.hex})
        jobs.start(KIND, {"run": str(row.pk)}, by=by)
    row.refresh_from_db()
    return row


def stop(run: PortfolioRun, *, by: User) -> None:
    """Stop a search: at once when it waits, within a second when it goes on."""
    perms.require(run.committee.call, by, *perms.DECIDERS)
    rows = PortfolioRun.objects.filter(pk=run.pk)
    ended = {"stop_asked": True, "state": PortfolioRun.State.STOPPED, "ended_at": timezone.now()}
    if rows.filter(state=PortfolioRun.State.WAITING).update(**ended):
        return
    if not rows.filter(state=PortfolioRun.State.RUNNING).update(stop_asked=True):
        raise DomainError("ended_already", _("Cette recherche est déjà finie."), status=409)


def search(run: PortfolioRun) -> None:
    """Search, and write what is found; one that was asked to stop says so."""
    states = PortfolioRun.State
    going = PortfolioRun.objects.filter(pk=run.pk, state__in=[states.WAITING, states.RUNNING])
    if not going.update(state=states.RUNNING):
        return
    asked = portfolio_file.read(run.problem)

    def stopped() -> bool:
        return PortfolioRun.objects.filter(pk=run.pk, stop_asked=True).exists()

    state: str = states.DONE
    result: dict[str, Any] | None = None
    try:
        if stopped():
            raise solver.TooLong
        found = solver.choose(asked, effort=60.0, prices=30.0, stopped=stopped)
        result = portfolio_file.answer(asked, found)
    except solver.TooLong:
        state = states.STOPPED
    except solver.Failed:
        state = states.FAILED
    PortfolioRun.objects.filter(pk=run.pk).update(state=state, result=result, ended_at=timezone.now())
