"""A draw where one is needed: announced with its seed or where it comes from; listed, drawn, replayed."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.calls.models import Call
from terreau.common.errors import DomainError
from terreau.common.inserting import insert
from terreau.dossiers.models import Dossier
from terreau.dossiers.states import INSTRUCTED
from terreau.instruction import lots
from terreau.instruction.models import Draw
from terreau.journal.actions import record


def announce(  # noqa: PLR0913 - keyword-only: each is a part of what is announced
    call: Call,
    *,
    purpose: str,
    places: int,
    rule: str,
    seed: str = "",
    seed_day: date | None = None,
    by: User,
) -> Draw:
    """Announce a draw. The seed is given at once while the call is open; later, it comes from a public value.

    Once the list can be known, a seed that somebody chose could have been tried on it: only a value of a day
    to come, that nobody commands, is taken then.
    """
    words, where, given = purpose.strip(), rule.strip(), seed.strip()
    if not words:
        raise DomainError("purpose_needed", _("Dites pourquoi on tire au sort."), facts={"field": "purpose"})
    if not where:
        raise DomainError("rule_needed", _("Dites d'où vient la graine."), facts={"field": "rule"})
    if places < 1:
        raise DomainError(
            "places_needed", _("Dites combien de places sont tirées."), facts={"field": "places"}
        )
    if given and call.phase() not in {"announced", "open"}:
        message = _(
            "L'appel est clos : la liste peut être connue. Annoncez une valeur publique d'un jour à venir."
        )
        raise DomainError("seed_too_late", message, facts={"field": "seed"})
    if not given and (seed_day is None or seed_day <= timezone.localdate()):
        message = _("Donnez la graine, ou le jour à venir où elle sera connue de tous.")
        raise DomainError("day_needed", message, facts={"field": "seed_day"})
    with transaction.atomic():
        made = insert(
            Draw(call=call, purpose=words, places=places, rule=where, seed=given, seed_day=seed_day, by=by)
        )
        data = {"draw": made.pk.hex, "seed": given, "places": places}
        record(call.subject, "draw.announced", by=by, data=data)
    return made


def fix_list(draw: Draw, ids: list[UUID], *, by: User) -> Draw:
    """Fix the files between which one draws, and publish the digest of the list; once."""
    if draw.seed and draw.call.phase() in {"announced", "open"}:
        raise DomainError(
            "call_open", _("L'appel reçoit encore des dossiers : attendez sa clôture."), status=409
        )
    if draw.seed_day is not None and not draw.seed and draw.seed_day <= timezone.localdate():
        message = _(
            "Le jour de la graine est venu : la liste devait être fixée avant. Annoncez un autre jour."
        )
        raise DomainError("list_too_late", message, status=409)
    rows = Dossier.objects.filter(call=draw.call, pk__in=ids, state__in=INSTRUCTED).select_related("call")
    names = [one.reference for one in rows.order_by("number")]
    if len(names) <= draw.places:
        message = _("Il y a autant de places que de dossiers : rien n'est à tirer.")
        raise DomainError("nothing_to_draw", message, status=409)
    with transaction.atomic():
        found = lots.list_hash(names)
        held = Draw.objects.filter(pk=draw.pk, listed_at=None)
        if not held.update(names=sorted(names), list_hash=found, listed_at=timezone.now()):
            raise DomainError("listed", _("La liste de ce tirage est déjà fixée."), status=409)
        data = {"draw": draw.pk.hex, "list": found, "count": len(names)}
        record(draw.call.subject, "draw.listed", by=by, data=data)
    draw.refresh_from_db()
    return draw


def draw_now(draw: Draw, *, seed: str = "", by: User) -> Draw:
    """Draw: with the seed announced, or with the public value of the day that was announced; once."""
    given = draw.seed or " ".join(seed.split())
    if draw.listed_at is None:
        raise DomainError("not_listed", _("Fixez d'abord la liste des dossiers."), status=409)
    if not given:
        raise DomainError("seed_needed", _("Écrivez la valeur publique annoncée."), facts={"field": "seed"})
    if not draw.seed and draw.seed_day is not None and timezone.localdate() < draw.seed_day:
        message = _("La graine n'est connue que le jour annoncé.")
        raise DomainError("too_soon", message, facts={"field": "seed"})
    result = [
        {"rank": one.rank, "name": one.name, "digest": one.digest} for one in lots.draw(given, draw.names)
    ]
    with transaction.atomic():
        rows = Draw.objects.filter(pk=draw.pk, drawn_at=None)
        if not rows.update(seed=given, result=result, drawn_at=timezone.now()):
            raise DomainError("drawn", _("Ce tirage est déjà fait."), status=409)
        record(draw.call.subject, "draw.drawn", by=by, data={"draw": draw.pk.hex, "seed": given})
    draw.refresh_from_db()
    return draw


def verified(draw: Draw) -> bool:
    """Do the draw again and say whether it gives what was published: list, digest and order."""
    if draw.drawn_at is None or lots.list_hash(draw.names) != draw.list_hash:
        return False
    again = [(one.rank, one.name, one.digest) for one in lots.draw(draw.seed, draw.names)]
    return again == [(one["rank"], one["name"], one["digest"]) for one in draw.result]
