"""Two people at the same sheet at the same moment, each with a connection."""

import threading
from datetime import date

import pytest
from django.db import connection

from terreau.actors import actions
from terreau.actors.actions import NewFunction
from terreau.actors.models import Actor, ActorFunction
from terreau.common.errors import DomainError
from terreau.pieces.sources import source as cite

pytestmark = pytest.mark.django_db(transaction=True)


def both(*verbs):
    """Run verbs at once, each on its own connection; return what each gave or raised."""
    start, answers = threading.Barrier(len(verbs)), [None] * len(verbs)

    def run(place, verb):
        start.wait()
        try:
            answers[place] = verb()
        except DomainError as error:
            answers[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(verbs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


@pytest.fixture
def archer():
    source = cite("page", "exemple", "Page d'exemple")
    return actions.create_actor("Archer", source=source, public=True)


def test_changes_to_two_fields_are_both_kept(archer):
    mine, yours = (Actor.objects.get(pk=archer.pk) for _ in range(2))
    answers = both(
        lambda: actions.change(mine, mine={"legal_nature": "company"}, by=None),
        lambda: actions.change(yours, mine={"size_class": "12"}, by=None),
    )
    assert not [answer for answer in answers if isinstance(answer, DomainError)]
    after = Actor.objects.get(pk=archer.pk)
    assert (after.legal_nature, after.size_class, after.version) == ("company", "12", 3)


def test_of_two_changes_to_one_field_one_is_told(archer):
    mine, yours = (Actor.objects.get(pk=archer.pk) for _ in range(2))
    answers = both(
        lambda: actions.change(mine, mine={"legal_nature": "company"}, by=None),
        lambda: actions.change(yours, mine={"legal_nature": "association"}, by=None),
    )
    told = [answer for answer in answers if isinstance(answer, DomainError)]
    assert [error.code for error in told] == ["stale_actor"]
    kept = next(answer for answer in answers if not isinstance(answer, DomainError))
    assert Actor.objects.get(pk=archer.pk).legal_nature == kept.legal_nature


def test_a_function_taken_twice_at_once_is_held_once(archer):
    taken = NewFunction("bank", valid_from=date(2020, 1, 1))
    answers = both(
        lambda: actions.add_function(archer, taken, by=None),
        lambda: actions.add_function(archer, taken, by=None),
    )
    assert [error.code for error in answers if isinstance(error, DomainError)] == ["bad_actorfunction"]
    assert ActorFunction.objects.filter(actor=archer).count() == 1
