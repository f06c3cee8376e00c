"""GeoJSON answers (RFC 7946), and how the description of the API says them."""

from typing import Any

from django.http import JsonResponse

TYPE = "application/geo+json"


def answer(body: dict[str, Any]) -> JsonResponse:
    """Return a GeoJSON object with its own media type."""
    return JsonResponse(body, content_type=TYPE, json_dumps_params={"ensure_ascii": False})


def _described(name: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {"responses": {200: {"description": "OK", "content": {TYPE: {"schema": schema}}}}}


#: What to add to a route that answers a schema of ``schemas.py`` as GeoJSON.
GEOJSON = {name: _described(name) for name in ("FeatureOut", "FeaturesOut")}
