"""Addresses of the poles' pages, under /poles/."""

from django.urls import include, path

from terreau.means.views_public import page as means_public
from terreau.web import (
    documents,
    economy_public,
    feeds,
    life_pages,
    link_pages,
    lists,
    pole_edit,
    pole_figures,
    pole_history,
    pole_pages,
    tree_pages,
    verdict_pages,
    verdict_say,
    yearly_pages,
)

#: Rooms that have pages in the workspace of a pole.
_WORKSPACE = (
    "terreau.web.espace_urls",
    "terreau.web.espace_story_urls",
    "terreau.governance.urls_people",
    "terreau.governance.urls_meetings",
    "terreau.cooperations.urls",
    "terreau.exchanges.urls",
    "terreau.billing.urls",
    "terreau.fees.urls",
    "terreau.trade.urls",
    "terreau.netting.urls",
    "terreau.bookkeeping.urls",
    "terreau.economics.urls",
    "terreau.forecast.urls",
    "terreau.web.economy_urls",
    "terreau.web.compare_urls",
    "terreau.means.urls",
    "terreau.projects.urls",
    "terreau.indicators.urls",
)

urlpatterns = [
    path("", pole_pages.poles, name="poles"),
    path("points.geojson", pole_pages.points, name="pole_points"),
    path("imprimer/", pole_pages.printed, name="poles_print"),
    path("liste.pdf", documents.poles, name="poles_pdf"),
    path("chiffres/", pole_figures.page, name="pole_figures"),
    path("flux.atom", feeds.poles, name="poles_feed"),
    path("inscrire/", include("terreau.web.entry_urls")),
    # Before the poles: its first words (« inscrire ») are no address of a pole.
    path("", include("terreau.census.pole_urls")),
    path("", include("terreau.reviews.trust_pole_urls")),
    path("", include("terreau.reviews.pole_urls")),
    *(path("<slug:slug>/espace/", include(module)) for module in _WORKSPACE),
    path("<slug:slug>/audit/", include("terreau.bookkeeping.audit_urls")),
    path("<slug:slug>/moyens/<uuid:pk>/", means_public, name="public_means"),
    path("<slug:slug>/", pole_pages.pole, name="pole"),
    path("<slug:slug>/vie/", life_pages.pole_life, name="pole_life"),
    path("<slug:slug>/economie/", economy_public.economy, name="pole_economy"),
    path("<slug:slug>/modifier/", pole_edit.pole, name="pole_edit"),
    path("<slug:slug>/modifier/<slug:section>/", pole_edit.pole_section, name="pole_edit_section"),
    path("<slug:slug>/historique/", pole_history.pole, name="pole_history"),
    path("<slug:slug>/au/", pole_history.choose, name="pole_au"),
    path("<slug:slug>/au/<str:day>/", pole_history.on_day, name="pole_on"),
    path("<slug:slug>/demander/", link_pages.ask, name="ask"),
    path("<slug:slug>/demander/<uuid:pk>/", link_pages.act, name="ask_again"),
    path("<slug:slug>/liste/<slug:name>/", lists.pole, name="pole_list"),
    path("<slug:slug>/fiche.pdf", documents.pole, name="pole_pdf"),
    path("<slug:slug>/", include("terreau.governance.urls_join")),
    path("<slug:slug>/rapports/<int:year>/", yearly_pages.public, name="pole_report"),
    path("<slug:slug>/rapports/<int:year>.pdf", yearly_pages.public_pdf, name="pole_report_pdf"),
    path("<slug:slug>/arbre/", tree_pages.public, name="pole_tree"),
    path("<slug:slug>/arbre.pdf", tree_pages.public_pdf, name="pole_tree_pdf"),
    path("<slug:slug>/appreciations/", verdict_pages.glance, name="verdicts"),
    path("<slug:slug>/appreciations/<slug:grid>.pdf", verdict_pages.pdf, name="verdict_pdf"),
    path("<slug:slug>/appreciations/<slug:grid>/", verdict_pages.verdict, name="verdict"),
    path(
        "<slug:slug>/appreciations/<slug:grid>/<slug:criterion>/", verdict_say.page, name="verdict_criterion"
    ),
]
