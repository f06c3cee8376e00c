"""Addresses that forms ask while somebody types, at ``/completion/``."""

from django.urls import path

from terreau.actors import completion_views as views

urlpatterns = [
    path("organisations/", views.organisations, name="complete_organisations"),
    path("communes/", views.communes_page, name="complete_communes"),
]
