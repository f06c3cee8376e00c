"""Which opinions a call asks, of whom, and at which stage none may be missing (R-85)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.calls.models import Call, Sponsor

ASKED, MANDATORY = "asked", "mandatory"


@dataclass(frozen=True, slots=True)
class Asked:
    """An opinion that a call asks. ``key``: the code of a stage, or ``sponsor:<key>``."""

    key: str
    label: str
    mandatory: bool
    stage: str = ""
    sponsor: int | None = None


def of_call(call: Call) -> list[Asked]:
    """Return the opinions that a call asks: those of its stages, then those of its sponsors; one query."""
    stages = [_of_stage(row) for row in call.stages if isinstance(row, Mapping)]
    rows = Sponsor.objects.filter(call=call, opinion__in=[ASKED, MANDATORY]).order_by("rank", "pk")
    return [
        *(one for one in stages if one is not None),
        *(Asked(key_of(one), one.name, one.opinion == MANDATORY, "", one.pk) for one in rows),
    ]


def key_of(sponsor: Sponsor) -> str:
    """Return the key of the opinion of a sponsor."""
    return f"sponsor:{sponsor.pk}"


def _of_stage(row: Mapping[str, Any]) -> Asked | None:
    if row.get("opinion") not in {ASKED, MANDATORY}:
        return None
    code = str(row["code"])
    english = (get_language() or "fr").startswith("en")
    usual = {"region": _("la région"), "national": _("le niveau national"), "committee": _("le comité")}
    label = str((english and row.get("label_en")) or row.get("label") or usual.get(code, code))
    return Asked(code, label, row["opinion"] == MANDATORY, code)


__all__ = ["Asked", "key_of", "of_call"]
