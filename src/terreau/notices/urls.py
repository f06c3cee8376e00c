"""Addresses of this room, at ``/compte/``."""

from django.urls import path

from terreau.notices import views

urlpatterns = [
    path("messages/", views.inbox, name="notices"),
    path("messages/rythme/", views.choose, name="notices_rhythm"),
    path("messages/arret/<str:token>/", views.stop, name="notices_stop"),
]
