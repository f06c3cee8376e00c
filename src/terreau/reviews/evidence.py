"""What supports an answer: a fact of the pole or a piece, for one item or for many; private stays private."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.errors import DomainError, NotFoundError
from terreau.facts.models import Fact
from terreau.facts.read import FactView, facts_of
from terreau.grids.models import GridVersion
from terreau.journal.actions import record
from terreau.pieces.models import Piece
from terreau.poles.models import Pole
from terreau.reviews.models import Evidence
from terreau.reviews.statements import questionnaire
from terreau.subjects.actions import lock

#: Items that one act supports at once, and supports of one item.
MOST_ITEMS, MOST_BY_ITEM = 60, 20


@dataclass(frozen=True, slots=True)
class Shown:
    """A support as it is shown: a fact with its value, or a piece with its name; ``id`` is the row's."""

    id: UUID
    kind: str
    title: str
    detail: str
    url: str
    public: bool
    shared: bool
    fact: FactView | None = None

    def as_dict(self, *, inside: bool) -> dict[str, Any]:
        """Return it in JSON types; outside the pole a private piece that is not shared is not named."""
        named = inside or self.public or self.shared
        return {
            "kind": self.kind,
            "title": self.title if named else "",
            "detail": self.detail if named else "",
            "private": not named,
        }


def by_item(pole: Pole, version: GridVersion) -> dict[str, list[Shown]]:
    """Return what supports each answer, by item: three queries whatever their number."""
    rows = Evidence.objects.filter(pole=pole, grid_version=version, removed_at=None)
    held = list(rows.select_related("piece__subject").order_by("at", "pk"))
    facts = _facts(pole, held)
    found: dict[str, list[Shown]] = defaultdict(list)
    for row in held:
        if one := _shown(row, facts):
            found[row.criterion].append(one)
    return found


def _facts(pole: Pole, held: Iterable[Evidence]) -> Mapping[UUID, FactView]:
    if not any(row.fact_id for row in held):
        return {}
    return {view.id: view for view in facts_of(pole.pk)}


def _shown(row: Evidence, facts: Mapping[UUID, FactView]) -> Shown | None:
    if row.piece is not None:
        piece = row.piece
        public = piece.public and piece.subject.public and piece.state == Piece.State.CLEAN
        detail = piece.get_state_display() if piece.state != Piece.State.CLEAN else ""
        return Shown(
            row.pk, "piece", piece.name, detail, f"/pieces/{piece.pk}/", public, row.shared or public
        )
    view = facts.get(row.fact_id) if row.fact_id else None
    if view is None:
        # Superseded since: the row stays, and says that the sheet says otherwise by now.
        title = _("Une donnée de la fiche, corrigée depuis")
        return Shown(row.pk, "fact", title, "", "", public=True, shared=True)
    return Shown(row.pk, "fact", view.label, view.display, "", public=True, shared=True, fact=view)


def add(  # noqa: PLR0913 - keyword-only: each is a part of what is added
    pole: Pole,
    version: GridVersion,
    items: Sequence[str],
    *,
    fact: UUID | None = None,
    piece: Piece | None = None,
    shared: bool = False,
    by: User,
) -> list[Evidence]:
    """Support answers with a fact of the pole or with a piece; items that it supports already are left.

    Raises ``DomainError``: no item of the grid, a fact or a piece of something else.
    """
    known = set(questionnaire(version).codes)
    wanted = [code for code in dict.fromkeys(items) if code in known][:MOST_ITEMS]
    if not wanted:
        raise DomainError("no_item", _("Choisissez au moins un item."), facts={"field": "items"})
    held = _checked(pole, fact, piece)
    with transaction.atomic():
        lock(pole.pk)
        rows = Evidence.objects.filter(pole=pole, grid_version=version, removed_at=None, **held)
        already = set(rows.values_list("criterion", flat=True))
        made = [
            Evidence.objects.create(
                pole=pole,
                grid_version=version,
                criterion=code,
                shared=shared,
                by=by,
                at=timezone.now(),
                **held,
            )
            for code in wanted
            if code not in already
        ]
        told = {"items": [row.criterion for row in made], "kind": "piece" if piece else "fact"}
        record(pole.actor.subject, "evidence.added", by=by, data=told)
    return made


def _checked(pole: Pole, fact: UUID | None, piece: Piece | None) -> dict[str, Any]:
    if piece is not None:
        if piece.subject_id != pole.pk:
            raise DomainError(
                "not_of_the_pole", _("Cette pièce n'est pas de ce pôle."), facts={"field": "piece"}
            )
        return {"piece": piece}
    row = Fact.objects.filter(pk=fact, subject=pole.pk, superseded_at=None).first() if fact else None
    if row is None:
        message = _("Choisissez une donnée de la fiche, ou joignez une pièce.")
        raise DomainError("no_support", message, facts={"field": "fact"})
    return {"fact": row}


def remove(pole: Pole, pk: Any, *, by: User) -> Evidence:
    """Take a support back; the fact or the piece stays where it is. Raises ``NotFoundError``."""
    with transaction.atomic():
        lock(pole.pk)
        row = Evidence.objects.filter(pole=pole, pk=pk, removed_at=None).first()
        if row is None:
            raise NotFoundError("unknown_support", _("Cet appui est déjà retiré."))
        Evidence.objects.filter(pk=row.pk).update(removed_at=timezone.now())
        record(pole.actor.subject, "evidence.removed", by=by, data={"items": [row.criterion]})
    return row


def pieces_of(pole: Pole) -> list[Piece]:
    """Return the pieces of a pole that may support an answer, the newest first."""
    rows = Piece.objects.filter(subject=pole.pk).exclude(state=Piece.State.REFUSED)
    return list(rows.select_related("subject").order_by("-added_at", "pk")[:100])


__all__ = ["Shown", "add", "by_item", "pieces_of", "remove"]
