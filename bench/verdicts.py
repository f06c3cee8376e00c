"""Time to appraise every pole under every shipped grid, by the command, and time of the page of a verdict.

Run: python -m bench.verdicts [--poles 10000] [--url sqlite:///… | postgresql://…] [--keep FOLDER]

A fresh data folder is made (or one given by --keep is used again), the demonstration generated, the shipped
grids loaded. ``sheets_appraise`` is run three times, its start counted; processor time is that of the process
alone. Answers without reasons are first compared with those that explain, on a sample. Pages are asked from
the process itself, no page kept, each of another pole, after one that warms what is read once.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.pages import ROOT, environment, manage

GOAL, PAGE_GOAL, RUNS = 20.0, 0.100, 3
#: Run in a process of its own: Django is not set up here.
_INSIDE = """
import sys, time, statistics, django
django.setup()
from django.test import Client
from django.utils import timezone
from terreau.grids import evaluate
from terreau.poles.models import Pole
from terreau.sheets.appraisals import appraisals, grids_of_poles
from terreau.sheets.frames import frames
today = timezone.localdate()
rows = list(Pole.objects.filter(kind="pole", actor__subject__public=True).order_by("pk")[: int(sys.argv[1])])
keys, grids = [one.pk for one in rows], grids_of_poles(today)
quick = dict(appraisals(keys, grids, today))
compared = 0
for key, frame in frames(keys, today):
    for grid in grids:
        told = evaluate.verdict(grid, frame, on=today)
        assert quick[key][grid.code].answer == told.answer, (key, grid.code)
        assert quick[key][grid.code].criteria == tuple(one.answer for one in told.criteria), (key, grid.code)
        compared += 1
print(f"answers equal to those that explain: {compared}")
client, spent = Client(), []
for row in rows:
    for grid in grids:
        begun, used = time.perf_counter(), time.process_time()
        response = client.get(f"/poles/{row.slug}/appreciations/{grid.code}/", HTTP_HOST="localhost")
        taken = (time.perf_counter() - begun, time.process_time() - used)
        spent.append((taken[0], grid.code, len(response.content), taken[1]))
        assert response.status_code == 200, (row.slug, grid.code, response.status_code)
for grid in grids:
    times = sorted(one[0] for one in spent[len(grids):] if one[1] == grid.code)
    used = statistics.median(one[3] for one in spent[len(grids):] if one[1] == grid.code)
    size = max(one[2] for one in spent if one[1] == grid.code)
    print(f"page of {grid.code}: median {statistics.median(times) * 1000:.0f} ms, "
          f"95 % {times[int(len(times) * .95)] * 1000:.0f} ms, processor {used * 1000:.0f} ms, "
          f"{size / 1000:.0f} kB")
"""


def appraise(variables: dict[str, str]) -> tuple[float, float]:
    """Run the command; return its seconds on the clock and of processor."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    command = [sys.executable, "manage.py", "sheets_appraise", "--json"]
    subprocess.run(command, cwd=ROOT, env=variables, check=True, stdout=subprocess.DEVNULL)
    took, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def main() -> None:
    """Prepare, compare, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--poles", type=int, default=10_000)
    parser.add_argument("--url", default="")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--only-pages", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        variables = environment(folder, options.url, cached=False)
        if not (folder / "bench.ready").exists():
            for arguments in (
                ["migrate", "-v0"],
                ["collectstatic", "--noinput", "-v0"],
                ["territories_load"],
                ["grids_load", "--save"],
            ):
                manage(variables, *arguments)
            manage(variables, "demo_generate", "--poles", str(options.poles), "--seed", "1")
            (folder / "bench.ready").touch()
        print(f"processors: {os.cpu_count()}, load average: {os.getloadavg()[0]:.1f}")
        if not options.only_pages:
            runs = [appraise(variables) for _ in range(RUNS)]
            clock, processor = (statistics.median(run[part] for run in runs) for part in (0, 1))
            told = f"{clock:.1f} s, {processor:.1f} s of processor (goal {GOAL:.0f} s)"
            print(f"sheets_appraise: median of {RUNS}: {told}, load average {os.getloadavg()[0]:.1f}")
        settings = variables | {"DJANGO_SETTINGS_MODULE": "terreau.config.settings"}
        command = [sys.executable, "-c", _INSIDE, str(options.pages)]
        subprocess.run(command, cwd=ROOT, env=settings, check=True)
        print(f"goal of a page: {PAGE_GOAL * 1000:.0f} ms, load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
