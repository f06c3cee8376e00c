"""Open data: what can be taken, the schema of each file, the files of the last dump."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from terreau.common.errors import NotFoundError
from terreau.design.numbers import grouped
from terreau.sheets import dumps, open_data
from terreau.sheets.dumps import MANIFEST, MEDIA_TYPES, PACKAGE, Dump
from terreau.sheets.facts import language
from terreau.sheets.open_data import Field, Table

Response = TypeVar("Response", bound=HttpResponseBase)

_TYPES = {
    "string": gettext_lazy("texte"),
    "integer": gettext_lazy("nombre entier"),
    "number": gettext_lazy("nombre"),
    "boolean": gettext_lazy("true ou false"),
    "date": gettext_lazy("date (AAAA-MM-JJ)"),
    "datetime": gettext_lazy("date et heure"),
    "list": gettext_lazy("codes séparés par |"),
}
#: Seconds during which a copy of a file is good without asking again.
_FRESH = 300


@dataclass(frozen=True)
class Column:
    """A column of a table in the language of the page."""

    name: str
    title: str
    description: str
    type: str
    required: bool
    values: list[str]


@dataclass(frozen=True)
class Offer:
    """A table: what it holds, its columns, its files when a dump exists."""

    name: str
    title: str
    description: str
    columns: list[Column]
    rows: int | None
    files: list[dict[str, Any]]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Say what can be taken, how fresh it is, under which licence."""
    dump, limits = dumps.latest(), settings.RATE_LIMIT
    context = {
        "dump": dump,
        "offers": _offers(dump),
        "licence": open_data.LICENCE,
        "limits": limits and {"anonymous": _shown(limits.anonymous), "token": _shown(limits.token)},
        "site": settings.SITE_URL or request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "web/donnees.html", context)


@require_safe
def schema(request: HttpRequest, name: str) -> HttpResponse:
    """Return the Table Schema of a table."""
    table = open_data.tables().get(name)
    if table is None:
        raise _no_file(name, list(open_data.tables()))
    body = open_data.table_schema(table)
    return _opened(JsonResponse(body, json_dumps_params={"ensure_ascii": False, "indent": 1}))


@require_safe
def file(request: HttpRequest, name: str) -> HttpResponseBase:
    """Return a file of the last dump, whole: the dump after it stands in another folder."""
    dump = dumps.latest()
    if dump is None:
        message = _("Aucun fichier n'est prêt pour le moment : revenez dans quelques minutes.")
        raise NotFoundError("no_dump_yet", message)
    known = [one["name"] for one in dump.manifest["files"]] + [MANIFEST, PACKAGE]
    known += [f"schemas/{table}.json" for table in open_data.tables()]
    if name not in known:
        raise _no_file(name, known)
    described = dump.file(name) or {"sha256": f"{dump.folder.name}-{name}", "media_type": MEDIA_TYPES["json"]}
    return _sent(request, dump, name, described)


def _sent(request: HttpRequest, dump: Dump, name: str, described: dict[str, Any]) -> HttpResponseBase:
    etag, changed = f'"{described["sha256"]}"', int(dump.at.timestamp())
    unchanged = get_conditional_response(request, etag=etag, last_modified=changed)
    if unchanged is not None:
        return _opened(unchanged)
    download = not name.endswith("json") or name.endswith(".geojson")
    path = dump.folder / name
    response = FileResponse(
        path.open("rb"), as_attachment=download, filename=path.name, content_type=described["media_type"]
    )
    response["ETag"] = etag
    response["Last-Modified"] = http_date(changed)
    return _opened(response)


def _opened(response: Response) -> Response:
    """Let any site read the response: it holds nothing of a person."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "ETag, Last-Modified"
    response["Cache-Control"] = f"public, max-age={_FRESH}"
    return response


def _no_file(name: str, known: list[str]) -> NotFoundError:
    message = _("« %(name)s » n'est pas un fichier de données. Fichiers : %(known)s.")
    facts = {"name": name[:60], "known": known}
    return NotFoundError(
        "unknown_file", message % {"name": name[:60], "known": ", ".join(known)}, facts=facts
    )


def _shown(number: int) -> str:
    return grouped(number, language())


def _offers(dump: Dump | None) -> list[Offer]:
    files: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in dump.manifest["files"] if dump else []:
        files[one["table"]].append(one)
    return [_offer(table, files[table.name]) for table in open_data.tables().values()]


def _offer(table: Table, files: list[dict[str, Any]]) -> Offer:
    lang = language()
    rows = next((one["rows"] for one in files if one["format"] == "csv"), None)
    columns = [_column(field, lang) for field in table.fields]
    return Offer(table.name, table.title[lang], table.description[lang], columns, rows, files)


def _column(field: Field, lang: str) -> Column:
    values = [str(value) for value in field.constraints.get("enum", [])]
    return Column(
        name=field.name,
        title=field.title[lang],
        description=field.description[lang],
        type=str(_TYPES[field.type]),
        required=field.required,
        values=values,
    )
