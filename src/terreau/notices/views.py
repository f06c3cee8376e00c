"""The messages of who is signed in."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from terreau.accounts.models import User
from terreau.design.paging import keyset
from terreau.notices.actions import mark_read
from terreau.notices.models import Notice


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def inbox(request: HttpRequest) -> HttpResponse:
    """Show the messages, the last first; POST marks one (``id``) or all as read."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101
    if request.method == "POST":
        mark_read(user, _asked(request))
        return redirect("notices")
    rows = Notice.objects.filter(to=user)
    page = keyset(rows, ["-at", "id"], limit=25, cursor=request.GET.get("cursor"))
    waiting = rows.filter(read_at=None).count()
    return render(request, "notices/inbox.html", {"page": page, "waiting": waiting})


def _asked(request: HttpRequest) -> list[UUID] | None:
    asked = request.POST.getlist("id")
    if not asked:
        return None
    try:
        return [UUID(one) for one in asked]
    except ValueError:
        return []
