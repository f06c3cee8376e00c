"""Decisions: those to be taken together, those taken with their history, one in place of another."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from terreau.accounts.second_factor import sensitive
from terreau.calls.perms import CallSpace
from terreau.common.errors import DomainError, NotFoundError, RefusedError, StaleWriteError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.dossiers import announcing
from terreau.exchanges.acting import Act, Played, play
from terreau.selection import deciding, perms, read, views
from terreau.selection.forms import DecideForm, SittingForm
from terreau.selection.models import Decision, Outcome, Session
from terreau.selection.read import Row, Sheet

COLUMNS = (
    Column(gettext_lazy("Rang"), lambda one: one.rank, "integer"),
    Column(gettext_lazy("Numéro de dossier"), lambda one: one.dossier.reference),
    Column(gettext_lazy("Intitulé"), lambda one: one.dossier.name),
    Column(gettext_lazy("Candidat"), lambda one: one.dossier.applicant.name),
    Column(gettext_lazy("Région"), lambda one: one.region),
    Column(gettext_lazy("Décision"), lambda one: str(one.decision.get_outcome_display())),
    Column(gettext_lazy("Montant en euros"), lambda one: one.decision.amount, "number"),
    Column(gettext_lazy("Motif"), lambda one: one.decision.reason),
    Column(gettext_lazy("Décidé le"), lambda one: timezone.localdate(one.decision.at), "date"),
    Column(gettext_lazy("Exemple fictif"), lambda one: one.dossier.example, "boolean"),
)


@require_http_methods(["GET", "HEAD", "POST"])
def decisions(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The decisions of a call. Taking one asks for a proof of who one is."""
    page = _Decisions(request, perms.enter(request, slug))
    title = _("Décisions de l'appel « %(name)s »") % {"name": page.space.call.title}
    if made := export_response(request, page.decided, COLUMNS, f"decisions-{slug}", title=title):
        return made
    if request.method == "POST":
        page.allow()
        return _proved(request, page)
    return _played(request, page)


@sensitive
def _proved(request: HttpRequest, page: _Decisions) -> HttpResponseBase:
    return _played(request, page)


def _played(request: HttpRequest, page: _Decisions) -> HttpResponseBase:
    played = play(request, page.acts, request.path)
    if not isinstance(played, Played):
        return played
    return views.show(
        request, page.space, "selection/decisions.html", page.context(played), status=played.status
    )


def _keeping(do: Callable[[Any], str]) -> Callable[[Any], str]:
    """Do it; what the envelope or the instruction refuses is said in the form, which keeps what was typed."""

    def kept(form: Any) -> str:
        try:
            return do(form)
        except RefusedError as error:
            if error.status != 409 and error.code != "move_refused":
                raise
            raise DomainError(error.code, error.message, facts=error.facts, status=409) from error

    return kept


def _taken(count: int, *, hidden: bool) -> str:
    words = (
        ngettext(
            "%(count)d décision est prise : le candidat la lira à la publication des résultats.",
            "%(count)d décisions sont prises : les candidats les liront à la publication des résultats.",
            count,
        )
        if hidden
        else ngettext(
            "%(count)d décision est prise : le candidat est prévenu.",
            "%(count)d décisions sont prises : les candidats sont prévenus.",
            count,
        )
    )
    return words % {"count": count}


class _Decisions:
    """What the page of decisions holds, read once."""

    def __init__(self, request: HttpRequest, space: CallSpace) -> None:
        self.request, self.space = request, space

    @cached_property
    def sheet(self) -> Sheet:
        """The table of the committee as the person sees it."""
        return read.sheet(self.space.call, user=self.space.user, held=self.space.standing)

    @cached_property
    def decided(self) -> list[Row]:
        """The files decided, laureates first, then the reserve list in its order, then the others."""
        order = {Outcome.LAUREATE.value: 0, Outcome.RESERVE.value: 1, Outcome.REFUSED.value: 2}
        rows = [row for row in self.sheet.rows if row.decision]
        return sorted(rows, key=lambda row: (order[row.outcome], row.rank, row.dossier.number))

    @cached_property
    def _sessions(self) -> Any:
        return Session.objects.filter(committee=self.space.call.pk)

    @property
    def _proposed(self) -> str:
        """What stands to be decided, in a word: how many proposals, and the last of them."""
        keys = [row.proposal.pk for row in self.sheet.waiting if row.proposal]
        return f"{len(keys)}-{max(keys, default=0)}"

    def allow(self) -> None:
        """Refuse (403, journalled) who does not decide in this call."""
        perms.require(self.space.call, self.space.user, *perms.DECIDERS)

    @property
    def acts(self) -> dict[str, Act]:
        """What may be done here."""
        rows = [row for row in self.sheet.rows if row.decision]
        return {
            "all": Act(
                self.allow,
                partial(SittingForm, sessions=self._sessions, proposed=self._proposed),
                _keeping(self._all),
            ),
            "change": Act(self.allow, partial(DecideForm, rows=rows), _keeping(self._change)),
        }

    def _all(self, form: SittingForm) -> str:
        waiting = self.sheet.waiting
        if not waiting:
            raise DomainError("nothing_proposed", _("Rien n'est proposé : commencez par le classement."))
        if form.cleaned_data["seen"] not in {"", self._proposed}:
            words = _("Des propositions viennent de changer : relisez-les avant de décider.")
            raise StaleWriteError("proposals_moved", words)
        made = deciding.decide_all(
            [row.dossier for row in waiting],
            by=self.space.user,
            session=form.cleaned_data["session"],
            ranks={row.dossier.pk: row.rank for row in waiting},
        )
        return _taken(len(made), hidden=announcing.hides(self.space.call))

    def _change(self, form: DecideForm) -> str:
        said = form.cleaned_data
        row = next((one for one in self.sheet.rows if one.dossier.pk == UUID(said["dossier"])), None)
        if row is None:
            raise NotFoundError("not_found", _("Ce dossier n'existe pas, ou n'est pas pour vous."))
        drawn, stands = said["drawn"], row.decision
        unseen = stands is not None and drawn is not None and stands.at.timestamp() > drawn
        made = deciding.decide(
            row.dossier,
            said["outcome"],
            cents=said["cents"] if said["outcome"] == Outcome.LAUREATE else None,
            reason=said["reason"],
            by=self.space.user,
            rank=row.rank,
            seen=stands.pk if stands and not unseen else None,
        )
        words = _("« %(name)s » : %(outcome)s. La décision d'avant reste dans l'histoire.")
        return words % {"name": row.dossier.name, "outcome": made.get_outcome_display()}

    def context(self, played: Played) -> dict[str, Any]:
        """What the template draws."""
        keys = [row.dossier.pk for row in self.decided]
        history: dict[UUID, list[Decision]] = {}
        for one in Decision.objects.filter(dossier__in=keys).select_related("by").order_by("-at", "-pk"):
            history.setdefault(one.dossier_id, []).append(one)
        waiting = self.sheet.waiting
        lacking = [
            row
            for row in waiting
            if row.proposed == Outcome.REFUSED and not (row.proposal and row.proposal.reason)
        ]
        return {
            "sheet": self.sheet,
            "forms": played,
            "waiting": waiting,
            "lacking": lacking,
            "hidden": announcing.hides(self.space.call),
            "engaged": sum(row.cents or 0 for row in waiting),
            "decided": [(row, history.get(row.dossier.pk, [])[1:]) for row in self.decided],
        }
