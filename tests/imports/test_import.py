"""One file from end to end: read, checked, corrected, written, undone; run again without effect."""

from datetime import date
from typing import Any

import pytest

from terreau.accounts.models import User
from terreau.actors.actions import create_actor, list_ess
from terreau.actors.models import Actor, EssListing
from terreau.common.errors import DomainError
from terreau.imports import actions, kinds, staging, writing
from terreau.imports.models import Import, ImportedRow, Layout
from terreau.jobs.models import Job
from terreau.journal.models import Event
from terreau.pieces.sources import source
from terreau.subjects.models import Subject
from tests.imports.conftest import ANCDAIO, JUNIOR_ISEN, LIST, NOBODY, TEAM_MOVE, Bring, sheet

pytestmark = pytest.mark.django_db
HEAD = ["siren", "denominationUniteLegale", "economieSocialeSolidaireUniteLegale"]


def lines(brought: Import, *statuses: str) -> list[tuple[int, str]]:
    found = staging.lines_of(brought.pk, brought.generation, statuses=statuses or kinds.STATUSES)
    return [(line.row, line.status) for line in found]


def faults(brought: Import) -> list[tuple[int, str, str]]:
    return [(one.row, one.column, one.code) for one in staging.faults_of(brought.pk, brought.generation)]


def test_a_file_is_previewed_line_by_line(bring: Bring, actor: Actor) -> None:
    brought = bring(
        "ess",
        ["Liste publiée le 1er mars", "", ""],
        HEAD,
        [TEAM_MOVE, "TEAM MOVE", "O"],
        [NOBODY, "PERSONNE", "O"],
        [JUNIOR_ISEN, "JUNIOR ISEN", "O"],
        [TEAM_MOVE, "TEAM MOVE", "N"],
        ["100070044.0", "ARRONDI", "O"],
        ["", "", ""],
        ["", "SANS NUMERO", "O"],
    )
    assert brought.state == Import.State.CHECKED
    assert lines(brought) == [
        (3, "changed"),
        (4, "refused"),
        (5, "left"),
        (6, "refused"),
        (7, "refused"),
        (9, "refused"),
    ]
    assert faults(brought) == [
        (4, "siren", "siren_key"),
        (6, "", "repeated_line"),
        (7, "", "repeated_line"),
        (9, "siren", "empty_cell"),
    ]
    (line,) = staging.lines_of(brought.pk, brought.generation, statuses=["changed"])
    assert line.changes == (("Entreprise de l'ESS, selon cette liste", "", "oui"),)
    assert not EssListing.objects.exists(), "a preview writes nothing"


def test_what_is_accepted_is_written_once_and_undone(bring: Bring, actor: Actor, officer: User) -> None:
    brought = bring("ess", HEAD, [TEAM_MOVE, "TEAM MOVE", "O"], [NOBODY, "PERSONNE", "O"])
    actions.write(brought, by=officer)
    brought.refresh_from_db()
    assert brought.state == Import.State.WRITTEN
    listing = EssListing.objects.get()
    assert (listing.actor, listing.listed, listing.on) == (actor, True, date(2026, 3, 1))
    assert listing.source.document == "Liste d'essai"
    actor.refresh_from_db()
    assert (actor.ess, actor.ess_verified) == ("oui", True)
    event = Event.objects.filter(subject=brought.subject, verb="import.batch_written").get()
    assert (event.data["count"], event.by) == (1, officer.pk)

    again = bring("ess", HEAD, [TEAM_MOVE, "TEAM MOVE", "O"], [NOBODY, "PERSONNE", "O"])
    assert lines(again) == [(2, "same"), (3, "refused")]
    with pytest.raises(DomainError, match="Aucune ligne"):
        actions.write(again, by=officer)

    actions.undo(brought, by=officer)
    brought.refresh_from_db()
    assert brought.state == Import.State.UNDONE
    assert not EssListing.objects.exists()
    actor.refresh_from_db()
    assert (actor.ess, actor.ess_verified) == ("a_verifier", False)
    with pytest.raises(DomainError):
        actions.undo(brought, by=officer)


def test_a_cell_is_corrected_in_place(bring: Bring, actor: Actor, officer: User) -> None:
    brought = bring("ess", HEAD, [TEAM_MOVE[:-1] + "5", "TEAM MOVE", "O"])
    assert lines(brought) == [(2, "refused")]
    actions.correct(brought, {(2, 0): TEAM_MOVE}, by=officer)
    assert lines(brought) == [(2, "changed")]
    assert staging.rows_of(brought.pk)[0][1][0] == TEAM_MOVE[:-1] + "5", "the file stays as it was brought"


def test_lines_set_aside_are_not_written(bring: Bring, actor: Actor, officer: User) -> None:
    other = create_actor("Junior", source=None, public=True, siren=JUNIOR_ISEN)
    brought = bring("ess", HEAD, [TEAM_MOVE, "T", "O"], [JUNIOR_ISEN, "J", "N"])
    actions.set_aside(brought, [2], aside=True)
    actions.write(brought, by=officer)
    assert list(EssListing.objects.values_list("actor", "listed")) == [(other.pk, False)]


def test_an_actor_born_of_a_line_goes_with_it_unless_it_served_since(bring: Bring, officer: User) -> None:
    options = {**LIST, "create": "oui"}
    rows = [[JUNIOR_ISEN, "JUNIOR ISEN", "O"], [ANCDAIO, "ANCDAIO", "O"]]
    brought = bring("ess", HEAD, *rows, options=options)
    assert lines(brought) == [(2, "added"), (3, "added")]
    actions.write(brought, by=officer)
    junior, other = Actor.objects.get(siren=JUNIOR_ISEN), Actor.objects.get(siren=ANCDAIO)
    assert (junior.ess, junior.subject.public) == ("oui", True)
    elsewhere = source("page", "x", "Page")
    list_ess(other, listed=False, on=date(2025, 1, 1), source=elsewhere, by=officer)
    actions.undo(brought, by=officer)
    brought.refresh_from_db()
    assert brought.state == Import.State.WRITTEN, "something stays"
    assert Subject.objects.get(pk=junior.pk).closed_at
    assert Subject.objects.get(pk=other.pk).closed_at is None
    kept = ImportedRow.objects.get(brought=brought, undone_at=None)
    assert "ANCDAIO" in kept.undo_refusal
    assert EssListing.objects.filter(actor=other).count() == 2


def test_columns_are_remembered_for_a_layout(bring: Bring, officer: User) -> None:
    head = ["Numéro étrange", "Dénomination"]
    brought = actions.bring(kinds.get("ess"), sheet(head, [TEAM_MOVE, "x"]), "a.csv", by=officer)
    assert "siren" not in brought.mapping
    with pytest.raises(DomainError, match="SIREN"):
        actions.say_columns(brought, brought.mapping, LIST, by=officer)
    actions.say_columns(brought, {"siren": 0}, LIST, by=officer)
    again = actions.bring(
        kinds.get("ess"), sheet(["NUMERO  ETRANGE", "denomination"], ["", "y"]), "b.csv", by=officer
    )
    assert again.mapping == {"siren": 0}
    assert Layout.objects.count() == 1


def test_what_changed_since_the_preview_is_not_overwritten(bring: Bring, actor: Actor, officer: User) -> None:
    brought = bring("ess", HEAD, [TEAM_MOVE, "TEAM MOVE", "O"])
    elsewhere = source("page", "x", "Page")
    list_ess(actor, listed=False, on=date(2026, 3, 1), source=elsewhere, by=officer)
    actions.write(brought, by=officer)
    assert EssListing.objects.get().listed is False
    row = ImportedRow.objects.get(brought=brought)
    assert row.outcome == "refused"
    assert "non" in row.message


def test_two_people_who_write_at_once_write_once(bring: Bring, actor: Actor, officer: User) -> None:
    brought = bring("ess", HEAD, [TEAM_MOVE, "TEAM MOVE", "O"])
    same = Import.objects.get(pk=brought.pk)
    actions.write(brought, by=officer)
    with pytest.raises(DomainError) as refused:
        actions.write(same, by=officer)
    assert (refused.value.code, refused.value.status) == ("import_moved_on", 409)
    assert Job.objects.filter(kind="imports.write").count() == 1


def test_one_refused_line_does_not_stop_the_others(
    bring: Bring, actor: Actor, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_actor("Junior", source=None, public=True, siren=JUNIOR_ISEN)
    brought = bring("ess", HEAD, [TEAM_MOVE, "T", "O"], [JUNIOR_ISEN, "J", "O"])
    kind = kinds.get("ess")

    def moody(context: Any, rows: Any) -> Any:
        if any(row.values["siren"] == TEAM_MOVE for row, _outcome in rows):
            raise DomainError("moody", "Pas celle-ci.")
        return kind.write(context, rows)

    from dataclasses import replace

    monkeypatch.setitem(kinds._kinds, "ess", replace(kind, write=moody))
    actions.write(brought, by=officer)
    outcomes = ImportedRow.objects.order_by("row").values_list("row", "outcome", "message")
    assert list(outcomes) == [(2, "refused", "Pas celle-ci."), (3, "changed", "")]


def test_the_size_of_a_batch_follows_its_time() -> None:
    pace = writing._Pace()
    pace.took(10, 2)
    assert pace.rows == 4
    for _batch in range(20):
        pace.took(1, pace.rows)
    assert pace.rows == writing.MOST_ROWS, "light lines may be followed by heavy ones"
    pace.took(180, 8)
    assert pace.rows == 4
    pace.took(5000, 4)
    assert (pace.rows, pace.longest) == (1, 5000)


def test_a_long_file_is_checked_by_the_worker(
    bring: Bring, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "AT_ONCE", 0)
    brought = bring("ess", HEAD, [TEAM_MOVE, "TEAM MOVE", "O"])
    assert (brought.state, brought.counts["changed"]) == (Import.State.CHECKED, 1)
    job = Job.objects.get(kind="imports.check")
    assert (job.state, job.done) == (Job.State.DONE, 1)


def test_a_check_that_fails_gives_the_file_back(
    bring: Bring, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought = bring("ess", HEAD, [TEAM_MOVE, "TEAM MOVE", "O"])
    staging.remove(brought.pk)
    with pytest.raises(DomainError) as refused:
        actions.check_again(brought, by=brought.by)
    assert refused.value.code == "staging_gone"
    brought.refresh_from_db()
    assert brought.state == Import.State.READ
