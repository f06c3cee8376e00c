"""What the founding studies say of poles, beside one's own figures: informative, never an alert (R-100)."""

from typing import Final

from terreau.actors.models import Actor
from terreau.facts.read import FactView, by_subject

#: Who published the studies of 2013 that the third seed cites.
_KEY: Final = "labo-ess"
BUDGET, MEMBERS = "survey.cell_budget", "survey.mean_members"


def references() -> dict[str, FactView]:
    """Return the budget of a cell and the number of structures of a pole, with their source, when known."""
    source = Actor.objects.filter(key=_KEY).values_list("pk", flat=True).first()
    if source is None:
        return {}
    views = by_subject(source, codes=(BUDGET, MEMBERS)).get(source, [])
    return {view.code: view for view in reversed(views)}
