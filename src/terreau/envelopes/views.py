"""The envelopes of a programme: what is open, committed, paid, left; what moved; what n poles would cost."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, partial
from typing import Any, Final

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from terreau.accounts.second_factor import sensitive
from terreau.calls.models import Call, Sponsor, Strand
from terreau.common.errors import RefusedError
from terreau.common.money import Euro
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.envelopes import actions, perms, read, rules, scenarios
from terreau.envelopes.forms import BudgetForm, OpenForm, ScenarioForm
from terreau.envelopes.models import Envelope
from terreau.envelopes.pages import in_its_form
from terreau.exchanges.acting import Act, Played, new_key, play
from terreau.journal.actions import refuse

_ROWS: Final = 50

MOVES = (
    Column(gettext_lazy("Jour"), lambda one: timezone.localdate(one.at), "date"),
    Column(gettext_lazy("Enveloppe"), lambda one: one.envelope.name),
    Column(gettext_lazy("Mouvement"), lambda one: str(one.get_kind_display())),
    Column(gettext_lazy("Montant en euros"), lambda one: Euro(one.cents), "number"),
    Column(gettext_lazy("Dossier"), lambda one: one.dossier.reference if one.dossier else ""),
    Column(gettext_lazy("Bénéficiaire"), lambda one: one.dossier.applicant.name if one.dossier else ""),
    Column(gettext_lazy("Motif"), lambda one: one.reason),
)


@require_http_methods(["GET", "HEAD", "POST"])
def envelope(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The envelopes of a programme, for those who hold a role in it; of a call, for who owns it."""
    page = _Page(request, perms.enter(request, slug))
    name = f"enveloppe-{page.programme.slug}"
    if made := export_response(request, page.moves, MOVES, name, title=_("Mouvements des enveloppes")):
        return made
    if request.method == "POST":
        page.own()
        return _written(request, page)
    return _shown(request, page, play(request, page.acts, request.path))


@sensitive
def _written(request: HttpRequest, page: _Page) -> HttpResponseBase:
    return _shown(request, page, play(request, page.acts, request.path))


def _shown(request: HttpRequest, page: _Page, played: Any) -> HttpResponseBase:
    if not isinstance(played, Played):
        return played  # type: ignore[no-any-return]
    response = render(request, "envelopes/envelope.html", page.context(played), status=played.status)
    add_never_cache_headers(response)
    return response


def _origin(values: dict[str, Any]) -> str:
    """Return what makes a form that was sent twice count once."""
    return f"page:{values['key']}" if values.get("key") else ""


class _Page:
    """What the page of envelopes holds, read once."""

    def __init__(self, request: HttpRequest, reader: perms.Reader) -> None:
        self.request, self.reader = request, reader
        self.programme, self.standing, self.user = reader.programme, reader.standing, reader.user

    def own(self) -> None:
        """Let pass the owner alone."""
        if not self.standing.owner:
            words = _("Seul le porteur du programme ouvre et change ses enveloppes.")
            refuse(self.programme.subject, "envelope.write", by=self.user, reason=words)
            raise RefusedError("not_owner", words)

    @cached_property
    def rows(self) -> list[Envelope]:
        """The envelopes that the person reads, each after the one it is taken out of."""
        if self.reader.calls:
            return read.of_calls(self.programme, self.reader.calls)
        return read.of_programme(self.programme)

    @cached_property
    def moves(self) -> Any:
        """What moved that the person reads, the last first."""
        return read.moves(self.rows).filter(self.reader.of_theirs)

    @cached_property
    def total(self) -> rules.State:
        """What they hold together."""
        return read.total(self.rows)

    @cached_property
    def acts(self) -> dict[str, Act]:
        """What the buttons of the page do."""
        if not self.standing.owner:
            return {}
        rows = {"open": Act(self.own, self._open_form, self._open), **dict(self._budgets())}
        return {name: in_its_form(act) for name, act in rows.items()}

    def _budgets(self) -> Iterator[tuple[str, Act]]:
        for row in self.rows:
            form = partial(BudgetForm, initial={"key": new_key()})
            yield f"budget-{row.pk.hex}", Act(self.own, form, self._budget(row))

    def _open_form(self, *args: Any, **kwargs: Any) -> OpenForm:
        calls = Call.objects.filter(programme=self.programme).order_by("-closes_at", "slug")
        sponsors = Sponsor.objects.filter(call__programme=self.programme).select_related("call")
        places = {
            "parent": [(row.pk.hex, row.name) for row in self.rows],
            "strand": [(str(row.pk), row.name) for row in Strand.objects.filter(programme=self.programme)],
            "call": [(str(row.pk), row.title) for row in calls],
            "sponsor": [(str(row.pk), f"{row.name} – {row.call.title}") for row in sponsors],
        }
        kwargs["initial"] = {"key": new_key()}
        if not self.rows:
            # What the programme says of itself, to be confirmed by opening it.
            kwargs["initial"] |= {
                "name": self.programme.name,
                "cents": self.programme.envelope_cents,
                "source": self.programme.source,
            }
        return OpenForm(*args, places=places, **kwargs)

    def _open(self, form: Any) -> str:
        values = form.cleaned_data
        sponsor = Sponsor.objects.filter(pk=int(values.get("sponsor") or 0)).select_related("call").first()
        call = Call.objects.filter(pk=values["call"]).first() if values.get("call") else None
        actions.open(
            self.programme,
            name=values["name"],
            cents=values["cents"],
            parent=next((row for row in self.rows if row.pk.hex == values.get("parent")), None),
            strand=Strand.objects.filter(pk=int(values.get("strand") or 0)).first(),
            call=call or (sponsor.call if sponsor else None),
            sponsor=sponsor,
            year=values["year"],
            source=values["source"],
            by=self.user,
            origin=_origin(values),
        )
        return _("L'enveloppe est ouverte.")

    def _budget(self, row: Envelope) -> Any:
        def budget(form: Any) -> str:
            values = form.cleaned_data
            cents = values["cents"] if values["way"] == "more" else -values["cents"]
            actions.budget(row, cents, reason=values["reason"], by=self.user, origin=_origin(values))
            return _("Le montant de l'enveloppe est changé.")

        return budget

    def context(self, played: Played) -> dict[str, Any]:
        """Return what the page shows."""
        scenario = ScenarioForm(self.request.GET) if "poles" in self.request.GET else ScenarioForm()
        page = Paginator(self.moves, _ROWS).get_page(self.request.GET.get("page"))
        return {
            "forms": played,
            "programme": self.programme,
            "owner": self.standing.owner,
            "calls": self.reader.calls,
            "rows": [self._row(row) for row in self.rows],
            "total": self.total,
            "page": page,
            "scenario": scenario,
            "outcome": self._outcome(scenario),
            "examples": [self._example(one) for one in scenarios.proposed()],
        }

    def _row(self, row: Envelope) -> dict[str, Any]:
        whole = row.budget_cents or 1
        return {
            "row": row,
            "state": row.state,
            "depth": self._depth(row),
            "act": f"budget-{row.pk.hex}",
            "used": f"{(row.committed_cents + row.allotted_cents) / whole:.4f}",
        }

    def _depth(self, row: Envelope) -> int:
        held = {one.pk: one.parent_id for one in self.rows}
        depth, parent = 0, row.parent_id
        while parent in held:
            depth, parent = depth + 1, held[parent]
        return depth

    def _outcome(self, form: ScenarioForm) -> rules.Outcome | None:
        if not form.is_bound or not form.is_valid():
            return None
        values = form.cleaned_data
        scenario = rules.Scenario(values["poles"], values["aid"], values["years"])
        return rules.simulate(scenario, self.total.left)

    def _example(self, one: scenarios.Proposed) -> dict[str, Any]:
        found = rules.simulate(one.scenario, self.total.left)
        aid = one.scenario.aid
        return {"outcome": found, "source": one.source, "typed": f"{aid // 100},{aid % 100:02d}"}
