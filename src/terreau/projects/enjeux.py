"""The five enjeux that objectives, projects and needs serve, and what serves each (R-23)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.facts import catalogue
from terreau.poles.models import Pole
from terreau.projects import rules
from terreau.projects.models import JointProject, Need, Objective

_VOCABULARY = "enjeu"


@dataclass(slots=True)
class Line:
    """An enjeu with what serves it."""

    code: str
    label: str
    definition: str
    counts: rules.Rolled = field(default_factory=rules.Rolled)
    titles: list[str] = field(default_factory=list)


def language() -> str:
    """Return the language of the reader, as content files name it."""
    return "en" if (get_language() or "fr").startswith("en") else "fr"


def choices(name: str = _VOCABULARY) -> list[tuple[str, str]]:
    """Return the terms of a vocabulary with their labels in the language of the reader."""
    terms = catalogue.vocabulary(name).terms
    return [(code, term.labels[language()]) for code, term in terms.items()]


def labels(codes: Iterable[str], name: str = _VOCABULARY) -> list[str]:
    """Return the labels of codes; one that the vocabulary does not know is shown as it is."""
    known = dict(choices(name))
    return [known.get(code, code) for code in codes]


def check(codes: object, name: str = _VOCABULARY) -> None:
    """Raise ``DomainError`` for what is no list of terms of the vocabulary."""
    known = catalogue.vocabulary(name)
    if not isinstance(codes, list) or any(code not in known for code in codes):
        raise DomainError("unknown_term", _("Ce choix n'existe pas."), facts={"field": "enjeux"})


def rolled(pole: Pole, objectives: Iterable[Objective]) -> list[Line]:
    """Return what serves each enjeu: these objectives, living projects, open needs (two queries)."""
    terms = catalogue.vocabulary(_VOCABULARY).terms
    lang = language()
    lines = {code: Line(code, term.labels[lang], term.definitions[lang]) for code, term in terms.items()}
    for one in objectives:
        for line in _served(lines, one.enjeux, one.title):
            line.counts.objectives += 1
            line.counts.reached += one.state == Objective.State.REACHED
    projects = JointProject.objects.filter(pole=pole).exclude(stage=rules.DROPPED)
    for codes, title in projects.values_list("enjeux", "title").order_by("title", "pk"):
        for line in _served(lines, codes, title):
            line.counts.projects += 1
    needs = Need.objects.filter(pole=pole, state=Need.State.OPEN, side=Need.Side.NEED)
    for codes, title in needs.values_list("enjeux", "title").order_by("title", "pk"):
        for line in _served(lines, codes, title):
            line.counts.needs += 1
    return list(lines.values())


def _served(lines: dict[str, Line], codes: Iterable[str], title: str) -> list[Line]:
    found = [lines[code] for code in codes if code in lines]
    for line in found:
        line.titles.append(title)
    return found
