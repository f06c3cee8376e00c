"""Scenarios that the sources propose, from content (R-79)."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from django.utils.translation import get_language

from terreau.common.content import read_list
from terreau.envelopes.rules import Scenario

_FILE: Final = Path(__file__).parent / "content" / "scenarios.yaml"


@dataclass(frozen=True, slots=True)
class Proposed:
    """A scenario, and where it was read."""

    scenario: Scenario
    fr: str
    en: str

    @property
    def source(self) -> str:
        """Where it was read, in the language of the page."""
        return self.en if (get_language() or "fr").startswith("en") else self.fr


@cache
def proposed() -> tuple[Proposed, ...]:
    """Return the scenarios of the file, in its order."""
    rows = [one.expect(("poles", "cents", "years", "fr", "en")) for one in read_list(_FILE)]
    return tuple(
        Proposed(Scenario(one["poles"], one["cents"], one["years"]), one["fr"], one["en"]) for one in rows
    )
