"""The page where a pole says once a year what is still true."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from terreau.census import confirmations, perms
from terreau.census.forms_confirm import ConfirmForm
from terreau.census.models import Confirmation
from terreau.common.errors import DomainError, NotFoundError
from terreau.poles.models import Pole
from terreau.poles.perms import can_edit


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask line by line what is still true; a stranger finds nothing, a reader is refused."""
    pole = Pole.objects.select_related("actor__subject", "actor__source").filter(slug=slug).first()
    if pole is None:
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou il faut se connecter pour la voir."))
    allowed = can_edit(request.user, pole, on=timezone.localdate())
    perms.require(request.user, allowed, subject=pole.actor.subject, verb="pole.confirm")
    asked = confirmations.items(pole)
    form = ConfirmForm(request.POST if request.method == "POST" else None, asked=asked)
    if request.method == "POST" and form.is_valid():
        answers = form.all_true() if "tout" in request.POST else form.answers()
        try:
            confirmations.answer(pole, answers, by=request.user)  # type: ignore[arg-type]
        except DomainError as error:
            if error.status == 409:
                raise
            form.refuse(error)
        else:
            messages.success(request, _("Merci : la fiche dit qu'elle est confirmée à ce jour."))
            return redirect("pole_confirm", pole.slug)
    context = {
        "pole": pole,
        "form": form,
        "open": Confirmation.objects.filter(pole=pole, answered_at=None).first(),
        "last": pole.last_confirmed_on,
    }
    return render(request, "census/confirm.html", context, status=422 if form.is_bound else 200)
