"""Communes and intercommunalities as people write them in a cell: codes, names, several at once."""

import re
from collections import defaultdict
from functools import cache

from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.common.text import search_text
from terreau.territories import base
from terreau.territories.rules import resolve

_CODE = re.compile(r"^(?:\d{5}|2[AB]\d{3}|\d[AB]\d{3})$", re.IGNORECASE)
_LOST_ZERO = re.compile(r"^\d{4}$")
_EPCI = re.compile(r"^\d{9}$")
_NAME_AND_CODE = re.compile(r"^(.*?)\s*\((\w{5}|\d{9})\)$")
_SEPARATORS = re.compile(r"[;\n|]|,(?!\s*$)")
_SHOWN = 4


def communes(typed: str, cog_year: int = base.COG_YEARS[-1]) -> tuple[str, ...]:
    """Return the current codes of the communes and EPCI of a cell: « 35238 ; Vitré ; 243500139 ».

    Names and codes are separated by semicolons, commas, bars or lines. An EPCI gives its communes. A name
    that several communes have is refused with their codes, a code that lost its zero too (``DomainError``).
    """
    found: dict[str, None] = {}
    for word in _SEPARATORS.split(typed):
        if word.strip():
            found |= dict.fromkeys(_of_word(word.strip(), cog_year))
    return tuple(found)


def commune_in(name: str, department: str, cog_year: int = base.COG_YEARS[-1]) -> str:
    """Return the code of the one commune of a department with this name (``St``: ``Saint``), or ``""``."""
    words = [{"st": "saint", "ste": "sainte"}.get(word, word) for word in search_text(name).split()]
    codes = _names(cog_year)[0].get(" ".join(words), ())
    inside = [code for code in codes if code.startswith(department)]
    return inside[0] if len(inside) == 1 and department else ""


def _of_word(word: str, cog_year: int) -> list[str]:
    if both := _NAME_AND_CODE.match(word):
        word = both.group(2)
    known = base.load(cog_year)
    if _EPCI.match(word):
        return _of_epci(word, cog_year)
    if _CODE.match(word):
        found = resolve(known, [word])
        if found.unresolved:
            message = _("« %(code)s » n'est le code d'aucune commune.") % {"code": word}
            raise DomainError("unknown_commune", message, facts={"typed": word})
        return [str(code) for code in known.codes[found.ids]]
    if _LOST_ZERO.match(word) and not resolve(known, [f"0{word}"]).unresolved:
        message = _("« %(code)s » a perdu son zéro : s'agit-il de 0%(code)s ?") % {"code": word}
        raise DomainError("lost_zero", message, facts={"typed": word, "suggestion": f"0{word}"})
    return _of_name(word, cog_year)


def _of_epci(code: str, cog_year: int) -> list[str]:
    known = base.load(cog_year)
    layer = known.layers["epci"]
    if code not in layer.codes:
        message = _("« %(code)s » n'est le code d'aucune intercommunalité.") % {"code": code}
        raise DomainError("unknown_epci", message, facts={"typed": code})
    return [str(one) for one in known.codes[layer.members(code)]]


def _of_name(word: str, cog_year: int) -> list[str]:
    named, grouped = _names(cog_year)
    codes = named.get(search_text(word), ())
    if len(codes) == 1:
        return list(codes)
    if len(codes) > 1:
        shown = ", ".join(codes[:_SHOWN]) + ("…" if len(codes) > _SHOWN else "")
        message = _("%(count)d communes s'appellent « %(name)s » : écrivez le code (%(codes)s).")
        values = {"count": len(codes), "name": word, "codes": shown}
        raise DomainError("several_communes", message % values, facts={"typed": word, "codes": list(codes)})
    epci = grouped.get(search_text(word), ())
    if len(epci) == 1:
        return _of_epci(epci[0], cog_year)
    message = _("« %(name)s » n'est le nom d'aucune commune ni intercommunalité : écrivez son code.")
    raise DomainError("unknown_place", message % {"name": word}, facts={"typed": word})


@cache
def _names(cog_year: int) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Return the codes of communes, then of EPCI, by their folded name."""
    known = base.load(cog_year)
    layer = known.layers["epci"]
    found: list[dict[str, tuple[str, ...]]] = []
    for names, codes in ((known.names, known.codes.tolist()), (layer.names, layer.codes)):
        by_name: dict[str, list[str]] = defaultdict(list)
        for name, code in zip(names, codes, strict=True):
            by_name[search_text(str(name))].append(str(code))
        found.append({name: tuple(codes) for name, codes in by_name.items()})
    return found[0], found[1]
