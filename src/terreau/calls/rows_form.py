"""A form of rows over one JSON column of a call: as many as needed, an empty one is left out.

What the person saw travels with it, so that what somebody else wrote meanwhile is never written over unseen.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _

from terreau.common.errors import StaleWriteError
from terreau.design.forms import BaseForm

MOST = 60


@dataclass(frozen=True, slots=True)
class Col:
    """A column of the rows: its name and how its field is made. ``leads``: a row without it is empty."""

    name: str
    field: Any
    leads: bool = False


class RowsForm(BaseForm):
    """Rows named ``l0-…``, ``l1-…``; ``ajouter`` adds one and saves nothing."""

    columns: Sequence[Col] = ()
    extra = 1
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    count = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=0, max_value=MOST)

    def __init__(self, *args: Any, rows: Sequence[Mapping[str, Any]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = [dict(one) for one in rows]
        asked = self.data.get(self.add_prefix("count"), "") if self.is_bound else ""
        number = int(asked) if asked.isdecimal() else len(self.known) + self.extra
        self._grow(min(number, MOST))
        self.initial["seen"] = json.dumps(self.known, ensure_ascii=False, sort_keys=True)
        self.rows: list[dict[str, Any]] = []

    def _grow(self, number: int) -> None:
        start = getattr(self, "number", 0)
        for place in range(start, number):
            row = self.known[place] if place < len(self.known) else {}
            for column in self.columns:
                field = column.field()
                field.required = False
                name = f"l{place}-{column.name}"
                self.fields[name] = field
                self.initial[name] = self.shown(column.name, row.get(column.name))
        self.number = number
        self.initial["count"] = number

    def shown(self, name: str, value: Any) -> Any:
        """Return a value as its field takes it."""
        return value

    def grow(self) -> None:
        """Add an empty row to what is typed; nothing is saved, and nothing is wrong yet."""
        self._grow(min(self.number + 1, MOST))
        typed: Any = self.data.copy()  # type: ignore[attr-defined]
        typed[self.add_prefix("count")] = str(self.number)
        self.data = typed
        self._errors = ErrorDict()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Return the rows as the page draws them: their bound fields, and whether one is wrong."""
        found = []
        for place in range(self.number):
            held = [self[f"l{place}-{column.name}"] for column in self.columns]
            found.append({"number": place + 1, "fields": held})
        return found

    @property
    def base(self) -> list[dict[str, Any]]:
        """What the person saw; what cannot be read is what stands now."""
        try:
            told = json.loads(self.cleaned_data.get("seen") or "")
        except ValueError:
            return self.known
        return told if isinstance(told, list) else self.known

    def clean(self) -> dict[str, Any]:
        """Read the rows that are not empty; each is checked by ``read``."""
        found = super().clean() or {}
        self.rows = rows = []
        for place in range(self.number):
            values = {column.name: found.get(f"l{place}-{column.name}") for column in self.columns}
            leading = [column.name for column in self.columns if column.leads]
            if all(not values[name] for name in leading):
                if any(self._typed(place, column) for column in self.columns if not column.leads):
                    words = _("Cette ligne n'a pas de nom : donnez-lui-en un, ou videz-la.")
                    self.add_error(f"l{place}-{leading[0]}", words)
                continue
            rows.append(self.read(place, values))
        return found

    def code(self, typed: Any, word: str) -> str:
        """Return the code of a row: its own, else « word-N » after every other, for answers hold by codes."""
        held = [str(one.get("code", "")) for one in (*self.known, *self.rows)]
        if typed and typed not in {one["code"] for one in self.rows}:
            return str(typed)
        numbers = [int(end) for code in held if (end := code.removeprefix(f"{word}-")).isdecimal()]
        return f"{word}-{max(numbers, default=0) + 1}"

    def _typed(self, place: int, column: Col) -> bool:
        field = self.fields[f"l{place}-{column.name}"]
        if isinstance(field, forms.CharField) and not isinstance(field.widget, forms.HiddenInput):
            return bool(str(self.data.get(self.add_prefix(f"l{place}-{column.name}"), "")).strip())
        return False

    def read(self, place: int, values: dict[str, Any]) -> dict[str, Any]:
        """Return a row as it is held; add errors to the fields ``l{place}-…``."""
        return values

    def show_theirs(self, error: StaleWriteError) -> None:
        """Say that somebody else wrote; sent again, what is typed replaces it."""
        typed: Any = self.data.copy()  # type: ignore[attr-defined]
        typed[self.add_prefix("seen")] = self.initial["seen"]
        self.data = typed


def choices(pairs: Mapping[str, Any] | Iterable[tuple[str, Any]], empty: Any = None) -> Any:
    """Return a maker of a field of one choice; ``empty`` adds a first one that says nothing."""
    listed = list(pairs.items()) if isinstance(pairs, Mapping) else list(pairs)
    made = ([("", empty)] if empty is not None else []) + listed

    def field(**kwargs: Any) -> forms.ChoiceField:
        return forms.ChoiceField(choices=made, **kwargs)

    return field
