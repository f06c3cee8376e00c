"""A datum, a signature or an answer asked of somebody by a personal link, without an account (R-132).

The link is a secret of 256 bits sent by e-mail; only its digest is kept. Sent again, it is another one, and
the link before stops working.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Actor, Belonging
from terreau.actors.perms import Viewer, belongs, can_moderate, can_see
from terreau.census import mail, tokens
from terreau.census.entry_rules import tidy
from terreau.census.models import Invitation
from terreau.common import parsing
from terreau.common.errors import DomainError, NotFoundError, StaleWriteError
from terreau.common.periods import PartialDate
from terreau.common.permissions import Permission
from terreau.common.text import search_text
from terreau.facts import actions as facts
from terreau.facts import catalogue
from terreau.facts.catalogue import CatalogueEntry
from terreau.facts.models import Fact
from terreau.facts.values import read_value
from terreau.journal.actions import record
from terreau.notices.actions import tell
from terreau.pieces.actions import source
from terreau.pieces.models import Source
from terreau.poles.models import Carrier, Membership, Pole
from terreau.subjects.actions import lock
from terreau.subjects.models import Subject

#: Days that a link lives, at least, at most, and unless said otherwise.
SHORTEST, LONGEST, USUAL = 3, 90, 30
#: Links that one pole sends in a day: it asks its members, it is no mailing list.
A_DAY = 100
MOST_CODES, LONGEST_TEXT = 6, 5_000
#: Families of codes that describe a pole or an organisation (the others describe sets, studies and policies).
_FAMILIES = ("pole.", "actor.")

Link = Callable[[str], str]


def can_ask(user: Viewer, pole: Pole, *, on: date) -> Permission:
    """Its animators, and those who moderate it, write to people in the name of a pole."""
    subject = pole.actor.subject
    if subject.closed_at or subject.merged_into_id:
        return Permission(ok=False, reason=_("Cette fiche est fermée ou fusionnée avec une autre."))
    if belongs(user, pole.actor, role=Belonging.Role.ANIMATOR) or can_moderate(user, pole.actor, on=on):
        return Permission(ok=True)
    return Permission(ok=False, reason=_("Il faut animer ce pôle, ou le modérer, pour écrire en son nom."))


def known_of(user: Viewer, pole: Pole, *, on: date) -> bool:
    """Say whether the person may know that the pole exists."""
    return bool(can_see(user, pole.actor, on=on))


def who_may_be_asked(pole: Pole) -> list[Actor]:
    """Return the organisations of the pole of today: its members and carriers."""
    members = Membership.objects.filter(pole=pole, valid_to=None).values("actor")
    carriers = Carrier.objects.filter(pole=pole, valid_to=None).values("actor")
    rows = Actor.objects.filter(Q(pk__in=members) | Q(pk__in=carriers), subject__closed_at=None)
    return list(rows.select_related("subject").order_by("sort_key", "pk"))


def askable(kind: str) -> list[CatalogueEntry]:
    """Return the data that can be asked about a subject of this kind (``pole`` or ``actor``), by code."""
    return [
        entry
        for entry in catalogue.load()
        if kind in entry.subjects and entry.secrecy == "public" and entry.code.startswith(_FAMILIES)
    ]


def ask(  # noqa: PLR0913 - keyword-only: each is a part of what is asked
    pole: Pole,
    *,
    purpose: str,
    asks: Sequence[str],
    email: str,
    about: Actor | None = None,
    message: str = "",
    days: int = USUAL,
    language: str = "fr",
    by: User,
    link: Link,
) -> Invitation:
    """Ask somebody, by a personal link that leaves after the commit; ``link`` makes an address of a secret.

    ``asks``: codes of the catalogue for a datum, one text for a signature or an answer. ``about``: one of the
    pole's organisations, the pole itself when left out. Raises ``DomainError`` with ``facts["field"]``.
    """
    wanted = _checked_asks(purpose, asks, "actor" if about else "pole")
    if about is not None and about not in who_may_be_asked(pole):
        raise DomainError(
            "not_of_the_pole", _("Cette organisation n'est pas du pôle."), facts={"field": "about"}
        )
    if not SHORTEST <= days <= LONGEST:
        words = _("Un lien vit de %(least)d à %(most)d jours.") % {"least": SHORTEST, "most": LONGEST}
        raise DomainError("bad_delay", words, facts={"field": "days"})
    token, digest = tokens.new()
    with transaction.atomic():
        # The day's count is read under the lock of the pole: two people together stay under the limit.
        lock(pole.pk)
        _check_rate(pole)
        row = Invitation.objects.create(
            subject=pole.actor.subject,
            about=about.subject if about else None,
            purpose=purpose,
            asks=wanted,
            email=_address(email),
            message=_text("message", message, needed=False),
            language=language,
            token_hash=digest,
            expires_at=timezone.now() + timedelta(days=days),
            by=by,
        )
        _journal(row, "asked", by=by, purpose=row.purpose)
    _send(row, "census/mail/invitation.txt", link(token))
    return row


def remind(invitation: Invitation, *, by: User, link: Link) -> Invitation:
    """Send what is asked again, under a new link; the one before stops working.

    Refused when it is answered, revoked or expired, too soon, or too often.
    """
    now = timezone.now()
    token, digest = tokens.new()
    with transaction.atomic():
        lock(invitation.subject_id)
        row = Invitation.objects.get(pk=invitation.pk)
        if state(row, now) not in {"waiting", "unsent"}:
            raise DomainError("not_waiting", _("Cette demande n'attend plus de réponse."), status=409)
        tokens.check_reminder(row.sent_at, row.reminded_at, row.reminders, now)
        again = row.reminders + (1 if row.sent_at else 0)
        Invitation.objects.filter(pk=row.pk).update(token_hash=digest, reminded_at=now, reminders=again)
        row.refresh_from_db()
        _journal(row, "reminded", by=by)
    _send(row, "census/mail/invitation_reminder.txt", link(token))
    return row


def revoke(invitation: Invitation, *, by: User) -> Invitation:
    """Take back what was asked: its link stops working. Refused when it is answered or revoked."""
    with transaction.atomic():
        rows = Invitation.objects.filter(pk=invitation.pk, answered_at=None, revoked_at=None)
        if not rows.update(revoked_at=timezone.now()):
            raise DomainError("not_waiting", _("Cette demande n'attend plus de réponse."), status=409)
        invitation.refresh_from_db()
        _journal(invitation, "revoked", by=by)
    return invitation


def state(row: Invitation, now: Any) -> str:
    """Return ``answered``, ``revoked``, ``expired``, ``unsent`` or ``waiting``."""
    if row.answered_at:
        return "answered"
    if row.revoked_at:
        return "revoked"
    if row.expires_at <= now:
        return "expired"
    return "waiting" if row.sent_at else "unsent"


def of_link(token: str) -> Invitation:
    """Return what a personal link asks, whatever its state.

    Raises ``NotFoundError`` for an unknown link: it may have been replaced by a later one.
    """
    row = _rows().filter(token_hash=tokens.digest(token)).first()
    if row is None:
        words = _("Ce lien n'est plus bon. Si vous avez reçu un rappel, ouvrez le lien du dernier courriel.")
        raise NotFoundError("unknown_link", words)
    return row


def of_pole(pole: Pole) -> list[Invitation]:
    """Return what a pole has asked, the newest first."""
    return list(_rows().filter(subject=pole.pk).order_by("-created_at", "pk")[:500])


def find(pole: Pole, pk: UUID) -> Invitation:
    """Return one of the things that a pole has asked. Raises ``NotFoundError``."""
    row = _rows().filter(subject=pole.pk, pk=pk).first()
    if row is None:
        raise NotFoundError("unknown_invitation", _("Ce pôle n'a rien demandé de tel."))
    return row


def target(row: Invitation) -> Subject:
    """Return the subject of which the answer speaks."""
    return row.about or row.subject


def answer_datum(token: str, values: Mapping[str, str], *, year: str = "") -> Invitation:
    """Keep the data given by a link until who asked accepts them (``accept``): the sheet says nothing before.

    ``values``: texts by code, as they were typed; empty ones are left out. Until the link expires an answer
    may be corrected, and waits again. Raises ``DomainError`` with ``facts["field"]``; then nothing is kept.
    """
    row = _open(token, again=True)
    given = {code: text.strip() for code, text in values.items() if code in row.asks and text.strip()}
    if not given:
        raise DomainError("answer_needed", _("Donnez au moins une réponse."), facts={"field": row.asks[0]})
    on = _year(year)
    for code, text in given.items():
        _readable(code, text)
    with transaction.atomic():
        lock(row.subject_id)
        row = _open(token, again=True)
        kept = {**row.answer, "given": row.answer.get("given", {}) | given, "year": on.iso() if on else ""}
        _answered(row, kept)
    return row


def waiting_values(row: Invitation) -> dict[str, str]:
    """Return what was given by a link and is neither accepted nor set aside yet: texts by code."""
    return dict(row.answer.get("given", {}))


def seen_of(row: Invitation) -> str:
    """Return a digest of what waits, given back by who decides of it: they decide of what they read."""
    waits = [sorted(waiting_values(row).items()), row.answer.get("year", "")]
    return tokens.digest(json.dumps(waits, ensure_ascii=False))[:16]


def accept(row: Invitation, *, by: User, seen: str | None = None) -> list[Fact]:
    """Write what was given on the sheet, as declared facts whose source is the link; return them.

    They supersede those that this link gave before. Raises ``DomainError`` when nothing waits (409) or when
    the answer was corrected since it was ``seen`` (``StaleWriteError``).
    """
    with transaction.atomic():
        row = _decided(row, seen)
        on = _year(row.answer.get("year", ""))
        said, before = _source(row), row.answer.get("facts", {})
        made = {
            code: _fact(row, code, text, said=said, on=on, before=before.get(code), by=by)
            for code, text in waiting_values(row).items()
        }
        kept = before | {code: fact.pk.hex for code, fact in made.items()}
        _keep(row, {**row.answer, "given": {}, "facts": kept})
        _journal(row, "accepted", by=by)
    return list(made.values())


def set_aside(row: Invitation, *, by: User, seen: str | None = None) -> Invitation:
    """Write nothing of what was given on the sheet; it stays with what was asked. Raises as ``accept``."""
    with transaction.atomic():
        row = _decided(row, seen)
        aside = [*row.answer.get("aside", []), waiting_values(row)]
        _keep(row, {**row.answer, "given": {}, "aside": aside})
        _journal(row, "set_aside", by=by)
    return row


def _decided(row: Invitation, seen: str | None) -> Invitation:
    """Return the row as it is, under its lock, when something of it waits and is what was read."""
    lock(row.subject_id, target(row).pk)
    row = _rows().get(pk=row.pk)
    if not waiting_values(row):
        raise DomainError("nothing_waits", _("Cette réponse a déjà été lue et décidée."), status=409)
    if seen is not None and seen != seen_of(row):
        words = _("La personne vient de corriger sa réponse : lisez-la de nouveau, puis décidez.")
        raise StaleWriteError("answer_moved", words)
    return row


def _keep(row: Invitation, answer: dict[str, Any]) -> None:
    Invitation.objects.filter(pk=row.pk).update(answer=answer)
    row.answer = answer


def _readable(code: str, text: str) -> None:
    """Refuse at once, beside its field, what no fact could hold."""
    entries = catalogue.load()
    try:
        read_value(entries, code, typed_value(entries[code], text))
    except DomainError as error:
        error.facts["field"] = code
        raise


def sign(token: str, *, name: str, role: str, agreed: bool) -> Invitation:
    """Sign the text of a link, once: who, in which capacity, when, and the digest of the very text."""
    row = _open(token)
    if row.purpose != Invitation.Purpose.SIGNATURE:
        raise DomainError("wrong_answer", _("Ce lien ne demande pas de signature."))
    if not agreed:
        raise DomainError(
            "agreement_needed", _("Cochez que vous signez ce texte."), facts={"field": "agreed"}
        )
    who, capacity = _text("name", name, most=120), _text("role", role, most=120)
    digest = hashlib.sha256(row.asks[0].encode()).hexdigest()
    with transaction.atomic():
        _answered(row, {"name": who, "role": capacity, "sha256": digest}, sha256=digest)
    return row


def answer_text(token: str, text: str) -> Invitation:
    """Keep the words that answer a question; until the link expires they may be corrected."""
    row = _open(token, again=True)
    if row.purpose != Invitation.Purpose.ANSWER:
        raise DomainError("wrong_answer", _("Ce lien ne demande pas de réponse écrite."))
    words = _text("text", text)
    with transaction.atomic():
        _answered(row, {"text": words})
    return row


def _rows() -> QuerySet[Invitation]:
    return Invitation.objects.select_related("subject__actor__pole", "about__actor", "by")


def _open(token: str, *, again: bool = False) -> Invitation:
    """Return what a link asks when it may be answered (``again``: or corrected); raise otherwise (410)."""
    row = of_link(token)
    now = timezone.now()
    found = state(row, now)
    if found in {"waiting", "unsent"} or (found == "answered" and again and row.expires_at > now):
        return row
    raise DomainError("link_closed", closed_because(row, found), facts={"state": found}, status=410)


def closed_because(row: Invitation, found: str) -> str:
    """Return why a link takes no answer any more."""
    if found == "answered":
        return _("Votre réponse est déjà enregistrée : ce lien ne sert qu'une fois.")
    if found == "revoked":
        return _("Cette demande a été retirée par le pôle.")
    return _("Ce lien a expiré : demandez-en un autre au pôle.")


def _answered(row: Invitation, answer: dict[str, Any], **told: str) -> None:
    """Keep an answer, once for a signature; journal it without a name; tell who asked."""
    now = timezone.now()
    rows = Invitation.objects.filter(pk=row.pk, revoked_at=None, expires_at__gt=now)
    if row.purpose == Invitation.Purpose.SIGNATURE:
        rows = rows.filter(answered_at=None)
    if not rows.update(answered_at=now, answer=answer):
        raise DomainError("link_closed", _("Ce lien vient d'être fermé."), status=410)
    row.refresh_from_db()
    _journal(row, "answered", by=None, purpose=row.purpose, **told)
    if row.by is not None:
        words = gettext_lazy("Une réponse est arrivée par lien personnel.")
        path = f"/poles/{row.subject.actor.pole.slug}/demander/"
        dedupe = f"invitation:{row.pk.hex}:{timezone.localdate().isoformat()}"
        tell(row.by, "invitation", words, subject=row.subject, path=path, dedupe=dedupe)


def _fact(  # noqa: PLR0913 - keyword-only, as above
    row: Invitation,
    code: str,
    text: str,
    *,
    said: Source,
    on: PartialDate | None,
    before: str | None,
    by: User,
) -> Fact:
    """Record one datum; it supersedes what this link gave before, unless somebody did already."""
    entry = catalogue.load()[code]
    held = Fact.objects.filter(pk=UUID(before), superseded_at=None).first() if before else None
    try:
        return facts.record(
            target(row),
            code,
            typed_value(entry, text),
            source=said,
            by=by,
            on=on if entry.period != "none" else None,
            supersedes=held,
        )
    except DomainError as error:
        error.facts["field"] = code
        raise


def typed_value(entry: CatalogueEntry, text: str) -> Any:
    """Return what a person typed, in the type of a code; raises ``DomainError``."""
    if entry.type == "number":
        return parsing.number(text)
    if entry.type == "money":
        return parsing.euros(text)
    if entry.type == "bool":
        return parsing.yes_no(text)
    if entry.type == "text":
        return _text(entry.code, text)
    return text


def _year(text: str) -> PartialDate | None:
    """Return the day, month or year of which the data speak; today's year when it is not said."""
    try:
        found = PartialDate.parse(text.strip() or timezone.localdate().year)
    except ValueError as error:
        words = _("Écrivez une année (2025), un mois (2025-09) ou un jour (2025-09-30).")
        raise DomainError("bad_year", words, facts={"field": "year"}) from error
    if not found.first.year >= 1900 or found.first > timezone.localdate():
        raise DomainError("bad_year", _("Cette date n'est pas encore passée."), facts={"field": "year"})
    return found


def _source(row: Invitation) -> Source:
    """Return the source of an answer: that it came by a link, the day, never who."""
    today = timezone.localdate()
    code = f"lien-{row.pk.hex}"
    return source(
        Source.Kind.DECLARATION,
        code,
        _declared(row),
        today.isoformat(),
        consulted_on=today,
    )


def _declared(row: Invitation) -> str:
    """The document is written in French, like every citation."""
    return f"Réponse par lien personnel à une demande du pôle « {row.subject.actor.name} »"[:300]


def _checked_asks(purpose: str, asks: Sequence[str], kind: str) -> list[str]:
    if purpose not in Invitation.Purpose.values:
        raise DomainError("bad_purpose", _("Cet objet n'existe pas."), facts={"field": "purpose"})
    if purpose != Invitation.Purpose.DATUM:
        return [_text("text", asks[0] if asks else "")]
    codes = list(dict.fromkeys(code for code in asks if code))
    known = {entry.code for entry in askable(kind)}
    if not codes or len(codes) > MOST_CODES or set(codes) - known:
        words = _("Choisissez de une à %(most)d données de la liste.") % {"most": MOST_CODES}
        raise DomainError("bad_codes", words, facts={"field": "codes"})
    return codes


def _check_rate(pole: Pole) -> None:
    since = timezone.now() - timedelta(days=1)
    if Invitation.objects.filter(subject=pole.pk, created_at__gt=since).count() >= A_DAY:
        words = _("Ce pôle a envoyé %(most)d demandes depuis hier : revenez demain.") % {"most": A_DAY}
        raise DomainError("too_many_invitations", words, status=429)


def _address(email: str) -> str:
    typed = email.strip()
    try:
        validate_email(typed)
    except ValidationError as error:
        words = _("« %(email)s » n'est pas une adresse électronique.") % {"email": typed[:100]}
        raise DomainError("bad_email", words, facts={"field": "email"}) from error
    return typed


def _text(field: str, text: str, *, needed: bool = True, most: int = LONGEST_TEXT) -> str:
    words = tidy(text, lines=True)
    if len(words) > most:
        facts_ = {"field": field, "limit": most, "length": len(words)}
        raise DomainError(
            "too_long", _("%(limit)d caractères au plus ; il y en a %(length)d.") % facts_, facts=facts_
        )
    if needed and not search_text(words):
        raise DomainError("words_needed", _("Écrivez au moins quelques mots."), facts={"field": field})
    return words


def _send(row: Invitation, template: str, url: str) -> None:
    """Send the message after the commit; one that could not leave is shown so, and can be sent again."""

    def leave() -> None:
        asked_by = row.subject.actor.name
        context = {"row": row, "url": url, "pole": asked_by, "labels": labels(row, row.language)}
        if mail.send(row.email, template, context, language=row.language):
            rows = Invitation.objects.filter(pk=row.pk)
            rows.filter(sent_at=None).update(sent_at=timezone.now())

    transaction.on_commit(leave)


def labels(row: Invitation, language: str) -> list[str]:
    """Return what is asked in words: the labels of the data, or the text."""
    if row.purpose != Invitation.Purpose.DATUM:
        return [str(one) for one in row.asks]
    entries = catalogue.load()
    return [entries[code].label(language) for code in row.asks if code in entries]


def _journal(row: Invitation, verb: str, *, by: User | None, **told: str) -> None:
    data: dict[str, Any] = {"invitation": row.pk.hex, **told}
    if row.about_id is not None:
        data["about"] = row.about_id.hex
    record(row.subject, f"invitation.{verb}", by=by, data=data)
