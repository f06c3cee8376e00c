"""A version before it is published: deposited as a file or written in the editor, then published for ever.

A file with a problem is refused whole. What is typed in the editor is kept even while something lacks: the
problems are shown, and a draft that has one is not published. One draft by grid at a time.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.actors.roles import site
from terreau.common.canonical import digest as digest_of
from terreau.common.content import Section
from terreau.common.errors import DomainError, RefusedError, StaleWriteError
from terreau.common.stale import three_way
from terreau.grids import content_rules
from terreau.grids.content_rules import Checked, as_json
from terreau.grids.language import Grid as Content
from terreau.grids.loading import described, mapping_problems
from terreau.grids.models import Grid, GridVersion
from terreau.grids.perms import can_hold, moderates_all, owners, subject_of
from terreau.grids.problems import Problem, Problems
from terreau.grids.reading import MAX_BYTES, read
from terreau.grids.shelf import in_force
from terreau.grids.writing import as_yaml
from terreau.journal.actions import record

DRAFT, PUBLISHED = GridVersion.State.DRAFT, GridVersion.State.PUBLISHED
#: Words that are addresses of pages, not codes of grids.
RESERVED = {"deposer"}
_TRIES = 10


def checked(given: str | bytes) -> Checked:
    """Read a file and tell everything that is wrong with it, its mapping and its name included."""
    found = content_rules.check(given)
    if found.grid is None:
        if found.awaited is not None:
            problem = Problem(
                1, "awaited", "awaited", _("Une place gardée n'est pas une grille : déposez le texte.")
            )
            return replace(found, problems=(problem,))
        return found
    problems = Problems(mapping_problems(found))
    _tell_conflicts(found.grid, problems)
    return replace(found, problems=problems.sorted())


def _tell_conflicts(grid: Content, problems: Problems) -> None:
    if grid.code in RESERVED or "." in grid.code:
        message = _("Ce code ne peut pas être une adresse : choisissez-en un autre, sans point.")
        problems.add(1, "code", "reserved_code", message)
    before = _latest(grid.code)
    published = GridVersion.objects.filter(grid__code=grid.code, version=grid.version).exclude(state=DRAFT)
    if published.exists():
        message = _("La version « %(version)s » est publiée et ne change plus : donnez-lui un autre nom.")
        problems.add(1, "version", "published_changed", message % {"version": grid.version})
    elif before is not None and not grid.mapping and (lost := _unread(before, grid)):
        message = _(
            "Rien ne dit ce que deviennent les réponses données à : %(codes)s. "
            "Dites-le dans « mapping », depuis la version « %(version)s »."
        )
        facts = {"codes": ", ".join(lost[:10]), "version": before.version}
        problems.add(1, "mapping", "mapping_needed", message % facts)


def _unread(before: GridVersion, grid: Content) -> list[str]:
    """Return old criteria whose answers nobody could read under a version without a mapping."""
    old = before.content
    if [one["value"] for one in old.get("scale") or ()] != [one.value for one in grid.scale]:
        return [one["code"] for one in old["criteria"] if one["kind"] == "echelle"]
    return [one["code"] for one in old["criteria"] if one["code"] not in grid.by_code]


def _latest(code: str) -> GridVersion | None:
    """Return the published version that a new one follows: the one in force, else the one published last."""
    rows = list(GridVersion.objects.filter(grid__code=code, state=PUBLISHED).order_by("-published_at", "-pk"))
    today = timezone.localdate()
    return next((row for row in rows if in_force(row, today)), rows[0] if rows else None)


# Depositing


@transaction.atomic
def deposit(given: bytes, *, owner: Actor | None, by: User, replace_draft: bool = False) -> GridVersion:
    """Keep a file as the draft of its grid; the grid is made when there is none yet.

    ``owner`` holds a new grid. Raises ``DomainError`` (``bad_grid``, every problem with its line in
    ``facts["problems"]``), ``draft_waits`` (409) when there is another draft, unless it is replaced.
    """
    found = checked(given)
    if not found.ok or found.grid is None:
        message = _("Rien n'a été déposé : voyez la liste des problèmes.")
        raise DomainError("bad_grid", message, facts={"problems": [one.as_dict() for one in found.problems]})
    text = given.decode("utf-8-sig")
    grid = _grid(found.grid, owner=owner, by=by)
    values = _values(found, text)
    waiting = GridVersion.objects.select_for_update().filter(grid=grid, state=DRAFT).first()
    if waiting is None:
        return _first_draft(grid, values, by=by)
    if not replace_draft:
        message = _("Un brouillon de cette grille attend déjà : continuez-le, ou dites de le remplacer.")
        raise DomainError("draft_waits", message, facts={"grid": grid.code}, status=409)
    GridVersion.objects.filter(pk=waiting.pk).update(**values, revision=F("revision") + 1)
    _tell(grid, "grid.draft_replaced", by, version=found.grid.version)
    return GridVersion.objects.select_related("grid").get(pk=waiting.pk)


def _values(found: Checked, text: str) -> dict[str, Any]:
    """Return the columns of a draft; what cannot be read keeps its text and says nothing else."""
    if found.grid is not None:
        return {
            "version": found.grid.version,
            "text": text,
            "content": found.content,
            "digest": found.digest,
            "valid_from": found.grid.valid_from,
            "valid_to": found.grid.valid_to,
        }
    content = as_json(found.document) if isinstance(found.document, dict) else {}
    version = str(content.get("version") or "brouillon")[:40]
    return {"version": version, "text": text, "content": content, "digest": digest_of(content)}


def _grid(content: Content, *, owner: Actor | None, by: User) -> Grid:
    found = Grid.objects.select_for_update().filter(code=content.code).first()
    if found is not None:
        if not (allowed := can_hold(by, found)):
            raise RefusedError("may_not_hold", allowed.reason)
        return found
    return _new_grid(content.code, described(content), owner=owner, by=by)


def _new_grid(code: str, values: Mapping[str, Any], *, owner: Actor | None, by: User) -> Grid:
    if owner is None or not (owner in owners(by) or moderates_all(by)):
        message = _("Dites quelle organisation tient cette grille : l'une des vôtres.")
        raise DomainError("owner_needed", message, facts={"field": "owner"})
    try:
        with transaction.atomic():
            grid = Grid.objects.create(code=code, owner=owner, created_by=by, **values)
    except IntegrityError as error:
        raise DomainError(
            "code_taken", _("Ce code est déjà celui d'une autre grille."), status=409
        ) from error
    _tell(grid, "grid.created", by)
    return grid


def _first_draft(grid: Grid, values: Mapping[str, Any], *, by: User) -> GridVersion:
    try:
        with transaction.atomic():
            row = GridVersion.objects.create(grid=grid, created_by=by, **values)
    except IntegrityError as error:
        message = _("Cette version existe déjà : donnez-lui un autre nom.")
        raise DomainError("version_taken", message, facts={"field": "version"}, status=409) from error
    _tell(grid, "grid.draft_made", by, version=row.version)
    return row


@transaction.atomic
def begin(  # noqa: PLR0913
    code: str, title: Mapping[str, str], *, nature: str, subject: str, owner: Actor | None, by: User
) -> GridVersion:
    """Begin a grid from nothing: its place, and a first draft to be written in the editor."""
    if (
        not content_rules.CODE.match(code)
        or code in RESERVED
        or not code.replace("-", "").replace("_", "").isalnum()
    ):
        message = _("Un code s'écrit avec des lettres sans accent, des chiffres et des tirets.")
        raise DomainError("bad_code", message, facts={"field": "code"})
    if Grid.objects.filter(code=code).exists():
        raise DomainError(
            "code_taken", _("Ce code est déjà celui d'une autre grille."), facts={"field": "code"}, status=409
        )
    name = owner.name if owner else ""
    values = {"title": dict(title), "nature": nature, "subject_kind": subject, "owner_name": name[:200]}
    grid = _new_grid(code, values, owner=owner, by=by)
    document = {
        "code": code,
        "version": "1",
        "title": dict(title),
        "summary": {"fr": "", "en": ""},
        "owner": {"name": name},
        "licence": {"fr": "", "en": ""},
        "nature": nature,
        "subject": subject,
        "valid_from": timezone.localdate(),
        "valid_to": None,
        "verified_on": None,
        "prescriptive": False,
        "source": {"document": ""},
        "criteria": [],
    }
    text = as_yaml(document)
    return _first_draft(grid, _values(content_rules.check(text), text), by=by)


@transaction.atomic
def follow(grid: Grid, version: str, *, by: User) -> GridVersion:
    """Begin a new version from the one in force: the same text, and a mapping that keeps every criterion."""
    before = _latest(grid.code)
    if before is None:
        raise DomainError("nothing_to_follow", _("Cette grille n'a pas encore de version publiée."))
    if not content_rules.VERSION.match(version):
        message = _(
            "Le nom d'une version s'écrit avec des lettres sans accent, des chiffres et des points : 2.4."
        )
        raise DomainError("bad_version", message, facts={"field": "version"})
    if GridVersion.objects.filter(grid=grid, state=DRAFT).exists():
        raise DomainError("draft_waits", _("Un brouillon de cette grille attend déjà."), status=409)
    document = dict(read(before.text, Problems()))
    codes = [one["code"] for one in before.content["criteria"]]
    document |= {
        "version": version,
        "verified_on": None,
        "valid_from": timezone.localdate(),
        "valid_to": None,
    }
    document["mapping"] = {"from": before.version, "moves": [{"keep": codes}]}
    text = as_yaml(document)
    return _first_draft(grid, _values(content_rules.check(text), text), by=by)


# Writing a draft


def document(draft: GridVersion) -> Section | dict[str, Any]:
    """Return what a draft says, to be changed and written back; empty when its text cannot be read."""
    found = read(draft.text, Problems())
    return found if isinstance(found, dict) else {}


Read = Callable[[Mapping[str, Any]], dict[str, Any]]
Put = Callable[[dict[str, Any], Mapping[str, Any]], None]


def write(  # noqa: PLR0913
    draft: GridVersion,
    read_part: Read,
    put: Put,
    *,
    base: Mapping[str, Any],
    mine: Mapping[str, Any],
    by: User,
) -> GridVersion:
    """Write a part of a draft that a person saw as ``base`` and wants as ``mine`` (the same keys).

    What somebody else wrote meanwhile in other fields stays; a field that both changed raises
    ``StaleWriteError`` (``facts["conflicts"]``) and nothing is written.
    """
    for _try in range(_TRIES):
        row = _waiting(draft)
        held = dict(document(row))
        theirs = read_part(held)
        merge = three_way({**theirs, **base}, {key: theirs.get(key) for key in mine}, mine)
        if merge.conflicts:
            message = _("Quelqu'un a écrit la même chose autrement pendant ce temps : choisissez.")
            raise StaleWriteError("stale_write", message, facts={"conflicts": merge.conflicts})
        if not merge.changes:
            return row
        put(held, {**theirs, **merge.changes})
        if _saved(row, held, by):
            return _waiting(draft)
    raise StaleWriteError("busy", _("Ce brouillon change sans cesse : réessayez dans un instant."))


def change(draft: GridVersion, put: Callable[[dict[str, Any]], None], *, by: User) -> GridVersion:
    """Change a draft whatever others wrote (an order, a removal): tried again on what it has become."""
    for _try in range(_TRIES):
        row = _waiting(draft)
        held = dict(document(row))
        put(held)
        if _saved(row, held, by):
            return _waiting(draft)
    raise StaleWriteError("busy", _("Ce brouillon change sans cesse : réessayez dans un instant."))


def _waiting(draft: GridVersion) -> GridVersion:
    row = GridVersion.objects.select_related("grid__owner__subject").filter(pk=draft.pk, state=DRAFT).first()
    if row is None:
        message = _("Ce brouillon n'existe plus : il a été publié ou abandonné.")
        raise DomainError("no_draft", message, status=409)
    return row


def _saved(row: GridVersion, held: Mapping[str, Any], by: User) -> bool:
    text = as_yaml(held)
    if len(text.encode()) > MAX_BYTES:
        raise DomainError("too_large", _("Cette grille deviendrait trop grande."))
    values = _values(content_rules.check(text), text)
    rows = GridVersion.objects.filter(pk=row.pk, state=DRAFT, revision=row.revision)
    try:
        with transaction.atomic():
            saved = rows.update(**values, revision=F("revision") + 1)
            if saved:
                _tell(row.grid, "grid.draft_changed", by, version=values["version"])
            return bool(saved)
    except IntegrityError as error:
        message = _("Cette version existe déjà : donnez-lui un autre nom.")
        raise DomainError("version_taken", message, facts={"field": "version"}, status=409) from error


@transaction.atomic
def abandon(draft: GridVersion, *, by: User) -> None:
    """Drop a draft; a grid that never had a version goes with it, unless its place is kept."""
    row = _waiting(draft)
    grid = row.grid
    _tell(grid, "grid.draft_dropped", by, version=row.version)
    GridVersion.objects.filter(pk=row.pk, state=DRAFT).delete()
    if not grid.shipped and not grid.public and not GridVersion.objects.filter(grid=grid).exists():
        Grid.objects.filter(pk=grid.pk).delete()


# Publishing


@transaction.atomic
def publish(draft: GridVersion, *, revision: int, note: str, by: User) -> GridVersion:
    """Publish a draft for ever, as the person saw it (``revision``); of two publications one is told no.

    Raises ``bad_grid`` with its problems, ``stale_write`` (409) when the draft changed since it was seen.
    """
    row = _waiting(draft)
    if row.revision != revision:
        raise _changed()
    found = checked(row.text)
    rows = GridVersion.objects.filter(pk=row.pk, state=DRAFT, revision=revision)
    # What was published meanwhile is no problem of the draft: it is told below that it changed.
    if not found.ok and rows.exists():
        message = _("Ce brouillon a encore des problèmes : il n'est pas publié.")
        raise DomainError("bad_grid", message, facts={"problems": [one.as_dict() for one in found.problems]})
    if not found.ok or found.grid is None:
        raise _changed()
    now = timezone.now()
    done = rows.update(
        **_values(found, row.text),
        state=PUBLISHED,
        published_at=now,
        published_by=by,
        note=note.strip()[:2000],
        supersedes=_before(found.grid),
    )
    if not done:
        raise _changed()
    Grid.objects.filter(pk=row.grid.pk).update(**described(found.grid), public=True)
    _tell(row.grid, "grid.published", by, version=row.version, digest=found.digest)
    return GridVersion.objects.select_related("grid").get(pk=row.pk)


def _changed() -> StaleWriteError:
    return StaleWriteError("stale_write", _("Ce brouillon a changé depuis que vous l'avez lu : relisez-le."))


def _before(grid: Content) -> GridVersion | None:
    if grid.mapping:
        return GridVersion.objects.get(grid__code=grid.code, version=str(grid.mapping["from"]))
    return _latest(grid.code)


@transaction.atomic
def withdraw(row: GridVersion, *, reason: str, by: User) -> GridVersion:
    """Withdraw a published version: it stays readable, and no longer counts as in force."""
    words = " ".join(reason.split())[:1000]
    if not words:
        raise DomainError(
            "reason_needed", _("Écrivez pourquoi cette version est retirée."), facts={"field": "reason"}
        )
    rows = GridVersion.objects.filter(pk=row.pk, state=PUBLISHED)
    state = GridVersion.State.WITHDRAWN
    if not rows.update(state=state, withdrawn_at=timezone.now(), withdrawn_reason=words):
        raise DomainError(
            "not_published", _("Cette version n'est pas publiée, ou est déjà retirée."), status=409
        )
    found = GridVersion.objects.select_related("grid__owner__subject").get(pk=row.pk)
    _tell(found.grid, "grid.withdrawn", by, version=found.version)
    return found


def _tell(grid: Grid, verb: str, by: User, **data: Any) -> None:
    """Write it in the history of the owner; in that of the site when the grid has none in the register."""
    record(subject_of(grid) or site(), verb, by=by, data={"grid": grid.code, **data})


__all__ = [
    "abandon",
    "begin",
    "change",
    "checked",
    "deposit",
    "document",
    "follow",
    "publish",
    "withdraw",
    "write",
]
