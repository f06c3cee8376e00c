"""The page of an exchange: what each says side by side, what differs and why, what one may answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from terreau.common.errors import RefusedError
from terreau.design.export import export_response
from terreau.exchanges.acting import Act, Played, play
from terreau.journal.actions import refuse
from terreau.poles.workspace import Workspace, enter, show
from terreau.trade import actions, attribution, known, read, rules, who, words
from terreau.trade.forms import AnswerForm, PressedForm, RefuseForm, WhyForm
from terreau.trade.models import Exchange, Step
from terreau.trade.views import COLUMNS
from terreau.trade.who import Seen


@require_http_methods(["GET", "HEAD", "POST"])
def exchange(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """One exchange, for its two parties; for who animates when both agreed to it, to read."""
    ws = enter(request, slug)
    page = _Page(ws, who.fetch(ws, pk), request.GET.get("cote", ""))
    made = export_response(request, [page.told], COLUMNS, f"echange-{pk}")
    if made is not None:
        return made
    played = play(request, page.acts(), request.path)
    if not isinstance(played, Played):
        return played
    fresh = page if played.status == 200 else _Page(ws, who.fetch(ws, pk), page.side)
    return show(request, ws, "trade/exchange.html", fresh.context(played), status=played.status)


class _Page:
    """An exchange as a person reads and answers it, in the name of one side."""

    def __init__(self, ws: Workspace, seen: Seen, asked: str) -> None:
        self.ws, self.seen, self.row = ws, seen, seen.exchange
        own = {
            actor
            for side, actor in ((rules.SELLER, self.row.seller_id), (rules.BUYER, self.row.buyer_id))
            if side in seen.sides
        }
        (self.told,) = read.told([self.row], own)
        self.side = asked if asked in seen.sides else seen.side
        index = 1 if self.side == rules.BUYER else 0
        self.mine, self.theirs = self.told.sides[index], self.told.sides[1 - index]

    def acts(self) -> dict[str, Act]:
        """Return what the forms of the page do."""
        found: dict[str, tuple[Any, Callable[[Any], str]]] = {
            "confirm": (WhyForm, self._confirm),
            "correct": (AnswerForm, self._correct),
            "refuse": (RefuseForm, self._refuse),
            "withdraw": (PressedForm, self._withdraw),
            "attribute": (WhyForm, self._attribute),
            "invoice": (PressedForm, self._invoice),
        }
        return {name: Act(self._require, self._form(name, kind), do) for name, (kind, do) in found.items()}

    def _form(self, name: str, kind: Any) -> Callable[..., Any]:
        def make(*args: Any, **kwargs: Any) -> Any:
            return kind(*args, row=self.row, side=self.side, initial=self._initial(name), **kwargs)

        return make

    def _initial(self, name: str) -> dict[str, Any]:
        mine, theirs = self.mine.said, self.theirs.said
        if name == "confirm":
            return {"why": (mine.why if mine else "") or (theirs.why if theirs else "")}
        if name == "attribute":
            return {"why": mine.why if mine else ""}
        said = mine or theirs
        if name != "correct" or said is None:
            return {}
        return {
            "on": said.on,
            "cents": abs(said.cents),
            "number": said.number,
            "label": said.label,
            "why": said.why if mine else "",
            "net": None if said.net_cents is None else abs(said.net_cents),
            "credit": said.cents < 0,
        }

    def _require(self) -> None:
        if not self.seen.sides:
            self._deny()

    def _deny(self) -> NoReturn:
        reason = _("Seules les deux organisations répondent de leur échange.")
        refuse(self.ws.pole.actor.subject, "trade.answer", by=self.ws.user, reason=reason)
        raise RefusedError("not_yours", reason)

    def _said(self, form: Any) -> dict[str, Any]:
        """Return in whose name and after what the person answers; a side that is not theirs is refused."""
        if form.cleaned_data["side"] not in self.seen.sides:
            self._deny()
        return {"side": form.cleaned_data["side"], "seen": form.cleaned_data["seen"], "by": self.ws.user}

    def _confirm(self, form: Any) -> str:
        actions.confirm(self.row, **self._said(form), why=form.cleaned_data["why"])
        return _("L'échange est convenu : il est écrit une fois, au livre du pôle.")

    def _correct(self, form: Any) -> str:
        values = {"label": form.cleaned_data["label"], "reason": form.cleaned_data["reason"]}
        said = self._said(form)
        made = actions.correct(self.row, said.pop("side"), form.told, **said, **values, today=self.ws.today)
        if made.state == rules.AGREED:
            return _("Vous dites maintenant la même chose : l'échange est convenu.")
        return _("Votre version est écrite ; l'autre organisation est prévenue.")

    def _refuse(self, form: Any) -> str:
        actions.refuse(self.row, **self._said(form), reason=form.cleaned_data["reason"])
        return _("L'échange est contesté ; l'autre organisation sait pourquoi.")

    def _withdraw(self, form: Any) -> str:
        actions.withdraw(self.row, **self._said(form))
        return _("Votre déclaration est reprise.")

    def _attribute(self, form: Any) -> str:
        made = actions.attribute(self.row, **self._said(form), why=form.cleaned_data["why"])
        if made.state == rules.AGREED and made.why:
            return _("Vous donnez tous deux le même motif : il est convenu.")
        return _("Votre motif est écrit ; il sera convenu quand l'autre donnera le même.")

    def _invoice(self, form: Any) -> str:
        actions.invoice(self.row, **self._said(form))
        return _("L'échange est en compte : il peut entrer dans une compensation.")

    def context(self, played: Played) -> dict[str, Any]:
        """Return what the page shows."""
        said = self.told.said
        shows = known.evidence(self.row, said.on) if said else []
        why = self.row.why or (said.why if said else "")
        return {
            "told": self.told,
            "exchange": self.row,
            "side": self.side,
            "mine": self.mine if self.seen.sides else None,
            "theirs": self.theirs,
            "both": len(self.seen.sides) > 1,
            "differences": [words.difference(one) for one in self.told.differences],
            "versions": [_version(one) for one in self.told.sides],
            "agreed_why": attribution.label(self.row.why),
            "agreed_due": attribution.due(self.row.why),
            "shows": [attribution.label(code) for code in shows],
            "borne_out": attribution.borne_out(why, shows),
            "steps": _steps(self.row),
            "forms": played,
            "can": _can(self.row, mine=self.mine.said is not None, theirs=self.theirs.said is not None)
            if self.seen.sides
            else {},
            "corrected": self.row.state == rules.AGREED
            and self.row.flow is not None
            and hasattr(self.row.flow, "reversed_by"),
        }


def _version(one: read.Side) -> dict[str, Any]:
    said = one.said
    return {
        "side": one,
        "said": said,
        "why": attribution.label(said.why) if said else "",
        "how": str(said.get_how_display()) if said else "",
        "status": "justifie" if said and said.how in {"fec", "invoice_file"} else "declare",
    }


def _can(row: Exchange, *, mine: bool, theirs: bool) -> dict[str, bool]:
    """Return what may be answered where the exchange stands."""
    opened = row.state not in {rules.AGREED, rules.WITHDRAWN}
    return {
        "confirm": opened and theirs,
        "correct": row.state != rules.WITHDRAWN,
        "refuse": opened and theirs,
        "withdraw": opened and mine,
        "attribute": mine and row.state in {rules.WAITING, rules.DIFFERS, rules.AGREED},
        "invoice": row.state == rules.AGREED and (row.cents or 0) > 0 and row.invoice_id is None,
    }


def _steps(row: Exchange) -> list[dict[str, Any]]:
    names = {rules.SELLER: row.seller.name, rules.BUYER: row.buyer.name}
    return [
        {
            "at": one.at,
            "who": names[one.side],
            "what": str(words.VERBS.get(one.verb, one.verb)),
            "cents": one.cents,
            "reason": one.reason,
        }
        for one in Step.objects.filter(exchange=row).order_by("pk")
    ]
