"""Who does what in a call or a programme: named, dated, ended, by its owners."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from terreau.accounts.models import User
from terreau.calls import people, perms, read, wording
from terreau.calls.forms import RoleForm
from terreau.calls.models import Call, Programme, Role
from terreau.calls.perms import enter_programme
from terreau.calls.views_build import owned, proved_to_write, show
from terreau.common.errors import DomainError, NotFoundError, RefusedError
from terreau.exchanges.acting import refuse

_GET_POST: Final = ["GET", "HEAD", "POST"]


@require_http_methods(_GET_POST)
@proved_to_write
def call_people(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The people of a call; those of its programme are named with it."""
    space = owned(request, slug, "call.name_people")
    page = _People(space.call, space.user)
    if done := page.play(request):
        return done
    context = {**page.context(), "programme_roles": _shown(people.roles_in(space.call.programme))}
    return show(request, space, "calls/build_people.html", context, part="personnes", status=page.status)


@require_http_methods(_GET_POST)
@proved_to_write
def programme_people(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The people of a programme: its owners name them; one that has none gets them from the site."""
    programme, user = _programme(request, slug)
    page = _People(programme, user)
    if done := page.play(request):
        # Who gave a programme its first owner has nothing more to do here.
        return done if perms.standing_in_programme(user, programme).owner else redirect("programmes")
    context = {"programme": programme, **page.context()}
    response = render(request, "calls/programme_people.html", context, status=page.status)
    add_never_cache_headers(response)
    return response


def _programme(request: HttpRequest, slug: str) -> tuple[Programme, User]:
    if isinstance(request.user, User) and perms.may_begin(request.user):
        found = read.find_programme(slug)
        if not people.owners(found, timezone.localdate()).exists():
            return found, request.user
    programme, _standing, user = enter_programme(request, slug, "owner", verb="programme.name_people")
    return programme, user


class _People:
    """The people of a programme or of a call, and the form that names one more."""

    def __init__(self, place: Call | Programme, user: User) -> None:
        self.place, self.user = place, user
        sponsors = list(place.sponsors.all()) if isinstance(place, Call) else []
        initial = {"since": timezone.localdate(), "role": Role.Kind.OFFICER.value}
        self.make = partial(RoleForm, regions=people.regions(), sponsors=sponsors, initial=initial)
        self.form: Any = self.make()
        self.status = 200

    def play(self, request: HttpRequest) -> HttpResponseBase | None:
        """Name or end; the page itself when nothing was done."""
        if request.method != "POST":
            return None
        if request.POST.get("faire") == "finir":
            return self._end(request)
        self.form, self.status = self.make(request.POST), 422
        if not self.form.is_valid():
            return None
        values = self.form.cleaned_data
        try:
            people.name(
                self.place,
                values["email"],
                values["role"],
                since=values["since"],
                until=values["until"],
                zone=self.form.regions.get(values["zone"]),
                sponsor=self.form.sponsors.get(values["sponsor"]),
                by=self.user,
            )
        except RefusedError:
            raise
        except DomainError as error:
            refuse(self.form, error)
            self.status = error.status
            return None
        messages.success(request, _("Cette personne a le rôle, et le sait."))
        return redirect(request.path)

    def _end(self, request: HttpRequest) -> HttpResponseBase:
        asked = request.POST.get("role", "")
        row = people.roles_in(self.place).filter(pk=int(asked)).first() if asked.isdecimal() else None
        if row is None:
            raise NotFoundError("unknown_role", _("Ce rôle n'existe pas."))
        try:
            people.end(row, self.place, by=self.user)
        except DomainError as error:
            messages.error(request, str(error.message))
        else:
            messages.success(request, _("Ce rôle est fini."))
        return redirect(request.path)

    def context(self) -> dict[str, Any]:
        """What the page draws."""
        kinds = [(Role.Kind(code).label, words) for code, words in wording.ROLES.items()]
        return {"form": self.form, "roles": _shown(people.roles_in(self.place)), "kinds": kinds}


def _shown(rows: Any) -> list[dict[str, Any]]:
    today = timezone.localdate()
    return [
        {
            "row": one,
            "name": one.user.name or one.user.email,
            "ended": one.valid_to is not None and one.valid_to <= today,
        }
        for one in rows
    ]
