"""The lines of a book by account: what was said of each, what the rules say, balances (R-98, R-106)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, CharField, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce, StrIndex, Substr
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.bookkeeping import chart, gifts, rules
from terreau.bookkeeping.models import AccountOf
from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.flows import rules as ledger
from terreau.flows.actions import closed_to
from terreau.flows.models import Flow, Nature
from terreau.journal.actions import record
from terreau.poles.models import Pole
from terreau.poles.workspace import Workspace, require_run
from terreau.subjects import actions as subjects

_UNKNOWN = "unsaid"
_MOST = 500


@dataclass(slots=True)
class Balance:
    """What stands on an account in a period: lines, cents that came in and went out, quantities apart."""

    code: str
    heading: chart.Account | None
    nature: str
    lines: int = 0
    came: int = 0
    went: int = 0
    quantities: dict[str, int] = field(default_factory=dict)

    @property
    def came_euro(self) -> Euro:
        """What came in."""
        return Euro(self.came)

    @property
    def went_euro(self) -> Euro:
        """What went out."""
        return Euro(self.went)

    @property
    def net(self) -> Euro:
        """What came in less what went out."""
        return Euro(self.came - self.went)

    @property
    def nature_label(self) -> str:
        """The nature, in words: money is never added to gifts."""
        return str(Nature(self.nature).label)


def sided(rows: QuerySet[Flow], pole: Pole, ours: Collection[UUID]) -> QuerySet[Flow]:
    """Add to the lines how each stands to the pole (``side``), what wrote it and what was said of it."""
    inside = Q(giver__in=ours, receiver__in=ours)
    gift = Q(nature__in=gifts.NATURES) & ~Q(giver=pole.pk)
    return rows.annotate(
        side=Case(
            When(Q(receiver__in=ours) & gift, then=Value(chart.IN)),
            When(inside, then=Value(chart.INSIDE)),
            When(receiver__in=ours, then=Value(chart.IN)),
            When(giver__in=ours, then=Value(chart.OUT)),
            default=Value(chart.BETWEEN),
            output_field=CharField(),
        ),
        writer=Substr("origin", 1, StrIndex("origin", Value(":"))),
        said=Coalesce("account_of__account", "reverses__account_of__account", Value("")),
        role=Coalesce("contribution__role", "reverses__contribution__role", Value("")),
    )


def balances(pole: Pole, first: date | None, last: date | None) -> list[Balance]:
    """Return the lines of a period by account and nature, in two queries whatever the lines.

    Lines that nothing classes stand under an empty account, those between members under none at all: they
    are no account of the pole.
    """
    ours = gifts.own(pole)
    rows = Flow.objects.filter(book=pole.actor_id).order_by()
    rows = rows.filter(on__gte=first) if first else rows
    rows = rows.filter(on__lte=last) if last else rows
    keys = ("side", "writer", "said", "role", "nature", "unit")
    summed = (
        sided(rows, pole, ours)
        .values(*keys)
        .annotate(
            lines_=Count("pk", filter=Q(reverses=None)) - Count("pk", filter=Q(reverses__isnull=False)),
            cents_=Sum("cents"),
            thousandths_=Sum("thousandths"),
        )
        .order_by(*keys)
    )
    found: dict[tuple[str, str], Balance] = {}
    for one in summed:
        if one["side"] in {chart.BETWEEN, chart.INSIDE} and not one["said"]:
            continue
        code = _code(one)
        key = (one["nature"], code)
        row = found.setdefault(key, Balance(code, chart.plan().of(code), one["nature"]))
        _add(row, one)
    order = {nature: rank for rank, nature in enumerate(ledger.NATURES)}
    kept = [row for row in found.values() if row.lines or row.came or row.went]
    return sorted(kept, key=lambda row: (order[row.nature], row.code or "9"))


def _add(row: Balance, one: dict[str, Any]) -> None:
    row.lines += one["lines_"]
    if one["side"] == chart.OUT:
        row.went += one["cents_"] or 0
    else:
        row.came += one["cents_"] or 0
    if one["thousandths_"]:
        row.quantities[one["unit"]] = row.quantities.get(one["unit"], 0) + one["thousandths_"]


def _code(one: dict[str, Any]) -> str:
    what = _what(one["nature"], one["unit"], one["role"]) if one["nature"] != ledger.CASH else ""
    return chart.account_of(
        said=one["said"], origin=one["writer"], nature=one["nature"], side=one["side"], what=what
    )


def _what(nature: str, unit: str, role: str) -> str:
    if nature not in gifts.NATURES:
        return ""
    blank = UUID(int=0)
    gift = rules.Gift(pk=blank, rank=0, giver=blank, on=date.min, nature=nature, unit=unit, role=role)
    return gift.what


def of_lines(pole: Pole, flows: Collection[UUID]) -> dict[UUID, str]:
    """Return the account of each of these lines, empty when nothing says it; two queries."""
    rows = sided(Flow.objects.filter(pk__in=flows), pole, gifts.own(pole)).order_by()
    keys = ("pk", "side", "writer", "said", "role", "nature", "unit")
    return {one["pk"]: _code(one) for one in rows.values(*keys)}


def on_account(pole: Pole, code: str, nature: str, first: date | None, last: date | None) -> QuerySet[Flow]:
    """Return the lines of a period that stand on an account (the empty one: that nothing classes)."""
    ours = gifts.own(pole)
    rows = Flow.objects.filter(book=pole.actor_id, nature=nature)
    rows = rows.filter(on__gte=first) if first else rows
    rows = sided(rows.filter(on__lte=last) if last else rows, pole, ours)
    keys = ("side", "writer", "said", "role", "nature", "unit")
    wanted = Q(pk__in=[])
    for one in rows.order_by().values(*keys).distinct():
        outside = one["side"] in {chart.BETWEEN, chart.INSIDE} and not one["said"]
        if not outside and _code(one) == code:
            wanted |= Q(**{name: one[name] for name in keys})
    return rows.filter(wanted).select_related("giver", "receiver").order_by("-rank")


def checked_account(typed: str) -> str:
    """Return an account as typed, known by its heading; raise ``DomainError`` when it is none."""
    code = "".join(typed.split())
    if not code.isascii() or not code.isdigit() or len(code) > 12 or chart.plan().of(code) is None:
        message = _("« %(code)s » n'est pas un compte du plan : choisissez-en un dans la liste.")
        raise DomainError("unknown_account", message % {"code": typed[:20]}, facts={"field": "account"})
    return code


def classify(ws: Workspace, flows: Collection[Flow], account: str) -> int:
    """Say the account of lines; an empty one leaves it to the rules again. Return how many changed.

    For who animates the pole; refused (409) as a whole when one of them is in a closed period.
    """
    require_run(ws, verb="account.say")
    code = checked_account(account) if account else ""
    with transaction.atomic():
        subjects.lock(ws.pole.pk)
        closed = closed_to(ws.pole.actor)
        wanted = [flow for flow in flows if flow.book_id == ws.pole.pk and flow.reverses_id is None][:_MOST]
        late = [flow.rank for flow in wanted if closed is not None and flow.on <= closed]
        if late:
            message = _("La ligne %(rank)d est d'une période close : son compte ne change plus.")
            raise DomainError("closed_period", message % {"rank": late[0]}, status=409)
        changed = _written(wanted, code, AccountOf.How.PERSON, by=ws.user)
        if changed:
            data = {"account": code, "lines": changed[:50], "count": len(changed)}
            record(ws.pole.actor.subject, "account.said", by=ws.user, data=data)
    return len(changed)


def said_by_file(rows: Collection[tuple[Flow, str]], *, by: User | None) -> None:
    """Keep the accounts that a file gave to the lines it brought; inside the transaction that writes them."""
    AccountOf.objects.bulk_create(
        AccountOf(flow=flow, account=code, how=AccountOf.How.FILE, by=by) for flow, code in rows if code
    )


def _written(flows: Collection[Flow], code: str, how: str, *, by: User | None) -> list[int]:
    held = {one.flow_id: one for one in AccountOf.objects.filter(flow__in=[flow.pk for flow in flows])}
    changed, made = [], []
    for flow in flows:
        row = held.get(flow.pk)
        if (row.account if row else "") == code:
            continue
        changed.append(flow.rank)
        if row is None:
            made.append(AccountOf(flow=flow, account=code, how=how, by=by))
        elif code:
            AccountOf.objects.filter(pk=row.pk).update(account=code, how=how, by=by, version=F("version") + 1)
        else:
            row.delete()
    AccountOf.objects.bulk_create(made)
    return changed
