"""The names of what rules read, as ``wording`` says them: readable facts, their fields, parameters."""

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache

from terreau.facts import catalogue
from terreau.grids.parameters import Parameter, held, parameters
from terreau.grids.readables import Readable, readable
from terreau.grids.wording import Lexicon, Name, Texts


def lexicon(on: date | None = None) -> Lexicon:
    """Return the names of readable facts and parameters, which have their value of the day ``on``."""
    return _lexicon(on)


@lru_cache(maxsize=64)
def _lexicon(on: date | None) -> Lexicon:
    known = parameters()
    return Lexicon(_facts(), {code: _parameter(one, on) for code, one in known.items()})


@cache
def _facts() -> Mapping[str, Name]:
    return {code: named(one) for code, one in readable().items()}


def named(one: Readable) -> Name:
    """Return the name of a readable fact, with its terms and its fields."""
    fields = {
        name: Name(each.labels, each.type, terms=_terms(each.choices)) for name, each in one.fields.items()
    }
    return Name(one.labels, one.type, _unit(one.unit), _terms(one.choices), fields)


def _parameter(one: Parameter, on: date | None) -> Name:
    value = held(one.code, on, {one.code: one}).value if on else _only_value(one)
    return Name(one.labels, "number", _unit(one.unit), value=value)


def _only_value(one: Parameter) -> object:
    values = {each.value for each in one.values}
    return values.pop() if len(values) == 1 else None


def _unit(code: str) -> Texts:
    return catalogue.load().unit(code).many if code else {}


def _terms(vocabulary: str) -> Mapping[str, Texts]:
    if not vocabulary:
        return {}
    return {code: term.labels for code, term in catalogue.vocabulary(vocabulary).terms.items()}
