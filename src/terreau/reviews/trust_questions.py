"""The questions on trust, as content: ours, each with what it draws on."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from terreau.common.content import read_list

#: Values of an answer, in words.
WORDS = {
    5: _("tout à fait d'accord"),
    4: _("plutôt d'accord"),
    3: _("ni d'accord ni pas d'accord"),
    2: _("plutôt pas d'accord"),
    1: _("pas du tout d'accord"),
    0: _("je ne sais pas, ou je préfère ne pas répondre"),
}


@cache
def questions() -> tuple[dict[str, Any], ...]:
    """Return the questions: ``code``, ``text`` in both languages, ``source``; refused with their line."""
    found = []
    for row in read_list(Path(__file__).with_name("content") / "trust.yaml"):
        row.expect({"code", "text", "source"})
        text = row.section("text").expect({"fr", "en"})
        found.append({"code": str(row["code"]), "text": dict(text), "source": str(row["source"])})
    return tuple(found)
