"""The shared watch: seen by one, known to all, turned into a joint answer in one click (R-40, R-155)."""

from collections.abc import Sequence
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.common.inserting import insert
from terreau.exchanges import rules, skills, tenders
from terreau.exchanges.models import Tender, Watch
from terreau.exchanges.written import required
from terreau.journal.actions import record
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects


def put(  # noqa: PLR0913 - keyword-only: each is a part of what was seen
    pole: Pole,
    actor: Actor,
    *,
    title: str,
    by: User,
    kind: str = Watch.Kind.TENDER,
    text: str = "",
    url: str = "",
    source: str = "",
    due_on: date | None = None,
    needs: Sequence[str] = (),
) -> Watch:
    """Share what an organisation saw; ``needs`` are the skills that it takes, in plain words."""
    called = required(title, "no_title", _("Donnez un titre à cette information."), "title")
    with transaction.atomic():
        row = Watch(pole=pole, actor=actor, title=called[:200], kind=kind, text=text.strip()[:600], by=by)
        row.url, row.source, row.due_on = url.strip(), source.strip()[:160], due_on
        insert(row, "watch_known")
        row.skills.set([skills.named(pole, need) for need in needs])
        record(pole.actor.subject, "watch.put", by=by, data={"watch": row.pk.hex, "actor": actor.pk.hex})
    return row


def put_aside(watch: Watch, *, by: User) -> None:
    """Put an entry aside: it is not for the pole. What became a tender stays."""
    with transaction.atomic():
        rows = Watch.objects.filter(pk=watch.pk, tender=None, put_aside_at=None)
        if not rows.update(put_aside_at=timezone.now()):
            words = _("Cette information a déjà été reprise ou écartée.")
            raise DomainError("answered", words, status=409)
        record(watch.pole.actor.subject, "watch.put_aside", by=by, data={"watch": watch.pk.hex})


def take_up(watch: Watch, *, by: User) -> Tender:
    """Make a tender of an entry, once: two people at once get the same one."""
    with transaction.atomic():
        subjects.lock(watch.pole_id)
        row = Watch.objects.select_related("pole__actor__subject", "actor").get(pk=watch.pk)
        if row.tender is not None:
            return row.tender
        if row.put_aside_at is not None:
            raise DomainError("put_aside", _("Cette information a été écartée."), status=409)
        values = {"text": row.text, "url": row.url, "buyer_name": row.source, "due_at": _end_of(row.due_on)}
        made = tenders.spot(row.pole, title=row.title, brought_by=row.actor, by=by, **values)
        for skill in row.skills.order_by("key")[: rules.MOST_NEEDED]:
            tenders.need(made, skill, by=by)
        Watch.objects.filter(pk=row.pk).update(tender=made)
    return made


def current(pole: Pole, *, on: date) -> QuerySet[Watch]:
    """Return what may still be taken up: neither aside, nor taken, nor past; the nearest deadline first."""
    rows = Watch.objects.filter(pole=pole, tender=None, put_aside_at=None)
    rows = rows.filter(Q(due_on=None) | Q(due_on__gte=on)).select_related("actor")
    return rows.prefetch_related("skills").order_by("due_on", "seen_at", "pk")


def _end_of(day: date | None) -> datetime | None:
    """Return noon of the last day: the notice says the hour, which nobody typed here."""
    return None if day is None else timezone.make_aware(datetime.combine(day, time(12)))
