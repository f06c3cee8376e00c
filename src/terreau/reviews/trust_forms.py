"""Forms of the questionnaire on trust: to open it, to invite, to answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from terreau.design.forms import BaseForm
from terreau.reviews.trust_models import FEWEST
from terreau.reviews.trust_questions import WORDS


class InviteForm(BaseForm):
    """Whom to invite: an address a line."""

    emails = forms.CharField(
        label=gettext_lazy("Adresses électroniques"),
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off"}),
        help_text=gettext_lazy("Une par ligne. Chaque personne reçoit un lien et répond sans compte."),
    )

    @property
    def addresses(self) -> list[str]:
        """What was typed, in a list."""
        return str(self.cleaned_data["emails"]).replace(",", "\n").replace(";", "\n").splitlines()


class OpenForm(InviteForm):
    """The same, with the least number of answers and the day of the end."""

    least = forms.IntegerField(
        label=gettext_lazy("Ne rien montrer à moins de"),
        initial=FEWEST,
        min_value=FEWEST,
        help_text=gettext_lazy("Cinq réponses au moins : en dessous, une réponse se devinerait."),
    )
    due_on = forms.DateField(
        label=gettext_lazy("Réponses attendues pour le"), widget=forms.DateInput(attrs={"type": "date"})
    )


class AnswerForm(BaseForm):
    """One field for each question, none of them required."""

    def __init__(self, questions: Sequence[dict[str, Any]], language: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in questions:
            self.fields[one["code"]] = forms.TypedChoiceField(
                label=one["text"][language],
                choices=list(WORDS.items()),
                coerce=int,
                empty_value=None,
                required=False,
                widget=forms.RadioSelect,
            )
