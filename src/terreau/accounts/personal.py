"""What is held of a person, in every room: given to them, erased when they ask, forgotten when it is old.

Each room that holds something of people says so when it starts (``register``): the accounts stand below and
know nothing of it. Erasing makes the person nobody and leaves what they did: the journal names people by
identifiers, so that no chain breaks and counts stay what they were.
"""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import GlobalRole, OpenSession, User
from terreau.common.errors import DomainError

Export = Callable[[User], Any]
Erase = Callable[[User], None]
Expire = Callable[..., dict[str, int]]

#: Addresses of people who are nobody any more: ``invalid`` never leads anywhere (RFC 2606).
ERASED = "efface-{}@erased.invalid"


@dataclass(frozen=True, slots=True)
class Holding:
    """What a room holds of people. ``expire(on=day, save=bool)`` forgets what is old and says how many."""

    name: str
    export: Export
    erase: Erase
    expire: Expire | None = None


_holdings: dict[str, Holding] = {}


def register(name: str, export: Export, erase: Erase, *, expire: Expire | None = None) -> None:
    """Say what a room holds of people: ``export(user)`` gives JSON types and dates, ``erase(user)`` forgets.

    ``erase`` runs inside the transaction of the erasure, before the person becomes nobody.
    """
    _holdings[name] = Holding(name, export, erase, expire)


def holdings() -> list[Holding]:
    """Return what the rooms hold, in the order of their names."""
    return [_holdings[name] for name in sorted(_holdings)]


def rows(queryset: Any, *fields: str) -> list[dict[str, Any]]:
    """Return rows for an export: these fields, in the order of the keys."""
    return list(queryset.order_by("pk").values(*fields))


def exported(user: User) -> dict[str, Any]:
    """Return everything that is held of a person, by room."""
    return {holding.name: holding.export(user) for holding in holdings()}


def archive(user: User, *, now: Any = None) -> bytes:
    """Return the ZIP that a person takes away: one JSON file for each room, and one that says what it is."""
    at = (now or timezone.now()).isoformat()
    about = {"site": "Terreau", "extrait_le": at, "fichiers": [f"{one.name}.json" for one in holdings()]}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a-lire.json", _json(about))
        for name, held in exported(user).items():
            packed.writestr(f"{name}.json", _json(held))
    return made.getvalue()


@transaction.atomic
def erase(user: User) -> User:
    """Make a person nobody: nothing that is left names them, and what they did stays counted.

    Refused to the last administrator, without whom nobody could name another.
    """
    row = User.objects.select_for_update().get(pk=user.pk)
    if row.erased_at:
        raise DomainError("erased_already", _("Ce compte est déjà effacé."), status=409)
    _check_not_last_administrator(row)
    for holding in holdings():
        holding.erase(row)
    row.refresh_from_db()
    row.email, row.name = ERASED.format(row.pk.hex), ""
    row.set_unusable_password()
    row.is_active = row.is_staff = row.is_superuser = False
    row.last_login, row.erased_at = None, timezone.now()
    row.erasure_told_at = None
    row.save()
    return row


def _check_not_last_administrator(user: User) -> None:
    today = timezone.localdate()
    administrators = GlobalRole.objects.held_on(today).filter(
        role=GlobalRole.Role.ADMINISTRATOR, user__is_active=True
    )
    if administrators.filter(user=user).exists() and not administrators.exclude(user=user).exists():
        message = _("Vous êtes la seule personne à administrer ce site : nommez-en une autre d'abord.")
        raise DomainError("last_administrator", message, status=409)


def export_account(user: User) -> Mapping[str, Any]:
    """Return the account itself: address, name, roles, factors (never their secrets), providers."""
    return {
        "compte": rows(
            User.objects.filter(pk=user.pk), "id", "email", "name", "language", "joined_at", "last_login"
        ),
        "adresses": rows(EmailAddress.objects.filter(user=user), "email", "verified", "primary"),
        "roles": rows(GlobalRole.objects.filter(user=user), "role", "valid_from", "valid_to"),
        "seconds_facteurs": rows(
            Authenticator.objects.filter(user=user), "type", "created_at", "last_used_at"
        ),
        "fournisseurs": rows(
            SocialAccount.objects.filter(user=user), "provider", "uid", "date_joined", "extra_data"
        ),
        "sessions": rows(OpenSession.objects.filter(user=user), "device", "opened_at"),
    }


def erase_account(user: User) -> None:
    """Forget addresses, factors, providers and sessions; end the roles today."""
    today = timezone.localdate()
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    SocialAccount.objects.filter(user=user).delete()
    GlobalRole.objects.filter(user=user, valid_to=None).update(valid_to=today)
    _close_sessions(user)


def _close_sessions(user: User) -> None:
    for session in Session.objects.filter(expire_date__gte=timezone.now()).order_by("pk").iterator():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)


__all__ = ["Holding", "archive", "erase", "exported", "holdings", "register", "rows"]
