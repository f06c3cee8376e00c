"""Addresses that providers of identity know: one for both languages."""

from django.urls import path

from terreau.accounts import oidc

urlpatterns = [
    path("<slug:provider_id>/", oidc.login, name="openid_connect_login"),
    path("<slug:provider_id>/retour/", oidc.callback, name="openid_connect_callback"),
]
