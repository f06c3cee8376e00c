"""The API, version 1: every error in one shape, no page of another's making."""

from ninja import NinjaAPI

from terreau.api import errors
from terreau.api.poles import router as poles
from terreau.api.territories import router as territories

api = NinjaAPI(title="Terreau", version="1", docs_url=None, openapi_url=None, urls_namespace="api")
errors.register(api)
api.add_router("", poles)
api.add_router("", territories)
