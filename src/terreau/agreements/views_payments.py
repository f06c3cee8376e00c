"""Where the money of a file is: its steps, requests and their check, payments, money asked back."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from terreau.agreements import noting, paying, perms, read
from terreau.agreements.forms import (
    AcceptForm,
    AskForm,
    PayForm,
    ReceivedForm,
    RecoverForm,
    WhyForm,
)
from terreau.agreements.models import Agreement, Expense, Payment, PaymentPiece, PaymentRequest, Recovery
from terreau.agreements.pages import allowing, answer, asking_once, brought, show, space_of
from terreau.agreements.read import Money, Part
from terreau.common.money import Euro
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.dossiers.perms import DossierSpace
from terreau.exchanges.acting import Act, Played, PressForm, new_key
from terreau.pieces.models import Piece
from terreau.poles.standing import can_run

#: What moves money: a proof of who one is comes first.
_PROVED = ("accept-", "pay-", "back-", "recover", "received-")
_State = PaymentRequest.State

PAYMENTS = (
    Column(gettext_lazy("Versé le"), lambda one: one.paid_on, "date"),
    Column(gettext_lazy("Montant en euros"), lambda one: Euro(one.cents), "number"),
    Column(gettext_lazy("Référence du virement"), lambda one: one.reference),
    Column(gettext_lazy("Demande"), lambda one: one.request.number, "integer"),
)


@require_http_methods(["GET", "HEAD", "POST"])
@asking_once
def payments(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Where the money is, for the applicant and for who instructs alike."""
    page = _Page(request, space_of(request, pk))
    name = f"versements-{page.dossier.reference.lower()}"
    made = [one for part in page.parts for one in part.payments]
    if file := export_response(request, made, PAYMENTS, name, title=_("Versements")):
        return file
    played = answer(request, lambda: page.acts, lambda act: act.startswith(_PROVED))
    if not isinstance(played, Played):
        return played
    return show(request, page.space, "payments", page.context(played), status=played.status)


class _Page:
    """What the page of the payments holds, read once."""

    def __init__(self, request: HttpRequest, space: DossierSpace) -> None:
        self.request, self.space, self.dossier = request, space, space.dossier
        self.user = space.user
        self.runs = bool(perms.runs(space))
        self.engages = bool(perms.engages(space))

    @cached_property
    def row(self) -> Agreement | None:
        """The agreement."""
        return read.agreement_of(self.dossier)

    @cached_property
    def parts(self) -> list[Part]:
        """The schedule with what became of each instalment."""
        return read.parts(self.row) if self.row else []

    @cached_property
    def money(self) -> Money:
        """Where the money is."""
        return read.money_of(self.dossier, self.row, self.parts)

    @cached_property
    def recoveries(self) -> list[Recovery]:
        """What is asked back."""
        return list(Recovery.objects.filter(agreement=self.row).order_by("id")) if self.row else []

    @cached_property
    def notes(self) -> bool:
        """Say whether the person may write in the forecast of the pole."""
        pole = self.dossier.pole
        return pole is not None and bool(can_run(self.user, pole, on=timezone.localdate()))

    @cached_property
    def acts(self) -> dict[str, Act]:
        """What the buttons of the page do."""
        if self.row is None or self.row.state not in {Agreement.State.SIGNED, Agreement.State.ENDED}:
            return {}
        run = allowing(perms.runs, self.space, "payment.run")
        engage = allowing(perms.engages, self.space, "payment.ask")
        rows: dict[str, Act] = {}
        for part in self.parts:
            rows.update(self._of_part(part, run, engage))
        if self.money.paid:
            rows["recover"] = Act(run, self._recover_form, self._recover)
        for one in self.recoveries:
            if one.state == Recovery.State.ASKED:
                rows[f"received-{one.pk.hex}"] = Act(run, ReceivedForm, self._received(one))
                rows[f"forgive-{one.pk.hex}"] = Act(run, WhyForm, self._forgive(one))
        return rows

    def _of_part(self, part: Part, run: Any, engage: Any) -> Iterator[tuple[str, Act]]:
        if part.open:
            yield f"ask-{part.instalment.pk.hex}", Act(engage, self._ask_form(part), self._ask(part))
        one = part.request
        if one is None:
            return
        key = one.pk.hex
        if one.state in {_State.SENT, _State.RETURNED}:
            yield f"withdraw-{key}", Act(engage, PressForm, self._withdraw(one))
        if one.state == _State.RETURNED:
            yield f"complete-{key}", Act(engage, self._complete_form(one), self._complete(one))
        if one.state == _State.SENT:
            yield f"accept-{key}", Act(run, self._accept_form(one), self._accept(one))
            yield f"return-{key}", Act(run, WhyForm, self._return(one))
            yield f"refuse-{key}", Act(run, WhyForm, self._refuse(one))
        if one.state == _State.ACCEPTED:
            yield f"pay-{key}", Act(run, self._pay_form(one, part), self._pay(one))
        for payment in part.payments:
            if payment.reverses_id is None and not hasattr(payment, "reversed_by"):
                yield f"back-{payment.pk.hex}", Act(run, WhyForm, self._back(payment))
                if self.notes and noting.can_note(self.dossier, payment):
                    yield f"note-{payment.pk.hex}", Act(lambda: None, PressForm, self._note(payment))

    def _ask_form(self, part: Part) -> Any:
        start = {"key": new_key(), "cents": part.instalment.cents}
        return lambda *args, **kwargs: AskForm(*args, initial=start, **kwargs)

    def _complete_form(self, one: PaymentRequest) -> Any:
        start = {"key": one.key, "cents": one.cents, "note": one.note}
        return lambda *args, **kwargs: AskForm(*args, initial=start, **kwargs)

    def _accept_form(self, one: PaymentRequest) -> Any:
        start = {"cents": one.cents, "seen": one.version}
        return lambda *args, **kwargs: AcceptForm(*args, initial=start, **kwargs)

    def _pay_form(self, one: PaymentRequest, part: Part) -> Any:
        left = (one.accepted_cents or 0) - part.paid
        start = {"cents": left, "key": new_key(), "paid_on": timezone.localdate()}
        return lambda *args, **kwargs: PayForm(*args, initial=start, **kwargs)

    def _recover_form(self, *args: Any, **kwargs: Any) -> RecoverForm:
        return RecoverForm(*args, initial={"key": new_key()}, **kwargs)

    def _pieces(self, form: AskForm) -> list[tuple[Piece, str]]:
        found = [brought(self.dossier.subject, one, by=self.user) for one in form.brought()]
        return [(one, one.name) for one in found if one is not None]

    def _ask(self, part: Part) -> Any:
        def ask(form: AskForm) -> str:
            values = form.cleaned_data
            paying.ask(
                part.instalment,
                cents=values["cents"],
                key=values["key"],
                note=values["note"],
                expenses=form.expenses(),
                pieces=self._pieces(form),
                by=self.user,
            )
            return _("Votre demande est envoyée : vous suivez ici chaque étape.")

        return ask

    def _complete(self, one: PaymentRequest) -> Any:
        def complete(form: AskForm) -> str:
            paying.complete(
                one,
                cents=form.cleaned_data["cents"],
                note=form.cleaned_data["note"],
                expenses=form.expenses(),
                pieces=self._pieces(form),
                by=self.user,
            )
            return _("Votre demande complétée est envoyée.")

        return complete

    def _withdraw(self, one: PaymentRequest) -> Any:
        def withdraw(_form: Any) -> str:
            paying.withdraw(one, by=self.user)
            return _("Cette demande est retirée.")

        return withdraw

    def _accept(self, one: PaymentRequest) -> Any:
        def accept(form: Any) -> str:
            values = form.cleaned_data
            paying.accept(one, cents=values["cents"], seen=values["seen"], by=self.user)
            return _("La demande est acceptée : elle attend son paiement.")

        return accept

    def _return(self, one: PaymentRequest) -> Any:
        def give_back(form: Any) -> str:
            paying.give_back(one, why=form.cleaned_data["why"], by=self.user)
            return _("La demande est rendue à compléter.")

        return give_back

    def _refuse(self, one: PaymentRequest) -> Any:
        def refuse(form: Any) -> str:
            paying.refuse(one, why=form.cleaned_data["why"], by=self.user)
            return _("La demande est refusée, et son motif est transmis.")

        return refuse

    def _pay(self, one: PaymentRequest) -> Any:
        def pay(form: Any) -> str:
            values = form.cleaned_data
            origin = f"desk:{values['key']}"
            paying.pay(
                one,
                cents=values["cents"],
                paid_on=values["paid_on"],
                reference=values["reference"],
                by=self.user,
                origin=origin,
            )
            return _("Le versement est enregistré.")

        return pay

    def _back(self, payment: Payment) -> Any:
        def back(form: Any) -> str:
            paying.come_back(payment, reason=form.cleaned_data["why"], by=self.user)
            return _("Ce versement est revenu : la demande est de nouveau à payer.")

        return back

    def _note(self, payment: Payment) -> Any:
        def note(_form: Any) -> str:
            if self.row is not None:
                noting.note(self.row, payment, by=self.user)
            return _("Ce versement est noté dans les financements du pôle et dans son livre.")

        return note

    def _recover(self, form: Any) -> str:
        if self.row is not None:
            values = form.cleaned_data
            origin = f"desk:{values['key']}"
            paying.ask_back(
                self.row,
                cents=values["cents"],
                reason=values["why"],
                due=values["due"],
                by=self.user,
                origin=origin,
            )
        return _("Le reversement est demandé.")

    def _received(self, one: Recovery) -> Any:
        def received(form: Any) -> str:
            values = form.cleaned_data
            paying.received(one, on=values["on"], reference=values["reference"], by=self.user)
            return _("Ce reversement est reçu.")

        return received

    def _forgive(self, one: Recovery) -> Any:
        def forgive(form: Any) -> str:
            paying.drop_recovery(one, why=form.cleaned_data["why"], by=self.user)
            return _("Ce reversement n'est plus demandé.")

        return forgive

    def context(self, played: Played) -> dict[str, Any]:
        """Return what the page shows."""
        days, said = read.pay_days(self.dossier)
        joined: dict[UUID, list[PaymentPiece]] = {}
        spent: dict[UUID, list[Expense]] = {}
        keys = [one.request.pk for one in self.parts if one.request]
        for piece in PaymentPiece.objects.filter(request__in=keys).select_related("piece"):
            joined.setdefault(piece.request_id, []).append(piece)
        for expense in Expense.objects.filter(request__in=keys, dropped_at=None):
            spent.setdefault(expense.request_id, []).append(expense)
        return {
            "forms": played,
            "money": self.money,
            "agreement": self.row,
            "parts": [self._part(one, joined, spent) for one in self.parts],
            "recoveries": self.recoveries,
            "engages": self.engages,
            "days": days,
            "days_said": said,
            "living": bool(self.acts),
        }

    def _part(
        self, part: Part, joined: dict[UUID, list[PaymentPiece]], spent: dict[UUID, list[Expense]]
    ) -> dict[str, Any]:
        key = part.request.pk if part.request else None
        return {
            "part": part,
            "row": part.instalment,
            "request": part.request,
            "acts": frozenset(self.acts),
            "pieces": joined.get(key, []) if key else [],
            "expenses": spent.get(key, []) if key else [],
            "tone": {"paid": "moss", "refused": "clay", "returned": "clay", "accepted": "slate"}.get(
                part.request.state if part.request else "", "ochre"
            ),
        }
