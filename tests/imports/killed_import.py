"""Run as a process by the tests: writes an import that kills its own worker in the middle of a batch."""

import os
import signal
import sys
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from terreau.imports import actions, kinds, writing  # noqa: E402
from terreau.imports.models import Import  # noqa: E402
from terreau.jobs.work import resume_silent  # noqa: E402
from tests.imports.conftest import sheet  # noqa: E402

LINES, FATAL = 120, 3


def lines() -> list[list[str]]:
    """Return subsidies that differ, the amount of each that of its rank."""
    return [["Ville", f"Association {rank}", str(100 + rank)] for rank in range(LINES)]


def _die(*arguments: Any, **more: Any) -> None:
    """Write the batch, then die before its transaction ends."""
    _tell(*arguments, **more)
    if arguments[2] == FATAL:
        os.kill(os.getpid(), signal.SIGKILL)


_tell = writing._tell

if __name__ == "__main__":
    if sys.argv[1] == "start":
        rows = [["nomAttribuant", "nomBeneficiaire", "montant"], *lines()]
        brought = actions.bring(kinds.get("subventions"), sheet(*rows), "a.csv", by=None)
        actions.say_columns(brought, brought.mapping, {}, by=None)
        actions.write(Import.objects.get(), by=None)
        writing._tell = _die
    else:
        resume_silent(timedelta(0))
    call_command("jobs_work", batch=True, interval=0, startup_delay=False, reload=False, verbosity=0)
