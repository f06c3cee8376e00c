"""Addresses of the pages of people and organisations, at ``/compte/``."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
