"""Addresses of the room, under /poles/<slug>/espace/."""

from django.urls import URLPattern, URLResolver, path

from terreau.trade import views, views_exchange, views_files, views_sums

urlpatterns: list[URLPattern | URLResolver] = [
    path("commerce/", views.index, name="espace_trade"),
    path("commerce/declarer/", views.declare, name="espace_trade_declare"),
    path("commerce/importer/", views_files.bring, name="espace_trade_import"),
    path("commerce/ecarts/", views.differences, name="espace_trade_differences"),
    path("commerce/releve/", views_sums.statement, name="espace_trade_statement"),
    path("commerce/reseau/", views_sums.network, name="espace_trade_network"),
    path("commerce/lieux/", views_sums.places, name="espace_trade_places"),
    path("commerce/chiffres/", views_sums.figures, name="espace_trade_figures"),
    path("commerce/<uuid:pk>/", views_exchange.exchange, name="espace_trade_exchange"),
]
