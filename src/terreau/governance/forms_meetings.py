"""Forms of meetings, decisions and votes: few fields, hours in the time of the place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.actors.models import Actor
from terreau.common import parsing
from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.design.forms import BaseForm
from terreau.governance.models import Body, Decision, Item
from terreau.poles.book import Party

_DAY = {"type": "date", "autocomplete": "off"}
_HOUR = {"type": "time", "autocomplete": "off"}
_LONGEST = 20_000


class HoursForm(BaseForm):
    """When and where a meeting is."""

    title = forms.CharField(
        label=gettext_lazy("Titre"),
        help_text=gettext_lazy("Sans titre, la séance prend le nom de l'instance."),
        required=False,
        max_length=160,
    )
    day = forms.DateField(label=gettext_lazy("Jour"), widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    begins = forms.TimeField(
        label=gettext_lazy("Commence à"), widget=forms.TimeInput(attrs=_HOUR, format="%H:%M")
    )
    ends = forms.TimeField(label=gettext_lazy("Finit à"), widget=forms.TimeInput(attrs=_HOUR, format="%H:%M"))
    place = forms.CharField(
        label=gettext_lazy("Lieu ou lien"),
        help_text=gettext_lazy("Une adresse, une salle, un lien de visioconférence."),
        required=False,
        max_length=300,
    )

    def clean(self) -> dict[str, Any]:
        """Ask for an end after the beginning."""
        values: dict[str, Any] = self.cleaned_data
        begins, ends = values.get("begins"), values.get("ends")
        if begins and ends and ends <= begins:
            self.add_error("ends", _("La fin suit le début, le même jour."))
        return values

    def times(self) -> tuple[datetime, datetime]:
        """Return the beginning and the end, in the zone of the place."""
        values = self.cleaned_data
        start = timezone.make_aware(datetime.combine(values["day"], values["begins"]))
        return start, timezone.make_aware(datetime.combine(values["day"], values["ends"]))


class MeetingForm(HoursForm):
    """A meeting to prepare: which body, when, and the points that one has in mind already."""

    body = forms.ChoiceField(label=gettext_lazy("Instance"))
    agenda = forms.CharField(
        label=gettext_lazy("Ordre du jour"),
        help_text=gettext_lazy("Un point par ligne. Un point qui finit par « ? » est à décider."),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    field_order = ("body", "title", "day", "begins", "ends", "place", "agenda")

    def __init__(self, bodies: Sequence[Body], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].choices = [(str(one.pk), one.name) for one in bodies]  # type: ignore[attr-defined]

    def points(self) -> list[tuple[str, str]]:
        """Return the points typed, with their kind."""
        lines = [" ".join(line.split()) for line in self.cleaned_data["agenda"].splitlines()]
        return [(line[:200], _kind(line)) for line in lines if line]


def _kind(line: str) -> str:
    return Item.Kind.DECISION if line.endswith("?") else Item.Kind.DISCUSSION


class ItemForm(BaseForm):
    """A point of an agenda."""

    title = forms.CharField(label=gettext_lazy("Point"), max_length=200)
    kind = forms.ChoiceField(label=gettext_lazy("Nature"), choices=Item.Kind.choices)
    minutes = forms.IntegerField(
        label=gettext_lazy("Durée prévue en minutes"), required=False, min_value=1, max_value=600
    )
    text = forms.CharField(
        label=gettext_lazy("Présentation"),
        help_text=gettext_lazy("Ce que chacun doit avoir lu avant la séance."),
        required=False,
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class AddItemForm(BaseForm):
    """A point added in one line."""

    title = forms.CharField(label=gettext_lazy("Ajouter un point"), max_length=200)
    kind = forms.ChoiceField(
        label=gettext_lazy("Nature"), choices=Item.Kind.choices, initial=Item.Kind.DISCUSSION
    )


class ReasonForm(BaseForm):
    """Why something stops."""

    reason = forms.CharField(
        label=gettext_lazy("Motif"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )


class DecisionForm(BaseForm):
    """What is to be decided, in the words that will be voted on."""

    title = forms.CharField(label=gettext_lazy("Titre"), max_length=200)
    text = forms.CharField(
        label=gettext_lazy("Ce qui est décidé"),
        help_text=gettext_lazy("Les mots exacts sur lesquels on vote."),
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class NewDecisionForm(DecisionForm):
    """A decision apart from any meeting; it may replace another."""

    replaces = forms.ChoiceField(label=gettext_lazy("Elle remplace"), required=False)

    def __init__(self, others: Sequence[Decision], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(str(one.number), f"n° {one.number} · {one.title}") for one in others]
        self.fields["replaces"].choices = [("", _("aucune autre")), *named]  # type: ignore[attr-defined]


class BallotForm(BaseForm):
    """A question put to the vote."""

    question = forms.CharField(
        label=gettext_lazy("Question"),
        help_text=gettext_lazy("On y répond par pour, contre ou abstention."),
        max_length=300,
    )
    secret = forms.BooleanField(
        label=gettext_lazy("Scrutin secret : personne ne saura qui a choisi quoi"), required=False
    )


class DecideForm(BaseForm):
    """What was decided without a vote."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("Issue de la décision"),
        choices=[one for one in Decision.Outcome.choices if one[0] != Decision.Outcome.PENDING],
    )
    on = forms.DateField(label=gettext_lazy("Date"), widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    why = forms.CharField(
        label=gettext_lazy("Motif"),
        help_text=gettext_lazy("Nécessaire quand la proposition n'est pas adoptée."),
        required=False,
        max_length=300,
    )


class ActionForm(BaseForm):
    """What a decision asks of somebody."""

    what = forms.CharField(label=gettext_lazy("Ce qui est à faire"), max_length=200)
    who = forms.ChoiceField(label=gettext_lazy("Par quelle organisation"), required=False)
    person = forms.CharField(label=gettext_lazy("Quelle personne le fait"), required=False, max_length=120)
    due = forms.DateField(
        label=gettext_lazy("Échéance"), required=False, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d")
    )

    def __init__(self, parties: Sequence[Party], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(str(one.pk), one.name) for one in parties]
        self.fields["who"].choices = [("", _("pas encore dit")), *named]  # type: ignore[attr-defined]

    def actor(self) -> Actor | None:
        """Return the organisation that was chosen, among those offered."""
        chosen = self.cleaned_data["who"]
        return Actor.objects.get(pk=chosen) if chosen else None


class MoneyForm(BaseForm):
    """Money that a decision moves: a line of the book of the pole."""

    giver = forms.ChoiceField(label=gettext_lazy("Qui paie"))
    receiver = forms.ChoiceField(label=gettext_lazy("Qui reçoit"))
    amount = forms.CharField(
        label=gettext_lazy("Montant en euros"),
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    on = forms.DateField(label=gettext_lazy("Date"), widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    label = forms.CharField(label=gettext_lazy("Libellé"), max_length=300)

    def __init__(self, parties: Sequence[Party], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(str(one.pk), one.name) for one in parties]
        for name in ("giver", "receiver"):
            self.fields[name].choices = [("", _("choisissez")), *named]  # type: ignore[attr-defined]

    def clean_giver(self) -> UUID:
        """Return who pays."""
        return UUID(self.cleaned_data["giver"])

    def clean_receiver(self) -> UUID:
        """Return who receives."""
        return UUID(self.cleaned_data["receiver"])

    def clean_amount(self) -> Euro:
        """Read an amount as people write it."""
        try:
            found = parsing.euros(self.cleaned_data["amount"])
        except DomainError as error:
            raise forms.ValidationError(str(error.message)) from error
        if found.cents <= 0:
            raise forms.ValidationError(_("Un montant est plus grand que zéro."))
        return found


class EndForm(BaseForm):
    """How an action ended."""

    state = forms.ChoiceField(
        label=gettext_lazy("Comment cela a fini"),
        choices=[("done", gettext_lazy("c'est fait")), ("dropped", gettext_lazy("c'est abandonné"))],
        widget=forms.RadioSelect,
    )
    result = forms.CharField(
        label=gettext_lazy("Résultat"),
        help_text=gettext_lazy("Ce que cela a donné, ou pourquoi c'est abandonné."),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class SignForm(BaseForm):
    """Signing minutes: for a seat, as they were read."""

    seen = forms.CharField(widget=forms.HiddenInput)
    seat = forms.ChoiceField(label=gettext_lazy("Pour quel siège"))
    name = forms.CharField(label=gettext_lazy("Vos prénom et nom"), max_length=120)
    agreed = forms.BooleanField(
        label=gettext_lazy("J'ai relu ce compte rendu ; il dit ce qui s'est passé et ce qui a été décidé.")
    )

    def __init__(self, seats: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seat"].choices = list(seats)  # type: ignore[attr-defined]


def uuid_of(text: str) -> UUID | None:
    """Return an identifier that was sent, or nothing when it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
