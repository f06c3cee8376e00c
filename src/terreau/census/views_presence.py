"""The sign of life that an edit page gives, and who else is there."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from terreau.actors.models import Actor
from terreau.actors.perms import can_edit
from terreau.census import perms, presence
from terreau.common.errors import NotFoundError


@never_cache
@require_POST
def beat(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Count the person in, and answer with who else is on the sheet; 404 to strangers, 403 to readers."""
    actor = Actor.objects.select_related("subject").filter(pk=ident).first()
    if actor is None:
        raise NotFoundError("not_found", _("Cette fiche n'existe pas."))
    allowed = can_edit(request.user, actor, on=timezone.localdate())
    perms.require(request.user, allowed, subject=actor.subject, verb="presence.beat")
    presence.beat(actor.subject, request.user, field=request.POST.get("champ", ""))  # type: ignore[arg-type]
    there = presence.others(actor.subject, request.user)  # type: ignore[arg-type]
    return render(request, "census/presence_others.html", {"others": there})
