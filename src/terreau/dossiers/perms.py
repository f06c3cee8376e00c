"""Who enters a file, from which side, and what they may do there: fetched and authorised in one call.

People of the file (``Writer``, and who animates the applicant or its pole) see it from the first word. Those
of the call see it once it is deposited, each in their part: an officer of one region, the files of that
region. Rooms above add their own refusals (``also_refuse``): a reviewer in conflict, a file that was not
given to him.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.accounts.roles_held import remembered
from terreau.actors.models import Actor, Belonging
from terreau.actors.perms import belongs
from terreau.calls.perms import Standing, standing
from terreau.common.errors import NotFoundError, RefusedError
from terreau.common.permissions import Permission
from terreau.dossiers import announcing
from terreau.dossiers.models import Channel, Dossier, Writer
from terreau.dossiers.states import DRAFT
from terreau.journal.actions import record, refuse
from terreau.poles import standing as poles
from terreau.poles.models import Carrier, Pole
from terreau.subjects.actions import family

APPLICANT, OFFICER, AUDITOR = "applicant", "officer", "auditor"

#: A refusal of a room above: given the person, the file, how they stand in the call.
Check = Callable[[User, Dossier, Standing], Permission]
_CHECKS: Final[list[Check]] = []

#: What is asked at the door → who passes. « read » lets anybody in who has a part.
DOORS: Final[dict[str, frozenset[str]]] = {
    "read": frozenset(),
    "write": frozenset({"lead", "writer", "signatory"}),
    "deposit": frozenset({"lead", "signatory"}),
    "lead": frozenset({"lead"}),
    "applicant": frozenset({"lead", "writer", "signatory", "reader"}),
    "instruct": frozenset({"officer", "owner"}),
    "decide": frozenset({"committee", "owner"}),
    "review": frozenset({"reviewer"}),
    "staff": frozenset({"officer", "owner", "reviewer", "committee", "sponsor", "auditor"}),
}


@dataclass(frozen=True, slots=True)
class DossierSpace:
    """A file as one person sees it. ``role``: the first of the roles held; ``roles``: all of them."""

    dossier: Dossier
    user: User
    side: str
    role: str
    roles: frozenset[str]
    standing: Standing
    may_write: bool
    own: Writer | None = field(default=None)

    @property
    def applicant(self) -> bool:
        """Whether the person is of the applicant's side."""
        return self.side == APPLICANT

    def may(self, door: str) -> bool:
        """Say whether the person would pass one of ``DOORS``."""
        return bool(DOORS[door] & self.roles) or not DOORS[door]


def also_refuse(check: Check) -> None:
    """Ask this too at the door of every file; a room registers it once, when the site starts."""
    if check not in _CHECKS:
        _CHECKS.append(check)


def enter(request: HttpRequest, pk: UUID, verb: str = "read") -> DossierSpace:
    """Fetch a file and let in who may do ``verb`` (one of ``DOORS``) there.

    Raises ``NotFoundError`` for an unknown file and for who has no part in it, ``RefusedError`` (403,
    counted in the journal) for who has a part in the call or the file that does not reach this far.
    """
    space = of_person(request.user, pk, verb)
    if space.side == AUDITOR:
        # Who checks reads everything: each look is written before anything is shown.
        record(space.dossier.subject, "audit.looked", by=space.user, data={"part": verb})
    return space


def of_person(user: Any, pk: UUID, verb: str = "read") -> DossierSpace:
    """Do as ``enter`` for a person known otherwise than by a page."""
    dossier = _fetch(pk)
    if dossier is None or not isinstance(user, User) or not _active(user):
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    space, reason = _space(user, dossier)
    if space is not None and space.applicant:
        announcing.as_known(dossier)
    if space is None:
        if not reason:
            raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
        raise _refused(dossier, verb, user, reason)
    if not space.may(verb):
        raise _refused(dossier, verb, user, _("Votre rôle sur ce dossier ne permet pas cela."))
    if verb == "write" and not space.may_write:
        words = _("Ce dossier ne s'écrit plus : il est « %(state)s ».")
        raise _refused(dossier, verb, user, words % {"state": dossier.get_state_display()})
    return space


def can_start(user: User, applicant: Actor, pole: Pole | None) -> Permission:
    """Say whether a person begins a file: they belong to who applies, or animate the pole it is about."""
    on = timezone.localdate()
    if not _active(user):
        return Permission(ok=False, reason=_("Connectez-vous pour déposer un dossier."))
    if pole is not None and pole.pk != applicant.pk:
        run, carried = poles.can_run(user, pole, on=on), _carries(pole, applicant, on)
        if run and (carried or belongs(user, applicant)):
            return Permission(ok=True)
        if carried and belongs(user, applicant, role=Belonging.Role.ANIMATOR):
            return Permission(ok=True)
        reason = run.reason or _(
            "Cette organisation ne porte pas ce pôle : choisissez sa structure porteuse."
        )
        return Permission(ok=False, reason=reason)
    if belongs(user, applicant):
        return Permission(ok=True)
    reason = _("Il faut appartenir à l'organisation qui demande : rejoignez-la d'abord.")
    return Permission(ok=False, reason=reason)


def _carries(pole: Pole, actor: Actor, on: date) -> bool:
    rows = Carrier.objects.filter(pole=pole, actor=actor).filter(Q(valid_from=None) | Q(valid_from__lte=on))
    return rows.filter(Q(valid_to=None) | Q(valid_to__gt=on)).exists()


def animators(dossier: Dossier) -> list[User]:
    """Return who animates the applicant of a file, or the pole that it carries."""
    wanted = [dossier.applicant_id] + ([dossier.pole_id] if dossier.pole_id else [])
    rows = Belonging.objects.confirmed().filter(actor__in=family(wanted), role=Belonging.Role.ANIMATOR)
    people = User.objects.filter(pk__in=rows.values("user"), is_active=True, erased_at=None)
    return list(people.order_by("pk"))


def roles_of(dossier: Dossier, user: User | None) -> frozenset[str]:
    """Return the roles that a person holds on a file today; the site itself (None) holds them all."""
    if user is None:
        return frozenset().union(*DOORS.values())
    space, _reason = _space(user, dossier)
    return space.roles if space else frozenset()


def people_of(dossier: Dossier) -> list[User]:
    """Return the living accounts of the team of a file: whom its moves are told."""
    rows = Writer.objects.filter(dossier=dossier, ended_at=None).exclude(accepted_at=None)
    people = User.objects.filter(pk__in=rows.values("user"), is_active=True, erased_at=None)
    return list(people.order_by("pk"))


def _fetch(pk: UUID) -> Dossier | None:
    rows = Dossier.objects.select_related(
        *("call__programme", "call__subject", "form", "strand", "subject", "zone"),
        *("applicant__subject", "pole__actor__subject"),
    )
    return rows.filter(pk=pk).first()


def _space(user: User, dossier: Dossier) -> tuple[DossierSpace | None, str]:
    """Return how a person stands on a file, or why not (nothing to say: they have no part in it)."""
    own = Writer.objects.filter(dossier=dossier, user=user, ended_at=None).exclude(accepted_at=None).first()
    held = standing(user, dossier.call)
    if own is not None or _animates(user, dossier):
        role = own.role if own else "lead"
        writes = dossier.writable and role in DOORS["write"]
        return DossierSpace(dossier, user, APPLICANT, role, frozenset({role}), held, writes, own), ""
    if not held.roles:
        return None, ""
    roles = _reaching(dossier, held)
    if roles != held.roles:
        # Rooms above ask how a person stands on this file: not as an officer either.
        held = replace(held, officer=False, zones=None)
    if reason := _why_not(user, dossier, held, roles):
        return None, reason
    role = next(
        one for one in ("owner", "officer", "committee", "sponsor", "reviewer", "auditor") if one in roles
    )
    enters = dossier.channel != Channel.ONLINE and bool({"officer", "owner"} & roles)
    side = AUDITOR if roles == {"auditor"} else OFFICER
    given = roles | {"writer"} if enters else roles
    return DossierSpace(dossier, user, side, role, given, held, enters and dossier.writable), ""


def _reaching(dossier: Dossier, held: Standing) -> frozenset[str]:
    """Return the roles of the call that reach a file: an officer of other regions is none of this one."""
    away = held.officer and not in_zones(dossier, held)
    return held.roles - {"officer"} if away else held.roles


def _why_not(user: User, dossier: Dossier, held: Standing, roles: frozenset[str]) -> str:
    unread = dossier.deposited_at is None or dossier.state == DRAFT
    if unread and dossier.channel == Channel.ONLINE:
        return _("Ce dossier est encore un brouillon : l'instruction le lit après son dépôt.")
    if not roles:
        return _("Ce dossier est d'une autre région que la vôtre.")
    for check in _CHECKS:
        if not (permission := check(user, dossier, held)):
            return permission.reason
    return ""


def in_zones(dossier: Dossier, held: Standing) -> bool:
    """Say whether a file lies in the zones of an officer; an officer without zones reads everywhere."""
    return held.zones is None or (dossier.zone is not None and dossier.zone.code in held.zones)


def _animates(user: User, dossier: Dossier) -> bool:
    """Say whether a person animates the applicant, or the pole that it carries; nothing of a paper draft."""
    if dossier.channel != Channel.ONLINE and dossier.deposited_at is None:
        return False
    wanted = [dossier.applicant_id] + ([dossier.pole_id] if dossier.pole_id else [])
    rows = Belonging.objects.confirmed().filter(user=user, role=Belonging.Role.ANIMATOR)
    held = remembered(("dossiers.animated", user.pk), lambda: set(rows.values_list("actor", flat=True)))
    return bool(held) and bool(held & set(family(wanted)))


def _refused(dossier: Dossier, verb: str, user: User, reason: str) -> RefusedError:
    refuse(dossier.subject, f"dossier.{verb}", by=user, reason=reason)
    return RefusedError("dossier_refused", reason)


def _active(user: User) -> bool:
    return user.is_active and user.erased_at is None
