"""What a file that was chosen is to those who read open data: one record, whatever the format."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

#: What an invented file is called, in the files of open data, in French.
EXAMPLE = "Exemple fictif"


@dataclass(frozen=True, slots=True)
class Party:
    """Who gives or receives: its identifier in the register, its name, the numbers that are known."""

    pk: UUID
    name: str
    siret: str = ""
    siren: str = ""
    rna: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """A file that was chosen. Amounts in cents; ``None`` and ``""`` are what is not known.

    ``number``: that of the file (CODE-0012). ``in_kind``: support that is not money is given too.
    ``payments``: the days on which the agreement says that money is due. ``conditions``: its own words on
    payments. ``example``: an invented file.
    """

    pk: UUID
    number: str
    title: str
    purpose: str
    funder: Party
    recipient: Party
    cents: int | None
    decided_on: date
    modified_at: datetime
    deposited_on: date | None = None
    asked_cents: int | None = None
    paid_cents: int | None = None
    agreed_on: date | None = None
    decision: str = ""
    start: date | None = None
    end: date | None = None
    programme: str = ""
    call: str = ""
    strand: str = ""
    region: str = ""
    region_name: str = ""
    in_kind: bool = False
    in_money: bool = True
    payments: tuple[date, ...] = ()
    conditions: str = ""
    cofunders: tuple[str, ...] = ()
    de_minimis: bool = False
    ended: bool = False
    example: bool = False

    @property
    def act_on(self) -> date:
        """Return the day of the act that gives: of the agreement, of the decision where there is none."""
        return self.agreed_on or self.decided_on

    @property
    def shown_title(self) -> str:
        """Return the title, which says when the file is invented: formats have no column for that."""
        return f"{EXAMPLE} : {self.title}" if self.example else self.title


@dataclass(frozen=True, slots=True)
class Lacking:
    """A grant that a format cannot say, and why."""

    number: str
    name: str
    what: str
    remedy: str

    def __str__(self) -> str:
        values = {"number": self.number, "name": self.name, "what": self.what, "remedy": self.remedy}
        return _("%(number)s (%(name)s) : %(what)s. %(remedy)s") % values


@dataclass(frozen=True, slots=True)
class Opening:
    """A call as those who read open data know it; amounts in cents."""

    pk: UUID
    slug: str
    title: str
    summary: str
    status: str
    address: str
    funder: Party | None
    funder_name: str
    opens_at: datetime | None
    closes_at: datetime | None
    created_at: datetime
    modified_at: datetime
    envelope_cents: int | None = None
    min_cents: int | None = None
    max_cents: int | None = None
    applicants: tuple[str, ...] = ()


def without_amount(found: Iterable[Grant]) -> list[Lacking]:
    """Return the grants that formats which want an amount leave out, with what to do."""
    what, remedy = (
        _("le montant attribué n'est pas connu"),
        _("Engagez-le dans l'enveloppe de l'appel."),
    )
    return [Lacking(one.number, one.recipient.name, what, remedy) for one in found if one.cents is None]


def euros(cents: int) -> Decimal:
    """Return cents as euros, exact, without useless zeros (``72000``, ``1250.5``)."""
    whole, rest = divmod(cents, 100)
    return Decimal(whole) if not rest else (Decimal(cents) / 100).normalize()


def written(cents: int | None) -> str:
    """Return euros with a point and two decimals, as files for machines write them; ``""`` when unknown."""
    return "" if cents is None else f"{Decimal(cents) / 100:.2f}"
