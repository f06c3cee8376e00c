"""Imported layers: zones, communes in whole or in part, measures, and what is withheld."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from terreau.pieces.actions import source
from terreau.territories.models import Layer, LayerValue, LayerZone, Zone

pytestmark = pytest.mark.usefixtures("zones")


def layer(name: str, kind: str) -> Layer:
    return Layer.objects.create(
        name=name,
        vintage=2024,
        kind=kind,
        label={"fr": "Couche", "en": "Layer"},
        cog_year=2026,
        source=source("register", "INSEE", "Une source"),
    )


def commune(code: str) -> Zone:
    return Zone.objects.get(level="commune", code=code, cog_year=2026)


def get(client: Client, path: str, **headers: str) -> Any:
    response = client.get(f"/api/v1/layers{path}", headers=headers)
    assert response.status_code == 200, response.content
    return response.json()


def test_a_layer_says_its_zones_and_their_communes(client: Client) -> None:
    qpv = layer("qpv", "list")
    for code, zone, partial in [("35236", "A", True), ("35238", "A", False), ("35238", "B", True)]:
        LayerZone.objects.create(
            layer=qpv, commune=commune(code), code=zone, label=f"Zone {zone}", partial=partial
        )
    assert [one["nom"] for one in get(client, "")["results"]] == ["qpv"]
    assert get(client, "/qpv/2024", **{"accept-language": "en"})["libelle"] == "Layer"
    assert get(client, "/qpv/2024/zones?limit=1")["results"] == [
        {"code": "A", "libelle": "Zone A", "communes": 2, "en_partie": 1}
    ]
    following = get(client, "/qpv/2024/zones?limit=1")["next"]
    assert client.get(following).json()["results"][0]["code"] == "B"
    assert get(client, "/qpv/2024/communes?commune=35238&zone=B")["results"] == [
        {"commune": "35238", "zone": "B", "libelle": "Zone B", "en_partie": True}
    ]
    assert get(client, "/qpv/2024/communes")["count"] == 3


def test_a_secret_value_is_said_secret_never_zero(client: Client) -> None:
    filosofi = layer("filosofi", "measures")
    held = {"35236": Decimal("21500.5"), "35238": None}
    for code, value in held.items():
        LayerValue.objects.create(
            layer=filosofi, commune=commune(code), measure="d1_eur", value=value, secret=value is None
        )
    found = {line["commune"]: line for line in get(client, "/filosofi/2024/values")["results"]}
    assert found["35236"] == {"commune": "35236", "mesure": "d1_eur", "valeur": 21500.5, "secret": False}
    assert found["35238"] == {"commune": "35238", "mesure": "d1_eur", "valeur": None, "secret": True}
    assert get(client, "/filosofi/2024/values?commune=35238&mesure=d1_eur")["count"] == 1
    assert get(client, "/filosofi/2024/values?mesure=other")["count"] == 0
    assert get(client, "/filosofi/2024/zones")["count"] == 0


def test_no_layer_is_an_empty_list(client: Client) -> None:
    assert get(client, "") == {"results": [], "count": 0, "next": None, "previous": None}
