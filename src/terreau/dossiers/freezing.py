"""The frozen copy of a file: what it said at an instant, in bytes that never change (RFC 8785).

The bytes are written once and read back as they are (``frozen``). The same content gives the same bytes on
any machine: keys in the order of RFC 8785, whole numbers only, no clock but the one given.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, cast

import rfc8785
from django.db import transaction
from django.db.models import Max

from terreau.accounts.models import User
from terreau.calls import form_rules
from terreau.common.canonical import digest
from terreau.dossiers import sign_off
from terreau.dossiers.actions import answers_of, pieces_of
from terreau.dossiers.deadline import PARIS, to_the_second
from terreau.dossiers.models import Dossier, FrozenCopy, SignOff
from terreau.journal.actions import record

#: The shape of the document: a change of it changes this name, and the copies before keep theirs.
FORMAT: Final = "terreau.dossier/1"


def document(dossier: Dossier) -> dict[str, Any]:
    """Return what a file says now, in JSON types: four queries. The answers that show, and nothing hidden."""
    held = answers_of(dossier)
    content = dossier.form.content
    answers = form_rules.kept(content, {key: row.value for key, row in held.items()})
    return {
        "format": FORMAT,
        "number": dossier.reference,
        "dossier": str(dossier.pk),
        "call": {"slug": dossier.call.slug, "title": dossier.call.title},
        "form": {"number": dossier.form.number, "sha256": digest(content)},
        "strand": dossier.strand.code if dossier.strand else None,
        "category": dossier.category,
        "applicant": _actor(dossier.applicant),
        "pole": _actor(dossier.pole.actor) if dossier.pole else None,
        "title": dossier.title,
        "asked_cents": dossier.asked_cents,
        "answers": answers,
        "given": {key: held[key].given for key in sorted(answers) if key in held and held[key].given},
        "pieces": _pieces(dossier),
        "signed": _signed(dossier),
    }


def freeze(dossier: Dossier, why: str, *, by: User | None, at: datetime) -> FrozenCopy:
    """Write a frozen copy. The caller holds the row of the file (``moving.lock``)."""
    last = FrozenCopy.objects.filter(dossier=dossier).aggregate(last=Max("number"))["last"] or 0
    when = to_the_second(at)
    told = document(dossier) | {
        "copy": last + 1,
        "why": why,
        "at": when.astimezone(PARIS).isoformat(),
    }
    bytes_ = as_bytes(told)
    with transaction.atomic():
        copy = FrozenCopy.objects.create(
            dossier=dossier,
            number=last + 1,
            why=why,
            form=dossier.form,
            document=bytes_,
            sha256=hashlib.sha256(bytes_).hexdigest(),
            at=when,
            by=by,
        )
        data = {"copy": copy.number, "sha256": copy.sha256, "why": why}
        record(dossier.subject, "dossier.frozen", by=by, data=data)
    return copy


def as_bytes(told: Mapping[str, Any]) -> bytes:
    """Return the canonical bytes of a document (RFC 8785)."""
    return rfc8785.dumps(cast(Any, told))


def _actor(actor: Any) -> dict[str, Any]:
    return {"id": str(actor.pk), "name": actor.name, "siren": actor.siren}


def _pieces(dossier: Dossier) -> list[dict[str, Any]]:
    return [
        {
            "id": str(one.pk),
            "key": one.key,
            "name": one.name,
            "sha256": one.piece.blob_id,
            "size": one.piece.blob.size,
            "type": one.piece.blob.media_type,
        }
        for one in pieces_of(dossier)
    ]


def _signed(dossier: Dossier) -> list[dict[str, Any]]:
    """Return the signatures, and whether each is of this very text."""
    rows = list(SignOff.objects.filter(dossier=dossier, withdrawn_at=None).order_by("pk"))
    text = sign_off.digest_of(dossier) if rows else ""
    return [
        {
            "actor": str(row.actor_id),
            "sha256": row.copy_hash,
            "at": row.at.astimezone(PARIS).isoformat(),
            "stands": row.copy_hash == text,
        }
        for row in rows
    ]
