"""The messages of who is signed in, how often they are sent, and the link that stops them."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from terreau.accounts.models import User
from terreau.design.paging import keyset
from terreau.notices import rhythm
from terreau.notices.actions import mark_read
from terreau.notices.models import Notice, Rhythm


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def inbox(request: HttpRequest) -> HttpResponse:
    """Show the messages, the last first; POST marks one (``id``) or all as read."""
    user = _person(request)
    if request.method == "POST":
        mark_read(user, _asked(request))
        return redirect("notices")
    rows = Notice.objects.filter(to=user)
    page = keyset(rows, ["-at", "id"], limit=25, cursor=request.GET.get("cursor"))
    context = {
        "page": page,
        "waiting": rows.filter(read_at=None).count(),
        "rhythms": Rhythm.choices,
        "chosen": rhythm.of(user),
    }
    return render(request, "notices/inbox.html", context)


@login_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep how often the person is written to."""
    rhythm.choose(_person(request), request.POST.get("rhythm", ""))
    messages.success(request, _("C'est enregistré."))
    return redirect("notices")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Stop the e-mails of whom the link is of, signed in or not; POST does it, from a program too (RFC 8058).

    GET asks, because programs that check mail follow links. The signed link is the proof, so that no guard of
    forms is needed: who has it can stop these e-mails or start them again, and nothing else.
    """
    user = rhythm.person(token)
    if request.method == "POST":
        rhythm.choose(user, Rhythm.DAILY if request.POST.get("encore") else Rhythm.NEVER)
    context = {"stopped": rhythm.of(user) == Rhythm.NEVER, "asked": request.method != "POST"}
    response = render(request, "notices/stop.html", context)
    add_never_cache_headers(response)
    response["Referrer-Policy"] = "no-referrer"
    return response


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


def _asked(request: HttpRequest) -> list[UUID] | None:
    asked = request.POST.getlist("id")
    if not asked:
        return None
    try:
        return [UUID(one) for one in asked]
    except ValueError:
        return []
