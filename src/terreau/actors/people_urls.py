"""Addresses of the pages of people and organisations, at ``/compte/``."""

from django.urls import path

from terreau.actors import people_views as views

urlpatterns = [
    path("organisations/", views.organisations, name="organisations"),
    path("organisations/demandes/", views.requests, name="belonging_requests"),
    path("organisations/quitter/", views.leave, name="belonging_leave"),
    path("organisations/<uuid:ident>/rejoindre/", views.join, name="belonging_join"),
    path("organisations/<uuid:ident>/", views.people, name="belonging_people"),
    path("roles/", views.role_page, name="roles"),
]
