"""360Giving and CommonGrants: what the standards require is there, exact."""

import json
from datetime import date
from typing import Any

import pytest

from terreau.procedures import commongrants, grants360, scdl
from terreau.procedures.grants import Party, euros
from tests.procedures.made import POLE, grant, opening

#: What the published JSON schema of 360Giving requires of a grant and of an organisation.
GRANT = {"id", "title", "description", "currency", "amountAwarded", "awardDate", "recipientOrganization",
         "fundingOrganization"}  # fmt: skip


def test_360giving_has_what_the_standard_requires() -> None:
    said = json.loads(grants360.package([grant(), grant(cents=None)]))
    (one,) = said["grants"]
    assert set(one) >= GRANT
    assert one["amountAwarded"] == 72000.5
    assert one["awardDate"] == "2025-12-18"
    assert one["fundingOrganization"] == [{"id": "FR-SIRENE-233500016", "name": "Région des essais"}]
    assert one["recipientOrganization"][0]["id"].startswith("360G-terreau-")
    assert one["id"].startswith("360G-")


def test_common_grants_accepts_its_own_models() -> None:
    said = commongrants.document(opening(), [grant(paid_cents=100), grant(cents=None)])
    assert said["opportunity"]["funding"]["totalAmountAvailable"] == {"amount": "500000", "currency": "EUR"}
    assert said["opportunity"]["keyDates"]["closeDate"]["time"] == "10:30:00"
    (award,) = said["awards"]
    assert award["funding"]["awardedAmount"]["amount"] == "72000.5"
    assert award["funding"]["disbursedAmount"]["amount"] == "1"
    assert award["funders"]["primary"]["identifiers"]["otherIds"]["org:fr:siret"]["id"] == "23350001600040"
    assert said["opportunity"]["awards"] == [{"id": award["id"], "title": "Halle partagée"}]


def test_common_grants_says_little_when_little_is_known() -> None:
    bare: dict[str, Any] = {"funder": None, "opens_at": None, "closes_at": None, "envelope_cents": None,
                            "min_cents": None, "max_cents": None, "address": "/appels/a/"}  # fmt: skip
    party = Party(POLE.pk, "Collectif")
    said = commongrants.document(opening(**bare), [grant(recipient=party, start=None, ended=True)])
    assert "funders" not in said["opportunity"]
    assert "source" not in said["opportunity"]
    assert said["awards"][0]["status"]["value"] == "cancelled"
    assert "identifiers" not in said["awards"][0]["recipientOrganizations"]["primary"]


@pytest.mark.parametrize(("cents", "said"), [(100, "1"), (7_200_050, "72000.5"), (1, "0.01"), (0, "0")])
def test_euros_are_exact(cents: int, said: str) -> None:
    assert f"{euros(cents):f}" == said


def test_a_day_is_a_day() -> None:
    assert grants360.grant(grant(decided_on=date(2026, 2, 28)), "x")["awardDate"] == "2026-02-28"


def test_an_invented_file_says_so_in_every_format() -> None:
    invented = grant(example=True)
    assert scdl.row(invented, date(2026, 1, 1))["objet"].startswith("Exemple fictif : ")
    assert grants360.grant(invented, "x")["title"] == "Exemple fictif : Halle partagée"
    assert commongrants.award(invented, opening())["title"] == "Exemple fictif : Halle partagée"
