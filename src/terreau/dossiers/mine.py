"""The files of a person, each with its next step and the days that are left (R-86)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from terreau.accounts.models import User
from terreau.actors.models import Belonging
from terreau.calls import form_rules
from terreau.dossiers import announcing, sign_off, states, team
from terreau.dossiers.deadline import takes
from terreau.dossiers.models import Answer, Channel, Dossier, Transition, Writer

#: Files that their applicant knows of: not those that an officer is still typing from paper.
KNOWN: Final = Q(channel=Channel.ONLINE) | ~Q(deposited_at=None)
DO, READ, RUN, DONE = "do", "read", "run", "done"
#: Files shown of one person; more are in the export.
MOST: Final = 400


@dataclass(frozen=True, slots=True)
class Mine:
    """One file on the dashboard: its group, its next step, the days left (None: no deadline)."""

    dossier: Dossier
    group: str
    next: str
    act: str
    days: int | None
    until: datetime | None
    role: str
    people: int
    done: int | None = None
    asked: int | None = None

    @property
    def late(self) -> bool:
        """Whether fewer than four days are left."""
        return self.days is not None and self.days <= 3


def rows_of(user: User) -> QuerySet[Dossier]:
    """Return the files in which a person has a part, and those of who they animate."""
    parts = Writer.objects.filter(user=user, ended_at=None).exclude(accepted_at=None).values("dossier")
    held = Belonging.objects.confirmed().filter(user=user, role=Belonging.Role.ANIMATOR).values("actor")
    theirs = (Q(applicant__in=held) | Q(pole__in=held)) & KNOWN
    rows = Dossier.objects.filter(Q(pk__in=parts) | theirs)
    return rows.select_related("call", "form", "applicant", "pole__actor").order_by("-created_at", "-pk")


def of(user: User, *, now: datetime | None = None, whole: bool = False) -> list[Mine]:
    """Return the files of a person, what is to be done first: five queries, whatever their number.

    The last ``MOST`` begun, or the ``whole`` of them.
    """
    at = now or timezone.now()
    rows = [announcing.as_known(row) for row in rows_of(user)[: None if whole else MOST]]
    keys = [row.pk for row in rows]
    roles = dict(
        Writer.objects.filter(user=user, dossier__in=keys, ended_at=None)
        .exclude(accepted_at=None)
        .order_by()
        .values_list("dossier", "role")
    )
    people = team.counts(keys)
    answers = _answers([row.pk for row in rows if row.state == states.DRAFT])
    asked = _asked([row.pk for row in rows if row.state == states.COMPLEMENTS])
    found = [
        _mine(
            row,
            at,
            roles.get(row.pk, Writer.Role.LEAD),
            people[row.pk],
            answers.get(row.pk, {}),
            asked.get(row.pk),
        )
        for row in rows
    ]
    far = datetime.max.replace(tzinfo=at.tzinfo)
    return sorted(found, key=lambda one: (_ORDER[one.group], one.until or far))


_ORDER: Final = {DO: 0, READ: 1, RUN: 2, DONE: 3}


def _answers(keys: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    found: dict[UUID, dict[str, Any]] = {}
    for dossier, key, value in (
        Answer.objects.filter(dossier__in=keys).order_by().values_list("dossier", "key", "value")
    ):
        found.setdefault(dossier, {})[key] = value
    return found


def _asked(keys: Sequence[UUID]) -> dict[UUID, datetime | None]:
    """Return until when complements are expected: what the last request said."""
    found: dict[UUID, datetime | None] = {}
    rows = Transition.objects.filter(dossier__in=keys, verb="ask").order_by("id")
    for row in rows:
        found[row.dossier_id] = due_of(row.data)
    return found


def due_of(data: Any) -> datetime | None:
    """Return when what a move asked for is due, from what the move keeps; None when it says nothing."""
    return _instant(data.get("due")) if isinstance(data, dict) else None


def _instant(text: Any) -> datetime | None:
    """Read the day or the instant at which something is due, as a move keeps it."""
    try:
        read = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    if len(str(text)) == len("2026-01-01"):
        read = read.replace(hour=23, minute=59, second=59)
    return timezone.make_aware(read) if timezone.is_naive(read) else read


def _mine(  # noqa: PLR0913, PLR0917 - what was read at once for all
    row: Dossier,
    at: datetime,
    role: str,
    people: int,
    answers: dict[str, Any],
    due: datetime | None,
) -> Mine:
    said = str(Writer.Role(role).label)
    if row.state == states.DRAFT:
        return _draft(row, at, said, people, answers)
    if row.state == states.COMPLEMENTS:
        words = _("Répondre aux compléments demandés.")
        return Mine(row, DO, words, _("Répondre"), left(due, at), due, said, people)
    group = READ if row.state in states.INSTRUCTED | {states.RESERVE} else RUN
    if row.state not in states.LIVING:
        group = DONE
    return Mine(row, group, str(_NEXT[row.state]()), _("Voir"), None, None, said, people)


def _draft(row: Dossier, at: datetime, role: str, people: int, answers: dict[str, Any]) -> Mine:
    done, asked = form_rules.completeness(row.form.content, answers)
    until = row.call.last_instant
    if not takes(row.call, at).ok and row.call.phase(at) != "announced":
        words = _("L'appel est clos : ce dossier n'a pas été déposé.")
        return Mine(row, DONE, words, _("Relire"), None, until, role, people, done, asked)
    missing = asked - done
    if missing:
        words = ngettext("Répondre à %(n)d question.", "Répondre à %(n)d questions.", missing) % {
            "n": missing
        }
        return Mine(row, DO, words, _("Écrire"), left(until, at), until, role, people, done, asked)
    if sign_off.asked(row):
        words = _("Faire signer les partenaires, puis déposer.")
        return Mine(row, DO, words, _("Déposer"), left(until, at), until, role, people, done, asked)
    return Mine(
        row, DO, _("Relire et déposer."), _("Déposer"), left(until, at), until, role, people, done, asked
    )


def left(until: datetime | None, at: datetime) -> int | None:
    """Return the whole days that are left, as a calendar counts them: 0 is today, below is past."""
    if until is None:
        return None
    return (timezone.localdate(until) - timezone.localdate(at)).days


def day_of(moment: datetime | None) -> date | None:
    """Return the day of an instant in Paris."""
    return timezone.localdate(moment) if moment else None


_NEXT: Final[dict[str, Any]] = {
    states.DEPOSITED: lambda: _("Rien à faire : la recevabilité est examinée."),
    states.ADMISSIBLE: lambda: _("Rien à faire : le dossier est recevable, il est instruit."),
    states.INADMISSIBLE: lambda: _("Irrecevable : les motifs sont sur sa page."),
    states.REGION: lambda: _("Rien à faire : la région instruit le dossier."),
    states.NATIONAL: lambda: _("Rien à faire : le dossier est instruit au niveau national."),
    states.COMMITTEE: lambda: _("Rien à faire : le comité choisit."),
    states.LAUREATE: lambda: _("Retenu : la convention vient ensuite."),
    states.RESERVE: lambda: _("Sur la liste complémentaire : rien à faire, on vous préviendra."),
    states.REFUSED: lambda: _("Non retenu : les motifs sont sur sa page, le pôle reste au registre."),
    states.AGREEMENT: lambda: _("La convention est à lire et à signer."),
    states.RUNNING: lambda: _("L'action est en cours : ses rapports sont dans le suivi."),
    states.EVALUATION: lambda: _("L'évaluation partagée est ouverte."),
    states.CLOSED: lambda: _("Clôturé."),
    states.WITHDRAWN: lambda: _("Retiré."),
    states.ENDED: lambda: _("La convention est résiliée."),
}
