"""Addresses of the census at the root of the site: to report, to answer a personal link, to moderate."""

from django.urls import URLPattern, URLResolver, path

from terreau.census import (
    views_campaigns,
    views_duplicates,
    views_moderation,
    views_networks,
    views_presence,
    views_proposals,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("reseaux/", views_networks.index, name="networks"),
    path("autres-regroupements/", views_networks.groupings, name="groupings"),
    path("moderation/", views_moderation.moderation, name="moderation"),
    path("moderation/prendre/", views_moderation.take, name="moderation_take"),
    path("moderation/signalements/<uuid:ident>/", views_moderation.report, name="report_qualify"),
    path("moderation/poles/<slug:slug>/", views_moderation.qualify, name="pole_qualify"),
    path("moderation/poles/<slug:slug>/etat/", views_moderation.move, name="pole_move_status"),
    path("moderation/poles/<slug:slug>/fermer/", views_moderation.close_or_reopen, name="pole_close"),
    path("moderation/poles/<slug:slug>/reconnaitre/", views_moderation.recognise, name="pole_recognise"),
    path(
        "moderation/poles/<slug:slug>/reconnaissances/<int:row>/fin/",
        views_moderation.end_recognition,
        name="pole_end_recognition",
    ),
    path("campagnes/", views_campaigns.index, name="campaigns"),
    path("campagnes/<int:year>/", views_campaigns.campaign, name="campaign"),
    path("doublons/", views_duplicates.listed, name="duplicates"),
    path("doublons/<int:number>/", views_duplicates.pair, name="duplicate"),
    path("acteurs/<uuid:ident>/proposer/", views_proposals.propose_actor, name="actor_propose"),
    path("presence/<uuid:ident>/", views_presence.beat, name="presence"),
    path("propositions/<uuid:ident>/", views_proposals.proposal, name="proposal"),
    path("propositions/<uuid:ident>/retirer/", views_proposals.withdraw, name="proposal_withdraw"),
    path("propositions/suivi/<str:token>/", views_proposals.followed, name="proposal_link"),
    path(
        "propositions/suivi/<str:token>/retirer/",
        views_proposals.withdraw_by_link,
        name="proposal_link_withdraw",
    ),
]
