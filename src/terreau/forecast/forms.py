"""Forms of the room: a funding and its parts, a line to come, a balance, a scenario."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.actors.models import Actor
from terreau.design.forms import BaseForm
from terreau.exchanges.acting import FreshForm
from terreau.exchanges.fields import EurosField, area, day
from terreau.flows.models import Flow
from terreau.forecast import rules
from terreau.forecast.models import Funding, Instalment, Origin, Planned

_HUNDRED = 100
_ALL = "tous"


class SignedEurosField(EurosField):
    """An amount that may be below zero: an overdraft."""

    def clean(self, value: Any) -> int | None:
        """Return cents, negative when the amount is."""
        text = str(value or "").strip().replace("−", "-")
        found = super().clean(text.removeprefix("-"))
        return -found if found is not None and text.startswith("-") else found


def _typed_purpose() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=gettext_lazy("Ce que cela finance"), required=False, coerce=UUID, empty_value=None, choices=()
    )


class FundingForm(FreshForm):
    """A funding, as it is asked or was granted."""

    columns = {
        "funder_name": "funder_name",
        "label": "label",
        "kind": "kind",
        "origin": "origin",
        "asked": "asked_cents",
        "granted": "granted_cents",
        "period_from": "period_from",
        "period_to": "period_to",
        "answer_on": "answer_on",
        "ask_again_by": "ask_again_by",
        "renewable": "renewable",
        "investors": "investors",
        "purpose": "purpose_id",
        "conditions": "conditions",
    }
    funder_name = forms.CharField(
        label=gettext_lazy("Qui finance"),
        max_length=200,
        help_text=gettext_lazy(
            "Son nom ou son SIREN : s'il est au registre, ses versements s'écrivent au livre."
        ),
    )
    label = forms.CharField(
        label=gettext_lazy("Ce qui est financé"),
        max_length=200,
        help_text=gettext_lazy("Par exemple : animation du pôle 2027-2029."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Sorte de financement"), choices=Funding.Kind.choices)
    origin = forms.ChoiceField(
        label=gettext_lazy("Origine de l'argent"),
        choices=Origin.choices,
        required=False,
        help_text=gettext_lazy(
            "Elle donne la part d'argent public : laissez inconnue plutôt que de deviner."
        ),
    )
    asked = EurosField(label=gettext_lazy("Montant demandé (€)"), required=False)
    granted = EurosField(label=gettext_lazy("Montant accordé (€)"), required=False)
    period_from = day(gettext_lazy("Paie depuis le"))
    period_to = day(
        gettext_lazy("Paie jusqu'au"), hint=gettext_lazy("Un an avant cette fin, le pôle est prévenu.")
    )
    answer_on = day(gettext_lazy("Réponse attendue le"))
    ask_again_by = day(gettext_lazy("À redemander avant le"))
    renewable = forms.ChoiceField(
        label=gettext_lazy("Peut-il revenir ?"), choices=Funding.Renewable.choices, required=False
    )
    investors = forms.IntegerField(
        label=gettext_lazy("Nombre d'investisseurs"),
        required=False,
        min_value=1,
        max_value=10_000_000,
        help_text=gettext_lazy("Pour un investissement citoyen ou du capital : combien de personnes."),
    )
    purpose = _typed_purpose()
    conditions = forms.CharField(
        label=gettext_lazy("Conditions et pièces à fournir"), required=False, max_length=5_000, widget=area(3)
    )

    def __init__(self, purposes: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["purpose"].choices = list(purposes)  # type: ignore[attr-defined]
        if self.row is not None and not getattr(self.row, "certain", False):
            self.columns = {name: column for name, column in self.columns.items() if name != "granted"}
            del self.fields["granted"]
            self.initial["seen"] = self._written()


class NewFundingForm(FundingForm):
    """The same, with where the request stands and, when one wishes, how it is paid."""

    state = forms.ChoiceField(
        label=gettext_lazy("Où en est-on ?"),
        choices=[
            (rules.PLANNED, gettext_lazy("à demander")),
            (rules.ASKED, gettext_lazy("demandé, sans réponse encore")),
            (rules.GRANTED, gettext_lazy("accordé")),
        ],
        widget=forms.RadioSelect,
        initial=rules.PLANNED,
    )
    amount = EurosField(label=gettext_lazy("Montant (€)"), required=False)
    first_part = EurosField(label=gettext_lazy("Premier versement (€)"), required=False)
    first_due = day(gettext_lazy("Attendu le"))
    last_part = EurosField(label=gettext_lazy("Solde (€)"), required=False)
    last_due = day(gettext_lazy("Solde attendu le"))

    def __init__(self, purposes: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(purposes, *args, **kwargs)
        for name in ("asked", "granted"):
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """Ask for the amount of what is granted, and for both halves of a part."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("state") == rules.GRANTED and values.get("amount") is None and "amount" in values:
            self.add_error("amount", _("Dites le montant qui est accordé."))
        for part, due in (("first_part", "first_due"), ("last_part", "last_due")):
            if (values.get(part) is None) != (values.get(due) is None):
                missing = part if values.get(part) is None else due
                self.add_error(missing, _("Un versement a un montant et un jour."))
        return values

    def parts(self) -> list[tuple[Any, int]]:
        """Return the parts that were typed: day, cents."""
        values = self.cleaned_data
        pairs = (("first_due", "first_part"), ("last_due", "last_part"))
        return [(values[due], values[part]) for due, part in pairs if values[part] is not None]

    def values(self) -> dict[str, Any]:
        """Return the columns of the funding, its amount where its state puts it."""
        values = self.cleaned_data
        plain = {column: values[name] for name, column in self.columns.items() if name in self.fields}
        granted = values["state"] == rules.GRANTED
        plain["granted_cents" if granted else "asked_cents"] = values["amount"]
        return plain


class GrantForm(BaseForm):
    """A funding is granted: how much."""

    cents = EurosField(label=gettext_lazy("Montant accordé (€)"))
    on = day(gettext_lazy("Accordé le"), hint=gettext_lazy("Vide : aujourd'hui."))
    reason = forms.CharField(label=gettext_lazy("Référence de la décision"), required=False, max_length=300)


class RefuseForm(BaseForm):
    """A funding is refused."""

    reason = forms.CharField(label=gettext_lazy("Pourquoi, si on le sait"), required=False, max_length=300)
    on = day(gettext_lazy("Refusé le"), hint=gettext_lazy("Vide : aujourd'hui."))


class PartForm(BaseForm):
    """A part to come."""

    cents = EurosField(label=gettext_lazy("Montant du versement (€)"))
    due = day(gettext_lazy("Attendu le"), required=True)
    label = forms.CharField(label=gettext_lazy("Nom du versement"), required=False, max_length=160)
    condition = forms.CharField(
        label=gettext_lazy("Versé après"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Par exemple : bilan intermédiaire remis."),
    )


class _AboutPart(BaseForm):
    """Something about one of the parts of the page."""

    about = forms.CharField(widget=forms.HiddenInput, max_length=60)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)


class PostponeForm(_AboutPart):
    """Another day for a part."""

    due = day(gettext_lazy("Attendu désormais le"), required=True)


class TakeBackForm(_AboutPart):
    """A receipt noted by mistake."""

    reason = forms.CharField(label=gettext_lazy("Pourquoi"), max_length=300)


class ReceiveForm(BaseForm):
    """A part came in: when, how much, on whose account, or the line of the book that says it already."""

    part = forms.ChoiceField(label=gettext_lazy("Versement reçu"))
    on = day(gettext_lazy("Reçu le"), required=True)
    cents = EurosField(
        label=gettext_lazy("Montant reçu (€)"),
        required=False,
        help_text=gettext_lazy("Vide : le montant attendu."),
    )
    receiver = forms.ChoiceField(label=gettext_lazy("Sur le compte de"), required=False)
    flow = forms.ChoiceField(label=gettext_lazy("Ligne du livre"), required=False)

    def __init__(
        self,
        parts: Iterable[Instalment],
        receivers: Sequence[Actor],
        flows: Iterable[Flow],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.parts = {str(one.pk): one for one in parts}
        self.receivers = {str(one.pk): one for one in receivers}
        self.flows = {str(one.pk): one for one in flows}
        self.fields["part"].choices = [(pk, _said(one)) for pk, one in self.parts.items()]  # type: ignore[attr-defined]
        self.fields["receiver"].choices = [(pk, one.name) for pk, one in self.receivers.items()]  # type: ignore[attr-defined]
        if len(self.receivers) < 2:
            del self.fields["receiver"]
        new = ("", _("Écrire une nouvelle ligne au livre"))
        known = [(pk, _line(one)) for pk, one in self.flows.items()]
        self.fields["flow"].choices = [new, *known]  # type: ignore[attr-defined]
        if not known:
            del self.fields["flow"]

    def account(self) -> Actor | None:
        """On whose account it came."""
        chosen = self.cleaned_data.get("receiver") or next(iter(self.receivers), "")
        return self.receivers.get(chosen)


def _said(row: Instalment) -> str:
    return f"{row.due:%d/%m/%Y} · {_euros(row.cents)}" + (f" · {row.label}" if row.label else "")


def _line(flow: Flow) -> str:
    return f"{flow.on:%d/%m/%Y} · {_euros(flow.cents or 0)} · {flow.label[:60]}"


def _euros(cents: int) -> str:
    return f"{cents // _HUNDRED},{cents % _HUNDRED:02d} €"


def _kinds(*, out: bool) -> list[tuple[str, Any]]:
    names = dict(Planned.Kind.choices)
    codes = rules.LINE_USES if out else rules.LINE_RESOURCES
    side = "out" if out else "in"
    return [(f"{side}:{code}", names[code]) for code in codes]


class LineForm(BaseForm):
    """A line to come, once or again and again; its kind says whether it comes in or goes out."""

    label = forms.CharField(
        label=gettext_lazy("De quoi s'agit-il ?"),
        max_length=160,
        help_text=gettext_lazy("Par exemple : salaire de l'animatrice, loyer, vente de formations."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Entrée ou sortie"))
    cents = EurosField(label=gettext_lazy("Montant (€)"))
    every = forms.ChoiceField(label=gettext_lazy("Revient"), choices=Planned.Every.choices)
    first = day(gettext_lazy("La première fois le"), required=True)
    until = day(gettext_lazy("Jusqu'au"), hint=gettext_lazy("Vide : sans fin connue."))
    purpose = _typed_purpose()
    origin = forms.ChoiceField(
        label=gettext_lazy("Origine de l'argent"),
        choices=Origin.choices,
        required=False,
        help_text=gettext_lazy("Pour une entrée seulement."),
    )

    def __init__(self, purposes: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["purpose"].choices = list(purposes)  # type: ignore[attr-defined]
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            (_("Ce qui sort"), _kinds(out=True)),
            (_("Ce qui entre"), _kinds(out=False)),
        ]

    def values(self) -> dict[str, Any]:
        """Return the columns of the line."""
        values = dict(self.cleaned_data)
        side, _sep, kind = values.pop("kind").partition(":")
        purpose = values.pop("purpose")
        out = side == "out"
        origin = "" if out else values.pop("origin", "")
        values.pop("origin", None)
        return {**values, "out": out, "kind": kind, "purpose_id": purpose, "origin": origin}


class ChangeLineForm(FreshForm):
    """The same line, changed; what comes in does not become what goes out."""

    columns = {
        **{name: name for name in ("label", "kind", "cents", "every", "first", "until", "origin")},
        "purpose": "purpose_id",
    }
    label = forms.CharField(label=gettext_lazy("De quoi s'agit-il ?"), max_length=160)
    kind = forms.ChoiceField(label=gettext_lazy("Nature de la ligne"))
    cents = EurosField(label=gettext_lazy("Montant (€)"))
    every = forms.ChoiceField(label=gettext_lazy("Revient"), choices=Planned.Every.choices)
    first = day(gettext_lazy("La première fois le"), required=True)
    until = day(gettext_lazy("Jusqu'au"), hint=gettext_lazy("Vide : sans fin connue."))
    purpose = _typed_purpose()
    origin = forms.ChoiceField(
        label=gettext_lazy("Origine de l'argent"), choices=Origin.choices, required=False
    )

    def __init__(self, purposes: Sequence[tuple[str, str]], *args: Any, row: Planned, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        self.fields["purpose"].choices = list(purposes)  # type: ignore[attr-defined]
        kinds = [(code.partition(":")[2], label) for code, label in _kinds(out=row.out)]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        if row.out:
            self.columns = {name: column for name, column in self.columns.items() if name != "origin"}
            del self.fields["origin"]
            self.initial["seen"] = self._written()


class BalanceForm(BaseForm):
    """What stands on the accounts, as the statement of the bank says it."""

    cents = SignedEurosField(
        label=gettext_lazy("Solde de tous les comptes (€)"),
        help_text=gettext_lazy("Celui du relevé de banque, avec un moins s'il est à découvert."),
    )
    on = day(gettext_lazy("À la fin du"), required=True)
    note = forms.CharField(label=gettext_lazy("Quels comptes"), required=False, max_length=200)


class ScenarioForm(forms.Form):
    """What if: read from the address, nothing is kept. What cannot be read is left out."""

    mois = forms.TypedChoiceField(
        label=gettext_lazy("Durée du plan"),
        coerce=int,
    )
    retard = forms.TypedChoiceField(
        label=gettext_lazy("Les versements de financements arrivent"),
        coerce=int,
    )
    financement = forms.ChoiceField(label=gettext_lazy("Cela touche"))
    factures = forms.TypedChoiceField(label=gettext_lazy("Nos factures sont payées"), coerce=int)
    demandes = forms.BooleanField(
        label=gettext_lazy("Compter aussi ce qui est demandé et pas encore accordé"), required=False
    )

    def __init__(self, fundings: Iterable[Funding], asked: Mapping[str, str]) -> None:
        first = {"mois": "12", "retard": "0", "financement": _ALL, "factures": "0"}
        super().__init__({**first, **{name: asked[name] for name in asked}})
        late = _("plus tard : %(number)d mois")
        choose: dict[str, list[tuple[Any, Any]]] = {
            "mois": [(n, _("%(number)d mois") % {"number": n}) for n in (6, 12, 18, 24)],
            "retard": [
                (0, _("comme prévu")),
                *((n, late % {"number": n}) for n in (1, 2, 3, 6, 12)),
            ],
            "financement": [
                (_ALL, _("tous les financements")),
                *((str(one.pk), str(one)) for one in fundings if one.living),
            ],
            "factures": [
                (0, _("à leur échéance")),
                *((n, _("plus tard : %(number)d jours") % {"number": n}) for n in (15, 30, 60)),
            ],
        }
        for name, choices in choose.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def read(self) -> tuple[int, rules.Scenario]:
        """Return how many months and what is supposed."""
        self.is_valid()
        values = self.cleaned_data
        named = values.get("financement", _ALL)
        return values.get("mois") or 12, rules.Scenario(
            months=values.get("retard") or 0,
            only=frozenset(() if named == _ALL else {named}),
            days=values.get("factures") or 0,
            asked=bool(values.get("demandes")),
        )
