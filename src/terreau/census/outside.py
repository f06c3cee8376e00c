"""A form where one chooses among the organisations of a pole, or names one from outside.

Who is named is recognised in the register or in the official registers, chosen when several bear the name,
and added only when the person says so: a funder, a supplier, a customer are written once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.census import parties
from terreau.census.entry_rules import Party
from terreau.census.parties import Known, recognised
from terreau.common.text import sort_key
from terreau.design.forms import BaseForm
from terreau.pieces.actions import declaration

#: What is chosen in a list for somebody who is not in it, and for an organisation to add to the register.
OUTSIDE, NEW = "hors", "nouvelle"
Listed = tuple[str, str]


class OutsideForm(BaseForm):
    """``of_pole`` names the fields where an organisation is chosen; ``outside`` is for one they lack."""

    of_pole: tuple[str, ...] = ()
    outside = forms.CharField(
        label=gettext_lazy("L'organisation hors du pôle"),
        required=False,
        max_length=250,
        help_text=gettext_lazy("Un nom, un sigle ou un SIREN. Pas de nom de personne."),
        widget=forms.TextInput(attrs={"list": "noms", "autocomplete": "off"}),
    )
    which = forms.ChoiceField(label=gettext_lazy("Laquelle ?"), widget=forms.RadioSelect, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.typed = str(self.data.get(self.add_prefix("outside"), "")).strip() if self.is_bound else ""
        self.found: list[Known] = []

    def offer(self, inside: Iterable[Listed], known: Iterable[Listed], *, first: Any = "") -> None:
        """Give what is chosen from: those of the pole, those from outside met before, somebody else."""
        held = list(known)
        self.found = self._recognised(held)
        groups: list[Any] = [("", str(first))] if first else []
        groups += list(inside)
        if held:
            groups.append((_("Hors du pôle, déjà rencontrées"), held))
        groups.append((OUTSIDE, _("Une autre organisation, hors du pôle")))
        for name in self.of_pole:
            self.fields[name].choices = groups  # type: ignore[attr-defined]
        if not self.typed or len(self.found) == 1:
            del self.fields["which"]
            return
        new = _("Une organisation que le registre ne connaît pas : l'ajouter")
        self.fields["which"].choices = [*((one.id, one.said) for one in self.found), (NEW, new)]  # type: ignore[attr-defined]

    def _recognised(self, held: Iterable[Listed]) -> list[Known]:
        if not self.typed:
            return []
        key = sort_key(self.typed)
        met = [Known(pk, name, "") for pk, name in held if sort_key(name) == key]
        return met or recognised(self.typed)

    def clean(self) -> dict[str, Any]:
        """Ask who it is, and which one when the register does not know one alone."""
        values = super().clean() or self.cleaned_data
        if not any(values.get(name) == OUTSIDE for name in self.of_pole):
            return values
        if not self.typed:
            self.add_error("outside", _("Dites quelle organisation, hors du pôle."))
        elif "which" in self.fields and not values.get("which"):
            words = (
                _("Plusieurs organisations s'appellent ainsi : dites laquelle.")
                if self.found
                else _("Le registre ne connaît pas cette organisation : confirmez qu'elle est à ajouter.")
            )
            self.add_error("which", words)
        return values

    def chosen(self, name: str, *, by: User, on: date, public: bool) -> UUID:
        """Return the actor that a field says; one from outside is born here, when it must be."""
        found: UUID = self._chosen(name, by=by, on=on, public=public)
        return found

    def _chosen(self, name: str, *, by: User, on: date, public: bool) -> Any:
        value = str(self.cleaned_data[name])
        if value != OUTSIDE:
            return UUID(value)
        said = self.cleaned_data.get("which") or self.found[0].id
        if said == NEW:
            return create_actor(self.typed, source=declaration(by, on), public=public, by=by).pk
        if ":" not in said:
            return UUID(said)
        actor = parties.actor_of(Party(self.typed, said), by=by, public=public)
        return (actor or create_actor(self.typed, source=declaration(by, on), public=public, by=by)).pk


__all__ = ["NEW", "OUTSIDE", "OutsideForm"]
