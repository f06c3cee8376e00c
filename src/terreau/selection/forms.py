"""Forms of the committee's pages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from time import time
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.calls.models import Call, Sponsor
from terreau.common.errors import StaleWriteError
from terreau.design.forms import BaseForm
from terreau.dossiers import announcing
from terreau.exchanges.fields import EurosField
from terreau.selection import call_rules
from terreau.selection.call_rules import Group
from terreau.selection.models import Outcome, Seat, Session
from terreau.selection.portfolio_rules import Rule
from terreau.selection.read import Row

_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ProposeForm(BaseForm):
    """What is proposed for one file: the button that is pressed says the outcome."""

    dossier = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.IntegerField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(choices=[("", ""), *Outcome.choices], required=False)
    cents = EurosField(label=gettext_lazy("Montant en euros"), required=False)
    reason = forms.CharField(
        label=gettext_lazy("Motif"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )


class ConflictForm(BaseForm):
    """What ties a member to a file: it leaves them at once."""

    dossier = forms.UUIDField(widget=forms.HiddenInput)
    why = forms.CharField(label=gettext_lazy("Ce qui vous lie à ce dossier"), max_length=500)


class DecideForm(BaseForm):
    """A decision of one file, or another in place of it."""

    dossier = forms.ChoiceField(label=gettext_lazy("Dossier"))
    outcome = forms.ChoiceField(label=gettext_lazy("Décision"), choices=Outcome.choices)
    cents = EurosField(
        label=gettext_lazy("Montant en euros"),
        required=False,
        help_text=gettext_lazy("Pour un dossier retenu."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Pourquoi"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Le candidat lit ce motif. La décision d'avant reste écrite."),
    )
    #: When the page was drawn, in seconds: a decision taken since was not seen.
    drawn = forms.FloatField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, rows: Iterable[Row] = (), **kwargs: Any) -> None:
        kwargs["initial"] = {"drawn": time(), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.fields["dossier"].choices = [  # type: ignore[attr-defined]
            (str(row.dossier.pk), f"{row.dossier.reference} – {row.dossier.name}") for row in rows
        ]

    def show_theirs(self, _error: StaleWriteError) -> None:
        """Let the next sending replace the decision that is now before the person's eyes."""
        typed: Any = self.data.copy()  # type: ignore[attr-defined]
        typed["drawn"] = str(time())
        self.data = typed


class ComposeForm(BaseForm):
    """The name of the committee, and what institutes it."""

    name = forms.CharField(label=gettext_lazy("Nom du comité"), max_length=200)
    legal_basis = forms.CharField(label=gettext_lazy("Texte qui l'institue"), max_length=300, required=False)


class SeatForm(BaseForm):
    """Somebody who sits, for some days."""

    name = forms.CharField(label=gettext_lazy("Nom"), max_length=200)
    quality = forms.CharField(
        label=gettext_lazy("Au titre de"),
        max_length=200,
        help_text=gettext_lazy("Un ministère, une collectivité, une personne qualifiée."),
    )
    sponsor = forms.ModelChoiceField(
        queryset=Sponsor.objects.none(), label=gettext_lazy("Financeur représenté"), required=False
    )
    chair = forms.BooleanField(label=gettext_lazy("Préside le comité"), required=False)
    since = forms.DateField(label=gettext_lazy("Depuis le"), widget=_DAY)
    until = forms.DateField(
        label=gettext_lazy("Jusqu'au"),
        widget=_DAY,
        required=False,
        help_text=gettext_lazy("Premier jour où le siège est libre."),
    )
    email = forms.EmailField(
        label=gettext_lazy("Adresse électronique du compte"),
        required=False,
        help_text=gettext_lazy("Pour qu'elle entre dans les pages du comité. Elle n'est pas publiée."),
    )

    def __init__(self, *args: Any, call: Call | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if call is not None:
            self.fields["sponsor"].queryset = Sponsor.objects.filter(call=call)  # type: ignore[attr-defined]


class RulesForm(BaseForm):
    """The rules of procedure that the committee adopted."""

    piece = forms.FileField(label=gettext_lazy("Règlement intérieur"))
    on = forms.DateField(label=gettext_lazy("Adopté le"), widget=_DAY)


class _SeatsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        """Return who sits, and on whose behalf."""
        return f"{obj.name} – {obj.quality}"


class SessionForm(BaseForm):
    """A sitting: when, where, who, what was said."""

    on = forms.DateField(label=gettext_lazy("Tenue le"), widget=_DAY)
    place = forms.CharField(label=gettext_lazy("Lieu"), max_length=200, required=False)
    present = _SeatsField(
        queryset=Seat.objects.none(),
        label=gettext_lazy("Personnes présentes"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    minutes = forms.CharField(
        label=gettext_lazy("Relevé"), required=False, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, seats: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if seats is not None:
            self.fields["present"].queryset = seats  # type: ignore[attr-defined]


class _SessionField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        """Return the day and the place of a sitting."""
        return ", ".join(filter(None, (date_format(obj.on), obj.place)))


class SittingForm(BaseForm):
    """In which sitting the decisions are taken."""

    session = _SessionField(queryset=Session.objects.none(), label=gettext_lazy("Séance"), required=False)
    #: Which proposals the person saw: how many, and the last.
    seen = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    def __init__(self, *args: Any, sessions: Any = None, proposed: str = "", **kwargs: Any) -> None:
        self.proposed = proposed
        kwargs["initial"] = {"seen": proposed, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        if sessions is not None:
            self.fields["session"].queryset = sessions  # type: ignore[attr-defined]

    def show_theirs(self, _error: StaleWriteError) -> None:
        """Let the next sending decide of what is proposed now."""
        typed: Any = self.data.copy()  # type: ignore[attr-defined]
        typed["seen"] = self.proposed
        self.data = typed


class AskForm(BaseForm):
    """Who asks for the assistant, and why."""

    why = forms.CharField(
        label=gettext_lazy("Qui le demande, et pourquoi"),
        max_length=300,
        help_text=gettext_lazy("Cela reste écrit, avec votre nom et le jour."),
    )


def _count(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=10_000)


def _share(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=False, min_value=0, max_value=100, decimal_places=2, localize=True
    )


class ChoiceForm(BaseForm):
    """What a choice must keep: how far a grant may be reduced, floors or ceilings by group."""

    most_files = _count(gettext_lazy("Nombre de lauréats au plus"))
    step = EurosField(
        label=gettext_lazy("Réduire par pas de (euros)"),
        required=False,
        help_text=gettext_lazy("Rien : chaque dossier reçoit ce qu'il demande, ou n'est pas retenu."),
    )
    minimum_rate = _share(gettext_lazy("Jamais moins que cette part de la demande, en %"))
    qpv_share = _share(gettext_lazy("Part du montant en quartier prioritaire, au moins, en %"))
    rural_share = _share(gettext_lazy("Part du montant en territoire rural, au moins, en %"))

    #: Fields that are not those of a group, in their order.
    order: tuple[str, ...] = ("most_files", "step", "minimum_rate", "qpv_share", "rural_share")

    def __init__(
        self,
        *args: Any,
        portfolio: Mapping[str, Any] | None = None,
        groups: Iterable[Group] = (),
        **kwargs: Any,
    ) -> None:
        self.portfolio = portfolio or {}
        kwargs["initial"] = {**call_rules.typed(self.portfolio), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.groups = list(groups)
        for on, code, name in self.groups:
            self.fields[f"{on}-{code}-min"] = _count(_("Au moins : %(name)s") % {"name": name})
            self.fields[f"{on}-{code}-max"] = _count(_("Au plus : %(name)s") % {"name": name})

    @property
    def pairs(self) -> list[tuple[str, Any, Any]]:
        """The groups with their two fields: name, at least, at most."""
        return [(name, self[f"{on}-{code}-min"], self[f"{on}-{code}-max"]) for on, code, name in self.groups]

    @property
    def plain(self) -> list[Any]:
        """The other fields."""
        return [self[name] for name in self.order]

    def clean(self) -> dict[str, Any]:
        """Refuse bounds that cross, and a step without the least share: an aid would fall to nothing."""
        said = super().clean() or {}
        if said.get("step") and not said.get("minimum_rate"):
            self.add_error("minimum_rate", _("Dites jusqu'où l'aide peut être réduite : 70 par exemple."))
        for on, code, _name in self.groups:
            least, most = said.get(f"{on}-{code}-min"), said.get(f"{on}-{code}-max")
            if least is not None and most is not None and most < least:
                words = _("Le maximum est sous le minimum : corrigez l'un des deux.")
                self.add_error(f"{on}-{code}-max", words)
        return said

    def rules(self) -> list[Rule]:
        """Return the rules that were typed, and those of the call that no field shows."""
        said = self.cleaned_data
        found = []
        if said.get("most_files") is not None:
            found.append(Rule("all", "files", "at_most", said["most_files"]))
        for on in ("qpv", "rural"):
            if said.get(f"{on}_share"):
                found.append(Rule(on, "cents", "at_least_share", int(said[f"{on}_share"] * 100)))
        for on, code, _name in self.groups:
            if (least := said.get(f"{on}-{code}-min")) is not None and least:
                found.append(Rule(on, "files", "at_least", least, code))  # type: ignore[arg-type]
            if (most := said.get(f"{on}-{code}-max")) is not None:
                found.append(Rule(on, "files", "at_most", most, code))  # type: ignore[arg-type]
        return [*found, *call_rules.untyped(self.portfolio)]

    @property
    def rate(self) -> int:
        """The least useful share of what is asked, in hundredths of a percent."""
        said = self.cleaned_data.get("minimum_rate")
        return 10_000 if said is None else int(said * 100)


class SearchForm(ChoiceForm):
    """What the assistant is asked: an envelope, and the rules of the call as the committee wants them."""

    envelope = EurosField(label=gettext_lazy("Enveloppe en euros"), required=True)
    keep = forms.BooleanField(
        label=gettext_lazy("Garder ce que le comité a déjà proposé"), required=False, initial=True
    )

    order = ("envelope", *ChoiceForm.order, "keep")


class CallRulesForm(ChoiceForm):
    """What a call asks of the choice, before any file: how decisions are told, what a choice must keep."""

    told = forms.ChoiceField(
        label=gettext_lazy("Quand les candidats lisent les décisions"),
        choices=[
            (announcing.TOGETHER, gettext_lazy("tous ensemble, à la publication des résultats")),
            (announcing.EACH, gettext_lazy("chacun aussitôt, décision par décision")),
        ],
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    order = ("told", *ChoiceForm.order)

    def __init__(self, *args: Any, call: Call, **kwargs: Any) -> None:
        self.call = call
        first = {"told": call.ranking.get("told", announcing.TOGETHER), "seen": self._now()}
        kwargs["initial"] = {**first, **kwargs.get("initial", {})}
        super().__init__(*args, portfolio=call.portfolio, **kwargs)

    def _now(self) -> str:
        return json.dumps([self.call.portfolio, self.call.ranking], sort_keys=True)

    @property
    def base(self) -> dict[str, Any]:
        """What the person saw of the call; what cannot be read is what stands now."""
        try:
            portfolio, ranking = json.loads(self.cleaned_data.get("seen") or "")
        except ValueError:
            portfolio, ranking = self.call.portfolio, self.call.ranking
        return {"portfolio": portfolio, "ranking": ranking}

    @property
    def mine(self) -> dict[str, Any]:
        """What the person wants of the call."""
        said = self.cleaned_data
        portfolio = call_rules.written(self.rules(), step=said["step"] or 0, minimum_rate=self.rate)
        ranking = {key: value for key, value in self.call.ranking.items() if key != "told"}
        if said["told"] != announcing.TOGETHER:
            ranking["told"] = said["told"]
        return {"portfolio": portfolio, "ranking": ranking}

    def show_theirs(self, _error: StaleWriteError) -> None:
        """Let the next sending replace what somebody else wrote."""
        self.call.refresh_from_db()
        typed: Any = self.data.copy()  # type: ignore[attr-defined]
        typed["seen"] = self._now()
        self.data = typed
