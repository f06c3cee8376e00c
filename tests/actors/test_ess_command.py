"""``actors_ess_verdict``: what it prints and how it leaves."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command


def run(*arguments):
    out = StringIO()
    call_command("actors_ess_verdict", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("arguments", "verdict"),
    [
        (["--legal-category", "9220"], "oui"),
        (["--legal-category", "5710"], "a_verifier"),
        (["--legal-category", "5710", "--declared", "yes"], "oui"),
        (["--legal-category", "5710", "--declared", "no"], "non"),
        (["--legal-category", "7210"], "non"),
        (["--legal-category", "0000"], "a_verifier"),
    ],
)
def test_json_answer(arguments, verdict):
    answer = json.loads(run(*arguments, "--json"))
    assert answer["verdict"] == verdict
    assert answer["categorie"] == arguments[1]
    assert all(reason["texte"] and reason["source"] for reason in answer["raisons"])


def test_text_answer_gives_the_reason_and_the_law():
    answer = run("--legal-category", "9220")
    assert answer.startswith("9220 Association déclarée : oui")
    assert "2014-856" in answer


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--legal-category", "92"], "legal_category_format"),
        (["--legal-category", ""], "legal_category_format"),
        (["--legal-category", "9220", "--declared", "peut-être"], "declared_unknown"),
    ],
)
def test_a_refusal_has_the_one_error_shape_and_leaves_with_two(arguments, code):
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("actors_ess_verdict", *arguments, "--json", stdout=out)
    assert caught.value.returncode == 2
    error = json.loads(out.getvalue())
    assert set(error) == {"code", "message", "facts"}
    assert error["code"] == code
