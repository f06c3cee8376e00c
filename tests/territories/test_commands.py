"""Commands that answer from the embedded base, without a database."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command


def answer(*words: str) -> dict:
    out = StringIO()
    call_command(*words, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_an_old_code_is_resolved():
    assert answer("territories_resolve", "01220") == {
        "code": "01220",
        "current": "01185",
        "nom": "Plateau d'Hauteville",
        "cog": 2026,
        "resolved": {"01220": "01185"},
        "unresolved": [],
    }


def test_an_unknown_code_leaves_with_an_error_and_still_answers():
    out = StringIO()
    with pytest.raises(CommandError, match="99999"):
        call_command("territories_resolve", "99999", "--json", stdout=out)
    assert json.loads(out.getvalue())["unresolved"] == ["99999"]


def test_a_set_of_communes_is_described():
    found = answer("territories_describe", "--communes", "35236, 01220;99999")
    assert found["communes"] == 2
    assert found["resolved"] == {"01220": "01185"}
    assert found["unresolved"] == ["99999"]
    assert [zone["code"] for zone in found["overlaps"]["departement"]] == ["35", "01"]


def test_a_description_is_readable():
    out = StringIO()
    call_command("territories_describe", "--communes", "35236,99999", stdout=out)
    assert "1 communes, 9542 habitants" in out.getvalue()
    assert "243500741 CA Redon Agglomération" in out.getvalue()
    assert "99999 : code inconnu" in out.getvalue()


@pytest.mark.parametrize(("codes", "code"), [("", "empty_perimeter"), ("abc", "malformed_commune_code")])
def test_a_refusal_has_the_one_shape_and_a_code_of_its_own(codes, code):
    out = StringIO()
    with pytest.raises(CommandError, match=code) as refused:
        call_command("territories_describe", "--communes", codes, "--json", stdout=out)
    assert refused.value.returncode == 2
    assert set(json.loads(out.getvalue())) == {"code", "message", "facts"}
