"""Invented invoices, prices and a statement of an invented bank, for a workspace to look at.

Every label ends with « exemple fictif ». The account number is one that no bank gives.
"""

from datetime import date, timedelta
from typing import Final

from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.billing import actions, banking, catalogue, clearing, monthly, settling
from terreau.billing.models import Invoice
from terreau.billing.months import Month
from terreau.billing.rules import Line, Vat
from terreau.poles import book
from terreau.poles.models import Pole

FLAG: Final = "exemple fictif"
_MEMBERS: Final = 6


def fill(pole: Pole, by: User, *, today: date | None = None) -> int:
    """Write a few invoices, paid, late and to come, a statement to match and prices; return the invoices.

    Does nothing for a pole without members but itself.
    """
    day = today or timezone.localdate()
    members = [one for one in book.parties(pole, on=day) if one.pk != pole.pk][:_MEMBERS]
    if not members:
        return 0
    buyers = list(Actor.objects.filter(pk__in=[one.pk for one in members]).order_by("sort_key", "pk"))
    _prices(pole, by, day)
    rows = [_invoice(pole, buyer, rank, by, day) for rank, buyer in enumerate(buyers)]
    settling.settle(rows[0], rows[0].gross_cents, on=day - timedelta(days=20), how="cheque", by=by)
    _bank(pole, rows, by, day)
    monthly.add(
        pole,
        seller=pole.actor,
        buyer=buyers[0],
        on=Month.of(day).first - timedelta(days=3),
        label=f"Impression d'affiches ({FLAG})",
        unit_cents=45,
        thousandths=120_000,
        key=f"demo:{pole.pk.hex}",
        by=by,
    )
    return len(rows)


def _invoice(pole: Pole, buyer: Actor, rank: int, by: User, day: date) -> Invoice:
    lines = [
        Line(
            f"Location de la salle commune ({FLAG})",
            4_000,
            (rank + 1) * 1_500,
            "hours",
            Vat(code="S", rate=2000),
        ),
        Line(f"Accueil et secrétariat ({FLAG})", 6_500 + rank * 250),
    ]
    row = actions.draft(
        pole,
        kind=Invoice.Kind.SERVICE,
        seller=pole.actor,
        buyer=buyer,
        on=day - timedelta(days=40 - rank * 3),
        lines=lines[: 1 + rank % 2],
        label=f"Services du pôle ({FLAG})",
        origin=f"demo:{pole.pk.hex}:{rank}",
        by=by,
    )
    return actions.issue(row, by=by)


def _prices(pole: Pole, by: User, day: date) -> None:
    since = {"valid_from": date(day.year, 1, 1)}
    catalogue.set_price(
        pole,
        {
            **since,
            "label": f"Travaux administratifs ({FLAG})",
            "seller_id": pole.pk,
            "about": "hours",
            "how": "unit",
            "cents": 3_800,
        },
        by=by,
    )
    columns = {"label": f"Apport d'affaires ({FLAG})", "about": "opportunity", "hundredths": 300}
    catalogue.set_commission(pole, {**since, **columns, "cap_cents": 50_000}, by=by)


def _bank(pole: Pole, rows: list[Invoice], by: User, day: date) -> None:
    """Read a statement of a few lines: some pay an invoice, some do not; accept the surest."""
    account = banking.open_account(pole, holder=pole.actor, name=f"Compte courant ({FLAG})", by=by)
    said = [
        (day - timedelta(days=9), f"VIR {row.buyer.name} {row.name}", row.gross_cents) for row in rows[1:3]
    ]
    said += [(day - timedelta(days=8), f"VIREMENT {row.buyer.name}", row.gross_cents) for row in rows[3:4]]
    said += [
        (day - timedelta(days=7), "PRLV ASSURANCE LOCAUX", -12_640),
        (day - timedelta(days=5), "FRAIS DE TENUE DE COMPTE", -850),
        (day - timedelta(days=2), "VIREMENT DEPUIS LIVRET", 50_000),
    ]
    balance, written = 240_000, ["Date;Libellé;Montant;Solde"]
    for on, label, cents in said:
        balance += cents
        written.append(f"{on:%d/%m/%Y};{label} ({FLAG});{_euros(cents)};{_euros(balance)}")
    banking.bring(account, "\n".join(written).encode(), name="releve-exemple-fictif.csv", by=by)
    line = clearing.unmatched(pole).first()
    if line is not None and len(rows) > 1:
        clearing.accept(line, [(rows[1], rows[1].gross_cents)], by=by)


def _euros(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100},{abs(cents) % 100:02d}"
