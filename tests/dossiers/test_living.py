"""The living file: what the register holds is given with its source and its day; the rest is asked."""

from datetime import date
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

import pytest
from django.test import Client

from terreau.actors.models import Actor, Belonging
from terreau.calls import form_rules
from terreau.calls.eligibility import Line, Part
from terreau.calls.models import Call
from terreau.common.errors import DomainError
from terreau.common.verdicts import Answer as Answer_
from terreau.dossiers import actions, deposit, frozen, living, paper
from terreau.dossiers.models import Answer, Dossier
from terreau.dossiers.paper import Came, Typed
from terreau.forecast.models import Funding
from terreau.pieces.actions import declaration
from terreau.pieces.documents import file as file_document
from terreau.poles.composition import add_member
from terreau.poles.models import Carrier, Pole
from terreau.projects.models import JointProject
from terreau.subjects.actions import create
from terreau.territories.models import Coverage, Perimeter
from tests.dossiers import making
from tests.dossiers.conftest import Desk

DAY = date(2026, 3, 10)


def field(key: str, kind: str, source: str = "", **more: Any) -> dict[str, Any]:
    return {"key": key, "kind": kind, "label": key, "required": True, "source": source, **more}


CONTENT: dict[str, Any] = {
    "pages": [
        {
            "code": "p",
            "title": "P",
            "sections": [
                {
                    "code": "s",
                    "title": "S",
                    "fields": [
                        field("name", "text", "pole.name"),
                        field("carrier", "actor", "pole.carrier"),
                        field("ess", "yes_no", "fact:ess"),
                        field("members", "members", "members"),
                        field("count", "integer", "members"),
                        field("where", "perimeter", "perimeter"),
                        field("projects", "long_text", "projects"),
                        field("financing", "financing", "accounts:fundings"),
                        field("website", "text", "fact:pole.website"),
                        field("statutes", "file", "piece:statuts"),
                        field("category", "choice", options=[{"code": "project", "label": "En projet"}]),
                        field("story", "long_text", "previous"),
                        field("honest", "declaration"),
                    ],
                }
            ],
        }
    ]
}


@pytest.fixture
def pole(desk: Desk) -> Pole:
    """Return a pole that the register knows well."""
    pole, user = making.pole("Pôle des vallées"), desk.lead
    Belonging.objects.create(
        user=user,
        actor=pole.actor,
        role="animator",
        asked_at=desk.dossier.created_at,
        confirmed_at=desk.dossier.created_at,
        confirmed_by=user,
    )
    carrier = making.actor("Association porteuse")
    Actor.objects.filter(pk=carrier.pk).update(ess=Actor.Ess.YES)
    Carrier.objects.create(pole=pole, actor=carrier, source=declaration(user, DAY), status="declare")
    add_member(pole, making.actor("Moulin"), by=user)
    add_member(pole, making.actor("Cantine"), by=user)
    place = Perimeter.objects.create(
        subject=pole.actor.subject, label="Deux Vallées", cog_year=2025, valid_from=date(2024, 1, 1)
    )
    zone = making.region("27")
    Coverage.objects.create(perimeter=place, zone=zone, level="region", code="27", communes=3, population=9)
    JointProject.objects.create(
        subject=create("project"), pole=pole, title="Légumerie", text="Laver et couper.", stage="running"
    )
    Funding.objects.create(
        pole=pole,
        funder_name="Région",
        label="Animation",
        kind="subsidy",
        state="granted",
        asked_cents=100,
        granted_cents=2_000_000,
    )
    file_document(
        pole.actor.subject,
        BytesIO(b"Article premier."),
        "statuts.txt",
        title="Statuts de l'association",
        audience="people",
        by=user,
    )
    return pole


@pytest.fixture
def begun(desk: Desk, pole: Pole) -> Dossier:
    """Return a file begun for the pole by who animates it, with who carries it as applicant."""
    call = making.call(content=CONTENT, categories=["project"])
    carrier = Carrier.objects.get(pole=pole).actor
    return actions.start(call, actions.Begun(carrier, pole, None, "project"), by=desk.lead)


def test_only_what_the_register_does_not_hold_is_asked(begun: Dossier) -> None:
    held = actions.answers_of(begun)
    assert {one.key for one in form_rules.missing(CONTENT, actions.values_of(begun))} == {
        "website",
        "story",
        "honest",
    }
    assert {row.origin for row in held.values()} == {Answer.Origin.LIVING}
    value: dict[str, Any] = {key: row.value for key, row in held.items()}
    assert value["name"] == "Pôle des vallées"
    assert value["carrier"]["name"] == "Association porteuse"
    assert value["ess"] is True
    assert [row["name"] for row in value["members"]] == ["Cantine", "Moulin"]
    assert value["count"] == 2
    assert value["where"]["zones"] == ["region:27"]
    assert value["projects"] == "Légumerie : Laver et couper."
    assert value["financing"] == [{"funder": "Région", "cents": 2_000_000, "status": "acquis"}]
    assert value["statutes"][0]["name"] == "statuts.txt"
    assert value["category"] == "project"
    assert held["where"].given == {"words": "périmètre au registre", "on": "2024-01-01"}
    assert begun.zone is not None
    assert begun.zone.code == "27"


def test_a_value_taken_again_follows_the_register_and_what_was_typed_stays(
    begun: Dossier, desk: Desk, pole: Pole
) -> None:
    actions.answer(begun, "count", 5, base_version=1, by=desk.lead)
    add_member(pole, making.actor("Ferme"), by=desk.lead)
    assert actions.fill(begun, by=desk.lead) == []
    assert actions.values_of(begun)["count"] == 5
    assert actions.refill(begun, ["members"], by=desk.lead) == ["members"]
    assert len(actions.values_of(begun)["members"]) == 3


def test_a_page_sent_as_it_was_shown_changes_nothing(begun: Dossier, desk: Desk, client: Client) -> None:
    client.force_login(desk.lead)
    where, before = f"/dossiers/{begun.pk}/ecrire/p/", actions.values_of(begun)
    assert client.post(where, _as_shown(client, where)).status_code == 302
    assert actions.values_of(begun) == before
    assert set(Answer.objects.filter(dossier=begun).values_list("origin", "version")) == {("living", 1)}


def test_other_territories_than_those_of_the_register_move_the_region(
    begun: Dossier, desk: Desk, client: Client
) -> None:
    making.region("53")
    client.force_login(desk.lead)
    where = f"/dossiers/{begun.pk}/ecrire/p/"
    sent = _as_shown(client, where) | {"where--zones": "region: 53"}
    assert client.post(where, sent).status_code == 302
    assert actions.values_of(begun)["where"] == {
        "name": "Deux Vallées",
        "zones": ["region:53"],
        "perimeter": None,
    }
    begun.refresh_from_db()
    assert begun.zone is not None
    assert begun.zone.code == "53"
    assert (
        client.post(where, sent | {"where--perimeter": "x", "where--zones": "region:99"}).status_code == 422
    )


def _as_shown(client: Client, where: str) -> dict[str, str]:
    """Return what a browser sends of a page that nobody touched."""
    found = _Inputs()
    found.feed(client.get(where).content.decode())
    return found.sent


class _Inputs(HTMLParser):
    """Reads the fields of the form of a page, as a browser would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}
        self.at = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an input, a list or a text with its name."""
        said = dict(attrs)
        name = said.get("name") or ""
        if tag == "input" and name and (said.get("type") not in {"radio", "checkbox"} or "checked" in said):
            self.sent[name] = said.get("value") or ""
        if tag in {"select", "textarea"}:
            self.at, self.sent[name] = name, ""
        if tag == "option" and "selected" in said:
            self.sent[self.at] = said.get("value") or ""

    def handle_data(self, data: str) -> None:
        """Keep the words of a text."""
        if self.lasttag == "textarea" and self.at:
            self.sent[self.at] += data

    def handle_endtag(self, tag: str) -> None:
        """Leave a text."""
        if tag == "textarea":
            self.at = ""


def test_a_partner_takes_nothing_from_the_register(begun: Dossier, desk: Desk, client: Client) -> None:
    actions.answer(begun, "financing", [], base_version=1, by=desk.lead)
    making.joins(begun, desk.writer)
    where = f"/dossiers/{begun.pk}/ecrire/p/"
    for user, status, rows in ((desk.writer, 404, 0), (desk.lead, 302, 1)):
        client.force_login(user)
        assert client.post(where, {"reprendre": "financing"}).status_code == status
        assert len(actions.values_of(begun)["financing"]) == rows


def test_what_an_officer_enters_says_what_the_paper_says(desk: Desk, pole: Pole) -> None:
    call = making.call(content=CONTENT, deposit={"channels": ["paper"]})
    making.role(desk.officer, call)
    row = paper.enter(call, Typed("Association", pole=pole), Came(DAY), by=desk.officer)
    assert row.pole == pole
    assert actions.values_of(row) == {}


def test_the_next_call_finds_last_years_file(begun: Dossier, desk: Desk, pole: Pole) -> None:
    for key, value in (
        ("story", "Nous sommes nés d'un marché."),
        ("website", "https://exemple.fr"),
        ("honest", True),
    ):
        actions.answer(begun, key, value, base_version=0, by=desk.lead)
    deposit.deposit(begun, by=desk.lead, key="k")
    call = making.call(content=CONTENT, categories=["project"], previous=begun.call)
    again = actions.start(call, actions.Begun(begun.applicant, pole, None, "project"), by=desk.lead)
    assert again.previous_id == begun.pk
    row = actions.answers_of(again)["story"]
    assert (row.value, row.origin) == ("Nous sommes nés d'un marché.", Answer.Origin.PREVIOUS)
    assert row.given["words"] == f"dossier précédent, {begun.reference}"
    assert "website" not in actions.values_of(again)


def test_the_files_of_last_year_are_joined_again_and_not_named_alone(desk: Desk) -> None:
    one = field("statutes", "file", "previous")
    section = {"code": "s", "title": "S", "fields": [one]}
    content = {"pages": [{"code": "p", "title": "P", "sections": [section]}]}
    call, actor = making.call(content=content), making.actor()
    last = making.dossier(call, lead=desk.lead, applicant=actor)
    joined = actions.join(last, "statutes", BytesIO(b"Article premier."), "statuts.txt", by=desk.lead)
    deposit.deposit(last, by=desk.lead, key="k")
    last.refresh_from_db()
    again = making.dossier(making.call(content=content), applicant=actor, previous=last)
    assert actions.fill(again, by=desk.lead) == ["statutes"]
    (row,) = actions.pieces_of(again)
    assert row.piece == joined.piece
    assert actions.values_of(again) == {"statutes": [{"piece": str(row.pk), "name": "statuts.txt"}]}


def test_an_authority_that_is_no_pole_is_asked(desk: Desk) -> None:
    town = making.actor("Commune d'essai", legal_nature="local_authority")
    found = living.read(town, DAY)
    assert found.value("pole.name") is None
    assert found.value("members", "members") is None
    given = found.value("actor.name")
    assert given is not None
    assert given.value == "Commune d'essai"


def test_a_call_that_is_closed_begins_nothing(desk: Desk, pole: Pole) -> None:
    call = making.call(state=Call.State.CLOSED)
    with pytest.raises(DomainError) as refused:
        actions.start(call, actions.Begun(pole.actor, pole), by=desk.lead)
    assert refused.value.code == "call_closed"


def test_the_verdict_of_a_grid_is_shown_then_frozen_as_it_stands(
    desk: Desk, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = [
        {"key": "title", "kind": "text", "label": "Intitulé", "required": True},
        {"key": "law", "kind": "grid", "label": "Vous êtes un pôle au sens de la loi", "grid": "law"},
    ]
    section = {"code": "s", "title": "S", "fields": fields}
    content = {"pages": [{"code": "p", "title": "P", "sections": [section]}]}
    row = making.dossier(making.call(content=content), lead=desk.lead, answers={"title": "Une cuisine"})
    verdict = Answer_.TO_CHECK

    def of_grid(*_about: object, **_more: object) -> Part:
        return Part("law", "La loi", verdict, (Line("a", "Réunit des entreprises", verdict, ("inconnu",)),))

    monkeypatch.setattr(living, "of_grid", of_grid)
    client.force_login(desk.lead)
    text = client.get(f"/dossiers/{row.pk}/ecrire/p/").content.decode()
    assert "à vérifier" in text
    assert "Réunit des entreprises" in text
    verdict = Answer_.YES
    copy = deposit.deposit(row, by=desk.lead, key="k").copy
    told = frozen.read(copy)["answers"]["law"]
    assert (told["verdict"], told["lines"][0]["reasons"]) == ("oui", ["inconnu"])
