"""The real calls at their real size, from opening to closing, by the actions of the pages (facts-poles §1).

2013: 183 files, 23 laureates, 3 M€, 72,000 to 290,000 € each. 2015: 125 files, 85 eligible, 14 laureates,
2.75 M€. 2025: 79 files, 8 laureates, 500 k€, 30,000 to 80,000 € each. Files and people are invented.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db.models import Sum

from terreau.calls import loading
from terreau.calls.models import Call, Role
from terreau.dossiers import states
from terreau.dossiers.models import Dossier, FrozenCopy, Receipt, Transition
from terreau.envelopes import read as envelopes
from terreau.grids import loading as grids
from terreau.journal import verification
from terreau.procedures import replays, results, scdl, statistics
from terreau.procedures.replays import Played, Size
from terreau.subjects.models import Subject
from terreau.territories.models import Zone
from tests.dossiers import making
from tests.procedures.test_scdl import problems

pytestmark = pytest.mark.django_db
PARIS = making.PARIS


@dataclass(frozen=True)
class Real:
    """A real call: the file that describes it, when it opened and closed, how large it was."""

    file: str
    opens: datetime
    closes: datetime
    decided: datetime
    size: Size


REAL = {
    "2013": Real(
        "appel-2013",
        datetime(2013, 7, 15, 9, tzinfo=PARIS),
        datetime(2013, 10, 31, 18, tzinfo=PARIS),
        datetime(2014, 1, 20, 10, tzinfo=PARIS),
        Size(183, 23, 300_000_000, admitted=130, low=7_200_000, high=29_000_000),
    ),
    "2015": Real(
        "appel-2015",
        datetime(2015, 4, 21, 9, tzinfo=PARIS),
        datetime(2015, 6, 30, 23, 59, tzinfo=PARIS),
        datetime(2016, 1, 14, 10, tzinfo=PARIS),
        Size(125, 14, 275_000_000, admitted=85, reserve=3),
    ),
    "2025": Real(
        "ami-2025",
        datetime(2025, 10, 2, 9, tzinfo=PARIS),
        datetime(2025, 11, 14, 12, tzinfo=PARIS),
        datetime(2025, 12, 18, 10, tzinfo=PARIS),
        Size(79, 8, 50_000_000),
    ),
}


def regions() -> list[Zone]:
    """Make a few regions, with their names of today."""
    named = {"11": "Île-de-France", "53": "Bretagne", "76": "Occitanie", "84": "Auvergne-Rhône-Alpes"}
    subjects = [Subject.objects.create(kind=Subject.Kind.TERRITORY) for _code in named]
    pairs = zip(subjects, named.items(), strict=True)
    return [Zone.objects.create(subject=one, level="region", code=code, name=name, cog_year=2026)
            for one, (code, name) in pairs]  # fmt: skip


def play(real: Real) -> Played:
    """Play a call whole: opened, answered, instructed, decided, agreed, paid, closed."""
    grids.sync(save=True)
    with time_machine.travel(real.opens, tick=False):
        model = loading.load(loading.SHIPPED / f"{real.file}.yaml", save=True)
        owner = making.person("porteur")
        funder = making.actor("Attribuant inventé", siret="23350001600040")
        type(model.programme).objects.filter(pk=model.programme_id).update(owner=funder)
        model.refresh_from_db()
        Role.objects.create(user=owner, programme=model.programme, role="owner", valid_from=real.opens.date())
        title, times = f"Rejeu de {model.slug}", {"opens": real.opens, "closes": real.closes}
        call = replays.open_again(model, title, real.size, owner=owner, **times)
    with time_machine.travel(real.closes - timedelta(hours=2), tick=True):
        played = Played(call, replays.cast(call, reviewers=3))
        replays.apply(played, real.size, regions=regions())
    with time_machine.travel(real.closes + timedelta(days=20), tick=True):
        replays.instruct(played, real.size)
    with time_machine.travel(real.decided, tick=True):
        replays.decide(played, real.size)
        replays.agree(played)
    with time_machine.travel(real.decided + timedelta(days=400), tick=True):
        replays.pay(played)
        replays.close(played)
    return played


#: The longest two are played on one database.
YEARS = [pytest.param("2013", marks=pytest.mark.once), pytest.param("2015", marks=pytest.mark.once), "2025"]


@pytest.mark.parametrize("year", YEARS)
def test_a_real_call_is_played_at_its_size(year: str, shared: Path, tmp_path: Path) -> None:
    real = REAL[year]
    played = play(real)
    call = Call.objects.select_related("programme__owner").get(pk=played.call.pk)
    assert call.state == Call.State.DECIDED
    files = Dossier.objects.filter(call=call)
    assert files.count() == real.size.files
    assert all(files.values_list("example", flat=True))
    counted = {state: files.filter(state=state).count() for state in states.LABELS}
    admitted = real.size.admitted or real.size.files
    assert counted[states.CLOSED] == real.size.laureates
    assert counted[states.INADMISSIBLE] == real.size.files - admitted
    assert counted[states.REFUSED] == admitted - real.size.laureates - real.size.reserve
    assert_sound(call, real)
    found = results.of_call(call)
    assert (len(found.grants), found.deposited) == (real.size.laureates, real.size.files)
    low, high = results.amounts(found.grants)
    assert low is not None
    assert high is not None
    assert real.size.low <= low <= high <= (call.max_cents or real.size.high)
    with time_machine.travel(real.decided + timedelta(days=401), tick=False):
        file, left = scdl.table([rna(one) for one in found.grants], real.decided.date())
        assert left == []
        assert problems(shared, file, tmp_path) == []
        (figures,) = statistics.figures(call.programme)
        assert figures.facets
        assert len(figures.delays) == 3


def rna(grant: Any) -> Any:
    """Give an invented beneficiary the number that the format asks and an invented one has not."""
    from dataclasses import replace

    return replace(grant, recipient=replace(grant.recipient, rna="W000000001"))


def assert_sound(call: Call, real: Real) -> None:
    """Check what holds whatever was done: money, copies, receipts, moves, the chains of the journal."""
    (envelope,) = envelopes.of_call(call)
    state = envelope.state
    assert state == envelopes.counted(envelope)
    assert state.sound
    assert state.budget == real.size.envelope
    assert state.committed == state.paid <= real.size.envelope
    given = results.grants(call)
    assert sum(one.cents or 0 for one in given) == state.committed
    asked = Dossier.objects.filter(call=call, state=states.CLOSED).aggregate(sum=Sum("asked_cents"))["sum"]
    assert state.committed == min(real.size.envelope, asked) or state.committed > real.size.envelope * 9 // 10
    for copy in FrozenCopy.objects.filter(dossier__call=call).iterator():
        assert hashlib.sha256(bytes(copy.document)).hexdigest() == copy.sha256
    assert Receipt.objects.filter(dossier__call=call).count() == real.size.files
    refusals = Transition.objects.filter(dossier__call=call, verb__in=("refuse", "reject"))
    assert not refusals.filter(reason="").exists()
    assert verification.verify() == []
