"""Addresses of the actors' pages, under /acteurs/: the directory is its room's, one actor crosses rooms."""

from django.urls import include, path

from terreau.web import actor_pages, vcards

urlpatterns = [
    path("", include("terreau.actors.urls")),
    path("<uuid:ident>/", actor_pages.actor, name="actor"),
    path("<uuid:ident>/carte.vcf", vcards.actor, name="actor_card"),
]
