"""Forms of group purchases, of the catalogue and of skills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import StaleWriteError
from terreau.design.forms import BaseForm
from terreau.exchanges.acting import FreshForm, new_key
from terreau.exchanges.fields import (
    EurosField,
    HoursField,
    QuantityField,
    UnitPriceField,
    area,
    day,
)
from terreau.exchanges.forms_tenders import OneOf, named
from terreau.exchanges.models import Commitment, Offering, Purchase, SkillEntry, Vat

# Group purchases


class PurchaseForm(FreshForm):
    """What is bought together, in which unit, until when one answers."""

    columns = {
        name: name
        for name in (
            *("title", "unit", "text", "vat", "answers_by", "delivery_on", "delivery_place", "public"),
        )
    }
    title = forms.CharField(
        label=gettext_lazy("Ce que nous achetons ensemble"),
        max_length=160,
        help_text=gettext_lazy("Par exemple : farine bio T80, licences de paie, électricité."),
    )
    unit = forms.CharField(
        label=gettext_lazy("Compté en"),
        max_length=40,
        help_text=gettext_lazy("Une seule unité : kg, licence par an, kWh."),
    )
    answers_by = day(gettext_lazy("Quantités à dire au plus tard le"))
    text = forms.CharField(
        label=gettext_lazy("Ce qu'il faut savoir"), required=False, max_length=5_000, widget=area(4)
    )
    vat = forms.ChoiceField(label=gettext_lazy("TVA des prix"), choices=Vat.choices, required=False)
    delivery_on = day(gettext_lazy("Livraison prévue le"))
    delivery_place = forms.CharField(label=gettext_lazy("Lieu de livraison"), required=False, max_length=200)
    public = forms.BooleanField(
        label=gettext_lazy("Montrer cet achat sur la page publique du pôle"),
        required=False,
        help_text=gettext_lazy("Ce qui est acheté et combien participent ; jamais qui ni à quel prix."),
    )


class NewPurchaseForm(PurchaseForm):
    """The same, with who organises it."""

    organiser = forms.ChoiceField(label=gettext_lazy("Organisé par"))

    def __init__(self, actors: Sequence[Actor], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actors = {str(one.pk): one for one in actors}
        self.fields["organiser"].choices = named(actors)  # type: ignore[attr-defined]


class CommitForm(OneOf):
    """What a member takes. What it said before is shown once it is chosen alone."""

    actor = forms.ChoiceField(label=gettext_lazy("Organisation"))
    quantity = QuantityField(label=gettext_lazy("Quantité"))
    before = UnitPriceField(
        label=gettext_lazy("Prix payé aujourd'hui pour une unité (€)"),
        required=False,
        help_text=gettext_lazy("Il sert à compter ce que l'achat groupé fait gagner."),
    )
    firm = forms.TypedChoiceField(
        label=gettext_lazy("Cet engagement"),
        choices=[("True", gettext_lazy("est ferme")), ("False", gettext_lazy("est une intention"))],
        coerce=lambda value: value == "True",
        initial="True",
    )
    note = forms.CharField(label=gettext_lazy("Précision"), required=False, max_length=300)
    #: The versions of the answers that the page showed: ``- 12:1 15:3``.
    seen = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)

    def __init__(
        self,
        purchase: Purchase,
        actors: Sequence[Actor],
        rows: Sequence[Commitment],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        self.held = {row.actor_id: row for row in rows}
        initial: dict[str, Any] = {"seen": self._versions()}
        if len(actors) == 1 and (row := self.held.get(actors[0].pk)):
            fields = {name: getattr(row, name) for name in ("quantity", "before", "note")}
            initial |= {**fields, "firm": str(row.firm)}
        kwargs["initial"] = initial
        super().__init__(actors, *args, **kwargs)
        self.fields["quantity"].label = _("Quantité (%(unit)s)") % {"unit": purchase.unit}

    def _versions(self) -> str:
        return " ".join(["-", *(f"{row.pk}:{row.version}" for row in self.held.values())])

    @property
    def base(self) -> Mapping[str, Any] | None:
        """What the person saw of their answer; what stands now when they saw that very version."""
        row = self.held.get(self.whose.pk)
        if row is None:
            return None
        names = ("quantity", "before", "firm", "note")
        seen = self.cleaned_data["seen"].split()
        if not seen or f"{row.pk}:{row.version}" in seen:
            return {name: getattr(row, name) for name in names}
        # Another version was shown: nothing of it is known, so that every field that differs is a conflict.
        return dict.fromkeys(names, _NOTHING)

    def show_theirs(self, error: StaleWriteError) -> None:
        """Say what a colleague wrote; sent again, what is typed replaces it."""
        row = self.held[self.whose.pk]
        row.refresh_from_db()
        for name in error.facts.get("conflicts", {}):
            value = getattr(row, name)
            said = row.firm_words if name == "firm" else self.fields[name].prepare_value(value)
            words = _("Quelqu'un vient d'écrire : « %(value)s ».")
            self.add_error(name, words % {"value": "–" if said in {None, ""} else said})
        typed: Any = self.data.copy()  # type: ignore[attr-defined]
        typed["seen"] = self._versions()
        self.data = typed


_NOTHING = object()


class QuoteForm(BaseForm):
    """The offer of a supplier."""

    supplier_name = forms.CharField(
        label=gettext_lazy("Fournisseur"),
        max_length=160,
        help_text=gettext_lazy("Son nom ou son SIREN : s'il est au registre, les paiements s'y rattachent."),
    )
    price = UnitPriceField(label=gettext_lazy("Prix d'une unité (€)"))
    fixed_cents = EurosField(
        label=gettext_lazy("Frais fixes (€)"),
        required=False,
        help_text=gettext_lazy("Transport, dossier : partagés selon les quantités."),
    )
    least = QuantityField(label=gettext_lazy("À partir de (quantité)"), required=False)
    valid_to = day(gettext_lazy("Valable jusqu'au"))
    note = forms.CharField(label=gettext_lazy("Précision"), required=False, max_length=300)


class ChooseForm(BaseForm):
    """The offer that is taken."""

    about = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(label=gettext_lazy("Pourquoi"), required=False, max_length=300)


class DeliverForm(BaseForm):
    """The day of delivery."""

    on = day(gettext_lazy("Livré le"), required=True)


class DropForm(BaseForm):
    """Why a purchase stops."""

    reason = forms.CharField(label=gettext_lazy("Pourquoi nous arrêtons"), max_length=300)


class GotForm(OneOf):
    """What a member received, or that it paid."""

    actor = forms.ChoiceField(label=gettext_lazy("Organisation"))
    received = QuantityField(label=gettext_lazy("Quantité reçue"), required=False)
    paid_on = day(
        gettext_lazy("Part payée le"), hint=gettext_lazy("Le paiement est écrit au livre, une seule fois.")
    )

    def clean(self) -> dict[str, Any]:
        """Ask for one thing at least."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and values.get("received") is None and values.get("paid_on") is None:
            raise forms.ValidationError(_("Dites la quantité reçue, ou le jour du paiement."))
        return values


# The catalogue


class OfferingForm(FreshForm):
    """A good or a service."""

    columns = {name: name for name in ("kind", "title", "text", "unit", "public")}
    kind = forms.ChoiceField(label=gettext_lazy("Nature de l'offre"), choices=Offering.Kind.choices)
    title = forms.CharField(label=gettext_lazy("Ce que nous offrons"), max_length=160)
    text = forms.CharField(
        label=gettext_lazy("Description"), required=False, max_length=5_000, widget=area(4)
    )
    unit = forms.CharField(
        label=gettext_lazy("Prix donnés pour"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Une heure, un kg, une journée."),
    )
    public = forms.BooleanField(
        label=gettext_lazy("Montrer cette offre à tout le monde"),
        required=False,
        help_text=gettext_lazy("Avec son prix hors du pôle ; le prix des membres reste dans le pôle."),
    )


class NewOfferingForm(OfferingForm):
    """The same, with its member and its first prices."""

    actor = forms.ChoiceField(label=gettext_lazy("Offert par"))
    member_cents = EurosField(label=gettext_lazy("Prix pour les membres (€)"), required=False)
    outside_cents = EurosField(label=gettext_lazy("Prix hors du pôle (€)"), required=False)
    vat = forms.ChoiceField(label=gettext_lazy("TVA des prix"), choices=Vat.choices, required=False)

    def __init__(self, actors: Sequence[Actor], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actors = {str(one.pk): one for one in actors}
        self.fields["actor"].choices = named(actors)  # type: ignore[attr-defined]


class PriceForm(BaseForm):
    """The two prices from a day on; an empty one says that there is none any more."""

    member_cents = EurosField(label=gettext_lazy("Prix pour les membres (€)"), required=False)
    outside_cents = EurosField(label=gettext_lazy("Prix hors du pôle (€)"), required=False)
    vat = forms.ChoiceField(label=gettext_lazy("TVA des prix"), choices=Vat.choices, required=False)
    since = day(gettext_lazy("À partir du"), required=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"since": timezone.localdate(), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)


# Skills


class SkillForm(OneOf):
    """A skill that a member holds or looks for."""

    way = forms.ChoiceField(
        label=gettext_lazy("Notre organisation"),
        choices=[
            (SkillEntry.Way.HELD, gettext_lazy("sait faire cela, et peut en faire profiter d'autres")),
            (SkillEntry.Way.SOUGHT, gettext_lazy("cherche qui sait faire cela")),
        ],
        widget=forms.RadioSelect,
        initial=SkillEntry.Way.HELD,
    )
    skill = forms.CharField(
        label=gettext_lazy("Compétence"),
        max_length=80,
        widget=forms.TextInput(attrs={"list": "competences", "autocomplete": "off"}),
    )
    actor = forms.ChoiceField(label=gettext_lazy("Organisation"))
    note = forms.CharField(
        label=gettext_lazy("Précision"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Pas de nom de personne."),
    )
    minutes_a_month = HoursField(label=gettext_lazy("Heures par mois"), required=False)
    rome = forms.CharField(
        label=gettext_lazy("Code ROME"),
        required=False,
        max_length=10,
        help_text=gettext_lazy("Si vous le connaissez : il est montré « à vérifier »."),
    )
    person = forms.ChoiceField(
        label=gettext_lazy("Qui l'a, parmi vos collègues inscrits ici"),
        required=False,
        help_text=gettext_lazy("Son nom ne se voit que si cette personne le veut."),
    )
    shown = forms.BooleanField(
        label=gettext_lazy("Si c'est moi : montrer mon nom aux membres du pôle"), required=False
    )

    def __init__(self, actors: Sequence[Actor], people: Sequence[User], *args: Any, **kwargs: Any) -> None:
        super().__init__(actors, *args, **kwargs)
        self.people = {str(one.pk): one for one in people}
        pairs = [(pk, one.name or one.email) for pk, one in self.people.items()]
        self.fields["person"].choices = [("", _("personne en particulier")), *pairs]  # type: ignore[attr-defined]


class ExchangeForm(BaseForm):
    """Hours of a skill that a member gave to another."""

    skill = forms.CharField(
        label=gettext_lazy("Compétence échangée"),
        max_length=80,
        widget=forms.TextInput(attrs={"list": "competences", "autocomplete": "off"}),
    )
    giver = forms.ChoiceField(label=gettext_lazy("Qui a donné"))
    receiver = forms.ChoiceField(label=gettext_lazy("Qui a reçu"))
    hours = HoursField(label=gettext_lazy("Heures données"))
    on = day(gettext_lazy("Donné le"), required=True)
    note = forms.CharField(label=gettext_lazy("Pour quoi"), required=False, max_length=200)
    key = forms.CharField(max_length=60, widget=forms.HiddenInput)

    def __init__(self, actors: Sequence[Actor], *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"key": new_key(), "on": timezone.localdate(), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.actors = {str(one.pk): one for one in actors}
        for name in ("giver", "receiver"):
            self.fields[name].choices = [("", _("Choisir")), *named(actors)]  # type: ignore[attr-defined]
