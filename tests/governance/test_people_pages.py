"""Every page of members and governance: who reads it, who is refused, in how many queries, what it sends."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor, Belonging
from terreau.facts.models import Fact
from terreau.governance import admissions, bodies, composed_people, sharing, statutes
from terreau.governance.models import Admission, Body, College, Consent, Form, FunctionShare, Seat, Statute
from terreau.journal.models import Refusal
from terreau.poles import workspace
from terreau.poles.composition import add_member
from terreau.poles.models import Membership, Pole
from tests.governance.conftest import House

TODAY = timezone.localdate()
HOME = "/poles/pole-essai/espace/"


def person(name: str, actor: Actor | None = None, role: str = Belonging.Role.MEMBER) -> User:
    user = User.objects.create_user(f"{name}@people.example.org", name=name.capitalize())
    if actor is not None:
        now = timezone.now()
        Belonging.objects.create(
            user=user, actor=actor, role=role, asked_at=now, confirmed_at=now, confirmed_by=user
        )
    return user


@dataclass
class Door:
    """A client for each of the four who come to a workspace."""

    house: House
    member: Actor
    clients: dict[str, Client]

    def get(self, who: str, path: str) -> Any:
        return self.clients[who].get(path if path.startswith("/") else HOME + path)

    def post(self, who: str, path: str, **data: Any) -> Any:
        return self.clients[who].post(path if path.startswith("/") else HOME + path, data)

    @property
    def pole(self) -> Pole:
        return self.house.pole


@pytest.fixture
def door(house: House) -> Door:
    """The pole of the tests, its animator, the person of its first member, somebody of another pole."""
    other = create_actor("Ailleurs", source=None, public=False)
    elsewhere = Pole.objects.create(actor=other, slug="ailleurs")
    users = {
        "animator": house.animator,
        "member": house.people[0],
        "elsewhere": person("ailleurs", elsewhere.actor, Belonging.Role.ANIMATOR),
    }
    clients = {name: Client() for name in (*users, "visitor")}
    for name, user in users.items():
        clients[name].force_login(user)
    return Door(house, house.seats[0].actor, clients)


@pytest.fixture
def asked(door: Door) -> Admission:
    """A request of an organisation that has its own person, with a client."""
    newcomer = create_actor("Cantine", source=None, public=False)
    user = person("cleo", newcomer)
    door.clients["asker"] = Client()
    door.clients["asker"].force_login(user)
    return admissions.ask(door.pole, newcomer, intention="Cuisiner ensemble", by=user)


def addresses(door: Door, row: Admission) -> dict[str, bool]:
    """Return the address of one page of each kind, and whether only who animates reads it."""
    text = statutes.deposit(door.pole, "charter", text="Un\nDeux", by=door.house.animator)
    newer = statutes.deposit(door.pole, "charter", text="Un\nTrois", by=door.house.animator)
    seat, body = door.house.seats[0], door.house.body
    return {
        "membres/": False,
        f"membres/au/{TODAY - timedelta(days=400)}/": False,
        "membres/histoire/": False,
        f"membres/{door.member.pk}/": False,
        "membres/ajouter/": True,
        "adhesions/": False,
        f"adhesions/{row.pk}/": False,
        "consentements/": False,
        "gouvernance/": False,
        "gouvernance/fonctions/": False,
        "gouvernance/instances/nouvelle/": True,
        f"gouvernance/instances/{body.pk}/": False,
        f"gouvernance/instances/{body.pk}/regles/": True,
        f"gouvernance/sieges/{seat.pk}/": True,
        "statuts/": False,
        "statuts/deposer/": True,
        f"statuts/{text.pk}/": False,
        f"statuts/{newer.pk}/depuis/{text.pk}/": False,
    }


def test_each_page_is_for_the_people_of_the_pole(door: Door, asked: Admission) -> None:
    for path, runs in addresses(door, asked).items():
        found = {who: door.get(who, path).status_code for who in door.clients}
        reader = 403 if runs else 200
        assert found == {
            "animator": 200,
            "member": reader,
            "elsewhere": 404,
            "visitor": 404,
            "asker": 404,
        }, path
    assert Refusal.objects.filter(subject=door.pole.pk, by=door.house.people[0].pk).count() == 5


def test_no_page_asks_more_for_more_rows(door: Door, asked: Admission) -> None:
    """Six members or more, one body or more: the same queries, thirty at most."""
    paths = addresses(door, asked)

    def counted() -> dict[str, int]:
        found = {}
        for path in paths:
            with CaptureQueriesContext(connection) as queries:
                assert door.get("animator", path).status_code == 200
            found[path] = len(queries)
        return found

    admissions.agree(door.pole, door.member, "member.turnover", by=door.house.people[0])
    counted()
    few = counted()
    grow(door)
    many = counted()
    assert {path: n for path, n in many.items() if n > few[path]} == {}
    assert {path: n for path, n in many.items() if n > 30} == {}


def grow(door: Door) -> None:
    by, college = door.house.animator, door.house.body.colleges.first()
    for number in range(9):
        actor = create_actor(f"Grande {number}", source=None, public=False)
        add_member(door.pole, actor, by=by, role="partner")
        bodies.give_seat(door.house.body, actor, college=college, person=f"P{number}", by=by)
        admissions.agree(door.pole, actor, "member.turnover", by=by)
        new = create_actor(f"Nouvelle {number}", source=None, public=False)
        admissions.ask(door.pole, new, intention="Venir", by=by)
        body = bodies.create_body(door.pole, name=f"Groupe {number}", by=by)
        bodies.give_seat(body, actor, by=by)
    for function in ("animation", "watch"):
        for actor in Actor.objects.filter(name__startswith="Grande"):
            bodies.carry(door.pole, function, actor, hours_a_month=2, by=by)


# Members in time


def test_a_member_is_added_changes_and_the_past_stays(door: Door) -> None:
    sent = {"name": "Scierie du col", "role": "founder", "circle": "core", "since": "2019"}
    refused = door.post("animator", "membres/ajouter/", **sent)
    assert refused.status_code == 422
    assert "confirmez" in refused.content.decode()
    assert door.post("animator", "membres/ajouter/", **sent, which="nouvelle").status_code == 302
    row = Membership.objects.get(pole=door.pole, actor__name="Scierie du col")
    assert (row.role, row.circle, row.valid_from) == ("founder", "core", date(2019, 1, 1))
    path = f"membres/{row.actor_id}/"
    change = {"faire": "changer", "row": row.pk, "role": "member", "circle": "partner", "on": "2024-05-01"}
    assert door.post("animator", path, **change).status_code == 302
    before = door.get("member", "membres/au/2024-04-30/").context["composed"]
    assert [line.role for line in before.lines if line.actor.pk == row.actor_id] == ["founder"]
    told = door.get("member", "membres/histoire/").content.decode()
    assert "devient : membre, cercle : partenaires" in told
    assert door.post("animator", path, **change).status_code == 422
    assert door.post("member", path, **change).status_code == 403


def test_a_bad_day_says_what_to_write(door: Door) -> None:
    answer = door.get("member", "membres/au/hier/")
    assert answer.status_code == 422
    assert "2026-11-22" in answer.content.decode()
    assert door.get("member", "membres/au/?jour=2020-01-02").url.endswith("/membres/au/2020-01-02/")


def test_leaving_erases_nothing(door: Door) -> None:
    """Its facts, its past, its seats: everything stays; the pole sees its figures no more (R-08)."""
    user, actor = door.house.people[0], door.member
    sharing.choose(door.pole, actor, ["member.turnover"], by=user)
    sharing.write(actor, "member.turnover", "12 500,50", 2025, by=user)
    facts = list(Fact.objects.order_by("pk").values())
    kept = (Membership.every.count(), Seat.objects.count(), Actor.objects.count())
    other = door.house.seats[1].actor
    sent = {"faire": "sortir", "on": TODAY.isoformat(), "reason": "Autre voie", "mandates": "on"}
    assert door.post("member", f"membres/{other.pk}/", **sent).status_code == 403
    answer = door.post("member", f"membres/{actor.pk}/", **sent)
    assert (answer.status_code, answer.url) == (302, "/poles/pole-essai/")
    assert list(Fact.objects.order_by("pk").values()) == facts
    assert (Membership.every.count(), Seat.objects.count(), Actor.objects.count()) == kept
    assert Seat.objects.get(actor=actor).valid_to == TODAY
    assert sharing.by_member(door.pole, TODAY) == {}
    assert not Consent.objects.filter(ended_at=None).exists()
    assert door.get("member", "membres/").status_code == 404
    assert door.get("animator", f"membres/{actor.pk}/").status_code == 200
    assert "Autre voie" in door.get("animator", "membres/histoire/").content.decode()


def test_a_departure_says_why_and_only_once(door: Door) -> None:
    path, sent = f"membres/{door.member.pk}/", {"faire": "sortir", "on": TODAY.isoformat(), "reason": ""}
    assert door.post("animator", path, **sent).status_code == 422
    assert door.post("animator", path, **{**sent, "reason": "Fin"}).status_code == 302
    assert door.post("animator", path, **{**sent, "reason": "Fin"}).status_code == 422


@pytest.mark.parametrize(
    "path",
    ["membres/", "membres/histoire/", "gouvernance/", "gouvernance/fonctions/", "consentements/"],
)
def test_each_list_is_exported(door: Door, path: str) -> None:
    for kind in ("csv", "xlsx", "ods"):
        answer = door.get("animator", f"{path}?format={kind}")
        assert answer.status_code == 200
        assert answer["Content-Disposition"].endswith(f'.{kind}"')
        whole = b"".join(answer.streaming_content)
        assert len(whole) > 20
        if file := getattr(answer, "file_to_stream", None):
            file.close()


def test_the_export_of_members_says_what_the_page_says(door: Door) -> None:
    answer = door.get("member", "membres/?format=csv")
    rows = list(
        csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")), delimiter=";")
    )
    assert rows[0][:2] == ["Organisation", "SIREN"]
    assert [row[0] for row in rows[1:]] == [f"Membre {n}" for n in range(6)]


# Joining


def move(door: Door, row: Admission, step: str, **data: Any) -> Any:
    row.refresh_from_db()
    sent = {"step": step, "on": TODAY.isoformat(), "note": "", "circle": row.circle, **data}
    return door.post("animator", f"adhesions/{row.pk}/", **sent)


def test_from_the_intention_to_the_charter(door: Door) -> None:
    newcomer = create_actor("Cantine", source=None, public=False)
    client = Client()
    client.force_login(person("cleo", newcomer))
    door.clients["asker"] = client
    door.pole.actor.subject.public = True
    door.pole.actor.subject.save()
    text = statutes.deposit(door.pole, "charter", text="Chacun reste libre.", by=door.house.animator)
    join = "/poles/pole-essai/rejoindre/"
    assert door.get("visitor", join).status_code == 200
    assert door.post("visitor", join).status_code == 404
    assert client.post(join, {"actor": str(newcomer.pk), "intention": " "}).status_code == 422
    answer = client.post(join, {"actor": str(newcomer.pk), "intention": "Cuisiner", "circle": "partner"})
    row = Admission.objects.get()
    assert answer.url == f"{join}{row.pk}/"
    assert move(door, row, "visit", note="Bel atelier").status_code == 302
    assert move(door, row, "admitted").status_code == 422
    assert move(door, row, "decision").status_code == 422
    assert move(door, row, "decision", decision="nouvelle", circle="core").status_code == 302
    row.refresh_from_db()
    assert row.decision is not None
    assert (row.decision.outcome, row.circle) == ("adopted", "core")
    accept = {"faire": "accepter", "text": text.pk, "agreed": "on"}
    assert client.post(answer.url, accept).status_code == 422
    assert move(door, row, "charter").status_code == 302
    assert "Chacun reste libre." in client.get(answer.url).content.decode()
    assert client.post(answer.url, {"faire": "accepter", "text": text.pk}).status_code == 422
    statutes.deposit(door.pole, "charter", text="Chacun reste libre et solidaire.", by=door.house.animator)
    newer = client.post(answer.url, accept)
    assert newer.status_code == 422
    assert "plus récente" in newer.content.decode()
    accept["text"] = Statute.objects.order_by("-number")[0].pk
    assert client.post(answer.url, accept).status_code == 302
    member = Membership.objects.get(pole=door.pole, actor=newcomer)
    assert (member.circle, member.valid_from) == ("core", TODAY)
    row.refresh_from_db()
    assert row.accepted is not None
    assert (row.step, row.accepted.number) == ("admitted", 2)
    assert client.get(f"{HOME}membres/").status_code == 200


def test_a_refusal_has_a_reason_that_who_asks_reads(door: Door, asked: Admission) -> None:
    assert move(door, asked, "refused").status_code == 422
    assert move(door, asked, "refused", note="Hors du territoire.").status_code == 302
    path = f"/poles/pole-essai/rejoindre/{asked.pk}/"
    page = door.get("asker", path).content.decode()
    assert "Hors du territoire." in page
    assert move(door, asked, "visit").status_code == 422
    for who in ("visitor", "elsewhere", "member"):
        assert door.get(who, path).status_code == 404


def test_who_asks_takes_the_request_back(door: Door, asked: Admission) -> None:
    path = f"/poles/pole-essai/rejoindre/{asked.pk}/"
    assert door.post("asker", path, faire="retirer", note="Plus tard").status_code == 302
    asked.refresh_from_db()
    assert asked.step == "withdrawn"
    assert door.post("asker", path, faire="retirer", note="Encore").status_code == 422
    assert door.post("member", f"adhesions/{asked.pk}/", step="visit").status_code == 403


def test_a_private_pole_is_not_joined_by_strangers(door: Door) -> None:
    assert door.get("visitor", "/poles/pole-essai/rejoindre/").status_code == 404
    assert door.get("elsewhere", "/poles/pole-essai/rejoindre/").status_code == 404
    assert door.get("member", "/poles/pole-essai/rejoindre/").status_code in {200, 404}


# Consents


def test_only_the_member_consents_and_only_who_animates_reads(door: Door) -> None:
    sent = {"actor": str(door.member.pk), "codes": ["member.turnover"]}
    figure = {"actor": str(door.member.pk), "code": "member.turnover", "year": 2025, "value": "12 500,50"}
    for who, status in (("animator", 403), ("elsewhere", 404), ("visitor", 404)):
        assert door.post(who, "consentements/", **sent).status_code == status
        assert door.post(who, "consentements/", **figure).status_code == status
    assert door.post("member", "consentements/", **figure).status_code == 302
    seen = f"membres/{door.member.pk}/"
    amount = "12\u202f500,50"
    assert amount not in door.get("animator", seen).content.decode()
    assert amount not in door.get("animator", "consentements/").content.decode()
    assert door.post("member", "consentements/", **sent).status_code == 302
    assert amount in door.get("animator", seen).content.decode()
    assert amount in door.get("animator", "consentements/").content.decode()
    other = door.house.people[1]
    door.clients["member"].force_login(other)
    assert amount not in door.get("member", seen).content.decode()
    assert door.get("member", "consentements/?format=csv").status_code == 200
    assert amount not in door.get("member", "consentements/").content.decode()
    door.clients["member"].force_login(door.house.people[0])
    assert door.post("member", "consentements/", actor=str(door.member.pk)).status_code == 302
    assert amount not in door.get("animator", seen).content.decode()
    assert Consent.objects.get().ended_by == door.house.people[0]


def test_a_figure_written_again_takes_the_place_of_the_first(door: Door) -> None:
    for value in ("10", "11"):
        sharing.write(door.member, "member.volunteers", value, 2025, by=door.house.people[0])
    sharing.write(door.member, "member.volunteers", "7", 2024, by=door.house.people[0])
    rows = sharing.of_member(door.pole, door.member, owner=True)
    told = next(one for one in rows if one.datum.code == "member.volunteers")
    assert [(fact.value, fact.on) for fact in told.values] == [(11, "2025"), (7, "2024")]
    for year, value in (("2200", "3"), ("2025", "beaucoup")):
        sent = {"actor": str(door.member.pk), "code": "member.volunteers", "year": year, "value": value}
        assert door.post("member", "consentements/", **sent).status_code == 422


# Governance


def test_three_forms_may_live_together(door: Door) -> None:
    for kind in Form.Kind.values:
        assert door.post("animator", "gouvernance/formes/", kind=kind).status_code == 302
    page = door.get("member", "gouvernance/").content.decode()
    for name in ("Bureau", "Cercle du noyau dur", "Réunion des membres"):
        assert name in page
    assert door.post("animator", "gouvernance/formes/", kind="dedicated").status_code == 409
    first = Form.objects.get(kind="circles")
    assert door.post("animator", "gouvernance/formes/", faire="finir", forme=first.pk).status_code == 302
    assert door.post("animator", "gouvernance/formes/", faire="finir", forme=first.pk).status_code == 409
    assert Body.objects.filter(pole=door.pole, valid_to=None).count() == 8
    assert door.post("member", "gouvernance/formes/", kind="dedicated").status_code == 403


def rules_sent(body: Body, **changes: Any) -> dict[str, Any]:
    base = {name: getattr(body, name) for name in bodies.FIELDS}
    sent = {name: value for name, value in base.items() if value is not False and value is not None}
    sent |= {"quorum": "1/2", "other": "", "base": json.dumps(base)}
    return {**sent, **changes}


def test_the_rules_are_said_with_an_example_that_follows(door: Door) -> None:
    path = f"gouvernance/instances/{door.house.body.pk}/regles/"
    page = door.get("animator", path).content.decode()
    assert "sur 6 sièges il en faut 3" in page
    seen = rules_sent(door.house.body, quorum="2/3", apercu="1")
    assert "sur 6 sièges il en faut 4" in door.post("animator", path, **seen).content.decode()
    assert Body.objects.get(pk=door.house.body.pk).quorum_num == 1
    typed = rules_sent(door.house.body, quorum="", other="40 %", majority="consent")
    answer = door.post("animator", path, **typed)
    assert answer.status_code == 302, answer.context["form"].errors
    body = Body.objects.get(pk=door.house.body.pk)
    assert (body.quorum_num, body.quorum_den, body.majority) == (2, 5, "consent")
    wrong = rules_sent(body, quorum="", other="5/3")
    answer = door.post("animator", path, **wrong)
    assert answer.status_code == 422
    assert "entre aucun et tous" in answer.content.decode()


def test_forty_seats_are_the_example_of_a_body_without_any(door: Door) -> None:
    door.post("animator", "gouvernance/instances/nouvelle/", name="Comité", kind="steering", decides="on")
    body = Body.objects.get(name="Comité")
    seen = rules_sent(body, quorum="1/2", apercu="1")
    answer = door.post("animator", f"gouvernance/instances/{body.pk}/regles/", **seen)
    assert "sur 40 sièges il en faut 20" in answer.content.decode()
    again = door.post("animator", "gouvernance/instances/nouvelle/", name="Comité", kind="steering")
    assert again.status_code == 422


def test_two_people_change_the_rules(door: Door) -> None:
    """Different fields merge; the same field is told, and sent again it is kept."""
    body, path = door.house.body, f"gouvernance/instances/{door.house.body.pk}/regles/"
    seen = rules_sent(body)
    mine = {"proxies": 4}
    bodies.change_body(body, base={"proxies": 1, "notice_days": 0}, mine=mine, by=door.house.animator)
    assert door.post("animator", path, **{**seen, "notice_days": 15}).status_code == 302
    body.refresh_from_db()
    assert (body.proxies, body.notice_days) == (4, 15)
    answer = door.post("animator", path, **{**seen, "proxies": 2})
    assert answer.status_code == 422
    assert "Quelqu&#x27;un a écrit « 4 »" in answer.content.decode()
    form = answer.context["form"]
    again = {**seen, "proxies": 2, "base": form["base"].value()}
    assert door.post("animator", path, **again).status_code == 302
    body.refresh_from_db()
    assert body.proxies == 2


def test_colleges_and_seats(door: Door) -> None:
    body = door.house.body
    path = f"gouvernance/instances/{body.pk}/"
    sent = {"name": "Collectivités", "weight": 20, "planned": 3}
    assert door.post("animator", f"{path}colleges/", **sent).status_code == 302
    assert door.post("animator", f"{path}colleges/", **sent).status_code == 422
    college = College.objects.get(name="Collectivités")
    change = {"college": college.pk, "name": "Collectivités", "weight": 30, "planned": 3, "vu": "20/3"}
    assert door.post("animator", f"{path}colleges/", **change).status_code == 302
    assert door.post("animator", f"{path}colleges/", **{**change, "weight": 25}).status_code == 422
    seat = {"actor": str(door.member.pk), "role": "member", "person": "Zoé", "since": TODAY.isoformat()}
    assert door.post("animator", f"{path}sieges/", **seat).status_code == 422
    seat["college"] = str(college.pk)
    stranger = str(door.house.people[1].pk)
    assert door.post("animator", f"{path}sieges/", **seat, user=stranger).status_code == 422
    assert door.post("animator", f"{path}sieges/", **seat).status_code == 302
    row = Seat.objects.get(person="Zoé")
    end = f"gouvernance/sieges/{row.pk}/"
    on = (TODAY + timedelta(days=10)).isoformat()
    assert door.post("animator", end, on=on, reason="").status_code == 422
    assert door.post("animator", end, on=on, reason="Terme").status_code == 302
    assert door.post("animator", f"{path}finir/").status_code == 302
    assert door.post("animator", f"{path}finir/").status_code == 409
    page = door.get("member", path).content.decode()
    assert "Collectivités" in page
    for action in ("colleges/", "sieges/", "finir/"):
        assert door.post("member", path + action).status_code == 403
        assert door.post("elsewhere", path + action).status_code == 404


def test_functions_with_their_hours_and_their_cost(door: Door) -> None:
    sent = {"function": "animation", "actor": str(door.member.pk), "hours": 20, "cost": "12 500,50"}
    assert door.post("animator", "gouvernance/fonctions/", **sent).status_code == 302
    again = door.post("animator", "gouvernance/fonctions/", **sent)
    assert again.status_code == 422
    bad = door.post("animator", "gouvernance/fonctions/", **{**sent, "cost": "cher"})
    assert (bad.status_code, "cher" in bad.content.decode()) == (422, True)
    row = FunctionShare.objects.get()
    assert (row.cents_a_year, row.hours_a_month) == (1_250_050, 20)
    assert "12\u202f500,50" in door.get("member", "gouvernance/fonctions/").content.decode()
    assert door.post("member", "gouvernance/fonctions/", **sent).status_code == 403
    FunctionShare.objects.update(valid_from=TODAY - timedelta(days=30))
    assert door.post("animator", "gouvernance/fonctions/", faire="finir", part=row.pk).status_code == 302
    assert FunctionShare.objects.get().valid_to == TODAY


def test_what_hangs_on_one_person_is_told(door: Door) -> None:
    for number in range(3):
        body = bodies.create_body(door.pole, name=f"Comité {number}", by=None)
        bodies.give_seat(body, door.member, user=door.house.people[0], role="chair", by=None)
    page = door.get("member", "gouvernance/").content.decode()
    assert "tient 3 des 3 fonctions de présidence" in page
    assert "siège dans 4 des 4 instances" in page


def test_an_authority_that_dominates_is_told(door: Door) -> None:
    city = create_actor("Ville", source=None, public=False, legal_nature="local_authority")
    add_member(door.pole, city, by=None, role="partner")
    body = bodies.create_body(door.pole, name="Comité", by=None)
    for name in ("a", "b"):
        bodies.give_seat(body, city, person=name, by=None)
    bodies.give_seat(body, door.member, by=None)
    page = door.get("member", "gouvernance/").content.decode()
    assert "Ville tient à elle seule 67\u202f% des voix de « Comité »" in page
    assert "R-38" in page


# Statutes


def test_versions_are_compared_word_by_word(door: Door) -> None:
    def deposit(text: str, **more: Any) -> Any:
        return door.post("animator", "statuts/deposer/", kind="statutes", text=text, **more)

    assert deposit("Article 1\nLe quorum est la moitié.").status_code == 302
    assert deposit("Article 1\nLe quorum est la moitié.").status_code == 422
    assert deposit("").status_code == 422
    assert deposit("Article 1\nLe quorum est le tiers.", public="on").status_code == 302
    old, new = Statute.objects.order_by("number")
    for path in (f"statuts/{new.pk}/depuis/{old.pk}/", f"statuts/{old.pk}/depuis/{new.pk}/"):
        answer = door.clients["member"].get(HOME + path, follow=True)
        page = answer.content.decode()
        assert "<del>moitié</del>" in page
        assert "<ins>tiers</ins>" in page
    public = "/poles/pole-essai/textes/statutes/"
    assert door.get("visitor", f"{public}2/").status_code == 404
    door.pole.actor.subject.public = True
    door.pole.actor.subject.save()
    assert door.get("visitor", f"{public}2/").status_code == 200
    assert door.get("visitor", f"{public}1/").status_code == 404
    assert door.post("member", f"statuts/{new.pk}/", public="non").status_code == 403
    assert door.post("animator", f"statuts/{new.pk}/", public="non").status_code == 302
    assert door.get("visitor", f"{public}2/").status_code == 404


def test_the_file_of_a_text_is_for_the_people_of_the_pole(door: Door) -> None:
    file = SimpleUploadedFile("statuts.txt", b"Statuts du p\xc3\xb4le", "text/plain")
    answer = door.post("animator", "statuts/deposer/", kind="rules", text="", piece=file)
    assert answer.status_code == 302
    row = Statute.objects.get()
    found = door.get("member", f"statuts/{row.pk}/fichier/")
    assert b"".join(found.streaming_content) == b"Statuts du p\xc3\xb4le"
    assert found["Content-Disposition"].startswith("attachment")
    assert door.get("elsewhere", f"statuts/{row.pk}/fichier/").status_code == 404
    wrong = SimpleUploadedFile("virus.exe", b"MZ\x90\x00\x03", "application/x-msdownload")
    assert door.post("animator", "statuts/deposer/", kind="rules", text="", piece=wrong).status_code == 422


# What others compose


def test_what_members_and_governance_say_to_others(door: Door, asked: Admission) -> None:
    ws = workspace.of_person(door.house.animator, "pole-essai")
    bodies.give_seat(
        door.house.body,
        door.member,
        college=door.house.body.colleges.first(),
        person="Fin",
        until=TODAY + timedelta(days=20),
        by=None,
    )
    assert [(one.kind, one.tone) for one in composed_people.week(ws)] == [
        ("admission", "now"),
        ("mandate", "soon"),
    ]
    member = workspace.of_person(door.house.people[0], "pole-essai")
    assert [one.kind for one in composed_people.week(member)] == ["mandate"]
    assert composed_people.published(door.pole, TODAY) == []
    Body.objects.update(public=True)
    shown = composed_people.published(door.pole, TODAY)[0]
    assert shown.title == "Assemblée"
    assert "Fin" not in shown.text
    assert len(composed_people.born(door.pole)) == 6
    figures = {one.code: one.value for one in composed_people.figures(door.pole, date(2020, 1, 1), TODAY)}
    assert figures["governance.members"] == 6
    assert [one.title for one in composed_people.found(ws, "cuisiner", 5)] == ["Cantine"]
    assert composed_people.found(ws, " ", 5) == []
    for one in (*composed_people.week(ws), *composed_people.found(ws, "membre", 9)):
        assert door.get("animator", one.path).status_code == 200
