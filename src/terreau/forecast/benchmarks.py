"""What a pole may be compared with, from the founding documents (R-100): it informs, it never warns."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import get_language

from terreau.common.content import read_list

_FILE = Path(__file__).parent / "content" / "benchmarks.yaml"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """An amount in cents, the year it is of, what it says by language, the document that says it."""

    code: str
    cents: int
    year: int
    texts: dict[str, str]
    documents: dict[str, str]

    @property
    def text(self) -> str:
        """The sentence in the language of the moment."""
        return self.texts[_language()]

    @property
    def source(self) -> dict[str, str]:
        """The source, as the mark that opens it takes it."""
        return {"document": self.documents[_language()], "section": "", "url": ""}


def cell_budget() -> Benchmark:
    """Return the median yearly budget of animation cells."""
    return _all()["cell_budget"]


def _language() -> str:
    return "en" if (get_language() or "fr").startswith("en") else "fr"


@cache
def _all() -> dict[str, Benchmark]:
    found = {}
    for one in read_list(_FILE):
        one.expect(["code", "cents", "on", "source", "document", "text"])
        texts, documents = (dict(one.section(key).expect(["fr", "en"])) for key in ("text", "document"))
        found[one["code"]] = Benchmark(one["code"], one["cents"], one["on"], texts, documents)
    return found
