"""Calls and programmes as they are found."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.calls.models import Call, FormVersion, Programme
from terreau.common.errors import NotFoundError
from terreau.grids import store

_WITH = ("programme", "subject")


def public_calls() -> QuerySet[Call]:
    """Return every call that a stranger may see."""
    return Call.objects.exclude(state=Call.State.DRAFT).select_related(*_WITH)


def open_calls(on: datetime | None = None) -> list[Call]:
    """Return the calls that take files at an instant, those that close first first."""
    now = on or timezone.now()
    rows = public_calls().filter(Q(opens_at__lte=now), state=Call.State.OPEN)
    found = [one for one in rows if one.phase(now) == "open"]
    return sorted(found, key=lambda one: (one.closes_at is None, one.closes_at or now, one.slug))


def find(slug: str) -> Call:
    """Return a call with its programme, whatever its state; raise ``NotFoundError`` when unknown."""
    row = Call.objects.select_related(*_WITH).filter(slug=slug).first()
    if row is None:
        raise NotFoundError("unknown_call", _("Cet appel n'existe pas."))
    return row


def find_programme(slug: str) -> Programme:
    """Return a programme, whatever its state; raise ``NotFoundError`` when unknown."""
    row = Programme.objects.select_related("subject", "owner").filter(slug=slug).first()
    if row is None:
        raise NotFoundError("unknown_programme", _("Ce programme n'existe pas."))
    return row


def current_form(call: Call) -> FormVersion | None:
    """Return the form in use: the last one published."""
    return FormVersion.objects.filter(call=call).exclude(published_at=None).order_by("-number").first()


def draft_form(call: Call) -> FormVersion | None:
    """Return the form that is being written."""
    return FormVersion.objects.filter(call=call, published_at=None).first()


def grid_names(codes: Iterable[str] | None = None) -> dict[str, str]:
    """Return public grids by code with their names in the language of the page; those asked for, else all.

    A code that is not loaded is given back as its own name.
    """
    asked = list(codes) if codes is not None else None
    if asked == []:
        return {}
    lang = (get_language() or "fr")[:2]
    held = store.grids(codes=asked)
    names = {code: one.title.get(lang) or one.title.get("fr", code) for code, one in sorted(held.items())}
    return names if asked is None else {code: names.get(code, code) for code in asked}
