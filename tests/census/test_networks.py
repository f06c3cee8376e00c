"""Registers of context: the networks and what each takes charge of, the other groupings and their labels."""

import pytest
from django.test import Client

from terreau.actors.models import Actor
from terreau.census import comparison, networks
from terreau.pieces.actions import source
from terreau.poles.models import Pole
from terreau.poles.qualification import end_recognition, recognise


def test_each_network_says_what_it_takes_charge_of(register: None, client: Client) -> None:
    page = client.get("/reseaux/").content.decode()
    assert "COORACE" in page
    assert "Renouveau productif" in page
    assert "Soutien et accompagnement des PTCE créatifs" in page
    assert "Groupe de travail" in page


def test_a_private_network_is_not_shown(register: None, client: Client) -> None:
    actor = Actor.objects.get(key="coorace")
    actor.subject.public = False
    actor.subject.save()
    assert "COORACE" not in client.get("/reseaux/").content.decode()


def test_queries_do_not_grow(register: None, django_assert_max_num_queries: object) -> None:
    from datetime import date

    with django_assert_max_num_queries(6):  # type: ignore[operator]
        found = networks.networks(date(2026, 11, 21), "fr")
    assert len(found) > 10
    assert all(one.actor.legal_nature != "collective" for one in found)


def test_the_comparison_has_its_dimensions_in_both_languages() -> None:
    cited, dimensions = comparison.load()
    assert cited == "S0 annexe §2"
    assert len(dimensions) == 7
    for one in dimensions:
        assert all(text["fr"] and text["en"] for text in (one.label, one.ptce, one.competitiveness))


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_page_of_other_groupings(register: None, client: Client, prefix: str) -> None:
    page = client.get(f"{prefix}/autres-regroupements/")
    assert page.status_code == 200
    assert ("innovation sociale" if not prefix else "Social innovation") in page.content.decode()


def test_a_label_names_who_holds_it_and_its_end(register: None, client: Client) -> None:
    from datetime import date

    pole = Pole.objects.get(slug="la-coursive-boutaric")
    said = source("declaration", "essai", "Déclaration")
    row = recognise(pole, "label-externe:cluster-DATAR", body=None, on=date(2010, 5, 1), by=None, source=said)
    page = client.get("/autres-regroupements/").content.decode()
    assert pole.actor.name in page
    end_recognition(row, on=date(2014, 1, 1), reason="politique close", by=None)
    assert "terminé en 2014" in client.get("/autres-regroupements/").content.decode()
    pole.actor.subject.public = False
    pole.actor.subject.save()
    assert pole.actor.name not in client.get("/autres-regroupements/").content.decode()
