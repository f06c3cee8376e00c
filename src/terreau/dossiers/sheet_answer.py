"""An answer to a call in a spreadsheet: the model made from the form, and what comes back, line by line.

The file holds one sheet of answers (a line a question) and one sheet for each table of the form: members,
budget, financing plan, tables of the call. What a table cannot hold (files, perimeter, grids) is asked
online, and the model says so. Reading is all or nothing: every line that is wrong is told with its sheet and
its line, and nothing is written while one is. An empty cell leaves what the file already says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from django.utils.translation import get_language, override, pgettext
from django.utils.translation import gettext as _
from stream_write_ods import stream_write_ods
from xlsxwriter import Workbook

from terreau.calls import answer_rules, form_rules
from terreau.common import parsing
from terreau.common.errors import DomainError
from terreau.common.official_numbers import check_siren
from terreau.common.text import fold
from terreau.design.export import neutral
from terreau.dossiers import saying
from terreau.imports import reading

Field = Mapping[str, Any]
#: Kinds whose answer is one cell, and those that have a sheet of their own.
CELLS: Final = frozenset(
    {
        "text",
        "long_text",
        "integer",
        "number",
        "euro",
        "date",
        "yes_no",
        "declaration",
        "choice",
        "choices",
        "actor",
    }
)
TABLES: Final = frozenset({"members", "budget", "financing", "table"})
#: Lines read of one table, and lines of the sheet of answers.
MOST_LINES: Final = 2_000
_CODE, _ANSWER = "code", "reponse"
#: What the export puts before a text that looks like a formula, taken off when the file comes back.
_NEUTRAL: Final = re.compile(r"^'(?=[\s=+\-@＝＋－＠])")
_UNFIT_NAME: Final = re.compile(r"[\[\]:*?/\\']")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: the key of its values, its header, its kind, its options."""

    key: str
    label: str
    kind: str
    options: tuple[tuple[str, str], ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where: sheet and line as the spreadsheet counts them (0: the whole file)."""

    sheet: str
    line: int
    what: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """An answer read from the file, the question it answers, and where it stood."""

    key: str
    label: str
    page: str
    value: Any
    said: str
    sheet: str
    line: int


@dataclass(slots=True)
class Reading:
    """What a file gives: answers, problems that stop everything, remarks that stop nothing."""

    found: list[Found] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def values(self) -> dict[str, Any]:
        """The answers by key."""
        return {one.key: one.value for one in self.found}


# ------------------------------------------------------------------------------------------- the model


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of the model: headers, rows, widths in characters, choices by column."""

    name: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]
    choices: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


def model(
    content: Mapping[str, Any], about: Sequence[tuple[str, str]], answers: Mapping[str, Any]
) -> list[Sheet]:
    """Return the sheets of the model of a form, filled with the answers already known.

    ``about``: what the first sheet says of the call (label, value). Pure but for the language.
    """
    names = sheet_names(content)
    lines: list[tuple[str, ...]] = []
    tables: list[Sheet] = []
    for placed in form_rules.fields(content):
        one, kind = placed.field, placed.field["kind"]
        page = page_title(content, placed.page)
        value = answers.get(placed.key)
        if kind in CELLS:
            typed = saying.typed(one, value) if form_rules.filled(value) else ""
            lines.append((placed.key, page, saying.label(one), _fit(typed), expected(one)))
        elif kind in TABLES:
            words = _("à remplir dans la feuille « %(sheet)s »") % {"sheet": names[placed.key]}
            lines.append((placed.key, page, saying.label(one), "", words))
            tables.append(_table_sheet(names[placed.key], one, value))
        else:
            lines.append(
                (placed.key, page, saying.label(one), "", _("à donner en ligne, après la lecture du fichier"))
            )
    headers = (_("Code"), _("Page"), _("Question"), _("Réponse"), _("Comment répondre"))
    first = Sheet(
        _("À lire"),
        (_("À lire"), ""),
        tuple((_fit(label), _fit(value)) for label, value in about),
        (34, 90),
    )
    return [first, Sheet(_("Réponses"), headers, tuple(lines), (16, 24, 52, 60, 44)), *tables]


def sheet_names(content: Mapping[str, Any]) -> dict[str, str]:
    """Return the name of the sheet of each table: its key, as spreadsheets take it, each once."""
    taken: set[str] = set()
    names = {}
    for placed in form_rules.fields(content):
        if placed.field["kind"] in TABLES:
            base = _UNFIT_NAME.sub("-", placed.key)[:28] or "table"
            name, rank = base, 2
            while name.lower() in taken:
                name, rank = f"{base} {rank}", rank + 1
            taken.add(name.lower())
            names[placed.key] = name
    return names


def page_title(content: Mapping[str, Any], code: str) -> str:
    """Return the title of a page of a form."""
    for page in content.get("pages", ()):
        if str(page.get("code", "")) == code:
            return saying.localized(page, "title")
    return code


def columns(one: Field) -> list[Column]:
    """Return the columns of the sheet of a table."""
    kind = one["kind"]
    if kind == "members":
        return [
            Column("name", _("Nom"), "text", required=True),
            Column("siren", _("SIREN"), "siren"),
            Column("nature", _("Nature de l'organisation"), "text"),
            Column("ess", _("De l'économie sociale et solidaire"), "yes_no"),
        ]
    if kind == "budget":
        sides, means = tuple(saying.SIDES.items()), tuple(saying.MEANS.items())
        return [
            Column("side", _("Dépense ou ressource"), "choice", _said(sides), required=True),
            Column("post", pgettext("line of a budget", "Poste"), "text", required=True),
            Column("cents", _("Montant en euros"), "euro", required=True),
            Column("year", _("Année"), "integer"),
            Column("kind", _("Argent ou nature"), "choice", _said(means)),
        ]
    if kind == "financing":
        return [
            Column("funder", _("Financeur"), "text", required=True),
            Column("cents", _("Montant en euros"), "euro", required=True),
            Column(
                "status",
                _("Acquis ou sollicité"),
                "choice",
                _said(tuple(saying.STATUSES.items())),
                required=True,
            ),
        ]
    return [
        Column(
            str(column["key"]),
            saying.label(column),
            str(column["kind"]),
            saying.options(column),
            bool(column.get("required")),
        )
        for column in one.get("columns", ())
    ]


def _said(pairs: Iterable[tuple[str, Any]]) -> tuple[tuple[str, str], ...]:
    return tuple((code, str(words)) for code, words in pairs)


def _table_sheet(name: str, one: Field, value: Any) -> Sheet:
    listed = columns(one)
    rows = [
        tuple(_fit(saying.typed(_as_field(column), row.get(column.key))) for column in listed)
        for row in value or ()
    ]
    choices = {rank: tuple(label for _code, label in column.options) for rank, column in enumerate(listed)}
    yes_no = {rank: (_("oui"), _("non")) for rank, column in enumerate(listed) if column.kind == "yes_no"}
    return Sheet(
        name,
        tuple(column.label for column in listed),
        tuple(rows),
        tuple(max(16, min(40, len(column.label) + 4)) for column in listed),
        {rank: words for rank, words in (choices | yes_no).items() if words},
    )


def _as_field(column: Column) -> dict[str, Any]:
    options = [{"code": code, "label": label, "label_en": label} for code, label in column.options]
    return {"key": column.key, "kind": "text" if column.kind == "siren" else column.kind, "options": options}


def expected(one: Field) -> str:
    """Return how the cell of a field is filled."""
    kind = one["kind"]
    if kind in {"choice", "choices"}:
        listed = " / ".join(label for _code, label in saying.options(one))
        many = _("plusieurs choix, séparés par un point-virgule : %(choices)s")
        only = _("un seul choix : %(choices)s")
        return (many if kind == "choices" else only) % {"choices": listed}
    words: dict[str, Any] = {
        "integer": _("un nombre entier"),
        "number": _("un nombre, avec une virgule au besoin"),
        "euro": _("un montant en euros : 12 500 ou 12 500,50"),
        "date": _("une date : 2026-11-22 ou 22/11/2026"),
        "yes_no": _("oui ou non"),
        "declaration": _("oui pour déclarer, vide sinon"),
        "actor": _("un nom, ou un nom et son SIREN entre parenthèses"),
    }
    most = one.get("max") or answer_rules.LONGEST.get(kind)
    text = _("un texte de %(most)d caractères au plus") % {"most": most} if most else _("un texte")
    return str(words.get(kind, text))


def _fit(text: str) -> str:
    return str(neutral(text))


def as_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """Return the sheets as an XLSX workbook: headers in bold and frozen, choices offered in their cells."""
    made = BytesIO()
    book = Workbook(made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True, "bg_color": "#e7dfcd", "text_wrap": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for one in sheets:
        page = book.add_worksheet(one.name)
        page.freeze_panes(1, 0)
        for rank, (header, width) in enumerate(zip(one.headers, one.widths, strict=True)):
            page.set_column(rank, rank, width, wrapped)
            page.write_string(0, rank, header, bold)
        for line, row in enumerate(one.rows, start=1):
            for rank, cell in enumerate(row):
                page.write_string(line, rank, cell, wrapped)
        for rank, words in one.choices.items():
            if sum(map(len, words)) + len(words) < 255:
                page.data_validation(
                    1,
                    rank,
                    400,
                    rank,
                    {"validate": "list", "source": list(words), "error_type": "information"},
                )
    book.close()
    return made.getvalue()


def as_ods(sheets: Sequence[Sheet]) -> bytes:
    """Return the sheets as an ODS workbook."""
    return b"".join(
        stream_write_ods((one.name, one.headers, (list(row) for row in one.rows)) for one in sheets)
    )


# ----------------------------------------------------------------------------------------------- to read


def read(path: Path, content: Mapping[str, Any]) -> Reading:
    """Return what a filled model gives, with all that is wrong in it.

    Raises ``DomainError`` for a file that is no spreadsheet, is locked by a password, or has no answers.
    """
    tables = reading.read(path)
    with override(_language(tables)):
        return _read(tables, content)


def _language(tables: Sequence[reading.Table]) -> str:
    """Return the language of a filled model, which may not be that of the page: its headers tell."""
    for table in tables:
        found = _headed(table.rows)
        if found is not None:
            return "en" if fold(table.rows[found[0]][found[2]]).strip() == "answer" else "fr"
    return language()


def _read(tables: Sequence[reading.Table], content: Mapping[str, Any]) -> Reading:
    names = sheet_names(content)
    made = Reading()
    fields = {placed.key: placed for placed in form_rules.fields(content)}
    answers = next((one for one in tables if _headed(one.rows) is not None), None)
    by_name = {fold(name): key for key, name in names.items()}
    for table in tables:
        if table is answers:
            _read_answers(table, content, fields, made)
        elif (key := by_name.get(fold(table.name))) is not None:
            _read_table(table, content, fields[key], made)
        elif fold(table.name) != fold(_("À lire")) and fold(table.name) not in {"a lire", "read me"}:
            made.remarks.append(
                _("La feuille « %(sheet)s » n'est pas du modèle : elle n'est pas lue.")
                % {"sheet": table.name}
            )
    if answers is None and not made.found and not made.problems:
        words = _("Ce fichier n'est pas le modèle : aucune feuille n'a les colonnes « Code » et « Réponse ».")
        raise DomainError("not_the_model", words, facts={"field": "file"})
    return made


def _headed(rows: Sequence[Sequence[str]]) -> tuple[int, int, int] | None:
    """Return where the header of the answers stands: its line, the columns of the code and of the answer."""
    for line, row in enumerate(rows[:10]):
        cells = [fold(cell).strip() for cell in row]
        answer = next((cells.index(word) for word in (_ANSWER, "answer") if word in cells), None)
        if _CODE in cells and answer is not None:
            return line, cells.index(_CODE), answer
    return None


def _read_answers(
    table: reading.Table,
    content: Mapping[str, Any],
    fields: Mapping[str, form_rules.Placed],
    made: Reading,
) -> None:
    header = _headed(table.rows)
    if header is None:
        return
    start, code_at, answer_at = header
    seen: dict[str, int] = {}
    for line, row in enumerate(table.rows[start + 1 : start + 1 + MOST_LINES], start=start + 2):
        key, typed = _cell(row, code_at), _cell(row, answer_at)
        if not key and not typed:
            continue
        if key not in fields:
            words = _("le code « %(key)s » n'est pas du formulaire") if key else _("une réponse sans code")
            made.problems.append(Problem(table.name, line, words % {"key": key[:80]}, "unknown_key"))
            continue
        if not typed:
            continue
        if key in seen:
            words = _("le code « %(key)s » est déjà à la ligne %(line)d") % {"key": key, "line": seen[key]}
            made.problems.append(Problem(table.name, line, words, "key_twice"))
            continue
        seen[key] = line
        _read_cell(table.name, line, typed, content, fields[key], made)


def _read_cell(  # noqa: PLR0913, PLR0917 - the place, what is typed, the field
    sheet: str, line: int, typed: str, content: Mapping[str, Any], placed: form_rules.Placed, made: Reading
) -> None:
    kind = placed.field["kind"]
    if kind not in CELLS:
        words = (
            _("cette réponse se donne dans sa propre feuille, pas ici")
            if kind in TABLES
            else _("cette réponse se donne en ligne : laissez la cellule vide")
        )
        made.problems.append(Problem(sheet, line, words, "not_here"))
        return
    try:
        value = read_value(placed.field, typed)
    except DomainError as error:
        made.problems.append(Problem(sheet, line, _about(placed.field, str(error.message)), error.code))
        return
    _keep(sheet, line, content, placed, value, made)


def _read_table(
    table: reading.Table, content: Mapping[str, Any], placed: form_rules.Placed, made: Reading
) -> None:
    listed = columns(placed.field)
    places, start = _places(table.rows, listed)
    if places is None:
        words = _("la première ligne n'a pas les titres du modèle : %(titles)s")
        titles = " · ".join(column.label for column in listed)
        made.problems.append(Problem(table.name, 1, words % {"titles": titles}, "no_header"))
        return
    rows: list[dict[str, Any]] = []
    wrong = False
    lines = table.rows[start + 1 : start + 2 + MOST_LINES]
    if len(lines) > MOST_LINES:
        words = _("cette feuille a plus de %(most)d lignes") % {"most": MOST_LINES}
        made.problems.append(Problem(table.name, MOST_LINES, words, "too_many_lines"))
        return
    for line, row in enumerate(lines, start=start + 2):
        typed = {column.key: _cell(row, places[column.key]) for column in listed if column.key in places}
        if not any(typed.values()):
            continue
        value, problems = _row(listed, typed)
        made.problems += [Problem(table.name, line, words, code) for words, code in problems]
        wrong = wrong or bool(problems)
        rows.append(value)
    if rows and not wrong:
        _keep(table.name, start + 2, content, placed, rows, made)


def _places(rows: Sequence[Sequence[str]], listed: Sequence[Column]) -> tuple[dict[str, int] | None, int]:
    for line, row in enumerate(rows[:5]):
        cells = [fold(cell).strip() for cell in row]
        places = {}
        for column in listed:
            for word in (fold(column.label).strip(), column.key.lower()):
                if word in cells and column.key not in places:
                    places[column.key] = cells.index(word)
        if all(column.key in places for column in listed if column.required) and places:
            return places, line
    return None, 0


def _row(listed: Sequence[Column], typed: Mapping[str, str]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    value: dict[str, Any] = {}
    problems: list[tuple[str, str]] = []
    for column in listed:
        text = typed.get(column.key, "")
        if not text:
            if column.required:
                problems.append((_("« %(column)s » est vide") % {"column": column.label}, "empty"))
            continue
        try:
            value[column.key] = _column_value(column, text)
        except DomainError as error:
            problems.append((f"« {column.label} » : {error.message}", error.code))
    return value, problems


def _column_value(column: Column, text: str) -> Any:
    if column.kind == "siren":
        return check_siren(text)
    return read_value(_as_field(column), text)


def _keep(  # noqa: PLR0913, PLR0917 - the place, the field, the value
    sheet: str, line: int, content: Mapping[str, Any], placed: form_rules.Placed, value: Any, made: Reading
) -> None:
    """Keep a value that stands; say otherwise what is wrong with it, in the words of the form."""
    if why := answer_rules.wrong(placed.field, value):
        made.problems.append(Problem(sheet, line, _about(placed.field, saying.why(why, placed.field)), why))
        return
    made.found.append(
        Found(
            placed.key,
            saying.label(placed.field),
            page_title(content, placed.page),
            value,
            saying.short(placed.field, value),
            sheet,
            line,
        )
    )


def _about(one: Field, words: str) -> str:
    return f"« {saying.label(one)} » : {words}"


def _cell(row: Sequence[str], place: int) -> str:
    text = row[place].strip() if place < len(row) else ""
    return _NEUTRAL.sub("", text)


def read_value(one: Field, typed: str) -> Any:
    """Return the answer that a text gives to a field, in the shape of its kind. Raises ``DomainError``."""
    return _READERS[one["kind"]](one, typed)


def _choice(one: Field, typed: str) -> str:
    wanted = fold(typed).strip()
    for code, label in saying.options(one):
        if wanted in {fold(code), fold(label).strip()}:
            return code
    for option in one.get("options", ()):
        if wanted in {fold(str(option.get(name, ""))).strip() for name in ("label", "label_en")}:
            return str(option["code"])
    listed = " / ".join(label for _code, label in saying.options(one))
    words = _("« %(typed)s » n'est pas un choix. Écrire un de ceux-ci : %(choices)s.")
    raise DomainError("unknown_option", words % {"typed": typed[:80], "choices": listed})


def _choices(one: Field, typed: str) -> list[str]:
    parts = [part.strip() for part in re.split(r"[;\n]", typed) if part.strip()]
    return list(dict.fromkeys(_choice(one, part) for part in parts))


_SIREN: Final = re.compile(r"\(?\b(?:SIREN\s*:?\s*)?((?:\d[\s\u00a0\u202f]?){9})\)?\s*$", re.IGNORECASE)


def _actor(_one: Field, typed: str) -> dict[str, Any]:
    found = _SIREN.search(typed)
    if found is None:
        return {"actor": None, "name": parsing.one_line(typed, 300), "siren": ""}
    name = typed[: found.start()].strip(" (,;-–") or typed.strip()
    return {"actor": None, "name": parsing.one_line(name, 300), "siren": check_siren(found[1])}


def _number(_one: Field, typed: str) -> str:
    return format(parsing.number(typed).normalize(), "f")


_READERS: Final[Mapping[str, Callable[[Field, str], Any]]] = {
    "text": lambda _one, typed: " ".join(typed.split()),
    "long_text": lambda _one, typed: typed.replace("\r\n", "\n").strip(),
    "integer": lambda _one, typed: parsing.whole(typed),
    "number": _number,
    "euro": lambda _one, typed: parsing.euros(typed).cents,
    "date": lambda _one, typed: parsing.day(typed).isoformat(),
    "yes_no": lambda _one, typed: parsing.yes_no(typed),
    "declaration": lambda _one, typed: parsing.yes_no(typed),
    "choice": _choice,
    "choices": _choices,
    "actor": _actor,
}


def problems_by_sheet(problems: Iterable[Problem]) -> Iterator[tuple[str, list[Problem]]]:
    """Return the problems sheet by sheet, in the order of the lines."""
    grouped: dict[str, list[Problem]] = {}
    for one in problems:
        grouped.setdefault(one.sheet, []).append(one)
    for sheet, listed in grouped.items():
        yield sheet, sorted(listed, key=lambda one: one.line)


def language() -> str:
    """Return the language of the model: that of the page."""
    return "en" if (get_language() or "fr").startswith("en") else "fr"
