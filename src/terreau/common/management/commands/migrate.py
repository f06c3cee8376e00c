"""``migrate``: as Django does; an empty database is laid down from the models (``common.new_database``)."""

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands import migrate
from django.db import connections

from terreau.common import new_database


class Command(migrate.Command):
    """``migrate [--replay]`` and all that Django's takes."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare ``--replay`` beside the options of Django."""
        super().add_arguments(parser)
        parser.add_argument(
            "--replay",
            action="store_true",
            help="Rejoue une à une les migrations, même sur une base vide (une minute au lieu de secondes).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Lay an empty database down when the whole of it is asked for; then migrate."""
        replay = options.pop("replay", False)
        parts = ("app_label", "plan", "check_unapplied", "fake", "fake_initial", "prune")
        if not replay and not any(options.get(name) for name in parts):
            connection = connections[options["database"]]
            connection.prepare_database()
            if new_database.is_new(connection):
                new_database.lay_down(connection)
        super().handle(*args, **options)
