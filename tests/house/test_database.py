"""Migrations are complete, and every table can be made again from nothing."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

pytestmark = pytest.mark.django_db


def test_migrations_are_complete() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_the_system_checks_pass() -> None:
    call_command("check", "--fail-level", "WARNING")


def test_constraint_names_fit_and_are_unique() -> None:
    """PostgreSQL cuts a name at 63 bytes; SQLite holds our periods in triggers named after constraints."""
    names = [c.name for model in apps.get_models() for c in model._meta.constraints]
    assert len(names) == len(set(names))
    assert not [name for name in names if len(name) > 50]


def test_foreign_keys_are_held_by_the_database() -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA foreign_keys")
            assert cursor.fetchone() == (1,)
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_constraint WHERE contype = 'f'")
            assert cursor.fetchone()[0] > 30
