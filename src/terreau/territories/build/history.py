"""Old commune codes followed to the commune of today."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from terreau.territories.build.sources import HISTORY, division


def former(cache_dir: Path) -> dict[str, str]:
    """Old code → code of today, for communes, delegated communes and municipal arrondissements since 1943."""
    communes = division(cache_dir, "communes")
    today = {row["code"] for row in communes if row["type"] == "commune-actuelle"}
    since = _since_2019(communes, today)
    until = _until_2019(cache_dir)
    found = {}
    for code in sorted({*until, *since} - today):
        target = _followed(until.get(code, since.get(code, "")), since, today)
        if target not in today:
            target = since.get(code, "")
        if target in today:
            found[code] = target
    return found


def _since_2019(communes: list[dict[str, Any]], today: set[str]) -> dict[str, str]:
    step: dict[str, str] = {}
    for row in communes:
        if row["type"] == "commune-actuelle":
            step |= dict.fromkeys(row.get("anciensCodes", []), row["code"])
    for row in communes:
        if row["type"] in ("commune-deleguee", "commune-associee") and row["code"] not in today:
            step.setdefault(row["code"], row["chefLieu"])
        if row["type"] == "arrondissement-municipal":
            step.setdefault(row["code"], row["commune"])
    return step


def _until_2019(cache_dir: Path) -> dict[str, str]:
    rows = {row["id"]: row for row in division(cache_dir, "historique-communes", HISTORY)}
    last: dict[str, tuple[str, str]] = {}
    for row in rows.values():
        end = _end(row, rows)
        if end:
            last[row["code"]] = max(last.get(row["code"], ("", "")), (row.get("dateDebut", ""), end))
    return {code: end for code, (_since, end) in last.items()}


def _end(row: dict[str, Any], rows: dict[str, dict[str, Any]]) -> str:
    """Code at the end of the successors of a commune; empty when they turn round."""
    seen: set[str] = set()
    while row["id"] not in seen:
        seen.add(row["id"])
        if row.get("successeur") in rows and row.get("dateFin"):
            row = rows[row["successeur"]]
        elif row["type"] != "COM" and row.get("pole") in rows:
            row = rows[row["pole"]]
        else:
            return str(row["code"])
    return ""


def _followed(code: str, step: dict[str, str], today: set[str]) -> str:
    for _turn in range(6):
        if code in today:
            break
        code = step.get(code, code)
    return code
