"""Duplicates: suspected by rules, decided by a person once, the decision kept and taken back."""

from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from terreau.accounts.models import User
from terreau.actors import duplicates
from terreau.actors.actions import create_actor, merge_actors
from terreau.actors.likeness import Known, own_words, suspicions
from terreau.actors.models import Actor, Pair
from terreau.common.errors import DomainError
from terreau.facts import actions as facts
from terreau.facts import read
from terreau.journal.models import Event
from terreau.pieces.sources import source as cite
from tests.two_connections import at_once


def known(number: int, name: str, **more: Any) -> Known:
    places = frozenset(more.pop("places", ()))
    return Known(UUID(int=number), name, places=places, **more)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Association Les Amis du Bois (SCIC)", "amis bois"),
        ("L'Œuvre d'Épinal", "oeuvre epinal"),
        ("SCOP", "scop"),
        ("", ""),
    ],
)
def test_a_name_without_what_is_common(name: str, words: str) -> None:
    assert own_words(name) == words


TABLE = [
    ("one SIREN", known(1, "A", siren="1"), known(2, "B", siren="1"), {"siren"}),
    ("two establishments", known(1, "A", siren="1", siret="11"), known(2, "A", siren="1", siret="12"), set()),
    ("one SIRET", known(1, "A", siren="1", siret="11"), known(2, "B", siren="1", siret="11"),
     {"siret", "siren"}),
    ("one RNA", known(1, "A", rna="W1"), known(2, "B", rna="W1"), {"rna"}),
    (
        "accents and articles, one commune",
        known(1, "Les Écossolies", places=["44109"]),
        known(2, "ecossolies", places=["44109"]),
        {"name_place"},
    ),
    (
        "a letter wrong, one commune",
        known(1, "Imaginations Fertiles", places=["31555"]),
        known(2, "Imagination fertiles", places=["31555"]),
        {"name_place"},
    ),
    (
        "words in another order",
        known(1, "Solidarité Redon", places=["35236"]),
        known(2, "Redon Solidarité", places=["35236"]),
        {"name_place"},
    ),
    ("the same name in two communes", known(1, "Régie de quartier", places=["1"]),
     known(2, "Régie de quartier", places=["2"]), set()),
    ("the same name, places unknown", known(1, "Régie de quartier"), known(2, "Regie de Quartier"), {"name"}),
    ("a short name, places unknown", known(1, "Eole"), known(2, "Éole"), set()),
    ("two SIREN forbid", known(1, "Les Écossolies", siren="1", places=["4"]),
     known(2, "Ecossolies", siren="2", places=["4"]), set()),
    ("a pole and its carrier", known(1, "Archer", places=["2"], pole=True),
     known(2, "Archer", places=["2"]), set()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "reasons"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_what_is_suspected(one: Known, other: Known, reasons: set[str]) -> None:
    found = suspicions([other, one])
    assert [set(pair.reasons) for pair in found] == ([reasons] if reasons else [])
    assert all((pair.one, pair.other) == (one.id, other.id) for pair in found)


names = st.sampled_from(["Les Amis du Bois", "Amis du bois", "Laine", "La laine", "Pain et Partage"])
some = st.lists(
    st.builds(known, st.integers(1, 10**6), names, siren=st.sampled_from(["", "1", "2"]),
              places=st.sets(st.sampled_from(["a", "b"]))),
    max_size=9, unique_by=lambda one: one.id,
)  # fmt: skip


@given(some)
def test_suspicions_do_not_depend_on_the_order_and_are_pairs_once(actors: list[Known]) -> None:
    found = suspicions(actors)
    assert found == suspicions(actors[::-1])
    pairs = [(pair.one, pair.other) for pair in found]
    assert len(set(pairs)) == len(pairs)
    assert all(one < other for one, other in pairs)


pytestmark = pytest.mark.django_db


@pytest.fixture
def by() -> User:
    return User.objects.create_user("moderation@example.org")


@pytest.fixture
def source() -> Any:
    return cite("page", "exemple", "Page d'exemple", "", "https://example.org/")


@pytest.fixture
def pair(source: Any) -> Pair:
    create_actor("Boulange solidaire du Rhône", source=source, public=True)
    create_actor("La Boulange Solidaire du Rhone", source=source, public=True)
    duplicates.find(save=True)
    return Pair.objects.get(one__name__icontains="boulange")


def test_finding_again_adds_nothing_and_asks_nothing_decided(pair: Pair, by: User) -> None:
    before = Pair.objects.count()
    assert duplicates.find(save=True).new == 0
    duplicates.decide_different(pair, by=by, reason="Deux villes")
    assert duplicates.find(save=True).new == 0
    assert Pair.objects.count() == before


def test_without_save_nothing_is_written(source: Any, capsys: Any) -> None:
    create_actor("Atelier du verre", source=source, public=True)
    create_actor("Atelier du Verre", source=source, public=True)
    before = Pair.objects.count()
    call_command("actors_find_duplicates")
    assert Pair.objects.count() == before
    assert "--save" in capsys.readouterr().out


def test_the_same_leads_to_the_one_kept_and_is_undone(pair: Pair, by: User, source: Any) -> None:
    facts.record(pair.one.subject, "contact.phone", "01 02 03 04 05", source=source)
    decided = duplicates.decide_same(pair, keep=pair.other, by=by, reason="Même siège")
    loser = Actor.objects.get(pk=pair.one_id)
    assert loser.subject.merged_into_id == pair.other_id
    assert [view.display for view in read.facts_of(pair.other_id)] == ["01 02 03 04 05"]
    undone = duplicates.undo(decided, by=by, reason="Erreur")
    assert undone.state == Pair.State.WAITING
    assert Actor.objects.get(pk=pair.one_id).subject.merged_into_id is None
    assert list(read.facts_of(pair.other_id)) == []
    verbs = Event.objects.filter(subject=pair.one_id).values_list("verb", flat=True)
    assert {"subject.merged", "subject.unmerged"} <= set(verbs)


def test_a_decision_needs_a_reason_and_one_of_the_two(pair: Pair, by: User, source: Any) -> None:
    with pytest.raises(DomainError, match="pourquoi"):
        duplicates.decide_same(pair, keep=pair.one, by=by, reason="  ")
    with pytest.raises(DomainError, match="pourquoi"):
        duplicates.decide_different(pair, by=by, reason="")
    other = create_actor("Tiers", source=source, public=True)
    with pytest.raises(DomainError, match="l'un des deux"):
        duplicates.decide_same(pair, keep=other, by=by, reason="x")
    with pytest.raises(DomainError, match="pas décidée"):
        duplicates.undo(pair, by=by, reason="x")
    pair.refresh_from_db()
    assert pair.state == Pair.State.WAITING


@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_once_one_decides(pair: Pair, by: User) -> None:
    def same() -> Pair:
        return duplicates.decide_same(pair, keep=pair.one, by=by, reason="même")

    def different() -> Pair:
        return duplicates.decide_different(pair, by=by, reason="autre")

    results = at_once(same, different)
    assert sorted(type(one).__name__ for one in results) == ["DomainError", "Pair"]
    pair.refresh_from_db()
    assert (pair.state == "same") == (Actor.objects.get(pk=pair.other_id).subject.merged_into_id is not None)


@pytest.mark.django_db(transaction=True)
def test_two_merges_at_once_in_both_orders_make_one(pair: Pair, by: User) -> None:
    one, other = Actor.objects.get(pk=pair.one_id), Actor.objects.get(pk=pair.other_id)
    results = at_once(
        lambda: merge_actors(one, other, by=by, reason="a"),
        lambda: merge_actors(other, one, by=by, reason="b"),
    )
    assert sorted(type(result).__name__ for result in results)[1] == "MergeRecord"
    merged = [Actor.objects.get(pk=pk).subject.merged_into_id for pk in (one.pk, other.pk)]
    assert merged.count(None) == 1
