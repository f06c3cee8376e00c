"""Programmes and calls as their owners write, publish, close and copy them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.calls import form_checks, form_editing, read, versions
from terreau.calls.models import Call, FormVersion, Programme, Role, Sponsor, Strand
from terreau.calls.perms import standing
from terreau.common.errors import DomainError, StaleWriteError
from terreau.common.inserting import insert, refusal
from terreau.grids import store
from terreau.journal.actions import record, save_fresh
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject

_RESERVED: Final = {"nouveau"}
#: Columns of a call that the next year begins with.
_COPIED: Final = (
    *("title_en", "summary", "summary_en", "tolerance", "late", "envelope_cents", "min_cents", "max_cents"),
    *("duration_months", "rate_max", "places", "de_minimis", "applicants", "categories", "grids"),
    *("criteria", "review", "stages", "letters", "ranking", "portfolio", "deposit"),
)
#: From each state, where an owner may lead a call by hand. It is decided by publishing its results, alone.
MOVES: Final[Mapping[str, tuple[str, ...]]] = {
    "draft": (),
    "open": ("closed",),
    "closed": ("open",),
    "decided": ("archived",),
    "archived": (),
}


@dataclass(frozen=True, slots=True)
class Todo:
    """What still forbids to publish a call: a code, whole words, and the part where it is mended."""

    code: str
    words: str
    part: str


def free_slug(text: str, model: type[Programme | Call]) -> str:
    """Return an address made of a text that nothing of this model has."""
    made = slugify(text)[:50].strip("-") or "appel"
    found, number = made, 2
    while found in _RESERVED or model._default_manager.filter(slug=found).exists():
        found, number = f"{made}-{number}", number + 1
    return found


@transaction.atomic
def begin_programme(values: Mapping[str, Any], *, by: User) -> Programme:
    """Begin a programme, in draft; who begins it owns it."""
    subject = Subject.objects.create(kind=Subject.Kind.PROGRAMME, public=False)
    slug = free_slug(str(values["name"]), Programme)
    row = insert(Programme(subject=subject, slug=slug, **values), "programme_exists")
    Role.objects.create(
        user=by, programme=row, role=Role.Kind.OWNER, valid_from=timezone.localdate(), named_by=by
    )
    record(subject, "programme.begun", by=by, data={"slug": slug})
    return row


@transaction.atomic
def begin(programme: Programme, title: str, *, by: User) -> Call:
    """Begin a call of a programme, in draft, with a form to be written over."""
    subject = Subject.objects.create(kind=Subject.Kind.CALL, public=False)
    slug = free_slug(title, Call)
    stages = [{"code": code, "opinion": "none"} for code in ("region", "committee")]
    row = Call(
        subject=subject,
        programme=programme,
        slug=slug,
        title=title,
        stages=stages,
        ranking={"by": "instructed", "tie": "asked"},
        created_by=by,
    )
    row = insert(row, "call_exists")
    FormVersion.objects.create(call=row, number=1, content=form_editing.start(), by=by)
    record(subject, "call.begun", by=by, data={"slug": slug})
    return row


def change(call: Call, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User) -> Call:
    """Write columns of a call over what the person saw; see ``journal.actions.save_fresh``.

    Once the call has opened, its stages and their mandatory opinions stay: applicants have read them, and
    files stand in them.
    """
    _check_dates(call, mine)
    _check_stages(call, mine)
    return save_fresh(call, subject=call.subject, verb="call.changed", base=base, mine=mine, by=by)


def change_programme(
    programme: Programme, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User
) -> Programme:
    """Write columns of a programme over what the person saw."""
    first, last = mine.get("valid_from", programme.valid_from), mine.get("valid_to", programme.valid_to)
    if first and last and last <= first:
        raise DomainError("ends_before", _("La fin suit le début."), facts={"field": "valid_to"})
    subject = programme.subject
    return save_fresh(programme, subject=subject, verb="programme.changed", base=base, mine=mine, by=by)


def _check_dates(call: Call, mine: Mapping[str, Any]) -> None:
    opens, closes = mine.get("opens_at", call.opens_at), mine.get("closes_at", call.closes_at)
    if opens and closes and closes <= opens:
        words = _("La fermeture suit l'ouverture.")
        raise DomainError("closes_before", words, facts={"field": "closes_at"})
    least, most = mine.get("min_cents", call.min_cents), mine.get("max_cents", call.max_cents)
    if least is not None and most is not None and most < least:
        words = _("L'aide maximale n'est pas inférieure à la minimale.")
        raise DomainError("most_below_least", words, facts={"field": "max_cents"})


def _check_stages(call: Call, mine: Mapping[str, Any]) -> None:
    if "stages" not in mine or call.phase() in {"draft", "announced"}:
        return
    asked = {str(one["code"]): one.get("opinion") for one in mine["stages"]}
    found = [
        one
        for one in call.stages
        if one["code"] not in asked
        or (one.get("opinion") == "mandatory" and asked[one["code"]] != "mandatory")
    ]
    if found:
        words = _("L'appel a ouvert : l'étape « %(stage)s » et son avis obligatoire restent.")
        named = {"stage": found[0].get("label") or found[0]["code"]}
        raise DomainError("stage_in_use", words % named, facts={"field": "stages"}, status=409)


def todo(call: Call) -> list[Todo]:
    """Return what still forbids to publish a call, in the order of its parts."""
    found = []
    if call.opens_at is None:
        found.append(Todo("no_opening", _("Dites quand l'appel ouvre."), "cadre"))
    if not call.summary.strip():
        found.append(Todo("no_summary", _("Dites en quelques phrases à quoi sert l'appel."), "cadre"))
    known = set(store.codes()) if call.grids else set()
    for code in call.grids:
        if code not in known:
            words = _("La grille « %(code)s » n'est pas chargée ici.") % {"code": code}
            found.append(Todo("unknown_grid", words, "candidats"))
    if not call.stages:
        found.append(Todo("no_stage", _("Choisissez au moins une étape d'instruction."), "etapes"))
    form = read.draft_form(call) or read.current_form(call)
    problems = form_checks.check(form.content if form else {})
    if problems:
        words = _("Formulaire : %(problem)s") % {"problem": f"{problems[0].what} {problems[0].do}"}
        found.append(Todo("bad_form", words, "formulaire"))
    return found


@transaction.atomic
def publish(call: Call, *, by: User) -> Call:
    """Publish a draft: it opens and closes by the clock. Its programme is published with it."""
    subjects.lock(call.pk)
    call.refresh_from_db()
    if call.state != Call.State.DRAFT:
        raise DomainError("published_already", _("Cet appel est déjà publié."), status=409)
    if left := todo(call):
        told = [one.words for one in left]
        raise DomainError("not_ready", left[0].words, facts={"problems": told}, status=409)
    if read.draft_form(call) is not None:
        versions.publish(call, by=by)
    Subject.objects.filter(pk__in=[call.pk, call.programme_id]).update(public=True)
    Programme.objects.filter(pk=call.programme_id, state=Programme.State.DRAFT).update(
        state=Programme.State.PUBLISHED
    )
    return _move(call, Call.State.OPEN, by=by)


@transaction.atomic
def lead(call: Call, state: str, *, by: User) -> Call:
    """Lead a published call by hand: close it before its time, open it again, archive it once decided."""
    subjects.lock(call.pk)
    call.refresh_from_db()
    if state not in MOVES[call.state]:
        raise DomainError("no_such_move", _("Cet appel a déjà changé d'état : relisez la page."), status=409)
    return _move(call, state, by=by)


def _move(call: Call, state: str, *, by: User) -> Call:
    before = call.state
    Call.objects.filter(pk=call.pk, state=before).update(state=state, version=call.version + 1)
    record(call.subject, "call.moved", by=by, data={"from": before, "to": str(state)})
    call.refresh_from_db()
    return call


@transaction.atomic
def copy(call: Call, title: str, *, people: bool, by: User) -> Call:
    """Copy a call to the next year, in draft: its rules and its form, its dates a year later (R-86).

    What was said of where the values came from stays with the call that is copied: the owner says them now.
    ``people``: those who have a role in it today have the same in the copy. Nothing of the files comes along:
    applicants take last year's answers themselves.
    """
    subject = Subject.objects.create(kind=Subject.Kind.CALL, public=False)
    values = {name: getattr(call, name) for name in _COPIED}
    made = Call(
        subject=subject,
        programme=call.programme,
        slug=free_slug(title, Call),
        title=title,
        opens_at=_next_year(call.opens_at),
        closes_at=_next_year(call.closes_at),
        previous=call,
        created_by=by,
        **values,
    )
    made = insert(made, "call_exists")
    made.strands.set(call.strands.all())
    sponsors = _copy_sponsors(call, made)
    form = read.current_form(call) or read.draft_form(call)
    content = form.content if form else form_editing.start()
    FormVersion.objects.create(call=made, number=1, content=content, by=by)
    if people:
        _copy_people(call, made, sponsors, by)
    if not standing(by, made).owner:
        today = timezone.localdate()
        Role.objects.create(user=by, call=made, role=Role.Kind.OWNER, valid_from=today, named_by=by)
    record(subject, "call.copied", by=by, data={"from": call.pk.hex, "slug": made.slug})
    return made


def _copy_sponsors(call: Call, made: Call) -> dict[int, Sponsor]:
    found = {}
    for one in call.sponsors.all():
        found[one.pk] = Sponsor.objects.create(
            call=made,
            actor=one.actor,
            name=one.name,
            share_cents=one.share_cents,
            share_rate=one.share_rate,
            opinion=one.opinion,
            rank=one.rank,
        )
    return found


def _copy_people(call: Call, made: Call, sponsors: Mapping[int, Sponsor], by: User) -> None:
    today = timezone.localdate()
    for one in Role.objects.held_on(today).filter(call=call):
        Role.objects.create(
            user_id=one.user_id,
            call=made,
            role=one.role,
            sponsor=sponsors.get(one.sponsor_id) if one.sponsor_id else None,
            zone_id=one.zone_id,
            valid_from=today,
            valid_to=None,
            named_by=by,
        )


def _next_year(value: datetime | None) -> datetime | None:
    """Return the same day and hour of Paris a year later (28 February for the 29th)."""
    if value is None:
        return None
    local = timezone.localtime(value)
    try:
        return local.replace(year=local.year + 1)
    except ValueError:
        return local.replace(year=local.year + 1, day=28)


@transaction.atomic
def put_sponsors(call: Call, rows: list[dict[str, Any]], *, base: list[dict[str, Any]], by: User) -> None:
    """Write the sponsors of a call over those that the person saw; none spoken for goes."""
    subjects.lock(call.pk)
    held = {str(one.pk): one for one in call.sponsors.all()}
    if [sponsor_row(one) for one in held.values()] != base:
        words = _(
            "Quelqu'un vient de changer les financeurs. Ce que vous avez écrit est gardé : enregistrez "
            "de nouveau pour le mettre à la place du sien."
        )
        raise StaleWriteError("stale_write", words)
    kept = {one.get("id") for one in rows}
    for pk, one in held.items():
        if pk not in kept:
            if one.people.exists():
                words = _("Quelqu'un parle pour « %(name)s » : finissez d'abord son rôle.")
                raise DomainError("sponsor_has_people", words % {"name": one.name}, status=409)
            one.delete()
    for rank, row in enumerate(rows):
        values = {name: row[name] for name in ("name", "share_cents", "share_rate", "opinion")}
        if known := held.get(row.get("id") or ""):
            _rewrite(known, {**values, "rank": rank})
        else:
            insert(Sponsor(call=call, rank=rank, **values), "sponsor_exists")
    record(call.subject, "call.sponsors_changed", by=by, data={"count": len(rows)})


def _rewrite(one: Sponsor, values: Mapping[str, Any]) -> None:
    try:
        with transaction.atomic():
            Sponsor.objects.filter(pk=one.pk).update(**values)
    except IntegrityError as error:
        raise refusal(one, error, "sponsor_exists") from error


def sponsor_row(one: Sponsor) -> dict[str, Any]:
    """Return a sponsor as the page shows it."""
    return {
        "id": str(one.pk),
        "name": one.name,
        "share_cents": one.share_cents,
        "share_rate": one.share_rate,
        "opinion": one.opinion,
    }


@transaction.atomic
def add_strand(programme: Programme, values: Mapping[str, Any], *, by: User) -> Strand:
    """Add a strand to a programme."""
    subjects.lock(programme.pk)
    taken = {one.code for one in programme.strands.all()}
    code, number = slugify(str(values["name"]))[:30] or "volet", 2
    made = code
    while made in taken:
        made, number = f"{code}-{number}", number + 1
    row = insert(Strand(programme=programme, code=made, rank=len(taken), **values), "strand_exists")
    record(programme.subject, "programme.strand_added", by=by, data={"code": made})
    return row


def change_strand(strand: Strand, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User) -> Strand:
    """Write columns of a strand over what the person saw."""
    subject, verb = strand.programme.subject, "programme.strand_changed"
    return save_fresh(strand, subject=subject, verb=verb, base=base, mine=mine, by=by)


@transaction.atomic
def put_strands(call: Call, codes: list[str], *, by: User) -> None:
    """Say which strands of its programme a call is about."""
    subjects.lock(call.pk)
    call.strands.set(call.programme.strands.filter(code__in=codes))
    record(call.subject, "call.strands_chosen", by=by, data={"codes": sorted(codes)})
