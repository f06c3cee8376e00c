"""Who sees what: a stranger, a refused applicant, a reviewer in conflict, an officer of another region.

Each sees what he may and no more; every refusal to somebody signed in is in the journal.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from django.db.models import Sum
from django.test import Client

from terreau.accounts.models import User
from terreau.calls.models import Role
from terreau.dossiers import freezing
from terreau.dossiers.models import Dossier, Transition
from terreau.instruction import assigning, conflicts
from terreau.journal.models import Refusal
from tests.dossiers import making
from tests.instruction import conftest as office
from tests.people import enrol

NOW = datetime(2026, 12, 20, 9, tzinfo=making.PARIS)
SECRET, PRIVATE = "Projet-secret-42", "Motif-prive-17"
pytestmark = pytest.mark.django_db

#: Pages of a file of somebody else. {x}: that file.
OF_THE_FILE = (
    *("/dossiers/{x}/", "/dossiers/{x}/copies/", "/dossiers/{x}/copies/1.json", "/dossiers/{x}/recepisse/"),
    *("/dossiers/{x}/dossier.pdf", "/dossiers/{x}/dossier.zip", "/dossiers/{x}/equipe/"),
    *("/dossiers/{x}/signatures/", "/dossiers/{x}/financement/", "/dossiers/{x}/convention/"),
    *("/dossiers/{x}/versements/", "/dossiers/{x}/suivi/", "/dossiers/{x}/evaluation/"),
    *("/dossiers/{x}/echanges/", "/instruction/dossiers/{x}/", "/instruction/dossiers/{x}/relecture/"),
    *("/instruction/dossiers/{x}/avis/", "/instruction/dossiers/{x}/complements/"),
)
#: Pages of the people of the call.
OF_THE_CALL = (
    *("/instruction/appel/", "/instruction/appel/relectures/", "/instruction/appel/harmonisation/"),
    *("/comite/appel/", "/comite/appel/decisions/", "/comite/appel/assistant/"),
    *("/appels/appel/controle/", "/appels/appel/construire/", "/appels/appel/saisir/"),
    *("/programmes/{programme}/pilotage/", "/programmes/{programme}/enveloppe/"),
)
#: Pages of everybody.
OF_ALL = (
    *("/appels/", "/appels/appel/", "/appels/appel/resultats/", "/programmes/{programme}/"),
    *("/programmes/{programme}/chiffres/", "/appels/calls.json", "/appels/flux.atom"),
    # The seed of a draw is published before it.
    "/instruction/appel/tirage/",
)


@dataclass(frozen=True)
class House:
    """A call under instruction: the secret file, and the people around it."""

    call: Any
    secret: Dossier
    refused: Dossier
    viewers: dict[str, User]

    def paths(self, patterns: tuple[str, ...]) -> list[str]:
        named = {"x": self.secret.pk, "programme": self.call.programme.slug}
        return [one.format(**named) for one in patterns]


@pytest.fixture(autouse=True)
def _day() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def house() -> House:
    call = making.call(slug="appel", review=office.GRID)
    here, elsewhere = office.region("53", "Bretagne"), office.region("76", "Occitanie")
    answers = making.COMPLETE | {"title": SECRET}
    secret = making.dossier(
        call, state="region", deposited_at=NOW, zone=here, lead=making.person("autre"), answers=answers,
        title=SECRET,
    )  # fmt: skip
    freezing.freeze(secret, "deposit", by=None, at=NOW)
    refused = making.dossier(call, state="refused", deposited_at=NOW, title="Mon projet", zone=here,
                             lead=making.person("candidat"))  # fmt: skip
    Transition.objects.create(
        dossier=secret, from_state="deposited", to_state="region", verb="to_region", at=NOW, reason=PRIVATE
    )
    viewers = {name: making.person(name) for name in ("conflit", "ailleurs", "fini", "ferme")}
    making.role(viewers["conflit"], call, "reviewer")
    making.role(viewers["ailleurs"], call, "officer", zone=elsewhere)
    making.role(viewers["fini"], call, "officer", valid_to=date(2026, 12, 1))
    making.role(viewers["ferme"], call, "owner")
    assigning.give(assigning.Plan("reviewer", ((secret.pk, viewers["conflit"].pk),)), by=None)
    conflicts.declare(secret, viewers["conflit"], why="Mon frère y travaille.")
    for one in viewers.values():
        enrol(one)
    viewers["candidat"] = refused.writers.get().user  # type: ignore[assignment]
    return House(call, secret, refused, viewers)


def look(client: Client, paths: list[str]) -> dict[str, int]:
    """Open each page; nothing secret is on any of them."""
    found = {}
    for path in paths:
        answer = client.get(path)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        for word in (SECRET, PRIVATE):
            assert word.encode() not in body, path
        found[path] = answer.status_code
    return found


def refusals(user: User) -> int:
    """Return how many refusals the journal counts of a person."""
    return Refusal.objects.filter(by=user.pk).aggregate(sum=Sum("count"))["sum"] or 0


def test_a_stranger_reads_what_is_public(house: House) -> None:
    client = Client()
    public = look(client, house.paths(OF_ALL))
    assert set(public.values()) == {200}, public
    calls = look(client, house.paths(OF_THE_CALL))
    assert set(calls.values()) == {302}, calls
    files = look(client, house.paths(OF_THE_FILE))
    assert set(files.values()) <= {302, 404}, files
    assert not Refusal.objects.exists()


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("candidat", set()),
        ("conflit", {"/instruction/appel/"}),
        ("ailleurs", {*OF_THE_CALL[:5], "/appels/appel/saisir/"}),
        ("fini", set()),
    ],
)
def test_each_sees_what_he_may_and_every_refusal_is_counted(house: House, who: str, may: set[str]) -> None:
    user = house.viewers[who]
    client = office.sign_in(Client(), user) if who != "candidat" else Client()
    if who == "candidat":
        client.force_login(user)
    public = look(client, house.paths(OF_ALL))
    assert set(public.values()) == {200}, public
    part = who in {"conflit", "ailleurs"}
    files = look(client, house.paths(OF_THE_FILE))
    assert set(files.values()) == ({403} if part else {404}), files
    calls = look(client, house.paths(OF_THE_CALL))
    opened = {path for path, status in calls.items() if status == 200}
    assert opened <= may, opened
    assert {status for path, status in calls.items() if path not in may} <= {403, 404}, calls
    refused = [status for status in (*files.values(), *calls.values()) if status == 403]
    assert refusals(user) == len(refused) > 0


def test_a_closed_account_does_not_enter(house: House) -> None:
    user = house.viewers["ferme"]
    client = office.sign_in(Client(), user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    calls = look(client, house.paths(OF_THE_CALL))
    assert set(calls.values()) == {302}, calls
    files = look(client, house.paths(OF_THE_FILE))
    assert set(files.values()) <= {302, 404}, files


def test_a_refused_applicant_reads_his_own_file(house: House) -> None:
    client = Client()
    client.force_login(house.viewers["candidat"])
    page = client.get(f"/dossiers/{house.refused.pk}/")
    assert page.status_code == 200
    assert "Mon projet" in page.content.decode()
    assert client.get("/mes-dossiers/").status_code == 200


def test_who_checks_reads_the_file_and_leaves_a_trace(house: House) -> None:
    auditor = making.person("controle")
    making.role(auditor, house.call, "auditor")
    client = office.sign_in(Client(), auditor)
    assert SECRET in client.get(f"/dossiers/{house.secret.pk}/").content.decode()
    assert client.post(f"/dossiers/{house.secret.pk}/etape/", {"verb": "admit"}).status_code in {
        403,
        405,
        422,
    }
    looks = house.secret.subject.events.filter(verb="audit.looked", by=auditor.pk)
    assert looks.count() == 1


def test_a_role_without_a_second_factor_reads_as_a_stranger(house: House) -> None:
    user = making.person("sans")
    Role.objects.create(user=user, call=house.call, role="owner", valid_from=date(2026, 1, 1))
    client = Client()
    client.force_login(user)
    statuses = look(client, house.paths(OF_THE_CALL))
    assert set(statuses.values()) == {302}, statuses
    assert client.get("/comite/appel/")["Location"].startswith("/compte/securite/obligatoire/")
