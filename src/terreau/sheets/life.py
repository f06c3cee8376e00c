"""What a pole chose to show of its life: bodies, decisions, cooperations, means, projects… item by item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from terreau.cooperations.models import Cooperation, Stream
from terreau.exchanges.models import Offering, Purchase, Tender
from terreau.governance.models import Body, Decision, Statute
from terreau.indicators.models import Edition, Indicator
from terreau.labels.models import LabelRequest
from terreau.labels.read import granted
from terreau.means.models import Means
from terreau.pieces.models import Document
from terreau.poles.models import Pole
from terreau.poles.workspace import Published
from terreau.projects.models import Activity, JointProject, Need, Strategy
from terreau.sheets import documents, rooms

#: The parts of the page, in their order; what a room calls otherwise stands under the last one.
SECTIONS: Final[Mapping[str, Any]] = {
    "reports": _("Rapports annuels"),
    "projects": _("Stratégie, projets et activités"),
    "cooperations": _("Coopérations"),
    "exchanges": _("Ce que les membres offrent et font ensemble"),
    "means": _("Moyens partagés"),
    "governance": _("Comment le pôle décide"),
    "labels": _("Labels reçus"),
    "indicators": _("Indicateurs"),
    "documents": _("Documents"),
}
_LAST: Final = "indicators"
#: All that has a mark « published »: what a pole shows nothing of needs no page.
_SHOWN: Final = (
    *(
        Body,
        Decision,
        Statute,
        Cooperation,
        Stream,
        Offering,
        Purchase,
        Tender,
        Means,
        JointProject,
        Activity,
    ),
    *(Need, Strategy, Indicator, Edition),
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page and what stands in it."""

    code: str
    title: str
    items: tuple[Published, ...]


def shows_something(pole: Pole) -> bool:
    """Say whether a pole shows anything of its workspace to everybody (one query)."""
    marks = [Q(Exists(model.objects.filter(pole=OuterRef("pk"), public=True))) for model in _SHOWN]
    public = Document.objects.filter(
        subject=OuterRef("pk"), audience=Document.Audience.PUBLIC, withdrawn_at=None
    )
    given = LabelRequest.objects.filter(granted(), pole=OuterRef("pk"))
    found = [*marks, Q(Exists(public)), Q(Exists(given))]
    return Pole.objects.filter(reduce(or_, found), pk=pole.pk).exists()


def life(pole: Pole, on: date) -> list[Part]:
    """Return what a pole shows, by part; a part of which it shows nothing is left out."""
    held: dict[str, list[Published]] = {code: [] for code in SECTIONS}
    held["documents"] += [
        Published("documents", title, on=day, path=path) for title, path, day in documents.published(pole)
    ]
    for one in rooms.published(pole, on):
        held[one.section if one.section in held else _LAST].append(one)
    return [Part(code, str(SECTIONS[code]), tuple(items)) for code, items in held.items() if items]
