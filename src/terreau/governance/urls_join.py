"""Addresses of a pole for who wants to join it or reads what it publishes, under /poles/<slug>/."""

from django.urls import URLPattern, URLResolver, path

from terreau.governance import views_admissions, views_statutes

urlpatterns: list[URLPattern | URLResolver] = [
    path("rejoindre/", views_admissions.join, name="pole_join"),
    path("rejoindre/<uuid:pk>/", views_admissions.asked, name="pole_join_request"),
    path("textes/<slug:kind>/<int:number>/", views_statutes.published, name="pole_statute"),
]
