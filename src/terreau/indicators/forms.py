"""What people fill in about indicators; amounts are read in the unit of the indicator."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from terreau.common.errors import DomainError
from terreau.design.forms import BaseForm
from terreau.facts import catalogue
from terreau.facts.models import Status
from terreau.indicators import amounts
from terreau.indicators.models import Indicator

#: What a person may say of a figure that they bring; the application alone computes.
SAYABLE = [
    (Status.DECLARED, _("déclaré : nous le disons")),
    (Status.JUSTIFIED, _("justifié : un document le montre")),
    (Status.ESTIMATED, _("estimé : nous l'avons approché")),
]
AMOUNTS = ("baseline", "target")


def day_field(label: Any, *, required: bool = False, help_text: Any = "") -> forms.DateField:
    """Return a field for a day, drawn by the browser."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget, help_text=help_text)


class IndicatorForm(BaseForm):
    """An indicator of the pole: its name, how it is measured, where it starts and where it should go."""

    label = forms.CharField(label=_("Nom de l'indicateur"), max_length=160)
    unit = forms.CharField(
        label=_("Unité de mesure"), max_length=40, help_text=_("Par exemple : repas, heures, personnes, %.")
    )
    family = forms.ChoiceField(label=_("Que mesure-t-il ?"), choices=Indicator.Family.choices)
    beneficiaries = forms.ChoiceField(
        label=_("Pour qui ?"), choices=Indicator.Beneficiaries.choices, required=False
    )
    method = forms.CharField(
        label=_("Comment le mesurez-vous ?"),
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Ce que l'on compte, quand, et où l'on trouve le chiffre."),
    )
    baseline = forms.CharField(label=_("Point de départ"), max_length=30, required=False)
    baseline_on = day_field(_("Date du point de départ"))
    target = forms.CharField(label=_("Cible"), max_length=30, required=False)
    target_on = day_field(_("Échéance de la cible"))
    public = forms.BooleanField(
        label=_("Montrer cet indicateur à tout le monde"),
        required=False,
        help_text=_("Sans cela, il reste dans l'espace du pôle."),
    )
    ended_on = day_field(_("Dernier jour du suivi"), help_text=_("Laissez vide tant que vous le suivez."))

    def clean(self) -> dict[str, Any]:
        """Read the amounts in the unit that is being given."""
        data = super().clean() or {}
        unit = unit_code(str(data.get("unit", "")))
        data["unit"] = unit
        for name in AMOUNTS:
            try:
                data[name] = amounts.read(str(data.get(name, "")), unit)
            except DomainError as error:
                self.add_error(name, str(error.message))
        return data


def unit_code(typed: str) -> str:
    """Return the unit of the catalogue that somebody named, or their own words."""
    wanted = typed.strip()
    for code, unit in catalogue.load().units.items():
        if wanted.casefold() in {code.casefold(), unit.symbol.casefold(), *_words(unit)} - {""}:
            return code
    return wanted


def _words(unit: catalogue.Unit) -> set[str]:
    return {word.casefold() for word in (*unit.many.values(), *unit.one.values())}


def shown(row: Indicator) -> dict[str, str]:
    """Return the fields of an indicator as its form shows them."""
    values: dict[str, Any] = {name: getattr(row, name) for name in IndicatorForm.base_fields}
    for name in AMOUNTS:
        values[name] = amounts.typed(values[name])
    values["unit"] = amounts.unit_label(row.unit) or row.unit
    return {name: _typed(value) for name, value in values.items()}


def _typed(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else ""
    return value.isoformat() if isinstance(value, date) else str(value if value is not None else "")


def base_of(posted: Mapping[str, str]) -> dict[str, Any] | None:
    """Return what the person had seen, from the hidden fields; None when they were tampered with."""
    seen = {name: str(posted.get(f"vu-{name}", "")) for name in IndicatorForm.base_fields}
    form = IndicatorForm(seen)
    return dict(form.cleaned_data) if form.is_valid() else None


class ValueForm(BaseForm):
    """The value of a period."""

    first = day_field(_("Premier jour de la période"), required=True)
    last = day_field(_("Dernier jour de la période"), required=True)
    amount = forms.CharField(label=_("Valeur mesurée"), max_length=30)
    status = forms.ChoiceField(label=_("Degré de preuve"), choices=SAYABLE)
    how = forms.CharField(label=_("D'où vient ce chiffre ?"), max_length=300, required=False)

    def __init__(self, unit: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit = unit
        self.fields["amount"].help_text = amounts.unit_label(unit)

    def clean_amount(self) -> int:
        """Read the amount in the unit of the indicator."""
        try:
            amount = amounts.read(self.cleaned_data["amount"], self.unit)
        except DomainError as error:
            raise forms.ValidationError(str(error.message)) from error
        if amount is None:
            raise forms.ValidationError(str(_("Donnez une valeur.")))
        return amount


class CorrectionForm(BaseForm):
    """A correction: the right value, or none when the figure should not have been given."""

    amount = forms.CharField(
        label=_("Valeur juste"),
        max_length=30,
        required=False,
        help_text=_("Laissez vide pour retirer cette valeur : la période redevient inconnue."),
    )
    status = forms.ChoiceField(label=_("Degré de preuve"), choices=SAYABLE)
    how = forms.CharField(label=_("D'où vient ce chiffre ?"), max_length=300, required=False)
    reason = forms.CharField(label=_("Pourquoi corriger ?"), max_length=300)

    def __init__(self, unit: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit = unit

    def clean_amount(self) -> int | None:
        """Read the amount in the unit of the indicator."""
        try:
            return amounts.read(self.cleaned_data["amount"], self.unit)
        except DomainError as error:
            raise forms.ValidationError(str(error.message)) from error
