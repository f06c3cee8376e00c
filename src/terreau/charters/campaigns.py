"""Asking the signatories of a charter to sign its new version (R-95): who has, who has not, reminders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Actor, Belonging
from terreau.charters import links
from terreau.charters.links import Link
from terreau.charters.models import Campaign, Charter, Request, Signature, Text
from terreau.charters.writing import last_text, subject_of
from terreau.common.errors import DomainError
from terreau.journal.actions import record
from terreau.notices.actions import tell
from terreau.subjects.actions import lock

MOST_REMINDERS, BETWEEN = 5, timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Asked:
    """A signatory of an earlier version: what it signed, and whether it signed this one."""

    actor: Actor
    before: Signature
    now: Signature | None
    request: Request | None
    reachable: bool

    @property
    def done(self) -> bool:
        """Whether it has signed the new version."""
        return self.now is not None


def open_campaign(text: Text, *, due_on: date, by: User, link: Link) -> Campaign:
    """Ask the signatories of the versions before to sign this one: notices, and links to who signed by one.

    Refused when it is not the version in force, when nobody signed before, or when it is open already.
    """
    if due_on <= timezone.localdate():
        raise DomainError("due_too_soon", _("La date de réponse est à venir."), facts={"field": "due_on"})
    last = last_text(text.charter)
    if last is None or last.pk != text.pk:
        words = _("Une campagne porte sur la version en vigueur.")
        raise DomainError("not_in_force", words, status=409)
    asked = standing(text)
    if not asked:
        words = _("Personne n'a signé une version d'avant : il n'y a personne à solliciter.")
        raise DomainError("nobody_before", words)
    with transaction.atomic():
        lock(subject_of(text.charter).pk)
        try:
            with transaction.atomic():
                row = Campaign(text=text, opened_at=timezone.now(), by=by, due_on=due_on)
                row.save(force_insert=True)
        except IntegrityError as error:
            words = _("Cette campagne est déjà ouverte.")
            raise DomainError("campaign_exists", words, status=409) from error
        told = {"charter": text.charter.code, "version": text.label, "asked": len(asked)}
        record(subject_of(text.charter), "charter_campaign.opened", by=by, data=told)
    _tell(row, [one for one in asked if not one.done], by=by, link=link)
    return row


def remind(campaign: Campaign, *, by: User, link: Link) -> int:
    """Tell again those who have not signed; return how many. Refused too soon, too often, or once closed."""
    now = timezone.now()
    rows = Campaign.objects.filter(pk=campaign.pk, closed_at=None)
    current = rows.first()
    if current is None:
        raise DomainError("campaign_closed", _("Cette campagne est close."), status=409)
    if current.reminders >= MOST_REMINDERS:
        words = _("%(most)d rappels suffisent : appelez plutôt.") % {"most": MOST_REMINDERS}
        raise DomainError("too_many_reminders", words)
    if now - (current.reminded_at or current.opened_at) < BETWEEN:
        raise DomainError("too_soon", _("Le dernier message est parti il y a moins de deux jours."))
    # Of two people who remind at once, one finds the number moved.
    if not rows.filter(reminders=current.reminders).update(reminders=F("reminders") + 1, reminded_at=now):
        raise DomainError("too_soon", _("Le dernier message est parti il y a moins de deux jours."))
    campaign.refresh_from_db()
    late = [one for one in standing(campaign.text) if not one.done]
    _tell(campaign, late, by=by, link=link)
    return len(late)


def close(campaign: Campaign, *, by: User) -> Campaign:
    """Close a campaign: who has not signed stays a signatory of the version that it signed."""
    with transaction.atomic():
        rows = Campaign.objects.filter(pk=campaign.pk, closed_at=None)
        if not rows.update(closed_at=timezone.now()):
            raise DomainError("campaign_closed", _("Cette campagne est close."), status=409)
        told = {"charter": campaign.text.charter.code, "version": campaign.text.label}
        record(subject_of(campaign.text.charter), "charter_campaign.closed", by=by, data=told)
    campaign.refresh_from_db()
    return campaign


def standing(text: Text) -> list[Asked]:
    """Return the signatories in force of earlier versions, by name, each with what it signed of this one.

    A number of queries that does not grow with them.
    """
    rows = Signature.objects.filter(text__charter=text.charter_id, withdrawal=None)
    found = list(rows.select_related("text", "signatory__subject", "request").order_by("text__rank"))
    now = {one.signatory_id: one for one in found if one.text_id == text.pk}
    before = {one.signatory_id: one for one in found if one.text.rank < text.rank}
    requests = {one.signatory_id: one for one in links.rows().filter(text=text).order_by("created_at")}
    people = Belonging.objects.confirmed().filter(actor__in=list(before), role=Belonging.Role.ANIMATOR)
    reached = set(people.values_list("actor", flat=True))
    asked = [
        Asked(one.signatory, one, now.get(pk), requests.get(pk), pk in reached or one.request_id is not None)
        for pk, one in before.items()
    ]
    return sorted(asked, key=lambda one: (one.actor.sort_key, one.actor.pk))


def of_charter(charter: Charter) -> Campaign | None:
    """Return the campaign of the version in force, None when there is none."""
    last = last_text(charter)
    return Campaign.objects.filter(text=last).select_related("text__charter").first() if last else None


def _tell(campaign: Campaign, asked: list[Asked], *, by: User, link: Link) -> None:
    for one in asked:
        _tell_people(campaign, one.actor)
        _send_link(campaign.text, one, by=by, link=link)


def _tell_people(campaign: Campaign, actor: Actor) -> None:
    """One message a person, an organisation and a reminder; those of a day leave in one e-mail."""
    charter = campaign.text.charter
    words = gettext_lazy("« {name} » est invitée à signer la version {label} de la charte « {title} ».")
    rows = Belonging.objects.confirmed().filter(
        actor=actor, role=Belonging.Role.ANIMATOR, user__is_active=True, user__erased_at=None
    )
    for row in rows.select_related("user").order_by("pk"):
        told = format_lazy(words, name=actor.name, label=campaign.text.label, title=charter.title_fr)
        dedupe = f"charter:{campaign.pk.hex}:{actor.pk.hex}:{campaign.reminders}"
        path = f"/chartes/{charter.code}/signer/"
        tell(row.user, "charter", told, subject=actor.subject, path=path, dedupe=dedupe)


def _send_link(text: Text, one: Asked, *, by: User, link: Link) -> None:
    """Send a link to who signed by one before; one that waits already is sent again when it may be."""
    try:
        if one.request is not None:
            if one.request.revoked_at is None:
                links.remind(one.request, by=by, link=link)
        elif one.before.request is not None:
            links.ask(
                text.charter,
                one.actor,
                email=one.before.request.email,
                language=one.before.request.language,
                by=by,
                link=link,
            )
    except DomainError:
        # Told too lately, too often, or forgotten since: the page shows who has not answered.
        return
