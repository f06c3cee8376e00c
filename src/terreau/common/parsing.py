"""Numbers, amounts and dates as people and spreadsheets write them. What cannot be read exactly is refused.

SIREN, SIRET and RNA are in ``official_numbers``. Every refusal is a ``DomainError`` that says what was found
and what to write.
"""

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.common.text import fold

_SPACES = re.compile(r"[\s\u00a0\u202f\u2009\u2007']+")
_PLAIN = re.compile(r"^[+-]?\d+(?:[.,]\d+)?$")
_DOTTED = re.compile(r"^[+-]?\d{1,3}(?:\.\d{3})+,\d+$")
_COMMAED = re.compile(r"^[+-]?\d{1,3}(?:,\d{3})+\.\d+$")
#: « 12.500 » is twelve thousand and a half or twelve and a half: nobody can tell.
_THOUSANDS_OR_NOT = re.compile(r"^[+-]?[1-9]\d{0,2}(?:[.,]\d{3})+$")
_CURRENCY = re.compile(r"(?:€|euros?|eur)$", re.IGNORECASE)
_FRENCH_DAY = re.compile(r"^(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})$")
_ISO_DAY = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?$")
_WRITTEN_DAY = re.compile(r"^(1er|\d{1,2}) ([a-z]+) (\d{4})$")
_MONTHS = ["janvier", "fevrier", "mars", "avril", "mai", "juin"]
_MONTHS += ["juillet", "aout", "septembre", "octobre", "novembre", "decembre"]
_YES = frozenset({"oui", "o", "vrai", "true", "yes", "y", "1", "x"})
_NO = frozenset({"non", "n", "faux", "false", "no", "0"})


def number(typed: str) -> Decimal:
    """Return the number written « 12 500,50 », « 12.500,50 » or « 12500.5 ».

    « 12.500 » alone is refused: it may be twelve and a half, or twelve thousand five hundred.
    """
    text = _SPACES.sub("", typed).replace("−", "-")
    if _THOUSANDS_OR_NOT.match(text):
        raise _ambiguous(typed, text)
    if _DOTTED.match(text):
        text = text.replace(".", "")
    elif _COMMAED.match(text):
        text = text.replace(",", "")
    elif not _PLAIN.match(text):
        message = _("« %(text)s » n'est pas un nombre : écrire par exemple 12500,50.") % {"text": typed}
        raise DomainError("not_a_number", message, facts={"typed": typed})
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation as error:  # pragma: no cover - the patterns let nothing else through
        raise DomainError("not_a_number", str(error), facts={"typed": typed}) from error


def whole(typed: str) -> int:
    """Return a whole number; « 12,0 » is 12, « 12,5 » is refused."""
    found = number(typed)
    if found != found.to_integral_value():
        message = _("« %(text)s » n'est pas un nombre entier.") % {"text": typed}
        raise DomainError("not_whole", message, facts={"typed": typed})
    return int(found)


def euros(typed: str) -> Euro:
    """Return an amount in euros written « 40 000,00 », « 17 833 € » or « 99786.57 »; cents at most."""
    found = number(_CURRENCY.sub("", typed.strip()).strip())
    try:
        return Euro.of(found)
    except ValueError as error:
        message = _("« %(text)s » a plus de deux décimales : écrire un montant au centime près.")
        raise DomainError("part_of_a_cent", message % {"text": typed}, facts={"typed": typed}) from error


def day(typed: str) -> date:
    """Return a day written 2017-12-21, 21/12/2017, 21.12.2017 or « 21 décembre 2017 ».

    « 03/04/2017 » is 3 April, as the French write; a year on two digits is refused, a date of a
    spreadsheet kept as a number too.
    """
    text = " ".join(typed.split())
    parts = _day_parts(text)
    if parts is None:
        message = _("« %(text)s » n'est pas une date : écrire 2017-12-21 ou 21/12/2017.") % {"text": typed}
        raise DomainError("not_a_day", message, facts={"typed": typed})
    try:
        return date(*parts)
    except ValueError as error:
        message = _("« %(text)s » n'existe pas au calendrier.") % {"text": typed}
        raise DomainError("no_such_day", message, facts={"typed": typed}) from error


def yes_no(typed: str) -> bool:
    """Return whether « oui », « O », « vrai », « x » or 1 was written, or its contrary; else refused."""
    word = fold(typed).strip()
    if word in _YES or word in _NO:
        return word in _YES
    message = _("« %(text)s » : écrire oui ou non.") % {"text": typed}
    raise DomainError("not_yes_no", message, facts={"typed": typed})


def days(typed: str) -> tuple[date, date | None]:
    """Return one day, or the two of « 2017-01-01/2017-12-31 » (SCDL), also written with ``_``."""
    first, mark, last = typed.strip().partition("/" if re.search(r"\d{4}-\d\d-\d\d/", typed) else "_")
    start = day(first)
    end = day(last) if mark else None
    if end is not None and end < start:
        message = _("« %(text)s » : la fin est avant le début.") % {"text": typed}
        raise DomainError("ends_before", message, facts={"typed": typed})
    return start, end


def one_line(typed: str, most: int) -> str:
    """Return a text on one line of at most ``most`` characters; longer is refused, never cut."""
    text = " ".join(typed.split())
    if len(text) > most:
        message = _("Ce texte a %(length)s caractères : %(most)s au plus.")
        raise DomainError("too_long", message % {"length": len(text), "most": most})
    return text


def _ambiguous(typed: str, text: str) -> DomainError:
    message = _(
        "« %(text)s » se lit de deux façons : écrire %(whole)s pour les milliers, "
        "%(part)s pour les décimales."
    )
    digits = text.replace(".", "").replace(",", "")
    part = text.replace(".", ",") + "0" if text.count(".") + text.count(",") == 1 else "…"
    values = {"text": typed, "whole": digits, "part": part}
    return DomainError("ambiguous_number", message % values, facts={"typed": typed})


def _day_parts(text: str) -> tuple[int, int, int] | None:
    if found := _ISO_DAY.match(text):
        year, month, number_ = map(int, found.groups())
        return year, month, number_
    if found := _FRENCH_DAY.match(text):
        number_, month, year = map(int, found.groups())
        return year, month, number_
    if (found := _WRITTEN_DAY.match(fold(text))) and found.group(2) in _MONTHS:
        number_ = 1 if found.group(1) == "1er" else int(found.group(1))
        return int(found.group(3)), _MONTHS.index(found.group(2)) + 1, number_
    return None


def iso(moment: date | datetime) -> str:
    """Return a day as ``2017-12-21``, whatever its hour."""
    return (moment.date() if isinstance(moment, datetime) else moment).isoformat()
