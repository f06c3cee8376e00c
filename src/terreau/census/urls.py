"""Addresses of the census at the root of the site: to report, to answer a personal link, to moderate."""

from django.urls import URLPattern, URLResolver, path

from terreau.census import views_proposals

urlpatterns: list[URLPattern | URLResolver] = [
    path("acteurs/<uuid:ident>/proposer/", views_proposals.propose_actor, name="actor_propose"),
    path("propositions/<uuid:ident>/", views_proposals.proposal, name="proposal"),
    path("propositions/<uuid:ident>/retirer/", views_proposals.withdraw, name="proposal_withdraw"),
    path("propositions/suivi/<str:token>/", views_proposals.followed, name="proposal_link"),
    path(
        "propositions/suivi/<str:token>/retirer/",
        views_proposals.withdraw_by_link,
        name="proposal_link_withdraw",
    ),
]
