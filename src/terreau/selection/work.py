"""Long work of the room: a search of the portfolio assistant."""

from typing import Any

from terreau.jobs.work import Progress, register
from terreau.selection import assisting
from terreau.selection.models import PortfolioRun


@register(assisting.KIND)
def search(job: Progress) -> dict[str, Any]:
    """Search for one run; started again after a kill, it begins again."""
    run = PortfolioRun.objects.filter(pk=job.arguments["run"]).first()
    if run is not None:
        assisting.search(run)
    return {"run": job.arguments["run"]}
