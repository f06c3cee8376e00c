"""Run as a process by the tests: an import that kills itself half-way through what it writes."""

import os
import signal
import sys
from pathlib import Path

import django

django.setup()

from terreau.directory import writing  # noqa: E402
from terreau.directory.actions import Import  # noqa: E402


def die(done: int, total: int) -> None:
    """End without warning once half is written."""
    if done * 2 >= total:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    writing.LEAST = writing.MOST = 50
    writing._COPIED = 50
    with Import([Path(path) for path in sys.argv[1:]], "sirene") as one:
        one.save(by=None, progress=die)
