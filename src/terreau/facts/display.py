"""Values and dates as a reader reads them, in French and in English. Pure."""

from datetime import date, timedelta
from decimal import Decimal

from terreau.common.periods import DAY, MONTH, YEAR
from terreau.facts.catalogue import Catalogue, CatalogueEntry
from terreau.facts.rules import Value

_NARROW, _NO_BREAK = "\u202f", "\u00a0"
_MONTHS_FR = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
_MONTHS_EN = "January February March April May June July August September October November December"
_MONTHS = {"fr": _MONTHS_FR.split(" "), "en": _MONTHS_EN.split(" ")}
_QUALIFIERS = {
    "fr": {
        "": "{}",
        "about": "environ {}",
        "more_than": "plus de {}",
        "less_than": "moins de {}",
        "at_least": "au moins {}",
        "up_to": "jusqu'à {}",
        "almost": "près de {}",
        "start": "début {}",
        "end": "fin {}",
        "decade": "années {}",
    },
    "en": {
        "": "{}",
        "about": "about {}",
        "more_than": "more than {}",
        "less_than": "less than {}",
        "at_least": "at least {}",
        "up_to": "up to {}",
        "almost": "almost {}",
        "start": "early {}",
        "end": "late {}",
        "decade": "the {}s",
    },
}
_RANGE = {"fr": "de {} à {}", "en": "{} to {}"}
_YES_NO = {"fr": ("non", "oui"), "en": ("no", "yes")}


def number(value: Decimal | int, lang: str) -> str:
    """Return a number: ``1 800,5`` with a narrow no-break space in French, ``1,800.5`` in English."""
    text = f"{Decimal(value):,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if lang == "en":
        return text.replace("-", "−")
    return text.replace(",", _NARROW).replace(".", ",").replace("-", "−")


def euros(cents: int, lang: str) -> str:
    """Return an exact amount: ``1 800 000 €`` or ``€1,800,000``; cents only when there are some."""
    whole, rest = divmod(abs(cents), 100)
    text = number(whole, lang) + (f"{',' if lang == 'fr' else '.'}{rest:02d}" if rest else "")
    sign = "−" if cents < 0 else ""
    return f"{sign}€{text}" if lang == "en" else f"{sign}{text}{_NO_BREAK}€"


def day(value: date, precision: str, lang: str) -> str:
    """Return a date as precisely as it is known: ``2014``, ``septembre 2014``, ``1er mai 2014``."""
    if precision == YEAR:
        return f"{value.year}"
    month = f"{_MONTHS[lang][value.month - 1]} {value.year}"
    if precision == MONTH:
        return month
    return f"{'1er' if lang == 'fr' and value.day == 1 else value.day} {month}"


def value(one: Value, entry: CatalogueEntry, catalogue: Catalogue, lang: str) -> str:
    """Return a typed value with its qualifier and its unit: « plus de 100 structures »."""
    if entry.type == "text":
        return one.text_en or one.text if lang == "en" else one.text
    if entry.type == "code":
        return catalogue.vocabulary(entry.choices).label(one.term, lang)
    if entry.type == "bool":
        return _YES_NO[lang][bool(one.flag)]
    if entry.type == "date":
        return _qualified(day(one.day or date.min, one.day_precision or DAY, lang), one.qualifier, lang)
    return _qualified(_amount(one, catalogue, lang), one.qualifier, lang)


def _qualified(text: str, qualifier: str, lang: str) -> str:
    return _QUALIFIERS[lang][qualifier].format(text)


def _amount(one: Value, catalogue: Catalogue, lang: str) -> str:
    if one.cents is not None:
        low, high = euros(one.cents, lang), "" if one.cents_max is None else euros(one.cents_max, lang)
        return _RANGE[lang].format(low, high) if high else low
    smallest = one.number if one.number is not None else Decimal(0)
    largest = one.number_max
    text = number(smallest, lang)
    if largest is not None:
        text = _RANGE[lang].format(text, number(largest, lang))
    return text + _unit(one.unit, smallest if largest is None else largest, catalogue, lang)


def _unit(code: str, amount: Decimal, catalogue: Catalogue, lang: str) -> str:
    if not code:
        return ""
    unit = catalogue.unit(code)
    if code == "percent":
        return "%" if lang == "en" else f"{_NO_BREAK}%"
    if unit.symbol and lang == "fr":
        return f"{_NO_BREAK}{unit.symbol}"
    singular = abs(amount) < 2 if lang == "fr" else abs(amount) == 1
    return f"{_NO_BREAK}{unit.label(lang, singular=singular)}"


def period(start: date | None, end: date | None, precision: str, lang: str) -> str:
    """Return the days from ``start`` (in) to ``end`` (out) in words; empty when no date is known."""
    french = lang == "fr"
    if start is None and end is None:
        return ""
    known = precision or DAY
    last = day(end - timedelta(days=1), known, lang) if end else ""
    if start is None:
        until = ("jusqu'au" if known == DAY else "jusqu'à") if french else "until"
        return f"{until} {last}"
    first = day(start, known, lang)
    if not last:
        return f"depuis {'le ' if french and known == DAY else ''}{first}" if french else f"since {first}"
    if first == last:
        return _on(first, known, french=french)
    if french:
        return f"du {first} au {last}" if known == DAY else f"de {first} à {last}"
    return f"{first} to {last}"


def _on(text: str, precision: str, *, french: bool) -> str:
    if precision == DAY:
        return f"le {text}" if french else f"on {text}"
    return f"en {text}" if french else f"in {text}"
