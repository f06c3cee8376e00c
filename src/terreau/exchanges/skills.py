"""Skills that members hold and look for; what they give one another is a line of the ledger (R-42)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Actor, Belonging
from terreau.common.errors import DomainError, RefusedError
from terreau.common.inserting import insert
from terreau.exchanges import rules
from terreau.exchanges.models import Skill, SkillEntry, SkillExchange
from terreau.exchanges.written import tell_people
from terreau.flows import actions as flows
from terreau.flows.rules import Entry
from terreau.journal.actions import record
from terreau.notices.actions import tell
from terreau.poles.models import Pole

_WAY = SkillEntry.Way


def named(pole: Pole, text: str, *, rome: str = "") -> Skill:
    """Return the skill of the pole that has this name, made at its first use.

    « Maçonnerie » and « maconneries » are one; the first writing stays. ``rome`` fills what was empty.
    """
    name = " ".join(text.split())[:80]
    key = rules.skill_key(name)
    if not key:
        raise DomainError("no_skill", _("Dites quelle compétence."), facts={"field": "skill"})
    code = rome.strip().upper()[:10]
    row, made = Skill.objects.get_or_create(pole=pole, key=key, defaults={"name": name, "rome": code})
    if not made and code and not row.rome:
        Skill.objects.filter(pk=row.pk, rome="").update(rome=code)
        row.refresh_from_db()
    return row


def declare(  # noqa: PLR0913 - keyword-only: each is a part of what is said
    skill: Skill,
    actor: Actor,
    way: str,
    *,
    by: User,
    note: str = "",
    minutes_a_month: int | None = None,
    person: User | None = None,
    shown: bool = False,
) -> SkillEntry:
    """Say that a member holds a skill or looks for it.

    ``person`` is one of its people: their name is shown only once they agree. ``shown`` is their agreement,
    taken when it is they who write; somebody else's is asked for by a notice.
    """
    if person is not None and not _belongs(person, actor):
        words = _("Cette personne n'appartient pas à cette organisation.")
        raise DomainError("not_of_actor", words, facts={"field": "person"})
    herself = person is not None and person.pk == by.pk
    with transaction.atomic():
        row = SkillEntry(skill=skill, actor=actor, way=way, note=note.strip()[:300], user=person, by=by)
        row.minutes_a_month = minutes_a_month
        row.agreed_at = timezone.now() if herself and shown else None
        insert(row, "skill_said", field="skill")
        data = {"skill": skill.key, "actor": actor.pk.hex, "way": way, "entry": row.pk.hex}
        record(skill.pole.actor.subject, "skill.declared", by=by, data=data)
        if person is not None and not herself:
            told = gettext_lazy("On propose de vous nommer pour une compétence : dites oui ou non.")
            path = f"/poles/{skill.pole.slug}/espace/competences/#{row.pk}"
            tell(person, "skill", told, subject=skill.pole.actor.subject, path=path)
    return row


def show_name(entry: SkillEntry, *, shown: bool, by: User) -> SkillEntry:
    """Show or hide the name of a person: they alone say so, and change their mind when they wish."""
    if entry.user_id is None or entry.user_id != by.pk:
        raise RefusedError("not_yours", _("La personne nommée dit seule si son nom est montré."))
    with transaction.atomic():
        agreed = timezone.now() if shown else None
        SkillEntry.objects.filter(pk=entry.pk).update(agreed_at=agreed, version=F("version") + 1)
        verb = "skill.name_shown" if shown else "skill.name_hidden"
        record(entry.skill.pole.actor.subject, verb, by=by, data={"entry": entry.pk.hex})
    return SkillEntry.objects.select_related("skill__pole__actor__subject").get(pk=entry.pk)


def end(entry: SkillEntry, *, by: User, on: date) -> None:
    """End what a member said, from a day on; said twice, it is once."""
    with transaction.atomic():
        if SkillEntry.objects.filter(pk=entry.pk, ended_on=None).update(
            ended_on=on, version=F("version") + 1
        ):
            record(entry.skill.pole.actor.subject, "skill.ended", by=by, data={"entry": entry.pk.hex})


def entries(pole: Pole, *, on: date) -> QuerySet[SkillEntry]:
    """Return what members say today, by skill."""
    rows = SkillEntry.objects.filter(skill__pole=pole, ended_on=None, since__lte=on)
    rows = rows.filter(actor__subject__merged_into=None, actor__subject__closed_at=None)
    return rows.select_related("skill", "actor", "user").order_by(
        "skill__key", "way", "actor__sort_key", "pk"
    )


def person_of(entry: SkillEntry, viewer: User | None) -> str:
    """Return how a person is called to a viewer: by name when they agreed, else « une personne de … »."""
    if entry.user is None:
        return ""
    own = viewer is not None and entry.user_id == viewer.pk
    if (own or entry.agreed_at is not None) and entry.user.name:
        return entry.user.name
    return _("une personne de %(actor)s") % {"actor": entry.actor.name}


@dataclass(frozen=True, slots=True)
class Match:
    """A skill that a member looks for, and the others who hold it."""

    sought: SkillEntry
    held: tuple[SkillEntry, ...]


def matches(found: Sequence[SkillEntry]) -> list[Match]:
    """Return what is looked for with who holds it elsewhere, the unanswered last; no query."""
    held: dict[int, list[SkillEntry]] = {}
    for row in found:
        if row.way == _WAY.HELD:
            held.setdefault(row.skill_id, []).append(row)
    pairs = [
        Match(row, tuple(one for one in held.get(row.skill_id, []) if one.actor_id != row.actor_id))
        for row in found
        if row.way == _WAY.SOUGHT
    ]
    return sorted(pairs, key=lambda one: (not one.held, one.sought.skill.key, one.sought.actor.sort_key))


def held_by(pole: Pole, *, on: date) -> dict[UUID, frozenset[str]]:
    """Return the keys of the skills that each member holds, by name of member (one query)."""
    rows = entries(pole, on=on).filter(way=_WAY.HELD).order_by("actor__sort_key", "actor", "skill__key")
    found: dict[UUID, set[str]] = {}
    for actor, key in rows.values_list("actor", "skill__key"):
        found.setdefault(actor, set()).add(key)
    return {actor: frozenset(keys) for actor, keys in found.items()}


def exchange(  # noqa: PLR0913 - keyword-only: each is a part of what was given
    skill: Skill,
    giver: Actor,
    receiver: Actor,
    *,
    minutes: int,
    on: date,
    by: User,
    note: str = "",
    purpose: UUID | None = None,
    key: str = "",
) -> SkillExchange:
    """Write in the ledger the hours of a skill that a member gave to another; both are told.

    ``key`` is that of the form: sent twice, the line is written once. Raises ``DomainError`` with what is
    wrong: the same member twice, a date to come, a closed period.
    """
    if minutes <= 0:
        raise DomainError("no_time", _("Dites combien d'heures ont été données."), facts={"field": "hours"})
    origin = f"skill:{key}" if key else ""
    if origin and (known := SkillExchange.objects.filter(flow__origin=origin, skill=skill).first()):
        return known
    label = f"{skill.name} : {note.strip()}" if note.strip() else skill.name
    entry = Entry(
        giver=giver.pk,
        receiver=receiver.pk,
        nature="skill",
        on=on,
        label=label[:300],
        thousandths=(minutes * 1000 + 30) // 60,
        unit="hours",
        purpose=purpose or skill.pole_id,
        instrument="oral",
        origin=origin,
    )
    with transaction.atomic():
        (flow,) = flows.record(skill.pole.actor, [entry], by=by)
        row = SkillExchange.objects.create(skill=skill, flow=flow)
        words = gettext_lazy("Un échange de compétences de votre organisation est au livre du pôle.")
        path = f"/poles/{skill.pole.slug}/espace/competences/"
        subject = skill.pole.actor.subject
        tell_people({giver.pk, receiver.pk}, "skill", words, path=path, but=by, subject=subject)
    return row


def exchanged(pole: Pole, *, first: date | None = None, last: date | None = None) -> QuerySet[SkillExchange]:
    """Return the exchanges of a period that were not corrected, the latest first."""
    rows = SkillExchange.objects.filter(skill__pole=pole, flow__reversed_by=None)
    rows = rows.filter(flow__on__gte=first) if first else rows
    rows = rows.filter(flow__on__lte=last) if last else rows
    return rows.select_related("skill", "flow__giver", "flow__receiver").order_by("-flow__on", "-pk")


def _belongs(user: User, actor: Actor) -> bool:
    return Belonging.objects.confirmed().filter(user=user, actor=actor).exists()


def year_before(day: date) -> date:
    """Return the first day of the twelve months that end that day."""
    return day - timedelta(days=365)
