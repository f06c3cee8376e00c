"""The page of the API, written from its description: what is not described is not shown."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from terreau.api import openapi
from terreau.api.urls import api


@dataclass(frozen=True)
class Row:
    """A parameter or a field: its name, its type in words, the schema that it leads to, what it means."""

    name: str
    kind: str
    link: str
    text: str
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Operation:
    """A route: what it gives, what it takes, what it refuses."""

    id: str
    method: str
    path: str
    title: str
    text: str
    example: str
    body_example: str
    parameters: list[Row]
    body: str
    answer: str
    media: str
    refusals: list[tuple[str, str]]


@dataclass(frozen=True)
class Part:
    """Routes about one thing."""

    name: str
    title: str
    operations: list[Operation] = field(default_factory=list)


def page(request: HttpRequest) -> HttpResponse:
    """Show the routes, then the shapes of what they give."""
    described = openapi.document(api)
    context = {
        "parts": _parts(described),
        "schemas": list(_schemas(described)),
        "refusals": [(status, _(text)) for status, (_name, text) in openapi.REFUSALS.items()],
        "about": described["info"]["description"],
        "origin": request.build_absolute_uri("/api/v1"),
    }
    return render(request, "api/docs.html", context)


def _parts(described: dict[str, Any]) -> list[Part]:
    parts = {tag["name"]: Part(tag["name"], tag["description"]) for tag in described["tags"]}
    for where, route in openapi.operations(described):
        parts[route["tags"][0]].operations.append(_operation(where, route, described))
    return [part for part in parts.values() if part.operations]


def _operation(where: str, route: dict[str, Any], described: dict[str, Any]) -> Operation:
    method, path = where.split(" ")
    content = route["responses"]["200"].get("content", {})
    media, answer = next(((kind, _reference(one["schema"])) for kind, one in content.items()), ("", ""))
    body = route.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    shared = described["components"]["responses"]
    return Operation(
        id=route["operationId"],
        method=method,
        path=path.removeprefix("/api/v1"),
        title=route["summary"],
        text=route.get("description", ""),
        example=route.get("x-example", ""),
        body_example=route.get("x-body", ""),
        parameters=[_parameter(one) for one in route.get("parameters", [])],
        body=_reference(body),
        answer=answer,
        media=media,
        refusals=[
            (status, shared[_reference(one)]["description"])
            for status, one in route["responses"].items()
            if "$ref" in one
        ],
    )


def _reference(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).rsplit("/", 1)[-1]


def _parameter(parameter: dict[str, Any]) -> Row:
    kind, link = _kind(parameter["schema"])
    return Row(
        parameter["name"],
        kind,
        link,
        parameter.get("description", ""),
        parameter["required"],
        tuple(choice for choice in parameter["schema"].get("enum", []) if choice),
    )


def _schemas(described: dict[str, Any]) -> Iterator[tuple[str, list[Row]]]:
    for name, schema in described["components"]["schemas"].items():
        required = schema.get("required", [])
        yield (
            name,
            [
                Row(field_name, *_kind(one), one.get("description", ""), field_name in required)
                for field_name, one in schema.get("properties", {}).items()
            ],
        )


def _kind(schema: dict[str, Any]) -> tuple[str, str]:
    """Return the type in words, and the name of the schema that it is made of."""
    words = {
        "string": _("texte"),
        "integer": _("entier"),
        "number": _("nombre"),
        "boolean": _("oui ou non"),
        "object": _("objet"),
        "null": _("nul"),
    }
    if "$ref" in schema:
        return "", _reference(schema)
    if "anyOf" in schema:
        told = [_kind(one) for one in schema["anyOf"]]
        kinds = _(" ou ").join(kind for kind, _link in told if kind)
        return kinds, next((link for _kind_, link in told if link), "")
    if schema.get("type") == "array":
        kind, link = _kind(schema.get("items", {}))
        return (_("liste de %(kind)s") % {"kind": kind} if kind else _("liste")), link
    return words.get(str(schema.get("type", "")), _("valeur")), ""
