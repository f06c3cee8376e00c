"""The state of a list is in its address: these functions change one part of a query and keep the rest."""

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

#: Parameters that say where one is in a list: changing a filter forgets them.
POSITION = ("cursor", "format")


def query(request: HttpRequest, changes: Mapping[str, str | list[str] | None]) -> str:
    """Return ``?…`` for the current query with ``changes``; ``None`` or an empty value removes a name.

    The position in the list (``cursor``) and the export ``format`` are dropped unless they are set.
    Returns ``?`` alone when nothing is left, so that a link still leads to the bare page.
    """
    pairs: dict[str, list[str]] = {
        name: values for name, values in request.GET.lists() if name not in POSITION
    }
    for name, value in changes.items():
        pairs[name] = [value] if isinstance(value, str) else list(value or [])
    return "?" + urlencode([(n, v) for n, values in pairs.items() for v in values if v])


def varying(request: HttpRequest, name: str) -> Callable[[Sequence[str]], str]:
    """Return the function that gives the values of ``name`` to the current query, as `query` does.

    What does not change is written once: a list of filters makes hundreds of addresses.
    """
    names = [(n, values) for n, values in request.GET.lists() if n not in POSITION]
    place = next((i for i, (n, _values) in enumerate(names) if n == name), len(names))
    before, after = _encoded(names[:place]), _encoded(names[place + 1 :])

    def address(values: Sequence[str]) -> str:
        return "?" + "&".join(part for part in (before, _encoded([(name, values)]), after) if part)

    return address


def _encoded(names: Sequence[tuple[str, Sequence[str]]]) -> str:
    return urlencode([(name, value) for name, values in names for value in values if value])


def toggled(params: QueryDict, name: str, code: str, *, several: bool) -> list[str]:
    """Return the values of ``name`` after a click on ``code``: removed if there, added or alone if not."""
    current = [value for value in params.getlist(name) if value]
    if code in current:
        return [value for value in current if value != code]
    return [*current, code] if several else [code]
