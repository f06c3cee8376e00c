"""The rules of a body as they are frozen when a meeting is convened or a ballot opens: JSON and back."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from terreau.governance import rules
from terreau.governance.models import Body, College, Seat


def of_body(body: Body) -> dict[str, Any]:
    """Return what the statutes of a body say today, in JSON (one query)."""
    weights = College.objects.filter(body=body).values_list("name", "weight")
    return {
        "quorum": [body.quorum_num, body.quorum_den],
        "quorum_by_college": body.quorum_by_college,
        "proxies": body.proxies,
        "majority": body.majority,
        "counting": body.counting,
        "sharing": body.sharing,
        "weights": dict(weights),
    }


def read(data: Mapping[str, Any]) -> rules.BodyRules:
    """Return the rules that were frozen."""
    return rules.BodyRules(
        quorum=Fraction(*data["quorum"]),
        quorum_by_college=data["quorum_by_college"],
        proxies=data["proxies"],
        majority=rules.Majority(data["majority"]),
        counting=rules.Counting(data["counting"]),
        sharing=rules.Sharing(data["sharing"]),
        weights=data["weights"],
    )


def seats(rows: Sequence[Seat]) -> list[rules.Seat]:
    """Return the seats that have a voice, as the rules know them."""
    return [rules.Seat(str(row.pk), row.college.name if row.college else "") for row in rows if row.votes]
