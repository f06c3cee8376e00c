"""What happens to a pole."""

import re

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.busy import settled
from terreau.common.errors import DomainError
from terreau.journal.actions import record
from terreau.poles import listing
from terreau.poles.composition import (
    add_carrier,
    add_member,
    add_place,
    change_member,
    end,
    say,
    set_members,
    strike,
)
from terreau.poles.models import FormerSlug, Pole
from terreau.poles.qualification import (
    close_pole,
    end_recognition,
    move_stage,
    move_status,
    recognise,
    reopen_pole,
)
from terreau.poles.registration import PAGES, publish, register_pole
from terreau.subjects.actions import lock

_SLUG = re.compile(r"(?=.{1,80}\Z)[a-z0-9]+(-[a-z0-9]+)*")


@transaction.atomic
def move_address(pole: Pole, slug: str, *, by: User | None) -> Pole:
    """Give a pole another address; the one it leaves leads to it for ever.

    Refused (409) when another pole has the address, or had it, and (422) when it is not lower-case letters
    without accents, digits and hyphens. Back to an address of its own is allowed.
    """
    if not _SLUG.fullmatch(slug) or slug in PAGES:
        message = _("Une adresse a des minuscules sans accent, des chiffres et des tirets, 80 au plus.")
        raise DomainError("bad_address", message, facts={"slug": slug[:80]})
    lock(pole.pk)
    pole.refresh_from_db()
    if slug == pole.slug:
        return pole
    if FormerSlug.objects.filter(slug=slug).exclude(pole=pole).exists():
        raise _taken(slug)
    left = pole.slug
    FormerSlug.objects.filter(slug=slug).delete()
    FormerSlug.objects.create(slug=left, pole=pole, left_at=timezone.now())
    try:
        settled(lambda: Pole.objects.filter(pk=pole.pk).update(slug=slug, version=F("version") + 1))
    except IntegrityError as error:
        raise _taken(slug) from error
    record(pole.actor.subject, "pole.address_moved", by=by, data={"from": left, "to": slug})
    listing.project([pole.pk])
    pole.refresh_from_db()
    return pole


def _taken(slug: str) -> DomainError:
    message = _("Un autre pôle a cette adresse, ou l'a eue : choisissez-en une autre.")
    return DomainError("address_taken", message, facts={"slug": slug[:80]}, status=409)


__all__ = [
    "add_carrier",
    "add_member",
    "add_place",
    "change_member",
    "close_pole",
    "end",
    "end_recognition",
    "move_address",
    "move_stage",
    "move_status",
    "publish",
    "recognise",
    "register_pole",
    "reopen_pole",
    "say",
    "set_members",
    "strike",
]
