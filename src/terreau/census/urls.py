"""Addresses of the census at the root of the site: to report, to answer a personal link, to moderate."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
