"""Addresses of this room."""

from django.urls import path

from terreau.actors import views

urlpatterns = [path("", views.actors, name="actors")]
