"""Forms of the plan, of agreements, of payments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.agreements import texts
from terreau.agreements.models import (
    FinancingLine,
    Instalment,
    KnownAid,
    MoneyRules,
)
from terreau.agreements.models.plan import Level
from terreau.agreements.paying import Spent
from terreau.design.forms import BaseForm
from terreau.exchanges.acting import FreshForm, PressForm
from terreau.exchanges.fields import EurosField, PercentField, area, day

#: Rows that a form offers: enough for most, more by sending the form again.
SCHEDULE_ROWS: Final = 6
COMMITMENT_ROWS: Final = 5
EXPENSE_ROWS: Final = 5
_MAYBE: Final = (
    ("", gettext_lazy("on ne sait pas")),
    ("yes", gettext_lazy("oui")),
    ("no", gettext_lazy("non")),
)


def maybe(label: Any, *, hint: Any = "") -> forms.ChoiceField:
    """Return a question that may stay without an answer."""
    return forms.ChoiceField(label=label, choices=_MAYBE, required=False, help_text=hint)


def told(value: str) -> bool | None:
    """Return what a question was answered."""
    return {"yes": True, "no": False}.get(value)


def said(value: bool | None) -> str:
    """Return an answer as the form shows it."""
    return "" if value is None else "yes" if value else "no"


class FunderForm(BaseForm):
    """Somebody more who finances the budget."""

    funder_name = forms.CharField(label=gettext_lazy("Qui finance"), max_length=200)
    level = forms.ChoiceField(
        label=gettext_lazy("Niveau"),
        choices=Level.choices,
        required=False,
        help_text=gettext_lazy("C'est ce qui dit si l'argent est public."),
    )
    cents = EurosField(label=gettext_lazy("Montant en euros"))
    status = forms.ChoiceField(
        label=gettext_lazy("Où en est la demande"), choices=FinancingLine.Status.choices
    )
    fund = forms.ChoiceField(label=gettext_lazy("Dispositif"), required=False)
    letter = forms.FileField(
        label=gettext_lazy("Lettre ou notification"),
        required=False,
        help_text=gettext_lazy("Elle prouve que le cofinancement est acquis."),
    )
    letter_on = day(gettext_lazy("Lettre du"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("autre, ou on ne sait pas")), *((one.code, one.name) for one in texts.funds())]
        self.fields["fund"].choices = choices  # type: ignore[attr-defined]


class LineForm(FreshForm):
    """What a line says now; two people may change it."""

    columns: Mapping[str, str] = {
        name: name for name in ("funder_name", "level", "cents", "status", "letter_on")
    }
    funder_name = forms.CharField(label=gettext_lazy("Qui finance"), max_length=200)
    level = forms.ChoiceField(label=gettext_lazy("Niveau"), choices=Level.choices, required=False)
    cents = EurosField(label=gettext_lazy("Montant en euros"))
    status = forms.ChoiceField(
        label=gettext_lazy("Où en est la demande"), choices=FinancingLine.Status.choices
    )
    letter = forms.FileField(label=gettext_lazy("Lettre ou notification"), required=False)
    letter_on = day(gettext_lazy("Lettre du"))


class InKindForm(BaseForm):
    """Lines of the ledger to count in kind."""

    flows = forms.MultipleChoiceField(
        label=gettext_lazy("Apports notés dans le livre du pôle"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, flows: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["flows"].choices = list(flows)  # type: ignore[attr-defined]


class StatementForm(BaseForm):
    """What the applicant answers for."""

    complete = forms.BooleanField(
        label=gettext_lazy("Toutes les aides publiques reçues depuis trois ans sont dites ci-dessous"),
        required=False,
    )
    shares_forecast = forms.BooleanField(
        label=gettext_lazy("Montrer à l'instruction les financements publics notés dans l'espace du pôle"),
        required=False,
        help_text=gettext_lazy("Sans cette case, ils restent entre membres du pôle."),
    )


class AidForm(BaseForm):
    """An aid that somebody knows of; what is not known stays empty."""

    beneficiary = forms.ChoiceField(label=gettext_lazy("Qui l'a reçue"))
    giver_name = forms.CharField(label=gettext_lazy("Qui l'a donnée"), max_length=200)
    level = forms.ChoiceField(label=gettext_lazy("Niveau"), choices=Level.choices, required=False)
    label = forms.CharField(label=gettext_lazy("Objet"), max_length=200, required=False)
    cents = EurosField(label=gettext_lazy("Montant en euros"), required=False)
    granted_on = day(gettext_lazy("Accordée le"))
    de_minimis = maybe(gettext_lazy("De minimis"), hint=gettext_lazy("La notification le dit."))
    for_pole = maybe(gettext_lazy("Au titre d'un appel à pôles"))
    source = forms.CharField(
        label=gettext_lazy("D'où on le sait"),
        max_length=300,
        help_text=gettext_lazy("Une notification et sa date, une délibération, une page publique."),
    )
    source_url = forms.URLField(
        label=gettext_lazy("Adresse de la source"), required=False, assume_scheme="https"
    )
    document = forms.FileField(label=gettext_lazy("Document"), required=False)

    def __init__(self, *args: Any, actors: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["beneficiary"].choices = list(actors)  # type: ignore[attr-defined]

    def aid(self) -> KnownAid:
        """Return the aid as it was typed, not saved."""
        values = self.cleaned_data
        row = KnownAid(giver_name=values["giver_name"], level=values["level"], label=values["label"])
        row.actor_id, row.cents = values["beneficiary"], values["cents"]
        row.granted_on, row.de_minimis = values["granted_on"], told(values["de_minimis"])
        row.for_pole = told(values["for_pole"])
        row.source, row.source_url = values["source"], values["source_url"]
        return row


class WhyForm(BaseForm):
    """Why something is taken back, refused or ended."""

    why = forms.CharField(label=gettext_lazy("Pourquoi"), max_length=300, widget=area(2))


class RulesForm(FreshForm):
    """What a call asks of money; what is empty is left to the owner of the programme."""

    columns: Mapping[str, str] = {
        name: name
        for name in (
            *("cofinancing", "cofinancing_rate", "public_rate_max", "de_minimis_cents"),
            *("de_minimis_source", "advance_rate", "pay_days"),
        )
    }
    cofinancing = forms.ChoiceField(
        label=gettext_lazy("Cofinancement"), choices=MoneyRules.Cofinancing.choices, required=False
    )
    cofinancing_rate = PercentField(
        label=gettext_lazy("Part minimale des autres, en pour cent du budget"), required=False
    )
    public_rate_max = PercentField(label=gettext_lazy("Taux maximal d'argent public"), required=False)
    in_kind_counts = maybe(gettext_lazy("Les apports en nature comptent"))
    once_only = maybe(
        gettext_lazy("Une aide de l'État déjà reçue pour un pôle écarte"),
        hint=gettext_lazy("Décret 2015-431, article 3 : oui, pour les appels qui en relèvent."),
    )
    de_minimis_cents = EurosField(
        label=gettext_lazy("Plafond de minimis confirmé"),
        required=False,
        help_text=gettext_lazy("Vide : le plafond connu est montré « à vérifier » et n'écarte personne."),
    )
    de_minimis_source = forms.CharField(
        label=gettext_lazy("Texte du plafond"), max_length=300, required=False
    )
    advance_rate = PercentField(label=gettext_lazy("Part de l'avance"), required=False)
    pay_days = forms.IntegerField(
        label=gettext_lazy("Jours pour vérifier et payer"), min_value=1, max_value=365, required=False
    )

    def clean(self) -> dict[str, Any]:
        """Ask where a ceiling comes from."""
        values = super().clean() or self.cleaned_data
        if values.get("de_minimis_cents") is not None and not values.get("de_minimis_source"):
            self.add_error("de_minimis_source", _("Dites de quel texte vient ce plafond."))
        return values


class RowsForm(BaseForm):
    """A form with rows of fields: ``fields_of`` gives those of one row, ``rows`` how many there are."""

    prefix_of = "row"
    rows = 5

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for rank in range(self.rows):
            for name, one in self.fields_of(rank).items():
                self.fields[f"{self.prefix_of}{rank}_{name}"] = one

    def fields_of(self, rank: int) -> dict[str, forms.Field]:
        """Return the fields of a row."""
        raise NotImplementedError

    @property
    def plain(self) -> list[forms.BoundField]:
        """The fields that are of no row."""
        return [one for one in self if not self._of_row(one.name)]

    @property
    def groups(self) -> list[list[forms.BoundField]]:
        """The fields row by row."""
        return [
            [self[name] for name in self.fields if name.startswith(f"{self.prefix_of}{rank}_")]
            for rank in range(self.rows)
        ]

    def values_of(self, rank: int) -> dict[str, Any]:
        """Return what was typed in a row."""
        start = f"{self.prefix_of}{rank}_"
        return {
            name.removeprefix(start): self.cleaned_data.get(name)
            for name in self.fields
            if name.startswith(start)
        }

    def _of_row(self, name: str) -> bool:
        return any(name.startswith(f"{self.prefix_of}{rank}_") for rank in range(self.rows))


class DeedForm(RowsForm):
    """What a deed says: its object, amount, period, schedule and commitments."""

    prefix_of, rows = "part", SCHEDULE_ROWS
    seen = forms.IntegerField(widget=forms.HiddenInput)
    title = forms.CharField(label=gettext_lazy("Intitulé"), max_length=200, required=False)
    object = forms.CharField(label=gettext_lazy("Objet"), widget=area(4), required=False)
    cents = EurosField(label=gettext_lazy("Montant de l'aide en euros"), required=False)
    valid_from = day(gettext_lazy("Premier jour"))
    valid_to = day(gettext_lazy("Dernier jour"))
    reason = forms.CharField(label=gettext_lazy("Motif de l'avenant"), widget=area(2), required=False)
    commitments = forms.CharField(
        label=gettext_lazy("Engagements de chacun"),
        widget=area(4),
        required=False,
        help_text=gettext_lazy("Un par ligne : « Qui : quoi »."),
    )

    def __init__(self, *args: Any, amendment: bool = False, parts: int = 0, **kwargs: Any) -> None:
        # Two more than there are, so that sending the form again gives room for a longer schedule.
        self.rows = max(SCHEDULE_ROWS, parts + 2)
        super().__init__(*args, **kwargs)
        self.fields.pop("title" if amendment else "reason")

    def fields_of(self, rank: int) -> dict[str, forms.Field]:
        """Return the fields of an instalment."""
        kinds = [("", "–"), *Instalment.Kind.choices]
        return {
            "kind": forms.ChoiceField(label=gettext_lazy("Nature"), choices=kinds, required=False),
            "cents": EurosField(label=gettext_lazy("Montant"), required=False),
            "due": day(gettext_lazy("À partir du")),
            "condition": forms.CharField(
                label=gettext_lazy("Pièces demandées"), max_length=300, required=False
            ),
        }

    def body(self) -> dict[str, Any]:
        """Return what was typed as the body of a deed."""
        values = self.cleaned_data
        rows = [self.values_of(rank) for rank in range(self.rows)]
        found = {
            "object": values["object"].strip(),
            "cents": values["cents"] or 0,
            "valid_from": _iso(values["valid_from"]),
            "valid_to": _iso(values["valid_to"]),
            "commitments": read_commitments(values["commitments"]),
            "schedule": [
                {
                    "kind": row["kind"] or "part",
                    "label": "",
                    "cents": row["cents"] or 0,
                    "due": _iso(row["due"]),
                    "condition": row["condition"] or "",
                }
                for row in rows
                if row["cents"] or row["kind"]
            ],
        }
        return found | ({"reason": values["reason"].strip()} if "reason" in values else {})


def deed_initial(body: Mapping[str, Any], *, seen: int, title: str) -> dict[str, Any]:
    """Return what the form of a deed shows first."""
    found: dict[str, Any] = {
        "seen": seen,
        "title": title,
        "object": body.get("object", ""),
        "cents": body.get("cents") or None,
        "valid_from": body.get("valid_from"),
        "valid_to": body.get("valid_to"),
        "reason": body.get("reason", ""),
        "commitments": "\n".join(
            f"{one.get('who')} : {one.get('text')}" if one.get("who") else str(one.get("text", ""))
            for one in body.get("commitments") or ()
        ),
    }
    for rank, row in enumerate(body.get("schedule") or ()):
        for name in ("kind", "cents", "due", "condition"):
            found[f"part{rank}_{name}"] = row.get(name)
    return found


def read_commitments(typed: str) -> list[dict[str, str]]:
    """Return commitments typed one a line, « Who: what »; without a colon, of everybody."""
    found = []
    for line in typed.splitlines():
        text = " ".join(line.split())
        if not text:
            continue
        who, mark, what = text.partition(" : ")
        found.append({"who": who if mark else "", "text": what if mark else text})
    return found


class SignatoryForm(BaseForm):
    """One more signatory."""

    name = forms.CharField(label=gettext_lazy("Organisation"), max_length=200)
    person = forms.CharField(label=gettext_lazy("Représentée par"), max_length=160, required=False)


class PersonForm(BaseForm):
    """Who represents a signatory."""

    person = forms.CharField(label=gettext_lazy("Représentée par"), max_length=160, required=False)


class AnnexForm(BaseForm):
    """A file that goes with a deed."""

    name = forms.CharField(label=gettext_lazy("Nom de l'annexe"), max_length=200, required=False)
    file = forms.FileField(label=gettext_lazy("Fichier"))


class SignForm(BaseForm):
    """Signing a document that was read: its hash goes with the form."""

    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    agreed = forms.BooleanField(
        label=gettext_lazy("J'ai lu ce document et je le signe pour cette organisation"),
        error_messages={"required": gettext_lazy("Cochez la case pour signer.")},
    )


class PaperForm(BaseForm):
    """A signature on paper, entered by who instructs."""

    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    signed_on = day(gettext_lazy("Signé le"), required=True)
    file = forms.FileField(label=gettext_lazy("Exemplaire signé"))


class FreezeForm(PressForm):
    """Freezing what one saw: the version goes with the button."""

    seen = forms.IntegerField(widget=forms.HiddenInput)


class AmendForm(BaseForm):
    """Beginning an amendment; the year of a yearly one."""

    year = forms.IntegerField(
        label=gettext_lazy("Exercice, pour un avenant annuel"), min_value=1980, max_value=2200, required=False
    )


class AskForm(RowsForm):
    """A request of payment with its expenses."""

    prefix_of, rows = "spent", EXPENSE_ROWS
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)
    cents = EurosField(label=gettext_lazy("Montant demandé en euros"))
    note = forms.CharField(
        label=gettext_lazy("Ce qui a été fait"),
        widget=area(3),
        required=False,
        help_text=gettext_lazy("Deux phrases suffisent : le rapport, lui, a sa page."),
    )
    file = forms.FileField(label=gettext_lazy("Une pièce"), required=False)
    file_2 = forms.FileField(label=gettext_lazy("Une autre pièce"), required=False)

    def fields_of(self, rank: int) -> dict[str, forms.Field]:
        """Return the fields of an expense."""
        return {
            "supplier": forms.CharField(
                label=gettext_lazy("Fournisseur ou salarié"), max_length=160, required=False
            ),
            "number": forms.CharField(label=gettext_lazy("N° de la facture"), max_length=80, required=False),
            "on": day(gettext_lazy("Date de la pièce")),
            "cents": EurosField(label=gettext_lazy("Montant de la pièce"), required=False),
            "charged": EurosField(label=gettext_lazy("Part demandée ici"), required=False),
        }

    def expenses(self) -> list[Spent]:
        """Return the expenses as they were typed; the whole voucher is charged when no part is said."""
        found = []
        for rank in range(self.rows):
            row = self.values_of(rank)
            if not any(row.values()):
                continue
            cents = row["cents"] or 0
            charged = cents if row["charged"] is None else row["charged"]
            found.append(Spent(row["supplier"] or "", cents, charged, row["number"] or "", row["on"]))
        return found

    def brought(self) -> list[Any]:
        """Return the files that were joined."""
        return [one for one in (self.cleaned_data.get("file"), self.cleaned_data.get("file_2")) if one]


class AcceptForm(BaseForm):
    """Accepting a request, in whole or in part."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    cents = EurosField(label=gettext_lazy("Montant accepté en euros"))


class PayForm(BaseForm):
    """Writing a payment."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=64)
    cents = EurosField(label=gettext_lazy("Montant versé en euros"))
    paid_on = day(gettext_lazy("Versé le"), required=True)
    reference = forms.CharField(label=gettext_lazy("Référence du virement"), max_length=120)


class RecoverForm(BaseForm):
    """Asking for money back."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=64)
    cents = EurosField(label=gettext_lazy("Montant à reverser en euros"))
    why = forms.CharField(label=gettext_lazy("Pourquoi"), max_length=300, widget=area(2))
    due = day(gettext_lazy("À reverser avant le"))


class ReceivedForm(BaseForm):
    """Saying that money came back."""

    on = day(gettext_lazy("Reçu le"), required=True)
    reference = forms.CharField(label=gettext_lazy("Référence"), max_length=120, required=False)


class ContractForm(BaseForm):
    """A contract between the State and authorities."""

    number = forms.CharField(label=gettext_lazy("Numéro"), max_length=100)
    title = forms.CharField(label=gettext_lazy("Intitulé"), max_length=200)
    parties = forms.CharField(
        label=gettext_lazy("Signataires"),
        widget=area(3),
        help_text=gettext_lazy("Un par ligne ; le numéro SIREN, s'il est connu, après une virgule."),
    )
    source = forms.CharField(label=gettext_lazy("Source"), max_length=300, required=False)


class NamedForm(BaseForm):
    """A pole that a contract names."""

    pole = forms.SlugField(
        label=gettext_lazy("Pôle"),
        max_length=80,
        help_text=gettext_lazy("La fin de l'adresse de sa fiche : « la-coursive-boutaric »."),
    )
    how = forms.CharField(label=gettext_lazy("À quel titre"), max_length=300, required=False)


def _iso(value: Any) -> str | None:
    return value.isoformat() if value else None
