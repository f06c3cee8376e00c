"""The words of cooperations in the language of the moment: levels in their order, objects by list, forms."""

from collections.abc import Mapping
from functools import cache

from django.utils.translation import get_language

from terreau.cooperations.models import Form
from terreau.cooperations.rules import FORMS
from terreau.facts.catalogue import Term, vocabulary

LEVELS, OBJECTS, FORMS_NAME = "cooperation_level", "cooperation_object", "cooperation_form"
#: The list of objects that is of no form: money between members (R-45).
FINANCIAL = "financial"


@cache
def ranks() -> Mapping[str, int]:
    """Return each level with its rank, from 1 (R-43)."""
    return {code: rank for rank, code in enumerate(vocabulary(LEVELS).terms, start=1)}


def levels() -> list[tuple[str, str]]:
    """Return the levels and their words, the lightest first."""
    return [(code, level_label(code)) for code in ranks()]


def level_label(code: str) -> str:
    """Return the words of a level; empty for none."""
    return vocabulary(LEVELS).label(code, language()) if code in ranks() else ""


def level_of(rank: int) -> str:
    """Return the code of a rank; empty for 0."""
    return next((code for code, one in ranks().items() if one == rank), "")


def level_definition(code: str) -> str:
    """Return what a level means."""
    return vocabulary(LEVELS).terms[code].definitions[language()]


def objects() -> Mapping[str, Term]:
    """Return the objects of cooperations (R-40 to R-42, R-45)."""
    return vocabulary(OBJECTS).terms


def object_label(code: str) -> str:
    """Return the words of an object; empty for none."""
    return objects()[code].labels[language()] if code in objects() else ""


def objects_by_form() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the objects under the list of the source that names them, for a choice by groups."""
    found: dict[str, list[tuple[str, str]]] = {}
    for term in objects().values():
        found.setdefault(term.group, []).append((term.code, term.labels[language()]))
    return [(form_label(group) if group in FORMS else group, terms) for group, terms in found.items()]


def form_of(code: str) -> str:
    """Return the form that an object is listed under; empty when the source gives none."""
    group = objects()[code].group if code in objects() else ""
    return group if group in FORMS else ""


def form_label(code: str) -> str:
    """Return the words of a form, with a capital."""
    return vocabulary(FORMS_NAME).label(code, language()) if code in Form.values else ""


def form_definition(code: str) -> str:
    """Return what a form means."""
    return vocabulary(FORMS_NAME).terms[code].definitions[language()]


def language() -> str:
    """Return ``fr`` or ``en``."""
    return "en" if (get_language() or "fr").startswith("en") else "fr"
