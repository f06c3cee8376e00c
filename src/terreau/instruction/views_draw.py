"""The draws of a call: read and done again by anybody; announced, listed and drawn by officers."""

from __future__ import annotations

import shlex
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from terreau.accounts.models import User
from terreau.accounts.second_factor import sensitive
from terreau.calls import perms, read
from terreau.calls.models import Call
from terreau.calls.perms import Standing
from terreau.common.errors import NotFoundError, RefusedError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.exchanges.acting import Act, Played, play
from terreau.instruction import assigning, draws, lots
from terreau.instruction.forms import AnnounceForm, ListForm, SeedForm
from terreau.instruction.models import Draw
from terreau.instruction.showing import places, show
from terreau.journal.actions import counting_refusals

DRAWN = (
    Column(gettext_lazy("Rang du tirage"), lambda one: one["rank"], "integer"),
    Column(gettext_lazy("Numéro de dossier"), lambda one: one["name"]),
    Column(gettext_lazy("Empreinte SHA-256"), lambda one: one["digest"]),
)


@require_http_methods(["GET", "HEAD", "POST"])
def draw(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The draws of a call. Public like the call: numbers of files alone are shown, never a name."""
    call = read.find(slug)
    if not perms.can_see(request.user, call):
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    held = perms.standing(request.user, call)
    rows = list(Draw.objects.filter(call=call).select_related("call__subject", "call__programme"))
    asked = _uuid(request.GET.get("tirage", ""))
    drawn = next((one for one in rows if one.pk == asked), None)
    result = drawn.result if drawn else []
    if made := export_response(request, result, DRAWN, f"tirage-{slug}", title=_("Tirage au sort")):
        return made
    page = _Page(request.user, call, held, rows)
    if request.method == "POST":
        page.allow()
        return _proved(request, page)
    return _played(request, page)


@sensitive
def _proved(request: HttpRequest, page: _Page) -> HttpResponseBase:
    return _played(request, page)


def _played(request: HttpRequest, page: _Page) -> HttpResponseBase:
    played = play(request, page.acts, request.path)
    if not isinstance(played, Played):
        return played
    context = {
        **page.context(played),
        "places": places(request, page.call.slug, page.held),
        "call": page.call,
        "held": page.held,
    }
    return show(request, "instruction/draw.html", context, status=played.status)


class _Page:
    """What the page of draws does and shows."""

    def __init__(self, user: Any, call: Call, held: Standing, rows: list[Draw]) -> None:
        self.user, self.call, self.held, self.rows = user, call, held, rows
        self.runs = held.owner or held.officer
        choices = [(str(pk), ref) for pk, ref in self._files()] if self.runs else []
        self.acts = {
            "announce": Act(self.allow, AnnounceForm, self._announce),
            "list": Act(self.allow, partial(ListForm, choices=choices), self._list),
            "draw": Act(self.allow, SeedForm, self._draw),
        }

    def _files(self) -> list[tuple[UUID, str]]:
        rows = assigning.files(self.call).select_related("call").order_by("number")
        return [(one.pk, one.reference) for one in rows]

    def allow(self) -> None:
        """Refuse (403, journalled) to who does not instruct the call."""
        if not self.runs:
            by = self.user if isinstance(self.user, User) else None
            with counting_refusals(self.call.subject, "draw.run", by=by):
                raise RefusedError("no_role", _("Il faut instruire cet appel pour faire cela."))

    def _announce(self, form: AnnounceForm) -> str:
        told = form.cleaned_data
        draws.announce(
            self.call,
            purpose=told["purpose"],
            places=told["places"],
            rule=told["rule"],
            seed=told["seed"],
            seed_day=told["seed_day"],
            by=self.user,
        )
        return _("Le tirage est annoncé : tout le monde lit sa règle.")

    def _row(self, about: str) -> Draw:
        found = next((one for one in self.rows if one.pk == _uuid(about)), None)
        if found is None:
            raise NotFoundError("unknown_draw", _("Ce tirage n'existe pas."))
        return found

    def _list(self, form: ListForm) -> str:
        told = form.cleaned_data
        row = draws.fix_list(self._row(told["about"]), [UUID(one) for one in told["chosen"]], by=self.user)
        return _("La liste est fixée : %(n)d dossiers.") % {"n": len(row.names)}

    def _draw(self, form: SeedForm) -> str:
        told = form.cleaned_data
        draws.draw_now(self._row(told["about"]), seed=told["seed"], by=self.user)
        return _("Le tirage est fait ; chacun peut le refaire.")

    def context(self, played: Played) -> dict[str, Any]:
        """Return what the template draws."""
        today = timezone.localdate()
        return {
            "forms": played,
            "runs": self.runs,
            "open": self.call.phase() in {"announced", "open"},
            "draws": [
                {
                    "row": one,
                    "seed": shlex.quote(one.seed),
                    "right": draws.verified(one) if one.drawn_at else None,
                    "list": lots.list_text(one.names) if one.listed_at else "",
                    "chosen": one.result[: one.places],
                    "others": one.result[one.places :],
                    "known": bool(one.seed) or (one.seed_day is not None and one.seed_day <= today),
                }
                for one in self.rows
            ],
        }


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
