"""A pole without legal form, its carrier, two members and their people."""

import pytest

from tests.web import espace_yard
from tests.web.espace_yard import Yard


@pytest.fixture
def yard(db: None) -> Yard:
    """Return the pole and its people."""
    return espace_yard.make()
