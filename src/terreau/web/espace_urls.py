"""Addresses of the workspace pages that cross rooms, under /poles/<slug>/espace/."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
