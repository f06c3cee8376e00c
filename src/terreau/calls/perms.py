"""Who stands how in a call: people named, for some days, by the owner of the programme or of the call.

A role in a programme holds for all its calls. Rights follow these roles and nothing else: who moderates the
register or instructs elsewhere reads no draft and no file. Draft calls do not exist for strangers (404).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.accounts.roles_held import remembered, roles_of
from terreau.calls.models import Call, Programme, Role
from terreau.common.errors import NotFoundError, RefusedError, SignInNeededError
from terreau.journal.actions import refuse
from terreau.subjects.models import Subject

ROLES: Final = tuple(Role.Kind.values)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person is in a call on a day.

    ``zones``: the codes of the regions of an officer; None: everywhere (or no officer).
    ``sponsors``: keys of the sponsors for whom the person gives opinions.
    """

    owner: bool = False
    officer: bool = False
    zones: frozenset[str] | None = None
    reviewer: bool = False
    committee: bool = False
    sponsors: frozenset[int] = field(default_factory=frozenset)
    auditor: bool = False

    def __bool__(self) -> bool:
        return bool(self.roles)

    @property
    def roles(self) -> frozenset[str]:
        """The roles that hold."""
        held = {
            "owner": self.owner,
            "officer": self.officer,
            "reviewer": self.reviewer,
            "committee": self.committee,
            "sponsor": bool(self.sponsors),
            "auditor": self.auditor,
        }
        return frozenset(role for role, holds in held.items() if holds)

    def instructs(self, region: str | None) -> bool:
        """Say whether the person instructs the files of a region (its code; None: region unknown)."""
        return self.officer and (self.zones is None or region in self.zones)


@dataclass(frozen=True, slots=True)
class CallSpace:
    """A call as somebody works in it."""

    call: Call
    standing: Standing
    user: User


def standing(user: Any, call: Call, on: date | None = None) -> Standing:
    """Return how a person stands in a call that day: one query, none for a stranger."""
    return _standing(user, Q(call=call) | Q(programme=call.programme_id), on, ("call", call.pk))


def standing_in_programme(user: Any, programme: Programme, on: date | None = None) -> Standing:
    """Return how a person stands in a programme itself, its calls aside: one query."""
    return _standing(user, Q(programme=programme), on, ("programme", programme.pk))


def _standing(user: Any, where: Q, on: date | None, key: tuple[str, Any]) -> Standing:
    if not isinstance(user, User) or not user.is_active or user.erased_at is not None:
        return Standing()
    day = on or timezone.localdate()
    rows = Role.objects.held_on(day).filter(where, user=user)
    held = remembered(
        ("calls.standing", user.pk, *key, day),
        lambda: list(rows.order_by().values_list("role", "zone__code", "sponsor")),
    )
    return of_rows(held)


def of_rows(held: Iterable[tuple[str, str | None, int | None]]) -> Standing:
    """Return the standing that rows of roles give: role, code of region or None, key of sponsor or None."""
    held = list(held)
    kinds = {role for role, _zone, _sponsor in held}
    officer = [zone for role, zone, _sponsor in held if role == Role.Kind.OFFICER]
    everywhere = not officer or None in officer
    return Standing(
        owner=Role.Kind.OWNER in kinds,
        officer=bool(officer),
        zones=None if everywhere else frozenset(zone for zone in officer if zone is not None),
        reviewer=Role.Kind.REVIEWER in kinds,
        committee=Role.Kind.COMMITTEE in kinds,
        sponsors=frozenset(one for role, _zone, one in held if role == Role.Kind.SPONSOR and one is not None),
        auditor=Role.Kind.AUDITOR in kinds,
    )


def held_rows() -> dict[str, Callable[[UUID, date], QuerySet[Any]]]:
    """Return what shows that somebody holds each role on a day, as ``calls.<role>``."""

    def rows(role: str) -> Callable[[UUID, date], QuerySet[Any]]:
        return lambda user, on: Role.objects.held_on(on).filter(user=user, role=role)

    return {f"calls.{role}": rows(role) for role in ROLES}


@dataclass(frozen=True, slots=True)
class Held:
    """The programmes and the calls in which a person has a role today, and those they own."""

    programmes: frozenset[Any]
    calls: frozenset[Any]
    owned: frozenset[Any]


def held_by(user: User, on: date | None = None) -> Held:
    """Return where a person has a role on a day: one query."""
    rows = Role.objects.held_on(on or timezone.localdate()).filter(user=user).order_by()
    found = list(rows.values_list("programme", "call", "role"))
    owner = Role.Kind.OWNER.value
    return Held(
        programmes=frozenset(programme for programme, _call, _role in found if programme is not None),
        calls=frozenset(call for _programme, call, _role in found if call is not None),
        owned=frozenset(one for one, _call, role in found if one is not None and role == owner),
    )


def may_begin(user: Any) -> bool:
    """Say whether the person may begin a programme and name its owners: who instructs or administers here."""
    if not isinstance(user, User) or not user.is_active:
        return False
    return bool(roles_of(user, timezone.localdate()) & {"officer", "administrator"})


def may_write(user: Any) -> bool:
    """Say whether the person may write a call: who owns a programme, or may begin one."""
    return isinstance(user, User) and (bool(held_by(user).owned) or may_begin(user))


def enter(request: HttpRequest, slug: str, *roles: str, verb: str = "call.enter") -> CallSpace:
    """Fetch a call and let pass who holds one of ``roles`` (any role when none is named), in one call.

    Raises ``SignInNeededError`` (the sign-in page) when nobody is signed in and the call is public,
    ``NotFoundError`` (404) for an unknown call and for a draft to who has no role in it, ``RefusedError``
    (403, journalled) otherwise.
    """
    call = Call.objects.select_related("programme", "subject").filter(slug=slug).first()
    if call is None:
        raise _unknown()
    user = request.user
    if not isinstance(user, User):
        raise _unknown() if call.state == Call.State.DRAFT else _sign_in()
    found = standing(user, call)
    if found.roles & set(roles or ROLES):
        return CallSpace(call, found, user)
    if call.state == Call.State.DRAFT and not found:
        raise _unknown()
    raise _refused(call.subject, verb, user)


def enter_programme(
    request: HttpRequest, slug: str, *roles: str, verb: str = "programme.enter"
) -> tuple[Programme, Standing, User]:
    """Do as ``enter`` for a programme."""
    programme = Programme.objects.select_related("subject").filter(slug=slug).first()
    if programme is None:
        raise _unknown()
    user = request.user
    if not isinstance(user, User):
        raise _unknown() if programme.state == Programme.State.DRAFT else _sign_in()
    found = standing_in_programme(user, programme)
    if found.roles & set(roles or ROLES):
        return programme, found, user
    if programme.state == Programme.State.DRAFT and not found:
        raise _unknown()
    raise _refused(programme.subject, verb, user)


def can_see(user: Any, call: Call) -> bool:
    """Say whether the person may read the public page of a call: a draft is read by its people alone."""
    return call.state != Call.State.DRAFT or bool(standing(user, call))


def _unknown() -> NotFoundError:
    return NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))


def _sign_in() -> SignInNeededError:
    return SignInNeededError("sign_in", _("Connectez-vous pour voir cette page."))


def _refused(subject: Subject, verb: str, user: User) -> RefusedError:
    words = _("Il faut un rôle dans cet appel pour faire cela : demandez-le à qui le porte.")
    refuse(subject, verb, by=user, reason=words)
    return RefusedError("no_role", words)
