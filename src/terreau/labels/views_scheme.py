"""Pages of who owns a label: begin one, change what it says, its criteria, who keeps it; open and close
it.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from terreau.accounts.models import User
from terreau.accounts.second_factor import sensitive
from terreau.common.errors import DomainError, SignInNeededError
from terreau.exchanges.acting import Act, FreshForm, Played, PressForm, play
from terreau.labels import perms, schemes
from terreau.labels.forms import KeeperForm, NewSchemeForm, SchemeForm, VersionForm
from terreau.labels.models import Keeper, Scheme
from terreau.labels.perms import OWNS, SchemeSpace
from terreau.poles.workspace import refused

_PROVED = ("name", "end", "publish", "close")


class ChangeForm(FreshForm, SchemeForm):
    """What a label says, as two people may change it."""

    columns = SchemeForm.columns


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponseBase:
    """Begin a label in the name of an organisation that one animates."""
    if not isinstance(request.user, User):
        raise SignInNeededError("sign_in", _("Connectez-vous pour voir cette page."))
    owners, versions = perms.owning(request.user), schemes.usable()
    form = NewSchemeForm(request.POST if request.method == "POST" else None, owners=owners, versions=versions)
    if form.is_bound and form.is_valid():
        held = dict(form.cleaned_data)
        owner, version = form.owners[held.pop("owner")], form.versions[held.pop("version")]
        try:
            made = schemes.begin(owner, version, held, by=request.user)
            return redirect("label_build", slug=made.slug)
        except DomainError as error:
            refused(form, error)
    status = 422 if form.is_bound else 200
    return render(request, "labels/begin.html", {"form": form, "owners": owners}, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def build(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A label for who owns it."""
    space = perms.enter(request, slug, OWNS)
    asked = request.POST.get("faire", "") if request.method == "POST" else ""
    return _proved(request, space) if asked in _PROVED else _played(request, space)


@sensitive
def _proved(request: HttpRequest, space: SchemeSpace) -> HttpResponseBase:
    return _played(request, space)


def _played(request: HttpRequest, space: SchemeSpace) -> HttpResponseBase:
    row = space.scheme
    played = play(request, _acts(request, space), request.path)
    if not isinstance(played, Played):
        return played
    row.refresh_from_db()
    today = timezone.localdate()
    keepers = Keeper.objects.filter(scheme=row, valid_to=None).select_related("user")
    context = {
        "scheme": row,
        "forms": played,
        "keepers": list(keepers.order_by("role", "valid_from", "pk")),
        "today": today,
        "may_publish": row.state != Scheme.State.PUBLISHED,
    }
    return render(request, "labels/build.html", context, status=played.status)


def _acts(request: HttpRequest, space: SchemeSpace) -> dict[str, Act]:
    row, user = space.scheme, space.user

    def allow() -> object:
        return perms.enter(request, row.slug, OWNS)

    def change(form: Any) -> str:
        schemes.change(row, base=form.base, mine=form.mine, by=user)
        return _("C'est enregistré.")

    def use(form: VersionForm) -> str:
        schemes.use(row, form.versions[form.cleaned_data["version"]], by=user)
        return _("Les demandes à venir suivront ces critères.")

    def name(form: Any) -> str:
        schemes.name_keeper(row, form.cleaned_data["email"], form.cleaned_data["role"], by=user)
        return _("La personne est nommée, et prévenue.")

    def end(form: Any) -> str:
        held = Keeper.objects.select_related("scheme__subject").filter(
            scheme=row, pk=form.cleaned_data["about"] or 0
        )
        if (found := held.first()) is None:
            raise DomainError("unknown_keeper", _("Ce label n'a pas cette personne."), status=404)
        schemes.end_keeper(found, by=user)
        return _("Ce rôle est fini.")

    def publish(_form: Any) -> str:
        schemes.publish(row, by=user)
        return _("Le label est public et reçoit des demandes.")

    def close(_form: Any) -> str:
        schemes.close(row, by=user)
        return _("Le label ne reçoit plus de demandes.")

    return {
        "change": Act(allow, partial(ChangeForm, row=row), change),
        "use": Act(allow, partial(VersionForm, versions=schemes.usable()), use),
        "name": Act(allow, KeeperForm, name),
        "end": Act(allow, PressForm, end),
        "publish": Act(allow, PressForm, publish),
        "close": Act(allow, PressForm, close),
    }
