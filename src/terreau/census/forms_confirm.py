"""The form of a confirmation: still true, changed, unknown, for each line of the sheet."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.census.confirmations import CHANGED, STILL, UNKNOWN, Answer
from terreau.census.fields import Field
from terreau.common.errors import DomainError
from terreau.design.forms import BaseForm


class ConfirmForm(BaseForm):
    """Three buttons a line, and the new value of what has changed, when it can be typed here."""

    def __init__(self, *args: Any, asked: Sequence[Field], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked
        choices = [(STILL, _("Toujours vrai")), (CHANGED, _("Changé")), (UNKNOWN, _("Ne sais pas"))]
        for index, item in enumerate(asked):
            self.fields[f"a{index}"] = forms.ChoiceField(
                label=item.label, choices=choices, widget=forms.RadioSelect, required=False
            )
            if item.type != "structure":
                self.fields[f"n{index}"] = _new(item)
            # What the person saw: a sheet that moved meanwhile is not confirmed unseen.
            self.fields[f"k{index}"] = forms.CharField(widget=forms.HiddenInput, required=False)

    @property
    def groups(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """Return the lines by heading, for the template."""
        found: dict[str, list[dict[str, Any]]] = {}
        for index, item in enumerate(self.asked):
            new = self[f"n{index}"] if f"n{index}" in self.fields else None
            line = {"field": item, "answer": self[f"a{index}"], "new": new, "key": f"k{index}"}
            found.setdefault(item.group, []).append(line)
        return list(found.items())

    def answers(self) -> dict[str, Answer]:
        """Return what was answered, by key of the line as it was shown."""
        data = self.cleaned_data
        found = {}
        for index, _item in enumerate(self.asked):
            new = data.get(f"n{index}", "")
            given = data[f"a{index}"] or (CHANGED if new else "")
            if given:
                found[data[f"k{index}"]] = Answer(given, new, str(timezone.localdate().year))
        return found

    def all_true(self) -> dict[str, Answer]:
        """Return « toujours vrai » for every line that was shown."""
        return {self.data.get(f"k{index}", ""): Answer(STILL) for index, _item in enumerate(self.asked)}

    def clean(self) -> dict[str, Any]:
        """Ask for a new value only beside « changé »."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for index, _item in enumerate(self.asked):
            if data.get(f"n{index}") and data.get(f"a{index}") in (STILL, UNKNOWN):
                message = _("Vous avez écrit une nouvelle valeur : choisissez « changé », ou effacez-la.")
                self.add_error(f"n{index}", message)
        return data

    def refuse(self, error: DomainError) -> None:
        """Put what an action refused beside its line."""
        key = error.facts.get("field", "")
        at = next((i for i, item in enumerate(self.asked) if key in (item.key, item.code)), None)
        name = f"n{at}" if at is not None and f"n{at}" in self.fields else None
        self.add_error(name, str(error.message))


def _new(item: Field) -> forms.Field:
    label = _("Nouvelle valeur")
    if item.choices:
        return forms.ChoiceField(label=label, choices=[("", "—"), *item.choices], required=False)
    widget = forms.Textarea(attrs={"rows": 2}) if len(item.raw) > 80 else forms.TextInput()
    return forms.CharField(label=label, max_length=4000, required=False, widget=widget)
