"""Scanning in the background: at each new piece, then as long as some wait."""

from typing import Any

from terreau.jobs.work import Progress, register
from terreau.pieces import scanning
from terreau.pieces.actions import SCAN


@register(SCAN, due=scanning.due)
def scan(job: Progress) -> dict[str, Any]:
    """Scan what waits; a scanner that is down leaves it waiting, and the report says so."""
    return scanning.scan(scanning.waiting(), job).as_dict()
