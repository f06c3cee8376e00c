"""The portfolio assistant: off until the committee asks, then what is asked of it and what it found."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from terreau.calls.models import Category
from terreau.calls.perms import CallSpace
from terreau.common.errors import DomainError, NotFoundError
from terreau.exchanges.acting import Act, Played, PressForm, play
from terreau.selection import (
    assisting,
    call_rules,
    committee,
    perms,
    portfolio_rules,
    portfolio_words,
    proposing,
    read,
    views,
)
from terreau.selection.call_rules import Group
from terreau.selection.forms import AskForm, SearchForm
from terreau.selection.models import Committee, Outcome, PortfolioRun
from terreau.selection.read import Sheet


@require_http_methods(["GET", "HEAD", "POST"])
def assistant(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The assistant of the committee of a call."""
    page = _Assistant(request, perms.enter(request, slug, *perms.DECIDERS))
    played = play(request, page.acts, request.path)
    if not isinstance(played, Played):
        return played
    return views.show(
        request, page.space, "selection/assistant.html", page.context(played), status=played.status
    )


class _Assistant:
    """What the page of the assistant holds, read once."""

    def __init__(self, request: HttpRequest, space: CallSpace) -> None:
        self.request, self.space = request, space
        self.body = committee.of_call(space.call)

    @cached_property
    def sheet(self) -> Sheet:
        """The table of the committee as the person sees it."""
        return read.sheet(self.space.call, user=self.space.user, held=self.space.standing)

    @property
    def acts(self) -> dict[str, Act]:
        """What may be done here."""
        form: Callable[..., SearchForm] = partial(
            SearchForm,
            portfolio=self.space.call.portfolio,
            groups=self._groups,
            initial={"envelope": max(0, self.sheet.purse.state.left)},
        )
        return {
            "ask": Act(self._allow, AskForm, self._ask),
            "search": Act(self._allow, form, self._search),
            "stop": Act(self._allow, PressForm, self._stop),
            "take": Act(self._allow, PressForm, self._take, self._ranking),
        }

    @cached_property
    def _groups(self) -> list[Group]:
        files = [row.dossier for row in self.sheet.rows]
        labels: dict[str, Any] = dict(Category.choices)
        return call_rules.groups(
            {one.zone.code: one.zone.name for one in files if one.zone},
            {one.category: str(labels.get(one.category, one.category)) for one in files},
            self.space.call.portfolio,
        )

    def _allow(self) -> None:
        perms.require(self.space.call, self.space.user, *perms.DECIDERS)

    def _ranking(self) -> str:
        return reverse("committee", args=[self.space.call.slug])

    @property
    def _body(self) -> Committee:
        if self.body is None:
            raise DomainError("no_committee", _("Composez d'abord le comité de cet appel."), status=409)
        return self.body

    def _ask(self, form: AskForm) -> str:
        committee.ask_assistant(self._body, why=form.cleaned_data["why"], by=self.space.user)
        return _("L'assistant est ouvert : il propose, le comité décide.")

    def _search(self, form: SearchForm) -> str:
        said = form.cleaned_data
        held = self._held() if said["keep"] else {}
        asked = assisting.problem(
            self.sheet,
            form.rules(),
            envelope=said["envelope"],
            step=said["step"] or 0,
            minimum_rate=form.rate,
            decided=held,
        )
        assisting.start(self._body, asked, by=self.space.user)
        return ""

    def _held(self) -> dict[str, str]:
        """Return what the committee itself proposed, by hand: the assistant keeps it."""
        words = {Outcome.LAUREATE.value: "in", Outcome.REFUSED.value: "out"}
        return {
            str(row.dossier.pk): words[row.proposed]
            for row in self.sheet.rows
            if row.proposed in words and row.proposal and row.proposal.run_id is None
        }

    def _run(self, about: str) -> PortfolioRun:
        rows = PortfolioRun.objects.filter(committee=self.space.call.pk).select_related("committee__call")
        row = next((one for one in rows if str(one.pk) == about), None)
        if row is None:
            raise NotFoundError("not_found", _("Cette recherche n'existe pas."))
        return row

    def _stop(self, form: PressForm) -> str:
        assisting.stop(self._run(form.cleaned_data["about"]), by=self.space.user)
        return _("La recherche s'arrête.")

    def _take(self, form: PressForm) -> str:
        hidden = self._hidden()
        count = proposing.take(self._run(form.cleaned_data["about"]), by=self.space.user, hidden=hidden)
        return ngettext(
            "%(count)d proposition reprise de l'assistant : changez ce que vous voulez.",
            "%(count)d propositions reprises de l'assistant : changez ce que vous voulez.",
            count,
        ) % {"count": count}

    def _hidden(self) -> set[UUID]:
        shown = {row.dossier.pk for row in self.sheet.rows}
        asked = {UUID(one["id"]) for run in self._runs for one in run.problem["files"]}
        return asked - shown

    @cached_property
    def _runs(self) -> list[PortfolioRun]:
        rows = PortfolioRun.objects.filter(committee=self.space.call.pk).select_related("by", "taken_by")
        return list(rows[:5])

    def context(self, played: Played) -> dict[str, Any]:
        """What the template draws."""
        compared = [row for row in self.sheet.rows if not row.decision and assisting.comparable(row)]
        waiting = [row for row in self.sheet.rows if not row.decision]
        runs = [_shown(run, self.sheet) for run in self._runs]
        return {
            "body": self.body,
            "sheet": self.sheet,
            "forms": played,
            "search": played["search"],
            "compared": len(compared),
            "left_out": [row for row in waiting if row not in compared],
            "last": runs[0] if runs else None,
            "before": runs[1:],
            "most_files": portfolio_rules.MOST_FILES,
            "others": [portfolio_words.rule(one) for one in call_rules.untyped(self.space.call.portfolio)],
        }


def _shown(run: PortfolioRun, sheet: Sheet) -> dict[str, Any]:
    """Return a search with the names of its files, for a template."""
    rows = {str(row.dossier.pk): row for row in sheet.rows}
    result = run.result or {}

    def named(key: str) -> str:
        return rows[key].dossier.name if key in rows else _("un dossier que vous ne voyez pas")

    def told(text: str) -> str:
        for key, row in rows.items():
            text = text.replace(key, f"« {row.dossier.name} »")
        return text

    return {
        "run": run,
        "going": run.state in {PortfolioRun.State.WAITING, PortfolioRun.State.RUNNING},
        "result": result,
        "awards": [(rows.get(one["id"]), named(one["id"]), one) for one in result.get("awards", [])],
        "rules": [
            {
                **one,
                "enter": [named(key) for key in (one["price"] or {}).get("enter", [])],
                "leave": [named(key) for key in (one["price"] or {}).get("leave", [])],
            }
            for one in result.get("rules", [])
        ],
        "decided": [{**one, "words": told(one["words"])} for one in result.get("decided", [])],
        "conflict": [told(one["words"]) for one in (result.get("conflict") or {}).get("rules", [])],
        "enough": [told(one) for one in (result.get("conflict") or {}).get("enough_without", [])],
    }
