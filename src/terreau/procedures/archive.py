"""All the files of a call in one ZIP with readable names, written as it is made, in batches.

For each file that was deposited: what it said at each deposit (the frozen bytes, and the same in words), and
its pieces that are clean. ``dossiers.csv`` at the root says which folder is which.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import IO, Any, Final
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.calls import form_rules
from terreau.calls.models import Call, FormVersion
from terreau.common.batches import batches
from terreau.design.export import neutral
from terreau.dossiers import saying, states
from terreau.dossiers.archive import readable
from terreau.dossiers.models import Dossier, DossierPiece, FrozenCopy
from terreau.pieces import store
from terreau.pieces.models import Piece
from terreau.pieces.rules import safe_name
from terreau.procedures.grants import written

_BATCH: Final = 200
_LONG: Final = 60
Said = Callable[[int, int], None]


def files(call: Call) -> QuerySet[Dossier]:
    """Return the files of a call that were deposited, by number; one taken back is a draft again."""
    rows = Dossier.objects.filter(call=call).exclude(deposited_at=None).exclude(state=states.DRAFT)
    return rows.order_by("number").select_related("call", "applicant", "pole__actor", "zone")


def write(call: Call, target: IO[bytes], *, said: Said | None = None) -> int:
    """Write the archive of a call; return how many files it holds. ``said(done, of)``: how far it is.

    Queries by batch of files, not by file; memory holds one batch and one piece.
    """
    rows, done = list(files(call)), 0
    forms = {form.pk: form.content for form in FormVersion.objects.filter(call=call)}
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        _add(archive, "dossiers.csv", _index(rows), call.created_at)
        for batch in batches(rows, _BATCH):
            copies, pieces = _copies(batch), _pieces(batch)
            for row in batch:
                for name, at, content in _texts(call, row, copies[row.pk], forms):
                    _add(archive, f"{folder(row)}/{name}", content, at)
                labels = _labels(forms.get(row.form_id, {}))
                for rank, piece in enumerate(pieces[row.pk], start=1):
                    name = readable(rank, labels.get(piece.key, ""), piece.name)
                    _join(archive, f"{folder(row)}/{_('pièces')}/{name}", piece)
                done += 1
                if said:
                    said(done, len(rows))
    return len(rows)


def folder(row: Dossier) -> str:
    """Return the name of the folder of a file: its number, then who applies."""
    name = safe_name(row.pole.actor.name if row.pole else row.applicant.name)[:_LONG].rstrip(" .")
    return f"{row.number:04d} {name}".strip()


def _copies(batch: list[Dossier]) -> dict[UUID, list[FrozenCopy]]:
    found: dict[UUID, list[FrozenCopy]] = defaultdict(list)
    for copy in FrozenCopy.objects.filter(dossier__in=[one.pk for one in batch]).order_by("number"):
        found[copy.dossier_id].append(copy)
    return found


def _pieces(batch: list[Dossier]) -> dict[UUID, list[DossierPiece]]:
    found: dict[UUID, list[DossierPiece]] = defaultdict(list)
    rows = DossierPiece.objects.filter(dossier__in=[one.pk for one in batch], removed_at=None)
    clean = rows.filter(piece__state=Piece.State.CLEAN).select_related("piece__blob").order_by("key", "pk")
    for one in clean:
        found[one.dossier_id].append(one)
    return found


def _texts(
    call: Call, row: Dossier, copies: list[FrozenCopy], forms: dict[int, dict[str, Any]]
) -> Iterator[tuple[str, datetime, bytes]]:
    for copy in copies:
        bytes_ = bytes(copy.document)
        yield f"{_('copie')} {copy.number}.json", copy.at, bytes_
        words = in_words(call, row, json.loads(bytes_), forms.get(copy.form_id, {}))
        yield f"{_('dossier')} {copy.number}.txt", copy.at, words.encode()


def in_words(call: Call, row: Dossier, told: dict[str, Any], content: dict[str, Any]) -> str:
    """Return a frozen copy as a text that people read: questions and answers, in the order of the form."""
    example = f" ({_('exemple fictif')})" if row.example else ""
    head = [f"{row.reference}{example} · {call.title}", str(told.get("title") or row.name)]
    head += [row.applicant.name, str(told.get("at", "")), ""]
    answers, body = told.get("answers", {}), []
    for placed in form_rules.fields(content):
        found = saying.lines(placed.field, answers.get(placed.key))
        if found:
            body += [saying.label(placed.field), *(f"  {line}" for line in found), ""]
    return "\n".join([*head, *body])


def _index(rows: list[Dossier]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([_("Numéro"), _("Dossier"), _("Projet"), _("Candidat"), _("Région"), _("État"),
                     _("Déposé le"), _("Demandé (€)"), _("Exemple fictif")])  # fmt: skip
    for row in rows:
        at = timezone.localtime(row.deposited_at).strftime("%Y-%m-%d %H:%M:%S") if row.deposited_at else ""
        example = _("oui") if row.example else _("non")
        asked, where = written(row.asked_cents).replace(".", ","), row.zone.name if row.zone else ""
        named = [row.reference, folder(row), row.name, row.applicant.name, where]
        cells = [*named, row.get_state_display(), at, asked, example]
        writer.writerow([neutral(cell) for cell in cells])
    return ("\ufeff" + text.getvalue()).encode()


def _labels(content: dict[str, Any]) -> dict[str, str]:
    return {placed.key: saying.label(placed.field) for placed in form_rules.fields(content)}


def _join(archive: ZipFile, name: str, one: DossierPiece) -> None:
    """Copy a piece as it is: files of offices and images are compressed already. One that is lost is said."""
    try:
        source = store.open_blob(one.piece.blob)
    except FileNotFoundError:
        words = _("Le contenu de cette pièce manque sur le serveur : %(digest)s")
        _add(archive, f"{name}.txt", (words % {"digest": one.piece.blob_id}).encode(), one.at)
        return
    with source, archive.open(_entry(name, one.at, ZIP_STORED), "w") as to:
        shutil.copyfileobj(source, to)


def _add(archive: ZipFile, name: str, content: bytes, at: datetime) -> None:
    archive.writestr(_entry(name, at, ZIP_DEFLATED), content, compresslevel=3)


def _entry(name: str, at: datetime, how: int) -> ZipInfo:
    """Return an entry dated as what it holds: the same call gives the same bytes."""
    moment = timezone.localtime(at)
    entry = ZipInfo(name, (max(moment.year, 1980), *moment.timetuple()[1:6]))
    entry.compress_type, entry.external_attr = how, 0o644 << 16
    return entry
