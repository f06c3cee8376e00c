"""The yearly questionnaire: definitions frozen, prefilled, checked, written as facts, followed by place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Belonging
from terreau.actors.perms import Scope
from terreau.census import campaign_rules, fields, where
from terreau.census.campaign_rules import Figure, Problem
from terreau.census.models import Campaign, CampaignAnswer
from terreau.common.canonical import digest
from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.common.periods import YEAR, PartialDate
from terreau.common.text import sort_key
from terreau.facts import actions as facts
from terreau.facts import catalogue
from terreau.facts.models import CurrentFact, Fact
from terreau.journal.actions import record
from terreau.notices.actions import tell
from terreau.pieces.models import Source
from terreau.pieces.sources import source as cite
from terreau.poles import listing
from terreau.poles.models import Pole
from terreau.subjects.actions import lock
from terreau.territories.models import Coverage, Level, Perimeter


@dataclass(frozen=True, slots=True)
class Followed:
    """How far a campaign is in one department."""

    code: str
    name: str
    asked: int
    answered: int


@transaction.atomic
def open_campaign(year: int, *, due_on: date, by: User | None) -> Campaign:
    """Open the campaign of a year and tell the poles; 409 when it exists, 422 when it is due by today."""
    if due_on <= timezone.localdate():
        raise DomainError("due_too_soon", _("La date de réponse est à venir."), facts={"field": "due_on"})
    asked = campaign_rules.questions(catalogue.load(), campaign_rules.plan())
    try:
        with transaction.atomic():
            made = Campaign.objects.create(
                year=year,
                questions=asked,
                digest=digest(asked),
                opened_at=timezone.now(),
                opened_by=by,
                due_on=due_on,
            )
    except IntegrityError as error:
        message = _("La campagne %(year)s existe déjà.") % {"year": year}
        raise DomainError("campaign_exists", message, facts={"field": "year"}, status=409) from error
    for pole in poles().select_related("actor__subject"):
        record(pole.actor.subject, "campaign.asked", by=by, data={"year": year, "digest": made.digest})
        _tell(pole, year)
    return made


def _tell(pole: Pole, year: int) -> None:
    people = Belonging.objects.confirmed().filter(actor=pole.pk, user__is_active=True, user__erased_at=None)
    words = gettext_lazy("La campagne {year} attend les chiffres de « {name} ».")
    for row in people.select_related("user").order_by("pk"):
        told = format_lazy(words, year=year, name=pole.actor.name)
        path = f"/poles/{pole.slug}/campagne/{year}/"
        tell(row.user, "campaign", told, subject=pole.actor.subject, path=path)


@transaction.atomic
def close_campaign(campaign: Campaign, *, by: User) -> Campaign:
    """Close a campaign: nothing is answered any more. Refused (409) when it is closed."""
    rows = Campaign.objects.filter(pk=campaign.pk, closed_at=None)
    if not rows.update(closed_at=timezone.now(), closed_by=by):
        raise _closed(campaign.year)
    campaign.refresh_from_db()
    return campaign


def _closed(year: int) -> DomainError:
    message = _("La campagne %(year)s est close.") % {"year": year}
    return DomainError("campaign_closed", message, status=409)


def poles() -> QuerySet[Pole]:
    """Return the poles that a campaign asks: living poles, invented ones left out."""
    return Pole.objects.filter(
        kind=Pole.Kind.POLE,
        fictional=False,
        actor__subject__closed_at=None,
        actor__subject__merged_into=None,
    ).order_by("pk")


def prefilled(campaign: Campaign, pole: Pole) -> dict[str, fields.Field]:
    """Return each question as the sheet answers it today, by code: what is held is not asked again."""
    return {one["code"]: fields.find(pole.actor, one["code"]) for one in campaign.questions}


def fresh(campaign: Campaign, pole: Pole) -> set[str]:
    """Return the codes whose figure is of the year: an older one is shown, never typed in (R-154)."""
    rows = CurrentFact.objects.filter(subject=pole.pk, valid_from__year=campaign.year)
    return set(rows.values_list("code", flat=True))


def check(campaign: Campaign, pole: Pole, typed: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    """Return the values read, by code, and what is to be explained; ``DomainError`` for an unreadable one."""
    values: dict[str, Any] = {}
    for code in (one["code"] for one in campaign.questions):
        if text := typed.get(code, "").strip():
            values[code] = _read(pole, code, text)
    plain = {code: plain_number(value) for code, value in values.items()}
    numbers = {code: number for code, number in plain.items() if number is not None}
    return values, campaign_rules.problems(numbers, _before(campaign, pole), campaign_rules.plan())


def _read(pole: Pole, code: str, text: str) -> Any:
    try:
        return fields.read_typed(fields.find(pole.actor, code), text)
    except DomainError as error:
        error.facts["field"] = code
        raise


def plain_number(value: Any) -> Decimal | None:
    """Return a value as a number to compare: euros, or the middle of a range; None for anything else."""
    if isinstance(value, Mapping):
        low, high = plain_number(value.get("min")), plain_number(value.get("max"))
        return (low + high) / 2 if low is not None and high is not None else None
    if isinstance(value, Euro):
        return Decimal(value.cents) / 100
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _before(campaign: Campaign, pole: Pole) -> dict[str, Decimal]:
    """Return what was held of an earlier year, by code."""
    codes = [one["code"] for one in campaign.questions]
    rows = Fact.objects.filter(
        subject=pole.pk, code__in=codes, superseded_at=None, valid_from__lt=date(campaign.year, 1, 1)
    ).order_by("code", "valid_from", "recorded_at")
    found: dict[str, Decimal] = {}
    for row in rows:
        value = Decimal(row.cents) / 100 if row.cents is not None else row.number
        if value is not None:
            found[row.code] = Decimal(value)
    return found


@dataclass(frozen=True, slots=True)
class Given:
    """What a person typed by code, why where it surprises, the version of the answer they saw (0: none)."""

    typed: Mapping[str, str]
    remarks: Mapping[str, str]
    version: int = 0


@transaction.atomic
def answer(campaign: Campaign, pole: Pole, given: Given, *, by: User) -> CampaignAnswer:
    """Keep an answer and write its figures on the sheet, of the campaign's year, with the campaign as source.

    Refused: closed (409), answered meanwhile by somebody else (409), a value that cannot be read, nothing at
    all, or a figure to be explained without a remark (422, ``facts["field"]``). A second answer supersedes
    the figures of the first.
    """
    lock(pole.pk)
    held = Campaign.objects.get(pk=campaign.pk)
    if held.closed_at:
        raise _closed(held.year)
    values, wrong = check(held, pole, given.typed)
    if not values:
        raise DomainError("nothing_said", _("Répondez au moins à une question."))
    for problem in wrong:
        if not given.remarks.get(problem.code, "").strip():
            message = _("Ce chiffre surprend : dites pourquoi, ou corrigez-le.")
            raise DomainError("to_explain", message, facts={"field": problem.code, "kind": problem.kind})
    row = _written(held, pole, given, list(values), by=by)
    _facts(held, pole, values, by)
    told = {"year": held.year, "version": row.version, "values": row.values}
    record(pole.actor.subject, "campaign.answered", by=by, data=told)
    listing.project([pole.pk])
    return row


def _written(campaign: Campaign, pole: Pole, given: Given, codes: list[str], *, by: User) -> CampaignAnswer:
    row = CampaignAnswer.objects.filter(campaign=campaign, pole=pole).first()
    if (row.version if row else 0) != given.version:
        message = _("Quelqu'un vient de répondre pour ce pôle : rechargez la page pour voir sa réponse.")
        raise DomainError("answered_meanwhile", message, status=409)
    row = row or CampaignAnswer(campaign=campaign, pole=pole, version=0)
    row.values = {code: given.typed[code].strip() for code in codes}
    said = {code: given.remarks.get(code, "").strip()[:300] for code in codes}
    row.remarks = {code: text for code, text in said.items() if text}
    row.by, row.answered_at, row.version = by, timezone.now(), row.version + 1
    row.save()
    return row


def _facts(campaign: Campaign, pole: Pole, values: Mapping[str, Any], by: User) -> None:
    said = source(campaign)
    year = PartialDate(date(campaign.year, 1, 1), YEAR)
    earlier = {row.code: row for row in Fact.objects.filter(subject=pole.pk, source=said, superseded_at=None)}
    for code, value in values.items():
        dated = catalogue.load()[code].period != "none"
        facts.record(
            pole.actor.subject,
            code,
            value,
            source=said,
            by=by,
            on=year if dated else None,
            supersedes=earlier.get(code),
        )


def source(campaign: Campaign) -> Source:
    """Return the source of the figures of a campaign."""
    return cite("declaration", f"campagne-{campaign.year}", f"Campagne {campaign.year}", "")


def followed(campaign: Campaign, scope: Scope) -> list[Followed]:
    """Return how many poles were asked and answered in each department of a scope, by name."""
    today = timezone.localdate()
    asked = poles().filter(where.actors(scope, today, field="pk"))
    answered = set(CampaignAnswer.objects.filter(campaign=campaign).values_list("pole", flat=True))
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for pole, places in _departments(asked).items():
        for place in places:
            counts[place][0] += 1
            counts[place][1] += pole in answered
    return [
        Followed(code, name, *pair)
        for (code, name), pair in sorted(counts.items(), key=lambda one: (not one[0][0], sort_key(one[0][1])))
    ]


def _departments(asked: QuerySet[Pole]) -> dict[UUID, list[tuple[str, str]]]:
    found: dict[UUID, list[tuple[str, str]]] = {pk: [] for pk in asked.values_list("pk", flat=True)}
    rows = Coverage.objects.filter(
        perimeter__subject__in=asked.values("pk"),
        perimeter__kind=Perimeter.Kind.COOPERATION,
        perimeter__valid_to=None,
        level=Level.DEPARTEMENT,
    )
    columns = rows.order_by("pk").values_list("perimeter__subject", "code", "zone__name")
    for pole, code, name in columns:
        found[pole].append((code, name))
    return {pk: places or [("", _("Lieu inconnu"))] for pk, places in found.items()}


def figures(campaign: Campaign) -> dict[str, Figure]:
    """Return sums and medians of the figures of a campaign, by code; hidden when too few answered."""
    said = source(campaign)
    rows = Fact.objects.filter(source=said, superseded_at=None).order_by("code", "pk")
    values: dict[str, list[Decimal]] = defaultdict(list)
    for row in rows:
        value = Decimal(row.cents) / 100 if row.cents is not None else row.number
        if value is not None:
            values[row.code].append(Decimal(value))
    fewest = campaign_rules.plan().fewest
    codes = [one["code"] for one in campaign.questions]
    return {code: campaign_rules.figure(values.get(code, []), fewest) for code in codes}
