"""The history of a sheet in words, and the sheet on a past day, on both axes."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.test import Client

from terreau.accounts.models import User
from terreau.actors import actions as actors
from terreau.actors.actions import create_actor
from terreau.common.periods import PartialDate
from terreau.facts.actions import record
from terreau.journal.models import Event
from terreau.pieces.actions import declaration
from terreau.poles import actions
from terreau.poles.models import Pole
from terreau.territories.actions import set_perimeter
from tests.people import POLE_A, People

pytestmark = pytest.mark.usefixtures("register")
NAME = "Pôle raconté"


@pytest.fixture
def told(people: People) -> Pole:
    """A pole whose life is told in three days: 1 March 2024, 1 March 2025, 1 March 2026."""
    by = people.animator
    with time_machine.travel(datetime(2024, 3, 1, 10, tzinfo=UTC), tick=True):
        pole = actions.register_pole(
            NAME, carrier="Asso A", codes=["21231"], cog_year=2026, stage="emergence", by=by, public=True
        )
        dairy = create_actor("La Laiterie", source=None, public=True)
        row = actions.add_member(pole, dairy, by=by, since=PartialDate.parse("2024-01"))
        first = declaration(by, date(2024, 3, 1))
        fact = record(pole.actor.subject, "pole.ideas", 10, source=first, by=by, on=PartialDate.parse("2024"))
    with time_machine.travel(datetime(2025, 3, 1, 10, tzinfo=UTC), tick=True):
        actors.rename(pole.actor, "Pôle renommé", on=date(2025, 1, 1), by=by)
        actions.end(row, on=date(2025, 1, 1), reason="retrait", by=by)
        second = declaration(by, date(2025, 3, 1))
        when = PartialDate.parse("2024")
        record(pole.actor.subject, "pole.ideas", 14, source=second, by=by, on=when, supersedes=fact)
        actions.move_stage(pole, "creation", on=date(2025, 2, 1), reason="statuts déposés", by=by)
    with time_machine.travel(datetime(2026, 3, 1, 10, tzinfo=UTC), tick=True):
        set_perimeter(
            pole.actor.subject,
            kind="cooperation",
            label="Dijon et Quetigny",
            codes=["21231", "21515"],
            cog_year=2026,
            valid_from=date(2026, 1, 1),
            source=second,
            by=by,
        )
        actions.move_status(pole, "verifie", reason="visite", by=people.moderator)
        actions.recognise(pole, "signataire", body=None, on=date(2026, 2, 1), by=people.moderator)
    return Pole.objects.get(pk=pole.pk)


def sheet(client: Client, pole: Pole, on: str, known: str = "") -> dict[str, object]:
    asked = {"au": on, **({"su_le": known} if known else {})}
    response = client.get(f"/api/v1/poles/{pole.slug}", asked)
    assert response.status_code == 200, response.content
    body: dict[str, object] = response.json()
    return body


def seen(said: dict[str, object]) -> dict[str, object]:
    ideas = [fact["valeur"] for fact in said["faits"] if fact["code"] == "pole.ideas"]  # type: ignore[attr-defined]
    perimeter = said["perimetre"]
    return {
        "nom": said["nom"],
        "stade": said["stade"],
        "statut": said["statut_registre"],
        "membres": [one["nom"] for one in said["membres"]],  # type: ignore[attr-defined]
        "communes": len(perimeter["communes"]) if perimeter else 0,  # type: ignore[index]
        "idees": ideas,
        "reconnaissances": said["reconnaissances"],
    }


OLD = {"nom": NAME, "stade": "emergence", "statut": "declare", "communes": 1, "reconnaissances": []}


def test_what_was_true_then_as_the_register_knows_it_today(client: Client, told: Pole) -> None:
    assert seen(sheet(client, told, "2024-06-01")) == {**OLD, "membres": ["La Laiterie"], "idees": [14]}
    assert seen(sheet(client, told, "2026-11-01")) == {
        "nom": "Pôle renommé",
        "stade": "creation",
        "statut": "verifie",
        "membres": [],
        "communes": 2,
        "idees": [14],
        "reconnaissances": ["signataire"],
    }
    assert seen(sheet(client, told, "2023-06-01"))["idees"] == []


def test_what_the_register_knew_then(client: Client, told: Pole) -> None:
    assert seen(sheet(client, told, "2024-06-01", "2024-06-01"))["idees"] == [10]
    # On 1 February 2025 the register had not learnt the new name, nor that the member had left.
    before = seen(sheet(client, told, "2025-02-15", "2025-02-15"))
    assert before == {**OLD, "membres": ["La Laiterie"], "idees": [10]}
    after = seen(sheet(client, told, "2025-02-15", "2025-03-15"))
    assert after == {**OLD, "nom": "Pôle renommé", "stade": "creation", "membres": [], "idees": [14]}
    assert seen(sheet(client, told, "2026-02-01", "2026-02-15"))["communes"] == 1
    assert seen(sheet(client, told, "2026-02-01", "2026-03-15"))["communes"] == 2


def test_before_the_register_knew_it_there_is_no_sheet(client: Client, told: Pole) -> None:
    response = client.get(f"/api/v1/poles/{told.slug}", {"au": "2024-01-01", "su_le": "2024-01-01"})
    assert response.status_code == 404
    assert response.json()["facts"]["since"] == "2024-03-01"


def test_the_page_of_a_day_says_which_and_leads_back(client: Client, told: Pole) -> None:
    page = client.get(f"/poles/{told.slug}/au/2025-02-15/?su_le=2025-02-15").content.decode()
    assert "Une fiche du passé" in page
    assert "15 février 2025" in page
    assert NAME in page
    assert "La Laiterie" in page
    assert 'name="robots" content="noindex"' in page
    chosen = client.get(f"/poles/{told.slug}/au/", {"date": "2025-02-15", "su_le": "2025-02-15"})
    assert chosen["Location"] == f"/poles/{told.slug}/au/2025-02-15/?su_le=2025-02-15"
    assert client.get(f"/poles/{told.slug}/au/")["Location"] == f"/poles/{told.slug}/historique/"


@pytest.mark.parametrize("day", ["2999-01-01", "hier", "2025-13-40", "0001-01-01"])
def test_a_day_that_is_none_or_to_come_is_refused(client: Client, told: Pole, day: str) -> None:
    assert client.get(f"/poles/{told.slug}/au/{day}/").status_code == 422
    assert client.get(f"/poles/{told.slug}/au/2025-01-01/?su_le={day}").status_code == 422
    assert client.get(f"/api/v1/poles/{told.slug}", {"au": day}).status_code == 422


def test_strangers_read_what_changed_and_not_who(client: Client, told: Pole, people: People) -> None:
    User.objects.filter(pk=people.animator.pk).update(name="Ada Lovelace")
    User.objects.filter(pk=people.moderator.pk).update(name="Modeste R.")
    path = f"/poles/{told.slug}/historique/"
    page = client.get(path).content.decode()
    for words in (
        "Nom changé",
        NAME,
        "Pôle renommé",
        "retrait",
        "statuts déposés",
        "visite",
        "10\u00a0idées",
    ):
        assert words in page, words
    assert "une personne du pôle" in page
    assert "une personne de la modération" in page
    assert "Ada" not in page
    assert "Appartenance" not in page
    people.sign_in(client, people.stranger)
    assert "Ada" not in client.get(path).content.decode()
    people.sign_in(client, people.animator)
    inside = client.get(path).content.decode()
    assert "Ada Lovelace" in inside
    assert "Appartenance confirmée" in inside


def test_an_erased_person_has_no_name(client: Client, told: Pole, people: People) -> None:
    User.objects.filter(pk=people.animator.pk).update(erased_at=datetime(2026, 6, 1, tzinfo=UTC), name="")
    people.sign_in(client, people.administrator)
    assert "personne effacée" in client.get(f"/poles/{told.slug}/historique/").content.decode()


def test_changes_are_filtered_and_paged(client: Client, told: Pole, people: People) -> None:
    path = f"/poles/{told.slug}/historique/"
    only = client.get(path, {"genre": "membres"}).content.decode()
    assert "Fin d&#x27;une adhésion" in only
    assert "Stade changé" not in only
    assert client.get(path, {"genre": "gloire"}).status_code == 422
    assert client.get(path, {"cursor": "n'importe"}).status_code == 422
    for number in range(40):
        said = declaration(None, date(2026, 11, 21))
        record(told.actor.subject, "pole.ideas", number, source=said, on=PartialDate.parse("2026"))
    first = client.get(path)
    ranks = [change.seq for change in first.context["history"].changes]
    second = client.get(path, {"cursor": first.context["page"].next})
    ranks += [change.seq for change in second.context["history"].changes]
    assert ranks == sorted(set(ranks), reverse=True)
    assert len(ranks) == len(set(ranks)) > 40


def test_what_came_before_publication_stays_inside(client: Client, people: People) -> None:
    made = actions.register_pole("Pôle discret", carrier=None, codes=[], cog_year=2026, by=people.animator)
    actions.say(made, "pole", "Secret de fabrique.", by=people.animator)
    actions.strike(made.statements.get(), reason="trop tôt", by=people.animator)
    actions.publish(made, by=people.animator, reason="prêt")
    path = f"/poles/{made.slug}/historique/"
    page = client.get(path).content.decode()
    assert "Fiche publiée" in page
    assert "Secret de fabrique" not in page
    people.sign_in(client, people.animator)
    assert "Secret de fabrique" in client.get(path).content.decode()


def test_the_history_asks_few_queries(
    client: Client, told: Pole, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(40):  # type: ignore[operator]
        client.get(f"/poles/{told.slug}/historique/")


def test_an_actor_has_a_history_too(client: Client, told: Pole) -> None:
    dairy = told.memberships.get().actor
    assert "Entrée au registre" in client.get(f"/acteurs/{dairy.pk}/historique/").content.decode()
    hidden = create_actor("Cachée", source=None, public=False)
    assert client.get(f"/acteurs/{hidden.pk}/historique/").status_code == 404


def test_only_what_is_sure_enough(client: Client, told: Pole, people: People) -> None:
    said = declaration(people.moderator, date(2026, 11, 21))
    by = people.moderator
    record(told.actor.subject, "pole.workshops", 3, source=said, by=by, status="verifie")
    everything = client.get(f"/api/v1/poles/{told.slug}").json()
    sure = client.get(f"/api/v1/poles/{told.slug}", {"provenance": "verifie"}).json()
    assert [fact["code"] for fact in sure["faits"]] == ["pole.workshops"]
    assert sure["faits_ecartes"] == len(everything["faits"]) - 1 > 0
    page = client.get(f"/poles/{told.slug}/", {"provenance": "verifie"}).content.decode()
    assert "moins sûre" in page
    assert client.get(f"/poles/{told.slug}/", {"provenance": "gloire"}).status_code == 422
    facts = client.get("/api/v1/facts", {"sujet": str(told.pk), "provenance": "verifie"}).json()
    assert [fact["code"] for fact in facts["results"]] == ["pole.workshops"]


def test_the_events_of_the_pole_name_nobody(told: Pole, people: People) -> None:
    said = str(list(Event.objects.filter(subject=told.pk).values("data")))
    for user in (people.animator, people.moderator):
        assert user.email not in said
    assert POLE_A not in said
