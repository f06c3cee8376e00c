"""What a line of the book, some hours or a document may be about: the pole, and what its rooms hold.

Each thing of the workspace that has a subject is named here once, for lists to choose from and for pages that
cite it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import CharField, F, IntegerField, Model, QuerySet, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.cooperations.models import Cooperation
from terreau.exchanges.models import Purchase, Tender
from terreau.governance.models import Decision
from terreau.means.models import Means
from terreau.poles.models import Pole
from terreau.projects.models import Activity, JointProject, Need


@dataclass(frozen=True, slots=True)
class Purpose:
    """Something of the workspace: what it is, its name, its French address."""

    pk: UUID
    kind: str
    title: str
    path: str


@dataclass(frozen=True, slots=True)
class _Room:
    """Rows of a room that have a subject: the column of their name, and the page where one is read."""

    kind: Any
    model: type[Model]
    name: str
    page: str
    #: What the address holds: nothing (the page of all of them), ``subject``, or a column that is a number.
    place: str = "subject"

    def rows(self, rank: int, **asked: Any) -> QuerySet[Any]:
        """Return the rows as parts of one query over all rooms: rank, subject, name, number, pole."""
        number = F(self.place) if self.place not in {"", "subject"} else Value(0)
        rows = self.model._default_manager.filter(**asked).order_by()
        return rows.values_list(
            Value(rank, IntegerField()),
            "subject",
            Cast(self.name, CharField()),
            Cast(number, IntegerField()),
            "pole",
        )

    def path(self, home: str, subject: UUID, number: int) -> str:
        """Return the French address of a row."""
        if not self.place:
            return f"{home}{self.page}/"
        return f"{home}{self.page}/{subject if self.place == 'subject' else number}/"


_ROOMS: Final = (
    _Room(gettext_lazy("Projet commun"), JointProject, "title", "projets"),
    _Room(gettext_lazy("Coopération"), Cooperation, "title", "cooperations"),
    _Room(gettext_lazy("Moyen partagé"), Means, "name", "moyens"),
    _Room(gettext_lazy("Activité"), Activity, "name", "activites", ""),
    _Room(gettext_lazy("Appel d'offres"), Tender, "title", "marches"),
    _Room(gettext_lazy("Achat groupé"), Purchase, "title", "achats"),
    _Room(gettext_lazy("Décision"), Decision, "title", "decisions", "number"),
    _Room(gettext_lazy("Besoin ou ressource"), Need, "title", "besoins", ""),
)


def _union(**asked: Any) -> QuerySet[Any]:
    first, *others = (room.rows(rank, **asked) for rank, room in enumerate(_ROOMS))
    return first.union(*others, all=True)


def of_pole(pole: Pole, *, only: Collection[UUID] | None = None) -> dict[UUID, Purpose]:
    """Return everything of the workspace that has a subject, the pole first, then kind by kind: one query.

    ``only`` keeps these subjects.
    """
    home = f"/poles/{pole.slug}/espace/"
    found = {}
    if only is None or pole.pk in only:
        found[pole.pk] = Purpose(pole.pk, _("Le pôle lui-même"), _("Vie du pôle"), home)
    if only is not None and not set(only) - {pole.pk}:
        return found
    asked = {"pole": pole} if only is None else {"pole": pole, "subject__in": list(only)}
    for rank, pk, name, number, _pole in sorted(_union(**asked), key=lambda row: (row[0], row[2].casefold())):
        room = _ROOMS[rank]
        found[pk] = Purpose(pk, str(room.kind), name, room.path(home, pk, number))
    return found


def choices(named: Mapping[UUID, Purpose]) -> list[tuple[str, Any]]:
    """Return what a field offers of what ``of_pole`` found: the pole, then each kind under its name."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in named.values():
        groups.setdefault(one.kind, []).append((str(one.pk), one.title))
    first, *others = groups.items()
    life = [(pk, _("Vie du pôle : animation, réunions")) for pk, _name in first[1]]
    return [*life, *others]


def poles_of(subject: UUID) -> set[UUID]:
    """Return the pole whose workspace holds a subject (never the pole of itself): one query."""
    return {pole for _rank, _pk, _name, _number, pole in _union(subject=subject)}
