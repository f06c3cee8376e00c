"""The API, version 1: every error in one shape, no page of another's making."""

from ninja import NinjaAPI
from ninja.renderers import JSONRenderer

from terreau.api import errors
from terreau.api.poles import router as poles
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
api.add_router("", poles)
api.add_router("", territories)
