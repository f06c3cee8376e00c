"""What the register knows of an actor, as grids ask it: law, ESS, place in a grouping. Ignored is None.

Pure: nothing here reads the database. The lists of functions and affiliates of the register are never held
to be whole, so that their silence is unknown and not a no (R-148).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from terreau.actors.models import Actor, LegalNature
from terreau.actors.rules import ess_share
from terreau.actors.tables import legal_categories, legal_divisions
from terreau.common.verdicts import Answer
from terreau.grids.known import Record

_YES_NO: Mapping[str, bool] = {Answer.YES: True, Answer.NO: False}
_FAMILIES = frozenset({"association", "cooperative", "mutual", "foundation"})
_AUTHORITIES = frozenset({"local_authority", "authority_grouping"})
_PUBLIC = _AUTHORITIES | {"state", "public_body"}
#: Natures that the law makes legal persons; a grouping of enterprises is one or not, according to its form.
_PERSONS = _FAMILIES | _PUBLIC | {"company", "chamber", "union"}
_NOT_PERSONS = frozenset({"collective", "natural_person"})
_PRIVATE = _FAMILIES | {"company", "union"}
#: Who may be a grouping of enterprises: by nature, or by what it does.
_GROUPINGS = frozenset({"enterprise_grouping", "chamber", "union", "unknown", "collective"})
_GROUPING_FUNCTIONS = frozenset({"employer_group", "geiq", "network", "representation"})
_NETWORK_FUNCTIONS = frozenset({"network", "representation"})
_RESEARCH_FUNCTIONS = frozenset({"research", "training"})
_PRIVATE_DIVISIONS = frozenset({"family", "company", "undecided"})


@dataclass(frozen=True, slots=True)
class Grouped:
    """The ESS verdicts of the members of a grouping, and how many members it says it has, when it does."""

    answers: tuple[str, ...] = ()
    stated: int | None = None


@dataclass(frozen=True, slots=True)
class About:
    """An actor with what it does on the day, and who belongs to it."""

    actor: Actor
    functions: frozenset[str] = frozenset()
    grouped: Grouped = field(default_factory=Grouped)


def record(about: About) -> Record:
    """Return an actor as a member of a pole, with the fields of the readable fact ``members``."""
    nature = about.actor.legal_nature
    ess, enterprise = is_ess(about.actor), is_enterprise(about.actor)
    return {
        "name": about.actor.name,
        "kind": _kind(about, ess),
        "organisation": nature != LegalNature.NATURAL_PERSON,
        "legal_person": is_legal_person(about.actor),
        "enterprise": enterprise,
        "ess": ess,
        "mostly_not_ess": _mostly_not_ess(about),
        "responsible": None if nature in {"company", "unknown"} else False,
        "network": _is_network(about, ess),
        "authority": _is_authority(about),
        "research_training": _is_research_or_training(about),
        "other_person": _is_other_person(about, enterprise),
    }


def is_ess(actor: Actor) -> bool | None:
    """Say whether the register holds the actor for an ESS enterprise (never by its activity)."""
    return _YES_NO.get(actor.ess)


def is_legal_person(actor: Actor) -> bool | None:
    """Say whether the actor has legal personality, by its legal category, else its nature."""
    kind = _division(actor)
    if kind:
        return kind not in {"person", "no_person"}
    if actor.legal_nature in _PERSONS:
        return True
    return False if actor.legal_nature in _NOT_PERSONS else None


def is_private(actor: Actor) -> bool | None:
    """Say whether the actor falls under private law, by its legal category, else its nature."""
    kind = _division(actor)
    if kind in _PRIVATE_DIVISIONS:
        return True
    if kind == "public" or actor.legal_nature in _PUBLIC:
        return False
    return True if actor.legal_nature in _PRIVATE else None


def is_enterprise(actor: Actor) -> bool | None:
    """Say whether the actor is an enterprise: an ESS one, or a company; an authority is none."""
    if is_ess(actor) or actor.legal_nature in {"company", "cooperative", "mutual"}:
        return True
    return False if actor.legal_nature in {"local_authority", "authority_grouping", "state"} else None


def is_company(actor: Actor) -> bool | None:
    """Say whether the actor is a commercial company of none of the families of the ESS."""
    if actor.legal_nature == LegalNature.UNKNOWN and not actor.legal_category:
        return None
    row = legal_categories().get(actor.legal_category)
    if row is not None and row.family in _FAMILIES:
        return False if row.certainty == "sure" else None
    kind = _division(actor)
    return kind == "company" if kind else actor.legal_nature == LegalNature.COMPANY


def families(actor: Actor) -> frozenset[str] | None:
    """Return the ESS family of the form of the actor, none for another form, None when not known."""
    row = legal_categories().get(actor.legal_category)
    if row is not None and row.family in _FAMILIES:
        return frozenset({row.family}) if row.certainty == "sure" else None
    if actor.legal_nature in _FAMILIES:
        return frozenset({actor.legal_nature})
    kind = _division(actor)
    decided = kind in {"company", "public", "person", "no_person"}
    return frozenset() if decided or actor.legal_nature in _PUBLIC | {"company", "natural_person"} else None


def _division(actor: Actor) -> str:
    division = legal_divisions().get(actor.legal_category[:2]) if actor.legal_category else None
    return division.kind if division else ""


def _kind(about: About, ess: bool | None) -> str | None:
    nature, functions = about.actor.legal_nature, about.functions
    if _is_authority(about):
        return "local_authority"
    if nature == "public_body" and "research" in functions:
        return "research"
    named = {"union": "social_partner", "natural_person": "citizen", "collective": "initiative"}
    named |= {"public_body": "other_public", "state": "other_public"}
    if nature in named:
        return named[nature]
    if ess:
        return "ess_network" if functions & _NETWORK_FUNCTIONS else "ess_enterprise"
    return "lucrative_firm" if ess is False and nature == "company" else None


def _mostly_not_ess(about: About) -> bool | None:
    """Say whether most members of a grouping are outside the ESS (decree 2015-431, art. 3, 2°)."""
    if about.actor.legal_nature not in _GROUPINGS and not about.functions & _GROUPING_FUNCTIONS:
        return False
    share = ess_share(about.grouped.answers)
    whole = share.total > 0 and about.grouped.stated == share.total
    return _YES_NO.get(share.mostly_not_ess) if whole else None


def _is_network(about: About, ess: bool | None) -> bool | None:
    if about.functions & _NETWORK_FUNCTIONS and ess is not False:
        return True if ess else None
    return None if about.actor.legal_nature in _GROUPINGS | _FAMILIES else False


def _is_authority(about: About) -> bool | None:
    nature = about.actor.legal_nature
    if nature in _AUTHORITIES or "local_government" in about.functions:
        return True
    return None if nature == LegalNature.UNKNOWN else False


def _is_research_or_training(about: About) -> bool | None:
    if about.functions & _RESEARCH_FUNCTIONS:
        return True
    return False if about.actor.legal_nature in _AUTHORITIES | {"union", "natural_person"} else None


def _is_other_person(about: About, enterprise: bool | None) -> bool | None:
    """Say whether the member counts as « toute autre personne »; for an enterprise the law does not say."""
    nature = about.actor.legal_nature
    if enterprise or nature not in _PUBLIC | {"union", "chamber", "natural_person"}:
        return False if nature == "collective" else None
    return True


def candidate_functions(
    functions: Collection[str], cooperation: Collection[str], kinds: Collection[str]
) -> set[str]:
    """Return what a pole is or does (``candidate_function``), from what the register says it does.

    ``functions`` of the actor, forms of ``cooperation``, ``kinds`` of function of the study of 2009.
    """
    said = {("f", code) for code in functions} | {("c", code) for code in cooperation}
    said |= {("k", code) for code in kinds}
    return {_CANDIDATE[one] for one in said if one in _CANDIDATE}


_CANDIDATE = {
    ("f", "representation"): "ess_network",
    ("f", "business_support"): "creation_support",
    ("f", "incubator"): "incubation",
    ("f", "training"): "training",
    ("f", "research"): "research",
    ("f", "siae"): "employment",
    ("f", "geiq"): "employment",
    ("f", "employer_group"): "employment",
    ("f", "cae"): "employment",
    ("f", "producer"): "production",
    ("f", "bank"): "financing",
    ("f", "fund"): "financing",
    ("f", "microcredit"): "financing",
    ("c", "means"): "pooled_means",
    ("c", "structured_means"): "pooled_means",
    ("c", "projects"): "joint_projects",
    ("c", "strategic"): "strategic_cooperation",
    ("k", "sensibilisation"): "ess_network",
    ("k", "hebergement"): "hosting",
    ("k", "multi_fonctions"): "multi_function",
}
