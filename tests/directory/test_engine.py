"""The engine reads numbers, days and names exactly as the rest of Terreau does."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terreau.common.official_numbers import siren_holds, siret_holds
from terreau.common.text import search_text
from terreau.directory import engine
from tests.directory import files

pytestmark = pytest.mark.usefixtures("db")
many = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def db_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with engine.opened(tmp_path_factory.mktemp("engine")) as found:
        yield found


def one(found: Any, query: str, *values: Any) -> Any:
    return found.execute(f"SELECT {query}", list(values)).fetchone()[0]


@many
@given(digits=st.text("0123456789", min_size=9, max_size=9))
def test_the_key_of_a_siren(db_engine: Any, digits: str) -> None:
    for number in (digits, files.key_of(digits[:8])):
        assert one(db_engine, "siren_holds(digits(?, 9))", number) is siren_holds(number)


@many
@given(
    head=st.one_of(st.just("356000000"), st.text("0123456789", min_size=8, max_size=8).map(files.key_of)),
    rest=st.text("0123456789", min_size=5, max_size=5),
)
def test_the_key_of_a_siret(db_engine: Any, head: str, rest: str) -> None:
    for number in (head + rest, files.key_of(head + rest[:4]), "35600000000048", "35600000009075"):
        assert one(db_engine, "siret_holds(digits(?, 14))", number) is siret_holds(number)


@many
@given(text=st.text(min_size=0, max_size=12))
def test_what_is_not_digits_is_no_number(db_engine: Any, text: str) -> None:
    if not (len(text) == 9 and text.isascii() and text.isdigit()) and "\x00" not in text:
        assert one(db_engine, "digits(?, 9)", text) is None


LETTERS = "abcXYZ àâäçéèêëîïôöùûüÿœæÀÉÈÇŒÆß0189'’-&.,/«»–°\t\n"


@many
@given(text=st.text(LETTERS, max_size=40))
def test_names_are_folded_as_everywhere(db_engine: Any, text: str) -> None:
    assert not one(db_engine, "uncommon(?)", text)
    assert one(db_engine, "folded(?)", text) == search_text(text)


@many
@given(text=st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20))
def test_what_the_engine_folds_otherwise_is_folded_in_python(db_engine: Any, text: str) -> None:
    if not one(db_engine, "uncommon(?)", text):
        assert one(db_engine, "folded(?)", text) == search_text(text)


@many
@given(day=st.dates(min_value=date(1601, 1, 1), max_value=date(2026, 1, 1)))
def test_days_are_read_in_their_two_forms(db_engine: Any, day: Any) -> None:
    for text in (day.isoformat(), day.strftime("%d/%m/") + f"{day.year:04d}", f"{day.isoformat()}T09:30:00"):
        assert one(db_engine, "day(?)", text) == day.isoformat()


@pytest.mark.parametrize(
    "text", ["1997-02-30", "2019-13-01", "9999-12-31", "hier", "12-05-1999", "0985-01-01"]
)
def test_a_day_that_does_not_exist_is_unknown(db_engine: Any, text: str) -> None:
    assert one(db_engine, "day(?)", text) is None


def test_the_digest_does_not_depend_on_the_engine(db_engine: Any) -> None:
    """MD5 of the text, its lower half read as INT64, halved: kept in the database, it must never change."""
    assert one(db_engine, "row_digest('abc')") == 8250560606382298838 >> 1


def test_the_engine_is_bounded(db_engine: Any) -> None:
    known = dict(db_engine.execute("SELECT name, value FROM duckdb_settings()").fetchall())
    assert known["threads"] == "2"
    assert Path(known["temp_directory"]).name == "tmp"
    assert known["memory_limit"] in {"2.3 GiB", "2.5 GB"}
