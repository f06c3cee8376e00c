"""Whether an actor is an ESS enterprise: by law and by lists, never by activity (law 2014-856, art. 1).

The checks of numbers are in ``identifiers`` and are offered here too.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from terreau.actors.identifiers import (
    check_legal_category,
    check_naf,
    check_rna,
    check_siren,
    check_siret,
    check_size_class,
)
from terreau.actors.tables import (
    FAMILIES,
    ess_reasons,
    legal_categories,
    legal_divisions,
    legal_natures,
)
from terreau.common.verdicts import Answer, Reason, Verdict, all_of, any_of

__all__ = [
    "EssShare",
    "EssVerdict",
    "Listing",
    "check_legal_category",
    "check_naf",
    "check_rna",
    "check_siren",
    "check_siret",
    "check_size_class",
    "ess_share",
    "ess_verdict",
]

_EXCLUDED = frozenset({"public", "person", "no_person"})
_DECLARED = {"yes": Answer.YES, "no": Answer.NO, "": Answer.TO_CHECK}


@dataclass(frozen=True, slots=True)
class Listing:
    """What an official list said of an actor on a day: an ESS enterprise, or not."""

    listed: bool
    on: date
    source: str


@dataclass(frozen=True, slots=True)
class EssVerdict(Verdict):
    """The verdict, the ESS family when the law names one, and whether an official list bears it out."""

    family: str = ""
    verified: bool = False

    def as_dict(self, lang: str) -> dict[str, Any]:
        """Return ``{"verdict", "raisons", "source", "famille", "verifie"}``."""
        return {**Verdict.as_dict(self, lang), "famille": self.family or None, "verifie": self.verified}


@dataclass(frozen=True, slots=True)
class EssShare:
    """How many members of a grouping are ESS enterprises, are not, and are still to check (R-148)."""

    yes: int
    no: int
    to_check: int

    @property
    def total(self) -> int:
        """All the members known."""
        return self.yes + self.no + self.to_check

    @property
    def mostly_not_ess(self) -> Answer:
        """Whether most members are not ESS (decree 2015-431, art. 3, 2°), whatever the rest may be."""
        if 2 * self.no > self.total:
            return Answer.YES
        return Answer.NO if 2 * (self.no + self.to_check) <= self.total else Answer.TO_CHECK


def ess_share(answers: Iterable[str]) -> EssShare:
    """Count the ESS verdicts (``oui``, ``non``, ``a_verifier``) of the members of a grouping."""
    counts = Counter(Answer(answer) for answer in answers)
    return EssShare(counts[Answer.YES], counts[Answer.NO], counts[Answer.TO_CHECK])


@dataclass(frozen=True, slots=True)
class _Form:
    """What the law makes of a legal form: is it a family of the ESS, is it a commercial company?"""

    reason: str
    family: Answer
    company: Answer
    name: str = ""
    labels: tuple[tuple[str, str], ...] = ()


def ess_verdict(
    *,
    legal_category: str = "",
    legal_nature: str = "",
    declared: str = "",
    listings: Sequence[Listing] = (),
) -> EssVerdict:
    """Say whether an actor is an ESS enterprise in the sense of article 1 of law 2014-856, and why.

    ``ess = family of art. 1-II, 1° or (commercial company and statutes declared)`` in three-valued logic:
    what is missing never counts as a no. ``legal_category`` has four digits (INSEE) and wins over
    ``legal_nature`` (``models.LegalNature``); ``declared`` is ``yes``, ``no`` or ``""`` when unknown.
    An official list confirms, settles what the form leaves open, and never silently overrides the law:
    when they disagree the answer is to check. Raises ``DomainError`` for a malformed category.
    """
    if declared not in _DECLARED:
        raise ValueError(f"declared is yes, no or empty, not {declared!r}")
    form = _form(check_legal_category(legal_category) if legal_category else "", legal_nature)
    by_form = any_of([form.family, all_of([form.company, _DECLARED[declared]])])
    by_lists, said = _lists(listings)
    value, reasons = _weigh(by_form, (*_form_reasons(form, declared), *said), by_lists)
    family = form.name if form.family is Answer.YES else ""
    return EssVerdict(value, reasons, family, by_lists is value and value is not Answer.TO_CHECK)


def _form(category: str, nature: str) -> _Form:
    if category:
        return _listed_form(category) or _division_form(category)
    term = legal_natures().get(nature)
    if term is None:
        return _Form("unknown_form", Answer.TO_CHECK, Answer.TO_CHECK)
    return _kind_form(term.kind, tuple(term.label.items()), nature)


def _listed_form(category: str) -> _Form | None:
    row = legal_categories().get(category)
    if row is None:
        return None
    labels = (("fr", row.label), ("en", row.label))
    if row.certainty == "public":
        return _Form("public", Answer.NO, Answer.NO, labels=labels)
    if row.certainty == "sure" and row.family in FAMILIES:
        return _Form("family", Answer.YES, Answer.NO, row.family, labels)
    division = legal_divisions().get(category[:2])
    company = Answer.YES if division and division.kind == "company" else Answer.NO
    return _Form("doubtful", Answer.TO_CHECK, company, labels=labels)


def _division_form(category: str) -> _Form:
    division = legal_divisions().get(category[:2])
    if division is None:
        labels = (("fr", category), ("en", category))
        return _Form("unknown_category", Answer.TO_CHECK, Answer.TO_CHECK, labels=labels)
    return _kind_form(division.kind, tuple(division.label.items()), "")


def _kind_form(kind: str, labels: tuple[tuple[str, str], ...], family: str) -> _Form:
    if kind == "family":
        return _Form("family_by_nature", Answer.YES, Answer.NO, family, labels)
    if kind == "company":
        return _Form("company", Answer.NO, Answer.YES, labels=labels)
    if kind in _EXCLUDED:
        return _Form(kind, Answer.NO, Answer.NO, labels=labels)
    return _Form("undecided", Answer.TO_CHECK, Answer.NO, labels=labels)


def _form_reasons(form: _Form, declared: str) -> tuple[Reason, ...]:
    by_statutes = {"yes": "company_declared", "no": "company_not_declared", "": "company_unknown"}
    if form.reason == "company":
        return (_reason(by_statutes[declared], form.labels),)
    first = _reason(form.reason, form.labels)
    if form.company is Answer.YES and declared == "yes":
        return (_reason("company_declared", form.labels), first)
    if declared == "yes" and form.family is not Answer.YES:
        return (first, _reason("declared_no_effect"))
    return (first,)


def _lists(listings: Sequence[Listing]) -> tuple[Answer | None, tuple[Reason, ...]]:
    """Return what the newest word of each list makes together (``None`` without any) and each as a reason."""
    newest: dict[str, Listing] = {}
    for listing in sorted(listings, key=lambda entry: (entry.on, entry.source)):
        newest[listing.source] = listing
    words = {listing.listed for listing in newest.values()}
    reasons = tuple(_list_reason(listing) for listing in newest.values())
    if not words:
        return None, ()
    if len(words) == 2:
        return Answer.TO_CHECK, (*reasons, _reason("lists_disagree"))
    return (Answer.YES if words == {True} else Answer.NO), reasons


def _weigh(
    by_form: Answer, reasons: tuple[Reason, ...], by_lists: Answer | None
) -> tuple[Answer, tuple[Reason, ...]]:
    if by_lists is None or by_lists is by_form:
        return by_form, reasons
    if by_form is Answer.TO_CHECK:
        return by_lists, reasons
    if by_lists is Answer.TO_CHECK:
        return Answer.TO_CHECK, reasons
    return Answer.TO_CHECK, (*reasons, _reason("list_against_form"))


def _reason(code: str, labels: tuple[tuple[str, str], ...] = ()) -> Reason:
    entry, names = ess_reasons()[code], dict(labels)
    text = {lang: entry[lang].format(label=names.get(lang, "")) for lang in ("fr", "en")}
    return Reason(code, text, entry["source"])


def _list_reason(listing: Listing) -> Reason:
    code = "listed" if listing.listed else "not_listed"
    entry = ess_reasons()[code]
    days = {"fr": f"{listing.on:%d/%m/%Y}", "en": listing.on.isoformat()}
    text = {lang: entry[lang].format(source=listing.source, on=days[lang]) for lang in days}
    return Reason(code, text, listing.source)
