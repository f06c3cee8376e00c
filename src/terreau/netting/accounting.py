"""What a statement suggests to an accountant: accounts, and what remains to be checked, from content."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import get_language

from terreau.common.content import Section, read_content

_FILE = Path(__file__).parent / "content" / "accounting.yaml"
_NOTE = ("code", "fr", "en", "source", "url", "verified_on")
_ACCOUNT = ("account", "fr", "en", "source", "url", "verified_on")


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence in both languages, its source; ``verified``: somebody whose trade it is confirmed it."""

    code: str
    fr: str
    en: str
    document: str
    url: str
    verified: bool

    @property
    def text(self) -> str:
        """The sentence in the language of the page."""
        return self.en if (get_language() or "fr").startswith("en") else self.fr


@dataclass(frozen=True, slots=True)
class Content:
    """The file: the account of what is bought, of what is sold, and the notes."""

    bought: Note
    sold: Note
    notes: tuple[Note, ...]


@cache
def content(path: Path = _FILE) -> Content:
    """Read the file; raise ``ContentError`` with its line when something is wrong."""
    document = read_content(path)
    assert isinstance(document, Section)  # noqa: S101 - our own file
    document.expect(("accounts", "notes"))
    accounts = document.section("accounts").expect(("bought", "sold"))
    found = [_account(accounts.section(name)) for name in ("bought", "sold")]
    notes = tuple(_note(one.expect(_NOTE), "code") for one in document["notes"])
    return Content(found[0], found[1], notes)


def _account(one: Section) -> Note:
    return _note(one.expect(_ACCOUNT), "account")


def _note(one: Section, code: str) -> Note:
    code, fr, en, document, url = (str(one[name]) for name in (code, "fr", "en", "source", "url"))
    return Note(code, fr, en, document, url, verified=one["verified_on"] is not None)
