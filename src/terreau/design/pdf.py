"""Any document as a PDF that screen readers can read (PDF/UA-1), in the look of the house, by typst.

What a document says is composed here as blocks; `content/typst/document.typ` says how they look. Text is
passed as data and never read as markup, nothing is fetched, fonts are those of the pages.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import typst
from django.http import HttpResponse
from django.utils.translation import gettext as _

#: How typst names a character that no font draws.
_UNDRAWN = re.compile(r'the text `"(.*?)"` could not be displayed', re.DOTALL)
_CODE = re.compile(r"\\u\{([0-9a-f]+)\}")
_REPLACED, _MOST_TURNS, _LATIN, _KEPT = "?", 20, 0x250, "’‘“”«»–—…•€\u202f\u2009œŒ"
_FOLDER = Path(__file__).parent / "content" / "typst"


@dataclass(frozen=True)
class Note:
    """A line below the value of a cell, with the ranks of its sources."""

    text: str
    sources: Sequence[int] = ()


@dataclass(frozen=True)
class Cell:
    """A text with the ranks of its sources (`Sources.marks`), a link when it leads somewhere."""

    text: str
    sources: Sequence[int] = ()
    strong: bool = False
    url: str = ""
    notes: Sequence[Note] = ()


Row = list[Cell | str]


@dataclass(frozen=True)
class Heading:
    """A title in the document, of level 1 or 2."""

    text: str
    level: int = 1
    type: ClassVar[str] = "heading"


@dataclass(frozen=True)
class Paragraph:
    """A sentence; ``soft`` is a remark."""

    text: str
    sources: Sequence[int] = ()
    soft: bool = False
    type: ClassVar[str] = "paragraph"


@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    items: Sequence[Cell]
    type: ClassVar[str] = "list"


@dataclass(frozen=True)
class Table:
    """Rows under headers, repeated on each page; ``widths`` are parts of the page's width, one a column.

    ``numeric`` are the ranks, from 0, of the columns of figures.
    """

    headers: Sequence[str]
    rows: Sequence[Row]
    widths: Sequence[int]
    caption: str = ""
    numeric: Sequence[int] = ()
    type: ClassVar[str] = "table"


@dataclass(frozen=True)
class Drawing:
    """An SVG, ``height`` centimetres high, and what it shows in words."""

    svg: str
    alt: str
    height: float = 7
    type: ClassVar[str] = "drawing"


@dataclass(frozen=True)
class PageBreak:
    """What follows begins a page: a document of several letters."""

    type: ClassVar[str] = "pagebreak"


Block = Heading | Paragraph | Bullets | Table | Drawing | PageBreak


class Sources:
    """The sources of a document, each once, in the order in which they are first cited."""

    def __init__(self) -> None:
        self._rank: dict[tuple[str, str], int] = {}

    def marks(self, cited: Iterable[tuple[str, str]]) -> list[int]:
        """Return the ranks of sources given as ``(text, address)``, from 1; one without text is left out."""
        return [self._rank.setdefault(one, len(self._rank) + 1) for one in dict.fromkeys(cited) if one[0]]

    def as_json(self) -> list[dict[str, str]]:
        """Return the list at the end of the document."""
        return [{"text": text, "url": url} for text, url in self._rank]


@dataclass(frozen=True)
class Document:
    """What a PDF says. ``kind`` stands above the title, ``footer`` at the foot of each page.

    ``made``: when it was made (seconds since 1970), for a document that must be the same bytes each time.
    """

    title: str
    lang: str
    blocks: Sequence[Block]
    sources: Sources
    kind: str = ""
    lede: str = ""
    footer: str = ""
    licence: str = ""
    wide: bool = False
    keywords: Sequence[str] = field(default=())
    made: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return what the template reads."""
        return {
            "title": self.title,
            "lang": self.lang,
            "blocks": [{"type": block.type, **asdict(block)} for block in self.blocks],
            "sources": self.sources.as_json(),
            "kind": self.kind,
            "lede": self.lede,
            "footer": self.footer,
            "licence": self.licence,
            "wide": self.wide,
            "keywords": list(self.keywords),
            "words": {"page": _("Page"), "sources": _("Sources")},
        }


@cache
def _fonts() -> typst.Fonts:
    # Those that typst carries are for what ours do not draw: arrows, Greek, Cyrillic…
    return typst.Fonts(
        font_paths=[str(_FOLDER / "fonts")], include_system_fonts=False, include_embedded_fonts=True
    )


def rendered(document: Document, *, archive: bool = False) -> bytes:
    """Return the PDF of a document; ``archive``: PDF/A-3 too, which may hold files.

    PDF/UA allows no character without a drawing. What no font draws (an emoji in a name, a rare script) is
    replaced by « ? », so that one character never costs the document.
    """
    data = json.dumps(document.as_json(), ensure_ascii=False)
    data = "".join(character for character in data if not _invisible(character))
    for _turn in range(_MOST_TURNS):
        try:
            return _compiled(data, document.made, archive=archive)
        except typst.TypstError as error:
            found = _UNDRAWN.search(str(error))
            if not found:
                raise
            missing = set(_CODE.sub(lambda code: chr(int(code[1], 16)), found[1])) - {_REPLACED}
            if not missing & set(data):
                break
            data = "".join(_REPLACED if character in missing else character for character in data)
    # A cluster taken for undrawn though each of its characters is drawn: Latin and punctuation stay.
    kept = "".join(c if ord(c) < _LATIN or c in _KEPT else _REPLACED for c in data)
    return _compiled(kept, document.made, archive=archive)


def _invisible(character: str) -> bool:
    """Marks of direction, joiners, choices of drawing: nothing to draw, and typst says them undrawn."""
    return unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f"


def _compiled(data: str, made: int | None, *, archive: bool) -> bytes:
    pdf: bytes = typst.compile(
        str(_FOLDER / "document.typ"),
        root=str(_FOLDER),
        format="pdf",
        font_paths=_fonts(),
        sys_inputs={"data": data},
        pdf_standards=["a-3b", "ua-1"] if archive else "ua-1",
        timestamp=made,
    )
    return pdf


def pdf_response(document: Document, name: str) -> HttpResponse:
    """Return a document as the file ``name.pdf``, that a browser shows."""
    return HttpResponse(
        rendered(document),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}.pdf"', "Content-Language": document.lang},
    )
