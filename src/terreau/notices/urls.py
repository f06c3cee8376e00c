"""Addresses of this room, at ``/compte/``."""

from django.urls import path

from terreau.notices import views

urlpatterns = [path("messages/", views.inbox, name="notices")]
