"""A question of a form as its owner writes it, without code: kind, words, options, conditions, source."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.calls import wording
from terreau.calls.answer_rules import COLUMN_KINDS, KINDS
from terreau.calls.form_editing import key_of
from terreau.calls.form_rules import OPS
from terreau.calls.models import Dimension
from terreau.common import parsing
from terreau.common.errors import DomainError, StaleWriteError
from terreau.design.forms import BaseForm
from terreau.exchanges.fields import area

#: Where the living file may have an answer, in words.
SOURCES: Final = (
    ("", gettext_lazy("nulle part : le candidat répond")),
    ("pole.name", gettext_lazy("le nom du pôle")),
    ("pole.carrier", gettext_lazy("la structure qui porte le pôle")),
    ("members", gettext_lazy("les membres du pôle")),
    ("perimeter", gettext_lazy("le périmètre du pôle")),
    ("projects", gettext_lazy("les projets communs")),
    ("previous", gettext_lazy("la même question l'an dernier")),
    ("autre", gettext_lazy("ailleurs dans la fiche (repère ci-dessous)")),
)
_LISTED: Final = frozenset(code for code, _label in SOURCES)
#: How a question is asked for.
NEVER, ALWAYS, SOMETIMES = "non", "oui", "condition"
_SIMPLE: Final = frozenset({"field", "op", "value"})


class FieldForm(BaseForm):
    """A question. Options and columns are written one a line; a condition reads one question before it."""

    kind = forms.ChoiceField(label=gettext_lazy("Sorte de réponse"), choices=list(wording.KINDS.items()))
    label = forms.CharField(label=gettext_lazy("La question"), max_length=500)
    label_en = forms.CharField(label=gettext_lazy("La question, en anglais"), required=False, max_length=500)
    help = forms.CharField(
        label=gettext_lazy("Aide à la réponse"), required=False, max_length=1000, widget=area(2)
    )
    help_en = forms.CharField(
        label=gettext_lazy("Aide à la réponse, en anglais"), required=False, max_length=1000, widget=area(2)
    )
    required = forms.BooleanField(label=gettext_lazy("La réponse est obligatoire"), required=False)
    options = forms.CharField(
        label=gettext_lazy("Réponses possibles, une par ligne"),
        required=False,
        max_length=8000,
        widget=area(4),
        help_text=gettext_lazy("Pour un choix. « français | anglais » pour donner les deux langues."),
    )
    columns = forms.CharField(
        label=gettext_lazy("Colonnes du tableau, une par ligne"),
        required=False,
        max_length=4000,
        widget=area(4),
        help_text=gettext_lazy(
            "« titre : sorte », avec une étoile si la colonne est obligatoire. Sortes : texte, entier, "
            "nombre, euros, date, oui-non."
        ),
    )
    grid = forms.ChoiceField(label=gettext_lazy("Grille montrée"), required=False)
    low = forms.IntegerField(label=gettext_lazy("Au moins"), required=False)
    high = forms.IntegerField(
        label=gettext_lazy("Au plus"),
        required=False,
        help_text=gettext_lazy("Nombre, euros, lignes ou caractères, selon la sorte de réponse."),
    )
    unit = forms.CharField(label=gettext_lazy("Unité"), required=False, max_length=20)
    source = forms.ChoiceField(
        label=gettext_lazy("Déjà connue de la fiche ?"), choices=SOURCES, required=False
    )
    source_code = forms.CharField(
        label=gettext_lazy("Repère dans la fiche"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("fact:code d'un fait, accounts:code d'un chiffre, piece:sorte d'une pièce."),
    )
    dimension = forms.ChoiceField(label=gettext_lazy("Dimension de l'étude"), required=False)
    when_field = forms.ChoiceField(label=gettext_lazy("Montrer seulement si"), required=False)
    when_op = forms.ChoiceField(
        label=gettext_lazy("Comparaison"), choices=list(wording.OPS.items()), required=False
    )
    when_value = forms.CharField(
        label=gettext_lazy("Valeur"),
        required=False,
        max_length=300,
        help_text=gettext_lazy(
            "Pour un choix, le texte ou le repère d'une réponse ; oui ou non ; un nombre."
        ),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        before: Sequence[Mapping[str, Any]],
        grids: Mapping[str, str],
        one: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """``before``: the questions that stand before, which a condition may read."""
        self.before = {str(field["key"]): field for field in before}
        self.one = dict(one) if one else {}
        kwargs["initial"] = {**_shown(self.one), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        read = [("", _("toujours"))] + [(key, str(field["label"])) for key, field in self.before.items()]
        self._choose("when_field", read)
        self._choose("grid", [("", _("aucune")), *grids.items()])
        self._choose("dimension", [("", _("aucune")), *Dimension.choices])
        self.initial["seen"] = json.dumps(self.one, ensure_ascii=False, sort_keys=True)

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    @property
    def keeps_condition(self) -> bool:
        """Say whether the question has a condition that this page shows and does not write."""
        return _is_complex(self.one.get("show_when")) or isinstance(self.one.get("required"), Mapping)

    @property
    def base(self) -> dict[str, Any]:
        """The question as the person saw it."""
        try:
            told = json.loads(self.cleaned_data.get("seen") or "")
        except ValueError:
            return self.one
        return told if isinstance(told, dict) else self.one

    def show_theirs(self, error: StaleWriteError) -> None:
        """Let the next sending replace what somebody else wrote."""
        typed: Any = self.data.copy()  # type: ignore[attr-defined]
        typed["seen"] = json.dumps(error.facts.get("theirs"), ensure_ascii=False, sort_keys=True)
        self.data = typed

    def clean(self) -> dict[str, Any]:
        """Check what goes with the kind that was chosen."""
        found = super().clean() or {}
        kind = found.get("kind")
        if kind in {"choice", "choices"} and not found.get("options", "").strip():
            self.add_error("options", _("Écrivez au moins une réponse possible."))
        if kind == "table":
            self._check_columns(found.get("columns", ""))
        if kind == "grid" and not found.get("grid"):
            self.add_error("grid", _("Choisissez une grille."))
        low, high = found.get("low"), found.get("high")
        if low is not None and high is not None and high < low:
            self.add_error("high", _("Ce nombre est plus petit que l'autre limite."))
        if found.get("when_field") and found.get("when_op") != "filled":
            self._check_value(found)
        if found.get("source") == "autre" and not found.get("source_code"):
            self.add_error("source_code", _("Donnez le repère."))
        return found

    def _check_columns(self, typed: str) -> None:
        lines = [line for line in typed.splitlines() if line.strip()]
        if not lines:
            self.add_error("columns", _("Écrivez au moins une colonne."))
        for line in lines:
            word = line.rpartition(":")[2].replace("*", "").strip().lower()
            if ":" in line and word not in _COLUMN_WORDS:
                words = _("« %(word)s » n'est pas une sorte de colonne.") % {"word": word}
                self.add_error("columns", words)

    def _check_value(self, found: Mapping[str, Any]) -> None:
        if not str(found.get("when_value") or "").strip():
            self.add_error("when_value", _("Donnez la valeur attendue."))
            return
        if _value(self.before[found["when_field"]], found["when_op"], found["when_value"]) is None:
            self.add_error("when_value", _("Cette valeur n'est pas une réponse possible à cette question."))

    def field(self, taken: set[str]) -> dict[str, Any]:
        """Return the question; a new one takes a key that nobody has."""
        held = self.cleaned_data
        made: dict[str, Any] = {
            "key": self.one.get("key") or key_of(held["label"], taken, "question"),
            "kind": held["kind"],
            "label": held["label"],
        }
        for name in ("label_en", "help", "help_en", "unit", "dimension"):
            if held.get(name):
                made[name] = held[name]
        if held["required"]:
            made["required"] = True
        for name, mine in (("min", "low"), ("max", "high")):
            if held.get(mine) is not None:
                made[name] = held[mine] * 100 if held["kind"] == "euro" else held[mine]
        made |= self._of_kind(held)
        made |= self._condition(held)
        source = held["source_code"] if held["source"] == "autre" else held["source"]
        if source:
            made["source"] = source
        if self.one.get("origin"):
            made["origin"] = self.one["origin"]
        return made

    def _of_kind(self, held: Mapping[str, Any]) -> dict[str, Any]:
        if held["kind"] in {"choice", "choices"}:
            return {"options": _options(held["options"], self.one.get("options", ()))}
        if held["kind"] == "table":
            return {"columns": _columns(held["columns"], self.one.get("columns", ()))}
        return {"grid": held["grid"]} if held["kind"] == "grid" else {}

    def _condition(self, held: Mapping[str, Any]) -> dict[str, Any]:
        made = {}
        if isinstance(self.one.get("required"), Mapping) and held["required"]:
            made["required"] = self.one["required"]
        if _is_complex(self.one.get("show_when")):
            made["show_when"] = self.one["show_when"]
        elif held["when_field"]:
            condition = {"field": held["when_field"], "op": held["when_op"]}
            if held["when_op"] != "filled":
                field = self.before[held["when_field"]]
                condition["value"] = _value(field, held["when_op"], held["when_value"])
            made["show_when"] = condition
        return made


_COLUMN_WORDS: Final[Mapping[str, str]] = {
    "texte": "text",
    "entier": "integer",
    "nombre": "number",
    "euros": "euro",
    "date": "date",
    "oui-non": "yes_no",
    **{kind: kind for kind in COLUMN_KINDS},
}
_COLUMN_SHOWN: Final = {
    "text": "texte",
    "integer": "entier",
    "number": "nombre",
    "euro": "euros",
    "yes_no": "oui-non",
}


def _is_complex(condition: Any) -> bool:
    return isinstance(condition, Mapping) and not set(condition) <= _SIMPLE


def _shown(one: Mapping[str, Any]) -> dict[str, Any]:
    if not one:
        return {"kind": KINDS[0]}
    euro = one.get("kind") == "euro"
    source = str(one.get("source", ""))
    shown: dict[str, Any] = {
        name: one.get(name, "") for name in ("kind", "label", "label_en", "help", "help_en")
    }
    shown |= {name: one.get(name, "") for name in ("unit", "dimension", "grid")}
    shown["required"] = bool(one.get("required"))
    for name, mine in (("min", "low"), ("max", "high")):
        value = one.get(name)
        shown[mine] = value // 100 if euro and value is not None else value
    shown["options"] = "\n".join(_both(option) for option in one.get("options", ()))
    shown["columns"] = "\n".join(_column_line(column) for column in one.get("columns", ()))
    shown["source"] = source if source in _LISTED else "autre"
    shown["source_code"] = "" if source in _LISTED else source
    condition = one.get("show_when")
    if isinstance(condition, Mapping) and not _is_complex(condition):
        shown["when_field"], shown["when_op"] = condition["field"], condition["op"]
        shown["when_value"] = _said_value(condition.get("value"))
    return shown


def _both(option: Mapping[str, Any]) -> str:
    english = option.get("label_en")
    return f"{option['label']} | {english}" if english else str(option["label"])


def _column_line(column: Mapping[str, Any]) -> str:
    kind = str(column["kind"])
    star = " *" if column.get("required") else ""
    return f"{_both(column)} : {_COLUMN_SHOWN.get(kind, kind)}{star}"


def _said_value(value: Any) -> str:
    if value is True or value is False:
        return _("oui") if value else _("non")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value if value is not None else "")


def _options(typed: str, known: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Read the options; one whose words did not change keeps its code, so that answers hold."""
    codes = {str(one["label"]): str(one["code"]) for one in known}
    lines = [line.strip() for line in typed.splitlines() if line.strip()]
    taken = {
        codes[line.partition("|")[0].strip()] for line in lines if line.partition("|")[0].strip() in codes
    }
    found = []
    for line in lines:
        label, _bar, english = (part.strip() for part in line.partition("|"))
        code = codes.pop(label, "") or key_of(label, taken, "choix")
        taken.add(code)
        found.append({"code": code, "label": label} | ({"label_en": english} if english else {}))
    return found


def _columns(typed: str, known: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    keys = {str(one["label"]): one for one in known}
    taken = {str(one["key"]) for one in known}
    found: list[dict[str, Any]] = []
    for line in (one.strip() for one in typed.splitlines() if one.strip()):
        words, _colon, kind = line.rpartition(":") if ":" in line else (line, "", "texte")
        label, _bar, english = (part.strip() for part in words.partition("|"))
        held = keys.pop(label, {})
        key = str(held.get("key", "")) or key_of(label, taken, "colonne")
        taken.add(key)
        sort = _COLUMN_WORDS[kind.replace("*", "").strip().lower()]
        made: dict[str, Any] = {"key": key, "label": label, "kind": sort}
        made |= {"label_en": english} if english else {}
        made |= {"required": True} if "*" in kind else {}
        made |= {"options": held["options"]} if held.get("options") else {}
        found.append(made)
    return found


def _value(field: Mapping[str, Any], op: str, typed: str) -> Any:
    """Return the value of a condition as answers hold it; None when it is no answer to the question."""
    if op == "in":
        found = [_one_value(field, part.strip()) for part in typed.split(",") if part.strip()]
        return None if not found or None in found else found
    if op == "in_zone":
        return [part.strip() for part in typed.split(",") if part.strip()] or None
    return _one_value(field, typed.strip())


def _one_value(field: Mapping[str, Any], typed: str) -> Any:
    kind = field["kind"]
    if kind in {"choice", "choices"}:
        for option in field.get("options", ()):
            if typed in {option["code"], option["label"]}:
                return option["code"]
        return None
    if kind in {"yes_no", "declaration"}:
        return {"oui": True, "non": False, "yes": True, "no": False}.get(typed.lower())
    if kind in {"integer", "euro", "members", "table", "file", "budget", "financing"}:
        number = _whole(typed)
        return number * 100 if kind == "euro" and number is not None else number
    read = {"number": _decimal, "date": _day}.get(kind)
    return read(typed) if read else typed


def _whole(typed: str) -> int | None:
    try:
        return int("".join(typed.split()))
    except ValueError:
        return None


def _decimal(typed: str) -> str | None:
    """Return a number as answers hold it, typed with a comma or a point."""
    try:
        found = Decimal("".join(typed.split()).replace(",", "."))
    except InvalidOperation:
        return None
    return format(found.normalize(), "f") if found.is_finite() else None


def _day(typed: str) -> str | None:
    """Return a day as answers hold it, typed as people write it."""
    try:
        return parsing.day(typed).isoformat()
    except DomainError:
        return None


assert set(wording.OPS) == set(OPS)  # noqa: S101 - every comparison has its words
