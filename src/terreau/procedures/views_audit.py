"""The auditor's page of a call: everything, read only, each look written in the journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from terreau.calls import perms
from terreau.calls.models import Call
from terreau.common.money import Euro
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.design.paging import keyset
from terreau.procedures import audit

_PAGE = 50


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page: its title, its rows, how one is shown, its columns as a file."""

    title: Any
    rows: Callable[[Call], Any]
    columns: tuple[Column, ...]
    key: str = ""
    shown: Callable[[Any], Any] | None = None


def _local(at: Any) -> Any:
    return timezone.localtime(at).replace(tzinfo=None) if at else None


PARTS: dict[str, Part] = {
    "dossiers": Part(
        gettext_lazy("Dossiers"),
        audit.files,
        (
            Column(gettext_lazy("Numéro"), lambda one: one.reference),
            Column(gettext_lazy("Projet"), lambda one: one.name),
            Column(gettext_lazy("Candidat"), lambda one: one.applicant.name),
            Column(gettext_lazy("Région"), lambda one: one.zone.name if one.zone else ""),
            Column(gettext_lazy("État"), lambda one: one.get_state_display()),
            Column(gettext_lazy("Déposé le"), lambda one: str(_local(one.deposited_at) or "")),
            Column(gettext_lazy("Hors délai"), lambda one: one.late, "boolean"),
            Column(
                gettext_lazy("Demandé (€)"),
                lambda one: None if one.asked_cents is None else Euro(one.asked_cents),
                "number",
            ),
        ),
        "number",
    ),
    "etapes": Part(
        gettext_lazy("Étapes"),
        audit.steps,
        (
            Column(gettext_lazy("Quand"), lambda one: str(_local(one.at))),
            Column(gettext_lazy("Dossier"), lambda one: one.dossier.reference),
            Column(gettext_lazy("Étape"), lambda one: audit.said(one).verb),
            Column(gettext_lazy("D'un état à l'autre"), lambda one: audit.said(one).words),
            Column(gettext_lazy("Par qui"), lambda one: audit.said(one).who),
            Column(gettext_lazy("Motif"), lambda one: one.reason),
        ),
        "id",
        audit.said,
    ),
    "argent": Part(
        gettext_lazy("Argent"),
        audit.money,
        (
            Column(gettext_lazy("Quand"), lambda one: str(_local(one.at))),
            Column(gettext_lazy("Enveloppe"), lambda one: one.envelope.name),
            Column(gettext_lazy("Mouvement"), lambda one: one.get_kind_display()),
            Column(gettext_lazy("Dossier"), lambda one: one.dossier.reference),
            Column(gettext_lazy("Montant (€)"), lambda one: Euro(one.cents), "number"),
            Column(gettext_lazy("Par qui"), lambda one: str(one.by or "")),
            Column(gettext_lazy("Motif"), lambda one: one.reason),
        ),
        "id",
    ),
    "personnes": Part(
        gettext_lazy("Personnes"),
        audit.people,
        (
            Column(gettext_lazy("Personne"), lambda one: str(one.user)),
            Column(gettext_lazy("Rôle"), lambda one: one.get_role_display()),
            Column(gettext_lazy("Région"), lambda one: one.zone.name if one.zone else ""),
            Column(gettext_lazy("Financeur"), lambda one: one.sponsor.name if one.sponsor else ""),
            Column(gettext_lazy("Depuis le"), lambda one: one.valid_from, "date"),
            Column(gettext_lazy("Jusqu'au"), lambda one: one.valid_to, "date"),
            Column(gettext_lazy("Nommée par"), lambda one: str(one.named_by or "")),
        ),
    ),
    "refus": Part(
        gettext_lazy("Refus et conflits"),
        audit.refusals,
        (
            Column(gettext_lazy("Heure du refus"), lambda one: str(_local(one.at))),
            Column(gettext_lazy("Personne"), lambda one: one.who),
            Column(gettext_lazy("Ce qui était demandé"), lambda one: one.verb),
            Column(gettext_lazy("Motif"), lambda one: one.reason),
            Column(gettext_lazy("Nombre de fois"), lambda one: one.times, "integer"),
        ),
    ),
}


@never_cache
@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Everything of a call for who checks it, one part at a time; an unknown part is the first."""
    space = perms.enter(request, slug, "auditor", "owner", verb="call.audit")
    asked = request.GET.get("partie", "")
    name = asked if asked in PARTS else next(iter(PARTS))
    part = PARTS[name]
    audit.look(space.call.subject, name, by=space.user)
    rows = part.rows(space.call)
    whole = rows.order_by(part.key).iterator(chunk_size=500) if isinstance(rows, QuerySet) else rows
    made = export_response(request, whole, part.columns, f"controle-{slug}-{name}", title=str(part.title))
    if made is not None:
        return made
    context = {"call": space.call, "here": name, "parts": PARTS, "part": part, **_shown(request, part, rows)}
    if name == "refus":
        context["conflicts"] = audit.conflicts(space.call)
    return render(request, "procedures/audit.html", context)


def _shown(request: HttpRequest, part: Part, rows: Any) -> dict[str, Any]:
    if not isinstance(rows, QuerySet):
        return {"rows": rows, "page": None, "total": len(rows)}
    found = keyset(
        rows, [part.key], limit=_PAGE, cursor=request.GET.get("cursor") or None, total=rows.count()
    )
    return {
        "rows": [part.shown(one) if part.shown else one for one in found.rows],
        "page": found,
        "total": found.total,
    }
