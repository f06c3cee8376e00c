"""Words are searched by the engine of each database; on SQLite triggers keep it in step with the rows."""

from typing import Any

from django.db import migrations

from terreau.common.new_database import on_new_database

TABLES = {"directory_legalunit": "siren", "directory_association": "id"}

# External content: the words stay in the table, the index holds their beginnings only. ``prefix`` makes three
# letters as quick as a whole word.
FTS = (
    "CREATE VIRTUAL TABLE {table}_fts USING fts5(words, content='{table}', content_rowid='{key}', "
    "tokenize='ascii', prefix='3', detail='none', columnsize=0)",
    "CREATE TRIGGER {table}_added AFTER INSERT ON {table} BEGIN "
    "INSERT INTO {table}_fts(rowid, words) VALUES (new.{key}, new.words); END",
    "CREATE TRIGGER {table}_removed AFTER DELETE ON {table} BEGIN "
    "INSERT INTO {table}_fts({table}_fts, rowid, words) VALUES ('delete', old.{key}, old.words); END",
    "CREATE TRIGGER {table}_changed AFTER UPDATE OF words ON {table} WHEN old.words <> new.words BEGIN "
    "INSERT INTO {table}_fts({table}_fts, rowid, words) VALUES ('delete', old.{key}, old.words); "
    "INSERT INTO {table}_fts(rowid, words) VALUES (new.{key}, new.words); END",
)
GIN = "CREATE INDEX {table}_fts ON {table} USING gin (array_to_tsvector(string_to_array(words, ' ')))"
UNMAKE = {
    "sqlite": (
        "DROP TRIGGER {table}_added",
        "DROP TRIGGER {table}_removed",
        "DROP TRIGGER {table}_changed",
        "DROP TABLE {table}_fts",
    ),
    "postgresql": ("DROP INDEX {table}_fts",),
}


@on_new_database()
def make(apps: Any, editor: Any) -> None:
    """Create the engine."""
    _run(editor, {"sqlite": FTS, "postgresql": (GIN,)})


def unmake(apps: Any, editor: Any) -> None:
    """Drop it."""
    _run(editor, UNMAKE)


def _run(editor: Any, statements: dict[str, tuple[str, ...]]) -> None:
    for table, key in TABLES.items():
        for statement in statements[editor.connection.vendor]:
            editor.execute(statement.format(table=table, key=key))


class Migration(migrations.Migration):
    dependencies = [("directory", "0001_initial")]

    operations = [migrations.RunPython(make, unmake)]
