"""Addresses of the account pages, in French, at ``/compte/``."""

from allauth.account import views
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from allauth.socialaccount import views as social
from django.urls import path, re_path

from terreau.accounts.views import enrol, erase, export, home, mine, sessions

_account = [
    path("", home, name="account_home"),
    path("connexion/", views.login, name="account_login"),
    path("deconnexion/", views.logout, name="account_logout"),
    path("inscription/", views.signup, name="account_signup"),
    path("inactif/", views.account_inactive, name="account_inactive"),
    path("mot-de-passe/oublie/", views.password_reset, name="account_reset_password"),
    path("mot-de-passe/oublie/envoye/", views.password_reset_done, name="account_reset_password_done"),
    # The identifier has no hyphen, the key has some.
    re_path(
        r"^mot-de-passe/nouveau/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "mot-de-passe/nouveau/fait/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("mot-de-passe/changer/", views.password_change, name="account_change_password"),
    path("mot-de-passe/choisir/", views.password_set, name="account_set_password"),
    path("confirmer-acces/", views.reauthenticate, name="account_reauthenticate"),
    path("adresse/", views.email, name="account_email"),
    path("confirmer/", views.email_verification_sent, name="account_email_verification_sent"),
    path("confirmer/<key>/", views.confirm_email, name="account_confirm_email"),
    path("securite/sessions/", sessions, name="account_sessions"),
    path("mes-donnees/", mine, name="account_data"),
    path("mes-donnees/export.zip", export, name="account_data_export"),
    path("mes-donnees/effacer/", erase, name="account_erase"),
]

_factors = [
    path("securite/", factors.index, name="mfa_index"),
    path("securite/obligatoire/", enrol, name="account_enrol"),
    path("connexion/code/", factors.authenticate, name="mfa_authenticate"),
    path("connexion/cle/", keys.login_webauthn, name="mfa_login_webauthn"),
    path("confirmer-acces/code/", factors.reauthenticate, name="mfa_reauthenticate"),
    path("confirmer-acces/cle/", keys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("securite/application/activer/", totp.activate_totp, name="mfa_activate_totp"),
    path("securite/application/desactiver/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("securite/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("securite/codes/nouveaux/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("securite/codes/telecharger/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("securite/cles/", keys.list_webauthn, name="mfa_list_webauthn"),
    path("securite/cles/ajouter/", keys.add_webauthn, name="mfa_add_webauthn"),
    path("securite/cles/<int:pk>/retirer/", keys.remove_webauthn, name="mfa_remove_webauthn"),
    path("securite/cles/<int:pk>/nommer/", keys.edit_webauthn, name="mfa_edit_webauthn"),
]

_providers = [
    path("fournisseurs/", social.connections, name="socialaccount_connections"),
    path("fournisseurs/annule/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("fournisseurs/erreur/", social.login_error, name="socialaccount_login_error"),
    path("fournisseurs/inscription/", social.signup, name="socialaccount_signup"),
]

urlpatterns = _account + _factors + _providers
