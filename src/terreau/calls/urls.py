"""Addresses of the room."""

from django.urls import URLPattern, URLResolver, path

from terreau.calls import views_public

urlpatterns: list[URLPattern | URLResolver] = [
    path("appels/", views_public.calls, name="calls"),
    path("appels/<slug:slug>/", views_public.call, name="call"),
    path("appels/<slug:slug>/puis-je/", views_public.may_i, name="call_eligibility"),
    path("programmes/", views_public.programmes, name="programmes"),
    path("programmes/<slug:slug>/", views_public.programme, name="programme"),
]
