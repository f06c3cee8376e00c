"""Indicators of a pole: of the core or its own, changed field by field; values added, then corrected."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.common.inserting import insert, refusal
from terreau.common.periods import DAY, YEAR, PartialDate
from terreau.facts import actions as facts
from terreau.facts.models import Fact, Status
from terreau.indicators import library
from terreau.indicators.amounts import EUR
from terreau.indicators.models import Indicator, Round, Value
from terreau.journal.actions import record, save_fresh
from terreau.pieces.actions import declaration
from terreau.pieces.models import Piece
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects

#: What may be changed in an indicator; the unit stays while there are values in it.
FIELDS = (
    *("label", "unit", "family", "beneficiaries", "method", "baseline", "baseline_on", "target", "target_on"),
    *("public", "ended_on"),
)


def follow(pole: Pole, codes: list[str], *, by: User | None) -> list[Indicator]:
    """Make the pole follow indicators of the core or of the library; those it follows are passed over."""
    known = library.load()
    if unknown := [code for code in codes if code not in known]:
        raise DomainError("unknown_indicator", _("Cet indicateur n'existe pas."), facts={"codes": unknown})
    with transaction.atomic():
        subjects.lock(pole.pk)
        held = set(Indicator.objects.filter(pole=pole, code__in=codes).values_list("code", flat=True))
        return [_follow(pole, known[code], by=by) for code in dict.fromkeys(codes) if code not in held]


def _follow(pole: Pole, known: library.Known, *, by: User | None) -> Indicator:
    values = {"family": known.family, "beneficiaries": known.beneficiaries, "method": known.methods["fr"]}
    return create(pole, by=by, code=known.code, label=known.labels["fr"], unit=known.unit, **values)


def create(pole: Pole, *, by: User | None, **values: Any) -> Indicator:
    """Make an indicator; raises ``DomainError`` for a name taken or empty."""
    _check(values)
    with transaction.atomic():
        row = insert(Indicator(pole=pole, **values))
        data = {"indicator": row.pk.hex, "code": row.code, "label": row.label}
        record(pole.actor.subject, "indicator.followed", by=by, data=data)
    return row


def change(row: Indicator, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User) -> Indicator:
    """Change some fields as the person saw them; raises ``StaleWriteError`` when somebody else did too."""
    if unknown := set(mine) - set(FIELDS):
        raise ValueError(f"no such field: {sorted(unknown)}")
    merged = {**{name: getattr(row, name) for name in FIELDS}, **mine}
    _check(merged)
    if merged["unit"] != row.unit and Value.objects.filter(indicator=row).exists():
        message = _("Des valeurs existent dans cette unité : suivez plutôt un autre indicateur.")
        raise DomainError("unit_held", message, facts={"field": "unit"})
    try:
        return save_fresh(
            row, subject=row.pole.actor.subject, verb="indicator.changed", base=base, mine=mine, by=by
        )
    except IntegrityError as error:
        raise refusal(row, error) from error


def _check(values: Mapping[str, Any]) -> None:
    if not str(values.get("label", "")).strip():
        raise DomainError("no_name", _("Donnez un nom à cet indicateur."), facts={"field": "label"})
    if not str(values.get("unit", "")).strip():
        raise DomainError("no_unit", _("Dites dans quelle unité il se mesure."), facts={"field": "unit"})
    for name in ("target", "baseline"):
        if values.get(f"{name}_on") and values.get(name) is None:
            words = _("Cette date va avec une valeur.")
            raise DomainError("date_alone", words, facts={"field": name})


def add_value(  # noqa: PLR0913 - keyword-only: each is independent
    row: Indicator,
    amount: int,
    *,
    first: date,
    last: date,
    by: User | None,
    status: str = Status.DECLARED,
    how: str = "",
    piece: Piece | None = None,
    round: Round | None = None,  # noqa: A002 - the word of the domain
) -> Value:
    """Add the value of a period, both days included; a published one is said in the register too.

    Raises ``DomainError`` for a period that has a value already, that has not begun, or in wrong order.
    """
    _check_value(row, amount, first, last, status, how, piece)
    held = {"how": how.strip()[:300], "piece": piece, "round": round}
    with transaction.atomic():
        subjects.lock(row.pole_id)
        fact = _fact(row, amount, first, last, status=status, by=by)
        value = Value(indicator=row, amount=amount, period_from=first, period_to=last, status=status,
                      fact=fact, by=by, **held)  # fmt: skip
        insert(value)
        data = {"indicator": row.pk.hex, "value": value.pk.hex, "amount": amount}
        record(row.pole.actor.subject, "indicator.value_added", by=by, data=data)
    return value


def correct(  # noqa: PLR0913 - keyword-only, as above
    value: Value,
    amount: int | None,
    *,
    reason: str,
    by: User | None,
    status: str = Status.DECLARED,
    how: str = "",
    round: Round | None = None,  # noqa: A002 - the word of the domain
) -> Value:
    """Correct a value, or take it back (no amount), with why; what it was stays readable.

    Raises ``DomainError`` without a reason, and when somebody corrected it first (409).
    """
    row = value.indicator
    if not reason.strip():
        raise DomainError("reason_needed", _("Dites pourquoi vous corrigez."), facts={"field": "reason"})
    if amount is not None:
        _check_value(row, amount, value.period_from, value.period_to, status, how, None)
    with transaction.atomic():
        subjects.lock(row.pole_id)
        if Value.objects.filter(supersedes=value).exists():
            message = _("Quelqu'un vient de corriger cette valeur : rechargez la page.")
            raise DomainError("corrected_already", message, status=409)
        fact = _fact_again(value, amount, status=status, reason=reason, by=by)
        made = Value(indicator=row, amount=amount, period_from=value.period_from, period_to=value.period_to,
                     status=status, how=how.strip()[:300], round=round, supersedes=value,
                     reason=reason.strip()[:300], fact=fact, by=by)  # fmt: skip
        insert(made)
        data = {"indicator": row.pk.hex, "value": made.pk.hex, "supersedes": value.pk.hex, "amount": amount}
        record(row.pole.actor.subject, "indicator.value_corrected", by=by, data=data)
    return made


def _check_value(  # noqa: PLR0913, PLR0917 - one check of one value
    row: Indicator, amount: int, first: date, last: date, status: str, how: str, piece: Piece | None
) -> None:
    if amount < 0 or (row.unit == EUR and amount % 10):
        raise DomainError("bad_amount", _("Cette valeur n'est pas possible."), facts={"field": "amount"})
    if last < first:
        raise DomainError("bad_period", _("La fin de la période suit son début."), facts={"field": "last"})
    if first > timezone.localdate():
        raise DomainError("not_yet", _("Cette période n'a pas commencé."), facts={"field": "first"})
    if status == Status.JUSTIFIED and not how.strip() and piece is None:
        message = _("Ce qui est justifié dit par quoi : un document, un relevé, une page.")
        raise DomainError("not_justified", message, facts={"field": "how"})


def _code(row: Indicator) -> str:
    """Return the code of the catalogue under which the values of an indicator are public statements."""
    known = library.load().get(row.code)
    return known.fact if known and row.public and known.unit == row.unit else ""


def _fact(  # noqa: PLR0913 - one statement
    row: Indicator,
    amount: int,
    first: date,
    last: date,
    *,
    status: str,
    by: User | None,
    supersedes: Fact | None = None,
) -> Fact | None:
    code = _code(row)
    if not code:
        return None
    whole = (first.month, first.day, last) == (1, 1, date(first.year, 12, 31))
    when: dict[str, Any] = {"on": PartialDate(first, YEAR)}
    if not whole:
        when = {"valid_from": PartialDate(first, DAY), "valid_to": PartialDate(last, DAY)}
    source = declaration(by, timezone.localdate())
    return facts.record(row.pole.actor.subject, code, _plain(Decimal(amount) / 1000), source=source, by=by,
                        status=status, supersedes=supersedes, **when)  # fmt: skip


def _plain(number: Decimal) -> int | Decimal:
    return int(number) if number == number.to_integral_value() else number


def _fact_again(
    value: Value, amount: int | None, *, status: str, reason: str, by: User | None
) -> Fact | None:
    living = value.fact if value.fact and value.fact.superseded_at is None else None
    if amount is None:
        if living is not None:
            facts.withdraw(living, by=by, reason=reason)
        return None
    row = value.indicator
    return _fact(row, amount, value.period_from, value.period_to, status=status, by=by, supersedes=living)


def year_of(year: int) -> tuple[date, date]:
    """Return the first and the last day of a year."""
    return date(year, 1, 1), date(year + 1, 1, 1) - timedelta(days=1)
