"""Who keeps a charter, sees it, signs it for an organisation, and meets in the community of signatories."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor, Belonging
from terreau.actors.perms import Viewer, belongs, can_moderate, moderation_scope
from terreau.charters.models import Charter, Signature
from terreau.common.errors import NotFoundError, RefusedError
from terreau.common.permissions import Permission
from terreau.journal.actions import refuse
from terreau.subjects.actions import family


def can_keep(user: Viewer, charter: Charter, *, on: date) -> Permission:
    """Animators and moderators of its owner keep a charter; without an owner, who moderates all the site."""
    if charter.owner is None:
        if moderation_scope(user, on).everything:
            return Permission(ok=True)
        return Permission(ok=False, reason=_("Il faut modérer tout le site pour tenir cette charte."))
    if belongs(user, charter.owner, role=Belonging.Role.ANIMATOR) or can_moderate(user, charter.owner, on=on):
        return Permission(ok=True)
    return Permission(ok=False, reason=_("Il faut animer l'organisation qui tient cette charte."))


def can_see(user: Viewer, charter: Charter, *, on: date) -> Permission:
    """Anybody sees a public charter; who keeps it, and the people of its signatories, see another."""
    if charter.public or can_keep(user, charter, on=on) or _of_signatories(user, signed(charter)):
        return Permission(ok=True)
    return Permission(ok=False, reason=_("Cette charte n'est pas publique."))


def can_sign(user: Viewer, actor: Actor) -> Permission:
    """Animators of a living organisation engage it."""
    if actor.subject.closed_at or actor.subject.merged_into_id:
        return Permission(ok=False, reason=_("Cette fiche est fermée ou fusionnée avec une autre."))
    if belongs(user, actor, role=Belonging.Role.ANIMATOR):
        return Permission(ok=True)
    return Permission(ok=False, reason=_("Il faut animer cette organisation pour l'engager."))


def can_withdraw(user: Viewer, signature: Signature) -> Permission:
    """Animators of the signatory take back its signature; so it is of nobody else, the owner included."""
    if belongs(user, signature.signatory, role=Belonging.Role.ANIMATOR):
        return Permission(ok=True)
    return Permission(ok=False, reason=_("Il faut animer cette organisation pour retirer sa signature."))


def can_meet(user: Viewer, charter: Charter, *, on: date) -> Permission:
    """The people of living signatories, and who keeps the charter, see the community."""
    if can_keep(user, charter, on=on) or _of_signatories(user, signed(charter).filter(withdrawal=None)):
        return Permission(ok=True)
    return Permission(ok=False, reason=_("Cet espace est celui des signataires."))


def engaging(user: Viewer) -> list[Actor]:
    """Return the organisations that a person engages, by name: one or two queries."""
    if not isinstance(user, User) or not user.is_active:
        return []
    held = Belonging.objects.confirmed().filter(user=user, role=Belonging.Role.ANIMATOR)
    rows = Actor.objects.filter(pk__in=held.values("actor"), subject__closed_at=None)
    living = rows.filter(subject__merged_into=None).select_related("subject")
    return list(living.order_by("sort_key", "pk"))


def listed(user: Viewer, *, on: date) -> QuerySet[Charter]:
    """Return the charters of a list: the public ones, and those of the person's organisations.

    One condition for all: whoever moderates a territory opens the others by their address.
    """
    if not isinstance(user, User) or not user.is_active:
        return Charter.objects.filter(public=True)
    if moderation_scope(user, on).everything:
        return Charter.objects.all()
    held = Belonging.objects.confirmed().filter(user=user)
    mine = list(family(held.values_list("actor", flat=True)))
    keeping = held.filter(role=Belonging.Role.ANIMATOR).values("actor")
    engaged = Signature.objects.filter(signatory__in=mine).values("text__charter")
    return Charter.objects.filter(Q(public=True) | Q(owner__in=keeping) | Q(pk__in=engaged))


def signed(charter: Charter) -> QuerySet[Signature]:
    """Return every signature of a charter, withdrawn or not, under any version."""
    return Signature.objects.filter(text__charter=charter)


def require(user: Viewer, allowed: Permission, charter: Charter | None, verb: str) -> None:
    """Let pass who is allowed; 404 to a stranger, 403, counted, to a person. Outside any transaction."""
    if allowed:
        return
    if not isinstance(user, User):
        words = _("Cette page n'existe pas, ou il faut se connecter pour la voir.")
        raise NotFoundError("not_found", words)
    owner = charter.owner if charter else None
    refuse(owner.subject if owner else None, verb, by=user, reason=allowed.reason)
    raise RefusedError("may_not", allowed.reason)


def find(code: str, user: Viewer, *, verb: str = "") -> Charter:
    """Return a charter that the person may see, or keep when ``verb`` says what they do to it.

    404 for one that the person may not know of; 403, counted, for who reads it and may not change it.
    """
    charter = Charter.objects.select_related("owner__subject").filter(code=code).first()
    today = timezone.localdate()
    if charter is None or not can_see(user, charter, on=today):
        words = _("Cette charte n'existe pas, ou il faut se connecter pour la voir.")
        raise NotFoundError("unknown_charter", words)
    if verb:
        require(user, can_keep(user, charter, on=today), charter, verb)
    return charter


def _of_signatories(user: Viewer, rows: QuerySet[Signature]) -> bool:
    if not isinstance(user, User) or not user.is_active:
        return False
    held = set(Belonging.objects.confirmed().filter(user=user).values_list("actor", flat=True))
    return bool(held) and bool(set(family(held)) & _signatories(rows))


def _signatories(rows: QuerySet[Signature]) -> set[UUID]:
    return set(rows.values_list("signatory", flat=True))
