"""What the tests of poles start from."""

import pytest

from terreau.poles.models import Listing, SeedEntry
from terreau.subjects.models import Subject


@pytest.fixture
def empty(zones: None) -> None:
    """The territories, and a register as if nothing had been loaded, whatever ran before."""
    SeedEntry.objects.all().delete()
    Listing.objects.all().delete()
    Subject.objects.filter(kind__in=["pole", "actor", "place"]).update(public=False)
