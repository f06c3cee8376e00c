"""A scale and a computation in words: what is voted, what a member reads of its fee."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.actors.models import LegalNature
from terreau.common.money import Euro
from terreau.design import numbers
from terreau.fees import rules
from terreau.fees.documents import Sheet
from terreau.fees.rules import Bracket, Combine, Fee, Line, Prorata, Step


def euros(cents: int) -> str:
    """Return an amount in the language of the reader."""
    return numbers.with_unit(Euro(cents), "", _language())


def measure(basis: str, value: int | None) -> str:
    """Return a turnover or a headcount; « inconnu » when nobody said it."""
    if value is None:
        return _("inconnu")
    if basis == rules.TURNOVER:
        return euros(value)
    return f"{numbers.grouped(Decimal(value) / 100, _language())}\u00a0{_('ETP')}"


def percent(part: int, whole: int) -> str:
    """Return a share in per cent, exact to four decimals."""
    value = (Decimal(part) * 100 / whole).quantize(Decimal("0.0001")).normalize()
    return numbers.with_unit(value, "%", _language())


def basis_name(basis: str) -> str:
    """Return what a line counts."""
    return {
        rules.FLAT: _("montant forfaitaire"),
        rules.TURNOVER: _("chiffre d'affaires"),
        rules.HEADCOUNT: _("effectif en équivalents temps plein"),
    }.get(basis, basis)


def kinds(codes: Iterable[str]) -> str:
    """Return the legal natures that a line is for."""
    named = dict(LegalNature.choices)
    found = [str(named[code]) for code in LegalNature.values if code in set(codes)]
    return ", ".join(found) or _("tous les autres membres")


def scale(sheet: Sheet, valid_from: date) -> list[str]:
    """Return the whole scale in sentences, one a line: what a body votes."""
    found = [_("Barème applicable à partir du %(day)s.") % {"day": date_format(valid_from)}]
    labels = sheet.labels or ("",) * len(sheet.scale.lines)
    for line, label in zip(sheet.scale.lines, labels, strict=True):
        found.append(
            _("%(who)s, selon : %(basis)s.") % {"who": _who(line, label), "basis": basis_name(line.basis)}
        )
        found += [f"– {one}" for one in brackets(line)]
    return [*found, *options(sheet)]


def _who(line: Line, label: str) -> str:
    named = kinds(line.kinds)
    return f"{label} ({named})" if label else named[:1].upper() + named[1:]


def brackets(line: Line) -> list[str]:
    """Return the brackets of a line, one a sentence."""
    ends = [*(one.floor for one in line.brackets[1:]), None]
    return [_bracket(line.basis, one, end) for one, end in zip(line.brackets, ends, strict=True)]


def _bracket(basis: str, bracket: Bracket, end: int | None) -> str:
    due = owed(bracket)
    if basis == rules.FLAT:
        return due
    low = measure(basis, bracket.floor)
    if end is None:
        if bracket.floor == 0:
            return due
        return _("à partir de %(low)s : %(due)s") % {"low": low, "due": due}
    facts = {"low": low, "high": measure(basis, end), "due": due}
    if bracket.floor == 0:
        return _("moins de %(high)s : %(due)s") % facts
    return _("de %(low)s à moins de %(high)s : %(due)s") % facts


def owed(bracket: Bracket) -> str:
    """Return what a bracket asks for."""
    if not bracket.ppm:
        return euros(bracket.cents)
    rate = percent(bracket.ppm, rules.MILLION)
    facts = {"amount": euros(bracket.cents), "rate": rate, "floor": euros(bracket.floor)}
    return _("%(amount)s, plus %(rate)s de ce qui dépasse %(floor)s") % facts


def options(sheet: Sheet) -> list[str]:
    """Return what a scale says besides its lines."""
    found, told = [], sheet.scale
    if _several(told.lines):
        found.append(
            {
                Combine.GREATEST: _("Si un membre relève de plusieurs lignes, la plus élevée est retenue."),
                Combine.LEAST: _("Si un membre relève de plusieurs lignes, la moins élevée est retenue."),
                Combine.SUM: _("Si un membre relève de plusieurs lignes, elles s'ajoutent."),
            }[told.combine]
        )
    if told.least:
        found.append(_("Jamais moins de %(amount)s.") % {"amount": euros(told.least)})
    if told.most is not None:
        found.append(_("Jamais plus de %(amount)s.") % {"amount": euros(told.most)})
    for one in sheet.reductions:
        facts = {"name": one.label, "part": percent(one.part, rules.WHOLE)}
        found.append(_("Réduction « %(name)s » : %(part)s.") % facts)
    found.append(
        {
            Prorata.NONE: _("L'année commencée est due en entier."),
            Prorata.MONTHS: _("Qui arrive ou part en cours d'année paie les mois commencés."),
            Prorata.DAYS: _("Qui arrive ou part en cours d'année paie les jours de présence."),
        }[told.prorata]
    )
    if any(line.basis != rules.FLAT for line in told.lines):
        found.append(_years_back(sheet.years_back))
    if told.round_to > 1:
        found.append(_("Arrondi à %(amount)s près.") % {"amount": euros(told.round_to)})
    return found


def _several(lines: Sequence[Line]) -> bool:
    """Say whether a member may be of two lines at once."""
    pairs = combinations(lines, 2)
    return any(one.kinds & other.kinds or not (one.kinds or other.kinds) for one, other in pairs)


def _years_back(years: int) -> str:
    if years == 0:
        return _("Les chiffres sont ceux de l'année appelée.")
    if years == 1:
        return _("Les chiffres sont ceux de l'année précédente.")
    return _("Les chiffres sont ceux de %(count)d ans plus tôt.") % {"count": years}


def steps(found: Fee | Sequence[Mapping[str, Any]], reductions: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the steps of a computation: each in words, with the amount after it."""
    rows = [as_json(one) for one in found.steps] if isinstance(found, Fee) else found
    return [(_step(one, reductions), euros(int(one["cents"]))) for one in rows]


def as_json(step: Step) -> dict[str, Any]:
    """Return a step as it is kept beside a fee that was called."""
    return {"code": step.code, "cents": step.cents, "facts": dict(step.facts)}


def _step(told: Mapping[str, Any], reductions: Mapping[str, str]) -> str:
    code, facts = str(told["code"]), told.get("facts", {})
    if code in {rules.TURNOVER, rules.HEADCOUNT}:
        return _measured(code, facts)
    if code == "reduction":
        name = reductions.get(str(facts["code"]), str(facts["code"]))
        part = percent(int(facts["part"]), rules.WHOLE)
        return _("Réduction « %(name)s » de %(part)s") % {"name": name, "part": part}
    if code == "part_of_year":
        share = f"{facts['numerator']}/{facts['denominator']}"
        return _("Part de l'année : %(part)s") % {"part": share}
    return {
        rules.FLAT: _("Montant forfaitaire"),
        "greatest": _("Le plus élevé des montants est retenu"),
        "least": _("Le moins élevé des montants est retenu"),
        "sum": _("Les montants s'ajoutent"),
        "at_least": _("Relevé au minimum du barème"),
        "at_most": _("Ramené au maximum du barème"),
        "exempt": _("Exonération accordée"),
        "not_asked": _("Ce barème ne demande rien à ce membre"),
        "due": _("Cotisation due, arrondie"),
    }.get(code, code)


def _measured(basis: str, facts: Mapping[str, Any]) -> str:
    value, floor = measure(basis, int(facts["measure"])), measure(basis, int(facts["floor"]))
    said = {"basis": basis_name(basis)[:1].upper() + basis_name(basis)[1:], "value": value, "floor": floor}
    if not int(facts["floor"]):
        return _("%(basis)s de %(value)s : première tranche") % said
    return _("%(basis)s de %(value)s : tranche à partir de %(floor)s") % said


def missing(codes: Iterable[str]) -> str:
    """Return what nobody said, that a fee needs."""
    named = {
        rules.TURNOVER: _("chiffre d'affaires"),
        rules.HEADCOUNT: _("effectif"),
        "line": _("aucune ligne du barème pour cette nature de membre"),
    }
    return ", ".join(named.get(code, code) for code in codes)


def _language() -> str:
    return get_language() or "fr"
