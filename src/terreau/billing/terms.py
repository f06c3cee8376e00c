"""What the invoices of a seller say of tax, delay and account; legal numbers given back by the accountant."""

import re
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.billing import actions, rules
from terreau.billing.banking import valid_iban
from terreau.billing.models import Invoice, SellerTerms
from terreau.common.errors import DomainError, StaleWriteError
from terreau.journal import actions as journal
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects

_REFERENCE = re.compile(r"^\s*(?:PF|AV)?-?0*(\d{1,9})\s*[;,\t ]\s*(\S.*?)\s*$", re.IGNORECASE)


def set_terms(
    pole: Pole, seller: Actor, values: dict[str, Any], *, seen: int, by: User | None
) -> SellerTerms:
    """Write the terms of a seller. Raises ``StaleWriteError`` when somebody wrote them meanwhile."""
    plain = "".join(str(values.get("iban", "")).split()).upper()
    if plain and not valid_iban(plain):
        words = _("Cet IBAN n'est pas juste : relisez-le sur un relevé d'identité bancaire.")
        raise DomainError("bad_iban", words, facts={"field": "iban"})
    rate = values.get("vat") or 0
    with transaction.atomic():
        subjects.lock(pole.pk)
        row = actions.terms_of(pole, seller)
        if (row.version if row.pk else 0) != seen:
            words = _("Quelqu'un vient de modifier ces conditions : relisez-les.")
            raise StaleWriteError("stale_write", words)
        row.vat_rate = rate
        row.vat_code = rules.STANDARD if rate else values.get("vat_code") or rules.OUTSIDE
        row.why_exempt = "" if rate else values.get("why_exempt", "")
        row.vat_number = "".join(str(values.get("vat_number", "")).split()).upper()
        row.due_days, row.iban, row.note = values["due_days"], plain, values.get("note", "")
        row.version = seen + 1
        row.save()
        journal.record(pole.actor.subject, "billing.terms_set", by=by, data={"seller": seller.pk.hex})
    return row


@dataclass(frozen=True, slots=True)
class Numbered:
    """What came of numbers given back: how many were written, and what could not be."""

    written: int
    problems: tuple[str, ...]


def number_many(pole: Pole, typed: str, *, by: User | None) -> Numbered:
    """Write the legal numbers that the accountant gave back: one a line, our reference then theirs.

    Lines that cannot be read are told with their rank; the others are written.
    """
    written, problems = 0, []
    for rank, line in enumerate(typed.splitlines(), start=1):
        if not line.strip():
            continue
        found = _REFERENCE.match(line.replace('"', ""))
        row = Invoice.objects.filter(pole=pole, number=int(found[1])).first() if found else None
        if found is None or row is None:
            problems.append(_("Ligne %(rank)d : aucune facture n'a cette référence.") % {"rank": rank})
            continue
        try:
            actions.number_legally(row, found[2], seen=row.version, by=by)
            written += 1
        except DomainError as error:
            problems.append(_("Ligne %(rank)d : %(why)s") % {"rank": rank, "why": error.message})
    return Numbered(written, tuple(problems))
