"""Constraints on periods that SQLite and PostgreSQL both hold."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.utils.translation import gettext_lazy as _

_TRIGGER = """CREATE TRIGGER %(name)s AFTER %(event)s ON %(table)s
FOR EACH ROW WHEN %(alive)sEXISTS (SELECT 1 FROM %(table)s AS other WHERE %(same)s
  AND other.%(pk)s <> NEW.%(pk)s
  AND (other.%(start)s IS NULL OR NEW.%(end)s IS NULL OR other.%(start)s < NEW.%(end)s)
  AND (NEW.%(start)s IS NULL OR other.%(end)s IS NULL OR NEW.%(start)s < other.%(end)s))
BEGIN SELECT RAISE(ABORT, '%(label)s'); END"""

_EXCLUDE = (
    "CONSTRAINT %(name)s EXCLUDE USING gist (%(same)s, %(range)s(%(start)s, %(end)s, '[)') WITH &&)%(alive)s"
)


def ends_after_start(start: str, end: str, name: str) -> models.CheckConstraint:
    """Return the check that a period, open or not, ends after it starts."""
    ends = models.Q(**{f"{start}__isnull": True}) | models.Q(**{f"{end}__isnull": True})
    return models.CheckConstraint(
        condition=ends | models.Q(**{f"{end}__gt": models.F(start)}),
        name=name,
        violation_error_message=_("La fin doit suivre le début."),
    )


class NoOverlap(models.BaseConstraint):
    """Rows with the same ``fields`` may not share a day from ``start`` (in) to ``end`` (out).

    Instants are compared as instants. A missing start or end is open. PostgreSQL holds it by an exclusion
    constraint (extension btree_gist), SQLite by two triggers, so that the database refuses whatever code
    forgets.
    A row whose column ``unless`` is filled is set aside: it stands in nobody's way.
    """

    def __init__(  # noqa: PLR0913 (keyword-only: each is a part of the constraint)
        self,
        *,
        fields: list[str],
        start: str,
        end: str,
        name: str,
        violation_error_message: Any = None,
        unless: str = "",
    ) -> None:
        super().__init__(name=name, violation_error_message=violation_error_message)
        self.fields = tuple(fields)
        self.start = start
        self.end = end
        self.unless = unless

    def _columns(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> dict[str, Any]:
        def column(name: str) -> str:
            return editor.quote_name(str(model._meta.get_field(name).column))  # type: ignore[union-attr]

        instants = isinstance(model._meta.get_field(self.start), models.DateTimeField)
        return {
            "name": editor.quote_name(self.name),
            "pk": editor.quote_name(str(model._meta.pk.column)),
            "start": column(self.start),
            "end": column(self.end),
            "same": [column(field) for field in self.fields],
            "unless": column(self.unless) if self.unless else "",
            "range": "tstzrange" if instants else "daterange",
        }

    def _triggers(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> list[Statement]:
        parts = self._columns(model, editor)
        same = " AND ".join(f"other.{column} = NEW.{column}" for column in parts.pop("same"))
        aside = parts.pop("unless")
        parts.pop("range")
        same += f" AND other.{aside} IS NULL" if aside else ""
        return [
            Statement(
                _TRIGGER,
                **{
                    **parts,
                    "name": editor.quote_name(f"{self.name}_{event.lower()}"),
                    "event": event,
                    "table": Table(model._meta.db_table, editor.quote_name),
                    "same": same,
                    "alive": f"NEW.{aside} IS NULL AND " if aside else "",
                    "label": self.name,
                },
            )
            for event in ("INSERT", "UPDATE")
        ]

    def _exclusion(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> str:
        parts = self._columns(model, editor)
        parts["same"] = ", ".join(f"{column} WITH =" for column in parts["same"])
        parts["alive"] = f" WHERE ({parts['unless']} IS NULL)" if self.unless else ""
        return _EXCLUDE % parts

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        """Return the clause inside CREATE TABLE (PostgreSQL) or queue the triggers (SQLite)."""
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.deferred_sql.extend(self._triggers(model, schema_editor))
            return None
        return self._exclusion(model, schema_editor)

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        """Return the statement that adds the constraint to a table that exists (PostgreSQL)."""
        return Statement(
            "ALTER TABLE %(table)s ADD %(clause)s",
            table=Table(model._meta.db_table, schema_editor.quote_name),
            clause=self._exclusion(model, schema_editor),
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        """Return the statement that removes the constraint (PostgreSQL; SQLite remakes the table)."""
        return Statement(
            "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
            table=Table(model._meta.db_table, schema_editor.quote_name),
            name=schema_editor.quote_name(self.name),
        )

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: str = DEFAULT_DB_ALIAS) -> None:
        """Raise ``ValidationError`` when a row already stands on some of the same days."""
        if exclude and set(exclude) & {*self.fields, self.start, self.end}:
            return
        if self.unless and getattr(instance, self.unless) is not None:
            return
        same = {field: getattr(instance, model._meta.get_field(field).attname) for field in self.fields}
        if self.unless:
            same[f"{self.unless}__isnull"] = True
        start, end = getattr(instance, self.start), getattr(instance, self.end)
        others = model._default_manager.using(using).filter(**same).exclude(pk=instance.pk)
        if end is not None:
            others = others.filter(
                models.Q(**{f"{self.start}__isnull": True}) | models.Q(**{f"{self.start}__lt": end})
            )
        if start is not None:
            others = others.filter(
                models.Q(**{f"{self.end}__isnull": True}) | models.Q(**{f"{self.end}__gt": start})
            )
        if others.exists():
            raise ValidationError(self.get_violation_error_message(), code=self.name)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, NoOverlap):
            return bool(self.deconstruct() == other.deconstruct())
        return NotImplemented

    def __hash__(self) -> int:
        return hash((self.name, self.fields, self.start, self.end))

    def deconstruct(self) -> Any:
        """Return what a migration needs to write the constraint again."""
        path, args, kwargs = super().deconstruct()
        kwargs.update(fields=list(self.fields), start=self.start, end=self.end)
        if self.unless:
            kwargs["unless"] = self.unless
        return path, args, kwargs


_REFUSE_SQLITE = """CREATE TRIGGER %(name)s BEFORE %(event)s ON %(table)s
BEGIN SELECT RAISE(ABORT, '%(label)s'); END"""

_REFUSE_POSTGRESQL = """CREATE OR REPLACE FUNCTION %(function)s() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = '%(label)s'; END$$;
CREATE TRIGGER %(name)s BEFORE UPDATE OR DELETE OR TRUNCATE ON %(table)s
FOR EACH STATEMENT EXECUTE FUNCTION %(function)s()"""


class AppendOnly(models.BaseConstraint):
    """Rows are added and never changed nor removed: the database raises ``IntegrityError``.

    Triggers on both databases. Being a constraint of the model, it is laid down again whenever
    SQLite remakes the table for another migration.
    """

    def refusals(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> list[Statement]:
        """Return the statements that lay the triggers down."""
        table = Table(model._meta.db_table, editor.quote_name)
        if editor.connection.vendor == "sqlite":
            names = {
                event: editor.quote_name(f"{self.name}_{event.lower()}") for event in ("UPDATE", "DELETE")
            }
            return [
                Statement(_REFUSE_SQLITE, name=name, event=event, table=table, label=self.name)
                for event, name in names.items()
            ]
        name = editor.quote_name(self.name)
        return [Statement(_REFUSE_POSTGRESQL, name=name, function=name, table=table, label=self.name)]

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        """Queue the triggers for the end of CREATE TABLE."""
        schema_editor.deferred_sql.extend(self.refusals(model, schema_editor))

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        """Return the statement that adds the trigger to a table that exists (PostgreSQL)."""
        return self.refusals(model, schema_editor)[0]

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        """Return the statement that removes the trigger (PostgreSQL; SQLite remakes the table)."""
        return Statement(
            "DROP TRIGGER %(name)s ON %(table)s",
            table=Table(model._meta.db_table, schema_editor.quote_name),
            name=schema_editor.quote_name(self.name),
        )

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: str = DEFAULT_DB_ALIAS) -> None:
        """Raise ``ValidationError`` when the row stands in the database already."""
        if not instance._state.adding:
            raise ValidationError(self.get_violation_error_message(), code=self.name)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, AppendOnly):
            return bool(self.deconstruct() == other.deconstruct())
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.name)


_FREEZE_SQLITE = """CREATE TRIGGER %(name)s BEFORE %(event)s ON %(table)s
FOR EACH ROW WHEN %(refused)s BEGIN SELECT RAISE(ABORT, '%(label)s'); END"""

_FREEZE_POSTGRESQL = """CREATE OR REPLACE FUNCTION %(function)s() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
IF TG_OP = 'DELETE' THEN IF NOT (%(removed)s) THEN RETURN OLD; END IF;
ELSIF TG_OP = 'UPDATE' THEN IF NOT (%(changed)s) THEN RETURN NEW; END IF; END IF;
RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = '%(label)s'; END$$;
CREATE TRIGGER %(name)s BEFORE UPDATE OR DELETE ON %(table)s
FOR EACH ROW EXECUTE FUNCTION %(function)s();
CREATE TRIGGER %(truncated)s BEFORE TRUNCATE ON %(table)s
FOR EACH STATEMENT EXECUTE FUNCTION %(function)s()"""


class FrozenOnce(AppendOnly):
    """Rows are free until a column is filled; then ``fields`` never change and the row is never removed.

    ``once`` is the column that freezes the row (a date of publication) and is among what is frozen.
    The other columns stay free. Triggers on both databases, as for ``AppendOnly``.
    """

    def __init__(
        self, *, once: str, fields: list[str], name: str, violation_error_message: Any = None
    ) -> None:
        super().__init__(name=name, violation_error_message=violation_error_message)
        self.once = once
        self.fields = tuple(fields)

    def refusals(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> list[Statement]:
        """Return the statements that lay the triggers down."""
        table = Table(model._meta.db_table, editor.quote_name)
        removed, changed = self._conditions(model, editor)
        parts = {"table": table, "label": self.name}
        if editor.connection.vendor == "sqlite":
            return [
                Statement(
                    _FREEZE_SQLITE,
                    name=editor.quote_name(f"{self.name}_{event.lower()}"),
                    event=event,
                    refused=refused,
                    **parts,
                )
                for event, refused in (("UPDATE", changed), ("DELETE", removed))
            ]
        name = editor.quote_name(self.name)
        truncated = editor.quote_name(f"{self.name}_truncate")
        parts |= {"removed": removed, "changed": changed, "truncated": truncated}
        return [Statement(_FREEZE_POSTGRESQL, name=name, function=name, **parts)]

    def _conditions(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> tuple[str, str]:
        """Return what forbids to remove a row, and to change it."""
        differs = "IS NOT" if editor.connection.vendor == "sqlite" else "IS DISTINCT FROM"
        columns = [
            editor.quote_name(str(model._meta.get_field(field).column))  # type: ignore[union-attr]
            for field in (self.once, *self.fields)
        ]
        frozen = f"OLD.{columns[0]} IS NOT NULL"
        moved = " OR ".join(f"OLD.{column} {differs} NEW.{column}" for column in columns)
        return frozen, f"{frozen} AND ({moved})"

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        """Return the statement that removes the triggers (PostgreSQL; SQLite remakes the table)."""
        return Statement(
            "DROP TRIGGER %(name)s ON %(table)s; DROP TRIGGER %(truncated)s ON %(table)s",
            table=Table(model._meta.db_table, schema_editor.quote_name),
            name=schema_editor.quote_name(self.name),
            truncated=schema_editor.quote_name(f"{self.name}_truncate"),
        )

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: str = DEFAULT_DB_ALIAS) -> None:
        """Leave it to the database: a row that is frozen may still change in its other columns."""

    def deconstruct(self) -> Any:
        """Return what a migration needs to write the constraint again."""
        path, args, kwargs = super().deconstruct()
        kwargs.update(once=self.once, fields=list(self.fields))
        return path, args, kwargs
