"""The deposit: one click, one frozen copy, one receipt; at the second of the deadline and not after it."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from terreau.accounts.models import User
from terreau.calls import form_rules
from terreau.common.errors import DomainError, RefusedError
from terreau.dossiers import sign_off, states
from terreau.dossiers.actions import judge_grids, pieces_of, values_of
from terreau.dossiers.deadline import received, takes, to_the_second
from terreau.dossiers.freezing import freeze
from terreau.dossiers.models import Dossier, FrozenCopy, Receipt
from terreau.dossiers.moving import lock, move
from terreau.journal.actions import counting_refusals
from terreau.pieces.models import Piece


def deposit(
    dossier: Dossier, *, by: User | None, key: str, at: datetime | None = None, whole: bool = True
) -> Receipt:
    """Deposit a file: freeze it, give a receipt, move it. ``key`` is that of the form that was sent.

    Idempotent: the same ``key``, or a file that is deposited and was not taken back since, gives the same
    receipt. ``at`` is when it was received (now, or the postmark that an officer read); the instant counts
    when the request arrived, not when its turn came. ``whole=False`` is for what an officer enters from
    paper: what lacks is said later, by the instruction, and what came too late is marked so. Raises
    ``DomainError`` (422) with ``facts["missing"]`` when something is missing, ``RefusedError`` (403,
    journalled) when it is too late.
    """
    when = to_the_second(at or timezone.now())
    with counting_refusals(dossier.subject, "dossier.deposit", by=by), transaction.atomic():
        row = _held(dossier)
        if held := _given(row, key):
            return held
        taken = (takes if whole else received)(row.call, when)
        if row.state == states.DRAFT and not taken.ok:
            raise RefusedError("too_late", taken.reason, facts={"at": when.isoformat()})
        if whole and row.state == states.DRAFT:
            check(row)
        return _receive(row, "deposit", FrozenCopy.Why.DEPOSIT, by=by, key=key, when=when, late=taken.late)


def send(dossier: Dossier, *, by: User | None, key: str, at: datetime | None = None) -> Receipt:
    """Send the complements that were asked: a new frozen copy, a receipt, and the instruction goes on."""
    when = to_the_second(at or timezone.now())
    with counting_refusals(dossier.subject, "dossier.answer", by=by), transaction.atomic():
        row = _held(dossier)
        held = Receipt.objects.filter(dossier=row, key=key).select_related("copy").first()
        return held or _receive(
            row, "answer", FrozenCopy.Why.COMPLEMENT, by=by, key=key, when=when, late=row.late
        )


def check(dossier: Dossier) -> None:
    """Raise what stops a deposit: answers missing, pieces refused or not scanned yet, signatures missing."""
    found = form_rules.missing(dossier.form.content, values_of(dossier))
    if found:
        words = ngettext(
            "Il manque une réponse : le dossier n'est pas encore déposé.",
            "Il manque %(n)d réponses : le dossier n'est pas encore déposé.",
            len(found),
        )
        facts: dict[str, Any] = {"missing": [one.key for one in found]}
        raise DomainError("incomplete", words % {"n": len(found)}, facts=facts)
    if wrong := [one for one in pieces_of(dossier) if one.piece.state != Piece.State.CLEAN]:
        names = ", ".join(one.name for one in wrong)
        message = _("Ces pièces sont refusées ou pas encore analysées : %(names)s.") % {"names": names}
        raise DomainError("pieces", message, facts={"pieces": [str(one.pk) for one in wrong]})
    if unsigned := sign_off.lacking(dossier):
        names = ", ".join(one.actor.name for one in unsigned)
        message = _("Ces organisations n'ont pas signé ce texte : %(names)s.") % {"names": names}
        raise DomainError("unsigned", message, facts={"actors": [str(one.actor.pk) for one in unsigned]})


def last_receipt(dossier: Dossier) -> Receipt | None:
    """Return the receipt of the last deposit."""
    return Receipt.objects.filter(dossier=dossier).select_related("copy").order_by("-id").first()


def _held(dossier: Dossier) -> Dossier:
    lock(dossier)
    named = ("call__programme", "call__subject", "form", "subject", "strand", "applicant", "pole__actor")
    return Dossier.objects.select_related(*named).get(pk=dossier.pk)


def _given(row: Dossier, key: str) -> Receipt | None:
    """Return the receipt that was given already for this form, or for the file as it stands deposited."""
    held = Receipt.objects.filter(dossier=row, key=key).select_related("copy").first()
    if held is None and row.state == states.DEPOSITED:
        held = last_receipt(row)
    return held


def _receive(  # noqa: PLR0913
    row: Dossier, verb: str, why: str, *, by: User | None, key: str, when: datetime, late: bool
) -> Receipt:
    judge_grids(row, by=by)
    copy = freeze(row, why, by=by, at=when)
    receipt = Receipt.objects.create(
        dossier=row,
        copy=copy,
        number=f"{row.reference}-{copy.number}",
        at=when,
        sha256=copy.sha256,
        late=late,
        key=key,
        by=by,
    )
    if verb == "deposit":
        Dossier.objects.filter(pk=row.pk).update(deposited_at=when, late=late)
    data = {"receipt": receipt.number, "sha256": copy.sha256, "copy": copy.number}
    move(row, verb, by=by, data=data, has=(states.COPY,))
    return receipt
