"""Rows added, and what the database refuses said in the words of the constraint that refused it."""

from typing import TypeVar

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError

Row = TypeVar("Row", bound=models.Model)


def insert(row: Row, code: str = "refused_by_base", *, field: str = "") -> Row:
    """Add a row; raise ``DomainError`` (409) when the database refuses it."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise refusal(row, error, code, field=field) from error
    return row


def refusal(
    row: models.Model, error: IntegrityError, code: str = "refused_by_base", *, field: str = ""
) -> DomainError:
    """Return what the database refused, in words, beside the field of the form when it is known."""
    broken = _broken(row, str(error))
    said = broken.violation_error_message if broken else _("La base refuse cette ligne.")
    return DomainError(code, str(said), facts={"field": field} if field else {}, status=409)


def _broken(row: models.Model, told: str) -> models.BaseConstraint | None:
    """Return the constraint that was broken: by its name, or by its columns, which SQLite names instead."""
    for one in row._meta.constraints:
        columns = [row._meta.get_field(name).column for name in getattr(one, "fields", ())]  # type: ignore[union-attr]
        listed = ", ".join(f"{row._meta.db_table}.{column}" for column in columns)
        if one.name in told or (listed and told.endswith(f": {listed}")):
            return one
    return None
