"""Communes and intercommunalities as people write them in a cell."""

import pytest

from terreau.common.errors import DomainError
from terreau.territories import naming


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("35238", ("35238",)),
        ("Vitré", ("35360",)),
        ("vitre (35360) ; 35360", ("35360",)),
        ("35238, 35360\n2a004", ("35238", "35360", "2A004")),
        ("69123 | 69381", ("69123",)),
        ("", ()),
    ],
)
def test_codes_and_names(typed: str, codes: tuple[str, ...]) -> None:
    assert naming.communes(typed) == codes


def test_an_intercommunality_gives_its_communes() -> None:
    by_code, by_name = naming.communes("243500139"), naming.communes("Rennes Métropole")
    assert by_code == by_name
    assert "35238" in by_code
    assert len(by_code) > 40


@pytest.mark.parametrize(
    ("typed", "code", "said"),
    [
        ("99999", "unknown_commune", "99999"),
        ("243500000", "unknown_epci", "243500000"),
        ("1004", "lost_zero", "01004"),
        ("Saint-Denis", "several_communes", "93066"),
        ("Nulle Part", "unknown_place", "Nulle Part"),
    ],
)
def test_what_cannot_be_told_is_refused(typed: str, code: str, said: str) -> None:
    with pytest.raises(DomainError) as refused:
        naming.communes(typed)
    assert refused.value.code == code
    assert said in str(refused.value.message)
