"""Contracts between the State and authorities: a public register, the poles each names (R-80, R-117)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Count, Prefetch
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.agreements import agreeing, deed_text, edition, perms, read
from terreau.agreements.deed_acts import DeedActs
from terreau.agreements.forms import (
    AmendForm,
    AnnexForm,
    ContractForm,
    DeedForm,
    NamedForm,
    PaperForm,
    SignForm,
    WhyForm,
    deed_initial,
)
from terreau.agreements.models import Agreement, Deed, NamedPole, Signatory, Signature
from terreau.agreements.pages import answer, asking_once, require
from terreau.calls.perms import enter_programme
from terreau.common.errors import DomainError, NotFoundError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.design.pdf import pdf_response
from terreau.exchanges.acting import Act, Played, refuse
from terreau.poles.models import Pole
from terreau.subjects.models import Subject

_PROVED = ("sign-", "paper-", "freeze", "settle", "cancel")
_IN_REGISTER = [Agreement.State.SIGNED, Agreement.State.ENDED]

CONTRACTS = (
    Column(gettext_lazy("Numéro"), lambda one: one.number),
    Column(gettext_lazy("Intitulé"), lambda one: one.title),
    Column(gettext_lazy("Signataires"), lambda one: ", ".join(row.name for row in one.signatories.all())),
    Column(gettext_lazy("Depuis le"), lambda one: one.valid_from, "date"),
    Column(gettext_lazy("Jusqu'au"), lambda one: one.valid_to, "date"),
    Column(
        gettext_lazy("Pôles nommés"),
        lambda one: ", ".join(row.pole.actor.name for row in one.named_poles.all()),
    ),
    Column(gettext_lazy("Source"), lambda one: one.source),
)


@require_safe
def contracts(request: HttpRequest) -> HttpResponseBase:
    """The public register of contracts, and the poles that each names."""
    rows = Agreement.objects.filter(kind="contract", public=True, state__in=_IN_REGISTER)
    named = NamedPole.objects.select_related("pole__actor").order_by("pole__actor__sort_key")
    rows = rows.select_related("programme").prefetch_related(
        "signatories", Prefetch("named_poles", queryset=named)
    )
    found = list(rows.annotate(poles=Count("named_poles")).order_by("-valid_from", "number"))
    if made := export_response(request, found, CONTRACTS, "contrats", title=_("Contrats")):
        return made
    return render(request, "agreements/contracts.html", {"rows": found})


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Begin a contract of a programme."""
    programme, _standing, user = enter_programme(request, slug, "owner", "officer", verb="contract.new")
    form = ContractForm(request.POST or None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            values = dict(form.cleaned_data)
            values["parties"] = _parties(values["parties"])
            try:
                made = agreeing.contract(programme, by=user, **values)
            except DomainError as error:
                refuse(form, error)
                status = error.status
            else:
                return redirect("contract", pk=made.pk)
        else:
            status = 422
    context = {"form": form, "programme": programme}
    return render(request, "agreements/contract_new.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@asking_once
def contract(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """One contract: for everybody once public and signed, for its people before."""
    page = _Page(request, _fetch(request, pk))
    played = answer(request, lambda: page.acts, lambda act: act.startswith(_PROVED))
    if not isinstance(played, Played):
        return played
    response = render(request, "agreements/contract.html", page.context(played), status=played.status)
    if page.user is not None:
        add_never_cache_headers(response)
    return response


@require_safe
def contract_pdf(request: HttpRequest, pk: UUID, number: int) -> HttpResponseBase:
    """A deed of a contract as a tagged PDF."""
    row = _fetch(request, pk)
    deed = Deed.objects.filter(agreement=row, number=number).select_related("agreement").first()
    if deed is None or (deed.state != Deed.State.IN_FORCE and not perms.of_contract(request.user, row)):
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    return pdf_response(edition.document(deed), edition.file_name(deed))


def _fetch(request: HttpRequest, pk: UUID) -> Agreement:
    rows = Agreement.objects.filter(kind="contract").select_related("programme__subject", "subject")
    row = rows.filter(pk=pk).first()
    if row is None or not perms.reads_contract(request.user, row):
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    return row


def _parties(typed: str) -> list[tuple[str, Actor | None]]:
    """Return the signatories typed one a line, with the actor whose SIREN follows the name."""
    found: list[tuple[str, Actor | None]] = []
    for line in typed.splitlines():
        name, _mark, siren = line.strip().rpartition(",")
        digits = "".join(siren.split())
        if name and digits.isdigit() and len(digits) == 9:
            found.append((name.strip(), Actor.objects.filter(siren=digits).order_by("pk").first()))
        elif line.strip():
            found.append((line.strip(), None))
    return found


class _Page(DeedActs):
    """What the page of a contract holds, read once."""

    def __init__(self, request: HttpRequest, row: Agreement) -> None:
        self.request, self.row = request, row
        self.user = request.user if isinstance(request.user, User) else None
        self.runs = self.user is not None and bool(perms.runs_contract(self.user, row))

    @cached_property
    def deeds(self) -> list[Deed]:
        """Its deeds that the person reads, the first one first: to others, those in force alone."""
        found = read.deeds_of(self.row)
        if all(one.state == Deed.State.IN_FORCE for one in found) or perms.of_contract(self.user, self.row):
            return found
        return [one for one in found if one.state == Deed.State.IN_FORCE]

    @cached_property
    def shown(self) -> Deed | None:
        """The deed that the page tells: an amendment that was given up says nothing any more."""
        found = read.shown(self.deeds)
        if found is not None:
            found.agreement = self.row
        return found

    @cached_property
    def signatories(self) -> list[Signatory]:
        """Who signs the deed that waits, else who signed the last in force."""
        return deed_text.signatories(self.shown) if self.shown else []

    @cached_property
    def signed(self) -> dict[int, Signature]:
        """The signatures of the deed that is shown."""
        rows = Signature.objects.filter(deed=self.shown)
        return {one.signatory_id: one for one in rows}

    def _run(self) -> None:
        if self.user is None:
            raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
        require(perms.runs_contract(self.user, self.row), self.row.subject, "contract.run", self.user)

    @cached_property
    def acts(self) -> dict[str, Act]:
        """What the buttons of the page do."""
        if self.user is None:
            return {}
        rows = {"name": Act(self._run, NamedForm, self._name)}
        if self.waiting is None:
            if self.row.state == Agreement.State.SIGNED:
                rows["amend"] = Act(self._run, AmendForm, self._amend)
                rows["settle"] = Act(self._run, WhyForm, self._settle)
            return rows
        rows.update(self._of_deed(self.waiting))
        return rows

    def _of_deed(self, deed: Deed) -> Iterator[tuple[str, Act]]:
        yield "cancel", Act(self._run, WhyForm, self.cancel)
        if deed.state == Deed.State.DRAFT:
            yield "write", Act(self._run, self._deed_form, self.write)
            yield "annex", Act(self._run, AnnexForm, self.annex)
            yield "freeze", Act(self._run, self.freeze_form, self.freeze)
            return
        for one in self.signatories:
            if one.pk not in self.signed:
                yield f"sign-{one.pk}", Act(self._may_sign(one), self.of_document(SignForm), self.sign(one))
                yield f"paper-{one.pk}", Act(self._run, self.of_document(PaperForm), self.paper(one))

    def _may_sign(self, one: Signatory) -> Any:
        def allow() -> None:
            permission = perms.signs(self.user, self.row, one)
            require(permission, self.row.subject, "contract.sign", self.user)

        return allow

    def _deed_form(self, *args: Any, **kwargs: Any) -> DeedForm:
        deed = self.held
        kwargs["initial"] = deed_initial(deed.body, seen=deed.version, title=self.row.title)
        kwargs["parts"] = len(deed.body.get("schedule") or ())
        return DeedForm(*args, amendment=bool(deed.number), **kwargs)

    def _amend(self, form: Any) -> str:
        agreeing.amend(self.row, by=self.author, year=form.cleaned_data["year"])
        return _("L'avenant est préparé d'après ce qui est en vigueur.")

    def _settle(self, form: Any) -> str:
        agreeing.end(self.row, reason=form.cleaned_data["why"], by=self.author, settled=True)
        return _("Le contrat est terminé.")

    def _name(self, form: Any) -> str:
        values = form.cleaned_data
        pole = Pole.objects.filter(slug=values["pole"]).select_related("actor").first()
        if pole is None:
            words = _("Ce pôle n'est pas au registre : copiez la fin de l'adresse de sa fiche.")
            raise DomainError("unknown_pole", words, facts={"field": "pole"})
        agreeing.name_pole(self.row, pole, how=values["how"], by=self.author)
        return _("Ce pôle est nommé dans le contrat.")

    @property
    def author(self) -> User:
        """Who acts; a stranger is told nothing."""
        if self.user is None:
            raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
        return self.user

    @property
    def subject(self) -> Subject:
        """The contract."""
        return self.row.subject

    def context(self, played: Played) -> dict[str, Any]:
        """Return what the page shows."""
        deed, mine = self.waiting, perms.may_sign(self.user, self.row, self.signatories)
        if self.request.method == "POST" and deed is not None:
            deed.refresh_from_db()
        draft = deed is not None and deed.state == Deed.State.DRAFT
        return {
            "forms": played,
            "contract": self.row,
            "deed": deed,
            "draft": draft,
            "runs": self.runs,
            "told": {"object": "", "commitments": [], **(self.shown.body if self.shown else {})},
            "problems": agreeing.problems(deed) if deed is not None and draft and self.runs else [],
            "signatories": [
                {
                    "row": one,
                    "signature": self.signed.get(one.pk),
                    "mine": one.pk in mine and one.pk not in self.signed,
                }
                for one in self.signatories
            ],
            "past": [self._past(one) for one in self.deeds if one.state == Deed.State.IN_FORCE],
            "named": list(self.row.named_poles.select_related("pole__actor").order_by("id")),
        }

    def _past(self, deed: Deed) -> dict[str, Any]:
        deed.agreement = self.row
        return {"deed": deed, "name": edition.name(deed)}
