"""Forms of the charters: to begin one, write it, sign it, invite, ask again, consult."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from terreau.actors.models import Actor
from terreau.design.forms import BaseForm


def _area(rows: int, **attributes: str) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, **attributes})


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}))


class BeginForm(BaseForm):
    """Who keeps the charter, its title, and whether one starts from the model."""

    owner = forms.ChoiceField(label=gettext_lazy("Au nom de quelle organisation ?"))
    title = forms.CharField(
        label=gettext_lazy("Titre"),
        max_length=200,
        help_text=gettext_lazy("Par exemple : Charte du pôle des Rives."),
    )
    start = forms.ChoiceField(
        label=gettext_lazy("Partir"),
        widget=forms.RadioSelect,
        choices=[
            ("modele", gettext_lazy("du modèle de Terreau : préambule, valeurs, engagements à réécrire")),
            ("vide", gettext_lazy("d'une page vide")),
        ],
        initial="modele",
    )

    def __init__(self, owners: Sequence[Actor], *args: Any, model: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owners = {str(one.pk): one for one in owners}
        self.fields["owner"].choices = [(pk, one.name) for pk, one in self.owners.items()]  # type: ignore[attr-defined]
        if not model:
            del self.fields["start"]


class DraftForm(BaseForm):
    """The three parts of a charter, in French, then in English for who wishes."""

    preamble_fr = forms.CharField(label=gettext_lazy("Préambule"), required=False, widget=_area(8))
    values_fr = forms.CharField(
        label=gettext_lazy("Valeurs"),
        required=False,
        widget=_area(6),
        help_text=gettext_lazy("Une par ligne."),
    )
    commitments_fr = forms.CharField(
        label=gettext_lazy("Engagements"),
        required=False,
        widget=_area(8),
        help_text=gettext_lazy("Un par ligne : ce que chaque signataire fera."),
    )
    preamble_en = forms.CharField(
        label=gettext_lazy("Préambule en anglais"), required=False, widget=_area(8, lang="en")
    )
    values_en = forms.CharField(
        label=gettext_lazy("Valeurs en anglais"), required=False, widget=_area(6, lang="en")
    )
    commitments_en = forms.CharField(
        label=gettext_lazy("Engagements en anglais"), required=False, widget=_area(8, lang="en")
    )
    label = forms.CharField(
        label=gettext_lazy("Nom de cette version"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("Son année par exemple ; il en faut un pour publier."),
    )
    note = forms.CharField(
        label=gettext_lazy("Ce qui change depuis la version d'avant"),
        required=False,
        max_length=500,
        widget=_area(2),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    @property
    def french(self) -> list[forms.BoundField]:
        """The parts in French."""
        return [self[name] for name in ("preamble_fr", "values_fr", "commitments_fr")]

    @property
    def english(self) -> list[forms.BoundField]:
        """The parts in English."""
        return [self[name] for name in ("preamble_en", "values_en", "commitments_en")]

    @property
    def parts(self) -> dict[str, str]:
        """What was typed, as ``rules.typed`` reads it."""
        return {name: self.cleaned_data[name] for name in self.fields if name[-3:] in {"_fr", "_en"}}


class PublishForm(BaseForm):
    """Who will read the text, and that it will not change."""

    public = forms.ChoiceField(
        label=gettext_lazy("Qui lira ce texte et la liste de ses signataires ?"),
        widget=forms.RadioSelect,
        choices=[
            ("oui", gettext_lazy("Tout le monde")),
            ("non", gettext_lazy("Vous, les signataires et les personnes que vous invitez")),
        ],
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class SignForm(BaseForm):
    """A signature: who, in which capacity, under which mandate, and that it is meant."""

    name = forms.CharField(
        label=gettext_lazy("Vos prénom et nom"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    quality = forms.CharField(
        label=gettext_lazy("En qualité de"),
        max_length=120,
        help_text=gettext_lazy("Par exemple : présidente de l'association."),
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    mandate = forms.CharField(
        label=gettext_lazy("Mandat"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Par exemple : décision du conseil d'administration du 3 mars 2026."),
    )
    shown = forms.BooleanField(
        label=gettext_lazy("Montrer mon nom et ma qualité au registre des signataires"), required=False
    )
    agreed = forms.BooleanField(
        label=gettext_lazy("J'ai lu ce texte et je le signe au nom de l'organisation"), required=False
    )
    sha256 = forms.CharField(widget=forms.HiddenInput)


class SignForForm(SignForm):
    """The same, when the person engages one or several organisations."""

    signatory = forms.ChoiceField(label=gettext_lazy("Au nom de quelle organisation ?"))

    def __init__(self, actors: Sequence[Actor], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actors = {str(one.pk): one for one in actors}
        self.fields["signatory"].choices = [(pk, one.name) for pk, one in self.actors.items()]  # type: ignore[attr-defined]
        self.order_fields(["signatory"])


class WithdrawForm(BaseForm):
    """The end of a signature: a reason, if the person gives one."""

    reason = forms.CharField(
        label=gettext_lazy("Pourquoi"),
        required=False,
        max_length=500,
        widget=_area(3),
        help_text=gettext_lazy("Ce motif se lira au registre, à côté de la date."),
    )


class InviteForm(BaseForm):
    """Whom to invite to sign: an organisation, and the address of somebody who engages it."""

    signatory = forms.CharField(
        label=gettext_lazy("Organisation"),
        max_length=250,
        help_text=gettext_lazy("Son nom exact au registre, ou son SIREN."),
        widget=forms.TextInput(attrs={"list": "organisations-proches", "autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("Adresse électronique de la personne qui l'engage"),
        help_text=gettext_lazy("Elle reçoit un lien personnel et signe sans compte."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    message = forms.CharField(
        label=gettext_lazy("Un mot de vous"), required=False, max_length=2000, widget=_area(3)
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Langue du courriel"), choices=[("fr", "Français"), ("en", "English")]
    )


class CampaignForm(BaseForm):
    """Until when a new version is asked to be signed."""

    due_on = _day(gettext_lazy("Réponse attendue le"))


class ConsultForm(BaseForm):
    """A question to the signatories."""

    question = forms.CharField(label=gettext_lazy("La question"), max_length=300)
    context = forms.CharField(
        label=gettext_lazy("Ce qu'il faut savoir pour répondre"), required=False, widget=_area(4)
    )
    options = forms.CharField(
        label=gettext_lazy("Réponses possibles"),
        widget=_area(4),
        help_text=gettext_lazy("Une par ligne, de deux à huit."),
    )
    due_on = _day(gettext_lazy("Jusqu'au"))


class VoiceForm(BaseForm):
    """The voice of a signatory: an option, and the version of the voice that was read."""

    option = forms.TypedChoiceField(
        label=gettext_lazy("Votre réponse"), widget=forms.RadioSelect, coerce=int, empty_value=None
    )
    signatory = forms.CharField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, options: Sequence[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["option"].choices = list(enumerate(options))  # type: ignore[attr-defined]


def refused(form: BaseForm, error: Any) -> None:
    """Put what the domain refuses beside its field, or above the form."""
    field = error.facts.get("field")
    form.add_error(field if field in form.fields else None, str(error.message))
