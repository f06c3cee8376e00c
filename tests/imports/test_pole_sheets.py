"""A sheet of poles and the members of one pole, against the register of the founding documents."""

from typing import Any

import pytest

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.facts.models import CurrentFact
from terreau.imports import actions, kinds, staging
from terreau.imports.models import Import, ImportedRow
from terreau.journal.models import Event
from terreau.poles.actions import add_member
from terreau.poles.models import Carrier, Membership, Pole
from terreau.territories.models import PerimeterCommune
from tests.imports.conftest import sheet
from tests.imports.test_import import faults, lines
from tests.people import People

HEAD = ["Nom du PTCE", "Structure", "Codes INSEE", "Stade", "Secteurs", "Membres", "pole.members"]
#: Dijon, where pole A stands, in the region of its moderator; Vitré is in another.
DIJON, VITRE = "21231", "35360"


def bring(kind: str, by: User, *rows: list[str], about: Any = None, **options: str) -> Import:
    brought = actions.bring(kinds.get(kind), sheet(*rows), "poles.csv", by=by, about=about)
    return actions.say_columns(brought, brought.mapping, options, by=by)


def test_poles_are_added_and_taken_back(people: People) -> None:
    row = ["Pôle d'essai", "Asso d'essai", f"{DIJON} ; Chenôve", "En projet", "", "Un membre;Autre", "12"]
    brought = bring("poles", people.moderator, HEAD, row, year="2025", public="oui")
    (line,) = staging.lines_of(brought.pk, brought.generation, statuses=["added"])
    assert ("Communes", "", f"Dijon ({DIJON}), Chenôve (21166)") in line.changes
    actions.write(brought, by=people.moderator)
    pole = Pole.objects.get(slug="pole-d-essai")
    assert (pole.register_status, pole.stage, pole.actor.subject.public) == ("repere", "en_projet", True)
    assert set(PerimeterCommune.objects.filter(perimeter__subject=pole.pk).values_list(
        "commune__code", flat=True
    )) == {DIJON, "21166"}  # fmt: skip
    assert Carrier.objects.get(pole=pole).actor.name == "Asso d'essai"
    assert Membership.objects.filter(pole=pole).count() == 2
    fact = CurrentFact.objects.get(subject=pole.pk, code="pole.members")
    assert (fact.number, fact.valid_from.year) == (12, 2025)  # type: ignore[union-attr]
    assert fact.fact.source.document == "poles.csv"

    again = bring("poles", people.moderator, HEAD, row, year="2025")
    assert lines(again) == [(2, "same")]

    actions.undo(brought, by=people.moderator)
    brought.refresh_from_db()
    assert brought.state == Import.State.UNDONE
    pole.refresh_from_db()
    assert pole.actor.subject.closed_at
    assert not Membership.objects.filter(pole=pole).exists()
    assert not CurrentFact.objects.filter(subject=pole.pk).exists()
    assert Actor.objects.get(name="Un membre").subject.closed_at


def test_a_known_pole_gets_what_is_new(people: People) -> None:
    pole = Pole.objects.get(actor=people.pole_actor)
    row = [pole.actor.name, "", "", "Consolidation", "", "Nouveau membre", "41"]
    brought = bring("poles", people.moderator, HEAD, row)
    (line,) = staging.lines_of(brought.pk, brought.generation, statuses=["changed"])
    assert line.changes[0][0] == "Membres"
    assert faults(brought) == [(2, "stage", "on_the_sheet")]
    before = pole.stage
    actions.write(brought, by=people.moderator)
    pole.refresh_from_db()
    assert pole.stage == before, "the stage changes on the sheet only"
    assert Membership.objects.filter(pole=pole, actor__name="Nouveau membre").exists()


def test_what_only_the_sheet_changes_is_told(people: People) -> None:
    head = ["Nom", "Communes", "Intention"]
    row = [people.pole_actor.name, "35236", "Autre chose"]
    brought = bring("poles", people.moderator, head, row)
    assert faults(brought) == [(2, "communes", "on_the_sheet"), (2, "intention", "on_the_sheet")]
    same = bring("poles", people.moderator, head, [people.pole_actor.name, DIJON, ""])
    assert faults(same) == []


def test_what_was_changed_since_is_not_undone(people: People) -> None:
    row = ["Pôle d'essai", "", DIJON, "", "", "Un membre", ""]
    brought = bring("poles", people.moderator, HEAD, row)
    actions.write(brought, by=people.moderator)
    pole = Pole.objects.get(slug="pole-d-essai")
    other = Actor.objects.order_by("pk").exclude(pk=pole.pk)[0]
    add_member(pole, other, by=people.moderator)
    actions.undo(brought, by=people.moderator)
    assert "modifiée depuis" in ImportedRow.objects.get(brought=brought).undo_refusal
    assert Membership.objects.filter(pole=pole).count() == 2


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        (2, "35238;99999", "unknown_commune"),
        (2, "Saint-Denis", "several_communes"),
        (2, "1004", "lost_zero"),
        (2, "Nulle Part", "unknown_place"),
        (3, "presque fini", "unknown_term"),
        (4, "alchimie", "unknown_term"),
        (6, "1.250", "ambiguous_number"),
        (6, "une dizaine", "not_a_number"),
        (0, "", "empty_cell"),
    ],
)
def test_each_wrong_cell_is_said(people: People, column: int, value: str, code: str) -> None:
    row = ["Pôle d'essai", "", DIJON, "", "", "", ""]
    row[column] = value
    brought = bring("poles", people.moderator, HEAD, row or [], ["Autre", "", DIJON, "", "", "", ""])
    ((_row, where, found), *rest) = faults(brought)
    assert (found, rest) == (code, [])
    assert brought.mapping[where] == column
    assert brought.counts["refused"] == 1


def test_a_moderator_brings_the_poles_of_their_territory(people: People) -> None:
    row = ["Pôle d'essai", "", VITRE, "", "", "", ""]
    brought = bring("poles", people.moderator, HEAD, row)
    assert faults(brought) == [(2, "name", "outside_scope")]
    assert bring("poles", people.moderator_elsewhere, HEAD, row).counts["added"] == 1


def test_members_join_change_and_go_back(people: People) -> None:
    pole = Pole.objects.get(actor=people.pole_actor)
    held = Membership.objects.filter(pole=pole, valid_to=None, role="member").order_by("pk")
    head = ["Organisation", "Numéro SIREN", "Rôle", "Membre depuis"]
    new = ["Team Move", "100070044", "", "2024"]
    rows = [new, ["Mauvais", "100070045", "", ""]]
    if held:
        rows.append([held[0].actor.name, "", "fondateur", ""])
    about = pole.actor.subject
    brought = bring("membres", people.animator, head, *rows, about=about)
    assert faults(brought) == [(3, "siren", "siren_key")]
    actions.write(brought, by=people.animator)
    joined = Membership.objects.get(pole=pole, actor__siren="100070044")
    assert (joined.actor.name, joined.from_precision) == ("Team Move", "year")
    assert Event.objects.filter(subject=pole.pk, verb="pole.member_added", by=people.animator.pk).exists()
    again = bring("membres", people.animator, head, new, about=about)
    assert lines(again) == [(2, "same")]
    actions.undo(brought, by=people.animator)
    assert not Membership.objects.filter(pk=joined.pk).exists()
    if held:
        assert Membership.objects.filter(pk=held[0].pk, valid_to=None, role="member").exists()


def test_only_its_people_bring_the_members_of_a_pole(people: People, client: Any) -> None:
    other = Pole.objects.exclude(actor=people.pole_actor).order_by("pk")[0]
    people.sign_in(client, people.animator)
    assert client.get("/imports/").status_code == 200
    assert client.get(f"/imports/nouveau/membres/?sujet={people.pole_actor.pk}").status_code == 200
    assert client.get(f"/imports/nouveau/membres/?sujet={other.pk}").status_code == 403
    assert client.get("/imports/nouveau/membres/").status_code == 404
    assert client.get("/imports/nouveau/poles/").status_code == 403
    people.sign_in(client, people.stranger)
    assert client.get("/imports/").status_code == 403


def test_columns_are_remembered_for_the_people_of_a_pole(people: People) -> None:
    head, about = ["Qui", "Depuis quand"], people.pole_actor.subject
    brought = actions.bring(
        kinds.get("membres"), sheet(head, ["A", "2020"]), "a.csv", by=people.animator, about=about
    )
    assert "name" not in brought.mapping
    actions.say_columns(brought, {"name": 0, "since": 1}, {}, by=people.animator)
    theirs = actions.bring(
        kinds.get("membres"), sheet(head, ["B", ""]), "b.csv", by=people.member, about=about
    )
    assert theirs.mapping == {"name": 0, "since": 1}
    alone = actions.bring(
        kinds.get("membres"), sheet(head, ["B", ""]), "b.csv", by=people.moderator, about=about
    )
    assert "name" not in alone.mapping


def test_a_person_of_a_sheet_of_members_stays_private(people: People) -> None:
    rows = [["Organisation", "Nature"], ["Une personne", "personne physique"], ["Une asso", "association"]]
    brought = bring("membres", people.animator, *rows, about=people.pole_actor.subject)
    actions.write(brought, by=people.animator)
    shown = dict(Actor.objects.filter(name__startswith="Une ").values_list("name", "subject__public"))
    assert shown == {"Une personne": False, "Une asso": True}


def test_who_undoes_is_told_by_the_journal(people: People) -> None:
    row = ["Pôle d'essai", "", DIJON, "", "", "", ""]
    brought = bring("poles", people.moderator, HEAD, row)
    actions.write(brought, by=people.moderator)
    actions.undo(brought, by=people.administrator)
    event = Event.objects.get(subject=brought.subject, verb="import.batch_undone")
    assert event.by == people.administrator.pk
