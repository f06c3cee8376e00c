"""Who writes a file: several organisations together, each person with a role, none of whose work is lost.

A person is invited by e-mail (a personal link, of which only the digest is kept) or, when they have an
account, through their organisation among those of the pole; they join by their own hand. There is one lead:
who hands the file over stays a writer, who leaves keeps every answer, piece and line of history they wrote.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Actor, Belonging
from terreau.census import mail, tokens
from terreau.common.errors import DomainError, NotFoundError, RefusedError
from terreau.dossiers.models import AnswerChange, Dossier, Writer
from terreau.journal.actions import record
from terreau.notices.actions import tell
from terreau.poles import book
from terreau.subjects.actions import lock

Role = Writer.Role
Link = Callable[[str], str]
#: Days that a personal link lives.
LINK_DAYS: Final = 30
#: Time before an invitation may be sent again.
AGAIN: Final = timedelta(minutes=10)
#: People of one file at one time, and invitations that leave in a day: a file is no mailing list.
MOST_PEOPLE: Final = 60
A_DAY: Final = 40


@dataclass(frozen=True, slots=True)
class Line:
    """One person of the file, or one invitation, as the page of the team shows it."""

    writer: Writer
    name: str
    state: str
    me: bool
    written: int
    last: datetime | None
    belongs: bool | None


@dataclass(frozen=True, slots=True)
class Team:
    """Those who write (``present``), who are asked (``invited``), who left (``past``), by organisation."""

    present: list[Line]
    invited: list[Line]
    past: list[Line]

    @property
    def lead(self) -> Line | None:
        """Who leads the file today: nobody when their account is closed."""
        leads = (one for one in self.present if one.writer.role == Role.LEAD)
        return next((one for one in leads if one.writer.user and one.writer.user.is_active), None)


def rows(dossier: Dossier) -> QuerySet[Writer]:
    """Return everybody who has or had a part in a file, and who was invited."""
    found = Writer.objects.filter(dossier=dossier).select_related("user", "actor", "invited_by")
    return found.order_by("actor__sort_key", "pk")


def active(dossier: Dossier) -> QuerySet[Writer]:
    """Return those who have a part in a file now."""
    living = Q(user__is_active=True, user__erased_at=None)
    return rows(dossier).filter(living, user__isnull=False, accepted_at__isnull=False, ended_at=None)


def part_of(dossier: Dossier, user: Any) -> Writer | None:
    """Return the part that a person has in a file now."""
    if not isinstance(user, User):
        return None
    return active(dossier).filter(user=user).first()


def waiting_for(user: User) -> QuerySet[Writer]:
    """Return the files that a person was named in and has not answered."""
    found = Writer.objects.filter(user=user, accepted_at=None, ended_at=None)
    return found.select_related("dossier__call", "actor", "invited_by").order_by("pk")


def team(dossier: Dossier, viewer: User | None = None) -> Team:
    """Return the people of a file with what each wrote: four queries, whatever their number."""
    held = list(rows(dossier))
    changes = AnswerChange.objects.filter(dossier=dossier).order_by()
    wrote: dict[UUID | None, Any] = {
        one["by"]: one for one in changes.values("by").annotate(n=Count("pk"), last=Max("at"))
    }
    pairs = set(
        Belonging.objects.confirmed()
        .filter(user__in=[one.user_id for one in held if one.user_id])
        .values_list("user", "actor")
    )
    parts: dict[str, list[Line]] = {"present": [], "invited": [], "past": []}
    for row in held:
        told = wrote.get(row.user_id, {})
        belongs = (row.user_id, row.actor_id) in pairs if row.user_id and row.actor_id else None
        line = Line(
            row,
            name_of(row),
            state(row),
            viewer is not None and row.user_id == viewer.pk,
            told.get("n", 0),
            told.get("last"),
            belongs,
        )
        parts["past" if row.ended_at else "present" if row.accepted_at else "invited"].append(line)
    parts["present"].sort(key=lambda one: (one.writer.role != Role.LEAD, one.name))
    return Team(**parts)


def name_of(row: Writer) -> str:
    """Return who it is: a name, else an address; nobody any more once the account is erased."""
    if row.user is not None:
        if row.user.erased_at:
            return _("compte effacé")
        return row.user.name or row.user.email
    return row.email


def state(row: Writer, now: datetime | None = None) -> str:
    """Return ``ended``, ``joined``, ``expired`` or ``waiting``."""
    if row.ended_at:
        return "ended"
    if row.accepted_at:
        return "joined"
    return (
        "expired"
        if row.token_hash and row.invited_at + timedelta(days=LINK_DAYS) < (now or timezone.now())
        else "waiting"
    )


def organisations(dossier: Dossier) -> list[Actor]:
    """Return the organisations that may be asked: the applicant, and the members and carrier of its pole."""
    keys: set[UUID] = {dossier.applicant_id}
    if dossier.pole is not None:
        keys |= {one.pk for one in book.parties(dossier.pole, on=timezone.localdate())}
    return list(Actor.objects.filter(pk__in=keys).select_related("subject").order_by("sort_key", "pk"))


# --------------------------------------------------------------------------------------------- to invite


def invite(  # noqa: PLR0913 - keyword-only: each is a part of what is asked
    dossier: Dossier,
    *,
    role: str,
    email: str,
    by: User,
    link: Link,
    actor: Actor | None = None,
    language: str = "fr",
) -> Writer:
    """Invite somebody by a personal link that leaves after the commit; ``link`` makes an address of a secret.

    Raises ``DomainError`` with ``facts["field"]``: not an address, already invited, too many.
    """
    address = _address(email)
    _check_role(role, actor)
    token, digest = tokens.new()
    with transaction.atomic():
        _open(dossier)
        _check_room(dossier)
        if _named(dossier).filter(Q(email__iexact=address) | Q(user__email__iexact=address)).exists():
            words = _("Cette adresse est déjà dans l'équipe, ou déjà invitée.")
            raise DomainError("already_invited", words, facts={"field": "email"})
        row = Writer.objects.create(
            dossier=dossier, actor=actor, email=address, role=role, invited_by=by, token_hash=digest
        )
        _journal(row, "invited", by=by)
    _send(row, link(token), by=by, language=language)
    return row


def invite_organisation(dossier: Dossier, actor: Actor, *, role: str, by: User) -> list[Writer]:
    """Ask all those who have an account and belong to an organisation; each then joins, or not.

    Their addresses are shown to nobody. Raises ``DomainError`` when the organisation has nobody to ask.
    """
    _check_role(role, actor)
    held = Belonging.objects.confirmed().filter(actor=actor, user__is_active=True, user__erased_at=None)
    people = [one.user for one in held.select_related("user").order_by("pk")]
    with transaction.atomic():
        _open(dossier)
        there = set(_named(dossier).filter(user__isnull=False).values_list("user", flat=True))
        asked = [one for one in people if one.pk not in there]
        if not asked:
            words = _("Personne de plus n'a de compte au nom de cette organisation : donnez une adresse.")
            raise DomainError("nobody_there", words, facts={"field": "email"})
        _check_room(dossier, len(asked))
        made = [
            Writer.objects.create(dossier=dossier, actor=actor, user=one, role=role, invited_by=by)
            for one in asked
        ]
        for row in made:
            _journal(row, "invited", by=by)
    for row, one in zip(made, asked, strict=True):
        _tell(one, row, gettext_lazy("On vous invite à écrire un dossier à plusieurs."), "invited")
    return made


def invite_again(row: Writer, *, by: User, link: Link, language: str = "fr") -> Writer:
    """Send the invitation again under a new link; the one before stops working. Refused once answered."""
    token, digest = tokens.new()
    now = timezone.now()
    with transaction.atomic():
        _open(row.dossier)
        row = _waiting(row)
        if not row.email:
            raise DomainError("no_address", _("Cette personne est prévenue dans son compte."), status=409)
        if now - row.invited_at < AGAIN:
            raise DomainError("too_soon", _("L'invitation vient de partir : attendez un peu."), status=409)
        Writer.objects.filter(pk=row.pk).update(token_hash=digest, invited_at=now)
        row.refresh_from_db()
        _journal(row, "invited_again", by=by)
    _send(row, link(token), by=by, language=language)
    return row


# ---------------------------------------------------------------------------------------------- to join


def of_link(token: str) -> Writer:
    """Return the invitation of a personal link. Raises ``NotFoundError``: it may have been replaced."""
    row = (
        Writer.objects.filter(token_hash=tokens.digest(token))
        .exclude(token_hash="")
        .select_related("dossier__call", "dossier__applicant__subject", "actor", "invited_by")
        .first()
    )
    if row is None:
        words = _("Ce lien n'est plus bon. Si vous avez reçu un rappel, ouvrez le lien du dernier courriel.")
        raise NotFoundError("unknown_link", words)
    return row


def join(row: Writer, *, by: User, now: datetime | None = None) -> Writer:
    """Take the part that was offered. Raises ``DomainError`` (410) for a link taken, withdrawn or expired.

    The caller checked that the person holds the link, or that they are the one who was named.
    """
    at = now or timezone.now()
    with transaction.atomic():
        _open(row.dossier)
        row = Writer.objects.select_related("dossier", "actor").get(pk=row.pk)
        if row.user_id == by.pk and row.accepted_at and not row.ended_at:
            return row
        found = state(row, at)
        if found != "waiting" or (row.user_id and row.user_id != by.pk):
            raise DomainError("link_closed", _closed(found), facts={"state": found}, status=410)
        mine = part_of(row.dossier, by)
        if mine is not None:
            words = _("Vous êtes déjà dans l'équipe de ce dossier.")
            raise DomainError("already_there", words, status=409)
        Writer.objects.filter(pk=row.pk).update(user=by, accepted_at=at)
        row.refresh_from_db()
        _journal(row, "joined", by=by)
    _tell_lead(row, gettext_lazy("Une personne de plus écrit le dossier avec vous."), "joined")
    return row


def decline(row: Writer, *, by: User) -> Writer:
    """Refuse the part that was offered."""
    with transaction.atomic():
        lock(row.dossier.subject_id)
        row = _waiting(row)
        _end(row, "declined", by=by)
    _tell_lead(row, gettext_lazy("Une invitation à écrire le dossier a été déclinée."), "declined")
    return row


# ----------------------------------------------------------------------------------- to change and to leave


def change_role(row: Writer, role: str, *, by: User) -> Writer:
    """Give another role; the lead is handed over (``hand_over``), never taken away."""
    if role not in Role.values or role == Role.LEAD:
        raise DomainError("bad_role", _("Ce rôle n'existe pas."), facts={"field": "role"})
    _check_role(role, row.actor)
    with transaction.atomic():
        _open(row.dossier)
        row = _living(row)
        if row.role == Role.LEAD:
            raise DomainError("lead_stays", _LEAD_FIRST(), facts={"field": "role"}, status=409)
        Writer.objects.filter(pk=row.pk).update(role=role)
        row.refresh_from_db()
        _journal(row, "role", by=by, role=role)
    return row


def hand_over(dossier: Dossier, to: Writer, *, by: User) -> Writer:
    """Make another person of the file its lead; who led it becomes a writer. Both know it."""
    with transaction.atomic():
        lock(dossier.subject_id)
        to = _living(to)
        if to.dossier_id != dossier.pk or to.accepted_at is None or to.user is None:
            raise DomainError("not_there", _("Cette personne n'a pas encore rejoint l'équipe."), status=409)
        before = active(dossier).filter(role=Role.LEAD)
        if to.role == Role.LEAD:
            return to
        Writer.objects.filter(pk__in=before.order_by().values("pk")).update(role=Role.WRITER)
        Writer.objects.filter(pk=to.pk).update(role=Role.LEAD)
        to.refresh_from_db()
        _journal(to, "lead", by=by)
    _tell(to.user, to, gettext_lazy("Vous menez maintenant un dossier écrit à plusieurs."), "lead")
    return to


def take_lead(dossier: Dossier, *, by: User) -> Writer:
    """Take the lead of a file that nobody leads any more (an account closed, erased, a person gone).

    Those who already write it may, who only reads it may not; those who animate its pole or its applicant
    may too. Raises ``RefusedError``.
    """
    with transaction.atomic():
        lock(dossier.subject_id)
        if active(dossier).filter(role=Role.LEAD).exists():
            raise RefusedError("led_already", _("Ce dossier a quelqu'un qui le mène : demandez-lui la main."))
        mine = part_of(dossier, by)
        writes = mine is not None and mine.role != Role.READER
        if not writes and not runs_applicant(dossier, by):
            raise RefusedError("not_of_it", _("Il faut écrire ce dossier, ou animer qui le porte."))
        Writer.objects.filter(dossier=dossier, role=Role.LEAD, ended_at=None).update(role=Role.WRITER)
        if mine is None:
            mine = Writer.objects.create(
                dossier=dossier,
                actor=dossier.applicant,
                user=by,
                role=Role.LEAD,
                invited_by=by,
                accepted_at=timezone.now(),
            )
        else:
            Writer.objects.filter(pk=mine.pk).update(role=Role.LEAD)
            mine.refresh_from_db()
        _journal(mine, "lead", by=by)
    return mine


def end(row: Writer, *, by: User) -> Writer:
    """End the part of somebody, or withdraw an invitation; what they wrote stays, with their name."""
    with transaction.atomic():
        lock(row.dossier.subject_id)
        row = _living(row)
        if row.role == Role.LEAD and row.accepted_at:
            raise DomainError("lead_stays", _LEAD_FIRST(), status=409)
        _end(row, "ended", by=by)
    if row.user is not None and row.user_id != by.pk:
        _tell(
            row.user,
            row,
            gettext_lazy("Vous n'écrivez plus un dossier : ce que vous avez écrit reste."),
            "ended",
        )
    return row


def leave(dossier: Dossier, *, by: User) -> Writer:
    """Leave a file. The lead hands it over first, unless they are alone: then the file stays theirs."""
    mine = part_of(dossier, by)
    if mine is None:
        raise NotFoundError("not_found", _("Vous n'êtes pas dans l'équipe de ce dossier."))
    with transaction.atomic():
        lock(dossier.subject_id)
        mine = _living(mine)
        if mine.role == Role.LEAD:
            raise DomainError("lead_stays", _LEAD_FIRST(), status=409)
        _end(mine, "left", by=by)
    _tell_lead(mine, gettext_lazy("Une personne a quitté le dossier : ce qu'elle a écrit reste."), "left")
    return mine


def runs_applicant(dossier: Dossier, user: User) -> bool:
    """Say whether a person animates the pole of a file, or the organisation that applies."""
    keys = [dossier.applicant_id, *([dossier.pole_id] if dossier.pole_id else [])]
    held = Belonging.objects.confirmed().filter(user=user, actor__in=keys, role=Belonging.Role.ANIMATOR)
    return held.exists()


def find(dossier: Dossier, pk: Any) -> Writer:
    """Return one line of the team. Raises ``NotFoundError``."""
    row = rows(dossier).filter(pk=int(pk)).first() if str(pk).isdecimal() else None
    if row is None:
        raise NotFoundError("unknown_writer", _("Cette personne n'est pas dans l'équipe."))
    row.dossier = dossier
    return row


def counts(dossiers: list[UUID]) -> Counter[UUID]:
    """Return how many people write each of these files: one query."""
    found = Writer.objects.filter(dossier__in=dossiers, accepted_at__isnull=False, ended_at=None).order_by()
    return Counter(dict(found.values_list("dossier").annotate(n=Count("pk"))))


# ------------------------------------------------------------------------------------------------ details


def _LEAD_FIRST() -> str:  # noqa: N802
    return _("Qui mène le dossier passe d'abord la main à une autre personne de l'équipe.")


def _named(dossier: Dossier) -> QuerySet[Writer]:
    return Writer.objects.filter(dossier=dossier, ended_at=None)


def _open(dossier: Dossier) -> None:
    """Hold the file while its team changes."""
    lock(dossier.subject_id)


def _check_room(dossier: Dossier, more: int = 1) -> None:
    if _named(dossier).count() + more > MOST_PEOPLE:
        words = _("Un dossier s'écrit à %(most)d au plus.") % {"most": MOST_PEOPLE}
        raise DomainError("too_many_people", words, facts={"field": "email"})
    since = timezone.now() - timedelta(days=1)
    sent = Writer.objects.filter(dossier=dossier, invited_at__gt=since).exclude(email="")
    if sent.count() + more > A_DAY:
        words = _("%(most)d invitations sont parties depuis hier : revenez demain.") % {"most": A_DAY}
        raise DomainError("too_many_invitations", words, status=429)


def _check_role(role: str, actor: Actor | None) -> None:
    if role not in Role.values or role == Role.LEAD:
        raise DomainError("bad_role", _("Ce rôle n'existe pas."), facts={"field": "role"})
    if role == Role.SIGNATORY and actor is None:
        words = _("Qui signe le fait pour une organisation : choisissez laquelle.")
        raise DomainError("organisation_needed", words, facts={"field": "actor"})


def _address(email: str) -> str:
    typed = email.strip()
    try:
        validate_email(typed)
    except ValidationError as error:
        words = _("« %(email)s » n'est pas une adresse électronique.") % {"email": typed[:100]}
        raise DomainError("bad_email", words, facts={"field": "email"}) from error
    return typed


def _living(row: Writer) -> Writer:
    found = Writer.objects.select_related("dossier", "user", "actor").filter(pk=row.pk, ended_at=None).first()
    if found is None:
        raise DomainError("ended_already", _("Cette personne n'est plus dans l'équipe."), status=409)
    return found


def _waiting(row: Writer) -> Writer:
    row = _living(row)
    if row.accepted_at:
        raise DomainError("joined_already", _("Cette personne a déjà rejoint l'équipe."), status=409)
    return row


def _end(row: Writer, verb: str, *, by: User) -> None:
    Writer.objects.filter(pk=row.pk).update(ended_at=timezone.now())
    row.refresh_from_db()
    _journal(row, verb, by=by)


def _closed(found: str) -> str:
    if found == "joined":
        return _("Quelqu'un a déjà rejoint l'équipe par ce lien : il ne sert qu'une fois.")
    if found == "ended":
        return _("Cette invitation a été retirée.")
    return _("Ce lien a expiré : demandez-en un autre à qui mène le dossier.")


def _send(row: Writer, url: str, *, by: User, language: str) -> None:
    """Send the message after the commit."""
    context = {
        "row": row,
        "url": url,
        "who": by.name or by.email,
        "call": row.dossier.call,
        "days": LINK_DAYS,
    }
    transaction.on_commit(
        lambda: mail.send(row.email, "dossiers/mail/team_invitation.txt", context, language=language)
    )


def _tell(user: User, row: Writer, words: Any, kind: str) -> None:
    path = f"/dossiers/{row.dossier_id}/equipe/" if kind != "invited" else "/mes-dossiers/"
    subject = row.dossier.subject
    tell(user, f"dossier.team.{kind}", words, subject=subject, path=path, dedupe=f"team:{kind}:{row.pk}")


def _tell_lead(row: Writer, words: Any, kind: str) -> None:
    for one in active(row.dossier).filter(role=Role.LEAD).exclude(user=row.user_id):
        if one.user is not None:
            subject, path = row.dossier.subject, f"/dossiers/{row.dossier_id}/equipe/"
            tell(
                one.user,
                f"dossier.team.{kind}",
                words,
                subject=subject,
                path=path,
                dedupe=f"team:{kind}:{row.pk}:lead",
            )


def _journal(row: Writer, verb: str, *, by: User, **told: str) -> None:
    data: dict[str, Any] = {"writer": row.pk, "role": row.role, **told}
    if row.user_id is not None:
        data["user"] = row.user_id.hex
    if row.actor_id is not None:
        data["actor"] = row.actor_id.hex
    record(row.dossier.subject, f"dossier.team.{verb}", by=by, data=data)
