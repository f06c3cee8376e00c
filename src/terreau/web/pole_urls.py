"""Addresses of the poles' pages, under /poles/."""

from django.urls import path

from terreau.web import feeds, pole_pages

urlpatterns = [
    path("", pole_pages.poles, name="poles"),
    path("points.geojson", pole_pages.points, name="pole_points"),
    path("imprimer/", pole_pages.printed, name="poles_print"),
    path("flux.atom", feeds.poles, name="poles_feed"),
    path("<slug:slug>/", pole_pages.pole, name="pole"),
]
