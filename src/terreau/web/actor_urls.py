"""Addresses of the actors' pages, under /acteurs/: the directory is its room's, one actor crosses rooms."""

from django.urls import include, path

from terreau.web import actor_pages, lists, pole_edit, pole_history, vcards

urlpatterns = [
    path("", include("terreau.actors.urls")),
    path("<uuid:ident>/", actor_pages.actor, name="actor"),
    path("<uuid:ident>/liste/<slug:name>/", lists.actor, name="actor_list"),
    path("<uuid:ident>/modifier/", pole_edit.actor, name="actor_edit"),
    path("<uuid:ident>/modifier/<slug:section>/", pole_edit.actor_section, name="actor_edit_section"),
    path("<uuid:ident>/historique/", pole_history.actor, name="actor_history"),
    path("<uuid:ident>/carte.vcf", vcards.actor, name="actor_card"),
]
