"""What sets a pole apart from the other groupings of enterprises, and the labels of those (R-59)."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from terreau.common.content import read_content
from terreau.facts import catalogue
from terreau.poles.models import Recognition

_FILE = Path(__file__).parent / "content" / "comparison.yaml"
_LANGUAGES = ("fr", "en")
#: What begins the code of a label of another policy in the vocabulary of recognitions.
LABEL = "label-externe"


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension of the comparison, in both languages."""

    code: str
    label: dict[str, str]
    ptce: dict[str, str]
    competitiveness: dict[str, str]


@cache
def load() -> tuple[str, list[Dimension]]:
    """Return the source and the dimensions of the content file; an unknown key refuses to load."""
    document = read_content(_FILE).expect(["source", "dimensions"])
    found = []
    for entry in document["dimensions"]:
        entry.expect(["code", "label", "ptce", "competitiveness"])
        texts = [
            dict(entry.section(name).expect(_LANGUAGES)) for name in ("label", "ptce", "competitiveness")
        ]
        found.append(Dimension(entry["code"], *texts))
    return document["source"], found


@dataclass(frozen=True, slots=True)
class Label:
    """A label of another policy, and the public poles that hold or held it, the newest first."""

    code: str
    label: str
    definition: str
    held: list[Recognition]


def labels(lang: str) -> list[Label]:
    """Return the labels of the vocabulary with the poles that hold them: one query.

    « Autre label », which names none, is there only when a pole holds it.
    """
    rows = Recognition.objects.filter(
        external=True,
        pole__actor__subject__public=True,
        pole__actor__subject__closed_at=None,
        pole__actor__subject__merged_into=None,
    ).select_related("pole__actor", "body", "source")
    held: dict[str, list[Recognition]] = {}
    for row in rows.order_by("-on", "pole__actor__sort_key", "pk"):
        held.setdefault(row.scheme, []).append(row)
    terms = catalogue.vocabulary("recognition").terms
    return [
        Label(code, term.labels[lang], term.definitions[lang], held.get(code, []))
        for code, term in terms.items()
        if code.startswith(LABEL) and (code != LABEL or code in held)
    ]
