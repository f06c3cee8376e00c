"""The anonymous questionnaire on trust: opened, answered by links, closed, read once it is closed (R-97).

What protects who answers: no answer is kept, only numbers; nothing tells when a link served; nothing is read
while it is open; below the least number of answers nothing ever is, and the numbers are erased.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import SystemRandom

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.census import mail, tokens
from terreau.common.canonical import digest
from terreau.common.errors import DomainError, NotFoundError
from terreau.journal.actions import record
from terreau.poles.models import Pole
from terreau.reviews.models import TrustInvitation, TrustRound, TrustTally
from terreau.reviews.trust_models import FEWEST
from terreau.reviews.trust_questions import questions
from terreau.reviews.trust_rules import NO_OPINION, VALUES, Shown, answered, shown
from terreau.subjects.actions import lock

MOST_INVITED, MOST_LEAST, MOST_REMINDERS, BETWEEN = 300, 50, 3, timedelta(days=2)

Link = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Result:
    """A round as it may be read: ``shown`` is None when nothing of it may."""

    round: TrustRound
    shown: list[Shown] | None
    answered: int | None


def open_round(  # noqa: PLR0913 - keyword-only: each is a part of the round
    pole: Pole, emails: Sequence[str], *, least: int, due_on: date, by: User, link: Link
) -> TrustRound:
    """Open the questionnaire of the year and send a link to each address. One a year for a pole.

    ``least``: answers without which nothing is shown, five at least; so many people must be invited. The
    caller checks who may. Raises ``DomainError`` with ``facts["field"]``.
    """
    addresses = _addresses(emails)
    if not FEWEST <= least <= MOST_LEAST:
        words = _("Entre %(fewest)d et %(most)d réponses.") % {"fewest": FEWEST, "most": MOST_LEAST}
        raise DomainError("bad_least", words, facts={"field": "least"})
    if len(addresses) < least:
        words = _("Invitez au moins %(least)d personnes : en dessous, rien ne pourrait se lire.")
        raise DomainError("too_few", words % {"least": least}, facts={"field": "emails"})
    if due_on <= timezone.localdate():
        raise DomainError("due_too_soon", _("La date de réponse est à venir."), facts={"field": "due_on"})
    asked = [dict(one) for one in questions()]
    with transaction.atomic():
        lock(pole.pk)
        row = _insert(pole, asked, least=least, due_on=due_on, by=by)
        TrustTally.objects.bulk_create(
            TrustTally(round=row, question=one["code"], value=value)
            for one in asked
            for value in (NO_OPINION, *VALUES)
        )
        _invite(row, addresses, link)
        told = {"round": row.pk.hex, "year": row.year, "least": least, "digest": row.digest}
        record(pole.actor.subject, "trust.opened", by=by, data=told)
    return row


def _insert(pole: Pole, asked: list[dict[str, object]], *, least: int, due_on: date, by: User) -> TrustRound:
    row = TrustRound(
        pole=pole,
        year=timezone.localdate().year,
        questions=asked,
        digest=digest(asked),
        least=least,
        due_on=due_on,
        opened_at=timezone.now(),
        opened_by=by,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        words = _("Ce pôle a déjà un questionnaire cette année.")
        raise DomainError("round_exists", words, status=409) from error
    return row


def invite(row: TrustRound, emails: Sequence[str], *, link: Link) -> int:
    """Invite more people while it is open; return how many. An address is invited once."""
    addresses = _addresses(emails)
    with transaction.atomic():
        current = _open(row)
        held = {one.casefold() for one in current.invitations.values_list("email", flat=True)}
        new = [one for one in addresses if one.casefold() not in held]
        if len(held) + len(new) > MOST_INVITED:
            raise _too_many()
        _invite(current, new, link)
    return len(new)


def _invite(row: TrustRound, addresses: Sequence[str], link: Link, language: str = "fr") -> None:
    # In no order: who reads the table learns nothing from that of the form.
    mixed = list(addresses)
    SystemRandom().shuffle(mixed)
    made = []
    for email in mixed:
        token, hashed = tokens.new()
        made.append(TrustInvitation(round=row, email=email, language=language, token_hash=hashed))
        _send(row, email, link(token), language)
    TrustInvitation.objects.bulk_create(made)
    TrustRound.objects.filter(pk=row.pk).update(invited=F("invited") + len(made))


def _send(row: TrustRound, email: str, url: str, language: str) -> None:
    context = {"row": row, "pole": row.pole.actor.name, "url": url}
    template = "reviews/mail/trust.txt"
    transaction.on_commit(lambda: mail.send(email, template, context, language=language) and None)


def remind(row: TrustRound, *, link: Link) -> None:
    """Send another link to those whose own has not served; nobody learns how many nor who they are."""
    today = timezone.localdate()
    with transaction.atomic():
        current = _open(row)
        if current.reminders >= MOST_REMINDERS:
            words = _("%(most)d rappels suffisent : appelez plutôt.") % {"most": MOST_REMINDERS}
            raise DomainError("too_many_reminders", words)
        since = current.reminded_on or timezone.localdate(current.opened_at)
        if today - since < BETWEEN:
            raise DomainError("too_soon", _("Le dernier message est parti il y a moins de deux jours."))
        for one in current.invitations.filter(used=False):
            token, hashed = tokens.new()
            TrustInvitation.objects.filter(pk=one.pk).update(token_hash=hashed)
            _send(current, one.email, link(token), one.language)
        TrustRound.objects.filter(pk=row.pk).update(reminded_on=today, reminders=F("reminders") + 1)


def of_link(token: str) -> TrustInvitation:
    """Return the invitation of a link. ``NotFoundError``: replaced, or erased at the end."""
    rows = TrustInvitation.objects.select_related("round__pole__actor__subject")
    row = rows.filter(token_hash=tokens.digest(token)).first()
    if row is None:
        words = _("Ce lien n'est plus bon : un rappel l'a remplacé, ou le questionnaire est clos.")
        raise NotFoundError("unknown_link", words)
    return row


def answer(token: str, values: Mapping[str, int | None]) -> None:
    """Count an answer, once for a link, and keep nothing else of it; one left out is no opinion."""
    invitation = of_link(token)
    with transaction.atomic():
        row = _open(invitation.round)
        if not TrustInvitation.objects.filter(pk=invitation.pk, used=False).update(used=True):
            words = _("Ce lien a déjà servi : une réponse ne se donne qu'une fois, et ne se relit pas.")
            raise DomainError("link_used", words, status=410)
        given = {one["code"]: _value(values.get(one["code"])) for one in row.questions}
        moved = [When(question=code, value=value, then=F("count") + 1) for code, value in given.items()]
        # Every number of the round is written: the transaction that moved one is that of all.
        TrustTally.objects.filter(round=row).update(count=Case(*moved, default=F("count") + Value(0)))


def _value(given: int | None) -> int:
    if given is None:
        return NO_OPINION
    if given not in (NO_OPINION, *VALUES):
        raise DomainError("bad_value", _("Choisissez une des réponses."))
    return given


def close(row: TrustRound, *, by: User | None) -> TrustRound:
    """Close for good: the addresses are erased, and the numbers too when too few people answered."""
    with transaction.atomic():
        lock(row.pole_id)
        current = _open(row, late=True)
        TrustInvitation.objects.filter(round=current).delete()
        if answered(tallies(current)) < current.least:
            TrustTally.objects.filter(round=current).update(count=0)
        TrustRound.objects.filter(pk=row.pk).update(closed_at=timezone.now())
        told = {"round": row.pk.hex, "year": row.year}
        record(current.pole.actor.subject, "trust.closed", by=by, data=told)
    row.refresh_from_db()
    return row


def show(row: TrustRound, *, public: bool, by: User) -> TrustRound:
    """Let everybody read the result of a closed round, or only the people of the pole."""
    with transaction.atomic():
        if not TrustRound.objects.filter(pk=row.pk, closed_at__isnull=False).update(public=public):
            raise DomainError("still_open", _("Le résultat se lit après la clôture."), status=409)
        told = {"round": row.pk.hex, "public": public}
        record(row.pole.actor.subject, "trust.shown", by=by, data=told)
    row.refresh_from_db()
    return row


def enough(row: TrustRound) -> bool:
    """Say whether so many answered that the result will be read: nothing else is said while it is open."""
    return answered(tallies(row)) >= row.least


def tallies(row: TrustRound) -> dict[str, dict[int, int]]:
    """Return how many gave each value to each question, in the order of the questions."""
    found: dict[str, dict[int, int]] = {one["code"]: {} for one in row.questions}
    for code, value, count in row.tallies.values_list("question", "value", "count"):
        found[code][value] = count
    return found


def results(pole: Pole, *, public_only: bool = False) -> list[Result]:
    """Return the closed rounds of a pole, the newest first, each as it may be read."""
    rows = TrustRound.objects.filter(pole=pole, closed_at__isnull=False).order_by("-year")
    found = []
    for row in rows.filter(public=True) if public_only else rows:
        counts = tallies(row)
        may = shown(counts, least=row.least, closed=True)
        found.append(Result(row, may, answered(counts) if may is not None else None))
    return found


def current(pole: Pole) -> TrustRound | None:
    """Return the round that is open, None when there is none."""
    return TrustRound.objects.filter(pole=pole, closed_at=None).order_by("-year").first()


def trend(found: Sequence[Result]) -> list[tuple[str, list[tuple[int, int | None]]]]:
    """Return, for each question of the newest round, the favourable share in each year that may be read.

    A question whose words changed is another one: its former years are left out.
    """
    read = [one for one in found if one.shown is not None]
    if len(read) < 2:
        return []
    newest = {one["code"]: one["text"] for one in read[0].round.questions}
    lines = []
    for code, text in newest.items():
        years = []
        for one in reversed(read):
            same = any(q["code"] == code and q["text"] == text for q in one.round.questions)
            share = next((s.favourable for s in one.shown or [] if s.code == code), None)
            years.append((one.round.year, share if same else None))
        lines.append((code, years))
    return lines


def _open(row: TrustRound, *, late: bool = False) -> TrustRound:
    """Return the round locked, or raise: closed, or past its day unless ``late``."""
    rows = TrustRound.objects.select_for_update(of=("self",), no_key=True)
    current = rows.select_related("pole__actor__subject").get(pk=row.pk)
    over = current.due_on < timezone.localdate() and not late
    if current.closed_at or over:
        raise DomainError("round_closed", _("Ce questionnaire est clos."), status=410)
    return current


def _addresses(emails: Sequence[str]) -> list[str]:
    found: dict[str, str] = {}
    for email in (one.strip() for one in emails if one.strip()):
        try:
            validate_email(email)
        except ValidationError as error:
            words = _("« %(email)s » n'est pas une adresse électronique.") % {"email": email[:100]}
            raise DomainError("bad_email", words, facts={"field": "emails"}) from error
        found.setdefault(email.casefold(), email)
    if len(found) > MOST_INVITED:
        raise _too_many()
    return list(found.values())


def _too_many() -> DomainError:
    words = _("%(most)d personnes au plus.") % {"most": MOST_INVITED}
    return DomainError("too_many", words, facts={"field": "emails"})


def overdue(on: date) -> Q:
    """Return the condition on rounds that nobody closed in the month after their end."""
    return Q(closed_at=None, due_on__lt=on - timedelta(days=30))
