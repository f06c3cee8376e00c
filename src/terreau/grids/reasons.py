"""Why an answer is what it is: the parts of the rule that decided, in words, with what is known of each."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from terreau.common.content import read_content
from terreau.common.verdicts import Reason
from terreau.design.numbers import with_unit
from terreau.grids import compiling, rules
from terreau.grids.compiling import ENDLESS, NO, TO_CHECK, YES, Numbers
from terreau.grids.known import Frame, Interval, Known
from terreau.grids.wording import Lexicon, Name, plain, sentence, unit_of

LANGUAGES = ("fr", "en")
_STATES = {YES: "met", NO: "not_met", TO_CHECK: "to_check"}


@cache
def _phrases() -> Mapping[str, Mapping[str, str]]:
    found = read_content(Path(__file__).parent / "content" / "reasons.yaml")
    return {code: dict(texts) for code, texts in found.items()}


def phrase(code: str, lang: str, **words: Any) -> str:
    """Return a sentence of ``content/reasons.yaml``; words that are texts by language are said in it."""
    said = {
        key: (value.get(lang) or value.get("fr", "")) if isinstance(value, Mapping) else value
        for key, value in words.items()
    }
    return _phrases()[code][lang].format(**said)


def reason(code: str, source: str = "", sentence_code: str = "", **words: Any) -> Reason:
    """Return a reason in both languages."""
    return Reason(code, {lang: phrase(sentence_code or code, lang, **words) for lang in LANGUAGES}, source)


def answer_words(answer: str) -> Mapping[str, str]:
    """Return « oui », « non » or « à vérifier » in both languages."""
    return _phrases()[answer]


class Explainer:
    """Explains rules for one criterion, one frame and one day."""

    def __init__(self, frame: Frame, numbers: Numbers, lexicon: Lexicon, criterion: str, source: str) -> None:
        self.frame = frame
        self.numbers = numbers
        self.lexicon = lexicon
        self.criterion = criterion
        self.source = source

    def answer(self, rule: rules.Rule) -> int:
        """Return what a part of the rule gives."""
        return compiling.compile_rule(rule, self.numbers, self.criterion)(self.frame)

    def explain(self, rule: rules.Rule) -> tuple[Reason, ...]:
        """Return the reasons of what a rule gives, each once: those of its parts that decide."""
        return tuple({tuple(one.text.items()): one for one in self._reasons(rule)}.values())

    def _reasons(self, rule: rules.Rule) -> Iterator[Reason]:
        if isinstance(rule, rules.Not):
            yield from self._reasons(rule.item)
        elif isinstance(rule, rules.All | rules.OneOf):
            found = self.answer(rule)
            for item in rule.items:
                if self.answer(item) == found:
                    yield from self._reasons(item)
        else:
            yield self._leaf(rule)

    def _leaf(self, leaf: rules.Rule) -> Reason:
        found = self.answer(leaf)
        if isinstance(leaf, rules.Judged):
            code = {YES: "judged_yes", NO: "judged_no", TO_CHECK: "not_judged"}[found]
            return reason(code, self.source, question=leaf.question)
        if isinstance(leaf, rules.ParameterKnown):
            return self.parameter(leaf.code)
        known = self.frame.get(rules.fact_of(leaf))
        if isinstance(leaf, rules.Is):
            code = {YES: "is_yes", NO: "is_no", TO_CHECK: "is_unknown"}[found]
            texts = {lang: phrase(code, lang, fact=self._label(leaf.name)) for lang in LANGUAGES}
        else:
            texts = {lang: self._said(leaf, known, lang) for lang in LANGUAGES}
        code = "fact_unknown" if found == TO_CHECK and known is None else f"fact_{_STATES[found]}"
        return Reason(code, texts, cited(known) or self.source)

    def parameter(self, code: str) -> Reason:
        """Return what is known of a parameter."""
        name = self.lexicon.parameter(code)
        if self.numbers.get(code) is None:
            return reason("parameter_unknown", self.source, parameter=name.label)
        texts = {lang: f"{sentence({'parameter_known': code}, lang, self.lexicon)}." for lang in LANGUAGES}
        return Reason("parameter_known", texts, self.source)

    def _label(self, code: str) -> Mapping[str, str]:
        return self.lexicon.fact(code).label

    def _said(self, leaf: rules.Rule, known: Known | None, lang: str) -> str:
        if isinstance(leaf, rules.Each):
            labels = [part.labels.get(lang) or part.labels["fr"] for part in leaf.parts]
            records = self._label(leaf.of)
            rule = phrase("each_rule", lang, records=records, parts=phrase("between", lang).join(labels))
        else:
            rule = sentence(rules.plain_of(leaf), lang, self.lexicon)
        return phrase("leaf", lang, rule=rule, known=self.known(leaf, known, lang))

    def known(self, leaf: rules.Rule, known: Known | None, lang: str) -> str:
        """Return what is known of what a leaf asks, in words."""
        if known is None:
            return phrase("absent", lang)
        return _KNOWN[type(leaf)](self, leaf, known, lang)  # type: ignore[no-any-return]

    def _compared(self, leaf: rules.Compare, known: Known, lang: str) -> str:
        return said_bounds(known.value, self.lexicon.fact(leaf.name), lang)

    def _having(self, leaf: rules.Has, known: Known, lang: str) -> str:
        terms = self.lexicon.fact(leaf.name).terms
        codes = [known.value] if isinstance(known.value, str) else sorted(known.value)  # type: ignore[arg-type,type-var]
        words = ", ".join(terms.get(str(code), {}).get(lang, str(code)) for code in codes)
        if not codes:
            return phrase("codes_empty" if known.complete else "codes_none", lang)
        return phrase("codes" if known.complete else "codes_more", lang, terms=words)

    def _counted(self, leaf: rules.Count | rules.Distinct, known: Known, lang: str) -> str:
        where = compiling.compile_condition(leaf.where, self.numbers)
        if isinstance(leaf, rules.Distinct):
            low, high = compiling.distinct_bounds(known, where, leaf.by)
        else:
            low, high = compiling.count_bounds(known, where)
        if low == high:
            return phrase("count", lang, low=low or phrase("none", lang))
        if high >= ENDLESS:
            return phrase("count_more", lang, low=low or phrase("none", lang))
        return phrase("count_between", lang, low=low, high=high)

    def _shared(self, leaf: rules.Share, known: Known, lang: str) -> str:
        where = compiling.compile_condition(leaf.where, self.numbers)
        assert where is not None  # noqa: S101
        low, high = compiling.share_bounds(known, where)
        words = {"low": percent(low, lang), "high": percent(high, lang)}
        return phrase("share" if low == high else "share_between", lang, **words)

    def _each(self, leaf: rules.Each, known: Known, lang: str) -> str:
        found = self.answer(leaf)
        if found == YES:
            return phrase("each_met", lang)
        wheres = [compiling.compile_condition(part.where, self.numbers) for part in leaf.parts]
        best = [
            max((where(record) for record in known.value), default=NO)  # type: ignore[misc,union-attr,arg-type]
            for where in wheres
        ]
        short = [part for part, most in zip(leaf.parts, best, strict=True) if most == NO]
        unsure = [part for part, most in zip(leaf.parts, best, strict=True) if most != YES]
        parts = short if found == NO else unsure
        if not parts:
            return phrase("each_twice", lang)
        words = phrase("between", lang).join(part.labels.get(lang) or part.labels["fr"] for part in parts)
        return phrase("each_missing" if found == NO else "each_unknown", lang, parts=words)


_KNOWN: dict[type, Any] = {
    rules.Compare: Explainer._compared,
    rules.Has: Explainer._having,
    rules.Count: Explainer._counted,
    rules.Distinct: Explainer._counted,
    rules.Share: Explainer._shared,
    rules.Each: Explainer._each,
}


def cited(known: Known | None) -> str:
    """Return the source of a fact as a reason cites it: the document and its section, or the address."""
    if known is None:
        return ""
    source = known.source
    place = ", ".join(str(source[key]) for key in ("document", "section") if source.get(key))
    return place or str(source.get("url") or "")


def percent(share: Fraction, lang: str) -> str:
    """Return a part in hundredths, to a tenth."""
    value = (Decimal(share.numerator) * 100 / Decimal(share.denominator)).quantize(Decimal("0.1"))
    return with_unit(int(value) if value == value.to_integral_value() else value, "%", lang)


def said_bounds(value: Any, name: Name, lang: str) -> str:
    """Return a value, or its bounds, in words."""
    if not isinstance(value, Interval):
        return phrase("value", lang, value=said_value(value, name, lang))
    low, high = (
        None if bound is None else said_value(bound, name, lang) for bound in (value.low, value.high)
    )
    if value.exact:
        return phrase("value", lang, value=low)
    if low is None or high is None:
        return phrase("value_most" if low is None else "value_least", lang, low=low, high=high)
    return phrase("value_between", lang, low=low, high=high)


def said_value(value: Any, name: Name, lang: str) -> str:
    """Return a value with the unit of what it is a value of."""
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        number = int(value) if value == int(value) else value
        return with_unit(number, unit_of(number, name, lang), lang)
    return plain(value, lang)


def said_day(day: date, lang: str) -> str:
    """Return a day in words."""
    return plain(day, lang)
