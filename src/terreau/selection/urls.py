"""Addresses of the room."""

from django.urls import URLPattern, URLResolver, path

from terreau.selection import views, views_assistant, views_composition, views_decisions, views_rules

urlpatterns: list[URLPattern | URLResolver] = [
    path("comite/", views.home, name="committee_home"),
    path("comite/<slug:slug>/", views.ranking, name="committee"),
    path("comite/<slug:slug>/assistant/", views_assistant.assistant, name="committee_assistant"),
    path("comite/<slug:slug>/decisions/", views_decisions.decisions, name="committee_decisions"),
    path("comite/<slug:slug>/composition/", views_composition.composition, name="committee_composition"),
    path("comite/<slug:slug>/regles/", views_rules.rules, name="committee_rules"),
]
