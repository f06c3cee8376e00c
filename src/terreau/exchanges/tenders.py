"""A joint answer to a tender, from spotted to won or not: its skills, lots and tasks (R-46)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.common.inserting import insert
from terreau.exchanges import rules
from terreau.exchanges.models import Lot, NeededSkill, Party, Skill, Task, Tender, TenderMove
from terreau.exchanges.written import required, tell_people
from terreau.journal.actions import record, save_fresh
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject

_STATE = Tender.State
#: What may be changed of an answer, field by field.
FIELDS: Final = (
    *("title", "text", "buyer_id", "buyer_name", "reference", "cpv", "url", "estimated_cents", "vat"),
    *("due_at", "minutes_asked", "commission", "attributable", "attributable_why", "public"),
)
#: What may still be changed once the answer is sent or over: the rest is what was sent.
LATE_FIELDS: Final = frozenset(
    {"text", "attributable", "attributable_why", "public", "buyer_id", "buyer_name"}
)


def path(tender: Tender) -> str:
    """Return the French address of the page of an answer."""
    return f"/poles/{tender.pole.slug}/espace/marches/{tender.pk}/"


def spot(pole: Pole, *, title: str, by: User, brought_by: Actor | None = None, **values: Any) -> Tender:
    """Add a tender that somebody spotted; ``brought_by`` is the member who brings it."""
    called = required(title, "no_title", _("Dites l'objet du marché."), "title")
    with transaction.atomic():
        subject = subjects.create(Subject.Kind.TENDER)
        row = Tender(subject=subject, pole=pole, title=called[:200], brought_by=brought_by, by=by, **values)
        insert(row, "tender_refused")
        _write(row, "", row.state, timezone.localdate(), "", by)
    return row


def change(tender: Tender, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User) -> Tender:
    """Change some fields as the person saw them; what was sent does not change any more (409)."""
    if unknown := set(mine) - set(FIELDS):
        raise ValueError(f"no such field: {sorted(unknown)}")
    if "title" in mine:
        required(str(mine["title"]), "no_title", _("Dites l'objet du marché."), "title")
    if mine.get("attributable") is not None and not str(mine.get("attributable_why", "")).strip():
        words = _("Dites pourquoi cette affaire est due au pôle, ou ne l'est pas.")
        raise DomainError("no_why", words, facts={"field": "attributable_why"})
    wanted = {name for name in mine if mine[name] != base.get(name)}
    if tender.state not in rules.TENDER_OPEN and (late := wanted - LATE_FIELDS):
        words = _("La réponse est partie : seuls l'acheteur, la note et ce qui est dit au public changent.")
        raise DomainError("sent", words, facts={"field": min(late)}, status=409)
    subject = tender.subject
    return save_fresh(tender, subject=subject, verb="tender.changed", base=base, mine=mine, by=by)


def move(tender: Tender, verb: str, *, by: User, on: date | None = None, reason: str = "") -> Tender:
    """Take an answer to its next state. Sending checks the group and its shares, and says all that lacks.

    Raises ``DomainError``: ``wrong_step`` (409) when somebody moved it meanwhile, ``reason_needed``,
    ``cannot_submit`` with every problem in ``facts["problems"]``.
    """
    before_all, after = rules.TENDER_MOVES[verb]
    why = reason.strip()[:500]
    if verb in rules.TENDER_REASONS and not why:
        words = _("Dites pourquoi : la prochaine réponse s'en servira.")
        raise DomainError("reason_needed", words, facts={"field": "reason"})
    day = on or timezone.localdate()
    if day > timezone.localdate():
        raise DomainError("future", _("Cette date est à venir."), facts={"field": "on"})
    with transaction.atomic():
        subjects.lock(tender.pk)
        current = Tender.objects.select_related("subject", "pole__actor__subject").get(pk=tender.pk)
        if current.state not in before_all:
            words = _("Cette réponse en est à un autre état : rouvrez la page.")
            raise DomainError("wrong_step", words, facts={"state": current.state}, status=409)
        if verb == "submit" and (found := problems(current)):
            words = " ".join(one.message for one in found)
            codes = [{"code": one.code, "message": one.message, "lot": one.lot} for one in found]
            raise DomainError("cannot_submit", words, facts={"problems": codes})
        Tender.objects.filter(pk=tender.pk).update(state=after, version=F("version") + 1)
        _write(current, current.state, after, day, why, by)
    return Tender.objects.select_related("subject", "pole__actor__subject").get(pk=tender.pk)


def problems(tender: Tender) -> list[rules.Problem]:
    """Return all that hinders the answer from leaving: group and shares (two queries)."""
    return problems_of(tender, list(active(tender)), list(Lot.objects.filter(tender=tender)))


def problems_of(tender: Tender, parties: Sequence[Party], lots: Sequence[Lot]) -> list[rules.Problem]:
    """Return the same of what was read already; no query."""
    amounts = {lot.rank: lot.cents for lot in lots}
    parts = [part_of(one) for one in parties]
    shares = rules.share_problems(parts, sharing=tender.sharing, total=tender.offer_cents, lots=amounts)
    return [*shares, *rules.consortium_problems(parts)]


def active(tender: Tender) -> QuerySet[Party]:
    """Return who is in or was asked, the lead first."""
    rows = Party.objects.filter(tender=tender).exclude(answer=Party.Answer.OUT)
    return rows.select_related("actor", "lot").order_by("-lead", "lot__rank", "actor__sort_key", "pk")


def part_of(party: Party) -> rules.Part:
    """Return what the arithmetic needs of a party."""
    return rules.Part(
        lot=party.lot.rank if party.lot else 0,
        share=party.share,
        cents=party.cents,
        lead=party.lead,
        answered=party.answer == Party.Answer.IN,
    )


def need(tender: Tender, skill: Skill, *, by: User) -> NeededSkill:
    """Say that the answer takes a skill; said already, it is the same."""
    with transaction.atomic():
        subjects.lock(tender.pk)
        known = NeededSkill.objects.filter(tender=tender)
        if (row := known.filter(skill=skill).first()) is not None:
            return row
        if known.count() >= rules.MOST_NEEDED:
            words = _("Douze compétences au plus : gardez celles sans lesquelles on ne répond pas.")
            raise DomainError("too_many_skills", words, facts={"field": "skill"})
        row = NeededSkill.objects.create(tender=tender, skill=skill)
        record(tender.subject, "tender.skill_needed", by=by, data={"skill": skill.key})
    return row


def no_need(needed: NeededSkill, *, by: User) -> None:
    """Take a needed skill off, with what parties said to bring of it."""
    with transaction.atomic():
        record(needed.tender.subject, "tender.skill_dropped", by=by, data={"skill": needed.skill.key})
        needed.delete()


def add_lot(tender: Tender, title: str, *, cents: int | None = None, by: User) -> Lot:
    """Add a lot; from then on each organisation says to which one it answers."""
    called = required(title, "no_title", _("Donnez un nom à ce lot."), "title")
    with transaction.atomic():
        check_open(tender)
        last = Lot.objects.filter(tender=tender).aggregate(last=Max("rank"))["last"] or 0
        row = insert(Lot(tender=tender, rank=last + 1, title=called[:160], cents=cents), "lot_refused")
        touch(tender)
        record(tender.subject, "tender.lot_added", by=by, data={"lot": row.rank})
    return row


def remove_lot(lot: Lot, *, by: User) -> None:
    """Take a lot off that nobody answers."""
    with transaction.atomic():
        check_open(lot.tender)
        if Party.objects.filter(lot=lot).exists():
            words = _("Des organisations répondent à ce lot : placez-les ailleurs d'abord.")
            raise DomainError("lot_taken", words, status=409)
        record(lot.tender.subject, "tender.lot_removed", by=by, data={"lot": lot.rank})
        touch(lot.tender)
        lot.delete()


def add_task(
    tender: Tender, title: str, *, by: User, actor: Actor | None = None, due_on: date | None = None
) -> Task:
    """Add something to do; the people of who does it are told."""
    called = required(title, "no_title", _("Dites ce qu'il faut faire."), "title")
    with transaction.atomic():
        row = Task.objects.create(tender=tender, title=called[:200], actor=actor, due_on=due_on, by=by)
        record(tender.subject, "tender.task_added", by=by, data={"task": row.pk.hex})
        if actor is not None:
            words = gettext_lazy("Une tâche vous attend pour une réponse à un appel d'offres.")
            tell_people([actor.pk], "tender", words, path=path(tender), but=by, subject=tender.subject)
    return row


def tick(task: Task, *, done: bool, by: User) -> Task:
    """Say that a task is done, or is not after all; said twice, it is once."""
    rows = Task.objects.filter(pk=task.pk, done_at__isnull=done)
    with transaction.atomic():
        values = {"done_at": timezone.now(), "done_by": by} if done else {"done_at": None, "done_by": None}
        if rows.update(**values):
            verb = "tender.task_done" if done else "tender.task_reopened"
            record(task.tender.subject, verb, by=by, data={"task": task.pk.hex})
    return Task.objects.get(pk=task.pk)


def check_open(tender: Tender) -> Tender:
    """Lock an answer and return it as it is; refused (409) when it was sent: it is what it was."""
    subjects.lock(tender.pk)
    current = Tender.objects.select_related("subject", "pole__actor__subject").get(pk=tender.pk)
    if current.state not in rules.TENDER_OPEN:
        words = _("La réponse est partie, ou close : le groupement ne change plus.")
        raise DomainError("sent", words, facts={"state": current.state}, status=409)
    return current


def touch(tender: Tender) -> None:
    """Count a change of the group, so that who shares it out sees that it changed."""
    Tender.objects.filter(pk=tender.pk).update(consortium=F("consortium") + 1)


def _write(tender: Tender, before: str, after: str, on: date, reason: str, by: User) -> None:  # noqa: PLR0913, PLR0917
    TenderMove.objects.create(tender=tender, before=before, after=after, on=on, reason=reason, by=by)
    data = {"from": before, "to": after, "on": on.isoformat()}
    record(tender.subject, "tender.moved", by=by, data=data)
    if after in {_STATE.WON, _STATE.LOST}:
        words = (
            gettext_lazy("Votre groupement a gagné un appel d'offres.")
            if after == _STATE.WON
            else gettext_lazy("Votre groupement n'a pas été retenu à un appel d'offres.")
        )
        actors = active(tender).values_list("actor", flat=True)
        tell_people(list(actors), "tender", words, path=path(tender), but=by, subject=tender.subject)
