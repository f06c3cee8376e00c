"""A new database is laid down from the models: the same as if every migration had been played on nothing."""

import re
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests import prepared

_PG = {
    "columns": "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, "
    "column_default, is_identity, identity_generation FROM information_schema.columns "
    # A table of Django's groups, which Terreau has no use for: its own keys are whole numbers of either size.
    "WHERE table_schema = 'public' AND (table_name, column_name) <> ('auth_group_permissions', 'id')",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) "
    "FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "extensions": "SELECT extname FROM pg_extension",
    "migrations": "SELECT app, name FROM django_migrations",
}


@pytest.mark.timeout(2400)
def test_both_ways_give_the_same_schema(run_folder: Path, tmp_path: Path) -> None:
    laid, played = (_made(run_folder, tmp_path / way, way) for way in ("migrate", "replay"))
    assert laid == played


def _made(run: Path, folder: Path, way: str) -> dict[str, object]:
    folder.mkdir()
    replay = ["--replay"] if way == "replay" else []
    if not prepared.server():
        prepared.manage(prepared.environment(folder, ""), "migrate", *replay)
        return _file(folder / "terreau.sqlite3")
    name = f"terreau_{way}_{secrets.token_hex(4)}"
    prepared.copy_on_server(run, "", name)
    try:
        prepared.manage(prepared.environment(folder, prepared.on_server(name)), "migrate", *replay)
        return _server(prepared.on_server(name))
    finally:
        prepared.drop(name)


def _file(path: Path) -> dict[str, object]:
    with closing(sqlite3.connect(path)) as db:
        sql = "SELECT type, name, coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
        rows = db.execute(sql).fetchall()
        schema: dict[str, object] = {
            f"{kind} {name}": _parts(sql) if kind == "table" else _plain(sql) for kind, name, sql in rows
        }
        schema["migrations"] = sorted(db.execute("SELECT app, name FROM django_migrations"))
        return schema


def _plain(sql: str) -> str:
    return re.sub(r"\s+", " ", sql)


def _parts(sql: str) -> list[str]:
    """Return the columns and the constraints of a table, sorted: their order is that of history."""
    body, depth, parts = _plain(sql).partition("(")[2].rpartition(")")[0], 0, [""]
    for letter in body:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return sorted(part.strip() for part in parts)


def _server(url: str) -> dict[str, object]:
    import psycopg

    with psycopg.connect(url) as db:
        return {name: sorted(map(str, db.execute(sql).fetchall())) for name, sql in _PG.items()}
