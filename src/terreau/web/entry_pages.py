"""The first entry of a pole: begun, left, found again, submitted. Its steps are in ``entry_steps``.

Who has no account holds the secret of a draft in a private cookie, or in a link sent by e-mail.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.models import Belonging
from terreau.census import entry, entry_rules, lookalikes, parties, spam
from terreau.census.entry_rules import Entry
from terreau.census.models import Draft
from terreau.common.errors import DomainError, NotFoundError
from terreau.design.forms import BaseForm
from terreau.journal.actions import counting_refusals
from terreau.poles.models import Pole

#: The secrets of the drafts begun in this browser, the newest first, joined by points.
COOKIE = "terreau_brouillons"
_MOST_SECRETS = 8
#: What one connection may begin in a day (a room where many register at once is one), and mail to itself.
_DRAFTS_A_DAY, _LINKS_A_DAY = 60, 10


class BeginForm(BaseForm):
    """The only question of the first page."""

    name = forms.CharField(
        label=gettext_lazy("Nom du pôle"),
        help_text=gettext_lazy("Un nom provisoire suffit : vous pourrez le changer."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "enterkeyhint": "next"}),
    )


class MailForm(BaseForm):
    """Where to send the link of a draft."""

    email = forms.EmailField(
        label=gettext_lazy("Adresse électronique"),
        help_text=gettext_lazy("Elle sert à cet envoi seulement et n'est pas gardée."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


def person(request: HttpRequest) -> User | None:
    """Return who signed in."""
    return request.user if isinstance(request.user, User) else None


def private(view: Callable[..., HttpResponseBase]) -> Any:
    """Fetch the draft for who may have it, 404 for anybody else; kept by no cache, listed by no engine."""

    @never_cache
    @wraps(view)
    def found(request: HttpRequest, draft: UUID, **more: Any) -> HttpResponseBase:
        held = entry.find(draft, by=person(request), secrets=secrets_of(request))
        if request.method == "POST" and held.user_id is None and (user := person(request)):
            held = entry.claim(held, by=user)
        response = view(request, held, **more)
        response["X-Robots-Tag"] = "noindex"
        return response

    return found


def secrets_of(request: HttpRequest) -> list[str]:
    """Return the secrets that the cookie holds."""
    return [one for one in request.COOKIES.get(COOKIE, "")[:1000].split(".") if one][:_MOST_SECRETS]


def remember(request: HttpRequest, response: HttpResponseBase, token: str) -> None:
    """Put the secret of a draft first in the cookie, which no script reads and no other site sends."""
    held = [token, *(one for one in secrets_of(request) if one != token)][:_MOST_SECRETS]
    response.set_cookie(
        COOKIE,
        ".".join(held),
        max_age=int(entry.LASTS.total_seconds()),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def step_address(draft: Draft, step: str) -> str:
    """Return the address of a step of a draft."""
    return reverse("entry_step", args=[draft.pk, step])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponseBase:
    """Say what it takes, show the drafts to take up again, ask for the name; then the draft exists."""
    form = BeginForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            return _begun(request, form.cleaned_data["name"])
        except DomainError as error:
            if error.facts.get("field") != "name":
                raise
            form.add_error("name", str(error.message))
    drafts = entry.unfinished(by=person(request), secrets=secrets_of(request))
    context = {"form": form, "drafts": [described(draft) for draft in drafts]}
    return render(request, "web/entry/begin.html", context, status=422 if form.errors else 200)


def _begun(request: HttpRequest, name: str) -> HttpResponseBase:
    entry.checked({"name": name})
    user = person(request)
    if user is None:
        spam.count(request, "draft", most=_DRAFTS_A_DAY)
    draft, token = entry.start(name, by=user)
    response = redirect(step_address(draft, "porteur"))
    if token:
        remember(request, response, token)
    return response


def described(draft: Draft) -> dict[str, Any]:
    """Return a draft as lists show it: its name, when it was touched, the step where to go on."""
    held = Entry.read(draft.data)
    left = [step for step in entry_rules.empty(held) if step != "nom"]
    return {
        "draft": draft,
        "name": held.name,
        "next": step_address(draft, left[0] if left else "apercu"),
        "filled": len(entry_rules.STEPS) - 1 - len(entry_rules.empty(held)),
        "total": len(entry_rules.STEPS) - 1,
    }


@never_cache
@require_GET
def resume(request: HttpRequest, token: str) -> HttpResponseBase:
    """Open the personal link of a draft: this browser then holds it, and the address forgets the secret."""
    draft = entry.of_link(token)
    response = redirect(described(draft)["next"])
    remember(request, response, token)
    response["Referrer-Policy"] = "no-referrer"
    return response


@private
@require_POST
def send_link(request: HttpRequest, draft: Draft) -> HttpResponseBase:
    """Send the link of a draft begun without an account to the address typed."""
    back = request.POST.get("etape", "")
    back = step_address(draft, back if back in entry_rules.STEPS else "apercu")
    form = MailForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Cette adresse électronique n'est pas valable : le lien n'est pas parti."))
        return redirect(back)
    spam.count(request, "draft-link", most=_LINKS_A_DAY)
    token = entry.secret_of(draft, secrets_of(request))
    url = request.build_absolute_uri(reverse("entry_resume", args=[token or "-"]))
    if entry.mail_link(draft, form.cleaned_data["email"], token, url=url, language=get_language() or "fr"):
        messages.success(request, _("Le lien est parti. Il rouvre ce brouillon sur un autre appareil."))
    else:
        messages.error(
            request, _("Le courriel n'est pas parti : réessayez plus tard. Le brouillon est gardé.")
        )
    return redirect(back)


@private
@require_http_methods(["GET", "HEAD", "POST"])
def abandon(request: HttpRequest, draft: Draft) -> HttpResponseBase:
    """Ask, then forget the draft for good."""
    if request.method == "POST":
        entry.abandon(draft)
        messages.success(request, _("Le brouillon est effacé."))
        return redirect("entry")
    return render(request, "web/entry/abandon.html", described(draft))


@require_GET
def names(request: HttpRequest) -> JsonResponse:
    """Return the public organisations whose names begin as ``q`` does."""
    found = [[one.said, one.place] for one in parties.completions(request.GET.get("q", "")[:120])]
    return JsonResponse({"noms": found})


@private
@require_POST
def submit(request: HttpRequest, draft: Draft) -> HttpResponseBase:
    """Make the pole: the person speaks for it, has read it over, and says who sees it."""
    user = person(request)
    if user is None:
        return redirect(step_address(draft, "apercu"))
    if draft.submitted_at:
        return redirect("entry_done", draft=draft.pk)
    if not request.POST.get("parle"):
        messages.error(
            request, _("Cochez que vous parlez au nom de ce pôle, ou signalez-le sans l'inscrire.")
        )
        return redirect(step_address(draft, "apercu"))
    version = request.POST.get("version", "")
    public = request.POST.get("public") == "oui"
    try:
        with counting_refusals(None, "pole.register", by=user):
            entry.submit(draft, by=user, version=int(version) if version.isdecimal() else 0, public=public)
    except DomainError as error:
        if error.code not in {"stale_draft", "entry_incomplete", "address_not_confirmed"}:
            raise
        messages.error(request, str(error.message))
        return redirect(step_address(draft, "apercu"))
    return redirect("entry_done", draft=draft.pk)


@private
@require_GET
def done(request: HttpRequest, draft: Draft) -> HttpResponseBase:
    """Say that the pole is registered, who sees it, and what may come next."""
    if draft.pole is None:
        return redirect(step_address(draft, "apercu"))
    return render(request, "web/entry/done.html", {"pole": draft.pole, "actor": draft.pole.actor})


@private
@require_POST
def join(request: HttpRequest, draft: Draft) -> HttpResponseBase:
    """Ask to join a pole that is known instead of registering it twice; the draft stays as it is."""
    user = person(request)
    if user is None:
        return redirect(step_address(draft, "apercu"))
    held = Entry.read(draft.data)
    wanted = request.POST.get("pole", "")
    # Only what was shown can be asked for: another pole may not be public.
    pole = next((one.pole for one in lookalikes.lookalikes(held) if one.pole.slug == wanted), None)
    if pole is None:
        raise NotFoundError("unknown_pole", _("Ce pôle n'est pas de ceux qui ressemblent au vôtre."))
    role = Belonging.Role.ANIMATOR if request.POST.get("role") == "animator" else Belonging.Role.MEMBER
    message = _("Demande née d'une inscription : « %(name)s ».") % {"name": held.name}
    belonging.ask(user, pole.actor, role=role, message=message, by=user)
    messages.success(request, _asked(pole))
    return redirect("entry")


def _asked(pole: Pole) -> str:
    message = _("Votre demande de rejoindre « %(name)s » est envoyée. Votre brouillon reste là, au cas où.")
    return message % {"name": pole.actor.name}
