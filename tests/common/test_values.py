"""Money, periods, text, identifiers, canonical JSON and content files."""

import json
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terreau.common.batches import batches
from terreau.common.canonical import canonical, digest
from terreau.common.content import ContentError, read_content, read_list
from terreau.common.identifiers import uuid7
from terreau.common.money import Euro
from terreau.common.periods import PartialDate, Period
from terreau.common.text import fold, search_text, slug

cents = st.integers(-(10**15), 10**15)
days = st.dates(date(1900, 1, 1), date(2100, 12, 31))


class TestEuro:
    def test_what_binary_numbers_lose_is_kept(self) -> None:
        assert Euro.of("0.10") + Euro.of("0.20") == Euro.of("0.30")

    @pytest.mark.parametrize("wrong", [0.1, True])
    def test_floats_and_booleans_are_refused(self, wrong: object) -> None:
        with pytest.raises(TypeError):
            Euro(wrong)  # type: ignore[arg-type]

    def test_a_part_of_a_cent_is_refused(self) -> None:
        with pytest.raises(ValueError, match="part of a cent"):
            Euro.of("1.005")

    @pytest.mark.parametrize(
        ("amount", "text"),
        [
            ("1800000", "1\u202f800\u202f000,00\u00a0€"),
            ("-0.05", "−0,05\u00a0€"),
            ("999.9", "999,90\u00a0€"),
        ],
    )
    def test_it_is_written_as_in_french(self, amount: str, text: str) -> None:
        assert str(Euro.of(amount)) == text

    @given(cents, st.lists(st.integers(0, 1000), min_size=1, max_size=9).filter(any))
    def test_a_split_adds_up_and_is_fair(self, amount: int, weights: list[int]) -> None:
        parts = Euro(amount).split(weights)
        assert sum(part.cents for part in parts) == amount
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part.cents - Decimal(amount) * weight / sum(weights)) < 1

    @given(cents, cents)
    def test_sums_and_order_are_those_of_whole_numbers(self, one: int, two: int) -> None:
        assert Euro(one) + Euro(two) - Euro(two) == Euro(one)
        assert -Euro(one) + Euro(one) == Euro(0)
        assert (Euro(one) < Euro(two)) == (one < two)

    def test_a_rate_rounds_half_to_even(self) -> None:
        assert [Euro(value).times(Decimal("0.5")).cents for value in (1, 3, -1)] == [0, 2, 0]


class TestDates:
    @pytest.mark.parametrize(
        ("text", "first", "after"),
        [
            ("2014", date(2014, 1, 1), date(2015, 1, 1)),
            ("2014-12", date(2014, 12, 1), date(2015, 1, 1)),
            ("2014-02", date(2014, 2, 1), date(2014, 3, 1)),
            ("2014-02-28", date(2014, 2, 28), date(2014, 3, 1)),
        ],
    )
    def test_a_date_is_no_more_precise_than_known(self, text: str, first: date, after: date) -> None:
        partial = PartialDate.parse(text)
        assert (partial.first, partial.next, partial.iso()) == (first, after, text)

    @pytest.mark.parametrize("text", ["14", "2014-13", "2014-02-30", "2014/02", "", "mai 2014", "2014-2"])
    def test_what_is_no_date_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"."):
            PartialDate.parse(text)

    @given(days, days, days, days)
    def test_periods_overlap_when_they_share_a_day(self, a: date, b: date, c: date, d: date) -> None:
        (a, b), (c, d) = sorted((a, b)), sorted((c, d))
        if a < b and c < d:
            one, two = Period(a, b), Period(c, d)
            assert one.overlaps(two) == two.overlaps(one) == (max(a, c) < min(b, d))
            assert one.overlaps(Period())
            assert a in one
            assert b not in one

    def test_a_period_that_ends_before_it_starts_is_refused(self) -> None:
        with pytest.raises(ValueError, match="ends after"):
            Period(date(2014, 1, 1), date(2014, 1, 1))


class TestText:
    @pytest.mark.parametrize(
        ("text", "folded", "address"),
        [
            ("École d'Œuvre", "ecole d'oeuvre", "ecole-d-oeuvre"),
            ("L’Haÿ-les-Roses", "l'hay-les-roses", "l-hay-les-roses"),
            ("  Ça & là !", "  ca & la !", "ca-la"),
        ],
    )
    def test_french_is_made_comparable(self, text: str, folded: str, address: str) -> None:
        assert (fold(text), slug(text)) == (folded, address)

    @given(st.text())
    def test_words_are_plain_and_stay_so(self, text: str) -> None:
        words = search_text(text)
        assert set(words) <= set("abcdefghijklmnopqrstuvwxyz0123456789 ")
        assert search_text(words) == words == " ".join(words.split())
        assert len(slug(text, 20)) <= 20


def test_identifiers_sort_by_time() -> None:
    made = []
    for _ in range(5):
        made.append(uuid7())
        time.sleep(0.002)
    assert made == sorted(made)
    assert {one.version for one in made} == {7}
    assert len({uuid7() for _ in range(10_000)}) == 10_000


@given(st.lists(st.integers()), st.integers(1, 7))
def test_batches_hold_everything_in_order(items: list[int], size: int) -> None:
    parts = list(batches(items, size))
    assert [item for part in parts for item in part] == items
    assert all(0 < len(part) <= size for part in parts)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet="aé\U0001f600\ufb33z"), inner),
    max_leaves=8,
)


class TestCanonical:
    @given(plain)
    def test_it_is_json_that_says_the_same_again(self, value: object) -> None:
        text = canonical(value)
        assert json.loads(text) == value
        assert canonical(json.loads(text)) == text

    def test_keys_are_in_the_order_of_rfc_8785(self) -> None:
        keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
        ordered = list(json.loads(canonical(dict.fromkeys(keys, 0))))
        assert ordered == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]

    def test_the_digest_does_not_depend_on_the_order(self) -> None:
        assert digest({"a": 1, "b": "é"}) == digest({"b": "é", "a": 1}) != digest({"a": 1, "b": "e"})

    @pytest.mark.parametrize("value", [0.1, Decimal(1), date(2014, 1, 1), {1: 2}, b"x", {"x": {1, 2}}])
    def test_what_has_no_single_form_is_refused(self, value: object) -> None:
        with pytest.raises(TypeError):
            canonical(value)

    @pytest.mark.parametrize("value", [2**53, "\0", "\ud800", {"\0": 1}])
    def test_what_another_reader_would_change_is_refused(self, value: object) -> None:
        with pytest.raises(ValueError, match=r"."):
            canonical(value)


class TestContent:
    def test_values_keep_their_types_and_lines(self, tmp_path: Path) -> None:
        path = tmp_path / "a.yaml"
        path.write_text(
            "- {n: 1, d: 1.10, on: 2014-09-19, y: 2014, t: yes, b: true, z: ~}\n- x: é\n", "utf-8"
        )
        first, second = read_list(path)
        values = [1, Decimal("1.10"), date(2014, 9, 19), 2014, "yes", True, None]
        assert list(first.values()) == values
        assert (second["x"], second.line) == ("é", 2)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("a: &x 1\nb: *x\n", ":1: anchors"),
            ("a: 1\nb: 2\na: 3\n", ":3: the key a is given twice"),
            ("a: 1\n1: 2\n", ":2: the key 1 must be a text"),
            ("a: [1\n", ":2:"),
            ("a: !!python/name:os.system x\n", ":1: the tag"),
            ("a: 2014-13-45x\n", None),
            ("a: 1\n---\nb: 1\n", ":2:"),
            ("<<: {a: 1}\n", ":1:"),
        ],
    )
    def test_a_mistake_names_its_line(self, tmp_path: Path, text: str, said: str | None) -> None:
        path = tmp_path / "a.yaml"
        path.write_text(text, "utf-8")
        if said is None:
            assert read_content(path)["a"] == "2014-13-45x"
            return
        with pytest.raises(ContentError) as refused:
            read_content(path)
        assert f"a.yaml{said}" in str(refused.value)

    def test_unknown_and_missing_keys_are_named(self, tmp_path: Path) -> None:
        path = tmp_path / "a.yaml"
        path.write_text("- {code: x, colour: red}\n", "utf-8")
        [section] = read_list(path)
        with pytest.raises(ContentError, match=r"a\.yaml:1: unknown key: colour"):
            section.expect(["code"])
        with pytest.raises(ContentError, match=r"a\.yaml:1: missing key: label"):
            section.expect(["code", "label"], ["colour"])
