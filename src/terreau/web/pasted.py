"""Reads what a person pastes to draw a territory: codes, names, a file that was exported from here."""

import csv
import io
import json
from typing import Any

from terreau.web import places

#: Headers of the column of codes, in our files and in those of INSEE and of spreadsheets.
_CODES = ("code", "codes", "codgeo", "commune", "code_commune", "code_insee", "insee", "insee_com")
_SEPARATORS = ";,\t|"


def words(text: str) -> list[str]:
    """Return the words of a list, of a CSV file with a column of codes, or of a GeoJSON file exported here.

    A GeoJSON file says the communes it is made of in ``codes``, or one in ``code`` for each feature; what is
    neither is read as a list of codes and names.
    """
    text = text.lstrip("\ufeff \r\n\t")
    if text.startswith("{"):
        found = _of_geojson(text)
        if found is not None:
            return list(dict.fromkeys(found))
    return _of_table(text) or places.words_of(text)


def _of_geojson(text: str) -> list[str] | None:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    features = document.get("features", [document])
    if not isinstance(features, list):
        return None
    found: list[str] = []
    for feature in features:
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if isinstance(properties, dict):
            found += _codes_of(properties)
    return found


def _codes_of(properties: dict[str, Any]) -> list[str]:
    codes = properties.get("codes", properties.get("code"))
    listed = codes if isinstance(codes, list) else [codes]
    return [code for code in listed if isinstance(code, str) and code]


def _of_table(text: str) -> list[str]:
    """Return the column of codes of a table with headers, empty when the text is no such table."""
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    headers = [header.strip(' "\r').casefold() for header in first.split(separator)]
    column = next((headers.index(name) for name in _CODES if name in headers), None)
    if column is None or (len(headers) == 1 and "\n" not in text):
        return []
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    next(rows)
    cells = (row[column].strip().lstrip("'") for row in rows if len(row) > column)
    return list(dict.fromkeys(cell for cell in cells if cell))
