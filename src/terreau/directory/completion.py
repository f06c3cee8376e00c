"""What a form proposes while somebody types: organisations and communes, from what is held locally."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from django.db import connection

from terreau.common.text import search_text
from terreau.directory.models import Association, Establishment, LegalUnit
from terreau.directory.tables import ASSOCIATIONS, UNITS, Table
from terreau.territories import base

#: Letters before names are searched; digits before numbers are; rows looked at to choose the best.
LETTERS, DIGITS, LOOKED_AT = 3, 3, 60
_MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Organisation:
    """What a register says of an organisation; unknown is empty. ``state``: A active, C closed, D dissolved.

    ``source`` is ``sirene``, ``rna`` or ``outside``; ``commune`` is a code of today.
    """

    name: str
    source: str
    siren: str = ""
    siret: str = ""
    rna: str = ""
    acronym: str = ""
    commune: str = ""
    commune_name: str = ""
    postcode: str = ""
    state: str = ""
    legal_category: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune of today, and its department."""

    code: str
    name: str
    department: str
    population: int

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return asdict(self)


def organisations(typed: str, *, limit: int = 10, commune: str = "") -> list[Organisation]:
    """Return organisations whose number begins with, or whose names hold, what is typed; any text is
    accepted.

    Names that begin with it come first, the active before the closed, those of ``commune`` before all. At
    most
    seven queries, each bounded.
    """
    compact = "".join(typed.split()).replace(".", "").upper()
    if compact.isascii() and compact.isdigit():
        return _by_digits(compact, limit)
    if compact[:1] == "W" and compact[1:2].isdigit():
        return _associations(_by_code(compact, limit))
    words = search_text(typed).split()[:_MOST_WORDS]
    if len("".join(words)) < LETTERS:
        return []
    found = _units(_by_words(UNITS, words)) + _associations(_by_words(ASSOCIATIONS, words))
    start = " ".join(words)
    return _apart(sorted(found, key=lambda one: _rank(one, start, commune)), limit)


def unit(siren: str) -> Organisation | None:
    """Return the unit of a SIREN, None when it is not held."""
    return next(iter(_units([int(siren)])), None) if siren.isdigit() and len(siren) == 9 else None


def communes(typed: str, *, limit: int = 10) -> list[Commune]:
    """Return communes whose name begins with what is typed, then those that hold it, larger first; or by
    code."""
    code = typed.strip().upper()
    known = base.load()
    current = code if code in known.index else known.former.get(code)
    if current:
        return [_commune(known.index[current])]
    wanted = search_text(typed)
    if len(wanted) < 2:
        return []
    names, order, words = _names()
    first = bisect_left(names, wanted)
    found: list[int] = []
    while first < len(names) and names[first].startswith(wanted):
        found.append(order[first])
        first += 1
    found.sort(key=lambda place: (known.names[place] != typed, -int(known.population[place])))
    if len(found) < limit and len(wanted) >= LETTERS:
        held = set(found)
        more = [p for p, text in enumerate(words) if f" {wanted}" in text and p not in held]
        found += sorted(more, key=lambda place: -int(known.population[place]))
    exact = [place for place in found if words[place] == f" {wanted}"]
    return [_commune(place) for place in [*exact, *(p for p in found if p not in set(exact))][:limit]]


@cache
def _names() -> tuple[list[str], list[int], list[str]]:
    """Folded names in order, the communes they are of, and for each commune its name after a space."""
    known = base.load()
    folded = [search_text(name) for name in known.names]
    order = sorted(range(len(folded)), key=lambda place: folded[place])
    return [folded[place] for place in order], order, [f" {name}" for name in folded]


def _commune(place: int) -> Commune:
    known = base.load()
    layer = known.layers["departement"]
    zone = int(layer.zone_of[place])
    name = layer.codes[zone] if zone >= 0 else ""
    return Commune(str(known.codes[place]), known.names[place], name, int(known.population[place]))


def commune_name(code: str) -> str:
    """Return the name of a commune of today, or ``""``."""
    known = base.load()
    place = known.index.get(code)
    return known.names[place] if place is not None else ""


def _rank(one: Organisation, start: str, commune: str) -> tuple[Any, ...]:
    name = search_text(one.name)
    nearness = 0 if name == start else 1 if name.startswith(start) else 2
    return (bool(commune) and one.commune != commune, nearness, one.state != "A", len(name), name, one.siren)


def _apart(found: Iterable[Organisation], limit: int) -> list[Organisation]:
    """Leave out the association that Sirene gives too."""
    kept: list[Organisation] = []
    seen: set[str] = set()
    for one in found:
        names = {key for key in (one.siren, one.rna) if key}
        if not names & seen:
            kept.append(one)
            seen |= names
        if len(kept) == limit:
            break
    return kept


def _by_digits(digits: str, limit: int) -> list[Organisation]:
    if len(digits) < DIGITS or len(digits) > 14:
        return []
    if len(digits) <= 9:
        low, high = _span(digits, 9)
        rows = LegalUnit.objects.filter(siren__gte=low, siren__lt=high).order_by("siren")
        return _units(rows.values_list("siren", flat=True)[:limit])
    low, high = _span(digits, 14)
    places = list(Establishment.objects.filter(siret__gte=low, siret__lt=high).order_by("siret")[:limit])
    units = {one.siren: one for one in _units({place.siret // 100000 for place in places})}
    return [
        _at(units[number[:9]], place) for place in places if (number := f"{place.siret:014d}")[:9] in units
    ]


def _span(digits: str, length: int) -> tuple[int, int]:
    scale = 10 ** (length - len(digits))
    return int(digits) * scale, (int(digits) + 1) * scale


def _by_code(code: str, limit: int) -> list[int]:
    rows = Association.objects.filter(code__gte=code, code__lt=code + "~").order_by("code")
    return list(rows.values_list("pk", flat=True)[:limit])


def _by_words(table: Table, words: Sequence[str]) -> list[int]:
    """Keys of rows whose words begin with these, then of rows that hold them, the last one as a beginning."""
    key = "id" if table.key_is_text else table.key
    with connection.cursor() as cursor:
        cursor.execute(*_beginning(table, key, " ".join(words)))
        found = [row[0] for row in cursor.fetchall()]
        if len(found) < LOOKED_AT:
            cursor.execute(*_holding(table, key, words))
            found += [row[0] for row in cursor.fetchall()]
    return list(dict.fromkeys(found))


def _beginning(table: Table, key: str, start: str) -> tuple[str, list[Any]]:
    # GLOB and LIKE with a fixed beginning use the index; ``start`` is made of a-z, 0-9 and spaces only.
    test, pattern = ("GLOB", f"{start}*") if connection.vendor == "sqlite" else ("LIKE", f"{start}%")
    return f"SELECT {key} FROM {table.name} WHERE words {test} %s ORDER BY words LIMIT %s", [
        pattern,
        LOOKED_AT,
    ]


def _holding(table: Table, key: str, words: Sequence[str]) -> tuple[str, list[Any]]:
    if connection.vendor == "sqlite":
        query = " ".join([*(f'"{word}"' for word in words[:-1]), f'"{words[-1]}"*'])
        if len(words[-1]) < LETTERS:
            query = " ".join(f'"{word}"' for word in words)
        return (
            f"SELECT rowid FROM {table.name}_fts WHERE {table.name}_fts MATCH %s LIMIT %s",
            [query, LOOKED_AT],
        )
    last = f"'{words[-1]}'" + (":*" if len(words[-1]) >= LETTERS else "")
    query = " & ".join([*(f"'{word}'" for word in words[:-1]), last])
    return (
        f"SELECT {key} FROM {table.name} "
        "WHERE array_to_tsvector(string_to_array(words, ' ')) @@ %s::tsquery LIMIT %s",
        [query, LOOKED_AT],
    )


def _units(numbers: Iterable[int]) -> list[Organisation]:
    """The units of these SIREN, in their order, each with the commune of its head office."""
    wanted = list(numbers)
    rows = LegalUnit.objects.in_bulk(wanted)
    heads = [row.siren * 100000 + row.head_nic for row in rows.values() if row.head_nic is not None]
    places = Establishment.objects.in_bulk(heads)
    return [_unit(rows[number], places) for number in wanted if number in rows]


def _unit(row: LegalUnit, places: dict[int, Establishment]) -> Organisation:
    place = places.get(row.siren * 100000 + (row.head_nic or 0)) if row.head_nic is not None else None
    plain = Organisation(
        name=row.name,
        source="sirene",
        siren=f"{row.siren:09d}",
        siret=f"{row.siren * 100000 + row.head_nic:014d}" if row.head_nic is not None else "",
        rna=row.rna,
        acronym=row.acronym,
        state=row.state,
        legal_category=row.legal_category,
    )
    return _at(plain, place) if place else plain


def _at(unit: Organisation, place: Establishment) -> Organisation:
    """The unit, as it is at an establishment."""
    values = unit.as_dict() | {
        "siret": f"{place.siret:014d}",
        "commune": place.commune,
        "commune_name": commune_name(place.commune),
        "postcode": place.postcode,
    }
    return Organisation(**values)


def _associations(keys: Iterable[int]) -> list[Organisation]:
    wanted = list(keys)
    rows = Association.objects.in_bulk(wanted)
    return [_association(rows[key]) for key in wanted if key in rows]


def _association(row: Association) -> Organisation:
    return Organisation(
        name=row.name,
        source="rna",
        siren=row.siret[:9],
        siret=row.siret,
        rna=row.code,
        acronym=row.acronym,
        commune=row.commune,
        commune_name=commune_name(row.commune),
        postcode=row.postcode,
        state=row.state,
    )
