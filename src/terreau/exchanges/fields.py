"""Fields of the room: amounts, unit prices, quantities and hours as people write them, held as integers."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.common import parsing
from terreau.common.errors import DomainError
from terreau.exchanges import rules

_DECIMAL = {"inputmode": "decimal", "autocomplete": "off"}
#: Nothing here is worth or weighs more: a larger number is a slip of the keyboard.
_MOST = 10**14


class WholeField(forms.CharField):
    """A number typed in French, held as a whole number; ``None`` when nothing is typed."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs=_DECIMAL))
        kwargs.setdefault("max_length", 30)
        super().__init__(**kwargs)

    def read(self, typed: str) -> int:
        """Return the whole number; raise ``ValidationError`` with what to write."""
        raise NotImplementedError

    def clean(self, value: Any) -> int | None:
        """Return the number that was typed, or ``None``."""
        typed = str(super().clean(value)).strip()
        if not typed:
            return None
        found = self.read(typed)
        if not 0 <= found <= _MOST:
            raise forms.ValidationError(_("Ce nombre est négatif, ou trop grand pour être vrai."))
        return found

    def prepare_value(self, value: Any) -> Any:
        """Return what the field shows: what was typed, else the number as people write it."""
        return self.write(value) if isinstance(value, int) else value

    def write(self, value: int) -> str:
        """Return the number as it is typed."""
        raise NotImplementedError


class EurosField(WholeField):
    """An amount in euros, in cents."""

    def read(self, typed: str) -> int:
        """Read it to the cent."""
        try:
            return parsing.euros(typed).cents
        except DomainError as error:
            raise forms.ValidationError(str(error.message)) from error

    def write(self, value: int) -> str:
        """Write « 12,50 »."""
        return f"{value // 100},{value % 100:02d}"


class ScaledField(WholeField):
    """A number held in parts of a unit: thousandths of a quantity, thousandths of a cent of a price."""

    scale = rules.THOUSAND
    decimals = 3
    words = gettext_lazy("Écrivez un nombre, avec trois décimales au plus : 12,5 par exemple.")

    def read(self, typed: str) -> int:
        """Read it exactly."""
        found = rules.whole(typed.replace("€", ""), self.scale)
        if found is None:
            raise forms.ValidationError(str(self.words))
        return found

    def write(self, value: int) -> str:
        """Write it without useless zeros."""
        whole, rest = divmod(value, self.scale)
        part = f"{rest:0{self.decimals}d}".rstrip("0")
        return f"{whole},{part}" if part else str(whole)


class QuantityField(ScaledField):
    """A quantity, in thousandths of its unit."""


class UnitPriceField(ScaledField):
    """A price of one unit, in thousandths of a cent: a kilowatt-hour has five decimals."""

    scale, decimals = 100_000, 5
    words = gettext_lazy("Écrivez un prix en euros, avec cinq décimales au plus : 0,152 par exemple.")


class PercentField(ScaledField):
    """A percentage, in hundredths."""

    scale, decimals = 100, 2
    words = gettext_lazy("Écrivez un pourcentage, avec deux décimales au plus : 2,5 par exemple.")

    def read(self, typed: str) -> int:
        """Read it between zero and a hundred."""
        found = super().read(typed.replace("%", ""))
        if found > 10_000:
            raise forms.ValidationError(_("Un pourcentage est entre 0 et 100."))
        return found


class HoursField(WholeField):
    """Hours, in minutes."""

    def read(self, typed: str) -> int:
        """Read « 12,5 » or « 12 h 30 »."""
        found = rules.typed_minutes(typed)
        if found is None:
            raise forms.ValidationError(_("Écrivez des heures : 120, 12,5 ou 12 h 30."))
        if found > 2_000_000_000:
            raise forms.ValidationError(_("Ce nombre est négatif, ou trop grand pour être vrai."))
        return found

    def write(self, value: int) -> str:
        """Write « 12 h 30 »."""
        hours, rest = divmod(value, 60)
        return f"{hours} h {rest:02d}" if rest else str(hours)


def day(label: Any, *, required: bool = False, hint: Any = "") -> forms.DateField:
    """Return a field for a day."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, help_text=hint, widget=widget)


def area(rows: int = 3) -> forms.Textarea:
    """Return a widget of several lines."""
    return forms.Textarea(attrs={"rows": rows})


__all__ = [
    "EurosField",
    "HoursField",
    "PercentField",
    "QuantityField",
    "UnitPriceField",
    "WholeField",
    "area",
    "day",
]
