"""A small grid of an organisation: a first version, and a second one with a split and a merge."""

from typing import Any

from terreau.grids.writing import as_yaml


def both(text: str) -> dict[str, str]:
    """The same words in both languages, told apart."""
    return {"fr": text, "en": f"{text} (en)"}


def criterion(code: str, title: str, **more: Any) -> dict[str, Any]:
    """A question noted on the scale."""
    return {
        "code": code,
        "kind": "echelle",
        "title": both(title),
        "text": both(f"{title} ?"),
        "source": {"document": "Notre réseau"},
        **more,
    }


def grid(version: str, *criteria: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A grid of questions."""
    return {
        "code": "grille-du-reseau",
        "version": version,
        "title": both("Grille du réseau"),
        "summary": both("Exemple fictif."),
        "owner": {"name": "Notre réseau"},
        "licence": both("CC BY 4.0"),
        "nature": "scale",
        "subject": "pole",
        "valid_from": None,
        "valid_to": None,
        "verified_on": None,
        "prescriptive": False,
        "source": {"document": "Notre réseau"},
        "scale": [{"value": value, "label": both(f"degré {value}")} for value in range(5)],
        "criteria": list(criteria),
        **more,
    }


FIRST = grid("1", *(criterion(code, f"Question {code}") for code in ("a", "b", "c", "d")))
MOVES = [
    {"keep": ["a"]},
    {"split": {"from": "b", "to": ["b1", "b2"]}},
    {"merge": {"from": ["c", "d"], "to": "cd", "how": "lowest"}},
    {"new": ["e"]},
]
SECOND = grid(
    "2",
    *(criterion(code, f"Question {code}") for code in ("a", "b1", "b2", "cd", "e")),
    mapping={"from": "1", "moves": MOVES},
)


def file(document: dict[str, Any]) -> bytes:
    """The bytes that an owner deposits."""
    return as_yaml(document).encode()


__all__ = ["FIRST", "MOVES", "SECOND", "both", "criterion", "file", "grid"]
