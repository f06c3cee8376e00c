"""The model that a charter may start from: a grid of nature « charter », ours, generic, made to be rewritten.

It bears no national name (facts-poles §3): the text of the national charter is not held, and not imitated.
"""

from __future__ import annotations

from terreau.charters.rules import Content
from terreau.common.errors import NotFoundError
from terreau.grids import store
from terreau.grids.language import Grid

#: The grid, and the axes that are the three parts of a charter.
MODEL, PREAMBLE, VALUES, COMMITMENTS = "charte-modele", "preambule", "valeurs", "engagements"


def model() -> Content | None:
    """Return the words of the model, None when this site has not loaded it."""
    try:
        return content_of(store.grid(MODEL))
    except NotFoundError:
        return None


def content_of(grid: Grid) -> Content:
    """Return a grid of nature « charter » as the content of a charter: axes are its parts."""
    preambles = {axis.code: axis.text for axis in grid.axes}
    preamble = preambles.get(PREAMBLE) or {}
    return Content(
        {language: preamble.get(language, "") for language in ("fr", "en")},
        tuple(dict(one.text) for one in grid.of_axis(VALUES)),
        tuple(dict(one.text) for one in grid.of_axis(COMMITMENTS)),
    )
