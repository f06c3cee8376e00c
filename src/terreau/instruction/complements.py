"""Complements: asked until a day, which stops the clock; reminded; answered; never a refusal by itself."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from terreau.accounts.models import User
from terreau.calls import form_rules
from terreau.calls.form_rules import Missing
from terreau.calls.models import Call
from terreau.common.errors import DomainError
from terreau.common.inserting import insert
from terreau.dossiers import moving
from terreau.dossiers.deposit import send
from terreau.dossiers.models import Dossier, Receipt, Transition
from terreau.dossiers.perms import people_of
from terreau.dossiers.states import COMPLEMENTS
from terreau.instruction import progress, setups
from terreau.instruction.models import Complement
from terreau.journal.actions import counting_refusals
from terreau.notices.actions import tell

#: One reminder, this many days before the day fixed.
REMIND_BEFORE = 3


def open_of(dossier: Dossier) -> Complement | None:
    """Return the complement that a file waits for."""
    return Complement.objects.filter(dossier=dossier, answered_at=None, closed_at=None).first()


def usual_due(call: Call, today: date) -> date:
    """Return the day that the settings of the call give to answer."""
    return today + timedelta(days=setups.of(call).complement_days)


def consequence(due: date) -> str:
    """Return what follows if nobody answers: said to the applicant, done by nobody but an officer."""
    words = _("Sans réponse le %(day)s, le dossier est examiné tel qu'il est ; rien n'est refusé d'office.")
    return words % {"day": date_format(due, "j F Y")}


def ask(  # noqa: PLR0913 - keyword-only: each is a part of what is asked
    dossier: Dossier,
    *,
    keys: Collection[str],
    text: str,
    due: date,
    by: User,
    base_version: int | None = None,
) -> Complement:
    """Ask an applicant to complete: fields, words, until when. The clock stops; its people are told."""
    words = text.strip()
    if not words:
        raise DomainError("text_needed", _("Dites ce que vous demandez."), facts={"field": "text"})
    today = timezone.localdate()
    if due <= today:
        message = _("Laissez au moins un jour pour répondre.")
        raise DomainError("too_soon", message, facts={"field": "due"})
    if due > today + timedelta(days=180):
        raise DomainError("too_far", _("Laissez 180 jours au plus."), facts={"field": "due"})
    known = {one.key for one in form_rules.fields(dossier.form.content)}
    if wrong := [key for key in keys if key not in known]:
        message = _("Ce champ n'est pas dans le formulaire : %(key)s.") % {"key": wrong[0]}
        raise DomainError("unknown_field", message, facts={"field": "keys"})
    with counting_refusals(dossier.subject, "complement.asked", by=by), transaction.atomic():
        data = {"keys": sorted(keys), "due": due.isoformat()}
        moving.move(dossier, "ask", by=by, reason=words, data=data, base_version=base_version)
        made = insert(
            Complement(
                dossier=dossier,
                keys=sorted(keys),
                text=words,
                consequence=consequence(due)[:300],
                due=due,
                by=by,
            ),
            "complement_waits",
        )
        progress.project([dossier.pk])
        _tell_asked(made)
    return made


def _tell_asked(row: Complement) -> None:
    words = format_lazy(
        gettext_lazy("Compléments attendus jusqu'au {day} pour le dossier « {name} »."),
        name=row.dossier.name,
        day=lazy(date_format, str)(row.due, "j F Y"),
    )
    for user in people_of(row.dossier):
        path = f"/dossiers/{row.dossier_id}/echanges/"
        tell(user, "dossier", words, subject=row.dossier.subject, path=path, dedupe=f"ask-{row.pk.hex}")


def answer(dossier: Dossier, *, text: str, key: str, by: User) -> Receipt:
    """Send what the applicant completed: a new frozen copy, a receipt, and the clock goes on.

    ``key`` is that of the form: sent twice, it is sent once.
    """
    with counting_refusals(dossier.subject, "complement.answered", by=by), transaction.atomic():
        row = open_of(dossier)
        receipt = send(dossier, by=by, key=key)
        if row is not None:
            Complement.objects.filter(pk=row.pk, answer="").update(answer=text.strip()[:4000])
    dossier.refresh_from_db(fields=["state", "stage_since", "version"])
    return receipt


def go_on(dossier: Dossier, *, why: str, by: User, base_version: int | None = None) -> None:
    """Take the file up again as it is, without waiting or once the day is past; the reason is told."""
    if not why.strip():
        raise DomainError(
            "reason_needed", _("Dites pourquoi vous n'attendez pas."), facts={"field": "reason"}
        )
    moving.move(dossier, "go_on", by=by, reason=why, base_version=base_version)


def follow(dossier: Dossier, made: Transition) -> None:
    """Close what is awaited of a file that leaves « compléments demandés », by whatever page or verb."""
    if made.from_state == COMPLEMENTS:
        rows = Complement.objects.filter(dossier=dossier, answered_at=None, closed_at=None)
        if made.verb == "answer":
            rows.update(answered_at=made.at, answered_by=made.by)
        else:
            rows.update(closed_at=made.at, closed_by=made.by, closed_why=(made.reason or "=moved")[:300])
    if made.from_state == COMPLEMENTS or made.verb in {"deposit", "take_back"}:
        progress.project([dossier.pk])


def open_keys(dossier: Dossier) -> frozenset[str] | None:
    """Return the only fields that may be written while a complement is awaited; None for all."""
    if dossier.state != COMPLEMENTS:
        return None
    row = open_of(dossier)
    return frozenset(row.keys) if row is not None and row.keys else None


def draft(lacking: Collection[Missing]) -> str:
    """Return the words of a demand for what a file lacks: to be read and mended before it leaves."""
    if not lacking:
        return ""
    lines = "\n".join(f"– {one.label}" for one in lacking)
    return _("Pour instruire votre dossier, il nous manque :") + "\n" + lines


def remind(today: date) -> int:
    """Remind once the people of files whose day comes near; return how many files. Run each day."""
    rows = Complement.objects.filter(
        answered_at=None, closed_at=None, reminded_at=None, due__lte=today + timedelta(days=REMIND_BEFORE)
    )
    rows = rows.filter(due__gte=today, dossier__state="complements")
    count = 0
    for row in rows.select_related("dossier__subject", "dossier__call").order_by("pk"):
        count += remind_one(row)
    return count


def remind_one(row: Complement) -> bool:
    """Tell the people of a file again what is awaited of them, once; return whether it was told now."""
    rows = Complement.objects.filter(pk=row.pk, reminded_at=None, answered_at=None, closed_at=None)
    if not rows.update(reminded_at=timezone.now()):
        return False
    words = format_lazy(
        gettext_lazy("Rappel : les compléments du dossier « {name} » sont attendus jusqu'au {day}."),
        name=row.dossier.name,
        day=lazy(date_format, str)(row.due, "j F Y"),
    )
    for user in people_of(row.dossier):
        tell(
            user, "dossier", words, subject=row.dossier.subject, path=f"/dossiers/{row.dossier_id}/echanges/"
        )
    return True


def days_words(left: int) -> str:
    """Say how many days are left, or since how many they are past."""
    if left < 0:
        return ngettext("en retard d'un jour", "en retard de %(n)d jours", -left) % {"n": -left}
    if left == 0:
        return _("dernier jour")
    return ngettext("il reste un jour", "il reste %(n)d jours", left) % {"n": left}
