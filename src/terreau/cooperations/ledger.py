"""One line of the ledger for what this room moves; a refusal names the field that it comes from."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from terreau.accounts.models import User
from terreau.common.errors import DomainError
from terreau.flows import actions as flows
from terreau.flows.models import Flow
from terreau.flows.rules import Entry
from terreau.poles.models import Pole

_FIELDS: Final[Mapping[str, str]] = {"cents": "amount", "thousandths": "quantity", "receiver": "receiver"}


def write(pole: Pole, entry: Entry, *, today: date, by: User) -> Flow:
    """Write one line in the book of the pole; raise ``DomainError`` with the first problem and its field."""
    try:
        return flows.record(pole.actor, [entry], by=by, today=today)[0]
    except DomainError as error:
        problems = error.facts.get("problems") or []
        if not problems:
            raise
        first = problems[0]
        field = _FIELDS.get(first["field"], first["field"])
        raise DomainError(first["code"], first["message"], facts={"field": field}) from error
