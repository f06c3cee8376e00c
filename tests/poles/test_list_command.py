"""``poles_list``: the directory on the command line."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.usefixtures("register")


def listed(**options: str) -> list[dict[str, object]]:
    out = StringIO()
    call_command("poles_list", json=True, stdout=out, **options)
    results: list[dict[str, object]] = json.loads(out.getvalue())["results"]
    return results


def test_every_pole_of_the_seeds_is_listed() -> None:
    poles = listed()
    assert len(poles) >= 49
    assert {"id", "slug", "nom", "porteur", "stade", "statut_registre", "reconnaissances", "secteurs"} <= set(
        poles[0]
    )


@pytest.mark.parametrize(
    ("options", "slug"),
    [
        ({"region": "53"}, "les-articulteurs"),
        ({"ancienne_region": "82", "reconnaissance": "temoin"}, "culture-et-cooperation"),
        ({"departement": "26"}, "pole-sud"),
        ({"q": "halage"}, "le-phares"),
        ({"stade": "en_projet"}, "sicoval"),
    ],
)
def test_filters(options: dict[str, str], slug: str) -> None:
    found = [pole["slug"] for pole in listed(**options)]
    assert slug in found
    assert len(found) < 20


def test_pays_de_bray_is_in_two_old_regions() -> None:
    found = {code: {pole["slug"] for pole in listed(ancienne_region=code)} for code in ("22", "23")}
    assert "pays-de-bray" in found["22"] & found["23"]


def test_the_four_witness_poles_are_those_that_are_named() -> None:
    found = {pole["slug"] for pole in listed(reconnaissance="temoin")}
    assert {"pole-sud", "culture-et-cooperation", "domb-innov", "smac-07"} <= found


def test_an_unknown_region_is_refused_in_the_one_error_shape() -> None:
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("poles_list", json=True, region="99", stdout=out)
    assert caught.value.returncode == 2
    assert set(json.loads(out.getvalue())) == {"code", "message", "facts"}


def test_plain_lines_name_the_carrier() -> None:
    out = StringIO()
    call_command("poles_list", departement="40", stdout=out)
    assert "sud-aquitain\tPTCE Sud Aquitain\tComité de bassin d'emploi du Seignanx\tLandes" in out.getvalue()
