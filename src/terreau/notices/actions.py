"""Telling people something, once, in their language; gathering it in one e-mail."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import ngettext, override

from terreau.accounts.models import User
from terreau.common.busy import settled
from terreau.common.identifiers import uuid7
from terreau.notices import rhythm
from terreau.notices.models import Notice, Preference
from terreau.subjects.models import Subject


def tell(  # noqa: PLR0913
    user: User, kind: str, text: Any, *, subject: Subject | None = None, path: str = "", dedupe: str = ""
) -> Notice | None:
    """Tell a person something; return None when it was told already under the same ``dedupe``.

    ``text`` is a text or, better, a lazy translation, which is then written in the language of the
    person. ``path`` is the French address of the page to open.
    """
    if dedupe and Notice.objects.filter(to=user, dedupe=dedupe).exists():
        return None
    with override(user.language):
        words = str(text)
    try:
        return settled(
            lambda: Notice.objects.create(
                to=user,
                kind=kind,
                text=words[:500],
                subject=subject,
                path=path,
                dedupe=dedupe,
                at=timezone.now(),
            )
        )
    except IntegrityError:
        if not dedupe:
            raise
        return None


def mark_read(user: User, ids: Collection[UUID] | None = None) -> int:
    """Mark these notices of the person as read, or all of them; return how many were not yet."""
    unread = Notice.objects.filter(to=user, read_at__isnull=True)
    if ids is not None:
        unread = unread.filter(pk__in=ids)
    return unread.update(read_at=timezone.now())


@dataclass(frozen=True, slots=True)
class Digest:
    """One e-mail: to whom, about what."""

    user: User
    notices: list[Notice]


def send_digests() -> int:
    """Send each person one e-mail with what is unread and was never sent; return how many left.

    Who chose one a week gets one a week, who chose none gets none (``rhythm``).

    The notices are claimed by a conditional update before the message leaves: two workers never
    send the same one. When the message cannot leave they are given back for the next time.
    """
    return sum(_send(digest) for digest in _claim_all())


def _claim_all() -> Iterator[Digest]:
    waiting = Notice.objects.filter(mailed_at__isnull=True, read_at__isnull=True)
    people = User.objects.filter(pk__in=waiting.values("to"), is_active=True, erased_at__isnull=True)
    chosen = {row.user_id: row for row in Preference.objects.filter(user__in=people)}
    now = timezone.now()
    for user in people.order_by("pk"):
        preference = chosen.get(user.pk)
        if not rhythm.is_due(user, preference, now=now):
            continue
        claim = uuid7()
        if _to_say(waiting, user, preference).update(mailed_at=timezone.now(), digest=claim):
            yield Digest(user, list(Notice.objects.filter(digest=claim).order_by("-at", "id")))


def _to_say(waiting: QuerySet[Notice], user: User, preference: Preference | None) -> QuerySet[Notice]:
    rows = waiting.filter(to=user)
    return rows.filter(at__gte=preference.since) if preference and preference.since else rows


def _send(digest: Digest) -> int:
    try:
        return int(_message(digest).send())
    except OSError:
        Notice.objects.filter(pk__in=[one.pk for one in digest.notices]).update(mailed_at=None, digest=None)
        raise


def _message(digest: Digest) -> EmailMessage:
    count, stop = len(digest.notices), rhythm.address(digest.user)
    with override(digest.user.language):
        title = ngettext("Terreau : %(n)d message", "Terreau : %(n)d messages", count) % {"n": count}
        lines = [{"text": one.text, "url": _url(one.path, digest.user.language)} for one in digest.notices]
        words = {"name": str(digest.user), "lines": lines, "stop": stop}
        body = render_to_string("notices/digest.txt", words)
    # RFC 2369 and 8058: programs of mail show « Se désabonner », and one click is enough.
    headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return EmailMessage(title, body, to=[digest.user.email], headers=headers if stop else None)


def _url(path: str, language: str) -> str:
    """Return the whole address in the language of the person, or nothing when the site has none."""
    if not path or not settings.SITE_URL:
        return ""
    return f"{settings.SITE_URL}{'' if language == 'fr' else f'/{language}'}{path}"
