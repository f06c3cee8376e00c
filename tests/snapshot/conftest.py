"""Poles with books: each borne by an association, paid by a Region, buying from a company."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor, LegalNature
from terreau.flows.actions import record
from terreau.flows.models import Flow
from terreau.flows.rules import Entry
from terreau.poles.models import Listing, Pole, Tag
from terreau.subjects.models import Subject

DAY = date(2025, 3, 10)


@dataclass
class Country:
    """A Region, a company, and poles."""

    region: Actor
    firm: Actor
    by: User

    def pole(self, number: int, *, stage: str = "creation", region: str = "53", **more: Any) -> Pole:
        """Make a pole with its lines in the directory."""
        actor = create_actor(
            f"Pôle {number}", source=None, public=True, kind=Subject.Kind.POLE,
            legal_nature=LegalNature.ASSOCIATION,
        )  # fmt: skip
        pole = Pole.objects.create(actor=actor, slug=f"pole-{number}", stage=stage, **more)
        listing = Listing.objects.create(
            pole=pole, name=f"Pôle {number}", by_name=str(number), by_carrier="", by_region="",
            by_former_region="", by_department="",
        )  # fmt: skip
        Tag.objects.create(listing=listing, facet=Tag.Facet.REGION, code=region)
        return pole

    def paid(self, pole: Pole, cents: int, **more: Any) -> Flow:
        """Write that the Region paid the pole."""
        return self.line(pole, giver=self.region, receiver=pole.actor, cents=cents, **more)

    def spent(self, pole: Pole, cents: int, **more: Any) -> Flow:
        """Write that the cell of the pole paid the company."""
        more = {"purpose": pole.pk, **more}
        return self.line(pole, giver=pole.actor, receiver=self.firm, cents=cents, **more)

    def line(self, pole: Pole, *, giver: Actor, receiver: Actor, **more: Any) -> Flow:
        """Write one line."""
        said = {"nature": "cash", "on": DAY, "label": "Ligne d'essai", **more}
        (flow,) = record(pole.actor, [Entry(giver=giver.pk, receiver=receiver.pk, **said)], by=self.by)
        return flow


@pytest.fixture
def country(db: None) -> Country:
    region = create_actor("La Région", source=None, public=False, legal_nature=LegalNature.LOCAL_AUTHORITY)
    firm = create_actor("La Société", source=None, public=False, legal_nature=LegalNature.COMPANY)
    return Country(region, firm, User.objects.create_user("cellule@people.example.org", name="Cellule"))


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.SNAPSHOTS_DIR = tmp_path / "instantanes"
