"""The description of the API (OpenAPI 3.1), in the language of the moment, with every refusal."""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language, gettext, override
from django.utils.translation import gettext_noop as _
from ninja import NinjaAPI
from ninja.responses import NinjaJSONEncoder

from terreau.api.schemas import ErrorOut, FeaturesOut

#: Parts of the API, in the order of the page.
TAGS = {
    "poles": _("Pôles"),
    "actors": _("Acteurs"),
    "territories": _("Territoires"),
    "perimeters": _("Périmètres"),
    "layers": _("Couches"),
    "facts": _("Faits, catalogue et vocabulaires"),
    "grids": _("Grilles et appréciations"),
    "economics": _("Économie des pôles"),
    "charters": _("Chartes et signataires"),
    "calls": _("Appels et résultats"),
    "search": _("Recherche"),
}
DESCRIPTION = _(
    "Les mêmes données que les pages, en JSON. Lecture libre, sans compte ni cookie ; "
    "un jeton d'organisation permet seulement de demander plus souvent. "
    "La langue des textes suit l'en-tête Accept-Language (fr, en)."
)
#: Refusals: name of the shared answer, status, what it means.
REFUSALS = {
    400: ("BadRequest", _("La demande est mal formée : JSON faux, caractère nul, en-tête faux.")),
    401: ("BadToken", _("Le jeton donné dans Authorization est faux, expiré ou révoqué.")),
    404: ("NotFound", _("L'adresse n'existe pas, ou n'est pas publique.")),
    405: ("MethodNotAllowed", _("La méthode n'est pas servie ici ; Allow dit lesquelles le sont.")),
    413: ("TooLarge", _("Le corps de la demande dépasse un million d'octets.")),
    422: ("Invalid", _("Une valeur est refusée ; facts dit laquelle et pourquoi.")),
    429: ("TooMany", _("Trop de demandes ; Retry-After dit dans combien de secondes recommencer.")),
    503: (
        "Busy",
        _("D'autres écrivent en même temps ; Retry-After dit dans combien de secondes recommencer."),
    ),
}
#: Parameters whose subject may have left the address.
_MOVING = ("/poles/{slug}", "/actors/{id}")
_TEXTS = ("summary", "description")


def document(api: NinjaAPI) -> dict[str, Any]:
    """Return the whole description, with sentences in the language of the moment. Not to be changed."""
    return _made(api, (get_language() or "fr")[:2])


@lru_cache(maxsize=4)
def _made(api: NinjaAPI, language: str) -> dict[str, Any]:
    made: dict[str, Any] = api.get_openapi_schema(path_prefix="/api/v1/")
    found: dict[str, Any] = json.loads(json.dumps(made, cls=NinjaJSONEncoder))
    found["info"] |= {
        "description": DESCRIPTION,
        "license": {
            "name": "Licence Ouverte 2.0 (Etalab)",
            "url": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
        },
    }
    found["servers"] = [{"url": "/"}]
    found["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    components = found["components"]
    components["schemas"] |= _shared_schemas()
    components["schemas"] = {
        name: _without_docstring(one) for name, one in sorted(components["schemas"].items())
    }
    components["responses"] = {name: _refusal(text, status) for status, (name, text) in REFUSALS.items()}
    components["responses"]["Moved"] = _moved()
    components["securitySchemes"] = {"jeton": {"type": "http", "scheme": "bearer"}}
    found["security"] = [{}, {"jeton": []}]
    for path, route in operations(found):
        _complete(path, route)
    with override(language):
        _translate(found)
    return found


def operations(found: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every operation with ``METHOD /path``."""
    for path, methods in found["paths"].items():
        for method, route in methods.items():
            yield f"{method.upper()} {path}", route


def _shared_schemas() -> dict[str, Any]:
    """Return the schemas that routes only name: errors and GeoJSON."""
    schemas: dict[str, Any] = {}
    for model in (ErrorOut, FeaturesOut):
        made = model.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
        schemas |= made.pop("$defs", {})
        schemas[model.__name__] = made
    return schemas


def _without_docstring(schema: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is written for who reads the code; fields have sentences of their own."""
    return {name: value for name, value in schema.items() if name != "description"}


def _refusal(text: str, status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ErrorOut"}
    refusal: dict[str, Any] = {"description": text, "content": {"application/json": {"schema": schema}}}
    headers = {
        401: ("WWW-Authenticate", "string"),
        405: ("Allow", "string"),
        429: ("Retry-After", "integer"),
        503: ("Retry-After", "integer"),
    }
    if status in headers:
        name, kind = headers[status]
        refusal["headers"] = {name: {"schema": {"type": kind}}}
    return refusal


def _moved() -> dict[str, Any]:
    """Return the answer of a subject that left an address: the one shape, and where it is now."""
    said = _refusal(_("Le sujet est à une autre adresse, celle de Location, ou y a été fusionné."), 308)
    return said | {"headers": {"Location": {"schema": {"type": "string"}}}}


def _complete(path: str, route: dict[str, Any]) -> None:
    """Say what every route answers beside its data: 304 for a read, and each refusal that it may give."""
    places = {parameter["in"] for parameter in route.get("parameters", [])}
    named = "path" in places or any(one["name"] == "sujet" for one in route.get("parameters", []))
    body = "requestBody" in route
    named = named or any(one["name"] == "year" for one in route.get("parameters", []))
    may = {400: True, 401: True, 404: named, 413: body, 422: bool(places) or body, 429: True, 503: True}
    answers = route["responses"]
    if path.startswith("GET "):
        answers["200"]["headers"] = {"ETag": {"schema": {"type": "string"}}}
        answers["304"] = {"description": _("Rien n'a changé depuis le ETag donné dans If-None-Match.")}
    if any(moving in path for moving in _MOVING):
        answers["308"] = {"$ref": "#/components/responses/Moved"}
    for status, (name, _text) in REFUSALS.items():
        if may.get(status):
            answers[str(status)] = {"$ref": f"#/components/responses/{name}"}
    route["responses"] = dict(sorted(answers.items()))


def _translate(part: Any) -> None:
    """Put the sentences of a part in the language of the moment, in place."""
    if isinstance(part, list):
        for one in part:
            _translate(one)
    elif isinstance(part, dict):
        for name, value in part.items():
            if name in _TEXTS and isinstance(value, str) and value:
                part[name] = gettext(value)
            else:
                _translate(value)
