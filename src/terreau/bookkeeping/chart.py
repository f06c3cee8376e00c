"""The accounts by nature: their names and sources, which one a line belongs to when nobody said.

Nothing is guessed from a label: an account comes from a person, from the file that brought the line, or from
what wrote it (a fee, a booking…). What none of them says has no account and is shown as such.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from terreau.common.content import Section, read_content
from terreau.flows import rules as ledger

_FOLDER: Final = Path(__file__).parent / "content"
IN, OUT, BETWEEN, INSIDE = "in", "out", "between", "inside"


@dataclass(frozen=True, slots=True)
class Account:
    """A heading of the plan: number, side, names, where it is from, whether the text itself was read."""

    code: str
    side: str
    fr: str
    en: str
    source: str
    checked: bool

    def name(self, language: str) -> str:
        """Return its name in a language."""
        return self.en if language.startswith("en") else self.fr


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of accounts as the content file says it."""

    accounts: dict[str, Account]
    sources: dict[str, str]
    origins: tuple[tuple[str, str, str], ...]
    gifts: dict[str, tuple[str, str]]

    def of(self, code: str) -> Account | None:
        """Return the heading of an account: its own, else that of the longest number it begins with."""
        for length in range(len(code), 0, -1):
            if code[:length] in self.accounts:
                return self.accounts[code[:length]]
        return None

    def by_origin(self, origin: str, side: str) -> str:
        """Return the account that what wrote a line says; empty when it says none."""
        for prefix, comes, goes in self.origins:
            if origin.startswith(prefix):
                return comes if side == IN else goes
        return ""


@cache
def plan() -> Plan:
    """Return the plan; raise ``ContentError`` for a file that cannot be used."""
    held: Section = read_content(_FOLDER / "accounts.yaml")
    held.expect(("source", "verified_on", "accounts", "origins", "gifts"))
    accounts = {}
    for one in held["accounts"]:
        one.expect(("code", "side", "fr", "en", "source", "checked"))
        one.one_of("side", (IN, OUT))
        one.one_of("source", held["source"])
        accounts[one["code"]] = Account(
            one["code"], one["side"], one["fr"], one["en"], held["source"][one["source"]], one["checked"]
        )
    origins = tuple(
        (one["prefix"], one["in"], one["out"])
        for one in (row.expect(("prefix", "in", "out")) for row in held["origins"])
    )
    gifts = {
        one["what"]: (one["use"], one["resource"])
        for one in (row.expect(("what", "use", "resource")) for row in held["gifts"])
    }
    return Plan(accounts, dict(held["source"]), origins, gifts)


@dataclass(frozen=True, slots=True)
class MinimumWage:
    """The hourly gross minimum wage since a day, in cents, and its decree: to be checked before use."""

    since: date
    cents: int
    source: str


@cache
def minimum_wages() -> tuple[MinimumWage, ...]:
    """Return the amounts known, in order."""
    held: Section = read_content(_FOLDER / "minimum_wage.yaml")
    held.expect(("verified_on", "amounts"))
    rows = [one.expect(("since", "cents", "source")) for one in held["amounts"]]
    return tuple(MinimumWage(one["since"], one["cents"], one["source"]) for one in rows)


def minimum_wage(day: date) -> MinimumWage | None:
    """Return the last amount known that had begun that day; none before the first (R: unknown stays so)."""
    return max((one for one in minimum_wages() if one.since <= day), key=lambda one: one.since, default=None)


def account_of(*, said: str, origin: str, nature: str, side: str, what: str = "") -> str:
    """Return the account of a line by what was said, else by the rules; empty when nothing says it.

    ``side`` is how the line stands to the pole (in, out, between members, inside). ``what`` is what a gift
    is (``rules.Gift.what``): its account is that of the resource, its use stands on the other side.
    """
    if said:
        return said
    if side not in {IN, OUT}:
        return ""
    if nature == ledger.CASH:
        return plan().by_origin(origin, side)
    if side == IN and what:
        return plan().gifts.get(what, ("", ""))[1]
    return ""
