"""The agenda of a meeting put in order, and what is said of each point written by several hands."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.errors import DomainError, StaleWriteError
from terreau.governance import meetings, merging
from terreau.governance.models import Decision, Item, Meeting
from terreau.journal.actions import record
from terreau.subjects import actions as subjects

#: How often a text is merged again when somebody writes between the reading and the writing.
_TRIES = 20
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Written:
    """What is kept of a point, and whether somebody else's words stand in it too."""

    item: Item
    merged: bool


def write_said(item: Item, *, base: str, mine: str, by: User) -> Written:
    """Write what was said of a point, from what the person saw (``base``): other people's lines stay.

    Raises ``StaleWriteError`` when both changed the same lines (``facts["conflicts"]["said"]``), and
    ``DomainError`` for a text too long.
    """
    seen, wanted = merging.tidy(base), merging.tidy(mine)
    if len(wanted) > _LONGEST:
        words = _("C'est trop long : %(most)d caractères au plus pour un point.")
        raise DomainError("too_long", words % {"most": _LONGEST}, facts={"field": "said"})
    for _try in range(_TRIES):
        current = Item.objects.select_related("meeting__body__pole__actor__subject").get(pk=item.pk)
        text = merging.merged(seen, current.said, wanted)
        if text is None:
            raise _stale(seen, current.said, wanted)
        try:
            row = meetings.write_item(current, base={"said": current.said}, mine={"said": text}, by=by)
        except StaleWriteError:
            continue
        return Written(row, merged=text != wanted)
    raise StaleWriteError("busy", _("Ce point change sans cesse : réessayez dans un instant."))


def drop_item(item: Item, *, by: User) -> None:
    """Take a point away from an agenda that nobody was convened on; one with words or a decision stays."""
    meeting = item.meeting
    with transaction.atomic():
        subjects.lock(meeting.body.pole.actor_id)
        state = Meeting.objects.values_list("state", flat=True).get(pk=meeting.pk)
        if state != Meeting.State.DRAFT:
            words = _("La convocation est partie : ce point reste à l'ordre du jour.")
            raise DomainError("convened", words, status=409)
        if item.said or Decision.objects.filter(item=item).exists():
            raise DomainError("item_used", _("Ce point a déjà une décision ou des notes."), status=409)
        record(meeting.body.pole.actor.subject, "meeting.item_dropped", by=by, data={"item": item.pk.hex})
        Item.objects.filter(pk=item.pk).delete()


def move_item(item: Item, step: int, *, by: User) -> None:
    """Move a point up (-1) or down (+1) in its agenda; at an end it stays."""
    meetings.not_kept(item.meeting)
    with transaction.atomic():
        subject = item.meeting.body.pole.actor.subject
        subjects.lock(subject.pk)
        rows = list(Item.objects.filter(meeting=item.meeting).order_by("rank", "pk"))
        place = next(rank for rank, row in enumerate(rows) if row.pk == item.pk)
        other = place + (1 if step > 0 else -1)
        if not 0 <= other < len(rows):
            return
        rows[place], rows[other] = rows[other], rows[place]
        for rank, row in enumerate(rows, start=1):
            if row.rank != rank:
                Item.objects.filter(pk=row.pk).update(rank=rank, version=F("version") + 1)
        record(subject, "meeting.item_moved", by=by, data={"item": item.pk.hex, "rank": other + 1})


def _stale(base: str, theirs: str, mine: str) -> StaleWriteError:
    words = _("Quelqu'un a écrit au même endroit : rien n'est écrasé, choisissez ce qui reste.")
    sides = {"base": base, "theirs": theirs, "mine": mine}
    return StaleWriteError("stale_write", words, facts={"conflicts": {"said": sides}})
