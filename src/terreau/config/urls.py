"""Addresses of the four faces. French has no prefix; English is the same paths behind /en."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from terreau.accounts.views import policy
from terreau.api import docs
from terreau.api.urls import api
from terreau.config import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("api/v1/", api.urls),
    path("completion/", include("terreau.actors.completion_urls")),
    path("oidc/", include("terreau.accounts.oidc_urls")),
    *i18n_patterns(
        path("compte/", include("terreau.accounts.urls")),
        path("compte/", include("terreau.notices.urls")),
        path("compte/", include("terreau.actors.people_urls")),
        path("donnees-personnelles/", policy, name="personal_data"),
        path("poles/", include("terreau.web.pole_urls")),
        path("acteurs/", include("terreau.web.actor_urls")),
        path("api/", docs.page, name="api_docs"),
        path("design/", include("terreau.design.urls")),
        path("imports/repertoires/", include("terreau.directory.urls")),
        path("imports/", include("terreau.imports.urls")),
        path("grilles/", include("terreau.grids.urls")),
        path("chartes/", include("terreau.charters.urls")),
        path("confiance/", include("terreau.reviews.trust_urls")),
        path("", include("terreau.calls.urls")),
        path("", include("terreau.dossiers.urls")),
        path("", include("terreau.envelopes.urls")),
        path("", include("terreau.instruction.urls")),
        path("", include("terreau.selection.urls")),
        path("", include("terreau.agreements.urls")),
        path("", include("terreau.followup.urls")),
        path("", include("terreau.labels.urls")),
        path("", include("terreau.procedures.urls")),
        path("", include("terreau.census.urls")),
        path("", include("terreau.reviews.urls")),
        path("", include("terreau.web.urls")),
        prefix_default_language=False,
    ),
]

handler400 = "terreau.design.errors.bad_request"
handler403 = "terreau.design.errors.forbidden"
handler404 = "terreau.design.errors.not_found"
handler429 = "terreau.design.errors.too_many"
handler500 = "terreau.design.errors.server_error"
