"""The forms of a proposal: what is proposed, and what is decided of it."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.census.fields import OTHER, Field
from terreau.census.proposals import Change, Line
from terreau.census.spam import GuardedForm
from terreau.common.errors import DomainError
from terreau.design.forms import BaseForm


class ProposalForm(GuardedForm):
    """One group of inputs by field chosen: the value, the date it holds from, where it comes from."""

    def __init__(self, *args: Any, chosen: Sequence[Field], files: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.chosen = chosen
        for index, one in enumerate(chosen):
            self.fields.update(_inputs(index, one))
        self.guarded_texts = tuple(name for name in self.fields if name.endswith(("_new", "_source")))
        if not self.trusted:
            help_text = _("Pour vous répondre. Elle n'est montrée à personne d'autre qu'à qui modère.")
            self.fields["contact"] = forms.EmailField(
                label=_("Votre adresse électronique"), max_length=254, help_text=help_text
            )
        self.fields["message"] = forms.CharField(
            label=_("Un mot pour qui lira"), required=False, max_length=2000, widget=_area(3)
        )
        if files:
            self.fields["file"] = forms.FileField(
                label=_("Un document qui le montre"),
                required=False,
                max_length=200,
                help_text=_(
                    "Rapport d'activité, statuts… Seules les personnes qui tiennent la fiche le liront."
                ),
            )

    @property
    def groups(self) -> list[dict[str, Any]]:
        """Return each field with its inputs, for the template."""
        return [
            {
                "field": one,
                "new": self[f"c{i}_new"],
                "on": self[f"c{i}_on"] if f"c{i}_on" in self.fields else None,
                "source": self[f"c{i}_source"],
            }
            for i, one in enumerate(self.chosen)
        ]

    @property
    def rest(self) -> list[forms.BoundField]:
        """Return the inputs that speak of the whole."""
        return [self[name] for name in ("file", "message", "contact") if name in self.fields]

    def changes(self) -> list[Change]:
        """Return what was typed."""
        data = self.cleaned_data
        return [
            Change(one.key, data[f"c{i}_new"], data.get(f"c{i}_on", ""), *_cited(data[f"c{i}_source"]))
            for i, one in enumerate(self.chosen)
        ]

    def refuse(self, error: DomainError) -> None:
        """Put what an action refused beside its field."""
        key = error.facts.get("field", "")
        at = next((i for i, one in enumerate(self.chosen) if one.key == key), None)
        name = f"c{at}_new" if at is not None else key if key in self.fields else None
        if error.code == "not_a_date" and at is not None and f"c{at}_on" in self.fields:
            name = f"c{at}_on"
        self.add_error(name, str(error.message))


def _inputs(index: int, one: Field) -> dict[str, forms.Field]:
    found: dict[str, forms.Field] = {f"c{index}_new": _value(one)}
    if one.dated:
        found[f"c{index}_on"] = forms.CharField(
            label=_("Vrai depuis"),
            required=False,
            max_length=10,
            initial=str(timezone.localdate().year),
            help_text=_("Une année, un mois ou un jour : 2014, 2014-09, 2014-09-19."),
        )
    found[f"c{index}_source"] = forms.CharField(
        label=_("D'où le savez-vous ?"),
        required=False,
        max_length=500,
        help_text=_("Un document, une adresse de page, ou « j'en suis membre »."),
    )
    return found


def _value(one: Field) -> forms.Field:
    label = _("Votre texte") if one.key == OTHER else _("Nouvelle valeur")
    if one.choices:
        return forms.ChoiceField(label=label, choices=[("", "—"), *one.choices], initial=one.raw)
    if one.type == "text" and (one.code or one.key == OTHER):
        return forms.CharField(label=label, initial=one.raw, max_length=4000, widget=_area(4))
    mode = {"number": "decimal", "money": "decimal"}.get(one.type)
    widget = forms.TextInput(attrs={"inputmode": mode} if mode else {})
    return forms.CharField(label=label, initial=one.raw, max_length=250, widget=widget)


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _cited(typed: str) -> tuple[str, str]:
    """Return the words and the address of a source typed in one field."""
    text = " ".join(typed.split())
    return text[:300], next((word for word in text.split() if _is_address(word)), "")


def _is_address(word: str) -> bool:
    try:
        URLValidator(schemes=["http", "https"])(word)
    except ValidationError:
        return False
    return len(word) <= 500


class DecisionForm(BaseForm):
    """Accept or refuse each change, none chosen in advance; a reason when anything is refused."""

    reason = forms.CharField(
        label=gettext_lazy("Pourquoi refuser"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("La personne lira ce motif. Nécessaire dès qu'un changement est refusé."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, lines: Sequence[Line], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            choices = [("accepted", _("Accepter")), ("refused", _("Refuser"))]
            if line.problem:
                choices = choices[1:]
            self.fields[f"item{line.index}"] = forms.ChoiceField(
                label=line.label,
                choices=choices,
                widget=forms.RadioSelect,
                error_messages={"required": _("Acceptez ou refusez ce changement.")},
            )
            # Written by the template from the line itself, never from what was sent before.
            self.fields[f"seen{line.index}"] = forms.CharField(widget=forms.HiddenInput, required=False)

    @property
    def choices(self) -> dict[int, str]:
        """Return what was chosen for each item."""
        return {line.index: self.cleaned_data[f"item{line.index}"] for line in self.lines}

    @property
    def seen(self) -> dict[int, str]:
        """Return what the person had before the eyes for each item."""
        return {line.index: self.cleaned_data[f"seen{line.index}"] for line in self.lines}

    @property
    def rows(self) -> list[tuple[Line, forms.BoundField]]:
        """Return each change with its two buttons."""
        return [(line, self[f"item{line.index}"]) for line in self.lines]
