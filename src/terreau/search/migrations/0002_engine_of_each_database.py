"""Gives entries a stable number, then each database its own engine over their words."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from terreau.common.new_database import on_new_database

_WORDS = "array_to_tsvector(string_to_array(text, ' '))"

MAKE = {
    # External content: the words stay in search_entry; search_fts holds the index only.
    "sqlite": "CREATE VIRTUAL TABLE search_fts USING fts5("
    "text, content='search_entry', content_rowid='id', tokenize='unicode61', prefix='1 2 3', detail='none')",
    # Without fastupdate a bulk load leaves no pending list, for which the index would be passed over.
    "postgresql": f"CREATE INDEX search_entry_words ON search_entry USING gin ({_WORDS}) WITH (fastupdate = off)",
}
UNMAKE = {"sqlite": "DROP TABLE search_fts", "postgresql": "DROP INDEX search_entry_words"}


@on_new_database()
def make(apps: Any, editor: Any) -> None:
    """Create the engine's table (SQLite) or index (PostgreSQL)."""
    editor.execute(MAKE[editor.connection.vendor])


def unmake(apps: Any, editor: Any) -> None:
    """Drop it."""
    editor.execute(UNMAKE[editor.connection.vendor])


class Migration(migrations.Migration):
    dependencies = [("subjects", "0001_initial"), ("search", "0001_initial")]

    operations = [
        migrations.DeleteModel(name="Entry"),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=20, verbose_name="nature")),
                ("title", models.CharField(max_length=300, verbose_name="titre")),
                ("detail", models.CharField(blank=True, max_length=300, verbose_name="précision")),
                ("path", models.CharField(max_length=300, verbose_name="adresse dans le site")),
                ("text", models.TextField()),
                ("sort_key", models.CharField(max_length=300)),
                ("weight", models.FloatField(default=0, verbose_name="poids")),
                ("public", models.BooleanField(default=False, verbose_name="public")),
                (
                    "subject",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="search_entry",
                        to="subjects.subject",
                    ),
                ),
            ],
            options={
                "verbose_name": "entrée de recherche",
                "verbose_name_plural": "entrées de recherche",
                "ordering": ["sort_key", "subject"],
                "indexes": [models.Index(fields=["kind", "sort_key"], name="search_kind_sort")],
            },
        ),
        migrations.RunPython(make, unmake),
    ]
