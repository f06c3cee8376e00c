"""The weight of the members of a pole, which stands apart: it is never the pole's (R-99).

Members share their figures datum by datum (R-08). The animators of the pole read what is shared; its other
people read a sum only when it hides each of them. The sum that the pole itself publishes is for everybody.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from terreau.common.money import Euro
from terreau.facts.read import FactView, by_subject
from terreau.governance import sharing
from terreau.poles.models import Membership, Pole
from terreau.poles.workspace import Workspace

#: Below this many members a sum would tell one of them what another said.
FEWEST: Final = 3
_CODES: Final = ("member.turnover", "member.employees_fte")
_OF_POLE: Final = ("pole.turnover", "pole.jobs")


@dataclass(frozen=True, slots=True)
class Weight:
    """Sums over the members who share: euros, full-time equivalents; None when hidden or unknown."""

    members: int
    turnover: Euro | None
    turnover_of: int
    jobs: Decimal | None
    jobs_of: int
    hidden: bool
    declared: tuple[FactView, ...]


def weight(ws: Workspace) -> Weight:
    """Return what the members weigh together, from the last figure that each shares with the pole."""
    shared = sharing.by_member(ws.pole, ws.today)
    values: dict[str, list[Decimal | Euro]] = {code: [] for code in _CODES}
    for figures in shared.values():
        for code in _CODES:
            if views := figures.get(code):
                found = views[0].value
                if isinstance(found, Euro | Decimal | int):
                    values[code].append(found if isinstance(found, Euro) else Decimal(found))
    turnovers = [one for one in values["member.turnover"] if isinstance(one, Euro)]
    jobs = [one for one in values["member.employees_fte"] if isinstance(one, Decimal)]
    few = [0 < len(found) < FEWEST and not ws.runs for found in (turnovers, jobs)]
    return Weight(
        members=members_on(ws.pole, ws),
        turnover=None if few[0] or not turnovers else Euro(sum(one.cents for one in turnovers)),
        turnover_of=len(turnovers),
        jobs=None if few[1] or not jobs else sum(jobs, Decimal(0)),
        jobs_of=len(jobs),
        hidden=any(few),
        declared=tuple(by_subject(ws.pole.pk, codes=_OF_POLE).get(ws.pole.pk, [])),
    )


def members_on(pole: Pole, ws: Workspace) -> int:
    """Return how many organisations are members of the pole today."""
    rows = Membership.objects.filter(pole=pole).exclude(valid_to__lte=ws.today)
    return rows.exclude(valid_from__gt=ws.today).values("actor").distinct().count()
