"""Pages of the account beyond those of django-allauth: the account itself, its data, the factor it needs."""

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from terreau.accounts import open_sessions, personal, retention, second_factor
from terreau.accounts.forms import ErasureForm, ProfileForm
from terreau.accounts.models import User


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """The account: name shown, language of messages, and where the rest is."""
    user = _person(request)
    initial = {"name": user.name, "language": user.language}
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        User.objects.filter(pk=user.pk).update(**form.cleaned_data)
        messages.success(request, _("C'est enregistré."))
        return redirect("account_home")
    return render(request, "accounts/home.html", {"form": form, "protected": second_factor.has_one(user)})


@require_safe
def enrol(request: HttpRequest) -> HttpResponse:
    """Why a second factor is needed, and the two ways to have one; then back to what was asked."""
    if not request.user.is_authenticated:
        return redirect(settings.LOGIN_URL)
    back = request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        request.session["after_enrolment"] = back
    return render(request, "accounts/enrol.html", {"needed": second_factor.needed(request.user)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """Where the person is signed in; closes one session, or all the others."""
    user, current = _person(request), request.session.session_key
    if request.method == "POST":
        if asked := request.POST.get("fermer", ""):
            open_sessions.close(user, asked, current=current)
            messages.success(request, _("Cette session est fermée."))
        else:
            open_sessions.close_others(user, current=current)
            messages.success(request, _("Les autres sessions sont fermées. Celle-ci reste ouverte."))
        return redirect("account_sessions")
    open_sessions.remember(request, user)
    rows = open_sessions.of(user, current)
    context = {"rows": rows, "current": current, "lasts": retention.period("accounts.sessions").days}
    return render(request, "accounts/sessions.html", context)


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """What is held of the person, how long, how to take it away or erase it."""
    user = _person(request)
    counts = {
        "keys": Authenticator.objects.filter(user=user).count(),
        "providers": SocialAccount.objects.filter(user=user).count(),
    }
    return render(request, "accounts/data.html", {"counts": counts, "lines": retention.table()})


@login_required
@second_factor.sensitive
def export(request: HttpRequest) -> HttpResponseBase:
    """Everything that is held of the person, in one ZIP, after a proof."""
    response = HttpResponse(personal.archive(_person(request)), content_type="application/zip")
    name = f"terreau-mes-donnees-{timezone.localdate().isoformat()}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


@login_required
@second_factor.sensitive
def erase(request: HttpRequest) -> HttpResponseBase:
    """Erase the account, after a proof and the address written again; then one is a stranger."""
    user = _person(request)
    form = ErasureForm(request.POST or None, email=user.email)
    if request.method == "POST" and form.is_valid():
        personal.erase(user)
        logout(request)
        messages.success(request, _("Votre compte est effacé. Rien ne vous nomme plus ici."))
        return redirect("home")
    status = 422 if form.errors else 200
    return render(request, "accounts/erase.html", {"form": form}, status=status)


@require_GET
def policy(request: HttpRequest) -> HttpResponse:
    """What is held of people, why, how long, under which rule: public."""
    return render(request, "accounts/policy.html", {"lines": retention.table()})


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101
    return request.user
