"""Forms of shared means: what is shared, at which price, and booking it in two steps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.actors.models import Actor
from terreau.census.outside import OutsideForm
from terreau.design.forms import BaseForm
from terreau.means import rules
from terreau.means.fields import EurosField, HoursField, SquareMetresField, day_field, time_field
from terreau.means.models import Means, Tariff
from terreau.means.pages import choices, instant
from terreau.means.series import MOST

#: Fields of the form that are columns of the same name.
COLUMNS = (
    *("name", "kind", "text", "place", "seats", "surface", "tenure", "step", "longest", "notice_hours"),
    *("ahead_days", "opens", "closes", "asks_owner", "open_outside", "public"),
)
_STEPS = [
    (15, gettext_lazy("le quart d'heure")),
    (30, gettext_lazy("la demi-heure")),
    (60, gettext_lazy("l'heure")),
    (240, gettext_lazy("la demi-journée de quatre heures")),
    (1440, gettext_lazy("le jour entier")),
]

#: No booking is longer.
_MOST_DAYS = 92


class MeansForm(BaseForm):
    """A thing that is shared, and the rules of its owner."""

    owner = forms.ChoiceField(label=gettext_lazy("Qui le prête ?"))
    name = forms.CharField(label=gettext_lazy("Nom"), max_length=120)
    kind = forms.ChoiceField(label=gettext_lazy("Sorte de moyen"), choices=Means.Kind.choices)
    text = forms.CharField(
        label=gettext_lazy("Ce qu'il faut savoir"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("Équipement, clés, ce qu'on apporte, ce qu'on remet en place."),
    )
    place = forms.CharField(label=gettext_lazy("Lieu"), required=False, max_length=200)
    seats = forms.IntegerField(
        label=gettext_lazy("Nombre de places"), required=False, min_value=1, max_value=30_000
    )
    surface = SquareMetresField(label=gettext_lazy("Surface en m²"), required=False)
    tenure = forms.ChoiceField(
        label=gettext_lazy("Titre d'occupation, pour des locaux"),
        required=False,
        choices=[("", gettext_lazy("non dit")), *Means.Tenure.choices],
    )
    step = forms.TypedChoiceField(
        label=gettext_lazy("On réserve par"), choices=_STEPS, coerce=int, initial=30
    )
    longest = HoursField(
        label=gettext_lazy("Durée la plus longue"),
        required=False,
        help_text=gettext_lazy("Par exemple 4 h. Laissez vide s'il n'y en a pas."),
    )
    notice_hours = forms.IntegerField(
        label=gettext_lazy("Combien d'heures à l'avance, au moins"),
        required=False,
        min_value=0,
        max_value=10_000,
    )
    ahead_days = forms.IntegerField(
        label=gettext_lazy("Combien de jours à l'avance, au plus"),
        required=False,
        min_value=0,
        max_value=3_650,
    )
    opens = time_field(gettext_lazy("Ouvre à"), required=False)
    closes = time_field(gettext_lazy("Ferme à"), required=False)
    asks_owner = forms.BooleanField(
        label=gettext_lazy("Chaque réservation attend l'accord de qui prête"), required=False
    )
    open_outside = forms.BooleanField(
        label=gettext_lazy("Ouvert à des organisations hors du pôle"), required=False
    )
    public = forms.BooleanField(
        label=gettext_lazy("Publier ce moyen, ses prix et ses heures libres sur la fiche du pôle"),
        required=False,
    )

    def __init__(self, owners: Sequence[Actor], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owners = owners
        if owners:
            self.fields["owner"].choices = choices(owners)  # type: ignore[attr-defined]
        else:
            del self.fields["owner"]

    def clean(self) -> dict[str, Any]:
        """Hold what the database holds: both hours or none, in order."""
        found = super().clean() or {}
        opens, closes = found.get("opens"), found.get("closes")
        if bool(opens) != bool(closes):
            self.add_error("closes", _("Donnez les deux heures, ou aucune."))
        elif opens and closes and closes <= opens:
            self.add_error("closes", _("L'heure de fermeture suit celle d'ouverture."))
        return found

    @property
    def columns(self) -> dict[str, Any]:
        """The values of the columns; zero is no limit."""
        values = {name: self.cleaned_data[name] for name in COLUMNS}
        for name in ("longest", "notice_hours", "ahead_days"):
            values[name] = values[name] or 0
        return values


class TariffForm(BaseForm):
    """A price, for whom, by what, from which day."""

    who = forms.ChoiceField(label=gettext_lazy("Pour qui"), choices=Tariff.Who.choices)
    unit = forms.ChoiceField(label=gettext_lazy("Prix pour"), choices=Tariff.Unit.choices)
    price = EurosField(
        label=gettext_lazy("Prix en euros"),
        help_text=gettext_lazy("Par exemple 12,50 ; zéro si c'est gratuit."),
    )
    since = day_field(
        gettext_lazy("À partir du"),
        required=False,
        help_text=gettext_lazy("Laissez vide pour le premier prix : il vaut depuis toujours."),
    )

    @property
    def tariff(self) -> rules.Tariff:
        """The price as the rules know it."""
        values = self.cleaned_data
        return rules.Tariff(values["who"], values["unit"], values["price"].cents)


class MoveForm(BaseForm):
    """Two instants: hours of the wall on a day, or until another day."""

    day = day_field(gettext_lazy("Jour"))
    starts = time_field(gettext_lazy("Début"))
    ends = time_field(gettext_lazy("Fin"))
    last_day = day_field(gettext_lazy("Jour de fin, si c'est un autre"), required=False)

    def clean(self) -> dict[str, Any]:
        """Read the two instants; midnight at the end is that of the same evening."""
        found = super().clean() or {}
        day, starts, ends = (found.get(name) for name in ("day", "starts", "ends"))
        if day and not 2000 <= day.year <= 2200:
            self.add_error("day", _("Cette date n'est pas plausible."))
        elif day and starts is not None and ends is not None:
            found["stay"] = self._stay(day, found)
        return found

    def _stay(self, day: date, found: dict[str, Any]) -> tuple[datetime, datetime]:
        last = found.get("last_day") or day
        first, end = instant(day, found["starts"]), instant(last, found["ends"])
        if end <= first and last == day and end.hour == end.minute == 0:
            end = instant(day + timedelta(days=1), found["ends"])
        if end <= first:
            self.add_error("ends", _("La fin suit le début."))
        elif (end - first).days > _MOST_DAYS:
            self.add_error("last_day", _("Une réservation dure trois mois au plus."))
        return first, end


class BookForm(OutsideForm, MoveForm):
    """Hours of a means for an actor, once or several times."""

    of_pole = ("actor",)
    field_order = (
        "actor",
        "outside",
        "which",
        "day",
        "starts",
        "ends",
        "last_day",
        "label",
        "weeks",
        "times",
    )

    actor = forms.ChoiceField(label=gettext_lazy("Pour quelle organisation ?"))
    label = forms.CharField(
        label=gettext_lazy("Pour quoi faire"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Les autres membres du pôle le liront."),
    )
    weeks = forms.TypedChoiceField(
        label=gettext_lazy("Répéter"),
        coerce=int,
        required=False,
        empty_value="0",
        choices=[
            (0, gettext_lazy("une seule fois")),
            (1, gettext_lazy("chaque semaine")),
            (2, gettext_lazy("une semaine sur deux")),
            (4, gettext_lazy("toutes les quatre semaines")),
        ],
    )
    times = forms.IntegerField(
        label=gettext_lazy("Combien de fois en tout"), required=False, min_value=1, max_value=MOST
    )

    def __init__(
        self, actors: Sequence[Actor], *args: Any, met: Sequence[Actor] | None = None, **kwargs: Any
    ) -> None:
        """``met``: who from outside may be chosen; ``None`` when nobody from outside is booked for."""
        super().__init__(*args, **kwargs)
        self.actors = [*actors, *(met or ())]
        if met is not None:
            self.offer(choices(actors), choices(met))
            return
        for name in ("outside", "which"):
            del self.fields[name]
        self.fields["actor"].choices = choices(actors)  # type: ignore[attr-defined]
        if len(actors) == 1:
            self.fields["actor"].widget = forms.HiddenInput()
            self.fields["actor"].initial = str(actors[0].pk)

    def clean(self) -> dict[str, Any]:
        """Read the stay, and how many times it comes back."""
        found = super().clean()
        if int(found.get("weeks") or 0) and not found.get("times"):
            self.add_error("times", _("Dites combien de fois en tout."))
        return found

    @property
    def stays(self) -> list[tuple[datetime, datetime]]:
        """Every stay that is asked."""
        first, last = self.cleaned_data["stay"]
        weeks, times = int(self.cleaned_data.get("weeks") or 0), self.cleaned_data.get("times") or 1
        return rules.repeated(first, last, weeks=weeks, times=times) if weeks else [(first, last)]


class ReasonForm(BaseForm):
    """Why something is refused, cancelled or taken back."""

    reason = forms.CharField(label=gettext_lazy("Pourquoi"), required=False, max_length=200)


class WhyForm(ReasonForm):
    """The same where the reason is owed to somebody."""

    reason = forms.CharField(label=gettext_lazy("Pourquoi"), max_length=200)


class EndForm(BaseForm):
    """Until when a thing is shared."""

    on = day_field(gettext_lazy("Partagé jusqu'au, compris"))
    reason = forms.CharField(label=gettext_lazy("Pourquoi"), required=False, max_length=200)


class ImportForm(BaseForm):
    """A calendar that is brought, and in whose name it is booked."""

    actor = forms.ChoiceField(label=gettext_lazy("Au nom de quelle organisation ?"))
    file = forms.FileField(
        label=gettext_lazy("Fichier de calendrier (.ics)"),
        help_text=gettext_lazy("Deux mégaoctets au plus. Les événements qui se répètent sont dépliés."),
        widget=forms.FileInput({"accept": ".ics,text/calendar"}),
    )
    until = day_field(
        gettext_lazy("Jusqu'au"),
        help_text=gettext_lazy("On reprend ce qui est à venir, jusqu'à ce jour : un an au plus."),
    )

    def __init__(self, actors: Sequence[Actor], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["actor"].choices = choices(actors)  # type: ignore[attr-defined]
