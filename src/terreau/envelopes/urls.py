"""Addresses of the room."""

from django.urls import URLPattern, URLResolver, path

from terreau.envelopes import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("programmes/<slug:slug>/enveloppe/", views.envelope, name="envelope"),
]
