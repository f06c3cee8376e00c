"""What a call asks of the choice of its files: typed by its owner, before anything is chosen."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from terreau.calls import building, people
from terreau.calls.models import Category
from terreau.calls.perms import CallSpace
from terreau.exchanges.acting import Act, Played, play
from terreau.selection import call_rules, perms, portfolio_words, views
from terreau.selection.forms import CallRulesForm


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The rules of the choice: read by who reads the ranking, written by the owner of the call."""
    space = perms.enter(request, slug)
    acts = {"rules": Act(partial(_owner, space), _form(space), partial(_write, space))}
    played = play(request, acts, request.path)
    if not isinstance(played, Played):
        return played
    return views.show(request, space, "selection/rules.html", _context(space, played), status=played.status)


def _owner(space: CallSpace) -> None:
    perms.require(space.call, space.user, *perms.OWNERS)


def _form(space: CallSpace) -> Any:
    call = space.call
    labels: dict[str, Any] = dict(Category.choices)
    regions = {one.code: one.name for one in people.regions()}
    kinds = {code: str(labels.get(code, code)) for code in call.categories}
    return partial(CallRulesForm, call=call, groups=call_rules.groups(regions, kinds, call.portfolio))


def _write(space: CallSpace, form: CallRulesForm) -> str:
    building.change(space.call, base=form.base, mine=form.mine, by=space.user)
    return _("Les règles du choix sont enregistrées : l'assistant du comité part d'elles.")


def _context(space: CallSpace, played: Played) -> dict[str, Any]:
    call = space.call
    return {
        "forms": played,
        "owner": space.standing.owner,
        "rules": [portfolio_words.rule(one) for one in call_rules.rules_of(call.portfolio)],
        "others": [portfolio_words.rule(one) for one in call_rules.untyped(call.portfolio)],
    }
