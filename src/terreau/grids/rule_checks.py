"""Whether a rule is one of the closed language, on facts, terms and parameters that exist."""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from terreau.common.content import Section
from terreau.facts import catalogue
from terreau.grids.problems import Problems
from terreau.grids.readables import Readable
from terreau.grids.rules import LEAVES, MODES, OPS

MAX_RULE_DEPTH = 12
_MOST_PARTS = 8
_GROUPS = ("all", "any", "not")
_ON_FIELDS = ("field", "compare", "has")


class RuleChecker:
    """Checks one rule; returns it as plain JSON, which counts only when no problem was added."""

    def __init__(
        self,
        problems: Problems,
        facts: Mapping[str, Readable],
        numbers: Collection[str],
        subject: str,
    ) -> None:
        self.problems = problems
        self.facts = facts
        self.numbers = numbers
        self.subject = subject
        self.asked = 0
        #: The fields that a condition reads; None outside of records.
        self.fields: Mapping[str, Any] | None = None

    def check(self, section: Section, where: str) -> Any:
        """Return the rule at the key ``rule`` of a criterion."""
        rule = self.rule(section["rule"], section.lines["rule"], where, 1)
        if self.asked > 1:
            message = _("Une règle pose une seule question à une personne (« judged »).")
            self.problems.add(section.lines["rule"], where, "judged_twice", message)
        return rule

    def wrong(self, line: int, where: str, code: str, message: str) -> None:
        """Add a problem."""
        self.problems.add(line, where, code, message)

    # ------------------------------------------------------------ the tree

    def rule(self, value: Any, line: int, where: str, depth: int) -> Any:
        """Return a rule, or a condition on records, as plain JSON."""
        line = getattr(value, "line", line)
        if depth > MAX_RULE_DEPTH:
            message = _("Cette règle a plus de %(depth)s niveaux.") % {"depth": MAX_RULE_DEPTH}
            self.wrong(line, where, "rule_too_deep", message)
            return None
        known = (*_GROUPS, *(LEAVES if self.fields is None else _ON_FIELDS))
        if not isinstance(value, Section) or len(value) != 1 or next(iter(value)) not in known:
            message = _("Une règle est une seule clé parmi : %(known)s.") % {"known": ", ".join(known)}
            self.wrong(line, where, "unknown_rule", message)
            return None
        ((verb, body),) = value.items()
        inside, line = f"{where}.{verb}", value.lines[verb]
        if verb == "not":
            return {verb: self.rule(body, line, inside, depth + 1)}
        if verb in _GROUPS:
            return {verb: self.group(body, line, inside, depth)}
        return {verb: self._leaves()[verb](body, line, inside)}

    def group(self, body: Any, line: int, where: str, depth: int) -> list[Any]:
        """Return the rules of ``all`` or ``any``."""
        if not isinstance(body, list) or not body:
            self.wrong(line, where, "not_a_list", _("Écrivez une liste, qui ne soit pas vide."))
            return []
        return [self.rule(one, line, f"{where}[{rank}]", depth + 1) for rank, one in enumerate(body)]

    def _leaves(self) -> dict[str, Callable[[Any, int, str], Any]]:
        return {
            "fact": self.yes,
            "field": self.yes,
            "compare": self.compare,
            "has": self.has,
            "count": self.count,
            "distinct": self.distinct,
            "share": self.share,
            "each": self.each,
            "judged": self.judged,
            "parameter_known": self.parameter,
        }

    # ------------------------------------------------------------ names

    def fact(self, code: Any, line: int, where: str) -> Readable | None:
        """Return the readable fact of a code; None, and a problem, when there is none for this subject."""
        one = self.facts.get(code) if isinstance(code, str) else None
        if one is None:
            message = _("Le fait « %(code)s » n'est pas de ceux que les grilles lisent.")
            self.wrong(line, where, "unknown_fact", message % {"code": str(code)[:60]})
        elif self.subject in ("pole", "actor") and self.subject not in one.subjects:
            message = _("Le fait « %(code)s » ne se lit pas de ce que la grille apprécie.")
            self.wrong(line, where, "other_subject", message % {"code": str(code)})
            return None
        return one

    def named(self, body: Section, line: int, where: str) -> Any:
        """Return what a leaf reads: a readable fact or, inside of records, a field."""
        if self.fields is None:
            return self.fact(body.get("fact"), body.lines.get("fact", line), where)
        return self.field(body.get("field"), body.lines.get("field", line), where)

    def field(self, name: Any, line: int, where: str) -> Any:
        """Return a field of the records; None, and a problem, when there is none of that name."""
        assert self.fields is not None  # noqa: S101
        one = self.fields.get(name) if isinstance(name, str) else None
        if one is None:
            message = _("Le champ « %(field)s » n'existe pas. Champs possibles : %(known)s.")
            facts = {"field": str(name)[:60], "known": ", ".join(self.fields)}
            self.wrong(line, where, "unknown_field", message % facts)
        return one

    def keys(
        self, body: Any, line: int, where: str, required: Collection[str], optional: Collection[str] = ()
    ) -> Section | None:
        """Return the mapping of a leaf when it has the keys that it needs and no other."""
        if not isinstance(body, Section):
            self.wrong(line, where, "not_a_mapping", _("Écrivez des clés et leurs valeurs."))
            return None
        wrong = [key for key in body if key not in required and key not in optional]
        for key in wrong:
            message = _("La clé « %(key)s » n'existe pas ici. Clés possibles : %(known)s.")
            facts = {"key": key, "known": ", ".join((*required, *optional))}
            self.wrong(body.lines[key], f"{where}.{key}", "unknown_key", message % facts)
        missing = [key for key in required if key not in body]
        for key in missing:
            self.wrong(body.line, where, "missing_key", _("Il manque « %(key)s ».") % {"key": key})
        return None if wrong or missing else body

    @property
    def name(self) -> str:
        """The key that names what a leaf reads."""
        return "fact" if self.fields is None else "field"

    def typed(self, one: Any, kinds: Collection[str], line: int, where: str) -> bool:
        """Say whether what is read has one of these types; add a problem when not."""
        if one is None:
            return False
        if one.type not in kinds:
            label = getattr(one, "code", None) or one.name
            message = _("« %(name)s » est de type %(type)s : cette règle demande %(kinds)s.")
            facts = {"name": label, "type": one.type, "kinds": ", ".join(kinds)}
            self.wrong(line, where, "wrong_type", message % facts)
            return False
        return True

    # ------------------------------------------------------------ leaves

    def yes(self, body: Any, line: int, where: str) -> Any:
        """Check a yes-or-no fact or field."""
        one = self.fact(body, line, where) if self.fields is None else self.field(body, line, where)
        self.typed(one, ("bool",), line, where)
        return body

    def compare(self, body: Any, line: int, where: str) -> Any:
        """Check a comparison."""
        section = self.keys(body, line, where, (self.name, "op", "to"))
        if section is None:
            return None
        one = self.named(section, line, where)
        if not self.typed(one, ("number", "date", "text"), line, where):
            return None
        op = self.op(section, where, ("equals",) if one.type == "text" else OPS)
        return {self.name: section[self.name], "op": op, "to": self.to(section, where, one.type)}

    def op(self, section: Section, where: str, known: Collection[str] = OPS) -> str:
        """Check the verb of a comparison."""
        if section["op"] not in known:
            message = _("« %(value)s » n'est pas possible ici. Mots possibles : %(known)s.")
            facts = {"value": str(section["op"])[:40], "known": ", ".join(known)}
            self.wrong(section.lines["op"], f"{where}.op", "unknown_word", message % facts)
        return str(section["op"])

    def to(self, section: Section, where: str, kind: str) -> Any:
        """Check what is compared to: a number, a day, a text, or a parameter."""
        value, line, inside = section["to"], section.lines["to"], f"{where}.to"
        if isinstance(value, Section) and kind == "number":
            one = self.keys(value, line, inside, ("parameter",))
            return one and {"parameter": self.parameter(one["parameter"], one.lines["parameter"], inside)}
        read = _OPERANDS[kind](value)
        if read is None:
            messages = {
                "number": _("Comparez à un nombre, ou à un paramètre : {parameter: code}."),
                "date": _("Comparez à un jour : 2015-04-17."),
                "text": _("Comparez à un texte qui ne soit ni un nombre ni un jour."),
            }
            self.wrong(line, inside, "bad_operand", messages[kind])
        return read

    def parameter(self, code: Any, line: int, where: str) -> Any:
        """Check the code of a parameter."""
        if not isinstance(code, str) or code not in self.numbers:
            message = _("Le paramètre « %(code)s » n'existe pas.") % {"code": str(code)[:60]}
            self.wrong(line, where, "unknown_parameter", message)
        return code

    def has(self, body: Any, line: int, where: str) -> Any:
        """Check a code, or codes, among terms."""
        section = self.keys(body, line, where, (self.name,), MODES)
        if section is None:
            return None
        one, modes = self.named(section, line, where), [mode for mode in MODES if mode in section]
        if len(modes) != 1:
            message = _("Écrivez une seule de ces clés : %(known)s.") % {"known": ", ".join(MODES)}
            self.wrong(section.line, where, "one_mode", message)
            return None
        if not self.typed(one, ("code", "codes"), line, where):
            return None
        mode = modes[0]
        at = f"{where}.{mode}"
        terms = self.terms(section[mode], one.choices, section.lines[mode], at)
        return {self.name: section[self.name], mode: terms}

    def terms(self, value: Any, choices: str, line: int, where: str) -> list[str]:
        """Check terms of a vocabulary."""
        vocabulary = catalogue.load().vocabulary(choices)
        if not isinstance(value, list) or not value:
            self.wrong(line, where, "not_a_list", _("Écrivez une liste, qui ne soit pas vide."))
            return []
        for term in value:
            if not isinstance(term, str) or term not in vocabulary:
                message = _("« %(term)s » n'est pas un terme du vocabulaire %(name)s : %(known)s.")
                facts = {"term": str(term)[:60], "name": choices, "known": ", ".join(vocabulary.terms)}
                self.wrong(line, where, "unknown_term", message % facts)
        return [str(term) for term in value]

    # ------------------------------------------------------------ records

    def records(self, section: Section, where: str) -> Readable | None:
        """Return the records that a leaf counts."""
        line = section.lines["of"]
        one = self.fact(section["of"], line, f"{where}.of")
        return one if self.typed(one, ("records",), line, f"{where}.of") else None

    def where(self, one: Readable, section: Section, where: str, key: str = "where") -> Any:
        """Check a condition on records."""
        self.fields = one.fields
        rule = self.rule(section[key], section.lines[key], f"{where}.{key}", 1)
        self.fields = None
        return rule

    def count(self, body: Any, line: int, where: str) -> Any:
        """Check a count of records."""
        section = self.keys(body, line, where, ("of", "op", "to"), ("where",))
        return section and self._aggregate(section, where)

    def _aggregate(self, section: Section, where: str) -> Any:
        one = self.records(section, where)
        if one is None:
            return None
        found: dict[str, Any] = {"of": section["of"]}
        if "where" in section:
            found["where"] = self.where(one, section, where)
        return {**found, "op": self.op(section, where), "to": self.amount(section, where)}

    def amount(self, section: Section, where: str, most: int | None = None) -> Any:
        """Check a number that is not negative."""
        value = self.to(section, where, "number")
        if not isinstance(value, Mapping) and value is not None:
            number = Decimal(str(value))
            if number < 0 or (most is not None and number > most):
                message = (
                    _("Une part est entre 0 et 1.") if most else _("Ce nombre ne peut pas être négatif.")
                )
                self.wrong(section.lines["to"], f"{where}.to", "bad_operand", message)
        return value

    def distinct(self, body: Any, line: int, where: str) -> Any:
        """Check a count of different values."""
        section = self.keys(body, line, where, ("of", "by", "op", "to"), ("where",))
        found = section and self._aggregate(section, where)
        if not section or not found:
            return None
        self.fields = self.facts[section["of"]].fields
        by = self.field(section["by"], section.lines["by"], f"{where}.by")
        self.fields = None
        self.typed(by, ("bool", "code", "text"), section.lines["by"], f"{where}.by")
        return {**found, "by": section["by"]}

    def share(self, body: Any, line: int, where: str) -> Any:
        """Check a part of records."""
        section = self.keys(body, line, where, ("of", "where", "op", "to"))
        found = section and self._aggregate(section, where)
        if section and found:
            self.amount(section, where, most=1)
        return found

    def each(self, body: Any, line: int, where: str) -> Any:
        """Check parts to be held by different records."""
        section = self.keys(body, line, where, ("of", "different"))
        one = section and self.records(section, where)
        if not section or not one:
            return None
        parts = section["different"]
        if not isinstance(parts, list) or not 1 <= len(parts) <= _MOST_PARTS:
            message = _("Écrivez de 1 à %(most)s rôles.") % {"most": _MOST_PARTS}
            self.wrong(section.lines["different"], where, "bad_parts", message)
            return None
        inside = f"{where}.different"
        return {
            "of": section["of"],
            "different": [
                self.part(one, part, section.lines["different"], f"{inside}[{rank}]")
                for rank, part in enumerate(parts)
            ],
        }

    def part(self, one: Readable, part: Any, line: int, where: str) -> Any:
        """Check one part."""
        section = self.keys(part, getattr(part, "line", line), where, ("label", "where"))
        if section is None:
            return None
        label = self.texts(section, "label", where)
        return {"label": label, "where": self.where(one, section, where)}

    def judged(self, body: Any, line: int, where: str) -> Any:
        """Check a question to a person."""
        self.asked += 1
        section = self.keys(body, line, where, ("question",))
        return section and {"question": self.texts(section, "question", where)}

    def texts(self, section: Section, key: str, where: str) -> Any:
        """Check a text in both languages."""
        texts = self.keys(section[key], section.lines[key], f"{where}.{key}", ("fr", "en"))
        if texts is None:
            return None
        for lang, text in texts.items():
            if not isinstance(text, str) or not text.strip() or len(text) > 2_000:
                self.wrong(texts.lines[lang], f"{where}.{key}.{lang}", "not_a_text", _("Écrivez un texte."))
        return {lang: str(text).strip() for lang, text in texts.items()}


def _number(value: Any) -> int | str | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        return None
    return int(number) if number == number.to_integral_value() else format(number.normalize(), "f")


def _day(value: Any) -> str | None:
    try:
        return (value if isinstance(value, date) else date.fromisoformat(value)).isoformat()
    except (TypeError, ValueError):
        return None


def _said(value: Any) -> str | None:
    """Return a text, unless it could be taken for a number or a day."""
    if not isinstance(value, str) or not value.strip() or len(value) > 500:
        return None
    return None if _number(value) is not None or _day(value) else value


_OPERANDS: dict[str, Callable[[Any], Any]] = {"number": _number, "date": _day, "text": _said}
