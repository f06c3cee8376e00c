"""Fields of the room: who is a party, dates, lines of an invoice as people type them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.common.official_numbers import check_siren
from terreau.poles.book import Party


class PartyField(forms.ChoiceField):
    """A party of the pole, by name; ``clean`` gives its key as a text."""

    default_error_messages = {"required": gettext_lazy("Choisissez un acteur.")}

    def set_parties(self, parties: Iterable[Party], *, empty: str | None = None) -> None:
        """Offer these, under an empty first choice when its words are given."""
        rows = [(str(one.pk), one.name) for one in parties]
        self.choices = [("", empty), *rows] if empty is not None else rows


def outside(typed: str) -> Actor:
    """Return an actor of the register that somebody names by its SIREN or its whole name.

    Raises ``ValidationError`` when none, or several, answer; only public ones are found.
    """
    rows = Actor.objects.filter(subject__public=True, subject__merged_into=None).select_related("subject")
    plain = "".join(typed.split())
    if plain.isdigit():
        try:
            rows = rows.filter(siren=check_siren(plain))
        except DomainError as error:
            raise forms.ValidationError(str(error.message)) from error
    else:
        rows = rows.filter(name__iexact=" ".join(typed.split()))
    found = list(rows.order_by("pk")[:2])
    if len(found) != 1:
        words = (
            _("Plusieurs acteurs portent ce nom : donnez le SIREN.")
            if found
            else _("Aucun acteur du registre ne porte ce nom ou ce SIREN : ajoutez-le d'abord au registre.")
        )
        raise forms.ValidationError(words)
    return found[0]


def outside_field() -> forms.CharField:
    """Return the field that names an actor from outside the pole."""
    return forms.CharField(
        label=gettext_lazy("Ou quelqu'un hors du pôle"),
        required=False,
        max_length=250,
        help_text=gettext_lazy("Son SIREN, ou son nom entier tel qu'il est au registre."),
    )


def chosen(form: Any, party: str, other: str) -> Actor | None:
    """Return who was chosen among the parties or named; put the refusal beside its field."""
    values = form.cleaned_data
    if values.get(other):
        form.errors.pop(party, None)
        try:
            return outside(values[other])
        except forms.ValidationError as error:
            form.add_error(other, error)
            return None
    if not values.get(party):
        return None
    return Actor.objects.select_related("subject").get(pk=values[party])
