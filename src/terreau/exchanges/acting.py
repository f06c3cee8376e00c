"""A page of the workspace with several small forms: which one was sent, what it does, what was refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol, runtime_checkable
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError, NotFoundError, RefusedError, StaleWriteError
from terreau.design.forms import BaseForm
from terreau.poles.workspace import refused


@dataclass(frozen=True, slots=True)
class Act:
    """What a form of a page does: who may, what is typed, what is done; ``do`` returns what to say."""

    allow: Callable[[], object]
    form: Callable[..., BaseForm]
    do: Callable[[Any], str]
    #: Where to go afterwards, when it is not the page itself.
    after: Callable[[], str] | None = None


@dataclass(slots=True)
class Played:
    """The forms of a page: the one refused as it was typed; ``status`` is that of the answer."""

    acts: Mapping[str, Act]
    sent: str = ""
    form: BaseForm | None = None
    status: int = 200

    def __getitem__(self, name: str) -> BaseForm:
        """Return a form of the page, as it was typed when it is the one that was refused."""
        if name == self.sent and self.form is not None:
            return self.form
        if name not in self.acts:
            raise KeyError(name)
        return self.acts[name].form(auto_id=f"{name}-%s")

    @property
    def refusal(self) -> list[str]:
        """Why a button alone was refused: its form shows nothing beside which to say it."""
        if not isinstance(self.form, PressForm):
            return []
        return [str(message) for messages_ in self.form.errors.values() for message in messages_]


def play(request: HttpRequest, acts: Mapping[str, Act], back: str) -> HttpResponseRedirect | Played:
    """Do what the button that was pressed asks (``faire``); return the forms when nothing was, or refused.

    The right is asked first, before what was typed is even read.
    """
    if request.method != "POST":
        return Played(acts)
    name = request.POST.get("faire", "")
    if name not in acts:
        raise NotFoundError("unknown_act", _("Cette page ne sait pas faire cela."))
    act = acts[name]
    act.allow()
    form = act.form(request.POST, request.FILES or None, auto_id=f"{name}-%s")
    if form.is_valid():
        try:
            said = act.do(form)
        except RefusedError:
            raise
        except DomainError as error:
            refuse(form, error)
            return Played(acts, name, form, error.status)
        if said:
            messages.success(request, said)
        return redirect(act.after() if act.after else back)
    return Played(acts, name, form, 422)


def refuse(form: BaseForm, error: DomainError) -> None:
    """Put a refusal where it belongs; for two people at once, what to look at again."""
    if isinstance(error, StaleWriteError) and isinstance(form, TwoPeople):
        form.show_theirs(error)
    refused(form, error)


def new_key() -> str:
    """Return the key of a form that must not count twice."""
    return str(uuid4())


@runtime_checkable
class TwoPeople(Protocol):
    """A form that shows what somebody else wrote meanwhile, and lets the next sending replace it."""

    def show_theirs(self, error: StaleWriteError) -> None:
        """Say beside each field what stands now."""


class PressForm(BaseForm):
    """A button alone: what it is about stands in a hidden field."""

    about = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)


class FreshForm(BaseForm):
    """A form over columns of a row that two people may change: it carries what the person saw.

    ``columns``: field of the form → column of the row. ``base`` and ``mine`` are those of ``save_fresh``.
    """

    columns: Mapping[str, str] = {}
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, row: models.Model | None = None, **kwargs: Any) -> None:
        self.row = row
        if row is not None:
            held = {name: getattr(row, column) for name, column in self.columns.items()}
            kwargs["initial"] = {**held, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        if row is not None:
            self.initial["seen"] = self._written()

    @property
    def mine(self) -> dict[str, Any]:
        """What the person wants, by column."""
        return {column: self.cleaned_data[name] for name, column in self.columns.items()}

    @property
    def base(self) -> dict[str, Any]:
        """What the person saw, by column; what cannot be read is what stands now."""
        try:
            told = json.loads(self.cleaned_data.get("seen") or "{}")
        except ValueError:
            told = {}
        return {
            column: self._read(name, column, told if isinstance(told, dict) else {})
            for name, column in self.columns.items()
        }

    def show_theirs(self, error: StaleWriteError) -> None:
        """Say beside each field what somebody else wrote; sent again, what is typed replaces it."""
        if self.row is None:
            return
        self.row.refresh_from_db()
        names = {column: name for name, column in self.columns.items()}
        for column in error.facts.get("conflicts", {}):
            name = names.get(column)
            if name in self.fields:
                value = self._text(name, getattr(self.row, column))
                words = _("Quelqu'un vient d'écrire : « %(value)s ».") % {"value": value or "–"}
                self.add_error(name, words)
        typed: Any = self.data.copy()  # type: ignore[attr-defined]
        typed["seen"] = self._written()
        self.data = typed

    def _written(self) -> str:
        told = {name: self._text(name, getattr(self.row, column)) for name, column in self.columns.items()}
        return json.dumps(told, ensure_ascii=False)

    def _text(self, name: str, value: Any) -> str:
        """Return a value as the field takes it."""
        if value is None or value is False:
            return ""
        if value is True:
            return "on"
        if isinstance(value, datetime):
            return timezone.localtime(value).strftime("%Y-%m-%dT%H:%M")
        if isinstance(value, date):
            return value.isoformat()
        return str(self.fields[name].prepare_value(value))

    def _read(self, name: str, column: str, told: Mapping[str, Any]) -> Any:
        now = getattr(self.row, column)
        if not isinstance(told.get(name), str):
            return now
        try:
            return self.fields[name].clean(told[name])
        except forms.ValidationError:
            return now
