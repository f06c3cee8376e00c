"""A label and a pole that may ask for it."""

import pytest

from tests.labels.making import Labelling
from tests.labels.making import labelling as make


@pytest.fixture
def labelling(db: None) -> Labelling:
    """Return a label, its keepers, a pole whose evaluation is concluded."""
    return make()
