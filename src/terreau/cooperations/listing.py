"""The cooperations of a pole as their list shows them: filtered, with who takes part and how far they go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.http import QueryDict

from terreau.common.text import fold
from terreau.cooperations import rules, words
from terreau.cooperations.models import Cooperation, Form
from terreau.cooperations.network import Fabric
from terreau.design.paging import Cursor, Page, decode, encode

LIVING, ENDED, ALL = "en-cours", "finies", "toutes"
_LIMIT = 40


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of the list asks for; a word that means nothing is left out."""

    form: str = ""
    level: str = ""
    actor: str = ""
    state: str = LIVING
    words: str = ""

    @property
    def ended_too(self) -> bool:
        """Say whether those that ended are asked for beside the living ones."""
        return self.state == ALL

    @classmethod
    def parse(cls, sent: QueryDict) -> Asked:
        """Read the filters."""
        form, level = sent.get("forme", ""), sent.get("intensite", "")
        state = sent.get("etat", LIVING)
        return cls(
            form if form in Form.values else "",
            level if level in words.ranks() else "",
            identifier(sent.get("membre", "")),
            state if state in {LIVING, ENDED, ALL} else LIVING,
            sent.get("q", "").strip()[:100],
        )

    @property
    def filtered(self) -> bool:
        """Say whether the list is narrowed."""
        return self != Asked()


@dataclass(frozen=True, slots=True)
class Line:
    """A cooperation in the list."""

    row: Cooperation
    level: str
    rank: int
    parties: Sequence[tuple[str, str]]

    @property
    def form(self) -> str:
        """The words of its form."""
        return words.form_label(self.row.form)

    @property
    def object(self) -> str:
        """The words of its object."""
        return words.object_label(self.row.object)

    @property
    def level_label(self) -> str:
        """The words of its level."""
        return words.level_label(self.level)


def identifier(typed: str) -> str:
    """Return the identifier written in an address, as 32 digits; empty for anything else."""
    try:
        return UUID(typed).hex
    except ValueError:
        return ""


def chosen(found: Fabric, asked: Asked, today: date) -> list[rules.Deed]:
    """Return the cooperations that the filters keep, the latest first."""
    rows = [deed for deed in found.deeds if _kept(found, deed, asked, today)]
    return sorted(rows, key=lambda deed: (deed.life.start or date.min, deed.key), reverse=True)


def page(deeds: Sequence[rules.Deed], cursor: str | None) -> Page[rules.Deed]:
    """Return one page of the list."""
    start = decode(cursor, 1).key[0] if cursor else 0
    first = start if isinstance(start, int) and 0 < start < len(deeds) else 0
    after = first + _LIMIT
    return Page(
        list(deeds[first:after]),
        encode(Cursor((after,))) if after < len(deeds) else None,
        encode(Cursor((max(first - _LIMIT, 0),))) if first else None,
        len(deeds),
    )


def lines(found: Fabric, deeds: Sequence[rules.Deed], today: date) -> list[Line]:
    """Return the lines of these cooperations (one query): of an ended one, as it was on its last day."""
    rows = {row.pk.hex: row for row in Cooperation.objects.filter(pk__in=[deed.key for deed in deeds])}
    return [_line(found, deed, rows[deed.key], today) for deed in deeds if deed.key in rows]


def _line(found: Fabric, deed: rules.Deed, row: Cooperation, today: date) -> Line:
    ended = deed.life.end is not None and deed.life.end <= today
    day = date.fromordinal(deed.life.end.toordinal() - 1) if ended and deed.life.end else today
    rank = rules.rank_on(deed.steps, day)
    here = {actor for actor, span in deed.parties if span.holds(day)}
    parties = sorted(((actor, found.names.get(actor, "")) for actor in here), key=lambda one: fold(one[1]))
    return Line(row, words.level_of(rank), rank, parties)


def _kept(found: Fabric, deed: rules.Deed, asked: Asked, today: date) -> bool:
    living = deed.life.end is None or deed.life.end > today
    if asked.state != ALL and living != (asked.state == LIVING):
        return False
    if asked.form and asked.form not in {deed.form, rules.WIDER[deed.form]}:
        return False
    if asked.level and rules.rank_on(deed.steps, today) < words.ranks()[asked.level]:
        return False
    if asked.actor and all(actor != asked.actor for actor, _span in deed.parties):
        return False
    return not asked.words or fold(asked.words) in fold(found.titles[deed.key].title)
