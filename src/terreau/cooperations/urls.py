"""Addresses of the room in the workspace of a pole, under /poles/<slug>/espace/."""

from django.urls import URLPattern, URLResolver, path

from terreau.cooperations import views_cooperations, views_finance, views_materials, views_network

urlpatterns: list[URLPattern | URLResolver] = [
    path("cooperations/", views_cooperations.cooperations, name="espace_cooperations"),
    path("cooperations/nouvelle/", views_cooperations.begin, name="espace_cooperation_begin"),
    path("cooperations/finances/", views_finance.financings, name="espace_financings"),
    path("cooperations/finances/<uuid:pk>/", views_finance.financing, name="espace_financing"),
    path("cooperations/finances/<uuid:pk>.pdf", views_finance.financing_pdf, name="espace_financing_pdf"),
    path("cooperations/<uuid:pk>/", views_cooperations.cooperation, name="espace_cooperation"),
    path("cooperations/<uuid:pk>/modifier/", views_cooperations.change, name="espace_cooperation_change"),
    path("reseau/", views_network.network, name="espace_network"),
    path("matieres/", views_materials.streams, name="espace_materials"),
    path("matieres/nouveau/", views_materials.describe, name="espace_stream_describe"),
    path("matieres/<uuid:pk>/", views_materials.stream, name="espace_stream"),
]
