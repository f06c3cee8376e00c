"""The committee of a call: its members by dates, its published list, its rules, its sittings, its results.

Decree 2015-431, art. 2: representatives of the ministers who give, renewed at each call, the list made
public, rules of procedure of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.calls import people
from terreau.calls.models import Call, Role, Sponsor
from terreau.common.errors import DomainError
from terreau.common.inserting import insert
from terreau.journal.actions import record
from terreau.pieces import actions as pieces
from terreau.pieces.models import Piece
from terreau.selection import perms
from terreau.selection.models import Committee, Seat, Session
from terreau.subjects import actions as subjects


def of_call(call: Call) -> Committee | None:
    """Return the committee of a call, or None while nobody composed one."""
    return Committee.objects.select_related("rules", "assistant_by").filter(call=call).first()


@transaction.atomic
def compose(call: Call, *, name: str, legal_basis: str = "", by: User | None) -> Committee:
    """Give the call its committee, or change its name and what institutes it."""
    perms.require(call, by, *perms.OWNERS)
    called = " ".join(name.split())[:200]
    if not called:
        raise DomainError("no_name", _("Donnez un nom au comité."), facts={"field": "name"})
    subjects.lock(call.pk)
    row, made = Committee.objects.get_or_create(call=call, defaults={"name": called})
    row.name, row.legal_basis = called, legal_basis.strip()[:300]
    row.save(update_fields=["name", "legal_basis"])
    record(call.subject, "committee.composed" if made else "committee.renamed", by=by, data={})
    return row


@transaction.atomic
def seat(  # noqa: PLR0913 - keyword-only: a seat is described by this many independent facts
    committee: Committee,
    *,
    name: str,
    quality: str,
    since: date,
    until: date | None = None,
    email: str = "",
    sponsor: Sponsor | None = None,
    chair: bool = False,
    by: User,
) -> Seat:
    """Seat somebody for some days; with ``email``, the account at that address enters its pages."""
    perms.require(committee.call, by, *perms.OWNERS)
    subjects.lock(committee.pk)
    called, said = " ".join(name.split())[:200], " ".join(quality.split())[:200]
    if not called or not said:
        words = _("Dites qui siège, et au titre de quoi : la liste publiée le dira.")
        raise DomainError("seat_needs", words, facts={"field": "quality" if called else "name"})
    if until is not None and until <= since:
        raise DomainError("ends_before", _("La fin suit le début."), facts={"field": "until"})
    row = Seat(committee=committee, name=called, quality=said, sponsor=sponsor, chair=chair, by=by)
    row.valid_from, row.valid_to = since, until
    if email.strip():
        row.user = _account(committee.call, email.strip(), since, until, by)
    insert(row, "seat_refused")
    record(committee.call.subject, "committee.seated", by=by, data={"seat": row.pk})
    return row


def _account(call: Call, email: str, since: date, until: date | None, by: User) -> User:
    user = User.objects.filter(email__iexact=email, is_active=True, erased_at=None).first()
    held = Role.objects.held_on(since).filter(call=call, role=Role.Kind.COMMITTEE, user=user)
    if user is not None and held.exists():
        return user
    role = people.name(call, email, Role.Kind.COMMITTEE, since=since, until=until, by=by)
    return role.user


@transaction.atomic
def unseat(row: Seat, *, by: User) -> Seat:
    """End a seat today, and with it the right to enter; the seat stays in the history."""
    call = row.committee.call
    perms.require(call, by, *perms.OWNERS)
    subjects.lock(call.pk)
    row.refresh_from_db()
    today = timezone.localdate()
    if row.valid_to is not None and row.valid_to <= today:
        raise DomainError("ended_already", _("Ce siège est déjà libre."), status=409)
    row.valid_to = max(today, row.valid_from)
    row.save(update_fields=["valid_to"])
    for role in Role.objects.held_on(today).filter(call=call, role=Role.Kind.COMMITTEE, user=row.user):
        people.end(role, call, by=by)
    record(call.subject, "committee.unseated", by=by, data={"seat": row.pk})
    return row


def seats_on(committee: Committee, day: date) -> QuerySet[Seat]:
    """Return who sits on a day."""
    rows = Seat.objects.filter(committee=committee, valid_from__lte=day).select_related("sponsor", "user")
    return rows.filter(Q(valid_to=None) | Q(valid_to__gt=day)).order_by("-chair", "name", "id")


@transaction.atomic
def publish(committee: Committee, *, by: User) -> Committee:
    """Make the list of the members public: from then on anybody reads who sits, and since when."""
    perms.require(committee.call, by, *perms.OWNERS)
    row = _locked(committee)
    if not seats_on(row, timezone.localdate()).exists():
        raise DomainError("no_seat", _("Personne ne siège encore : composez le comité d'abord."), status=409)
    if row.published_at is None:
        row.published_at = timezone.now()
        row.save(update_fields=["published_at"])
        if row.rules is not None:
            Piece.objects.filter(pk=row.rules.pk).update(public=True)
        record(committee.call.subject, "committee.published", by=by, data={})
    return row


@transaction.atomic
def adopt_rules(committee: Committee, stream: BinaryIO, name: str, *, on: date, by: User) -> Committee:
    """Keep the rules of procedure that the committee adopted that day; those before stay among the pieces."""
    perms.require(committee.call, by, *perms.OWNERS)
    row = _locked(committee)
    row.rules = pieces.attach(
        committee.call.subject, stream, name, by=by, public=row.published_at is not None
    )
    row.rules_on = on
    row.save(update_fields=["rules", "rules_on"])
    record(committee.call.subject, "committee.rules_adopted", by=by, data={"piece": row.rules.pk.hex})
    return row


@transaction.atomic
def hold(  # noqa: PLR0913 - keyword-only: each is a part of the sitting
    committee: Committee,
    *,
    on: date,
    place: str = "",
    minutes: str = "",
    present: Iterable[Seat] = (),
    by: User,
) -> Session:
    """Note a sitting of the committee, or more of what was said there; one a day.

    What was noted of it already stays: two people who note the same sitting lose nothing.
    """
    perms.require(committee.call, by, *perms.DECIDERS)
    _locked(committee)
    row, _made = Session.objects.get_or_create(committee=committee, on=on, defaults={"by": by})
    row.place = place.strip()[:200] or row.place
    more = minutes.strip()
    if more not in row.minutes:
        row.minutes = f"{row.minutes}\n\n{more}".strip()
    row.version += 1
    row.save(update_fields=["place", "minutes", "version"])
    row.present.add(*[one for one in present if one.committee_id == committee.pk])
    record(committee.call.subject, "committee.sat", by=by, data={"session": row.pk.hex})
    return row


@transaction.atomic
def ask_assistant(committee: Committee, *, why: str, by: User) -> Committee:
    """Turn the portfolio assistant on, because the committee asks for it; who did and why is kept."""
    perms.require(committee.call, by, *perms.DECIDERS)
    said = " ".join(why.split())[:300]
    if not said:
        words = _("Dites qui demande l'assistant, et pourquoi : cela reste écrit.")
        raise DomainError("reason_needed", words, facts={"field": "why"})
    row = _locked(committee)
    if row.assistant_at is None:
        row.assistant_at, row.assistant_by, row.assistant_why = timezone.now(), by, said
        row.save(update_fields=["assistant_at", "assistant_by", "assistant_why"])
        record(committee.call.subject, "committee.assistant_asked", by=by, data={})
    return row


def _locked(committee: Committee) -> Committee:
    rows: Any = Committee.objects.select_for_update(of=("self",)).select_related("call__subject", "rules")
    found: Committee = rows.get(pk=committee.pk)
    return found
