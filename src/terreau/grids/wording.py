"""The rules of a grid in plain words, in French or in English: what a reader sees in the place of YAML.

A rule is the plain structure of the language (mappings, lists, scalars), checked before or not: what is not
understood is said as such, nothing is raised. Sentences are in ``content/wording.yaml``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from terreau.common.content import read_content
from terreau.design.numbers import grouped, with_unit
from terreau.facts import catalogue
from terreau.grids.parameters import held, parameters
from terreau.grids.readables import Readable, readable

Texts = Mapping[str, str]
Rule = Mapping[str, Any]
_INVERSE = {
    "at_least": "less_than",
    "more_than": "at_most",
    "at_most": "more_than",
    "less_than": "at_least",
    "equals": "not_equals",
    "not_equals": "equals",
}


@dataclass(frozen=True, slots=True)
class Name:
    """How something that a rule reads is called: its label, unit, terms and fields, by language."""

    label: Texts
    type: str = ""
    unit: Texts = field(default_factory=dict)
    terms: Mapping[str, Texts] = field(default_factory=dict)
    fields: Mapping[str, "Name"] = field(default_factory=dict)
    #: The value of a parameter, when it has one only.
    value: Any = None
    #: The unit of one, where it is written otherwise.
    unit_one: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The names of readable facts and of parameters, by code. A code without a name is its own name."""

    facts: Mapping[str, Name] = field(default_factory=dict)
    parameters: Mapping[str, Name] = field(default_factory=dict)

    def fact(self, code: Any) -> Name:
        """Return the name of a fact."""
        return self.facts.get(str(code)) or _unnamed(code)

    def field_of(self, records: Any, code: Any) -> Name:
        """Return the name of a field of records."""
        return self.fact(records).fields.get(str(code)) or _unnamed(code)

    def parameter(self, code: Any) -> Name:
        """Return the name of a parameter."""
        return self.parameters.get(str(code)) or _unnamed(code)


@dataclass(frozen=True, slots=True)
class Said:
    """A rule in words: a phrase, and the conditions that it introduces."""

    text: str
    items: tuple["Said", ...] = ()
    #: What stands between the conditions when they are said on one line, and whether the phrase is said too.
    between: str = "; "
    introduced: bool = True

    def line(self) -> str:
        """Return everything on one line."""
        if not self.items:
            return self.text
        parts = [f"({item.line()})" if item.items else item.line() for item in self.items]
        joined = self.between.join(parts)
        return f"{self.text} ({joined})" if self.introduced else joined


@cache
def _phrases() -> Mapping[str, Texts]:
    return {
        code: dict(texts)
        for code, texts in read_content(Path(__file__).parent / "content" / "wording.yaml").items()
    }


def lexicon(on: date | None = None) -> Lexicon:
    """Return the names of everything that rules read; parameters with the value that they have on a day."""
    named = {
        code: Name(
            one.labels,
            "number",
            _unit(one.unit) if one.unit else {},
            value=None if on is None else held(code, on).value,
            unit_one=_unit_one(one.unit),
        )
        for code, one in parameters().items()
    }
    return Lexicon(facts(), named)


@cache
def facts() -> Mapping[str, Name]:
    """Return the names of every readable fact, with the terms and fields that it may have."""
    return {code: named(one) for code, one in readable().items()}


def named(one: Readable) -> Name:
    """Return the name of a readable fact, with its terms and its fields."""
    fields = {
        name: Name(each.labels, each.type, terms=_terms(each.choices)) for name, each in one.fields.items()
    }
    unit = _unit(one.unit) if one.unit else {}
    return Name(one.labels, one.type, unit, _terms(one.choices), fields, unit_one=_unit_one(one.unit))


def _terms(choices: str) -> Mapping[str, Texts]:
    return (
        {code: term.labels for code, term in catalogue.vocabulary(choices).terms.items()} if choices else {}
    )


def _unit(code: str) -> Texts:
    unit = catalogue.load().unit(code)
    return {"fr": unit.symbol, "en": unit.symbol} if unit.symbol else unit.many


def _unit_one(code: str) -> Texts:
    unit = catalogue.load().unit(code) if code else None
    return unit.one if unit is not None and not unit.symbol else {}


def unit_of(number: Any, name: Name, lang: str) -> str:
    """Return the unit that follows a number: in French 1,5 is singular, in English only 1 is."""
    single = abs(number) < 2 if lang.startswith("fr") else abs(number) == 1
    texts = name.unit_one if single and name.unit_one else name.unit
    return str(texts.get(lang) or texts.get("fr") or "")


def _unnamed(code: Any) -> Name:
    return Name({"fr": str(code), "en": str(code)})


def say(rule: Any, lang: str, lexicon: Lexicon | None = None) -> Said:
    """Return a rule in the words of ``lang`` (``fr`` or ``en``), as a phrase with its conditions."""
    return _Speaker(lang, lexicon or Lexicon()).rule(rule, positive=True)


def sentence(rule: Any, lang: str, lexicon: Lexicon | None = None) -> str:
    """Return a rule in words, on one line that begins with a capital."""
    line = say(rule, lang, lexicon).line()
    return line[:1].upper() + line[1:]


def condition(where: Any, records: str, lang: str, lexicon: Lexicon | None = None) -> str:
    """Return what a rule asks of one of these records, on one line."""
    return _Speaker(lang, lexicon or Lexicon()).condition(where, records)


class _Speaker:
    """Says rules in one language. ``positive`` is False below an odd number of negations."""

    def __init__(self, lang: str, lexicon: Lexicon) -> None:
        self.lang = "fr" if lang.startswith("fr") else "en"
        self.lexicon = lexicon
        self.said: Mapping[str, Callable[[Any, bool], Said]] = {
            "fact": self._fact,
            "compare": self._compare,
            "has": self._has,
            "count": self._count,
            "distinct": self._count,
            "share": self._share,
            "each": self._each,
            "judged": self._judged,
            "parameter_known": self._parameter_known,
        }

    def phrase(self, code: str, **words: str) -> str:
        return _phrases()[code][self.lang].format(**words)

    def text(self, texts: Any) -> str:
        if isinstance(texts, Mapping):
            return str(texts.get(self.lang) or texts.get("fr") or "")
        return str(texts)

    def rule(self, rule: Any, *, positive: bool) -> Said:
        """Say a rule or, when it is not ``positive``, its opposite."""
        return self._node(rule, positive, self._leaf)

    def _node(self, rule: Any, positive: bool, leaf: Callable[[str, Any, bool], Said]) -> Said:
        if not isinstance(rule, Mapping) or len(rule) != 1:
            return Said(self.phrase("unreadable"))
        ((verb, body),) = rule.items()
        if verb == "not":
            return self._node(body, not positive, leaf)
        if verb in {"all", "any"}:
            return self._group(verb, body, positive, leaf)
        try:
            return leaf(verb, body, positive)
        except (LookupError, TypeError, ValueError, AttributeError):
            return Said(self.phrase("unreadable"))

    def _group(self, verb: str, body: Any, positive: bool, leaf: Callable[[str, Any, bool], Said]) -> Said:
        rules = body if isinstance(body, Sequence) and not isinstance(body, str) else [body]
        if len(rules) == 1:
            return self._node(rules[0], positive, leaf)
        # « Not all » of leaves is said by their opposites, one at least; « not any » by all of them.
        turned = verb if positive else {"all": "any", "any": "all"}[verb]
        items = tuple(self._node(rule, positive, leaf) for rule in rules)
        joint = self.phrase("and" if turned == "all" else "or")
        return Said(self.phrase(turned), items, f" {joint} ", introduced=False)

    def _leaf(self, verb: str, body: Any, positive: bool) -> Said:
        return self.said[verb](body, positive)

    def _fact(self, code: Any, positive: bool) -> Said:
        label = self.text(self.lexicon.fact(code).label)
        return Said(self.phrase("yes" if positive else "no", fact=label))

    def _compare(self, body: Any, positive: bool) -> Said:
        return self._compared(self.lexicon.fact(body["fact"]), body, positive)

    def _compared(self, name: Name, body: Any, positive: bool) -> Said:
        op = body["op"] if positive else _INVERSE[body["op"]]
        to, label = body["to"], self.text(name.label)
        if isinstance(to, bool):
            wanted = to if op == "equals" else not to
            return Said(self.phrase("yes" if wanted else "no", fact=label))
        kind = _kind(name, to)
        return Said(self.phrase(f"{kind}_{op}", fact=label, value=self.value(to, name)))

    def value(self, to: Any, name: Name) -> str:
        """Return a value with the unit of what it is compared to; a parameter by its name."""
        to = _scalar(to, name.type)
        if isinstance(to, Mapping):
            parameter = self.lexicon.parameter(to.get("parameter"))
            label = self.text(parameter.label)
            if parameter.value is None:
                return self.phrase("parameter", parameter=label)
            unit = parameter if parameter.unit else name
            return self.phrase("parameter_valued", parameter=label, value=self.value(parameter.value, unit))
        if isinstance(to, int | Decimal | float) and not isinstance(to, bool):
            return with_unit(to, unit_of(to, name, self.lang), self.lang)
        if isinstance(to, date):
            return self.day(to)
        return self.text(name.terms.get(str(to), str(to)))

    def day(self, day: date) -> str:
        month = self.phrase("months").split()[day.month - 1]
        number = "1er" if day.day == 1 and self.lang == "fr" else str(day.day)
        return f"{number} {month} {day.year}"

    def _has(self, body: Any, positive: bool) -> Said:
        return self._having(self.lexicon.fact(body["fact"]), body, positive)

    def _having(self, name: Name, body: Any, positive: bool) -> Said:
        how = _only_key(body)
        codes = [body[how]] if isinstance(body[how], str) else list(body[how])
        terms = [self.text(name.terms.get(str(code), str(code))) for code in codes]
        joined = self._joined(terms, "and" if how == "all_of" or (how == "only" and not positive) else "or")
        code = _having_phrase(how, positive, one=name.type == "code", single=len(terms) == 1)
        nor = f" {self.phrase('nor')} ".join(terms)
        return Said(self.phrase(code, fact=self.text(name.label), terms=joined, nor=nor))

    def _joined(self, terms: Sequence[str], word: str) -> str:
        if len(terms) < 2:
            return "".join(terms)
        return f"{', '.join(terms[:-1])} {self.phrase(word)} {terms[-1]}"

    def _count(self, body: Any, positive: bool) -> Said:
        records, where = body["of"], body.get("where")
        words = {
            "records": self.text(self.lexicon.fact(records).label),
            "amount": self.amount(body, positive),
        }
        code = "count"
        if "by" in body:
            code, words["field"] = "distinct", self.text(self.lexicon.field_of(records, body["by"]).label)
        if where is None:
            return Said(self.phrase(code, **words))
        return Said(self.phrase(f"{code}_where", where=self.condition(where, records), **words))

    def amount(self, body: Any, positive: bool, *, share: bool = False) -> str:
        """Return « au moins 5 »; a share is between 0 and 1 and is said in hundredths."""
        op = body["op"] if positive else _INVERSE[body["op"]]
        to = body["to"]
        to = _scalar(to, "number")
        if share and isinstance(to, int | Decimal | float):
            said = with_unit(Decimal(str(to)) * 100, "%", self.lang)
        else:
            said = self.value(to, Name({}, "number"))
        return self.phrase(f"amount_{op}", value=said)

    def _share(self, body: Any, positive: bool) -> Said:
        records = body["of"]
        return Said(
            self.phrase(
                "share",
                records=self.text(self.lexicon.fact(records).label),
                amount=self.amount(body, positive, share=True),
                where=self.condition(body["where"], records),
            )
        )

    def _each(self, body: Any, positive: bool) -> Said:
        records = body["of"]
        parts = tuple(Said(self._part(one, records)) for one in body["different"])
        label = self.text(self.lexicon.fact(records).label)
        between = "\u00a0; " if self.lang == "fr" else "; "
        return Said(self.phrase("each" if positive else "not_each", records=label), parts, between)

    def _part(self, part: Any, records: Any) -> str:
        where = self.condition(part["where"], records)
        label = self.text(part.get("label", ""))
        return self.phrase("part", label=label, where=where) if label else where

    def _judged(self, body: Any, positive: bool) -> Said:
        question = self.text(body["question"])
        return Said(self.phrase("judged" if positive else "not_judged", question=question))

    def _parameter_known(self, code: Any, positive: bool) -> Said:
        label = self.text(self.lexicon.parameter(code).label)
        return Said(self.phrase("parameter_known" if positive else "parameter_not_known", parameter=label))

    def condition(self, where: Any, records: Any) -> str:
        """Return what is asked of one record, on one line."""

        def leaf(verb: str, body: Any, positive: bool) -> Said:
            code = body if verb == "field" else body.get("field", body.get("fact"))
            name = self.lexicon.field_of(records, code)
            if verb == "field":
                return Said(self.phrase("yes" if positive else "no", fact=self.text(name.label)))
            return {"compare": self._compared, "has": self._having}[verb](name, body, positive)

        said = self._node(where, positive=True, leaf=leaf)
        return f"({said.line()})" if said.items else said.line()


def _scalar(value: Any, kind: str) -> Any:
    """Return a number or a day that JSON holds as a text."""
    if not isinstance(value, str):
        return value
    try:
        return {"number": Decimal, "date": date.fromisoformat}.get(kind, str)(value)  # type: ignore[operator]
    except (ValueError, ArithmeticError):
        return value


def _only_key(body: Mapping[str, Any]) -> str:
    return ({"any_of", "all_of", "only"} & set(body)).pop()


def _kind(name: Name, to: Any) -> str:
    if isinstance(to, date) or name.type == "date":
        return "date"
    if name.type == "number" or isinstance(to, Mapping | int | Decimal | float):
        return "number"
    return "text"


def _having_phrase(how: str, positive: bool, *, one: bool, single: bool) -> str:
    """Choose the phrase: a single code « is » a term, several « include » it; negations need their own."""
    if one:
        if positive:
            return "one_of"
        return "not_the_one" if single else "not_one_of"
    if positive:
        return {"any_of": "has_any", "all_of": "has_all", "only": "has_only"}[how]
    if single and how != "only":
        return "has_not_the_one"
    return {"any_of": "has_not_any", "all_of": "has_not_all", "only": "has_not_only"}[how]


def plain(value: Any, lang: str) -> str:
    """Return a bare value as it is written in a sentence: yes or no, a number, a day, a text."""
    if isinstance(value, bool):
        return {"fr": ("non", "oui"), "en": ("no", "yes")}[lang][value]
    if isinstance(value, int | Decimal | float):
        return grouped(value, lang)
    return _Speaker(lang, Lexicon()).day(value) if isinstance(value, date) else str(value)


def reads(rule: Any) -> Iterable[str]:
    """Return the codes of facts that a rule reads, each once, in their order (also in a rule not checked)."""
    found: dict[str, None] = {}
    _collect(rule, found)
    return tuple(found)


def _collect(rule: Any, found: dict[str, None]) -> None:
    if isinstance(rule, Sequence) and not isinstance(rule, str):
        for one in rule:
            _collect(one, found)
    elif isinstance(rule, Mapping):
        for key, value in rule.items():
            if key in {"fact", "of"} and isinstance(value, str):
                found[value] = None
            elif key not in {"to", "where", "question", "label", "different"}:
                _collect(value, found)


__all__ = [
    "Lexicon",
    "Name",
    "Said",
    "facts",
    "lexicon",
    "named",
    "plain",
    "reads",
    "say",
    "sentence",
    "unit_of",
]
