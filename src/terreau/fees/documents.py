"""A scale as it is written down: in a column, in a file, in what is voted. Read strictly, written one way.

Amounts and turnovers are whole cents, headcounts hundredths of a full-time equivalent, rates millionths,
parts taken away ten-thousandths. Pure: no query, no clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.fees import rules
from terreau.fees.rules import Bracket, Combine, Line, Prorata, Scale

#: Roles of a membership that pay, unless the scale says otherwise.
PAYING: Final = ("founder", "member")
_MOST: Final = 10**12
_LINES, _BRACKETS, _REDUCTIONS = 20, 30, 20
_KEYS: Final = frozenset(
    {
        *("lines", "combine", "least", "most", "prorata", "round_to", "years_back", "roles", "reductions"),
        "name",
    }
)


@dataclass(frozen=True, slots=True)
class Reduction:
    """A reduction that a scale allows: its code, its name, the ten-thousandths it takes away."""

    code: str
    label: str
    part: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A scale and its words: names of its lines and reductions; who pays, by the figures of which year."""

    scale: Scale
    labels: tuple[str, ...] = ()
    reductions: tuple[Reduction, ...] = ()
    roles: tuple[str, ...] = PAYING
    #: 1: the figures of the year before the one that is called.
    years_back: int = 1
    name: str = ""
    cautions: tuple[rules.Problem, ...] = field(default=(), compare=False)


def read(told: Any) -> Sheet:
    """Return what is written; raise ``DomainError`` ``scale_refused`` with ``facts["problems"]``."""
    try:
        sheet = _sheet(told)
    except (_WrongError, KeyError, TypeError, ValueError) as error:
        where = error.where if isinstance(error, _WrongError) else ""
        message = _unreadable(where)
        problem = {"code": "unreadable", "line": -1, "field": where, "message": message}
        raise DomainError("scale_refused", message, facts={"problems": [problem]}) from error
    if problems := rules.check(sheet.scale):
        found = [{"code": one.code, "line": one.line, "message": words(one, sheet)} for one in problems]
        text = " ".join(dict.fromkeys(str(one["message"]) for one in found))
        raise DomainError("scale_refused", text, facts={"problems": found})
    return sheet


def write(sheet: Sheet) -> dict[str, Any]:
    """Return the same as JSON types; ``read`` gives it back."""
    scale = sheet.scale
    lines = [_line(line, label) for line, label in zip(scale.lines, _labels(sheet), strict=True)]
    return {
        "lines": lines,
        "combine": scale.combine.value,
        "least": scale.least,
        "most": scale.most,
        "prorata": scale.prorata.value,
        "round_to": scale.round_to,
        "years_back": sheet.years_back,
        "roles": sorted(sheet.roles),
        "reductions": [{"code": one.code, "label": one.label, "part": one.part} for one in sheet.reductions],
    }


def words(problem: rules.Problem, sheet: Sheet) -> str:
    """Return what is wrong, and in which line, in a sentence that says what to write."""
    said = _said().get(problem.code, problem.code)
    if problem.line < 0:
        return said
    label = _labels(sheet)[problem.line] or str(problem.line + 1)
    return _("Ligne « %(line)s » : %(problem)s") % {"line": label, "problem": said}


def _said() -> Mapping[str, str]:
    return {
        "no_line": _("Un barème a au moins une ligne."),
        "bad_limits": _("Le maximum est plus petit que le minimum, ou le minimum est négatif."),
        "bad_rounding": _("On arrondit à un centime au moins."),
        "bad_reduction": _("Une réduction est entre 0 et 100 %."),
        "kind_twice": _("Deux lignes de même assiette visent les mêmes membres : gardez-en une."),
        "bad_basis": _("Cette assiette n'existe pas."),
        "bad_floors": _("La première tranche part de zéro, et chacune commence plus haut que la précédente."),
        "flat_has_one": _("Un montant forfaitaire n'a qu'une tranche."),
        "bad_amount": _("Un montant n'est pas négatif, et un taux reste entre 0 et 100 %."),
        "rate_of_turnover": _("Un taux ne porte que sur le chiffre d'affaires."),
        "falls": _("Passer à la tranche suivante fait payer moins : vérifiez que c'est voulu."),
    }


class _WrongError(Exception):
    def __init__(self, where: str) -> None:
        self.where = where
        super().__init__(where)


def _unreadable(where: str) -> str:
    if where:
        return _("Ce barème ne peut pas être lu : regardez « %(where)s ».") % {"where": where}
    return _("Ce barème ne peut pas être lu.")


def _sheet(told: Any) -> Sheet:
    if not isinstance(told, Mapping):
        raise _WrongError("")
    if unknown := sorted(set(map(str, told)) - _KEYS):
        raise _WrongError(unknown[0])
    lines = _list(told, "lines", _LINES)
    reductions = tuple(_reduction(one) for one in _list(told, "reductions", _REDUCTIONS, []))
    if len({one.code for one in reductions}) != len(reductions):
        raise _WrongError("reductions")
    most = told.get("most")
    scale = Scale(
        tuple(_read_line(one) for one in lines),
        combine=Combine(told.get("combine", Combine.GREATEST.value)),
        least=_whole(told, "least", 0),
        most=None if most is None else _whole(told, "most", 0),
        prorata=Prorata(told.get("prorata", Prorata.NONE.value)),
        round_to=_whole(told, "round_to", 1),
        reductions={one.code: one.part for one in reductions},
    )
    labels = tuple(str(one.get("label", ""))[:80] for one in lines)
    roles = told.get("roles", PAYING)
    if isinstance(roles, str) or not roles:
        raise _WrongError("roles")
    back = _whole(told, "years_back", 1)
    if not 0 <= back <= 3:
        raise _WrongError("years_back")
    found = tuple(rules.cautions(scale)) if not rules.check(scale) else ()
    name = str(told.get("name", ""))[:120]
    return Sheet(scale, labels, reductions, tuple(sorted(map(str, roles))), back, name, found)


def _read_line(told: Any) -> Line:
    _only(told, {"label", "basis", "kinds", "brackets"}, "lines")
    brackets = tuple(_bracket(one) for one in _list(told, "brackets", _BRACKETS))
    kinds = told.get("kinds", [])
    if isinstance(kinds, str):
        raise _WrongError("kinds")
    return Line(str(told["basis"]), brackets, frozenset(map(str, kinds)))


def _bracket(told: Any) -> Bracket:
    _only(told, {"floor", "cents", "ppm"}, "brackets")
    return Bracket(_whole(told, "floor"), _whole(told, "cents"), _whole(told, "ppm", 0))


def _reduction(told: Any) -> Reduction:
    _only(told, {"code", "label", "part"}, "reductions")
    code = str(told["code"]).strip()
    if not code or len(code) > 40:
        raise _WrongError("reductions")
    return Reduction(code, str(told.get("label") or code)[:80], _whole(told, "part"))


def _line(line: Line, label: str) -> dict[str, Any]:
    brackets = [{"floor": one.floor, "cents": one.cents, "ppm": one.ppm} for one in line.brackets]
    return {"label": label, "basis": line.basis, "kinds": sorted(line.kinds), "brackets": brackets}


def _labels(sheet: Sheet) -> Sequence[str]:
    return sheet.labels or ("",) * len(sheet.scale.lines)


def _only(told: Any, known: set[str], where: str) -> None:
    if not isinstance(told, Mapping):
        raise _WrongError(where)
    if unknown := sorted(set(map(str, told)) - known):
        raise _WrongError(unknown[0])


def _list(told: Mapping[str, Any], key: str, most: int, default: Any = None) -> list[Any]:
    found = told.get(key, default)
    if not isinstance(found, list | tuple) or len(found) > most:
        raise _WrongError(key)
    return list(found)


def _whole(told: Mapping[str, Any], key: str, default: int | None = None) -> int:
    """Return a whole number; a float, a text or a truth value is refused: money is whole cents."""
    found = told.get(key, default)
    if isinstance(found, bool) or not isinstance(found, int) or abs(found) > _MOST:
        raise _WrongError(key)
    return found
