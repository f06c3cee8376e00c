"""How a pole enters the register: declared by its people, or reported by others (R-132)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors import actions as actors
from terreau.actors import belonging
from terreau.actors.models import Actor, LegalNature
from terreau.actors.projection import project as project_actors
from terreau.common.errors import DomainError
from terreau.common.text import slug as slug_of
from terreau.facts import actions as facts
from terreau.journal.actions import record
from terreau.pieces.actions import declaration
from terreau.pieces.models import Source
from terreau.poles import listing
from terreau.poles.models import Carrier, FormerSlug, Membership, Pole, RegisterStatus, Stage, StageMove
from terreau.poles.presentation import SUMMARY
from terreau.subjects.actions import lock
from terreau.subjects.models import Subject
from terreau.territories import base, rules
from terreau.territories.actions import set_perimeter
from terreau.territories.models import Perimeter

#: Words that are pages beside the poles.
PAGES = frozenset({"chiffres", "imprimer", "inscrire", "liste", "points", "flux", "signaler"})
_NAMED = 3
_TRIES = 50


@transaction.atomic
def register_pole(  # noqa: PLR0913 - keyword-only: each is a part of what the person declares
    name: str,
    *,
    carrier: Actor | str | None,
    codes: Iterable[str],
    cog_year: int,
    members: Sequence[Actor] = (),
    intention: str = "",
    stage: str = "",
    by: User | None,
    source: Source | None = None,
    status: str = RegisterStatus.DECLARED,
    public: bool = False,
) -> Pole:
    """Enter a pole, with what is known of it: nothing but its name is needed.

    ``status``: ``declare`` by a person who carries it, who becomes its animator (``actors.belonging.found``);
    ``repere`` when somebody else reports it. ``carrier``: an actor, the name of a new one, or None.
    ``codes``: communes of any year, brought to ``cog_year``; none is allowed, the perimeter is then unknown.
    Private unless ``public``. ``source``: the declaration of the day when left out. Raises ``DomainError``
    (name, communes, stage), and nothing is written.
    """
    if status not in {RegisterStatus.DECLARED, RegisterStatus.SPOTTED}:
        raise DomainError("bad_status", _("Un pôle entre au registre repéré ou déclaré."))
    today = timezone.localdate()
    said = source or declaration(by, today)
    actor = actors.create_actor(
        name, kind=Subject.Kind.POLE, functions=["pole"], source=said, public=public, by=by, journalled=False
    )
    pole = _insert(actor, status)
    data = {"status": status, "public": public, "source": said.pk.hex}
    record(actor.subject, "pole.registered", by=by, data=data)
    _carry(pole, carrier, said, by=by)
    Membership.objects.bulk_create(
        Membership(pole=pole, actor=member, source=said) for member in _each_once(members, actor)
    )
    if wanted := [code for code in codes if code.strip()]:
        _cover(actor.subject, wanted, cog_year, said, by=by)
    if intention.strip():
        facts.record(actor.subject, SUMMARY, intention.strip(), source=said, by=by)
    if stage:
        _first_stage(pole, stage, said, today, by=by)
    if status == RegisterStatus.DECLARED and by is not None:
        belonging.found(by, actor, by=by)
    listing.project([pole.pk])
    pole.refresh_from_db()
    return pole


@transaction.atomic
def publish(pole: Pole, *, by: User | None, reason: str) -> Pole:
    """Show a pole to everybody, with the organisations it names; the persons it names stay private."""
    if not reason.strip():
        raise DomainError("reason_needed", _("Dites pourquoi."), facts={"field": "reason"})
    lock(pole.pk)
    named = set(Membership.objects.filter(pole=pole).values_list("actor", flat=True))
    named |= set(Carrier.objects.filter(pole=pole).values_list("actor", flat=True))
    organisations = Actor.objects.filter(pk__in=named).exclude(legal_nature=LegalNature.NATURAL_PERSON)
    ids = [pole.pk, *organisations.order_by("pk").values_list("pk", flat=True)]
    hidden = list(Subject.objects.living().filter(pk__in=ids, public=False).order_by("pk"))
    if not any(subject.pk == pole.pk for subject in hidden):
        raise DomainError("already_public", _("Cette fiche est déjà publique, ou fermée."), status=409)
    Subject.objects.filter(pk__in=[subject.pk for subject in hidden]).update(public=True)
    for subject in hidden:
        record(
            subject, "subject.published", by=by, data={"reason": reason.strip()[:300], "with": pole.pk.hex}
        )
    project_actors(ids)
    listing.project([pole.pk])
    pole.actor.subject.refresh_from_db()
    return pole


def perimeter_label(codes: Iterable[str], cog_year: int) -> str:
    """Return the words of a set of communes: their names up to three, else how many and the largest."""
    communes = base.load(cog_year)
    ids = rules.resolve(communes, codes).ids
    names = [str(communes.names[one]) for one in sorted(ids, key=lambda one: -int(communes.population[one]))]
    if len(names) <= _NAMED:
        return ", ".join(names)[:200]
    return _("%(count)s communes dont %(largest)s") % {"count": len(names), "largest": names[0]}


def _insert(actor: Actor, status: str) -> Pole:
    """Write the pole under an address of its own: that of its name, numbered when it is taken."""
    stem = slug_of(actor.name, 70) or "pole"
    for number in range(1, _TRIES):
        slug = stem if number == 1 else f"{stem}-{number}"
        if slug in PAGES or FormerSlug.objects.filter(slug=slug).exists():
            continue
        if Pole.objects.filter(slug=slug).exists():
            continue
        try:
            with transaction.atomic():
                return Pole.objects.create(actor=actor, slug=slug, register_status=status)
        except IntegrityError:
            continue
    message = _("Beaucoup de pôles portent ce nom : ajoutez-y le territoire.")
    raise DomainError("address_taken", message, facts={"field": "name"}, status=409)


def _carry(pole: Pole, carrier: Actor | str | None, said: Source, *, by: User | None) -> None:
    if isinstance(carrier, str):
        public = pole.actor.subject.public
        named = carrier.strip()
        carrier = actors.create_actor(named, source=said, public=public, by=by) if named else None
    if carrier is not None:
        Carrier.objects.create(pole=pole, actor=carrier, source=said)


def _each_once(members: Iterable[Actor], pole: Actor) -> Iterable[Actor]:
    return {member.pk: member for member in members if member.pk != pole.pk}.values()


def _cover(subject: Subject, codes: list[str], cog_year: int, said: Source, *, by: User | None) -> None:
    label = perimeter_label(codes, cog_year)
    kind = Perimeter.Kind.COOPERATION
    set_perimeter(subject, kind=kind, label=label, codes=codes, cog_year=cog_year, source=said, by=by)


def _first_stage(pole: Pole, stage: str, said: Source, on: date, *, by: User | None) -> None:
    if stage not in Stage.values:
        raise DomainError("unknown_stage", _("Ce stade n'existe pas."), facts={"field": "stage"})
    StageMove.objects.create(
        pole=pole, stage=stage, on=on, reason=_("Déclaré à l'entrée"), by=by, source=said
    )
    Pole.objects.filter(pk=pole.pk).update(stage=stage)


__all__ = ["PAGES", "perimeter_label", "publish", "register_pole"]
