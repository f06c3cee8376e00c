"""Who sits in the committee: public once published; composed, seated and documented by the owner."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from terreau.calls import perms as calls
from terreau.calls import read as call_read
from terreau.calls.models import Call
from terreau.calls.perms import CallSpace
from terreau.common.errors import DomainError, NotFoundError
from terreau.exchanges.acting import Act, Played, PressForm, play
from terreau.selection import committee, perms, views
from terreau.selection.forms import ComposeForm, RulesForm, SeatForm, SessionForm
from terreau.selection.models import Committee, Seat, Session


@require_http_methods(["GET", "HEAD", "POST"])
def composition(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Who sits and since when; what was adopted. A stranger reads it once it is published."""
    call = call_read.find(slug)
    body = committee.of_call(call)
    held = calls.standing(request.user, call)
    reads = request.method != "POST" and not held.roles & set(perms.READERS)
    if reads and body and body.published_at and calls.can_see(request.user, call):
        return _public(request, call, body)
    page = _Composition(perms.enter(request, slug), body)
    played = play(request, page.acts, request.path)
    if not isinstance(played, Played):
        return played
    return views.show(
        request, page.space, "selection/composition.html", page.context(played), status=played.status
    )


def _public(request: HttpRequest, call: Call, body: Committee) -> HttpResponseBase:
    context = {"call": call, "body": body, "seats": _seats(body), "rules_url": _rules(body), "pages": []}
    return render(request, "selection/composition.html", context)


def _seats(body: Committee | None) -> list[Seat]:
    if body is None:
        return []
    return list(Seat.objects.filter(committee=body).select_related("sponsor"))


def _rules(body: Committee | None) -> str:
    return reverse("piece", args=[body.rules.pk]) if body and body.rules else ""


class _Composition:
    """What the page of the composition holds."""

    def __init__(self, space: CallSpace, body: Committee | None) -> None:
        self.space, self.body = space, body

    @property
    def _held(self) -> Committee:
        if self.body is None:
            raise DomainError("no_committee", _("Composez d'abord le comité de cet appel."), status=409)
        return self.body

    @property
    def acts(self) -> dict[str, Act]:
        """What may be done here."""
        known = {"name": self.body.name, "legal_basis": self.body.legal_basis} if self.body else {}
        today = timezone.localdate()
        seats = committee.seats_on(self.body, today) if self.body else Seat.objects.none()
        return {
            "compose": Act(self._owner, partial(ComposeForm, initial=known), self._compose),
            "seat": Act(
                self._owner, partial(SeatForm, call=self.space.call, initial={"since": today}), self._seat
            ),
            "unseat": Act(self._owner, PressForm, self._unseat),
            "publish": Act(self._owner, PressForm, self._publish),
            "rules": Act(self._owner, partial(RulesForm, initial={"on": today}), self._adopt),
            "session": Act(
                self._decider, partial(SessionForm, seats=seats, initial={"on": today}), self._session
            ),
        }

    def _owner(self) -> None:
        perms.require(self.space.call, self.space.user, *perms.OWNERS)

    def _decider(self) -> None:
        perms.require(self.space.call, self.space.user, *perms.DECIDERS)

    def _compose(self, form: ComposeForm) -> str:
        committee.compose(self.space.call, **form.cleaned_data, by=self.space.user)
        return _("Le comité est enregistré.")

    def _seat(self, form: SeatForm) -> str:
        row = committee.seat(self._held, **form.cleaned_data, by=self.space.user)
        return _("%(name)s siège au comité.") % {"name": row.name}

    def _unseat(self, form: PressForm) -> str:
        about = form.cleaned_data["about"]
        rows = Seat.objects.filter(committee=self.space.call.pk).select_related("committee__call__subject")
        row = rows.filter(pk=int(about)).first() if about.isascii() and about.isdecimal() else None
        if row is None:
            raise NotFoundError("not_found", _("Ce siège n'existe pas."))
        committee.unseat(row, by=self.space.user)
        return _("%(name)s ne siège plus à partir d'aujourd'hui.") % {"name": row.name}

    def _publish(self, _form: PressForm) -> str:
        committee.publish(self._held, by=self.space.user)
        return _("La liste des membres est publique.")

    def _adopt(self, form: RulesForm) -> str:
        sent = form.cleaned_data["piece"]
        committee.adopt_rules(self._held, sent, sent.name, on=form.cleaned_data["on"], by=self.space.user)
        return _("Le règlement intérieur est gardé ; il s'ouvre une fois vérifié par l'antivirus.")

    def _session(self, form: SessionForm) -> str:
        committee.hold(self._held, **form.cleaned_data, by=self.space.user)
        return _("La séance est notée.")

    def context(self, played: Played) -> dict[str, Any]:
        """What the template draws."""
        rows = Session.objects.filter(committee=self.space.call.pk).prefetch_related("present")
        return {
            "body": self.body,
            "seats": _seats(self.body),
            "rules_url": _rules(self.body),
            "forms": played,
            "owner": self.space.standing.owner,
            "sessions": list(rows),
            "today": timezone.localdate(),
        }
