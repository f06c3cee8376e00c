"""The presentation of a pole: a fact like another, repeated in a column that the pages read."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import F

from terreau.facts.models import CurrentFact
from terreau.poles.models import Pole

SUMMARY = "pole.summary"


def project(poles: Collection[UUID]) -> int:
    """Bring the column of these poles to the fact held; return how many changed.

    A pole that nobody presented by a fact keeps what its content file says.
    """
    changed = 0
    for row in CurrentFact.objects.filter(subject__in=poles, code=SUMMARY, rank=0).order_by("subject"):
        told = {"fr": row.text, **({"en": row.text_en} if row.text_en else {})}
        rows = Pole.objects.filter(pk=row.subject_id).exclude(summary=told)
        changed += rows.update(summary=told, version=F("version") + 1)
    return changed
