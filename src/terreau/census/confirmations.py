"""Once a year each pole is asked what is still true (R-154); what nobody confirms says so on its sheet.

A pole is asked when somebody can answer: its animators and members. « Toujours vrai » records a new statement
of the same value, dated of the year, declared that day, beside the one it confirms: nothing is overwritten,
and what each source said stays readable. Structure (members, perimeter, carrier, stage) is confirmed by the
answer itself, which names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Actor, Belonging
from terreau.census import fields
from terreau.census.fields import Field
from terreau.census.models import Confirmation
from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.common.periods import YEAR, PartialDate
from terreau.facts import actions as facts
from terreau.facts.models import CurrentFact
from terreau.journal.actions import record
from terreau.notices.actions import tell
from terreau.pieces.actions import declaration
from terreau.poles import headings, listing
from terreau.poles.models import Carrier, Membership, Pole
from terreau.subjects.actions import lock
from terreau.territories.models import Perimeter

EVERY = timedelta(days=365)
#: Days to answer, and days after which one is reminded, twice at most.
TO_ANSWER, BEFORE_REMINDER, REMINDERS = timedelta(days=30), timedelta(days=14), 2
#: Two people who answer within this time answer the same question.
AT_ONCE = timedelta(minutes=10)
STILL, CHANGED, UNKNOWN = "true", "changed", "unknown"
ANSWERS = (STILL, CHANGED, UNKNOWN)
#: What is not a fact and may change: the answer says whether it has.
STRUCTURE = ("stage", "carrier", "members", "perimeter")
#: What happened once, or what a document counts, does not change: it is not asked again.
_ONCE = frozenset(
    {
        "pole.origin",
        "pole.origin_secondary",
        "pole.origin_account",
        "pole.grouping",
        "pole.quote",
        "pole.location",
        "pole.local_development_years",
        "pole.dynamic_years",
        "pole.idea_to_opening_years",
        "pole.statutes_authors",
        "pole.application",
        "pole.application_pages",
        "pole.members_named",
    }
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the person says of an item: still true, changed (to ``new``, since ``on``), or unknown."""

    answer: str
    new: str = ""
    on: str = ""


def items(pole: Pole) -> list[Field]:
    """Return what is asked of a pole: its name, what may change of its facts, its structure."""
    asked = headings.load()
    aside = {*asked.timeline, *asked.listed, *_ONCE}
    known = [one for one in fields.held(pole.actor) if one.code not in aside and one.type != "date"]
    return [*known, *_structure(pole)]


def _structure(pole: Pole) -> list[Field]:
    group = _("Organisation")
    members = Membership.objects.filter(pole=pole, valid_to=None).select_related("actor")
    carriers = Carrier.objects.filter(pole=pole, valid_to=None).select_related("actor")
    perimeter = (
        Perimeter.objects.filter(subject=pole.pk, kind=Perimeter.Kind.COOPERATION, valid_to=None)
        .order_by("pk")
        .last()
    )
    shown = {
        "stage": (_("Stade"), pole.get_stage_display() if pole.stage else ""),
        "carrier": (_("Structure porteuse"), ", ".join(sorted(row.actor.name for row in carriers))),
        "members": (_("Membres"), ", ".join(sorted(row.actor.name for row in members))),
        "perimeter": (_("Périmètre"), perimeter.label if perimeter else ""),
    }
    return [
        Field(key, label, "structure", group, raw=said, shown=said)
        for key, (label, said) in shown.items()
        if said
    ]


def to_ask(on: date) -> QuerySet[Pole]:
    """Return the poles whose year has come and that somebody can answer for."""
    before = on - EVERY
    answered = Confirmation.objects.filter(Q(answered_at=None) | Q(asked_on__gt=before))
    people = Belonging.objects.confirmed().filter(user__is_active=True, user__erased_at=None)
    rows = Pole.objects.filter(
        Q(last_confirmed_on=None) | Q(last_confirmed_on__lte=before),
        kind=Pole.Kind.POLE,
        fictional=False,
        actor__subject__closed_at=None,
        actor__subject__merged_into=None,
        actor__subject__created_at__date__lte=before,
        pk__in=people.values("actor"),
    )
    return rows.exclude(pk__in=answered.values("pole")).select_related("actor__subject").order_by("pk")


def to_remind(on: date) -> QuerySet[Confirmation]:
    """Return the questions without an answer whose reminder has come."""
    since = on - BEFORE_REMINDER
    rows = Confirmation.objects.filter(
        Q(reminded_on=None, asked_on__lte=since) | Q(reminded_on__lte=since),
        answered_at=None,
        reminders__lt=REMINDERS,
        pole__actor__subject__closed_at=None,
        pole__actor__subject__merged_into=None,
    )
    return rows.select_related("pole__actor__subject").order_by("pk")


def due() -> bool:
    """Say whether anybody is to be asked or reminded today: two queries."""
    today = timezone.localdate()
    return to_ask(today).exists() or to_remind(today).exists()


def ask_all(on: date) -> dict[str, int]:
    """Ask the poles whose year has come, remind those who did not answer; return how many of each.

    Each pole in its own transaction; run again the same day, it asks nobody twice.
    """
    asked = [pole for pole in to_ask(on) if _ask(pole, on)]
    reminded = [one for one in to_remind(on) if _remind(one, on)]
    return {"asked": len(asked), "reminded": len(reminded)}


@transaction.atomic
def _ask(pole: Pole, on: date) -> bool:
    lock(pole.pk)
    if not to_ask(on).filter(pk=pole.pk).exists():
        return False
    one = Confirmation.objects.create(pole=pole, asked_on=on, due_on=on + TO_ANSWER)
    record(pole.actor.subject, "confirmation.asked", by=None, data={"confirmation": one.pk.hex})
    _tell(pole, gettext_lazy("Qu'est-ce qui est encore vrai sur la fiche « {name} » ?"))
    return True


def _remind(one: Confirmation, on: date) -> bool:
    rows = Confirmation.objects.filter(pk=one.pk, answered_at=None, reminders=one.reminders)
    if not rows.update(reminders=one.reminders + 1, reminded_on=on):
        return False
    _tell(one.pole, gettext_lazy("Rappel : dites ce qui est encore vrai sur la fiche « {name} »."))
    return True


def _tell(pole: Pole, words: Any) -> None:
    people = Belonging.objects.confirmed().filter(actor=pole.pk, user__is_active=True, user__erased_at=None)
    animators = people.filter(role=Belonging.Role.ANIMATOR)
    for row in (animators if animators.exists() else people).select_related("user").order_by("pk"):
        tell(
            row.user,
            "confirmation",
            format_lazy(words, name=pole.actor.name),
            subject=pole.actor.subject,
            path=f"/poles/{pole.slug}/confirmer/",
        )


@transaction.atomic
def answer(pole: Pole, answers: Mapping[str, Answer], *, by: User, on: date | None = None) -> Confirmation:
    """Keep what a person says of each item, write it on the sheet, and renew its confirmation.

    What is not answered counts as unknown. Raises ``DomainError`` when nothing is answered, when an item is
    not one of the sheet, or when a new value is refused (``facts["field"]``). Of two people who answer at
    once the second is told (409).
    """
    day = on or timezone.localdate()
    lock(pole.pk)
    asked = items(pole)
    _check(asked, answers)
    one = _taken(pole, day, by)
    said = declaration(by, day)
    for item in asked:
        given = answers.get(item.key, Answer(UNKNOWN))
        if given.answer == STILL and item.code:
            _renew(pole.actor, item, said, day, by=by)
        elif given.answer == CHANGED and given.new.strip():
            fields.apply(pole.actor, item.key, given.new, on=given.on or str(day.year), by=by, source=said)
    kept = [{"field": item.key, "answer": answers.get(item.key, Answer(UNKNOWN)).answer} for item in asked]
    Confirmation.objects.filter(pk=one.pk).update(answered_at=timezone.now(), by=by, items=kept)
    Pole.objects.filter(pk=pole.pk).update(last_confirmed_on=day)
    listing.project([pole.pk])
    counts = {name: sum(row["answer"] == name for row in kept) for name in ANSWERS}
    record(pole.actor.subject, "pole.confirmed", by=by, data={"confirmation": one.pk.hex, **counts})
    one.refresh_from_db()
    pole.refresh_from_db()
    return one


def _check(asked: Iterable[Field], answers: Mapping[str, Answer]) -> None:
    known = {item.key for item in asked}
    if wrong := set(answers) - known:
        message = _("La fiche a changé pendant que vous répondiez : regardez-la de nouveau.")
        raise DomainError("unknown_item", message, facts={"items": sorted(wrong)[:5]}, status=409)
    if not any(given.answer in (STILL, CHANGED) for given in answers.values()):
        raise DomainError("nothing_said", _("Répondez au moins à une question."))


def _taken(pole: Pole, day: date, by: User) -> Confirmation:
    """Return the question that is open, or a new one: a person may confirm without having been asked."""
    one = Confirmation.objects.filter(pole=pole, answered_at=None).first()
    if one is None:
        last = Confirmation.objects.filter(pole=pole).order_by("-answered_at").first()
        if last and last.answered_at and last.by_id != by.pk and timezone.now() - last.answered_at < AT_ONCE:
            message = _("Quelqu'un vient de confirmer cette fiche : rechargez la page.")
            raise DomainError("confirmed_already", message, status=409)
        one = Confirmation.objects.create(pole=pole, asked_on=day, due_on=day + TO_ANSWER)
    return one


def _renew(actor: Actor, item: Field, said: Any, day: date, *, by: User) -> None:
    """Record the same value as said today, of this year, beside what it confirms."""
    old = CurrentFact.objects.select_related("fact").get(fact=item.fact)
    value = _same_value(old)
    on = PartialDate(date(day.year, 1, 1), YEAR) if item.dated else None
    facts.record(
        actor.subject,
        item.code,
        value,
        source=said,
        by=by,
        on=on,
        unit=old.unit or None,
        qualifier=old.qualifier,
    )


def _same_value(old: CurrentFact) -> Any:
    if old.cents is not None:
        return (
            Euro(old.cents) if old.cents_max is None else {"min": Euro(old.cents), "max": Euro(old.cents_max)}
        )
    if old.number is not None:
        return old.number if old.number_max is None else {"min": old.number, "max": old.number_max}
    if old.flag is not None:
        return old.flag
    if old.term:
        return old.term
    return {"fr": old.text, **({"en": old.text_en} if old.text_en else {})}


def last_answers(pole: Pole) -> dict[str, str]:
    """Return what was answered of each item the last time, empty when nobody ever did."""
    row = Confirmation.objects.filter(pole=pole).exclude(answered_at=None).order_by("-answered_at").first()
    return {item["field"]: item["answer"] for item in row.items} if row else {}
