"""Rules in plain words, in both languages."""

from datetime import date
from decimal import Decimal

import pytest

from terreau.grids.wording import Lexicon, Name, reads, say, sentence

KINDS = {
    "ess": {"fr": "entreprise de l'ESS", "en": "social economy enterprise"},
    "cci": {"fr": "chambre", "en": "chamber"},
}
MEMBERS = Name(
    {"fr": "Membres", "en": "Members"},
    "records",
    fields={
        "ess": Name({"fr": "De l'ESS", "en": "Social economy"}, "bool"),
        "kind": Name({"fr": "Sorte", "en": "Kind"}, "code", terms=KINDS),
    },
)
LEXICON = Lexicon(
    {
        "members": MEMBERS,
        "jobs": Name({"fr": "Emplois", "en": "Jobs"}, "number", {"fr": "emplois", "en": "jobs"}),
        "legal": Name({"fr": "Personne morale", "en": "Legal person"}, "bool"),
        "since": Name({"fr": "Créé le", "en": "Created on"}, "date"),
        "functions": Name({"fr": "Fonctions", "en": "Functions"}, "codes", terms=KINDS),
    },
    {
        "floor": Name({"fr": "Seuil", "en": "Floor"}, value=5),
        "later": Name({"fr": "Plafond", "en": "Ceiling"}),
    },
)
CASES = [
    ({"fact": "legal"}, "« Personne morale » : oui", "“Legal person”: yes"),
    ({"not": {"fact": "legal"}}, "« Personne morale » : non", "“Legal person”: no"),
    (
        {"compare": {"fact": "jobs", "op": "at_least", "to": 1200}},
        "« Emplois » : au moins 1\u202f200\u00a0emplois",
        "“Jobs”: at least 1,200\u00a0jobs",
    ),
    (
        {"not": {"compare": {"fact": "jobs", "op": "at_least", "to": Decimal("2.5")}}},
        "« Emplois » : moins de 2,5\u00a0emplois",
        "“Jobs”: less than 2.5\u00a0jobs",
    ),
    (
        {"compare": {"fact": "since", "op": "at_most", "to": date(2014, 8, 1)}},
        "« Créé le » : le 1er août 2014 ou avant",
        "“Created on”: on 1 August 2014 or earlier",
    ),
    (
        {"compare": {"fact": "jobs", "op": "more_than", "to": {"parameter": "floor"}}},
        "« Emplois » : plus de 5\u00a0emplois (« Seuil »)",
        "“Jobs”: more than 5\u00a0jobs (“Floor”)",
    ),
    (
        {"has": {"fact": "functions", "only": ["cci"]}},
        "« Fonctions » : chambre, et rien d'autre",
        "“Functions”: chamber, and nothing else",
    ),
    (
        {"not": {"has": {"fact": "functions", "any_of": ["cci", "ess"]}}},
        "« Fonctions » ne comprend ni chambre ni entreprise de l'ESS",
        "“Functions” includes neither chamber nor social economy enterprise",
    ),
    (
        {
            "count": {
                "of": "members",
                "where": {"field": "ess"},
                "op": "at_least",
                "to": {"parameter": "later"},
            }
        },
        "« Membres » : au moins la valeur fixée pour « Plafond » tels que « De l'ESS » : oui",
        "“Members”: at least the value set for “Ceiling” such that “Social economy”: yes",
    ),
    (
        {"distinct": {"of": "members", "by": "kind", "op": "at_least", "to": 2}},
        "« Membres » : au moins 2 réponses différentes à « Sorte »",
        "“Members”: at least 2 different answers to “Kind”",
    ),
    (
        {"share": {"of": "members", "where": {"field": "ess"}, "op": "more_than", "to": Decimal("0.5")}},
        "« Membres » : plus de 50\u202f% tels que « De l'ESS » : oui",
        "“Members”: more than 50% such that “Social economy”: yes",
    ),
    (
        {
            "each": {
                "of": "members",
                "different": [
                    {"label": {"fr": "une entreprise", "en": "an enterprise"}, "where": {"field": "ess"}},
                    {
                        "label": {"fr": "une chambre", "en": "a chamber"},
                        "where": {"compare": {"field": "kind", "op": "equals", "to": "cci"}},
                    },
                ],
            }
        },
        "« Membres » : un différent pour chacun de ces rôles "
        "(une entreprise (tel que « De l'ESS » : oui)\u00a0; "
        "une chambre (tel que « Sorte » : chambre))",
        "“Members”: a different one for each of these parts "
        "(an enterprise (such that “Social economy”: yes); "
        "a chamber (such that “Kind”: chamber))",
    ),
    (
        {"judged": {"question": {"fr": "L'ancrage est-il réel ?", "en": "Is it rooted?"}}},
        "Une personne répond oui à la question « L'ancrage est-il réel ? »",
        "A person answers yes to the question “Is it rooted?”",
    ),
    (
        {"not": {"all": [{"fact": "legal"}, {"any": [{"parameter_known": "floor"}, {"fact": "legal"}]}]}},
        "« Personne morale » : non ou "
        "(la valeur de « Seuil » n'est pas connue à cette date et « Personne morale » : non)",
        "“Legal person”: no or (the value of “Floor” is not known on that date and “Legal person”: no)",
    ),
]


@pytest.mark.parametrize(("rule", "french", "english"), CASES)
def test_a_rule_is_said_in_both_languages(rule: object, french: str, english: str) -> None:
    """Each form of the language, and its negation, has its words."""
    assert sentence(rule, "fr", LEXICON) == french
    assert sentence(rule, "en", LEXICON) == english


def test_conditions_are_kept_apart_for_a_list() -> None:
    """A page shows the conditions of a group one below the other."""
    said = say({"any": [{"fact": "legal"}, {"fact": "unknown.code"}]}, "fr", LEXICON)
    assert said.text == "l'une au moins de ces conditions"
    assert [item.text for item in said.items] == ["« Personne morale » : oui", "« unknown.code » : oui"]


@pytest.mark.parametrize(
    "rule",
    [None, 3, {"eval": "x"}, {"fact": "a", "any": []}, {"compare": {"fact": "a"}}, {"has": {"fact": "a"}}],
)
def test_a_rule_that_is_not_understood_is_said_so(rule: object) -> None:
    """An owner's draft may hold anything: its page still answers."""
    assert sentence(rule, "fr") == "Une règle que cette page ne sait pas dire en mots"


def test_the_facts_that_a_rule_reads() -> None:
    """Facts and records, each once, in their order; fields of records are none."""
    rule = {
        "all": [
            {"fact": "b"},
            {"not": {"count": {"of": "members", "where": {"field": "ess"}, "op": "at_least", "to": 1}}},
            {"fact": "b"},
        ]
    }
    assert reads(rule) == ("b", "members")
