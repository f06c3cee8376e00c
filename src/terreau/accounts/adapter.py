"""What Terreau asks of django-allauth."""

import secrets
from base64 import b32encode, urlsafe_b64encode
from hashlib import blake2b
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.accounts import oidc, open_sessions
from terreau.accounts.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """E-mail accounts, open to everybody; addresses are verified before the first entry."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Say whether a stranger may open an account."""
        return True

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Keep the name and the language of who signs up."""
        user.name = str(form.cleaned_data.get("name") or "").strip()
        user.language = _language()
        saved: User = super().save_user(request, user, form, commit=commit)
        return saved

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Who has a second factor proves it: a password, which may be stolen, is not asked in its place."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        stronger = [method for method in methods if method["id"] != "reauthenticate"]
        return stronger or methods

    def login(self, request: HttpRequest, user: User) -> None:
        """Open the session, and keep where, so that the person may close it from elsewhere."""
        super().login(request, user)
        open_sessions.remember(request, user)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Sign in, and let the rooms propose what the provider of identity says of the person."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if sociallogin := (kwargs.get("signal_kwargs") or {}).get("sociallogin"):
            oidc.propose(user, sociallogin)
        return response


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Accounts known by another provider of identity, beside the address and the password, never alone."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Refuse an answer that was not made for this sign-in."""
        oidc.check_nonce(sociallogin)

    def generate_state_param(self, state: dict[str, Any]) -> str:
        """Return 43 letters that nobody guesses: some providers refuse fewer than 32."""
        return secrets.token_urlsafe(32)

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> User:
        """Take the name and the address that the provider says; the address is verified by us as well."""
        user: User = super().populate_user(request, sociallogin, data)
        given, family = data.get("first_name") or "", data.get("last_name") or ""
        user.name = (data.get("name") or f"{given} {family}").strip()[:120]
        user.language = _language()
        return user


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors: their secrets are kept encrypted, under a key that the secret key gives."""

    def encrypt(self, text: str) -> str:
        """Return the text as the database keeps it."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the text that was encrypted; under another secret key, one that no code will match."""
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return b32encode(secrets.token_bytes(20)).decode()

    def get_totp_issuer(self) -> str:
        """Return the name that applications show."""
        return "Terreau"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return the name that browsers show; the identifier is the host, so keys follow the address."""
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return {**entity, "name": "Terreau"}

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002
        """Return the name proposed for a new key."""
        return str(_("Clé de cet appareil"))


def _cipher() -> Fernet:
    digest = blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=b"terreau-factors").digest()
    return Fernet(urlsafe_b64encode(digest))


def _language() -> str:
    return "en" if (get_language() or "fr").startswith("en") else "fr"
