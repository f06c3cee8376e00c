"""Everything of a file in one ZIP with readable names: document, frozen copy, pieces, digests.

``empreintes-sha256.txt`` is in the form that ``sha256sum -c`` checks. What cannot be given (a piece refused
by the antivirus, or waiting for it) is said in « À LIRE.txt » instead of being silently left out. The same
frozen copy gives the same bytes each time.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO, Final, cast
from uuid import UUID

from django.utils.translation import gettext as _

from terreau.calls import form_rules
from terreau.design.pdf import rendered
from terreau.dossiers import freezing, frozen, saying
from terreau.dossiers.deadline import PARIS, paris
from terreau.dossiers.document import Edition, document, file_name
from terreau.dossiers.models import DossierPiece
from terreau.pieces import store
from terreau.pieces.models import Piece
from terreau.pieces.rules import safe_name

DIGESTS: Final = "empreintes-sha256.txt"
_CHUNK: Final = 1 << 16
_LONGEST: Final = 120


@dataclass(frozen=True, slots=True)
class Kept:
    """A piece under the name that people read; ``why`` says why it is not given."""

    path: str
    piece: Piece | None
    why: str = ""


def build(edition: Edition, dossier_pk: UUID) -> tuple[IO[bytes], str]:
    """Return the archive as a file open at its beginning, and its readable name without extension."""
    name = file_name(edition)
    made = cast("IO[bytes]", TemporaryFile())  # noqa: SIM115 - closed with the response
    try:
        _fill(made, edition, dossier_pk, name)
    except BaseException:
        made.close()
        raise
    made.seek(0)
    return made, name


def _fill(made: IO[bytes], edition: Edition, dossier_pk: UUID, name: str) -> None:
    when = _instant(edition.at)
    digests: list[tuple[str, str]] = []
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as packed:
        for path, content in _texts(edition):
            _write(packed, f"{name}/{path}", content, when)
            digests.append((hashlib.sha256(content).hexdigest(), path))
        absent: list[Kept] = []
        for one in pieces(edition, dossier_pk):
            if one.piece is None or one.why:
                absent.append(one)
                continue
            digests.append((_copy(packed, f"{name}/{one.path}", one.piece, when), one.path))
        listed = "".join(f"{digest}  {path}\n" for digest, path in digests)
        _write(packed, f"{name}/{DIGESTS}", listed.encode(), when)
        note = _("À LIRE")
        _write(packed, f"{name}/{note}.txt", _about(edition, absent).encode(), when)


def pieces(edition: Edition, dossier_pk: UUID) -> list[Kept]:
    """Return the pieces of an edition under readable names: rank, question, name. One query."""
    told = edition.told["pieces"]
    rows = DossierPiece.objects.filter(dossier=dossier_pk, pk__in=[UUID(one["id"]) for one in told])
    held = {str(row.pk): row.piece for row in rows.select_related("piece__blob")}
    labels = {placed.key: saying.label(placed.field) for placed in form_rules.fields(edition.content)}
    taken: set[str] = set()
    found = []
    for rank, one in enumerate(told, start=1):
        path = _unique(f"pieces/{readable(rank, labels.get(one['key'], ''), one['name'])}", taken)
        piece = held.get(one["id"])
        found.append(Kept(path, piece, _why_not(piece)))
    return found


def readable(rank: int, question: str, name: str) -> str:
    """Return a name that says what a piece is: « 02 – Statuts – statuts-signes.pdf »."""
    path = PurePosixPath(safe_name(name))
    asked = safe_name(question)[:60].strip(" .") if question else ""
    stem = " – ".join(part for part in (f"{rank:02d}", asked, path.stem) if part)
    return f"{stem[: _LONGEST - len(path.suffix)].strip(' .')}{path.suffix}"


def _unique(path: str, taken: set[str]) -> str:
    whole = PurePosixPath(path)
    name, rank = path, 2
    while name.lower() in taken:
        name, rank = str(whole.with_name(f"{whole.stem} ({rank}){whole.suffix}")), rank + 1
    taken.add(name.lower())
    return name


def _why_not(piece: Piece | None) -> str:
    if piece is None:
        return _("cette pièce n'est plus connue")
    if piece.state == Piece.State.QUARANTINE:
        return _("elle attend l'analyse de l'antivirus")
    if piece.state == Piece.State.REFUSED:
        return _("l'antivirus l'a refusée")
    if not store.path_of(piece.blob_id).exists():
        return _("son contenu manque sur le serveur")
    return ""


def _texts(edition: Edition) -> Iterator[tuple[str, bytes]]:
    """Return the document and what it was made of; short names, for systems that refuse long paths."""
    yield "dossier.pdf", rendered(document(edition))
    if edition.copy is not None:
        yield "copie-figee.json", frozen.bytes_of(edition.copy)
    else:
        yield "brouillon.json", freezing.as_bytes(edition.told)


def _copy(packed: zipfile.ZipFile, path: str, piece: Piece, when: tuple[int, ...]) -> str:
    """Copy the bytes of a piece, and return their digest as it was written."""
    digest = hashlib.sha256()
    source: BinaryIO
    with store.open_blob(piece.blob) as source, packed.open(_entry(path, when), "w") as target:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            target.write(chunk)
    return digest.hexdigest()


def _write(packed: zipfile.ZipFile, path: str, content: bytes, when: tuple[int, ...]) -> None:
    packed.writestr(_entry(path, when), content)


def _entry(path: str, when: tuple[int, ...]) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, cast(Any, when))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _instant(at: datetime) -> tuple[int, ...]:
    return at.astimezone(PARIS).timetuple()[:6]


def _about(edition: Edition, absent: list[Kept]) -> str:
    lines = [f"{edition.title}", edition.told["number"], ""]
    if edition.copy is None:
        lines.append(
            _("Brouillon : ce dossier n'est pas déposé. Fait le %(when)s.") % {"when": paris(edition.at)}
        )
    else:
        lines += [
            _("Copie figée le %(when)s.") % {"when": paris(edition.copy.at)},
            _("Empreinte SHA-256 de la copie (le fichier .json) : %(hash)s") % {"hash": edition.copy.sha256},
        ]
    if edition.fictional:
        lines.append(_("Ce dossier est un exemple fictif."))
    lines += ["", _("Pour vérifier les fichiers : sha256sum -c %(file)s") % {"file": DIGESTS}]
    if absent:
        lines += ["", _("Pièces qui ne sont pas dans cette archive :")]
        lines += [f"- {PurePosixPath(one.path).name} : {one.why}" for one in absent]
    return "\n".join(lines) + "\n"
