"""The certificate of a label: what it says, its digest in the journal, and how anybody checks it again.

What it says is canonical JSON (RFC 8785) of public things alone: the label, its owner, the pole, the
criteria and their digest, the digest of the signed evaluation, the days. The event that holds its digest
names nobody, so that it can be shown whole; a seal of the journal then covers it, and whoever kept that
seal proves that nothing was changed.
"""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _

from terreau.common.canonical import canonical, digest
from terreau.common.errors import NotFoundError
from terreau.journal import rules as journal
from terreau.journal.actions import record
from terreau.journal.models import Event, Seal
from terreau.labels.models import Certificate, LabelRequest
from terreau.labels.rules import Worth

#: Letters and figures that nobody takes for one another (Crockford).
_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
_SPELLED: Final = re.compile(r"^[0-9A-HJKMNP-TV-Z]{12}$")


def token() -> str:
    """Return a new code: twelve signs, sixty bits, fit to be typed from paper."""
    signs = "".join(secrets.choice(_LETTERS) for _sign in range(12))
    return f"{signs[:4]}-{signs[4:8]}-{signs[8:]}"


def tidy(typed: str) -> str:
    """Return a code as it is held, whatever the case, the spaces and the letters taken for figures."""
    signs = re.sub(r"[\s\-–.]", "", typed).upper().translate(_READ)
    return f"{signs[:4]}-{signs[4:8]}-{signs[8:]}" if _SPELLED.match(signs) else ""


def content(row: LabelRequest) -> dict[str, Any]:
    """Return what a certificate says: no personal datum."""
    scheme, version = row.scheme, row.grid_version
    if row.valid_from is None or row.valid_to is None or row.decided_on is None:
        raise ValueError("only a label that was granted has a certificate")
    return {
        "number": row.name,
        "label": {"id": str(scheme.pk), "name": scheme.name, "owner": scheme.owner.name},
        "pole": {"id": str(row.pole_id), "name": row.pole.actor.name},
        "criteria": {"grid": version.grid.code, "version": version.version, "digest": version.digest},
        "shared_evaluation": row.conclusion.digest,
        "decided_on": row.decided_on.isoformat(),
        "valid_from": row.valid_from.isoformat(),
        "valid_to": row.valid_to.isoformat(),
    }


def issue(row: LabelRequest) -> Certificate:
    """Issue the certificate of a label that was just granted; call it in the transaction of the decision."""
    said = content(row)
    found = digest(said)
    # Nobody is named: the event may be shown whole to anybody, and its hash computed again.
    event = record(
        row.scheme.subject, "certificate.issued", by=None, data={"number": row.name, "digest": found}
    )
    return Certificate.objects.create(
        request=row, token=token(), content=canonical(said), digest=found, event=event
    )


@dataclass(frozen=True, slots=True)
class Checked:
    """What is found of a code on a day. ``problems``: what does not match, in words; none when all is
    sound.
    """

    certificate: Certificate
    worth: Worth
    seal: Seal | None
    problems: tuple[str, ...]

    @property
    def row(self) -> LabelRequest:
        """The label."""
        return self.certificate.request

    @property
    def said(self) -> dict[str, Any]:
        """What the certificate says, as it was issued."""
        found: dict[str, Any] = json.loads(self.certificate.content)
        return found


def check(code: str, *, on: date) -> Checked:
    """Return what a code is worth on a day, everything computed again. Raises ``NotFoundError``: unknown."""
    rows = Certificate.objects.select_related(
        *("request__scheme__owner", "request__scheme__subject", "request__pole__actor__subject"),
        "event",
    )
    found = rows.filter(token=tidy(code)).first() if tidy(code) else None
    if found is None:
        raise NotFoundError("unknown_certificate", _("Aucun certificat n'a ce code."))
    seal = Seal.objects.filter(last_event__gte=found.event_id).order_by("id").first()
    return Checked(found, found.request.worth(on), seal, tuple(problems(found)))


def problems(found: Certificate) -> list[str]:
    """Return what does not match in a certificate and its event, in words."""
    told = []
    if digest(json.loads(found.content)) != found.digest:
        told.append(_("le contenu n'a pas l'empreinte annoncée"))
    if found.event.data.get("digest") != found.digest:
        told.append(_("le journal n'a pas la même empreinte"))
    if _hash(found.event) != found.event.hash:
        told.append(_("l'événement du journal a été changé"))
    return told


def line(event: Event) -> dict[str, Any]:
    """Return the event of a certificate, whole, so that its hash can be computed again elsewhere."""
    return {
        "subject": event.subject_id.hex,
        "rank": event.seq,
        "verb": event.verb,
        "at": journal.instant(event.at),
        "by": None,
        "data": event.data,
        "previous": event.previous,
        "hash": event.hash,
    }


def proof(found: Checked) -> dict[str, Any]:
    """Return all that is needed to check a certificate without this site, in JSON types."""
    seal = found.seal
    return {
        "content": found.said,
        "canonical": found.certificate.content,
        "sha256": found.certificate.digest,
        "event": line(found.certificate.event),
        "seal": None
        if seal is None
        else {
            "id": seal.pk,
            "first_event": seal.first_event,
            "last_event": seal.last_event,
            "at": journal.instant(seal.at),
            "hash": seal.hash,
        },
        "state": str(found.worth),
        "sound": not found.problems,
    }


def _hash(event: Event) -> str:
    return journal.event_hash(
        event.subject_id.hex,
        event.seq,
        event.verb,
        journal.instant(event.at),
        event.by.hex if event.by else None,
        canonical(event.data),
        event.previous,
    )
