"""Addresses of the charters, under /chartes/."""

from django.urls import path

from terreau.charters import views_charters, views_community, views_register, views_sign

urlpatterns = [
    path("", views_charters.index, name="charters"),
    # Before the charters: these words are no address of one (``writing.RESERVED``).
    path("nouvelle/", views_charters.begin, name="charter_begin"),
    path("lien/<str:token>/", views_sign.link, name="charter_link"),
    path("<slug:code>/", views_charters.charter, name="charter"),
    path("<slug:code>/deposer/", views_charters.deposit, name="charter_deposit"),
    path("<slug:code>/ecrire/", views_charters.write, name="charter_write"),
    path("<slug:code>/publier/", views_charters.publish, name="charter_publish"),
    path("<slug:code>/comparer/", views_charters.differences, name="charter_differences"),
    path("<slug:code>/signer/", views_sign.sign, name="charter_sign"),
    path("<slug:code>/signatures/<uuid:pk>/", views_sign.signature, name="charter_signature"),
    path("<slug:code>/signatures/<uuid:pk>/retirer/", views_sign.withdraw, name="charter_withdraw"),
    path("<slug:code>/signatures/<uuid:pk>/reconnaitre/", views_register.recognise, name="charter_recognise"),
    path("<slug:code>/signataires/", views_register.signatories, name="charter_signatories"),
    path("<slug:code>/inviter/", views_register.invite, name="charter_invite"),
    path("<slug:code>/inviter/<uuid:pk>/", views_register.invited, name="charter_invited"),
    path("<slug:code>/campagne/", views_register.campaign, name="charter_campaign"),
    path("<slug:code>/communaute/", views_community.page, name="charter_community"),
    path("<slug:code>/communaute/<uuid:pk>/", views_community.consultation, name="charter_consultation"),
    path("<slug:code>/communaute/<uuid:pk>/clore/", views_community.close, name="charter_consultation_close"),
]
