"""When a figure is secret, and how far around it nothing may be excluded (facts-around §2)."""

from dataclasses import dataclass

from terreau.publication.policies import Policy
from terreau.publication.systems import Need

#: Why a figure is secret: too few contributors, one that weighs too much, too few changes since it was
#: shown last.
FEW, DOMINANT, DIFFERENCE = "few", "dominant", "difference"
#: Why a figure is hidden though it is no secret: it would give a neighbour away.
NEIGHBOUR = "neighbour"


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the rules look at: the value, how many contribute, what the largest brings."""

    value: int
    contributors: int
    largest: int


def secret(figure: Weighed, policy: Policy) -> tuple[str, Need] | None:
    """Return why a figure is secret and what it needs, None when it may be shown.

    Fewer contributors than ``least``, or one that brings more than ``share`` percent. The need is
    ``protection`` percent each way, one unit at least (a count of 1 could be 0 or 2); for a dominated
    amount, upwards, as far as the total of which the largest would bring ``share`` percent.
    """
    if figure.contributors == 0:
        return None
    around = max(1, -(-figure.value * policy.protection // 100))
    down = min(figure.value, around)
    if figure.contributors < policy.least:
        return FEW, Need(around, down)
    if policy.share is None or figure.largest * 100 <= policy.share * figure.value:
        return None
    undominated = -(-figure.largest * 100 // policy.share) - figure.value
    return DOMINANT, Need(max(around, undominated), down)


def secret_change(change: int, changed: Weighed, policy: Policy) -> tuple[str, Need] | None:
    """Return why the change of a figure since it was shown is secret, and what it needs.

    ``changed`` weighs what moved: the sum of the moves whatever their way, how many contributors moved, the
    largest move. Somebody who kept the figure shown last time reads the difference as a figure of its own.
    """
    found = secret(changed, policy)
    around = max(1, -(-abs(change) * policy.protection // 100))
    return (DIFFERENCE, Need(around, around)) if found else None
