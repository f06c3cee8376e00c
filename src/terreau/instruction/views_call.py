"""The files of a call: filters, sorts, exports, what is done to many at once, how the call is instructed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from terreau.accounts.second_factor import sensitive
from terreau.calls.perms import CallSpace, enter
from terreau.common.errors import DomainError, NotFoundError, RefusedError
from terreau.common.money import Euro
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.dossiers import moving, states
from terreau.instruction import assigning, bulk, complements, letters, read
from terreau.instruction.models import Bulk
from terreau.instruction.read import Filters, Line
from terreau.instruction.showing import STAFF, in_call, points
from terreau.journal.actions import counting_refusals

#: What the values of filters without a name of their own are called.
_WATCHED = {
    "retard": gettext_lazy("En retard"),
    "complements": gettext_lazy("Compléments attendus"),
    "sans-reponse": gettext_lazy("Compléments sans réponse"),
    "avis": gettext_lazy("Avis obligatoire attendu"),
    "ecarts": gettext_lazy("Notes très écartées"),
    "completes": gettext_lazy("Toutes rendues"),
    "en-cours": gettext_lazy("Pas toutes rendues"),
    "a-confier": gettext_lazy("Sans relecteur"),
}


def _points(value: int | None) -> Any:
    return None if value is None else value / 1000


#: What a reviewer alone takes away: nothing of what others said.
_BARE = (
    Column(gettext_lazy("Numéro de dossier"), lambda one: one.dossier.reference),
    Column(gettext_lazy("Intitulé"), lambda one: one.dossier.name),
    Column(gettext_lazy("Candidat"), lambda one: one.dossier.applicant.name),
    Column(gettext_lazy("Pôle"), lambda one: one.dossier.pole.actor.name if one.dossier.pole else ""),
    Column(gettext_lazy("Région"), lambda one: one.dossier.zone.name if one.dossier.zone else ""),
    Column(gettext_lazy("État du dossier"), lambda one: one.dossier.get_state_display()),
    Column(gettext_lazy("Déposé le"), lambda one: _day(one.dossier.deposited_at), "date"),
    Column(gettext_lazy("Hors délai"), lambda one: one.dossier.late, "boolean"),
    Column(gettext_lazy("Aide demandée en euros"), lambda one: one.dossier.asked, "number"),
    Column(gettext_lazy("À décider avant le"), lambda one: one.progress.until, "date"),
    Column(gettext_lazy("Jours restants"), lambda one: one.left, "integer"),
    Column(gettext_lazy("Délai arrêté"), lambda one: one.stopped, "boolean"),
    Column(gettext_lazy("Exemple fictif"), lambda one: one.dossier.example, "boolean"),
)
COLUMNS = (
    *_BARE,
    Column(gettext_lazy("Instruit par"), lambda one: str(one.progress.officer or "")),
    Column(gettext_lazy("Relecteurs"), lambda one: one.progress.reviewers, "integer"),
    Column(gettext_lazy("Relectures rendues"), lambda one: one.progress.given, "integer"),
    Column(gettext_lazy("Moyenne sur 100"), lambda one: _points(one.progress.mean), "number"),
    Column(gettext_lazy("Écart entre relectures"), lambda one: _points(one.progress.spread), "number"),
    Column(gettext_lazy("Avis favorables"), lambda one: one.progress.favourable, "integer"),
    Column(gettext_lazy("Avis réservés"), lambda one: one.progress.reserved, "integer"),
    Column(gettext_lazy("Avis défavorables"), lambda one: one.progress.unfavourable, "integer"),
)


def _day(at: Any) -> Any:
    return timezone.localdate(at) if at else None


@require_http_methods(["GET", "HEAD", "POST"])
def call(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The list of a call; a batch is shown before it is done."""
    space = enter(request, slug, *STAFF, verb="instruction.list")
    if request.method == "POST":
        _require(space)
        if request.POST.get("faire") == "do" and request.POST.get("acte") == Bulk.Verb.LETTER:
            return _proved(request, space)
        return _act(request, space)
    asked = Filters.parse(request.GET)
    title = _("Dossiers de l'appel « %(name)s »") % {"name": space.call.title}
    rows = read.everything(space.call, asked, user=space.user, held=space.standing)
    columns = COLUMNS if _wide(space) else _BARE
    if made := export_response(request, rows, columns, f"dossiers-{slug}", title=title):
        return made
    return _page(request, space, asked)


@sensitive
def _proved(request: HttpRequest, space: CallSpace) -> HttpResponseBase:
    """Letters engage who sends them and cannot be taken back: a proof comes first."""
    return _act(request, space)


def _wide(space: CallSpace) -> bool:
    return bool(space.standing.roles - {"reviewer"})


def _runs(space: CallSpace) -> bool:
    return space.standing.owner or space.standing.officer


def _require(space: CallSpace) -> None:
    """Refuse (403, journalled) a batch to who does not instruct the call."""
    if not _runs(space):
        with counting_refusals(space.call.subject, "instruction.batch", by=space.user):
            raise RefusedError("no_role", _("Il faut instruire cet appel pour faire cela."))


def _page(
    request: HttpRequest, space: CallSpace, asked: Filters, *, problem: DomainError | None = None
) -> HttpResponseBase:
    today = timezone.localdate()
    found = read.sheet(space.call, asked, user=space.user, held=space.standing, today=today)
    context = {
        "sheet": found,
        "asked": asked,
        "sentence": _sentence(found.total),
        "lines": [_row(one) for one in found.page.rows],
        "facets": _facets(found.facets, asked),
        "wide": _wide(space),
        "runs": _runs(space),
        "officers": read.officers_of(space.call) if _runs(space) else [],
        "people": _people(space) if _runs(space) else [],
        "steps": _steps(space),
        "most": bulk.MOST,
        "batches": [_batch(one) for one in bulk.last_of(space.call, 5)] if _runs(space) else [],
        "owed": letters.owed(space.call).count() if _runs(space) else 0,
        "problem": problem,
        "query": request.GET.urlencode(),
    }
    status = problem.status if problem else 200
    return in_call(request, space, "instruction/call.html", context, status=status)


def _sentence(total: int) -> str:
    return ngettext("%(n)d dossier", "%(n)d dossiers", total) % {"n": total}


def _row(one: Line) -> dict[str, Any]:
    return {
        "line": one,
        "dossier": one.dossier,
        "progress": one.progress,
        "days": complements.days_words(one.left) if one.left is not None else "",
        "mean": points(one.progress.mean),
        "spread": points(one.progress.spread),
        "asked": Euro(one.dossier.asked_cents) if one.dossier.asked_cents is not None else None,
    }


def _facets(found: Mapping[str, list[read.Facet]], asked: Filters) -> dict[str, list[dict[str, Any]]]:
    named = {
        name: [_facet(one.code, one.label or _label(one.code), one.count, one.selected) for one in values]
        for name, values in found.items()
    }
    for name in ("suivi", "relectures"):
        named[name] = [one for one in named[name] if one["count"] or one["selected"]]
    return named


def _label(code: str) -> str:
    return str(_WATCHED.get(code) or _("Région inconnue"))


def _facet(code: str, label: str, count: int, selected: bool) -> dict[str, Any]:
    return {"code": code, "label": label, "count": count, "selected": selected}


def _people(space: CallSpace) -> list[tuple[UUID, str]]:
    return assigning.people(space.call, assigning.OFFICER)


def _steps(space: CallSpace) -> list[tuple[str, str]]:
    """Return the steps that the call has among those that a batch takes."""
    stages = moving.stages_of(space.call)
    targets = {
        "admit": "admissible",
        "to_region": "region",
        "to_national": "national",
        "to_committee": "committee",
    }
    return [(one, str(states.VERBS[one])) for one in bulk.MOVES if stages.uses(targets[one])]


def _batch(one: Bulk) -> dict[str, Any]:
    return {"row": one, "undoable": one.undone_at is None and one.verb != Bulk.Verb.LETTER}


# What is done to many


def _act(request: HttpRequest, space: CallSpace) -> HttpResponseBase:
    asked = Filters.parse(request.GET)
    acts = {"preview": _preview, "do": _do, "undo": _undo}
    act = acts.get(request.POST.get("faire", ""))
    if act is None:
        raise NotFoundError("unknown_act", _("Cette page ne sait pas faire cela."))
    try:
        return act(request, space, asked)
    except RefusedError:
        raise
    except DomainError as error:
        return _page(request, space, asked, problem=error)


def _order(posted: QueryDict, space: CallSpace, asked: Filters) -> bulk.Order:
    ids = [found for one in posted.getlist("dossier") if (found := _uuid(one))]
    if posted.get("lesquels") == "tous":
        rows = read.everything(space.call, asked, user=space.user, held=space.standing)
        ids = [one.dossier.pk for one in rows]
    acte = posted.get("acte", "")
    step = ""
    if acte.startswith("move:"):
        acte, step = "move", acte.removeprefix("move:")
    user = _uuid(posted.get("personne", ""))
    if acte.startswith("officer:"):
        acte, user = "officer", _uuid(acte.removeprefix("officer:"))
    return bulk.Order(acte, tuple(ids), step=step or posted.get("etape", ""), user=user)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _preview(request: HttpRequest, space: CallSpace, asked: Filters) -> HttpResponseBase:
    order = _order(request.POST, space, asked)
    plan = bulk.plan(space.call, order, by=space.user, held=space.standing)
    context = {"plan": plan, "order": order, "key": uuid4(), "query": request.GET.urlencode()}
    return in_call(request, space, "instruction/bulk.html", context)


def _do(request: HttpRequest, space: CallSpace, asked: Filters) -> HttpResponseBase:
    key = _uuid(request.POST.get("cle", ""))
    if key is None:
        raise DomainError("no_key", _("Recommencez depuis la liste."))
    order = _order(request.POST, space, asked)
    done = bulk.do(space.call, order, key=key, by=space.user, held=space.standing)
    words = ngettext("C'est fait pour %(n)d dossier.", "C'est fait pour %(n)d dossiers.", done.count)
    messages.success(request, words % {"n": done.count})
    if done.refused:
        words = ngettext(
            "%(n)d dossier n'a pas changé.", "%(n)d dossiers n'ont pas changé.", len(done.refused)
        )
        messages.warning(request, words % {"n": len(done.refused)})
    return _back(request, space)


def _undo(request: HttpRequest, space: CallSpace, _asked: Filters) -> HttpResponseBase:
    pk = _uuid(request.POST.get("about", ""))
    row = Bulk.objects.filter(pk=pk or UUID(int=0), call=space.call).select_related("call__subject").first()
    if row is None:
        raise NotFoundError("unknown_batch", _("Ce lot n'existe pas."))
    undone, kept = bulk.undo(row, by=space.user, held=space.standing)
    words = ngettext(
        "%(n)d dossier est revenu en arrière.", "%(n)d dossiers sont revenus en arrière.", undone
    )
    messages.success(request, words % {"n": undone})
    if kept:
        words = ngettext(
            "%(n)d dossier reste : quelque chose a suivi.",
            "%(n)d dossiers restent : quelque chose a suivi.",
            kept,
        )
        messages.warning(request, words % {"n": kept})
    return _back(request, space)


def _back(request: HttpRequest, space: CallSpace) -> HttpResponseBase:
    query = request.GET.urlencode()
    path = reverse("instruction_call", args=[space.call.slug])
    return redirect(f"{path}?{query}" if query else path)
