"""The living file: what the register already holds of an applicant, given to any call that asks for it
(R-86).

« Nothing is asked twice »: a question of a form names a ``source``, and the pole's sheet, its members, its
perimeter, its accounts, fundings, projects, documents, verdicts, or last year's file answer it, each with
where it was read and of which day it is. What is not known is not given: then, and then only, it is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

from django.db.models import Q
from django.utils.translation import gettext as _

from terreau.actors.models import Actor
from terreau.actors.perms import Viewer
from terreau.calls.eligibility import of_grid
from terreau.common.text import fold
from terreau.dossiers.frozen import deposited
from terreau.dossiers.models import Dossier, DossierPiece
from terreau.economics import read as economics
from terreau.economics import sums
from terreau.economics.sums import Cell, View
from terreau.facts.read import FactView, facts_of
from terreau.forecast.models import Funding
from terreau.pieces.models import Document, DocumentLink, Piece
from terreau.poles.models import Carrier, Membership, Pole
from terreau.projects.models import JointProject
from terreau.territories.models import Coverage, Perimeter

_MOST_ROWS: Final = 500


@dataclass(frozen=True, slots=True)
class Given:
    """A value in the shape of its question, where it was read, and of which day it is (None: unknown)."""

    value: Any
    words: str
    on: date | None = None
    pieces: tuple[Piece, ...] = ()
    previous: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return where it comes from, as an answer keeps it."""
        return {"words": self.words, "on": self.on.isoformat() if self.on else ""}


def read(about: Pole | Actor, on: date, *, previous: Dossier | None = None) -> Living:
    """Return the living file of a pole, or of an applicant that is none, as it stands on a day."""
    pole = about if isinstance(about, Pole) else Pole.objects.filter(pk=about.pk).first()
    actor = about.actor if isinstance(about, Pole) else about
    return Living(actor, pole, on, previous)


def of_dossier(dossier: Dossier, on: date, *, viewer: Viewer = None) -> Living:
    """Return what the register holds for a file: of its pole when it has one, and of who applies.

    ``viewer``: who reads the verdicts of grids, which say no more than that person may know.
    """
    return Living(dossier.applicant, dossier.pole, on, dossier.previous, viewer)


@dataclass
class Living:
    """What is held of an applicant (``actor``) and of the pole it is about. Each part is read if asked."""

    actor: Actor
    pole: Pole | None
    on: date
    previous: Dossier | None = None
    viewer: Viewer = None

    def value(self, source: str, kind: str = "text") -> Given | None:
        """Return what the living file has for a source, in the shape of a kind of question; None: ask."""
        head, _colon, tail = source.partition(":")
        if head in _PARTS:
            return _PARTS[head](self, tail, kind)
        head, _dot, tail = source.partition(".")
        about = {"pole": self.pole.actor if self.pole else None, "actor": self.actor}.get(head)
        return self._of_actor(about, tail, kind) if about is not None else None

    # The sheets of the pole and of the applicant

    def _of_actor(self, actor: Actor, name: str, kind: str) -> Given | None:
        own = self._own(actor, name, kind)
        if own is not None:
            return own
        for code in (f"pole.{name}", f"actor.{name}"):
            if (found := self._fact(actor, code, kind)) is not None:
                return found
        return None

    def _own(self, actor: Actor, name: str, kind: str) -> Given | None:  # noqa: PLR0911
        """Return what the identity of an actor says."""
        words = _("fiche du pôle") if self.pole and actor.pk == self.pole.pk else _("fiche de l'organisation")
        if name == "carrier":
            return self._carrier(kind)
        if kind == "actor":
            return Given(_as_answer(actor), words)
        if name == "legal_nature":
            known = actor.legal_nature != "unknown"
            return Given(actor.get_legal_nature_display(), words) if known else None
        if name == "summary" and self.pole is not None:
            text = self.pole.summary.get("fr") or ""
            return Given(text, words) if text else None
        if name == "stage" and self.pole is not None and self.pole.stage:
            return Given(self.pole.stage if kind == "choice" else self.pole.get_stage_display(), words)
        if name == "place":
            return Given(actor.zone.name, words) if actor.zone else None
        value = getattr(actor, name, "") if name in {"name", "siren", "siret", "rna", "naf"} else ""
        return Given(value, words) if value else None

    def _carrier(self, kind: str) -> Given | None:
        """Return who applies for the pole: the applicant, or the one that carries it in the register."""
        found, on, words = self.actor, None, _("celle qui dépose")
        if self.pole is not None and self.actor.pk == self.pole.pk:
            held = (Q(valid_from=None) | Q(valid_from__lte=self.on)) & (
                Q(valid_to=None) | Q(valid_to__gt=self.on)
            )
            row = Carrier.objects.filter(held, pole=self.pole).select_related("actor").first()
            if row is not None:
                found, on, words = row.actor, row.valid_from, _("fiche du pôle")
        value = _as_answer(found) if kind == "actor" else found.name
        return Given(value, words, on) if kind in {"actor", "text"} else None

    @cached_property
    def _facts(self) -> dict[tuple[Any, str], FactView]:
        about = [self.actor.pk] + ([self.pole.pk] if self.pole else [])
        found: dict[tuple[Any, str], FactView] = {}
        for view in facts_of(about, on=self.on, public_only=False):
            found.setdefault((view.subject, view.code), view)
        return found

    def _fact(self, actor: Actor, code: str, kind: str) -> Given | None:
        view = self._facts.get((actor.pk, code))
        if view is None or view.contested:
            return None
        value = _shaped(view, kind)
        day = view.valid_from or view.source.consulted_on
        words = _("%(label)s : %(source)s") % {"label": view.label, "source": str(view.source)}
        return None if value is None else Given(value, words, day)

    def _any_fact(self, code: str, kind: str) -> Given | None:
        if code == "ess" and kind == "yes_no":
            value = {Actor.Ess.YES.value: True, Actor.Ess.NO.value: False}.get(self.actor.ess)
            return None if value is None else Given(value, _("fiche de l'organisation"))
        for actor in (self.pole.actor if self.pole else None, self.actor):
            if actor is not None and (found := self._fact(actor, code, kind)) is not None:
                return found
        return None

    # Members, perimeter, projects

    def _members(self, _tail: str, kind: str) -> Given | None:
        if self.pole is None:
            return None
        held = (Q(valid_from=None) | Q(valid_from__lte=self.on)) & (
            Q(valid_to=None) | Q(valid_to__gt=self.on)
        )
        rows = (
            Membership.objects.filter(held, pole=self.pole)
            .exclude(actor__legal_nature="natural_person")
            .select_related("actor")
            .order_by("actor__sort_key", "pk")[:_MOST_ROWS]
        )
        people = {row.actor_id: row for row in rows}
        if not people:
            return None
        words, day = _("membres au registre"), _latest(row.valid_from for row in people.values())
        if kind in {"integer", "number"}:
            return Given(len(people) if kind == "integer" else str(len(people)), words, day)
        if kind in {"text", "long_text"}:
            return Given(", ".join(row.actor.name for row in people.values()), words, day)
        listed = [_member(row.actor) for row in people.values()]
        return Given(listed, words, day) if kind in {"members", "table"} else None

    def _perimeter(self, _tail: str, kind: str) -> Given | None:
        subjects = [self.pole.pk] if self.pole else [self.actor.pk]
        held = (Q(valid_from=None) | Q(valid_from__lte=self.on)) & (
            Q(valid_to=None) | Q(valid_to__gt=self.on)
        )
        rows = Perimeter.objects.filter(held, subject__in=subjects, kind=Perimeter.Kind.COOPERATION)
        found = rows.order_by("-valid_from", "-pk").first()
        if found is None:
            return None
        words = _("périmètre au registre")
        if kind == "integer":
            count = Coverage.objects.filter(perimeter=found, level="commune").count()
            return Given(count, words, found.valid_from) if count else None
        if kind in {"text", "long_text"}:
            return Given(found.label, words, found.valid_from)
        covered = Coverage.objects.filter(perimeter=found).order_by("level", "code")
        zones = covered.values_list("level", "code")
        value = {
            "name": found.label,
            "perimeter": found.pk,
            "zones": [f"{level}:{code}" for level, code in zones],
        }
        return Given(value, words, found.valid_from) if kind == "perimeter" else None

    def _projects(self, _tail: str, kind: str) -> Given | None:
        if kind == "financing":
            return self._fundings(kind)
        if self.pole is None:
            return None
        rows = JointProject.objects.filter(pole=self.pole).exclude(stage="dropped")
        found = list(rows.order_by("title", "pk").values_list("title", "text")[:_MOST_ROWS])
        if not found:
            return None
        words = _("projets communs du pôle")
        if kind == "integer":
            return Given(len(found), words, self.on)
        told = "\n".join(f"{title} : {text}" if text else title for title, text in found)
        return Given(told, words, self.on) if kind in {"text", "long_text"} else None

    # Money

    def _accounts(self, figure: str, kind: str) -> Given | None:
        if self.pole is None:
            return None
        if figure in {"fundings", "financing"}:
            return self._fundings(kind)
        cents = self._figures.get(figure)
        if cents is None:
            return None
        words = _("comptes du pôle, année %(year)d") % {"year": self.on.year - 1}
        return Given(cents, words, date(self.on.year - 1, 12, 31)) if kind == "euro" else None

    @cached_property
    def _figures(self) -> dict[str, int]:
        """The year before: money received and spent by the pole, by its cell, what was given in kind."""
        if self.pole is None:
            return {}
        year = self.on.year - 1
        rows = economics.months(self.pole, economics.Period(date(year, 1, 1), date(year, 12, 31)))
        cells = [Cell(*row) for row in rows]
        if not cells:
            return {}
        pole, cell = sums.account(cells, View.POLE), sums.account(cells, View.CELL)
        found = {
            "resources": pole.received.cash,
            "expenses": pole.spent.cash,
            "cell_resources": cell.received.cash,
            "cell_expenses": cell.spent.cash,
            "gifts": pole.received.gifts,
        }
        return {name: cents for name, cents in found.items() if cents}

    def _fundings(self, kind: str) -> Given | None:
        if self.pole is None or kind != "financing":
            return None
        rows = Funding.objects.filter(pole=self.pole, state__in=["asked", "granted"]).order_by("pk")
        rows = rows.filter(Q(period_to=None) | Q(period_to__gte=self.on))[:_MOST_ROWS]
        listed = [
            {
                "funder": row.funder_name,
                "cents": row.granted_cents if row.state == "granted" else row.asked_cents,
                "status": "acquis" if row.state == "granted" else "sollicite",
            }
            for row in rows
            if (row.granted_cents if row.state == "granted" else row.asked_cents)
        ]
        return Given(listed, _("financements du pôle"), self.on) if listed else None

    # Pieces, verdicts, last year

    def _piece(self, wanted: str, kind: str) -> Given | None:
        """Return the last edition of the document whose title says what is wanted."""
        if kind != "file" or not wanted:
            return None
        about = [self.actor.pk] + ([self.pole.pk] if self.pole else [])
        cited = DocumentLink.objects.filter(subject__in=about, ended_at=None).values("document")
        rows = Document.objects.filter(Q(subject__in=about) | Q(pk__in=cited), withdrawn_at=None)
        word = fold(wanted.replace("_", " "))
        for one in rows.order_by("-filed_at", "pk")[:_MOST_ROWS]:
            if word not in fold(one.title):
                continue
            edition = one.editions.select_related("piece__blob").order_by("-number").first()
            if edition is not None and edition.piece.state == Piece.State.CLEAN:
                words = _("document du pôle : %(title)s") % {"title": one.title}
                return Given([], words, edition.at.date(), (edition.piece,))
        return None

    def _grid(self, code: str, kind: str) -> Given | None:
        """Return the verdict of a grid with its reasons, criterion by criterion."""
        about = self.pole.actor if self.pole else self.actor
        part = of_grid(code, about, self.pole, self.on, viewer=self.viewer)
        if part is None or kind != "grid":
            return None
        lines = [
            {"label": one.label, "verdict": one.answer.value, "reasons": list(one.reasons)}
            for one in part.lines
        ]
        value = {"verdict": part.answer.value, "grid": code, "title": part.title, "lines": lines}
        return Given(value, _("grille « %(title)s »") % {"title": part.title}, self.on)

    @cached_property
    def _last_year(self) -> dict[str, tuple[str, Any]]:
        """The answers of the previous file, with their kinds: what was deposited, not typed since."""
        return deposited(self.previous) if self.previous else {}

    def of_previous(self, key: str, kind: str) -> Given | None:
        """Return what the previous file answered to the same question."""
        found = self._last_year.get(key)
        if found is None or found[0] != kind or self.previous is None or self.previous.deposited_at is None:
            return None
        words = _("dossier précédent, %(number)s") % {"number": self.previous.reference}
        day = self.previous.deposited_at.date()
        if kind != "file":
            return Given(found[1], words, day, previous=True)
        pieces = self._pieces_of(self.previous, found[1])
        return Given([], words, day, pieces, previous=True) if pieces else None

    def _pieces_of(self, dossier: Dossier, answer: Any) -> tuple[Piece, ...]:
        """Return the files that an answer names: they are joined anew, an answer alone would hold none."""
        keys = [one["piece"] for one in answer or ()]
        rows = DossierPiece.objects.filter(dossier=dossier, pk__in=keys, piece__state=Piece.State.CLEAN)
        return tuple(row.piece for row in rows.select_related("piece__blob").order_by("at", "id"))


_PARTS: Final[Mapping[str, Callable[[Living, str, str], Given | None]]] = {
    "fact": Living._any_fact,
    "members": Living._members,
    "perimeter": Living._perimeter,
    "projects": Living._projects,
    "accounts": Living._accounts,
    "piece": Living._piece,
    "grid": Living._grid,
}


def for_field(held: Living, one: Mapping[str, Any]) -> Given | None:
    """Return what the living file gives to a question of a form."""
    kind, source = str(one["kind"]), str(one.get("source") or "")
    if kind == "grid":
        source = source or f"grid:{one.get('grid', '')}"
    if kind == "declaration" or not source:
        return None
    if source.partition(":")[0] == "previous":
        return held.of_previous(source.partition(":")[2] or str(one["key"]), kind)
    return held.value(source, kind)


def _shaped(view: FactView, kind: str) -> Any:  # noqa: PLR0911 - one shape, one line
    """Return a fact in the shape of a kind of question; None when it does not fit."""
    if view.value_max is not None and kind not in {"text", "long_text"}:
        return None
    if kind in {"text", "long_text"}:
        return view.display
    if kind == "integer":
        return view.value if isinstance(view.value, int) and not isinstance(view.value, bool) else None
    if kind == "number":
        return str(view.value) if view.type in {"integer", "number", "share"} else None
    if kind == "euro":
        return getattr(view.value, "cents", None)
    if kind == "date":
        return view.value.isoformat() if isinstance(view.value, date) else None
    if kind == "yes_no":
        return view.value if isinstance(view.value, bool) else None
    return str(view.plain) if kind == "choice" and isinstance(view.plain, str) else None


def _as_answer(actor: Actor) -> dict[str, str]:
    return {"actor": str(actor.pk), "name": actor.name, "siren": actor.siren}


def _member(actor: Actor) -> dict[str, Any]:
    """Return a member as a person would type it: what is not known is left out, so that it reads the same."""
    told = {
        "name": actor.name,
        "siren": actor.siren,
        "nature": _nature(actor),
        "ess": {"oui": True, "non": False}.get(actor.ess),
    }
    return {name: value for name, value in told.items() if value not in (None, "")}


def _nature(actor: Actor) -> str:
    return "" if actor.legal_nature == "unknown" else str(actor.get_legal_nature_display())


def _latest(days: Any) -> date | None:
    return max((day for day in days if day is not None), default=None)
