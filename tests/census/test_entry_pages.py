"""The pages of a first entry: step by step without JavaScript, saved while typed with it, private."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Belonging
from terreau.census import entry
from terreau.census.entry_rules import Entry
from terreau.census.models import Attempt, Draft
from terreau.journal.models import Refusal
from terreau.poles.models import Pole
from terreau.web import entry_pages
from tests.people import People

pytestmark = pytest.mark.usefixtures("register")
BEGIN = "/poles/inscrire/"


def begun(client: Client, name: str = "Pôle du lin") -> Draft:
    """Begin a draft in this browser."""
    answer = client.post(BEGIN, {"name": name})
    assert answer.status_code == 302, answer.content.decode()
    return Draft.objects.latest("created_at")


def at(draft: Draft, step: str) -> str:
    return f"{BEGIN}{draft.pk}/{step}/"


def held(draft: Draft) -> Entry:
    return Entry.read(Draft.objects.get(pk=draft.pk).data)


def verified(user: User) -> User:
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    return user


def test_a_pole_that_begins_is_registered_without_javascript(client: Client, people: People) -> None:
    draft = begun(client)
    carrier = client.post(at(draft, "porteur"), {"carrier": "La Fileuse du Nulle-Part", "vu_carrier": ""})
    assert carrier["Location"] == at(draft, "communes")
    added = client.post(at(draft, "communes"), {"ajouter": "Redon", "faire": "ajouter"})
    assert added["Location"] == at(draft, "communes")
    onwards = client.post(at(draft, "communes"), {"codes": "35236", "ajouter": "44067", "format": "suite"})
    assert onwards["Location"] == at(draft, "membres")
    client.post(at(draft, "membres"), {"ajouter": "Le Moulin de Nulle-Part"})
    onwards = client.post(at(draft, "membres"), {"ajouter": "Une autre", "faire": "suite"})
    assert onwards["Location"] == at(draft, "intention")
    values = {"intention": "Relier.\r\nTisser.", "stage": "en_projet", "vu_intention": "", "vu_stage": ""}
    assert client.post(at(draft, "intention"), values)["Location"] == at(draft, "apercu")
    kept = held(draft)
    assert kept.communes == ("35236", "44067")
    assert [one.name for one in kept.members] == ["Le Moulin de Nulle-Part", "Une autre"]
    assert kept.intention == "Relier.\nTisser."

    page = client.get(at(draft, "apercu")).content.decode()
    assert "La Fileuse du Nulle-Part" in page
    assert "Créer un compte" in page
    assert "inscription/?next=" in page
    user = verified(people.stranger)
    client.force_login(user)
    page = client.get(at(draft, "apercu")).content.decode()
    assert "Inscrire le pôle" in page
    version = Draft.objects.get(pk=draft.pk).version
    done = client.post(at(draft, "inscrire"), {"version": version, "public": "non", "parle": "oui"})
    assert done["Location"] == at(draft, "fait")
    pole = Pole.objects.get(actor__name="Pôle du lin")
    assert not pole.actor.subject.public
    assert "privée" in client.get(at(draft, "fait")).content.decode()
    assert client.get(f"/poles/{pole.slug}/").status_code == 200
    assert client.get(at(draft, "nom"))["Location"] == at(draft, "fait")
    assert Client().get(f"/poles/{pole.slug}/").status_code == 404


def test_another_browser_is_told_that_nothing_is_there(client: Client, people: People) -> None:
    draft = begun(client)
    paths = [
        at(draft, one) for one in ("nom", "porteur", "communes", "membres", "intention", "apercu", "fait")
    ]
    other, signed = Client(), Client()
    signed.force_login(people.officer)
    for path in [*paths, at(draft, "abandonner")]:
        assert other.get(path).status_code == 404, path
        assert other.post(path, {"name": "x"}).status_code in {404, 405}, path
    for path in paths:
        assert signed.get(path).status_code in {302, 404}, path
    assert client.get(at(draft, "nulle-part")).status_code == 404
    assert held(draft).name == "Pôle du lin"


def test_the_cookie_is_out_of_reach(client: Client) -> None:
    answer = client.post(BEGIN, {"name": "Pôle"})
    cookie = answer.cookies[entry_pages.COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert 80 * 86_400 < cookie["max-age"] <= 90 * 86_400
    page = client.get(answer["Location"])
    assert cookie.value not in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert page["X-Robots-Tag"] == "noindex"


def test_several_drafts_are_found_again_and_one_is_abandoned(client: Client) -> None:
    first, second = begun(client, "Pôle un"), begun(client, "Pôle deux")
    page = client.get(BEGIN).content.decode()
    assert "Pôle un" in page
    assert "Pôle deux" in page
    assert "Pôle un" not in Client().get(BEGIN).content.decode()
    assert "Effacer" in client.get(at(first, "abandonner")).content.decode()
    client.post(at(first, "abandonner"))
    assert not Draft.objects.filter(pk=first.pk).exists()
    assert client.get(at(second, "nom")).status_code == 200


def test_the_personal_link_opens_the_draft_elsewhere(client: Client, mailoutbox: list[Any]) -> None:
    draft = begun(client)
    client.post(at(draft, "lien"), {"email": "a@example.org", "etape": "membres"})
    (message,) = mailoutbox
    address = next(line for line in message.body.splitlines() if "/reprendre/" in line)
    path = urlsplit(address.strip()).path
    other = Client()
    opened = other.get(path)
    assert opened["Location"] == at(draft, "porteur")
    assert opened["Referrer-Policy"] == "no-referrer"
    assert other.get(at(draft, "nom")).status_code == 200
    assert Client().get(f"{BEGIN}reprendre/faux/").status_code == 404
    assert not Draft.objects.filter(data__icontains="a@example.org").exists()
    bad = client.post(at(draft, "lien"), {"email": "nulle part"}, follow=True)
    assert "n&#x27;est pas valable" in bad.content.decode()
    assert len(mailoutbox) == 1


def test_the_draft_of_a_stranger_becomes_that_of_who_signs_in(client: Client, people: People) -> None:
    draft = begun(client)
    client.force_login(people.stranger)
    client.get(at(draft, "nom"))
    assert Draft.objects.get(pk=draft.pk).user is None
    client.post(at(draft, "nom"), {"name": "Pôle du lin", "vu_name": "Pôle du lin"})
    assert Draft.objects.get(pk=draft.pk).user == people.stranger
    elsewhere = Client()
    elsewhere.force_login(people.stranger)
    assert "Pôle du lin" in elsewhere.get(BEGIN).content.decode()
    client.logout()
    assert client.get(at(draft, "nom")).status_code == 404


@pytest.mark.parametrize("name", ["", "   ", "🌱", "x" * 10_000])
def test_a_name_that_is_none_begins_nothing(client: Client, name: str) -> None:
    answer = client.post(BEGIN, {"name": name})
    assert answer.status_code == 422
    assert "À corriger" in answer.content.decode()
    assert not Draft.objects.exists()
    assert not Attempt.objects.exists()


def test_one_connection_begins_only_so_many(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry_pages, "_DRAFTS_A_DAY", 2)
    for number in range(2):
        begun(client, f"Pôle {number}")
    assert client.post(BEGIN, {"name": "Pôle 3"}).status_code == 429
    assert Draft.objects.count() == 2


def test_what_is_typed_is_saved_and_says_so(client: Client) -> None:
    draft = begun(client)
    headers = {"HX-Request": "true"}
    values = {"intention": "Relier", "stage": "", "vu_intention": "", "vu_stage": "", "page": "p1"}
    answer = client.post(at(draft, "intention"), values, headers=headers)
    html = answer.content.decode()
    assert "Enregistré à" in html
    assert '<input type="hidden" name="vu_intention" value="Relier">' in html
    assert "<html" not in html
    assert held(draft).intention == "Relier"
    # The page goes on before it got that answer: it does not conflict with itself.
    onwards = client.post(at(draft, "intention"), values | {"intention": "Relier tout"})
    assert onwards.status_code == 302
    assert held(draft).intention == "Relier tout"


def test_what_cannot_be_saved_while_typed_is_said(client: Client) -> None:
    draft = begun(client)
    values = {"name": "x" * 300, "vu_name": "Pôle du lin", "page": "p1"}
    answer = client.post(at(draft, "nom"), values, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "Pas encore enregistré" in answer.content.decode()
    assert held(draft).name == "Pôle du lin"
    page = client.post(at(draft, "nom"), values)
    assert page.status_code == 422
    assert "x" * 300 in page.content.decode()


def test_two_pages_on_one_text_show_both_and_the_person_chooses(client: Client) -> None:
    draft = begun(client)
    base = {"stage": "", "vu_intention": "", "vu_stage": ""}
    client.post(at(draft, "intention"), base | {"intention": "Filer.", "page": "p1"})
    mine = base | {"intention": "Tisser.", "page": "p2"}
    typing = client.post(at(draft, "intention"), mine, headers={"HX-Request": "true"}).content.decode()
    assert "Rien n'est écrasé" in typing.replace("&#x27;", "'")
    assert 'name="vu_intention" value=""' in typing
    answer = client.post(at(draft, "intention"), mine)
    assert answer.status_code == 409
    html = answer.content.decode()
    assert "Filer." in html
    assert "Tisser." in html
    assert held(draft).intention == "Filer."
    chosen = client.post(at(draft, "intention"), mine | {"vu_intention": "Filer."})
    assert chosen.status_code == 302
    assert held(draft).intention == "Tisser."


def test_two_pages_change_the_communes_together(client: Client) -> None:
    draft = begun(client)
    client.post(at(draft, "communes"), {"codes": "", "choisir": "35236"})
    # This page was opened before and still shows nothing.
    client.post(at(draft, "communes"), {"codes": "", "choisir": "44067"})
    assert held(draft).communes == ("35236", "44067")
    client.post(at(draft, "communes"), {"codes": "35236", "retirer": "35236"})
    assert held(draft).communes == ("44067",)


def test_the_map_sends_what_the_list_sends(client: Client) -> None:
    draft = begun(client)
    answer = client.post(at(draft, "communes"), {"choisir": "35236,44067"}, headers={"X-Dessin": "1"})
    html = answer.content.decode()
    assert sorted(re.findall(r'name="codes" value="([^"]*)"', html)[0].split(",")) == ["35236", "44067"]
    assert 'data-address=""' in html
    assert held(draft).communes == ("35236", "44067")


@pytest.mark.parametrize(
    ("typed", "kept", "said"),
    [
        ("99999", (), "pas été compris"),
        ("Saint-Denis", (), "plusieurs territoires"),
        ("01091", ("01033",), ""),
        ("x" * 10_000, (), "pas été compris"),
        ("🌱", (), "pas été compris"),
    ],
)
def test_communes_that_are_unknown_ambiguous_or_old(
    client: Client, typed: str, kept: tuple[str, ...], said: str
) -> None:
    draft = begun(client)
    answer = client.post(at(draft, "communes"), {"coller": typed, "faire": "coller"}, follow=True)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert held(draft).communes == kept
    onwards = client.post(at(draft, "communes"), {"ajouter": typed, "format": "suite"})
    assert onwards.status_code == (200 if said else 302)


def test_a_table_is_pasted(client: Client) -> None:
    draft = begun(client)
    client.post(
        at(draft, "communes"), {"coller": "code;nom\n35236;Redon\n44067;Guémené-Penfao\n", "faire": "coller"}
    )
    assert "35236" in held(draft).communes


def test_organisations_are_recognised_never_guessed(client: Client) -> None:
    known = create_actor("Filature Xyzzy", source=None, public=True, siren="552100554")
    for number in range(2):
        create_actor("Les Jumelles Xyzzy", source=None, public=True, key=f"jumelle-{number}")
    create_actor("La Cachée Xyzzy", source=None, public=False)
    draft = begun(client)
    for typed in ("filature xyzzy", "552 100 554", "La Cachée Xyzzy"):
        client.post(at(draft, "membres"), {"ajouter": typed})
    assert [(one.name, bool(one.actor)) for one in held(draft).members] == [
        ("Filature Xyzzy", True),
        ("La Cachée Xyzzy", False),
    ]
    several = client.post(at(draft, "membres"), {"ajouter": "les jumelles xyzzy"})
    assert "Laquelle" in several.content.decode()
    assert len(held(draft).members) == 2
    client.post(at(draft, "membres"), {"choisir": str(known.pk), "nom": "x"})
    client.post(at(draft, "membres"), {"choisir": "", "nom": "Les Jumelles Xyzzy"})
    assert [one.name for one in held(draft).members][-1] == "Les Jumelles Xyzzy"
    client.post(at(draft, "membres"), {"retirer": str(known.pk)})
    assert len(held(draft).members) == 2
    offered = client.get(f"{BEGIN}organisations/?q=xyzz").json()["noms"]
    assert sorted(name for name, _place in offered) == ["Filature Xyzzy"] + ["Les Jumelles Xyzzy"] * 2
    assert client.get(f"{BEGIN}organisations/?q=x").json() == {"noms": []}


def test_a_carrier_of_a_known_name_is_asked_for(client: Client) -> None:
    known = create_actor("Filature Xyzzy", source=None, public=True)
    draft = begun(client)
    near = client.post(at(draft, "porteur"), {"carrier": "filature", "vu_carrier": ""})
    assert near.status_code == 200
    assert "Est-ce l'une de celles-ci" in near.content.decode().replace("&#x27;", "'")
    client.post(
        at(draft, "porteur"), {"carrier": "filature", "vu_carrier": "filature", "choisir": str(known.pk)}
    )
    assert held(draft).carrier_actor == str(known.pk)
    again = {"carrier": "Filature Xyzzy 2", "vu_carrier": "Filature Xyzzy", "choisir": ""}
    assert client.post(at(draft, "porteur"), again)["Location"] == at(draft, "communes")
    assert held(draft).carrier_actor == ""
    exactly = {"carrier": "FILATURE XYZZY", "vu_carrier": "Filature Xyzzy 2"}
    assert client.post(at(draft, "porteur"), exactly).status_code == 302
    assert held(draft).carrier == "Filature Xyzzy"


def test_a_pasted_list_of_members_and_too_many(client: Client) -> None:
    draft = begun(client)
    client.post(at(draft, "membres"), {"coller": "Un\r\n\r\nDeux\nUn\n" + "é" * 400, "faire": "coller"})
    assert [one.name[:4] for one in held(draft).members] == ["Un", "Deux", "éééé"]
    too_many = {"coller": "\n".join(f"Asso {n}" for n in range(299)), "faire": "coller"}
    answer = client.post(at(draft, "membres"), too_many)
    assert answer.status_code == 422
    assert "300 membres" in answer.content.decode()


def ready(client: Client, name: str, user: User) -> Draft:
    """A draft with all it needs, of somebody who signed in."""
    client.force_login(verified(user))
    draft = begun(client, name)
    client.post(at(draft, "communes"), {"choisir": "21231"})
    draft.refresh_from_db()
    return draft


def test_a_pole_that_is_known_is_joined_instead(client: Client, people: People) -> None:
    draft = ready(client, "La Coursive Boutaric", people.stranger)
    page = client.get(at(draft, "apercu")).content.decode()
    assert "Est-ce l'un de ceux-ci" in page.replace("&#x27;", "'")
    assert "/poles/la-coursive-boutaric/" in page
    client.post(at(draft, "rejoindre"), {"pole": "la-coursive-boutaric", "role": "animator"})
    row = Belonging.objects.asked().get(user=people.stranger)
    assert (row.actor, row.role) == (people.pole_actor, "animator")
    assert Draft.objects.filter(pk=draft.pk, submitted_at=None).exists()
    assert client.post(at(draft, "rejoindre"), {"pole": "autre"}).status_code == 404
    twice = client.post(at(draft, "rejoindre"), {"pole": "la-coursive-boutaric", "role": "member"})
    assert twice.status_code == 409


def test_a_private_pole_is_never_shown_as_alike(client: Client, people: People) -> None:
    first = ready(client, "Pôle secret Xyzzy", people.stranger)
    entry.submit(first, by=people.stranger, version=first.version, public=False)
    other = Client()
    second = ready(other, "Pôle secret Xyzzy", people.member)
    assert "semblables" not in other.get(at(second, "apercu")).content.decode()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"parle": ""}, "parlez au nom"),
        ({"parle": "oui", "version": "1"}, "relisez"),
        ({"parle": "oui", "version": "x"}, "relisez"),
    ],
)
def test_submitting_is_meant_and_read_over(
    client: Client, people: People, sent: dict[str, str], said: str
) -> None:
    draft = ready(client, "Pôle Xyzzy", people.stranger)
    values = {"version": str(draft.version), "public": "oui"} | sent
    answer = client.post(at(draft, "inscrire"), values, follow=True)
    assert said in answer.content.decode()
    assert not Pole.objects.filter(actor__name="Pôle Xyzzy").exists()


def test_who_has_no_confirmed_address_is_told_and_it_is_counted(client: Client, people: People) -> None:
    draft = ready(client, "Pôle Xyzzy", people.stranger)
    EmailAddress.objects.filter(user=people.stranger).update(verified=False)
    assert "Confirmez votre adresse" in client.get(at(draft, "apercu")).content.decode()
    values = {"version": str(draft.version), "parle": "oui"}
    client.post(at(draft, "inscrire"), values)
    assert Refusal.objects.get(verb="pole.register").by == people.stranger.pk
    assert not Pole.objects.filter(actor__name="Pôle Xyzzy").exists()


def test_a_stranger_submits_nothing(client: Client) -> None:
    draft = begun(client)
    answer = client.post(at(draft, "inscrire"), {"version": "1", "parle": "oui"})
    assert answer["Location"] == at(draft, "apercu")
    assert client.post(at(draft, "rejoindre"), {"pole": "x"})["Location"] == at(draft, "apercu")


def test_published_at_once_it_is_in_the_directory(client: Client, people: People) -> None:
    draft = ready(client, "Pôle Xyzzy", people.stranger)
    values = {"version": str(draft.version), "public": "oui", "parle": "oui"}
    client.post(at(draft, "inscrire"), values)
    assert "Pôle Xyzzy" in Client().get("/poles/?q=xyzzy").content.decode()
    assert "publique" in client.get(at(draft, "fait")).content.decode()


def test_everything_is_guarded_against_forgery(people: People) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(BEGIN, {"name": "x"}).status_code == 403
    draft = begun(Client())
    for step in ("nom", "communes", "membres", "inscrire", "abandonner", "lien", "rejoindre"):
        assert strict.post(at(draft, step), {}).status_code == 403, step
