"""The forms of the moderator: what becomes of a report, how sure the register is, what bodies recognised."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.common.periods import PartialDate
from terreau.common.text import sort_key
from terreau.design.forms import BaseForm
from terreau.facts import catalogue
from terreau.poles.models import Pole, RegisterStatus

ACCEPT, ATTACH, REFUSE = "accept", "attach", "refuse"
_KNOWN = gettext_lazy("Ce pôle n'est pas au registre : collez l'adresse de sa fiche, ou son nom exact.")


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class ReportForm(BaseForm):
    """Accept a report as a pole, attach it to one that is known, or refuse it with a reason."""

    decision = forms.ChoiceField(
        label=gettext_lazy("Que faire de ce signalement ?"),
        choices=[
            (ACCEPT, gettext_lazy("L'accepter : un pôle « repéré » entre au registre")),
            (ATTACH, gettext_lazy("Le rattacher à un pôle que le registre connaît")),
            (REFUSE, gettext_lazy("Le refuser")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choisissez l'une des trois réponses.")},
    )
    name = forms.CharField(
        label=gettext_lazy("Nom du pôle, s'il est accepté"), max_length=250, required=False
    )
    summary = forms.CharField(
        label=gettext_lazy("Présentation, si elle est gardée"),
        max_length=4000,
        required=False,
        widget=_area(4),
        help_text=gettext_lazy("Le texte du signalement, à corriger ou à vider."),
    )
    public = forms.BooleanField(
        label=gettext_lazy("Montrer la fiche à tout le monde dès maintenant"), required=False, initial=True
    )
    pole = forms.CharField(
        label=gettext_lazy("Pôle connu, s'il est rattaché"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("L'adresse de sa fiche, ou son nom exact."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Réponse à la personne"),
        max_length=2000,
        required=False,
        widget=_area(3),
        help_text=gettext_lazy("Nécessaire pour un refus : elle lira ce motif."),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for what each answer needs, beside its field."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        decision = data.get("decision")
        if decision == ACCEPT and not data.get("name", "").strip():
            self.add_error("name", _("Un pôle a un nom."))
        if decision == REFUSE and not data.get("reason", "").strip():
            self.add_error("reason", _("Dites pourquoi : la personne lira ce motif."))
        if decision == ATTACH:
            data["pole"] = known_pole(data.get("pole", ""))
            if data["pole"] is None:
                self.add_error("pole", str(_KNOWN))
        return data


def known_pole(typed: str) -> Pole | None:
    """Return the living pole of an address (whole or its end) or of an exact name."""
    text = typed.strip()
    slug = text.rstrip("/").rpartition("/")[2]
    rows = Pole.objects.select_related("actor__subject").filter(
        actor__subject__closed_at=None, actor__subject__merged_into=None
    )
    found = rows.filter(slug=slug).first() if slug else None
    return found or rows.filter(actor__sort_key=sort_key(text)[:250]).first() if text else None


class StatusForm(BaseForm):
    """How sure the register is of a pole, and why it changes."""

    status = forms.ChoiceField(label=gettext_lazy("État au registre"), widget=forms.RadioSelect)
    publish = forms.BooleanField(label=gettext_lazy("Montrer la fiche à tout le monde"), required=False)
    reason = forms.CharField(
        label=gettext_lazy("Pourquoi"),
        max_length=300,
        help_text=gettext_lazy("Écrit dans l'histoire de la fiche : ce que vous avez lu, vu ou entendu."),
    )

    def __init__(self, *args: Any, pole: Pole, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        terms = catalogue.vocabulary("register_status").terms
        lang = (get_language() or "fr")[:2]
        self.fields["status"].choices = [  # type: ignore[attr-defined]
            (code, f"{label} : {terms[code].definitions[lang]}") for code, label in RegisterStatus.choices
        ]
        self.initial.setdefault("status", pole.register_status)
        if pole.actor.subject.public:
            del self.fields["publish"]


class RecognitionForm(BaseForm):
    """A recognition by a body under a dated scheme; labels of other policies are recognitions too (R-59)."""

    scheme = forms.ChoiceField(label=gettext_lazy("Reconnaissance"))
    body = forms.CharField(
        label=gettext_lazy("Organisme qui la donne"),
        max_length=250,
        required=False,
        help_text=gettext_lazy("Le nom exact d'un acteur du registre ; vide quand on ne sait pas."),
        widget=forms.TextInput(attrs={"list": "organismes", "autocomplete": "off"}),
    )
    on = forms.CharField(
        label=gettext_lazy("Donnée en"),
        max_length=10,
        help_text=gettext_lazy("Une année, un mois ou un jour : 2014, 2014-09, 2014-09-19."),
    )
    phase = forms.CharField(label=gettext_lazy("Phase ou précision"), max_length=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = catalogue.vocabulary("recognition")
        lang = (get_language() or "fr")[:2]
        self.fields["scheme"].choices = [  # type: ignore[attr-defined]
            ("", "—"),
            *((code, words.label(code, lang)) for code in words.terms),
        ]

    def clean_body(self) -> Actor | None:
        """Return the actor of this exact name, whatever its accents and case."""
        typed = self.cleaned_data["body"].strip()
        if not typed:
            return None
        found: Actor | None = bodies().filter(sort_key=sort_key(typed)[:250]).order_by("pk").first()
        if found is None:
            raise forms.ValidationError(_("Aucun acteur public du registre n'a ce nom."))
        return found

    def clean_on(self) -> PartialDate:
        """Return the date, as precise as it is typed."""
        try:
            return PartialDate.parse(self.cleaned_data["on"])
        except ValueError as error:
            raise forms.ValidationError(_("Écrivez une date : 2014, 2014-09 ou 2014-09-19.")) from error


class EndForm(BaseForm):
    """The end of a recognition: a day and a reason."""

    on = forms.DateField(
        label=gettext_lazy("Terminée le"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(label=gettext_lazy("Pourquoi"), max_length=300)


class CloseForm(BaseForm):
    """The closing of a pole: a day that has come, and a reason that everybody reads."""

    on = forms.DateField(
        label=gettext_lazy("Fermé le"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(
        label=gettext_lazy("Pourquoi"),
        max_length=300,
        help_text=gettext_lazy("Se lit sur la fiche, qui reste lisible avec toute son histoire."),
    )

    def clean_on(self) -> date:
        """Refuse a day to come: what will close is still open."""
        day: date = self.cleaned_data["on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("Cette date est à venir."))
        return day


class ReopenForm(BaseForm):
    """Why a pole that was closed is open again."""

    reason = forms.CharField(label=gettext_lazy("Pourquoi"), max_length=300)


def bodies() -> Any:
    """Return the public living actors, of which any may give a recognition."""
    return Actor.objects.filter(
        subject__public=True, subject__closed_at=None, subject__merged_into=None
    ).select_related("subject")


def put(form: BaseForm, error: DomainError, fields: Sequence[str] = ()) -> None:
    """Put what an action refused beside its field, or above the form."""
    name = error.facts.get("field", "")
    form.add_error(
        name if name in form.fields and (not fields or name in fields) else None, str(error.message)
    )
