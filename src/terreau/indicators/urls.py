"""Addresses of the room in the workspace of a pole, under /poles/<slug>/espace/."""

from django.urls import URLPattern, URLResolver, path

from terreau.indicators import views

_ONE = "indicateurs/<uuid:pk>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("indicateurs/", views.index, name="espace_indicators"),
    path("indicateurs/choisir/", views.add, name="espace_indicator_add"),
    path("indicateurs/nouveau/", views.new, name="espace_indicator_new"),
    path(_ONE, views.one, name="espace_indicator"),
    path(f"{_ONE}modifier/", views.edit, name="espace_indicator_edit"),
    path(f"{_ONE}valeurs/<uuid:value>/corriger/", views.correct, name="espace_value_correct"),
]
