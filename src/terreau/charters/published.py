"""What anybody reads of charters, as the API says it: texts, versions, the places that wait, the register."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from terreau.charters import register, rules
from terreau.charters.models import Charter, Text
from terreau.charters.register import Line
from terreau.charters.slots import Slot, slots
from terreau.common.errors import NotFoundError


def charters() -> list[dict[str, Any]]:
    """Return the public charters and the places that wait for a text, by code."""
    rows = list(Charter.objects.filter(public=True).select_related("owner").order_by("code"))
    texts = {one.charter_id: one for one in Text.objects.filter(charter__in=rows).order_by("charter", "rank")}
    held = {row.code for row in rows}
    living = register.living_counts(rows)
    found = [_line(row, texts.get(row.pk), living) for row in rows]
    found += [_waiting(slot) for code, slot in slots().items() if code not in held]
    return sorted(found, key=lambda one: str(one["code"]))


def charter(code: str) -> dict[str, Any]:
    """Return a charter with its text in force and its versions; ``NotFoundError`` unless it is public."""
    row = _public(code)
    if isinstance(row, Slot):
        return _waiting(row) | {"texte": None, "versions": []}
    texts = list(Text.objects.filter(charter=row).order_by("-rank"))
    text = texts[0] if texts else None
    content = rules.content(text.content) if text else None
    return _line(row, text, register.living_counts([row])) | {
        "texte": {
            "preambule": dict(content.preamble),
            "valeurs": [dict(one) for one in content.values],
            "engagements": [dict(one) for one in content.commitments],
        }
        if content
        else None,
        "versions": [
            {"version": one.label, "publiee_le": one.published_at.date(), "empreinte": one.sha256}
            for one in texts
        ],
    }


def signatories(code: str, *, region: str = "", department: str = "") -> list[Line]:
    """Return the public register of a charter; empty for one whose text is awaited."""
    row = _public(code)
    return [] if isinstance(row, Slot) else register.lines(row, region=region, department=department)


def _public(code: str) -> Charter | Slot:
    row = Charter.objects.filter(code=code, public=True).select_related("owner__subject").first()
    found = row or slots().get(code)
    if found is None:
        words = _("Cette charte n'existe pas, ou n'est pas publique.")
        raise NotFoundError("unknown_charter", words, facts={"code": code[:80]})
    return found


def _line(row: Charter, text: Text | None, living: dict[UUID, int]) -> dict[str, Any]:
    return {
        "code": row.code,
        "titre": {"fr": row.title_fr, "en": row.title_en or row.title_fr},
        "tenue_par": row.owner.name if row.owner else None,
        "texte_detenu": text is not None,
        "version": text.label if text else None,
        "empreinte": text.sha256 if text else None,
        "signataires": living.get(row.pk, 0),
    }


def _waiting(slot: Slot) -> dict[str, Any]:
    return {
        "code": slot.code,
        "titre": dict(slot.titles),
        "tenue_par": None,
        "texte_detenu": False,
        "version": None,
        "empreinte": None,
        "signataires": 0,
    }
