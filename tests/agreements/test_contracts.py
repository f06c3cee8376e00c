"""Contracts between the State and authorities: prepared by a programme, public once signed, poles named."""

from django.test import Client

from terreau.agreements.models import Agreement
from tests.agreements.conftest import Office, file


def _as(desk: Office, user: object) -> Client:
    client = Client()
    desk.enter(client, user)  # type: ignore[arg-type]
    return client


def test_a_contract_by_its_pages(desk: Office) -> None:
    owner = _as(desk, desk.owner)
    address = f"/programmes/{desk.programme.slug}/contrats/nouveau/"
    assert _as(desk, desk.stranger).get(address).status_code == 403
    typed = {"number": "CPER-1", "title": "Contrat de plan", "parties": "État\nRégion"}
    assert owner.post(address, {"number": "CPER-1"}).status_code == 422
    response = owner.post(address, typed)
    assert response.status_code == 302
    row = Agreement.objects.get()
    page = f"/contrats/{row.pk}/"
    assert owner.post(address, typed).status_code == 409
    assert Client().get(page).status_code == 404
    assert _as(desk, desk.officer).get(page).status_code == 404
    deed = row.deeds.get()
    values = {
        "seen": deed.version,
        "title": "Contrat de plan",
        "object": "Soutenir les pôles",
        "valid_from": "2021-01-01",
        "valid_to": "2027-12-31",
    }
    assert owner.post(page, {"faire": "write", **values}).status_code == 302
    named = owner.post(page, {"faire": "name", "pole": "inconnu", "how": ""})
    assert named.status_code == 422
    assert owner.post(page, {"faire": "name", "pole": desk.pole.slug, "how": "axe 3"}).status_code == 302
    deed.refresh_from_db()
    assert owner.post(page, {"faire": "freeze", "seen": deed.version}).status_code == 302
    deed.refresh_from_db()
    for one in row.signatories.all():
        paper = {"sha256": deed.sha256, "signed_on": "2021-02-01", "file": file()}
        assert owner.post(page, {"faire": f"paper-{one.pk}", **paper}).status_code == 302
    public = Client().get(page)
    assert public.status_code == 200
    assert desk.pole.actor.name in public.content.decode()
    listed = Client().get("/contrats/")
    assert "Contrat de plan" in listed.content.decode()
    assert Client().get(f"/contrats/{row.pk}/0.pdf").status_code == 200
    assert Client().post(page, {"faire": "name", "pole": desk.pole.slug}).status_code == 404
    assert owner.post(page, {"faire": "amend"}).status_code == 302
    draft = row.deeds.get(number=1)
    amended = {**values, "seen": draft.version, "object": "Un texte encore privé", "reason": "Suite"}
    assert owner.post(page, {"faire": "write", **amended}).status_code == 302
    assert "Un texte encore privé" in owner.get(page).content.decode()
    assert owner.get(f"/contrats/{row.pk}/1.pdf").status_code == 200
    for other in (Client(), _as(desk, desk.stranger)):
        shown = other.get(page).content.decode()
        assert "Un texte encore privé" not in shown
        assert "Soutenir les pôles" in shown
        assert other.get(f"/contrats/{row.pk}/1.pdf").status_code == 404
        assert other.get(f"/contrats/{row.pk}/0.pdf").status_code == 200
