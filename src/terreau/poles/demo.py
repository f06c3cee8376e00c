"""Writes the poles of a demonstration, in bulk, and takes them away again.

Every row hangs on an actor whose key begins with `demo_plan.PREFIX`; every pole is ``fictional``. The journal
has two events, on a subject of its own, not public, which stays: generated, removed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors import projection as actors_projection
from terreau.actors.models import Actor, ActorFunction, ActorName, Affiliation, EssListing
from terreau.common.batches import batches
from terreau.common.errors import DomainError
from terreau.common.periods import PartialDate
from terreau.common.text import search_text, sort_key
from terreau.facts.actions import NewFact, record_many
from terreau.facts.models import CurrentFact, Fact, Status
from terreau.journal import actions as journal
from terreau.journal.models import Event
from terreau.pieces.models import Source
from terreau.pieces.sources import source as cite
from terreau.poles import demo_plan, listing
from terreau.poles.demo_plan import PREFIX, DemoActor, DemoPole, Places
from terreau.poles.models import Carrier, Membership, Pole, Recognition, StageMove
from terreau.search import index
from terreau.subjects.models import Subject
from terreau.territories import base
from terreau.territories.actions import set_perimeter
from terreau.territories.models import Coverage, Level, Perimeter, PerimeterCommune, Zone

_BATCH = 250
#: The subject of the two events.
_LOG = UUID("01980000-0000-7000-8000-00000000f1c7")
FLAG = "exemple fictif"


@dataclass(frozen=True, slots=True)
class Generated:
    """How many rows a generation wrote; ``digest`` is the same for the same seed and size."""

    poles: int
    actors: int
    memberships: int
    digest: str


def generate(poles: int, seed: int, *, by: User | None = None) -> Generated:
    """Write ``poles`` invented poles and their members, always the same for a seed.

    Transactions are short; one that is stopped half-way is taken away by `remove`. Refused (409) when a
    generation is there already.
    """
    if Actor.objects.filter(key__startswith=PREFIX).exists():
        message = _("Des exemples fictifs sont déjà là : retirez-les d'abord (demo_generate --remove).")
        raise DomainError("demo_present", message, status=409)
    return _Generation(poles, seed).run(by)


class _Generation:
    """One run: the places, the source, the perimeters already described."""

    def __init__(self, count: int, seed: int) -> None:
        self.count, self.seed = count, seed
        self.places = Places(base.load(settings.COG_YEAR))
        self.source = cite(Source.Kind.DECLARATION, "demo", "Démonstration de Terreau (exemple fictif)")
        self.other = cite(Source.Kind.DECLARATION, "demo-2", "Autre démonstration (exemple fictif)")
        self.perimeters: dict[tuple[tuple[str, ...], str], int] = {}
        self.digest = sha256()
        self.memberships = 0

    def run(self, by: User | None) -> Generated:
        known = max(30, self.count * demo_plan.ACTORS_A_POLE)
        ids: list[UUID] = []
        for people in batches(demo_plan.actors(self.seed, known, self.places), _BATCH * 4):
            self._write_actors(people)
            ids += [one.id for one in people]
        for drawn in batches(demo_plan.poles(self.seed, self.count, known, self.places), _BATCH):
            self._write_poles(drawn, ids)
        made = Generated(self.count, known, self.memberships, self.digest.hexdigest())
        data = {"seed": self.seed, "poles": self.count, "actors": known}
        with transaction.atomic():
            journal.record_batch(
                _log(), "demo.generated", by=by, digest=made.digest, count=self.count + known, data=data
            )
        return made

    @transaction.atomic
    def _write_actors(self, people: Sequence[DemoActor]) -> None:
        zones = dict(
            Zone.objects.filter(
                level=Level.COMMUNE, cog_year=settings.COG_YEAR, code__in={one.zone for one in people}
            ).values_list("code", "pk")
        )
        self._digest(people)
        Subject.objects.bulk_create(
            Subject(pk=one.id, kind=Subject.Kind.ACTOR, public=True) for one in people
        )
        Actor.objects.bulk_create(
            _projected(
                Actor(
                    subject_id=one.id,
                    key=one.key,
                    name=one.name,
                    legal_nature=one.nature,
                    legal_category=one.category,
                    ess_declared=one.declared,
                    zone_id=zones[one.zone],
                    zone_note=FLAG,
                    source=self.source,
                )
            )
            for one in people
        )
        ActorFunction.objects.bulk_create(
            ActorFunction(actor_id=one.id, function=one.function, source=self.source) for one in people
        )
        actors_projection.project(one.id for one in people)

    @transaction.atomic
    def _write_poles(self, drawn: Sequence[DemoPole], actors: Sequence[UUID]) -> None:
        self._digest(drawn)
        subjects = {one.id: Subject(pk=one.id, kind=Subject.Kind.POLE, public=True) for one in drawn}
        Subject.objects.bulk_create(subjects.values())
        Actor.objects.bulk_create(
            _projected(
                Actor(subject_id=one.id, key=one.key, name=one.name, zone_note=FLAG, source=self.source)
            )
            for one in drawn
        )
        ActorFunction.objects.bulk_create(
            ActorFunction(actor_id=one.id, function="pole", source=self.source) for one in drawn
        )
        Pole.objects.bulk_create(_pole(one) for one in drawn)
        self._links(drawn, actors)
        for one in drawn:
            self._perimeter(one, subjects[one.id])
        record_many(fact for one in drawn for fact in self._facts(one, subjects[one.id]))
        ids = [one.id for one in drawn]
        actors_projection.project(ids)
        listing.project(ids)

    def _links(self, drawn: Sequence[DemoPole], actors: Sequence[UUID]) -> None:
        members = [
            Membership(
                pole_id=one.id,
                actor_id=actors[member.actor],
                role=member.role,
                circle=member.circle,
                valid_from=date(member.year, 1, 1),
                from_precision="year",
                note=FLAG,
                source=self.source,
            )
            for one in drawn
            for member in one.members
        ]
        self.memberships += len(members)
        Membership.objects.bulk_create(members, batch_size=_BATCH * 2)
        Carrier.objects.bulk_create(
            Carrier(pole_id=one.id, actor_id=actors[one.carrier], source=self.source)
            for one in drawn
            if one.carrier is not None
        )
        StageMove.objects.bulk_create(
            StageMove(
                pole_id=one.id,
                stage=stage,
                on=date(year, 1, 1),
                precision="year",
                reason=FLAG,
                source=self.source,
            )
            for one in drawn
            for stage, year in one.stages
        )
        Recognition.objects.bulk_create(
            Recognition(pole_id=one.id, scheme=one.recognition, phase=FLAG, source=self.source)
            for one in drawn
            if one.recognition
        )

    def _perimeter(self, one: DemoPole, subject: Subject) -> None:
        """Describe a set of communes once, then copy what was described."""
        key = (one.epci, one.commune)
        if key in self.perimeters:
            _copy_perimeter(self.perimeters[key], subject)
            return
        epci, communes = self.places.communes.layers["epci"], self.places.communes
        codes = [code for zone in one.epci for code in communes.codes[epci.members(zone)].tolist()]
        perimeter = set_perimeter(
            subject,
            kind=Perimeter.Kind.COOPERATION,
            label=one.label,
            codes=codes or [one.commune],
            cog_year=settings.COG_YEAR,
            source=self.source,
            note={"fr": FLAG, "en": "fictional example"},
        )
        self.perimeters[key] = perimeter.pk

    def _facts(self, one: DemoPole, subject: Subject) -> Iterable[NewFact]:
        on = PartialDate.parse(2025)

        def fact(code: str, value: Any, **more: Any) -> NewFact:
            told = {"source": self.source, "status": Status.DECLARED, **more}
            return NewFact(subject=subject, code=code, value=value, **told)

        for sector in one.sectors:
            yield fact("pole.sector", sector)
        if one.filiere:
            yield fact("pole.filiere", one.filiere)
        yield fact("pole.structuration", "filiere" if one.filiere else "multi")
        yield fact("pole.origin", one.origin)
        yield fact("pole.legal_form", {"fr": one.form}, on=on)
        yield fact("pole.cell_budget", one.budget, on=on)
        yield fact("pole.cell_fte", one.fte, on=on)
        for number, source in zip(one.told_members, (self.source, self.other), strict=False):
            yield fact("pole.members", number, on=on, source=source)

    def _digest(self, rows: Iterable[DemoActor | DemoPole]) -> None:
        for row in rows:
            self.digest.update(repr(row).encode())


def _pole(one: DemoPole) -> Pole:
    return Pole(
        actor_id=one.id,
        slug=one.key[:80],
        stage=one.stages[-1][0],
        fictional=True,
        summary={
            "fr": "Exemple fictif : ce pôle est inventé pour une démonstration.",
            "en": "Fictional example: this pole is invented for a demonstration.",
        },
    )


def _projected(actor: Actor) -> Actor:
    """Fill the projected columns before the row is written, so that `project` has none to write again."""
    verdict = actors_projection.verdict_of(actor, [])
    actor.sort_key = sort_key(actor.name)[:250]
    actor.ess, actor.ess_verified = verdict.value, verdict.verified
    actor.words = f" {search_text(actor.name)} "
    return actor


def _copy_perimeter(known: int, subject: Subject) -> None:
    """Give a subject a perimeter that another has; its rows are copied inside the database."""
    perimeter = Perimeter.objects.get(pk=known)
    perimeter.pk, perimeter.subject = None, subject
    perimeter.save(force_insert=True)
    for model in (PerimeterCommune, Coverage):
        fields = [field for field in model._meta.concrete_fields if not field.primary_key]
        into = ", ".join(connection.ops.quote_name(field.attname) for field in fields)
        taken = into.replace(connection.ops.quote_name("perimeter_id"), "%s")
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {model._meta.db_table} ({into}) SELECT {taken} "  # noqa: S608 - names of ours
                f"FROM {model._meta.db_table} WHERE perimeter_id = %s ORDER BY id",
                [perimeter.pk, known],
            )


def _log() -> Subject:
    found = Subject.objects.filter(pk=_LOG).first()
    return found or Subject.objects.create(pk=_LOG, kind=Subject.Kind.DOSSIER, public=False)


def remove(*, by: User | None = None) -> int:
    """Take away every generated pole and actor with what hangs on them; return how many subjects went.

    Refused (409) when people wrote on one of them (it has events): close or merge it first by hand.
    """
    mine = Actor.objects.filter(key__startswith=PREFIX)
    touched = Event.objects.filter(subject__in=mine.values("pk"))
    if touched.exists():
        message = _("Des personnes ont modifié des exemples fictifs : le registre ne les oublie pas.")
        raise DomainError("demo_touched", message, status=409)
    rows = mine.order_by("pk").values_list("pk", flat=True)
    poles = list(rows.filter(pole__isnull=False))
    others = list(rows.filter(pole__isnull=True))
    for ids in batches(poles, _BATCH):
        _remove(ids, of_poles=True)
    for ids in batches(others, _BATCH):
        _remove(ids, of_poles=False)
    count = len(poles) + len(others)
    if count:
        with transaction.atomic():
            journal.record(_log(), "demo.removed", by=by, data={"subjects": count})
    return count


@transaction.atomic
def _remove(ids: Sequence[UUID], *, of_poles: bool) -> None:
    """Delete the rows of a few subjects, leaves first, without loading them."""
    index.remove(*ids)
    if of_poles:
        Pole.objects.filter(pk__in=ids).delete()
        _drop(Coverage, perimeter__subject__in=ids)
        _drop(PerimeterCommune, perimeter__subject__in=ids)
        _drop(Perimeter, subject__in=ids)
        _drop(CurrentFact, subject__in=ids)
        _drop(Fact, subject__in=ids)
    for model in (ActorFunction, ActorName, EssListing):
        _drop(model, actor__in=ids)
    _drop(Affiliation, member__in=ids)
    _drop(Actor, pk__in=ids)
    _drop(Subject, pk__in=ids)


def _drop(model: type[models.Model], **which: Any) -> None:
    rows = model._base_manager.filter(**which)
    rows._raw_delete(rows.db)
