"""Who keeps a label, who asks for it, who reads a request: fetched and authorised in one call.

Those who animate the owner of a label keep it: they name, for some days, who instructs and who decides.
Nobody instructs nor decides for a pole of which they are: R-81 wants the label shared, not self-given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor, Belonging
from terreau.actors.perms import belongs
from terreau.common.errors import NotFoundError, RefusedError, SignInNeededError
from terreau.journal.actions import refuse
from terreau.labels.models import Keeper, LabelRequest, Scheme
from terreau.poles.models import Pole
from terreau.poles.standing import standing as standing_in

INSTRUCTS, DECIDES, OWNS = "instructs", "decides", "owns"


@dataclass(frozen=True, slots=True)
class Hold:
    """What a person is for a label on a day. ``owns``: they animate its owner, and may do everything."""

    instructs: bool = False
    decides: bool = False
    owns: bool = False

    def __bool__(self) -> bool:
        return self.instructs or self.decides or self.owns

    def may(self, role: str) -> bool:
        """Say whether the person holds a role, or owns the label."""
        return self.owns or (role == INSTRUCTS and bool(self)) or (role == DECIDES and self.decides)


@dataclass(frozen=True, slots=True)
class SchemeSpace:
    """A label as one of its keepers works in it."""

    scheme: Scheme
    hold: Hold
    user: User


@dataclass(frozen=True, slots=True)
class RequestSpace:
    """A request as a person reads it: of the pole, keeper of the label, or both (then they decide
    nothing).
    """

    request: LabelRequest
    user: User
    hold: Hold
    of_pole: bool
    animates: bool

    @property
    def instructs(self) -> bool:
        """Whether the person may instruct it."""
        return self.hold.may(INSTRUCTS) and not self.of_pole

    @property
    def decides(self) -> bool:
        """Whether the person may decide of it."""
        return self.hold.may(DECIDES) and not self.of_pole


def hold(user: Any, scheme: Scheme, *, on: date) -> Hold:
    """Return what a person is for a label: two queries, none for a stranger."""
    if not _active(user):
        return Hold()
    roles = set(_held(on).filter(scheme=scheme, user=user).values_list("role", flat=True))
    owns = belongs(user, scheme.owner, role=Belonging.Role.ANIMATOR)
    return Hold(Keeper.Role.INSTRUCTS in roles, Keeper.Role.DECIDES in roles, owns)


def held_rows() -> dict[str, Callable[[UUID, date], QuerySet[Any]]]:
    """Return what shows that somebody keeps a label on a day, named or by the organisation they animate."""

    def owned(user: UUID, on: date) -> QuerySet[Any]:
        mine = Belonging.objects.confirmed().filter(user=user, role=Belonging.Role.ANIMATOR)
        return Scheme.objects.filter(owner__in=mine.values("actor"))

    return {"labels.keeper": lambda user, on: _held(on).filter(user=user), "labels.owner": owned}


def find(slug: str, user: Any) -> tuple[Scheme, Hold]:
    """Return a label that the person may read: one in preparation is its keepers' alone (404)."""
    scheme = _schemes().filter(slug=slug).first()
    held = hold(user, scheme, on=timezone.localdate()) if scheme else Hold()
    if scheme is None or (scheme.state == Scheme.State.DRAFT and not held):
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    return scheme, held


def enter(request: HttpRequest, slug: str, role: str) -> SchemeSpace:
    """Fetch a label and let pass who holds a role there; strangers sign in, others are refused (403,
    journalled).
    """
    scheme, held = find(slug, request.user)
    user = request.user
    if not isinstance(user, User):
        raise SignInNeededError("sign_in", _("Connectez-vous pour voir cette page."))
    if not held.may(role):
        raise _refused(scheme, user, f"label.{role}", _("Il faut tenir ce label pour faire cela."))
    return SchemeSpace(scheme, held, user)


def open_request(request: HttpRequest, slug: str, number: int, *, role: str = "") -> RequestSpace:
    """Fetch a request and let pass its pole's people and the label's keepers, those who hold ``role`` when
    given.

    ``role`` "pole": who animates the pole. Raises ``NotFoundError`` (404) to anybody else, ``RefusedError``
    (403) to who reads it and may not do this, or keeps the label and is of the pole.
    """
    scheme, held = find(slug, request.user)
    row = _requests().filter(scheme=scheme, number=number).first()
    user = request.user
    if row is None or not isinstance(user, User):
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    mine = standing_in(user, row.pole, on=timezone.localdate())
    if not held and not mine:
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    space = RequestSpace(row, user, held, bool(mine), mine.animates)
    if role:
        _require(space, role)
    return space


def _require(space: RequestSpace, role: str) -> None:
    able = {"pole": space.animates, INSTRUCTS: space.instructs, DECIDES: space.decides}
    if able[role]:
        return
    if role != "pole" and space.hold and space.of_pole:
        words = _("Vous êtes de ce pôle : une autre personne instruit et décide.")
    elif role == "pole":
        words = _("Il faut animer ce pôle pour faire cela.")
    else:
        words = _("Votre rôle ne permet pas cela.")
    raise _refused(space.request.scheme, space.user, f"label.{role}", words)


def asking(user: Any) -> list[Pole]:
    """Return the poles that a person animates, for which they may ask: two queries."""
    if not _active(user):
        return []
    mine = Belonging.objects.confirmed().filter(user=user, role=Belonging.Role.ANIMATOR)
    rows = Pole.objects.filter(actor__in=mine.values("actor"), actor__subject__closed_at=None)
    living = rows.filter(actor__subject__merged_into=None).select_related("actor__subject")
    return list(living.order_by("actor__name", "pk"))


def owning(user: Any) -> list[Actor]:
    """Return the organisations that a person animates and that may own a label: poles label nobody."""
    if not _active(user):
        return []
    mine = Belonging.objects.confirmed().filter(user=user, role=Belonging.Role.ANIMATOR)
    rows = Actor.objects.filter(pk__in=mine.values("actor"), pole=None, subject__closed_at=None)
    return list(rows.select_related("subject").order_by("name", "pk"))


def keepers_of(scheme: Scheme, *, on: date) -> list[User]:
    """Return the living accounts that keep a label on a day: whom requests are told."""
    named = _held(on).filter(scheme=scheme).values("user")
    owners = Belonging.objects.confirmed().filter(actor=scheme.owner_id, role=Belonging.Role.ANIMATOR)
    rows = User.objects.filter(Q(pk__in=named) | Q(pk__in=owners.values("user")))
    return list(rows.filter(is_active=True, erased_at=None).distinct().order_by("pk"))


def people_of(pole: Pole) -> list[User]:
    """Return the living accounts that animate a pole."""
    rows = Belonging.objects.confirmed().filter(actor=pole.pk, role=Belonging.Role.ANIMATOR)
    return list(
        User.objects.filter(pk__in=rows.values("user"), is_active=True, erased_at=None).order_by("pk")
    )


def check_outside(row: LabelRequest, by: User) -> None:
    """Refuse who is of the pole: nobody decides for themselves."""
    if standing_in(by, row.pole, on=timezone.localdate()):
        words = _("Vous êtes de ce pôle : une autre personne instruit et décide.")
        raise RefusedError("own_pole", words)


def _held(on: date) -> Any:
    return Keeper.objects.filter(Q(valid_to=None) | Q(valid_to__gt=on), valid_from__lte=on)


def _schemes() -> Any:
    return Scheme.objects.select_related("owner__subject", "subject", "grid_version__grid")


def _requests() -> Any:
    return LabelRequest.objects.select_related(
        *("scheme__owner", "scheme__subject", "pole__actor__subject", "grid_version__grid", "renews"),
        *("conclusion__evaluation__dossier__call", "certificate__event"),
    )


def _active(user: Any) -> bool:
    return isinstance(user, User) and user.is_active and user.erased_at is None


def _refused(scheme: Scheme, user: User, verb: str, words: str) -> RefusedError:
    refuse(scheme.subject, verb, by=user, reason=words)
    return RefusedError("no_role", words)
