"""Two invented years of money and gifts in the book of an invented pole, to look at its economics."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor, LegalNature
from terreau.bookkeeping.models import AccountOf
from terreau.flows.actions import record
from terreau.flows.models import Flow
from terreau.flows.rules import Entry
from terreau.poles.models import Membership, Pole
from terreau.projects.models import JointProject

FLAG: Final = "exemple fictif"
_OUTSIDE: Final = {
    "Région de démonstration": LegalNature.LOCAL_AUTHORITY,
    "Commune de démonstration": LegalNature.LOCAL_AUTHORITY,
    "Fondation de démonstration": LegalNature.FOUNDATION,
    "Cliente de démonstration": LegalNature.COMPANY,
    "Salariée de démonstration": LegalNature.NATURAL_PERSON,
    "Bailleur de démonstration": LegalNature.COMPANY,
    "Imprimerie de démonstration": LegalNature.UNKNOWN,
}
#: What comes and goes each quarter: giver (empty: the pole), receiver, euros, words, account, about the cell.
_QUARTER: Final = (
    ("Région de démonstration", "", 11_000, "Subvention de fonctionnement", "74", True),
    ("Fondation de démonstration", "", 3_500, "Soutien à l'animation", "", True),
    ("Cliente de démonstration", "", 4_200, "Prestation de conseil", "706", False),
    ("", "Salariée de démonstration", 10_400, "Salaire de l'animation", "641", True),
    ("", "Bailleur de démonstration", 1_800, "Loyer du local", "6132", True),
    ("", "Imprimerie de démonstration", 380, "Impression du journal", "", False),
)


def fill(pole: Pole, by: User) -> None:
    """Write the lines; the pole must be one of demonstration. What was written once is not again."""
    if not pole.fictional or Flow.objects.filter(book=pole.pk, label__contains="démonstration").exists():
        return
    outside = {
        name: create_actor(f"{name} ({FLAG})", source=None, public=False, by=by, legal_nature=nature)
        for name, nature in _OUTSIDE.items()
    }
    today = timezone.localdate()
    entries, accounts = [], []
    for quarter in range(8):
        on = today - timedelta(days=20 + 91 * quarter)
        for giver, receiver, euros, label, account, cell in _QUARTER:
            first, last = (outside.get(name, pole.actor) for name in (giver, receiver))
            entries.append(_line(first, last, euros, label, on, purpose=pole.pk if cell else None))
            accounts.append(account)
    more = [*_fees(pole, today), *_project(pole, outside, today), *_given(pole, outside, today)]
    rows = record(pole.actor, [*entries, *more], by=by)
    AccountOf.objects.bulk_create(
        AccountOf(flow=row, account=account, how="person", by=by)
        for row, account in zip(rows, accounts, strict=False)
        if account
    )


def _line(giver: Actor, receiver: Actor, euros: int, label: str, on: date, **more: Any) -> Entry:
    return Entry(
        giver=giver.pk,
        receiver=receiver.pk,
        nature="cash",
        on=on,
        label=f"{label} (démonstration, {FLAG})",
        cents=euros * 100,
        **more,
    )


def _members(pole: Pole) -> list[Actor]:
    rows = Membership.objects.filter(pole=pole, valid_to=None).select_related("actor")
    return [row.actor for row in rows.order_by("actor__sort_key", "pk")[:6]]


def _fees(pole: Pole, today: date) -> list[Entry]:
    on = today - timedelta(days=60)
    return [
        _line(one, pole.actor, 120 + 40 * rank, "Cotisation", on, origin=f"fee:demo:{one.pk.hex}")
        for rank, one in enumerate(_members(pole))
    ]


def _project(pole: Pole, outside: dict[str, Actor], today: date) -> list[Entry]:
    """Return what a joint project receives and spends: a part through the pole, a part held by a member."""
    project = JointProject.objects.filter(pole=pole).order_by("title", "pk").first()
    members = _members(pole)
    if project is None or not members:
        return []
    on, more = today - timedelta(days=45), {"purpose": project.pk}
    city, region = outside["Commune de démonstration"], outside["Région de démonstration"]
    return [
        _line(city, pole.actor, 9_000, "Aide au projet", on, **more),
        _line(region, members[0], 16_000, "Subvention au chef de file", on, **more),
        _line(members[0], outside["Cliente de démonstration"], 5_600, "Travaux du projet", on, **more),
        _line(pole.actor, outside["Bailleur de démonstration"], 2_100, "Location pour le projet", on, **more),
    ]


def _given(pole: Pole, outside: dict[str, Actor], today: date) -> list[Entry]:
    """Return a room lent by a public body, and hours of a member, with and without a value."""
    gift: dict[str, Any] = {"on": today - timedelta(days=30), "purpose": pole.pk, "receiver": pole.pk}
    commune = outside["Commune de démonstration"]
    found = [
        Entry(
            giver=commune.pk,
            nature="in_kind",
            label=f"Salle prêtée (démonstration, {FLAG})",
            cents=60_000,
            method="market_price",
            thousandths=40_000,
            unit="hours",
            **gift,
        )
    ]
    for rank, one in enumerate(_members(pole)[:2]):
        worth: dict[str, Any] = {"cents": 24_000, "method": "agreed"} if rank == 0 else {}
        label = f"Réunion de cellule (démonstration, {FLAG})"
        found.append(
            Entry(giver=one.pk, nature="time", label=label, thousandths=8_000, unit="hours", **worth, **gift)
        )
    return found
