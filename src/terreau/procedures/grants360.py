"""The 360Giving Data Standard in JSON: grants that were given, for those who compare funders."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from terreau.procedures.grants import Grant, Party, euros


def grant(one: Grant, publisher: str) -> dict[str, Any]:
    """Return one grant; ``publisher`` begins its identifier, so that it is unique among all publishers."""
    said: dict[str, Any] = {
        "id": f"360G-{publisher}-{one.number}",
        "title": one.shown_title,
        "description": one.purpose or one.title,
        "currency": "EUR",
        "amountAwarded": float(euros(one.cents or 0)),
        "awardDate": one.decided_on.isoformat(),
        "recipientOrganization": [_party(one.recipient)],
        "fundingOrganization": [_party(one.funder)],
        "dateModified": one.modified_at.isoformat(),
    }
    if one.asked_cents is not None:
        said["amountAppliedFor"] = float(euros(one.asked_cents))
    if one.paid_cents is not None:
        said["amountDisbursed"] = float(euros(one.paid_cents))
    if one.start and one.end:
        said["plannedDates"] = [{"startDate": one.start.isoformat(), "endDate": one.end.isoformat()}]
    if one.programme:
        said["grantProgramme"] = [{"title": " – ".join(filter(None, (one.programme, one.call, one.strand)))}]
    if one.region_name:
        said["beneficiaryLocation"] = [{"name": one.region_name, "countryCode": "FR", "geoCode": one.region}]
    return said


def package(grants: Iterable[Grant], publisher: str = "terreau") -> bytes:
    """Return the file: every grant whose amount is known (the standard requires one), in euros."""
    rows = [grant(one, publisher) for one in grants if one.cents is not None]
    return (json.dumps({"grants": rows}, ensure_ascii=False, indent=1) + "\n").encode()


def _party(party: Party) -> dict[str, str]:
    """Return an organisation: by its number in the French register, else by ours."""
    siren = party.siren or party.siret[:9]
    return {"id": f"FR-SIRENE-{siren}" if siren else f"360G-terreau-{party.pk}", "name": party.name}
