"""Words of the workspace: hours and quantities as people say them, what a line is for."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import template
from django.utils.translation import get_language

from terreau.design.numbers import with_unit
from terreau.flows.models import Flow
from terreau.poles import hours as hours_of
from terreau.sheets import book, week
from terreau.sheets.purposes import Purpose
from terreau.sheets.week import Gist, Waiting

register = template.Library()


@register.filter
def gist(rows: Sequence[Waiting]) -> Gist:
    """Return what is shown of a long list of things that wait, and the rest."""
    return week.gist(rows)


@register.filter
def hours(thousandths: int | None) -> str:
    """Return thousandths of an hour as « 2 h 30 »."""
    return hours_of.said(thousandths or 0)


@register.filter
def quantity(line: Any) -> str:
    """Return the quantity of a line or of a sum in its unit; nothing when it has none."""
    if not line.unit or line.thousandths is None:
        return ""
    return amount(line.thousandths, line.unit)


@register.filter
def amount(thousandths: int, unit: str) -> str:
    """Return thousandths of a unit as they are read beside it."""
    if unit == "hours":
        return hours_of.said(thousandths)
    value = thousandths / 1000
    return with_unit(value, book.unit_sign(unit), get_language() or "fr")


@register.filter
def about(line: Flow | Any, named: Mapping[UUID, Purpose]) -> Purpose | None:
    """Return what a line is for, when it is of the workspace."""
    purpose = getattr(line, "purpose_id", None)
    return named.get(purpose) if purpose else None


@register.filter
def choice_label(choices: Any, code: str) -> str:
    """Return the words of a code among choices."""
    return str(dict(choices).get(code, code))


@register.filter
def correction(line: Flow) -> Flow | None:
    """Return the line that corrects a line, when there is one."""
    found: Flow | None = getattr(line, "reversed_by", None)
    return found
