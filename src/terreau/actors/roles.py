"""Naming people to roles, and ending them: on the whole site, on a territory, on a network.

Acts on the whole site are events of the site, the others of the territory or the network. An end is at once.
"""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import GlobalRole, User
from terreau.accounts.roles_held import roles_of
from terreau.actors.models import Actor, Moderation
from terreau.actors.perms import can_name, moderations_of
from terreau.common.errors import DomainError, NotFoundError, RefusedError
from terreau.journal.actions import record
from terreau.notices.actions import tell
from terreau.subjects.models import Subject
from terreau.territories.models import Level, Zone

#: The site itself, whose events tell who was named to what.
SITE = UUID("00000000-0000-7000-8000-000000000001")
#: Levels of the territories that are moderated.
LEVELS = (Level.DEPARTEMENT, Level.REGION)


def site() -> Subject:
    """Return the subject of the site, made at first use."""
    return Subject.objects.get_or_create(pk=SITE, defaults={"kind": Subject.Kind.SITE})[0]


@transaction.atomic
def name_role(user: User, role: str, *, by: User | None) -> GlobalRole:
    """Name a person to a role on the whole site. ``by`` None is the command line."""
    _check_may_name(by)
    _check_living(user)
    row = GlobalRole(user=user, role=GlobalRole.Role(role), valid_from=timezone.localdate(), named_by=by)
    _insert(row)
    record(site(), "role.named", by=by, data={"user": user.pk.hex, "role": row.role})
    words = format_lazy(gettext_lazy("Vous avez un rôle sur ce site : {role}."), role=row.get_role_display())
    tell(user, "role", words, path="/compte/securite/")
    return row


@transaction.atomic
def end_role(row: GlobalRole, *, by: User | None) -> GlobalRole:
    """End a role today; refused for the last administrator, and when it has ended."""
    _check_may_name(by)
    today = timezone.localdate()
    if row.role == GlobalRole.Role.ADMINISTRATOR:
        living = GlobalRole.objects.select_for_update().filter(role=row.role, valid_to=None)
        if not [one for one in living.order_by("pk") if one.pk != row.pk]:
            message = _("C'est la seule personne à administrer ce site : nommez-en une autre d'abord.")
            raise DomainError("last_administrator", message, status=409)
    if not GlobalRole.objects.filter(pk=row.pk, valid_to=None).update(valid_to=today):
        raise DomainError("already_ended", _("Une fin est déjà enregistrée."), status=409)
    record(site(), "role.ended", by=by, data={"user": row.user_id.hex, "role": row.role})
    row.refresh_from_db()
    return row


@transaction.atomic
def name_moderator(
    user: User, *, zone: Zone | None = None, network: Actor | None = None, by: User | None
) -> Moderation:
    """Name a person to moderate a department, a region, or a network (exactly one of the two)."""
    _check_may_name(by)
    _check_living(user)
    if (zone is None) == (network is None):
        raise DomainError("one_scope", _("On modère un territoire ou un réseau, l'un des deux."))
    if zone is not None and zone.level not in LEVELS:
        raise DomainError("zone_level", _("On modère un département ou une région."))
    row = Moderation(user=user, zone=zone, network=network, valid_from=timezone.localdate(), named_by=by)
    _insert(row)
    record(scope_of(row), "moderation.named", by=by, data={"user": user.pk.hex, "moderation": row.pk})
    name = zone.name if zone is not None else network.name if network is not None else ""
    tell(
        user,
        "role",
        format_lazy(gettext_lazy("Vous modérez désormais : {name}."), name=name),
        path="/moderation/",
    )
    return row


@transaction.atomic
def end_moderation(row: Moderation, *, by: User | None) -> Moderation:
    """End a moderation today; refused when it has ended."""
    _check_may_name(by)
    if not Moderation.objects.filter(pk=row.pk, valid_to=None).update(valid_to=timezone.localdate()):
        raise DomainError("already_ended", _("Une fin est déjà enregistrée."), status=409)
    record(scope_of(row), "moderation.ended", by=by, data={"user": row.user_id.hex, "moderation": row.pk})
    row.refresh_from_db()
    return row


def scope_of(row: Moderation) -> Subject:
    """Return the subject of what is moderated."""
    if row.zone is not None:
        return row.zone.subject
    assert row.network is not None  # noqa: S101
    return row.network.subject


def find_zone(text: str) -> Zone:
    """Return the latest zone of ``departement:35``, ``region:53`` or a code that one of them alone has."""
    level, _colon, code = text.rpartition(":")
    levels = [level] if level else list(LEVELS)
    found = {
        zone.level: zone
        for zone in Zone.objects.filter(level__in=levels, code=code.strip()).order_by("cog_year")
    }
    if len(found) > 1:
        message = _("%(code)s est un département et une région : écrire departement:… ou region:….")
        raise DomainError("zone_ambiguous", message % {"code": code}, facts={"field": "zone"})
    if not found:
        message = _("Aucun département ni région n'a le code %(code)s.")
        raise NotFoundError("unknown_zone", message % {"code": text}, facts={"field": "zone"})
    return next(iter(found.values()))


def find_network(key: str) -> Actor:
    """Return the actor of this key (``acteurs``), a network or whatever others belong to."""
    found = Actor.objects.filter(key=key.strip()).first() if key.strip() else None
    if found is None:
        message = _("Aucun réseau n'a le repère « %(key)s ».")
        raise NotFoundError("unknown_network", message % {"key": key}, facts={"field": "network"})
    return found


def find_person(email: str) -> User:
    """Return the person of this address; the account must exist and live."""
    found = User.objects.filter(email=email.strip().lower(), erased_at=None, is_active=True).first()
    if found is None:
        message = _("Aucun compte n'a l'adresse %(email)s : la personne doit d'abord en créer un.")
        raise NotFoundError("unknown_person", message % {"email": email}, facts={"field": "email"})
    return found


def decides(user: User) -> bool:
    """Say whether the person holds a role that needs a second factor."""
    today = timezone.localdate()
    return bool(user.is_superuser or roles_of(user, today) or moderations_of(user, today))


def _check_may_name(by: User | None) -> None:
    if by is None:
        return
    allowed = can_name(by, on=timezone.localdate())
    if not allowed:
        raise RefusedError("may_not_name", allowed.reason)


def _check_living(user: User) -> None:
    if user.erased_at or not user.is_active:
        raise DomainError("person_gone", _("Ce compte est fermé ou effacé."))


def _insert(row: Any) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise DomainError("named_already", _("Cette personne tient déjà ce rôle."), status=409) from error
