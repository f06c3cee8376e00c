"""The tree of a pole (R-156): from its terreau to all that was born of it, in time, with who says so.

What the rooms of the workspace know comes first; what sources say in the register completes it, so that a
pole that never opened its workspace has a tree too. Nothing is dated that nobody dated (R-27).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from terreau.common.periods import MONTH, YEAR, PartialDate
from terreau.facts import catalogue, read
from terreau.facts.read import FactView, SourceView, source_view
from terreau.pieces.models import Source
from terreau.poles.models import Membership, PlaceLink, Pole, Recognition, StageMove
from terreau.poles.workspace import Born
from terreau.sheets import rooms
from terreau.sheets.facts import language

#: Kinds of nodes, in the order of the legend.
KINDS = {
    "terreau": gettext_lazy("terreau"),
    "event": gettext_lazy("événement"),
    "stage": gettext_lazy("stade du pôle"),
    "recognition": gettext_lazy("reconnaissance"),
    "member": gettext_lazy("membre du pôle"),
    "cooperation": gettext_lazy("coopération"),
    "project": gettext_lazy("projet commun"),
    "activity": gettext_lazy("activité née du pôle"),
    "enterprise": gettext_lazy("entreprise née du pôle"),
    "job": gettext_lazy("emploi du pôle"),
    "place": gettext_lazy("lieu du pôle"),
    "meeting": gettext_lazy("séance"),
}
#: The same when several are drawn as one: « 5 coopérations ».
_MANY_OF = {
    "terreau": gettext_lazy("%(count)s éléments du terreau"),
    "event": gettext_lazy("%(count)s événements de l'année"),
    "stage": gettext_lazy("%(count)s stades du pôle"),
    "recognition": gettext_lazy("%(count)s reconnaissances"),
    "member": gettext_lazy("%(count)s entrées de membres"),
    "cooperation": gettext_lazy("%(count)s coopérations"),
    "project": gettext_lazy("%(count)s projets communs"),
    "activity": gettext_lazy("%(count)s activités nées du pôle"),
    "enterprise": gettext_lazy("%(count)s entreprises nées du pôle"),
    "job": gettext_lazy("%(count)s emplois du pôle"),
    "place": gettext_lazy("%(count)s lieux du pôle"),
    "meeting": gettext_lazy("%(count)s séances tenues"),
}
#: Facts that are read as nodes of the tree: code → kind.
_CODES = {
    "pole.origin_account": "terreau",
    "pole.local_development_years": "terreau",
    "pole.dynamic_years": "terreau",
    "pole.since": "terreau",
    "pole.created": "event",
    "pole.opened": "place",
    "pole.opening_expected": "event",
    "pole.milestone": "event",
    "pole.service": "activity",
    "pole.joint_tender": "cooperation",
    "pole.enterprises": "enterprise",
    "pole.jobs": "job",
    "pole.jobs_insertion": "job",
    "pole.employees": "job",
    "pole.ess_enterprises": "enterprise",
}
#: What counts years up to the day of its source: it is not dated by that day.
_AGES = {"pole.local_development_years", "pole.dynamic_years", "pole.origin_account"}
#: Beyond this number, twins of one kind, one year and one parent are drawn as one.
CROWD = 3
#: A tree with more nodes than this shows its main branches first.
MANY = 60


@dataclass(frozen=True, slots=True)
class Node:
    """One thing of the tree. ``on`` is None when nobody dated it; ``precision`` says how well it is dated."""

    key: str
    kind: str
    title: str
    on: date | None = None
    precision: str = "day"
    until: date | None = None
    parent: str = ""
    path: str = ""
    note: str = ""
    count: int = 1
    sources: tuple[SourceView, ...] = ()

    @property
    def kind_label(self) -> str:
        """What it is, in words."""
        return str(KINDS.get(self.kind, self.kind))

    @property
    def year(self) -> int | None:
        """The year when it was born."""
        return self.on.year if self.on else None

    @property
    def when(self) -> str:
        """Its date as well as it is known: ``2014``, ``2014-09`` or ``2014-09-19``; empty when unknown."""
        return PartialDate(self.on, self.precision).iso() if self.on else ""

    @property
    def said(self) -> str:
        """Its date in words, no more than is known."""
        forms = {YEAR: "Y", MONTH: "F Y"}
        return date_format(self.on, forms.get(self.precision, "j F Y")) if self.on else ""


@dataclass(frozen=True)
class Tree:
    """The nodes of a pole, parents before children, oldest first; ``created`` is where the ground stands."""

    name: str
    created: date | None
    today: date
    nodes: tuple[Node, ...]

    @property
    def dated(self) -> list[Node]:
        """What has a date."""
        return [node for node in self.nodes if node.on]

    @property
    def undated(self) -> list[Node]:
        """What nobody dated."""
        return [node for node in self.nodes if not node.on]

    @property
    def years(self) -> list[int]:
        """Years when something was born, the first one first."""
        return sorted({node.on.year for node in self.nodes if node.on})

    def in_soil(self, node: Node) -> bool:
        """Say whether something came before the pole was created."""
        return bool(node.kind == "terreau" or (node.on and self.created and node.on < self.created))

    def parent_of(self, node: Node) -> Node | None:
        """Return what a node was born of, None when it is the terreau itself."""
        return next((one for one in self.nodes if one.key == node.parent), None) if node.parent else None

    def branch(self, key: str) -> Tree:
        """Return a node and all that was born of it; empty when there is no such node."""
        kept = {key}
        for node in self.nodes:
            if node.parent in kept:
                kept.add(node.key)
        chosen = (replace(n, parent="" if n.key == key else n.parent) for n in self.nodes if n.key in kept)
        return replace(self, nodes=tuple(chosen))

    def between(self, first: int | None, last: int | None) -> Tree:
        """Return what was born from one year to another, both included."""
        kept = [
            node
            for node in self.nodes
            if node.on and (first or node.on.year) <= node.on.year <= (last or node.on.year)
        ]
        return replace(self, nodes=_ordered(kept))

    def gathered(self) -> Tree:
        """Return the main branches: many twins of a kind, a year and a parent become one node."""
        twins: dict[tuple[str, int | None, str], list[Node]] = defaultdict(list)
        bearing = {node.parent for node in self.nodes}
        for node in self.nodes:
            if node.key not in bearing:
                twins[node.kind, node.year, node.parent].append(node)
        crowds = {key: nodes for key, nodes in twins.items() if len(nodes) > CROWD}
        gone = {node.key for nodes in crowds.values() for node in nodes}
        kept = [node for node in self.nodes if node.key not in gone]
        return replace(self, nodes=_ordered([*kept, *(_crowd(nodes) for nodes in crowds.values())]))


def _crowd(nodes: Sequence[Node]) -> Node:
    first = nodes[0]
    count = sum(node.count for node in nodes)
    title = str(_MANY_OF.get(first.kind, _MANY_OF["event"])) % {"count": count}
    key = f"crowd:{first.kind}:{first.year or 0}:{first.parent}"
    sources = tuple(dict.fromkeys(source for node in nodes for source in node.sources))
    return Node(
        key, first.kind, title, first.on, "year", parent=first.parent, count=len(nodes), sources=sources
    )


def workspace_tree(pole: Pole, *, today: date) -> Tree:
    """Return the whole tree, for the people of the pole."""
    told = [_of_room(one) for _room, one in rooms.born(pole)]
    return _tree(pole, told, today=today, inside=True)


def public_tree(pole: Pole, *, today: date) -> Tree:
    """Return what everybody may see: the register, and what the pole published item by item."""
    shown = Counter((one.section, one.title) for one in rooms.published(pole, today))
    told = rooms.born(pole) if shown else []
    born = Counter((room, one.title) for room, one in told)
    # Two things of one name of which one is published: neither is drawn, rather than the wrong one.
    public = {one.key for room, one in told if 0 < born[room, one.title] <= shown[room, one.title]}
    return _tree(pole, _kept([_of_room(one) for _room, one in told], public), today=today, inside=False)


def _kept(nodes: Sequence[Node], public: set[str]) -> list[Node]:
    """Return the nodes that were published, each hung to its nearest published ancestor."""
    parents = {node.key: node.parent for node in nodes}
    kept = []
    for node in nodes:
        if node.key in public:
            above, seen = node.parent, {node.key}
            while above and above not in public and above not in seen:
                seen.add(above)
                above = parents.get(above, "")
            kept.append(replace(node, parent=above if above in public else "", path="", note=""))
    return kept


def _of_room(one: Born) -> Node:
    # A year of meetings has a last day and no end.
    until = None if one.kind == "meeting" else one.until
    return Node(one.key, one.kind, one.title, one.on, "day", until, one.parent, one.path, one.note, one.count)


def _tree(pole: Pole, told: Sequence[Node], *, today: date, inside: bool) -> Tree:
    facts = read.facts_of(pole.actor.subject, lang=language(), codes=[*_CODES])
    created = _created(facts)
    told = [node for node in told if node.kind != "member"]  # read below, with their sources
    found = [*told, *_facts(facts), *_stages(pole), *_recognitions(pole), *_first_named(pole)]
    found += _members(pole, inside=inside)
    found += _places(pole, {node.title for node in told if node.kind == "place"})
    return Tree(pole.actor.name, created, today, _ordered(found))


def _created(facts: Iterable[FactView]) -> date | None:
    """Return the day of creation that is held, else that of the opening; None when nobody said."""
    for code in ("pole.created", "pole.opened"):
        for fact in facts:
            if fact.code == code and isinstance(fact.value, PartialDate):
                return fact.value.first
    return None


def _facts(facts: Iterable[FactView]) -> list[Node]:
    found = []
    for fact in facts:
        day, precision = fact.valid_from, fact.precision
        if isinstance(fact.value, PartialDate):
            day, precision = fact.value.first, fact.value.precision
        if fact.code in _AGES:
            day = None
        counted = fact.type == "number"
        title = fact.label if fact.type == "date" else fact.display
        title = f"{fact.label} : {fact.display}" if counted or fact.code == "pole.joint_tender" else title
        note = _("annoncé") if fact.code == "pole.opening_expected" else fact.note
        kind = _CODES[fact.code]
        found.append(Node(f"fact:{fact.id}", kind, title, day, precision or "day", note=note,
                          sources=(fact.source,)))  # fmt: skip
    return found


def _stages(pole: Pole) -> list[Node]:
    rows = StageMove.objects.filter(pole=pole).select_related("source").order_by("on", "pk")
    return [
        Node(
            f"stage:{row.pk}",
            "stage",
            row.get_stage_display(),
            row.on,
            row.precision,
            sources=(source_view(row.source),),
        )
        for row in rows
    ]


def _recognitions(pole: Pole) -> list[Node]:
    words = catalogue.vocabulary("recognition")
    rows = Recognition.objects.filter(pole=pole).select_related("source").order_by("on", "pk")
    return [
        Node(
            f"recognition:{row.pk}",
            "recognition",
            words.label(row.scheme, language()) if row.scheme in words else row.scheme,
            row.on,
            row.precision,
            row.ended_on,
            sources=(source_view(row.source),),
        )
        for row in rows
    ]


def _first_named(pole: Pole) -> list[Node]:
    """Return the first dated document that names the pole."""
    cites = Q(mentions__subject=pole.pk) | Q(facts__subject=pole.pk)
    rows = Source.objects.filter(cites, published_on__isnull=False)
    source = rows.order_by("published_on", "document", "section", "pk").first()
    if source is None:
        return []
    title = _("Nommé dans un premier document")
    day, precision = source.published_on, source.published_precision
    return [Node("named", "event", title, day, precision, sources=(source_view(source),))]


def _members(pole: Pole, *, inside: bool) -> list[Node]:
    """Return the members: those without a date together, as grains of the terreau."""
    rows = Membership.objects.filter(pole=pole).select_related("actor", "source")
    rows = rows if inside else rows.filter(actor__subject__public=True)
    rows = rows.order_by("valid_from", "actor__sort_key", "pk")
    dated: list[Membership] = []
    others: list[Membership] = []
    for row in rows:
        (dated if row.valid_from else others).append(row)
    found = [
        Node(
            f"member:{row.actor_id}",
            "member",
            row.actor.name,
            row.valid_from,
            row.from_precision or "day",
            row.valid_to,
            path=f"/acteurs/{row.actor_id}/",
            sources=(source_view(row.source),),
        )
        for row in dated
    ]
    return [*found, *_grains(others)]


def _grains(rows: Sequence[Membership]) -> list[Node]:
    if not rows:
        return []
    title = ngettext(
        "%(count)d membre dont l'entrée n'est pas datée",
        "%(count)d membres dont l'entrée n'est pas datée",
        len(rows),
    )
    names = ", ".join(row.actor.name for row in rows)
    sources = tuple(dict.fromkeys(source_view(row.source) for row in rows))
    note = names if len(names) <= 300 else f"{names[:299]}…"
    return [
        Node("members", "terreau", title % {"count": len(rows)}, note=note, count=len(rows), sources=sources)
    ]


def _places(pole: Pole, known: set[str]) -> list[Node]:
    rows = PlaceLink.objects.filter(pole=pole).select_related("place", "source").order_by("place__name")
    links = [row for row in rows if row.place.name not in known]
    codes = ["place.milestone"]
    facts = read.by_subject([row.place.subject_id for row in links], lang=language()) if links else {}
    found = []
    for row in links:
        sources = (source_view(row.source),) if row.source else ()
        key = f"place:{row.place_id}"
        found.append(Node(key, "place", row.place.name, sources=sources))
        for fact in facts.get(row.place.subject_id, []):
            if fact.code in codes:
                found.append(Node(f"fact:{fact.id}", "event", fact.display, fact.valid_from,
                                  fact.precision or "day", parent=key, sources=(fact.source,)))  # fmt: skip
    return found


def _ordered(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """Return parents before children, the oldest first, each key once; a circle is cut."""
    unique: dict[str, Node] = {}
    for node in nodes:
        unique.setdefault(node.key, node)
    children: dict[str, list[Node]] = defaultdict(list)
    for node in unique.values():
        children[node.parent if node.parent in unique else ""].append(node)
    done: dict[str, Node] = {}

    def walk(above: str) -> None:
        for node in sorted(children.pop(above, []), key=_rank):
            if node.key not in done:
                done[node.key] = replace(node, parent=above)
                walk(node.key)

    walk("")
    for key in [key for key in unique if key not in done]:
        if key not in done:
            done[key] = replace(unique[key], parent="")
            walk(key)
    return tuple(done.values())


def _rank(node: Node) -> tuple[bool, date, str, str]:
    return (node.on is None, node.on or date.min, node.title, node.key)


__all__ = ["KINDS", "MANY", "Node", "Tree", "public_tree", "workspace_tree"]
