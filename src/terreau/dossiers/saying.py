"""What a field asks and what an answer says, in words: for the document, the archive, the spreadsheet.

``calls.form_rules`` gives the shapes of the answers. Pure, but for the language of the reader.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from terreau.calls import form_rules, wording
from terreau.common.money import Euro
from terreau.design import numbers

Field = Mapping[str, Any]

SIDES: Final = {"expense": gettext_lazy("dépense"), "resource": gettext_lazy("ressource")}
MEANS: Final = {"cash": gettext_lazy("en argent"), "in_kind": gettext_lazy("en nature")}
STATUSES: Final = {
    "acquis": pgettext_lazy("funding of a file", "acquis"),
    "sollicite": pgettext_lazy("funding of a file", "sollicité"),
}
VERDICTS: Final = {
    "oui": gettext_lazy("oui"),
    "non": gettext_lazy("non"),
    "a_verifier": gettext_lazy("à vérifier"),
}


def localized(row: Any, name: str) -> str:
    """Return a text of a form or of a call in the language of the reader, else in French."""
    return wording.said(row, name)


def label(one: Field) -> str:
    """Return the words of a field."""
    return localized(one, "label") or str(one.get("key", ""))


def options(one: Field) -> tuple[tuple[str, str], ...]:
    """Return the choices of a field: code and words."""
    return tuple(
        (str(row["code"]), localized(row, "label") or str(row["code"])) for row in one.get("options", ())
    )


def short(one: Field, value: Any, most: int = 300) -> str:
    """Return an answer on one line, cut when it is long."""
    if not form_rules.filled(value):
        return ""
    text = " · ".join(part for part in (" ".join(line.split()) for line in lines(one, value)) if part)
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def lines(one: Field, value: Any) -> list[str]:
    """Return an answer as lines; nothing for one that is empty."""
    if not form_rules.filled(value):
        return []
    try:
        return _SAID[one["kind"]](one, value)
    except (AttributeError, KeyError, TypeError, ValueError):
        # An answer of another shape (an older form) is shown as it is rather than lost.
        return [str(value)]


def table(one: Field, value: Any) -> tuple[list[str], list[list[str]], list[int]] | None:
    """Return an answer that is a table as headers, rows of texts and ranks of the columns of figures."""
    kind = one["kind"]
    if kind not in _TABLES or not isinstance(value, list) or not value:
        return None
    rows = [row for row in value if isinstance(row, Mapping)]
    return _TABLES[kind](one, rows) if rows else None


def typed(one: Field, value: Any) -> str:
    """Return an answer as a person would type it in a cell, so that it is read back the same."""
    if value is None or value == "":
        return ""
    write = _TYPED.get(one["kind"])
    return write(one, value) if write else str(value)


def euros(cents: Any) -> str:
    """Return an amount held in cents, in the language of the reader."""
    if isinstance(cents, bool) or not isinstance(cents, int):
        return _("inconnu")
    return numbers.with_unit(Euro(cents), "", get_language() or "fr")


def day(text: Any) -> str:
    """Return a date kept in ISO form as people write it."""
    try:
        return date_format(date.fromisoformat(str(text)), "j F Y")
    except ValueError:
        return str(text)


def _typed_euros(_one: Field, value: Any) -> str:
    sign, cents = ("-", -int(value)) if int(value) < 0 else ("", int(value))
    return f"{sign}{cents // 100},{cents % 100:02d}"


def _typed_actor(_one: Field, value: Any) -> str:
    return f"{value['name']} ({value['siren']})" if value.get("siren") else str(value.get("name", ""))


def _typed_choices(one: Field, value: Any) -> str:
    return " ; ".join(_choices(one, value))


_TYPED: Final[Mapping[str, Callable[[Field, Any], str]]] = {
    "euro": _typed_euros,
    "yes_no": lambda _one, value: _("oui") if value else _("non"),
    "declaration": lambda _one, value: _("oui") if value else _("non"),
    "choice": _typed_choices,
    "choices": _typed_choices,
    "number": lambda _one, value: str(value).replace(".", ","),
    "actor": _typed_actor,
}


def _truth(_one: Field, value: Any) -> list[str]:
    return [_("oui") if value else _("non")]


def _decimal(one: Field, value: Any) -> list[str]:
    text = str(value) if (get_language() or "fr").startswith("en") else str(value).replace(".", ",")
    unit = str(one.get("unit") or "")
    return [f"{text}\u00a0{unit}" if unit else text]


def _choices(one: Field, value: Any) -> list[str]:
    words = dict(options(one))
    return [words.get(str(code), str(code)) for code in ([value] if isinstance(value, str) else value)]


def _actor(_one: Field, value: Any) -> list[str]:
    siren = value.get("siren")
    return [f"{value['name']} (SIREN {siren})" if siren else str(value["name"])]


def _files(_one: Field, value: Any) -> list[str]:
    return [str(row.get("name", "")) for row in value]


def _perimeter(_one: Field, value: Any) -> list[str]:
    zones = value.get("zones") or []
    listed = ", ".join(map(str, zones[:40])) + ("…" if len(zones) > 40 else "")
    return [str(value.get("name", "")), *([listed] if listed else [])]


def _grid(_one: Field, value: Any) -> list[str]:
    verdict = str(value.get("verdict", "")) if isinstance(value, Mapping) else str(value)
    return [str(VERDICTS.get(verdict, verdict))]


def _rows(one: Field, value: Any) -> list[str]:
    made = table(one, value)
    if made is None:
        return []
    return [" · ".join(cell for cell in row if cell) for row in made[1]]


def _members(_one: Field, rows: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[str]], list[int]]:
    headers = [_("Nom"), _("SIREN"), _("Nature de l'organisation"), _("De l'économie sociale et solidaire")]
    body = [
        [
            str(row.get("name", "")),
            str(row.get("siren") or ""),
            str(row.get("nature") or ""),
            _ess(row.get("ess")),
        ]
        for row in rows
    ]
    return headers, body, []


def _ess(value: Any) -> str:
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    return str(VERDICTS.get(str(value), value or _("inconnu")))


def _budget(_one: Field, rows: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[str]], list[int]]:
    headers = [
        _("Dépense ou ressource"),
        pgettext("line of a budget", "Poste"),
        _("Année"),
        _("Argent ou nature"),
        _("Montant"),
    ]
    body = [
        [
            str(SIDES.get(str(row.get("side")), row.get("side", ""))),
            str(row.get("post", "")),
            str(row.get("year") or ""),
            str(MEANS.get(str(row.get("kind", "cash")), "")),
            euros(row.get("cents")),
        ]
        for row in sorted(rows, key=lambda row: str(row.get("side")))
    ]
    spent, had = form_rules.balance(rows)
    body.append([_("Total des dépenses"), "", "", "", euros(spent)])
    body.append([_("Total des ressources"), "", "", "", euros(had)])
    return headers, body, [4]


def _financing(
    _one: Field, rows: Sequence[Mapping[str, Any]]
) -> tuple[list[str], list[list[str]], list[int]]:
    headers = [_("Financeur"), _("Acquis ou sollicité"), _("Montant")]
    body = [
        [str(row.get("funder", "")), str(STATUSES.get(str(row.get("status")), "")), euros(row.get("cents"))]
        for row in rows
    ]
    return headers, body, [2]


def _own(one: Field, rows: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[str]], list[int]]:
    listed = one.get("columns", ())
    headers = [label(column) for column in listed]
    body = [[short(column, row.get(column["key"])) for column in listed] for row in rows]
    figures = [rank for rank, column in enumerate(listed) if column["kind"] in {"euro", "integer", "number"}]
    return headers, body, figures


_TABLES: Final[Mapping[str, Callable[..., tuple[list[str], list[list[str]], list[int]]]]] = {
    "members": _members,
    "budget": _budget,
    "financing": _financing,
    "table": _own,
}
_SAID: Final[Mapping[str, Callable[[Field, Any], list[str]]]] = {
    "text": lambda _one, value: [str(value)],
    "long_text": lambda _one, value: [part.strip() for part in str(value).split("\n") if part.strip()],
    "integer": _decimal,
    "number": _decimal,
    "euro": lambda _one, value: [euros(value)],
    "date": lambda _one, value: [day(value)],
    "yes_no": _truth,
    "declaration": _truth,
    "choice": _choices,
    "choices": _choices,
    "file": _files,
    "actor": _actor,
    "perimeter": _perimeter,
    "grid": _grid,
    "members": _rows,
    "budget": _rows,
    "financing": _rows,
    "table": _rows,
}


def why(code: str, one: Field) -> str:
    """Return why an answer does not stand, in a sentence that says what to do."""
    words: dict[str, Any] = {
        "empty": _("une réponse est attendue"),
        "too_long": _("ce texte est trop long pour ce formulaire"),
        "too_small": _("ce nombre est plus petit que ce que l'appel accepte"),
        "too_big": _("ce nombre est plus grand que ce que l'appel accepte"),
        "too_many": _("il y en a plus que l'appel n'en accepte"),
        "too_few": _("il en faut plus pour cet appel"),
        "unknown_option": _("ce choix n'est pas de ceux de l'appel"),
        "row_incomplete": _("une ligne est incomplète"),
        "unbalanced": _("les dépenses et les ressources ne sont pas égales"),
        "not_declared": _("l'appel demande de déclarer cela"),
    }
    return str(words.get(code, _("cette réponse n'a pas la forme attendue")))
