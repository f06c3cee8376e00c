"""Two connections: two officers on one file, two on one sheet, one batch sent twice."""

from uuid import uuid4

import pytest

from terreau.common.errors import DomainError, StaleWriteError
from terreau.dossiers import moving
from terreau.dossiers.models import Transition
from terreau.instruction import assigning, bulk, desk
from terreau.instruction.models import Assignment, Bulk, Desk
from tests.instruction.conftest import make
from tests.two_connections import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_officers_take_decide_and_write_one_file() -> None:
    office = make()
    dossier, version = office.files[0], office.files[0].version
    other = office.owner
    office.call.roles.create(user=other, role="officer", valid_from=office.call.opens_at.date())
    took = at_once(
        lambda: assigning.take(office.fresh(0), by=office.officer),
        lambda: assigning.take(office.fresh(0), by=other),
    )
    assert sum(isinstance(one, Assignment) for one in took) == 1
    assert [one.code for one in took if isinstance(one, DomainError)] == ["taken"]
    decided = at_once(
        lambda: moving.move(office.fresh(0), "admit", by=office.officer, base_version=version),
        lambda: desk.reject(office.fresh(0), reason="Hors sujet.", by=other, base_version=version),
    )
    assert sum(isinstance(one, Transition) for one in decided) == 1
    assert sum(isinstance(one, StaleWriteError) for one in decided) == 1
    assert Transition.objects.filter(dossier=dossier).count() == 1
    wrote = at_once(
        lambda: desk.write(office.fresh(1), base={}, mine={"summary": "Solide."}, by=office.officer),
        lambda: desk.write(office.fresh(1), base={}, mine={"note": "À voir."}, by=other),
    )
    assert not [one for one in wrote if isinstance(one, Exception)]
    row = Desk.objects.get(pk=office.files[1].pk)
    assert (row.summary, row.note) == ("Solide.", "À voir.")
    key, held = uuid4(), office.held(office.officer)
    order = bulk.Order("move", (office.files[2].pk, office.files[3].pk), step="admit")
    done = at_once(*[lambda: bulk.do(office.call, order, key=key, by=office.officer, held=held)] * 2)
    assert Bulk.objects.count() == 1
    assert [isinstance(one, bulk.Done) for one in done] == [True, True]
    assert Transition.objects.filter(dossier__in=office.files[2:]).count() == 2
