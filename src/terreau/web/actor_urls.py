"""Addresses of the actors' pages, under /acteurs/: the directory is its room's, one actor crosses rooms."""

from django.urls import include, path

from terreau.web import actor_pages

urlpatterns = [
    path("", include("terreau.actors.urls")),
    path("<uuid:ident>/", actor_pages.actor, name="actor"),
]
