"""What one act asks of the database for each file: what is the same for all is asked once."""

from uuid import uuid4

from django.db import connection
from django.test.utils import CaptureQueriesContext

from terreau.instruction import bulk, progress
from tests.instruction.conftest import Office


def _moved(office: Office, places: range) -> int:
    """Return how many questions a batch asks that admits these files."""
    order = bulk.Order("move", tuple(office.files[one].pk for one in places), step="admit")
    with CaptureQueriesContext(connection) as asked:
        done = bulk.do(office.call, order, key=uuid4(), by=office.officer, held=office.held(office.officer))
    assert done.count == len(places)
    return len(asked)


def test_a_batch_asks_rights_and_stages_once(office: Office) -> None:
    alone = _moved(office, range(1))
    more = _moved(office, range(1, 4)) - alone
    assert more <= 2 * 23, more


def test_the_progress_of_a_file_is_read_in_one_question(office: Office) -> None:
    office.give(0, 0, 1)
    with CaptureQueriesContext(connection) as asked:
        progress.project([office.files[0].pk])
    read = [one["sql"] for one in asked if one["sql"].startswith(("SELECT", "WITH"))]
    assert len(read) <= 4, read
