"""Calls as data: what the API, the file for others' sites and the feed say alike."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from terreau.calls.models import Call, Sponsor, Strand
from terreau.calls.read import current_form, public_calls
from terreau.procedures import results


def public() -> QuerySet[Call]:
    """Return the calls that anybody may see, with what their lines need: three queries."""
    sponsors = Prefetch("sponsors", Sponsor.objects.select_related("actor").order_by("rank", "pk"))
    strands = Prefetch("strands", Strand.objects.order_by("rank", "pk"))
    return public_calls().select_related("programme__owner").prefetch_related(sponsors, strands)


def everything() -> list[Call]:
    """Return them all: those that take files first, the nearest closing before the others."""
    now = timezone.now()
    return sorted(public(), key=lambda one: _order(one, now))


def _order(call: Call, now: datetime) -> tuple[int, float, str]:
    rank = {"open": 0, "announced": 1}.get(call.phase(now), 2)
    at = call.closes_at.timestamp() if call.closes_at else float("inf")
    return rank, at if rank < 2 else -at, call.slug


def line(call: Call, origin: str) -> dict[str, Any]:
    """Return a call as lists say it. ``origin``: « https://… » of the site, before its paths."""
    return {
        "slug": call.slug,
        "titre": _texts(call.title, call.title_en),
        "resume": _texts(call.summary, call.summary_en),
        "programme": {"slug": call.programme.slug, "nom": call.programme.name},
        "porteur": call.programme.owner.name if call.programme.owner else call.programme.owner_name,
        "etat": call.phase(),
        "ouvre_le": _instant(call.opens_at),
        "ferme_le": _instant(call.closes_at),
        "decision_prevue_le": call.decision_on.isoformat() if call.decision_on else None,
        "candidats": list(call.applicants),
        "categories": list(call.categories),
        "enveloppe_centimes": call.envelope_cents,
        "aide_min_centimes": call.min_cents,
        "aide_max_centimes": call.max_cents,
        "duree_mois": call.duration_months,
        "taux_max_centiemes": call.rate_max,
        "places": call.places,
        "de_minimis": call.de_minimis,
        "financeurs": [
            {"nom": one.name, "part_centimes": one.share_cents, "part_centiemes": one.share_rate,
             "avis": one.opinion}
            for one in call.sponsors.all()
        ],
        "volets": [
            {"code": one.code, "nom": one.name, "aides": list(one.support)} for one in call.strands.all()
        ],
        "exemple": call.example,
        "source": call.source or None,
        "adresse": f"{origin}/appels/{call.slug}/",
    }  # fmt: skip


def whole(call: Call, origin: str) -> dict[str, Any]:
    """Return a call with how it is instructed, what it asks, and its results once they are public."""
    form = current_form(call)
    found = results.of_call(call) if call.state in results.PUBLIC else None
    return line(call, origin) | {
        "etapes": [
            {"code": str(one.get("code")), "avis": str(one.get("opinion", "none"))} for one in call.stages
        ],
        "grilles": list(call.grids),
        "criteres": [_criterion(one) for one in call.review.get("criteria", [])],
        "formulaire": _form(form.number, form.content) if form else None,
        "chiffres": [
            {"code": str(one.get("code")), "valeur": one.get("value"), "source": one.get("source")}
            for one in call.figures
        ],
        "sources": {str(name): str(said) for name, said in call.sources.items() if said},
        "resultats": _outcome(found, call, origin) if found else None,
    }


def _outcome(found: results.Results, call: Call, origin: str) -> dict[str, Any]:
    return {
        "deposes": found.deposited,
        "irrecevables": found.inadmissible,
        "retenus": len(found.grants),
        "liste_complementaire": found.reserve,
        "non_retenus": found.refused,
        "attribue_centimes": found.cents,
        "tableau": f"{origin}/api/v1/calls/{call.slug}/results.csv",
    }


def _criterion(one: dict[str, Any]) -> dict[str, Any]:
    label = str(one.get("label", ""))
    return {
        "code": str(one.get("code")),
        "nom": _texts(label, str(one.get("label_en") or "")),
        "poids": one.get("weight"),
        "maximum": one.get("max"),
    }


def _form(number: int, content: dict[str, Any]) -> dict[str, Any]:
    return {"version": number, "pages": content.get("pages", [])}


def _texts(fr: str, en: str) -> dict[str, str]:
    return {"fr": fr, "en": en or fr}


def _instant(at: datetime | None) -> str | None:
    """Return an instant at Paris, with its offset: a deadline is said where it counts."""
    return timezone.localtime(at).isoformat(timespec="seconds") if at else None


def last_change(calls: Iterable[Call]) -> datetime | None:
    """Return when a call last opened, closed or was written, never an instant to come."""
    now = timezone.now()
    marks = [at for one in calls for at in (one.created_at, one.opens_at, one.closes_at) if at and at <= now]
    return max(marks, default=None)
