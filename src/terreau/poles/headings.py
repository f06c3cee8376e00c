"""Where each fact of a pole is read: the four headings of R-03, the results, the timeline (content file)."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from terreau.common.content import read_content

_FILE = Path(__file__).parent / "content" / "headings.yaml"
_NAMES = ("pole", "territorial", "cooperation", "economique")


@dataclass(frozen=True, slots=True)
class Headings:
    """Codes of the catalogue in the order of reading."""

    headings: dict[str, list[str]]
    results: list[str]
    timeline: list[str]
    listed: list[str]
    columns: list[str]

    def of(self, code: str) -> str:
        """Return the heading of a code; one that the file does not place is read under « pole »."""
        return next((name for name, codes in self.headings.items() if code in codes), "pole")

    @property
    def placed(self) -> set[str]:
        """Every code that the file places somewhere."""
        return {
            *self.columns,
            *self.timeline,
            *self.listed,
            *(code for codes in self.headings.values() for code in codes),
        }


@cache
def load() -> Headings:
    """Return the content of the file, read once; `ContentError` for an unknown key."""
    document = read_content(_FILE).expect(["source", "columns", "headings", "results", "timeline", "listed"])
    headings = document.section("headings").expect(_NAMES)
    return Headings(
        {name: list(headings[name]) for name in _NAMES},
        list(document["results"]),
        list(document["timeline"]),
        list(document["listed"]),
        list(document["columns"]),
    )
