"""The forms of the team of a file: to invite, to change what somebody does there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from terreau.actors.models import Actor
from terreau.design.forms import BaseForm
from terreau.dossiers.models import Writer
from terreau.dossiers.team import Line

LEAD, END = "lead", "end"
_ROLES: Final = (
    (Writer.Role.WRITER, gettext_lazy("écrit dans le dossier")),
    (Writer.Role.READER, gettext_lazy("lit sans écrire")),
    (Writer.Role.SIGNATORY, gettext_lazy("écrit, et signe pour son organisation")),
)


class InviteForm(BaseForm):
    """Somebody of an organisation, by their address or through those who have an account there."""

    actor = forms.ChoiceField(label=gettext_lazy("Son organisation"), required=False)
    email = forms.CharField(
        label=gettext_lazy("Adresse électronique"),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Ce que la personne fera"), choices=_ROLES, initial=Writer.Role.WRITER
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Langue du message"), choices=[("fr", "français"), ("en", "English")]
    )

    def __init__(self, *args: Any, actors: Sequence[Actor], **kwargs: Any) -> None:
        english = (get_language() or "fr").startswith("en")
        kwargs["initial"] = {"language": "en" if english else "fr", **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.actors = {str(one.pk): one for one in actors}
        listed = [("", _("aucune, ou une autre"))] + [(str(one.pk), one.name) for one in actors]
        choice: Any = self.fields["actor"]
        choice.choices = listed

    def clean(self) -> dict[str, Any]:
        """Ask for one of the two at least."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        if not found.get("email") and not found.get("actor") and "actor" not in self.errors:
            self.add_error("email", _("Donnez une adresse, ou choisissez une organisation."))
        return found

    @property
    def organisation(self) -> Actor | None:
        """The organisation that was chosen."""
        return self.actors.get(self.cleaned_data.get("actor", ""))


class ChangeForm(BaseForm):
    """What somebody of the team will do from now on."""

    who = forms.ChoiceField(label=gettext_lazy("Qui"))
    role = forms.ChoiceField(
        label=gettext_lazy("Désormais, cette personne"),
        choices=(
            *_ROLES,
            (LEAD, gettext_lazy("mène le dossier à la place de qui le mène")),
            (END, gettext_lazy("n'est plus dans l'équipe ; ce qu'elle a écrit reste")),
        ),
    )

    def __init__(self, *args: Any, lines: Sequence[Line], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["who"]
        choice.choices = [(str(one.writer.pk), _who(one)) for one in lines]


def _who(line: Line) -> str:
    actor = line.writer.actor
    return f"{line.name} ({actor.name})" if actor else line.name
