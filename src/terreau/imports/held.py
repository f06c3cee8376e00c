"""What this room holds of people, and how long the lines of a file are kept."""

import shutil
import time
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from terreau.accounts import personal, retention
from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.imports import actions, staging
from terreau.imports.models import Import

State = Import.State
_UNWRITTEN = (State.READ, State.CHECKED)
_OVER = (State.WRITTEN, State.UNDONE, State.ABANDONED)


def export(user: User) -> dict[str, Any]:
    """Return the files that a person brought: their name, what became of them."""
    rows = Import.objects.filter(by=user)
    return {"fichiers": personal.rows(rows, "kind", "name", "rows", "state", "created_at")}


def erase(user: User) -> None:
    """Nothing names the person here: what they brought stays, under an identifier that is nobody's."""


def expire(*, on: date, save: bool) -> dict[str, int]:
    """Remove the staging files of imports brought long ago, give up those that nobody wrote.

    What was written stays and can be undone: it does not need them. Folders of no import go as well.
    """
    midnight = timezone.make_aware(timezone.datetime(on.year, on.month, on.day))  # type: ignore[attr-defined]
    old = Import.objects.filter(created_at__lt=midnight - retention.period("imports.staging"))
    held = _folders()
    done = [row for row in old.filter(state__in=(*_UNWRITTEN, *_OVER)).order_by("pk") if row.pk in held]
    known = set(Import.objects.filter(pk__in=held).values_list("pk", flat=True))
    strays = [pk for pk, path in held.items() if pk not in known and _days(path) > 1]
    if save:
        for row in done:
            _forget(row)
        for stray in strays:
            shutil.rmtree(held[stray], ignore_errors=True)
    return {"imports.staging": len(done) + len(strays)}


def _forget(row: Import) -> None:
    if row.state in _UNWRITTEN:
        try:
            actions.abandon(row, by=None)
        except DomainError:  # Taken up again by somebody meanwhile.
            return
    staging.remove(row.pk)


def _days(path: Path) -> float:
    """Days since a folder changed: that of an import being brought is there before its row."""
    return (time.time() - path.stat().st_mtime) / 86_400


def _folders() -> dict[UUID, Path]:
    """Return the staging folders of the data folder, by import."""
    found = {}
    for path in (Path(settings.DATA_DIR) / "imports").glob("*"):
        try:
            found[UUID(path.name)] = path
        except ValueError:
            continue
    return found
