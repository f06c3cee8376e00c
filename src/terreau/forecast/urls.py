"""Addresses of the room, under /poles/<slug>/espace/."""

from django.urls import path

from terreau.forecast import views_cash, views_fundings

urlpatterns = [
    path("previsions/", views_fundings.index, name="espace_forecast"),
    path("previsions/annees/", views_fundings.years, name="espace_forecast_years"),
    path("previsions/financements/nouveau/", views_fundings.new, name="espace_funding_new"),
    path("previsions/financements/<uuid:pk>/", views_fundings.funding, name="espace_funding"),
    path("previsions/financements/<uuid:pk>/modifier/", views_fundings.edit, name="espace_funding_edit"),
    path("previsions/tresorerie/", views_cash.cash, name="espace_cash"),
    path("previsions/lignes/nouvelle/", views_cash.new_line, name="espace_cash_line_new"),
    path("previsions/lignes/<uuid:pk>/", views_cash.line, name="espace_cash_line"),
]
