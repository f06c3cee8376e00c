"""Forms of the room, but that of a scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.design.forms import BaseForm
from terreau.exchanges.fields import EurosField, area, day
from terreau.fees import rules
from terreau.fees.documents import Reduction
from terreau.fees.models import ScaleVersion
from terreau.fees.scale_form import figure, typed_figure
from terreau.governance.models import Meeting

#: What the choice of an exemption sends.
EXEMPT = "exoneration"


class ProposeForm(BaseForm):
    """On the agenda of which meeting."""

    meeting = forms.ChoiceField(label=gettext_lazy("Séance"))
    text = forms.CharField(
        label=gettext_lazy("Pourquoi ce barème"),
        required=False,
        max_length=4000,
        widget=area(),
        help_text=gettext_lazy("Ajouté au barème en toutes lettres et aux totaux de la simulation."),
    )

    def __init__(self, meetings: Sequence[Meeting], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.meetings = {str(one.pk): one for one in meetings}
        named = [(key, _meeting(one)) for key, one in self.meetings.items()]
        self.fields["meeting"].choices = named  # type: ignore[attr-defined]


class VotedForm(BaseForm):
    """A scale that was adopted elsewhere."""

    on = day(gettext_lazy("Adopté le"), required=True)
    why = forms.CharField(
        label=gettext_lazy("Par qui, et où le lire"),
        max_length=1000,
        help_text=gettext_lazy("Par exemple : assemblée générale du 12 mars, procès-verbal page 4."),
    )


class GrantForm(BaseForm):
    """A reduction of the scale, or an exemption."""

    code = forms.ChoiceField(label=gettext_lazy("Réduction accordée"))
    reason = forms.CharField(label=gettext_lazy("Motif"), max_length=300)
    valid_from = day(gettext_lazy("À partir du"), required=True)
    valid_to = day(gettext_lazy("Jusqu'au, compris"))

    def __init__(self, reductions: Sequence[Reduction], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {one.code: one for one in reductions}
        named = [(one.code, one.label) for one in reductions]
        self.fields["code"].choices = [*named, (EXEMPT, _("exonération entière"))]  # type: ignore[attr-defined]

    @property
    def reduction(self) -> Reduction | None:
        """The reduction that was chosen; none for an exemption."""
        return self.known.get(self.cleaned_data["code"])


class FigureField(forms.CharField):
    """A turnover in euros or a headcount, as people write them, held as cents or hundredths."""

    def __init__(self, basis: str, **kwargs: Any) -> None:
        self.basis = basis
        attrs = {"inputmode": "decimal", "autocomplete": "off"}
        super().__init__(max_length=30, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> int:
        """Return cents, or hundredths of a full-time equivalent."""
        try:
            return figure(self.basis, str(super().clean(value)))
        except DomainError as error:
            raise forms.ValidationError(str(error.message)) from error

    def prepare_value(self, value: Any) -> Any:
        """Return the figure as it is typed."""
        return typed_figure(value) if isinstance(value, int) else value


class FigureForm(BaseForm):
    """A figure of a member for a year, with where it comes from."""

    source = forms.CharField(
        label=gettext_lazy("D'où vient ce chiffre"),
        max_length=200,
        help_text=gettext_lazy("Par exemple : compte de résultat, déclaration sociale, estimation."),
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, basis: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        label = _("Chiffre d'affaires, en euros") if basis == rules.TURNOVER else _("Effectif, en ETP")
        self.fields = {"value": FigureField(basis, label=label), **self.fields}


class EndForm(BaseForm):
    """The last day of a reduction."""

    about = forms.CharField(max_length=20, widget=forms.HiddenInput)
    on = day(gettext_lazy("Dernier jour"), required=True)


class PeriodForm(BaseForm):
    """What is called: a scale, a period, who calls, when it is due."""

    bareme = forms.ChoiceField(label=gettext_lazy("Barème voté"))
    first = day(gettext_lazy("Période depuis le"), required=True)
    last = day(gettext_lazy("Jusqu'au, compris"), required=True)
    seller = forms.ChoiceField(label=gettext_lazy("Qui appelle et encaisse"))
    on = day(gettext_lazy("Appel daté du"), required=True)
    due = day(gettext_lazy("À payer avant le"), required=True)

    def __init__(
        self, scales: Sequence[ScaleVersion], sellers: Sequence[Actor], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.scales = {str(one.number): one for one in scales}
        self.sellers = {str(one.pk): one for one in sellers}
        shown = [(key, f"{one.name} (n° {key})") for key, one in self.scales.items()]
        self.fields["bareme"].choices = shown  # type: ignore[attr-defined]
        named = [(key, one.name) for key, one in self.sellers.items()]
        self.fields["seller"].choices = named  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a period or a delay that goes backwards."""
        found = super().clean() or {}
        first, last, on, due = (found.get(name) for name in ("first", "last", "on", "due"))
        if first and last and last < first:
            self.add_error("last", _("La fin de la période suit son début."))
        if first and last and (last - first).days > 800:
            self.add_error("last", _("Cette période dépasse deux ans."))
        if on and due and due < on:
            self.add_error("due", _("L'échéance suit le jour de l'appel."))
        return found


class CreditForm(BaseForm):
    """A credit note of a fee: whole when no amount is typed."""

    cents = EurosField(
        label=gettext_lazy("Montant à retirer, en euros"),
        required=False,
        help_text=gettext_lazy("Vide : toute la cotisation."),
    )
    reason = forms.CharField(label=gettext_lazy("Motif"), max_length=300)


def _meeting(one: Meeting) -> str:
    when = date_format(localtime(one.starts_at), "DATETIME_FORMAT")
    return f"{one.title}, {when} ({one.get_state_display()})"
