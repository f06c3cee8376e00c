"""A second factor for those who decide, and a proof before sensitive acts."""

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from terreau.accounts import second_factor
from terreau.accounts.models import User
from tests.people import People, enrol

ENROLMENT = "/compte/securite/obligatoire/"
WHO = ["moderator", "officer", "administrator"]


def code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


@pytest.mark.parametrize("who", WHO)
def test_who_decides_without_a_factor_reads_as_a_stranger(client: Client, people: People, who: str) -> None:
    client.force_login(getattr(people, who))
    page = client.get("/poles/")
    assert page.status_code == 200
    assert "Activer le second facteur" in page.content.decode()
    assert "/compte/deconnexion/" not in page.content.decode()


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize(
    "path", ["/compte/organisations/", "/compte/roles/", "/compte/mes-donnees/", "/compte/adresse/"]
)
def test_private_pages_lead_to_the_enrolment(client: Client, people: People, who: str, path: str) -> None:
    client.force_login(getattr(people, who))
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith(ENROLMENT)


def test_a_private_sheet_leads_to_the_enrolment(client: Client, people: People) -> None:
    subject = people.pole_actor.subject
    subject.public = False
    subject.save()
    path = f"/poles/{people.pole_actor.pole.slug}/"
    client.force_login(people.officer)
    assert client.get(path)["Location"].startswith(ENROLMENT)
    people.sign_in(client, people.officer)
    assert client.get(path).status_code != 302


def test_writing_is_refused_to_a_program_with_its_code(client: Client, people: People) -> None:
    client.force_login(people.moderator)
    for headers in ({"HX-Request": "true"}, {"Accept": "application/json"}):
        response = client.post("/compte/organisations/demandes/", {"id": "1"}, headers=headers)
        assert response.status_code == 403
        assert response.json()["code"] == "second_factor_needed"


def test_the_enrolment_leads_back(client: Client, people: People) -> None:
    client.force_login(people.officer)
    page = client.get(client.get("/compte/organisations/")["Location"])
    assert "Votre rôle vous fait décider" in page.content.decode()
    assert client.session["after_enrolment"] == "/compte/organisations/"


def test_the_way_back_stays_on_the_site(client: Client, people: People) -> None:
    client.force_login(people.officer)
    client.get(f"{ENROLMENT}?next=https://elsewhere.example/")
    assert "after_enrolment" not in client.session


@pytest.mark.parametrize("who", WHO)
def test_with_a_factor_they_work(client: Client, people: People, who: str) -> None:
    people.sign_in(client, getattr(people, who))
    assert client.get("/compte/organisations/").status_code == 200


@pytest.mark.parametrize("who", ["animator", "member", "stranger"])
def test_the_others_need_none(client: Client, people: People, who: str) -> None:
    client.force_login(getattr(people, who))
    assert client.get("/compte/organisations/").status_code == 200


def test_codes_alone_are_no_factor(client: Client, people: People) -> None:
    Authenticator.objects.create(user=people.officer, type=Authenticator.Type.RECOVERY_CODES, data={})
    client.force_login(people.officer)
    assert client.get("/compte/organisations/").status_code == 302


def test_one_enrols_an_application(client: Client, people: People) -> None:
    people.officer.set_password("une phrase assez longue")
    people.officer.save()
    client.force_login(people.officer)
    page = client.get("/compte/securite/application/activer/")
    assert page["Location"].startswith("/compte/confirmer-acces/")
    client.post(page["Location"], {"password": "une phrase assez longue"})
    form = client.get("/compte/securite/application/activer/").context["form"]
    client.post("/compte/securite/application/activer/", {"code": code(form.secret)})
    factor = Authenticator.objects.get(user=people.officer, type="totp")
    assert form.secret not in str(factor.data)
    assert client.get("/compte/organisations/").status_code == 200
    assert Authenticator.objects.filter(user=people.officer, type="recovery_codes").exists()


def test_the_factor_is_asked_at_sign_in(client: Client, people: People) -> None:
    from allauth.account.models import EmailAddress

    user = people.officer
    user.set_password("une phrase assez longue")
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    secret = enrol(user)
    response = client.post("/compte/connexion/", {"login": user.email, "password": "une phrase assez longue"})
    assert response["Location"] == "/compte/connexion/code/"
    assert "_auth_user_id" not in client.session
    client.post("/compte/connexion/code/", {"code": code(secret)})
    assert client.session["_auth_user_id"] == str(user.pk)


def test_who_has_a_factor_proves_it_and_not_a_password(client: Client, people: People) -> None:
    people.officer.set_password("une phrase assez longue")
    people.officer.save()
    people.sign_in(client, people.officer)
    first = client.get("/compte/mes-donnees/export.zip")
    assert first["Location"].startswith("/compte/confirmer-acces/code/")
    by_password = client.post("/compte/confirmer-acces/", {"password": "une phrase assez longue"})
    assert by_password["Location"].startswith("/compte/confirmer-acces/code/")
    assert client.get("/compte/mes-donnees/export.zip").status_code == 302


@pytest.mark.parametrize(
    "path",
    [
        "/compte/securite/application/desactiver/",
        "/compte/securite/codes/nouveaux/",
        "/compte/mes-donnees/effacer/",
    ],
)
def test_sensitive_pages_ask_for_a_proof(client: Client, people: People, path: str) -> None:
    people.sign_in(client, people.officer)
    assert client.get(path)["Location"].startswith("/compte/confirmer-acces/code/")
    people.sign_in(client, people.officer, proved=True)
    assert client.get(path).status_code == 200


def test_changing_the_address_asks_for_a_proof(client: Client, people: People) -> None:
    people.sign_in(client, people.officer)
    response = client.post("/compte/adresse/", {"email": "autre@example.org", "action_add": ""})
    assert response["Location"].startswith("/compte/confirmer-acces/")


def signed(request: Any) -> HttpResponse:
    """Stand for an act that binds."""
    return HttpResponse("signed")


def asked(people: People, *, age: float | None, method: str = "mfa", **headers: str) -> Any:
    """Ask to sign, having proved ``age`` seconds ago."""
    request = RequestFactory().post("/signer/", headers=headers)  # type: ignore[arg-type]
    request.user = people.officer
    records = [] if age is None else [{"method": method, "at": time.time() - age, "reauthenticated": True}]
    request.session = {  # type: ignore[assignment]
        "account_authentication_methods": records,
        "account_authentication_methods_user": str(people.officer.pk),
    }
    return second_factor.sensitive(signed)(request)


def test_the_decorator_lets_a_recent_proof_through(people: People) -> None:
    enrol(people.officer)
    assert asked(people, age=10).status_code == 200
    assert asked(people, age=400)["Location"].startswith(reverse("mfa_reauthenticate"))
    assert asked(people, age=10, method="password").status_code == 302
    assert asked(people, age=None).status_code == 302


def test_a_program_is_told_that_a_proof_is_needed(people: People) -> None:
    enrol(people.officer)
    response = asked(people, age=None, Accept="application/json")
    assert response.status_code == 403
    assert b"proof_needed" in response.content


def test_who_has_nothing_to_prove_with_is_led_to_a_factor(people: People) -> None:
    people.officer.set_unusable_password()
    people.officer.save()
    assert asked(people, age=None)["Location"] == ENROLMENT


def test_the_secret_of_another_key_matches_no_code(people: People, settings: Any) -> None:
    secret = enrol(people.officer)
    factor = Authenticator.objects.get(user=people.officer)
    assert factor.wrap().validate_code(code(secret))
    settings.SECRET_KEY = "another key"
    assert not factor.wrap().validate_code(code(secret))


def test_a_removed_role_needs_no_factor_any_more(people: People) -> None:
    assert second_factor.needed(people.officer)
    people.officer.global_roles.update(valid_to=people.officer.global_roles.get().valid_from)
    assert not second_factor.needed(User.objects.get(pk=people.officer.pk))
