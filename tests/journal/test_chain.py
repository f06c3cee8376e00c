"""Events are chained; whatever is altered, removed or slipped in is found."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO
from json import loads

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from terreau.accounts.models import User
from terreau.journal import rules
from terreau.journal.actions import record, record_batch, seal
from terreau.journal.models import Event, Seal
from terreau.journal.verification import verify
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject
from tests.append_only import stepping_aside
from tests.two_connections import at_once

pytestmark = pytest.mark.django_db


@contextmanager
def forger() -> Iterator[Callable[[str], object]]:
    """Give the hand of somebody who holds the database and has put the triggers aside."""
    statements = stepping_aside(connection, ["SELECT 1"])
    middle = statements.index("SELECT 1")
    connection.check_constraints()
    with connection.cursor() as cursor:
        for statement in statements[:middle]:
            cursor.execute(statement)
        yield cursor.execute
        connection.check_constraints()
        for statement in statements[middle + 1 :]:
            cursor.execute(statement)


@pytest.fixture
def chain() -> Subject:
    subject = subjects.create("actor")
    person = User.objects.create_user("a@example.org", name="Ada")
    for rank in range(4):
        record(subject, "name.changed", by=person if rank else None, data={"to": f"É{rank}", "n": rank})
    return subject


def test_events_are_chained_and_sound(chain: Subject) -> None:
    first, second, *_rest = Event.objects.filter(subject=chain)
    assert (first.seq, first.previous, second.previous) == (1, "", first.hash)
    assert verify() == []
    assert "Ada" not in str(list(Event.objects.values()))


def test_any_text_is_read_back_alike() -> None:
    """Tabs, line ends, backslashes: whatever the way rows are read, they are hashed as they were written."""
    texts = ["\\", "\\n", "\n\r\t\b\f\v", "\\\\t", "é\u2028𝄞", '"', "\\N"]
    record(subjects.create("actor"), "name.changed", by=None, data={"to": texts})
    assert verify() == []


def test_a_line_end_in_the_place_of_its_escape_is_found() -> None:
    record(subjects.create("actor"), "name.changed", by=None, data={"to": "a\nb"})
    with forger() as execute:
        execute('UPDATE journal_event SET data = \'{"to":"a\nb"}\'')
    assert [problem.kind for problem in verify()] == ["altered"]


def test_an_instant_on_a_whole_second_is_read_back_alike() -> None:
    with time_machine.travel(datetime(2026, 5, 1, 12, tzinfo=UTC), tick=False):
        record(subjects.create("actor"), "name.changed", by=None)
    assert verify() == []


@pytest.mark.parametrize("verb", ["", "Fait", "name changed", 'x"', "é"])
def test_a_verb_has_one_shape(verb: str) -> None:
    with pytest.raises(ValueError, match="verb"):
        record(subjects.create("actor"), verb, by=None)


def test_floats_are_not_journalled() -> None:
    with pytest.raises(TypeError, match="float"):
        record(subjects.create("actor"), "name.changed", by=None, data={"x": 0.1})


@pytest.mark.parametrize("sql", ["UPDATE journal_event SET seq = seq + 10", "DELETE FROM journal_event"])
def test_the_database_refuses_to_change_the_past(chain: Subject, sql: str) -> None:
    with (
        pytest.raises(DatabaseError, match="append_only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert verify() == []


def test_the_database_refuses_to_change_a_seal(chain: Subject) -> None:
    seal()
    for verb in (lambda: Seal.objects.update(count=1), lambda: Seal.objects.all().delete()):
        with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
            verb()


@pytest.mark.parametrize(
    ("sql", "kinds"),
    [
        ("UPDATE journal_event SET data = '{\"n\":9}' WHERE seq = 2", {"altered"}),
        ('UPDATE journal_event SET "by" = NULL WHERE seq = 3', {"altered"}),
        ("UPDATE journal_event SET verb = 'name.kept' WHERE seq = 4", {"altered"}),
        ("UPDATE journal_event SET hash = previous WHERE seq = 2", {"altered", "chain"}),
        ("DELETE FROM journal_event WHERE seq = 2", {"missing"}),
        ("DELETE FROM journal_event WHERE seq = 1", {"missing"}),
        ("UPDATE journal_event SET seq = 12 WHERE seq = 4", {"missing", "altered"}),
    ],
)
def test_a_forgery_is_found(chain: Subject, sql: str, kinds: set[str]) -> None:
    with forger() as execute:
        execute(sql)
    assert {problem.kind for problem in verify()} == kinds


def test_the_end_of_a_chain_cut_off_is_found_by_the_seal(chain: Subject) -> None:
    seal()
    with forger() as execute:
        execute("DELETE FROM journal_event WHERE seq = 4")
    assert [problem.kind for problem in verify()] == ["seal"]


def test_a_rewritten_event_is_found_by_the_seal_even_rehashed(chain: Subject) -> None:
    seal()
    last = Event.objects.get(seq=4)
    forged = rules.event_hash(chain.pk.hex, 4, last.verb, rules.instant(last.at), None, "{}", last.previous)
    with forger() as execute:
        execute(f"UPDATE journal_event SET \"by\" = NULL, data = '{{}}', hash = '{forged}' WHERE seq = 4")
    assert [problem.kind for problem in verify()] == ["seal"]


def test_seals_follow_one_another(chain: Subject) -> None:
    first = seal()
    assert seal() is None, "nothing new: no seal"
    record_batch(chain, "facts.imported", by=None, digest="ab" * 32, count=12)
    second = seal()
    assert first
    assert second
    assert (second.previous, second.first_event, second.count) == (first.hash, first.last_event + 1, 1)
    assert verify() == []


def test_the_command_answers_in_json(chain: Subject) -> None:
    out = StringIO()
    call_command("journal_seal", stdout=out)
    call_command("journal_verify", "--json", stdout=out)
    assert loads(out.getvalue().splitlines()[-1]) == {"sound": True, "events": 4, "seals": 1, "problems": []}
    with forger() as execute:
        execute("UPDATE journal_event SET data = '{}' WHERE seq = 2")
    out = StringIO()
    with pytest.raises(CommandError, match=r"1 problème"):
        call_command("journal_verify", "--json", stdout=out)
    assert [problem["kind"] for problem in loads(out.getvalue())["problems"]] == ["altered"]


@pytest.mark.django_db(transaction=True)
def test_writers_of_one_chain_wait_for_one_another() -> None:
    subject = subjects.create("actor")

    def write() -> None:
        for _ in range(5):
            record(subject, "name.changed", by=None)

    results = at_once(write, write, write, seal)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert list(Event.objects.values_list("seq", flat=True)) == list(range(1, 16))
    assert verify() == []
