"""Taking charge of what waits, so that two moderators do not do the same work."""

from collections.abc import Collection
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.census.models import Charge
from terreau.common.errors import DomainError

#: After so many days, whoever wants may take it instead.
LASTS = timedelta(days=7)
#: After so many days nobody remembers: the row goes.
FORGOTTEN = timedelta(days=60)


def take(kind: str, ref: str, *, by: User) -> Charge:
    """Take charge of something that waits; of two at once, one is told who has it (409).

    What somebody took more than a week ago may be taken from them.
    """
    now = timezone.now()
    Charge.objects.filter(taken_at__lt=now - FORGOTTEN).delete()
    rows = Charge.objects.filter(kind=kind, ref=ref)
    if not rows.filter(taken_at__lt=now - LASTS).update(user=by, taken_at=now):
        try:
            with transaction.atomic():
                Charge.objects.create(kind=kind, ref=ref, user=by, taken_at=now)
        except IntegrityError:
            pass
    found = rows.select_related("user").first()
    if found is None or found.user_id != by.pk:
        raise _taken(found)
    return found


def release(kind: str, ref: str, *, by: User) -> None:
    """Give back what one had taken; nothing happens when it is not one's own."""
    Charge.objects.filter(kind=kind, ref=ref, user=by).delete()


def done(kind: str, ref: str) -> None:
    """Forget who had taken something that is decided."""
    Charge.objects.filter(kind=kind, ref=ref).delete()


def held(keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], User]:
    """Return who has taken each of these: one query."""
    rows = Charge.objects.filter(ref__in={ref for _kind, ref in keys}).select_related("user")
    found = {(row.kind, row.ref): row.user for row in rows.order_by("pk")}
    return {key: found[key] for key in keys if key in found}


def refs(kind: str, *, of: User | None = None) -> list[str]:
    """Return what is taken of a kind, by a person when one is given."""
    rows = Charge.objects.filter(kind=kind)
    return list((rows.filter(user=of) if of else rows).order_by("pk").values_list("ref", flat=True))


def _taken(found: Charge | None) -> DomainError:
    who = str(found.user) if found else ""
    message = _("%(who)s s'en occupe déjà.") % {"who": who or _("Une autre personne")}
    return DomainError("taken", message, status=409)
