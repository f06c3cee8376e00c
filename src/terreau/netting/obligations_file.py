"""Reads obligations from a CSV file: ``debtor,creditor,amount_cents``, and says all that is wrong with it."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.netting import rules as netting
from terreau.netting.rules import Obligation

COLUMNS: Final = ("debtor", "creditor", "amount_cents")
MOST_LINES: Final = 5_000_000
#: Problems that are told one by one.
_TOLD: Final = 50


def read(path: Path) -> list[Obligation]:
    """Return the obligations of a file, in its order.

    Raises ``DomainError`` ``bad_file`` with ``facts["problems"]``, line by line: nothing is kept of it.
    """
    problems: list[str] = []
    found: list[Obligation] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for line, row in _rows(csv.reader(stream, strict=True)):
                _take(line, row, found, problems)
    except OSError as error:
        raise _refused([_("Ce fichier ne s'ouvre pas : %(why)s.") % {"why": error.strerror}]) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise _refused([_("Ce fichier n'est pas du texte CSV en UTF-8.")]) from error
    if not problems and netting.check(found):
        problems = [_("Le total de ces dettes est trop grand pour être compté.")]
    if problems:
        raise _refused(problems)
    return found


def _rows(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    heading = [cell.strip() for cell in next(reader, [])]
    if tuple(heading) != COLUMNS:
        words = _("Ligne 1 : les colonnes sont %(columns)s, dans cet ordre.")
        raise _refused([words % {"columns": ",".join(COLUMNS)}])
    for line, row in enumerate(reader, start=2):
        if line > MOST_LINES:
            raise _refused([_("Ce fichier a plus de %(most)d lignes.") % {"most": MOST_LINES}])
        if row:
            yield line, row


def _take(line: int, row: list[str], found: list[Obligation], problems: list[str]) -> None:
    if len(row) != len(COLUMNS):
        words = _("Ligne %(line)d : %(count)d cellules au lieu de trois.")
        problems.append(words % {"line": line, "count": len(row)})
        return
    debtor, creditor, amount = (cell.strip() for cell in row)
    digits = amount.isascii() and amount.isdigit()
    one = Obligation(debtor, creditor, int(amount[:20]) if digits else 0)
    problems.extend(_said(code) % {"line": line} for code in netting.wrong(one))
    found.append(one)


def _said(code: str) -> str:
    words = {
        "no_party": _("Ligne %(line)d : il manque qui doit, ou à qui."),
        "same_party": _("Ligne %(line)d : qui doit et à qui sont les mêmes."),
        "bad_amount": _("Ligne %(line)d : le montant est un nombre entier de centimes, plus grand que zéro."),
    }
    return words[code]


def _refused(problems: list[str]) -> DomainError:
    told = problems[:_TOLD]
    if len(problems) > _TOLD:
        told.append(_("… et %(count)d autres.") % {"count": len(problems) - _TOLD})
    return DomainError(
        "bad_file", "\n".join(told), facts={"problems": problems[:_TOLD], "count": len(problems)}
    )
