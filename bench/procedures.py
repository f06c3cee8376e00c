"""Time of the pages of a call of 2,000 files read by 10 people each, and of the exports of everything.

Run: python -m bench.procedures [--files 2000] [--reviewers 10] [--asks 40]
     [--url postgresql://…] [--keep FOLDER]

A fresh data folder is made (one given by --keep is used again), an invented call written in bulk, gunicorn
started as ./terreau starts it, the limiter off. Its officer asks for each page in turn, one request at a
time, over HTTP. Before anything is timed, what the pages count is compared with what the tables hold.
Printed for each page: the median and the 95th percentile, the number of queries of the warm page, and
whether the goals are met (95th percentile under 100 ms, at most 30 queries; exports of everything under
10 s).
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

from bench.pages import ROOT, environment, manage, server
from bench.workspace import timed

SLUG = "appel-mesure"
#: Goals.
MOST_SECONDS, MOST_QUERIES, MOST_EXPORT = 0.100, 30, 10.0
CALL = f"/instruction/{SLUG}/"
PAGES = (
    *(CALL, f"{CALL}?region=53", f"{CALL}?etat=region", f"{CALL}?q=projet+12", f"{CALL}?tri=-moyenne"),
    *(f"{CALL}?tri=-ecart", f"{CALL}?relectures=en-cours", f"{CALL}?suivi=retard", f"{CALL}?instructeur=moi"),
    *(f"{CALL}?q=projet+12&format=csv", "/instruction/", f"/comite/{SLUG}/", f"/appels/{SLUG}/controle/"),
    *(
        f"/appels/{SLUG}/resultats/",
        "/programmes/programme-mesure/pilotage/",
        "/appels/",
        "/appels/calls.json",
    ),
)
EXPORTS = (f"{CALL}?format=csv", f"{CALL}?format=xlsx", f"/appels/{SLUG}/controle/?partie=etapes&format=csv")
_PREPARE = """
import json
from datetime import date, datetime, timedelta
from hashlib import sha256
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.calls.models import Call, FormVersion, Programme, Role
from terreau.dossiers.models import Answer, Dossier, FrozenCopy, Transition
from terreau.envelopes import actions as envelopes
from terreau.instruction import progress
from terreau.instruction.models import Appraisal, Assignment
from terreau.instruction.read import Filters, sheet
from terreau.calls.perms import standing
from terreau.subjects.models import Subject
from terreau.territories.models import Zone

def subjects(kind, count):
    rows = [Subject(kind=kind) for _n in range(count)]
    Subject.objects.bulk_create(rows, batch_size=500)
    return rows

def made(model, rows):
    model.objects.bulk_create(rows, batch_size=500)
    return rows

def filled():
    now, today = timezone.now(), timezone.localdate()
    programme = Programme.objects.create(subject=subjects("programme", 1)[0], slug="programme-mesure",
        name="Programme mesuré", owner_name="Un porteur", state="published")
    grid = {"criteria": [{"code": f"c{n}", "label": f"Critère {n}", "weight": 1, "max": 5} for n in range(6)]}
    call = Call.objects.create(subject=subjects("call", 1)[0], programme=programme, slug=SLUG, state="open",
        title="Appel mesuré", opens_at=now - timedelta(days=90), closes_at=now - timedelta(days=30),
        review=grid, stages=[{"code": "region"}, {"code": "committee"}])
    fields = [{"key": "title", "kind": "text", "label": "Intitulé"}, {"key": "why", "kind": "long_text",
        "label": "Pourquoi"}, {"key": "asked", "kind": "euro", "label": "Aide"}]
    sections = [{"code": "s", "title": "S", "fields": fields}]
    content = {"pages": [{"code": "p", "title": "Projet", "sections": sections}]}
    form = FormVersion.objects.create(call=call, number=1, content=content, published_at=now)
    names = ["bench", *(f"relit{n}" for n in range(REVIEWERS * 2))]
    people = [User.objects.create_user(f"{one}@people.example.org", name=one.capitalize()) for one in names]
    officer, readers = people[0], people[1:]
    for kind in ("officer", "committee"):
        Role.objects.create(user=officer, call=call, role=kind, valid_from=today)
    Role.objects.create(user=officer, programme=programme, role="owner", valid_from=today)
    for one in readers:
        Role.objects.create(user=one, call=call, role="reviewer", valid_from=today)
    zones = list(Zone.objects.filter(level="region").order_by("code")[:8])
    if not zones:
        named = (("53", "Bretagne"), ("76", "Occitanie"), ("84", "Auvergne"), ("11", "Île-de-France"))
        zones = [Zone.objects.create(subject=s, level="region", code=c, name=n, cog_year=2026)
            for s, (c, n) in zip(subjects("territory", 4), named)]
    actors = made(Actor, [Actor(subject=s, name=f"Structure {n}", sort_key=f"structure {n:05}")
        for n, s in enumerate(subjects("actor", FILES))])
    states = ["deposited", "admissible", "region", "region", "committee", "committee"]
    files = made(Dossier, [Dossier(subject=s, call=call, number=n + 1, form=form, applicant=actors[n],
        title=f"Projet {n}", asked_cents=3_000_000 + n * 1000, zone=zones[n % len(zones)],
        state=states[n % len(states)], deposited_at=now - timedelta(days=31), example=True)
        for n, s in enumerate(subjects("dossier", FILES))])
    why = "Exemple inventé. " * 60
    made(Answer, [Answer(dossier=one, key=key, value=value) for one in files
        for key, value in (("title", one.title), ("why", why), ("asked", one.asked_cents))])
    made(Transition, [Transition(dossier=one, from_state="draft", to_state="deposited", verb="deposit")
        for one in files])
    copies = []
    for one in files:
        told = {"title": one.title, "answers": {"title": one.title, "why": "Exemple inventé. " * 60}}
        body = json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
        copies.append(FrozenCopy(dossier=one, number=1, why="deposit", form=form, document=body,
            sha256=sha256(body).hexdigest(), at=now))
    made(FrozenCopy, copies)
    given, shares = [], []
    for n, one in enumerate(files):
        for k in range(REVIEWERS):
            reader = readers[(n + k) % len(readers)]
            shares.append(Assignment(dossier=one, user=reader, part="reviewer"))
            scores = {f"c{c}": (n * 7 + k * 3 + c) % 6 for c in range(6)}
            total = sum(scores.values()) * 100_000 // 30
            if n % 5 or k:
                given.append(Appraisal(dossier=one, reviewer=reader, scores=scores,
                    texts={c: "Bien." for c in scores}, total=total, first_total=total, given_at=now))
        shares.append(Assignment(dossier=one, user=officer, part="officer"))
    made(Assignment, shares)
    made(Appraisal, given)
    progress.project_call(call)
    envelopes.open(programme, cents=300_000_000, name="Enveloppe mesurée", call=call, by=officer)
    TOTP.activate(officer, generate_totp_secret())

if not Call.objects.filter(slug=SLUG).exists():
    filled()
call, user = Call.objects.get(slug=SLUG), User.objects.get(email="bench@people.example.org")
held = standing(user, call)
seen = sheet(call, Filters(), user=user, held=held)
by_state = {one.code: one.count for one in seen.facets["etat"]}
same = seen.total == FILES == sum(by_state.values())
late = sheet(call, Filters(reviews="en-cours"), user=user, held=held).total
same = same and late == sum(1 for n in range(FILES) if n % 5 == 0)
settings.ALLOWED_HOSTS = ["*"]
client = Client()
client.force_login(user)
counts = {}
for page in PAGES:
    client.get(page)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(page)
        if answer.streaming:
            sum(len(part) for part in answer.streaming_content)
    counts[page] = [answer.status_code, len(asked)]
cookie = client.cookies[settings.SESSION_COOKIE_NAME].OutputString().partition(";")[0]
print(json.dumps({"cookie": cookie, "counts": counts, "same": same}))
"""


def prepared(variables: dict[str, str], files: int, reviewers: int) -> dict[str, object]:
    """Write the invented call; return the cookie of its officer, status and queries of each page."""
    named = {"FILES": files, "REVIEWERS": reviewers, "SLUG": SLUG, "PAGES": list(PAGES)}
    script = "\n".join(f"{name} = {value!r}" for name, value in named.items()) + _PREPARE
    words = [sys.executable, "manage.py", "shell", "-v0", "-c", script]
    done = subprocess.run(words, cwd=ROOT, env=variables, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    said: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    return said


def archive(variables: dict[str, str], folder: Path) -> tuple[float, int]:
    """Export all the files of the call in one ZIP by the command; return seconds and bytes."""
    target = folder / "tout.zip"
    words = ("procedures_export", "--call", SLUG, "--format", "zip", "--output", str(target), "-v0")
    return manage(variables, *words), target.stat().st_size


def main() -> None:
    """Print one line a page, then the exports of everything, then whether all the goals are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, usual in (("files", 2_000), ("reviewers", 10), ("asks", 40)):
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
        said = prepared(variables, options.files, options.reviewers)
        counts = {str(page): tuple(found) for page, found in dict(said["counts"]).items()}  # type: ignore[call-overload]
        print(f"load {os.getloadavg()[0]:.1f}, {options.files} files, counts as the tables: {said['same']}")
        pages = [page for page, (status, _queries) in counts.items() if status == 200]
        with server(variables, folder) as (port, _process):
            found = timed(port, str(said["cookie"]), pages, options.asks)
            whole = timed(port, str(said["cookie"]), list(EXPORTS), 1)
        seconds, size = archive(variables, folder)
    missed = [page for page in counts if page not in found] + ([] if said["same"] else ["counts"])
    for page, times in found.items():
        middle, high = statistics.median(times), statistics.quantiles(times, n=20)[18]
        met = high < MOST_SECONDS and counts[page][1] <= MOST_QUERIES
        missed += [] if met else [page]
        mark = "" if met else "  ← missed"
        print(f"{page:55} {middle * 1000:6.1f} ms {high * 1000:6.1f} ms {counts[page][1]:4} queries{mark}")
    for page, times in (*whole.items(), (f"archive, {size / 1e6:.1f} MB", [seconds])):
        met = max(times) < MOST_EXPORT
        missed += [] if met else [page]
        print(f"{page:55} {max(times):6.2f} s{'' if met else '  ← missed'}")
    print("goals met" if not missed else f"goals missed: {missed}")


if __name__ == "__main__":
    main()
