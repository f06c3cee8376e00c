"""Netting: positions kept, nobody owes more, as much cleared as a linear programme proves possible."""

import csv
import json
from collections import Counter
from io import StringIO
from pathlib import Path

import highspy
import numpy as np
import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from terreau.netting import rules as netting
from terreau.netting import solver
from terreau.netting.rules import Obligation

NAMES = st.sampled_from(["scop", "régie", "asso", "ville", "ferme", "atelier"])
OWED = st.lists(
    st.builds(Obligation, NAMES, NAMES, st.integers(1, 10**9)).filter(lambda one: one.debtor != one.creditor),
    max_size=14,
)


def _owed(*rows: tuple[str, str, int]) -> list[Obligation]:
    return [Obligation(*row) for row in rows]


def test_a_cycle_is_cancelled_and_the_rest_stays() -> None:
    owed = _owed(("a", "b", 500), ("b", "c", 300), ("c", "a", 400), ("c", "d", 50))
    found = netting.net(owed)
    assert (found.total, found.cleared, found.after) == (1250, 900, (200, 0, 100, 50))


def test_a_longer_cycle_is_preferred_to_a_shorter_one() -> None:
    owed = _owed(("a", "b", 10), ("b", "a", 10), ("b", "c", 10), ("c", "a", 10))
    assert netting.net(owed).cleared == 30


def test_obligations_of_one_pair_are_cancelled_in_their_order() -> None:
    owed = _owed(("a", "b", 30), ("b", "a", 50), ("a", "b", 40))
    assert netting.net(owed).after == (0, 0, 20)


def test_nothing_to_cancel_and_nothing_at_all() -> None:
    assert netting.net(_owed(("a", "b", 5), ("b", "c", 5))).cleared == 0
    assert netting.net([]) == netting.Netting(0, 0, ())


@settings(max_examples=25, deadline=None)
@given(OWED)
def test_positions_are_kept_nobody_owes_more_and_the_optimum_is_reached(owed: list[Obligation]) -> None:
    found = netting.net(owed)
    before, after = Counter[str](), Counter[str]()
    for one, remains in zip(owed, found.after, strict=True):
        assert 0 <= remains <= one.cents
        before.update({one.debtor: -one.cents, one.creditor: one.cents})
        after.update({one.debtor: -remains, one.creditor: remains})
    assert {name: before[name] for name in before} == {name: after[name] for name in before}
    assert netting.same_positions(owed, found.after)
    assert found.cleared == sum(one.cents for one in owed) - sum(found.after) == _proven(owed)


def test_what_moves_a_position_or_grows_is_told() -> None:
    owed = _owed(("a", "b", 5), ("b", "a", 5))
    assert not netting.same_positions(owed, (0, 5))
    assert not netting.same_positions(owed, (6, 6))


def _proven(owed: list[Obligation]) -> int:
    """Return the greatest circulation by a linear programme, which knows nothing of ours."""
    if not owed:
        return 0
    names = sorted({name for one in owed for name in (one.debtor, one.creditor)})
    model = highspy.Highs()  # type: ignore[no-untyped-call]
    model.silent()
    for one in owed:
        model.addVar(0, one.cents)
    model.changeColsCost(len(owed), np.arange(len(owed), dtype=np.int32), np.full(len(owed), -1.0))
    for name in names:
        signs = [(i, (one.creditor == name) - (one.debtor == name)) for i, one in enumerate(owed)]
        held = [(i, sign) for i, sign in signs if sign]
        places = np.array([i for i, _ in held], np.int32)
        model.addRow(0, 0, len(held), places, np.array([sign for _, sign in held], float))
    model.run()
    return round(-model.getInfo().objective_function_value)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (("", "b", 5), "no_party"),
        (("a", "a", 5), "same_party"),
        (("a", "b", 0), "bad_amount"),
        (("a", "b", -1), "bad_amount"),
        (("a", "b", 10**15 + 1), "bad_amount"),
    ],
)
def test_what_cannot_be_netted_is_told(row: tuple[str, str, int], code: str) -> None:
    owed = [Obligation("x", "y", 1), Obligation(*row)]
    assert [(one.line, one.code) for one in netting.check(owed)] == [(1, code)]
    with pytest.raises(ValueError, match=code):
        netting.net(owed)


def test_a_solver_that_lasts_is_stopped() -> None:
    with pytest.raises(solver.TooLong):
        netting.net(_owed(("a", "b", 5), ("b", "a", 5)), seconds=0.001)


def _file(folder: Path, *rows: tuple[object, ...], heading: str = "debtor,creditor,amount_cents") -> Path:
    path = folder / "dettes.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write(heading + "\r\n")
        csv.writer(stream).writerows(rows)
    return path


def test_the_command_answers_as_its_contract_says(tmp_path: Path) -> None:
    path = _file(tmp_path, ("SCOP « Le Fil »", "b", 500), ("b", "SCOP « Le Fil »", 300))
    out = StringIO()
    call_command("economics_net", input=path, json=True, stdout=out)
    assert json.loads(out.getvalue()) == {
        "cleared_cents": 600,
        "total_cents": 800,
        "obligations": [
            {"debtor": "SCOP « Le Fil »", "creditor": "b", "before_cents": 500, "after_cents": 200},
            {"debtor": "b", "creditor": "SCOP « Le Fil »", "before_cents": 300, "after_cents": 0},
        ],
        "positions_preserved": True,
    }


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("a", "b", "12,50")], "Ligne 2"),
        ([("a", "b", 5), ("a", "b", -3), ("", "b", 3)], "Ligne 3"),
        ([("a", "b")], "Ligne 2"),
        ([("a", "b", "9" * 5000)], "Ligne 2"),
        ([("a", "b", "١٢")], "Ligne 2"),
    ],
)
def test_a_bad_file_is_told_line_by_line(tmp_path: Path, rows: list[tuple[object, ...]], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("economics_net", input=_file(tmp_path, *rows))


def test_a_total_beyond_what_is_counted_is_refused(tmp_path: Path) -> None:
    rows = [(f"a{i}", f"b{i}", 10**15) for i in range(2**62 // 10**15 + 1)]
    with pytest.raises(CommandError, match="trop grand"):
        call_command("economics_net", input=_file(tmp_path, *rows))


def test_what_is_no_such_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="colonnes"):
        call_command("economics_net", input=_file(tmp_path, heading="de,a,montant"))
    with pytest.raises(CommandError, match="s'ouvre pas"):
        call_command("economics_net", input=tmp_path / "absent.csv")
    binary = tmp_path / "x.csv"
    binary.write_bytes(b"\x00\xff\xfe")
    with pytest.raises(CommandError):
        call_command("economics_net", input=binary)
