"""Pages of tenders: the list with the shared watch, one answer, its group, its result."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from terreau.actors.models import Actor
from terreau.census import parties
from terreau.common.errors import DomainError, NotFoundError, StaleWriteError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.exchanges import consortium, perms, results, rules, tenders, watching
from terreau.exchanges.acting import Act, Played, PressForm, play, refuse
from terreau.exchanges.forms_tenders import (
    AnswerForm,
    AskForm,
    BackForm,
    DoneForm,
    EndForm,
    LotForm,
    NeedForm,
    NewTenderForm,
    PieceForm,
    ReceiptForm,
    SaidForm,
    ShareForm,
    StepForm,
    TaskForm,
    TenderForm,
    WatchForm,
    recognised,
)
from terreau.exchanges.models import (
    InsertionHours,
    Lot,
    NeededSkill,
    Party,
    Skill,
    Task,
    Tender,
    TenderMove,
    Watch,
)
from terreau.exchanges.skills import named
from terreau.exchanges.written import members
from terreau.journal.actions import record
from terreau.pieces import actions as pieces
from terreau.pieces.models import Piece
from terreau.poles.workspace import Workspace, enter, require_voice, show

_GET_POST = ["GET", "HEAD", "POST"]
#: Buttons that move an answer on, and what they say.
_NEXT = {
    "study": gettext_lazy("Nous l'étudions"),
    "decide": gettext_lazy("Nous y répondons"),
    "submit": gettext_lazy("La réponse est déposée"),
    "win": gettext_lazy("Nous avons gagné"),
}


# The list and the watch


@require_http_methods(_GET_POST)
def index(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The tenders of a pole by what they wait for, and what its members saw for the others."""
    ws = enter(request, slug)
    rows = _listed(ws)
    made = export_response(request, rows, _COLUMNS, f"marches-{ws.slug}", title=_("Appels d'offres"))
    if made is not None:
        return made
    found = play(request, _watch_acts(ws), request.path)
    if not isinstance(found, Played):
        return found
    open_ = [one for one in rows if one.state in rules.TENDER_OPEN]
    context = {
        "forms": found,
        "watch": list(watching.current(ws.pole, on=ws.today)),
        "open": open_,
        "sent": [one for one in rows if one.state == rules.SUBMITTED],
        "ended": [one for one in rows if one.state in rules.TENDER_ENDED],
        "soon": ws.today + timedelta(days=15),
        "words": _skill_names(ws),
        "mine": ws.standing.speaks_for,
    }
    return show(request, ws, "exchanges/tenders.html", context, status=found.status)


def _listed(ws: Workspace) -> list[Tender]:
    """Return the tenders with how many answer and who leads: two queries."""
    leads = Party.objects.filter(lead=True).select_related("actor")
    inside = Count("parties", filter=~Q(parties__answer=Party.Answer.OUT))
    rows = Tender.objects.filter(pole=ws.pole).select_related("buyer").annotate(inside=inside)
    rows = rows.prefetch_related(Prefetch("parties", leads, to_attr="leads"))
    return list(rows.order_by("due_at", "title", "pk"))


def _buyer(row: Tender) -> str:
    return row.buyer.name if row.buyer else row.buyer_name


_COLUMNS = (
    Column(gettext_lazy("Objet du marché"), lambda row: row.title),
    Column(gettext_lazy("Acheteur"), _buyer),
    Column(gettext_lazy("Référence"), lambda row: row.reference),
    Column(gettext_lazy("État de la réponse"), lambda row: str(row.get_state_display())),
    Column(
        gettext_lazy("Offres à remettre au plus tard"),
        lambda row: timezone.localtime(row.due_at).strftime("%Y-%m-%d %H:%M") if row.due_at else "",
    ),
    Column(
        gettext_lazy("Mandataire du groupement"), lambda row: row.leads[0].actor.name if row.leads else ""
    ),
    Column(gettext_lazy("Organisations du groupement"), lambda row: row.inside, "integer"),
    Column(gettext_lazy("Montant de l'offre en centimes"), lambda row: row.offer_cents, "integer"),
    Column(gettext_lazy("Minutes d'insertion demandées"), lambda row: row.minutes_asked, "integer"),
    Column(gettext_lazy("Adresse de l'avis"), lambda row: row.url),
)


def _watch_acts(ws: Workspace) -> dict[str, Act]:
    actors = perms.voices(ws, members(ws.pole, on=ws.today))

    def put(form: WatchForm) -> str:
        values = {name: form.cleaned_data[name] for name in ("title", "kind", "text", "url", "source")}
        values |= {"due_on": form.cleaned_data["due_on"], "needs": form.cleaned_data["needs"]}
        watching.put(ws.pole, form.whose, by=ws.user, **values)
        return _("C'est partagé avec tout le pôle.")

    def take(form: PressForm) -> str:
        row = _watch(ws, form.cleaned_data["about"])
        require_voice(ws, row.actor_id, verb="watch.take_up")
        made.append(watching.take_up(row, by=ws.user))
        return _("Le marché est ouvert : dites qui pourrait répondre.")

    def aside(form: PressForm) -> str:
        row = _watch(ws, form.cleaned_data["about"])
        require_voice(ws, row.actor_id, verb="watch.put_aside")
        watching.put_aside(row, by=ws.user)
        return _("C'est écarté.")

    made: list[Tender] = []
    return {
        "put": Act(lambda: None, lambda *a, **k: WatchForm(actors, *a, **k), put),
        "take": Act(lambda: None, PressForm, take, after=lambda: tenders.path(made[0])),
        "aside": Act(lambda: None, PressForm, aside),
    }


def _watch(ws: Workspace, typed: str) -> Watch:
    try:
        pk = UUID(typed)
    except ValueError as error:
        raise _unknown() from error
    rows = Watch.objects.select_related("pole__actor__subject", "actor")
    found = rows.filter(pole=ws.pole, pk=pk).first()
    if found is None:
        raise _unknown()
    return found


def _skill_names(ws: Workspace) -> list[str]:
    return list(Skill.objects.filter(pole=ws.pole).order_by("key").values_list("name", flat=True)[:400])


def _unknown() -> NotFoundError:
    return NotFoundError("unknown_tender", _("Ce marché n'existe pas dans cet espace de travail."))


# Writing one


@require_http_methods(_GET_POST)
def new(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Add a tender that a member brings."""
    ws = enter(request, slug)
    actors = perms.voices(ws, members(ws.pole, on=ws.today))
    form = NewTenderForm(actors, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            brought = form.actors[form.cleaned_data["brought_by"]]
            values = {name: form.cleaned_data[name] for name in form.columns if name != "title"}
            values["buyer"] = _buyer_of(ws, form.cleaned_data["buyer_name"])
            title = form.cleaned_data["title"]
            made = tenders.spot(ws.pole, title=title, brought_by=brought, by=ws.user, **values)
            return redirect("espace_tender", slug=slug, pk=made.pk)
        except DomainError as error:
            refuse(form, error)
    status = 422 if form.errors else 200
    return show(request, ws, "exchanges/tender_form.html", {"form": form}, status=status)


@require_http_methods(_GET_POST)
def edit(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Change what is known of a tender; two people at once are told of one another."""
    ws = enter(request, slug)
    found = fetch(ws, pk)
    perms.require_tender(ws, found, verb="tender.change")
    form = TenderForm(request.POST or None, row=found)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _change(ws, found, form)
                return redirect("espace_tender", slug=slug, pk=pk)
            except DomainError as error:
                refuse(form, error)
                status = error.status
    context = {"form": form, "tender": found}
    return show(request, ws, "exchanges/tender_form.html", context, status=status)


def _change(ws: Workspace, found: Tender, form: TenderForm) -> None:
    base, mine = form.base, form.mine
    if mine["buyer_name"] != base["buyer_name"] or found.buyer_id is None:
        buyer = _buyer_of(ws, mine["buyer_name"])
        mine["buyer_id"], base["buyer_id"] = buyer.pk if buyer else None, found.buyer_id
    tenders.change(found, base=base, mine=mine, by=ws.user)


def _buyer_of(ws: Workspace, typed: str) -> Actor | None:
    known = recognised(typed)
    return parties.actor_of(known.party, by=ws.user, public=True) if known else None


def fetch(ws: Workspace, pk: UUID) -> Tender:
    """Return a tender of this pole; another one does not exist here."""
    rows = Tender.objects.select_related("subject", "pole__actor__subject", "buyer", "brought_by")
    found = rows.filter(pole=ws.pole, pk=pk).first()
    if found is None:
        raise _unknown()
    return found


# One answer


@require_http_methods(_GET_POST)
def tender(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """One answer: what it waits for, who answers with which skills, what is to be done, its papers."""
    ws = enter(request, slug)
    found = fetch(ws, pk)
    page = _Page(ws, found)
    played = play(request, page.acts(), request.path)
    if not isinstance(played, Played):
        return played
    return show(request, ws, "exchanges/tender.html", page.context(played), status=played.status)


class _Page:
    """What the page of an answer holds, read once: the same queries however many take part."""

    def __init__(self, ws: Workspace, found: Tender) -> None:
        self.ws, self.tender = ws, found
        everybody = Party.objects.filter(tender=found).select_related("actor", "lot")
        everybody = everybody.prefetch_related("brings").order_by(
            "-lead", "lot__rank", "actor__sort_key", "pk"
        )
        self.everybody = list(everybody)
        self.parties = [one for one in self.everybody if one.answer != Party.Answer.OUT]
        leads = [one.actor_id for one in self.parties if one.lead]
        self.runs = perms.runs_tender(ws, found, leads)
        self.lots = list(Lot.objects.filter(tender=found).order_by("rank"))
        self.needs = list(
            NeededSkill.objects.filter(tender=found).select_related("skill").order_by("skill__key")
        )
        self.members = members(ws.pole, on=ws.today)

    @property
    def open(self) -> bool:
        """Whether the group may still change."""
        return self.tender.state in rules.TENDER_OPEN

    def acts(self) -> dict[str, Act]:
        """Return what the page does, by name of button."""
        ws, found = self.ws, self.tender

        def lead() -> None:
            perms.require_tender(ws, found, verb="tender.run")

        def anybody() -> None:
            return None

        return {
            "step": Act(lead, StepForm, self._step),
            "end": Act(lead, lambda *a, **k: EndForm(found.state, *a, **k), self._end),
            "said": Act(lead, lambda *a, **k: SaidForm(*a, row=found, **k), self._said),
            "ask": Act(lead, lambda *a, **k: AskForm(self._askable(), self.lots, *a, **k), self._ask),
            "join": Act(anybody, lambda *a, **k: AskForm(self._joining(), self.lots, *a, **k), self._join),
            "group": Act(lead, PressForm, self._group),
            "need": Act(lead, NeedForm, self._need),
            "no_need": Act(lead, PressForm, self._no_need),
            "lot": Act(lead, LotForm, self._lot),
            "no_lot": Act(lead, PressForm, self._no_lot),
            "task": Act(lead, lambda *a, **k: TaskForm(self._doers(), *a, **k), self._task),
            "tick": Act(anybody, PressForm, self._tick),
            "piece": Act(self._inside, PieceForm, self._piece),
        }

    def _askable(self) -> Sequence[Actor]:
        """Return who may be asked: the members, those of the group too when there are lots."""
        inside = {one.actor_id for one in self.parties} if not self.lots else set()
        return [one for one in self.members if one.pk not in inside]

    def _joining(self) -> Sequence[Actor]:
        inside = {one.actor_id for one in self.parties}
        return [one for one in self.members if one.pk in self.ws.standing.speaks_for - inside]

    def _doers(self) -> Sequence[Actor]:
        inside = {one.actor_id: one.actor for one in self.parties}
        return list(inside.values()) or self.members

    def _inside(self) -> None:
        """Let in who leads, and who speaks for somebody of the group."""
        if not any(self.ws.may_speak_for(one.actor_id) for one in self.parties):
            perms.require_tender(self.ws, self.tender, verb="tender.piece")

    def _step(self, form: StepForm) -> str:
        values = form.cleaned_data
        if values["verb"] in rules.TENDER_REASONS:
            raise DomainError("reason_needed", _("Dites pourquoi : la prochaine réponse s'en servira."))
        with transaction.atomic():
            moved = tenders.move(self.tender, values["verb"], by=self.ws.user, on=values["on"])
            if moved.state == rules.WON:
                results.hand_over(moved, by=self.ws.user, on=values["on"] or self.ws.today)
        if moved.state == rules.WON:
            return _("Bravo. Ce que chacun doit à ce groupement est au livre du pôle.")
        return _("La réponse est maintenant : %(state)s.") % {"state": moved.get_state_display()}

    def _end(self, form: EndForm) -> str:
        values = form.cleaned_data
        moved = tenders.move(
            self.tender, values["verb"], by=self.ws.user, on=values["on"], reason=values["reason"]
        )
        return _("La réponse est maintenant : %(state)s.") % {"state": moved.get_state_display()}

    def _said(self, form: SaidForm) -> str:
        tenders.change(self.tender, base=form.base, mine=form.mine, by=self.ws.user)
        return _("C'est noté.")

    def _ask(self, form: AskForm) -> str:
        actor = form.whose
        answered = actor.pk in self.ws.standing.speaks_for
        does = form.cleaned_data["does"]
        consortium.invite(
            self.tender, actor, lot=form.chosen_lot, does=does, answered=answered, by=self.ws.user
        )
        if answered:
            return _("%(name)s est du groupement.") % {"name": actor.name}
        return _("%(name)s est prévenue : elle dira si elle en est.") % {"name": actor.name}

    def _join(self, form: AskForm) -> str:
        actor = form.whose
        require_voice(self.ws, actor.pk, verb="tender.join")
        does = form.cleaned_data["does"]
        consortium.invite(self.tender, actor, lot=form.chosen_lot, does=does, answered=True, by=self.ws.user)
        return _("%(name)s est du groupement.") % {"name": actor.name}

    def _group(self, _form: PressForm) -> str:
        made = consortium.form_group(self.tender, by=self.ws.user, on=self.ws.today)
        names = ", ".join(one.actor.name for one in made)
        return _("Prévenues : %(names)s. Chacune dira si elle en est.") % {"names": names} if made else ""

    def _need(self, form: NeedForm) -> str:
        tenders.need(self.tender, named(self.ws.pole, form.cleaned_data["skill"]), by=self.ws.user)
        return ""

    def _no_need(self, form: PressForm) -> str:
        for one in self.needs:
            if str(one.pk) == form.cleaned_data["about"]:
                tenders.no_need(one, by=self.ws.user)
        return ""

    def _lot(self, form: LotForm) -> str:
        values = form.cleaned_data
        tenders.add_lot(self.tender, values["title"], cents=values["cents"], by=self.ws.user)
        return _("Le lot est ajouté : dites qui y répond en partageant la réponse.")

    def _no_lot(self, form: PressForm) -> str:
        for one in self.lots:
            if str(one.pk) == form.cleaned_data["about"]:
                one.tender = self.tender
                tenders.remove_lot(one, by=self.ws.user)
        return ""

    def _task(self, form: TaskForm) -> str:
        values = form.cleaned_data
        tenders.add_task(
            self.tender, values["title"], actor=form.whose, due_on=values["due_on"], by=self.ws.user
        )
        return ""

    def _tick(self, form: PressForm) -> str:
        """Tick a task: who leads, or who speaks for who does it."""
        rows = Task.objects.select_related("tender__subject").filter(tender=self.tender)
        task = next((one for one in rows if str(one.pk) == form.cleaned_data["about"]), None)
        if task is None:
            raise _unknown()
        if task.actor_id is None or not self.ws.may_speak_for(task.actor_id):
            perms.require_tender(self.ws, self.tender, verb="tender.tick")
        tenders.tick(task, done=task.done_at is None, by=self.ws.user)
        return ""

    def _piece(self, form: PieceForm) -> str:
        file = form.cleaned_data["file"]
        piece = pieces.attach(self.tender.subject, file, file.name, by=self.ws.user)
        record(self.tender.subject, "piece.attached", by=self.ws.user, data={"piece": str(piece.pk)})
        return _("Le fichier est joint à la réponse.")

    def context(self, played: Played) -> dict[str, Any]:
        """Return what the template shows."""
        ws, found = self.ws, self.tender
        brought = {brings.need_id for one in self.parties for brings in one.brings.all()}
        proposal = None
        if self.open and self.needs:
            proposal = consortium.proposal(found, self.needs, self.everybody, on=ws.today)
        return {
            "tender": found,
            "buyer": _buyer(found),
            "forms": played,
            "runs": self.runs,
            "open": self.open,
            "parties": self.parties,
            "gone": [one for one in self.everybody if one.answer == Party.Answer.OUT],
            "rows": [(one, ws.may_speak_for(one.actor_id), self._brought(one)) for one in self.parties],
            "waiting": [one for one in self.parties if self._waits_for_me(one)],
            "lots": self.lots,
            "needs": [(one, self._bringers(one), one.pk in brought) for one in self.needs],
            "missing": [one for one in self.needs if one.pk not in brought],
            "proposal": proposal,
            "problems": tenders.problems_of(found, self.parties, self.lots)
            if found.state == rules.DECIDED
            else [],
            "next": self._next(),
            "may_join": self.open and bool(self._joining()),
            "may_ask": bool(self._askable()),
            "tasks": list(
                Task.objects.filter(tender=found).select_related("actor").order_by("done_at", "due_on", "pk")
            ),
            "pieces": list(
                Piece.objects.filter(subject=found.pk).exclude(state=Piece.State.REFUSED).order_by("pk")
            ),
            "moves": list(TenderMove.objects.filter(tender=found).select_related("by").order_by("pk")),
            "lines": results.lines(found, self.parties) if found.state == rules.WON else [],
            "words": _skill_names(ws) if self.runs and self.open else [],
            "inside": self.runs or any(ws.may_speak_for(one.actor_id) for one in self.parties),
            "late": bool(found.due_at and found.due_at < timezone.now() and self.open),
        }

    def _waits_for_me(self, party: Party) -> bool:
        return (
            self.open and party.answer == Party.Answer.ASKED and party.actor_id in self.ws.standing.speaks_for
        )

    def _brought(self, party: Party) -> list[str]:
        ids = {one.need_id for one in party.brings.all()}
        return [one.skill.name for one in self.needs if one.pk in ids]

    def _bringers(self, need: NeededSkill) -> list[Party]:
        return [one for one in self.parties if need.pk in {brings.need_id for brings in one.brings.all()}]

    def _next(self) -> list[tuple[str, Any]]:
        state = self.tender.state
        return [(verb, words) for verb, words in _NEXT.items() if state in rules.TENDER_MOVES[verb][0]]


# The group


@require_http_methods(_GET_POST)
def share_out(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Share an answer out: everybody's part on one page, which sum to the whole or are refused."""
    ws = enter(request, slug)
    found = fetch(ws, pk)
    perms.require_tender(ws, found, verb="tender.share_out")
    rows, lots = list(tenders.active(found)), list(Lot.objects.filter(tender=found).order_by("rank"))
    form = ShareForm(found, rows, lots, request.POST or None)
    status, problems = 200, []
    if request.method == "POST":
        status = 422
        if form.is_valid():
            values = form.cleaned_data
            asked = {name: values[name] for name in ("sharing", "offer_cents", "seen")}
            try:
                consortium.share_out(found, form.wanted, by=ws.user, **asked)
                return redirect("espace_tender", slug=slug, pk=pk)
            except StaleWriteError as error:
                form.look_again(fetch(ws, pk))
                refuse(form, error)
                status = error.status
            except DomainError as error:
                problems, status = error.facts.get("problems", []), error.status
                refuse(form, DomainError(error.code, "" if problems else error.message, facts=error.facts))
    context = {"tender": found, "form": form, "rows": rows, "lots": lots, "problems": problems}
    return show(request, ws, "exchanges/share_out.html", context, status=status)


@require_http_methods(_GET_POST)
def answer(request: HttpRequest, slug: str, pk: UUID, party: UUID) -> HttpResponseBase:
    """Say for an organisation whether it is in, what it will do, and which skills it brings."""
    ws = enter(request, slug)
    found = fetch(ws, pk)
    row = Party.objects.select_related("actor", "lot").filter(tender=found, pk=party).first()
    if row is None:
        raise _unknown()
    require_voice(ws, row.actor_id, verb="tender.answer")
    row.tender = found
    needs = list(NeededSkill.objects.filter(tender=found).select_related("skill").order_by("skill__key"))
    form = AnswerForm(row, needs, request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            values = form.cleaned_data
            said = {"comes": values["comes"] == "oui", "does": values["does"], "needs": form.brought}
            promised = values["minutes_promised"] or 0
            try:
                consortium.answer(row, by=ws.user, minutes_promised=promised, **said)
                return redirect("espace_tender", slug=slug, pk=pk)
            except DomainError as error:
                refuse(form, error)
                status = error.status
    context = {"tender": found, "party": row, "form": form}
    return show(request, ws, "exchanges/answer.html", context, status=status)


# What it brought


@require_http_methods(_GET_POST)
def result(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """What each organisation received, owes the pole, promised and did of insertion."""
    ws = enter(request, slug)
    found = fetch(ws, pk)
    rows = list(tenders.active(found))
    lines = results.lines(found, rows)
    back = _("Résultat de la réponse")
    made = export_response(request, lines, _RESULT_COLUMNS, f"resultat-{found.pk}", title=back)
    if made is not None:
        return made
    mine = perms.voices(ws, [line.actor for line in lines])
    played = play(request, _result_acts(ws, found, mine), request.path)
    if not isinstance(played, Played):
        return played
    hours = InsertionHours.objects.filter(tender=found).select_related("actor", "reverses", "reversed_by")
    context = {
        "tender": found,
        "lines": lines,
        "forms": played,
        "may_write": bool(mine) and found.state == rules.WON,
        "hours": list(hours.order_by("-last", "-pk")),
        "mine": {one.pk for one in mine},
        "buyer": _buyer(found),
        "total": results.total(lines),
    }
    return show(request, ws, "exchanges/result.html", context, status=played.status)


def _euros(cents: int | None) -> str:
    return "" if cents is None else f"{cents // 100}.{cents % 100:02d}"


_RESULT_COLUMNS = (
    Column(gettext_lazy("Organisation"), lambda line: line.actor.name),
    Column(gettext_lazy("Montant convenu en euros"), lambda line: _euros(line.cents)),
    Column(gettext_lazy("Encaissé en euros"), lambda line: _euros(line.received)),
    Column(gettext_lazy("Part du pôle en euros"), lambda line: _euros(line.commission_due)),
    Column(gettext_lazy("Versé au pôle en euros"), lambda line: _euros(line.commission_paid)),
    Column(gettext_lazy("Minutes d'insertion promises"), lambda line: line.minutes_promised, "integer"),
    Column(gettext_lazy("Minutes d'insertion faites"), lambda line: line.minutes_done, "integer"),
)


def _result_acts(ws: Workspace, found: Tender, mine: Sequence[Actor]) -> dict[str, Act]:
    def anybody_inside() -> None:
        if not mine:
            perms.require_tender(ws, found, verb="tender.result")

    def pay(form: ReceiptForm) -> str:
        values = form.cleaned_data
        told = {"cents": values["cents"], "on": values["on"], "key": values["key"], "by": ws.user}
        if values["what"] == "commission":
            results.pay_commission(found, form.whose, **told)
        else:
            results.receive(found, form.whose, label=values["label"], **told)
        return _("C'est au livre du pôle.")

    def do(form: DoneForm) -> str:
        values = form.cleaned_data
        told = {name: values[name] for name in ("first", "last", "note", "key")}
        results.do_hours(found, form.whose, minutes=values["hours"], by=ws.user, **told)
        return _("Les heures sont comptées.")

    def back(form: BackForm) -> str:
        rows = InsertionHours.objects.select_related("tender__subject", "actor")
        row = rows.filter(tender=found, pk=form.cleaned_data["about"]).first()
        if row is None:
            raise _unknown()
        require_voice(ws, row.actor_id, verb="tender.correct_hours")
        results.correct_hours(row, reason=form.cleaned_data["reason"], by=ws.user)
        return _("Ces heures sont reprises, et le motif est gardé.")

    return {
        "pay": Act(anybody_inside, lambda *a, **k: ReceiptForm(mine, *a, **k), pay),
        "do": Act(anybody_inside, lambda *a, **k: DoneForm(mine, *a, **k), do),
        "back": Act(anybody_inside, BackForm, back),
    }


__all__ = ["answer", "edit", "fetch", "index", "new", "result", "share_out", "tender"]
