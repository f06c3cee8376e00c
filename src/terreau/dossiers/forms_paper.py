"""The forms by which an officer enters a file, and by which an answer comes from a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.calls.models import Applicant, Call, Category
from terreau.common.errors import DomainError
from terreau.common.official_numbers import check_siren
from terreau.design.forms import BaseForm
from terreau.dossiers.models import Channel
from terreau.dossiers.paper import Came, Typed
from terreau.poles.models import Pole
from terreau.territories.models import Zone

#: Largest spreadsheet that is read.
MOST_OCTETS: Final = 10_000_000


def _day(label: Any, hint: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, help_text=hint)


class CameForm(BaseForm):
    """How a file came: the postmark, the e-mail, or both."""

    postmark = _day(gettext_lazy("Cachet de la poste"), gettext_lazy("La date qui compte pour un envoi."))
    paper_on = _day(gettext_lazy("Papier arrivé le"))
    emailed_at = forms.DateTimeField(
        label=gettext_lazy("Courriel reçu le"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S"),
        help_text=gettext_lazy("Le jour et l'heure d'arrivée, à l'heure de Paris."),
    )
    note = forms.CharField(label=gettext_lazy("Remarque sur la réception"), required=False, max_length=300)

    @property
    def came(self) -> Came:
        """What was typed."""
        data = self.cleaned_data
        return Came(data.get("postmark"), data.get("paper_on"), data.get("emailed_at"), data.get("note", ""))


class EnterForm(CameForm):
    """The file of somebody else: who asks, for what, and how it came."""

    who = forms.CharField(
        label=gettext_lazy("Qui demande"),
        max_length=250,
        widget=forms.TextInput(attrs={"list": "noms", "autocomplete": "off"}),
        help_text=gettext_lazy("Le nom écrit sur le dossier, ou le SIREN."),
    )
    siren = forms.CharField(label=gettext_lazy("Numéro SIREN"), required=False, max_length=20)
    region = forms.ChoiceField(label=gettext_lazy("Sa région"), required=False)
    pole = forms.ChoiceField(label=gettext_lazy("Le pôle dont il s'agit"), required=False)
    title = forms.CharField(label=gettext_lazy("Intitulé du projet"), required=False, max_length=200)
    kind = forms.ChoiceField(label=gettext_lazy("Sorte de candidat"), required=False)
    category = forms.ChoiceField(label=gettext_lazy("Stade du pôle"), required=False)
    strand = forms.ChoiceField(label=gettext_lazy("Volet de l'appel"), required=False)

    field_order = (
        *("who", "siren", "region", "pole", "title", "kind", "category", "strand"),
        *("postmark", "paper_on", "emailed_at", "note"),
    )

    def __init__(
        self, *args: Any, call: Call, regions: Sequence[Zone], poles: Sequence[Pole], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.regions = {str(one.pk): one for one in regions}
        self.poles = {str(one.pk): one for one in poles}
        self.strands = {str(one.pk): one for one in call.strands.order_by("rank", "pk")}
        self._choose("region", [(key, one.name) for key, one in self.regions.items()], _("pas connue"))
        self._choose(
            "pole", [(key, one.actor.name) for key, one in self.poles.items()], _("aucun, ou pas connu")
        )
        self._choose("kind", _among(Applicant.choices, call.applicants))
        self._choose("category", _among(Category.choices, call.categories))
        self._choose("strand", [(key, one.name) for key, one in self.strands.items()])
        for name in ("pole", "kind", "category", "strand"):
            if len(self.fields[name].choices) < 3 and name != "pole":  # type: ignore[attr-defined]
                del self.fields[name]

    def _choose(self, name: str, listed: Sequence[tuple[str, Any]], nothing: str = "") -> None:
        choice: Any = self.fields[name]
        choice.choices = [("", nothing or _("à choisir")), *listed]

    def clean_siren(self) -> str:
        """Return the digits, checked; raises beside the field."""
        typed = str(self.cleaned_data.get("siren") or "").strip()
        if not typed:
            return ""
        try:
            return check_siren(typed)
        except DomainError as error:
            raise forms.ValidationError(str(error.message)) from error

    def typed(self, call: Call) -> Typed:
        """Return who asks for what; what the call leaves no choice of is chosen."""
        data = self.cleaned_data

        def only(name: str, listed: Sequence[str]) -> str:
            return str(data.get(name) or (listed[0] if len(listed) == 1 else ""))

        return Typed(
            name=data["who"],
            siren=data.get("siren") or "",
            region=self.regions.get(data.get("region", "")),
            pole=self.poles.get(data.get("pole", "")),
            title=data.get("title") or "",
            kind=only("kind", call.applicants),
            category=only("category", call.categories),
            strand=self.strands.get(data.get("strand", "")),
        )


class RulesForm(BaseForm):
    """How a call takes its files, set by its owner."""

    channels = forms.MultipleChoiceField(
        label=gettext_lazy("Un dossier peut arriver"),
        choices=[
            (Channel.ONLINE, gettext_lazy("en ligne")),
            (Channel.PAPER, gettext_lazy("sur papier, saisi par l'instruction")),
            (Channel.EMAIL, gettext_lazy("par courriel, saisi par l'instruction")),
        ],
        widget=forms.CheckboxSelectMultiple,
    )
    both = forms.BooleanField(
        label=gettext_lazy("Hors ligne, le papier et le courriel sont demandés tous les deux"),
        required=False,
        help_text=gettext_lazy("Un dossier à qui il manque l'un des deux est irrecevable."),
    )
    signed = forms.BooleanField(
        label=gettext_lazy("Chaque organisation partenaire signe avant le dépôt"), required=False
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)


class CorrectForm(CameForm):
    """How a file came, corrected."""

    seen = forms.IntegerField(widget=forms.HiddenInput)


class ScanForm(BaseForm):
    """A scan of what came, or a message that was received."""

    file = forms.FileField(
        label=gettext_lazy("Pièce numérisée"),
        help_text=gettext_lazy(
            "Le dossier scanné, l'enveloppe, le courriel enregistré : un fichier à la fois."
        ),
    )


class FollowForm(BaseForm):
    """Who will follow, for its applicant, a file that did not come online."""

    email = forms.EmailField(label=gettext_lazy("Adresse électronique"), max_length=254)


class SheetForm(BaseForm):
    """A filled model, and the file that it answers for."""

    target = forms.ChoiceField(label=gettext_lazy("Pour quel dossier"))
    file = forms.FileField(label=gettext_lazy("Le tableau rempli (XLSX ou ODS)"))

    def __init__(self, *args: Any, targets: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["target"]
        choice.choices = targets

    def clean_file(self) -> Any:
        """Refuse what is too large to be an answer."""
        file = self.cleaned_data["file"]
        if file.size > MOST_OCTETS:
            raise forms.ValidationError(_("Ce fichier est trop gros : 10 Mo au plus."))
        return file


def _among(choices: Sequence[tuple[Any, Any]], listed: Sequence[str]) -> list[tuple[str, Any]]:
    return [(code, label) for code, label in choices if code in listed]


def shown_instant(at: datetime | None) -> str:
    """Return an instant as the field takes it, in Paris."""
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M:%S") if at else ""
