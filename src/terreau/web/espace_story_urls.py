"""Addresses of the yearly report and of the tree of a pole, under /poles/<slug>/espace/."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
