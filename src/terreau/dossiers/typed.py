"""What people type in the pages of a form, question by question: read into an answer, drawn back as typed.

Names of the inputs of a question: its key, and ``<key>--<part>`` for its parts; ``<key>--sent`` says that the
question was on the page, ``<key>--base`` which version of its answer the person saw.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext as _

from terreau.calls import form_rules
from terreau.common import parsing
from terreau.common.errors import DomainError
from terreau.common.official_numbers import check_siren
from terreau.dossiers import saying
from terreau.dossiers.sheet_answer import TABLES, Column, columns, read_value
from terreau.territories.base import COG_YEARS
from terreau.territories.models import Coverage, Zone

Field = Mapping[str, Any]

#: Lines shown after those that are filled, lines read of one table, territories of one perimeter.
BLANK_ROWS: Final = 2
MOST_ROWS: Final = 400
MOST_ZONES: Final = 5_000
_PLAIN: Final = frozenset({"text", "long_text", "integer", "number", "euro", "date"})


@dataclass(frozen=True, slots=True)
class Typed:
    """An answer as typed: its value, or what is wrong with it; ``cells`` what each input held."""

    value: Any = None
    problem: str = ""
    cells: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cell:
    """One input of a table."""

    name: str
    label: str
    kind: str
    text: str
    options: tuple[tuple[str, str], ...]


def was_sent(post: QueryDict, key: str) -> bool:
    """Say whether a question was on the page that was sent."""
    return f"{key}--sent" in post


def base_of(post: QueryDict, key: str) -> int:
    """Return the version of the answer that the person saw; 0 when none, or when it cannot be read."""
    told = post.get(f"{key}--base", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 10 else 0


def read(one: Field, post: QueryDict) -> Typed:
    """Return what was typed for a question; never raises for what a person types."""
    try:
        return _READERS[one["kind"]](one, post)
    except DomainError as error:
        key = str(one["key"])
        cells = {name: str(post.get(name, "")) for name in post if name == key or name.startswith(f"{key}--")}
        return Typed(None, str(error.message), cells)


def shown(one: Field, value: Any, cells: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what the page draws for a question (``text``, ``chosen``, ``rows``…), as typed or as held."""
    kind, key = str(one["kind"]), str(one["key"])
    if kind in TABLES:
        return {"headers": columns(one), "rows": _rows_shown(one, key, value, cells)}
    if kind in {"actor", "perimeter"}:
        return _parts_shown(kind, key, value, cells)
    if kind == "choices":
        return {"chosen": frozenset(value if isinstance(value, list) else ())}
    if kind in {"yes_no", "declaration"}:
        return {"chosen": {True: "oui", False: "non"}.get(value, "") if isinstance(value, bool) else ""}
    if cells is not None:
        return {"text": cells.get(key, "")}
    return {"text": _plain(one, value)}


def _plain(one: Field, value: Any) -> str:
    """Return an answer as its input holds it."""
    if one["kind"] in {"date", "choice"} or not form_rules.filled(value):
        return str(value or "")
    return saying.typed(one, value) if one["kind"] in _PLAIN else ""


# Reading


def _text(one: Field, post: QueryDict) -> Typed:
    key = str(one["key"])
    typed = post.get(key, "").replace("\0", "")
    cells = {key: typed}
    if not typed.strip():
        return Typed("", cells=cells)
    try:
        return Typed(read_value(one, typed), cells=cells)
    except DomainError as error:
        return Typed(None, str(error.message), cells)


def _choice(one: Field, post: QueryDict) -> Typed:
    code = post.get(str(one["key"]), "")
    known = code in {option for option, _label in saying.options(one)}
    return Typed(
        code if known else "", "" if known or not code else _("Ce choix n'est pas de ceux de l'appel.")
    )


def _choices(one: Field, post: QueryDict) -> Typed:
    known = [code for code, _label in saying.options(one)]
    told = set(post.getlist(str(one["key"])))
    return Typed([code for code in known if code in told])


def _yes_no(one: Field, post: QueryDict) -> Typed:
    return Typed({"oui": True, "non": False}.get(post.get(str(one["key"]), ""), ""))


def _declared(one: Field, post: QueryDict) -> Typed:
    return Typed(post.get(str(one["key"]), "") == "oui" or "")


def _actor(one: Field, post: QueryDict) -> Typed:
    key = str(one["key"])
    name = parsing.one_line(post.get(f"{key}--name", ""), 300)
    siren = post.get(f"{key}--siren", "").strip()
    cells = {f"{key}--name": name, f"{key}--siren": siren}
    if not name and not siren:
        return Typed({}, cells=cells)
    try:
        number = check_siren(siren) if siren else ""
    except DomainError as error:
        return Typed(None, str(error.message), cells)
    return Typed({"actor": post.get(f"{key}--actor") or None, "name": name, "siren": number}, cells=cells)


def _perimeter(one: Field, post: QueryDict) -> Typed:
    """Read a name and territories, one a line: a code (« region:27 », « 21231 ») or a name."""
    key = str(one["key"])
    name = parsing.one_line(post.get(f"{key}--name", ""), 200)
    listed = post.get(f"{key}--zones", "")
    cells = {f"{key}--name": name, f"{key}--zones": listed}
    lines = [line.strip() for line in listed.splitlines() if line.strip()]
    if not name and not lines:
        return Typed({}, cells=cells)
    if len(lines) > MOST_ZONES:
        words = _("Un périmètre a %(most)d territoires au plus : écrivez des intercommunalités.")
        return Typed(None, words % {"most": MOST_ZONES}, cells)
    coded = _coded(lines)
    found = [(line, coded[line] if line in coded else _zone(line)) for line in lines]
    if unknown := [line for line, zone in found if not zone]:
        words = _(
            "Ces territoires sont inconnus, ou plusieurs portent ce nom : %(names)s. Écrivez leur code."
        )
        return Typed(None, words % {"names": ", ".join(unknown[:5])}, cells)
    zones = list(dict.fromkeys(zone for _line, zone in found))
    kept = _still(post.get(f"{key}--perimeter", ""), zones)
    return Typed({"name": name or lines[0], "zones": zones, "perimeter": kept}, cells=cells)


def _coded(lines: list[str]) -> dict[str, str]:
    """Return the lines written « level:code » → the territory, nothing when there is none: one query."""
    parts = {line: [part.strip() for part in line.split(":", 1)] for line in lines if ":" in line}
    codes = {code for _level, code in parts.values()}
    rows = Zone.objects.filter(code__in=codes).order_by().values_list("level", "code") if codes else ()
    known = set(rows)
    return {
        line: f"{level}:{code}" if (level, code) in known else "" for line, (level, code) in parts.items()
    }


def _still(told: str, zones: list[str]) -> int | None:
    """Return the perimeter of the register that the page proposed, as long as its territories are these."""
    if not (told.isascii() and told.isdecimal() and len(told) < 19):
        return None
    covered = Coverage.objects.filter(perimeter=int(told)).values_list("level", "code")
    return int(told) if {f"{level}:{code}" for level, code in covered} == set(zones) else None


def _zone(line: str) -> str:
    """Return « level:code » for a territory written by its name or a bare code; nothing when unsure."""
    rows = Zone.objects.order_by("-cog_year")
    if line[:1].isdigit() or line[1:2].isdigit():
        found = rows.filter(code=line.upper(), level__in=("commune", "epci", "departement"))
    else:
        found = rows.filter(name__iexact=line, cog_year=COG_YEARS[-1])
    told = set(found.values_list("level", "code")[:20])
    return ":".join(told.pop()) if len(told) == 1 else ""


def _table(one: Field, post: QueryDict) -> Typed:
    key, listed = str(one["key"]), columns(one)
    cells = {name: post.get(name, "") for name in post if name.startswith(f"{key}--")}
    rows, problems = [], []
    for rank in _ranks(key, cells):
        typed = {column.key: cells.get(f"{key}--{rank}--{column.key}", "").strip() for column in listed}
        # A line where nothing but what the page proposes is chosen is an empty line.
        if not any(
            text for column, text in _columns_of(listed, typed) if column.kind not in {"choice", "yes_no"}
        ):
            continue
        row, wrong = _row(listed, typed)
        rows.append(row)
        problems += [_("ligne %(n)d, %(what)s") % {"n": len(rows), "what": what} for what in wrong]
    return Typed(None if problems else rows, " ; ".join(problems), cells)


def _columns_of(listed: list[Column], typed: Mapping[str, str]) -> list[tuple[Column, str]]:
    return [(column, typed[column.key]) for column in listed]


def _ranks(key: str, cells: Mapping[str, str]) -> list[int]:
    ranks = {name.split("--")[1] for name in cells if name.count("--") == 2}
    return sorted(int(rank) for rank in ranks if rank.isascii() and rank.isdecimal() and len(rank) < 4)[
        :MOST_ROWS
    ]


def _row(listed: list[Column], typed: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    row: dict[str, Any] = {}
    wrong = []
    for column, text in _columns_of(listed, typed):
        if not text:
            continue
        try:
            row[column.key] = _cell(column, text)
        except DomainError as error:
            wrong.append(f"« {column.label} » : {error.message}")
    return row, wrong


def _cell(column: Column, text: str) -> Any:
    if column.kind == "siren":
        return check_siren(text)
    if column.kind == "yes_no":
        return {"oui": True, "non": False}.get(text)
    if column.kind == "choice":
        return text if text in dict(column.options) else None
    return read_value({"key": column.key, "kind": column.kind}, text)


def _nothing(one: Field, post: QueryDict) -> Typed:
    return Typed()


_READERS: Final[Mapping[str, Callable[[Field, QueryDict], Typed]]] = {
    **dict.fromkeys(_PLAIN, _text),
    **dict.fromkeys(TABLES, _table),
    "choice": _choice,
    "choices": _choices,
    "yes_no": _yes_no,
    "declaration": _declared,
    "actor": _actor,
    "perimeter": _perimeter,
    "file": _nothing,
    "grid": _nothing,
}


# Drawing back


def _rows_shown(one: Field, key: str, value: Any, cells: Mapping[str, str] | None) -> list[list[Cell]]:
    listed = columns(one)
    if cells is not None:
        ranks = _ranks(key, cells)
        texts = [
            {column.key: cells.get(f"{key}--{rank}--{column.key}", "") for column in listed} for rank in ranks
        ]
    else:
        held = value if isinstance(value, list) else []
        texts = [{column.key: _cell_text(column, row.get(column.key)) for column in listed} for row in held]
        texts += [dict.fromkeys((column.key for column in listed), "")] * (BLANK_ROWS + (not held))
    return [
        [
            Cell(
                f"{key}--{rank}--{column.key}", column.label, column.kind, texts_[column.key], column.options
            )
            for column in listed
        ]
        for rank, texts_ in enumerate(texts)
    ]


def _cell_text(column: Column, value: Any) -> str:
    if value is None or value == "":
        return ""
    if column.kind == "yes_no":
        return "oui" if value else "non"
    if column.kind == "euro":
        return saying.typed({"key": column.key, "kind": "euro"}, value)
    return str(value)


def _parts_shown(kind: str, key: str, value: Any, cells: Mapping[str, str] | None) -> dict[str, Any]:
    held = value if isinstance(value, Mapping) else {}
    parts = {
        "name": str(held.get("name") or ""),
        "siren": str(held.get("siren") or ""),
        "actor": str(held.get("actor") or ""),
        "perimeter": str(held.get("perimeter") or ""),
        "zones": "\n".join(map(str, held.get("zones") or ())),
    }
    if cells is not None:
        parts |= {part: cells[f"{key}--{part}"] for part in parts if f"{key}--{part}" in cells}
    return parts
