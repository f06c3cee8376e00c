"""Forms of the page of envelopes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from terreau.design.forms import BaseForm
from terreau.exchanges.fields import EurosField, area


class OpenForm(BaseForm):
    """A new envelope; ``places`` are what it may be taken out of and what it may be for.

    ``key``: that of the form as it was shown; sent twice, it opens one.
    """

    key = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)
    name = forms.CharField(label=gettext_lazy("Nom de l'enveloppe"), max_length=200)
    cents = EurosField(label=gettext_lazy("Montant en euros"))
    parent = forms.ChoiceField(label=gettext_lazy("Prise sur"), required=False)
    strand = forms.ChoiceField(label=gettext_lazy("Volet"), required=False)
    call = forms.ChoiceField(label=gettext_lazy("Appel"), required=False)
    sponsor = forms.ChoiceField(label=gettext_lazy("Financeur"), required=False)
    year = forms.IntegerField(label=gettext_lazy("Exercice"), min_value=1980, max_value=2200, required=False)
    source = forms.CharField(label=gettext_lazy("Source du montant"), max_length=300, required=False)

    def __init__(self, *args: Any, places: dict[str, list[tuple[str, str]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in places.items():
            self.fields[name].choices = [("", "–"), *choices]  # type: ignore[attr-defined]
            if not choices:
                self.fields.pop(name)


class BudgetForm(BaseForm):
    """Adding to an envelope, or cutting it; ``key`` as above."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)
    way = forms.ChoiceField(
        label=gettext_lazy("Mouvement"),
        choices=[("more", gettext_lazy("ajouter")), ("less", gettext_lazy("retirer"))],
    )
    cents = EurosField(label=gettext_lazy("Montant en euros"))
    reason = forms.CharField(label=gettext_lazy("Pourquoi"), max_length=300, widget=area(2))


class ScenarioForm(BaseForm):
    """So many poles, so much each, so many years."""

    poles = forms.IntegerField(label=gettext_lazy("Nombre de pôles"), min_value=0, max_value=10_000)
    aid = EurosField(label=gettext_lazy("Aide à chacun par an, en euros"))
    years = forms.IntegerField(label=gettext_lazy("Années"), min_value=1, max_value=20, initial=1)
