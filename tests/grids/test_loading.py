"""Shipped grids are loaded as a diff, whole or not at all, and what is published never changes."""

from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from terreau.common.errors import NotFoundError
from terreau.grids import store
from terreau.grids.content_rules import check
from terreau.grids.loading import LoadingError, Outcome, mapping_problems, sync
from terreau.grids.models import Grid, GridVersion
from terreau.journal.models import Event
from tests.grids.grid_files import TEXT, changed
from tests.two_connections import at_once

pytestmark = pytest.mark.django_db

SECOND = changed(
    ('version: "1"', 'version: "2"'),
    ("valid_from: 2015-01-01", "valid_from: 2020-01-01"),
    ("Trois membres au moins.", "Trois membres, ou plus."),
) + ('mapping: {from: "1", moves: [{keep: [trois, durable, chambre, note]}]}\n')
PLACE = """\
code: a-venir
title: {fr: "À venir", en: "To come"}
nature: charter
subject: pole
owner: {name: "Son auteur"}
awaited: {fr: "Texte non détenu.", en: "Text not held."}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "essai.yaml").write_text(TEXT, "utf-8")
    return tmp_path


def load(folder: Path, *, save: bool = True) -> Outcome:
    return sync(save=save, paths=sorted(folder.glob("*.yaml")))


def refused(folder: Path) -> list[tuple[str, int, str]]:
    with pytest.raises(LoadingError) as caught:
        load(folder)
    return [(one["file"], one["line"], one["code"]) for one in caught.value.facts["problems"]]


def test_nothing_is_written_without_save(folder: Path) -> None:
    assert load(folder, save=False).added == ["essai@1"]
    assert not Grid.objects.exists()


def test_a_grid_is_loaded_once_published_and_told(folder: Path) -> None:
    assert load(folder).added == ["essai@1"]
    again = load(folder)
    assert (again.added, again.changed, again.removed, again.unchanged) == ([], [], [], 1)
    row = GridVersion.objects.get()
    assert (row.state, row.text, row.grid.public, row.grid.shipped) == ("published", TEXT, True, True)
    event = Event.objects.get(verb="grid.published")
    assert event.data == {"grid": "essai", "version": "1", "digest": row.digest}


def test_a_published_version_that_says_something_else_is_refused(folder: Path) -> None:
    load(folder)
    (folder / "essai.yaml").write_text(changed(("Le projet dure.", "Le projet passe.")), "utf-8")
    assert refused(folder) == [("essai.yaml", 2, "published_changed")]
    assert GridVersion.objects.get().text == TEXT


def test_another_layout_is_the_same_version(folder: Path) -> None:
    load(folder)
    (folder / "essai.yaml").write_text(f"# Un commentaire\n{TEXT}", "utf-8")
    assert load(folder).unchanged == 1


def test_one_wrong_file_and_nothing_is_loaded(folder: Path) -> None:
    (folder / "autre.yaml").write_text(
        changed(("code: essai", "code: autre"), ("op: at_least", "op: x")), "utf-8"
    )
    (folder / "bombe.yaml").write_text("a: &a [x]\nb: *a\n", "utf-8")
    found = refused(folder)
    assert ("bombe.yaml", 1, "anchor") in found
    assert ("autre.yaml", 31, "unknown_word") in found
    assert not Grid.objects.exists()


def test_two_files_for_one_version_are_refused(folder: Path) -> None:
    (folder / "copie.yaml").write_text(TEXT, "utf-8")
    assert refused(folder) == [("essai.yaml", 1, "version_twice")]


def test_a_place_is_kept_then_taken_by_its_text(folder: Path) -> None:
    (folder / "place.yaml").write_text(PLACE, "utf-8")
    assert "a-venir" in load(folder).added
    row = Grid.objects.get(code="a-venir")
    assert row.awaited["fr"] == "Texte non détenu."
    assert load(folder).unchanged == 2
    (folder / "place.yaml").write_text(PLACE.replace("Texte non détenu.", "Attendu."), "utf-8")
    assert load(folder).changed == ["a-venir"]
    (folder / "place.yaml").write_text(changed(("code: essai", "code: a-venir")), "utf-8")
    load(folder)
    row.refresh_from_db()
    assert row.awaited == {}
    assert store.grid("a-venir").version == "1"


def test_a_grid_shipped_no_more_is_told_and_stays(folder: Path) -> None:
    load(folder)
    (folder / "essai.yaml").unlink()
    assert load(folder).removed == ["essai"]
    assert GridVersion.objects.exists()


def test_a_second_version_follows_the_first(folder: Path) -> None:
    (folder / "essai-2.yaml").write_text(SECOND, "utf-8")
    assert load(folder).added == ["essai@1", "essai@2"]
    first, second = store.versions("essai")
    assert (first.version, second.version) == ("1", "2")
    assert GridVersion.objects.get(version="2").supersedes.version == "1"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ('from: "1"', 'from: "0.9"', "unknown_version"),
        ("keep: [trois, durable, chambre, note]", "keep: [trois, durable, chambre]", "old_lost"),
        ("keep: [trois, durable, chambre, note]", "keep: [trois, durable, chambre, note, x]", "old_unknown"),
    ],
)
def test_a_mapping_that_is_not_whole_is_refused_with_its_line(
    folder: Path, before: str, after: str, code: str
) -> None:
    (folder / "essai-2.yaml").write_text(changed((before, after), text=SECOND), "utf-8")
    line = SECOND.count("\n")
    assert ("essai-2.yaml", line, code) in refused(folder)
    assert not Grid.objects.exists()


def test_versions_that_come_from_one_another_in_a_circle_are_refused(folder: Path) -> None:
    keep = "moves: [{keep: [trois, durable, chambre, note]}]}\n"
    (folder / "essai.yaml").write_text(TEXT + f'mapping: {{from: "2", {keep}', "utf-8")
    (folder / "essai-2.yaml").write_text(SECOND, "utf-8")
    assert {code for _file, _line, code in refused(folder)} == {"cyclic_mapping"}


def test_the_mapping_of_a_deposit_is_checked_against_what_is_published(folder: Path) -> None:
    load(folder)
    assert mapping_problems(check(SECOND)) == ()
    wrong = check(changed(("durable, chambre", "chambre"), text=SECOND))
    assert {one.code for one in mapping_problems(wrong)} == {"old_lost", "new_from_nowhere"}


def test_the_version_in_force_is_read_on_any_day(folder: Path) -> None:
    (folder / "essai-2.yaml").write_text(SECOND, "utf-8")
    load(folder)
    assert store.grid("essai").version == "2"
    assert store.grid("essai", on=date(2019, 12, 31)).version == "1"
    assert store.grid("essai", on=date(2020, 1, 1)).version == "2"
    assert store.grid("essai", "1", date(1990, 1, 1)).version == "1"
    with pytest.raises(NotFoundError) as caught:
        store.grid("essai", on=date(2014, 12, 31))
    assert caught.value.code == "grid_not_in_force"
    assert caught.value.facts["versions"][0] == {"version": "1", "valid_from": "2015-01-01", "valid_to": None}
    assert store.grids(date(2014, 1, 1)) == {}
    assert store.grids(date(2019, 1, 1))["essai"].version == "1"
    assert store.codes() == ["essai"]


@pytest.mark.parametrize(
    ("code", "version", "error"), [("rien", None, "unknown_grid"), ("essai", "9", "unknown_version")]
)
def test_what_does_not_exist_is_told(folder: Path, code: str, version: str | None, error: str) -> None:
    load(folder)
    with pytest.raises(NotFoundError) as caught:
        store.grid(code, version)
    assert caught.value.code == error


def test_a_private_grid_is_not_there_for_strangers(folder: Path) -> None:
    load(folder)
    Grid.objects.update(public=False)
    assert store.grid("essai").code == "essai"
    with pytest.raises(NotFoundError):
        store.grid("essai", public_only=True)
    assert store.grids() == {}


def test_a_withdrawn_version_is_read_by_name_only(folder: Path) -> None:
    (folder / "essai-2.yaml").write_text(SECOND, "utf-8")
    load(folder)
    GridVersion.objects.filter(version="2").update(
        state="withdrawn", withdrawn_at="2026-01-01T00:00Z", withdrawn_reason="Une erreur."
    )
    assert store.grid("essai").version == "1"
    assert store.grid("essai", "2").state == "withdrawn"


def test_a_version_is_parsed_once(folder: Path, django_assert_num_queries: pytest.FixtureRequest) -> None:
    load(folder)
    first = store.grid("essai")
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert store.grid("essai") is first


def test_the_shipped_grids_load_and_load_again(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("grids_load")
    assert "Rien n'est écrit" in capsys.readouterr().out
    call_command("grids_load", "--save")
    assert "ajouté decret-2015-431@2015" in capsys.readouterr().out
    call_command("grids_load", "--save")
    assert "ajoutés : 0, changés : 0, absents : 0" in capsys.readouterr().out
    wanted = {"labo-2011-criteres", "labo-2011-definition", "loi-2014-art9", "decret-2015-431"}
    assert wanted | {"ess-art1", "esus", "grille-terreau"} <= set(store.codes())


def test_the_command_says_every_problem(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "essai.yaml").write_text(changed(("nature: criteria", "nature: x")), "utf-8")
    monkeypatch.setattr("terreau.grids.loading.shipped", lambda: sorted(folder.glob("*.yaml")))
    with pytest.raises(CommandError, match=r"essai\.yaml:7: nature"):
        call_command("grids_load", "--save")


@pytest.mark.django_db(transaction=True)
def test_two_loads_at_once_make_one_version(tmp_path: Path) -> None:
    (tmp_path / "essai.yaml").write_text(TEXT, "utf-8")
    found = at_once(lambda: load(tmp_path), lambda: load(tmp_path))
    assert GridVersion.objects.count() == 1
    added = [one.added for one in found if isinstance(one, Outcome)]
    assert ["essai@1"] in added
