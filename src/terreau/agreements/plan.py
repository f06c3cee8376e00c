"""The plan of a dossier: read from its answers, then from lines kept up to date; what the call asks of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.agreements import plan_rules
from terreau.agreements.amounts import euros
from terreau.agreements.models import FinancingLine, InKindPart, MoneyRules
from terreau.agreements.plan_rules import Asked, Lack, Line, Plan
from terreau.calls import form_rules
from terreau.calls.models import Call
from terreau.common.errors import DomainError
from terreau.common.inserting import insert
from terreau.common.permissions import Permission
from terreau.dossiers import states
from terreau.dossiers.models import Answer, Dossier, DossierPiece
from terreau.envelopes import read as envelopes
from terreau.flows.models import Flow
from terreau.flows.rules import MOST_CENTS
from terreau.journal.actions import record, save_fresh
from terreau.pieces.models import Piece

#: What may be changed of a line, field by field.
FIELDS: Final = ("funder_name", "level", "cents", "status", "letter_on", "fund", "expense")


@dataclass(frozen=True, slots=True)
class Read:
    """A plan with the rows that keep it; ``kept``: lines are rows, no longer the answers of the file.

    ``committed``: what the envelopes hold for the dossier (cents); ``rules``: what its call asks.
    """

    plan: Plan
    asked: Asked
    rules: MoneyRules
    committed: int = 0
    rows: tuple[FinancingLine, ...] = ()
    corrected: frozenset[UUID] = frozenset()

    @property
    def kept(self) -> bool:
        """Say whether the lines are kept beside the file."""
        return bool(self.rows)

    @property
    def lacks(self) -> list[Lack]:
        """What the plan lacks before an award."""
        return plan_rules.lacks(self.plan, self.asked)


def rules_of(call: Call) -> MoneyRules:
    """Return what a call asks of money; an empty one (not written) when nobody said anything."""
    return MoneyRules.objects.filter(call=call).first() or MoneyRules(call=call)


def set_rules(call: Call, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User) -> MoneyRules:
    """Say what a call asks of money, as the person saw it; the same field changed by two is refused (409)."""
    with transaction.atomic():
        row, _made = MoneyRules.objects.get_or_create(call=call, defaults={"by": by})
        subject = call.subject
        return save_fresh(row, subject=subject, verb="call.money_rules", base=base, mine=mine, by=by)


def read(dossier: Dossier, *, aid: int | None = None) -> Read:
    """Return the plan of a dossier: five queries. ``aid``: that of the call, when it is not yet committed."""
    rules = rules_of(dossier.call)
    budget, balanced, told = _answers(dossier, in_kind=bool(rules.in_kind_counts))
    rows = tuple(
        FinancingLine.objects.filter(dossier=dossier, dropped_at=None)
        .select_related("funder", "letter")
        .order_by("id")
    )
    values, corrected = _in_kind(rows)
    lines = [_line(row, values) for row in rows] if taken_over(rows) else [*told, *_beside(rows, values)]
    committed = envelopes.held(dossier).committed if dossier.state in states.CHOSEN else 0
    found = aid if aid is not None else committed or dossier.asked_cents
    asked = Asked(
        rules.cofinancing,
        rules.cofinancing_rate,
        dossier.call.rate_max,
        bool(rules.in_kind_counts),
    )
    whole = Plan(budget, balanced, found, tuple(lines))
    return Read(whole, asked, rules, committed, rows, corrected)


def taken_over(rows: Sequence[FinancingLine]) -> bool:
    """Say whether the lines of the file were taken over: from then on the rows are the plan."""
    return any(row.origin.startswith("answer:") or not row.origin for row in rows)


def take_over(dossier: Dossier, *, by: User) -> list[FinancingLine]:
    """Keep the lines of the file as rows that say where each request stands. Done twice, it is done once."""
    _living(dossier)
    _budget, _balanced, told = _answers(dossier, in_kind=False)
    pieces = _letters(dossier)
    with transaction.atomic():
        held = Dossier.objects.select_for_update(of=("self",)).get(pk=dossier.pk)
        known = set(FinancingLine.objects.filter(dossier=held).values_list("origin", flat=True))
        rows = [
            FinancingLine(
                dossier=held,
                funder_name=line.funder,
                level=line.level,
                cents=line.cents,
                status=line.status,
                letter=pieces.get(line.key),
                origin=line.key,
                by=by,
            )
            for line in told
            if line.key not in known
        ]
        FinancingLine.objects.bulk_create(rows)
        if rows:
            record(dossier.subject, "financing.taken_over", by=by, data={"lines": len(rows)})
    return rows


def add(  # noqa: PLR0913 - keyword-only: each is a part of the line
    dossier: Dossier,
    *,
    funder_name: str,
    cents: int | None,
    by: User,
    level: str = "",
    status: str = plan_rules.ASKED,
    letter: Piece | None = None,
    letter_on: date | None = None,
    fund: str = "",
    expense: str = "",
    funder: Actor | None = None,
) -> FinancingLine:
    """Add somebody who finances the budget; the lines of the file are taken over first."""
    _living(dossier)
    name = " ".join((funder.name if funder else funder_name).split())[:200]
    if not name:
        raise DomainError("no_funder", _("Dites qui finance."), facts={"field": "funder_name"})
    row = FinancingLine(dossier=dossier, funder=funder, funder_name=name, cents=_positive(cents), by=by)
    row.level, row.status = level or plan_rules.level_of(name), status
    row.letter, row.letter_on, row.fund = letter, letter_on, fund
    row.expense = expense.strip()[:200]
    with transaction.atomic():
        take_over(dossier, by=by)
        insert(row, "line_refused")
        data = {"line": row.pk.hex, "cents": row.cents, "status": status}
        record(dossier.subject, "financing.added", by=by, data=data)
    return row


def change(
    row: FinancingLine, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User
) -> FinancingLine:
    """Change some fields of a line as the person saw them; the same field changed by two is refused (409)."""
    if unknown := set(mine) - set(FIELDS):
        raise ValueError(f"no such field: {sorted(unknown)}")
    _living(row.dossier)
    if row.kind == FinancingLine.Kind.IN_KIND:
        words = _("Un apport en nature vient du livre des flux : c'est là qu'il se corrige.")
        raise DomainError("in_kind", words, status=409)
    _positive(mine.get("cents", row.cents))
    if not str(mine.get("funder_name", row.funder_name)).strip():
        raise DomainError("no_funder", _("Dites qui finance."), facts={"field": "funder_name"})
    subject = row.dossier.subject
    return save_fresh(row, subject=subject, verb="financing.changed", base=base, mine=mine, by=by)


def join_letter(row: FinancingLine, letter: Piece, *, by: User) -> None:
    """Join the letter of a co-financer; the one before stays among the pieces of the dossier."""
    _living(row.dossier)
    with transaction.atomic():
        FinancingLine.objects.filter(pk=row.pk).update(letter=letter, version=F("version") + 1)
        record(row.dossier.subject, "financing.letter", by=by, data={"line": row.pk.hex})


def drop(row: FinancingLine, *, by: User) -> None:
    """Take a line out of the plan; what it counted of the ledger may be counted again."""
    _living(row.dossier)
    with transaction.atomic():
        gone = FinancingLine.objects.filter(pk=row.pk, dropped_at=None)
        if gone.update(dropped_at=timezone.now(), version=F("version") + 1):
            InKindPart.objects.filter(line=row.pk).delete()
            record(row.dossier.subject, "financing.dropped", by=by, data={"line": row.pk.hex})


def in_kind_candidates(dossier: Dossier) -> list[Flow]:
    """Return the lines of the pole's ledger that may be counted: valued, standing, counted nowhere."""
    if dossier.pole_id is None:
        return []
    rows = Flow.objects.filter(
        book=dossier.pole_id,
        nature__in=["in_kind", "time"],
        cents__gt=0,
        reverses=None,
        reversed_by=None,
        financing_part=None,
    )
    rows = rows.exclude(giver=dossier.pole_id).select_related("giver").order_by("-on", "-rank")
    return list(rows[:200])


def count_in_kind(dossier: Dossier, flows: Sequence[UUID], *, by: User) -> list[FinancingLine]:
    """Count lines of the ledger as co-financing in kind, one line of the plan for each giver.

    The database refuses a line of the ledger that counts already, here or in another dossier.
    """
    _living(dossier)
    found = [one for one in in_kind_candidates(dossier) if one.pk in set(flows)]
    if not found:
        words = _("Choisissez au moins une ligne du livre des flux.")
        raise DomainError("no_flow", words, facts={"field": "flows"})
    givers: dict[UUID, list[Flow]] = {}
    for flow in found:
        givers.setdefault(flow.giver_id, []).append(flow)
    with transaction.atomic():
        take_over(dossier, by=by)
        made = [_counted(dossier, rows, by) for rows in givers.values()]
        data = {"flows": sorted(flow.pk.hex for flow in found)}
        record(dossier.subject, "financing.in_kind", by=by, data=data)
    return made


def before_award(dossier: Dossier, cents: int) -> Permission:
    """Say whether the plan lets ``cents`` more be committed, as the call chose (R-77); envelopes ask it.

    Once there is an agreement, an amendment no longer asks it.
    """
    held = envelopes.held(dossier).committed
    if held and dossier.state in states.CHOSEN - {states.LAUREATE}:
        return Permission(ok=True)
    found = read(dossier, aid=held + cents).lacks
    return Permission(not found, " ".join(said(one) for one in found))


def said(lack: Lack) -> str:
    """Return what a plan lacks as a sentence that says what to do."""
    if lack.code == plan_rules.NO_LETTER:
        words = ngettext(
            "Joignez la lettre de : %(names)s.", "Joignez les lettres de : %(names)s.", len(lack.names)
        )
        return words % {"names": ", ".join(lack.names)}
    words = {
        plan_rules.NO_COFUNDER: _("Cet appel demande un cofinancement : le plan n'en nomme aucun."),
        plan_rules.NO_BUDGET: _("Le budget n'est pas dit : on ne peut pas vérifier le cofinancement."),
        plan_rules.TOO_LITTLE: _("Il manque %(cents)s de cofinancement acquis avec sa lettre."),
        plan_rules.TOO_HIGH: _("L'aide dépasse de %(cents)s la part du budget que l'appel permet."),
    }[lack.code]
    return words % {"cents": euros(lack.cents)} if "%(cents)s" in words else words


def _answers(dossier: Dossier, *, in_kind: bool) -> tuple[int | None, bool, list[Line]]:
    """Return the budget and the co-financers that the file itself says: one query."""
    kinds = {
        placed.key: str(placed.field.get("kind"))
        for placed in form_rules.fields(dossier.form.content)
        if placed.field.get("kind") in {"budget", "financing"}
    }
    held = dict(Answer.objects.filter(dossier=dossier, key__in=kinds).values_list("key", "value"))
    budget, balanced, lines = None, False, []
    for key, kind in kinds.items():
        rows = [row for row in held.get(key) or () if isinstance(row, dict)]
        if kind == "budget" and budget is None:
            budget, balanced = plan_rules.read_budget(rows, in_kind=in_kind)
        elif kind == "financing":
            lines += plan_rules.read_lines(key, rows)
    return budget, balanced, lines


def _letters(dossier: Dossier) -> dict[str, Piece]:
    """Return the letters that the tables of the file name, by the key of their line."""
    kinds = [
        placed.key
        for placed in form_rules.fields(dossier.form.content)
        if placed.field.get("kind") == "financing"
    ]
    joined = DossierPiece.objects.filter(dossier=dossier, removed_at=None).select_related("piece")
    by_key = {str(one.pk): one.piece for one in joined} | {str(one.piece_id): one.piece for one in joined}
    found: dict[str, Piece] = {}
    for key, value in Answer.objects.filter(dossier=dossier, key__in=kinds).values_list("key", "value"):
        for rank, row in enumerate(value or ()):
            piece = by_key.get(str(row.get("piece"))) if isinstance(row, dict) else None
            if piece is not None:
                found[f"answer:{key}:{rank}"] = piece
    return found


def _line(row: FinancingLine, values: Mapping[UUID, int]) -> Line:
    return Line(
        str(row.pk),
        row.funder_name,
        values.get(row.pk, row.cents),
        kind=row.kind,
        status=row.status,
        level=row.level,
        confirmed=(bool(row.level) and row.version > 1) or not row.origin,
        letter=row.letter_id is not None,
    )


def _beside(rows: Sequence[FinancingLine], values: Mapping[UUID, int]) -> list[Line]:
    return [_line(row, values) for row in rows]


def _in_kind(rows: Sequence[FinancingLine]) -> tuple[dict[UUID, int], frozenset[UUID]]:
    """Return what lines in kind are worth now, and those of which the ledger corrected something since."""
    keys = [row.pk for row in rows if row.kind == FinancingLine.Kind.IN_KIND]
    if not keys:
        return {}, frozenset()
    parts = InKindPart.objects.filter(line__in=keys).select_related("flow__reversed_by")
    values: dict[UUID, int] = dict.fromkeys(keys, 0)
    corrected = set()
    for part in parts:
        if hasattr(part.flow, "reversed_by"):
            corrected.add(part.line_id)
        else:
            values[part.line_id] += part.flow.cents or 0
    return values, frozenset(corrected)


def _counted(dossier: Dossier, flows: Sequence[Flow], by: User) -> FinancingLine:
    giver = flows[0].giver
    row = FinancingLine(dossier=dossier, funder=giver, funder_name=giver.name[:200], by=by)
    row.kind, row.status = FinancingLine.Kind.IN_KIND, FinancingLine.Status.SECURED
    row.cents = sum(flow.cents or 0 for flow in flows)
    row.origin = f"flows:{row.pk.hex}"
    insert(row, "line_refused")
    for flow in flows:
        insert(InKindPart(line=row, flow=flow), "counted_already")
    return row


def _living(dossier: Dossier) -> None:
    """Raise when the plan does not move: while the file is written, it is in the file; later it is over."""
    if dossier.state in states.WRITABLE:
        words = _("Tant que le dossier s'écrit, le plan de financement se remplit dans le dossier.")
        raise DomainError("in_file", words, status=409)
    if dossier.state not in states.LIVING:
        words = _("Ce dossier est « %(state)s » : son plan ne change plus.")
        raise DomainError("not_living", words % {"state": dossier.get_state_display()}, status=409)


def _positive(cents: int | None) -> int:
    if cents is None or cents <= 0:
        words = _("Dites un montant plus grand que zéro.")
        raise DomainError("no_amount", words, facts={"field": "cents"})
    if cents > MOST_CENTS:
        words = _("Ce montant est trop grand pour être vrai.")
        raise DomainError("too_large", words, facts={"field": "cents"})
    return cents
