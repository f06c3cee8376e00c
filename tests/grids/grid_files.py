"""A small grid of its own for tests: every kind of criterion, on readable facts that are shipped."""

from terreau.grids.content_rules import Checked, check
from terreau.grids.language import Grid

TEXT = """\
code: essai
version: "1"
title: {fr: "Grille d'essai", en: "Trial grid"}
summary: {fr: "Pour essayer.", en: "To try."}
owner: {name: "Des essayeurs"}
licence: {fr: "Libre.", en: "Free."}
nature: criteria
subject: pole
valid_from: 2015-01-01
valid_to: null
verified_on: 2026-11-21
prescriptive: true
source: {document: "Un texte", section: "1"}
axes:
  - code: A
    title: {fr: "Axe", en: "Axis"}
scale:
  - value: 0
    label: {fr: "rien", en: "nothing"}
  - value: 1
    label: {fr: "tout", en: "all"}
verdict: {all_of: [incontournable], none_of: [exclusion]}
criteria:
  - code: trois
    axis: A
    kind: incontournable
    title: {fr: "Trois membres", en: "Three members"}
    text: {fr: "Trois membres au moins.", en: "Three members at least."}
    source: {document: "Un texte", section: "2"}
    rule:
      count: {of: members, where: {field: organisation}, op: at_least, to: 3}
  - code: durable
    kind: incontournable
    title: {fr: "Un projet durable", en: "A lasting project"}
    text: {fr: "Le projet dure.", en: "The project lasts."}
    source: {document: "Un texte", section: "3"}
    reads: [members]
  - code: chambre
    kind: exclusion
    title: {fr: "Une chambre", en: "A chamber"}
    text: {fr: "Rien d'autre qu'une chambre.", en: "Nothing but a chamber."}
    source: {document: "Un texte", section: "4"}
    rule: {has: {fact: functions, only: [consular_chamber]}}
    orient: {fr: "Voyez les aides aux chambres.", en: "See the aids to chambers."}
  - code: note
    kind: echelle
    title: {fr: "Où en êtes-vous ?", en: "Where are you?"}
    text: {fr: "Une question.", en: "A question."}
    source: {document: "Un texte", section: "5"}
"""


def checked(text: str = TEXT) -> Checked:
    """Return the grid, checked."""
    found = check(text)
    assert found.ok, found.problems
    return found


def grid(text: str = TEXT) -> Grid:
    """Return the grid."""
    found = checked(text).grid
    assert found is not None
    return found


def changed(*pairs: tuple[str, str], text: str = TEXT) -> str:
    """Return the text with some parts replaced; each must be there."""
    for before, after in pairs:
        assert before in text, before
        text = text.replace(before, after, 1)
    return text
