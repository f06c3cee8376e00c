"""Forms over a row that two people may have open: what was seen travels with the form."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from terreau.actors.models import Actor
from terreau.common.errors import DomainError, StaleWriteError
from terreau.common.money import Euro
from terreau.common.parsing import euros
from terreau.design.forms import BaseForm
from terreau.flows.rules import MOST_CENTS
from terreau.poles.workspace import refused

#: Days that a calendar of a pole may hold.
_FIRST, _LAST = date(1800, 1, 1), date(2200, 12, 31)


class DayField(forms.DateField):
    """A day, by the control of the browser."""

    def clean(self, value: Any) -> Any:
        """Return the day; a slip of the keyboard on the year is refused."""
        day = super().clean(value)
        if day is not None and not _FIRST <= day <= _LAST:
            raise ValidationError(_("Vérifiez l'année de cette date."))
        return day

    def __init__(self, label: Any, *, required: bool = False, **more: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(label=label, required=required, widget=widget, **more)


class EurosField(forms.CharField):
    """An amount as people write it (« 12 500,50 »), as whole cents; ``None`` when empty."""

    def __init__(self, label: Any, *, required: bool = False, **more: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off"}
        super().__init__(label=label, required=required, max_length=24, widget=forms.TextInput(attrs), **more)

    def prepare_value(self, value: Any) -> Any:
        """Show cents as they are typed."""
        if not isinstance(value, int):
            return value
        return f"{Decimal(value) / 100:.2f}".replace(".", ",").removesuffix(",00")

    def clean(self, value: Any) -> Any:
        """Return cents."""
        text = super().clean(value)
        if not text:
            return None
        try:
            cents = euros(text).cents
        except DomainError as error:
            raise ValidationError(str(error.message)) from error
        if abs(cents) > MOST_CENTS:
            raise ValidationError(_("Ce nombre est trop grand pour être vrai."))
        return cents


class ActorField(forms.ChoiceField):
    """One of the actors given: its value is the actor's key, ``None`` when nobody is chosen."""

    def __init__(self, label: Any, *, required: bool = False, none: Any = "", **more: Any) -> None:
        super().__init__(label=label, required=required, **more)
        self.none = none
        self.known: dict[str, Actor] = {}

    def offer(self, actors: Iterable[Actor]) -> None:
        """Give the actors to choose from, each once."""
        self.known = {str(actor.pk): actor for actor in actors}
        rows = [(key, actor.name) for key, actor in self.known.items()]
        empty = [] if self.required and len(rows) == 1 else [("", str(self.none or _("— choisir —")))]
        self.choices = [*empty, *rows]

    def prepare_value(self, value: Any) -> Any:
        """Show a key as the choices write it."""
        return str(value) if isinstance(value, UUID) else value

    def clean(self, value: Any) -> Any:
        """Return the key of the actor."""
        text = super().clean(value)
        return UUID(text) if text else None


class Terms(forms.MultipleChoiceField):
    """Several terms of a list, as boxes; the choices are given when the page is drawn."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, label: Any, **more: Any) -> None:
        super().__init__(label=label, required=False, **more)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that two people changed differently."""

    label: str
    theirs: str
    mine: str


class FreshForm(BaseForm):
    """A form over some columns of a row. ``columns``: field of the form → column of the row.

    ``base`` is what the person saw, ``mine`` what they want: see ``journal.actions.save_fresh``.
    """

    columns: Mapping[str, str] = {}
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, row: models.Model | None = None, **kwargs: Any) -> None:
        if row is not None:
            held = {name: getattr(row, column) for name, column in self.columns.items()}
            kwargs["initial"] = {**held, **kwargs.get("initial", {}), "seen": _written(self.columns, row)}
        super().__init__(*args, **kwargs)
        self.row = row
        self.conflicts: list[Conflict] = []

    def clean_seen(self) -> dict[str, Any]:
        """Read what the person saw; what cannot be read is what stands now."""
        if self.row is None:
            return {}
        now = {column: getattr(self.row, column) for column in self.columns.values()}
        try:
            told = json.loads(self.cleaned_data["seen"] or "{}")
            said = {key: told[key] for key in now if key in told}
        except (ValueError, TypeError):
            said = {}
        return {key: _read(self.row, key, said[key]) if key in said else now[key] for key in now}

    @property
    def base(self) -> dict[str, Any]:
        """What the person saw, by column."""
        found: dict[str, Any] = self.cleaned_data["seen"]
        return found

    @property
    def mine(self) -> dict[str, Any]:
        """What the person wants, by column."""
        return {column: self.cleaned_data.get(name) for name, column in self.columns.items()}

    def refuse(self, error: DomainError) -> None:
        """Say a refusal; for two people at once, show both and let the next sending keep what is typed."""
        if isinstance(error, StaleWriteError) and self.row is not None:
            self._both(error)
        refused(self, error)

    def _both(self, error: StaleWriteError) -> None:
        row = self.row
        if row is None:
            return
        row.refresh_from_db()
        names = {column: name for name, column in self.columns.items()}
        for column, sides in error.facts.get("conflicts", {}).items():
            field = self.fields[names[column]]
            said = [shown(field, sides[who]) for who in ("theirs", "mine")]
            self.conflicts.append(Conflict(str(field.label), *said))
        data: Any = self.data
        self.data = data.copy()
        self.data[self.add_prefix("seen")] = _written(self.columns, row)  # type: ignore[index]


def shown(field: forms.Field, value: Any) -> str:
    """Return a value as its field shows it."""
    if value in (None, "", []):
        return _("rien")
    if isinstance(field, EurosField) and isinstance(value, int):
        return str(Euro(value))
    if isinstance(field, forms.ChoiceField):
        labels = {str(key): str(label) for key, label in _flat(field.choices)}
        values: Sequence[Any] = value if isinstance(value, list) else [value]
        return ", ".join(labels.get(str(one), str(one)) for one in values)
    return str(value)


def _flat(choices: Any) -> list[tuple[Any, Any]]:
    return [(key, label) for key, label in choices]


def _written(columns: Mapping[str, str], row: models.Model) -> str:
    held = {column: getattr(row, column) for column in columns.values()}
    return json.dumps(held, default=_plain, ensure_ascii=False)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _read(row: models.Model, column: str, value: Any) -> Any:
    """Return a value of JSON as the column holds it; what was tampered with is a refusal of the form."""
    field = row._meta.get_field(column.removesuffix("_id") if column.endswith("_id") else column)
    try:
        target = getattr(field, "target_field", field)
        return target.to_python(value)  # type: ignore[union-attr]
    except ValidationError as error:
        raise ValidationError(_("Rechargez la page : ce formulaire n'est plus lisible.")) from error
