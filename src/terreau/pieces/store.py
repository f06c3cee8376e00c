"""Files kept once under the SHA-256 of their bytes: ``pieces/sha256/ab/cd/abcd…``."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.pieces import types
from terreau.pieces.models import Blob

_CHUNK = 1 << 16
_HEAD = 4096


def put(stream: BinaryIO, *, limit: int | None = None, check: Callable[[str], object] | None = None) -> Blob:
    """Keep the bytes of ``stream`` and return their blob, the same one for the same bytes.

    At most ``limit`` bytes (``settings.PIECES_MAX_BYTES``), at least one: ``DomainError`` otherwise,
    and nothing is kept. ``check`` is given the type that the content tells, and raises to refuse it.
    The file is on the disk for good before the row that names it exists.
    """
    most = settings.PIECES_MAX_BYTES if limit is None else limit
    incoming = _folder(settings.PIECES_DIR / "incoming")
    descriptor, name = tempfile.mkstemp(dir=incoming)
    try:
        with os.fdopen(descriptor, "wb") as file:
            sha256, size, head = _copy(stream, file, most)
            file.flush()
            os.fsync(file.fileno())
        media = types.told(head, Path(name))
        if check:
            check(media)
        _settle(Path(name), path_of(sha256))
    finally:
        Path(name).unlink(missing_ok=True)
    rest = {"size": size, "media_type": media}
    return Blob.objects.get_or_create(sha256=sha256, defaults=rest)[0]


def open_blob(blob: Blob) -> BinaryIO:
    """Return the bytes of a blob as a file open for reading; close it."""
    return path_of(blob.sha256).open("rb")


def intact(blob: Blob) -> bool:
    """Say whether the bytes on the disk are still those that the blob names."""
    digest = hashlib.sha256()
    try:
        with open_blob(blob) as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except FileNotFoundError:
        return False
    return digest.hexdigest() == blob.sha256


def path_of(sha256: str) -> Path:
    """Return where the bytes with this digest are kept."""
    return Path(settings.PIECES_DIR) / "sha256" / sha256[:2] / sha256[2:4] / sha256


def _copy(stream: BinaryIO, file: BinaryIO, most: int) -> tuple[str, int, bytes]:
    digest, size, head = hashlib.sha256(), 0, b""
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > most:
            message = _("Ce fichier est trop gros : %(limit)s Mo au plus.") % {"limit": most // 1_000_000}
            raise DomainError("piece_too_large", message, facts={"limit": most}, status=413)
        digest.update(chunk)
        file.write(chunk)
        head = (head + chunk)[:_HEAD] if len(head) < _HEAD else head
    if not size:
        raise DomainError("piece_empty", _("Ce fichier est vide."))
    return digest.hexdigest(), size, head


def _folder(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def _settle(incoming: Path, final: Path) -> None:
    """Give the file its name for good; the folder is written to the disk too."""
    os.replace(incoming, _folder(final.parent) / final.name)
    descriptor = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
