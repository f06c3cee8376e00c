"""The worker: takes up what a kill interrupted, does what is queued, starts what is due."""

import threading
from typing import Any

from django.db import DatabaseError, connection
from django_tasks_db.management.commands.db_worker import Command as Worker

from terreau.jobs.work import SILENCE, resume_silent, start_due


class Command(Worker):
    """``jobs_work``: ``db_worker`` that also resumes the jobs whose worker died."""

    help = "Exécute les tâches longues, et reprend celles qu'un arrêt brutal a interrompues."

    def handle(self, **options: Any) -> None:
        """Resume now and then every so often, beside the work itself."""
        resume_silent()
        stop = threading.Event()
        watcher = threading.Thread(target=_watch, args=(stop,), daemon=True)
        if not options["batch"]:
            watcher.start()
        try:
            super().handle(**options)
        finally:
            stop.set()


def _watch(stop: threading.Event) -> None:
    while not stop.wait(SILENCE.total_seconds() / 3):
        try:
            resume_silent()
            start_due()
        except DatabaseError:
            continue
        finally:
            connection.close()
