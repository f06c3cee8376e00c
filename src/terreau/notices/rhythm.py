"""How often a person is written to, and the link of each e-mail that stops them in one click (RFC 8058).

The link holds a signed identifier and nothing else: it works signed out, in any browser and years later,
opens no session, and can only stop the e-mails or start them again.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from terreau.accounts.models import User
from terreau.common.errors import DomainError, NotFoundError
from terreau.notices.models import Notice, Preference, Rhythm

_SALT: Final = "terreau.notices.stop"
#: A little less than a week: a digest sent at nine one Monday is due again at eight the next.
_WEEK: Final = timedelta(days=6, hours=12)
#: What was seen when nobody said so.
LOOK_BACK: Final = timedelta(days=7)


def of(user: User) -> str:
    """Return how often a person is written to."""
    found = Preference.objects.filter(user=user).values_list("rhythm", flat=True).first()
    return found or Rhythm.DAILY.value


def choose(user: User, rhythm: str) -> str:
    """Set how often a person is written to; return what it was.

    Raises ``DomainError`` for what is no rhythm. Who comes back from « never » is written to about what
    comes next only.
    """
    if rhythm not in Rhythm.values:
        raise DomainError("unknown_rhythm", _("Choisissez l'un des rythmes."), facts={"field": "rhythm"})
    before = of(user)
    values: dict[str, object] = {"rhythm": rhythm}
    if before == Rhythm.NEVER and rhythm != Rhythm.NEVER:
        values["since"] = timezone.now()
    Preference.objects.update_or_create(user=user, defaults=values)
    return before


def is_due(user: User, preference: Preference | None, *, now: datetime) -> bool:
    """Say whether a digest may leave now: never, or once a week for who chose so (one query then)."""
    rhythm = preference.rhythm if preference else Rhythm.DAILY.value
    if rhythm == Rhythm.WEEKLY:
        last = Notice.objects.filter(to=user).aggregate(last=Max("mailed_at"))["last"]
        return last is None or now - last >= _WEEK
    return rhythm != Rhythm.NEVER


def seen_since(user: User, *, now: datetime) -> datetime:
    """Return since when changes are news to the person: what they said they saw, else a week."""
    found = Preference.objects.filter(user=user).values_list("seen_at", flat=True).first()
    return found or now - LOOK_BACK


def mark_seen(user: User, until: datetime) -> None:
    """Remember that the person saw what changed up to an instant, never one to come nor an earlier one."""
    until = min(until, timezone.now())
    row, _made = Preference.objects.get_or_create(user=user)
    if row.seen_at is None or row.seen_at < until:
        Preference.objects.filter(user=user).update(seen_at=until)


def token(user: User) -> str:
    """Return what the link of an e-mail to this person holds."""
    return signing.dumps(user.pk.hex, salt=_SALT)


def address(user: User) -> str:
    """Return the whole address that stops the e-mails of a person, or nothing when the site has none."""
    if not settings.SITE_URL:
        return ""
    with override(user.language):
        return f"{settings.SITE_URL}{reverse('notices_stop', args=[token(user)])}"


def person(said: str) -> User:
    """Return whom a link is of; ``NotFoundError`` when nobody signed it or the person left."""
    try:
        found = User.objects.filter(pk=UUID(hex=signing.loads(said, salt=_SALT)), erased_at=None).first()
    except (signing.BadSignature, ValueError, TypeError):
        found = None
    if found is None:
        message = _("Ce lien ne mène à personne. Ouvrez vos messages sur le site pour choisir leur rythme.")
        raise NotFoundError("unknown_link", message)
    return found
