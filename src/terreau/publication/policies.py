"""The rules of secrecy, read from ``content/policies.yaml``: dated, with their source (facts-around §2.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from terreau.common.content import Section, read_content

_CONTENT = Path(__file__).parent / "content" / "policies.yaml"
_KEYS = ("from", "least", "share", "protection", "zeros", "singletons", "verified_on", "source")


@dataclass(frozen=True, slots=True)
class Policy:
    """One rule of secrecy, as it stands from a day on.

    ``least``: fewest contributors of a figure that is shown; ``share``: the most that one of them may weigh
    in it, in percent, None where amounts have no owner; ``protection``: percent around a hidden figure
    within which nothing may be excluded. ``zeros``: ``open`` (a zero is always shown) or ``usable`` (hidden
    when nothing else protects). ``singletons``: somebody alone in a figure knows it, and must learn nothing
    more from it. ``source`` holds ``document`` and ``url``; ``verified_on`` is None when nobody read the
    source.
    """

    code: str
    since: date | None
    least: int
    share: int | None
    protection: int
    zeros: str
    singletons: bool
    verified_on: date | None
    source: Mapping[str, str]

    def as_dict(self) -> dict[str, Any]:
        """Return the rule for a report, JSON types only."""
        return {
            "code": self.code,
            "since": self.since.isoformat() if self.since else None,
            "least": self.least,
            "share": self.share,
            "protection": self.protection,
            "zeros": self.zeros,
            "singletons": self.singletons,
            "verified_on": self.verified_on.isoformat() if self.verified_on else None,
            "source": dict(self.source),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Policy":
        """Return the rule that ``as_dict`` wrote."""
        day = {
            name: date.fromisoformat(data[name]) if data[name] else None for name in ("since", "verified_on")
        }
        return cls(**{**data, **day})


def policy(code: str, on: date) -> Policy | None:
    """Return the rule ``code`` as it stands on a day; None before its first known day. ``KeyError`` if
    unknown.
    """
    standing = [one for one in load()[code] if one.since is None or one.since <= on]
    return standing[-1] if standing else None


@cache
def load() -> dict[str, tuple[Policy, ...]]:
    """Return every rule with its versions, oldest first, read once a process."""
    return read(_CONTENT)


def read(path: Path) -> dict[str, tuple[Policy, ...]]:
    """Return the rules of a content file; raise ``ContentError`` (file, line) at the first mistake."""
    document = read_content(path)
    if not isinstance(document, Section):
        raise Section(path, 1).refuse("the file must be a mapping")
    found = {}
    for code in document:
        section = document.section(code).expect(("title", "versions"))
        section.section("title").expect(("fr", "en"))
        versions = [_version(code, one) for one in section["versions"]]
        found[code] = tuple(sorted(versions, key=lambda one: one.since or date.min))
    return found


def _version(code: str, section: Section) -> Policy:
    section.expect(_KEYS)
    if not isinstance(section["least"], int) or section["least"] < 2:
        raise section.refuse(
            "least must be a whole number, two or more: one contributor alone is never shown"
        )
    if section["share"] is not None and not 0 < section["share"] <= 100:
        raise section.refuse("share must be between 1 and 100, or null")
    if not 0 < section["protection"] <= 100:
        raise section.refuse("protection must be between 1 and 100")
    return Policy(
        code=code,
        since=section["from"],
        least=section["least"],
        share=section["share"],
        protection=section["protection"],
        zeros=section.one_of("zeros", ("open", "usable")),
        singletons=bool(section["singletons"]),
        verified_on=section["verified_on"],
        source={
            key: section.section("source").expect(("document", "url"))[key] for key in ("document", "url")
        },
    )
