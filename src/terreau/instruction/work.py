"""Each day: the people of a file whose complements are nearly due are reminded, once."""

from typing import Any

from django.utils import timezone

from terreau.instruction import complements
from terreau.jobs.work import Progress, not_done_today, register

_KIND = "instruction.remind"


@register(_KIND, due=lambda: not_done_today(_KIND))
def remind(job: Progress) -> dict[str, Any]:
    """Remind of the complements whose day comes near; a second run the same day tells nothing more."""
    return {"files": complements.remind(timezone.localdate())}
