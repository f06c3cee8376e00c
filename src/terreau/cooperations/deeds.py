"""A cooperation begins, is joined and left, goes further or less far, ends. Nothing is lost (R-39, R-43)."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, BinaryIO, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.common.periods import PartialDate
from terreau.cooperations import words
from terreau.cooperations.models import Cooperation, Form, Level, Party
from terreau.cooperations.network import living
from terreau.cooperations.rules import Step, rank_on
from terreau.journal.actions import record, save_fresh
from terreau.pieces import actions as pieces
from terreau.pieces.models import Piece
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject

#: What may be changed in a cooperation, field by field (columns).
FIELDS: Final = (
    *("title", "form", "object", "text", "formal", "evidence", "piece_id", "purpose_id"),
    *("valid_from", "from_precision", "public"),
)
Parties = Iterable[tuple[Actor, str]]


def begin(  # noqa: PLR0913 - keyword-only: each is a part of a cooperation
    pole: Pole,
    *,
    title: str,
    parties: Parties,
    level: str,
    since: PartialDate,
    today: date,
    by: User,
    form: str = "",
    object: str = "",  # noqa: A002 - the word of R-40
    reason: str = "",
    text: str = "",
    formal: bool | None = None,
    evidence: str = "",
    piece: Piece | None = None,
    purpose: Subject | None = None,
    public: bool = False,
) -> Cooperation:
    """Write a cooperation of two actors or more, and how far it went when it began.

    Without a form, it takes the one that its object is listed under. Raises ``DomainError``: no title, fewer
    than two parties, an unknown form, object or level, a beginning to come.
    """
    form = form or words.form_of(object)
    found = {actor.pk: (actor, role) for actor, role in parties}
    _check(title, form, object, since.first, today)
    _check_level(level)
    if len(found) < 2:
        message = _("Une coopération se fait au moins à deux : dites avec qui.")
        raise DomainError("too_few", message, facts={"field": "parties"})
    with transaction.atomic():
        subject = subjects.create(Subject.Kind.COOPERATION)
        row = Cooperation.objects.create(
            subject=subject,
            pole=pole,
            title=title.strip(),
            form=form,
            object=object,
            text=text.strip(),
            formal=formal,
            evidence=evidence.strip()[:500],
            piece=piece,
            purpose=purpose,
            valid_from=since.first,
            from_precision=since.precision,
            public=public,
        )
        Party.objects.bulk_create(
            Party(cooperation=row, actor=one, role=role) for one, role in found.values()
        )
        Level.objects.create(cooperation=row, level=level, on=since.first, reason=reason.strip()[:300], by=by)
        data = {"pole": pole.pk.hex, "form": form, "level": level, "parties": sorted(pk.hex for pk in found)}
        record(subject, "cooperation.begun", by=by, data=data)
    return row


def change(
    row: Cooperation, *, base: Mapping[str, Any], mine: Mapping[str, Any], today: date, by: User
) -> Cooperation:
    """Change some fields as the person saw them; a beginning made earlier takes its first level with it.

    Raises ``StaleWriteError`` when somebody else changed the same field meanwhile.
    """
    if unknown := set(mine) - set(FIELDS):
        raise ValueError(f"no such field: {sorted(unknown)}")
    whole = {**{name: getattr(row, name) for name in FIELDS}, **mine}
    _check(whole["title"], whole["form"], whole["object"], whole["valid_from"], today)
    if row.valid_to is not None and whole["valid_from"] >= row.valid_to:
        words_ = _("La coopération commence avant de finir.")
        raise DomainError("ends_before", words_, facts={"field": "valid_from"})
    with transaction.atomic():
        subjects.lock(row.pk)
        saved = save_fresh(row, subject=row.subject, verb="cooperation.changed", base=base, mine=mine, by=by)
        first = Level.objects.filter(cooperation=row).order_by("on", "id").first()
        if first is not None and saved.valid_from < first.on:
            Level.objects.create(
                cooperation=row, level=first.level, on=saved.valid_from, reason=_("début corrigé"), by=by
            )
    return saved


def move(  # noqa: PLR0913 - keyword-only: each is a part of a step
    row: Cooperation, level: str, *, on: date, reason: str, today: date, by: User
) -> Level:
    """Say that from a day on the cooperation goes further, or less far, and why (R-43).

    Nothing written before changes. Raises ``DomainError``: no reason, a day to come, before the beginning or
    after the end, a level that is already the one of that day (409).
    """
    _check_level(level)
    if not reason.strip():
        message = _("Dites ce qui a changé : une convention, une réponse commune, un départ…")
        raise DomainError("reason_needed", message, facts={"field": "reason"})
    if on > today:
        raise DomainError("to_come", _("Cette date est à venir."), facts={"field": "on"})
    if on < row.valid_from:
        message = _("La coopération n'avait pas commencé à cette date.")
        raise DomainError("before", message, facts={"field": "on"})
    with transaction.atomic():
        subjects.lock(row.pk)
        end = Cooperation.objects.values_list("valid_to", flat=True).get(pk=row.pk)
        if end is not None and on >= end:
            message = _("La coopération était finie à cette date.")
            raise DomainError("after", message, facts={"field": "on"})
        if level_on(row, on) == level:
            message = _("C'est déjà son intensité à cette date.")
            raise DomainError("same_level", message, facts={"field": "level"}, status=409)
        step = Level.objects.create(cooperation=row, level=level, on=on, reason=reason.strip()[:300], by=by)
        data = {"level": level, "on": on.isoformat()}
        record(row.subject, "cooperation.level_moved", by=by, data=data)
    return step


def join(row: Cooperation, actor: Actor, *, role: str, on: date | None, by: User) -> Party:
    """Have an actor take part, from a day on or from the beginning. Refused (409) when it does already."""
    if on is not None and row.valid_to is not None and on >= row.valid_to:
        raise DomainError("after", _("La coopération était finie à cette date."), facts={"field": "on"})
    with transaction.atomic():
        subjects.lock(row.pk)
        try:
            with transaction.atomic():
                party = Party.objects.create(cooperation=row, actor=actor, role=role, valid_from=on)
        except IntegrityError as error:
            message = _("Cette organisation prend déjà part à la coopération à ces dates.")
            raise DomainError("party_known", message, status=409, facts={"field": "actor"}) from error
        data = {"actor": actor.pk.hex, "role": role, "on": on.isoformat() if on else ""}
        record(row.subject, "cooperation.joined", by=by, data=data)
    return party


def leave(party: Party, *, on: date, by: User) -> Party:
    """Have an actor leave on a day, that day excluded; what it did there stays.

    Refused when fewer than two would be left: the cooperation then ends.
    """
    row = party.cooperation
    if on <= (party.valid_from or row.valid_from):
        message = _("Le départ suit l'arrivée.")
        raise DomainError("ends_before", message, facts={"field": "on"})
    with transaction.atomic():
        subjects.lock(row.pk)
        others = Party.objects.filter(cooperation=row, valid_to=None).exclude(pk=party.pk)
        if others.count() < 2:
            message = _("Il ne resterait pas deux organisations : dites plutôt que la coopération finit.")
            raise DomainError("too_few", message, facts={"field": "on"}, status=409)
        if not Party.objects.filter(pk=party.pk, valid_to=None).update(valid_to=on, version=F("version") + 1):
            raise DomainError("left", _("Cette organisation est déjà partie."), status=409)
        record(
            row.subject, "cooperation.left", by=by, data={"actor": party.actor_id.hex, "on": on.isoformat()}
        )
    return Party.objects.get(pk=party.pk)


def end(row: Cooperation, *, on: date, reason: str, today: date, by: User) -> Cooperation:
    """End a cooperation on a day, that day excluded, and say why; it stays in the past of the pole."""
    if not reason.strip():
        message = _("Dites pourquoi cette coopération finit.")
        raise DomainError("reason_needed", message, facts={"field": "reason"})
    if on > today:
        raise DomainError("to_come", _("Cette date est à venir."), facts={"field": "on"})
    if on <= row.valid_from:
        raise DomainError("ends_before", _("La fin suit le début."), facts={"field": "on"})
    with transaction.atomic():
        subjects.lock(row.pk)
        rows = Cooperation.objects.filter(pk=row.pk, valid_to=None)
        said = {"valid_to": on, "end_reason": reason.strip()[:300]}
        if not rows.update(**said, version=F("version") + 1):
            raise DomainError("ended", _("Cette coopération est déjà finie."), status=409)
        record(row.subject, "cooperation.ended", by=by, data={"on": on.isoformat()})
    return Cooperation.objects.select_related("subject", "pole").get(pk=row.pk)


def attest(row: Cooperation, stream: BinaryIO, name: str, *, by: User) -> Piece:
    """Join a file that bears witness of a cooperation (R-39); it stays private, the last one is its evidence.

    Raises ``DomainError`` for a file that ``pieces`` refuses.
    """
    with transaction.atomic():
        piece = pieces.attach(row.subject, stream, name, by=by)
        Cooperation.objects.filter(pk=row.pk).update(piece=piece, version=F("version") + 1)
        record(row.subject, "cooperation.attested", by=by, data={"piece": piece.pk.hex})
    return piece


def reopen(row: Cooperation, *, by: User) -> Cooperation:
    """Take an end back: it was written by mistake, or the cooperation goes on."""
    with transaction.atomic():
        subjects.lock(row.pk)
        rows = Cooperation.objects.filter(pk=row.pk, valid_to__isnull=False)
        if not rows.update(valid_to=None, end_reason="", version=F("version") + 1):
            raise DomainError("not_ended", _("Cette coopération n'est pas finie."), status=409)
        record(row.subject, "cooperation.reopened", by=by)
    return Cooperation.objects.select_related("subject", "pole").get(pk=row.pk)


def level_on(row: Cooperation, day: date) -> str:
    """Return the level of a cooperation on a day, empty before the first one (a query)."""
    known = words.ranks()
    steps = [
        Step(on, known.get(level, 0))
        for level, on in Level.objects.filter(cooperation=row).order_by("on", "id").values_list("level", "on")
    ]
    rank = rank_on(steps, day)
    return next((level for level, one in known.items() if one == rank), "")


def takes_part(row: Cooperation) -> set[UUID]:
    """Return who takes part and has not left, merged actors under their winner (two queries)."""
    rows = Party.objects.filter(cooperation=row, valid_to=None).values_list("actor", flat=True)
    return set(living(rows).values())


def _check(title: str, form: str, about: str, since: date, today: date) -> None:
    if not title.strip():
        raise DomainError("no_title", _("Une coopération a un titre."), facts={"field": "title"})
    if about and about not in words.objects():
        raise DomainError("unknown_object", _("Cet objet n'existe pas."), facts={"field": "object"})
    if form not in Form.values:
        message = _("Dites quelle forme prend cette coopération.")
        raise DomainError("no_form", message, facts={"field": "form"})
    if since > today:
        message = _("Une coopération qui n'a pas commencé est un projet : elle s'écrit quand elle commence.")
        raise DomainError("to_come", message, facts={"field": "since"})


def _check_level(level: str) -> None:
    if level not in words.ranks():
        raise DomainError("unknown_level", _("Cette intensité n'existe pas."), facts={"field": "level"})
