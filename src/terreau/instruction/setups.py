"""How a call is instructed, as its owner set it; the usual figures until they do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terreau.accounts.models import User
from terreau.calls.models import Call
from terreau.instruction import rules
from terreau.instruction.models import Setup
from terreau.journal.actions import save_fresh


def of(call: Call) -> Setup:
    """Return the settings of a call: those written, else the usual ones with the readers of its grid."""
    found = Setup.objects.filter(pk=call.pk).first()
    if found is not None:
        return found
    asked = call.review.get("reviewers") if isinstance(call.review, Mapping) else None
    return Setup(call=call, each=min(20, int(asked)) if asked else 2)


def change(call: Call, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User) -> Setup:
    """Write the settings over what the person saw."""
    held = of(call)
    Setup.objects.get_or_create(
        pk=call.pk, defaults={name: getattr(held, name) for name in ("each", "days", "complement_days")}
    )
    row = Setup.objects.get(pk=call.pk)
    return save_fresh(row, subject=call.subject, verb="instruction.set", base=base, mine=mine, by=by)


def grid(call: Call, *, lang: str = "fr") -> tuple[rules.Criterion, ...]:
    """Return the criteria of the review grid of a call."""
    return rules.criteria(call.review, lang=lang)
