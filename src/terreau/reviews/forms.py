"""Forms of the campaigns: to open one, to invite, to sign, to choose what is shown, to support an answer."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.actors.models import Actor
from terreau.common.text import search_text
from terreau.design.forms import BaseForm
from terreau.grids.models import GridVersion
from terreau.poles.models import Pole
from terreau.reviews import evidence
from terreau.reviews.models import Mode, Seat
from terreau.reviews.statements import Questionnaire, said

#: Names offered when one looks for who to invite, and addresses invited at once.
_MOST_NAMES, _MOST_LINES = 12, 50
_LINE = re.compile(r"^\s*(?:(?P<name>[^<>]+?)\s*<\s*)?(?P<email>[^<>\s,;]+@[^<>\s,;]+?)\s*>?\s*$")


class OpenForm(BaseForm):
    """A campaign to open: on which grid, under which name, for when."""

    grid = forms.ChoiceField(label=gettext_lazy("Sur quelle grille"))
    title = forms.CharField(
        label=gettext_lazy("Nom de la campagne"),
        max_length=120,
        help_text=gettext_lazy("Par exemple : le point de printemps 2027."),
    )
    words = forms.CharField(
        label=gettext_lazy("Un mot pour ceux qui répondent"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    due_on = forms.DateField(
        label=gettext_lazy("Réponses attendues pour le"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, versions: list[GridVersion], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.versions = {one.grid.code: one for one in versions}
        names = [
            (code, f"{said(one.content.get('title'))} ({one.version})") for code, one in self.versions.items()
        ]
        self.fields["grid"].choices = names  # type: ignore[attr-defined]

    @property
    def version(self) -> GridVersion:
        """The version chosen."""
        return self.versions[self.cleaned_data["grid"]]


class InviteReviewerForm(OpenForm):
    """The same, and who is invited to review."""

    look = forms.CharField(
        label=gettext_lazy("Qui vous invitez"),
        help_text=gettext_lazy("Le nom d'un pôle, d'un financeur ou d'une collectivité du registre."),
    )
    reviewer = forms.ChoiceField(
        label=gettext_lazy("Lequel"), required=False, widget=forms.RadioSelect, choices=[]
    )
    quality = forms.ChoiceField(label=gettext_lazy("À quel titre"), choices=Seat.Quality.choices)

    def __init__(self, pole: Pole, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        looked = self.data.get("look", "") if self.is_bound else ""
        self.found = {str(one.pk): one for one in found(pole, looked)}
        choices = [(pk, _named(one)) for pk, one in self.found.items()]
        self.fields["reviewer"].choices = choices  # type: ignore[attr-defined]
        if not choices:
            del self.fields["reviewer"]
        self.order_fields(["look", "reviewer", "quality", "grid", "title", "words", "due_on"])

    @property
    def invited(self) -> Actor | None:
        """The organisation chosen; the only one found needs no choice."""
        chosen = self.found.get(self.cleaned_data.get("reviewer", ""))
        if chosen is None and len(self.found) == 1:
            return next(iter(self.found.values()))
        return chosen


def _named(actor: Actor) -> str:
    place = actor.zone.name if actor.zone else ""
    return f"{actor.name} ({place})" if place else actor.name


def found(pole: Pole, words: str) -> list[Actor]:
    """Return the public, living actors whose name holds these words, the pole itself left out."""
    wanted = search_text(words.strip()[:120])
    if len(wanted) < 2:
        return []
    rows = Actor.objects.filter(
        subject__public=True, subject__closed_at=None, subject__merged_into=None, sort_key__contains=wanted
    ).exclude(pk=pole.pk)
    return list(rows.select_related("subject", "zone").order_by("sort_key", "pk")[:_MOST_NAMES])


class InviteForm(BaseForm):
    """People to invite, one a line."""

    people = forms.CharField(
        label=gettext_lazy("Qui répond, sans compte"),
        help_text=gettext_lazy(
            "Une adresse par ligne, avec le nom si vous voulez : Zoé Martin &lt;zoe@exemple.fr&gt;. "
            "Chacun reçoit un lien personnel."
        ),
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Langue du courriel"), choices=[("fr", "Français"), ("en", "English")]
    )

    def clean_people(self) -> list[tuple[str, str]]:
        """Return names and addresses; each line that cannot be read is said."""
        lines = [line for line in self.cleaned_data["people"].splitlines() if line.strip()]
        if len(lines) > _MOST_LINES:
            raise forms.ValidationError(_("Cinquante personnes au plus à la fois."))
        read = [(line, _LINE.match(line)) for line in lines]
        if wrong := [line.strip()[:80] for line, match in read if match is None]:
            raise forms.ValidationError(
                _("Ces lignes ne se lisent pas : %(lines)s.") % {"lines": " ; ".join(wrong)}
            )
        return [((match["name"] or "").strip(' "'), match["email"]) for _line, match in read if match]


class SignForm(BaseForm):
    """A signature: who, in which quality, under which mandate, and that it is meant."""

    name = forms.CharField(label=gettext_lazy("Vos prénom et nom"), max_length=120)
    quality = forms.CharField(
        label=gettext_lazy("En quelle qualité"),
        help_text=gettext_lazy("Par exemple : présidente de l'association."),
        max_length=120,
    )
    mandate = forms.CharField(
        label=gettext_lazy("Votre mandat"),
        help_text=gettext_lazy("La décision qui vous permet de signer, si vous en avez une."),
        required=False,
        max_length=200,
    )
    agreed = forms.BooleanField(
        label=gettext_lazy("J'ai lu ce rapport et je le signe"),
        error_messages={"required": gettext_lazy("Cochez que vous signez ce rapport.")},
    )
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)


class ShowForm(BaseForm):
    """What everybody sees: axes, and what goes with them."""

    axes = forms.MultipleChoiceField(
        label=gettext_lazy("Les axes montrés"), required=False, widget=forms.CheckboxSelectMultiple
    )
    targets = forms.BooleanField(label=gettext_lazy("Où nous voulons aller"), required=False)
    steps = forms.BooleanField(label=gettext_lazy("Nos premiers pas"), required=False)
    progress = forms.BooleanField(label=gettext_lazy("Notre progression"), required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, asked: Questionnaire, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["axes"].choices = [(one.code, f"{one.code} · {one.title}") for one in asked.axes]  # type: ignore[attr-defined]


class SupportForm(BaseForm):
    """What supports an answer: a datum of the sheet, or a piece, new or already there."""

    fact = forms.ChoiceField(label=gettext_lazy("Une donnée de la fiche"), required=False)
    piece = forms.ChoiceField(label=gettext_lazy("Une pièce déjà là"), required=False)
    file = forms.FileField(label=gettext_lazy("Une nouvelle pièce"), required=False)
    shared = forms.BooleanField(
        label=gettext_lazy("La montrer à qui nous évalue"),
        required=False,
        help_text=gettext_lazy("Sinon, un évaluateur sait seulement qu'il y a une pièce."),
    )
    items = forms.MultipleChoiceField(
        label=gettext_lazy("Elle appuie aussi"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self, pole: Pole, asked: Questionnaire, facts: list[tuple[str, str]], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.pieces = {str(one.pk): one for one in evidence.pieces_of(pole)}
        nothing = ("", _("aucune"))
        pieces = [(pk, one.name) for pk, one in self.pieces.items()]
        self.fields["fact"].choices = [nothing, *facts]  # type: ignore[attr-defined]
        self.fields["piece"].choices = [nothing, *pieces]  # type: ignore[attr-defined]
        self.fields["items"].choices = [(one.code, f"{one.code} · {one.title}") for one in asked]  # type: ignore[attr-defined]
        if not pieces:
            del self.fields["piece"]


MODES = {"autodiagnostic": Mode.SELF, "atelier": Mode.INTERNAL, "invitation": Mode.EXTERNAL}
"""Modes as addresses write them."""
