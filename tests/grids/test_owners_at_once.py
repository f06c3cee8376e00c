"""Two people of one organisation at the same moment: one publication, and no word lost in a draft."""

import pytest

from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.actors.actions import create_actor
from terreau.common.errors import DomainError
from terreau.grids import drafts, sections
from terreau.grids.models import GridVersion
from terreau.journal.models import Event
from tests.grids.owned import FIRST, file
from tests.two_connections import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def deposited() -> tuple[GridVersion, User]:
    """A draft, and one of its people."""
    user = User.objects.create_user("un@g.example.org", name="un")
    actor = create_actor("Notre réseau", source=None, public=True)
    belonging.found(user, actor, by=user)
    return drafts.deposit(file(FIRST), owner=actor, by=user), user


def test_of_two_publications_one_is_told_no(deposited: tuple[GridVersion, User]) -> None:
    """One version, one event, one refusal that says why."""
    row, user = deposited
    told = at_once(*[lambda: drafts.publish(row, revision=row.revision, note="", by=user)] * 2)
    assert sum(isinstance(one, GridVersion) for one in told) == 1
    (refused,) = (one for one in told if not isinstance(one, GridVersion))
    assert isinstance(refused, DomainError)
    assert refused.status == 409
    assert Event.objects.filter(verb="grid.published").count() == 1


def test_two_parts_written_at_once_are_both_kept(deposited: tuple[GridVersion, User]) -> None:
    """Different criteria: each is written on what the other has just written."""
    row, user = deposited

    def wrote(code: str) -> GridVersion:
        before = sections.read_criterion(sections.find(drafts.document(row), code))
        return drafts.write(
            row,
            lambda found: sections.read_criterion(sections.find(found, code)),
            lambda found, fields: sections.put_criterion(found, code, fields),
            base=before,
            mine={**before, "title_fr": f"Écrit pour {code}"},
            by=user,
        )

    told = at_once(lambda: wrote("a"), lambda: wrote("b"))
    assert all(isinstance(one, GridVersion) for one in told), told
    titles = {one["code"]: one["title"]["fr"] for one in GridVersion.objects.get().content["criteria"]}
    assert (titles["a"], titles["b"]) == ("Écrit pour a", "Écrit pour b")
