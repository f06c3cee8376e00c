"""The forms of an import: the file, its columns, what is taken."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from terreau.common import parsing
from terreau.design.forms import BaseForm
from terreau.imports.kinds import Column, Kind
from terreau.imports.mapping import letter
from terreau.imports.models import Import

_OPTION = "option-"
_COLUMN = "colonne-"


class FileForm(BaseForm):
    """A file, and the sheet to read when it is a workbook."""

    file = forms.FileField(
        label=_("Fichier"),
        help_text=_("CSV de toute sorte, XLSX, XLS, ODS ou Parquet, 20 Mo au plus."),
        widget=forms.ClearableFileInput(
            attrs={"accept": ".csv,.txt,.tsv,.xlsx,.xls,.xlsb,.ods,.parquet,text/csv"}
        ),
    )
    sheet = forms.CharField(
        label=_("Feuille"),
        required=False,
        max_length=100,
        help_text=_(
            "Pour un classeur à plusieurs feuilles ; par défaut la première qui contient quelque chose."
        ),
    )


class ColumnsForm(BaseForm):
    """Which column of the file says what; one list a column of the kind."""

    def __init__(self, kind: Kind, brought: Import, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        choices: list[tuple[str, Any]] = [("", _("— pas dans ce fichier —"))]
        choices += [(str(i), f"{letter(i)} · {head or '…'}") for i, head in enumerate(brought.header)]
        columns = list(kind.columns)
        columns += [kind.column(code) for code in brought.mapping if code not in {c.code for c in columns}]
        for column in columns:
            index = brought.mapping.get(column.code)
            self.fields[_COLUMN + column.code] = forms.ChoiceField(
                label=_sentence(column.label),
                required=column.required,
                choices=choices,
                help_text=column.hint,
                initial="" if index is None else str(index),
            )
        for option in kind.options:
            self.fields[_OPTION + option.code] = _option(option, brought.options.get(option.code, ""))

    def columns(self) -> dict[str, int]:
        """Return the columns chosen: code → index."""
        found = self._chosen(_COLUMN)
        return {code: int(value) for code, value in found.items() if value != ""}

    def options(self) -> dict[str, str]:
        """Return what holds for the whole file."""
        return self._chosen(_OPTION)

    def column_fields(self) -> list[forms.BoundField]:
        """Return the fields of the columns."""
        return [self[name] for name in self.fields if name.startswith(_COLUMN)]

    def option_fields(self) -> list[forms.BoundField]:
        """Return the fields of what holds for the whole file."""
        return [self[name] for name in self.fields if name.startswith(_OPTION)]

    def _chosen(self, prefix: str) -> dict[str, str]:
        return {
            name.removeprefix(prefix): value
            for name, value in self.cleaned_data.items()
            if name.startswith(prefix)
        }


def _option(option: Column, initial: str) -> forms.Field:
    """Return the field of what holds for the whole file: a list for yes or no, a line otherwise."""
    more: dict[str, Any] = {
        "label": _sentence(option.label),
        "required": option.required,
        "help_text": option.hint,
        "initial": initial,
    }
    if option.read is parsing.yes_no:
        return forms.ChoiceField(choices=[("", ""), ("oui", _("oui")), ("non", _("non"))], **more)
    return forms.CharField(max_length=300, **more)


def _sentence(label: Any) -> str:
    text = str(label)
    return text[:1].upper() + text[1:]
