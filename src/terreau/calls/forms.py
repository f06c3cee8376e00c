"""Forms of the owner: a programme, a strand, a call, its rows, a question, people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.calls import letters, wording
from terreau.calls.models import (
    STAGES,
    Applicant,
    Call,
    Category,
    Dimension,
    Programme,
    Role,
    Sponsor,
    Strand,
    Support,
)
from terreau.calls.own_rules import OWN, RULES
from terreau.calls.rows_form import Col, RowsForm, choices
from terreau.common.errors import StaleWriteError
from terreau.design.forms import BaseForm
from terreau.exchanges.acting import FreshForm
from terreau.exchanges.fields import EurosField, PercentField, area, day
from terreau.territories.models import Zone

_MOMENT = "%Y-%m-%dT%H:%M:%S"
_NOBODY_SAID = gettext_lazy("Vide : laissé au porteur du programme.")


def moment(label: Any, help_text: Any = "") -> forms.DateTimeField:
    """Return a field of a day and an hour of Paris, to the second."""
    return forms.DateTimeField(
        label=label,
        required=False,
        help_text=help_text,
        input_formats=[_MOMENT, "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format=_MOMENT),
    )


def boxes(label: Any, pairs: Iterable[tuple[str, Any]], help_text: Any = "") -> forms.MultipleChoiceField:
    """Return boxes to tick."""
    return forms.MultipleChoiceField(
        label=label,
        choices=list(pairs),
        required=False,
        help_text=help_text,
        widget=forms.CheckboxSelectMultiple,
    )


class ProgrammeForm(FreshForm):
    """A programme: who carries it, with how much, on what it rests."""

    columns = {
        one: one
        for one in (
            *("name", "name_en", "summary", "summary_en", "level", "owner_name", "envelope_cents"),
            *("valid_from", "valid_to", "legal_basis"),
        )
    }
    name = forms.CharField(label=gettext_lazy("Nom du programme"), max_length=200)
    name_en = forms.CharField(label=gettext_lazy("Nom en anglais"), required=False, max_length=200)
    summary = forms.CharField(label=gettext_lazy("En quelques phrases"), max_length=4000, widget=area())
    summary_en = forms.CharField(
        label=gettext_lazy("En quelques phrases, en anglais"), required=False, max_length=4000, widget=area(2)
    )
    level = forms.ChoiceField(label=gettext_lazy("Niveau"), choices=Programme.Level.choices)
    owner_name = forms.CharField(
        label=gettext_lazy("Porteur du programme"),
        max_length=200,
        help_text=gettext_lazy("Un ministère, une région, une intercommunalité, un réseau…"),
    )
    envelope_cents = EurosField(label=gettext_lazy("Enveloppe (€)"), required=False, help_text=_NOBODY_SAID)
    valid_from = day(gettext_lazy("Depuis le"))
    valid_to = day(gettext_lazy("Jusqu'au, non compris"))
    legal_basis = forms.CharField(label=gettext_lazy("Base juridique"), required=False, max_length=300)


class StrandForm(FreshForm):
    """A strand of a programme."""

    columns = {
        one: one
        for one in (
            *("name", "name_en", "kind", "support", "dimensions", "envelope_cents"),
            *("deliverables", "calendar"),
        )
    }
    name = forms.CharField(label=gettext_lazy("Nom du volet"), max_length=200)
    name_en = forms.CharField(label=gettext_lazy("Nom en anglais"), required=False, max_length=200)
    kind = forms.ChoiceField(label=gettext_lazy("Nature du volet"), choices=Strand.Kind.choices)
    support = boxes(gettext_lazy("Formes de l'aide"), Support.choices)
    dimensions = boxes(gettext_lazy("Pour une étude, sur quoi elle peut porter"), Dimension.choices)
    envelope_cents = EurosField(label=gettext_lazy("Enveloppe (€)"), required=False, help_text=_NOBODY_SAID)
    deliverables = forms.CharField(
        label=gettext_lazy("Livrables"), required=False, max_length=2000, widget=area(2)
    )
    calendar = forms.CharField(
        label=gettext_lazy("Calendrier"), required=False, max_length=2000, widget=area(2)
    )

    def _text(self, name: str, value: Any) -> str:
        return ",".join(value) if isinstance(value, list) else super()._text(name, value)

    def _read(self, name: str, column: str, told: Mapping[str, Any]) -> Any:
        if name in {"support", "dimensions"}:
            text = told.get(name)
            return [one for one in str(text).split(",") if one] if isinstance(text, str) else []
        return super()._read(name, column, told)


class NewCallForm(BaseForm):
    """A call to begin: of which programme, under which title."""

    programme = forms.ChoiceField(label=gettext_lazy("Programme"))
    title = forms.CharField(label=gettext_lazy("Titre de l'appel"), max_length=200)

    def __init__(self, programmes: Iterable[Programme], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {one.slug: one for one in programmes}
        named = [(slug, one.name) for slug, one in self.known.items()]
        self.fields["programme"].choices = named  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Programme:
        """The programme that was chosen."""
        return self.known[self.cleaned_data["programme"]]


class CopyForm(BaseForm):
    """The next year of a call."""

    title = forms.CharField(label=gettext_lazy("Titre du nouvel appel"), max_length=200)
    people = forms.BooleanField(
        label=gettext_lazy("Reprendre les personnes et leurs rôles"), required=False, initial=True
    )


class FrameForm(FreshForm):
    """What a call is, when it opens and closes, what it gives."""

    columns = {
        one: one
        for one in (
            *("title", "title_en", "summary", "summary_en", "opens_at", "closes_at", "tolerance", "late"),
            *("decision_on", "envelope_cents", "min_cents", "max_cents", "rate_max", "duration_months"),
            *("places", "de_minimis"),
        )
    }
    title = forms.CharField(label=gettext_lazy("Titre de l'appel"), max_length=200)
    title_en = forms.CharField(label=gettext_lazy("Titre en anglais"), required=False, max_length=200)
    summary = forms.CharField(
        label=gettext_lazy("À quoi sert cet appel"), required=False, max_length=4000, widget=area()
    )
    summary_en = forms.CharField(
        label=gettext_lazy("À quoi sert cet appel, en anglais"),
        required=False,
        max_length=4000,
        widget=area(2),
    )
    opens_at = moment(gettext_lazy("Ouvre le, heure de Paris"))
    closes_at = moment(gettext_lazy("Ferme le, heure de Paris"), gettext_lazy("Vide : ouvert en permanence."))
    tolerance = forms.IntegerField(
        label=gettext_lazy("Tolérance après la fermeture, en minutes"), min_value=0, max_value=100_000
    )
    late = forms.ChoiceField(label=gettext_lazy("Dépôts après l'heure"), choices=Call.Late.choices)
    decision_on = day(gettext_lazy("Décision prévue le"))
    envelope_cents = EurosField(label=gettext_lazy("Enveloppe (€)"), required=False, help_text=_NOBODY_SAID)
    min_cents = EurosField(label=gettext_lazy("Aide minimale (€)"), required=False, help_text=_NOBODY_SAID)
    max_cents = EurosField(label=gettext_lazy("Aide maximale (€)"), required=False, help_text=_NOBODY_SAID)
    rate_max = PercentField(
        label=gettext_lazy("Taux d'aide maximal (%)"), required=False, help_text=_NOBODY_SAID
    )
    duration_months = forms.IntegerField(
        label=gettext_lazy("Durée du projet, en mois"), required=False, min_value=1, max_value=600
    )
    places = forms.IntegerField(
        label=gettext_lazy("Lauréats attendus"), required=False, min_value=1, max_value=100_000
    )
    de_minimis = forms.BooleanField(
        label=gettext_lazy("Aide de minimis : le plafond sur trois ans est vérifié"), required=False
    )

    def _text(self, name: str, value: Any) -> str:
        """Return instants to the second, as they are held."""
        if isinstance(value, datetime):
            return timezone.localtime(value).strftime(_MOMENT)
        return super()._text(name, value)


#: Columns of a call that the page of applicants writes, its own rules aside.
LISTS = ("applicants", "categories", "grids", "deposit")


class ApplicantsForm(RowsForm):
    """Who may answer: kinds, stages, grids; and own rules, one a row."""

    columns = (
        Col("code", partial(forms.CharField, widget=forms.HiddenInput, max_length=60)),
        Col("label", partial(forms.CharField, label=gettext_lazy("Condition"), max_length=500), leads=True),
        Col(
            "label_en",
            partial(forms.CharField, label=gettext_lazy("Condition, en anglais"), max_length=500),
        ),
        Col(
            "rule",
            partial(
                choices(
                    {
                        "declared": gettext_lazy("le candidat répond oui ou non"),
                        "territory": gettext_lazy("le périmètre touche un territoire"),
                        "recognition": gettext_lazy("le pôle a été reconnu"),
                        "laureate": gettext_lazy("le candidat a été lauréat d'un appel"),
                    }
                ),
                label=gettext_lazy("Comment elle se vérifie"),
            ),
        ),
        Col(
            "what",
            partial(
                forms.CharField,
                label=gettext_lazy("Territoires, reconnaissances ou appels"),
                max_length=500,
                help_text=gettext_lazy("Leurs repères, séparés par des virgules : region:11, ami-phase-1."),
            ),
        ),
        Col(
            "expected",
            partial(
                choices({"oui": gettext_lazy("oui"), "non": gettext_lazy("non")}),
                label=gettext_lazy("Réponse qui convient"),
            ),
        ),
    )
    applicants = boxes(
        gettext_lazy("Qui peut répondre"),
        Applicant.choices,
        gettext_lazy("Rien de coché : toute organisation."),
    )
    categories = boxes(
        gettext_lazy("À quel stade"), Category.choices, gettext_lazy("Rien de coché : à tout stade.")
    )
    grids = boxes(
        gettext_lazy("Grilles d'éligibilité"),
        [],
        gettext_lazy("Leur appréciation est montrée avant que le candidat n'écrive."),
    )
    channels = boxes(
        gettext_lazy("Comment le dossier se donne"),
        wording.CHANNELS.items(),
        gettext_lazy("Rien de coché : en ligne."),
    )
    both = forms.BooleanField(
        label=gettext_lazy("Le papier et le courriel sont exigés tous les deux"), required=False
    )
    signed = forms.BooleanField(label=gettext_lazy("Chaque partenaire signe avant le dépôt"), required=False)
    seen_lists = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, call: Call, grids: Mapping[str, str], **kwargs: Any) -> None:
        rows = [_criterion_row(one) for one in call.criteria]
        super().__init__(*args, rows=rows, **kwargs)
        listed = [*grids.items(), *((code, code) for code in call.grids if code not in grids)]
        self.fields["grids"].choices = listed  # type: ignore[attr-defined]
        held = {name: getattr(call, name) for name in LISTS}
        for name, value in held.items():
            self.initial[name] = value
        self.initial["channels"] = call.deposit.get("channels", [])
        for name in ("both", "signed"):
            self.initial[name] = bool(call.deposit.get(name))
        self.initial["seen_lists"] = json.dumps(held)
        self.call = call

    def read(self, place: int, values: dict[str, Any]) -> dict[str, Any]:
        """Return a rule of the call."""
        rule = str(values["rule"] or RULES[0])
        label = str(values["label"])
        made: dict[str, Any] = {
            "code": self.code(values["code"], "regle"),
            "label": label,
            "label_en": str(values["label_en"] or ""),
            "rule": rule,
            "expected": values["expected"] != "non",
            "source": self._source(str(values["code"] or "")),
        }
        if own := OWN.get(rule):
            made[own] = [one.strip() for one in str(values["what"] or "").split(",") if one.strip()]
            if not made[own]:
                self.add_error(f"l{place}-what", _("Dites lesquels, par leurs repères."))
        return made

    def _source(self, code: str) -> str:
        return next((str(one.get("source", "")) for one in self.call.criteria if one["code"] == code), "")

    def show_theirs(self, error: StaleWriteError) -> None:
        """Let the next sending replace what somebody else wrote, in the lists too."""
        super().show_theirs(error)
        typed: Any = self.data.copy()  # type: ignore[attr-defined]
        typed["seen_lists"] = self.initial["seen_lists"]
        self.data = typed

    @property
    def mine(self) -> dict[str, Any]:
        """What is typed, by column; a call that says nothing of deposits holds nothing."""
        held = self.cleaned_data
        deposit = {name: held[name] for name in ("channels", "both", "signed")}
        lists = {name: held[name] for name in LISTS if name != "deposit"}
        return {**lists, "deposit": deposit if any(deposit.values()) else {}, "criteria": self.rows}

    @property
    def base_lists(self) -> dict[str, Any]:
        """What the person saw of the three lists."""
        try:
            told = json.loads(self.cleaned_data.get("seen_lists") or "")
        except ValueError:
            told = {}
        held = {name: getattr(self.call, name) for name in LISTS}
        return {**held, **{name: value for name, value in told.items() if name in held}}


def _criterion_row(one: Mapping[str, Any]) -> dict[str, Any]:
    own = OWN.get(str(one["rule"]), "")
    return {
        "code": one["code"],
        "label": one["label"],
        "label_en": one.get("label_en", ""),
        "rule": one["rule"],
        "what": ", ".join(one.get(own, ())) if own else "",
        "expected": "oui" if one.get("expected", True) else "non",
    }


class SponsorsForm(RowsForm):
    """Who finances, one a row."""

    columns = (
        Col("id", partial(forms.CharField, widget=forms.HiddenInput, max_length=20)),
        Col("name", partial(forms.CharField, label=gettext_lazy("Financeur"), max_length=200), leads=True),
        Col(
            "share_cents",
            partial(EurosField, label=gettext_lazy("Part (€)"), help_text=_NOBODY_SAID),
        ),
        Col("share_rate", partial(PercentField, label=gettext_lazy("Ou part en %"))),
        Col("opinion", partial(choices(Sponsor.Opinion.choices), label=gettext_lazy("Son avis"))),
    )

    def read(self, place: int, values: dict[str, Any]) -> dict[str, Any]:
        """Return a sponsor; a share is an amount or a rate, not both."""
        if values["share_cents"] is not None and values["share_rate"] is not None:
            self.add_error(f"l{place}-share_rate", _("Donnez un montant ou un taux, pas les deux."))
        return {**values, "opinion": values["opinion"] or Sponsor.Opinion.NONE.value}


class ReviewForm(RowsForm):
    """What reviewers note, one criterion a row."""

    columns = (
        Col("code", partial(forms.CharField, widget=forms.HiddenInput, max_length=60)),
        Col("label", partial(forms.CharField, label=gettext_lazy("Critère"), max_length=500), leads=True),
        Col("label_en", partial(forms.CharField, label=gettext_lazy("Critère, en anglais"), max_length=500)),
        Col(
            "weight",
            partial(
                forms.IntegerField,
                label=gettext_lazy("Poids"),
                min_value=0,
                max_value=1000,
                help_text=_NOBODY_SAID,
            ),
        ),
        Col(
            "max",
            partial(
                forms.IntegerField,
                label=gettext_lazy("Note la plus haute"),
                min_value=1,
                max_value=1000,
                help_text=_NOBODY_SAID,
            ),
        ),
        Col("text", partial(forms.BooleanField, label=gettext_lazy("Un commentaire est demandé"))),
    )
    reviewers = forms.IntegerField(
        label=gettext_lazy("Relectures par dossier"), required=False, min_value=1, max_value=50
    )

    def read(self, place: int, values: dict[str, Any]) -> dict[str, Any]:
        """Return a criterion."""
        code = self.code(values["code"], "critere")
        source = next((one.get("source", "") for one in self.known if one.get("code") == code), "")
        return {**values, "code": code, "label_en": values["label_en"] or "", "source": source}


class StagesForm(BaseForm):
    """Which stages a call uses, whose opinion is asked, and how files are ranked."""

    by = forms.ChoiceField(
        label=gettext_lazy("Classement des dossiers"), choices=list(wording.RANKINGS.items())
    )
    tie = forms.ChoiceField(label=gettext_lazy("À égalité"), choices=list(wording.TIES.items()))
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, call: Call, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = {str(one["code"]): one for one in call.stages}
        for code in STAGES:
            one = held.get(code, {})
            self._stage(code, one)
        self.initial["by"] = call.ranking.get("by", "instructed")
        self.initial["tie"] = call.ranking.get("tie", "asked")
        self.initial["seen"] = json.dumps([call.stages, call.ranking], sort_keys=True)
        self.call = call

    def _stage(self, code: str, one: Mapping[str, Any]) -> None:
        name = wording.STAGES[code]
        self.fields[f"{code}-used"] = forms.BooleanField(label=name, required=False, initial=bool(one))
        self.fields[f"{code}-label"] = forms.CharField(
            label=_("Nom de l'étape dans cet appel"),
            required=False,
            max_length=120,
            initial=one.get("label", ""),
        )
        self.fields[f"{code}-label_en"] = forms.CharField(
            label=_("Ce nom en anglais"), required=False, max_length=120, initial=one.get("label_en", "")
        )
        self.fields[f"{code}-opinion"] = forms.ChoiceField(
            label=_("Avis de cette étape"),
            choices=list(wording.OPINIONS.items()),
            initial=one.get("opinion", "none"),
        )

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The fields of each stage."""
        parts = ("label", "label_en", "opinion")
        return [
            {"code": code, "used": self[f"{code}-used"], "fields": [self[f"{code}-{one}"] for one in parts]}
            for code in STAGES
        ]

    @property
    def stages(self) -> list[dict[str, Any]]:
        """The stages that are used, in their order."""
        held = self.cleaned_data
        return [
            {
                "code": code,
                "label": held[f"{code}-label"],
                "label_en": held[f"{code}-label_en"],
                "opinion": held[f"{code}-opinion"],
            }
            for code in STAGES
            if held[f"{code}-used"]
        ]

    @property
    def base(self) -> tuple[Any, Any]:
        """What the person saw: stages and ranking."""
        try:
            stages, ranking = json.loads(self.cleaned_data.get("seen") or "")
        except ValueError:
            return self.call.stages, self.call.ranking
        return stages, ranking

    def show_theirs(self, error: StaleWriteError) -> None:
        """Let the next sending replace what somebody else wrote."""
        self.call.refresh_from_db()
        typed: Any = self.data.copy()  # type: ignore[attr-defined]
        typed["seen"] = json.dumps([self.call.stages, self.call.ranking], sort_keys=True)
        self.data = typed


class LettersForm(BaseForm):
    """The letters of a call, by event; empty: those that come with Terreau."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, call: Call, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for event in letters.EVENTS:
            held = call.letters.get(event, {})
            self.fields[f"{event}-subject"] = forms.CharField(
                label=_("Objet"),
                required=False,
                max_length=letters.LONGEST_SUBJECT,
                initial=held.get("subject", ""),
            )
            self.fields[f"{event}-body"] = forms.CharField(
                label=_("Texte"),
                required=False,
                max_length=letters.LONGEST_BODY,
                initial=held.get("body", ""),
                widget=area(6),
            )
        self.initial["seen"] = json.dumps(call.letters, ensure_ascii=False, sort_keys=True)
        self.call = call

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The fields of each event, with the letter that goes when they are empty."""
        return [
            {
                "event": event,
                "label": label,
                "default": letters.DEFAULTS[event],
                "own": event in self.call.letters,
                "wrong": bool(self[f"{event}-subject"].errors or self[f"{event}-body"].errors),
                "fields": [self[f"{event}-subject"], self[f"{event}-body"]],
            }
            for event, label in letters.EVENTS.items()
        ]

    def clean(self) -> dict[str, Any]:
        """Refuse half a letter, and what means nothing between braces."""
        found = super().clean() or {}
        for event in letters.EVENTS:
            subject, body = found.get(f"{event}-subject", ""), found.get(f"{event}-body", "")
            if bool(subject) != bool(body):
                words = _("Une lettre a un objet et un texte : écrivez les deux, ou videz-les.")
                self.add_error(f"{event}-{'body' if subject else 'subject'}", words)
            for name, text in (("subject", subject), ("body", body)):
                if unknown := letters.unknown_places(text):
                    words = _("« {%(name)s} » ne veut rien dire dans une lettre.") % {"name": unknown[0]}
                    self.add_error(f"{event}-{name}", words)
        return found

    @property
    def letters(self) -> dict[str, dict[str, str]]:
        """The letters that the call has of its own."""
        held = self.cleaned_data
        return {
            event: {"subject": held[f"{event}-subject"], "body": held[f"{event}-body"]}
            for event in letters.EVENTS
            if held[f"{event}-subject"]
        }

    @property
    def base(self) -> Any:
        """What the person saw."""
        try:
            return json.loads(self.cleaned_data.get("seen") or "")
        except ValueError:
            return self.call.letters

    def show_theirs(self, error: StaleWriteError) -> None:
        """Let the next sending replace what somebody else wrote."""
        self.call.refresh_from_db()
        typed: Any = self.data.copy()  # type: ignore[attr-defined]
        typed["seen"] = json.dumps(self.call.letters, ensure_ascii=False, sort_keys=True)
        self.data = typed


class PartForm(BaseForm):
    """A page or a section of the form: its title."""

    title = forms.CharField(label=gettext_lazy("Titre"), max_length=200)
    title_en = forms.CharField(label=gettext_lazy("Titre en anglais"), required=False, max_length=200)


class NoteForm(BaseForm):
    """What changes with a new version of the form."""

    note = forms.CharField(label=gettext_lazy("Ce qui change, en une phrase"), required=False, max_length=300)


class RoleForm(BaseForm):
    """A person and a role."""

    email = forms.EmailField(label=gettext_lazy("Adresse électronique de son compte"))
    role = forms.ChoiceField(label=gettext_lazy("Rôle"), choices=Role.Kind.choices)
    since = day(gettext_lazy("Depuis le"), required=True)
    until = day(gettext_lazy("Jusqu'au, non compris"))
    zone = forms.ChoiceField(
        label=gettext_lazy("Région"),
        required=False,
        help_text=gettext_lazy("Pour l'instruction : une région, ou toutes."),
    )
    sponsor = forms.ChoiceField(
        label=gettext_lazy("Financeur"),
        required=False,
        help_text=gettext_lazy("Pour qui parle au nom d'un financeur."),
    )

    def __init__(
        self, *args: Any, regions: Iterable[Zone], sponsors: Iterable[Sponsor], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.regions = {one.code: one for one in regions}
        self.sponsors = {str(one.pk): one for one in sponsors}
        named = [(code, one.name) for code, one in self.regions.items()]
        self.fields["zone"].choices = [("", _("toutes les régions")), *named]  # type: ignore[attr-defined]
        known = [(key, one.name) for key, one in self.sponsors.items()]
        self.fields["sponsor"].choices = [("", _("aucun")), *known]  # type: ignore[attr-defined]
