"""Signing a charter and taking a signature back: proofs that are never changed (R-95).

A signature gives no label and no score: nothing is written of the signatory but that it signed, and when.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.census.entry_rules import tidy
from terreau.charters import rules
from terreau.charters.models import Charter, Request, Signature, Signer, Text, Withdrawal
from terreau.charters.writing import last_text
from terreau.common.errors import DomainError
from terreau.common.text import search_text
from terreau.journal.actions import record
from terreau.subjects.actions import family, lock


@dataclass(frozen=True, slots=True)
class Person:
    """Who signs, as they type it. ``shown``: name and quality stand in the public register."""

    name: str
    quality: str
    mandate: str = ""
    shown: bool = False

    def checked(self) -> Person:
        """Return the same, tidied. Raises ``DomainError`` with ``facts["field"]``."""
        made = Person(
            tidy(self.name)[:120], tidy(self.quality)[:120], tidy(self.mandate)[:300], shown=self.shown
        )
        for field in ("name", "quality"):
            if not search_text(getattr(made, field)):
                raise DomainError(
                    "words_needed", _("Écrivez au moins quelques mots."), facts={"field": field}
                )
        return made


def sign(  # noqa: PLR0913 - keyword-only: each is a part of the proof
    text: Text, signatory: Actor, person: Person, *, agreed: bool, sha256: str, by: User
) -> Signature:
    """Sign as somebody of the organisation who has just proved who they are. The caller checks both.

    ``sha256`` is that of the text which was on the page: another one is refused (409).
    """
    return _sign(text, signatory, person, agreed=agreed, sha256=sha256, by=by, request=None)


def sign_by_link(
    request: Request, person: Person, *, agreed: bool, sha256: str, by: User | None = None
) -> Signature:
    """Sign by a personal link, once. The caller checks that the link is open (``links.open_link``)."""
    return _sign(
        request.text, request.signatory, person, agreed=agreed, sha256=sha256, by=by, request=request
    )


def _sign(  # noqa: PLR0913 - keyword-only: each is a part of the proof
    text: Text,
    signatory: Actor,
    person: Person,
    *,
    agreed: bool,
    sha256: str,
    by: User | None,
    request: Request | None,
) -> Signature:
    who = person.checked()
    if not agreed:
        words = _("Cochez que vous signez ce texte.")
        raise DomainError("agreement_needed", words, facts={"field": "agreed"})
    with transaction.atomic():
        # One at a time for an organisation: a second click, or a colleague, finds the first signature.
        lock(signatory.pk)
        _check_living(signatory)
        _check_text(text, sha256)
        if living(text, signatory) is not None:
            raise DomainError("signed_already", _("Cette organisation a déjà signé ce texte."), status=409)
        row = _insert(text, signatory, who, by=by, request=request)
        told = {"signature": row.pk.hex, "charter": text.charter.code, "version": text.label}
        record(
            signatory.subject, "charter.signed", by=by, data={**told, "sha256": text.sha256, "seal": row.seal}
        )
    return row


def _insert(
    text: Text, signatory: Actor, who: Person, *, by: User | None, request: Request | None
) -> Signature:
    now = timezone.now()
    salt = secrets.token_hex(32)
    row = Signature(
        text=text,
        signatory=signatory,
        rank=Signature.objects.filter(text=text, signatory=signatory).count(),
        on=timezone.localdate(now),
        at=now,
        proof=Signature.Proof.LINK if request else Signature.Proof.PROVED,
        by=by,
        request=request,
        sha256=text.sha256,
        signer_sha256=rules.signer_digest(who.name, who.quality, who.mandate, salt),
    )
    row.seal = rules.seal(sealed(row))
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        words = _("Cette signature vient d'être enregistrée.")
        raise DomainError("signed_already", words, status=409) from error
    Signer.objects.create(
        signature=row, name=who.name, quality=who.quality, mandate=who.mandate, shown=who.shown, salt=salt
    )
    return row


def sealed(row: Signature) -> dict[str, str]:
    """Return what the seal of a signature covers."""
    return {
        "signature": row.pk.hex,
        "text": row.text_id.hex,
        "signatory": row.signatory_id.hex,
        "rank": str(row.rank),
        "on": row.on.isoformat(),
        "proof": str(row.proof),
        "by": row.by_id.hex if row.by_id else "",
        "request": row.request_id.hex if row.request_id else "",
        "sha256": row.sha256,
        "signer": row.signer_sha256,
    }


def problems(row: Signature) -> list[str]:
    """Return what does not hold in a proof: ``text``, ``seal``, ``signer``; nothing when all holds.

    A person who was forgotten leaves a proof that holds, and names nobody.
    """
    found = []
    if rules.text_digest(row.text.charter.code, row.text.label, row.text.content) != row.sha256:
        found.append("text")
    if rules.seal(sealed(row)) != row.seal:
        found.append("seal")
    who = Signer.objects.filter(signature=row).first()
    if who and not who.forgotten_at:
        made = rules.signer_digest(who.name, who.quality, who.mandate, who.salt)
        found += [] if made == row.signer_sha256 else ["signer"]
    return found


def withdraw(signature: Signature, *, reason: str = "", by: User | None) -> Withdrawal:
    """Take a signature back: it stays in the register, as withdrawn, with its day and the reason if given.

    Of two people at once, one is told (409) that it is done.
    """
    with transaction.atomic():
        lock(signature.signatory_id)
        row = Withdrawal(
            signature=signature,
            on=timezone.localdate(),
            at=timezone.now(),
            reason=tidy(reason)[:500],
            by=by,
        )
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError as error:
            words = _("Cette signature est déjà retirée.")
            raise DomainError("withdrawn_already", words, status=409) from error
        told = {"signature": signature.pk.hex, "charter": signature.text.charter.code}
        record(signature.signatory.subject, "charter.withdrawn", by=by, data=told)
    return row


def living(text: Text, signatory: Actor) -> Signature | None:
    """Return the signature of a text by an organisation, or by one that was merged into it, in force."""
    rows = Signature.objects.filter(text=text, signatory__in=list(family([signatory.pk])), withdrawal=None)
    return rows.order_by("at").first()


def living_all(charter: Charter, signatory: Actor) -> list[Signature]:
    """Return the signatures in force of an organisation, under every version, the newest first."""
    rows = Signature.objects.filter(
        text__charter=charter, signatory__in=list(family([signatory.pk])), withdrawal=None
    )
    return list(rows.select_related("text", "signatory__subject").order_by("-text__rank"))


def _check_living(signatory: Actor) -> None:
    subject = type(signatory.subject).objects.get(pk=signatory.pk)
    if subject.closed_at or subject.merged_into_id:
        words = _("Cette fiche est fermée ou fusionnée avec une autre.")
        raise DomainError("actor_closed", words, status=409)


def _check_text(text: Text, sha256: str) -> None:
    last = last_text(text.charter)
    if last is None or last.pk != text.pk or sha256 != text.sha256:
        words = _("Une nouvelle version de ce texte vient d'être publiée : lisez-la avant de signer.")
        raise DomainError("text_changed", words, status=409)


def at_instant(signature: Signature) -> str:
    """Return when a signature was recorded, in UTC and to the second."""
    return signature.at.strftime("%Y-%m-%dT%H:%M:%SZ")
