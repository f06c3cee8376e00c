"""Addresses of the census under /poles/: to register a pole, to propose, to confirm."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
