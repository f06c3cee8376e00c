"""Forms that add a line to a sheet: a member, a carrier, a place, a sentence, a stage…"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors import actions as actors
from terreau.actors.models import Actor
from terreau.actors.tables import functions
from terreau.census.parties import recognised
from terreau.common.errors import DomainError, NotFoundError, StaleWriteError
from terreau.common.periods import PartialDate
from terreau.poles import actions, editing, identity, listing
from terreau.poles.models import Membership, Pole, Stage, Statement
from terreau.poles.registration import perimeter_label
from terreau.sheets.facts import language
from terreau.territories import base, rules
from terreau.territories.actions import set_perimeter
from terreau.territories.models import Perimeter, Place
from terreau.web import pasted
from terreau.web.edit import ProvenanceForm, Target

_NEW = "nouveau"


@dataclass
class Asked:
    """What a form that adds a line asks for, read and checked."""

    target: Target
    values: dict[str, Any]
    said: editing.Provenance
    by: User

    @property
    def pole(self) -> Pole:
        """The pole whose sheet it is."""
        if self.target.pole is None:
            raise NotFoundError("unknown_section", _("Cette partie de la fiche n'existe pas."))
        return self.target.pole

    @property
    def told(self) -> dict[str, Any]:
        """Source, status and author, as the actions take them."""
        return {"source": self.said.source, "status": self.said.status, "by": self.by}


class AddForm(ProvenanceForm):
    """A line to add, with its provenance."""

    #: Fields of the line, before those of the provenance.
    own: tuple[str, ...] = ()

    def __init__(self, *args: Any, of: Target, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.of = of

    @property
    def own_fields(self) -> Iterable[forms.BoundField]:
        """The fields of the line."""
        return [self[name] for name in self.own if name in self.fields]

    def add(self, asked: Asked) -> None:
        """Write the line."""
        raise NotImplementedError


class PartyForm(AddForm):
    """An organisation, by its name or its number: recognised, chosen among several, or new."""

    nom = forms.CharField(
        label=gettext_lazy("Organisation"),
        help_text=gettext_lazy("Un nom, un sigle ou un SIREN. Pas de nom de personne."),
        max_length=250,
        widget=forms.TextInput(attrs={"list": "noms", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Écrivez le nom de l'organisation.")},
    )
    laquelle = forms.ChoiceField(label=gettext_lazy("Laquelle ?"), widget=forms.RadioSelect, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        typed = str(self.data.get("nom", "")) if self.is_bound else ""
        self.found = recognised(typed) if typed.strip() else []
        if len(self.found) == 1 or not typed.strip():
            del self.fields["laquelle"]
            return
        new = _("Une organisation que le registre ne connaît pas : l'ajouter")
        choices = [*((one.id, one.said) for one in self.found), (_NEW, new)]
        self.fields["laquelle"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask which organisation it is when the register does not know one alone."""
        values = super().clean()
        if "laquelle" in self.fields and values.get("nom") and not values.get("laquelle"):
            message = (
                _("Plusieurs organisations s'appellent ainsi : dites laquelle.")
                if self.found
                else _("Le registre ne connaît pas cette organisation : confirmez qu'elle est à ajouter.")
            )
            self.add_error("laquelle", message)
        return values

    def party(self, asked: Asked) -> Actor:
        """Return the organisation; a new one is public when the sheet is."""
        chosen = self.cleaned_data.get("laquelle") or (self.found[0].id if self.found else _NEW)
        if chosen != _NEW:
            return Actor.objects.select_related("subject").get(pk=UUID(str(chosen)))
        public = asked.target.actor.subject.public
        name = self.cleaned_data["nom"]
        return actors.create_actor(name, source=asked.said.source, public=public, by=asked.by)


class MemberForm(PartyForm):
    """A member: role, circle, since when."""

    own = ("nom", "laquelle", "role", "cercle", "depuis")
    role = forms.ChoiceField(label=gettext_lazy("Rôle"), choices=Membership.Role.choices, initial="member")
    cercle = forms.ChoiceField(
        label=gettext_lazy("Cercle"), choices=Membership.Circle.choices, required=False, initial=""
    )
    depuis = forms.CharField(
        label=gettext_lazy("Depuis"),
        help_text=gettext_lazy("Vide quand on ne sait pas : 2024, 2024-09, 2024-09-19."),
        required=False,
        max_length=10,
    )

    def clean_depuis(self) -> PartialDate | None:
        """Read the day."""
        return _partial(self.cleaned_data["depuis"])

    def add(self, asked: Asked) -> None:
        """Add the member."""
        values = self.cleaned_data
        more = {"role": values["role"], "circle": values["cercle"], "since": values["depuis"]}
        actions.add_member(asked.pole, self.party(asked), **more, **asked.told)


class CarrierForm(PartyForm):
    """An organisation that carries the pole."""

    own = ("nom", "laquelle", "depuis")
    depuis = MemberForm.base_fields["depuis"]

    def clean_depuis(self) -> PartialDate | None:
        """Read the day."""
        return _partial(self.cleaned_data["depuis"])

    def add(self, asked: Asked) -> None:
        """Add the carrier."""
        since = self.cleaned_data["depuis"]
        since = since.first if since else None
        actions.add_carrier(asked.pole, self.party(asked), since=since, **asked.told)


class PlaceForm(AddForm):
    """A place of the pole."""

    own = ("nom", "nature", "commune", "precision")
    nom = forms.CharField(label=gettext_lazy("Nom du lieu"), max_length=200)
    nature = forms.ChoiceField(label=gettext_lazy("Nature"), choices=Place.Kind.choices)
    commune = forms.CharField(
        label=gettext_lazy("Commune"), help_text=gettext_lazy("Son nom ou son code."), max_length=60
    )
    precision = forms.CharField(
        label=gettext_lazy("Précision"),
        help_text=gettext_lazy("Une adresse, un quartier."),
        required=False,
        max_length=300,
    )

    def add(self, asked: Asked) -> None:
        """Add the place."""
        values = self.cleaned_data
        zone = identity.commune_of(values["commune"])
        more = {"zone": zone, "kind": values["nature"], "note": values["precision"]}
        actions.add_place(asked.pole, values["nom"], **more, **asked.told)


class StatementForm(AddForm):
    """A sentence under one of the four headings."""

    own = ("rubrique", "texte", "anglais")
    rubrique = forms.ChoiceField(label=gettext_lazy("Rubrique"), choices=Statement.Heading.choices)
    texte = forms.CharField(
        label=gettext_lazy("Phrase"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    anglais = forms.CharField(
        label=gettext_lazy("La même en anglais"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def add(self, asked: Asked) -> None:
        """Add the sentence."""
        values = self.cleaned_data
        actions.say(asked.pole, values["rubrique"], values["texte"], english=values["anglais"], **asked.told)


class PerimeterForm(AddForm):
    """The communes of the pole since a day. What others added or took away meanwhile stays so."""

    own = ("communes", "libelle", "depuis", "approche", "vues")
    communes = forms.CharField(
        label=gettext_lazy("Communes"),
        help_text=gettext_lazy("Les codes ou les noms, un par ligne ou collés d'un tableur."),
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Un périmètre a au moins une commune.")},
    )
    libelle = forms.CharField(
        label=gettext_lazy("Comment on l'appelle"),
        help_text=gettext_lazy("Vide : les noms des communes."),
        required=False,
        max_length=200,
    )
    depuis = forms.DateField(
        label=gettext_lazy("Depuis le"),
        help_text=gettext_lazy("Le périmètre d'avant s'arrête ce jour-là et reste dans l'historique."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    approche = forms.BooleanField(label=gettext_lazy("Ce périmètre est approché"), required=False)
    vues = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, of: Target, **kwargs: Any) -> None:
        super().__init__(*args, of=of, **kwargs)
        held = _perimeter(of)
        codes = _codes(held)
        self.initial = {
            **self.initial,
            "communes": "\n".join(codes),
            "vues": " ".join(codes),
            "libelle": held.label if held else "",
            "depuis": timezone.localdate(),
            "approche": bool(held and held.approximate),
        }

    def add(self, asked: Asked) -> None:
        """Write the perimeter: what was seen, what is held now and what is wanted are three sets."""
        values, cog = self.cleaned_data, settings.COG_YEAR
        known = base.load(cog)
        wanted = _resolved(known, values["communes"])
        seen = set(values["vues"].split())
        now = set(_codes(_perimeter(asked.target)))
        codes = sorted((now | (wanted - seen)) - (seen - wanted))
        label = values["libelle"].strip() or perimeter_label(codes, cog)
        if values["depuis"] > timezone.localdate():
            raise DomainError("future_move", _("Cette date est à venir."), facts={"field": "depuis"})
        set_perimeter(
            asked.pole.actor.subject,
            kind=Perimeter.Kind.COOPERATION,
            label=label,
            codes=codes,
            cog_year=cog,
            approximate=values["approche"],
            valid_from=values["depuis"],
            **asked.told,
        )
        listing.project([asked.pole.pk])


class StageForm(AddForm):
    """Another stage since a day, and why."""

    own = ("stade", "depuis", "pourquoi", "vu")
    stade = forms.ChoiceField(label=gettext_lazy("Stade"), choices=Stage.choices)
    depuis = forms.DateField(
        label=gettext_lazy("Depuis le"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    pourquoi = forms.CharField(
        label=gettext_lazy("Pourquoi"),
        help_text=gettext_lazy("Ce qui a changé. Un pôle peut aussi revenir à un stade d'avant."),
        max_length=300,
    )
    vu = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, of: Target, **kwargs: Any) -> None:
        super().__init__(*args, of=of, **kwargs)
        stage = of.pole.stage if of.pole else ""
        self.initial = {**self.initial, "stade": stage, "vu": stage, "depuis": timezone.localdate()}

    def add(self, asked: Asked) -> None:
        """Move the stage, unless somebody moved it since the page was read."""
        values = self.cleaned_data
        stage = Pole.objects.values_list("stage", flat=True).get(pk=asked.pole.pk)
        if values["vu"] != stage:
            shown = Stage(stage).label if stage else _("inconnu")
            message = _("Quelqu'un a changé le stade pendant ce temps : il est maintenant « %(stage)s ».")
            self.data = {**self.data.dict(), "vu": stage}  # type: ignore[attr-defined]
            raise StaleWriteError("stale_write", message % {"stage": shown}, facts={"field": "stade"})
        more = {"on": values["depuis"], "reason": values["pourquoi"]}
        actions.move_stage(asked.pole, values["stade"], **more, **asked.told)


class FunctionForm(AddForm):
    """Something an actor does."""

    own = ("fonction",)
    fonction = forms.ChoiceField(label=gettext_lazy("Fonction"))

    def __init__(self, *args: Any, of: Target, **kwargs: Any) -> None:
        super().__init__(*args, of=of, **kwargs)
        known = [(code, term.name(language())) for code, term in functions().items() if code != "pole"]
        self.fields["fonction"].choices = known  # type: ignore[attr-defined]

    def add(self, asked: Asked) -> None:
        """Add the function since the day of the provenance, when it is said."""
        since = asked.said.on.first if asked.said.on else None
        new = actors.NewFunction(self.cleaned_data["fonction"], since, None, asked.said.source)
        actors.add_function(asked.target.actor, new, by=asked.by)


def _partial(typed: str) -> PartialDate | None:
    if not typed.strip():
        return None
    try:
        return PartialDate.parse(typed)
    except ValueError as error:
        raise forms.ValidationError(_("Écrivez une date : 2014, 2014-09 ou 2014-09-19.")) from error


def _perimeter(of: Target) -> Perimeter | None:
    kind = Perimeter.Kind.COOPERATION
    rows = Perimeter.objects.filter(subject=of.actor.pk, kind=kind, valid_to=None)
    return rows.order_by("-valid_from", "-pk").first()


def _codes(held: Perimeter | None) -> list[str]:
    if held is None:
        return []
    codes = held.communes.order_by("commune__code").values_list("commune__code", flat=True)
    return sorted(_resolved(base.load(settings.COG_YEAR), "\n".join(codes)))


def _resolved(known: base.Base, text: str) -> set[str]:
    """Return the codes of communes written as codes or names; 422 for those that are none."""
    words = pasted.words(text)
    found = rules.resolve(known, words)
    codes = {str(known.codes[one]) for one in found.ids}
    codes |= {identity.commune_of(word).code for word in found.unresolved}
    return codes
