"""Addresses of the room, under /poles/<slug>/espace/."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
