"""Forms of the strategy, the projects, the activities and the needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from terreau.actors.identifiers import check_naf
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.design.forms import BaseForm
from terreau.projects import enjeux, needs
from terreau.projects.fresh_forms import ActorField, DayField, EurosField, FreshForm, Terms
from terreau.projects.models import BudgetLine, Engineering, JobOutcome, Need, Objective, Task


def _area(rows: int = 4) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _choices(pairs: Iterable[tuple[Any, Any]]) -> list[tuple[str, Any]]:
    return [("", _("— choisir —")), *((str(key), label) for key, label in pairs)]


class _Ordered(FreshForm):
    """A form whose two days follow one another."""

    first, last = "starts_on", "ends_on"

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the beginning."""
        values = super().clean() or self.cleaned_data
        first, last = values.get(self.first), values.get(self.last)
        if first and last and last < first:
            self.add_error(self.last, ValidationError(_("La fin ne précède pas le début.")))
        return values


# Strategy


class StrategyForm(_Ordered):
    """The words of a draft."""

    columns = {name: name for name in ("title", "text", "foresight", "starts_on", "ends_on")}
    title = forms.CharField(label=_("Titre"), max_length=200)
    text = forms.CharField(
        label=_("Ambition commune"),
        required=False,
        max_length=8000,
        widget=_area(6),
        help_text=_("Ce que le pôle veut changer ici, en quelques phrases."),
    )
    foresight = forms.CharField(
        label=_("Prospective"),
        required=False,
        max_length=8000,
        widget=_area(5),
        help_text=_("Ce qui peut arriver sur le territoire, et ce que le pôle ferait alors."),
    )
    starts_on = DayField(_("Engagée à partir du"))
    ends_on = DayField(_("Horizon"), help_text=_("L'engagement va au-delà d'un projet : plusieurs années."))


class AxisForm(FreshForm):
    """An axis."""

    columns = {"title": "title", "text": "text"}
    title = forms.CharField(label=_("Axe"), max_length=200)
    text = forms.CharField(label=_("Précision"), required=False, max_length=2000, widget=_area(2))


class ObjectiveForm(FreshForm):
    """An objective of a draft."""

    columns = {
        "title": "title",
        "horizon": "horizon",
        "due_on": "due_on",
        "owner": "owner_id",
        "enjeux": "enjeux",
        "note": "note",
    }
    title = forms.CharField(label=_("Objectif"), max_length=240)
    horizon = forms.ChoiceField(
        label=_("Horizon"), choices=Objective.Horizon.choices, widget=forms.RadioSelect
    )
    due_on = DayField(_("D'ici au"))
    owner = ActorField(_("Porté par"), none=_("personne encore"))
    enjeux = Terms(_("Enjeux servis"))
    note = forms.CharField(label=_("Où l'on en est"), required=False, max_length=2000, widget=_area(3))

    def __init__(self, actors: Iterable[Actor], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].offer(actors)  # type: ignore[attr-defined]
        self.fields["enjeux"].choices = enjeux.choices()  # type: ignore[attr-defined]


class FollowForm(FreshForm):
    """What stays free in an objective of an adopted version."""

    columns = {"owner": "owner_id", "due_on": "due_on"}
    owner = ActorField(_("Porté par"), none=_("personne encore"))
    due_on = DayField(_("D'ici au"))

    def __init__(self, actors: Iterable[Actor], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].offer(actors)  # type: ignore[attr-defined]


class ObjectiveMoveForm(BaseForm):
    """Where an objective stands."""

    seen_state = forms.CharField(widget=forms.HiddenInput)
    state = forms.ChoiceField(label=_("État"), choices=Objective.State.choices, widget=forms.RadioSelect)
    note = forms.CharField(label=_("Ce qu'il faut en dire"), required=False, max_length=2000, widget=_area(3))


class AdoptForm(BaseForm):
    """By whom and when a version is adopted."""

    adopted_by = forms.CharField(
        label=_("Adoptée par"),
        max_length=160,
        help_text=_("Une assemblée, un cercle, une réunion des membres : comme le pôle la nomme."),
    )
    on = DayField(_("Date"), required=True)


class AdhereForm(BaseForm):
    """Who adheres, since when."""

    actor = ActorField(_("Organisation"), required=True)
    on = DayField(_("Depuis le"), required=True)

    def __init__(self, actors: Iterable[Actor], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["actor"].offer(actors)  # type: ignore[attr-defined]


# Projects


class ProjectForm(_Ordered):
    """The description of a project."""

    columns = {
        "title": "title",
        "text": "text",
        "leader": "leader_id",
        "objective": "objective_id",
        "enjeux": "enjeux",
        "starts_on": "starts_on",
        "ends_on": "ends_on",
    }
    title = forms.CharField(label=_("Nom du projet"), max_length=160)
    text = forms.CharField(label=_("Ce qu'il fera"), required=False, max_length=6000, widget=_area(5))
    leader = ActorField(_("Mené par"), none=_("à décider"))
    objective = forms.ChoiceField(label=_("Objectif servi"), required=False)
    enjeux = Terms(_("Enjeux servis"))
    starts_on = DayField(_("Début prévu"))
    ends_on = DayField(_("Fin prévue"))

    def __init__(
        self, actors: Iterable[Actor], objectives: Iterable[Objective], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["leader"].offer(actors)  # type: ignore[attr-defined]
        pairs = [(str(one.pk), one.title) for one in objectives]
        self.fields["objective"].choices = [("", _("aucun encore")), *pairs]  # type: ignore[attr-defined]
        self.fields["enjeux"].choices = enjeux.choices()  # type: ignore[attr-defined]

    def clean_objective(self) -> UUID | None:
        """Return the key of the objective."""
        typed = self.cleaned_data["objective"]
        return UUID(typed) if typed else None


class StageForm(BaseForm):
    """A move of a project."""

    seen_stage = forms.CharField(widget=forms.HiddenInput)
    move = forms.ChoiceField(label=_("Ce qui se passe"), widget=forms.RadioSelect)
    on = DayField(_("Date"), required=True)
    why = forms.CharField(label=_("Pourquoi"), required=False, max_length=2000, widget=_area(2))

    def __init__(self, moves: Sequence[tuple[str, Any]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["move"].choices = list(moves)  # type: ignore[attr-defined]


class EngineeringForm(FreshForm):
    """The financial engineering of a project (Q-51)."""

    columns = {name: name for name in ("modes", "tools", "advisers", "cents", "calendar")}
    modes = Terms(_("Modes de financement"))
    tools = forms.CharField(
        label=_("Outils et dispositifs"),
        required=False,
        max_length=2000,
        widget=_area(2),
        help_text=_("Appel à projets, garantie, prêt participatif, titres associatifs, plateforme…"),
    )
    advisers = forms.CharField(
        label=_("Qui conseille"),
        required=False,
        max_length=2000,
        widget=_area(2),
        help_text=_("« Personne » est une réponse."),
    )
    cents = EurosField(
        _("Coût de cette ingénierie, en euros"), help_text=_("Zéro quand les membres la font eux-mêmes.")
    )
    calendar = forms.CharField(
        label=_("Calendrier du financement"), required=False, max_length=2000, widget=_area(2)
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["modes"].choices = Engineering.Mode.choices  # type: ignore[attr-defined]


class TaskForm(_Ordered):
    """A task."""

    columns = {"title": "title", "actor": "actor_id", "starts_on": "starts_on", "ends_on": "ends_on"}
    title = forms.CharField(label=_("Tâche"), max_length=200)
    actor = ActorField(_("Par"), none=_("à décider"))
    starts_on = DayField(_("Commence le"))
    ends_on = DayField(_("Finit le"))
    needs = forms.MultipleChoiceField(
        label=_("Après"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Les tâches qui doivent être faites avant."),
    )

    def __init__(self, actors: Iterable[Actor], others: Sequence[Task], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["actor"].offer(actors)  # type: ignore[attr-defined]
        if others:
            self.fields["needs"].choices = [(str(one.pk), one.title) for one in others]  # type: ignore[attr-defined]
        else:
            del self.fields["needs"]

    @property
    def wanted(self) -> list[UUID]:
        """The tasks that come first."""
        return [UUID(key) for key in self.cleaned_data.get("needs", [])]


class BudgetForm(FreshForm):
    """A line of the budget."""

    columns = {"side": "side", "label": "label", "cents": "cents", "year": "year", "actor": "actor_id"}
    side = forms.ChoiceField(
        label=_("Dépense ou recette"), choices=BudgetLine.Side.choices, widget=forms.RadioSelect
    )
    label = forms.CharField(label=_("Libellé"), max_length=160)
    cents = EurosField(_("Montant prévu, en euros"), required=True)
    year = forms.IntegerField(label=_("Année"), required=False, min_value=1900, max_value=2200)
    actor = ActorField(_("Qui paie ou reçoit"), none=_("à décider"))

    def __init__(self, actors: Iterable[Actor], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["actor"].offer(actors)  # type: ignore[attr-defined]


class JobForm(BaseForm):
    """Jobs that a project gave."""

    kind = forms.ChoiceField(label=_("Emplois"), choices=JobOutcome.Kind.choices, widget=forms.RadioSelect)
    actor = ActorField(_("Chez quelle organisation"), required=True)
    people = forms.IntegerField(label=_("Personnes"), min_value=1, max_value=9999)
    fte = forms.DecimalField(
        label=_("Équivalents temps plein"),
        required=False,
        min_value=0,
        max_digits=7,
        decimal_places=2,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    on = DayField(_("Depuis le"), required=True)
    note = forms.CharField(label=_("Précision"), required=False, max_length=200)

    def __init__(self, actors: Iterable[Actor], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["actor"].offer(actors)  # type: ignore[attr-defined]

    @property
    def hundredths(self) -> int | None:
        """Full-time equivalents in whole hundredths."""
        found = self.cleaned_data.get("fte")
        return None if found is None else int(found * 100)


class EnterpriseForm(BaseForm):
    """An enterprise born of a project."""

    name = forms.CharField(
        label=_("Nom ou SIREN de l'entreprise"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    on = DayField(_("Née le"), required=True)
    note = forms.CharField(label=_("Précision"), required=False, max_length=200)
    unknown = forms.BooleanField(
        label=_("Elle n'est pas encore au registre : l'y inscrire sous ce nom, sans la publier"),
        required=False,
    )


class EndForm(BaseForm):
    """The day something ended."""

    on = DayField(_("Finis le"), required=True)


# Activities


class ActivityForm(_Ordered):
    """An activity."""

    columns = {
        "name": "name",
        "sector": "sector",
        "naf": "naf",
        "publics": "publics",
        "text": "text",
        "project": "project_id",
        "starts_on": "starts_on",
        "ends_on": "ends_on",
    }
    name = forms.CharField(label=_("Activité"), max_length=160)
    sector = forms.ChoiceField(label=_("Domaine"), required=False)
    naf = forms.CharField(
        label=_("Code NAF"), required=False, max_length=6, help_text=_("Par exemple 38.11Z.")
    )
    publics = forms.CharField(
        label=_("Pour qui"),
        required=False,
        max_length=240,
        help_text=_("Habitants, entreprises, personnes en insertion, collectivités…"),
    )
    text = forms.CharField(label=_("En quelques mots"), required=False, max_length=2000, widget=_area(3))
    members = Terms(_("Qui la mène"))
    project = forms.ChoiceField(label=_("Née du projet"), required=False)
    starts_on = DayField(_("Depuis le"))
    ends_on = DayField(_("Jusqu'au"))

    def __init__(self, actors: Sequence[Actor], projects: Iterable[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actors = {str(one.pk): one for one in actors}
        self.fields["members"].choices = [(key, one.name) for key, one in self.actors.items()]  # type: ignore[attr-defined]
        self.fields["sector"].choices = _choices(enjeux.choices("sector"))  # type: ignore[attr-defined]
        pairs = [(str(one.pk), one.title) for one in projects]
        self.fields["project"].choices = [("", _("d'aucun projet d'ici")), *pairs]  # type: ignore[attr-defined]

    def clean_project(self) -> UUID | None:
        """Return the key of the project."""
        typed = self.cleaned_data["project"]
        return UUID(typed) if typed else None

    def clean_naf(self) -> str:
        """Return the code as the nomenclature writes it, when it is one."""
        typed = self.cleaned_data["naf"]
        try:
            return check_naf(typed) if typed.strip() else ""
        except DomainError as error:
            raise ValidationError(str(error.message)) from error

    @property
    def chosen(self) -> list[Actor]:
        """The actors who run the activity."""
        return [self.actors[key] for key in self.cleaned_data["members"]]


class RecogniseForm(BaseForm):
    """Who recognises that an activity is useful."""

    by_whom = forms.CharField(
        label=_("Reconnue par"),
        max_length=160,
        help_text=_("Une collectivité, l'État, une fondation, un fonds : quelqu'un d'autre que le pôle."),
    )
    ground = forms.CharField(
        label=_("Par quel acte"),
        max_length=240,
        help_text=_("Un agrément, une convention, une délibération, et sa date."),
    )
    on = DayField(_("Depuis le"), required=True)


# Needs


class NeedForm(_Ordered):
    """A need or a resource."""

    columns = {
        "side": "side",
        "kind": "kind",
        "title": "title",
        "text": "text",
        "actor": "actor_id",
        "commune": "commune",
        "place": "place",
        "starts_on": "starts_on",
        "ends_on": "ends_on",
        "enjeux": "enjeux",
    }
    side = forms.ChoiceField(
        label=_("Besoin ou ressource"),
        choices=[
            (Need.Side.NEED, _("un besoin sans réponse")),
            (Need.Side.RESOURCE, _("une ressource inemployée")),
        ],
        widget=forms.RadioSelect,
    )
    kind = forms.ChoiceField(label=_("De quoi s'agit-il ?"), choices=Need.Kind.choices)
    title = forms.CharField(
        label=_("En quelques mots"), max_length=160, help_text=_("Par exemple : 200 m² de stockage au sec.")
    )
    text = forms.CharField(label=_("Précisions"), required=False, max_length=3000, widget=_area(3))
    actor = ActorField(_("Qui le dit"), required=True)
    commune = forms.CharField(
        label=_("Commune"),
        required=False,
        max_length=80,
        help_text=_("Un nom ou un code INSEE ; elle aide à rapprocher ce qui est proche."),
    )
    place = forms.CharField(label=_("Lieu précis"), required=False, max_length=160)
    starts_on = DayField(_("À partir du"))
    ends_on = DayField(_("Jusqu'au"))
    enjeux = Terms(_("Enjeux servis"))

    def __init__(self, actors: Iterable[Actor], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["actor"].offer(actors)  # type: ignore[attr-defined]
        self.fields["enjeux"].choices = enjeux.choices()  # type: ignore[attr-defined]

    def clean_commune(self) -> str:
        """Return the code of the commune."""
        try:
            return needs.commune(self.cleaned_data["commune"])
        except DomainError as error:
            raise ValidationError(str(error.message)) from error


class NeedMoveForm(BaseForm):
    """What became of a need."""

    seen_state = forms.CharField(widget=forms.HiddenInput)
    state = forms.ChoiceField(
        label=_("Ce qu'il en est"), choices=Need.State.choices, widget=forms.RadioSelect
    )
    why = forms.CharField(label=_("Ce qu'il en est advenu"), required=False, max_length=240)
