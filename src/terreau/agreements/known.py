"""What is known of the aids of an applicant, gathered from each source with its day; the rest stays unknown.

Sources: this register's agreements; what the file says; aids noted with their source (declared, read in a
document, imported); the forecast of the pole, when the applicant shows it; recognitions of the pole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor, Subsidy
from terreau.agreements import guard, levels, texts
from terreau.agreements.guard import Aid, Claim, Finding, Known, Limit, Told
from terreau.agreements.models import Agreement, AidStatement, Expense, KnownAid, MoneyRules
from terreau.agreements.plan import Read
from terreau.calls.models import Programme
from terreau.common.errors import DomainError
from terreau.common.inserting import insert
from terreau.common.text import fold
from terreau.dossiers import announcing
from terreau.dossiers.models import Dossier
from terreau.envelopes import read as envelopes
from terreau.forecast.models import Funding
from terreau.journal.actions import record
from terreau.poles.models import Recognition
from terreau.subjects.actions import family

#: States of a request whose expenses are charged to an agreement.
_CHARGED = ("sent", "returned", "accepted", "paid")
#: Level of a programme → level of the money that it gives.
_LEVELS = {
    "state": levels.STATE,
    "region": levels.REGION,
    "local": levels.LOCAL,
    "europe": levels.EUROPE,
    "network": levels.PRIVATE,
}
_PUBLIC_GRANTS = (Funding.Kind.SUBSIDY, Funding.Kind.INDIRECT)


@dataclass(frozen=True, slots=True)
class Guarded:
    """The findings of a dossier, what they rest on, and where it was looked."""

    known: Known
    findings: tuple[Finding, ...]
    looked: tuple[Told, ...]
    rules: MoneyRules
    statement: AidStatement | None
    ceiling: texts.Ceiling | None


def guarded(
    dossier: Dossier,
    found: Read,
    *,
    day: date,
    all_claims: bool = True,
    noted: Sequence[KnownAid] | None = None,
) -> Guarded:
    """Ask the four limits of a dossier on what is known that day.

    ``all_claims``: look at the expenses of every agreement of the register, which an applicant does not see.
    ``noted``: as ``noted_of``, when it was read.
    """
    rules = found.rules
    said = AidStatement.objects.filter(dossier=dossier).order_by("-id").first()
    known = gather(dossier, found, said, day=day, all_claims=all_claims, noted=noted)
    ceiling = texts.ceiling("general", day)
    findings = [guard.public_rate(known, Limit(rules.public_rate_max, confirmed=True))]
    if dossier.call.de_minimis:
        findings.append(guard.de_minimis(known, _ceiling(rules, ceiling)))
    findings.append(guard.double_funding(known))
    if rules.once_only:
        findings.append(guard.already_aided(known))
    return Guarded(known, tuple(findings), looked(dossier, said, known), rules, said, ceiling)


def gather(  # noqa: PLR0913 - keyword-only: each is a part of what is read
    dossier: Dossier,
    found: Read,
    said: AidStatement | None,
    *,
    day: date,
    all_claims: bool = True,
    noted: Sequence[KnownAid] | None = None,
) -> Known:
    """Return all that is known of the money of a dossier: about eight queries."""
    ours = _ours(dossier)
    shares = said is not None and said.shares_forecast
    told = [_told(row) for row in (noted_of(dossier) if noted is None else noted)]
    aids = [
        *_agreements(dossier, ours, by_staff=all_claims),
        *told,
        *_imported(ours),
        *_recognised(dossier),
    ]
    aids += _forecast(dossier) if shares else []
    statement = None
    if said is not None and said.complete:
        words = _("Déclaration du bénéficiaire : toutes les aides sont dites")
        statement = Told("statement", words, timezone.localdate(said.at))
    return Known(
        day,
        tuple(aids),
        tuple(_planned(dossier, found)),
        tuple(_claims(ours, everywhere=all_claims)),
        found.plan.budget,
        found.plan.balanced,
        found.plan.aid,
        statement,
    )


def looked(dossier: Dossier, said: AidStatement | None, known: Known) -> tuple[Told, ...]:
    """Return where it was looked, whatever was found: what is not in the list was not looked at."""
    day = known.day
    rows = [
        Told("agreement", _("Conventions et décisions de ce registre"), day),
        Told("known", _("Aides notées avec leur source"), day),
        Told("subsidy", _("Subventions publiées par ceux qui donnent, importées ici"), day),
        Told("recognition", _("Reconnaissances du pôle dans ce registre"), day),
        Told("plan", _("Plan de financement du dossier"), _written_on(dossier)),
    ]
    if said is not None and said.shares_forecast:
        rows.append(Told("forecast", _("Financements notés dans l'espace du pôle"), day))
    if known.statement is not None:
        rows.append(known.statement)
    return tuple(rows)


def state(dossier: Dossier, *, complete: bool, shares_forecast: bool, by: User) -> AidStatement:
    """Write what the applicant answers for: that every aid was told, whether forecasts are shown."""
    with transaction.atomic():
        row = AidStatement.objects.create(
            dossier=dossier, complete=complete, shares_forecast=shares_forecast, by=by
        )
        data = {"complete": complete, "shares_forecast": shares_forecast}
        record(dossier.subject, "aids.stated", by=by, data=data)
    return row


def note(dossier: Dossier, aid: KnownAid, *, by: User) -> KnownAid:
    """Note an aid that the applicant received, with its source; what is not known stays empty."""
    aid.source = " ".join(aid.source.split())[:300]
    if not aid.source:
        raise DomainError("no_source", _("Dites d'où on le sait."), facts={"field": "source"})
    if aid.granted_on is not None and aid.granted_on > timezone.localdate():
        raise DomainError("future", _("Cette date est à venir."), facts={"field": "granted_on"})
    aid.dossier, aid.by = dossier, by
    aid.read_on = aid.read_on or timezone.localdate()
    with transaction.atomic():
        insert(aid, "aid_refused")
        record(dossier.subject, "aids.noted", by=by, data={"aid": aid.pk.hex, "cents": aid.cents})
    return aid


def withdraw(aid: KnownAid, *, reason: str, by: User) -> None:
    """Take back an aid that was noted by mistake: it stays to be read, and counts for nothing."""
    why = " ".join(reason.split())[:300]
    if not why:
        raise DomainError("reason_needed", _("Dites pourquoi."), facts={"field": "reason"})
    with transaction.atomic():
        gone = KnownAid.objects.filter(pk=aid.pk, withdrawn_at=None)
        if gone.update(withdrawn_at=timezone.now(), why=why) and aid.dossier is not None:
            record(aid.dossier.subject, "aids.withdrawn", by=by, data={"aid": aid.pk.hex})


def noted_of(dossier: Dossier) -> list[KnownAid]:
    """Return the aids noted for the applicant of a dossier or its pole, the last granted first."""
    rows = KnownAid.objects.filter(actor__in=_ours(dossier), withdrawn_at=None)
    return list(rows.select_related("piece", "giver", "dossier__call").order_by("-granted_on", "-at"))


def beneficiaries(dossier: Dossier) -> list[Actor]:
    """Return who may have received an aid: the applicant, and the pole that it carries."""
    keys = [dossier.applicant_id] + ([dossier.pole_id] if dossier.pole_id else [])
    return list(Actor.objects.filter(pk__in=keys).order_by("sort_key", "pk"))


def _ceiling(rules: MoneyRules, known: texts.Ceiling | None) -> Limit:
    if rules.de_minimis_cents is not None:
        return Limit(rules.de_minimis_cents, confirmed=True, source=rules.de_minimis_source)
    if known is None:
        return Limit(None, confirmed=False)
    return Limit(known.cents, confirmed=False, source=known.source)


def _ours(dossier: Dossier) -> list[UUID]:
    keys = [dossier.applicant_id] + ([dossier.pole_id] if dossier.pole_id else [])
    return list(family(keys))


def _agreements(dossier: Dossier, ours: list[UUID], *, by_staff: bool) -> list[Aid]:
    """Return the aids that other dossiers of the same applicant or pole hold in this register.

    They do not tell an applicant of a decision whose results are not published.
    """
    rows = Dossier.objects.filter(applicant__in=ours) | Dossier.objects.filter(pole__in=ours)
    others = list(
        rows.exclude(pk=dossier.pk)
        .select_related("call__programme__owner")
        .prefetch_related("agreements")
        .distinct()
        .order_by("pk")
    )
    others = [one for one in others if by_staff or not announcing.withheld(one)]
    held = envelopes.parts_of([one.pk for one in others])
    found = []
    for one in others:
        sums = envelopes.together(part.held for part in held.get(one.pk, ()))
        if sums.committed:
            found.append(_registered(one, sums.committed))
    return found


def _registered(one: Dossier, cents: int) -> Aid:
    programme = one.call.programme
    deed = next((row for row in one.agreements.all() if row.state != Agreement.State.CANCELLED), None)
    signed = deed is not None and deed.state in {Agreement.State.SIGNED, Agreement.State.ENDED}
    day = deed.valid_from if deed and deed.valid_from else timezone.localdate(one.stage_since)
    level = programme.level
    return Aid(
        Told("agreement", _("Conventions et décisions de ce registre"), timezone.localdate(one.stage_since)),
        programme.owner_name,
        giver_id=str(programme.owner_id) if programme.owner_id else f"programme:{programme.pk}",
        cents=cents,
        granted_on=day,
        public=level != Programme.Level.NETWORK,
        state=level == Programme.Level.STATE,
        de_minimis=one.call.de_minimis,
        for_pole=True if one.pole_id else None,
        certain=signed,
        label=f"{one.reference} – {one.call.title}",
        level=_LEVELS.get(level, levels.PUBLIC),
    )


def _told(row: KnownAid) -> Aid:
    return Aid(
        Told("known", row.source, row.read_on, row.source_url),
        row.giver_name,
        giver_id=str(row.giver_id) if row.giver_id else None,
        cents=row.cents,
        granted_on=row.granted_on,
        public=levels.is_public(row.level),
        state=row.level == levels.STATE if row.level else None,
        de_minimis=row.de_minimis,
        for_pole=row.for_pole,
        certain=row.proof != KnownAid.Proof.DECLARED,
        label=row.label,
        level=row.level,
    )


def _imported(ours: list[UUID]) -> list[Aid]:
    """Return the subsidies that public bodies published, as the register imported them."""
    rows = Subsidy.objects.filter(beneficiary__in=ours, withdrawn_at=None).select_related("source")
    return [
        Aid(
            Told("subsidy", row.source.document, timezone.localdate(row.recorded_at), row.source.url),
            row.giver_name,
            giver_id=str(row.giver_id) if row.giver_id else None,
            cents=row.cents,
            granted_on=row.decided_on,
            public=True,
            certain=True,
            label=row.purpose[:200],
        )
        for row in rows.order_by("pk")
    ]


def _forecast(dossier: Dossier) -> list[Aid]:
    """Return what the pole notes for itself: shown only when its people say so; never certain."""
    if dossier.pole_id is None:
        return []
    rows = Funding.objects.filter(
        pole=dossier.pole_id, kind__in=_PUBLIC_GRANTS, state__in=["granted", "ended"]
    )
    return [
        Aid(
            Told("forecast", _("Financements notés dans l'espace du pôle"), timezone.localdate(row.made_at)),
            row.funder_name,
            giver_id=str(row.funder_id) if row.funder_id else None,
            cents=row.granted_cents,
            granted_on=row.period_from,
            public=None if not row.origin else row.origin == "public",
            label=row.label,
        )
        for row in rows.order_by("pk")
    ]


def _recognised(dossier: Dossier) -> list[Aid]:
    """Return the schemes that chose the pole: they may have come with an aid, nobody says how much."""
    if dossier.pole_id is None:
        return []
    rows = Recognition.objects.filter(pole=dossier.pole_id, external=False).select_related("body")
    return [
        Aid(
            Told("recognition", _("Reconnaissances du pôle dans ce registre"), row.on),
            row.body.name if row.body else row.scheme,
            granted_on=row.on,
            for_pole=True,
            label=row.scheme,
        )
        for row in rows.order_by("pk")
        if "laur" in fold(row.scheme)
    ]


def _planned(dossier: Dossier, found: Read) -> list[Aid]:
    """Return who finances the budget: the aid of the call, and each line of the plan that counts."""
    programme = dossier.call.programme
    told = Told("plan", _("Plan de financement du dossier"), _written_on(dossier))
    rows = []
    if found.plan.aid:
        decided = bool(found.committed)
        rows.append(
            Aid(
                told,
                programme.owner_name,
                giver_id="call",
                cents=found.plan.aid,
                public=programme.level != Programme.Level.NETWORK,
                certain=decided,
            )
        )
    rows += [
        Aid(
            told,
            one.funder,
            giver_id=one.key,
            cents=one.cents,
            public=levels.is_public(one.level) if one.confirmed else _unsure(one.level),
            certain=one.sure and one.confirmed,
        )
        for one in found.plan.lines
        if one.counts and one.kind == "cash"
    ]
    return rows


def _unsure(level: str) -> bool | None:
    """Own money is taken at its word; what a name alone says of public money is not."""
    return False if level == levels.OWN else None


def _claims(ours: list[UUID], *, everywhere: bool) -> list[Claim]:
    """Return the expenses that the applicant charges, and those of others that may be the same."""
    rows = Expense.objects.filter(dropped_at=None, request__state__in=_CHARGED).order_by("pk")
    rows = rows.select_related("request__agreement__dossier__call__programme")
    own = Q(request__agreement__dossier__applicant__in=ours) | Q(request__agreement__dossier__pole__in=ours)
    mine = list(rows.filter(own))
    others: list[Expense] = []
    if everywhere and mine:
        suppliers = {fold(one.supplier).strip() for one in mine}
        alike = rows.filter(cents__in={one.cents for one in mine}).exclude(pk__in=[one.pk for one in mine])
        others = [one for one in alike[:500] if fold(one.supplier).strip() in suppliers]
    here = [_claim(one, ours=True) for one in mine]
    return here + [_claim(one, ours=False) for one in others]


def _claim(one: Expense, *, ours: bool) -> Claim:
    """Return what an expense says; whose it is is not said when it is not the applicant's own."""
    dossier = one.request.agreement.dossier
    day = timezone.localdate(one.request.sent_at)
    if dossier is None or not ours:
        words = _("Une demande d'un autre bénéficiaire de ce registre")
        told = Told("request", words, day)
    else:
        words = _("Demande de versement n° %(number)d, %(dossier)s")
        told = Told("request", words % {"number": one.request.number, "dossier": dossier.reference}, day)
    return Claim(
        told,
        str(one.request_id),
        fold(one.supplier).strip(),
        one.cents,
        one.charged_cents,
        fold(one.number).strip() or None,
        one.on,
    )


def _written_on(dossier: Dossier) -> date | None:
    return timezone.localdate(dossier.deposited_at) if dossier.deposited_at else None
