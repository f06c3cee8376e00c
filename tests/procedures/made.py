"""Grants of tests: pure values, no row."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from terreau.procedures.grants import Grant, Opening, Party

AT = datetime(2026, 1, 20, 9, 30, tzinfo=UTC)
FUNDER = Party(UUID(int=1), "Région des essais", siret="23350001600040", siren="233500016")
POLE = Party(UUID(int=2), "Pôle des essais, « le Fil »", rna="W380475558")


def grant(**more: Any) -> Grant:
    """Return a grant that every format can say, but for what is changed."""
    said: dict[str, Any] = {
        "pk": UUID(int=9), "number": "AMI-2025-0007", "title": "Halle partagée", "funder": FUNDER,
        "purpose": "Animer le pôle\net ouvrir la halle", "recipient": POLE, "cents": 7_200_050,
        "decided_on": date(2025, 12, 18), "agreed_on": date(2026, 1, 15), "modified_at": AT,
        "asked_cents": 8_000_000, "start": date(2026, 1, 1), "end": date(2027, 12, 31),
        "programme": "Programme des essais", "call": "AMI 2025", "deposited_on": date(2025, 10, 30),
        "payments": (date(2026, 2, 1), date(2027, 2, 1)), "cofunders": ("Commune, dite « A »", "CRESS"),
    }  # fmt: skip
    return Grant(**(said | more))


def opening(**more: Any) -> Opening:
    """Return a call."""
    said: dict[str, Any] = {
        "pk": UUID(int=5), "slug": "ami-2025", "title": "AMI 2025", "summary": "Financer le développement.",
        "status": "closed", "address": "https://terreau.example/appels/ami-2025/", "funder": FUNDER,
        "funder_name": FUNDER.name, "opens_at": AT, "closes_at": AT, "created_at": AT, "modified_at": AT,
        "envelope_cents": 50_000_000, "min_cents": 3_000_000, "max_cents": 8_000_000,
        "applicants": ("pole", "authority", "network"),
    }  # fmt: skip
    return Opening(**(said | more))
