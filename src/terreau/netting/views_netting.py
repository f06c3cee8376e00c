"""The nettings of a pole: what waits for me, who takes part, a new proposal, what was done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Sum
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from terreau.actors.models import Actor
from terreau.common.errors import NotFoundError
from terreau.common.money import Euro
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.exchanges.acting import Act, Played, PressForm, play
from terreau.netting import answers, monthly, perms, proposal, read, rounds, statement, taking_part
from terreau.netting.forms import HabitForm, ProposeForm
from terreau.netting.models import LEFT, Aside, Line, Round
from terreau.poles import book
from terreau.poles.workspace import Workspace, enter, require_run, show

COLUMNS = (
    Column(gettext_lazy("Numéro"), lambda one: one.number, "integer"),
    Column(gettext_lazy("Calculée le"), lambda one: one.on, "date"),
    Column(gettext_lazy("État de la proposition"), lambda one: one.get_state_display()),
    Column(gettext_lazy("Répondre jusqu'au"), lambda one: one.expires_on, "date"),
    Column(gettext_lazy("Réglée le"), lambda one: one.settled_on, "date"),
    Column(gettext_lazy("Compensé pour vous en euros"), lambda one: one.mine_cleared, "number"),
    Column(gettext_lazy("Pourquoi"), lambda one: one.why_said),
)


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The nettings of a pole, for its people."""
    page = _Page(enter(request, slug))
    name = f"compensations-{page.ws.slug}"
    if made := export_response(request, page.rounds(), COLUMNS, name, title=_("Compensations")):
        return made
    played = play(request, page.acts(), request.path)
    if not isinstance(played, Played):
        return played
    return show(request, page.ws, "netting/index.html", page.context(played), status=played.status)


class _Page:
    """What the page of nettings holds."""

    def __init__(self, ws: Workspace) -> None:
        self.ws = ws
        self.asked: dict[str, Any] = {}

    def acts(self) -> dict[str, Act]:
        """What the buttons of the page do."""
        ws, asked = self.ws, self._asked
        habit = monthly.habit_of(ws.pole) if ws.runs else None
        first = {"expires_on": ws.today + timedelta(days=habit.days_to_answer if habit else rounds.DAYS)}

        def propose_form(*args: Any, **kwargs: Any) -> ProposeForm:
            return ProposeForm(*args, initial=first, **kwargs)

        def habit_form(*args: Any, **kwargs: Any) -> HabitForm:
            row = habit or monthly.habit_of(ws.pole)
            initial = {"day": row.day, "days_to_answer": row.days_to_answer, "seen": row.version}
            return HabitForm(*args, initial=initial, **kwargs)

        def run(verb: str) -> Any:
            return lambda: require_run(ws, verb=verb)

        return {
            "join": Act(lambda: None, PressForm, lambda form: self._join(asked(form))),
            "leave": Act(lambda: None, PressForm, lambda form: self._leave(asked(form))),
            "take_back": Act(lambda: None, PressForm, lambda form: self._take_back(asked(form))),
            "propose": Act(run("netting.propose"), propose_form, self._propose, after=self._proposed),
            "rhythm": Act(run("netting.rhythm"), habit_form, self._rhythm),
        }

    def _asked(self, form: PressForm) -> UUID:
        try:
            return UUID(form.cleaned_data["about"])
        except ValueError as error:
            raise NotFoundError("unknown_actor", _("Cette page ne sait pas faire cela.")) from error

    def _join(self, pk: UUID) -> str:
        actor = self._mine(pk)
        taking_part.start(self.ws.pole, actor, on=self.ws.today, by=self.ws.user)
        words = _(
            "%(name)s prend part : chaque proposition vous est soumise, rien ne se fait sans votre accord."
        )
        return words % {"name": actor.name}

    def _leave(self, pk: UUID) -> str:
        actor = self._mine(pk)
        row = read.waiting(self.ws.pole)
        taking_part.stop(self.ws.pole, actor.pk, by=self.ws.user)
        found = proposal.concerned(read.cuts(read.lines(row))) if row else frozenset()
        if row is not None and actor.pk in found and row.expires_on >= self.ws.today:
            answers.decline(row, actor, reason=LEFT, today=self.ws.today, by=self.ws.user)
        return _("%(name)s ne prend plus part.") % {"name": actor.name}

    def _mine(self, pk: UUID) -> Actor:
        """Return an actor of the pole in whose name the person speaks; others are refused, and counted."""
        actor = Actor.objects.select_related("subject").filter(pk=pk).first()
        if actor is None or pk not in {one.pk for one in book.parties(self.ws.pole, on=self.ws.today)}:
            raise NotFoundError("unknown_actor", _("Cette organisation n'est pas de ce pôle."))
        perms.require_engage(self.ws, pk, verb="netting.take_part")
        return actor

    def _take_back(self, pk: UUID) -> str:
        rows = Aside.objects.select_related("invoice__pole__actor__subject", "actor")
        row = rows.filter(pk=pk, invoice__pole=self.ws.pole, until=None).first()
        if row is None or not perms.reads(self.ws, row.actor_id):
            raise NotFoundError("unknown_aside", _("Cette facture n'est pas gardée à part."))
        perms.require_engage(self.ws, row.actor_id, verb="netting.take_back")
        taking_part.take_back(row, by=self.ws.user)
        return _("Cette facture peut de nouveau être compensée.")

    def _propose(self, form: ProposeForm) -> str:
        said = form.cleaned_data
        row = rounds.propose(
            self.ws.pole,
            today=self.ws.today,
            by=self.ws.user,
            expires_on=said["expires_on"],
            due_until=said["due_until"],
        )
        self.asked["made"] = row
        words = _("%(cleared)s peuvent être compensés : les organisations concernées sont prévenues.")
        return words % {"cleared": row.cleared}

    def _proposed(self) -> str:
        return reverse("espace_netting_round", args=[self.ws.slug, self.asked["made"].pk])

    def _rhythm(self, form: HabitForm) -> str:
        said = form.cleaned_data
        monthly.choose(
            self.ws.pole,
            day=said["day"],
            days_to_answer=said["days_to_answer"],
            seen=said["seen"],
            by=self.ws.user,
        )
        return _("Le rythme est enregistré.")

    def rounds(self) -> list[Any]:
        """Return the proposals that the person may read, with what each cancels for them: two queries."""
        lines = Line.objects.filter(round__pole=self.ws.pole)
        if not perms.reads_all(self.ws):
            # Whoever is concerned is cancelled a debt: no need to look at what they are owed.
            lines = lines.filter(debtor__in=self.ws.standing.speaks_for)
        cleared = Sum(F("before_cents") - F("after_cents"))
        sums = dict(lines.order_by().values_list("round").annotate(cleared=cleared))
        rows: list[Any] = [
            row
            for row in Round.objects.filter(pole=self.ws.pole).order_by("-number")
            if sums.get(row.pk) or perms.reads_all(self.ws)
        ]
        for row in rows:
            row.mine_cleared = Euro(sums.get(row.pk) or 0)
        return rows

    def context(self, played: Played) -> dict[str, Any]:
        """Return what the template draws."""
        ws = self.ws
        row = read.waiting(ws.pole)
        found = read.lines(row) if row else []
        parties = read.parties(row, found) if row else []
        concerned = [one for one in parties if one.actor.pk in ws.standing.speaks_for]
        of_pole = book.parties(ws.pole, on=ws.today)
        taking = taking_part.participants(ws.pole, on=ws.today)
        every = self.rounds()
        return {
            "forms": played,
            "waiting": row,
            "late": row is not None and row.expires_on < ws.today,
            "concerned": [
                {"party": one, "words": statement.in_words(one.gain), "answered": one.answer == read.YES}
                for one in concerned
            ],
            "missing": sum(one.answer != read.YES for one in parties),
            "asked": len(parties),
            "mine": [(one, one.pk in taking) for one in of_pole if one.pk in ws.standing.speaks_for],
            "taking": [one for one in of_pole if one.pk in taking],
            "rounds": [one for one in every if row is None or one.pk != row.pk],
            "asides": self._asides(),
            "ahead": self._ahead(taking) if ws.runs and row is None else None,
            "habit": monthly.habit_of(ws.pole),
            "next_day": self._next_day(every),
        }

    def _asides(self) -> list[Aside]:
        rows = Aside.objects.filter(invoice__pole=self.ws.pole, until=None)
        if not perms.reads_all(self.ws):
            rows = rows.filter(actor__in=self.ws.standing.speaks_for)
        return list(rows.select_related("invoice__seller", "invoice__buyer", "actor").order_by("since", "pk"))

    def _ahead(self, taking: frozenset[UUID]) -> dict[str, Any]:
        """Return what could be looked at now: how many invoices, for how much, between whom."""
        owed = read.owed(self.ws.pole, on=self.ws.today)
        between = [one for one in owed if one.debtor in taking and one.creditor in taking]
        words = ngettext(
            "%(n)d facture est ouverte entre les organisations qui prennent part, pour %(sum)s.",
            "%(n)d factures sont ouvertes entre les organisations qui prennent part, pour %(sum)s.",
            len(between),
        )
        return {
            "count": len(between),
            "words": words % {"n": len(between), "sum": Euro(sum(one.cents for one in between))},
            "outside": len(owed) - len(between),
            "out_sum": Euro(sum(one.cents for one in owed) - sum(one.cents for one in between)),
        }

    def _next_day(self, every: list[Any]) -> Any:
        if not self.ws.standing.animates:
            return None
        last = every[0].on if every else None
        return monthly.next_day(monthly.habit_of(self.ws.pole), last, self.ws.today)
