"""Addresses of the census under /poles/: to register a pole, to propose, to confirm."""

from django.urls import URLPattern, URLResolver, path

from terreau.census import views_campaigns, views_confirm, views_proposals

urlpatterns: list[URLPattern | URLResolver] = [
    path("<slug:slug>/proposer/", views_proposals.propose_pole, name="pole_propose"),
    path("<slug:slug>/campagne/<int:year>/", views_campaigns.answer, name="campaign_answer"),
    path("<slug:slug>/confirmer/", views_confirm.confirm, name="pole_confirm"),
]
