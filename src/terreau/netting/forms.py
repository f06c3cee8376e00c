"""Forms of nettings: compute a proposal, choose a rhythm, say why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from terreau.design.forms import BaseForm
from terreau.exchanges.fields import area, day


class ProposeForm(BaseForm):
    """Until when people answer, and which invoices are looked at."""

    expires_on = day(
        gettext_lazy("Répondre jusqu'au"),
        required=True,
        hint=gettext_lazy("Passé ce jour, la proposition est refaite sans ceux qui n'ont pas répondu."),
    )
    due_until = day(
        gettext_lazy("Seulement les factures à payer avant le"),
        hint=gettext_lazy("Vide : toutes les factures émises, même celles qui ne sont pas encore à payer."),
    )


class HabitForm(BaseForm):
    """A proposal every month, on a day, by itself."""

    day = forms.IntegerField(
        label=gettext_lazy("Jour du mois"),
        required=False,
        min_value=1,
        max_value=28,
        help_text=gettext_lazy("De 1 à 28. Vide : aucune proposition ne se fait d'elle-même."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    days_to_answer = forms.IntegerField(
        label=gettext_lazy("Jours pour répondre"),
        min_value=1,
        max_value=60,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)


class WhyForm(BaseForm):
    """Why something is withdrawn or undone."""

    reason = forms.CharField(label=gettext_lazy("Pourquoi"), max_length=300, widget=area(2))


class DeclineForm(BaseForm):
    """Why an organisation refuses, if it wants to say it."""

    reason = forms.CharField(
        label=gettext_lazy("Pourquoi, si vous voulez le dire"),
        required=False,
        max_length=300,
        widget=area(2),
        help_text=gettext_lazy("L'animation du pôle le lira."),
    )


class AsideForm(BaseForm):
    """Which invoice is kept out of nettings, and why."""

    invoice = forms.ChoiceField(label=gettext_lazy("Facture à garder à part"))
    reason = forms.CharField(
        label=gettext_lazy("Pourquoi elle n'est pas compensée"),
        max_length=300,
        widget=area(2),
        help_text=gettext_lazy("Par exemple : elle est contestée, un virement est déjà parti."),
    )

    def __init__(self, *args: Any, invoices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["invoice"].choices = list(invoices)  # type: ignore[attr-defined]
