"""Who checks a call reads everything of it and changes nothing; each look leaves an event in the journal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.calls.models import Call, Role
from terreau.dossiers import states
from terreau.dossiers.models import Dossier, Transition
from terreau.envelopes.models import EnvelopeMove
from terreau.instruction.models import Conflict
from terreau.journal.actions import record
from terreau.journal.models import Refusal
from terreau.subjects.models import Subject

#: Refusals that are shown.
MOST: Final = 500
#: What an auditor looks at, in the order of the page.
PARTS: Final = ("dossiers", "etapes", "argent", "personnes", "refus")


def look(subject: Subject, part: str, *, by: User) -> None:
    """Write that somebody looked, before anything is shown."""
    record(subject, "audit.looked", by=by, data={"part": part})


@dataclass(frozen=True, slots=True)
class Step:
    """A move of a file as the register kept it."""

    at: datetime
    dossier: Dossier
    verb: str
    words: str
    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal, counted by hour."""

    at: datetime
    who: str
    verb: str
    reason: str
    times: int


def files(call: Call) -> QuerySet[Dossier]:
    """Return every file of a call that was deposited, by number; one taken back is a draft again."""
    rows = Dossier.objects.filter(call=call).exclude(deposited_at=None).exclude(state=states.DRAFT)
    related = ("call", "applicant", "pole__actor", "zone", "instruction_progress__officer")
    return rows.select_related(*related).order_by("number")


def steps(call: Call) -> QuerySet[Transition]:
    """Return every move of the files of a call, the first first."""
    rows = Transition.objects.filter(dossier__call=call)
    related = ("dossier__call", "dossier__applicant", "dossier__pole__actor", "by")
    return rows.select_related(*related)


def said(row: Transition) -> Step:
    """Return a move in words."""
    verb = states.VERBS.get(row.verb, row.verb)
    words = " → ".join(str(states.LABELS.get(one, one)) for one in (row.from_state, row.to_state))
    return Step(row.at, row.dossier, str(verb), words, str(row.by) if row.by else _("le site"), row.reason)


def money(call: Call) -> QuerySet[EnvelopeMove]:
    """Return what moved in the envelopes for the files of a call."""
    rows = EnvelopeMove.objects.filter(dossier__call=call)
    return rows.select_related(
        "envelope", "dossier__call", "dossier__applicant", "dossier__pole__actor", "by"
    )


def people(call: Call) -> list[Role]:
    """Return who held which role in the call or its programme, and when, those of the past too."""
    rows = Role.objects.filter(call=call) | Role.objects.filter(programme=call.programme_id)
    return list(
        rows.select_related("user", "zone", "sponsor", "named_by").order_by("role", "valid_from", "id")
    )


def conflicts(call: Call) -> list[Conflict]:
    """Return the conflicts of interest that were declared, lifted ones too."""
    rows = Conflict.objects.filter(dossier__call=call)
    return list(rows.select_related("dossier__call", "reviewer", "lifted_by").order_by("-at", "pk"))


def refusals(call: Call) -> list[Refused]:
    """Return what was refused to people on the call and on its files, the last first: two queries."""
    subjects: list[UUID] = [call.pk, *Dossier.objects.filter(call=call).values_list("subject", flat=True)]
    rows = list(Refusal.objects.filter(subject__in=subjects).order_by("-hour", "-pk")[:MOST])
    names = dict(_names([one.by for one in rows]))
    return [Refused(one.hour, names.get(one.by, ""), one.verb, one.reason, one.count) for one in rows]


def _names(keys: Sequence[Any]) -> Iterator[tuple[Any, str]]:
    for user in User.objects.filter(pk__in=set(keys)):
        yield user.pk, str(user)
