"""Who a file speaks of: by SIREN, by a name said once, by the name of who is of the pole. Never guessed.

A name that is only near another is proposed, and a person says; who is unknown is created by a person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from rapidfuzz import fuzz, process

from terreau.actors.actions import create_actor
from terreau.actors.imports_found import by_siren
from terreau.actors.models import Actor
from terreau.actors.projection import project
from terreau.bookkeeping.models import KnownParty
from terreau.common.errors import DomainError
from terreau.common.text import search_text
from terreau.journal.actions import record
from terreau.poles import book
from terreau.poles.models import Pole
from terreau.poles.workspace import Workspace, require_run
from terreau.subjects import actions as subjects

#: Below it two names are two names; nothing is taken for another above it either.
ALIKE = 72
_PROPOSED = 4
_SELF = frozenset({"le pole", "pole", "nous"})


@dataclass(frozen=True, slots=True)
class Named:
    """An actor as a choice shows it: its name, its SIREN, whether it is of the pole."""

    pk: UUID
    name: str
    siren: str = ""
    of_pole: bool = True
    #: How near its name is to what was written, from 0 to 100.
    near: int = 100


@dataclass(frozen=True, slots=True)
class Answer:
    """Who a name means, or several who may: proposals, the nearest first."""

    actor: Named | None = None
    proposed: tuple[Named, ...] = ()
    code: str = ""


@dataclass(slots=True)
class Parties:
    """The actors that the files of a pole may speak of, read once (three queries)."""

    pole: Pole
    by_pk: dict[UUID, Named] = field(default_factory=dict)
    by_name: dict[str, list[Named]] = field(default_factory=lambda: defaultdict(list))
    known: dict[str, Named] = field(default_factory=dict)
    by_siren: dict[str, list[Named]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, pole: Pole, on: date) -> Parties:
        """Read the pole, its carriers, its members and the names that were said once."""
        found = cls(pole)
        of_pole = {one.pk for one in book.parties(pole, on=on)}
        said = KnownParty.objects.filter(pole=pole).values_list("folded", "actor")
        names = dict(said)
        rows = Actor.objects.filter(pk__in=of_pole | set(names.values()), subject__merged_into=None)
        for pk, name, siren in rows.order_by("sort_key", "pk").values_list("pk", "name", "siren"):
            found._add(Named(pk, name, siren, pk in of_pole))
        found.known = {folded: found.by_pk[pk] for folded, pk in names.items() if pk in found.by_pk}
        return found

    def _add(self, one: Named) -> None:
        self.by_pk[one.pk] = one
        self.by_name[search_text(one.name)].append(one)
        if one.siren:
            self.by_siren[one.siren].append(one)

    def learn(self, sirens: Collection[str]) -> None:
        """Read the actors of the whole register that have these SIREN; one query."""
        wanted = set(sirens) - set(self.by_siren) - {""}
        if not wanted:
            return
        for siren, actors in by_siren(wanted).items():
            for one in actors:
                if one.pk not in self.by_pk:
                    named = Named(one.pk, one.name, siren, of_pole=False)
                    self.by_pk[one.pk] = named
                    self.by_siren[siren].append(named)

    def find(self, text: str, siren: str = "") -> Answer:
        """Say who is meant; a SIREN wins over a name, a name said once over one that is near."""
        if siren:
            return self._one(self.by_siren.get(siren, ()), "several_actors") or Answer(
                code="unknown_siren", proposed=self.near(text)
            )
        folded = search_text(text)
        if folded in _SELF or folded == self.pole.slug.replace("-", " "):
            return Answer(self.by_pk[self.pole.pk])
        if folded in self.known:
            return Answer(self.known[folded])
        return self._one(self.by_name.get(folded, ()), "several_names") or Answer(
            code="unknown_name", proposed=self.near(text)
        )

    def _one(self, found: Collection[Named], code: str) -> Answer | None:
        if len(found) > 1:
            return Answer(code=code, proposed=tuple(found))
        return Answer(next(iter(found))) if found else None

    def near(self, text: str) -> tuple[Named, ...]:
        """Return the actors of the pole whose names are near what was written, the nearest first."""
        folded = search_text(text)
        if not folded:
            return ()
        names = {pk: search_text(one.name) for pk, one in self.by_pk.items()}
        best = process.extract(
            folded, names, scorer=fuzz.token_set_ratio, limit=_PROPOSED, score_cutoff=ALIKE
        )
        return tuple(
            Named(one.pk, one.name, one.siren, one.of_pole, round(score))
            for _name, score, pk in best
            for one in (self.by_pk[pk],)
        )


def said_unknown(text: str, answer: Answer) -> str:
    """Return why a name is not taken, and what to do."""
    names = ", ".join(f"« {one.name} »" for one in answer.proposed[:3])
    if answer.code in {"several_names", "several_actors"}:
        words = _("« %(text)s » désigne plusieurs fiches (%(names)s) : dites laquelle.")
    elif answer.proposed:
        words = _("« %(text)s » n'est pas reconnu. Est-ce %(names)s ? Dites qui c'est, ou créez sa fiche.")
    else:
        words = _("« %(text)s » n'est pas reconnu : dites qui c'est, ou créez sa fiche.")
    return words % {"text": text, "names": names}


def say(ws: Workspace, text: str, actor: UUID) -> KnownParty:
    """Say once who a name of the files of a pole means; said again, the last word holds."""
    require_run(ws, verb="party.say")
    folded = search_text(text)[:200]
    if not folded:
        raise DomainError("no_name", _("Ce nom est vide."), facts={"field": "name"})
    with transaction.atomic():
        subjects.lock(ws.pole.pk)
        of_pole = {one.pk for one in book.parties(ws.pole, on=ws.today)}
        held = Actor.objects.filter(pk=actor, subject__merged_into=None)
        if actor not in of_pole and not held.filter(siren__gt="").exists():
            # Outside the pole only who has an official number is pointed at by its key.
            raise DomainError("unknown_party", _("Cette organisation n'est pas du pôle."), status=404)
        row, _made = KnownParty.objects.update_or_create(
            pole=ws.pole,
            folded=folded,
            defaults={"name": text[:200], "actor_id": actor, "by": ws.user},
        )
        data = {"actor": actor.hex}
        record(ws.pole.actor.subject, "party.said", by=ws.user, data=data)
    return row


def create(ws: Workspace, text: str, name: str, siren: str = "") -> Actor:
    """Create the private sheet of who a file speaks of, and remember the name it goes by.

    Refused (409) when the register has that SIREN already: it is proposed instead.
    """
    require_run(ws, verb="party.create")
    if siren and (held := by_siren([siren]).get(siren)):
        words = _("Le registre a déjà ce SIREN : « %(name)s ». Choisissez cette fiche.")
        raise DomainError("siren_known", words % {"name": held[0].name}, facts={"field": "siren"}, status=409)
    with transaction.atomic():
        made = create_actor(name, source=None, public=False, by=ws.user, siren=siren)
        project([made.pk])
        folded = search_text(text)[:200]
        KnownParty.objects.update_or_create(
            pole=ws.pole, folded=folded, defaults={"name": text[:200], "actor": made, "by": ws.user}
        )
        record(ws.pole.actor.subject, "party.created", by=ws.user, data={"actor": made.pk.hex})
    return made


def forget(ws: Workspace, pk: int) -> None:
    """Forget a name of files; lines already written keep who they name."""
    require_run(ws, verb="party.forget")
    with transaction.atomic():
        row = KnownParty.objects.filter(pole=ws.pole, pk=pk).first()
        if row is None:
            raise DomainError("unknown_name", _("Ce nom n'est pas retenu ici."), status=404)
        record(ws.pole.actor.subject, "party.forgotten", by=ws.user, data={"actor": row.actor_id.hex})
        row.delete()
