"""Long work of the room: telling every applicant of a call what was decided, once it is published."""

from typing import Any

from terreau.dossiers import announcing, moving
from terreau.dossiers.models import Dossier
from terreau.jobs.work import Progress, register


@register(announcing.KIND)
def announce(job: Progress) -> dict[str, Any]:
    """Tell the people of each decided file of a call; run again, it tells nobody twice."""
    rows = Dossier.objects.filter(call=job.arguments["call"], state__in=announcing.DECISIONS)
    files = list(rows.select_related("call", "subject", "applicant", "pole__actor").order_by("number"))
    for place in range(job.checkpoint.get("done", 0), len(files)):
        moving.tell_decision(files[place])
        job.step(place + 1, len(files), done=place + 1)
    return {"files": len(files)}
