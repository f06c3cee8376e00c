"""Forms of the room. Those that two people may send at once carry what each saw (``SeenForm``)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.common.errors import StaleWriteError
from terreau.common.verdicts import Answer
from terreau.design.forms import BaseForm
from terreau.exchanges.fields import area, day
from terreau.instruction.desk import LONGEST, Point
from terreau.instruction.models import Opinion, Setup
from terreau.instruction.rules import Criterion


class SeenForm(BaseForm):
    """A form over what two people may write: it carries what this one saw, field by field."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, values: Mapping[str, Any], **kwargs: Any) -> None:
        self.values = dict(values)
        kwargs["initial"] = {**self.values, "seen": json.dumps(self.values), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)

    @property
    def base(self) -> dict[str, Any]:
        """What the person saw; what cannot be read is what stands now."""
        try:
            told = json.loads(self.cleaned_data.get("seen") or "{}")
        except ValueError:
            told = {}
        told = told if isinstance(told, dict) else {}
        return {name: told.get(name, value) for name, value in self.values.items()}

    @property
    def mine(self) -> dict[str, Any]:
        """What the person wants."""
        return {name: self.cleaned_data.get(name) for name in self.values if name in self.fields}

    def show_theirs(self, error: StaleWriteError) -> None:
        """Say beside each field what stands now; sent again, what is typed replaces it."""
        for name, sides in error.facts.get("conflicts", {}).items():
            if name in self.fields:
                words = _("Quelqu'un vient d'écrire : « %(value)s ».")
                self.add_error(name, words % {"value": sides["theirs"] or "–"})
        typed: Any = self.data.copy()  # type: ignore[attr-defined]
        typed["seen"] = json.dumps(self.values)
        self.data = typed


class SheetForm(SeenForm):
    """The working sheet of a file: an answer and a note by point, the summary, the note between officers."""

    def __init__(self, *args: Any, points: Sequence[Point], values: Mapping[str, str], **kwargs: Any) -> None:
        whole = {"summary": "", "note": ""}
        for one in points:
            whole |= {f"verdict:{one.code}": "", f"note:{one.code}": ""}
        super().__init__(*args, values={**whole, **{k: v for k, v in values.items() if k in whole}}, **kwargs)
        self.points = list(points)
        for one in points:
            self.fields[f"verdict:{one.code}"] = forms.ChoiceField(
                label=_("Votre réponse"),
                required=False,
                choices=[
                    ("", _("comme trouvé")),
                    (Answer.YES.value, _("oui")),
                    (Answer.NO.value, _("non")),
                    (Answer.TO_CHECK.value, _("à vérifier")),
                ],
            )
            self.fields[f"note:{one.code}"] = forms.CharField(
                label=_("Pourquoi"), required=False, max_length=500
            )
        self.fields["summary"] = forms.CharField(
            label=_("Synthèse pour le comité"), required=False, max_length=LONGEST, widget=area(4)
        )
        self.fields["note"] = forms.CharField(
            label=_("Note entre instructeurs"),
            help_text=_("Ni le candidat ni les relecteurs ne la lisent."),
            required=False,
            max_length=LONGEST,
            widget=area(3),
        )

    @property
    def rows(self) -> list[tuple[Point, forms.BoundField, forms.BoundField]]:
        """Each point with its two fields."""
        return [(one, self[f"verdict:{one.code}"], self[f"note:{one.code}"]) for one in self.points]


class ReasonForm(BaseForm):
    """The reason of what is done."""

    reason = forms.CharField(label=gettext_lazy("Motif"), widget=area(4), max_length=6000, strip=True)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)


class StepForm(BaseForm):
    """A step taken at once: which one, and the version of the file that was seen."""

    about = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)


class AskForm(BaseForm):
    """What is asked of an applicant, until when."""

    keys = forms.MultipleChoiceField(
        label=gettext_lazy("Questions à rouvrir"),
        help_text=gettext_lazy("Aucune cochée : le candidat peut tout compléter."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    text = forms.CharField(label=gettext_lazy("Ce que vous demandez"), widget=area(6), max_length=6000)
    due = day(gettext_lazy("Répondre jusqu'au"), required=True)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, choices: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["keys"].choices = list(choices)  # type: ignore[attr-defined]


class OpinionForm(BaseForm):
    """An opinion, and why."""

    value = forms.ChoiceField(
        label=gettext_lazy("Avis"), choices=Opinion.Value.choices, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=gettext_lazy("Pourquoi"),
        help_text=gettext_lazy("Nécessaire quand l'avis est réservé ou défavorable."),
        required=False,
        widget=area(4),
        max_length=6000,
    )


class ReviewForm(SeenForm):
    """A score and a sentence by criterion, then an opinion of the whole; a draft may lack some of it."""

    def __init__(
        self,
        *args: Any,
        grid: Sequence[Criterion],
        values: Mapping[str, Any],
        whole: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, values=values, **kwargs)
        self.grid = list(grid)
        for one in grid:
            self.fields[f"score:{one.code}"] = forms.TypedChoiceField(
                label=_("Note sur %(most)d") % {"most": one.most},
                required=whole,
                coerce=int,
                empty_value=None,
                choices=[("", _("pas encore")), *((n, str(n)) for n in range(one.most + 1))],
            )
            self.fields[f"text:{one.code}"] = forms.CharField(
                label=_("Appréciation"), required=whole and one.text, max_length=4000, widget=area(3)
            )
        self.fields["advice"] = forms.CharField(
            label=_("Avis d'ensemble"), required=False, max_length=4000, widget=area(4)
        )

    @property
    def rows(self) -> list[tuple[Criterion, forms.BoundField, forms.BoundField]]:
        """Each criterion with its two fields."""
        return [(one, self[f"score:{one.code}"], self[f"text:{one.code}"]) for one in self.grid]


class ConflictForm(BaseForm):
    """What ties a person to a file."""

    why = forms.CharField(
        label=gettext_lazy("Ce qui vous lie à ce dossier"),
        help_text=gettext_lazy("Lu par le porteur de l'appel et par qui le contrôle."),
        widget=area(3),
        max_length=500,
    )


class LiftForm(BaseForm):
    """Why a conflict is lifted."""

    why = forms.CharField(label=gettext_lazy("Pourquoi il est levé"), widget=area(2), max_length=500)


class PersonForm(BaseForm):
    """One person among those who may."""

    user = forms.ChoiceField(label=gettext_lazy("Personne"))

    def __init__(self, *args: Any, choices: Iterable[tuple[Any, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].choices = [(str(pk), name) for pk, name in choices]  # type: ignore[attr-defined]


class LetterForm(BaseForm):
    """A letter, as it will leave."""

    event = forms.CharField(widget=forms.HiddenInput, max_length=40)
    title = forms.CharField(label=gettext_lazy("Objet"), max_length=200)
    text = forms.CharField(label=gettext_lazy("Texte de la lettre"), widget=area(16), max_length=20_000)


class SetupForm(SeenForm):
    """How the call is instructed."""

    each = forms.IntegerField(label=gettext_lazy("Relecteurs par dossier"), min_value=0, max_value=20)
    days = forms.IntegerField(label=gettext_lazy("Jours pour décider"), min_value=1, max_value=730)
    complement_days = forms.IntegerField(
        label=gettext_lazy("Jours pour compléter"), min_value=1, max_value=180
    )
    totals = forms.ChoiceField(
        label=gettext_lazy("Une fois toutes les relectures rendues"), choices=Setup.Totals.choices
    )


class MeetingForm(BaseForm):
    """A meeting that opens."""

    on = day(gettext_lazy("Tenue le"), required=True)
    present = forms.CharField(
        label=gettext_lazy("Personnes présentes"), required=False, widget=area(2), max_length=2000
    )


class CloseForm(BaseForm):
    """What was said in a meeting."""

    note = forms.CharField(
        label=gettext_lazy("Ce qui s'est dit"), required=False, widget=area(3), max_length=6000
    )


class ChangeForm(BaseForm):
    """A score that changes, and why."""

    review = forms.UUIDField(widget=forms.HiddenInput)
    criterion = forms.CharField(widget=forms.HiddenInput, max_length=60)
    before = forms.IntegerField(widget=forms.HiddenInput)
    after = forms.IntegerField(label=gettext_lazy("Nouvelle note"), min_value=0, max_value=1000)
    reason = forms.CharField(label=gettext_lazy("Motif du changement"), max_length=500)


class AnnounceForm(BaseForm):
    """A draw that is announced."""

    purpose = forms.CharField(label=gettext_lazy("Pourquoi tirer au sort"), max_length=300)
    places = forms.IntegerField(label=gettext_lazy("Places tirées"), min_value=1, max_value=10_000)
    rule = forms.CharField(
        label=gettext_lazy("D'où vient la graine"),
        help_text=gettext_lazy("Par exemple : les numéros du Loto du 23 décembre, dans l'ordre publié."),
        max_length=500,
    )
    seed_day = day(
        gettext_lazy("Jour où elle sera connue de tous"),
        hint=gettext_lazy("Un jour à venir, dès que la liste peut être connue."),
    )
    seed = forms.CharField(
        label=gettext_lazy("Graine"),
        help_text=gettext_lazy("Seulement tant que l'appel reçoit des dossiers."),
        required=False,
        max_length=200,
    )


class SeedForm(BaseForm):
    """The public value of the day that was announced."""

    about = forms.CharField(widget=forms.HiddenInput, max_length=60)
    seed = forms.CharField(
        label=gettext_lazy("Valeur publique du jour annoncé"), required=False, max_length=200
    )


class SendForm(BaseForm):
    """The words that go with complements; the key makes twice once."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=64)
    text = forms.CharField(
        label=gettext_lazy("Un mot pour l'instruction"), required=False, widget=area(4), max_length=4000
    )


class ListForm(BaseForm):
    """The files between which one draws."""

    about = forms.CharField(widget=forms.HiddenInput, max_length=60)
    chosen = forms.MultipleChoiceField(
        label=gettext_lazy("Dossiers tirés au sort"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, choices: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["chosen"].choices = list(choices)  # type: ignore[attr-defined]
