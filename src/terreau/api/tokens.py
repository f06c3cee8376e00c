"""Making, checking, revoking tokens, and telling people that one is about to expire."""

import re
import secrets
from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from terreau.accounts.models import GlobalRole, User
from terreau.actors.models import Actor
from terreau.api.models import ApiToken
from terreau.common.errors import DomainError, NotFoundError
from terreau.journal import actions as journal
from terreau.notices import actions as notices

#: Days a token may live: long enough for a yearly habit, short enough to be forgotten without harm.
LONGEST = 400
#: Days before the end when people are told; 0 is the day it ends.
NOTICES = (30, 7, 1, 0)
_SECRET = re.compile(r"^terreau_[A-Za-z0-9_-]{43}$")


class Scope(StrEnum):
    """What a token may do. Only the first is given today; the names of the others are kept for later."""

    READ_PUBLIC = "read:public"
    READ_ORGANISATION = "read:organisation"
    WRITE_ORGANISATION = "write:organisation"
    READ_POLES = "read:poles"
    WRITE_POLES = "write:poles"


GIVEN = (Scope.READ_PUBLIC,)


@transaction.atomic
def create(
    organisation: Actor, *, days: int, scopes: Iterable[str], label: str = "", by: User | None
) -> tuple[ApiToken, str]:
    """Return a new token and its secret, which is said once and kept nowhere.

    It opens until the end of the ``days``-th day from today. Raises ``DomainError`` for a duration or a
    scope that is not given, and for an organisation that is closed or merged.
    """
    asked = _checked_scopes(scopes)
    if not 1 <= days <= LONGEST:
        message = _("Un jeton dure de 1 à %(longest)s jours : %(days)s n'est pas possible.")
        raise DomainError(
            "token_duration", message % {"longest": LONGEST, "days": days}, facts={"days": days}
        )
    if organisation.subject.closed_at or organisation.subject.merged_into_id:
        raise DomainError("organisation_closed", _("Cette organisation est fermée ou fusionnée."), status=409)
    secret = f"terreau_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        organisation=organisation,
        label=label,
        digest=_digest(secret),
        scopes=asked,
        created_by=by,
        expires_on=timezone.localdate() + timedelta(days=days),
    )
    data = {"token": str(token.pk), "scopes": asked, "expires_on": token.expires_on.isoformat()}
    journal.record(organisation.subject, "api_token.created", by=by, data=data)
    return token, secret


@transaction.atomic
def revoke(token: ApiToken, *, by: User | None, reason: str) -> ApiToken:
    """Close a token at once; refused when it is closed already. The database refuses an empty reason."""
    closed = ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(
        revoked_at=timezone.now(), revoking_reason=reason
    )
    if not closed:
        raise DomainError("token_revoked", _("Ce jeton est déjà révoqué."), status=409)
    journal.record(token.organisation.subject, "api_token.revoked", by=by, data={"token": str(token.pk)})
    token.refresh_from_db()
    return token


def open_with(secret: str) -> ApiToken:
    """Return the token of a secret; raise ``DomainError`` (401) when it opens nothing.

    One read by the digest, which tells nothing of the secret by its time; one write a day at most, to
    say that the token was used.
    """
    found = ApiToken.objects.filter(digest=_digest(secret)).first() if _SECRET.match(secret) else None
    if found is None:
        raise _closed("token_unknown", _("Ce jeton n'existe pas. Sans jeton, l'API publique reste ouverte."))
    if found.revoked_at:
        raise _closed("token_revoked", _("Ce jeton est révoqué."))
    today = timezone.localdate()
    if found.expires_on <= today:
        raise _closed("token_expired", _("Ce jeton a expiré : demandez-en un nouveau."))
    if found.last_used_on != today:
        unused = Q(last_used_on__isnull=True) | Q(last_used_on__lt=today)
        ApiToken.objects.filter(unused, pk=found.pk).update(last_used_on=today)
    return found


def organisation_of(key: str) -> Actor:
    """Return an organisation by its key, its SIREN or its identifier; raise ``NotFoundError`` otherwise."""
    wanted = Q(key=key)
    if re.fullmatch(r"\d{9}", key):
        wanted |= Q(siren=key)
    if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", key):
        wanted |= Q(pk=key)
    found = list(Actor.objects.filter(wanted, subject__merged_into__isnull=True)[:2])
    if len(found) == 1:
        return found[0]
    message = (
        _("Plusieurs organisations répondent à « %(key)s » : donnez l'identifiant.")
        if found
        else _("Aucune organisation n'a « %(key)s » pour repère, SIREN ou identifiant.")
    )
    raise NotFoundError("unknown_organisation", message % {"key": key[:80]}, facts={"key": key[:80]})


def notify(today: date) -> int:
    """Tell who must know that a token ends within 30, 7, 1 day, or ended; return how many were told.

    Each is told once a stage, the last stage only when several have passed.
    """
    told = 0
    ending = ApiToken.objects.filter(
        revoked_at__isnull=True,
        expires_on__lte=today + timedelta(days=max(NOTICES)),
        expires_on__gt=today - timedelta(days=max(NOTICES)),
    )
    administrators = list(_administrators(today))
    for token in ending.select_related("organisation__subject", "created_by"):
        left = (token.expires_on - today).days
        stage = min(days for days in NOTICES if left <= days)
        for user in {person.pk: person for person in [*administrators, *_maker(token)]}.values():
            path = f"/acteurs/{token.organisation_id}/"
            dedupe = f"api-token:{token.pk}:{stage}"
            text = _words(token, left)
            subject = token.organisation.subject
            told += (
                notices.tell(user, "api_token.expiry", text, subject=subject, path=path, dedupe=dedupe)
                is not None
            )
    return told


def _checked_scopes(scopes: Iterable[str]) -> list[str]:
    asked = sorted(set(scopes))
    if asked and set(asked) <= set(GIVEN):
        return asked
    wrong = ", ".join(sorted(set(asked) - set(GIVEN))) or "–"
    message = _("Droits refusés : %(wrong)s. Droits donnés aujourd'hui : %(given)s.")
    facts = {"given": list(GIVEN), "asked": asked}
    raise DomainError("token_scope", message % {"wrong": wrong, "given": ", ".join(GIVEN)}, facts=facts)


def _closed(code: str, message: str) -> DomainError:
    return DomainError(code, message, status=401)


def _digest(secret: str) -> str:
    """Return the SHA-256 of a secret of 256 random bits: there is no dictionary to try, no salt is needed."""
    return sha256(secret.encode()).hexdigest()


def _administrators(today: date) -> Iterable[User]:
    """People who administer the site today."""
    living = GlobalRole.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=today),
        role=GlobalRole.Role.ADMINISTRATOR,
        valid_from__lte=today,
    )
    return User.objects.filter(
        Q(pk__in=living.values("user")) | Q(is_superuser=True), is_active=True, erased_at__isnull=True
    )


def _maker(token: ApiToken) -> list[User]:
    """Return who asked for the token, while the account lives."""
    user = token.created_by
    return [user] if user and user.is_active and not user.erased_at else []


def _words(token: ApiToken, left: int) -> object:
    name = token.label or token.organisation.name
    if left <= 0:
        return _Filled(gettext_lazy("Le jeton de l'API « %(name)s » a expiré."), {"name": name})
    text = ngettext_lazy(
        "Le jeton de l'API « %(name)s » expire dans %(days)d jour : demandez-en un nouveau.",
        "Le jeton de l'API « %(name)s » expire dans %(days)d jours : demandez-en un nouveau.",
        left,
    )
    return _Filled(text, {"name": name, "days": left})


class _Filled:
    """A lazy sentence with its values, put into words in the language of whoever reads it."""

    def __init__(self, sentence: object, values: dict[str, object]) -> None:
        self.sentence = sentence
        self.values = values

    def __str__(self) -> str:
        return str(self.sentence % self.values)  # type: ignore[operator]
