"""Why an exchange is due to the pole or is not: rules as data, that both parties agree on (R-108)."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import get_language

from terreau.common.content import read_content

_FILE = Path(__file__).parent / "content" / "attribution.yaml"
#: What of the workspace can bear a rule out.
EVIDENCE = ("", "catalogue", "tender", "purchase", "means")


@dataclass(frozen=True, slots=True)
class Rule:
    """A reason: whether it makes the exchange due to the pole, and what of the workspace can bear it out."""

    code: str
    due: bool
    evidence: str
    labels: dict[str, str]

    @property
    def label(self) -> str:
        """The reason in the language of the page."""
        return self.labels["en" if (get_language() or "fr").startswith("en") else "fr"]


@cache
def load() -> dict[str, Rule]:
    """Return the rules by code, read once; ``ContentError`` (file, line) at the first mistake."""
    document = read_content(_FILE).expect(("source", "rules"))
    found = {}
    for code in document.section("rules"):
        one = document.section("rules").section(code).expect(("due", "evidence", "label"))
        labels = one.section("label").expect(("fr", "en"))
        if not isinstance(one["due"], bool):
            raise one.refuse("due is true or false")
        found[code] = Rule(code, one["due"], one.one_of("evidence", EVIDENCE), dict(labels))
    return found


def label(code: str) -> str:
    """Return the words of a reason; nothing for none."""
    return load()[code].label if code in load() else ""


def due(code: str) -> bool | None:
    """Say whether a reason makes an exchange due to the pole; None when nobody agreed on one."""
    return load()[code].due if code in load() else None


def borne_out(code: str, seen: Iterable[str]) -> bool | None:
    """Say whether the workspace bears a reason out; None when it has nothing to say of it.

    A reason that the workspace does not show is not refused: the parties know more than it does.
    """
    wanted = load()[code].evidence if code in load() else ""
    return None if not wanted else wanted in set(seen)
