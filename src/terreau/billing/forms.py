"""Forms of invoices: what is drafted, paid, credited, cancelled, numbered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.actors.models import Actor
from terreau.billing import rules
from terreau.billing.fields import PartyField, chosen, outside_field
from terreau.billing.models import Invoice, SellerTerms, Settlement
from terreau.design.forms import BaseForm
from terreau.exchanges.fields import EurosField, PercentField, QuantityField, area, day
from terreau.poles.book import Party

#: Empty lines offered at first, then by the button that adds some.
FIRST_ROWS: Final = 3
MORE_ROWS: Final = 3
_MOST_ROWS: Final = 60
_UNITS: Final = (
    ("", gettext_lazy("à l'unité")),
    ("hours", gettext_lazy("heures")),
    ("days", gettext_lazy("jours")),
    ("month", gettext_lazy("mois")),
    ("kg", "kg"),
    ("km", "km"),
    ("m2", "m²"),
)


class LineForm(BaseForm):
    """A line: what, how many, at what price, under what tax."""

    label = forms.CharField(label=gettext_lazy("Désignation"), max_length=300, required=False)
    quantity = QuantityField(label=gettext_lazy("Quantité"), required=False)
    unit = forms.ChoiceField(label=gettext_lazy("Unité"), choices=_UNITS, required=False)
    price = EurosField(label=gettext_lazy("Prix unitaire hors taxe"), required=False)
    vat = PercentField(label=gettext_lazy("TVA en %"), required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for what lacks in a line that was begun."""
        values: dict[str, Any] = super().clean() or {}
        begun = values.get("label") or values.get("price") is not None
        if begun and not values.get("label") and "label" not in self.errors:
            self.add_error("label", _("Dites ce qui est facturé."))
        if begun and values.get("price") is None and "price" not in self.errors:
            self.add_error("price", _("Donnez un prix."))
        return values

    @property
    def line(self) -> rules.Line | None:
        """The line that was typed; none when it was left empty."""
        values = self.cleaned_data
        if not values.get("label"):
            return None
        quantity = values.get("quantity")
        vat = values.get("vat")
        return rules.Line(
            values["label"],
            values["price"],
            1000 if quantity is None else quantity,
            values["unit"],
            rules.Vat(code=rules.STANDARD, rate=vat) if vat else None,
        )


class InvoiceForm(BaseForm):
    """A draft: whose, to whom, when, and its lines."""

    kind = forms.ChoiceField(label=gettext_lazy("Nature"), choices=Invoice.Kind.choices)
    seller = PartyField(label=gettext_lazy("Qui facture"))
    buyer = PartyField(label=gettext_lazy("Qui paie"))
    other = outside_field()
    on = day(gettext_lazy("Date"), required=True)
    due = day(gettext_lazy("À payer avant le"), hint=gettext_lazy("Vide : le délai du vendeur."))
    label = forms.CharField(label=gettext_lazy("Objet"), max_length=300, required=False)
    rows = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=_MOST_ROWS, required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        parties: Iterable[Party],
        data: Any = None,
        *,
        lines: list[rules.Line] | None = None,
        fixed: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        rows = list(parties)
        self.fields["seller"].set_parties(rows)  # type: ignore[attr-defined]
        self.fields["buyer"].set_parties(rows, empty=_("– choisir –"))  # type: ignore[attr-defined]
        if fixed:
            for name in ("kind", "seller", "buyer", "other"):
                del self.fields[name]
        held = lines or []
        count = self._count(data, len(held))
        self.initial.setdefault("rows", count)
        self.lines = [
            LineForm(data, prefix=f"l{rank}", initial=_shown(held[rank]) if rank < len(held) else {})
            for rank in range(count)
        ]
        self.payer: Actor | None = None

    def _count(self, data: Any, held: int) -> int:
        if data is None:
            return max(held, FIRST_ROWS)
        typed = str(data.get("rows", ""))
        count = int(typed) if typed.isdecimal() and len(typed) < 4 else FIRST_ROWS
        return max(1, min(count + (MORE_ROWS if "more" in data else 0), _MOST_ROWS))

    def is_valid(self) -> bool:
        """Say whether the invoice and all its lines hold."""
        wrong = [one for one in self.lines if not one.is_valid()]
        mine = super().is_valid()
        if wrong:
            self.add_error(None, _("Une ligne est à corriger, plus bas."))
        return mine and not wrong

    def clean(self) -> dict[str, Any]:
        """Find who pays."""
        values: dict[str, Any] = super().clean() or {}
        if "buyer" in self.fields:
            self.payer = chosen(self, "buyer", "other")
        return values

    @property
    def written(self) -> list[rules.Line]:
        """The lines that were typed."""
        return [one.line for one in self.lines if one.line is not None]


def _shown(line: rules.Line) -> dict[str, Any]:
    return {
        "label": line.label,
        "quantity": line.thousandths,
        "unit": line.unit,
        "price": line.unit_cents,
        "vat": line.vat.rate if line.vat and line.vat.rate else None,
    }


class SettleForm(BaseForm):
    """A payment."""

    cents = EurosField(label=gettext_lazy("Montant reçu ou versé"))
    on = day(gettext_lazy("Jour du règlement"), required=True)
    how = forms.ChoiceField(label=gettext_lazy("Moyen"))
    reference = forms.CharField(label=gettext_lazy("Référence"), max_length=140, required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hidden = {Settlement.How.CREDIT_NOTE, Settlement.How.NETTING}
        self.fields["how"].choices = [  # type: ignore[attr-defined]
            (code, label) for code, label in Settlement.How.choices if code not in hidden
        ]


class ReasonForm(BaseForm):
    """Why something is undone; what it is about stands in a hidden field."""

    about = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    reason = forms.CharField(label=gettext_lazy("Pourquoi"), max_length=300)


class CreditForm(BaseForm):
    """A credit note, whole or in part."""

    cents = EurosField(
        label=gettext_lazy("Montant, taxes comprises"),
        required=False,
        help_text=gettext_lazy("Vide : tout ce qui reste à créditer."),
    )
    reason = forms.CharField(label=gettext_lazy("Pourquoi"), max_length=300)


class NumberForm(BaseForm):
    """The number that the tool of the accountant gave."""

    legal_number = forms.CharField(label=gettext_lazy("Numéro légal"), max_length=40, required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput)


class NumbersForm(BaseForm):
    """Numbers given back, one a line: our reference, then theirs."""

    numbers = forms.CharField(
        label=gettext_lazy("Numéros rendus par la comptabilité"),
        widget=area(4),
        max_length=20_000,
        help_text=gettext_lazy("Une ligne par facture : notre référence, puis le numéro. PF-00012;F-2026-33"),
    )


class TermsForm(BaseForm):
    """What the invoices of a seller say: tax, delay, account."""

    vat = PercentField(
        label=gettext_lazy("Taux de TVA habituel en %"),
        required=False,
        help_text=gettext_lazy("Vide : sans TVA, et dites pourquoi plus bas."),
    )
    vat_code = forms.ChoiceField(
        label=gettext_lazy("Quand il n'y a pas de TVA"),
        choices=[
            (rules.OUTSIDE, gettext_lazy("hors du champ de la TVA")),
            (rules.EXEMPT, gettext_lazy("exonéré de TVA")),
            (rules.REVERSE, gettext_lazy("autoliquidation")),
        ],
        required=False,
    )
    why_exempt = forms.CharField(
        label=gettext_lazy("Mention portée sans TVA"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Le texte qui le permet, tel que le donne votre comptable."),
    )
    vat_number = forms.CharField(label=gettext_lazy("Numéro de TVA"), max_length=20, required=False)
    due_days = forms.IntegerField(
        label=gettext_lazy("Délai de paiement en jours"), min_value=0, max_value=365, initial=30
    )
    iban = forms.CharField(label=gettext_lazy("IBAN à payer"), max_length=50, required=False)
    note = forms.CharField(label=gettext_lazy("Au pied de la facture"), max_length=300, required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    @classmethod
    def of(cls, terms: SellerTerms, data: Any = None, **kwargs: Any) -> TermsForm:
        """Return the form of the terms that stand."""
        code = terms.vat_code if terms.vat_code != rules.STANDARD else rules.OUTSIDE
        initial = {
            "vat": terms.vat_rate or None,
            "vat_code": code,
            "why_exempt": terms.why_exempt,
            "vat_number": terms.vat_number,
            "due_days": terms.due_days,
            "iban": terms.iban,
            "note": terms.note,
            "seen": terms.version if terms.pk else 0,
        }
        return cls(data, initial=initial, **kwargs)


def initial_of(invoice: Invoice) -> dict[str, Any]:
    """Return what the form of a draft shows of it."""
    return {"on": invoice.on, "due": invoice.due, "label": invoice.label, "seen": invoice.version}


def today_of(on: date) -> dict[str, Any]:
    """Return what a new payment shows."""
    return {"on": on, "how": Settlement.How.BANK}
