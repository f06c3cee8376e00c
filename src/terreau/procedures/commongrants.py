"""CommonGrants: the call as an opportunity and what it gave as awards, checked by the protocol's own models.

The models take more than a second to be read: they are when a file is made, never when the site starts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from terreau.procedures.grants import Grant, Opening, Party, euros

_PARIS = ZoneInfo("Europe/Paris")
#: Kinds of applicants of a call that the protocol has a word for; the others are said in ours.
_APPLICANTS = {"pole": "organization"}


def document(call: Opening, grants: Iterable[Grant]) -> dict[str, Any]:
    """Return ``{"opportunity": …, "awards": […]}``; pydantic refuses what the protocol would."""
    from common_grants_sdk.schemas.pydantic import AwardBase, OpportunityDetails

    rows = [one for one in grants if one.cents is not None]
    opportunity = OpportunityDetails.model_validate(opening(call, rows))
    awards = [AwardBase.model_validate(award(one, call)) for one in rows]
    return {
        "opportunity": _plain(opportunity),
        "awards": [_plain(one) for one in awards],
    }


def package(call: Opening, grants: Iterable[Grant]) -> bytes:
    """Return the file."""
    return (json.dumps(document(call, grants), ensure_ascii=False, indent=1) + "\n").encode()


def opening(call: Opening, awards: list[Grant]) -> dict[str, Any]:
    """Return a call in the words of the protocol."""
    said: dict[str, Any] = {
        "id": str(call.pk),
        "title": call.title,
        "description": call.summary or call.title,
        "status": {"value": call.status},
        "funding": _funding(call, awards),
        "keyDates": _dates(call),
        "acceptedApplicantTypes": [_applicant(one) for one in call.applicants],
        "awards": [{"id": str(one.pk), "title": one.shown_title} for one in awards],
        "createdAt": _instant(call.created_at),
        "lastModifiedAt": _instant(call.modified_at),
    }
    if call.address.startswith("http"):
        said["source"] = call.address
    if call.funder is not None:
        said["funders"] = {"primary": _party(call.funder)}
    return said


def award(one: Grant, call: Opening) -> dict[str, Any]:
    """Return what was given, in the words of the protocol."""
    funding = {"awardedAmount": _money(one.cents), "requestedAmount": _money(one.asked_cents),
               "disbursedAmount": _money(one.paid_cents)}  # fmt: skip
    dates = {"awardDate": _event("Décision", one.decided_on)}
    if one.start and one.end:
        dates["periodOfPerformance"] = {
            "name": "Projet",
            "eventType": "dateRange",
            "startDate": one.start.isoformat(),
            "endDate": one.end.isoformat(),
        }
    return {
        "id": str(one.pk),
        "title": one.shown_title,
        "description": one.purpose or one.title,
        "status": {"value": "cancelled" if one.ended else "awarded"},
        "funding": {name: money for name, money in funding.items() if money},
        "keyDates": dates,
        "opportunity": {"id": str(call.pk), "title": call.title},
        "application": {"id": str(one.pk), "title": one.title},
        "funders": {"primary": _party(one.funder)},
        "recipientOrganizations": {"primary": _party(one.recipient)},
        "createdAt": _instant(one.modified_at),
        "lastModifiedAt": _instant(one.modified_at),
    }


def _funding(call: Opening, awards: list[Grant]) -> dict[str, Any]:
    said = {
        "totalAmountAvailable": _money(call.envelope_cents),
        "minAwardAmount": _money(call.min_cents),
        "maxAwardAmount": _money(call.max_cents),
        "estimatedAwardCount": len(awards) or None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _dates(call: Opening) -> dict[str, Any]:
    said = {}
    if call.opens_at:
        said["postDate"] = _event("Ouverture", call.opens_at)
    if call.closes_at:
        said["closeDate"] = _event("Clôture", call.closes_at)
    return said


def _applicant(kind: str) -> dict[str, str]:
    value = _APPLICANTS.get(kind, "custom")
    return {"value": value, "customValue": kind} if value == "custom" else {"value": value}


def _event(name: str, at: date | datetime) -> dict[str, str]:
    """Return a date of the protocol; an instant is said at Paris, where it counts."""
    said = {"name": name, "eventType": "singleDate"}
    if isinstance(at, datetime):
        local = at.astimezone(_PARIS)
        return said | {"date": local.date().isoformat(), "time": local.time().isoformat("seconds")}
    return said | {"date": at.isoformat()}


def _money(cents: int | None) -> dict[str, str] | None:
    return None if cents is None else {"amount": f"{euros(cents):f}", "currency": "EUR"}


def _party(party: Party) -> dict[str, Any]:
    said: dict[str, Any] = {"id": str(party.pk), "name": party.name}
    numbers = {"org:fr:siret": party.siret, "org:fr:siren": party.siren or party.siret[:9],
               "org:fr:rna": party.rna}  # fmt: skip
    known = {code: {"registry": {"code": code}, "id": number} for code, number in numbers.items() if number}
    return said | ({"identifiers": {"otherIds": known}} if known else {})


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _plain(model: Any) -> dict[str, Any]:
    said: dict[str, Any] = model.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return said
