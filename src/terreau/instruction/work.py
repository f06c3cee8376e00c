"""Each day: the people of a file whose complements are nearly due are reminded, once; lists are made true."""

from typing import Any

from django.utils import timezone

from terreau.common.batches import batches
from terreau.dossiers.models import Dossier
from terreau.dossiers.states import INSTRUCTED
from terreau.instruction import complements, progress
from terreau.jobs.work import Progress, not_done_today, register

_KIND = "instruction.remind"
_PROJECT = "instruction.project"


@register(_KIND, due=lambda: not_done_today(_KIND))
def remind(job: Progress) -> dict[str, Any]:
    """Remind of the complements whose day comes near; a second run the same day tells nothing more."""
    return {"files": complements.remind(timezone.localdate())}


@register(_PROJECT, due=lambda: not_done_today(_PROJECT))
def project(job: Progress) -> dict[str, Any]:
    """Write again what lists show of the files under instruction: calls change what they ask meanwhile."""
    files = Dossier.objects.filter(state__in=INSTRUCTED).order_by("pk")
    found = list(files.values_list("pk", flat=True))
    for place, some in enumerate(batches(found, 400)):
        progress.project(some)
        job.step(min(len(found), (place + 1) * 400), len(found))
    return {"files": len(found)}
