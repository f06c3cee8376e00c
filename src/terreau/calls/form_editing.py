"""A form written piece by piece, pure: each verb gives a new content and leaves the old one as it was.

Two people who write different questions do not meet: verbs name pages, sections and questions by their codes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from django.utils.translation import gettext as _

from terreau.calls.form_rules import fields, read_by
from terreau.common.errors import DomainError, NotFoundError

Content = Mapping[str, Any]
UP, DOWN = "monter", "descendre"
_LONGEST_KEY: Final = 40


def start() -> dict[str, Any]:
    """Return the form that a new call begins with: what the sheet of a pole already knows, and a project."""
    known: list[dict[str, Any]] = [
        {"key": "name", "kind": "text", "label": _("Nom du pôle"), "required": True, "source": "pole.name"},
        {"key": "members", "kind": "members", "label": _("Membres du pôle"), "source": "members"},
        {"key": "perimeter", "kind": "perimeter", "label": _("Territoire"), "source": "perimeter"},
    ]
    project: list[dict[str, Any]] = [
        {"key": "title", "kind": "text", "label": _("Titre du projet"), "required": True},
        {"key": "project", "kind": "long_text", "label": _("Le projet"), "required": True},
    ]
    money: list[dict[str, Any]] = [
        {"key": "asked", "kind": "euro", "label": _("Aide demandée"), "required": True},
        {"key": "budget", "kind": "budget", "label": _("Budget prévisionnel"), "required": True},
    ]
    end: list[dict[str, Any]] = [
        {
            "key": "true",
            "kind": "declaration",
            "label": _("J'atteste que ces informations sont exactes."),
            "required": True,
        }
    ]
    return {
        "pages": [
            _page("pole", _("Votre pôle"), _section("qui", _("Qui vous êtes"), known)),
            _page("projet", _("Votre projet"), _section("mots", _("En mots"), project)),
            _page(
                "argent",
                _("L'argent"),
                _section("aide", _("Ce que vous demandez"), money),
                _section("engagement", _("Engagement"), end),
            ),
        ]
    }


def _page(code: str, title: str, *sections: dict[str, Any]) -> dict[str, Any]:
    return {"code": code, "title": title, "sections": list(sections)}


def _section(code: str, title: str, held: list[dict[str, Any]]) -> dict[str, Any]:
    return {"code": code, "title": title, "fields": held}


def key_of(text: str, taken: set[str], fallback: str) -> str:
    """Return a key made of a text, that nobody has: minuscules without accents, digits, underscores."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:_LONGEST_KEY].strip("_")
    made = made if made and made[0].isalpha() else f"{fallback}_{made}".strip("_")
    found, number = made, 2
    while found in taken:
        found, number = f"{made}_{number}", number + 1
    return found


def keys(content: Content) -> set[str]:
    """Return the keys of the questions."""
    return {one.key for one in fields(content)}


def add_page(content: Content, title: str) -> dict[str, Any]:
    """Add a page at the end, with a section."""
    made = _copy(content)
    pages = made.setdefault("pages", [])
    code = key_of(title, {str(one["code"]) for one in pages}, "page")
    pages.append(_page(code, title, _section("partie", title, [])))
    return made


def add_section(content: Content, page: str, title: str) -> dict[str, Any]:
    """Add a section at the end of a page."""
    made = _copy(content)
    held = _find(made["pages"], "code", page)["sections"]
    held.append(_section(key_of(title, {str(one["code"]) for one in held}, "partie"), title, []))
    return made


def rename(content: Content, page: str, section: str | None, titles: Mapping[str, str]) -> dict[str, Any]:
    """Give other titles (``title``, ``title_en``) to a page, or to one of its sections."""
    made = _copy(content)
    found = _find(made["pages"], "code", page)
    if section is not None:
        found = _find(found["sections"], "code", section)
    found["title"] = titles["title"]
    found.pop("title_en", None)
    if titles.get("title_en"):
        found["title_en"] = titles["title_en"]
    return made


def add_field(content: Content, page: str, section: str, one: Mapping[str, Any]) -> dict[str, Any]:
    """Add a question at the end of a section; its key must be new."""
    made = _copy(content)
    if one["key"] in keys(made):
        raise DomainError("key_taken", _("Une autre question porte déjà ce repère."), facts={"field": "key"})
    held = _find(_find(made["pages"], "code", page)["sections"], "code", section)
    held["fields"].append(dict(one))
    return made


def put_field(content: Content, key: str, one: Mapping[str, Any]) -> dict[str, Any]:
    """Write a question over the one that has this key, which stays the same."""
    made = _copy(content)
    held, place = _where(made, key)
    held[place] = {**one, "key": key}
    return made


def field_of(content: Content, key: str) -> dict[str, Any]:
    """Return a question; raise ``NotFoundError`` when the form has no such one."""
    for one in fields(content):
        if one.key == key:
            return dict(one.field)
    raise _gone()


def remove_field(content: Content, key: str) -> dict[str, Any]:
    """Take a question away; refused while the condition of another one reads it."""
    readers = [
        str(one.field.get("label", one.key))
        for one in fields(content)
        if one.key != key and key in read_by(one.field.get("show_when")) | read_by(one.field.get("required"))
    ]
    if readers:
        words = _("Une condition lit cette question : changez d'abord « %(name)s ».")
        raise DomainError("key_read", words % {"name": readers[0]}, facts={"readers": readers}, status=409)
    made = _copy(content)
    held, place = _where(made, key)
    del held[place]
    return made


def remove_part(content: Content, page: str, section: str | None) -> dict[str, Any]:
    """Take an empty page or section away; refused while it asks something."""
    made = _copy(content)
    found = _find(made["pages"], "code", page)
    if section is None:
        if any(one["fields"] for one in found["sections"]):
            raise _not_empty()
        made["pages"].remove(found)
        return made
    part = _find(found["sections"], "code", section)
    if part["fields"]:
        raise _not_empty()
    found["sections"].remove(part)
    return made


def move_field(content: Content, key: str, way: str) -> dict[str, Any]:
    """Move a question up or down; past the end of its section it goes to the next one, of any page."""
    made = _copy(content)
    held, place = _where(made, key)
    step = -1 if way == UP else 1
    if 0 <= place + step < len(held):
        held[place], held[place + step] = held[place + step], held[place]
        return made
    lists = [one["fields"] for page in made["pages"] for one in page["sections"]]
    rank = next(number for number, one in enumerate(lists) if one is held)
    if 0 <= rank + step < len(lists):
        moved = held.pop(place)
        lists[rank + step].insert(len(lists[rank + step]) if way == UP else 0, moved)
    return made


def move_part(content: Content, page: str, section: str | None, way: str) -> dict[str, Any]:
    """Move a page, or a section inside its page, up or down."""
    made = _copy(content)
    held = made["pages"] if section is None else _find(made["pages"], "code", page)["sections"]
    found = _find(held, "code", page if section is None else section)
    place = held.index(found)
    other = place + (-1 if way == UP else 1)
    if 0 <= other < len(held):
        held[place], held[other] = held[other], held[place]
    return made


def _copy(content: Content) -> dict[str, Any]:
    return deepcopy(dict(content))


def _find(rows: list[dict[str, Any]], name: str, value: str) -> dict[str, Any]:
    for one in rows:
        if one.get(name) == value:
            return one
    raise _gone()


def _where(content: dict[str, Any], key: str) -> tuple[list[dict[str, Any]], int]:
    for page in content["pages"]:
        for section in page["sections"]:
            for place, one in enumerate(section["fields"]):
                if one["key"] == key:
                    return section["fields"], place
    raise _gone()


def _gone() -> NotFoundError:
    words = _("Cette partie du formulaire n'est plus là : quelqu'un vient peut-être de la retirer.")
    return NotFoundError("form_part_gone", words)


def _not_empty() -> DomainError:
    words = _("Cette partie pose encore des questions : déplacez-les ou retirez-les d'abord.")
    return DomainError("part_not_empty", words, status=409)
