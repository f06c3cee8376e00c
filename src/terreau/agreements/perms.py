"""Who prepares, signs, asks, checks and pays. The doors of a file are those of ``dossiers.perms``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Belonging
from terreau.agreements.amounts import euros
from terreau.agreements.models import Agreement, Signatory
from terreau.calls.models import Role
from terreau.calls.perms import Standing, standing, standing_in_programme
from terreau.common.permissions import Permission
from terreau.dossiers.perms import DossierSpace
from terreau.subjects.actions import family

#: Who reads the money of a file, besides its own people: those who give and those who check.
STAFF: Final = frozenset({"officer", "owner", "auditor", "committee", "sponsor"})
#: Who prepares agreements, checks requests and writes payments.
RUNS: Final = frozenset({"officer", "owner"})


def reads(space: DossierSpace) -> Permission:
    """People of the file, and of the call except its reviewers, read the money of a file."""
    if space.applicant or space.roles & STAFF:
        return Permission(ok=True)
    return Permission(ok=False, reason=_("Votre rôle sur ce dossier ne permet pas cela."))


def runs(space: DossierSpace) -> Permission:
    """An officer or the owner of the call runs agreements and payments."""
    if not space.applicant and space.standing.roles & RUNS:
        return Permission(ok=True)
    return Permission(ok=False, reason=_("Il faut instruire cet appel pour faire cela."))


def ends(space: DossierSpace) -> Permission:
    """Who ends an agreement before its term ends its file: the owner of the call (``states.TABLE``)."""
    if not space.applicant and space.standing.owner:
        return Permission(ok=True)
    return Permission(ok=False, reason=_("Seul le porteur de l'appel résilie une convention."))


def gives_more(space: DossierSpace, cents: int) -> Permission:
    """Say whether a person freezes a text that gives ``cents`` more than what was decided: as who decides."""
    if cents <= 0 or space.standing.roles & {"owner", "committee"}:
        return runs(space)
    words = _("Ce texte engage %(cents)s de plus que ce qui est décidé : seul le porteur de l'appel le fige.")
    return Permission(ok=False, reason=words % {"cents": euros(cents)})


def writes_plan(space: DossierSpace) -> Permission:
    """Who writes the file, and who instructs it, keep its plan up to date."""
    if runs(space) or (space.applicant and space.roles & {"lead", "writer", "signatory"}):
        return Permission(ok=True)
    return Permission(ok=False, reason=_("Votre rôle sur ce dossier ne permet pas cela."))


def engages(space: DossierSpace) -> Permission:
    """Who leads the file or signs for its applicant asks for payments and answers for its declarations."""
    if space.applicant and space.roles & {"lead", "signatory"}:
        return Permission(ok=True)
    words = _("Il faut piloter ce dossier, ou signer pour son organisation, pour faire cela.")
    return Permission(ok=False, reason=words)


def signs(user: User | None, agreement: Agreement, signatory: Signatory) -> Permission:
    """Say whether a person signs for a signatory: by their role in the call, the file, or an organisation."""
    if not _active(user):
        return Permission(ok=False, reason=_("Connectez-vous pour signer."))
    if may_sign(user, agreement, [signatory]):
        return Permission(ok=True)
    return Permission(ok=False, reason=_("Vous ne signez pas pour cette organisation."))


def may_sign(user: User | None, agreement: Agreement, wanted: Sequence[Signatory]) -> frozenset[int]:
    """Return the keys of the signatories for whom a person signs: four queries, however many they are."""
    if user is None or not _active(user):
        return frozenset()
    held = _standing(user, agreement)
    others = [one for one in wanted if one.side != Signatory.Side.OWNER]
    animated = _animated(user, {one.actor_id for one in others if one.actor_id})
    found = {one.pk for one in others if one.actor_id in animated}
    found |= {one.pk for one in others if one.sponsor_id in held.sponsors}
    if held.owner:
        found |= {one.pk for one in wanted if one.side == Signatory.Side.OWNER}
    if applicants := {one.pk for one in others if one.side == Signatory.Side.APPLICANT} - found:
        found |= applicants if _signs_file(user, agreement) else set()
    return frozenset(found)


def runs_contract(user: User, agreement: Agreement) -> Permission:
    """The owner or an officer of the programme keeps its contracts."""
    if agreement.programme is not None:
        held = standing_in_programme(user, agreement.programme)
        if held.owner or held.officer:
            return Permission(ok=True)
    return Permission(ok=False, reason=_("Il faut porter ou instruire ce programme pour faire cela."))


def reads_contract(user: object, agreement: Agreement) -> bool:
    """Say whether a person reads a contract: anybody once it is public and signed, its people before."""
    if agreement.public and agreement.state in {Agreement.State.SIGNED, Agreement.State.ENDED}:
        return True
    return of_contract(user, agreement)


def of_contract(user: object, agreement: Agreement) -> bool:
    """Say whether a person is of a contract: they read what is not in force yet, or was given up."""
    if not isinstance(user, User):
        return False
    if agreement.programme is not None and standing_in_programme(user, agreement.programme):
        return True
    rows = Signatory.objects.filter(agreement=agreement, actor__isnull=False)
    return bool(_animated(user, set(rows.values_list("actor", flat=True))))


def pays_somewhere(user: User) -> bool:
    """Say whether a person instructs or owns any call today: « versements » is for them."""
    rows = Role.objects.held_on(timezone.localdate()).filter(user=user, role__in=list(RUNS))
    return rows.exists()


def _active(user: User | None) -> bool:
    return user is not None and user.is_active and user.erased_at is None


def _standing(user: User, agreement: Agreement) -> Standing:
    if agreement.dossier is not None:
        return standing(user, agreement.dossier.call)
    return standing_in_programme(user, agreement.programme) if agreement.programme else Standing()


def _animated(user: User, actors: set[UUID]) -> set[UUID]:
    """Return those of some actors that a person animates, by themselves or by what was merged into them."""
    rows = Belonging.objects.confirmed().filter(user=user, role=Belonging.Role.ANIMATOR)
    held = set(rows.values_list("actor", flat=True)) if actors else set()
    return {one for member, one in family(actors).items() if member in held} if held else set()


def _signs_file(user: User, agreement: Agreement) -> bool:
    if agreement.dossier is None:
        return False
    rows = agreement.dossier.writers.filter(user=user, ended_at=None, role__in=["lead", "signatory"])
    return rows.exclude(accepted_at=None).exists()
