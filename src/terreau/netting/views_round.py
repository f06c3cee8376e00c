"""One proposal: what it changes for mine, the answers, the drawing; the statement of each organisation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from terreau.accounts.second_factor import sensitive
from terreau.actors.models import Actor
from terreau.common.errors import NotFoundError
from terreau.common.money import Euro
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.design.pdf import pdf_response
from terreau.exchanges.acting import Act, Played, PressForm, play
from terreau.netting import accounting, answers, drawing, perms, proposal, read, rounds, settling, statement
from terreau.netting.forms import AsideForm, DeclineForm, WhyForm
from terreau.netting.models import Line, Round
from terreau.netting.read import Party
from terreau.poles.workspace import Workspace, enter, require_run, show

#: What engages an organisation, or takes back what engaged it: a proof of who one is comes first.
_PROVED = ("accept-", "undo")
_MOST_ROWS = 200


@require_http_methods(["GET", "HEAD", "POST"])
def round_(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """One proposal, as the person may read it; what its people answer."""
    page = _Page(*_fetch(request, slug, pk))
    title = _("Compensation n° %(number)d") % {"number": page.row.number}
    name = f"compensation-{page.ws.slug}-{page.row.number}"
    if made := export_response(request, page.seen, LINES, name, title=title):
        return made
    asked = request.POST.get("faire", "") if request.method == "POST" else ""
    if asked.startswith(_PROVED) and asked in page.acts:
        page.acts[asked].allow()
        return _proved(request, page)
    return _played(request, page)


@sensitive
def _proved(request: HttpRequest, page: _Page) -> HttpResponseBase:
    return _played(request, page)


def _played(request: HttpRequest, page: _Page) -> HttpResponseBase:
    played = play(request, page.acts, request.path)
    if not isinstance(played, Played):
        return played
    if request.method == "POST":
        page = _Page(page.ws, rounds.fresh(page.row), page.found)
    return show(request, page.ws, "netting/round.html", page.context(played), status=played.status)


def _fetch(request: HttpRequest, slug: str, pk: UUID) -> tuple[Workspace, Round, list[Line]]:
    """Return a proposal for who may read it: those whom it concerns, and who animates the pole."""
    ws = enter(request, slug)
    rows = Round.objects.select_related("pole__actor__subject", "after")
    row = rows.filter(pole=ws.pole, pk=pk).first()
    found = read.lines(row) if row else []
    concerned = proposal.concerned(read.cuts(found))
    if row is None or not (perms.reads_all(ws) or concerned & ws.standing.speaks_for):
        raise NotFoundError("unknown_round", _("Cette page n'existe pas, ou n'est pas pour vous."))
    return ws, row, found


LINES = (
    Column(gettext_lazy("Numéro de facture"), lambda one: one.invoice.name),
    Column(gettext_lazy("Qui doit"), lambda one: one.debtor.name),
    Column(gettext_lazy("À qui"), lambda one: one.creditor.name),
    Column(gettext_lazy("À payer avant le"), lambda one: one.invoice.due, "date"),
    Column(gettext_lazy("Reste dû avant en euros"), lambda one: Euro(one.before_cents), "number"),
    Column(gettext_lazy("Compensé en euros"), lambda one: Euro(one.cleared_cents), "number"),
    Column(gettext_lazy("Reste dû après en euros"), lambda one: Euro(one.after_cents), "number"),
)


class _Page:
    """What the page of a proposal holds, read once."""

    def __init__(self, ws: Workspace, row: Round, found: list[Line]) -> None:
        self.ws, self.row, self.found = ws, row, found
        self.all = perms.reads_all(ws)
        self.waits = row.state == Round.State.PROPOSED
        self.late = self.waits and row.expires_on < ws.today

    @cached_property
    def seen(self) -> list[Line]:
        """The lines that the person reads: all for who animates, those of their organisations for others."""
        mine = self.ws.standing.speaks_for
        return [one for one in self.found if self.all or {one.debtor_id, one.creditor_id} & mine]

    @cached_property
    def parties(self) -> list[Party]:
        """The organisations that something is cancelled of, with their answers."""
        return read.parties(self.row, self.found)

    @cached_property
    def mine(self) -> list[Party]:
        """Those in whose name the person answers."""
        return [one for one in self.parties if one.actor.pk in self.ws.standing.speaks_for]

    @cached_property
    def moved(self) -> set[UUID]:
        """The invoices of which something else was settled since the proposal."""
        return {one.invoice for one in read.moved(read.cuts(self.found))} if self.waits else set()

    @cached_property
    def acts(self) -> dict[str, Act]:
        """What the buttons of the page do."""
        acts = {name: act for one in self.parties if self._shown(one) for name, act in self._of_party(one)}
        run = self._run
        acts["withdraw"] = Act(run("netting.withdraw"), WhyForm, self._withdraw)
        acts["close"] = Act(run("netting.close"), PressForm, self._close, after=self._following)
        acts["remind"] = Act(run("netting.remind"), PressForm, self._remind)
        acts["undo"] = Act(run("netting.undo"), WhyForm, self._undo)
        acts["renew"] = Act(self._living, PressForm, self._renew, after=self._following)
        return acts

    def _shown(self, one: Party) -> bool:
        return perms.reads(self.ws, one.actor.pk)

    def _run(self, verb: str) -> Callable[[], object]:
        return lambda: require_run(self.ws, verb=verb)

    def _living(self) -> None:
        """Anybody whom it concerns may have it made again once an invoice moved; not in a closed pole."""
        perms.require_living(self.ws, verb="netting.renew")

    def _of_party(self, one: Party) -> Iterator[tuple[str, Act]]:
        """Yield what the people of an organisation may do; who animates is refused, like anybody else."""
        actor, key = one.actor, one.actor.pk.hex

        def allow() -> None:
            perms.require_engage(self.ws, actor.pk, verb="netting.answer")

        def aside(*args: Any, **kwargs: Any) -> AsideForm:
            return AsideForm(*args, invoices=self._invoices(actor), **kwargs)

        yield f"accept-{key}", Act(allow, PressForm, lambda _form: self._accept(actor), after=self._following)
        yield (
            f"decline-{key}",
            Act(allow, DeclineForm, lambda form: self._decline(actor, form), after=self._following),
        )
        yield f"aside-{key}", Act(allow, aside, lambda form: self._aside(actor, form), after=self._following)

    def _invoices(self, actor: Actor) -> list[tuple[str, str]]:
        return [
            (str(one.invoice_id), f"{one.invoice.name}, {other.name}, {Euro(one.before_cents)}")
            for one in self.found
            if actor.pk in {one.debtor_id, one.creditor_id} and one.cleared_cents
            for other in (one.creditor if one.debtor_id == actor.pk else one.debtor,)
        ]

    # What is done

    def _accept(self, actor: Actor) -> str:
        row = answers.accept(self.row, actor, today=self.ws.today, by=self.ws.user)
        if row.state == Round.State.SETTLED:
            return _("Tout le monde a accepté : la compensation est réglée.")
        if row.state == Round.State.STALE:
            return " ".join((_("Rien n'est compensé."), row.why_said, self._then()))
        left = len(proposal.concerned(read.cuts(self.found)) - read.agreed(row))
        words = ngettext(
            "Votre accord est noté : on attend encore %(n)d organisation.",
            "Votre accord est noté : on attend encore %(n)d organisations.",
            left,
        )
        return words % {"n": left}

    def _decline(self, actor: Actor, form: DeclineForm) -> str:
        reason = form.cleaned_data["reason"]
        answers.decline(self.row, actor, reason=reason, today=self.ws.today, by=self.ws.user)
        return " ".join((_("Votre refus est noté : rien n'est compensé pour vous."), self._then()))

    def _aside(self, actor: Actor, form: AsideForm) -> str:
        wanted = form.cleaned_data["invoice"]
        invoice = next(one.invoice for one in self.found if str(one.invoice_id) == wanted)
        reason = form.cleaned_data["reason"]
        answers.keep_out(self.row, invoice, actor, reason=reason, today=self.ws.today, by=self.ws.user)
        return " ".join((_("Cette facture est gardée à part."), self._then()))

    def _withdraw(self, form: WhyForm) -> str:
        rounds.withdraw(self.row, reason=form.cleaned_data["reason"], by=self.ws.user)
        return _("La proposition est retirée.")

    def _close(self, _form: PressForm) -> str:
        answers.close(self.row, today=self.ws.today, by=self.ws.user)
        return self._then()

    def _remind(self, _form: PressForm) -> str:
        told = answers.remind(self.row, today=self.ws.today)
        if not told:
            return _(
                "Personne à prévenir : un rappel est déjà parti aujourd'hui, ou tout le monde a répondu."
            )
        words = ngettext("%(n)d personne est prévenue.", "%(n)d personnes sont prévenues.", told)
        return words % {"n": told}

    def _renew(self, _form: PressForm) -> str:
        answers.renew(self.row, today=self.ws.today, by=self.ws.user)
        return self._then()

    def _undo(self, form: WhyForm) -> str:
        settling.undo(self.row, reason=form.cleaned_data["reason"], by=self.ws.user)
        return _("La compensation est annulée : les factures sont dues comme avant.")

    def _next(self) -> Round | None:
        return Round.objects.filter(after=self.row).first()

    def _shown_next(self) -> Round | None:
        """Return what replaces this one; ``mine`` says whether the person may read it."""
        following: Any = self._next()
        if following is not None:
            following.mine = self.ws.standing.speaks_for & proposal.concerned(
                read.cuts(read.lines(following))
            )
        found: Round | None = following
        return found

    def _then(self) -> str:
        following = self._next()
        if following is None:
            return _("Il ne reste rien à compenser : la proposition est close.")
        return _("Une autre proposition la remplace : la n° %(number)d.") % {"number": following.number}

    def _following(self) -> str:
        """Return where to go: the proposal that replaces this one when the person may read it."""
        following: Any = self._shown_next()
        if following is None:
            return reverse("espace_netting_round", args=[self.ws.slug, self.row.pk])
        if self.all or following.mine:
            return reverse("espace_netting_round", args=[self.ws.slug, following.pk])
        return reverse("espace_netting", args=[self.ws.slug])

    # What is shown

    def context(self, played: Played) -> dict[str, Any]:
        """Return what the template draws."""
        row = self.row
        return {
            "row": row,
            "forms": played,
            "all": self.all,
            "waits": self.waits,
            "late": self.late,
            "moved": self.moved,
            "mine": [self._mine(one) for one in self.mine],
            "parties": self.parties if self.all else [],
            "missing": sum(one.answer != read.YES for one in self.parties),
            "silent": sum(one.answer == read.SILENT for one in self.parties),
            "count": len(self.parties),
            "seen": self.seen[:_MOST_ROWS],
            "looked": len(self.seen),
            "more": max(0, len(self.seen) - _MOST_ROWS),
            "untouched": sum(one.before_cents == one.after_cents for one in self.seen),
            "drawing": self._drawing(),
            "pairs": self._pairs,
            "notes": accounting.content().notes,
            "following": self._shown_next(),
            "before": row.after if self.all else None,
            "without": list(row.without.order_by("sort_key", "pk")) if self.all else [],
            "may_undo": self.ws.runs and settling.may_undo(row, read.cuts(self.found)),
            "refused": any(one.answer == read.NO for one in self.parties),
        }

    def _mine(self, one: Party) -> dict[str, Any]:
        key = one.actor.pk.hex
        found = statement.statement(self.row, one.actor, self.found)
        return {
            "party": one,
            "words": found.words,
            "entries": found.entries,
            "cleared": Euro(one.gain.cleared),
            "accept": f"accept-{key}",
            "decline": f"decline-{key}",
            "aside": f"aside-{key}",
            "moved": any(entry.invoice.pk in self.moved for entry in found.entries),
        }

    @cached_property
    def _pairs(self) -> list[dict[str, Any]]:
        """What each pair owes, before and after, of the lines that the person reads."""
        ends = {end.pk: end for one in self.seen for end in (one.debtor, one.creditor)}
        return [
            {
                "debtor": ends[debtor],
                "creditor": ends[creditor],
                "before": Euro(before),
                "cleared": Euro(before - after),
                "after": Euro(after),
            }
            for debtor, creditor, before, after in proposal.between(read.cuts(self.seen))
            if before != after
        ]

    def _drawing(self) -> str:
        arrows = [
            drawing.Arrow(
                one["debtor"].pk,
                one["creditor"].pk,
                one["before"].cents,
                one["after"].cents,
                f"{one['before']} → {one['after']}",
            )
            for one in self._pairs
        ]
        names = {end.pk: end.name for one in self._pairs for end in (one["debtor"], one["creditor"])}
        alt = _("Dessin de qui doit à qui, avant et après ; le tableau qui suit dit la même chose.")
        return drawing.drawn(arrows, names, alt) if arrows else ""


# The statement


@require_safe
def statement_page(request: HttpRequest, slug: str, pk: UUID, actor: UUID) -> HttpResponseBase:
    """The statement of one organisation, for its people and who animates the pole; a list to take away."""
    ws, found = _statement(request, slug, pk, actor)
    title = _("Relevé de compensation n° %(number)d") % {"number": found.round.number}
    if made := export_response(request, found.entries, statement.COLUMNS, _name(found), title=title):
        return made
    context = {
        "row": found.round,
        "statement": found,
        "words": found.words,
        "accounts": accounting.content(),
        "notes": accounting.content().notes,
    }
    return show(request, ws, "netting/statement.html", context)


@require_safe
def statement_pdf(request: HttpRequest, slug: str, pk: UUID, actor: UUID) -> HttpResponseBase:
    """The same as a tagged PDF."""
    ws, found = _statement(request, slug, pk, actor)
    footer = _("%(pole)s · proposition du %(day)s") % {
        "pole": ws.pole.actor.name,
        "day": date_format(found.round.on),
    }
    return pdf_response(statement.document(found, footer=footer), _name(found))


def _statement(
    request: HttpRequest, slug: str, pk: UUID, actor: UUID
) -> tuple[Workspace, statement.Statement]:
    ws, row, found = _fetch(request, slug, pk)
    ends = {end.pk: end for one in found for end in (one.debtor, one.creditor)}
    if actor not in proposal.concerned(read.cuts(found)) or not perms.reads(ws, actor):
        raise NotFoundError("unknown_statement", _("Cette page n'existe pas, ou n'est pas pour vous."))
    return ws, statement.statement(row, ends[actor], found)


def _name(found: statement.Statement) -> str:
    return f"compensation-{found.round.number}-{found.actor.pk.hex[-6:]}"


__all__ = ["round_", "statement_page", "statement_pdf"]
