"""Numbers that name an actor: what is accepted, what is refused and how it is explained."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terreau.actors import identifiers as ids
from terreau.common.errors import DomainError


def refusal(check, *typed):
    with pytest.raises(DomainError) as caught:
        check(*typed)
    return caught.value


@pytest.mark.parametrize(
    "typed", ["218601946", " 218 601 946 ", "218\u00a0601\u202f946", "218.601.946", "218601946.0"]
)
def test_a_siren_is_read_as_it_is_typed(typed):
    assert ids.check_siren(typed) == "218601946"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("218601947", "siren_key"),
        ("000000000", "siren_key"),
        ("21860194", "number_length"),
        ("2186019466", "number_length"),
        ("21860194A", "number_length"),
        ("", "number_length"),
        ("2.18602E+8", "number_as_float"),
        ("٢١٨٦٠١٩٤٦", "number_length"),
    ],
)
def test_a_wrong_siren_says_what_is_wrong(typed, code):
    assert refusal(ids.check_siren, typed).code == code


def test_lost_zeros_are_found_again():
    assert ids.check_siren("005520135") == "005520135"
    error = refusal(ids.check_siren, "5520135")
    assert (error.code, error.facts["suggestion"]) == ("number_lost_zeros", "005520135")
    assert "005520135" in error.message


@given(st.integers(1, 99_999_999))
def test_luhn_catches_any_wrong_digit(stem):
    body = f"{stem:08d}"
    siren = next(body + key for key in "0123456789" if ids.luhn(body + key))
    assert ids.siren_holds(siren)
    for place in range(9):
        changed = str((int(siren[place]) + 1) % 10)
        assert not ids.siren_holds(siren[:place] + changed + siren[place + 1 :])


def test_a_siret_needs_its_siren_to_hold_too():
    assert ids.check_siret("44259700100035") == "44259700100035"
    # Luhn holds on the fourteen digits, not on the first nine.
    body = "4425970020003"
    whole = next(body + key for key in "0123456789" if ids.luhn(body + key))
    assert refusal(ids.check_siret, whole).code == "siret_key"


@pytest.mark.parametrize(
    ("siret", "holds"),
    [
        ("35600000000048", True),  # head office, by Luhn: its digits add up to 26
        ("35600000049837", True),  # an office: 45
        ("35600000049838", False),  # 46
        ("35600000000006", True),  # 20
        ("35600000000055", False),  # Luhn would hold, the sum is 24
    ],
)
def test_la_poste_has_its_own_rule(siret, holds):
    assert ids.siret_holds(siret) is holds


def test_luhn_alone_would_take_the_office_that_la_poste_does_not_have():
    assert ids.luhn("35600000000048")
    assert not ids.luhn("35600000049837")


@pytest.mark.parametrize("typed", ["4,5032466E+13", "4.50325E+13", "1.2345E+13", "45032466e13"])
def test_a_siret_destroyed_by_a_float_is_refused_with_its_cause(typed):
    error = refusal(ids.check_siret, typed)
    assert error.code == "number_as_float"
    assert "tableur" in error.message


def test_a_rounded_siret_leaves_its_siren():
    error = refusal(ids.check_siret, "21860194600000.0")
    assert (error.code, error.facts["siren"]) == ("siret_rounded", "218601946")


def test_a_float_that_lost_nothing_is_read():
    assert ids.check_siret("44259700100035.0") == "44259700100035"


@pytest.mark.parametrize("typed", ["W751234567", "w751234567", "W 751 234567", "W2A1001077", "W9R1000012"])
def test_an_rna_number_is_read(typed):
    assert ids.check_rna(typed) == typed.replace(" ", "").upper()


@pytest.mark.parametrize("typed", ["", "751234567", "W75123456", "W7512345678", "WA51234567", "X751234567"])
def test_a_wrong_rna_number_speaks_of_alsace_moselle(typed):
    error = refusal(ids.check_rna, typed)
    assert error.code == "rna_format"
    assert "Alsace" in error.message


@pytest.mark.parametrize(
    ("typed", "code"), [("8899B", "88.99B"), ("88.99b", "88.99B"), (" 01.11Z", "01.11Z")]
)
def test_a_naf_code_takes_its_dot(typed, code):
    assert ids.check_naf(typed) == code


@pytest.mark.parametrize("typed", ["88.99", "8899", "99.99Z", "", "A", "88.99BB"])
def test_an_unknown_naf_code_is_refused(typed):
    assert refusal(ids.check_naf, typed).code == "naf_unknown"


def test_a_naf_code_of_another_version_is_checked_by_form():
    assert ids.check_naf("99.99Z", "2025") == "99.99Z"
    assert ids.check_naf("85.3K", "rev1") == "85.3K"
    assert ids.naf_label("99.99Z", "2025") == ""
    assert refusal(ids.check_naf, "8899B", "rev3").code == "naf_version"


def test_naf_labels_are_those_of_the_decree():
    assert ids.naf_label("01.11Z", "rev2").startswith("Culture de céréales")


@pytest.mark.parametrize("code", ["NN", "nn", "00", "53"])
def test_size_classes_are_those_of_sirene(code):
    assert ids.check_size_class(code) == code.upper()


def test_an_unknown_size_class_lists_the_known_ones():
    error = refusal(ids.check_size_class, "13")
    assert "NN" in error.facts["known"]
    assert len(error.facts["known"]) == 16


@given(st.text())
def test_any_text_is_read_or_refused_never_a_crash(text):
    for check in (ids.check_siren, ids.check_siret, ids.check_rna, ids.check_naf, ids.check_size_class):
        with contextlib.suppress(DomainError):
            assert check(text)
