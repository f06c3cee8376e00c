"""Forms of the bank: an account, a file, what a line was for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.actors.models import Actor
from terreau.billing import bank_csv
from terreau.billing.fields import PartyField, chosen, outside_field
from terreau.billing.models import BankAccount
from terreau.billing.statements import MOST_BYTES
from terreau.design.forms import BaseForm
from terreau.exchanges.fields import EurosField, day
from terreau.poles.book import Party

_COLUMNS = (
    ("on", gettext_lazy("Le jour est dans")),
    ("label", gettext_lazy("Le libellé est dans")),
    ("amount", gettext_lazy("Le montant signé est dans")),
    ("debit", gettext_lazy("Ou bien le débit est dans")),
    ("credit", gettext_lazy("et le crédit dans")),
    ("balance", gettext_lazy("Le solde est dans")),
)


class AccountForm(BaseForm):
    """An account to follow."""

    name = forms.CharField(label=gettext_lazy("Nom du compte"), max_length=80)
    holder = PartyField(label=gettext_lazy("Titulaire"))
    iban = forms.CharField(
        label=gettext_lazy("IBAN du compte"),
        max_length=50,
        required=False,
        help_text=gettext_lazy("Facultatif : un relevé CAMT le donne. Les pages n'en montrent que la fin."),
    )

    def __init__(self, parties: Iterable[Party], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["holder"].set_parties(parties)  # type: ignore[attr-defined]


class FileForm(BaseForm):
    """A statement to read; its columns when nobody knows them."""

    account = forms.ChoiceField(label=gettext_lazy("Compte du relevé"))
    file = forms.FileField(
        label=gettext_lazy("Fichier de la banque"),
        help_text=gettext_lazy("CAMT.053 (XML) ou CSV."),
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".xml,.csv,.txt"}),
    )

    def __init__(self, accounts: Sequence[BankAccount], *args: Any, **kwargs: Any) -> None:
        headers = kwargs.pop("headers", ())
        super().__init__(*args, **kwargs)
        self.fields["account"].choices = [(str(one.pk), one.name) for one in accounts]  # type: ignore[attr-defined]
        typed = self.data.get("columns", "") if self.is_bound else ""
        names = list(headers) or [one for one in typed.split("\t") if one][:60]
        if names:
            self.ask_columns(names)

    def ask_columns(self, names: Sequence[str]) -> None:
        """Offer to say which column is which."""
        choices = [("", _("– aucune –")), *((name, name) for name in names)]
        self.fields["columns"] = forms.CharField(
            widget=forms.HiddenInput, required=False, max_length=6000, initial="\t".join(names)
        )
        for part, label in _COLUMNS:
            self.fields[f"column_{part}"] = forms.ChoiceField(label=label, choices=choices, required=False)

    def clean_file(self) -> Any:
        """Refuse what is too large before it is read."""
        found = self.cleaned_data["file"]
        if found.size > MOST_BYTES:
            raise forms.ValidationError(_("Ce fichier est trop gros pour un relevé."))
        return found

    @property
    def mapping(self) -> dict[str, str]:
        """Part of a line → its column, as it was said."""
        parts = (part for part in bank_csv.NAMES if f"column_{part}" in self.fields)
        found = {part: self.cleaned_data.get(f"column_{part}", "") for part in parts}
        return {part: name for part, name in found.items() if name}


class ChoiceForm(BaseForm):
    """A proposal that is accepted: the line, and the invoices with their parts."""

    about = forms.UUIDField(widget=forms.HiddenInput)
    parts = forms.RegexField(r"^\d{1,9}:\d{1,13}(,\d{1,9}:\d{1,13}){0,19}$", widget=forms.HiddenInput)


class PartsForm(BaseForm):
    """Invoices that a line pays, chosen by hand: an amount beside each."""

    on = day(gettext_lazy("Daté du"), hint=gettext_lazy("Autre que celui du relevé si sa période est close."))

    def __init__(self, numbers: Iterable[int], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.numbers = list(numbers)
        for number in self.numbers:
            self.fields[f"i{number}"] = EurosField(
                label=_("Part de la facture %(number)d") % {"number": number}, required=False
            )

    @property
    def parts(self) -> list[tuple[int, int]]:
        """Number of each invoice that has a part, with its cents."""
        found = [(number, self.cleaned_data.get(f"i{number}")) for number in self.numbers]
        return [(number, cents) for number, cents in found if cents]


class LedgerForm(BaseForm):
    """A line of the ledger for what is left."""

    party = PartyField(label=gettext_lazy("Payé par, ou payé à"))
    other = outside_field()
    label = forms.CharField(label=gettext_lazy("Libellé au livre"), max_length=300)
    on = day(gettext_lazy("Daté du"), hint=gettext_lazy("Autre que celui du relevé si sa période est close."))

    def __init__(self, parties: Iterable[Party], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["party"].set_parties(parties, empty=_("– choisir –"))  # type: ignore[attr-defined]
        self.actor: Actor | None = None

    def clean(self) -> dict[str, Any]:
        """Find the other party."""
        values: dict[str, Any] = super().clean() or {}
        self.actor = chosen(self, "party", "other")
        return values


class AsideForm(BaseForm):
    """Why a line is nothing of the pole."""

    why = forms.CharField(label=gettext_lazy("Pourquoi cette ligne n'est pas à pointer"), max_length=300)
