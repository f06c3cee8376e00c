"""Finding: every word, accents and case ignored, the last word as a beginning, the same everywhere."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terreau.common.text import search_text
from terreau.search.index import NewEntry, find, put, put_many, rebuild, remove
from terreau.search.models import Entry
from terreau.subjects import actions as subjects
from terreau.subjects.models import Subject
from tests.two_connections import at_once

pytestmark = pytest.mark.django_db


def add(title: str, *words: str, kind: str = "actor", public: bool = True, weight: float = 0) -> Subject:
    subject = subjects.create(kind)
    put(subject, title=title, detail="", path=f"/x/{subject.pk}/", words=words, weight=weight, public=public)
    return subject


def titles(query: str, **options: object) -> list[str]:
    return [entry.title for entry in find(query, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "query", ["école", "ECOLE", "ecol", "l'école", "œuvre", "Oeuvre école", "bouquetot éco"]
)
def test_accents_case_ligatures_and_elisions_do_not_count(query: str) -> None:
    add("L'École de l'Œuvre", "Bouquetot")
    add("Autre chose")
    assert titles(query) == ["L'École de l'Œuvre"]


@pytest.mark.parametrize("query", ["éco autre", "col", "oeuv ecole", "", "  ", "«»", "Ω"])
def test_what_does_not_match(query: str) -> None:
    add("L'École de l'Œuvre", "Bouquetot")
    assert titles(query) == []


def test_the_best_first() -> None:
    add("Pays de Redon", weight=9)
    add("Redon agglomération")
    add("Redon")
    add("Redonnais", weight=5)
    assert titles("redon") == ["Redon", "Redonnais", "Redon agglomération", "Pays de Redon"]


def test_private_and_other_kinds_stay_out() -> None:
    add("Redon", kind="territory")
    add("Redon caché", public=False)
    assert titles("redon") == ["Redon"]
    assert titles("redon", public_only=False) == ["Redon", "Redon caché"]
    assert titles("redon", kinds=["actor"]) == []
    assert titles("redon", kinds=[]) == []


def test_an_entry_put_again_forgets_its_old_words() -> None:
    subject = add("Vieux nom", "ancienne commune")
    put(subject, title="Nouveau nom", detail="", path="/x/", public=True)
    assert titles("vieux") == titles("ancienne") == []
    assert titles("nouv") == ["Nouveau nom"]
    assert Entry.objects.count() == 1


def test_a_removed_or_merged_subject_is_not_found() -> None:
    gone, twin, kept = add("Redon un"), add("Redon deux"), add("Redon trois")
    remove(gone.pk, subjects.create("actor").pk)
    subjects.merge(twin, kept, by=None, reason="doublon")
    assert titles("redon") == ["Redon trois"]


def test_finding_joins_nothing() -> None:
    add("Redon")
    with CaptureQueriesContext(connection) as queries:
        find("redon")
    assert len(queries) == 1
    assert "JOIN" not in queries[0]["sql"], "joined to subjects, SQLite took 19 s on 36,000 entries"


def test_many_at_once_and_again() -> None:
    all_of_them = [subjects.create("territory") for _ in range(1200)]
    entries = [NewEntry(one, f"Commune {rank}", "/x/", public=True) for rank, one in enumerate(all_of_them)]
    assert put_many(entries) == put_many(entries) == 1200
    assert titles("commune 1199") == ["Commune 1199"]
    assert len(find("commune", limit=2000)) == 1200


def test_the_engine_can_be_filled_again() -> None:
    add("Redon")
    rebuild()
    assert titles("red") == ["Redon"]


@given(query=st.text() | st.text(alphabet="abé \"'*:&|!()<->^-+{}%\\\0AND OR NEAR"))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_anything_typed_is_only_words(query: str) -> None:
    if not Entry.objects.exists():
        add("Abé and or near ab")
    words = search_text(query).split()
    held = ["abe", "and", "or", "near", "ab"]
    expected = (
        bool(words) and all(w in held for w in words[:-1]) and any(h.startswith(words[-1]) for h in held)
    )
    if len(words) <= 12:
        assert bool(find(query)) == expected


@given(title=st.text(min_size=1, max_size=400), word=st.text(max_size=5000))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_anything_can_be_indexed(title: str, word: str) -> None:
    title, word = title.replace("\0", ""), word.replace("\0", "")
    subject = add(title, word)
    for text in (title, word):
        first = search_text(text).split()[:1]
        if first:
            found = find(first[0], limit=10_000)
            assert subject.pk in {entry.subject_id for entry in found}


@pytest.mark.django_db(transaction=True)
def test_two_writers_of_one_entry() -> None:
    subject = subjects.create("actor")

    def write(title: str) -> None:
        for _ in range(5):
            put(subject, title=title, detail="", path="/x/", public=True)

    results = at_once(lambda: write("Alpha nom"), lambda: write("Beta nom"))
    assert results == [None, None]
    [entry] = find("nom")
    assert titles("alpha") == (["Alpha nom"] if entry.title == "Alpha nom" else [])
    assert titles("beta") == (["Beta nom"] if entry.title == "Beta nom" else [])
