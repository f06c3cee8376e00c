"""The API, version 1: every error in one shape, no page of another's making."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import translation
from ninja import NinjaAPI
from ninja.renderers import JSONRenderer

from terreau.api import errors, openapi
from terreau.api.actors import router as actors
from terreau.api.all_economics import router as all_economics
from terreau.api.calls import router as calls
from terreau.api.charters import router as charters
from terreau.api.economics import router as economics
from terreau.api.facts import router as facts
from terreau.api.grids import router as grids
from terreau.api.layers import router as layers
from terreau.api.learning import router as learning
from terreau.api.perimeters import router as perimeters
from terreau.api.poles import router as poles
from terreau.api.search import router as search
from terreau.api.situation import router as situation
from terreau.api.territories import router as territories


class Utf8Renderer(JSONRenderer):
    """Writes accents as they are: a person may read the answer too."""

    json_dumps_params = {"ensure_ascii": False}


api = NinjaAPI(
    title="Terreau",
    version="1",
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
    renderer=Utf8Renderer(),
)
errors.register(api)
for router in (
    poles,
    actors,
    territories,
    perimeters,
    layers,
    facts,
    grids,
    learning,
    charters,
    situation,
    economics,
    all_economics,
    calls,
    search,
):
    api.add_router("", router)


@api.get("/openapi.json", include_in_schema=False, url_name="openapi")
def description(request: HttpRequest) -> HttpResponse:
    """Return the description of the API (OpenAPI 3.1)."""
    return JsonResponse(openapi.document(api), json_dumps_params={"ensure_ascii": False})


@api.get("/docs", include_in_schema=False)
def documentation(request: HttpRequest) -> HttpResponse:
    """Lead to the page of the API, in the language of the client."""
    with translation.override(translation.get_language()):
        return HttpResponseRedirect(reverse("api_docs"))
