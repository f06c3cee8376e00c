"""Fields that the pages of the workspace share: money, time, what a line is for; where a refusal is shown."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.common.parsing import euros
from terreau.poles import hours
from terreau.poles.workspace import refused

#: Bytes of what makes that a form sent twice writes once.
_KEY_BYTES = 12


def new_key() -> str:
    """Return what a form carries so that it writes once, however often it is sent."""
    return secrets.token_urlsafe(_KEY_BYTES)


class MoneyField(forms.CharField):
    """An amount typed « 12,50 », read as whole cents."""

    def __init__(self, **values: Any) -> None:
        values.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(**values)

    def clean(self, value: Any) -> Euro | None:
        """Return the amount, nothing when nothing was typed."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return euros(text)
        except DomainError as error:
            raise forms.ValidationError(str(error.message)) from error


class TimeField(forms.CharField):
    """A time typed « 1 h 30 », « 1,5 » or « 90 min », read as minutes."""

    def __init__(self, **values: Any) -> None:
        values.setdefault("help_text", gettext_lazy("Par exemple : 1 h 30, 1,5 ou 90 min."))
        super().__init__(**values)

    def clean(self, value: Any) -> int | None:
        """Return the minutes, nothing when nothing was typed."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return hours.parse(text)
        except DomainError as error:
            raise forms.ValidationError(str(error.message)) from error


class DayField(forms.DateField):
    """A day, chosen or typed."""

    def __init__(self, **values: Any) -> None:
        values.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(**values)


def shown(form: forms.BaseForm, error: DomainError, names: Mapping[str, str] | None = None) -> None:
    """Put a refusal beside the fields that it names: one, or each problem of a line of the ledger."""
    problems = error.facts.get("problems")
    if not problems:
        refused(form, error, names)
        return
    for problem in problems:
        field = (names or {}).get(problem["field"], problem["field"])
        form.add_error(field if field in form.fields else None, problem["message"])
