"""What fees say to the other rooms, an invented pole, and the command that simulates."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from terreau.accounts import personal
from terreau.accounts.models import User
from terreau.common.money import Euro
from terreau.fees import composed, demo
from terreau.fees.models import CalledFee, ScaleVersion
from terreau.poles.workspace import Due, Workspace, of_person
from tests.fees.conftest import SAID, Till


def _of(till: Till, user: User) -> Workspace:
    return of_person(user, till.pole.slug)


def _titles(rows: list[Due]) -> str:
    return " | ".join(one.title for one in rows)


def test_a_week_tells_who_owes_and_who_animates(till: Till) -> None:
    till.figures()
    till.voted("Barème d'essai")
    assert "Appeler les cotisations" in _titles(composed.week(_of(till, till.animator)))
    assert "Confirmer les chiffres" in _titles(composed.week(_of(till, till.member)))
    till.call(ScaleVersion.objects.select_related("decision", "pole__actor__subject").get())
    with CaptureQueriesContext(connection) as asked:
        runs = composed.week(ws := _of(till, till.animator))
    assert len(asked) <= 7
    assert "Relancer 3 cotisations en retard" in _titles(runs)
    assert "700" in _titles(runs)
    mine = composed.week(_of(till, till.member))
    fee = CalledFee.objects.get(actor=till.canteen)
    assert [one.path for one in mine if "Régler" in one.title] == [f"{ws.home}cotisations/dues/{fee.pk}/"]
    assert "Moulin" not in _titles(mine)


def test_the_year_is_counted_and_its_days_are_on_the_calendar(till: Till) -> None:
    till.figures()
    first, last = till.year
    assert composed.figures(till.pole, first, last) == []
    till.call(till.voted())
    told = {one.code: str(one.value) for one in composed.figures(till.pole, first, last)}
    assert told == {"fees.called": str(Euro(70_000)), "fees.settled": str(Euro(0))}
    ws = _of(till, till.animator)
    stamps = composed.stamps(ws, till.today - timedelta(days=40), till.today)
    assert len(stamps) == 1
    assert [one.title for one in composed.found(ws, "barème", 5)] == ["Barème"]
    assert composed.found(ws, "  ", 5) == []


def test_an_invented_pole_has_fees_once_and_says_that_they_are_invented(till: Till) -> None:
    demo.fill(till.pole, till.animator)
    count = CalledFee.objects.count()
    assert count > 1
    demo.fill(till.pole, till.animator)
    assert CalledFee.objects.count() == count
    assert all("exemple fictif" in row.name for row in ScaleVersion.objects.all())


def test_what_is_held_of_a_person_is_given(till: Till) -> None:
    till.figures()
    held = personal.exported(till.animator)["cotisations"]
    assert len(held["chiffres"]) == 2


def _simulated(till: Till, *more: str) -> str:
    out = StringIO()
    call_command("economics_fees_simulate", till.pole.slug, *more, stdout=out)
    return out.getvalue()


def test_the_command_compares_a_file_with_the_scale_in_force(till: Till, tmp_path: Path) -> None:
    till.figures()
    till.voted()
    path = tmp_path / "bareme.json"
    path.write_text(json.dumps({**SAID, "name": "Plancher", "least": 10_000}), encoding="utf-8")
    told = json.loads(_simulated(till, "--after", str(path), "--json"))
    assert (told["total_before_cents"], told["total_after_cents"], told["difference_cents"]) == (
        70_000,
        75_000,
        5_000,
    )
    assert (told["after"], told["more"], told["same"], told["unknown"]) == ("Plancher", 1, 2, 0)
    assert {one["name"]: one["after_cents"] for one in told["members"]}["Cantine"] == 10_000
    plain = _simulated(till, "--after", "1", "--before", "rien")
    assert "700" in plain
    assert "Ville" in plain
    yaml = tmp_path / "bareme.yaml"
    yaml.write_text("lines:\n- {basis: flat, brackets: [{floor: 0, cents: 100}]}\n", encoding="utf-8")
    assert json.loads(_simulated(till, "--after", str(yaml), "--json"))["total_after_cents"] == 300
    assert ScaleVersion.objects.count() == 1


@pytest.mark.parametrize("text", ["lines: [", "lines: []", "12", "a: &x 1\nb: *x", '{"lines": 1.5}'])
def test_the_command_refuses_what_is_no_scale(till: Till, tmp_path: Path, text: str) -> None:
    path = tmp_path / "bareme.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError):
        _simulated(till, "--after", str(path))


def test_the_command_refuses_what_is_not_there(till: Till, tmp_path: Path) -> None:
    for arguments in (
        ["--after", "9"],
        ["--after", str(tmp_path / "rien.json")],
        ["--after", "1", "--year", "1"],
    ):
        with pytest.raises(CommandError):
            _simulated(till, *arguments)
    with pytest.raises(CommandError):
        call_command("economics_fees_simulate", "nulle-part", "--after", "1")
