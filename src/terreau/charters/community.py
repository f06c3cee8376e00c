"""The community of those who signed: a question, options, one voice for each signatory (R-71).

Voices bear names: who takes part knows it beforehand, and the signatories read them once it is closed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Actor, Belonging
from terreau.actors.perms import Viewer
from terreau.census.entry_rules import tidy
from terreau.charters import perms, signing
from terreau.charters.models import Charter, Consultation, Signature, Voice
from terreau.charters.writing import subject_of
from terreau.common.errors import DomainError, NotFoundError
from terreau.common.text import search_text
from terreau.journal.actions import record
from terreau.notices.actions import tell

FEWEST, MOST, LONGEST_OPTION = 2, 8, 120


@dataclass(frozen=True, slots=True)
class Outcome:
    """An option, how many chose it, and who: read when it is closed."""

    option: str
    count: int
    names: tuple[str, ...]


def members(charter: Charter) -> list[Actor]:
    """Return the signatories in force, under any version, by name; merged ones under their living name."""
    rows = Signature.objects.filter(text__charter=charter, withdrawal=None)
    actors = Actor.objects.filter(pk__in=rows.values("signatory")).select_related("subject")
    return list(actors.order_by("sort_key", "pk"))


def consult(  # noqa: PLR0913 - keyword-only: each is a part of the question
    charter: Charter, *, question: str, context: str, options: Sequence[str], due_on: date, by: User
) -> Consultation:
    """Put a question to the signatories and tell their people. The caller checks who may.

    Two to eight options, each once. Raises ``DomainError`` with ``facts["field"]``.
    """
    asked = tidy(question)[:300]
    if not search_text(asked):
        raise DomainError("words_needed", _("Écrivez la question."), facts={"field": "question"})
    given = _options(options)
    if due_on <= timezone.localdate():
        raise DomainError("due_too_soon", _("La date de réponse est à venir."), facts={"field": "due_on"})
    invited = members(charter)
    if not invited:
        raise DomainError("nobody", _("Personne n'a encore signé cette charte."), status=409)
    with transaction.atomic():
        row = Consultation.objects.create(
            charter=charter,
            question=asked,
            context=tidy(context, lines=True)[:4000],
            options=given,
            opened_at=timezone.now(),
            by=by,
            due_on=due_on,
        )
        told = {"consultation": row.pk.hex, "charter": charter.code, "options": len(given)}
        record(subject_of(charter), "consultation.opened", by=by, data=told)
        _tell(row, invited)
    return row


def _options(options: Sequence[str]) -> list[str]:
    given = [tidy(one)[:LONGEST_OPTION] for one in options]
    given = [one for one in given if search_text(one)]
    if len({search_text(one) for one in given}) != len(given):
        raise DomainError("same_option", _("Deux réponses sont les mêmes."), facts={"field": "options"})
    if not FEWEST <= len(given) <= MOST:
        words = _("Donnez de %(fewest)d à %(most)d réponses possibles, une par ligne.")
        facts = {"fewest": FEWEST, "most": MOST}
        raise DomainError("bad_options", words % facts, facts={**facts, "field": "options"})
    return given


def voters(user: Viewer, charter: Charter) -> list[Actor]:
    """Return the signatories in force for which a person gives a voice."""
    held = {actor.pk for actor in members(charter)}
    return [actor for actor in perms.engaging(user) if actor.pk in held or signing.living_all(charter, actor)]


def speak(consultation: Consultation, signatory: Actor, option: int, *, version: int, by: User) -> Voice:
    """Give the voice of a signatory, or change it (``version``: of the voice that was read, 0 for none).

    One voice each, held by the database: of two colleagues at once one is told (409) what the other chose.
    """
    if not 0 <= option < len(consultation.options):
        raise DomainError("bad_option", _("Choisissez une des réponses."), facts={"field": "option"})
    with transaction.atomic():
        held = Consultation.objects.select_for_update(no_key=True).get(pk=consultation.pk)
        if ended(held):
            raise DomainError("consultation_closed", _("Cette consultation est close."), status=409)
        if not signing.living_all(held.charter, signatory):
            words = _("Seuls les signataires en vigueur donnent leur voix.")
            raise DomainError("not_a_signatory", words, status=409)
        row = _first(held, signatory, option, by=by) if not version else None
        row = row or _again(held, signatory, option, version=version, by=by)
        told = {"consultation": held.pk.hex, "charter": held.charter.code}
        record(signatory.subject, "consultation.voice", by=by, data=told)
    return row


def _first(held: Consultation, signatory: Actor, option: int, *, by: User) -> Voice:
    row = Voice(consultation=held, signatory=signatory, option=option, at=timezone.now(), by=by)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise _spoken() from error
    return row


def _again(held: Consultation, signatory: Actor, option: int, *, version: int, by: User) -> Voice:
    rows = Voice.objects.filter(consultation=held, signatory=signatory)
    values = {"option": option, "at": timezone.now(), "by": by, "version": F("version") + 1}
    if not rows.filter(version=version).update(**values):
        raise _spoken()
    return rows.get()


def _spoken() -> DomainError:
    words = _("Quelqu'un de votre organisation vient de donner sa voix : relisez-la avant de la changer.")
    return DomainError("spoken_already", words, status=409)


def close(consultation: Consultation, *, by: User) -> Consultation:
    """Close a consultation now; the signatories read the result. Refused when it is closed."""
    with transaction.atomic():
        rows = Consultation.objects.filter(pk=consultation.pk, closed_at=None)
        if not rows.update(closed_at=timezone.now()):
            raise DomainError("consultation_closed", _("Cette consultation est close."), status=409)
        told = {"consultation": consultation.pk.hex, "charter": consultation.charter.code}
        record(subject_of(consultation.charter), "consultation.closed", by=by, data=told)
    consultation.refresh_from_db()
    return consultation


def ended(consultation: Consultation) -> bool:
    """Say whether no voice is taken any more: closed, or past its day."""
    return consultation.closed_at is not None or consultation.due_on < timezone.localdate()


def outcome(consultation: Consultation) -> list[Outcome]:
    """Return what each option received, in the order of the question; nothing while it is open."""
    if not ended(consultation):
        return []
    voices = list(consultation.voices.select_related("signatory").order_by("signatory__sort_key", "pk"))
    counts = Counter(one.option for one in voices)
    return [
        Outcome(
            text,
            counts[rank],
            tuple(one.signatory.name for one in voices if one.option == rank),
        )
        for rank, text in enumerate(consultation.options)
    ]


def find(charter: Charter, pk: UUID) -> Consultation:
    """Return a consultation of a charter. Raises ``NotFoundError``."""
    row = (
        Consultation.objects.select_related("charter__owner__subject").filter(charter=charter, pk=pk).first()
    )
    if row is None:
        raise NotFoundError("unknown_consultation", _("Cette consultation n'existe pas."))
    return row


def _tell(row: Consultation, invited: Sequence[Actor]) -> None:
    words = gettext_lazy("Les signataires de « {title} » sont consultés : {question}")
    told = format_lazy(words, title=row.charter.title_fr, question=row.question)
    rows = Belonging.objects.confirmed().filter(
        actor__in=[one.pk for one in invited],
        role=Belonging.Role.ANIMATOR,
        user__is_active=True,
        user__erased_at=None,
    )
    people = {one.user_id: one.user for one in rows.select_related("user").order_by("pk")}
    for user in people.values():
        path = f"/chartes/{row.charter.code}/communaute/{row.pk}/"
        tell(user, "consultation", told, path=path, dedupe=f"consultation:{row.pk.hex}")
