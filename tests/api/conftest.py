"""What every test of the API starts from."""

from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def _french() -> Iterator[None]:
    """Start in French: a page of /en read by a test before leaves its language to the thread."""
    with translation.override("fr"):
        yield
