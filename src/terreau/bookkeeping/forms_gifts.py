"""The forms of gifts: what is said of one, a rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from terreau.bookkeeping import gifts, said
from terreau.bookkeeping.models import Contribution, Rate
from terreau.bookkeeping.pages import CentsField, DayField
from terreau.design.forms import BaseForm
from terreau.flows import rules as ledger
from terreau.flows.models import Method, Nature


class GiftForm(BaseForm):
    """In which role, for which function, worth what; for who animates, whether it is paid elsewhere."""

    role = forms.ChoiceField(
        label=gettext_lazy("En quel rôle"),
        required=False,
        choices=[("", gettext_lazy("je ne sais pas")), *Contribution.Role.choices],
        help_text=gettext_lazy("Le bénévolat va aux comptes 864 et 875, une personne prêtée aux 862 et 871."),
    )
    function = forms.ChoiceField(
        label=gettext_lazy("Pour quelle fonction du pôle"),
        required=False,
        choices=[("", gettext_lazy("aucune en particulier")), *gifts.FUNCTIONS.choices],
    )
    rate = forms.ChoiceField(label=gettext_lazy("Valeur, par un taux du pôle"), required=False)
    elsewhere = forms.ChoiceField(
        label=gettext_lazy("Est-ce déjà payé ailleurs ?"),
        required=False,
        choices=[
            ("", gettext_lazy("la règle décide")),
            ("oui", gettext_lazy("oui : ne pas le compter comme un don")),
            ("non", gettext_lazy("non : c'est bien un don")),
        ],
    )
    elsewhere_why = forms.CharField(label=gettext_lazy("Comment on le sait"), required=False, max_length=300)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def __init__(self, rates: Sequence[Rate], *args: Any, decides: bool, time: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rates = {one.pk.hex: one for one in rates}
        choices = [("", gettext_lazy("sans valeur")), *((one.pk.hex, named(one)) for one in rates)]
        self.fields["rate"].choices = choices  # type: ignore[attr-defined]
        if not rates:
            del self.fields["rate"]
        if not decides:
            del self.fields["elsewhere"], self.fields["elsewhere_why"]
        if not time:
            del self.fields["role"]

    def clean(self) -> dict[str, Any]:
        """Ask why when somebody decides."""
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        if typed.get("elsewhere") and not typed.get("elsewhere_why", "").strip():
            self.add_error("elsewhere_why", gettext_lazy("Dites comment on le sait."))
        return typed


def named(rate: Rate) -> str:
    """Return a rate as a list offers it: what, how much, per what."""
    return f"{rate.what} · {said.euros(rate.cents)} {said.EACH[rate.unit]}"


class RateForm(BaseForm):
    """A rate: what it values, how much, by which method, since when, from where."""

    what = forms.CharField(
        label=gettext_lazy("Ce qui est valorisé"),
        max_length=120,
        help_text=gettext_lazy(
            "« Heure de bénévolat », « Salle de réunion ». Le même nom suit le taux d'avant."
        ),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Compté en"))
    amount = CentsField(label=gettext_lazy("Montant par unité, en euros"))
    method = forms.ChoiceField(label=gettext_lazy("Méthode de valorisation"), choices=Method.choices)
    since = DayField(label=gettext_lazy("À compter du"))
    until = DayField(label=gettext_lazy("Jusqu'au"), required=False)
    source = forms.CharField(
        label=gettext_lazy("D'où vient ce montant"),
        max_length=300,
        help_text=gettext_lazy("Un texte, un devis, une décision de l'instance, avec sa date."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            (f"{nature}:{unit}", f"{Nature(nature).label} · {said.UNITS[unit]}")
            for nature in gifts.NATURES
            for unit in ledger.UNITS[nature]
        ]
