"""Forms on people: members, requests to join, consents, bodies, seats, functions, statutes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Actor, Belonging
from terreau.census.parties import recognised
from terreau.common import parsing
from terreau.common.errors import DomainError
from terreau.common.periods import PartialDate
from terreau.design.forms import BaseForm
from terreau.governance.models import (
    Body,
    Counting,
    Decision,
    Form,
    FunctionShare,
    Majority,
    Seat,
    Sharing,
    Statute,
)
from terreau.poles.models import Membership

NEW: Final = "nouvelle"
_EARLIEST: Final = 1800


def area(rows: int, **attributes: str) -> forms.Textarea:
    """Return a field of several lines."""
    return forms.Textarea(attrs={"rows": rows, **attributes})


def day_field(label: Any, *, required: bool = True, hint: Any = "") -> forms.DateField:
    """Return a field for a day."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=hint,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class PartialDayField(forms.CharField):
    """A day, a month or a year, as precise as it is known; None when nothing is typed."""

    def __init__(self, label: Any) -> None:
        hint = gettext_lazy("Vide quand on ne sait pas : 2024, 2024-09 ou 2024-09-19.")
        super().__init__(label=label, help_text=hint, required=False, max_length=10)

    def clean(self, value: Any) -> PartialDate | None:
        """Read it."""
        typed = super().clean(value).strip()
        if not typed:
            return None
        try:
            found = PartialDate.parse(typed)
        except ValueError as error:
            words = _("Écrivez une date : 2014, 2014-09 ou 2014-09-19.")
            raise forms.ValidationError(words) from error
        if not _EARLIEST <= found.first.year <= timezone.localdate().year + 1:
            raise forms.ValidationError(_("Cette date est hors de portée."))
        return found


class EurosField(forms.CharField):
    """An amount in euros, « 12 500,50 »; its value is in cents, None when nothing is typed."""

    def clean(self, value: Any) -> int | None:
        """Read it to the cent."""
        typed = super().clean(value).strip()
        if not typed:
            return None
        try:
            cents = parsing.euros(typed).cents
        except DomainError as error:
            raise forms.ValidationError(str(error.message)) from error
        if cents < 0:
            raise forms.ValidationError(_("Un coût n'est pas négatif."))
        return cents


class PartyForm(BaseForm):
    """An organisation, by its name or its number: recognised, chosen among several, or new."""

    name = forms.CharField(
        label=gettext_lazy("Organisation"),
        help_text=gettext_lazy("Un nom, un sigle ou un SIREN. Pas de nom de personne."),
        max_length=250,
        widget=forms.TextInput(attrs={"list": "noms", "autocomplete": "off"}),
    )
    which = forms.ChoiceField(label=gettext_lazy("Laquelle ?"), widget=forms.RadioSelect, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        typed = str(self.data.get("name", "")).strip() if self.is_bound else ""
        self.found = recognised(typed) if typed else []
        if len(self.found) == 1 or not typed:
            del self.fields["which"]
            return
        new = _("Une organisation que le registre ne connaît pas : l'ajouter")
        self.fields["which"].choices = [*((one.id, one.said) for one in self.found), (NEW, new)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask which organisation it is when the register does not know one alone."""
        values = super().clean() or self.cleaned_data
        if "which" in self.fields and values.get("name") and not values.get("which"):
            words = (
                _("Plusieurs organisations s'appellent ainsi : dites laquelle.")
                if self.found
                else _("Le registre ne connaît pas cette organisation : confirmez qu'elle est à ajouter.")
            )
            self.add_error("which", words)
        return values

    @property
    def chosen(self) -> str:
        """The identifier of what was chosen, ``NEW`` for an organisation to add."""
        return self.cleaned_data.get("which") or (self.found[0].id if self.found else NEW)


class AddMemberForm(PartyForm):
    """An organisation that is in the pole, or enters it, without the path of an admission."""

    role = forms.ChoiceField(label=gettext_lazy("Rôle"), choices=Membership.Role.choices, initial="member")
    circle = forms.ChoiceField(
        label=gettext_lazy("Cercle"), choices=Membership.Circle.choices, required=False, initial=""
    )
    since = PartialDayField(gettext_lazy("Membre depuis"))
    field_order = ("name", "which", "role", "circle", "since")


class ChangeMemberForm(BaseForm):
    """Another role or circle from a day on."""

    row = forms.IntegerField(widget=forms.HiddenInput)
    role = forms.ChoiceField(label=gettext_lazy("Rôle"), choices=Membership.Role.choices)
    circle = forms.ChoiceField(
        label=gettext_lazy("Cercle"), choices=Membership.Circle.choices, required=False
    )
    on = day_field(gettext_lazy("À partir du"))


class LeaveForm(BaseForm):
    """The end of a membership: the day, why, what becomes of the mandates."""

    on = day_field(gettext_lazy("N'est plus membre à partir du"))
    reason = forms.CharField(
        label=gettext_lazy("Pourquoi ce départ"),
        max_length=300,
        help_text=gettext_lazy("Se lit dans l'historique du pôle. N'écrivez le nom de personne."),
    )
    mandates = forms.BooleanField(
        label=gettext_lazy("Mettre fin aussi à ses mandats et à ses fonctions"), required=False, initial=True
    )


class JoinForm(BaseForm):
    """A note of intent (R-06): which organisation, what it looks for, brings and expects."""

    actor = forms.ChoiceField(label=gettext_lazy("Au nom de quelle organisation ?"))
    intention = forms.CharField(
        label=gettext_lazy("Pourquoi voulez-vous rejoindre ce pôle ?"),
        help_text=gettext_lazy("Quelques phrases suffisent ; les membres du pôle les lisent."),
        max_length=4000,
        widget=area(5),
    )
    brings = forms.CharField(
        label=gettext_lazy("Ce que vous pouvez apporter"), required=False, max_length=2000, widget=area(3)
    )
    expects = forms.CharField(
        label=gettext_lazy("Ce que vous attendez du pôle"), required=False, max_length=2000, widget=area(3)
    )
    circle = forms.ChoiceField(
        label=gettext_lazy("Quelle place souhaitez-vous ?"), required=False, widget=forms.RadioSelect
    )

    def __init__(self, actors: Sequence[Actor], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actors = {str(one.pk): one for one in actors}
        self.fields["actor"].choices = [(pk, one.name) for pk, one in self.actors.items()]  # type: ignore[attr-defined]
        self.fields["circle"].choices = [  # type: ignore[attr-defined]
            ("", _("à décider ensemble")),
            *((code, label) for code, label in Membership.Circle.choices if code),
        ]


class StepForm(BaseForm):
    """The next step of a request: which, when, what was seen or said, the decision that accepts it."""

    step = forms.ChoiceField(label=gettext_lazy("Étape suivante"), widget=forms.RadioSelect)
    on = day_field(gettext_lazy("Jour de cette étape"))
    note = forms.CharField(
        label=gettext_lazy("Ce qui s'est passé"),
        help_text=gettext_lazy("Qui demande le lit. Obligatoire pour un refus."),
        required=False,
        max_length=1000,
        widget=area(3),
    )
    decision = forms.ChoiceField(
        label=gettext_lazy("La décision qui accepte cette adhésion"),
        required=False,
        help_text=gettext_lazy("Demandée pour accepter : une décision adoptée du pôle."),
    )
    circle = forms.ChoiceField(
        label=gettext_lazy("Le cercle donné par le pôle"), choices=Membership.Circle.choices, required=False
    )

    def __init__(
        self, steps: Iterable[str], decisions: Iterable[Decision], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        labels = {
            "visit": _("Proposer une visite"),
            "file": _("Demander un dossier"),
            "decision": _("Accepter, par une décision"),
            "charter": _("Envoyer la charte à accepter"),
            "admitted": _("Écrire l'adhésion (charte signée sur papier, ou sans charte)"),
            "refused": _("Ne pas accepter"),
        }
        self.steps = [step for step in labels if step in steps]
        self.fields["step"].choices = [(step, labels[step]) for step in self.steps]  # type: ignore[attr-defined]
        self.decisions = {str(one.pk): one for one in decisions}
        if "decision" not in self.steps:
            del self.fields["decision"]
            return
        self.fields["decision"].choices = [  # type: ignore[attr-defined]
            ("", "—"),
            (NEW, _("Une décision prise hors séance, à écrire maintenant")),
            *((pk, f"{one.number} · {one.title}") for pk, one in self.decisions.items()),
        ]


class AcceptForm(BaseForm):
    """That the newcomer accepts the text of the pole."""

    text = forms.CharField(widget=forms.HiddenInput, required=False)
    agreed = forms.BooleanField(
        label=gettext_lazy("Nous avons lu ce texte et nous l'acceptons, au nom de notre organisation.")
    )


class WithdrawForm(BaseForm):
    """That who asked gives up."""

    note = forms.CharField(label=gettext_lazy("Un mot pour le pôle"), required=False, max_length=1000)


class ShareForm(BaseForm):
    """What a member lets its pole see."""

    actor = forms.CharField(widget=forms.HiddenInput)
    codes = forms.MultipleChoiceField(
        label=gettext_lazy("Le pôle peut voir"), widget=forms.CheckboxSelectMultiple, required=False
    )


class FigureForm(BaseForm):
    """A figure of a member for a year."""

    actor = forms.CharField(widget=forms.HiddenInput)
    code = forms.ChoiceField(label=gettext_lazy("Donnée"))
    year = forms.IntegerField(label=gettext_lazy("Année"), min_value=_EARLIEST)
    value = forms.CharField(
        label=gettext_lazy("Valeur"), max_length=30, help_text=gettext_lazy("Par exemple : 125 000 ou 3,5.")
    )

    def clean_year(self) -> int:
        """Refuse a year to come."""
        year = int(self.cleaned_data["year"])
        if year > timezone.localdate().year:
            raise forms.ValidationError(_("Cette année n'est pas encore venue."))
        return year


# Governance


class AddFormForm(BaseForm):
    """A form of governance, with the bodies of its template (R-30)."""

    kind = forms.ChoiceField(label=gettext_lazy("Forme"), choices=Form.Kind.choices, widget=forms.RadioSelect)
    since = day_field(gettext_lazy("Depuis le"), required=False)


class NewBodyForm(BaseForm):
    """A body: its name and its nature; its rules come after."""

    name = forms.CharField(
        label=gettext_lazy("Nom de l'instance"),
        max_length=120,
        help_text=gettext_lazy("Par exemple : Assemblée des membres, Groupe de projet halle."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Nature"), choices=Body.Kind.choices, initial="other")
    decides = forms.BooleanField(label=gettext_lazy("Elle prend des décisions"), required=False, initial=True)
    since = day_field(gettext_lazy("Depuis le"), required=False)


#: Shares that statutes use, as words.
_SHARES: Final[tuple[tuple[str, Any], ...]] = (
    ("0/1", gettext_lazy("aucun quorum")),
    ("1/5", gettext_lazy("un cinquième des sièges")),
    ("1/4", gettext_lazy("un quart des sièges")),
    ("1/3", gettext_lazy("un tiers des sièges")),
    ("1/2", gettext_lazy("la moitié des sièges")),
    ("2/3", gettext_lazy("les deux tiers des sièges")),
    ("3/4", gettext_lazy("les trois quarts des sièges")),
    ("1/1", gettext_lazy("tous les sièges")),
    ("", gettext_lazy("une autre part, à écrire")),
)


class RulesForm(BaseForm):
    """The rules of a body, in words. ``base`` keeps what the person saw, for who changes them meanwhile."""

    name = forms.CharField(label=gettext_lazy("Nom de l'instance"), max_length=120)
    kind = forms.ChoiceField(label=gettext_lazy("Nature"), choices=Body.Kind.choices)
    decides = forms.BooleanField(label=gettext_lazy("Elle prend des décisions"), required=False)
    quorum = forms.ChoiceField(
        label=gettext_lazy("Combien de sièges doivent être là pour décider ?"),
        choices=_SHARES,
        required=False,
    )
    other = forms.CharField(
        label=gettext_lazy("Une autre part"),
        required=False,
        max_length=9,
        help_text=gettext_lazy("Comme 3/5 ou 40 %."),
    )
    quorum_by_college = forms.BooleanField(
        label=gettext_lazy("Demander la même part dans chaque collège"), required=False
    )
    proxies = forms.IntegerField(
        label=gettext_lazy("Pour combien d'absents une personne peut-elle voter ?"),
        min_value=0,
        max_value=99,
    )
    majority = forms.ChoiceField(
        label=gettext_lazy("Que faut-il pour adopter ?"), choices=Majority.choices, widget=forms.RadioSelect
    )
    counting = forms.ChoiceField(
        label=gettext_lazy("Comment comptent les voix ?"), choices=Counting.choices, widget=forms.RadioSelect
    )
    sharing = forms.ChoiceField(
        label=gettext_lazy("Quand on compte par collège, le poids d'un collège est"),
        choices=Sharing.choices,
        widget=forms.RadioSelect,
    )
    meets_every = forms.IntegerField(
        label=gettext_lazy("Au plus combien de jours entre deux séances ?"),
        required=False,
        min_value=1,
        max_value=3660,
        help_text=gettext_lazy("L'espace prévient quand ce délai passe sans séance."),
    )
    notice_days = forms.IntegerField(
        label=gettext_lazy("Combien de jours avant une séance faut-il la convoquer ?"),
        min_value=0,
        max_value=366,
    )
    public = forms.BooleanField(
        label=gettext_lazy("Montrer cette instance à tous, avec les organisations qui y siègent"),
        required=False,
    )
    base = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        """Read the quorum from its words or from the part typed."""
        values = super().clean() or self.cleaned_data
        try:
            share = _fraction(values.get("quorum") or values.get("other", ""))
        except (ValueError, ZeroDivisionError):
            self.add_error("other", _("Écrivez une part entre aucun et tous : 3/5 ou 40 %."))
            return values
        values["quorum_num"], values["quorum_den"] = share.numerator, share.denominator
        return values


def _fraction(typed: str) -> Fraction:
    text = typed.replace(" ", "").replace("\u202f", "").replace(",", ".")
    share = Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)
    if not 0 <= share <= 1 or share.denominator > 9999:
        raise ValueError(typed)
    return share


def quorum_choice(num: int, den: int) -> dict[str, str]:
    """Return what the form shows of a quorum: the words, or the part typed."""
    share = Fraction(num, den)
    text = f"{share.numerator}/{share.denominator}"
    return {"quorum": text, "other": ""} if text in dict(_SHARES) else {"quorum": "", "other": text}


class CollegeForm(BaseForm):
    """A college: its name, its weight, the seats that the statutes plan."""

    name = forms.CharField(label=gettext_lazy("Nom du collège"), max_length=80)
    weight = forms.IntegerField(
        label=gettext_lazy("Poids"),
        min_value=0,
        max_value=10_000,
        initial=1,
        help_text=gettext_lazy("Ne compte que si l'on vote par collège : 60 et 40, ou 3 et 2."),
    )
    planned = forms.IntegerField(
        label=gettext_lazy("Sièges prévus"), required=False, min_value=0, max_value=10_000
    )


class SeatForm(BaseForm):
    """A seat: which organisation, who sits there, with what role, until when."""

    actor = forms.ChoiceField(label=gettext_lazy("Organisation"))
    college = forms.ChoiceField(label=gettext_lazy("Collège"), required=False)
    person = forms.CharField(
        label=gettext_lazy("Qui siège"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("Son nom, lu par les membres du pôle seulement."),
    )
    user = forms.ChoiceField(
        label=gettext_lazy("Son compte, pour répondre et voter en ligne"), required=False
    )
    role = forms.ChoiceField(label=gettext_lazy("Rôle"), choices=Seat.Role.choices, initial="member")
    since = day_field(gettext_lazy("Mandat depuis le"), required=False)
    until = day_field(
        gettext_lazy("Mandat jusqu'au"),
        required=False,
        hint=gettext_lazy("Le pôle est prévenu avant la fin."),
    )

    def __init__(
        self,
        actors: Sequence[Actor],
        colleges: Mapping[str, str],
        people: Sequence[Belonging],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.actors = {str(one.pk): one for one in actors}
        self.people: dict[str, list[Belonging]] = {}
        for one in people:
            self.people.setdefault(str(one.user_id), []).append(one)
        self._choices("actor", [("", "—"), *((pk, one.name) for pk, one in self.actors.items())])
        if colleges:
            self._choices("college", [("", "—"), *colleges.items()])
        else:
            del self.fields["college"]
        said = [
            (pk, f"{held[0].user.name or held[0].user.email} ({', '.join(one.actor.name for one in held)})")
            for pk, held in self.people.items()
        ]
        self._choices("user", [("", _("pas de compte")), *said])

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Hold the account to the organisation, and the end to the beginning."""
        values = super().clean() or self.cleaned_data
        user, actor = values.get("user"), values.get("actor")
        if user and actor and actor not in {str(one.actor_id) for one in self.people[user]}:
            self.add_error("user", _("Cette personne n'appartient pas à cette organisation."))
        since, until = values.get("since"), values.get("until")
        if since and until and until <= since:
            self.add_error("until", _("La fin suit le début du mandat."))
        return values

    @property
    def account(self) -> User | None:
        """The account chosen."""
        held = self.people.get(self.cleaned_data.get("user", ""))
        return held[0].user if held else None


class EndForm(BaseForm):
    """The end of a mandate: when, why."""

    on = day_field(gettext_lazy("Fin du mandat le"))
    reason = forms.CharField(
        label=gettext_lazy("Pourquoi ce mandat finit"),
        max_length=200,
        help_text=gettext_lazy("Terme du mandat, démission, remplacement…"),
    )


class FunctionForm(BaseForm):
    """Who carries a function, with its hours and its cost (R-36)."""

    function = forms.ChoiceField(label=gettext_lazy("Fonction"), choices=FunctionShare.Function.choices)
    actor = forms.ChoiceField(label=gettext_lazy("Portée par"))
    hours = forms.IntegerField(
        label=gettext_lazy("Heures par mois"), required=False, min_value=0, max_value=10_000
    )
    cost = EurosField(
        label=gettext_lazy("Coût par an, en euros"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("Ce que cela coûte à qui la porte : 12 500,50."),
    )
    since = day_field(gettext_lazy("Depuis le"), required=False)
    note = forms.CharField(label=gettext_lazy("Précision"), required=False, max_length=200)

    def __init__(self, actors: Sequence[Actor], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actors = {str(one.pk): one for one in actors}
        self.fields["actor"].choices = [("", "—"), *((pk, one.name) for pk, one in self.actors.items())]  # type: ignore[attr-defined]


class StatuteForm(BaseForm):
    """A version of the statutes, the rules, an agreement or the charter: its words, its file, or both."""

    kind = forms.ChoiceField(label=gettext_lazy("Quel texte ?"), choices=Statute.Kind.choices)
    text = forms.CharField(
        label=gettext_lazy("Le texte"),
        required=False,
        max_length=400_000,
        widget=area(14),
        help_text=gettext_lazy("Collez-le ici pour voir ce qui change d'une version à l'autre."),
    )
    piece = forms.FileField(label=gettext_lazy("Le fichier signé"), required=False, allow_empty_file=True)
    adopted_on = day_field(gettext_lazy("Adopté le"), required=False)
    note = forms.CharField(label=gettext_lazy("Ce qui change, en une phrase"), required=False, max_length=300)
    public = forms.BooleanField(
        label=gettext_lazy("Publier ce texte : tout le monde peut le lire"), required=False
    )


def uuid_of(typed: str) -> UUID | None:
    """Return an identifier that a form sent; None when it is none."""
    try:
        return UUID(typed)
    except ValueError:
        return None


def today_initial(day: date) -> dict[str, str]:
    """Return the day that a form proposes."""
    return {"on": day.isoformat()}


__all__ = [
    "NEW",
    "AcceptForm",
    "AddFormForm",
    "AddMemberForm",
    "ChangeMemberForm",
    "CollegeForm",
    "EndForm",
    "FigureForm",
    "FunctionForm",
    "JoinForm",
    "LeaveForm",
    "NewBodyForm",
    "RulesForm",
    "SeatForm",
    "ShareForm",
    "StatuteForm",
    "StepForm",
    "WithdrawForm",
    "quorum_choice",
    "today_initial",
    "uuid_of",
]
