"""Forms of services: a month to prepare, something typed, a price, a commission."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.actors.models import Actor
from terreau.billing import pricing, rules
from terreau.billing.fields import PartyField, chosen, outside_field
from terreau.billing.models import CommissionRule, PriceRule
from terreau.billing.months import Month
from terreau.design.forms import BaseForm
from terreau.exchanges.fields import EurosField, PercentField, QuantityField, day
from terreau.means.models import Means
from terreau.poles.book import Party


class MonthField(forms.CharField):
    """A month as browsers give it, 2026-10; ``clean`` gives a ``Month``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=10, widget=forms.TextInput(attrs={"type": "month"}), **kwargs)

    def clean(self, value: Any) -> Any:
        """Return the month."""
        typed = super().clean(value)
        try:
            return Month(date.fromisoformat(f"{typed}-01"))
        except ValueError as error:
            raise forms.ValidationError(_("Écrivez un mois : 2026-10.")) from error


class MonthForm(BaseForm):
    """The month whose services are billed."""

    month = MonthField(label=gettext_lazy("Mois à facturer"))


class ChargeForm(BaseForm):
    """Something to bill, typed."""

    seller = PartyField(label=gettext_lazy("Qui facture"))
    buyer = PartyField(label=gettext_lazy("Qui paie"))
    other = outside_field()
    on = day(gettext_lazy("Jour du service"), required=True)
    label = forms.CharField(label=gettext_lazy("Désignation"), max_length=300)
    quantity = QuantityField(label=gettext_lazy("Quantité"), required=False)
    price = EurosField(label=gettext_lazy("Prix unitaire hors taxe"))
    key = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, parties: Iterable[Party], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = list(parties)
        self.fields["seller"].set_parties(rows)  # type: ignore[attr-defined]
        self.fields["buyer"].set_parties(rows, empty=_("– choisir –"))  # type: ignore[attr-defined]
        self.payer: Actor | None = None

    def clean(self) -> dict[str, Any]:
        """Find who pays."""
        values: dict[str, Any] = super().clean() or {}
        self.payer = chosen(self, "buyer", "other")
        return values


class DropForm(BaseForm):
    """Why something is not billed."""

    about = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(label=gettext_lazy("Pourquoi ce n'est pas facturé"), max_length=200)


class EndForm(BaseForm):
    """A price or a commission that stops."""

    about = forms.UUIDField(widget=forms.HiddenInput)


class _Taxed(BaseForm):
    """What a price and a commission have in common."""

    vat = PercentField(
        label=gettext_lazy("TVA en %"),
        required=False,
        help_text=gettext_lazy("Vide : celle des conditions du vendeur."),
    )
    valid_from = day(gettext_lazy("À partir du"), required=True)

    @property
    def tax(self) -> dict[str, Any]:
        """The tax as columns of a row."""
        rate = self.cleaned_data.get("vat")
        return {"vat_code": rules.STANDARD, "vat_rate": rate} if rate else {"vat_code": "", "vat_rate": 0}


class PriceForm(_Taxed):
    """A price."""

    label = forms.CharField(label=gettext_lazy("Nom du service"), max_length=120)
    seller = PartyField(label=gettext_lazy("Qui facture"))
    about = forms.ChoiceField(label=gettext_lazy("D'après"), choices=PriceRule.About.choices)
    means = forms.ChoiceField(label=gettext_lazy("Un seul moyen partagé"), required=False)
    who = forms.ChoiceField(label=gettext_lazy("Pour qui"), choices=PriceRule.Who.choices, required=False)
    how = forms.ChoiceField(label=gettext_lazy("Compté"), choices=PriceRule.How.choices)
    price = EurosField(label=gettext_lazy("Prix hors taxe"), required=False)
    percent = PercentField(label=gettext_lazy("Ou pourcentage"), required=False)
    at_least = QuantityField(
        label=gettext_lazy("À partir de combien d'heures dans le mois"),
        required=False,
        help_text=gettext_lazy("Vide : dès la première."),
    )
    field_order = (
        *("label", "seller", "about", "means", "who", "how", "price", "percent", "at_least"),
        *("vat", "valid_from"),
    )

    def __init__(self, parties: Iterable[Party], means: Iterable[Means], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seller"].set_parties(parties)  # type: ignore[attr-defined]
        self.fields["means"].choices = [  # type: ignore[attr-defined]
            ("", _("tous ceux de qui facture")),
            *((str(one.pk), one.name) for one in means),
        ]

    def clean(self) -> dict[str, Any]:
        """Ask for the amount that the way of counting needs."""
        values: dict[str, Any] = super().clean() or {}
        percent = values.get("how") == pricing.PERCENT
        if percent and not values.get("percent") and "percent" not in self.errors:
            self.add_error("percent", _("Donnez le pourcentage."))
        if not percent and values.get("price") is None and "price" not in self.errors:
            self.add_error("price", _("Donnez le prix."))
        allowed = {
            pricing.MONTH: {pricing.FLAT},
            pricing.PURCHASE: {pricing.FLAT, pricing.PERCENT},
        }.get(values.get("about", ""), {pricing.UNIT, pricing.FLAT})
        if values.get("how") and values["how"] not in allowed:
            self.add_error("how", _("Cette façon de compter ne va pas avec ce service."))
        return values

    @property
    def columns(self) -> dict[str, Any]:
        """What was typed, as columns of a price."""
        values = self.cleaned_data
        percent = values["how"] == pricing.PERCENT
        return {
            "label": values["label"],
            "seller_id": values["seller"],
            "about": values["about"],
            "means_id": values["means"] or None,
            "who": values["who"],
            "how": values["how"],
            "cents": None if percent else values["price"],
            "hundredths": values["percent"] if percent else None,
            "at_least": values["at_least"] or 0,
            "valid_from": values["valid_from"],
            **self.tax,
        }


class CommissionForm(_Taxed):
    """A commission."""

    label = forms.CharField(label=gettext_lazy("Nom de la commission"), max_length=120)
    about = forms.ChoiceField(label=gettext_lazy("D'après"), choices=CommissionRule.About.choices)
    payee = PartyField(label=gettext_lazy("Due à"), required=False)
    percent = PercentField(label=gettext_lazy("Pourcentage de l'affaire"), required=False)
    flat = EurosField(label=gettext_lazy("Part fixe"), required=False)
    cap = EurosField(label=gettext_lazy("Plafond"), required=False)
    field_order = ("label", "about", "payee", "percent", "flat", "cap", "vat", "valid_from")

    def __init__(self, parties: Iterable[Party], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payee"].set_parties(parties, empty=_("qui a apporté l'affaire"))  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for an amount."""
        values: dict[str, Any] = super().clean() or {}
        if not values.get("percent") and not values.get("flat") and not self.errors:
            self.add_error("percent", _("Donnez un pourcentage, une part fixe, ou les deux."))
        return values

    @property
    def columns(self) -> dict[str, Any]:
        """What was typed, as columns of a commission."""
        values = self.cleaned_data
        return {
            "label": values["label"],
            "about": values["about"],
            "payee_id": values["payee"] or None,
            "hundredths": values["percent"] or 0,
            "flat_cents": values["flat"] or 0,
            "cap_cents": values["cap"] or None,
            "valid_from": values["valid_from"],
            **self.tax,
        }
