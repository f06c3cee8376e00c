"""What a snapshot holds: tables, columns, types and codes, in plain values.

Who writes a snapshot and who computes on it agree on this page alone. Any change is another ``VERSION``, and
shows in ``content/contract.json``, which a test compares. No person's name or account has a column here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

VERSION: Final = 1
#: Where the contract stands written, for those who read snapshots with other tools.
WRITTEN: Final = Path(__file__).parent / "content" / "contract.json"

STRING, INT64, INT32, DATE, BOOLEAN = TYPES = ("string", "int64", "int32", "date", "boolean")

NATURES: Final = ("cash", "in_kind", "time", "skill", "opportunity")
CELL, POLE, PROJECT, MEMBERS = LEVELS = ("cell", "pole", "project", "members")
IN, OUT, NONE = SIDES = ("in", "out", "none")
RESOURCES: Final = ("sales", "subsidies", "fees", "capital_loans", "indirect_aid", "voluntary")
USES: Final = ("staff", "premises", "purchases", "services", "travel", "other", "repayment")
UNKNOWN: Final = "unknown"
ORIGINS: Final = ("individuals", "private", "public", "ess", UNKNOWN)
FUNCTIONS: Final = (
    *("animation", "decision", "membership", "engineering"),
    *("communication", "watch", "administration", "other"),
)
#: Which rule answered; between the parts of one purse (``internal``) nothing comes in and nothing goes out.
HOWS: Final = (
    *("person", "account", "written_by", "nature", "nobody"),
    *("internal", "between_members", "exchange", "paid_elsewhere", "apart"),
)
STAGES: Final = (
    *("manifestation_interet", "en_projet", "prefiguration", "emergence"),
    *("creation", "developpement", "consolidation"),
)
STATUSES: Final = ("verifie", "justifie", "declare", "calcule", "estime")
ACTOR_KINDS: Final = ("pole", "person", "public", "organisation")
ESS: Final = ("oui", "non", "a_verifier")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its type, whether it is always filled, the codes that it may hold, what it says."""

    name: str
    type: str
    says: str
    required: bool = True
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the snapshot; ``key`` names the columns that make a row unique."""

    name: str
    key: tuple[str, ...]
    says: str
    columns: tuple[Column, ...]

    def schema(self) -> dict[str, str]:
        """Return the types by column as Ibis writes them: ``!`` before what is always filled."""
        return {one.name: f"!{one.type}" if one.required else one.type for one in self.columns}


POLES: Final = Table(
    "poles",
    ("pole",),
    "Les pôles qui ont un livre.",
    (
        Column("pole", STRING, "identifiant du pôle"),
        Column("stage", STRING, "stade au jour de l'instantané ; vide si inconnu", codes=("", *STAGES)),
        Column("sector", STRING, "premier secteur ; vide si inconnu"),
        Column("region", STRING, "code de la région principale ; vide si inconnue"),
        Column("department", STRING, "code du département principal ; vide si inconnu"),
        Column("legal_form", BOOLEAN, "le pôle a un SIREN à lui"),
        Column("fictional", BOOLEAN, "exemple fictif"),
    ),
)

ACTORS: Final = Table(
    "actors",
    ("actor",),
    "Ceux qui donnent ou reçoivent dans un livre, sans nom ni adresse.",
    (
        Column("actor", STRING, "identifiant de l'acteur"),
        Column("kind", STRING, "pôle, personne physique, acteur public ou organisation", codes=ACTOR_KINDS),
        Column("ess", STRING, "entreprise de l'ESS", codes=ESS),
        Column("origin", STRING, "origine des ressources qui viennent de lui", codes=ORIGINS),
        Column("region", STRING, "code de la région ; vide si inconnue ou pour une personne"),
        Column("department", STRING, "code du département ; vide si inconnu ou pour une personne"),
    ),
)

FLOWS: Final = Table(
    "flows",
    ("pole", "rank"),
    "Les lignes des livres, classées.",
    (
        Column("pole", STRING, "le pôle dont c'est le livre"),
        Column("rank", INT64, "numéro de la ligne dans le livre"),
        Column("on", DATE, "jour du flux"),
        Column("year", INT32, "année du flux"),
        Column("giver", STRING, "qui donne"),
        Column("receiver", STRING, "qui reçoit"),
        Column("nature", STRING, "ce qui bouge", codes=NATURES),
        Column("cents", INT64, "valeur en centimes ; vide quand rien ne la dit", required=False),
        Column("thousandths", INT64, "quantité en millièmes de l'unité", required=False),
        Column("unit", STRING, "unité de la quantité ; vide pour l'argent"),
        Column("method", STRING, "comment une valeur sans paiement a été trouvée ; vide pour l'argent"),
        Column("status", STRING, "degré de preuve", codes=STATUSES),
        Column("attributable", BOOLEAN, "dû au pôle ; vide quand personne ne l'a dit", required=False),
        Column("correction", BOOLEAN, "la ligne corrige une autre : ses nombres sont négatifs"),
        Column("level", STRING, "niveau : cellule, pôle, projets, membres", codes=LEVELS),
        Column("side", STRING, "ressource, emploi, ou ni l'un ni l'autre", codes=SIDES),
        Column("kind", STRING, "type de ressource ou d'emploi", codes=("", *RESOURCES, *USES, UNKNOWN)),
        Column("origin", STRING, "origine de la ressource ; vide pour le reste", codes=("", *ORIGINS)),
        Column("phase", STRING, "stade du pôle ce jour-là ; vide si inconnu", codes=("", *STAGES)),
        Column(
            "function", STRING, "fonction du pôle que la ligne sert ; vide si aucune", codes=("", *FUNCTIONS)
        ),
        Column("how", STRING, "règle qui a classé la ligne, ou une personne", codes=HOWS),
        Column("through", BOOLEAN, "passe par les comptes du pôle : compte dans le pôle entier"),
    ),
)

TABLES: Final = (POLES, ACTORS, FLOWS)


def table(name: str) -> Table:
    """Return a table of the contract by name; raise ``KeyError`` for another."""
    return {one.name: one for one in TABLES}[name]


def coded() -> Iterator[tuple[Table, Column]]:
    """Give the columns that hold codes, with their table."""
    for one in TABLES:
        yield from ((one, column) for column in one.columns if column.codes)


def as_dict() -> dict[str, Any]:
    """Return the contract, JSON types only."""
    tables: Mapping[str, Any] = {one.name: asdict(one) for one in TABLES}
    return {"version": VERSION, "tables": tables}


def written() -> str:
    """Return the contract as it is written in ``content/contract.json``."""
    return json.dumps(as_dict(), ensure_ascii=False, indent=1) + "\n"
