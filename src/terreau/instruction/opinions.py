"""Opinions of sponsors, of the region, of a stage: given by who speaks for them, never changed.

A mandatory opinion cannot be skipped: ``dossiers.states`` holds each step that would, whatever
the stages of the call.
« Sans avis » is an answer too: it says that nobody has anything to say, and who said it.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.calls.models import Call
from terreau.calls.perms import Standing
from terreau.common.errors import DomainError, RefusedError
from terreau.common.inserting import insert
from terreau.common.permissions import Permission
from terreau.dossiers.models import Dossier
from terreau.dossiers.states import INSTRUCTED
from terreau.instruction import asked, conflicts, progress
from terreau.instruction.asked import Asked
from terreau.instruction.models import Opinion
from terreau.journal.actions import counting_refusals, record


def given(dossier: Dossier) -> frozenset[str]:
    """Return the keys of the opinions that were given on a file (``dossiers.moving.opinions_by``)."""
    return frozenset(Opinion.objects.filter(dossier=dossier).order_by().values_list("who", flat=True))


def latest(dossier: Dossier) -> dict[str, Opinion]:
    """Return the opinion that stands for each key: one query."""
    rows = Opinion.objects.filter(dossier=dossier).select_related("by", "sponsor", "zone")
    return {one.who: one for one in rows.order_by("at", "pk")}


def can_give(one: Asked, dossier: Dossier, held: Standing) -> Permission:
    """Say whether a person gives this opinion: the people of the sponsor; for a stage, who instructs it."""
    if dossier.state not in INSTRUCTED:
        return Permission(ok=False, reason=_("Ce dossier n'est plus en instruction."))
    if one.sponsor is not None:
        ok = one.sponsor in held.sponsors
        return Permission(ok, "" if ok else _("Seules les personnes de ce financeur donnent son avis."))
    region = dossier.zone.code if dossier.zone else None
    if one.key == Opinion.REGION:
        ok = held.owner or held.instructs(region)
        words = _("L'avis de la région est donné par qui instruit les dossiers de cette région.")
        return Permission(ok, "" if ok else words)
    ok = held.owner or (held.officer and held.zones is None) or (one.key == "committee" and held.committee)
    return Permission(ok, "" if ok else _("Votre rôle dans l'appel ne permet pas de donner cet avis."))


def give(  # noqa: PLR0913 - keyword-only: each is a part of the opinion
    dossier: Dossier, key: str, *, value: str, text: str, held: Standing, by: User
) -> Opinion:
    """Write an opinion; the one it replaces stays in the log."""
    one = find(dossier.call, key)
    with counting_refusals(dossier.subject, "opinion.given", by=by), transaction.atomic():
        if why := conflicts.why_not(by, dossier):
            raise RefusedError("in_conflict", conflicts.said(why))
        if not (allowed := can_give(one, dossier, held)):
            raise RefusedError("not_yours", allowed.reason)
        words = text.strip()
        if value in {Opinion.Value.RESERVED, Opinion.Value.UNFAVOURABLE} and not words:
            message = _("Un avis réservé ou défavorable dit pourquoi.")
            raise DomainError("reason_needed", message, facts={"field": "text"})
        zone = dossier.zone if one.key == Opinion.REGION else None
        made = insert(
            Opinion(
                dossier=dossier,
                who=key,
                sponsor_id=one.sponsor,
                zone=zone,
                value=Opinion.Value(value),
                text=words,
                by=by,
            )
        )
        record(dossier.subject, "opinion.given", by=by, data={"who": key, "value": value})
        progress.project([dossier.pk])
    return made


def find(call: Call, key: str) -> Asked:
    """Return an opinion that the call asks; raise ``DomainError`` (404) when it asks no such one."""
    found = next((one for one in asked.of_call(call) if one.key == key), None)
    if found is None:
        raise DomainError("unknown_opinion", _("Cet appel ne demande pas cet avis."), status=404)
    return found


def lacking(dossier: Dossier, said: dict[str, Opinion] | None = None) -> list[Asked]:
    """Return the mandatory opinions that are still awaited on a file."""
    held = latest(dossier) if said is None else said
    return [one for one in asked.of_call(dossier.call) if one.mandatory and one.key not in held]


def of_dossiers(ids: list[UUID]) -> dict[UUID, dict[str, str]]:
    """Return file → key → value of the opinions that stand: one query."""
    found: dict[UUID, dict[str, str]] = {}
    rows = Opinion.objects.filter(dossier__in=ids).order_by("at", "pk")
    for one, who, value in rows.values_list("dossier", "who", "value"):
        found.setdefault(one, {})[who] = value
    return found
