"""What a file must be to be a grid: every problem is told with its line, and nothing is half-loaded.

The content that comes out is plain JSON (days and decimals are texts), whose digest names it for ever.
"""

import re
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from terreau.common.canonical import digest as digest_of
from terreau.common.content import Section
from terreau.grids import readables
from terreau.grids.language import KINDS, NATURES, Grid, grid_of
from terreau.grids.parameters import parameters
from terreau.grids.problems import Problem, Problems
from terreau.grids.reading import read
from terreau.grids.rule_checks import RuleChecker

CODE = re.compile(r"^[a-z0-9][a-z0-9._-]{0,59}$")
ITEM = re.compile(r"^[0-9A-Za-z][0-9A-Za-z._-]{0,59}$")
VERSION = re.compile(r"^[0-9A-Za-z][0-9A-Za-z._-]{0,39}$")
_LONGEST = {"title": 300, "summary": 5_000, "text": 10_000, "label": 300, "orient": 2_000}
_LANGUAGES = ("fr", "en")
_REQUIRED = ("code", "version", "title", "summary", "owner", "licence", "nature", "subject", "prescriptive")
_NEEDED = (*_REQUIRED, "source", "criteria", "valid_from", "valid_to", "verified_on")
_OPTIONAL = ("axes", "scale", "verdict", "mapping")
_AWAITED = ("code", "title", "nature", "subject", "owner", "awaited")
_MOST_CRITERIA = 500


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was checked: its grid and content, or its problems. ``awaited``: a place kept, no version.

    ``document`` is the file with its lines, ``text`` the file itself.
    """

    problems: tuple[Problem, ...]
    content: Mapping[str, Any] | None = None
    digest: str = ""
    grid: Grid | None = None
    awaited: Mapping[str, Any] | None = None
    document: Any = None
    text: str = ""

    @property
    def ok(self) -> bool:
        """Say whether there is no problem."""
        return not self.problems


def check(
    given: str | bytes,
    *,
    facts: Mapping[str, readables.Readable] | None = None,
    numbers: Collection[str] | None = None,
) -> Checked:
    """Read and check a file; problems are sentences in the active language. No query.

    ``facts`` and ``numbers`` are the readable facts and the codes of parameters (those of the content).
    """
    problems = Problems()
    document = read(given, problems)
    if problems:
        return Checked(problems.sorted())
    if not isinstance(document, Section):
        problems.add(1, "", "not_a_grid", _("Le fichier doit décrire une grille : code, version, criteria…"))
        return Checked(problems.sorted())
    facts = readables.readable() if facts is None else facts
    numbers = parameters() if numbers is None else numbers
    checker = _Checker(problems, facts, numbers)
    if "awaited" in document:
        kept = checker.awaited(document)
        return Checked(problems.sorted(), awaited=None if problems else kept, document=document)
    content = checker.grid(document)
    if problems:
        return Checked(problems.sorted(), document=document)
    digest = digest_of(content)
    text = given if isinstance(given, str) else given.decode("utf-8-sig")
    return Checked((), content, digest, grid_of(content, digest), document=document, text=text)


class _Checker:
    """Checks the parts of one grid; what is wrong is added to the problems, what is right is returned."""

    def __init__(
        self, problems: Problems, facts: Mapping[str, readables.Readable], numbers: Collection[str]
    ) -> None:
        self.problems = problems
        self.facts = facts
        self.numbers = numbers

    # ------------------------------------------------------------ small things

    def wrong(self, section: Section, key: str, where: str, code: str, message: str) -> None:
        """Add a problem at a key of a section."""
        self.problems.add(section.lines.get(key, section.line), where, code, message)

    def keys(
        self, section: Section, where: str, required: Collection[str], optional: Collection[str] = ()
    ) -> None:
        """Refuse unknown keys, and say those that lack."""
        for key in section:
            if key not in required and key not in optional:
                known = ", ".join((*required, *optional))
                message = _("La clé « %(key)s » n'existe pas ici. Clés possibles : %(known)s.")
                at = f"{where}.{key}" if where else key
                self.wrong(section, key, at, "unknown_key", message % {"key": key, "known": known})
        for key in required:
            if key not in section:
                message = _("Il manque « %(key)s ».") % {"key": key}
                self.problems.add(section.line, where, "missing_key", message)

    def section(self, parent: Section, key: str, where: str) -> Section | None:
        """Return the mapping at a key; None when there is none, or something else."""
        value = parent.get(key)
        if value is None and key not in parent:
            return None
        if isinstance(value, Section):
            return value
        self.wrong(parent, key, where, "not_a_mapping", _("Écrivez des clés et leurs valeurs."))
        return None

    def entries(self, parent: Section, key: str, where: str) -> list[tuple[Section, str]]:
        """Return the mappings of the list at a key, each with its place."""
        value = parent.get(key, [])
        if not isinstance(value, list) or (not value and key in parent):
            self.wrong(parent, key, where, "not_a_list", _("Écrivez une liste, qui ne soit pas vide."))
            return []
        found = []
        for rank, entry in enumerate(value):
            if isinstance(entry, Section):
                found.append((entry, f"{where}[{rank}]"))
            else:
                self.wrong(
                    parent, key, f"{where}[{rank}]", "not_a_mapping", _("Écrivez des clés et leurs valeurs.")
                )
        return found

    def texts(self, parent: Section, key: str, where: str) -> dict[str, str]:
        """Return a text in both languages."""
        section = self.section(parent, key, where)
        if section is None:
            return {}
        self.keys(section, where, _LANGUAGES)
        found = {}
        for lang in _LANGUAGES:
            text = section.get(lang)
            if lang not in section:
                continue
            if not isinstance(text, str) or not text.strip():
                self.wrong(section, lang, f"{where}.{lang}", "not_a_text", _("Écrivez un texte."))
            elif len(text) > (longest := _LONGEST.get(key, 2_000)):
                message = _("Ce texte fait %(size)s caractères : au plus %(longest)s.")
                facts = {"size": len(text), "longest": longest}
                self.wrong(section, lang, f"{where}.{lang}", "too_long", message % facts)
            else:
                found[lang] = text.strip()
        return found

    def word(self, parent: Section, key: str, where: str, known: Collection[str]) -> str:
        """Return a word of a closed list."""
        value = parent.get(key)
        if key in parent and (not isinstance(value, str) or value not in known):
            message = _("« %(value)s » n'est pas possible ici. Mots possibles : %(known)s.")
            facts = {"value": str(value)[:40], "known": ", ".join(known)}
            self.wrong(parent, key, where, "unknown_word", message % facts)
        return str(value)

    def code(self, parent: Section, key: str, where: str, shape: re.Pattern[str] = CODE) -> str:
        """Return a code: letters without accents, figures, hyphens and points (lower case for a grid)."""
        value = parent.get(key)
        text = str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value
        if key in parent and (not isinstance(text, str) or not shape.match(text)):
            message = _("« %(value)s » n'est pas un code : des lettres sans accent, des chiffres, - . _")
            self.wrong(parent, key, where, "bad_code", message % {"value": str(value)[:40]})
        return str(text)

    def day(self, parent: Section, key: str) -> str | None:
        """Return a day, None when it is unknown."""
        value = parent.get(key)
        if isinstance(value, str):
            with suppress(ValueError):
                value = date.fromisoformat(value)
        if value is None or isinstance(value, date):
            return value.isoformat() if value else None
        message = _("Écrivez un jour (2015-04-17), ou null quand il est inconnu.")
        self.wrong(parent, key, key, "bad_day", message)
        return None

    def truth(self, parent: Section, key: str) -> bool:
        """Return true or false."""
        value = parent.get(key)
        if key in parent and not isinstance(value, bool):
            self.wrong(parent, key, key, "bad_bool", _("Écrivez true ou false."))
        return value is True

    def plain(
        self, parent: Section, key: str, where: str, required: Collection[str], optional: Collection[str] = ()
    ) -> dict[str, str]:
        """Return a mapping of texts (an owner, a source)."""
        section = self.section(parent, key, where)
        if section is None:
            return {}
        self.keys(section, where, required, optional)
        found = {}
        for name, value in section.items():
            if not isinstance(value, str) or not value.strip() or len(value) > 500:
                self.wrong(section, name, f"{where}.{name}", "not_a_text", _("Écrivez un texte."))
            elif name == "url" and not re.match(r"^https?://[^\s<>\"]+$", value):
                message = _("Une adresse commence par http:// ou https://.")
                self.wrong(section, name, f"{where}.{name}", "bad_url", message)
            else:
                found[name] = value.strip()
        return found

    # ------------------------------------------------------------ the grid

    def awaited(self, document: Section) -> dict[str, Any]:
        """Return a place kept for a text that we do not hold."""
        self.keys(document, "", _AWAITED, ("source",))
        return {
            "code": self.code(document, "code", "code"),
            "title": self.texts(document, "title", "title"),
            "nature": self.word(document, "nature", "nature", NATURES),
            "subject": self.word(document, "subject", "subject", readables.SUBJECTS),
            "owner": self.plain(document, "owner", "owner", ("name",), ("url",)),
            "awaited": self.texts(document, "awaited", "awaited"),
        }

    def grid(self, document: Section) -> dict[str, Any]:
        """Return the content of a grid; it counts only when no problem was added."""
        self.keys(document, "", _NEEDED, _OPTIONAL)
        content: dict[str, Any] = {
            "code": self.code(document, "code", "code"),
            "version": self.code(document, "version", "version", VERSION),
            "title": self.texts(document, "title", "title"),
            "summary": self.texts(document, "summary", "summary"),
            "owner": self.plain(document, "owner", "owner", ("name",), ("url",)),
            "licence": self.texts(document, "licence", "licence"),
            "nature": self.word(document, "nature", "nature", NATURES),
            "subject": self.word(document, "subject", "subject", readables.SUBJECTS),
            "valid_from": self.day(document, "valid_from"),
            "valid_to": self.day(document, "valid_to"),
            "verified_on": self.day(document, "verified_on"),
            "prescriptive": self.truth(document, "prescriptive"),
            "source": self.plain(
                document, "source", "source", ("document",), ("code", "section", "page", "url")
            ),
        }
        if content["valid_from"] and content["valid_to"] and content["valid_from"] >= content["valid_to"]:
            self.wrong(document, "valid_to", "valid_to", "bad_period", _("La fin doit suivre le début."))
        content |= self._parts(document, content["subject"])
        return content

    def _parts(self, document: Section, subject: str) -> dict[str, Any]:
        parts: dict[str, Any] = {}
        if "axes" in document:
            parts["axes"] = self.axes(document)
        if "scale" in document:
            parts["scale"] = self.scale(document)
        axes = [axis["code"] for axis in parts.get("axes", ())]
        parts["criteria"] = self.criteria(document, axes, subject)
        self.scaled(document, parts)
        if "verdict" in document:
            parts["verdict"] = self.outcome(document, {one["kind"] for one in parts["criteria"]})
        elif document.get("prescriptive") is True:
            message = _("Une grille qui conclut dit comment : ajoutez « verdict », ou prescriptive: false.")
            self.wrong(document, "prescriptive", "prescriptive", "no_verdict", message)
        if "mapping" in document:
            parts["mapping"] = self.mapping(document)
        return parts

    def once(self, section: Section, where: str, code: str, seen: set[str]) -> None:
        """Refuse a code given twice."""
        if code in seen:
            message = _("Le code « %(code)s » est déjà pris.") % {"code": code}
            self.wrong(section, "code", where, "code_twice", message)
        seen.add(code)

    def axes(self, document: Section) -> list[dict[str, Any]]:
        """Return the headings."""
        found, seen = [], set[str]()
        for section, where in self.entries(document, "axes", "axes"):
            self.keys(section, where, ("code", "title"), ("text",))
            axis: dict[str, Any] = {"code": self.code(section, "code", f"{where}.code", ITEM)}
            axis["title"] = self.texts(section, "title", f"{where}.title")
            if "text" in section:
                axis["text"] = self.texts(section, "text", f"{where}.text")
            self.once(section, where, axis["code"], seen)
            found.append(axis)
        return found

    def scale(self, document: Section) -> list[dict[str, Any]]:
        """Return the degrees, in their order."""
        found: list[dict[str, Any]] = []
        for section, where in self.entries(document, "scale", "scale"):
            self.keys(section, where, ("value", "label"))
            value = section.get("value")
            whole = isinstance(value, int) and not isinstance(value, bool)
            if not whole or (found and value <= found[-1]["value"]):
                message = _("Les degrés sont des nombres entiers, du plus petit au plus grand.")
                self.wrong(section, "value", f"{where}.value", "bad_degree", message)
                continue
            found.append({"value": value, "label": self.texts(section, "label", f"{where}.label")})
        return found

    def scaled(self, document: Section, parts: Mapping[str, Any]) -> None:
        """Refuse criteria on a scale that is not there."""
        if any(one["kind"] == "echelle" for one in parts["criteria"]) and len(parts.get("scale", ())) < 2:
            message = _("Des critères se notent sur une échelle : décrivez-la dans « scale ».")
            self.wrong(document, "criteria", "criteria", "no_scale", message)

    def outcome(self, document: Section, kinds: Collection[str]) -> dict[str, Any]:
        """Return what gives the overall verdict."""
        section = self.section(document, "verdict", "verdict")
        if section is None:
            return {}
        self.keys(section, "verdict", ("all_of",), ("none_of",))
        if document.get("prescriptive") is not True:
            message = _("Une grille qui ne conclut pas n'a pas de « verdict ».")
            self.wrong(document, "verdict", "verdict", "verdict_unwanted", message)
        found: dict[str, Any] = {}
        for key in ("all_of", "none_of"):
            if key in section:
                found[key] = self._kinds(section, key, kinds)
        return found

    def _kinds(self, section: Section, key: str, kinds: Collection[str]) -> list[str]:
        value = section[key]
        possible = ("incontournable", "a_tester", "exclusion")
        words = value if isinstance(value, list) else []
        if not words or any(word not in possible or word not in kinds for word in words):
            message = _("Écrivez une liste de sortes de critères que la grille contient, parmi : %(known)s.")
            at = f"verdict.{key}"
            self.wrong(section, key, at, "bad_kinds", message % {"known": ", ".join(possible)})
        return [str(word) for word in words]

    # ------------------------------------------------------------ criteria

    def criteria(self, document: Section, axes: Collection[str], subject: str) -> list[dict[str, Any]]:
        """Return the criteria, in their order."""
        found, seen = [], set[str]()
        entries = self.entries(document, "criteria", "criteria") if "criteria" in document else []
        if len(entries) > _MOST_CRITERIA:
            message = _("Une grille a au plus %(count)s critères.") % {"count": _MOST_CRITERIA}
            self.wrong(document, "criteria", "criteria", "too_many_criteria", message)
            entries = []
        for section, where in entries:
            criterion = self.criterion(section, where, axes, subject)
            self.once(section, where, criterion["code"], seen)
            found.append(criterion)
        return found

    def criterion(self, section: Section, where: str, axes: Collection[str], subject: str) -> dict[str, Any]:
        """Return one criterion."""
        optional = ("axis", "rule", "reads", "orient", "weight")
        self.keys(section, where, ("code", "kind", "title", "text", "source"), optional)
        found: dict[str, Any] = {"code": self.code(section, "code", f"{where}.code", ITEM)}
        if "axis" in section:
            found["axis"] = self.word(section, "axis", f"{where}.axis", axes)
        found["kind"] = self.word(section, "kind", f"{where}.kind", KINDS)
        found["title"] = self.texts(section, "title", f"{where}.title")
        found["text"] = self.texts(section, "text", f"{where}.text")
        found["source"] = self.plain(
            section, "source", f"{where}.source", ("document",), ("section", "page", "url")
        )
        for key, checked in self._optional(subject).items():
            if key in section:
                found[key] = checked(section, f"{where}.{key}")
        self._fits(section, where, found)
        return found

    def _optional(self, subject: str) -> dict[str, Callable[[Section, str], Any]]:
        return {
            "rule": lambda section, where: self.rule(section, where, subject),
            "reads": lambda section, where: self.reads(section, where, subject),
            "orient": lambda section, where: self.texts(section, "orient", where),
            "weight": self.weight,
        }

    def _fits(self, section: Section, where: str, found: Mapping[str, Any]) -> None:
        if "orient" in found and found["kind"] != "exclusion":
            message = _("Seule une exclusion oriente vers autre chose.")
            self.wrong(section, "orient", f"{where}.orient", "orient_unwanted", message)
        if "rule" in found and found["kind"] in {"echelle", "engagement"}:
            message = _("Ce qui se note ou se signe ne se calcule pas.")
            self.wrong(section, "rule", f"{where}.rule", "rule_unwanted", message)

    def rule(self, section: Section, where: str, subject: str) -> Any:
        """Return the rule of a criterion as plain JSON."""
        return RuleChecker(self.problems, self.facts, self.numbers, subject).check(section, where)

    def reads(self, section: Section, where: str, subject: str) -> list[str]:
        """Return the codes of evidence."""
        codes = section["reads"]
        if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
            self.wrong(section, "reads", where, "not_a_list", _("Écrivez une liste de codes de faits."))
            return []
        for code in codes:
            RuleChecker(self.problems, self.facts, self.numbers, subject).fact(
                code, section.lines["reads"], where
            )
        return list(dict.fromkeys(codes))

    def weight(self, section: Section, where: str) -> str:
        """Return a weight, a number that is not negative, as a text."""
        value = section["weight"]
        number = value if isinstance(value, int | Decimal) and not isinstance(value, bool) else None
        if isinstance(value, str) and re.match(r"^\d+(\.\d+)?$", value):
            number = Decimal(value)
        if number is None or number < 0:
            self.wrong(section, "weight", where, "bad_weight", _("Un poids est un nombre positif."))
        return str(value)

    # ------------------------------------------------------------ the mapping

    def mapping(self, document: Section) -> dict[str, Any]:
        """Return the mapping as plain JSON; ``moves`` checks what it means when both versions are known."""
        section = self.section(document, "mapping", "mapping")
        if section is None:
            return {}
        self.keys(section, "mapping", ("from", "moves"))
        before = self.code(section, "from", "mapping.from", VERSION)
        if before == str(document.get("version")):
            message = _("Cette grille vient d'elle-même : « from » est la version d'avant.")
            self.wrong(section, "from", "mapping.from", "cyclic_mapping", message)
        moves = section.get("moves")
        if not isinstance(moves, list) or not moves:
            self.wrong(
                section, "moves", "mapping.moves", "not_a_list", _("Écrivez une liste, qui ne soit pas vide.")
            )
            moves = []
        return {"from": before, "moves": [as_json(move) for move in moves]}


def as_json(value: Any) -> Any:
    """Return a value of a file as plain JSON: days and decimals are texts."""
    if isinstance(value, dict):
        return {str(key): as_json(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_json(one) for one in value]
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.isoformat() if isinstance(value, date) else value
