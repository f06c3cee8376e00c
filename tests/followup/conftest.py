"""A file that runs."""

import pytest

from terreau.grids.models import GridVersion
from tests.followup.making import Course
from tests.followup.making import course as make
from tests.reviews.conftest import content, published


@pytest.fixture
def course(db: None) -> Course:
    """Return a file that runs, with people of both sides."""
    return make()


@pytest.fixture
def scale(db: None) -> GridVersion:
    """Return a small scale grid that is published."""
    return published(content())
