"""Addresses of the official registers, under /imports/repertoires/."""

from django.urls import path

from terreau.directory import views

urlpatterns = [
    path("", views.registers, name="registers"),
    path("<uuid:pk>/", views.register_import, name="register_import"),
]
