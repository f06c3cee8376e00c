"""Forms of costs, shared jobs and premises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.design.forms import BaseForm
from terreau.means.fields import EurosField, HoursField, SquareMetresField, day_field
from terreau.means.models import Job, Means, Split, Works
from terreau.means.pages import choices

#: Before the identifier of an actor, in the name of the field of its part.
PART = "part-"


class CostForm(BaseForm):
    """A cost, who paid it, over which days, by which key."""

    label = forms.CharField(
        label=gettext_lazy("Quel coût ?"),
        max_length=160,
        help_text=gettext_lazy("Par exemple : loyer de l'atelier, premier semestre."),
    )
    cents = EurosField(label=gettext_lazy("Montant en euros"), help_text=gettext_lazy("Au centime : 250,50"))
    paid_by = forms.ChoiceField(label=gettext_lazy("Qui l'a payé ?"))
    first = day_field(gettext_lazy("À compter du"))
    last = day_field(gettext_lazy("Jusqu'au, compris"))
    key = forms.ChoiceField(
        label=gettext_lazy("Selon quelle clé ?"), choices=Split.Key.choices, widget=forms.RadioSelect
    )
    means = forms.ChoiceField(
        label=gettext_lazy("De quel moyen partagé ?"),
        required=False,
        help_text=gettext_lazy("Nécessaire pour l'usage, la surface et l'effectif."),
    )

    def __init__(self, actors: Sequence[Actor], shared: Sequence[Means], *args: Any, **kwargs: Any) -> None:
        self.agreed: dict[UUID, int] = {}
        super().__init__(*args, **kwargs)
        self.actors = actors
        self.fields["paid_by"].choices = choices(actors)  # type: ignore[attr-defined]
        named = [(str(one.pk), one.name) for one in shared]
        self.fields["means"].choices = [("", _("aucun")), *named]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Read the agreed parts, typed beside each actor."""
        found = super().clean() or {}
        if found.get("key") == Split.Key.AGREED:
            self.agreed = self._parts()
            if not self.agreed and not self.errors:
                self.add_error("key", _("Donnez une part à chaque membre qui prend de ce coût."))
        return found

    def _parts(self) -> dict[UUID, int]:
        parts = {}
        for one in self.actors:
            text = str(self.data.get(f"{PART}{one.pk}", "")).strip()
            if not text:
                continue
            if not text.isdecimal() or int(text) > 1_000_000:
                words = _("La part de %(name)s est un nombre entier : %(typed)s n'en est pas un.")
                self.add_error("key", words % {"name": one.name, "typed": text[:20]})
            elif int(text):
                parts[one.pk] = int(text)
        return parts

    def typed_parts(self, known: Mapping[UUID, int] | None = None) -> list[tuple[Actor, str, str]]:
        """Return each actor, the name of its field and what was typed there."""
        held = known or {}
        return [
            (
                one,
                f"{PART}{one.pk}",
                str(self.data.get(f"{PART}{one.pk}", "")) if self.is_bound else str(held.get(one.pk, "")),
            )
            for one in self.actors
        ]


class PieceForm(BaseForm):
    """The invoice of a cost."""

    file = forms.FileField(label=gettext_lazy("La facture ou l'appel de charges"))


class JobForm(BaseForm):
    """A job that members share."""

    employer = forms.ChoiceField(label=gettext_lazy("Qui emploie ?"))
    title = forms.CharField(label=gettext_lazy("Intitulé du poste"), max_length=120)
    frame = forms.ChoiceField(label=gettext_lazy("Cadre juridique"), choices=Job.Frame.choices)
    since = day_field(gettext_lazy("Depuis le"))
    person = forms.CharField(
        label=gettext_lazy("Nom de la personne"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("Lu par son employeur et par elle seule ; les autres lisent P1, P2…"),
    )
    user = forms.ChoiceField(label=gettext_lazy("Son compte, pour qu'elle pointe elle-même"), required=False)

    def __init__(self, employers: Sequence[Actor], people: Sequence[User], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if employers:
            self.fields["employer"].choices = choices(employers)  # type: ignore[attr-defined]
            del self.fields["user"]
        else:
            for name in ("employer", "since"):
                del self.fields[name]
            named = [(str(one.pk), one.name or one.email) for one in people]
            self.fields["user"].choices = [("", _("aucun")), *named]  # type: ignore[attr-defined]


class ShareForm(BaseForm):
    """What a member takes of a job each month."""

    actor = forms.ChoiceField(label=gettext_lazy("Quel membre ?"))
    minutes_a_month = HoursField(
        label=gettext_lazy("Heures par mois"), help_text=gettext_lazy("Par exemple 20 ou 7 h 30.")
    )
    cents_an_hour = EurosField(label=gettext_lazy("Coût de l'heure en euros"), required=False)
    since = day_field(gettext_lazy("À partir du"))

    def __init__(self, actors: Sequence[Actor], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["actor"].choices = choices(actors)  # type: ignore[attr-defined]


class LogForm(BaseForm):
    """Hours worked for a member."""

    actor = forms.ChoiceField(label=gettext_lazy("Pour quel membre ?"))
    on = day_field(gettext_lazy("Le jour"))
    minutes = HoursField(label=gettext_lazy("Combien de temps"), required=False)
    label = forms.CharField(
        label=gettext_lazy("Quel travail"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Sans nommer la personne : tous les membres le lisent."),
    )

    def __init__(self, actors: Sequence[Actor], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["actor"].choices = choices(actors)  # type: ignore[attr-defined]


class DayForm(BaseForm):
    """A last day."""

    on = day_field(gettext_lazy("Dernier jour"))


class OccupationForm(BaseForm):
    """Who is in premises, in how much, since when."""

    actor = forms.ChoiceField(label=gettext_lazy("Qui occupe ?"))
    surface = SquareMetresField(label=gettext_lazy("Surface en m²"))
    headcount = forms.IntegerField(
        label=gettext_lazy("Combien de personnes"), required=False, min_value=0, max_value=30_000
    )
    since = day_field(gettext_lazy("Depuis le"))

    def __init__(self, actors: Sequence[Actor], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["actor"].choices = choices(actors)  # type: ignore[attr-defined]


class NeedForm(BaseForm):
    """Square metres that are looked for."""

    actor = forms.ChoiceField(label=gettext_lazy("Qui cherche ?"))
    surface = SquareMetresField(label=gettext_lazy("Surface en m²"))
    permanent = forms.BooleanField(label=gettext_lazy("En permanence"), required=False, initial=True)
    wanted_from = day_field(gettext_lazy("À partir du"), required=False)
    note = forms.CharField(
        label=gettext_lazy("Précision"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Accès, hauteur, voisinage, budget…"),
    )

    def __init__(self, actors: Sequence[Actor], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["actor"].choices = choices(actors)  # type: ignore[attr-defined]


class WorksForm(BaseForm):
    """Works, from the study to the end."""

    title = forms.CharField(label=gettext_lazy("Quels travaux, ou quelle étude ?"), max_length=160)
    starts_on = day_field(gettext_lazy("À compter du"), required=False)
    ends_on = day_field(gettext_lazy("Jusqu'au, compris"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("Où en est-on ?"), choices=Works.State.choices)
    note = forms.CharField(
        label=gettext_lazy("Ce qu'il faut savoir"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea({"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        """Hold the order of the two days."""
        found = super().clean() or {}
        first, last = found.get("starts_on"), found.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("La fin suit le début."))
        return found
