"""Cards of organisations for address books."""

from uuid import uuid4

import pytest
from django.test import Client

from terreau.actors.models import Actor, LegalNature

pytestmark = pytest.mark.usefixtures("register")


def public() -> Actor:
    return Actor.objects.filter(subject__public=True, subject__kind="actor", zone__level="commune")[0]


def test_a_card_says_the_organisation_and_where_it_is(client: Client) -> None:
    actor = public()
    Actor.objects.filter(pk=actor.pk).update(name="Éco; a, b \\ c\nEND:VCARD" + "é" * 60)
    response = client.get(f"/acteurs/{actor.pk}/carte.vcf")
    assert response["Content-Type"] == "text/vcard; charset=utf-8"
    lines = response.content.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    whole = response.content.decode().replace("\r\n ", "").split("\r\n")
    assert whole[:4] == ["BEGIN:VCARD", "VERSION:4.0", "KIND:org", f"UID:urn:uuid:{actor.pk}"]
    assert whole[4] == "FN:Éco\\; a\\, b \\\\ c\\nEND:VCARD" + "é" * 60
    assert whole.count("END:VCARD") == 1
    assert actor.zone
    assert any(line.startswith(f"ADR:;;;{actor.zone.name};") for line in whole)


def test_a_person_and_the_unknown_have_no_card(client: Client) -> None:
    actor = public()
    Actor.objects.filter(pk=actor.pk).update(legal_nature=LegalNature.NATURAL_PERSON)
    assert client.get(f"/acteurs/{actor.pk}/carte.vcf").status_code == 404
    assert client.get(f"/acteurs/{uuid4()}/carte.vcf").status_code == 404


def test_the_page_leads_to_the_card(client: Client) -> None:
    actor = public()
    assert f'href="/acteurs/{actor.pk}/carte.vcf"' in client.get(f"/acteurs/{actor.pk}/").content.decode()
