"""Addresses of the room in the workspace of a pole, under /poles/<slug>/espace/."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
