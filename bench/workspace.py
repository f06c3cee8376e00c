"""Time of the pages of a workspace, for a pole of 400 members, 5,000 bookings and 300 decisions.

Run: python -m bench.workspace [--members 400] [--bookings 5000] [--decisions 300] [--asks 60]
     [--url postgresql://…] [--keep FOLDER]

A fresh data folder is made (one given by --keep is used again), an invented pole generated, gunicorn
started as ./terreau starts it, the limiter off. Its animator asks for each page in turn, one request at a
time, over HTTP: first some times to warm the processes, then ``--asks`` times. Printed for each page: the
median and the 95th percentile, the number of queries of the warm page, and whether the goals are met (95th
percentile under 100 ms, at most 30 queries). The page is counted only when it answers 200.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.pages import environment, manage, server

ROOT = Path(__file__).resolve().parent.parent
HOME = "/poles/pole-exemple-fictif/espace/"
#: Goals of the workspace.
MOST_SECONDS, MOST_QUERIES = 0.100, 30
PAGES = (
    *("", "calendrier/", "reseau/"),
    *("membres/", "adhesions/", "consentements/", "gouvernance/", "statuts/", "seances/", "decisions/"),
    *("cooperations/", "matieres/", "echanges/", "offres/", "competences/", "achats/", "marches/"),
    *("moyens/", "couts/", "emplois/", "locaux/", "strategie/", "projets/", "activites/", "besoins/"),
    *("indicateurs/", "rapports/", "arbre/", "livre/", "heures/", "documents/", "chercher/?q=halle"),
)
_PREPARE = """
import json, sys
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.conf import settings
from django.db import connection
from terreau.accounts.models import User
user = User.objects.filter(email="bench@people.example.org").first()
if user is None:
    user = User.objects.create_user("bench@people.example.org", name="Animation")
    from django.core.management import call_command
    call_command("demo_workspace", animator=user.email, verbosity=0, **SIZES)
settings.ALLOWED_HOSTS = ["*"]
client = Client()
client.force_login(user)
counts = {}
for page in PAGES:
    client.get(page)
    with CaptureQueriesContext(connection) as asked:
        status = client.get(page).status_code
    counts[page] = [status, len(asked)]
print(json.dumps({"cookie": client.cookies[settings.SESSION_COOKIE_NAME].OutputString().partition(";")[0],
                  "counts": counts}))
"""


def prepared(variables: dict[str, str], sizes: dict[str, int]) -> tuple[str, dict[str, tuple[int, int]]]:
    """Make the invented pole; return the cookie of its animator, and status and queries of each page."""
    pages = ["/ma-semaine/", *(HOME + page for page in PAGES)]
    script = _PREPARE.replace("SIZES", repr(sizes)).replace("in PAGES", f"in {pages!r}")
    words = [sys.executable, "manage.py", "shell", "-v0", "-c", script]
    done = subprocess.run(words, cwd=ROOT, env=variables, check=True, capture_output=True, text=True)
    said = json.loads(done.stdout.strip().splitlines()[-1])
    return said["cookie"], {page: tuple(found) for page, found in said["counts"].items()}


def timed(port: int, cookie: str, pages: list[str], asks: int) -> dict[str, list[float]]:
    """Ask for the pages in turn, one request at a time; return the seconds of each."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    found: dict[str, list[float]] = {page: [] for page in pages}
    for turn in range(asks + 4):
        for page in pages:
            started = time.perf_counter()
            connection.request("GET", page, headers={"Cookie": cookie, "Accept-Language": "fr"})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise SystemExit(f"{page} answers {answer.status}")
            if turn >= 4:
                found[page].append(time.perf_counter() - started)
    return found


def main() -> None:
    """Print one line a page, then whether all the goals are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, usual in (("members", 400), ("bookings", 5_000), ("decisions", 300), ("asks", 60)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--url", default="")
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        variables = environment(folder, options.url, cached=False)
        manage(variables, "migrate", "-v0")
        manage(variables, "collectstatic", "--noinput", "-v0")
        sizes = {name: getattr(options, name) for name in ("members", "bookings", "decisions")}
        cookie, counts = prepared(variables, sizes)
        print(f"load {os.getloadavg()[0]:.1f}, {sizes}")
        pages = [page for page, (status, _queries) in counts.items() if status == 200]
        with server(variables, folder) as (port, _process):
            found = timed(port, cookie, pages, options.asks)
    missed = [page for page in counts if page not in found]
    for page, seconds in found.items():
        middle, high = statistics.median(seconds), statistics.quantiles(seconds, n=20)[18]
        met = high < MOST_SECONDS and counts[page][1] <= MOST_QUERIES
        missed += [] if met else [page]
        mark = "" if met else "  ← missed"
        print(f"{page:55} {middle * 1000:6.1f} ms {high * 1000:6.1f} ms {counts[page][1]:4} queries{mark}")
    print("goals met" if not missed else f"goals missed: {missed}")


if __name__ == "__main__":
    main()
