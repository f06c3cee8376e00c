"""Forms of the room: one exchange, a file, an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.actors.models import Actor
from terreau.common.errors import StaleWriteError
from terreau.design.forms import BaseForm
from terreau.exchanges.acting import PressForm
from terreau.exchanges.fields import EurosField, area, day
from terreau.exchanges.forms_tenders import named
from terreau.trade import attribution
from terreau.trade.models import Exchange
from terreau.trade.rules import Told


def reasons() -> list[tuple[str, str]]:
    """Return why an exchange took place, as a list offers it."""
    return [("", _("Je ne sais pas encore")), *((one.code, one.label) for one in attribution.load().values())]


class SaidForm(BaseForm):
    """What a side says of an exchange: day, amount, number, why."""

    on = day(gettext_lazy("Date de la facture"), required=True)
    cents = EurosField(label=gettext_lazy("Montant toutes taxes comprises (€)"))
    number = forms.CharField(
        label=gettext_lazy("Numéro de la facture"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Il aide à retrouver la même facture chez l'autre."),
    )
    label = forms.CharField(label=gettext_lazy("De quoi s'agit-il ?"), required=False, max_length=200)
    why = forms.ChoiceField(
        label=gettext_lazy("À quoi tient cet échange ?"),
        required=False,
        help_text=gettext_lazy(
            "Il compte dans le volume dû au pôle quand vous donnez tous deux le même motif."
        ),
    )
    net = EurosField(label=gettext_lazy("Montant hors taxes (€)"), required=False)
    credit = forms.BooleanField(
        label=gettext_lazy("C'est un avoir : le vendeur rend cette somme"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["why"].choices = reasons()  # type: ignore[attr-defined]

    @property
    def told(self) -> Told:
        """What was said, as the rules take it."""
        typed = self.cleaned_data
        sign = -1 if typed["credit"] else 1
        net = typed["net"]
        return Told(
            typed["on"],
            sign * typed["cents"],
            typed["number"],
            None if net is None else sign * net,
            typed["why"],
        )

    def clean(self) -> dict[str, Any] | None:
        """Refuse an amount before tax that is greater than the whole."""
        typed = super().clean()
        net, cents = self.cleaned_data.get("net"), self.cleaned_data.get("cents")
        if net is not None and cents is not None and net > cents:
            self.add_error("net", _("Le montant hors taxes dépasse le montant toutes taxes comprises."))
        return typed


class DeclareForm(SaidForm):
    """An exchange to write: in whose name, sold or bought, with whom."""

    actor = forms.ChoiceField(label=gettext_lazy("Votre organisation"))
    side = forms.ChoiceField(
        label=gettext_lazy("Votre organisation"),
        choices=[("buyer", gettext_lazy("achète à un membre")), ("seller", gettext_lazy("vend à un membre"))],
    )
    other = forms.ChoiceField(label=gettext_lazy("L'autre membre"))
    origin = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)

    field_order = ("actor", "side", "other", "on", "cents", "number", "label", "why", "net", "credit")

    def __init__(self, mine: Sequence[Actor], others: Sequence[Actor], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose = [("", _("Choisir"))]
        self.fields["actor"].choices = named(mine) if len(mine) == 1 else [*choose, *named(mine)]  # type: ignore[attr-defined]
        self.fields["other"].choices = [*choose, *named(others)]  # type: ignore[attr-defined]
        self.fields["side"].label = _("Elle achète ou elle vend")

    def clean(self) -> dict[str, Any] | None:
        """Refuse an exchange with oneself."""
        typed = super().clean()
        if self.cleaned_data.get("actor") and self.cleaned_data.get("actor") == self.cleaned_data.get(
            "other"
        ):
            self.add_error("other", _("Choisissez un autre membre que votre organisation."))
        return typed


class _Versioned(BaseForm):
    """A form that says which version of the exchange was read, and in whose name it answers."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    side = forms.ChoiceField(choices=[("seller", ""), ("buyer", "")], widget=forms.HiddenInput)

    def __init__(self, *args: Any, row: Exchange, side: str, **kwargs: Any) -> None:
        self.row = row
        kwargs["initial"] = {"seen": row.version, "side": side, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)

    def show_theirs(self, error: StaleWriteError) -> None:
        """Let the next sending answer the version that the page now shows."""
        self.row.refresh_from_db(fields=["version"])
        typed: Any = self.data.copy()  # type: ignore[attr-defined]
        typed["seen"] = str(self.row.version)
        self.data = typed


class AnswerForm(_Versioned, SaidForm):
    """My version of an exchange; with a reason when it was agreed."""

    reason = forms.CharField(
        label=gettext_lazy("Pourquoi corriger ce qui était convenu ?"), required=False, max_length=300
    )


class PressedForm(_Versioned, PressForm):
    """A button of an exchange."""


class WhyForm(_Versioned):
    """Why the exchange took place, for one's own side."""

    why = forms.ChoiceField(label=gettext_lazy("À quoi tient cet échange ?"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["why"].choices = reasons()  # type: ignore[attr-defined]


class RefuseForm(_Versioned):
    """Why one contests an exchange."""

    reason = forms.CharField(
        label=gettext_lazy("Pourquoi contestez-vous cet échange ?"), max_length=300, widget=area(2)
    )


class ManyFiles(forms.ClearableFileInput):
    """A field of several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, each checked as one."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the files, none of them empty."""
        files = data if isinstance(data, list | tuple) and data else [data or None]
        return [super(FilesField, self).clean(one, initial) for one in files]


class BringForm(BaseForm):
    """The files of a member: its accounting export, or electronic invoices."""

    actor = forms.ChoiceField(label=gettext_lazy("Votre organisation"))
    brought = FilesField(
        label=gettext_lazy("Le fichier des écritures comptables (FEC), ou des factures électroniques"),
        help_text=gettext_lazy("Un FEC (.txt), ou jusqu'à 40 factures : Factur-X (.pdf), UBL ou CII (.xml)."),
    )

    def __init__(self, mine: Sequence[Actor], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["actor"].choices = named(mine) if len(mine) == 1 else [("", _("Choisir")), *named(mine)]  # type: ignore[attr-defined]


class KeepForm(BaseForm):
    """What is kept of a file that was read: which rows, why, and whether the four sums of purchases are."""

    read = forms.CharField(widget=forms.HiddenInput, max_length=2_000_000)
    why = forms.ChoiceField(label=gettext_lazy("À quoi tiennent ces échanges ?"), required=False)
    spending = forms.BooleanField(
        label=gettext_lazy("Garder les quatre sommes de nos achats, sans le nom de nos fournisseurs"),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["why"].choices = reasons()  # type: ignore[attr-defined]


class PublishForm(BaseForm):
    """Which finished year is published."""

    year = forms.TypedChoiceField(label=gettext_lazy("Année finie"), coerce=int)

    def __init__(self, years: Sequence[int], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [(str(year), str(year)) for year in years]  # type: ignore[attr-defined]


__all__ = [
    "AnswerForm",
    "BringForm",
    "DeclareForm",
    "KeepForm",
    "PressedForm",
    "PublishForm",
    "RefuseForm",
    "SaidForm",
    "WhyForm",
    "reasons",
]
