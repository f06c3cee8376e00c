"""The API, version 1."""

from ninja import NinjaAPI

api = NinjaAPI(title="Terreau", version="1", docs_url=None, openapi_url=None, urls_namespace="api")
