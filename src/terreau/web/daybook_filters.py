"""What a list of lines of the book may be asked for, in its address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.design.forms import BaseForm
from terreau.flows.models import Nature
from terreau.poles import book
from terreau.poles.workspace import Workspace
from terreau.sheets import purposes
from terreau.sheets.book import Asked
from terreau.sheets.purposes import Purpose
from terreau.web.espace_forms import DayField


class FilterForm(BaseForm):
    """Days, nature, party, purpose. What cannot be read is said beside its field, and filters nothing."""

    depuis = DayField(label=gettext_lazy("Depuis le"), required=False)
    jusqu = DayField(label=gettext_lazy("Jusqu'au"), required=False)
    nature = forms.ChoiceField(label=gettext_lazy("Nature"), required=False)
    acteur = forms.ChoiceField(label=gettext_lazy("Qui donne ou reçoit"), required=False)
    objet = forms.ChoiceField(label=gettext_lazy("Pour quoi"), required=False)
    valables = forms.BooleanField(label=gettext_lazy("Sans les lignes corrigées"), required=False)

    def __init__(self, ws: Workspace, named: Mapping[UUID, Purpose], given: Any) -> None:
        super().__init__(given, prefix=None, auto_id="filtre_%s")
        of_pole = book.parties(ws.pole, on=ws.today)
        everybody = [("", _("tous les acteurs")), *((str(one.pk), one.name) for one in of_pole)]
        self.fields["acteur"].choices = everybody  # type: ignore[attr-defined]
        self.fields["nature"].choices = [("", _("toutes les natures")), *Nature.choices]  # type: ignore[attr-defined]
        self.fields["objet"].choices = [("", _("tous les objets")), *purposes.choices(named)]  # type: ignore[attr-defined]
        self.is_valid()

    @property
    def asked(self) -> Asked:
        """What is asked, without what could not be read."""
        typed = self.cleaned_data
        return Asked(
            first=typed.get("depuis"),
            last=typed.get("jusqu"),
            nature=typed.get("nature") or "",
            party=UUID(typed["acteur"]) if typed.get("acteur") else None,
            purpose=UUID(typed["objet"]) if typed.get("objet") else None,
            standing=bool(typed.get("valables")),
        )

    @property
    def status(self) -> int:
        """422 when something of the address could not be read."""
        return 422 if self.errors else 200

    @property
    def narrowed(self) -> bool:
        """Say whether something is filtered."""
        return any(self.cleaned_data.get(name) for name in self.fields)
