"""What the community says of a version: written by people of poles, read by all, hidden with a reason."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError, NotFoundError, RefusedError
from terreau.common.permissions import Permission
from terreau.grids.models import GridVersion
from terreau.grids.perms import moderates_all, subject_of
from terreau.grids.remark_models import Remark
from terreau.journal.actions import record

LONGEST, MOST_A_DAY = 3000, 20


def said(row: GridVersion) -> Sequence[Remark]:
    """Return what was said of a version, oldest first: one query."""
    rows = Remark.objects.filter(grid_version=row).select_related("by", "actor")
    return list(rows.order_by("at", "pk"))


@transaction.atomic
def say(  # noqa: PLR0913
    row: GridVersion, text: str, *, by: User, actor: Actor | None, may: Permission, criterion: str = ""
) -> Remark:
    """Write a remark in the name of a person of an organisation; what may be is said by the caller.

    Refused: on a draft, an empty or too long text, a criterion that the version has not, too many a day.
    """
    if not may:
        raise RefusedError("may_not_remark", may.reason)
    if row.state == GridVersion.State.DRAFT:
        raise DomainError("draft", _("On commente une version publiée."))
    words = text.strip()
    if not words or len(words) > LONGEST:
        message = _("Écrivez votre remarque, en %(most)s caractères au plus.") % {"most": LONGEST}
        raise DomainError("bad_remark", message, facts={"field": "text"})
    if criterion and criterion not in {one["code"] for one in row.content.get("criteria") or ()}:
        raise DomainError(
            "unknown_criterion", _("Cette version n'a pas ce critère."), facts={"field": "criterion"}
        )
    since = timezone.now() - timedelta(days=1)
    if Remark.objects.filter(by=by, at__gte=since).count() >= MOST_A_DAY:
        raise DomainError("too_many", _("C'est assez pour aujourd'hui : revenez demain."), status=429)
    made = Remark.objects.create(
        grid_version=row, by=by, actor=actor, criterion=criterion, text=words, at=timezone.now()
    )
    _tell(made, "grid.remarked", by)
    return made


@transaction.atomic
def hide(pk: int, row: GridVersion, *, by: User, reason: str) -> Remark:
    """Hide a remark, with the reason that everybody reads in its place; moderators of the register only."""
    if not moderates_all(by):
        raise RefusedError("may_not_hide", _("Seule la modération du registre retire une remarque."))
    words = " ".join(reason.split())[:300]
    if not words:
        message = _("Écrivez pourquoi : ce motif se lira à la place de la remarque.")
        raise DomainError("reason_needed", message, facts={"field": "reason"})
    rows = Remark.objects.filter(pk=pk, grid_version=row)
    if not rows.filter(hidden_at=None).update(hidden_at=timezone.now(), hidden_by=by, hidden_reason=words):
        if not rows.exists():
            raise NotFoundError("unknown_remark", _("Cette remarque n'existe pas."))
        raise DomainError("hidden_already", _("Cette remarque est déjà retirée."), status=409)
    found = rows.select_related("grid_version__grid__owner__subject").get()
    _tell(found, "grid.remark_hidden", by)
    return found


def _tell(remark: Remark, verb: str, by: User) -> None:
    """Write it in the history of the owner of the grid, when it is in the register."""
    grid = remark.grid_version.grid
    if (subject := subject_of(grid)) is not None:
        data = {"grid": grid.code, "version": remark.grid_version.version, "remark": remark.pk}
        record(subject, verb, by=by, data=data)
