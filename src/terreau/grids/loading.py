"""The grids shipped with Terreau, brought to what the content files say: a diff, and nothing half-loaded.

A version that is published never changes: a file that says something else under the same version is refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.roles import site
from terreau.common.errors import DomainError
from terreau.grids import content_rules, store
from terreau.grids.content_rules import Checked
from terreau.grids.language import Grid
from terreau.grids.models import Grid as GridRow
from terreau.grids.models import GridVersion
from terreau.grids.moves import alone, turning
from terreau.grids.moves import check as check_moves
from terreau.grids.problems import Problem, Problems
from terreau.grids.rereading import shape
from terreau.journal.actions import record


class LoadingError(DomainError):
    """Files that cannot be loaded: ``facts["problems"]`` holds them all, each with its file and line."""


@dataclass
class Outcome:
    """What a load changed, or would change: ``code@version``, or the code of a place kept."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0


def shipped() -> list[Path]:
    """Return the files of grids that the installed rooms ship."""
    folders = [Path(app.path) / "content" / "grids" for app in apps.get_app_configs()]
    return [path for folder in folders for path in sorted(folder.glob("*.yaml"))]


def sync(*, save: bool, paths: Iterable[Path] | None = None, by: User | None = None) -> Outcome:
    """Bring the shipped grids to what the files say; write only with ``save``.

    Raises ``LoadingError`` with every problem of every file; nothing is written then. Running it twice
    changes nothing. A grid that is shipped no more is told as removed, and stays.
    """
    files = {path: content_rules.check(path.read_bytes()) for path in (shipped() if paths is None else paths)}
    _refuse_wrong(files)
    with transaction.atomic():
        outcome = _compare(files, save=save, by=by)
    return outcome


def _refuse_wrong(files: Mapping[Path, Checked]) -> None:
    told = [(path, problem) for path, checked in files.items() for problem in checked.problems]
    seen: dict[tuple[str, str], Path] = {}
    for path, checked in files.items():
        plain = checked.content or checked.awaited or {}
        key = (str(plain.get("code")), str(plain.get("version", "")))
        if plain and seen.setdefault(key, path) != path:
            message = _("Cette version est déjà décrite par %(file)s.") % {"file": seen[key].name}
            told.append((path, Problem(1, "version", "version_twice", message)))
    told += [(path, problem) for path, problem in _refused_mappings(files)]
    if told:
        raise _refusal(told)


def _refusal(told: Iterable[tuple[Path, Problem]]) -> LoadingError:
    problems = [{"file": path.name, **problem.as_dict()} for path, problem in told]
    message = _("Rien n'a été chargé : voyez la liste des problèmes.")
    return LoadingError("bad_grids", message, facts={"problems": problems})


def _refused_mappings(files: Mapping[Path, Checked]) -> Iterable[tuple[Path, Problem]]:
    known = {(one.grid.code, one.grid.version): one.grid for one in files.values() if one.grid}
    for path, checked in files.items():
        if checked.grid and checked.grid.mapping:
            for problem in mapping_problems(checked, known):
                yield path, problem


def mapping_problems(
    checked: Checked, known: Mapping[tuple[str, str], Grid] | None = None
) -> tuple[Problem, ...]:
    """Return what is wrong with the mapping of a checked grid, the version before it being known.

    ``known`` are grids by code and version, beside those of the database. Partial, dangling and cyclic
    mappings are told with their line.
    """
    grid = checked.grid
    if grid is None or not grid.mapping:
        return ()
    known = dict(known or {})
    for one in store.versions(grid.code):
        known.setdefault((one.code, one.version), one)
    problems, before = Problems(), str(grid.mapping["from"])
    section = checked.document["mapping"]
    old = known.get((grid.code, before))
    if old is None:
        message = _("La version « %(version)s » n'existe pas : la correspondance part d'une version publiée.")
        line = section.lines.get("from", section.line)
        problems.add(line, "mapping.from", "unknown_version", message % {"version": before})
        for fault in alone(section.get("moves"), grid.by_code, line=section.line):
            problems.add(fault.line or section.line, "mapping.moves", fault.code, fault.label(_language()))
        return problems.sorted()
    chain: dict[str, str | None] = {
        one.version: str(one.mapping["from"]) if one.mapping else None
        for (code, _v), one in known.items()
        if code == grid.code
    }
    if circle := turning({**chain, grid.version: before}):
        message = _("Ces versions viennent l'une de l'autre en rond : %(versions)s.")
        versions = {"versions": " → ".join([*circle, circle[0]])}
        problems.add(
            section.lines.get("from", section.line), "mapping.from", "cyclic_mapping", message % versions
        )
    faults = check_moves(section.get("moves"), shape(old), shape(grid), line=section.line)[1]
    for fault in faults:
        problems.add(fault.line or section.line, "mapping.moves", fault.code, fault.label(_language()))
    return problems.sorted()


def _language() -> str:
    return (get_language() or "fr")[:2]


def _compare(files: Mapping[Path, Checked], *, save: bool, by: User | None) -> Outcome:
    outcome = Outcome()
    rows = {row.code: row for row in GridRow.objects.select_for_update().order_by("pk")}
    held = {
        (version.grid.code, version.version): version
        for version in GridVersion.objects.select_related("grid").order_by("pk")
    }
    refused = [
        (path, problem) for path, one in files.items() for problem in _changed_for_good(one, rows, held)
    ]
    if refused:
        raise _refusal(refused)
    for checked in sorted(files.values(), key=_order):
        if checked.awaited is not None:
            if any(code == checked.awaited["code"] for code, _version in held):
                outcome.unchanged += 1
                continue
            _keep_place(checked.awaited, rows, outcome, save=save)
        elif checked.grid is not None:
            _load(checked, rows, held, outcome, save=save, by=by)
    described = {str((one.content or one.awaited or {}).get("code")) for one in files.values()}
    outcome.removed = [code for code, row in rows.items() if row.shipped and code not in described]
    return outcome


def _order(checked: Checked) -> tuple[bool, str, str]:
    """Older versions first: a version may come from the one before."""
    content = checked.content or {}
    return bool(content.get("mapping")), str(content.get("valid_from") or ""), str(content.get("version"))


def _changed_for_good(
    checked: Checked, rows: Mapping[str, GridRow], held: Mapping[tuple[str, str], GridVersion]
) -> Iterable[Problem]:
    plain = checked.content or checked.awaited or {}
    row = rows.get(str(plain.get("code")))
    if row is not None and not row.shipped:
        message = _("Le code « %(code)s » est déjà celui d'une grille déposée.") % {"code": row.code}
        yield Problem(1, "code", "code_taken", message)
    before = held.get((str(plain.get("code")), str(plain.get("version", ""))))
    if before is not None and before.digest != checked.digest:
        message = _("La version « %(version)s » est publiée et ne change plus : donnez-lui un autre nom.")
        line = getattr(checked.document, "lines", {}).get("version", 1)
        yield Problem(line, "version", "published_changed", message % {"version": before.version})


def _keep_place(plain: Mapping[str, Any], rows: dict[str, GridRow], outcome: Outcome, *, save: bool) -> None:
    values = {
        "title": plain["title"],
        "nature": plain["nature"],
        "subject_kind": plain["subject"],
        "owner_name": plain["owner"].get("name", ""),
        "awaited": plain["awaited"],
    }
    _write(plain["code"], values, rows, outcome, save=save)


def _write(
    code: str, values: Mapping[str, Any], rows: dict[str, GridRow], outcome: Outcome, *, save: bool
) -> GridRow | None:
    row = rows.get(code)
    if row is None:
        outcome.added.append(code)
        if save:
            row = rows[code] = GridRow.objects.create(code=code, shipped=True, public=True, **values)
        return row
    if any(getattr(row, name) != value for name, value in values.items()):
        outcome.changed.append(code)
        if save:
            GridRow.objects.filter(pk=row.pk).update(**values)
    else:
        outcome.unchanged += 1
    return row


def _load(  # noqa: PLR0913
    checked: Checked,
    rows: dict[str, GridRow],
    held: dict[tuple[str, str], GridVersion],
    outcome: Outcome,
    *,
    save: bool,
    by: User | None,
) -> None:
    assert checked.grid is not None  # noqa: S101
    grid = checked.grid
    if (grid.code, grid.version) in held:
        outcome.unchanged += 1
        return
    outcome.added.append(f"{grid.code}@{grid.version}")
    if not save:
        return
    row = rows.get(grid.code)
    if row is None:
        row = rows[grid.code] = GridRow.objects.create(
            code=grid.code, shipped=True, public=True, **described(grid)
        )
    else:
        GridRow.objects.filter(pk=row.pk).update(**described(grid))
    before = held.get((grid.code, str((grid.mapping or {}).get("from"))))
    now = timezone.now()
    version = version_of(checked, row, supersedes=before)
    version.state, version.published_at, version.published_by = GridVersion.State.PUBLISHED, now, by
    version.save(force_insert=True)
    held[grid.code, grid.version] = version
    record(
        site(),
        "grid.published",
        by=by,
        data={"grid": grid.code, "version": grid.version, "digest": checked.digest},
    )


def described(grid: Grid) -> dict[str, Any]:
    """Return the columns of a grid that follow its last version."""
    return {
        "title": dict(grid.title),
        "nature": grid.nature,
        "subject_kind": grid.subject,
        "owner_name": str(grid.owner.get("name", ""))[:200],
        "awaited": {},
    }


def version_of(checked: Checked, row: GridRow, **more: Any) -> GridVersion:
    """Return a version, not saved yet, of what was checked."""
    assert checked.grid is not None  # noqa: S101
    return GridVersion(
        grid=row,
        version=checked.grid.version,
        text=checked.text,
        content=checked.content,
        digest=checked.digest,
        valid_from=checked.grid.valid_from,
        valid_to=checked.grid.valid_to,
        **more,
    )


__all__ = ["LoadingError", "Outcome", "described", "mapping_problems", "shipped", "sync", "version_of"]
