"""Which columns an export takes: all of them, or those chosen, whose state is in the address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import override

from terreau.common.errors import DomainError
from terreau.common.text import slug
from terreau.design.addresses import query


class Column(NamedTuple):
    """A column: header (text, or text to be translated), reader of a row, type of Table Schema, key.

    The key is what an address calls the column; empty, it is made of the French header.
    """

    header: Any
    read: Callable[[Any], Any]
    type: Literal["string", "integer", "number", "boolean", "date"] = "string"
    key: str = ""


Columns = Sequence[tuple[Any, Callable[[Any], Any]] | Column]
"""Header and reader, or more: ``[("Nom", lambda row: row.nom), Column("Habitants", …, "integer")]``."""

PARAMETER = "colonnes"
#: What ``?format=`` says to read the Table Schema of the CSV file.
SCHEMA = "schema"
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Choice:
    """A column that may be taken: its key in the address, its header in the language of the page."""

    key: str
    label: str
    taken: bool


def whole(columns: Columns) -> list[Column]:
    """Return columns with their type and their key, their header in the language of the moment."""
    found = [Column(*column) for column in columns]
    keys = keys_of(columns)
    return [one._replace(header=str(one.header), key=key) for key, one in zip(keys, found, strict=True)]


def keys_of(columns: Columns) -> list[str]:
    """Return the key of each column: its French header as an address writes it, whatever the language."""
    with override("fr"):
        return [one.key or slug(str(one.header)) for one in (Column(*column) for column in columns)]


def taken(request: HttpRequest, columns: Columns) -> list[Column]:
    """Return the columns that ``?colonnes=nom,region`` asks for, in their own order; all when it is absent.

    A column that does not exist is a ``DomainError`` (422) with those that do.
    """
    asked = _split(request.GET.getlist(PARAMETER))
    found = whole(columns)
    keys = [one.key for one in found]
    unknown = [key for key in asked if key not in keys]
    if unknown:
        message = _("La colonne « %(name)s » n'existe pas. Colonnes possibles : %(known)s.")
        text = message % {"name": unknown[0][:40], "known": ", ".join(keys)}
        raise DomainError("unknown_column", text, facts={"colonne": unknown[0][:40], "colonnes": keys})
    return [one for one in found if not asked or one.key in asked]


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


def choice_page(  # noqa: PLR0913
    request: HttpRequest,
    columns: Columns,
    name: str,
    formats: Sequence[str],
    *,
    title: str = "",
    back: str = "",
) -> HttpResponse:
    """Show the form that chooses the columns; those of the address, else of the last choice, are ticked.

    ``title`` says which list, ``back`` is the address of the page that shows it.
    """
    found = whole(columns)
    asked = _split(request.GET.getlist(PARAMETER)) or request.COOKIES.get(_cookie(name), "").split(".")
    ticked = [one.key for one in found if one.key in asked] or [one.key for one in found]
    others = [
        (n, v)
        for n, values in request.GET.lists()
        for v in values
        if n not in (PARAMETER, "format", "cursor")
    ]
    context = {
        "choices": [Choice(one.key, one.header, one.key in ticked) for one in found],
        "others": others,
        "formats": formats,
        "title": title,
        "back": back,
        "schema": query(request, {"format": SCHEMA}),
    }
    response = render(request, "design/columns.html", context)
    response["Cache-Control"] = "no-store"
    return response
