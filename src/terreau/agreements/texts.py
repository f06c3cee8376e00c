"""Ceilings and kinds of funding as the content files say them, with their sources and dates."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from django.utils.translation import get_language

from terreau.agreements import levels
from terreau.common.content import read_list

_FOLDER: Final = Path(__file__).parent / "content"
_CEILING: Final = ("code", "from", "to", "cents", "years", "fr", "en", "source", "url", "read_on")
_FUND: Final = ("code", "level", "fr", "en", "what_fr", "what_en", "source", "url")


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A ceiling from a day (in) to another (out), in cents over some years."""

    code: str
    since: date
    until: date
    cents: int
    years: int
    fr: str
    en: str
    source: str
    url: str
    read_on: date

    @property
    def name(self) -> str:
        """What it is, in the language of the page."""
        return self.en if _english() else self.fr


@dataclass(frozen=True, slots=True)
class Fund:
    """A kind of funding to think of."""

    code: str
    level: str
    fr: str
    en: str
    what_fr: str
    what_en: str
    source: str
    url: str

    @property
    def name(self) -> str:
        """Its name, in the language of the page."""
        return self.en if _english() else self.fr

    @property
    def what(self) -> str:
        """What it pays for, in the language of the page."""
        return self.what_en if _english() else self.what_fr


@cache
def ceilings() -> tuple[Ceiling, ...]:
    """Return every ceiling of the file."""
    found = []
    for one in read_list(_FOLDER / "ceilings.yaml"):
        one.expect(_CEILING)
        found.append(Ceiling(*(one[key] for key in _CEILING)))
    return tuple(found)


def ceiling(code: str, on: date) -> Ceiling | None:
    """Return the ceiling in force on a day; none before the first and after the last."""
    return next((one for one in ceilings() if one.code == code and one.since <= on < one.until), None)


@cache
def funds() -> tuple[Fund, ...]:
    """Return the kinds of funding, from the widest level to the nearest."""
    found = []
    for one in read_list(_FOLDER / "funds.yaml"):
        one.expect(_FUND)
        one.one_of("level", levels.ORDER)
        found.append(Fund(*(one[key] for key in _FUND)))
    return tuple(sorted(found, key=lambda fund: levels.ORDER.index(fund.level)))


def _english() -> bool:
    return (get_language() or "fr").startswith("en")
