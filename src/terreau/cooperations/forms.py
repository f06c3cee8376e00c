"""Forms of cooperations: one a page, what was typed is kept when it is refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.actors.models import Actor
from terreau.common import parsing
from terreau.common.errors import DomainError
from terreau.common.periods import PartialDate
from terreau.cooperations import words
from terreau.cooperations.models import Cooperation, Financing, Form, Party, Stream
from terreau.cooperations.network import living
from terreau.design.forms import BaseForm
from terreau.poles.models import Membership, Pole
from terreau.poles.workspace import Workspace


def actors_of(pole: Pole, today: date, more: Iterable[UUID] = ()) -> list[tuple[str, str]]:
    """Return who may be a party: the members of today, the pole itself, and ``more``; three queries."""
    rows = Membership.objects.filter(pole=pole).exclude(valid_to__lte=today)
    owners = living([*rows.values_list("actor", flat=True), *more])
    ids = {*owners.values(), pole.pk}
    found = Actor.objects.filter(pk__in=ids).order_by("sort_key", "pk").values_list("pk", "name")
    return [(str(pk), name) for pk, name in found]


class DayField(forms.DateField):
    """A day, chosen in a calendar."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(**kwargs)


class NumberField(forms.CharField):
    """A number as people write it (« 1 250,5 »), read by ``read``; None when nothing is typed."""

    def __init__(self, *, read: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 30)
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(**kwargs)
        self.read = read

    def clean(self, value: Any) -> Any:
        """Return what was read, or say what to write."""
        typed = str(super().clean(value)).strip()
        if not typed:
            return None
        try:
            return self.read(typed)
        except DomainError as error:
            raise forms.ValidationError(str(error.message)) from error


def cents(typed: str) -> int:
    """Return an amount in cents."""
    return parsing.euros(typed).cents


def thousandths(typed: str) -> int:
    """Return a quantity in thousandths; a finer one is refused."""
    found = parsing.number(typed) * 1000
    if found != found.to_integral_value() or found < 0 or found > Decimal(10) ** 15:
        message = _("Écrivez une quantité positive, avec trois décimales au plus.")
        raise DomainError("bad_quantity", message)
    return int(found)


def percent(typed: str) -> int:
    """Return a share in hundredths of a percent."""
    found = parsing.number(typed.replace("%", "")) * 100
    if found != found.to_integral_value() or not 0 < found <= 10_000:
        message = _("Une part va de 0,01 à 100 %, avec deux décimales au plus.")
        raise DomainError("bad_share", message)
    return int(found)


class WhenForm(BaseForm):
    """A form with a beginning known to the year, the month or the day."""

    def clean_since(self) -> PartialDate:
        """Read the beginning."""
        typed = self.cleaned_data["since"].strip()
        try:
            return PartialDate.parse(typed)
        except ValueError:
            try:
                return PartialDate.parse(parsing.day(typed))
            except DomainError as error:
                message = _("Écrivez une année, un mois ou un jour : 2024, 2024-09, 2024-09-19.")
                raise forms.ValidationError(message) from error


def _since() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Depuis quand"),
        help_text=gettext_lazy("Une année, un mois ou un jour : 2024, 2024-09, 2024-09-19."),
        max_length=20,
        error_messages={"required": gettext_lazy("Dites depuis quand ; l'année suffit.")},
    )


class DescriptionForm(WhenForm):
    """What a cooperation is, without who takes part nor how far it goes."""

    title = forms.CharField(
        label=gettext_lazy("Que faites-vous ensemble ?"),
        help_text=gettext_lazy("En quelques mots : « Atelier bois partagé », « Veille sur les marchés »."),
        max_length=160,
        error_messages={"required": gettext_lazy("Donnez un titre à cette coopération.")},
    )
    object = forms.ChoiceField(label=gettext_lazy("Sur quoi porte-t-elle"), required=False)
    form = forms.ChoiceField(
        label=gettext_lazy("Quelle forme prend-elle"),
        help_text=gettext_lazy("Laissez vide : ce sera celle sous laquelle la source range cet objet."),
        required=False,
    )
    since = _since()
    formal = forms.ChoiceField(
        label=gettext_lazy("Un écrit la formalise-t-il"),
        required=False,
        choices=[
            ("", gettext_lazy("je ne sais pas")),
            ("oui", gettext_lazy("oui, une convention ou un contrat")),
            ("non", gettext_lazy("non, elle est informelle")),
        ],
    )
    evidence = forms.CharField(
        label=gettext_lazy("Ce qui l'atteste"),
        help_text=gettext_lazy("Une convention, un compte rendu, une facture : son titre et sa date."),
        required=False,
        max_length=500,
    )
    text = forms.CharField(
        label=gettext_lazy("En quoi elle consiste"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    purpose = forms.ChoiceField(label=gettext_lazy("Née d'une autre coopération"), required=False)
    public = forms.BooleanField(
        label=gettext_lazy("La montrer à tout le monde sur la page publique du pôle"), required=False
    )

    def __init__(self, *args: Any, ws: Workspace, born_of: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        financial = _("Coopérations financières")
        groups = [
            (financial if name == words.FINANCIAL else name, rows) for name, rows in words.objects_by_form()
        ]
        self.fields["object"].choices = [("", _("à préciser plus tard")), *groups]  # type: ignore[attr-defined]
        shapes = [(code, words.form_label(code)) for code in Form.values]
        self.fields["form"].choices = [("", _("celle de son objet")), *shapes]  # type: ignore[attr-defined]
        self.fields["purpose"].choices = [("", _("non")), *born_of]  # type: ignore[attr-defined]
        if not born_of:
            del self.fields["purpose"]
        if not ws.runs:
            del self.fields["public"]

    def described(self) -> dict[str, Any]:
        """Return the columns of the cooperation, the form deduced from the object when it is left empty."""
        typed = self.cleaned_data
        found = {
            "title": typed["title"].strip(),
            "object": typed["object"],
            "form": typed["form"] or words.form_of(typed["object"]),
            "text": typed["text"].strip(),
            "evidence": typed["evidence"].strip(),
            "formal": {"oui": True, "non": False}.get(typed["formal"]),
            "valid_from": typed["since"].first,
            "from_precision": typed["since"].precision,
        }
        if "purpose" in self.fields:
            found["purpose_id"] = UUID(typed["purpose"]) if typed["purpose"] else None
        if "public" in self.fields:
            found["public"] = typed["public"]
        return found


def described_values(row: Cooperation) -> dict[str, Any]:
    """Return what the form of a cooperation shows first."""
    return {
        "title": row.title,
        "object": row.object,
        "form": row.form,
        "text": row.text,
        "evidence": row.evidence,
        "formal": {True: "oui", False: "non"}.get(row.formal, ""),  # type: ignore[arg-type]
        "since": PartialDate(row.valid_from, row.from_precision).iso(),
        "purpose": str(row.purpose_id or ""),
        "public": row.public,
    }


def _parties() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=gettext_lazy("Avec qui"),
        help_text=gettext_lazy("Cochez au moins deux organisations."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Cochez au moins deux organisations.")},
    )


class BeginForm(DescriptionForm):
    """A new cooperation: what, with whom, how far it goes, since when; the rest may wait."""

    parties = _parties()
    leads = forms.ChoiceField(label=gettext_lazy("Qui la porte"), required=False)
    level = forms.ChoiceField(
        label=gettext_lazy("Jusqu'où va-t-elle aujourd'hui"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Dites jusqu'où elle va.")},
    )

    def __init__(self, *args: Any, actors: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parties"].choices = actors  # type: ignore[attr-defined]
        self.fields["leads"].choices = [("", _("personne en particulier")), *actors]  # type: ignore[attr-defined]
        self.fields["level"].choices = level_choices()  # type: ignore[attr-defined]

    def parties_chosen(self) -> list[tuple[Actor, str]]:
        """Return the organisations and the role of each; who carries it takes part, even left unticked."""
        typed = self.cleaned_data
        wanted = {*typed["parties"], *filter(None, [typed["leads"]])}
        rows = Actor.objects.filter(pk__in=wanted).order_by("sort_key", "pk")
        roles = {typed["leads"]: Party.Role.LEADS}
        return [(one, roles.get(str(one.pk), Party.Role.TAKES_PART)) for one in rows]


def level_choices() -> list[tuple[str, str]]:
    """Return the levels with what each means."""
    return [(code, f"{label} : {_lower(words.level_definition(code))}") for code, label in words.levels()]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


class LevelForm(BaseForm):
    """How far the cooperation goes from a day on."""

    level = forms.ChoiceField(label=gettext_lazy("Jusqu'où va-t-elle"), widget=forms.RadioSelect)
    on = DayField(label=gettext_lazy("Depuis le"))
    reason = forms.CharField(
        label=gettext_lazy("Ce qui a changé"),
        help_text=gettext_lazy("Une convention signée, une réponse commune, un départ…"),
        max_length=300,
        error_messages={"required": gettext_lazy("Dites ce qui a changé.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].choices = level_choices()  # type: ignore[attr-defined]


class JoinForm(BaseForm):
    """Who joins a cooperation."""

    actor = forms.ChoiceField(label=gettext_lazy("Organisation"), required=False)
    other = forms.CharField(
        label=gettext_lazy("Ou une organisation hors du pôle"),
        help_text=gettext_lazy("Son nom exact au registre, ou son SIREN."),
        required=False,
        max_length=250,
    )
    role = forms.ChoiceField(label=gettext_lazy("Rôle"), choices=Party.Role.choices)
    on = DayField(
        label=gettext_lazy("À partir du"), required=False, help_text=gettext_lazy("Vide : depuis le début.")
    )

    def __init__(self, *args: Any, actors: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["actor"].choices = [("", _("choisir…")), *actors]  # type: ignore[attr-defined]
        self.fields["role"].initial = Party.Role.TAKES_PART

    def clean(self) -> dict[str, Any]:
        """Ask for one organisation, and one only."""
        values: dict[str, Any] = self.cleaned_data
        if bool(values.get("actor")) == bool(values.get("other", "").strip()):
            self.add_error("actor", _("Choisissez une organisation du pôle, ou nommez-en une autre."))
        return values


class AttestForm(BaseForm):
    """A file that bears witness of a cooperation."""

    file = forms.FileField(
        label=gettext_lazy("Fichier qui l'atteste"),
        help_text=gettext_lazy(
            "Une convention, un compte rendu. Il reste privé, lu par les personnes du pôle."
        ),
        allow_empty_file=True,
    )


class EndForm(BaseForm):
    """When and why something ends."""

    on = DayField(label=gettext_lazy("Finie le"))
    reason = forms.CharField(
        label=gettext_lazy("Pourquoi"),
        max_length=300,
        error_messages={"required": gettext_lazy("Dites pourquoi elle finit.")},
    )


class FinancingForm(BaseForm):
    """Money between two members (R-45). Nothing here is asked of anybody."""

    kind = forms.ChoiceField(
        label=gettext_lazy("De quoi s'agit-il"), choices=Financing.Kind.choices, widget=forms.RadioSelect
    )
    giver = forms.ChoiceField(label=gettext_lazy("Qui prend part, avance ou garantit"))
    receiver = forms.ChoiceField(label=gettext_lazy("Au profit de"))
    amount = NumberField(read=cents, label=gettext_lazy("Montant en euros"), required=False)
    share = NumberField(
        read=percent,
        label=gettext_lazy("Part du capital (%)"),
        help_text=gettext_lazy("Pour une participation, si elle est connue."),
        required=False,
    )
    since = DayField(label=gettext_lazy("Depuis le"))
    due_on = DayField(label=gettext_lazy("Échéance"), required=False)
    parts = forms.IntegerField(
        label=gettext_lazy("Rendue en combien de fois"),
        help_text=gettext_lazy("Pour une avance : des parts égales, une par mois, la dernière à l'échéance."),
        required=False,
        min_value=1,
        max_value=120,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    creditor = forms.ChoiceField(
        label=gettext_lazy("Garantie donnée à"),
        help_text=gettext_lazy("Pour une garantie : la banque ou le prêteur, s'il est au pôle."),
        required=False,
    )
    paid = forms.BooleanField(
        label=gettext_lazy("La participation a été payée ce jour-là : l'écrire au livre"), required=False
    )
    cooperation = forms.ChoiceField(label=gettext_lazy("Dans le cadre de"), required=False)
    note = forms.CharField(
        label=gettext_lazy("Conditions"),
        help_text=gettext_lazy("Sans intérêt, remboursable à la vente, renouvelable…"),
        required=False,
        max_length=500,
    )

    def __init__(
        self,
        *args: Any,
        actors: Sequence[tuple[str, str]],
        cooperations: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name in ("giver", "receiver"):
            self.fields[name].choices = [("", _("choisir…")), *actors]  # type: ignore[attr-defined]
        self.fields["creditor"].choices = [("", _("à préciser plus tard")), *actors]  # type: ignore[attr-defined]
        choices = [("", _("aucune coopération en particulier")), *cooperations]
        self.fields["cooperation"].choices = choices  # type: ignore[attr-defined]


class PaymentForm(BaseForm):
    """A repayment or a call."""

    amount = NumberField(read=cents, label=gettext_lazy("Montant en euros"))
    on = DayField(label=gettext_lazy("Payé le"))


class StreamForm(BaseForm):
    """Something that circulates between two members (R-28)."""

    label = forms.CharField(
        label=gettext_lazy("Ce qui circule"),
        help_text=gettext_lazy("Biodéchets, chaleur, copeaux, eau de rinçage, broyage…"),
        max_length=160,
        error_messages={"required": gettext_lazy("Dites ce qui circule.")},
    )
    kind = forms.ChoiceField(label=gettext_lazy("De quelle nature"), choices=Stream.Kind.choices)
    giver = forms.ChoiceField(label=gettext_lazy("Qui donne"))
    receiver = forms.ChoiceField(label=gettext_lazy("Qui reçoit"))
    unit = forms.ChoiceField(label=gettext_lazy("Compté en"), choices=Stream.Unit.choices)
    valid_from = DayField(label=gettext_lazy("Depuis le"), required=False)
    cooperation = forms.ChoiceField(label=gettext_lazy("Dans le cadre de"), required=False)
    public = forms.BooleanField(
        label=gettext_lazy("Le montrer à tout le monde sur la page publique du pôle"), required=False
    )

    def __init__(
        self,
        *args: Any,
        ws: Workspace,
        actors: Sequence[tuple[str, str]],
        cooperations: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name in ("giver", "receiver"):
            self.fields[name].choices = [("", _("choisir…")), *actors]  # type: ignore[attr-defined]
        choices = [("", _("aucune coopération en particulier")), *cooperations]
        self.fields["cooperation"].choices = choices  # type: ignore[attr-defined]
        if not ws.runs:
            del self.fields["public"]


class StreamChangeForm(BaseForm):
    """What may change in a stream: its words, its dates, who sees it."""

    label = forms.CharField(label=gettext_lazy("Ce qui circule"), max_length=160)
    kind = forms.ChoiceField(label=gettext_lazy("De quelle nature"), choices=Stream.Kind.choices)
    valid_from = DayField(label=gettext_lazy("Depuis le"), required=False)
    valid_to = DayField(label=gettext_lazy("Fini le"), required=False)
    public = forms.BooleanField(
        label=gettext_lazy("Le montrer à tout le monde sur la page publique du pôle"), required=False
    )

    def __init__(self, *args: Any, ws: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not ws.runs:
            del self.fields["public"]


class VolumeForm(BaseForm):
    """What a stream moved in a year."""

    year = forms.IntegerField(label=gettext_lazy("Année"), min_value=1900, max_value=2200)
    quantity = NumberField(read=thousandths, label=gettext_lazy("Quantité de l'année"))
    estimated = forms.BooleanField(label=gettext_lazy("C'est une estimation"), required=False)


class DeliveryForm(BaseForm):
    """A dated delivery, written in the ledger."""

    on = DayField(label=gettext_lazy("Livré le"))
    quantity = NumberField(read=thousandths, label=gettext_lazy("Quantité livrée"))
    label = forms.CharField(label=gettext_lazy("Libellé"), required=False, max_length=160)
