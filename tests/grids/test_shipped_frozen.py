"""A version that was shipped stays what it was: installations hold it, and refuse another in its name."""

import json
from pathlib import Path

from terreau.grids import loading
from terreau.grids.content_rules import check

KNOWN = Path(__file__).parent / "shipped.json"


def test_a_shipped_version_is_never_reworded() -> None:
    """Write a new version of the grid instead (docs/grids.md), then add its line to ``shipped.json``."""
    checked = [check(path.read_bytes()) for path in loading.shipped()]
    found = {f"{one.grid.code}@{one.grid.version}": one.digest for one in checked if one.grid is not None}
    assert found == json.loads(KNOWN.read_text(encoding="utf-8"))
