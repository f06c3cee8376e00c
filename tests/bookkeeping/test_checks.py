"""The books hold together, and what does not is found: by the page, by the command, by its exit code."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from terreau.bookkeeping import checks
from terreau.flows import actions as ledger
from terreau.flows.models import Flow
from terreau.imports.models import Import
from tests.web.espace_yard import Yard

TODAY = date(2026, 11, 22)
DAY = date(2026, 3, 2)


def levels(yard: Yard) -> dict[str, str]:
    return {one.code: one.level for one in checks.run(yard.pole, today=TODAY)}


def book(yard: Yard) -> list[Flow]:
    first = yard.line(on=DAY, cents=1_000, method="agreed")
    yard.line(on=DAY, thousandths=3_000)
    ledger.reverse(first, reason="Erreur", by=yard.animator, on=DAY)
    yard.line(
        nature="cash", thousandths=None, unit="", cents=500, on=DAY, instrument="receipt", origin="fee:1"
    )
    return list(Flow.objects.order_by("rank"))


def test_a_sound_book_has_nothing_wrong(yard: Yard) -> None:
    assert set(levels(yard).values()) == {""}
    book(yard)
    found = levels(yard)
    assert checks.WRONG not in found.values()
    assert found["gifts"] == checks.REMARK
    assert found["accounts"] == ""


def touch(sql: str) -> None:
    """Do what only somebody with the database in hand can: set the triggers aside and change a row."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            held = cursor.fetchall()
            for name, _made in held:
                cursor.execute(f'DROP TRIGGER "{name}"')
            cursor.execute(sql)
            for _name, made in held:
                cursor.execute(made)
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in ("flows_flow", "journal_event", "flows_closing"):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(sql)
            for table in ("flows_flow", "journal_event", "flows_closing"):
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("UPDATE flows_flow SET cents = 400 WHERE rank = 4", "digests"),
        ("UPDATE flows_flow SET thousandths = -900 WHERE rank = 3", "corrections"),
        ("UPDATE flows_flow SET rank = 9 WHERE rank = 4", "numbering"),
        ("UPDATE journal_event SET \"by\" = NULL WHERE verb = 'flow.reversed'", "chain"),
        ("DELETE FROM journal_event WHERE verb = 'flow.reversed'", "digests"),
    ],
)
def test_whoever_touches_a_line_is_found(yard: Yard, sql: str, code: str) -> None:
    book(yard)
    touch(sql)
    found = levels(yard)
    assert found[code] == checks.WRONG, found


def test_a_line_written_behind_a_closing_is_found(yard: Yard) -> None:
    rows = book(yard)
    ledger.close(yard.pole.actor, DAY + timedelta(days=1), by=yard.animator)
    assert levels(yard)["closings"] == ""
    touch(f"UPDATE flows_flow SET recorded_at = '2099-01-01 00:00:00' WHERE rank = {rows[1].rank}")
    found = {one.code: one for one in checks.run(yard.pole, today=TODAY)}
    assert found["closings"].findings[0].ranks == (rows[1].rank,)


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_the_command_says_it_and_leaves_with_its_code(yard: Yard) -> None:
    book(yard)
    assert yard.pole.slug in run("flows_check")
    told = json.loads(run("flows_check", "--pole", yard.pole.slug, "--json"))
    assert told["sound"] is True
    assert {one["code"] for one in told["poles"][0]["checks"]} == {
        code for code, _title, _check in checks.CHECKS
    }
    touch("UPDATE flows_flow SET cents = 400 WHERE rank = 4")
    with pytest.raises(CommandError) as refusal:
        run("flows_check", "--pole", yard.pole.slug)
    assert refusal.value.returncode == 1
    with pytest.raises(CommandError) as unknown:
        run("flows_check", "--pole", "nulle-part")
    assert unknown.value.returncode == 2


@pytest.fixture
def sheet(tmp_path: Path, yard: Yard) -> Callable[..., Path]:
    def write(*lines: str) -> Path:
        path = tmp_path / "caisse.csv"
        path.write_text("\n".join(("Date;Libellé;Tiers;Recette;Pièce", *lines)), encoding="utf-8")
        return path

    return write


def test_the_import_command_says_before_it_writes(yard: Yard, sheet: Callable[..., Path]) -> None:
    path = sheet(f"02/03/2026;Cotisation;{yard.bakery.name};120,00;R1")
    said = run("flows_import", str(path), "--pole", yard.pole.slug)
    assert "Rien n'est écrit" in said
    assert not Flow.objects.exists()
    assert not Import.objects.exists()
    run("flows_import", str(path), "--pole", yard.pole.slug, "--save")
    assert Flow.objects.get().cents == 12_000
    told = json.loads(run("flows_import", str(path), "--pole", yard.pole.slug, "--save", "--json"))
    assert told["counts"]["same"] == 1
    written = Import.objects.get(state="written")
    told = json.loads(run("flows_import", "--undo", str(written.pk), "--pole", yard.pole.slug, "--json"))
    assert told["undone"] == 1
    assert levels(yard)["digests"] == levels(yard)["corrections"] == ""


def test_a_bad_file_stops_the_command(yard: Yard, sheet: Callable[..., Path]) -> None:
    path = sheet(f"02/03/2026;Cotisation;{yard.bakery.name};120,00;R1", "02/03/2026;Don;Personne;1.234;R2")
    with pytest.raises(CommandError) as refusal:
        run("flows_import", str(path), "--pole", yard.pole.slug, "--save")
    assert refusal.value.returncode == 2
    assert not Flow.objects.exists()
    with pytest.raises(CommandError):
        run("flows_import", str(path), "--pole", yard.pole.slug, "--kind", "fec")
    with pytest.raises(CommandError, match="nulle-part"):
        run("flows_import", str(path), "--pole", "nulle-part")


def test_the_page_says_what_was_found(yard: Yard, client: Client) -> None:
    where = reverse("espace_book_check", args=[yard.pole.slug])
    for user in (None, yard.stranger, yard.neighbour):
        if user:
            client.force_login(user)
        assert client.get(where).status_code == 404
    book(yard)
    client.force_login(yard.baker)
    assert "Le livre tient" in client.get(where).content.decode()
    assert client.get(where + "?format=csv").getvalue()
    touch("UPDATE flows_flow SET cents = 400 WHERE rank = 4")
    assert "Le livre ne tient pas" in client.get(where).content.decode()
    client.force_login(yard.animator)
    closing = client.get(reverse("espace_closing", args=[yard.pole.slug])).content.decode()
    assert "ne clôturez rien" in closing
