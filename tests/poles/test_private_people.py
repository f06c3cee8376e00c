"""Who is in a pole without being public is told to its own people only."""

import pytest
from django.test import Client

from terreau.actors.actions import create_actor
from terreau.poles import directory, listing
from terreau.poles.directory import Filters
from terreau.poles.models import Carrier, Membership, Pole
from terreau.sheets.poles import pole_sheet
from terreau.subjects.models import Subject
from tests.people import POLE_A, People


@pytest.mark.parametrize("rows", [Membership, Carrier])
def test_a_private_actor_of_a_public_pole_is_hidden(
    client: Client, people: People, rows: type[Membership] | type[Carrier]
) -> None:
    pole = Pole.objects.get(slug=POLE_A)
    source = pole.actor.source
    actor = create_actor("Chêneraie discrète", source=source, public=True)
    rows.objects.create(pole=pole, actor=actor, source=source)
    name = actor.name
    listing.project([pole.pk])
    assert directory.page(Filters(q=name)).total == 1
    Subject.objects.filter(pk=actor.pk).update(public=False)
    listing.project([pole.pk])
    held = pole_sheet(POLE_A)
    assert actor.pk not in {line.actor.pk for line in (*held.members, *held.carriers)}
    assert directory.page(Filters(q=name)).total == 0
    assert name not in client.get(f"/api/v1/poles/{POLE_A}").content.decode()
    own = pole_sheet(POLE_A, people.animator)
    assert actor.pk in {line.actor.pk for line in (*own.members, *own.carriers)}
