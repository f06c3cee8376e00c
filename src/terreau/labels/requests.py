"""What a pole does: ask for a label after a shared evaluation, drop its request, contest a decision, renew.

Every change of a request passes through ``deciding.move``, under the lock of its label.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.followup.models import Conclusion
from terreau.journal.actions import record
from terreau.labels import deciding, rules
from terreau.labels.models import LabelDecision, LabelRequest, Scheme
from terreau.labels.telling import tell_keepers
from terreau.poles.models import Pole
from terreau.subjects.actions import lock

#: What is said of each thing that is missing to ask.
MISSING: dict[str, Any] = {
    "scheme_closed": gettext_lazy("Ce label ne reçoit pas de demandes."),
    "pole_private": gettext_lazy("La fiche du pôle n'est pas publique : un label l'est toujours."),
    "no_evaluation": gettext_lazy(
        "Il faut une évaluation partagée, conclue et signée par le pôle et par qui l'a financé."
    ),
    "evaluation_used": gettext_lazy(
        "La dernière évaluation partagée a déjà servi à une demande de ce label : il en faut une nouvelle."
    ),
    "asked_already": gettext_lazy("Une demande de ce pôle attend déjà une réponse."),
    "too_soon": gettext_lazy("Le pôle a déjà ce label, et il est trop tôt pour le renouveler."),
    "suspended": gettext_lazy("Le label du pôle est suspendu : la suspension se lève, ou se conteste."),
}


@dataclass(frozen=True, slots=True)
class Able:
    """Whether a pole may ask on a day: the gate, the evaluation it would rest on, the label it would
    renew.
    """

    pole: Pole
    gate: rules.Gate
    conclusion: Conclusion | None
    held: LabelRequest | None

    @property
    def missing(self) -> list[str]:
        """What is missing, in words."""
        return [str(MISSING[code]) for code in self.gate.missing]


def able(scheme: Scheme, pole: Pole, *, on: date) -> Able:
    """Return whether a pole may ask for a label (R-83): two queries."""
    return able_among(scheme, [pole], on=on)[0]


def able_among(scheme: Scheme, poles: Sequence[Pole], *, on: date) -> list[Able]:
    """Return which poles may ask for a label (R-83), in their order: two queries whatever their number."""
    mine: dict[UUID, list[LabelRequest]] = defaultdict(list)
    for row in LabelRequest.objects.filter(scheme=scheme, pole__in=poles).order_by("-number"):
        mine[row.pole_id].append(row)
    concluded = Conclusion.objects.filter(
        evaluation__dossier__pole__in=poles, concluded_at__isnull=False
    ).select_related("evaluation__dossier__call")
    last = {one.evaluation.dossier.pole_id: one for one in concluded.order_by("concluded_at", "-pk")}
    return [_able(scheme, pole, mine[pole.pk], last.get(pole.pk), on) for pole in poles]


def _able(
    scheme: Scheme, pole: Pole, mine: Sequence[LabelRequest], last: Conclusion | None, on: date
) -> Able:
    held = next((one for one in mine if _holds(one, on)), None)
    used = {one.conclusion_id for one in mine if one.state != rules.State.DROPPED}
    gate = rules.may_ask(
        published=scheme.state == Scheme.State.PUBLISHED,
        public=pole.actor.subject.public,
        concluded_on=timezone.localdate(last.concluded_at) if last and last.concluded_at else None,
        used=last is not None and last.pk in used,
        open_already=any(one.state in rules.OPEN for one in mine),
        held_until=held.valid_to if held else None,
        suspended=any(one.worth(on) == rules.Worth.SUSPENDED for one in mine),
        renew_months=scheme.renew_months,
        on=on,
    )
    return Able(pole, gate, last, held)


def ask(scheme: Scheme, pole: Pole, *, words: str, on: date, by: User) -> LabelRequest:
    """Ask for a label, or for its renewal. Raises ``DomainError`` (409) that says all that is missing."""
    with transaction.atomic():
        lock(scheme.pk)
        scheme.refresh_from_db()
        found = able(scheme, pole, on=on)
        if not found.gate or found.conclusion is None:
            facts = {"missing": list(found.gate.missing)}
            raise DomainError("may_not_ask", " ".join(found.missing), facts=facts, status=409)
        last = LabelRequest.objects.filter(scheme=scheme).aggregate(last=Max("number"))["last"] or 0
        row = LabelRequest.objects.create(
            scheme=scheme,
            number=last + 1,
            pole=pole,
            conclusion=found.conclusion,
            grid_version_id=scheme.grid_version_id,
            renews=found.held,
            words=words.strip()[:5000],
            requested_by=by,
            example=scheme.example,
        )
        state = rules.State.REQUESTED
        LabelDecision.objects.create(
            request=row, rank=1, verb="ask", before=state, after=state, on=on, by=by, data={}
        )
        told = {"request": row.pk.hex, "pole": pole.pk.hex, "conclusion": found.conclusion.digest}
        record(scheme.subject, "label.asked", by=by, data=told)
        tell_keepers(row, "ask", on=on, by=by, dedupe=f"label-ask-{row.pk.hex}")
    return row


def drop(row: LabelRequest, *, reason: str, on: date, by: User, seen: int) -> LabelRequest:
    """Give a request up; the evaluation it rested on may serve again."""
    with transaction.atomic():
        made = deciding.move(row, "drop", reason=reason, on=on, by=by, seen=seen)
        tell_keepers(made, "drop", on=on, by=by, dedupe=f"label-drop-{row.pk.hex}")
    return made


def appeal(row: LabelRequest, *, reason: str, on: date, by: User, seen: int) -> LabelRequest:
    """Contest a refusal, a suspension or a withdrawal, once, in the days that the label gives."""
    with transaction.atomic():
        lock(row.scheme_id)
        if (until := appealable_until(row)) is None or on > until:
            words = _("Cette décision ne se conteste plus : le délai est passé, ou le recours a été examiné.")
            raise DomainError("appeal_over", words, status=409)
        made = deciding.move(row, "appeal", reason=reason, on=on, by=by, seen=seen)
        rank = made.decisions.count()
        tell_keepers(made, "appeal", on=on, by=by, dedupe=f"label-appeal-{row.pk.hex}-{rank}")
    return made


def appealable_until(row: LabelRequest) -> date | None:
    """Return the last day to contest what was decided last, None when it may not be contested."""
    last = row.decisions.order_by("-rank").first()
    if last is None or last.verb not in {"refuse", "suspend", "withdraw"}:
        return None
    return rules.appeal_until(last.on, row.scheme.appeal_days)


def _holds(row: LabelRequest, on: date) -> bool:
    return row.worth(on) in {rules.Worth.VALID, rules.Worth.TO_COME} and row.state == rules.State.GRANTED
