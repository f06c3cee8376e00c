"""Initiatives that anybody reports (R-52), and what a moderator of their territory answers."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import GlobalRole, User
from terreau.actors.models import Moderation
from terreau.actors.perms import Scope, moderation_scope
from terreau.census import mail, tokens
from terreau.census.entry_rules import LONGEST_INTENTION, LONGEST_NAME, tidy
from terreau.census.models import Report
from terreau.common.errors import DomainError, NotFoundError, RefusedError
from terreau.common.text import search_text
from terreau.journal.actions import record
from terreau.notices.actions import tell
from terreau.pieces.actions import declaration
from terreau.poles.actions import register_pole
from terreau.poles.models import Pole, RegisterStatus
from terreau.territories import base
from terreau.territories.models import Level, Zone

_INBOX = "/moderation/"
#: Communes of one report: beyond, it is no longer a place.
MOST_COMMUNES = 400


def send(  # noqa: PLR0913 - keyword-only: each is a field of the form
    name: str,
    *,
    what: str,
    codes: Collection[str],
    url: str = "",
    email: str = "",
    language: str = "fr",
    by: User | None = None,
) -> tuple[Report, str]:
    """Keep a report, tell who moderates its territory; return it with the secret of its private link.

    ``codes`` are communes of the current COG; none is allowed: the reporter may not know. Raises
    ``DomainError`` with ``facts["field"]`` for what cannot be kept.
    """
    report = Report(
        name=checked("name", name),
        what=checked("what", what),
        communes=sorted(set(codes)),
        url=url,
        email=email,
        language=language,
        by=by,
    )
    if len(report.communes) > MOST_COMMUNES:
        message = _("%(most)d communes au plus : nommez plutôt la principale.")
        raise DomainError("too_many_communes", message % {"most": MOST_COMMUNES}, facts={"field": "communes"})
    token, report.reporter_token_hash = tokens.new()
    with transaction.atomic():
        report.save(force_insert=True)
        zones = _zones_around(report.communes)
        report.zones.set(zones)
        for user in _who_answers(zones):
            _tell_waiting(user)
    return report, token


def checked(field: str, typed: str) -> str:
    """Return ``name`` or ``what`` tidied; raises ``DomainError`` with the field when it cannot be kept."""
    text = tidy(typed, lines=field == "what")
    most = LONGEST_INTENTION if field == "what" else LONGEST_NAME
    if len(text) > most:
        facts = {"field": field, "limit": most, "length": len(text)}
        message = _("%(limit)d caractères au plus ; il y en a %(length)d.") % facts
        raise DomainError("too_long", message, facts=facts)
    if not search_text(text):
        message = _("Écrivez au moins quelques mots.")
        raise DomainError("words_needed", message, facts={"field": field})
    return text


def of_link(token: str) -> Report:
    """Return the report of a private link. Raises ``NotFoundError``."""
    report = Report.objects.filter(reporter_token_hash=tokens.digest(token)).select_related(
        "pole__actor__subject"
    )
    found = report.first()
    if found is None:
        raise NotFoundError("unknown_report", _("Ce lien ne mène à aucun signalement."))
    return found


def waiting(scope: Scope) -> QuerySet[Report]:
    """Return the reports that wait for an answer within a scope, the oldest first.

    One without a known place waits for who moderates the whole site.
    """
    return within(scope).filter(state=Report.State.RECEIVED).order_by("received_at", "pk")


def within(scope: Scope) -> QuerySet[Report]:
    """Return the reports of a scope, answered or not."""
    rows = Report.objects.select_related("pole__actor__subject")
    if scope.everything:
        return rows
    return rows.filter(pk__in=Report.zones.through.objects.filter(zone__in=scope.zone_ids).values("report"))


def find(pk: UUID, scope: Scope) -> Report:
    """Return a report of a scope. Raises ``NotFoundError`` for another one: nothing says that it exists."""
    report = within(scope).filter(pk=pk).first()
    if report is None:
        raise NotFoundError(
            "unknown_report", _("Ce signalement n'existe pas, ou n'est pas de votre territoire.")
        )
    return report


def accept(
    report: Report, *, by: User, name: str = "", summary: str | None = None, public: bool = True
) -> Pole:
    """Make a pole « repéré » of a report; ``name`` and ``summary`` are what the moderator keeps of it.

    Of two moderators one is told that it is answered (409). Out of scope: ``RefusedError``.
    """
    _may_answer(report, by)
    with transaction.atomic():
        _take(report)
        pole = register_pole(
            name or report.name,
            carrier=None,
            codes=report.communes,
            cog_year=base.COG_YEARS[-1],
            intention=report.what if summary is None else summary,
            source=declaration(report.by, timezone.localdate(report.received_at)),
            status=RegisterStatus.SPOTTED,
            public=public,
            by=by,
        )
        _answer(report, Report.State.ACCEPTED, by=by, pole=pole)
    return pole


def attach_to(report: Report, pole: Pole, *, by: User, reason: str = "") -> Report:
    """Say that the initiative reported is a pole that the register holds."""
    _may_answer(report, by)
    with transaction.atomic():
        _take(report)
        _answer(report, Report.State.MERGED, by=by, pole=pole, reason=tidy(reason, lines=True))
    return report


def refuse(report: Report, *, by: User, reason: str) -> Report:
    """Refuse a report with a reason, which the reporter reads on the private link and by e-mail."""
    _may_answer(report, by)
    words = tidy(reason, lines=True)[:LONGEST_INTENTION]
    if not words:
        message = _("Écrivez pourquoi : la personne qui a signalé lira ce motif.")
        raise DomainError("reason_needed", message, facts={"field": "reason"})
    with transaction.atomic():
        _take(report)
        _answer(report, Report.State.REFUSED, by=by, reason=words)
    return report


def send_receipt(report: Report, url: str) -> bool:
    """Send the private link to who left an address; nothing is sent otherwise."""
    if not report.email:
        return False
    return mail.send(
        report.email,
        "census/mail/report_received.txt",
        {"report": report, "url": url},
        language=report.language,
    )


def _may_answer(report: Report, by: User) -> None:
    scope = moderation_scope(by, timezone.localdate())
    if not within(scope).filter(pk=report.pk).exists():
        message = _("Ce signalement n'est pas d'un territoire que vous modérez.")
        raise RefusedError("may_not_answer", message)


def _take(report: Report) -> None:
    """Lock the report while it waits; raise (409) when somebody answered it."""
    rows = Report.objects.select_for_update().filter(pk=report.pk, state=Report.State.RECEIVED)
    if rows.first() is None:
        report.refresh_from_db()
        message = _("Une autre personne a déjà répondu à ce signalement.")
        raise DomainError("answered_already", message, facts={"state": report.state}, status=409)


def _answer(report: Report, state: str, *, by: User, pole: Pole | None = None, reason: str = "") -> None:
    now = timezone.now()
    rows = Report.objects.filter(pk=report.pk, state=Report.State.RECEIVED)
    if not rows.update(state=state, reason=reason, pole=pole, answered_by=by, answered_at=now):
        raise DomainError(
            "answered_already", _("Une autre personne a déjà répondu à ce signalement."), status=409
        )
    report.refresh_from_db()
    if pole is not None:
        record(pole.actor.subject, f"report.{state}", by=by, data={"report": report.pk.hex})
    if report.by is not None:
        words = gettext_lazy("Votre signalement a reçu une réponse.")
        tell(report.by, "report", words, path="/signaler/mes-signalements/", dedupe=f"report:{report.pk.hex}")
    if report.email:
        transaction.on_commit(lambda: _send_answer(report))


def _send_answer(report: Report) -> None:
    mail.send(report.email, "census/mail/report_answered.txt", {"report": report}, language=report.language)


def _zones_around(codes: Collection[str]) -> set[int]:
    """Return the communes, their departments, regions and intercommunalities: who moderates one is told."""
    rows = Zone.objects.filter(level=Level.COMMUNE, code__in=codes, cog_year=base.COG_YEARS[-1])
    lines = rows.values_list("pk", "department", "region", "former_region", "epci")
    return {one for line in lines for one in line if one is not None}


def _who_answers(zones: Collection[int]) -> list[User]:
    """Return who moderates these zones, else the whole site."""
    today = timezone.localdate()
    people = User.objects.filter(is_active=True, erased_at__isnull=True).order_by("pk")
    subjects = Zone.objects.filter(pk__in=zones).values("subject")
    near = Moderation.objects.held_on(today).filter(zone__subject__in=subjects).values("user")
    if found := list(people.filter(pk__in=near)):
        return found
    keepers = [GlobalRole.Role.MODERATOR, GlobalRole.Role.ADMINISTRATOR]
    held = GlobalRole.objects.filter(Q(valid_to=None) | Q(valid_to__gt=today), valid_from__lte=today)
    return list(people.filter(pk__in=held.filter(role__in=keepers).values("user")))


def _tell_waiting(user: User) -> None:
    """Tell a moderator, once a day: the inbox says how many."""
    words = gettext_lazy("Des signalements attendent votre réponse.")
    tell(user, "report", words, path=_INBOX, dedupe=f"reports:{timezone.localdate().isoformat()}")
