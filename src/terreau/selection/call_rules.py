"""What a call asks of any choice of its files (``Call.portfolio``), as its owner typed it, before any file.

Held as the problem of a portfolio writes it (docs/portfolio.md): ``step_cents``, ``minimum_rate`` (hundredths
of a percent of what is asked) and ``rules``. The assistant of the committee begins with it. Empty: no rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from terreau.selection.portfolio_rules import ON, SENSES, Rule

#: A group that rules count by number of files: ``region`` or ``category``, its code, its name.
Group = tuple[str, str, str]
_SHARED: Final = ("qpv", "rural")


def rules_of(portfolio: Mapping[str, Any]) -> list[Rule]:
    """Return the rules of a call; what cannot be read is left out."""
    listed = portfolio.get("rules", ())
    rows = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    return [
        Rule(row["on"], row.get("of") or "files", sense, row[sense], str(row.get("value") or ""))
        for row in rows
        for sense in SENSES
        if row.get("on") in ON
        and row.get("of") in {None, "", "files", "cents"}
        and type(row.get(sense)) is int
    ]


def field_of(rule: Rule) -> str:
    """Return the field of the form where a rule is typed; nothing when there is none."""
    if (rule.on, rule.of, rule.sense) == ("all", "files", "at_most"):
        return "most_files"
    if rule.on in _SHARED and (rule.of, rule.sense) == ("cents", "at_least_share"):
        return f"{rule.on}_share"
    if rule.on in {"region", "category"} and rule.of == "files" and not rule.share:
        return f"{rule.on}-{rule.value}-{'min' if rule.floor else 'max'}"
    return ""


def typed(portfolio: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form shows of the rules of a call, field by field."""
    found: dict[str, Any] = {}
    step, rate = portfolio.get("step_cents"), portfolio.get("minimum_rate")
    if isinstance(step, int) and isinstance(rate, int) and step and rate:
        found |= {"step": step, "minimum_rate": Decimal(rate) / 100}
    for rule in rules_of(portfolio):
        if name := field_of(rule):
            found[name] = Decimal(rule.amount) / 100 if rule.share else rule.amount
    return found


def untyped(portfolio: Mapping[str, Any]) -> list[Rule]:
    """Return the rules that came from a file and that the form cannot show: they hold all the same."""
    return [rule for rule in rules_of(portfolio) if not field_of(rule)]


def written(rules: Iterable[Rule], *, step: int, minimum_rate: int) -> dict[str, Any]:
    """Return rules as a call holds them; nothing when there is none."""
    found: dict[str, Any] = {}
    if step:
        found |= {"step_cents": step, "minimum_rate": minimum_rate}
    listed = [
        {
            "on": rule.on,
            "of": rule.of,
            **({"value": rule.value} if rule.value else {}),
            rule.sense: rule.amount,
        }
        for rule in rules
    ]
    return found | ({"rules": listed} if listed else {})


def groups(
    regions: Mapping[str, str], categories: Mapping[str, str], portfolio: Mapping[str, Any]
) -> list[Group]:
    """Return the groups of a form: these regions and categories (code → name), and those of the rules."""
    named: dict[str, dict[str, str]] = {"region": dict(regions), "category": dict(categories)}
    for rule in rules_of(portfolio):
        if rule.on in named:
            named[rule.on].setdefault(rule.value, rule.value)
    return [
        (on, code, name)
        for on, pairs in named.items()
        for code, name in sorted(pairs.items(), key=lambda one: one[1])
        if code
    ]


__all__ = ["Group", "field_of", "groups", "rules_of", "typed", "untyped", "written"]
