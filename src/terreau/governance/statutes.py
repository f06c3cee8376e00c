"""Statutes, internal rules, agreements and charters of a pole: deposited by versions, none is changed."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.governance.models import Statute
from terreau.journal.actions import record
from terreau.pieces.models import Piece
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects


def deposit(  # noqa: PLR0913 - keyword-only: each is a part of a version
    pole: Pole,
    kind: str,
    *,
    text: str = "",
    piece: Piece | None = None,
    adopted_on: date | None = None,
    note: str = "",
    public: bool = False,
    by: User,
) -> Statute:
    """Keep a version, the next of its kind. ``piece`` is attached to the pole.

    Raises ``DomainError``: neither words nor file, the words of the version in force (409).
    """
    words = text.replace("\r\n", "\n").strip()
    if not words and piece is None:
        raise DomainError("no_text", _("Donnez le texte, ou le fichier."), facts={"field": "text"})
    with transaction.atomic():
        subjects.lock(pole.actor_id)
        last = in_force(pole).get(kind)
        if last is not None and piece is None and last.text == words:
            refusal = _("C'est mot pour mot la version %(n)d.") % {"n": last.number}
            raise DomainError("same_text", refusal, facts={"field": "text"}, status=409)
        row = Statute.objects.create(
            pole=pole,
            kind=kind,
            number=last.number + 1 if last else 1,
            text=words,
            piece=piece,
            adopted_on=adopted_on,
            note=" ".join(note.split())[:300],
            public=public,
            by=by,
        )
        data = {"statute": row.pk, "kind": kind, "number": row.number, "public": public}
        record(pole.actor.subject, "statute.deposited", by=by, data=data)
    return row


def publish(statute: Statute, *, public: bool, by: User) -> Statute:
    """Let everybody read a version, or its people alone; said twice, it is so already."""
    with transaction.atomic():
        if Statute.objects.filter(pk=statute.pk, public=not public).update(public=public):
            data = {"statute": statute.pk, "kind": statute.kind, "number": statute.number}
            verb = "statute.published" if public else "statute.hidden"
            record(statute.pole.actor.subject, verb, by=by, data=data)
    return Statute.objects.select_related("pole__actor__subject", "piece__blob").get(pk=statute.pk)


def versions(pole: Pole) -> dict[str, list[Statute]]:
    """Return the versions of each kind, the newest first (one query)."""
    found: dict[str, list[Statute]] = {}
    for row in Statute.objects.filter(pole=pole).select_related("piece__blob").order_by("kind", "-number"):
        found.setdefault(row.kind, []).append(row)
    return found


def in_force(pole: Pole) -> dict[str, Statute]:
    """Return the last version of each kind."""
    return {kind: rows[0] for kind, rows in versions(pole).items()}
