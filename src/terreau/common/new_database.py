"""An empty database is laid down from the models, in a few seconds; one that holds something is migrated.

Playing every migration on nothing makes the state of all the models again at each step: a minute for what the
models say at once. Both ways give the same schema, which ``tests/house/test_new_database.py`` holds on both
databases (docs/decisions/047).
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

from django.apps import apps
from django.db import models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunPython
from django.db.migrations.recorder import MigrationRecorder

Run = TypeVar("Run", bound=Callable[[Any, Any], None])
BEFORE, AFTER = "before", "after"
_WHEN: Final = "_on_new_database"


def on_new_database(when: str = AFTER) -> Callable[[Run], Run]:
    """Mark what a migration runs and the models do not say: an extension (``BEFORE``), an index of words.

    What only moves data is not marked: there is none.
    """

    def mark(run: Run) -> Run:
        setattr(run, _WHEN, when)
        return run

    return mark


def is_new(connection: BaseDatabaseWrapper) -> bool:
    """Say whether a database holds no table."""
    with connection.cursor() as cursor:
        return not connection.introspection.table_names(cursor)


def lay_down(connection: BaseDatabaseWrapper) -> int:
    """Make the tables of all the models, whole or not at all, and say that every migration was played.

    Returns the number of migrations said to be played.
    """
    loader = MigrationLoader(connection)
    with connection.schema_editor(atomic=True) as editor:
        _run(loader, editor, BEFORE)
        for model in _models(connection):
            editor.create_model(model)
        _run(loader, editor, AFTER)
        editor.create_model(MigrationRecorder(connection).Migration)
        played = MigrationRecorder(connection).migration_qs
        played.bulk_create(played.model(app=app, name=name) for app, name in sorted(loader.graph.nodes))
    return len(loader.graph.nodes)


def _models(connection: BaseDatabaseWrapper) -> Iterator[type[models.Model]]:
    """Return the models that have a table of their own here, those of a package without migrations aside."""
    for model in apps.get_models(include_auto_created=False):
        if model._meta.can_migrate(connection) and router.allow_migrate_model(connection.alias, model):
            yield model


def _run(loader: MigrationLoader, editor: Any, when: str) -> None:
    for key in sorted(loader.graph.nodes):
        for operation in loader.graph.nodes[key].operations:
            if isinstance(operation, RunPython) and getattr(operation.code, _WHEN, "") == when:
                operation.code(apps, editor)  # type: ignore[arg-type]
