"""How euros, hours, square metres and hours of the wall are typed in the forms of shared means."""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from terreau.common import parsing
from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.design.numbers import grouped

_HOURS = re.compile(r"^(\d{1,4})\s*(?:h|:)\s*(\d{1,2})?$", re.IGNORECASE)
_MINUTES = re.compile(r"^(\d{1,4})\s*min(?:utes?)?$", re.IGNORECASE)
#: What nothing shared in a pole goes beyond: ten million euros, a thousand square kilometres.
_MOST_CENTS, _MOST_DM2, _MOST_MINUTES = 1_000_000_000, 2_000_000_000, 600_000


class EurosField(forms.CharField):
    """An amount typed « 12,50 », held as ``Euro``; ``None`` when left empty."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(max_length=30, **kwargs)

    def clean(self, value: Any) -> Any:
        """Return the amount; what cannot be read exactly is refused."""
        if not (text := super().clean(value)):
            return None
        try:
            found = parsing.euros(text)
        except DomainError as error:
            raise ValidationError(str(error.message)) from error
        if not 0 <= found.cents <= _MOST_CENTS:
            raise ValidationError(_("Un montant est positif, et de dix millions d'euros au plus."))
        return found

    def prepare_value(self, value: Any) -> Any:
        """Show cents as they are typed."""
        return typed(Decimal(value.cents) / 100, 2) if isinstance(value, Euro) else value


class HoursField(forms.CharField):
    """A length of time typed « 1 h 30 », « 1,5 » or « 90 min », held in minutes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)

    def clean(self, value: Any) -> Any:
        """Return minutes, ``None`` when left empty."""
        if not (text := super().clean(value)):
            return None
        minutes = _minutes(text.strip())
        if not 0 <= minutes <= _MOST_MINUTES:
            raise ValidationError(_("Cette durée est trop longue pour être vraie."))
        return minutes

    def prepare_value(self, value: Any) -> Any:
        """Show minutes as hours."""
        return hours_said(value) if isinstance(value, int) else value


class SquareMetresField(forms.CharField):
    """A surface typed « 12,5 », held in whole square decimetres."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(max_length=20, **kwargs)

    def clean(self, value: Any) -> Any:
        """Return square decimetres, ``None`` when left empty."""
        if not (text := super().clean(value)):
            return None
        try:
            found = parsing.number(text.replace("m²", "").strip()) * 100
        except DomainError as error:
            raise ValidationError(str(error.message)) from error
        if not 0 < found <= _MOST_DM2 or found != found.to_integral_value():
            raise ValidationError(_("Une surface est plus grande que zéro, à deux décimales au plus."))
        return int(found)

    def prepare_value(self, value: Any) -> Any:
        """Show square decimetres as square metres."""
        return typed(Decimal(value) / 100) if isinstance(value, int) else value


def typed(value: Decimal, decimals: int | None = None) -> str:
    """Return a number as one types it in French, without spaces."""
    return grouped(value, "fr", decimals=decimals).replace("\u202f", "")


def hours_said(minutes: int) -> str:
    """Return « 1 h 30 » for ninety minutes, « 45 min » under an hour."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest}\u00a0min"
    return f"{grouped(hours, 'fr')}\u00a0h\u00a0{rest:02d}" if rest else f"{grouped(hours, 'fr')}\u00a0h"


def day_field(label: Any, **kwargs: Any) -> forms.DateField:
    """Return a field for a day."""
    return forms.DateField(label=label, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), **kwargs)


def time_field(label: Any, **kwargs: Any) -> forms.TimeField:
    """Return a field for an hour of the wall; « 9h30 » is read too."""
    formats = ["%H:%M", "%H:%M:%S", "%Hh%M", "%Hh", "%H h %M", "%H h", "%H"]
    widget = forms.TimeInput({"type": "time", "step": "900"}, format="%H:%M")
    return forms.TimeField(label=label, widget=widget, input_formats=formats, **kwargs)


def bases(form: forms.Form, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return hidden pairs that say what a form showed at first, for ``base_of`` to read back."""
    pairs = []
    for name, field in form.fields.items():
        if name in values:
            shown = field.prepare_value(values[name])
            if isinstance(field, forms.DateField | forms.TimeField):
                shown = field.widget.format_value(shown)
            pairs.append((f"base-{name}", "" if shown in (None, False) else str(shown)))
    return pairs


def base_of(kind: Any, posted: Mapping[str, Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
    """Return the values that a form showed at first, from its hidden pairs; unreadable ones are absent."""
    data = {key.removeprefix("base-"): posted[key] for key in posted if key.startswith("base-")}
    form = kind(*args, data, **kwargs)
    form.is_valid()
    return {name: value for name, value in form.cleaned_data.items() if name in data}


def _minutes(text: str) -> int:
    if found := _HOURS.match(text.replace("\u00a0", " ")):
        return int(found[1]) * 60 + int(found[2] or 0)
    if found := _MINUTES.match(text.replace("\u00a0", " ")):
        return int(found[1])
    try:
        hours = parsing.number(text)
    except DomainError as error:
        raise ValidationError(_("Une durée s'écrit 1 h 30, 1,5 ou 90 min.")) from error
    return int((hours * 60).to_integral_value(ROUND_HALF_UP))
