"""What a file is, told by its content whatever it is called, and which files are accepted. No Django."""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import puremagic

#: Types that are accepted → their extensions, the usual one first. Nothing that a browser or an office suite
#: runs by itself: no page, no script, no drawing, no program, no archive, no document with macros.
ACCEPTED: Mapping[str, tuple[str, ...]] = {
    "application/pdf": ("pdf",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/png": ("png",),
    "image/webp": ("webp",),
    "image/tiff": ("tif", "tiff"),
    "image/heic": ("heic", "heif"),
    "text/plain": ("txt", "csv", "tsv", "tab", "json", "geojson", "md"),
    "application/vnd.oasis.opendocument.text": ("odt",),
    "application/vnd.oasis.opendocument.spreadsheet": ("ods",),
    "application/vnd.oasis.opendocument.presentation": ("odp",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("xlsx",),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ("pptx",),
    "application/x-ole-storage": ("xls", "doc", "ppt"),
    "application/vnd.apache.parquet": ("parquet",),
}
#: A document of an office suite that holds programs.
MACROS = "application/vnd.ms-office.macroenabled"

_SIGNATURES = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"PAR1", "application/vnd.apache.parquet"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"\x7fELF", "application/x-executable"),
    (b"#!", "text/x-script"),
)
_OOXML = {
    "word/": "wordprocessingml.document",
    "xl/": "spreadsheetml.sheet",
    "ppt/": "presentationml.presentation",
}
_MARKUP = re.compile(
    r"<(!doctype|\?xml|html|head|body|svg|script|iframe|style|meta|link|title|!--)", re.IGNORECASE
)
_MACRO_PART = re.compile(r"(^|/)(vbaProject\.bin|Basic/.+|Scripts/.+)$")
#: Characters of control that no text holds.
_CONTROL = frozenset(range(32)) - {*b"\t\n\r\f\x1b"}


def told(head: bytes, path: Path | None = None) -> str:
    """Return the media type that the content tells; ``path`` is the whole file, to look into a container.

    Text is text first: « BM;commune » is not a picture.
    """
    if (text := _text(head)) is not None:
        return _of_text(text)
    for signature, media in _SIGNATURES:
        if head.startswith(signature):
            return media
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and head[8:12] in {b"heic", b"heix", b"mif1", b"msf1"}:
        return "image/heic"
    if head.startswith(b"PK\x03\x04"):
        return _of_zip(path) if path else "application/zip"
    return _other(head)


def name_for(name: str, media: str) -> str:
    """Return the name under which a file of an accepted type is kept: its extension never says another type.

    « a.exe » that is text becomes « a.exe.txt ». ValueError when the extension is that of another accepted
    type, because the person or the file is then mistaken.
    """
    own = ACCEPTED[media]
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    if extension in own:
        return name
    if any(extension in others for others in ACCEPTED.values()):
        raise ValueError(extension)
    return f"{name[: 200 - len(own[0]) - 1]}.{own[0]}"


def _text(head: bytes) -> str | None:
    """Return the head as text, None when it is not text; old encodings count, byte for byte."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) and not head.startswith(b"\xff\xfe\0\0"):
        return head.decode("utf-16", "replace")
    if not head or _CONTROL.intersection(head) or head.startswith(b"%PDF-"):
        return None
    return head.decode("utf-8-sig", "replace")


def _of_text(text: str) -> str:
    start = text.lstrip()
    if start.startswith("#!"):
        return "text/x-script"
    if not _MARKUP.match(start):
        return "text/plain"
    if "<svg" in start.lower():
        return "image/svg+xml"
    return "application/xml" if start[:5].lower() == "<?xml" and "<html" not in start.lower() else "text/html"


def _of_zip(path: Path) -> str:
    """Say which document a ZIP container is. Only its list of parts is read, nothing is unpacked."""
    try:
        with zipfile.ZipFile(path) as container:
            names = container.namelist()
            if any(_MACRO_PART.search(name) for name in names):
                return MACROS
            if names and names[0] == "mimetype" and container.getinfo("mimetype").file_size < 100:
                said = container.read("mimetype").decode("ascii", "replace").strip()
                return said if said in ACCEPTED else "application/zip"
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError):
        return "application/zip"
    if "[Content_Types].xml" in names:
        for folder, kind in _OOXML.items():
            if any(name.startswith(folder) for name in names):
                return f"application/vnd.openxmlformats-officedocument.{kind}"
    return "application/zip"


def _other(head: bytes) -> str:
    try:
        found = str(puremagic.from_string(head, mime=True))
    except (puremagic.PureError, ValueError):
        found = ""
    # What only looks like an accepted type is not one.
    return found if found and found not in ACCEPTED else "application/octet-stream"
