"""How long what is held of people is kept, said in content and applied by the rooms.

``content/retention.yaml`` of each room says what, why, how long and by which rule; the room's ``expire``
(``personal.register``) applies it. The page of personal data shows the same lines: nothing is kept by a rule
that people cannot read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.mail import EmailMessage
from django.db.models import F, ProtectedError, Q
from django.db.models.functions import Coalesce
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from terreau.accounts import personal
from terreau.accounts.models import User
from terreau.common.content import ContentError, Section, read_list
from terreau.common.errors import DomainError

_TEXTS = ("what", "why", "how_long", "source")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. ``days`` is None for what is kept as long as the register lives."""

    key: str
    days: int | None
    warn_days: int | None
    texts: dict[str, dict[str, str]]

    def _said(self, name: str) -> str:
        language = "en" if (get_language() or "fr").startswith("en") else "fr"
        return self.texts[name][language]

    @property
    def what(self) -> str:
        """What is kept."""
        return self._said("what")

    @property
    def why(self) -> str:
        """What it is kept for."""
        return self._said("why")

    @property
    def how_long(self) -> str:
        """How long, and what happens then."""
        return self._said("how_long")

    @property
    def source(self) -> str:
        """The text that says so, or that it is a choice of Terreau."""
        return self._said("source")


def table() -> list[Line]:
    """Return every line, by room then in the order of the files."""
    return list(_lines().values())


def period(key: str) -> timedelta:
    """Return how long the line ``key`` keeps what it speaks of; ``KeyError`` when it has no end."""
    days = _lines()[key].days
    if days is None:
        raise KeyError(key)
    return timedelta(days=days)


def apply(*, on: date, save: bool) -> dict[str, int]:
    """Forget, in every room, what is older than its line says; return how many by line.

    Without ``save`` nothing is written and nobody is told: the counts are those of what would be.
    """
    found: dict[str, int] = {}
    for holding in personal.holdings():
        if holding.expire:
            found |= holding.expire(on=on, save=save)
    return found


def expire_accounts(*, on: date, save: bool) -> dict[str, int]:
    """Forget accounts never confirmed and those that nobody opens, told first; and ended sessions."""
    if save:
        # Who came back is told anew another time.
        User.objects.filter(erasure_told_at__lt=F("last_login")).update(erasure_told_at=None)
    return {
        "accounts.unconfirmed": _forget_unconfirmed(on, save=save),
        "accounts.told": _tell_inactive(on, save=save),
        "accounts.inactive": _erase_inactive(on, save=save),
        "accounts.sessions": _forget_sessions(save=save),
    }


def _forget_unconfirmed(on: date, *, save: bool) -> int:
    before = _midnight(on) - period("accounts.unconfirmed")
    people = User.objects.filter(joined_at__lt=before, last_login=None, erased_at=None)
    people = people.exclude(emailaddress__verified=True).filter(emailaddress__isnull=False).distinct()
    if not save:
        return people.count()
    done = 0
    for user in people.order_by("pk"):
        try:
            user.delete()
        except ProtectedError:
            personal.erase(user)
        done += 1
    return done


def _inactive(before: Any) -> Any:
    """Return the people who did not come in since, whose account still lives."""
    people = User.objects.filter(erased_at=None).annotate(seen=Coalesce("last_login", "joined_at"))
    return people.filter(Q(is_superuser=False), seen__lt=before).order_by("pk")


def _tell_inactive(on: date, *, save: bool) -> int:
    line = _lines()["accounts.inactive"]
    warned = timedelta(days=line.warn_days or 0)
    people = _inactive(_midnight(on) - period("accounts.inactive") + warned).filter(erasure_told_at=None)
    if not save:
        return int(people.count())
    done = 0
    for user in people:
        if User.objects.filter(pk=user.pk, erasure_told_at=None).update(erasure_told_at=timezone.now()):
            _warn(user, on + warned)
            done += 1
    return done


def _erase_inactive(on: date, *, save: bool) -> int:
    line = _lines()["accounts.inactive"]
    told = _midnight(on) - timedelta(days=line.warn_days or 0)
    people = _inactive(_midnight(on) - period("accounts.inactive")).filter(erasure_told_at__lt=told)
    if not save:
        return int(people.count())
    done = 0
    for user in people:
        try:
            personal.erase(user)
        except DomainError:
            continue
        done += 1
    return done


def _forget_sessions(*, save: bool) -> int:
    ended = Session.objects.filter(expire_date__lt=timezone.now())
    return ended.delete()[0] if save else ended.count()


def _warn(user: User, day: date) -> None:
    with override(user.language):
        prefix = "/en" if user.language == "en" else ""
        address = f"{settings.SITE_URL}{prefix}{_bare(reverse('account_login'))}" if settings.SITE_URL else ""
        title = _("Terreau : votre compte sera effacé")
        body = render_to_string("accounts/email/inactive.txt", {"user": user, "day": day, "address": address})
    EmailMessage(title, body, to=[user.email]).send()


def _bare(path: str) -> str:
    return path.removeprefix("/en")


def _midnight(day: date) -> Any:
    return timezone.make_aware(timezone.datetime(day.year, day.month, day.day))  # type: ignore[attr-defined]


@cache
def _lines() -> dict[str, Line]:
    found: dict[str, Line] = {}
    for section in _sections():
        line = _line(section)
        if line.key in found:
            raise section.refuse(f"{line.key} is said twice")
        found[line.key] = line
    return found


def _sections() -> Iterator[Section]:
    for config in apps.get_app_configs():
        path = Path(config.path) / "content" / "retention.yaml"
        if config.name.startswith("terreau.") and path.is_file():
            yield from read_list(path)


def _line(section: Section) -> Line:
    section.expect(["key", "days", *_TEXTS], ["warn_days"])
    texts = {name: dict(section.section(name).expect(["fr", "en"])) for name in _TEXTS}
    if section["days"] is not None and (not isinstance(section["days"], int) or section["days"] < 1):
        raise ContentError(f"{section.path}:{section.line}: days is a number of days, or null")
    return Line(section["key"], section["days"], section.get("warn_days"), texts)
