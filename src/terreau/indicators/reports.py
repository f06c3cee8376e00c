"""The yearly report of a pole: its own words, saved as they are typed, and the editions that it publishes."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.canonical import digest
from terreau.common.errors import DomainError
from terreau.indicators.models import Edition, Words
from terreau.journal.actions import record, save_fresh
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects

#: Characters of one part, at most.
MOST = 6_000


def write(  # noqa: PLR0913 - keyword-only: what was seen, what is wanted, by whom
    pole: Pole, year: int, section: str, *, base: str, text: str, by: User
) -> Words:
    """Write the words of a section as the person saw them (``base``).

    Raises ``StaleWriteError`` when somebody else wrote there meanwhile, ``DomainError`` for too long a text.
    """
    if section not in Words.Section.values:
        raise DomainError("unknown_section", _("Cette partie du rapport n'existe pas."))
    clean = text.replace("\r\n", "\n").replace("\0", "").strip()
    if len(clean) > MOST:
        message = _("Ce texte compte %(count)s signes, %(most)s au plus.") % {
            "count": len(clean),
            "most": MOST,
        }
        raise DomainError("too_long", message, facts={"field": section})
    with transaction.atomic():
        subjects.lock(pole.pk)
        held, _new = Words.objects.get_or_create(pole=pole, year=year, section=section)
        if clean == base.replace("\r\n", "\n").strip():
            return held
        return save_fresh(
            held,
            subject=pole.actor.subject,
            verb="report.words_written",
            base={"text": base.replace("\r\n", "\n").strip(), "by_id": held.by_id, "at": held.at},
            mine={"text": clean, "by_id": by.pk, "at": timezone.now()},
            by=by,
        )


def publish(pole: Pole, year: int, data: dict[str, Any], *, by: User, why: str = "") -> Edition:
    """Publish a version of the report: its data are frozen with their digest, and open to everybody.

    A version after the first says what changes (``why``). Raises ``DomainError`` otherwise, and when nothing
    changed since the version before.
    """
    with transaction.atomic():
        subjects.lock(pole.pk)
        before = Edition.objects.filter(pole=pole, year=year).order_by("-number").first()
        print_ = digest(data)
        if before is not None and before.public and before.digest == print_:
            raise DomainError("same_edition", _("Rien n'a changé depuis la version publiée."), status=409)
        if before is not None and not why.strip():
            message = _("Dites ce qui change depuis la version précédente.")
            raise DomainError("why_needed", message, facts={"field": "why"})
        last = Edition.objects.filter(pole=pole, year=year).aggregate(last=Max("number"))["last"] or 0
        made = Edition.objects.create(
            pole=pole,
            year=year,
            number=last + 1,
            data=data,
            digest=print_,
            why=why.strip()[:300] if last else "",
            by=by,
        )
        told = {"year": year, "number": made.number, "digest": print_}
        record(pole.actor.subject, "report.published", by=by, data=told)
    return made


def withdraw(edition: Edition, *, why: str, by: User) -> Edition:
    """Close an edition to the public, with why; it stays in the workspace as it was published."""
    if not why.strip():
        raise DomainError("reason_needed", _("Dites pourquoi ce rapport est retiré."), facts={"field": "why"})
    with transaction.atomic():
        changed = Edition.objects.filter(pk=edition.pk, public=True).update(
            public=False, closed_why=why.strip()[:300]
        )
        if not changed:
            raise DomainError("withdrawn_already", _("Cette version est déjà retirée."), status=409)
        told = {"year": edition.year, "number": edition.number}
        record(edition.pole.actor.subject, "report.withdrawn", by=by, data=told)
    edition.refresh_from_db()
    return edition


def shown(pole: Pole, year: int) -> Edition | None:
    """Return the latest edition of a year if it is open to everybody."""
    latest = Edition.objects.filter(pole=pole, year=year).order_by("-number").first()
    return latest if latest is not None and latest.public else None
