"""Runs functions at the same moment, each on its own connection to the database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection


def at_once(*functions: Callable[[], Any]) -> list[Any]:
    """Start all ``functions`` together, each in its thread; return results, or the errors raised.

    The test must be marked ``django_db(transaction=True)``.
    """
    ready = Barrier(len(functions))

    def run(function: Callable[[], Any]) -> Any:
        try:
            ready.wait(timeout=30)
            return function()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(functions)) as pool:
        return list(pool.map(run, functions))
