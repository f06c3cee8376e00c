"""A year of a large pole: 50,000 lines of the ledger, classed, summed and shown.

Run: python -m bench.accounts_year [--lines 50000] [--members 400] [--asks 40] [--url postgresql://…]
     [--keep FOLDER]

A fresh data folder is made (one given by --keep is used again), an invented pole given a year of payments,
hours and gifts, gunicorn started as ./terreau starts it, the limiter off. Printed: the time of the first
reading, which classes all the lines; the same once the year is classed; and for each page, over HTTP, one
request at a time, the median and the 95th percentile, with its queries. Goal: 95th percentile under 200 ms.
Before any time is printed, the sums of the matrix and of the day-book are compared to the cent.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.pages import environment, manage, server
from bench.workspace import timed

ROOT = Path(__file__).resolve().parent.parent
HOME = "/poles/pole-de-banc/espace/"
MOST_SECONDS, MOST_QUERIES = 0.200, 30
YEAR = 2025
PAGES = tuple(
    f"{page}?annee={YEAR}"
    for page in (
        *("economie/", "economie/matrice/", "economie/fonctions/"),
        *("economie/a-classer/", "economie/analytique/"),
    )
)
_PREPARE = """
import json, random, time
from datetime import date, timedelta
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Belonging
from terreau.bookkeeping.models import AccountOf
from terreau.economics import projection, read, sums
from terreau.economics.models import Line
from terreau.economics.sums import View
from terreau.flows import read as ledger
from terreau.flows.actions import record
from terreau.flows.rules import Entry
from terreau.poles.composition import add_carrier, add_member
from terreau.poles.models import Pole
from terreau.poles.qualification import move_stage
from terreau.projects import joint_projects
from terreau.subjects.models import Subject

draw = random.Random(7)
pole = Pole.objects.select_related("actor__subject").filter(slug="pole-de-banc").first()
if pole is None:
    actor = create_actor("Pôle de banc", source=None, public=False, kind=Subject.Kind.POLE)
    pole = Pole.objects.create(actor=actor, slug="pole-de-banc")
    user, now = User.objects.create_user("bench@people.example.org", name="Animation"), timezone.now()
    Belonging.objects.create(user=user, actor=actor, role="animator", asked_at=now, confirmed_at=now,
                             confirmed_by=user)
    natures = ("association", "cooperative", "company", "local_authority", "natural_person", "unknown")
    members = [create_actor(f"Membre {n}", source=None, public=False, legal_nature=draw.choice(natures))
               for n in range(SIZES["members"])]
    outside = [create_actor(f"Tiers {n}", source=None, public=False, legal_nature=draw.choice(natures))
               for n in range(SIZES["members"] // 2)]
    for one in members:
        add_member(pole, one, by=user)
    add_carrier(pole, members[0], by=user)
    move_stage(pole, "emergence", on=date(2020, 1, 1), reason="Début", by=user)
    move_stage(pole, "developpement", on=date(YEAR, 7, 1), reason="Suite", by=user)
    projects = [joint_projects.create(pole, by=user, title=f"Projet {n}").pk for n in range(30)]
    own, first = (pole.actor, members[0]), date(YEAR, 1, 1)
    entries = []
    for n in range(SIZES["lines"]):
        giver, receiver = draw.sample([draw.choice(own), draw.choice(members), draw.choice(outside)], 2)
        nature = draw.choices(("cash", "time", "in_kind"), (70, 20, 10))[0]
        values = {"cents": draw.randint(100, 500_000)}
        if nature != "cash":
            values = {"thousandths": 2_000, "unit": "hours"}
            if draw.random() < 0.7:
                values |= {"cents": draw.randint(100, 9_000), "method": "agreed"}
        entries.append(Entry(
            giver=giver.pk, receiver=receiver.pk if receiver.pk != giver.pk else pole.pk, nature=nature,
            on=first + timedelta(days=draw.randrange(365)), label=f"Ligne {n % 700}",
            purpose=draw.choice((None, None, pole.pk, *projects[:6], draw.choice(projects))),
            origin=f"fee:{n}" if n % 50 == 0 else "", **values))
    entries = [one for one in entries if one.giver != one.receiver]
    for start in range(0, len(entries), 2_000):
        record(pole.actor, entries[start:start + 2_000], by=user)
    codes = ("706", "74", "756", "641", "6132", "6064", "625", "164")
    cash = pole.actor.flows.filter(nature="cash").values_list("pk", flat=True)
    AccountOf.objects.bulk_create([AccountOf(flow_id=pk, account=draw.choice(codes), how="import")
                                   for pk in cash if draw.random() < 0.8], batch_size=500)
spans = []
for _turn in range(2):
    started = time.perf_counter()
    cells = read.classified(pole, date(YEAR, 1, 1), date(YEAR, 12, 31))
    spans.append(time.perf_counter() - started)
found, agreed = sums.matrix(cells, View.WHOLE), ledger.reconcile(pole.actor)
parts = [found.all(), found.unclassed, found.uses, *sums.outside(cells).values()]
cash = sum(total.cents for (nature, _unit), total in agreed.totals.items() if nature == "cash")
lines = sum(total.lines for total in agreed.totals.values())
assert agreed.agrees and sum(part.cash for part in parts) == cash, "the matrix and the day-book differ"
assert sum(part.lines for part in parts) == lines, "a line is missing"
settings.ALLOWED_HOSTS = ["*"]
client = Client()
client.force_login(User.objects.get(email="bench@people.example.org"))
counts = {}
for page in PAGES:
    client.get(page)
    with CaptureQueriesContext(connection) as asked:
        status = client.get(page).status_code
    counts[page] = [status, len(asked)]
cookie = client.cookies[settings.SESSION_COOKIE_NAME].OutputString().partition(";")[0]
print(json.dumps({"cookie": cookie, "counts": counts, "spans": spans, "lines": lines, "groups": len(cells)}))
"""


def prepared(variables: dict[str, str], sizes: dict[str, int]) -> dict[str, object]:
    """Make the invented year; return the cookie of its animator, and status and queries of each page."""
    pages = [HOME + page for page in PAGES]
    script = f"SIZES, YEAR, PAGES = {sizes!r}, {YEAR}, {pages!r}\n{_PREPARE}"
    words = [sys.executable, "manage.py", "shell", "-v0", "-c", script]
    done = subprocess.run(words, cwd=ROOT, env=variables, check=True, capture_output=True, text=True)
    found: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def main() -> None:
    """Print what the year costs to class, then one line a page, then whether the goals are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, usual in (("lines", 50_000), ("members", 400), ("asks", 40)):
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
        made = prepared(variables, {"lines": options.lines, "members": options.members})
        spans: list[float] = made["spans"]  # type: ignore[assignment]
        print(f"load {os.getloadavg()[0]:.1f}, {made['lines']} lines, {made['groups']} sums by the database")
        print(f"classed and summed the first time {spans[0] * 1000:.0f} ms, then {spans[1] * 1000:.0f} ms")
        counts: dict[str, list[int]] = made["counts"]  # type: ignore[assignment]
        with server(variables, folder) as (port, _process):
            found = timed(port, str(made["cookie"]), list(counts), options.asks)
    missed = []
    for page, seconds in found.items():
        middle, high = statistics.median(seconds), statistics.quantiles(seconds, n=20)[18]
        met = high < MOST_SECONDS and counts[page][1] <= MOST_QUERIES
        missed += [] if met else [page]
        mark = "" if met else "  ← missed"
        print(f"{page:60} {middle * 1000:6.1f} ms {high * 1000:6.1f} ms {counts[page][1]:4} queries{mark}")
    print("goals met" if not missed else f"goals missed: {missed}")


if __name__ == "__main__":
    main()
