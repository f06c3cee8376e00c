"""A portfolio in JSON: read strictly, each problem with where it is and what to do; what is found, written.

The format is described in docs/portfolio.md. Amounts are whole cents, shares hundredths of a percent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.selection import portfolio_rules as rules
from terreau.selection import portfolio_words as words
from terreau.selection.portfolio_rules import File, Portfolio, Rule
from terreau.selection.solver import Found

LARGEST: Final = 50_000_000
_ROOT: Final = (
    *("envelope_cents", "step_cents", "least_grant_cents", "most_grant_cents"),
    *("files", "rules"),
)
_FILE: Final = (
    *("id", "score", "asked_cents", "minimum_cents"),
    *("region", "category", "qpv", "rural", "decided"),
)
_RULE: Final = ("on", "value", "of", *rules.SENSES)
_MOST_TOLD: Final = 20


class Unreadable(DomainError):  # noqa: N818
    """The file cannot be read; ``facts["problems"]`` says every problem, with its place."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("unreadable", "\n".join(problems[:_MOST_TOLD]), facts={"problems": problems})


def load(path: Path) -> Portfolio:
    """Read a file; raise ``Unreadable`` with everything that is wrong in it."""
    try:
        if path.stat().st_size > LARGEST:
            raise Unreadable([_("Ce fichier est trop grand : 50 Mo au plus.")])
        told = json.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise Unreadable([_("Ce fichier ne peut pas être lu : vérifiez son chemin.")]) from error
    except UnicodeDecodeError as error:
        raise Unreadable([_("Ce fichier n'est pas en UTF-8 : enregistrez-le ainsi.")]) from error
    except (json.JSONDecodeError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        said = _("Ligne %(line)d : ce n'est pas du JSON. Relisez les virgules et les guillemets.")
        raise Unreadable([said % {"line": line}]) from error
    return read(told)


def read(told: Any) -> Portfolio:
    """Return the problem that a JSON value describes; raise ``Unreadable`` with everything that is wrong."""
    reader = _Reader()
    found = reader.portfolio(told)
    wrong = reader.problems or problems(found)
    if wrong:
        raise Unreadable(wrong)
    return found


def problems(one: Portfolio) -> list[str]:
    """Return what is wrong with a problem, in sentences: where, what, what to do."""
    return [words.problem(found.where, found.code) for found in rules.check(one)]


def written(one: Portfolio) -> dict[str, Any]:
    """Return a problem as ``read`` takes it."""
    return {
        "envelope_cents": one.envelope,
        "step_cents": one.step,
        "least_grant_cents": one.least,
        "most_grant_cents": one.most,
        "files": [
            {
                "id": file.key,
                "score": file.score,
                "asked_cents": file.asked,
                "minimum_cents": file.minimum,
                "region": file.region,
                "category": file.category,
                "qpv": file.qpv,
                "rural": file.rural,
                "decided": file.decided,
            }
            for file in one.files
        ],
        "rules": [
            {"on": rule.on, "value": rule.value, "of": rule.of, rule.sense: rule.amount} for rule in one.rules
        ],
    }


def answer(one: Portfolio, found: Found) -> dict[str, Any]:
    """Return what was found, as JSON: the same problem gives the same bytes."""
    held = {price.code: price for price in found.prices}
    counted = rules.counts(one, found.grants) if found.status in {"optimal", "feasible"} else []
    asked = {file.key: file for file in one.files}
    return {
        "status": found.status,
        "proven": found.proven,
        "score": found.score,
        "bound": found.bound,
        "gap": None if found.bound is None else found.bound - found.score,
        "envelope_cents": one.envelope,
        "granted_cents": found.granted,
        "left_cents": one.envelope - found.granted,
        "awards": [
            {
                "id": grant.key,
                "cents": grant.cents,
                "asked_cents": asked[grant.key].asked,
                "score": asked[grant.key].score,
                "partial": grant.cents < asked[grant.key].asked,
            }
            for grant in found.grants
        ],
        "rules": [
            {
                "code": count.rule.code,
                "words": words.rule(count.rule),
                "reached": count.reached,
                "whole": count.whole if count.rule.share else None,
                "kept": count.kept,
                "price": _price(held.get(count.rule.code)),
            }
            for count in counted
        ],
        "decided": [
            {"id": code.partition(":")[2], "words": words.code(one, code), "price": _price(price)}
            for code, price in held.items()
            if code.startswith("decided:")
        ],
        "conflict": _conflict(one, found),
        "sentence": words.sentence(found),
    }


def _price(price: Any) -> dict[str, Any] | None:
    if price is None:
        return None
    return {
        "gain_at_least": price.least,
        "gain_at_most": price.most,
        "proven": price.proven,
        "enter": list(price.enter),
        "leave": list(price.leave),
        "words": words.price(price),
    }


def _conflict(one: Portfolio, found: Found) -> dict[str, Any] | None:
    if found.conflict is None:
        return None
    return {
        "rules": [{"code": code, "words": words.code(one, code)} for code in found.conflict.codes],
        "enough_without": [words.code(one, code) for code in found.conflict.enough],
        "proven": found.conflict.proven,
    }


class _Reader:
    """Reads a value part by part and keeps every problem."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def portfolio(self, told: Any) -> Portfolio:
        """Read the whole."""
        root = self._object(told, "", _ROOT, ("envelope_cents", "files"))
        listed = [self._file(one, f"files[{n}]") for n, one in enumerate(self._list(root, "files"))]
        asked = [rule for n, one in enumerate(self._list(root, "rules")) for rule in self._rules(one, n)]
        most = root.get("most_grant_cents")
        return Portfolio(
            self._whole(root, "envelope_cents", ""),
            tuple(listed),
            tuple(asked),
            self._whole(root, "step_cents", ""),
            self._whole(root, "least_grant_cents", ""),
            None if most is None else self._whole(root, "most_grant_cents", ""),
        )

    def _file(self, told: Any, where: str) -> File:
        row = self._object(told, where, _FILE, ("id", "score", "asked_cents"))
        asked = self._whole(row, "asked_cents", where)
        decided = self._text(row, "decided", where)
        if decided not in {"", "in", "out"}:
            self._say(f"{where}.decided", _("écrivez « in » (retenu) ou « out » (écarté), ou rien."))
        return File(
            self._text(row, "id", where),
            self._whole(row, "score", where),
            asked,
            self._whole(row, "minimum_cents", where) if row.get("minimum_cents") is not None else asked,
            self._text(row, "region", where),
            self._text(row, "category", where),
            self._flag(row, "qpv", where),
            self._flag(row, "rural", where),
            decided,  # type: ignore[arg-type]
        )

    def _rules(self, told: Any, n: int) -> Iterable[Rule]:
        where = f"rules[{n}]"
        row = self._object(told, where, _RULE, ("on",))
        on, of = self._text(row, "on", where), self._text(row, "of", where) or "files"
        if on not in rules.ON:
            self._say(f"{where}.on", _("écrivez all, region, category, qpv ou rural."))
        if of not in {"files", "cents"}:
            self._say(f"{where}.of", _("écrivez files (en nombre de dossiers) ou cents (en montant)."))
        senses = [sense for sense in rules.SENSES if row.get(sense) is not None]
        if not senses and row:
            self._say(where, _("donnez at_least, at_most, at_least_share ou at_most_share."))
        value = self._text(row, "value", where)
        for sense in senses:
            yield Rule(on, of, sense, self._whole(row, sense, where), value)  # type: ignore[arg-type]

    def _object(
        self, told: Any, where: str, known: Iterable[str], needed: Iterable[str]
    ) -> Mapping[str, Any]:
        if not isinstance(told, dict):
            self._say(where, _("un objet JSON est attendu, entre accolades."))
            return {}
        for key in sorted(set(told) - set(known)):
            names = ", ".join(known)
            self._say(f"{where}.{key}".strip("."), _("clé inconnue ; celles qui existent : %s.") % names)
        for key in needed:
            if told.get(key) is None:
                self._say(f"{where}.{key}".strip("."), _("cette clé manque : ajoutez-la."))
        return told

    def _list(self, row: Mapping[str, Any], key: str) -> list[Any]:
        found = row.get(key)
        if found is None or isinstance(found, list):
            return found or []
        self._say(key, _("une liste est attendue, entre crochets."))
        return []

    def _whole(self, row: Mapping[str, Any], key: str, where: str) -> int:
        found = row.get(key)
        if found is None:
            return 0
        if isinstance(found, int) and not isinstance(found, bool):
            return found
        place = f"{where}.{key}".strip(".")
        if key.endswith("_cents"):
            self._say(place, _("un nombre entier de centimes est attendu : 1 250,50 € s'écrit 125050."))
        elif key.endswith("_share"):
            self._say(
                place, _("un nombre entier de centièmes de pour cent est attendu : un quart s'écrit 2500.")
            )
        else:
            self._say(place, _("un nombre entier est attendu, sans guillemets ni virgule."))
        return 0

    def _text(self, row: Mapping[str, Any], key: str, where: str) -> str:
        found = row.get(key)
        if found is None or isinstance(found, str):
            return found or ""
        self._say(f"{where}.{key}", _("un texte est attendu, entre guillemets."))
        return ""

    def _flag(self, row: Mapping[str, Any], key: str, where: str) -> bool:
        found = row.get(key)
        if found is None or isinstance(found, bool):
            return bool(found)
        self._say(f"{where}.{key}", _("true ou false est attendu."))
        return False

    def _say(self, where: str, what: str) -> None:
        self.problems.append(words.placed(where, what))
