"""What is pasted to draw a territory."""

import json

import pytest

from terreau.web import pasted


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("35236, 44067", ["35236", "44067"]),
        ("35236 44067\n56001", ["35236", "44067", "56001"]),
        ("\ufeffcode;nom\r\n35236;Redon\r\n44067;Guémené-Penfao\r\n", ["35236", "44067"]),
        ("nom\tCODGEO\nRedon\t35236", ["35236"]),
        ('"code","nom"\n"01001","L\'Abergement, le grand"', ["01001"]),
        ("code\n35236\n35236", ["35236"]),
        ("Redon\nRennes", ["Redon", "Rennes"]),
        (json.dumps({"type": "Feature", "properties": {"codes": ["35236", "44067"]}}), ["35236", "44067"]),
        (json.dumps({"features": [{"properties": {"code": "35236"}}, {"properties": None}]}), ["35236"]),
        (json.dumps({"features": [{"properties": {"codes": [1, None, "35236"]}}]}), ["35236"]),
        ('{"features": 3}', ['{"features": 3}']),
        ("{", ["{"]),
        ("", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert pasted.words(text) == words
