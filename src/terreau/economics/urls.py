"""Addresses of the room, under /poles/<slug>/espace/."""

from django.urls import URLPattern, URLResolver, path

from terreau.economics import views, views_classify

urlpatterns: list[URLPattern | URLResolver] = [
    path("economie/", views.economy, name="espace_economy"),
    path("economie/matrice/", views.matrix, name="espace_matrix"),
    path("economie/fonctions/", views.functions, name="espace_economy_functions"),
    path("economie/a-classer/", views_classify.to_classify, name="espace_to_classify"),
    path("economie/a-classer/<uuid:pk>/reprendre/", views_classify.undo, name="espace_classing_undo"),
    path("economie/analytique/", views.analytic, name="espace_analytic"),
]
