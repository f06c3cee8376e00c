"""The invented workspace: marked as such, the same for a seed, refused twice."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.dossiers.models import Dossier
from terreau.followup.models import Conclusion
from terreau.governance.models import Decision
from terreau.labels import requests
from terreau.labels.models import Scheme
from terreau.means.models import Booking
from terreau.poles.models import Pole

pytestmark = pytest.mark.django_db
SMALL = {"members": 8, "bookings": 40, "decisions": 7}


@pytest.fixture
def animator() -> User:
    return User.objects.create_user("claire@people.example.org", name="Claire")


def test_a_workspace_is_invented_and_says_so(animator: User) -> None:
    out = StringIO()
    call_command("demo_workspace", animator=animator.email, json=True, stdout=out, **SMALL)
    made = json.loads(out.getvalue())
    assert (made["members"], made["bookings"], made["decisions"]) == (8, 40, 7)
    assert Decision.objects.count() == 8
    assert Booking.objects.count() == 40
    pole = Pole.objects.get(slug=made["slug"])
    assert pole.fictional
    assert set(Dossier.objects.filter(pole=pole).values_list("state", flat=True)) == {"draft", "evaluation"}
    assert Conclusion.objects.get().concluded_at is not None
    (able,) = requests.able_among(Scheme.objects.get(), [pole], on=timezone.localdate())
    assert able.gate.missing == ("pole_private",)
    assert all(
        "exemple fictif" in name for name in Actor.objects.values_list("name", flat=True).order_by("pk")
    )
    with pytest.raises(CommandError, match="déjà là"):
        call_command("demo_workspace", animator=animator.email, **SMALL)


def test_what_cannot_be_is_refused(animator: User) -> None:
    with pytest.raises(CommandError, match="aucun compte"):
        call_command("demo_workspace", animator="nobody@people.example.org")
    with pytest.raises(CommandError, match="--members"):
        call_command("demo_workspace", animator=animator.email, members=1)
    assert not Pole.objects.exists()
