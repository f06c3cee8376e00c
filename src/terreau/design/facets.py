"""The values of a filter as links. A directory shows some two hundred: no template writes them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from terreau.design import addresses

#: Values shown before « encore … valeurs ».
VISIBLE = 7


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that may be chosen: its code, what is read, how many lines it leaves, whether it is chosen."""

    code: str
    label: str
    count: int
    selected: bool


def folded(choices: Sequence[Choice]) -> tuple[list[Choice], list[Choice]]:
    """Split a long list of values: the first ones and every selected one, then the rest."""
    if len(choices) <= VISIBLE + 2:
        return list(choices), []
    first = [choice for i, choice in enumerate(choices) if i < VISIBLE or choice.selected]
    rest = [choice for i, choice in enumerate(choices) if i >= VISIBLE and not choice.selected]
    return first, rest


def links(request: HttpRequest, name: str, choices: Sequence[Choice], *, several: bool) -> SafeString:
    """Return the items of the list: each link adds a value to the filter ``name``, or takes it away."""
    address, path = addresses.varying(request, name), escape(request.path)
    remove = escape(_("retirer ce filtre"))
    items = []
    for choice in choices:
        values = addresses.toggled(request.GET, name, choice.code, several=several)
        href = escape(address(values))
        chosen, current, note = "", "", ""
        if choice.selected:
            chosen, current = " is-selected", ' aria-current="true"'
            note = f'<span class="visually-hidden"> ({remove})</span>'
        items.append(
            f'<li><a class="facet-value{chosen}" href="{href}" rel="nofollow"{current} hx-get="{path}{href}" '
            f'hx-target="#resultats" hx-select="#resultats" hx-swap="outerMorph" hx-push-url="true">'
            f'<span class="facet-box" aria-hidden="true"></span><span class="facet-label">'
            f"{escape(choice.label)}{note}</span> "
            f'<span class="facet-count">{choice.count}</span></a></li>'
        )
    return mark_safe("".join(items))  # noqa: S308 (every variable part is escaped)
