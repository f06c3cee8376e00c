"""A lack of money, said where the amount was typed."""

from dataclasses import replace
from typing import Any

from terreau.common.errors import DomainError, RefusedError
from terreau.exchanges.acting import Act


def in_its_form(act: Act) -> Act:
    """Return an act whose page keeps what was typed when an envelope or a condition stands in its way (409).

    A right that is refused (403) stays a page of its own.
    """

    def do(form: Any) -> str:
        try:
            return act.do(form)
        except RefusedError as error:
            if error.status == RefusedError.status:
                raise
            raise DomainError(error.code, error.message, facts=error.facts, status=error.status) from error

    return replace(act, do=do)
