"""A stamp on each line of the directory. Those already there have one by chance, until they are written again."""

from typing import Any

from django.db import migrations, models

#: 40 bits, so that a million of them can be summed.
_BY_CHANCE = {
    "sqlite": "UPDATE poles_listing SET stamp = abs(random() % 1099511627776)",
    "postgresql": "UPDATE poles_listing SET stamp = floor(random() * 1099511627776)::bigint",
}


def stamp(_apps: Any, editor: Any) -> None:
    """Give each line a stamp."""
    editor.execute(_BY_CHANCE[editor.connection.vendor])


class Migration(migrations.Migration):
    dependencies = [("poles", "0006_provenance_and_moves")]

    operations = [
        migrations.AddField("listing", "stamp", models.BigIntegerField(default=0, editable=False)),
        migrations.RunPython(stamp, migrations.RunPython.noop),
        migrations.AddIndex("listing", models.Index(fields=["stamp"], name="poles_listing_stamp")),
    ]
