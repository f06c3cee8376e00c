"""Forms of labels. A decision carries the version of what was read (``seen``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.actors.models import Actor
from terreau.common.errors import StaleWriteError
from terreau.design.forms import BaseForm
from terreau.exchanges.fields import EurosField, area, day
from terreau.grids.models import GridVersion
from terreau.labels.deciding import Progress
from terreau.labels.models import Advantage, Finding, Keeper, LabelRequest
from terreau.labels.read import Criterion
from terreau.poles.models import Pole

#: Steps of a progress plan that the form of a decision offers.
_STEPS = 3


class AskForm(BaseForm):
    """A request: for which pole, what it says of itself."""

    pole = forms.ChoiceField(label=gettext_lazy("Pour quel pôle"))
    words = forms.CharField(
        label=gettext_lazy("Ce que vous voulez en dire"),
        required=False,
        max_length=5000,
        widget=area(5),
        help_text=gettext_lazy("Vos réponses à la grille et votre évaluation sont déjà jointes."),
    )
    agreed = forms.BooleanField(
        label=gettext_lazy("Nous savons que le label, ses dates et ce qu'il devient seront publics")
    )

    def __init__(self, poles: Iterable[Pole], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.poles = {str(one.pk): one for one in poles}
        field = self.fields["pole"]
        field.choices = [(key, one.actor.name) for key, one in self.poles.items()]  # type: ignore[attr-defined]
        if len(self.poles) == 1:
            field.widget = forms.HiddenInput()
            field.initial = next(iter(self.poles))


class SeenForm(BaseForm):
    """A form over a request: what the person read of it."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, row: LabelRequest, **kwargs: Any) -> None:
        kwargs["initial"] = {"seen": row.version, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)


class ReasonForm(SeenForm):
    """A decision and its reason."""

    reason = forms.CharField(
        label=gettext_lazy("Motif"),
        max_length=5000,
        widget=area(3),
        help_text=gettext_lazy("Le pôle le lit tel quel."),
    )


class GrantForm(ReasonForm):
    """A label granted, with its progress plan."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for rank in range(1, _STEPS + 1):
            self.fields[f"step_{rank}"] = forms.CharField(
                label=_("Progrès attendu, étape %(rank)d") % {"rank": rank}, required=False, max_length=300
            )
            self.fields[f"due_{rank}"] = day(_("Pour le, étape %(rank)d") % {"rank": rank})

    def clean(self) -> dict[str, Any]:
        """Each step has its day."""
        found = super().clean() or {}
        for rank in range(1, _STEPS + 1):
            if found.get(f"step_{rank}") and not found.get(f"due_{rank}"):
                self.add_error(f"due_{rank}", _("Donnez un jour à cette étape."))
        return found

    @property
    def plan(self) -> list[Progress]:
        """The steps that were written."""
        held = self.cleaned_data
        return [
            Progress(held[f"step_{rank}"], held[f"due_{rank}"])
            for rank in range(1, _STEPS + 1)
            if held.get(f"step_{rank}")
        ]


@dataclass(frozen=True, slots=True)
class Row:
    """What the page draws of one criterion."""

    criterion: Criterion
    answer: forms.BoundField
    words: forms.BoundField
    seen: forms.BoundField


class FindingsForm(BaseForm):
    """All the criteria at once: an answer, what shows it, and the version that was read of each."""

    def __init__(self, *args: Any, criteria: list[Criterion], row: LabelRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.criteria, self.row = criteria, row
        choices = [("", _("pas encore")), *Finding.Answer.choices]
        for one in criteria:
            code, found = one.shown.code, one.found
            self.fields[f"answer-{code}"] = forms.ChoiceField(
                label=_("Constat"), choices=choices, required=False, initial=found.answer if found else ""
            )
            self.fields[f"words-{code}"] = forms.CharField(
                label=_("Ce qui le montre"),
                required=False,
                max_length=5000,
                widget=area(2),
                help_text=_("Nécessaire si ce n'est pas oui."),
                initial=found.words if found else "",
            )
            self.fields[f"seen-{code}"] = forms.IntegerField(
                required=False, widget=forms.HiddenInput, initial=found.version if found else 0
            )

    @property
    def rows(self) -> Iterator[Row]:
        """What the page draws, criterion by criterion."""
        for one in self.criteria:
            code = one.shown.code
            yield Row(one, self[f"answer-{code}"], self[f"words-{code}"], self[f"seen-{code}"])

    def clean(self) -> dict[str, Any]:
        """An answer other than yes says why."""
        found = super().clean() or {}
        for one in self.criteria:
            code = one.shown.code
            if found.get(f"answer-{code}") not in {"", "oui", None} and not found.get(f"words-{code}"):
                message = _("Un critère qui manque ou reste à vérifier : dites pourquoi.")
                self.add_error(f"words-{code}", message)
        return found

    @property
    def changed(self) -> Iterator[tuple[str, str, str, int]]:
        """What differs from what was read: code, answer, words, version read."""
        for one in self.criteria:
            code = one.shown.code
            answer = self.cleaned_data.get(f"answer-{code}") or ""
            words = self.cleaned_data.get(f"words-{code}") or ""
            before = (one.found.answer, one.found.words) if one.found else ("", "")
            if answer and (answer, words) != before:
                yield code, answer, words, self.cleaned_data.get(f"seen-{code}") or 0

    def show_theirs(self, error: StaleWriteError) -> None:
        """Say beside each criterion what somebody else wrote meanwhile; sent again, what is typed
        replaces it.
        """
        typed: Any = self.data.copy()  # type: ignore[attr-defined]
        for held in Finding.objects.filter(request=self.row):
            key = f"seen-{held.criterion}"
            if str(typed.get(key) or 0) != str(held.version):
                words = _("Quelqu'un vient d'écrire : %(answer)s. %(words)s")
                said = words % {"answer": held.get_answer_display(), "words": held.words}
                self.add_error(f"words-{held.criterion}", said)
                typed[key] = str(held.version)
        self.data = typed


class DoneForm(BaseForm):
    """A step of the plan that is done."""

    words = forms.CharField(label=gettext_lazy("Ce qui a été fait"), max_length=5000, widget=area(2))


class AdvantageForm(BaseForm):
    """An advantage to write in the register."""

    actor = forms.ChoiceField(label=gettext_lazy("Membre qui en bénéficie"))
    kind = forms.ChoiceField(label=gettext_lazy("Nature"), choices=Advantage.Kind.choices)
    legal_basis = forms.CharField(
        label=gettext_lazy("Texte qui l'ouvre"),
        max_length=300,
        help_text=gettext_lazy("Loi, convention ou délibération, avec son article."),
    )
    project = forms.ChoiceField(label=gettext_lazy("Pour le projet"), required=False)
    starts_on = day(gettext_lazy("Premier jour"), required=True)
    ends_on = day(gettext_lazy("Dernier jour"), hint=gettext_lazy("Trois ans si vous ne dites rien."))
    cents = EurosField(label=gettext_lazy("Montant en euros"), required=False)

    def __init__(self, *args: Any, parties: Iterable[Any], projects: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["actor"].choices = [(str(one.pk), one.name) for one in parties]  # type: ignore[attr-defined]
        listed = [(str(one.pk), one.title) for one in projects]
        self.fields["project"].choices = [("", _("aucun projet précis")), *listed]  # type: ignore[attr-defined]


class EndForm(BaseForm):
    """An advantage that stops before its day."""

    about = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(label=gettext_lazy("Motif"), max_length=300)


class SchemeForm(BaseForm):
    """What a label says of itself and its rules."""

    columns: Mapping[str, str] = {
        name: name
        for name in (
            *("name", "name_en", "summary", "summary_en", "months", "renew_months"),
            *("appeal_days", "appeal_to", "legal_basis"),
        )
    }
    name = forms.CharField(label=gettext_lazy("Nom du label"), max_length=120)
    name_en = forms.CharField(label=gettext_lazy("Nom en anglais"), max_length=120, required=False)
    summary = forms.CharField(label=gettext_lazy("Ce qu'il reconnaît"), max_length=2000, widget=area(4))
    summary_en = forms.CharField(
        label=gettext_lazy("Ce qu'il reconnaît, en anglais"), max_length=2000, widget=area(4), required=False
    )
    months = forms.IntegerField(label=gettext_lazy("Durée en mois"), min_value=1, max_value=120, initial=36)
    renew_months = forms.IntegerField(
        label=gettext_lazy("Renouvelable, mois avant la fin"), min_value=0, max_value=60, initial=6
    )
    appeal_days = forms.IntegerField(
        label=gettext_lazy("Jours pour contester une décision"), min_value=0, max_value=365, initial=60
    )
    appeal_to = forms.CharField(label=gettext_lazy("Qui examine les recours"), max_length=200, required=False)
    legal_basis = forms.CharField(
        label=gettext_lazy("Texte qui institue le label"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Délibération ou décision de votre organisation."),
    )

    def clean(self) -> dict[str, Any]:
        """One renews before the end, and not from the start."""
        found = super().clean() or {}
        if (found.get("renew_months") or 0) >= (found.get("months") or 1):
            self.add_error("renew_months", _("Moins que la durée du label."))
        return found


class NewSchemeForm(SchemeForm):
    """A new label: whose, under which criteria."""

    owner = forms.ChoiceField(label=gettext_lazy("Qui le donne"))
    version = forms.ChoiceField(
        label=gettext_lazy("Grille de critères"),
        help_text=gettext_lazy("Une version publiée : elle ne changera plus pour qui demande avec elle."),
    )

    field_order = ("owner", "name", "name_en", "summary", "summary_en", "version")

    def __init__(
        self, *args: Any, owners: Iterable[Actor], versions: Iterable[GridVersion], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.owners = {str(one.pk): one for one in owners}
        self.versions = {str(one.pk): one for one in versions}
        self.fields["owner"].choices = [(key, one.name) for key, one in self.owners.items()]  # type: ignore[attr-defined]
        self.fields["version"].choices = versions_shown(self.versions)  # type: ignore[attr-defined]


class VersionForm(BaseForm):
    """Another version of the criteria, for the requests to come."""

    version = forms.ChoiceField(label=gettext_lazy("Grille de critères"))

    def __init__(self, *args: Any, versions: Iterable[GridVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.versions = {str(one.pk): one for one in versions}
        self.fields["version"].choices = versions_shown(self.versions)  # type: ignore[attr-defined]


class KeeperForm(BaseForm):
    """Somebody named to instruct or to decide."""

    email = forms.EmailField(label=gettext_lazy("Adresse électronique de son compte"), max_length=254)
    role = forms.ChoiceField(label=gettext_lazy("Rôle"), choices=Keeper.Role.choices)


class CodeForm(BaseForm):
    """A code typed from paper."""

    code = forms.CharField(
        label=gettext_lazy("Code du certificat"),
        max_length=40,
        help_text=gettext_lazy("Douze signes, sous le dessin à scanner : par exemple 7K3M-9TQ2-4XRD."),
    )


def versions_shown(versions: dict[str, GridVersion]) -> list[tuple[str, str]]:
    """Return versions as a list offers them."""
    return [
        (key, f"{one.grid.title.get('fr', one.grid.code)} – {one.version}") for key, one in versions.items()
    ]
