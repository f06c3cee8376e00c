"""Forms of the follow-up of a file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.design.forms import BaseForm
from terreau.exchanges.acting import FreshForm
from terreau.exchanges.fields import area, day
from terreau.followup.models import Conclusion, ReportSchedule, Steering
from terreau.grids.models import GridVersion
from terreau.reviews.models import Review


class PlanForm(BaseForm):
    """The usual reports, dated from the agreement."""

    anchor_on = day(gettext_lazy("Date de la convention"), required=True)


class AskForm(BaseForm):
    """One more report."""

    kind = forms.ChoiceField(label=gettext_lazy("Nature"), choices=ReportSchedule.Kind.choices)
    title = forms.CharField(label=gettext_lazy("Intitulé"), max_length=160, required=False)
    due_on = day(gettext_lazy("Attendu pour le"), required=True)
    asked = forms.CharField(
        label=gettext_lazy("Ce qui est demandé"), max_length=5000, required=False, widget=area(3)
    )


class DropForm(BaseForm):
    """A report that is not asked for any more, and why."""

    reason = forms.CharField(label=gettext_lazy("Motif"), max_length=300)


class ReportForm(FreshForm):
    """What the beneficiary writes, and the figures that are joined."""

    columns = {"done": "done", "gaps": "gaps", "coming": "coming", "money": "money"}
    done = forms.CharField(
        label=gettext_lazy("Ce qui a été fait"),
        max_length=20_000,
        required=False,
        widget=area(6),
        help_text=gettext_lazy("Nécessaire pour envoyer ; le reste si vous avez de quoi dire."),
    )
    gaps = forms.CharField(
        label=gettext_lazy("Ce qui a changé, ce qui a manqué"),
        max_length=20_000,
        required=False,
        widget=area(4),
    )
    coming = forms.CharField(
        label=gettext_lazy("La suite"), max_length=20_000, required=False, widget=area(3)
    )
    money = forms.CharField(
        label=gettext_lazy("Ce qui a été dépensé, et par qui payé"),
        max_length=20_000,
        required=False,
        widget=area(4),
    )
    figures = forms.MultipleChoiceField(
        label=gettext_lazy("Chiffres joints"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, found: Iterable[Any], left_out: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.codes = [one.code for one in found]
        choices = [(one.code, f"{one.label} : {one.said} ({one.period})") for one in found]
        self.fields["figures"].choices = choices  # type: ignore[attr-defined]
        self.initial["figures"] = [code for code in self.codes if code not in set(left_out)]
        if not choices:
            del self.fields["figures"]

    @property
    def sends(self) -> bool:
        """Whether the person asked to send what they write."""
        return bool(self.data.get("envoyer"))

    @property
    def left_out(self) -> list[str]:
        """The figures that the person does not join."""
        chosen = set(self.cleaned_data.get("figures", self.codes))
        return [code for code in self.codes if code not in chosen]


class AnswerForm(BaseForm):
    """What the officer answers to a report."""

    accepts = forms.ChoiceField(
        label=gettext_lazy("Réponse"),
        choices=[
            ("oui", gettext_lazy("Accepter le rapport")),
            ("non", gettext_lazy("Le rendre à compléter")),
        ],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=gettext_lazy("Ce que vous répondez"), max_length=5000, required=False, widget=area(3)
    )


class MeetingForm(BaseForm):
    """A meeting to plan."""

    kind = forms.ChoiceField(label=gettext_lazy("Nature"), choices=Steering.Kind.choices)
    at = forms.DateTimeField(
        label=gettext_lazy("Quand"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    place = forms.CharField(label=gettext_lazy("Où"), max_length=200, required=False)
    agenda = forms.CharField(
        label=gettext_lazy("Ordre du jour"), max_length=5000, required=False, widget=area(3)
    )


class MinutesForm(FreshForm):
    """The minutes of a meeting, as both sides may write them."""

    columns = {"present": "present", "minutes": "minutes", "decisions": "decisions"}
    present = forms.CharField(
        label=gettext_lazy("Organisations présentes"),
        max_length=2000,
        required=False,
        widget=area(2),
        help_text=gettext_lazy("Des organisations, pas des personnes."),
    )
    minutes = forms.CharField(label=gettext_lazy("Compte rendu"), max_length=20_000, widget=area(8))
    decisions = forms.CharField(
        label=gettext_lazy("Ce qui a été décidé"), max_length=10_000, required=False, widget=area(4)
    )


class OpenForm(BaseForm):
    """An evaluation to open: with which grid, or none."""

    version = forms.ChoiceField(label=gettext_lazy("Grille de l'évaluation"), required=False)

    def __init__(self, *args: Any, versions: Iterable[GridVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.versions = {str(one.pk): one for one in versions}
        listed = [
            (key, f"{one.grid.title.get('fr', one.grid.code)} – {one.version}")
            for key, one in self.versions.items()
        ]
        self.fields["version"].choices = [*listed, ("", _("sans grille, par écrit"))]  # type: ignore[attr-defined]


class RestForm(BaseForm):
    """A campaign of the pole on which a part of the evaluation rests."""

    review = forms.ChoiceField(label=gettext_lazy("Campagne du pôle"))

    def __init__(self, *args: Any, reviews: Iterable[Review], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reviews = {str(one.pk): one for one in reviews}
        listed = [(key, f"{one.title} ({one.get_state_display()})") for key, one in self.reviews.items()]
        self.fields["review"].choices = listed  # type: ignore[attr-defined]


class InviteForm(BaseForm):
    """Who is invited to evaluate from outside."""

    reviewer = forms.ChoiceField(label=gettext_lazy("Organisation invitée"))

    def __init__(self, *args: Any, reviewers: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reviewers = {str(one.pk): one for one in reviewers}
        listed = [(key, one.name) for key, one in self.reviewers.items()]
        self.fields["reviewer"].choices = listed  # type: ignore[attr-defined]


class OwnWordsForm(FreshForm):
    """What the beneficiary finds, without a grid."""

    columns = {"self_words": "self_words"}
    self_words = forms.CharField(
        label=gettext_lazy("Ce que vous constatez"), max_length=20_000, widget=area(6)
    )


class TheirWordsForm(FreshForm):
    """What the evaluator finds, without a grid."""

    columns = {"external_words": "external_words"}
    external_words = forms.CharField(
        label=gettext_lazy("Ce que vous constatez"), max_length=20_000, widget=area(6)
    )


class ConclusionForm(FreshForm):
    """What both sides write before they sign."""

    columns = {name: name for name in ("results", "impacts", "disagreements", "progress", "advice")}
    results = forms.CharField(
        label=gettext_lazy("Résultats constatés"), max_length=20_000, required=False, widget=area(5)
    )
    impacts = forms.CharField(
        label=gettext_lazy("Effets sur le territoire"), max_length=20_000, required=False, widget=area(4)
    )
    disagreements = forms.CharField(
        label=gettext_lazy("Désaccords qui demeurent"),
        max_length=20_000,
        required=False,
        widget=area(3),
        help_text=gettext_lazy("Un désaccord s'écrit : il n'empêche pas de signer."),
    )
    progress = forms.CharField(
        label=gettext_lazy("Progrès à faire"), max_length=20_000, required=False, widget=area(3)
    )
    advice = forms.ChoiceField(
        label=gettext_lazy("Ce que les deux parties recommandent"),
        choices=[("", gettext_lazy("à choisir ensemble")), *Conclusion.Advice.choices],
        required=False,
    )


class SignForm(BaseForm):
    """A signature: who, in which quality, of the text that was read."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    name = forms.CharField(label=gettext_lazy("Votre nom"), max_length=120)
    quality = forms.CharField(
        label=gettext_lazy("En quelle qualité"),
        max_length=120,
        help_text=gettext_lazy("Par exemple : présidente du pôle, cheffe de service."),
    )
