"""The directory held in memory says what the tables say, whoever writes and whatever is undone."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terreau.actors.models import Actor
from terreau.common.text import sort_key
from terreau.poles import directory, lines, listing
from terreau.poles.directory import FACETS, SORTS, Filters
from terreau.poles.models import Listing, Pole, Tag
from terreau.subjects.models import Subject
from tests.two_connections import at_once

pytestmark = pytest.mark.usefixtures("empty")
CODES = {"region": ["84", "53"], "secteur": ["formation", "industrie"], "stade": ["creation"]}
WORDS = ["bois", "boisson", "laine", "saint andre"]


def written(name: str, values: dict[str, list[str]], words: str = "", placed: bool = False) -> Pole:
    """Write a line and its values as `listing` does, without what they come from."""
    subject = Subject.objects.create(kind="pole", public=True)
    actor = Actor.objects.create(subject=subject, name=name, sort_key=sort_key(name))
    pole = Pole.objects.create(actor=actor, slug=str(subject.pk))
    key = sort_key(name)
    place = {"lon": 2.0, "lat": 46.0} if placed else {}
    line = Listing(pole=pole, name=name, words=f" {key} {words} ", by_name=key, by_carrier=key[::-1],
                   by_region=key, by_former_region=key, by_department="", **place)  # fmt: skip
    tags = [Tag(listing=line, facet=f, code=c, rank=r) for f, cs in values.items() for r, c in enumerate(cs)]
    listing._stamped(line, tags).save()
    Tag.objects.bulk_create(tags)
    return pole


some = st.fixed_dictionaries(
    {facet: st.lists(st.sampled_from(codes), unique=True) for facet, codes in CODES.items()}
)
poles = st.lists(
    st.tuples(st.sampled_from("abcd"), some, st.sampled_from(WORDS), st.booleans()), min_size=1, max_size=8
)
filters = st.builds(
    Filters,
    q=st.sampled_from(["", "boi", "saint andre", "andre laine", "bois a"]),
    tri=st.sampled_from(list(SORTS)),
    **{facet: st.sampled_from(["", *codes]) for facet, codes in CODES.items()},
)


def kept(asked: Filters, without: str = "") -> Iterator[Listing]:
    """The lines that the filters leave, read one by one from the tables."""
    for line in Listing.objects.order_by(SORTS[asked.tri], "pk").prefetch_related("tags"):
        held = {(tag.facet, tag.code) for tag in line.tags.all()}
        words = asked.q.split()
        said = [f" {word}" + (" " if word != words[-1] else "") in line.words for word in words]
        if all(said) and {pair for pair in asked.codes.items() if pair[0] != without} <= held:
            yield line


@given(poles, filters, st.integers(1, 4))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_copy_answers_as_the_tables(made: Any, asked: Filters, limit: int) -> None:
    with transaction.atomic():
        for number, (name, values, words, placed) in enumerate(made):
            written(f"{name} {number % 3}", values, words, placed)
        wanted = [str(line.pk) for line in kept(asked)]
        assert [row.id for row in directory.rows(asked)] == wanted
        assert directory.placed(asked) == sum(line.lon is not None for line in kept(asked))
        found: list[str] = []
        cursor: str | None = None
        for _ in range(99):
            page = directory.page(asked, limit=limit, cursor=cursor)
            assert (page.total, page.previous is None) == (len(wanted), cursor is None)
            found += [row.id for row in page.rows]
            if page.previous:
                before = directory.page(asked, limit=limit, cursor=page.previous)
                assert [row.id for row in before.rows] == wanted[: found.index(page.rows[0].id)][-limit:]
            if (cursor := page.next) is None:
                break
        assert found == wanted
        for name, shown in directory.facets(asked).items():
            counts = Counter(
                tag.code for line in kept(asked, name) for tag in line.tags.all() if tag.facet == name
            )
            assert {value.code: value.count for value in shown if value.count} == counts, name
        transaction.set_rollback(True)
    assert list(directory.rows(Filters())) == []


def test_only_what_moved_is_read_again(django_assert_num_queries: Any) -> None:
    first = written("Bois", {"secteur": ["formation"]})
    written("Laine", {"secteur": ["industrie"]})
    held = lines.now()
    with django_assert_num_queries(1):
        assert lines.now() is held
    Actor.objects.filter(pk=first.pk).update(name="Chêne")
    listing.project([first.pk])
    with django_assert_num_queries(4):
        again = lines.now()
    assert [row.nom for row in directory.rows(Filters())] == ["Chêne", "Laine"]
    assert again.records[first.pk] != held.records[first.pk]
    assert all(again.records[pk] is held.records[pk] for pk in held.records if pk != first.pk)


def test_writing_the_same_again_moves_nothing() -> None:
    pole = written("Bois", {})
    listing.project([pole.pk])
    held = lines.now()
    listing.project([pole.pk])
    assert lines.now() is held


def test_what_is_undone_is_forgotten() -> None:
    written("Bois", {"stade": ["creation"]})
    with transaction.atomic():
        written("Laine", {"stade": ["creation"]})
        assert directory.page(Filters(stade="creation")).total == 2
        transaction.set_rollback(True)
    assert directory.page(Filters(stade="creation")).total == 1


def test_a_cursor_of_a_line_that_is_gone_still_leads_on() -> None:
    for name in "abcd":
        written(name, {})
    page = directory.page(Filters(), limit=2)
    Listing.objects.filter(name="b").delete()
    assert [row.nom for row in directory.page(Filters(), limit=2, cursor=page.next).rows] == ["c", "d"]


@pytest.mark.django_db(transaction=True)
def test_readers_at_once_see_the_same_lines() -> None:
    for name in "abcd":
        written(name, {"region": ["84"]})
    lines._held.clear()
    seen = at_once(*[lambda: [row.nom for row in directory.rows(Filters(region="84"))]] * 4)
    assert seen == [list("abcd")] * 4


def test_every_facet_is_one_of_the_tables() -> None:
    assert set(FACETS) == set(Tag.Facet.values)
