"""Which columns an export takes: all of them, or those chosen, whose state is in the address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import override

from terreau.common.errors import DomainError
from terreau.common.text import slug

Columns = Sequence[tuple[Any, Callable[[Any], Any]]]
"""Header (text, or text to be translated) and reader: ``[("Nom", lambda row: row.nom), …]``."""

PARAMETER = "colonnes"
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Choice:
    """A column that may be taken: its key in the address, its header in the language of the page."""

    key: str
    label: str
    taken: bool


def keys_of(columns: Columns) -> list[str]:
    """Return the key of each column: its French header as an address writes it, whatever the language."""
    with override("fr"):
        return [slug(str(header)) for header, _read in columns]


def taken(request: HttpRequest, columns: Columns) -> Columns:
    """Return the columns that ``?colonnes=nom,region`` asks for, in their own order; all when it is absent.

    A column that does not exist is a ``DomainError`` (422) with those that do.
    """
    asked = _split(request.GET.getlist(PARAMETER))
    keys = keys_of(columns)
    unknown = [key for key in asked if key not in keys]
    if unknown:
        message = _("La colonne « %(name)s » n'existe pas. Colonnes possibles : %(known)s.")
        text = message % {"name": unknown[0][:40], "known": ", ".join(keys)}
        raise DomainError("unknown_column", text, facts={"colonne": unknown[0][:40], "colonnes": keys})
    found = [column for key, column in zip(keys, columns, strict=True) if not asked or key in asked]
    return [(str(header), read) for header, read in found]


def _split(values: Sequence[str]) -> list[str]:
    return [key for value in values for key in value.split(",") if key]


def remember(request: HttpRequest, response: HttpResponseBase, name: str) -> None:
    """Keep the choice for the next visit of the form: keys of columns, of nobody, in one cookie a list."""
    asked = _split(request.GET.getlist(PARAMETER))
    if asked:
        response.set_cookie(
            _cookie(name),
            ".".join(asked),
            max_age=_YEAR,
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )


def _cookie(name: str) -> str:
    return f"colonnes-{name}"


def choice_page(request: HttpRequest, columns: Columns, name: str, formats: Sequence[str]) -> HttpResponse:
    """Show the form that chooses the columns; those of the address, else of the last choice, are ticked."""
    keys = keys_of(columns)
    asked = _split(request.GET.getlist(PARAMETER)) or request.COOKIES.get(_cookie(name), "").split(".")
    ticked = [key for key in keys if key in asked] or keys
    others = [
        (n, v)
        for n, values in request.GET.lists()
        for v in values
        if n not in (PARAMETER, "format", "cursor")
    ]
    context = {
        "choices": [
            Choice(key, str(header), key in ticked)
            for key, (header, _read) in zip(keys, columns, strict=True)
        ],
        "others": others,
        "formats": formats,
    }
    response = render(request, "design/columns.html", context)
    response["Cache-Control"] = "no-store"
    return response
