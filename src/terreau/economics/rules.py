"""What a line of the ledger is in the economics of a pole: level, side, kind, origin, function. Pure.

The seed tells three levels apart (R-98): the animation cell, the whole pole, the joint projects. A line has
one level, and ``through`` says whether it passed through the accounts of the pole: the cell is a part of the
pole, and a project may pass through its accounts or be held by its members. Levels overlap, so that nothing
here adds them. What members trade between themselves is a fourth thing, their own (R-99).

What nobody knows stays ``unknown``: a person says it (``Said``), and a rule only suggests (``suggest.py``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from terreau.flows.rules import CASH, OPPORTUNITY


class Level(StrEnum):
    """Whose economy a line is of (R-98, R-99)."""

    CELL = "cell"
    POLE = "pole"
    PROJECT = "project"
    MEMBERS = "members"


class Side(StrEnum):
    """Whether a line brings something to the pole or its projects, takes from them, or neither."""

    IN = "in"
    OUT = "out"
    NONE = "none"


class Kind(StrEnum):
    """Kinds of resources (R-106), as the seed lists them; then kinds of uses; ``unknown`` for both."""

    SALES = "sales"
    SUBSIDIES = "subsidies"
    FEES = "fees"
    CAPITAL_LOANS = "capital_loans"
    INDIRECT_AID = "indirect_aid"
    VOLUNTARY = "voluntary"
    STAFF = "staff"
    PREMISES = "premises"
    PURCHASES = "purchases"
    SERVICES = "services"
    TRAVEL = "travel"
    OTHER = "other"
    REPAYMENT = "repayment"
    UNKNOWN = "unknown"


class Origin(StrEnum):
    """Who a resource comes from (R-106)."""

    INDIVIDUALS = "individuals"
    PRIVATE = "private"
    PUBLIC = "public"
    ESS = "ess"
    UNKNOWN = "unknown"


class Function(StrEnum):
    """Functions of a pole (R-36, R-105): the same words as who carries them (a test holds them together)."""

    ANIMATION = "animation"
    DECISION = "decision"
    MEMBERSHIP = "membership"
    ENGINEERING = "engineering"
    COMMUNICATION = "communication"
    WATCH = "watch"
    ADMINISTRATION = "administration"
    OTHER = "other"


class Role(StrEnum):
    """What a party of a line is to the pole. A carrier counts while the pole has no legal form (R-31)."""

    POLE = "pole"
    CARRIER = "carrier"
    MEMBER = "member"
    OUTSIDE = "outside"


class How(StrEnum):
    """Which rule answered: how the kind of a line was found; without a side, why it is beside the matrix."""

    PERSON = "person"
    ACCOUNT = "account"
    WRITTEN_BY = "written_by"
    NATURE = "nature"
    NOBODY = "nobody"
    INTERNAL = "internal"
    BETWEEN_MEMBERS = "between_members"
    EXCHANGE = "exchange"
    PAID_ELSEWHERE = "paid_elsewhere"
    APART = "apart"


RESOURCES: Final = (
    *(Kind.SALES, Kind.SUBSIDIES, Kind.FEES),
    *(Kind.CAPITAL_LOANS, Kind.INDIRECT_AID, Kind.VOLUNTARY),
)
USES: Final = (
    *(Kind.STAFF, Kind.PREMISES, Kind.PURCHASES, Kind.SERVICES),
    *(Kind.TRAVEL, Kind.OTHER, Kind.REPAYMENT),
)
ORIGINS: Final = (Origin.INDIVIDUALS, Origin.PRIVATE, Origin.PUBLIC, Origin.ESS)
#: Subjects whose lines are of a joint project (R-107): their own accounts, isolated from members' activity.
PROJECTS: Final = frozenset({"project", "cooperation", "tender"})
#: Subjects that are the life of the pole itself: its animation, its meetings and what they decide.
OF_CELL: Final = frozenset({"pole", "decision"})
#: What a pole earns by itself: what a function is self-financed by (R-105).
OWN_MEANS: Final = frozenset({Kind.SALES, Kind.FEES})

_OWN: Final = frozenset({Role.POLE, Role.CARRIER})
#: The life of the pole is its animation, what it decides its decision, tenders its watch (R-36, R-105).
_FUNCTIONS: Final = {
    "pole": Function.ANIMATION,
    "decision": Function.DECISION,
    "tender": Function.WATCH,
}
_PUBLIC: Final = frozenset(
    {"local_authority", "authority_grouping", "public_body", "state"},
)
_FAMILIES: Final = frozenset({"association", "cooperative", "mutual", "foundation"})
_PEOPLE: Final = frozenset({"natural_person", "collective"})
#: First digit of the legal categories of public bodies under administrative law (INSEE, level I).
_PUBLIC_CATEGORY: Final = "7"


@dataclass(frozen=True, slots=True)
class Given:
    """What the rules know of a line. ``written_by``: the first word of its origin (``fee``, ``booking``…).

    ``purpose``: the kind of the subject it is for, ``pole`` for the pole itself, empty for none.
    ``elsewhere``: the gift is already paid by somebody else, who counts it (R-109).
    """

    nature: str
    giver: Role
    receiver: Role
    trait: Origin = Origin.UNKNOWN
    purpose: str = ""
    written_by: str = ""
    account: str = ""
    function: str = ""
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said of a line; empty where the rule is left to answer."""

    level: str = ""
    kind: str = ""
    origin: str = ""
    function: str = ""

    def __bool__(self) -> bool:
        return bool(self.level or self.kind or self.origin or self.function)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a line is. ``kind``, ``origin`` are empty when it has no side; ``origin`` when it is a use."""

    level: str
    side: str
    kind: str
    origin: str
    function: str
    how: str
    through: bool


@dataclass(frozen=True, slots=True)
class Tables:
    """Kinds by account prefix and by what wrote the line, each for money that comes in and that goes out."""

    accounts: Mapping[str, tuple[str, str]]
    writers: Mapping[str, tuple[str, str]]

    def of_account(self, account: str, side: Side) -> str:
        """Return the kind of the longest prefix of an account that says one; empty when none does."""
        at = 0 if side is Side.IN else 1
        for length in range(len(account), 0, -1):
            if (found := self.accounts.get(account[:length])) is not None:
                return found[at]
        return ""

    def of_writer(self, written_by: str, side: Side) -> str:
        """Return the kind that a room gives to its lines; empty when it says none."""
        found = self.writers.get(written_by, ("", ""))
        return found[0 if side is Side.IN else 1]


NO_SAID: Final = Said()


def classify(given: Given, tables: Tables, said: Said = NO_SAID) -> Answer:
    """Return what a line is (R-98, R-101, R-105, R-106, R-107): what a person said wins, part by part."""
    through = given.giver in _OWN or given.receiver in _OWN
    level = Level(said.level) if said.level else _level(given, through=through)
    side, why = _side(given, level, through=through)
    function = said.function or given.function or _FUNCTIONS.get(given.purpose, "")
    if side is Side.NONE:
        return Answer(level, side, "", "", function, why, through)
    kind, how = _kind(given, side, tables, said)
    if not function and kind == Kind.FEES:
        function = Function.MEMBERSHIP
    origin = (said.origin or given.trait) if side is Side.IN else ""
    return Answer(level, side, kind, origin, function, how, through)


def _level(given: Given, *, through: bool) -> Level:
    if given.written_by == "trade":
        return Level.MEMBERS
    if given.purpose in PROJECTS:
        return Level.PROJECT
    if not through:
        return Level.MEMBERS
    # Fees are a resource of the cell unless they are for something else (S3 §2, « cellule »; R-103).
    fee = given.written_by == "fee" and not given.purpose
    return Level.CELL if given.purpose in OF_CELL or given.function or fee else Level.POLE


def _side(given: Given, level: Level, *, through: bool) -> tuple[Side, How]:
    if given.nature == OPPORTUNITY:
        return Side.NONE, How.EXCHANGE
    if level is Level.MEMBERS:
        return Side.NONE, How.BETWEEN_MEMBERS
    if given.elsewhere and given.nature != CASH:
        return Side.NONE, How.PAID_ELSEWHERE
    if given.giver in _OWN and given.receiver in _OWN:
        # Money between the pole and who bears it stays in one purse; hours that it gives are a gift.
        gift = given.nature != CASH and given.receiver is Role.POLE
        return (Side.IN, How.NATURE) if gift else (Side.NONE, How.INTERNAL)
    if through:
        return (Side.IN if given.receiver in _OWN else Side.OUT), How.NOBODY
    return _between(given)


def _between(given: Given) -> tuple[Side, How]:
    """Return the side of a line of a project that does not pass through the accounts of the pole."""
    if given.giver is Role.OUTSIDE and given.receiver is Role.OUTSIDE:
        return Side.NONE, How.APART
    if given.giver is Role.OUTSIDE or (given.trait is Origin.PUBLIC and given.receiver is Role.MEMBER):
        return Side.IN, How.NOBODY
    if given.receiver is Role.OUTSIDE:
        return Side.OUT, How.NOBODY
    return Side.NONE, How.BETWEEN_MEMBERS


def _kind(given: Given, side: Side, tables: Tables, said: Said) -> tuple[str, How]:
    if said.kind and said.kind in kinds_of(side):
        return said.kind, How.PERSON
    if found := tables.of_account(given.account, side):
        return found, How.ACCOUNT
    if given.nature != CASH:
        return _gift(given, side), How.NATURE
    if found := tables.of_writer(given.written_by, side):
        return found, How.WRITTEN_BY
    return Kind.UNKNOWN, How.NOBODY


def _gift(given: Given, side: Side) -> Kind:
    """Return the kind of what nobody pays: help of a public body from outside, or a contribution (R-106)."""
    if side is Side.OUT:
        return Kind.OTHER
    helped = given.trait is Origin.PUBLIC and given.giver is Role.OUTSIDE
    return Kind.INDIRECT_AID if helped else Kind.VOLUNTARY


def kinds_of(side: str) -> tuple[Kind, ...]:
    """Return the kinds that a line of a side may have."""
    return {Side.IN: RESOURCES, Side.OUT: USES}.get(Side(side), ())


def trait(legal_nature: str, ess: str, legal_category: str = "") -> Origin:
    """Return which of the four origins an actor is (R-106), from its legal nature and its ESS verdict.

    The four families of the law of 2014 (art. 1) are ESS unless the verdict says no; a chamber, a union or an
    unknown nature is told by its verdict or its category alone.
    """
    if legal_nature in _PEOPLE:
        return Origin.INDIVIDUALS
    if legal_nature in _PUBLIC or legal_category.startswith(_PUBLIC_CATEGORY):
        return Origin.PUBLIC
    if ess == "oui" or (legal_nature in _FAMILIES and ess != "non"):
        return Origin.ESS
    if legal_nature in {"company", "enterprise_grouping", "union"} or legal_nature in _FAMILIES:
        return Origin.PRIVATE
    return Origin.UNKNOWN


def phase(moves: Sequence[tuple[date, str]], on: date, *, current: str = "") -> str:
    """Return the stage of a pole on a day: its last dated change; the current stage when none was ever dated.

    ``moves`` in their order. Empty before the first change: nobody said.
    """
    if not moves:
        return current
    found = ""
    for day, stage in moves:
        if day > on:
            break
        found = stage
    return found
