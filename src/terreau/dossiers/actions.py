"""A file is begun, its answers are written field by field, its pieces joined and taken away."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Final
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.calls import form_rules
from terreau.calls.answer_rules import COMPUTED, wrong
from terreau.calls.forms_carrying import Lost, carry
from terreau.calls.models import Call, FormVersion, Strand
from terreau.calls.read import current_form
from terreau.common.errors import DomainError, NotFoundError, RefusedError, StaleWriteError
from terreau.dossiers import announcing, living, perms, projection
from terreau.dossiers.deadline import Taken, received, takes
from terreau.dossiers.models import Answer, AnswerChange, Channel, Dossier, DossierPiece, Writer
from terreau.dossiers.moving import lock
from terreau.journal.actions import counting_refusals, record
from terreau.pieces.actions import attach
from terreau.poles.models import Pole
from terreau.subjects.actions import create
from terreau.subjects.actions import lock as hold
from terreau.subjects.models import Subject

#: What stands in a file beside its answers and is joined to no question.
OUTSIDE: Final = ("_paper", "_other")
#: Which questions a file may still answer, when somebody above limits it (complements): None is no limit.
Limit = Callable[[Dossier], frozenset[str] | None]
_LIMITS: Final[list[Limit]] = []


@dataclass(frozen=True, slots=True)
class Begun:
    """Who asks for what: given to ``start``."""

    applicant: Actor
    pole: Pole | None = None
    strand: Strand | None = None
    category: str = ""
    kind: str = ""
    title: str = ""


def limited_by(limit: Limit) -> None:
    """Ask this too before an answer is written: a room above registers it once."""
    if limit not in _LIMITS:
        _LIMITS.append(limit)


def open_keys(dossier: Dossier) -> frozenset[str] | None:
    """Return the only questions that may be answered now; None when all may."""
    found = [keys for limit in _LIMITS if (keys := limit(dossier)) is not None]
    return frozenset.intersection(*found) if found else None


# ------------------------------------------------------------------------------------------------ to begin


def start(  # noqa: PLR0913 - keyword-only: each says how the file came
    call: Call,
    begun: Begun,
    *,
    by: User,
    channel: str = Channel.ONLINE,
    at: datetime | None = None,
    example: bool = False,
    prefill: bool = True,
) -> Dossier:
    """Begin a file; its answers that the living file has are in it already.

    The same person who begins the same file twice finds the first one. ``at``: when it was received (paper).
    Raises ``DomainError`` when the call does not take it or when somebody else began it, ``RefusedError`` for
    who does not speak for the applicant.
    """
    with counting_refusals(call.subject, "dossier.start", by=by), transaction.atomic():
        hold(call.subject_id)
        taken = (takes if channel == Channel.ONLINE else received)(call, at or timezone.now())
        form = _checked(call, begun, taken)
        if channel == Channel.ONLINE and not (allowed := perms.can_start(by, begun.applicant, begun.pole)):
            raise RefusedError("may_not_start", allowed.reason)
        if channel == Channel.ONLINE and (held := _held(call, begun, by)):
            return held
        dossier = _create(call, form, begun, by=by, channel=channel, example=example)
        if prefill:
            fill(dossier, by=by)
        projection.project(dossier)
    return dossier


def fill(dossier: Dossier, *, by: User | None, keys: Collection[str] | None = None) -> list[str]:
    """Answer from the living file what it knows and nobody answered; return the keys that were answered.

    With ``keys``, take again what the living file says of these questions now, over what stands.
    """
    found, held = living.of_dossier(dossier, timezone.localdate(), viewer=by), answers_of(dossier)
    written = []
    for placed in form_rules.fields(dossier.form.content):
        wanted = placed.key in keys if keys is not None else placed.key not in held
        given = (_chosen(dossier, placed.field) or living.for_field(found, placed.field)) if wanted else None
        if given is None:
            continue
        value = _join_given(dossier, placed.key, given, by=by) if given.pieces else given.value
        if form_rules.filled(value) and not wrong(placed.field, value):
            before = held.get(placed.key)
            if before is None or before.value != value:
                origin = Answer.Origin.PREVIOUS if given.previous else Answer.Origin.LIVING
                _write(dossier, placed.key, value, before, by=by, origin=origin, given=given.as_dict())
                written.append(placed.key)
    return written


def _chosen(dossier: Dossier, one: Mapping[str, Any]) -> living.Given | None:
    """Return what was chosen to begin the file, for a question that asks it again."""
    codes = {str(option.get("code")) for option in one.get("options", ())}
    if (
        one["kind"] != "choice"
        or one["key"] not in {"category", "categorie"}
        or dossier.category not in codes
    ):
        return None
    return living.Given(dossier.category, _("choisi au début du dossier"))


def refill(dossier: Dossier, keys: Collection[str], *, by: User) -> list[str]:
    """Take again what the living file says of these questions now; return those that changed."""
    with transaction.atomic():
        row = lock(dossier)
        for key in keys:
            _check_open(row, key, _field(row, key))
        written = fill(row, by=by, keys=keys)
        projection.project(row)
    return written


def judge_grids(dossier: Dossier, *, by: User | None) -> None:
    """Write the verdicts of the grids that the form shows, as they stand: what a deposit freezes of them."""
    keys = [
        placed.key for placed in form_rules.fields(dossier.form.content) if placed.field["kind"] in COMPUTED
    ]
    if keys:
        fill(dossier, by=by, keys=keys)


def _join_given(dossier: Dossier, key: str, given: living.Given, *, by: User | None) -> list[dict[str, str]]:
    """Join documents that the register holds to a question: the same files, not copies."""
    rows = [
        DossierPiece.objects.create(dossier=dossier, key=key, piece=piece, name=piece.name, by=by)
        for piece in given.pieces
    ]
    return [{"piece": str(row.pk), "name": row.name} for row in rows]


def _checked(call: Call, begun: Begun, taken: Taken) -> FormVersion:
    if not taken.ok:
        raise DomainError("call_closed", taken.reason, status=409)
    form = current_form(call)
    if form is None:
        raise DomainError("no_form", _("Cet appel n'a pas encore de formulaire."), status=409)
    _among(begun.category, call.categories, "category", _("Choisissez une catégorie de l'appel."))
    _among(begun.kind, call.applicants, "kind", _("Cet appel n'est pas ouvert à cette sorte de candidats."))
    strands = list(call.strands.order_by("rank", "pk"))
    if begun.strand is not None and begun.strand not in strands:
        raise DomainError("unknown_strand", _("Choisissez un volet de l'appel."), facts={"field": "strand"})
    if begun.strand is None and len(strands) > 1:
        raise DomainError("strand_needed", _("Choisissez un volet de l'appel."), facts={"field": "strand"})
    return form


def _among(code: str, listed: list[Any], field: str, words: str) -> None:
    if listed and code not in listed:
        raise DomainError(f"unknown_{field}", words, facts={"field": field})


def _held(call: Call, begun: Begun, by: User) -> Dossier | None:
    """Return the same file begun before by the team of the person; refuse when it is another team's."""
    rows = Dossier.objects.filter(
        call=call, applicant=begun.applicant, pole=begun.pole, strand=begun.strand, state="draft"
    )
    found = rows.order_by("number").first()
    if found is None:
        return None
    team = Writer.objects.filter(dossier=found, ended_at=None).exclude(accepted_at=None)
    if team.filter(user=by).exists() or by in perms.animators(found):
        return found
    lead = team.filter(role=Writer.Role.LEAD).select_related("user").first()
    words = _("Un dossier est déjà commencé pour cette organisation, par %(who)s : demandez à y être invité.")
    who = (lead.user.name or lead.user.email) if lead and lead.user else _("une autre personne")
    raise DomainError("begun_already", words % {"who": who}, status=409)


def _create(  # noqa: PLR0913
    call: Call, form: FormVersion, begun: Begun, *, by: User, channel: str, example: bool
) -> Dossier:
    last = Dossier.objects.filter(call=call).aggregate(last=Max("number"))["last"] or 0
    dossier = Dossier.objects.create(
        subject=create(Subject.Kind.DOSSIER),
        call=call,
        number=last + 1,
        form=form,
        strand=begun.strand or call.strands.order_by("rank", "pk").first(),
        category=begun.category,
        applicant_kind=begun.kind,
        applicant=begun.applicant,
        pole=begun.pole,
        title=begun.title,
        channel=channel,
        previous=_previous(call, begun),
        example=example,
        created_by=by,
    )
    if channel == Channel.ONLINE:
        Writer.objects.create(
            dossier=dossier,
            user=by,
            actor=begun.applicant,
            role=Writer.Role.LEAD,
            invited_by=by,
            accepted_at=timezone.now(),
        )
    data = {"call": call.slug, "number": dossier.number, "channel": str(channel)}
    record(dossier.subject, "dossier.started", by=by, data=data)
    return dossier


def _previous(call: Call, begun: Begun) -> Dossier | None:
    """Return the last file that the same applicant deposited, in the call before this one first (R-86)."""
    rows = Dossier.objects.exclude(deposited_at=None).exclude(call=call)
    rows = rows.filter(applicant=begun.applicant) if begun.pole is None else rows.filter(pole=begun.pole)
    if call.previous_id and (found := rows.filter(call=call.previous_id).order_by("-deposited_at").first()):
        return found
    return rows.order_by("-deposited_at").first()


# ------------------------------------------------------------------------------------------------ to write


def answers_of(dossier: Dossier) -> dict[str, Answer]:
    """Return the answers of a file by key: one query."""
    rows = Answer.objects.filter(dossier=dossier).select_related("by").order_by("key")
    return {row.key: row for row in rows}


def values_of(dossier: Dossier) -> dict[str, Any]:
    """Return what a file answers, by key: one query."""
    return dict(Answer.objects.filter(dossier=dossier).order_by("key").values_list("key", "value"))


def answer(  # noqa: PLR0913 - keyword-only: each says how the answer came
    dossier: Dossier,
    key: str,
    value: Any,
    *,
    base_version: int | None,
    by: User | None,
    origin: str = Answer.Origin.TYPED,
    given: Mapping[str, Any] | None = None,
) -> Answer:
    """Write one answer. The caller checked that the person writes in the file (``perms.enter``).

    ``base_version``: the version that the person saw, 0 for none, ``None`` to write over whatever stands (an
    import that was previewed). What differs from an answer written since raises ``StaleWriteError`` with the
    words of both in ``facts["conflicts"][key]``; the same words twice are written once.
    """
    with transaction.atomic():
        row = lock(dossier)
        one = _field(row, key)
        if origin != Answer.Origin.LIVING or one["kind"] not in COMPUTED:
            _check_open(row, key, one)
        if form_rules.filled(value) and wrong(one, value) == "wrong_kind":
            raise DomainError(
                "wrong_kind", _("Cette réponse n'a pas la forme attendue."), facts={"field": key}
            )
        held = Answer.objects.filter(dossier=row, key=key).select_related("by").first()
        if held is not None and held.value == value:
            return held
        if base_version is not None and base_version != (held.version if held else 0):
            raise _stale(key, held, value)
        written = _write(row, key, value, held, by=by, origin=origin, given=given or {})
        projection.project(row)
    dossier.title, dossier.asked_cents, dossier.zone_id = row.title, row.asked_cents, row.zone_id
    return written


def answer_all(
    dossier: Dossier, values: Mapping[str, Any], *, by: User | None, origin: str = Answer.Origin.TYPED
) -> int:
    """Write many answers of one file over whatever stands, all or nothing; return how many changed.

    Each is checked as ``answer`` checks it; the row is held once, and queries do not grow with the answers.
    """
    with transaction.atomic():
        row = lock(dossier)
        fields = {placed.key: placed.field for placed in form_rules.fields(row.form.content)}
        for key, value in values.items():
            one = fields.get(key) or _field(row, key)
            _check_open(row, key, one)
            if form_rules.filled(value) and wrong(one, value) == "wrong_kind":
                words = _("Cette réponse n'a pas la forme attendue.")
                raise DomainError("wrong_kind", words, facts={"field": key})
        held = answers_of(row)
        new = {key: value for key, value in values.items() if key not in held or held[key].value != value}
        _write_all(row, new, held, by=by, origin=origin)
        projection.project(row)
    dossier.title, dossier.asked_cents, dossier.zone_id = row.title, row.asked_cents, row.zone_id
    return len(new)


def _write_all(
    dossier: Dossier, values: Mapping[str, Any], held: Mapping[str, Answer], *, by: User | None, origin: str
) -> None:
    past = AnswerChange.objects.filter(dossier=dossier, key__in=list(values)).order_by()
    last = dict(past.values_list("key").annotate(last=Max("version")))
    now, rows = timezone.now(), []
    for key, value in values.items():
        version = max(held[key].version if key in held else 0, last.get(key, 0)) + 1
        rows.append(
            Answer(dossier=dossier, key=key, value=value, origin=origin, version=version, by=by, at=now)
        )
    Answer.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["dossier", "key"],
        update_fields=["value", "origin", "given", "version", "by", "at"],
    )
    AnswerChange.objects.bulk_create(
        AnswerChange(
            dossier=dossier, key=one.key, value=one.value, origin=origin, version=one.version, by=by, at=now
        )
        for one in rows
    )


def _field(dossier: Dossier, key: str) -> Mapping[str, Any]:
    for placed in form_rules.fields(dossier.form.content):
        if placed.key == key:
            return placed.field
    raise NotFoundError("unknown_field", _("Ce formulaire ne pose pas cette question."), facts={"key": key})


def _check_open(dossier: Dossier, key: str, one: Mapping[str, Any]) -> None:
    if one["kind"] in COMPUTED:
        raise DomainError("computed", _("Cette réponse se calcule : elle ne se saisit pas."), status=409)
    if not dossier.writable:
        words = _("Ce dossier ne s'écrit plus : il est « %(state)s ».")
        raise DomainError("not_writable", words % {"state": announcing.label(dossier)}, status=409)
    keys = open_keys(dossier)
    if keys is not None and key not in keys:
        words = _("Les compléments demandés ne portent pas sur cette question.")
        raise DomainError("not_asked", words, facts={"field": key}, status=409)


def _write(  # noqa: PLR0913
    dossier: Dossier,
    key: str,
    value: Any,
    held: Answer | None,
    *,
    by: User | None,
    origin: str,
    given: Mapping[str, Any],
) -> Answer:
    # An answer that a form dropped and took up again goes on from its history.
    past = AnswerChange.objects.filter(dossier=dossier, key=key).aggregate(last=Max("version"))["last"]
    now, version = timezone.now(), max(held.version if held else 0, past or 0) + 1
    values = {"value": value, "origin": origin, "given": dict(given), "version": version, "by": by, "at": now}
    written, _made = Answer.objects.update_or_create(dossier=dossier, key=key, defaults=values)
    AnswerChange.objects.create(
        dossier=dossier, key=key, value=value, origin=origin, version=version, by=by, at=now
    )
    return written


def _stale(key: str, held: Answer | None, mine: Any) -> StaleWriteError:
    words = _("Quelqu'un a répondu à cette question pendant que vous écriviez : choisissez ce qui reste.")
    theirs = {
        "theirs": held.value if held else None,
        "mine": mine,
        "version": held.version if held else 0,
        "by": (held.by.name or held.by.email) if held and held.by else "",
        "at": held.at.isoformat() if held else "",
    }
    return StaleWriteError("stale_answer", words, facts={"conflicts": {key: theirs}})


# ------------------------------------------------------------------------------------------------ the form


def carry_along(dossier: Dossier, form: FormVersion, *, by: User | None) -> tuple[Lost, ...]:
    """Bring an open file to a later version of its form; return what the new form cannot hold.

    What is lost stays in the history of the answers and in the frozen copies.
    """
    with transaction.atomic():
        row = lock(dossier)
        if not row.writable or row.form_id == form.pk or form.call_id != row.call_id:
            return ()
        old, held = row.form, answers_of(row)
        carried = carry(old.content, form.content, {key: one.value for key, one in held.items()})
        Dossier.objects.filter(pk=row.pk).update(form=form, version=F("version") + 1)
        row.form = form
        for key, one in held.items():
            if key not in carried.answers:
                one.delete()
            elif carried.answers[key] != one.value:
                _write(row, key, carried.answers[key], one, by=by, origin=Answer.Origin.CARRIED, given={})
        projection.project(row)
        data = {"from": old.number, "to": form.number, "lost": sorted(one.key for one in carried.lost)}
        record(row.subject, "dossier.carried", by=by, data=data)
    dossier.refresh_from_db()
    return carried.lost


# ---------------------------------------------------------------------------------------------- the pieces


def pieces_of(dossier: Dossier) -> list[DossierPiece]:
    """Return the pieces of a file, those taken away left out: one query."""
    rows = DossierPiece.objects.filter(dossier=dossier, removed_at=None).select_related("piece__blob")
    return list(rows.order_by("key", "at", "id"))


def join(dossier: Dossier, key: str, stream: BinaryIO, name: str, *, by: User) -> DossierPiece:
    """Join a file to a question: the answer of a « file » field follows. Raises ``DomainError`` (415)."""
    with transaction.atomic():
        row = lock(dossier)
        if key not in OUTSIDE:
            _check_open(row, key, _field(row, key))
        piece = attach(row.subject, stream, name, by=by)
        joined = DossierPiece.objects.create(dossier=row, key=key, piece=piece, name=piece.name, by=by)
        _follow_pieces(row, key, by=by)
        record(
            row.subject, "dossier.piece_joined", by=by, data={"piece": str(piece.pk), "sha256": piece.blob_id}
        )
    return joined


def take_away(dossier: Dossier, pk: UUID, *, by: User) -> DossierPiece:
    """Take a piece away: it stays in the copies that were frozen with it."""
    with transaction.atomic():
        row = lock(dossier)
        found = DossierPiece.objects.filter(dossier=row, pk=pk, removed_at=None).first()
        if found is None:
            raise NotFoundError("unknown_piece", _("Cette pièce n'est pas, ou plus, dans le dossier."))
        if found.key not in OUTSIDE:
            _check_open(row, found.key, _field(row, found.key))
        DossierPiece.objects.filter(pk=pk).update(removed_at=timezone.now())
        _follow_pieces(row, found.key, by=by)
        record(row.subject, "dossier.piece_removed", by=by, data={"piece": str(found.piece_id)})
    return found


def _follow_pieces(dossier: Dossier, key: str, *, by: User) -> None:
    """Write the answer of a « file » field from the pieces joined to it."""
    if key in OUTSIDE or _field(dossier, key)["kind"] != "file":
        return
    rows = DossierPiece.objects.filter(dossier=dossier, key=key, removed_at=None).order_by("at", "id")
    value = [{"piece": str(one.pk), "name": one.name} for one in rows]
    held = Answer.objects.filter(dossier=dossier, key=key).first()
    _write(dossier, key, value, held, by=by, origin=Answer.Origin.TYPED, given={})
