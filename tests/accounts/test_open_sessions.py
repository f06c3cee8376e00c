"""Where one is signed in: the list, closing one session, closing all the others."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from terreau.accounts import personal
from terreau.accounts.models import OpenSession, User
from terreau.accounts.open_sessions import device
from tests.accounts.test_sign_in import PASSWORD, sign_in

PAGE = "/compte/securite/sessions/"
PHONE = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"
DESK = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    user = User.objects.create_user("camille@example.org", PASSWORD, name="Camille")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def signed_in(agent: str = DESK) -> Client:
    client = Client(headers={"User-Agent": agent})
    sign_in(client)
    return client


def is_in(client: Client) -> bool:
    return client.get("/compte/").status_code == 200


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (PHONE, "Firefox, Android"),
        (DESK, "Chrome, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/142.0.0.0 Safari/537.36 Edg/142.0", "Edge, Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari, iPhone",
        ),
        ("curl/8.5.0", ""),
        ("", ""),
        ("x" * 100_000, ""),
    ],
)
def test_a_device_is_told_by_its_families(agent: str, said: str) -> None:
    assert device(agent) == said


def test_the_list_says_each_device_and_which_one_this_is(person: User) -> None:
    desk, _phone = signed_in(), signed_in(PHONE)
    page = desk.get(PAGE).content.decode()
    assert page.index("Chrome, Linux") < page.index("celle-ci") < page.index("Firefox, Android")
    assert page.count('name="fermer"') == 1
    assert not any(key in page for key in Session.objects.values_list("session_key", flat=True))


def test_the_others_are_closed_and_this_one_stays(person: User) -> None:
    desk, phone, library = signed_in(), signed_in(PHONE), signed_in()
    page = desk.post(PAGE, follow=True).content.decode()
    assert "Les autres sessions sont fermées" in page
    assert [is_in(desk), is_in(phone), is_in(library)] == [True, False, False]
    assert "Aucune autre session" in page
    assert OpenSession.objects.count() == 1


def test_one_is_closed_and_the_others_stay(person: User) -> None:
    desk, phone, library = signed_in(), signed_in(PHONE), signed_in()
    found = OpenSession.objects.get(device="Firefox, Android")
    assert desk.post(PAGE, {"fermer": found.pk}).status_code == 302
    assert [is_in(desk), is_in(phone), is_in(library)] == [True, False, True]
    again = desk.post(PAGE, {"fermer": found.pk})
    assert again.status_code == 404
    assert "elle a été fermée ailleurs" in again.content.decode()


@pytest.mark.parametrize("asked", ["0", "-1", "x", "9" * 40, "\x00"])
def test_bad_input_closes_nothing(person: User, asked: str) -> None:
    desk, phone = signed_in(), signed_in(PHONE)
    assert desk.post(PAGE, {"fermer": asked}).status_code == 404
    assert is_in(phone)


def test_nobody_closes_the_session_of_somebody_else(person: User) -> None:
    mine = signed_in()
    other = Client()
    other.force_login(User.objects.create_user("autre@example.org"))
    row = OpenSession.objects.get(user=person)
    assert other.post(PAGE, {"fermer": row.pk}).status_code == 404
    assert other.post(PAGE).status_code == 302
    assert is_in(mine)
    assert Client().get(PAGE).status_code == 302
    assert Client().post(PAGE).status_code == 302
    assert is_in(mine)


def test_a_new_password_keeps_the_session_in_the_list_of_elsewhere(person: User) -> None:
    desk, phone = signed_in(), signed_in(PHONE)
    changed = "une autre phrase assez longue"
    data = {"oldpassword": PASSWORD, "password1": changed, "password2": changed}
    assert phone.post("/compte/mot-de-passe/changer/", data).status_code == 302
    assert is_in(phone)
    assert not is_in(desk), "Django closes the sessions of the old password"
    back = Client(headers={"User-Agent": DESK})
    sign_in(back, changed)
    assert "Firefox, Android" in back.get(PAGE).content.decode()


def test_an_ended_session_is_not_told(person: User) -> None:
    desk, _phone = signed_in(), signed_in(PHONE)
    gone = OpenSession.objects.get(device="Firefox, Android").session_id
    Session.objects.filter(pk=gone).update(expire_date=timezone.now() - timedelta(minutes=1))
    assert "Firefox" not in desk.get(PAGE).content.decode()


def test_leaving_takes_the_line_away_and_the_data_say_it(person: User) -> None:
    desk = signed_in()
    assert personal.export_account(person)["sessions"][0]["device"] == "Chrome, Linux"
    desk.post("/compte/deconnexion/")
    assert not OpenSession.objects.exists()


def test_an_erased_person_leaves_no_session(person: User) -> None:
    signed_in()
    personal.erase(person)
    assert not OpenSession.objects.exists()
