"""The parts of a draft that an owner edits, each as flat fields: shown by a form, written back."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from terreau.grids.language import DECIDING
from terreau.grids.problems import Problem, Problems
from terreau.grids.reading import read as read_yaml
from terreau.grids.writing import snippet

Document = dict[str, Any]
Fields = dict[str, Any]
LANGS = ("fr", "en")
_DAYS = ("valid_from", "valid_to", "verified_on")
#: Empty rows that a form of rows offers, and rows that it keeps at most.
SPARE, MOST_ROWS = 3, 60


def _texts(held: Mapping[str, Any], key: str) -> Fields:
    texts = held.get(key)
    found = texts if isinstance(texts, Mapping) else {}
    return {f"{key}_{lang}": str(found.get(lang) or "") for lang in LANGS}


def _put_texts(held: Document, key: str, fields: Mapping[str, Any], *, optional: bool = False) -> None:
    texts = {lang: str(fields.get(f"{key}_{lang}") or "").strip() for lang in LANGS}
    if optional and not any(texts.values()):
        held.pop(key, None)
    else:
        held[key] = texts


def _part(held: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = held.get(key)
    return value if isinstance(value, Mapping) else {}


def _put_part(
    held: Document, key: str, fields: Mapping[str, Any], names: Sequence[str], *, needed: str
) -> None:
    part = dict(_part(held, key))
    for name in names:
        value = str(fields.get(f"{key}_{name}") or "").strip()
        part.pop(name, None)
        if value or name == needed:
            part[name] = value
    held[key] = part


# The head


def read_head(held: Mapping[str, Any]) -> Fields:
    """Return the head of a draft."""
    verdict = _part(held, "verdict")
    return {
        "version": str(held.get("version") or ""),
        **_texts(held, "title"),
        **_texts(held, "summary"),
        **_texts(held, "licence"),
        **{f"owner_{name}": str(_part(held, "owner").get(name) or "") for name in ("name", "url")},
        **{
            f"source_{name}": str(_part(held, "source").get(name) or "")
            for name in ("document", "section", "url")
        },
        "nature": str(held.get("nature") or ""),
        "subject": str(held.get("subject") or ""),
        **{name: _day_text(held.get(name)) for name in _DAYS},
        "all_of": [str(one) for one in verdict.get("all_of") or ()],
        "none_of": [str(one) for one in verdict.get("none_of") or ()],
    }


def put_head(held: Document, fields: Mapping[str, Any]) -> None:
    """Write the head; kinds that must hold make the grid prescriptive."""
    held["version"] = str(fields["version"]).strip()
    for key in ("title", "summary", "licence"):
        _put_texts(held, key, fields)
    _put_part(held, "owner", fields, ("name", "url"), needed="name")
    _put_part(held, "source", fields, ("document", "section", "url"), needed="document")
    held["nature"], held["subject"] = fields["nature"], fields["subject"]
    for name in _DAYS:
        held[name] = _day(fields[name])
    held["prescriptive"] = bool(fields["all_of"])
    held.pop("verdict", None)
    if fields["all_of"]:
        held["verdict"] = {key: list(fields[key]) for key in ("all_of", "none_of") if fields[key]}


def _day_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")


def _day(text: Any) -> date | str | None:
    words = str(text or "").strip()
    try:
        return date.fromisoformat(words) if words else None
    except ValueError:
        return words


# Axes and scale: rows


def rows_of(held: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return the entries of a list of a draft that are mappings."""
    value = held.get(key)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def read_rows(held: Mapping[str, Any], key: str, name: str, label: str) -> Fields:
    """Return rows as fields ``<rank>_code``, ``<rank>_fr``, ``<rank>_en``."""
    fields: Fields = {}
    for rank, one in enumerate(rows_of(held, key)):
        texts = _part(one, label)
        fields |= {
            f"{rank}_code": str(one.get(name, "")),
            **{f"{rank}_{lang}": str(texts.get(lang) or "") for lang in LANGS},
        }
    return fields


def put_rows(held: Document, key: str, fields: Mapping[str, Any], name: str, label: str) -> None:
    """Write rows; one whose code is emptied goes."""
    before = {str(one.get(name)): one for one in rows_of(held, key)}
    found = []
    for rank in range(MOST_ROWS):
        code = str(fields.get(f"{rank}_code") or "").strip()
        if code:
            texts = {lang: str(fields.get(f"{rank}_{lang}") or "").strip() for lang in LANGS}
            kept = {
                other: value for other, value in before.get(code, {}).items() if other not in {name, label}
            }
            found.append({name: _whole(code) if name == "value" else code, label: texts, **kept})
    if name == "value":
        found.sort(key=lambda one: one[name] if isinstance(one[name], int) else 0)
    held.pop(key, None)
    if found:
        held[key] = found


def _whole(text: str) -> int | str:
    return int(text) if re.fullmatch(r"-?\d{1,6}", text) else text


# Criteria


@dataclass(frozen=True)
class RuleText:
    """What somebody typed as a rule: its value, or the problems of its YAML."""

    value: Any
    problems: tuple[Problem, ...] = ()


def rule_of_text(text: str) -> RuleText:
    """Read the YAML of a rule alone."""
    if not text.strip():
        return RuleText(None)
    problems = Problems()
    value = read_yaml(text, problems)
    return RuleText(value, problems.sorted())


def codes(held: Mapping[str, Any]) -> list[str]:
    """Return the codes of the criteria of a draft, in their order."""
    return [str(one.get("code")) for one in rows_of(held, "criteria")]


def find(held: Mapping[str, Any], code: str) -> Mapping[str, Any] | None:
    """Return a criterion of a draft."""
    return next((one for one in rows_of(held, "criteria") if str(one.get("code")) == code), None)


def read_criterion(one: Mapping[str, Any] | None) -> Fields:
    """Return a criterion as fields; those of nothing are empty."""
    held = one or {}
    return {
        "code": str(held.get("code") or ""),
        "kind": str(held.get("kind") or ""),
        "axis": str(held.get("axis") or ""),
        **_texts(held, "title"),
        **_texts(held, "text"),
        **{
            f"source_{name}": str(_part(held, "source").get(name) or "")
            for name in ("document", "section", "url")
        },
        "rule": snippet(held["rule"]) if held.get("rule") else "",
        "reads": ", ".join(str(code) for code in held.get("reads") or ()),
        **_texts(held, "orient"),
        "weight": str(held.get("weight") if held.get("weight") is not None else ""),
    }


def put_criterion(held: Document, code: str, fields: Mapping[str, Any]) -> None:
    """Write a criterion in its place, or at the end when ``code`` is empty."""
    entries = list(held.get("criteria") or [])
    before = find(held, code) if code else None
    made = _criterion(before, fields)
    if before is None:
        held["criteria"] = [*entries, made]
        if moves := moves_of(held):
            put_fates(held, fates(moves))
        return
    entries[next(rank for rank, one in enumerate(entries) if one is before)] = made
    held["criteria"] = entries
    _renamed(held, code, made["code"])


def _criterion(before: Mapping[str, Any] | None, fields: Mapping[str, Any]) -> Document:
    made: Document = {**(before or {}), "code": str(fields["code"]).strip(), "kind": fields["kind"]}
    for key, value in (("axis", fields["axis"]), ("weight", _number(fields["weight"]))):
        made.pop(key, None)
        if value not in ("", None):
            made[key] = value
    _put_texts(made, "title", fields)
    _put_texts(made, "text", fields)
    _put_part(made, "source", fields, ("document", "section", "url"), needed="document")
    _put_texts(made, "orient", fields, optional=True)
    made.pop("rule", None)
    if fields["kind"] in DECIDING and (rule := rule_of_text(str(fields["rule"] or "")).value) is not None:
        made["rule"] = rule
    made.pop("reads", None)
    if read := _words(fields["reads"]):
        made["reads"] = read
    order = ("code", "axis", "kind", "title", "text", "source", "rule", "reads", "orient", "weight")
    return {key: made[key] for key in (*order, *(key for key in made if key not in order)) if key in made}


def _words(text: Any) -> list[str]:
    return [word for word in re.split(r"[,;\s]+", str(text or "")) if word]


def _number(text: Any) -> Decimal | int | str | None:
    words = str(text or "").strip().replace(",", ".")
    try:
        return (int(words) if words.isdigit() else Decimal(words)) if words else None
    except InvalidOperation:
        return words


def _renamed(held: Document, before: str, after: str) -> None:
    """Follow a new code in the mapping: what was kept has moved."""
    moves = moves_of(held)
    if before == after or not moves:
        return
    answers = fates(moves)
    changed = False
    for fate in answers.values():
        if before in fate.targets:
            fate.targets[fate.targets.index(before)] = after
            fate.verb = "move" if fate.verb == "keep" else fate.verb
            changed = True
    if changed:
        put_fates(held, answers)


def move(held: Document, code: str, *, up: bool) -> None:
    """Move a criterion one place up or down."""
    entries = list(held.get("criteria") or [])
    rank = next((rank for rank, one in enumerate(entries) if str(one.get("code")) == code), None)
    other = None if rank is None else rank - 1 if up else rank + 1
    if rank is not None and other is not None and 0 <= other < len(entries):
        entries[rank], entries[other] = entries[other], entries[rank]
        held["criteria"] = entries


def remove(held: Document, code: str) -> None:
    """Take a criterion out of a draft."""
    held["criteria"] = [one for one in held.get("criteria") or [] if str(one.get("code")) != code]
    if moves := moves_of(held):
        put_fates(held, fates(moves))


# The mapping: what becomes of each criterion of the version before


@dataclass
class Fate:
    """What becomes of one old criterion."""

    verb: str = "keep"
    targets: list[str] = field(default_factory=list)
    how: str = "lowest"
    reason_fr: str = ""
    reason_en: str = ""
    values: Mapping[str, Any] | None = None
    shares: list[Any] | None = None


def moves_of(held: Mapping[str, Any]) -> list[Any]:
    """Return the declared moves of a draft."""
    moves = _part(held, "mapping").get("moves")
    return list(moves) if isinstance(moves, list) else []


def fates(moves: Iterable[Any]) -> dict[str, Fate]:
    """Return what the moves say of each old criterion."""
    found: dict[str, Fate] = {}
    for entry in moves:
        if isinstance(entry, Mapping) and len(entry) == 1:
            _add(*next(iter(entry.items())), found)
    return found


def _add(verb: str, body: Any, found: dict[str, Fate]) -> None:
    if verb == "keep":
        found.update({code: Fate("keep", [code]) for code in _listed(body)})
    elif isinstance(body, Mapping):
        old, new = _listed(body.get("from")), _listed(body.get("to"))
        reason = _part(body, "reason")
        for rank, code in enumerate(old):
            targets = new[rank : rank + 1] if verb == "rescale" else list(new)
            found[code] = Fate(
                verb,
                targets,
                str(body.get("how") or "lowest"),
                str(reason.get("fr") or ""),
                str(reason.get("en") or ""),
                body.get("values") if isinstance(body.get("values"), Mapping) else None,
                body.get("share") if isinstance(body.get("share"), list) else None,
            )


def _listed(value: Any) -> list[str]:
    if isinstance(value, list):
        return [str(one) for one in value]
    return [] if value is None else [str(value)]


def read_mapping(held: Mapping[str, Any], old: Sequence[str], degrees: Sequence[int]) -> Fields:
    """Return the fates of old criteria as fields ``<code>|fate``, ``<code>|to``…, and of old degrees."""
    told = fates(moves_of(held))
    values = next((fate.values for fate in told.values() if fate.values), {})
    fields: Fields = {f"degree|{one}": str(values.get(str(one), "")) for one in degrees}
    here = set(codes(held))
    for code in old:
        fate = told.get(code) or Fate("keep" if code in here else "drop", [code] if code in here else [])
        verb = "move" if fate.verb == "rescale" and fate.targets != [code] else fate.verb
        fields |= {
            f"{code}|fate": "keep" if verb == "rescale" else verb,
            f"{code}|to": " ".join(fate.targets or []) if verb not in {"keep", "rescale", "drop"} else "",
            f"{code}|how": fate.how,
            f"{code}|fr": fate.reason_fr,
            f"{code}|en": fate.reason_en,
        }
    return fields


def put_mapping(
    held: Document, fields: Mapping[str, Any], version: str, old: Mapping[str, bool], *, rescaled: bool
) -> None:
    """Write the mapping from ``version``; ``old`` says of each old criterion whether it is noted on a scale.

    ``rescaled``: degrees have changed, those of the fields say how. What nothing leads to is new.
    """
    values = {
        name.removeprefix("degree|"): _whole(str(value).strip())
        for name, value in fields.items()
        if name.startswith("degree|") and str(value).strip()
    }
    told: dict[str, Fate] = {}
    for code, scaled in old.items():
        verb = str(fields.get(f"{code}|fate") or "keep")
        to = _words(fields.get(f"{code}|to"))
        targets = [code] if verb == "keep" else [] if verb == "drop" else to
        turned = verb in {"keep", "move"} and rescaled and scaled
        told[code] = Fate(
            "rescale" if turned else verb,
            targets,
            str(fields.get(f"{code}|how") or "lowest"),
            str(fields.get(f"{code}|fr") or "").strip(),
            str(fields.get(f"{code}|en") or "").strip(),
            values if turned else None,
        )
    held["mapping"] = {"from": version, "moves": []}
    put_fates(held, told)


def put_fates(held: Document, told: Mapping[str, Fate]) -> None:
    """Write the moves that say these fates, criteria that nothing leads to being new."""
    kept = [code for code, fate in told.items() if fate.verb == "keep"]
    moves: list[Any] = [{"keep": kept}] if kept else []
    merged: dict[str, list[str]] = {}
    for code, fate in told.items():
        to = fate.targets[0] if fate.targets else ""
        if fate.verb == "move":
            moves.append({"move": {"from": code, "to": to}})
        elif fate.verb == "split":
            share = {"share": fate.shares} if fate.shares and len(fate.shares) == len(fate.targets) else {}
            moves.append({"split": {"from": code, "to": list(fate.targets), **share}})
        elif fate.verb == "merge":
            merged.setdefault(to, []).append(code)
        elif fate.verb == "drop":
            moves.append({"drop": {"from": code, "reason": {"fr": fate.reason_fr, "en": fate.reason_en}}})
    for to, sources in merged.items():
        moves.append({"merge": {"from": sources, "to": to, "how": told[sources[0]].how}})
    moves += _rescaled(told)
    reached = {target for fate in told.values() for target in fate.targets}
    if new := [code for code in codes(held) if code not in reached]:
        moves.append({"new": new})
    held["mapping"] = {**_part(held, "mapping"), "moves": moves}


def _rescaled(told: Mapping[str, Fate]) -> list[Any]:
    turned = {code: fate for code, fate in told.items() if fate.verb == "rescale"}
    if not turned:
        return []
    values = next(iter(turned.values())).values or {}
    to = [fate.targets[0] if fate.targets else "" for fate in turned.values()]
    return [{"rescale": {"from": list(turned), "to": to, "values": dict(values)}}]
