"""The form of a scale: lines and brackets typed as people write them; a button adds rows without saving.

Rows are named by their rank (``l0-basis``, ``l0-b1-floor``, ``r0-label``): no script is needed. An empty row
is no row. What is wrong is said beside its row and above the form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.actors.models import LegalNature
from terreau.common import parsing
from terreau.common.errors import DomainError
from terreau.design.forms import BaseForm
from terreau.exchanges.fields import EurosField, day
from terreau.fees import documents, rules
from terreau.fees.documents import Reduction, Sheet
from terreau.fees.rules import Bracket, Combine, Line, Prorata, Scale
from terreau.poles.models import Membership

_LINES, _BRACKETS, _REDUCTIONS = 20, 30, 20
#: Natures that a scale speaks of; « inconnue » is nobody's choice.
KINDS: Final = [one for one in LegalNature.choices if one[0] != LegalNature.UNKNOWN]
BASES: Final = (
    (rules.TURNOVER, gettext_lazy("par tranches de chiffre d'affaires")),
    (rules.HEADCOUNT, gettext_lazy("par tranches d'effectif (ETP)")),
    (rules.FLAT, gettext_lazy("montant forfaitaire")),
)


@dataclass(slots=True)
class TypedBracket:
    """A bracket as it is typed."""

    name: str
    floor: str = ""
    amount: str = ""
    rate: str = ""
    error: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing is typed."""
        return not (self.floor or self.amount or self.rate)


@dataclass(slots=True)
class TypedLine:
    """A line as it is typed."""

    name: str
    label: str = ""
    basis: str = rules.TURNOVER
    kinds: tuple[str, ...] = ()
    brackets: list[TypedBracket] = field(default_factory=list)
    error: str = ""

    @property
    def choices(self) -> list[tuple[str, Any, bool]]:
        """The natures, each with whether it is chosen."""
        return [(code, label, code in self.kinds) for code, label in KINDS]

    @property
    def chosen(self) -> str:
        """The natures that are chosen, in words."""
        return ", ".join(str(label) for _code, label, chosen in self.choices if chosen)

    @property
    def bases(self) -> list[tuple[str, Any, bool]]:
        """What may be counted, each with whether it is chosen."""
        return [(code, label, code == self.basis) for code, label in BASES]

    @property
    def empty(self) -> bool:
        """Whether no bracket is typed."""
        return all(one.empty for one in self.brackets)


@dataclass(slots=True)
class TypedReduction:
    """A reduction as it is typed."""

    name: str
    code: str = ""
    label: str = ""
    part: str = ""
    error: str = ""


class ScaleForm(BaseForm):
    """A name, a day, lines, brackets, reductions and options."""

    name = forms.CharField(label=gettext_lazy("Nom du barème"), max_length=120)
    valid_from = day(gettext_lazy("Applicable à partir du"), required=True)
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Qui paie une cotisation ?"),
        choices=Membership.Role.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    combine = forms.ChoiceField(
        label=gettext_lazy("Quand un membre relève de deux assiettes"),
        choices=[
            (Combine.GREATEST.value, gettext_lazy("retenir le montant le plus élevé")),
            (Combine.LEAST.value, gettext_lazy("retenir le montant le moins élevé")),
            (Combine.SUM.value, gettext_lazy("ajouter les montants")),
        ],
    )
    prorata = forms.ChoiceField(
        label=gettext_lazy("Arrivée ou départ en cours d'année"),
        choices=[
            (Prorata.NONE.value, gettext_lazy("l'année entière est due")),
            (Prorata.MONTHS.value, gettext_lazy("les mois commencés sont dus")),
            (Prorata.DAYS.value, gettext_lazy("les jours de présence sont dus")),
        ],
    )
    years_back = forms.TypedChoiceField(
        label=gettext_lazy("Chiffres de quelle année ?"),
        coerce=int,
        choices=[
            (1, gettext_lazy("l'année précédente")),
            (2, gettext_lazy("deux ans plus tôt")),
            (0, gettext_lazy("l'année appelée")),
        ],
    )
    least = EurosField(label=gettext_lazy("Jamais moins de, en euros"), required=False)
    most = EurosField(label=gettext_lazy("Jamais plus de, en euros"), required=False)
    round_to = forms.TypedChoiceField(
        label=gettext_lazy("Arrondir"),
        coerce=int,
        choices=[
            (1, gettext_lazy("au centime")),
            (100, gettext_lazy("à l'euro")),
            (500, gettext_lazy("à 5 euros")),
            (1000, gettext_lazy("à 10 euros")),
        ],
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, sheet: Sheet | None = None, **kwargs: Any) -> None:
        if sheet is not None:
            kwargs["initial"] = {**_scalars(sheet), **kwargs.get("initial", {})}
        super().__init__(data, **kwargs)
        self.sheet: Sheet | None = None
        if data is not None:
            self.lines, self.reductions = _typed(data)
        else:
            self.lines, self.reductions = _shown(sheet or START)
        self.known = sheet

    @property
    def tried(self) -> Sheet | None:
        """The scale as it is typed, when it can be read."""
        if self.sheet is None and isinstance(self.data, QueryDict):
            attempt = ScaleForm(self.data)
            attempt.is_valid()
            return attempt.sheet
        return self.sheet

    def grow(self, what: str) -> None:
        """Add an empty line, an empty bracket to a line (``l2``), or an empty reduction.

        Nothing is saved yet: what is wrong is said when it is.
        """
        self._errors = ErrorDict()
        if what == "line" and len(self.lines) < _LINES:
            place = len(self.lines)
            self.lines.append(TypedLine(f"l{place}", brackets=[_bracket(f"l{place}", 0)]))
        elif what == "reduction" and len(self.reductions) < _REDUCTIONS:
            self.reductions.append(TypedReduction(f"r{len(self.reductions)}"))
        for line in self.lines:
            if what == line.name and len(line.brackets) < _BRACKETS:
                line.brackets.append(_bracket(line.name, len(line.brackets)))

    def clean(self) -> dict[str, Any]:
        """Read the rows; every problem is said beside its row, and above."""
        found = super().clean() or {}
        lines = [(line, read) for line in self.lines if (read := self._line(line)) is not None]
        reductions = [one for row in self.reductions if (one := self._reduction(row)) is not None]
        if self.errors:
            return found
        scale = Scale(
            tuple(read for _line, read in lines),
            combine=Combine(found["combine"]),
            least=found.get("least") or 0,
            most=found.get("most"),
            prorata=Prorata(found["prorata"]),
            round_to=found["round_to"],
            reductions={one.code: one.part for one in reductions},
        )
        labels = tuple(line.label for line, _read in lines)
        sheet = Sheet(scale, labels, tuple(reductions), tuple(sorted(found["roles"])), found["years_back"])
        for problem in rules.check(scale):
            if problem.line >= 0:
                lines[problem.line][0].error = documents.words(problem, sheet)
            self.add_error(None, documents.words(problem, sheet))
        if not self.errors:
            try:
                self.sheet = documents.read(documents.write(sheet))
            except DomainError as error:
                self.add_error(None, str(error.message))
        return found

    def _line(self, typed: TypedLine) -> Line | None:
        if typed.empty:
            return None
        if typed.basis not in rules.BASES:
            self._wrong(typed, _("Cette assiette n'existe pas."))
            return None
        flat = typed.basis == rules.FLAT
        rows = [one for one in typed.brackets if (one.amount if flat else not one.empty)]
        brackets = [self._read_bracket(typed, one, first=not place) for place, one in enumerate(rows)]
        whole = [one for one in brackets if one is not None]
        kinds = frozenset(code for code in typed.kinds if code in LegalNature.values)
        return Line(typed.basis, tuple(whole), kinds) if len(whole) == len(rows) else None

    def _read_bracket(self, line: TypedLine, typed: TypedBracket, *, first: bool) -> Bracket | None:
        try:
            floor = _floor(line.basis, typed.floor) if typed.floor or not first else 0
            cents = parsing.euros(typed.amount).cents if typed.amount else 0
            ppm = _ppm(typed.rate) if typed.rate and line.basis != rules.FLAT else 0
        except DomainError as error:
            self._wrong(typed, str(error.message))
            return None
        return Bracket(floor, cents, ppm)

    def _reduction(self, typed: TypedReduction) -> Reduction | None:
        if not typed.label and not typed.part:
            return None
        try:
            part = parsing.number(typed.part.replace("%", "")) * 100
        except DomainError as error:
            self._wrong(typed, str(error.message))
            return None
        if not typed.label or part != part.to_integral_value() or not 0 <= part <= rules.WHOLE:
            self._wrong(typed, _("Une réduction a un nom, et une part entre 0 et 100 %."))
            return None
        return Reduction(typed.code or slugify(typed.label)[:40] or typed.name, typed.label[:80], int(part))

    def _wrong(self, row: Any, words: str) -> None:
        row.error = words
        self.add_error(None, words)


def _scalars(sheet: Sheet) -> dict[str, Any]:
    scale = sheet.scale
    return {
        "roles": list(sheet.roles),
        "combine": scale.combine.value,
        "prorata": scale.prorata.value,
        "years_back": sheet.years_back,
        "least": scale.least or None,
        "most": scale.most,
        "round_to": scale.round_to,
    }


def _shown(sheet: Sheet) -> tuple[list[TypedLine], list[TypedReduction]]:
    labels = sheet.labels or ("",) * len(sheet.scale.lines)
    lines = []
    for place, (line, label) in enumerate(zip(sheet.scale.lines, labels, strict=True)):
        rows = [_written(f"l{place}", rank, line.basis, one) for rank, one in enumerate(line.brackets)]
        if line.basis != rules.FLAT:
            rows.append(_bracket(f"l{place}", len(rows)))
        lines.append(TypedLine(f"l{place}", label, line.basis, tuple(sorted(line.kinds)), rows))
    reductions = [
        TypedReduction(f"r{rank}", one.code, one.label, _decimal(Decimal(one.part) / 100))
        for rank, one in enumerate(sheet.reductions)
    ]
    return lines, [*reductions, TypedReduction(f"r{len(reductions)}")]


def _written(line: str, rank: int, basis: str, one: Bracket) -> TypedBracket:
    floor = _decimal(Decimal(one.floor) / 100) if basis != rules.FLAT else ""
    rate = _decimal(Decimal(one.ppm) / 10_000) if one.ppm else ""
    return TypedBracket(f"{line}-b{rank}", floor, _decimal(Decimal(one.cents) / 100), rate)


def _bracket(line: str, rank: int) -> TypedBracket:
    return TypedBracket(f"{line}-b{rank}")


def _typed(data: QueryDict) -> tuple[list[TypedLine], list[TypedReduction]]:
    """Return the rows as they were sent, in their order."""
    lines = []
    for place in range(_LINES):
        name = f"l{place}"
        if f"{name}-basis" not in data:
            break
        rows = []
        for rank in range(_BRACKETS):
            own = f"{name}-b{rank}"
            if f"{own}-amount" not in data:
                break
            parts = (_text(data, f"{own}-{part}") for part in ("floor", "amount", "rate"))
            rows.append(TypedBracket(own, *parts))
        kinds = tuple(data.getlist(f"{name}-kinds"))
        basis = str(data.get(f"{name}-basis", ""))
        lines.append(TypedLine(name, _text(data, f"{name}-label")[:80], basis, kinds, rows))
    reductions = []
    for rank in range(_REDUCTIONS):
        name = f"r{rank}"
        if f"{name}-label" not in data:
            break
        parts = (_text(data, f"{name}-{part}") for part in ("code", "label", "part"))
        reductions.append(TypedReduction(name, *parts))
    return lines, reductions


def _text(data: Mapping[str, Any], name: str) -> str:
    return str(data.get(name, "")).strip()[:120]


def _floor(basis: str, typed: str) -> int:
    """Return cents, or hundredths of a full-time equivalent; nothing for a flat amount."""
    if basis == rules.FLAT:
        return 0
    if basis == rules.TURNOVER:
        return parsing.euros(typed).cents
    return _hundredths(parsing.number(typed))


def _hundredths(value: Decimal) -> int:
    whole = value * 100
    if whole != whole.to_integral_value():
        raise DomainError("too_precise", _("Un effectif a deux décimales au plus."))
    return int(whole)


def _ppm(typed: str) -> int:
    whole = parsing.number(typed.replace("%", "")) * 10_000
    if whole != whole.to_integral_value():
        raise DomainError("too_precise", _("Un taux a quatre décimales au plus."))
    return int(whole)


def _decimal(value: Decimal) -> str:
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")


def figure(basis: str, typed: str) -> int:
    """Return a turnover in cents or a headcount in hundredths, as it was typed."""
    return parsing.euros(typed).cents if basis == rules.TURNOVER else _hundredths(parsing.number(typed))


def typed_figure(value: int | None) -> str:
    """Return a figure as it is typed."""
    return "" if value is None else _decimal(Decimal(value) / 100)


#: What the form of a new scale shows first: brackets to fill in, an authority, a person.
START: Final = Sheet(
    Scale(
        (
            Line(rules.TURNOVER, (Bracket(0, 5_000), Bracket(10_000_000, 15_000))),
            Line(rules.FLAT, (Bracket(0, 50_000),), frozenset({"local_authority", "authority_grouping"})),
            Line(rules.FLAT, (Bracket(0, 1_500),), frozenset({"natural_person"})),
        ),
        prorata=Prorata.MONTHS,
    )
)


def first_of_next_year(today: date) -> date:
    """Return the day from which a new scale most often holds."""
    return date(today.year + 1, 1, 1)
