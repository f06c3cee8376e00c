"""A second factor for those who decide, and a proof given again before what cannot be undone.

Who decides is said by the rooms above (``register``): moderators, officers, administrators. Without a second
factor they read what everybody reads, and nothing else until they have one. Whoever has a second factor
proves it again, not only a password, before a sensitive act (``sensitive``).
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import suspend_request
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts import roles_held
from terreau.accounts.models import User
from terreau.accounts.roles_held import remembering
from terreau.common.errors import RefusedError

P = ParamSpec("P")
Decides = Callable[[User], bool]

_deciders: dict[str, Decides] = {}
_deciding: set[str] = set()
_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
#: What one must be able to do before there is a second factor: enrol it, leave, prove who one is.
_ALWAYS = (
    "mfa_",
    "account_logout",
    "account_reauthenticate",
    "account_confirm_email",
    "account_email_verification_sent",
    "account_reset_password",
    "account_set_password",
    "account_enrol",
)
_SAFE = {"GET", "HEAD", "OPTIONS"}
#: The name by which ``roles_held.holds`` says that a person has a second factor.
FACTOR = "accounts.factor"
roles_held.ask(FACTOR, lambda user, _on: Authenticator.objects.filter(user=user, type__in=_FACTORS))


def register(name: str, decides: Decides) -> None:
    """Say who decides in a room: ``decides(user)`` is asked at each request of a person without a factor."""
    _deciders[name] = decides


def register_held(*names: str) -> None:
    """Say that whoever ``roles_held.holds`` these names decides: asked with all the others, in one query."""
    _deciding.update(names)


def has_one(user: User) -> bool:
    """Say whether the person has a second factor: an application or a passkey (codes alone are none)."""
    return bool(Authenticator.objects.filter(user=user, type__in=_FACTORS).exists())


def needed(user: Any) -> bool:
    """Say whether the person decides and has no second factor yet."""
    if not isinstance(user, User) or not user.is_active:
        return False
    held = roles_held.holds(user, timezone.localdate())
    if FACTOR in held:
        return False
    return not _deciding.isdisjoint(held) or any(decides(user) for decides in _deciders.values())


def recently_proved(request: HttpRequest) -> bool:
    """Say whether the person has just proved who they are, by their second factor when they have one."""
    user = request.user
    if not isinstance(user, User):
        return False
    proofs = [one for one in get_authentication_records(request, user) if one.get("reauthenticated")]
    if has_one(user):
        proofs = [one for one in proofs if one.get("method") == "mfa"]
    return bool(proofs) and time.time() - proofs[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT


def sensitive(
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Ask for a proof before a view that signs or cannot be undone; what was sent is done afterwards.

    A stranger goes to the sign-in page. Who has neither a password nor a factor is led to take one.
    """

    @wraps(view)
    def proved(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if recently_proved(request):
            return view(request, *args, **kwargs)
        if not request.user.is_authenticated:
            return suspend_request(request, resolve_url(settings.LOGIN_URL))  # type: ignore[no-any-return]
        if _wants_data(request):
            return _refusal("proof_needed", _("Confirmez d'abord que c'est bien vous."))
        methods = get_adapter(request).get_reauthentication_methods(request.user)
        if not methods:
            return HttpResponseRedirect(reverse("account_enrol"))
        return suspend_request(request, methods[0]["url"])  # type: ignore[no-any-return]

    return proved  # type: ignore[return-value]


class SecondFactorMiddleware:
    """Leads those who decide to their second factor; until then they are strangers who read.

    Reading: the page is made as for anybody; one that anybody may not see leads to the enrolment.
    Writing, and the pages of the account: the enrolment at once, or 403 ``second_factor_needed`` to programs.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        hidden = response.status_code in {401, 403, 404} or _to_sign_in(response)
        if hidden and getattr(request, "second_factor_needed", False):
            return enrol(request)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Let through what needs no factor; make the others strangers, or lead them to the enrolment."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            # A stranger: the session is not even looked at, so that the page is the same for all of them.
            return None
        name = (request.resolver_match.url_name if request.resolver_match else None) or ""
        with remembering(request):
            if name.startswith(_ALWAYS) or not needed(request.user):
                return None
        if request.method not in _SAFE or name.startswith("account_"):
            return enrol(request)
        request.second_factor_needed = True  # type: ignore[attr-defined]
        request.user = AnonymousUser()
        return None


def enrol(request: HttpRequest) -> HttpResponse:
    """Return the way to the enrolment; 403 with its code to a program."""
    if _wants_data(request):
        message = _("Votre rôle demande un second facteur : activez-le, puis recommencez.")
        return _refusal("second_factor_needed", message)
    target = reverse("account_enrol")
    back = request.get_full_path() if request.method in _SAFE else ""
    return HttpResponseRedirect(f"{target}?{urlencode({'next': back})}" if back else target)


def _refusal(code: str, message: str) -> HttpResponse:
    error = RefusedError(code, message)
    return JsonResponse(error.as_dict(), status=error.status)


def _wants_data(request: HttpRequest) -> bool:
    asked = request.headers.get("HX-Request") == "true" or request.path.startswith("/api/")
    return asked or request.headers.get("Accept", "").startswith("application/json")


def _to_sign_in(response: HttpResponse) -> bool:
    return response.status_code in {301, 302} and response.get("Location", "").startswith(
        resolve_url(settings.LOGIN_URL)
    )
