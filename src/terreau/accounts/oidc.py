"""Signing in through another provider of identity (OpenID Connect): ProConnect, or that of an organisation.

Never the only way in. What is beyond django-allauth: a nonce that comes back in the signed token, user
information that comes as a signed token (ProConnect), the same person in both, and only the claims that serve
are kept. A SIRET that the provider says is a proposal, made by the rooms above (``on_claims``).
"""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from terreau.accounts.models import User

Proposal = Callable[[User, Mapping[str, Any]], None]

#: Claims that serve; the others are not kept.
_KEPT = ("sub", "email", "email_verified", "name", "given_name", "family_name", "usual_name", "siret")
_proposals: dict[str, Proposal] = {}


def on_claims(name: str, propose: Proposal) -> None:
    """Say what a room proposes from the claims of who has just signed in: ``propose(user, claims)``."""
    _proposals[name] = propose


def propose(user: User, sociallogin: Any) -> None:
    """Give the claims of a sign-in to the rooms that propose something."""
    data = sociallogin.account.extra_data or {}
    claims = data.get("userinfo") or data.get("id_token") or {}
    for room in _proposals.values():
        room(user, claims)


class Adapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """Speaks with the provider."""

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        """Return who signs in; refuse a token that is missing or user information of somebody else."""
        raw = kwargs["response"].get("id_token")
        if not raw:
            raise OAuth2Error("no id_token")
        identity = self._decode_id_token(app, raw)
        person = self._fetch_user_info(token.token)
        if person.get("sub") != identity.get("sub"):
            raise OAuth2Error("userinfo of another subject")
        return self.get_provider().sociallogin_from_response(
            request, {"userinfo": person, "id_token": identity}
        )

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        return self._signed(id_token, app)

    def _fetch_user_info(self, access_token: str) -> dict[str, Any]:
        """Return the claims, as JSON or as a signed token (``application/jwt``)."""
        with get_adapter().get_requests_session() as session:
            response = session.get(self.profile_url, headers={"Authorization": f"Bearer {access_token}"})
            response.raise_for_status()
        if response.headers.get("content-type", "").startswith("application/jwt"):
            return self._signed(response.text, self.get_provider().app)
        return dict(response.json())

    def _signed(self, token: str, app: Any) -> dict[str, Any]:
        config = self.openid_config
        found: dict[str, Any] = jwtkit.verify_and_decode(
            credential=token,
            keys_url=config["jwks_uri"],
            issuer=config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        return found


class Provider(OpenIDConnectProvider):  # type: ignore[misc]
    """A provider of identity of the settings."""

    oauth2_adapter_class = Adapter
    pkce_enabled_default = True

    def redirect(
        self, request: HttpRequest, process: str, next_url: Any = None, data: Any = None, **kwargs: Any
    ) -> HttpResponseBase:
        """Lead to the provider with a nonce, kept with the state until the answer."""
        nonce = secrets.token_urlsafe(32)
        given = kwargs.pop("auth_params", None) or self.get_auth_params()
        more = {**kwargs, "auth_params": {**given, "nonce": nonce}, "nonce": nonce}
        response: HttpResponseBase = super().redirect(request, process, next_url, data, **more)
        return response

    def extract_extra_data(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Keep what serves, nothing else of what the provider knows."""
        person = {name: data["userinfo"][name] for name in _KEPT if name in data["userinfo"]}
        return {"userinfo": person, "id_token": {"nonce": data["id_token"].get("nonce", "")}}

    def extract_common_fields(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return name and address; ProConnect says the family name as ``usual_name``."""
        fields: dict[str, Any] = super().extract_common_fields(data)
        return {**fields, "last_name": fields.get("last_name") or data["userinfo"].get("usual_name")}


def check_nonce(sociallogin: Any) -> None:
    """Refuse an answer that was not made for this very sign-in."""
    asked = (sociallogin.state or {}).get("nonce")
    data = sociallogin.account.extra_data
    told = data.pop("id_token", {}).get("nonce")
    if not asked or not told or not secrets.compare_digest(asked, told):
        raise PermissionDenied("nonce")


def login(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Lead to the provider; 404 when there is none of this name."""
    return _view(OAuth2LoginView, request, provider_id)


def callback(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Take the answer of the provider."""
    return _view(OAuth2CallbackView, request, provider_id)


def _view(kind: Any, request: HttpRequest, provider_id: str) -> HttpResponseBase:
    known = {app.provider_id for app in get_adapter().list_apps(request)}
    if provider_id not in known:
        raise Http404
    response: HttpResponseBase = kind.adapter_view(Adapter(request, provider_id))(request)
    return response
