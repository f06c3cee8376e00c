"""Accounts and statements: files are read once, lines that stand already are known, balances are checked."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.billing import bank_csv, camt, rules
from terreau.billing.models import BankAccount, BankLine, BankStatement
from terreau.billing.statements import CSV, Fresh, Held, Sheet, fresh, is_xml, unreadable
from terreau.common.errors import DomainError
from terreau.common.inserting import insert
from terreau.journal import actions as journal
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Brought:
    """What a file gave: its statements, what it says of accounts that nobody follows, and its problems."""

    statements: tuple[BankStatement, ...]
    problems: tuple[str, ...] = ()


def open_account(pole: Pole, *, holder: Actor, name: str, iban: str = "", by: User | None) -> BankAccount:
    """Follow an account of the pole or of who carries it. Raises ``DomainError`` for a wrong number."""
    plain = "".join(iban.split()).upper()
    if plain and not valid_iban(plain):
        words = _("Cet IBAN n'est pas juste : relisez-le sur un relevé d'identité bancaire.")
        raise DomainError("bad_iban", words, facts={"field": "iban"})
    if not name.strip():
        raise DomainError("no_name", _("Donnez un nom à ce compte."), facts={"field": "name"})
    row = BankAccount(pole=pole, holder=holder, name=name.strip()[:80], iban=plain, by=by)
    with transaction.atomic():
        subjects.lock(pole.pk)
        insert(row, "account_refused", field="name")
        data = {"account": row.pk.hex, "holder": holder.pk.hex}
        journal.record(pole.actor.subject, "bank.account_opened", by=by, data=data)
    return row


def valid_iban(plain: str) -> bool:
    """Say whether an account number holds by its key (ISO 13616, modulo 97)."""
    if not (15 <= len(plain) <= 34 and plain.isascii() and plain.isalnum() and plain[:2].isalpha()):
        return False
    turned = plain[4:] + plain[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


def bring(
    account: BankAccount,
    data: bytes,
    *,
    name: str,
    by: User | None,
    mapping: Mapping[str, str] | None = None,
) -> Brought:
    """Read a file into an account, and return what it gave.

    A CAMT file may hold several accounts: those that the pole follows are read. The same file is refused the
    second time (409), two at once too; lines that other files gave are known. ``mapping`` names the columns
    of a CSV file and is remembered. Raises ``DomainError`` when the file cannot be read or is of another
    account.
    """
    sheets = camt.read(data) if is_xml(data) else [_csv(account, data, mapping)]
    digest = hashlib.sha256(data).hexdigest()
    with transaction.atomic():
        subjects.lock(account.pole_id)
        row = BankAccount.objects.select_related("pole__actor__subject").get(pk=account.pk)
        pairs = _new(_accounts(row, sheets), digest)
        problems = [one for _account, sheet in pairs for one in sheet.problems]
        problems += _unknown(sheets, {sheet.iban for _account, sheet in pairs})
        rows = tuple(_keep(one, sheet, digest, name, rank, by) for rank, (one, sheet) in enumerate(pairs))
        if mapping:
            BankAccount.objects.filter(pk=row.pk).update(mapping=dict(mapping))
    return Brought(rows, tuple(problems))


def _csv(account: BankAccount, data: bytes, mapping: Mapping[str, str] | None) -> Sheet:
    """Read a CSV with the columns that are said, else those of last time, else those that banks write."""
    if mapping:
        return bank_csv.read(data, mapping)
    try:
        return bank_csv.read(data)
    except DomainError as error:
        if error.code != "columns_unknown" or not account.mapping:
            raise
        return bank_csv.read(data, account.mapping)


def _accounts(account: BankAccount, sheets: list[Sheet]) -> list[tuple[BankAccount, Sheet]]:
    """Return each statement with the account that it is of; a number learnt from a file is kept."""
    if sheets[0].kind == CSV or (len(sheets) == 1 and not sheets[0].iban):
        return [(account, sheets[0])]
    known = {one.iban: one for one in BankAccount.objects.filter(pole=account.pole_id).exclude(iban="")}
    if not account.iban and (new := [one.iban for one in sheets if one.iban and one.iban not in known]):
        known[new[0]] = account
        account.iban = new[0]
        BankAccount.objects.filter(pk=account.pk, iban="").update(iban=account.iban)
    found = [(known[sheet.iban], sheet) for sheet in sheets if sheet.iban in known]
    if not found:
        words = _("Ce relevé est celui d'un autre compte (%(iban)s).") % {
            "iban": rules.masked(sheets[0].iban)
        }
        raise DomainError("another_account", words, facts={"field": "file"}, status=409)
    return found


def _new(pairs: list[tuple[BankAccount, Sheet]], digest: str) -> list[tuple[BankAccount, Sheet]]:
    """Leave out the accounts for which this very file was read; refuse it when it was for all."""
    accounts = {account.pk for account, _sheet in pairs}
    rows = BankStatement.objects.filter(account__in=accounts, digest__startswith=digest[:32])
    done = set(rows.values_list("account", flat=True).order_by("account"))
    left = [(account, sheet) for account, sheet in pairs if account.pk not in done]
    if not left:
        words = _("Ce fichier a déjà été lu pour ce compte.")
        raise DomainError("already_read", words, facts={"field": "file"}, status=409)
    return left


def _unknown(sheets: list[Sheet], read: set[str]) -> list[str]:
    others = sorted({rules.masked(one.iban) for one in sheets if one.iban not in read})
    return [
        _("Le compte %(iban)s n'est pas suivi ici : il n'a pas été lu.") % {"iban": one} for one in others
    ]


def _keep(  # noqa: PLR0913, PLR0917
    account: BankAccount, sheet: Sheet, digest: str, name: str, rank: int, by: User | None
) -> BankStatement:
    days = {one.on for one in sheet.movements}
    held = [
        Held(*one)
        for one in BankLine.objects.filter(account=account, on__in=days)
        .order_by("on", "fingerprint")
        .values_list("on", "cents", "bank_ref")
    ]
    new = fresh(sheet.movements, held)
    first, last = sheet.period
    row = BankStatement(account=account, kind=sheet.kind, name=name[:160], reference=sheet.reference[:80])
    # A file may hold several statements of one account: each has a print of its own.
    row.digest = digest if not rank else f"{digest[:58]}:{rank}"
    row.first, row.last, row.read, row.added = first, last, len(sheet.movements), len(new)
    row.opening_cents, row.closing_cents, row.gap_cents, row.by = sheet.opening, sheet.closing, sheet.gap, by
    insert(row, "statement_refused", field="file")
    BankLine.objects.bulk_create([_line(row, one) for one in new], batch_size=_BATCH)
    told = {"account": account.pk.hex, "digest": row.digest, "read": row.read, "added": row.added}
    journal.record(account.pole.actor.subject, "bank.statement_read", by=by, data=told)
    return row


def _line(row: BankStatement, new: Fresh) -> BankLine:
    one = new.movement
    key = hashlib.sha256(f"{one.on.isoformat()}|{one.cents}|{new.rank}".encode()).hexdigest()
    made = BankLine(account=row.account, statement=row, on=one.on, cents=one.cents, fingerprint=key)
    made.value_on, made.label, made.party, made.reference = one.value_on, one.label, one.party, one.reference
    made.party_account, made.bank_ref = one.party_account, one.bank_ref
    return made


@dataclass(frozen=True, slots=True)
class Hole:
    """Days between two statements whose balances do not meet: a file lacks, or one is wrong."""

    after: date
    before: date
    cents: int


def holes(rows: QuerySet[BankStatement] | list[BankStatement]) -> list[Hole]:
    """Return where the statements of one account do not follow one another, by their balances."""
    known = [one for one in rows if one.opening_cents is not None and one.first and one.last]
    known.sort(key=lambda one: (one.last, one.first))
    found = []
    for before, after in pairwise(known):
        overlap = after.first is not None and before.last is not None and after.first <= before.last
        if not overlap and before.closing_cents != after.opening_cents:
            gap = (after.opening_cents or 0) - (before.closing_cents or 0)
            found.append(Hole(before.last, after.first, gap))  # type: ignore[arg-type]
    return found


__all__ = ["Brought", "Hole", "bring", "holes", "open_account", "unreadable", "valid_iban"]
