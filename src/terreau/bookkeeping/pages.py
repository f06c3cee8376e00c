"""What the pages of books share: the period that is asked, fields of days and money."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import F, IntegerField, QuerySet
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils.translation import gettext as _

from terreau.common import parsing
from terreau.common.errors import DomainError
from terreau.design.paging import Page, keyset
from terreau.flows.models import Flow
from terreau.poles.workspace import Workspace

_OLDEST, _LATEST = 1990, 2200


def asked_year(request: HttpRequest, default: int) -> int:
    """Return ``?annee=``; one that cannot be a year is said (422)."""
    text = request.GET.get("annee", "")
    if not text:
        return default
    if not text.isdecimal() or not _OLDEST <= int(text) <= _LATEST:
        raise DomainError("not_a_year", _("Une année s'écrit en quatre chiffres : 2026."))
    return int(text)


def years_of(ws: Workspace, shown: int) -> list[int]:
    """Return the years that have lines, this one and the one that is shown, the last first."""
    held = {day.year for day in Flow.objects.filter(book=ws.pole.pk).order_by().dates("on", "year")}
    return sorted({*held, ws.today.year, shown}, reverse=True)


def span(year: int) -> tuple[date, date]:
    """Return the two days of a year."""
    return date(year, 1, 1), date(year, 12, 31)


def last_first(rows: QuerySet[Flow], cursor: str | None, limit: int = 40) -> Page[Flow]:
    """Return one page of lines of a book, the last written first."""
    ranked = rows.annotate(back=Cast(0 - F("rank"), IntegerField()))
    return keyset(ranked, ["back"], limit=limit, cursor=cursor)


class DayField(forms.DateField):
    """A day, chosen or typed."""

    def __init__(self, **values: Any) -> None:
        values.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(**values)


class CentsField(forms.CharField):
    """An amount typed « 12,50 », read as whole cents."""

    def __init__(self, **values: Any) -> None:
        values.setdefault("max_length", 20)
        values.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(**values)

    def clean(self, value: Any) -> int | None:
        """Return the cents, nothing when nothing was typed."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return parsing.euros(text).cents
        except DomainError as error:
            raise forms.ValidationError(str(error.message)) from error
