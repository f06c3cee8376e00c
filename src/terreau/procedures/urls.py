"""Addresses of the room."""

from django.urls import URLPattern, URLResolver, path

from terreau.procedures import feeds

urlpatterns: list[URLPattern | URLResolver] = [
    path("appels/calls.json", feeds.calls_json, name="calls_json"),
    path("appels/flux.atom", feeds.calls_feed, name="calls_feed"),
]
