"""Pages of the committee: the ranking on a tablet, the assistant, the decisions, who sits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from terreau.accounts.models import User
from terreau.calls.perms import CallSpace
from terreau.common.errors import NotFoundError, SignInNeededError
from terreau.common.money import Euro
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.dossiers.models import Dossier
from terreau.exchanges.acting import Act, Played, play
from terreau.instruction import conflicts
from terreau.instruction import read as instruction
from terreau.selection import perms, proposing, read
from terreau.selection.forms import ConflictForm, ProposeForm
from terreau.selection.models import Outcome
from terreau.selection.read import Row, Sheet

PAGE: Final = 40
#: Value of ?voir= → outcome shown, label.
TABS: Final = (
    ("", None, gettext_lazy("Tous")),
    ("a-voir", "", gettext_lazy("À voir")),
    ("retenus", Outcome.LAUREATE, gettext_lazy("Retenus")),
    ("complementaire", Outcome.RESERVE, gettext_lazy("Liste complémentaire")),
    ("non-retenus", Outcome.REFUSED, gettext_lazy("Non retenus")),
)


def _outcome(code: str) -> str:
    return str(dict(Outcome.choices).get(code, ""))


def _reason(one: Row) -> str:
    return one.decision.reason if one.decision else one.proposal.reason if one.proposal else ""


COLUMNS = (
    Column(gettext_lazy("Rang"), lambda one: one.rank, "integer"),
    Column(gettext_lazy("Ex æquo avec"), lambda one: one.tied, "integer"),
    Column(gettext_lazy("Numéro de dossier"), lambda one: one.dossier.reference),
    Column(gettext_lazy("Intitulé"), lambda one: one.dossier.name),
    Column(gettext_lazy("Candidat"), lambda one: one.dossier.applicant.name),
    Column(gettext_lazy("Région"), lambda one: one.region),
    Column(
        gettext_lazy("Note sur 100"),
        lambda one: None if one.scored.score is None else one.scored.score / 1000,
        "number",
    ),
    Column(gettext_lazy("Aide demandée en euros"), lambda one: one.dossier.asked, "number"),
    Column(gettext_lazy("Proposé ou décidé"), lambda one: _outcome(one.outcome)),
    Column(
        gettext_lazy("Montant en euros"),
        lambda one: None if one.cents is None else Euro(one.cents),
        "number",
    ),
    Column(gettext_lazy("Motif"), _reason),
    Column(gettext_lazy("Exemple fictif"), lambda one: one.dossier.example, "boolean"),
)


def show(
    request: HttpRequest, space: CallSpace, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponseBase:
    """Draw a page of the committee of a call: for one person, kept by no cache."""
    whole = {
        "call": space.call,
        "standing": space.standing,
        "may_decide": perms.decides(space.standing),
        "pages": _pages(request, space),
        **context,
    }
    response = render(request, template, whole, status=status)
    add_never_cache_headers(response)
    return response


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the committee."""

    label: str
    href: str
    current: bool


def _pages(request: HttpRequest, space: CallSpace) -> list[Place]:
    names = [
        ("committee", _("Classement")),
        ("committee_decisions", _("Décisions")),
        ("committee_composition", _("Composition")),
        ("committee_rules", _("Règles du choix")),
    ]
    if perms.decides(space.standing):
        names.insert(1, ("committee_assistant", _("Assistant")))
    found = []
    for name, label in names:
        href = reverse(name, args=[space.call.slug])
        found.append(Place(label, href, request.path == href))
    return found


@require_safe
def home(request: HttpRequest) -> HttpResponseBase:
    """The calls whose committee the person follows."""
    if not isinstance(request.user, User):
        raise SignInNeededError("sign_in", _("Connectez-vous pour voir cette page."))
    response = render(request, "selection/home.html", {"desks": read.desks(request.user)})
    add_never_cache_headers(response)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def ranking(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The files in their order, what the envelope still holds, what is proposed for each."""
    page = _Ranking(request, perms.enter(request, slug))
    title = _("Classement de l'appel « %(name)s »") % {"name": page.space.call.title}
    if made := export_response(request, page.sheet.rows, COLUMNS, f"comite-{slug}", title=title):
        return made
    played = play(request, page.acts, request.path)
    if not isinstance(played, Played):
        return played
    if played.sent:
        page = _Ranking(request, page.space)
    return show(request, page.space, "selection/ranking.html", page.context(played), status=played.status)


class _Ranking:
    """What the page of the ranking holds, read once."""

    def __init__(self, request: HttpRequest, space: CallSpace) -> None:
        self.request, self.space, self.last = request, space, ""

    @cached_property
    def sheet(self) -> Sheet:
        """The table of the committee as the person sees it; a file to take away names them all."""
        named = "format" in self.request.GET
        return read.sheet(self.space.call, user=self.space.user, held=self.space.standing, named=named)

    @property
    def acts(self) -> dict[str, Act]:
        """What may be done here."""
        return {
            "propose": Act(self._allow, ProposeForm, self._propose, self._after),
            "conflict": Act(self._allow, ConflictForm, self._conflict),
        }

    def _allow(self) -> None:
        perms.require(self.space.call, self.space.user, *perms.DECIDERS)

    def _after(self) -> str:
        query = self.request.GET.urlencode()
        return f"{self.request.path}{'?' + query if query else ''}#d-{self.last}"

    def _file(self, key: UUID) -> Dossier:
        rows = Dossier.objects.filter(call=self.space.call, pk=key).select_related("call", "subject")
        row = rows.first()
        if row is None:
            raise NotFoundError("not_found", _("Ce dossier n'existe pas, ou n'est pas pour vous."))
        return row

    def _propose(self, form: ProposeForm) -> str:
        said = form.cleaned_data
        one = self._file(said["dossier"])
        self.last = str(one.pk)
        cents = said["cents"]
        if said["outcome"] == Outcome.LAUREATE and cents is None:
            cents = one.asked_cents
        proposing.propose(
            one, said["outcome"], cents=cents, reason=said["reason"], by=self.space.user, seen=said["seen"]
        )
        if not said["outcome"]:
            return _("« %(name)s » : la proposition est retirée.") % {"name": one.name}
        words = _("« %(name)s » : %(outcome)s, c'est noté.")
        return words % {"name": one.name, "outcome": _outcome(said["outcome"])}

    def _conflict(self, form: ConflictForm) -> str:
        one = self._file(form.cleaned_data["dossier"])
        conflicts.declare(one, self.space.user, why=form.cleaned_data["why"])
        return _("C'est noté : ce dossier ne vous est plus montré, vous n'en décidez pas.")

    def context(self, played: Played) -> dict[str, Any]:
        """What the template draws."""
        asked = self.request.GET.get("voir", "")
        outcome = next((outcome for code, outcome, _label in TABS if code == asked), None)
        rows = [row for row in self.sheet.rows if outcome is None or row.outcome == outcome]
        place = self._place(rows)
        counts = self.sheet.counts
        shown = rows[place * PAGE : (place + 1) * PAGE]
        instruction.name_them([row.dossier for row in shown])
        return {
            "sheet": self.sheet,
            "rows": shown,
            "tabs": [
                (
                    code,
                    label,
                    len(self.sheet.rows) if kind is None else counts.get(str(kind), 0),
                    code == asked,
                )
                for code, kind, label in TABS
            ],
            "asked": asked,
            "total": len(rows),
            "number": place + 1,
            "more": place + 2 if (place + 1) * PAGE < len(rows) else None,
            "less": place if place else None,
            "refused": played.form,
            "refused_about": _typed(played, "dossier"),
            "typed": {name: _typed(played, name) for name in ("cents", "reason")},
            "rule": _rule(self.space.call.ranking or {}),
            "outcomes": Outcome.choices,
        }

    def _place(self, rows: list[Row]) -> int:
        asked = self.request.GET.get("page", "1")
        last = max(0, (len(rows) - 1) // PAGE)
        return min(int(asked) - 1, last) if asked.isascii() and asked.isdecimal() and int(asked) else 0


def _typed(played: Played, name: str) -> str:
    """Return what was typed in a field of the form that was refused."""
    form = played.form
    return str(form.data.get(name, "")) if form is not None else ""


def _rule(rule: Mapping[str, Any]) -> str:
    said = {
        "score": _("par note, la plus haute d'abord"),
        "opinion": _("par les avis, puis par la note"),
        "instructed": _("dans l'ordre des dépôts"),
    }[str(rule.get("by", "score"))]
    tie = {
        "asked": _("à égalité, le comité choisit"),
        "deposit": _("à égalité, le premier déposé passe devant"),
        "draw": _("à égalité, le tirage au sort départage"),
    }[str(rule.get("tie", "asked"))]
    return _("%(rule)s ; %(tie)s") % {"rule": said, "tie": tie}
