"""The agreement of a file: prepared, written, frozen, signed by each, amended, ended."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from terreau.accounts.models import User
from terreau.agreements import agreeing, deed_text, edition, perms, read
from terreau.agreements.deed_acts import DeedActs
from terreau.agreements.forms import (
    AmendForm,
    AnnexForm,
    DeedForm,
    PaperForm,
    PersonForm,
    SignatoryForm,
    SignForm,
    WhyForm,
    deed_initial,
)
from terreau.agreements.models import Agreement, Deed, Signatory, Signature
from terreau.agreements.pages import allowing, answer, asking_once, require, show, space_of
from terreau.common.errors import NotFoundError
from terreau.common.parsing import day as read_day
from terreau.common.permissions import Permission
from terreau.design.pdf import pdf_response
from terreau.dossiers import states
from terreau.dossiers.perms import DossierSpace
from terreau.envelopes import read as envelopes
from terreau.exchanges.acting import Act, Played, PressForm
from terreau.subjects.models import Subject

#: What binds somebody, or undoes what bound: a proof of who one is comes first.
_PROVED = ("sign-", "paper-", "freeze", "end", "settle", "cancel")


@require_http_methods(["GET", "HEAD", "POST"])
@asking_once
def agreement(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The agreement of a file, for its people and those who instruct."""
    page = _Page(request, space_of(request, pk))
    played = answer(request, lambda: page.acts, lambda act: act.startswith(_PROVED))
    if not isinstance(played, Played):
        return played
    return show(request, page.space, "agreement", page.context(played), status=played.status)


@require_safe
def deed_pdf(request: HttpRequest, pk: UUID, number: int) -> HttpResponseBase:
    """A deed as a tagged PDF."""
    _space, deed = _deed(request, pk, number)
    return pdf_response(edition.document(deed), edition.file_name(deed))


@require_safe
def deed_bytes(request: HttpRequest, pk: UUID, number: int) -> HttpResponseBase:
    """The bytes that were signed: whoever has them finds the hash again."""
    _space, deed = _deed(request, pk, number)
    if not deed.frozen_at:
        raise NotFoundError("not_frozen", _("Ce texte n'est pas encore figé."))
    response = HttpResponse(bytes(deed.document or b""), content_type="application/json")
    name = edition.file_name(deed)
    response["Content-Disposition"] = f'attachment; filename="{name}.json"'
    add_never_cache_headers(response)
    return response


def _deed(request: HttpRequest, pk: UUID, number: int) -> tuple[DossierSpace, Deed]:
    """Return a deed, draft or not, for who reads the money of its file."""
    space = space_of(request, pk)
    found = read.agreement_of(space.dossier)
    rows = Deed.objects.filter(agreement=found, number=number).select_related("agreement__dossier__call")
    deed = rows.first() if found else None
    if deed is None:
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    return space, deed


class _Page(DeedActs):
    """What the page of an agreement holds, read once."""

    def __init__(self, request: HttpRequest, space: DossierSpace) -> None:
        self.request, self.space, self.dossier = request, space, space.dossier
        self.user = space.user
        self.runs = bool(perms.runs(space))

    @property
    def author(self) -> User:
        """Who acts."""
        return self.user

    @property
    def subject(self) -> Subject:
        """The file."""
        return self.dossier.subject

    @cached_property
    def row(self) -> Agreement | None:
        """The agreement; none before it is prepared."""
        return read.agreement_of(self.dossier)

    @cached_property
    def deeds(self) -> list[Deed]:
        """Its deeds, the first one first."""
        return read.deeds_of(self.row) if self.row else []

    @cached_property
    def shown(self) -> Deed | None:
        """The deed that the page tells: an amendment that was given up says nothing any more."""
        found = read.shown(self.deeds)
        if found is not None and self.row is not None:
            found.agreement = self.row
        return found

    @cached_property
    def signatories(self) -> list[Signatory]:
        """Who signs the deed that waits, else who signed the last in force."""
        return deed_text.signatories(self.shown) if self.shown else []

    @cached_property
    def signed(self) -> dict[UUID, dict[int, Signature]]:
        """The signatures of each deed."""
        found: dict[UUID, dict[int, Signature]] = {}
        rows = Signature.objects.filter(deed__agreement=self.row).select_related("piece", "by")
        for one in rows if self.row else ():
            found.setdefault(one.deed_id, {})[one.signatory_id] = one
        return found

    @cached_property
    def acts(self) -> dict[str, Act]:
        """What the buttons of the page do."""
        run = allowing(perms.runs, self.space, "agreement.run")
        if self.row is None:
            return {"prepare": Act(run, PressForm, self._prepare)}
        rows: dict[str, Act] = {}
        if (deed := self.waiting) is not None:
            rows.update(self._of_deed(deed, run))
        elif self.row.state == Agreement.State.SIGNED:
            rows["amend"] = Act(run, AmendForm, self._amend)
            rows["settle"] = Act(run, WhyForm, self._end(settled=True))
            ends = allowing(perms.ends, self.space, "agreement.end")
            rows["end"] = Act(ends, WhyForm, self._end(settled=False))
        return rows

    def _of_deed(self, deed: Deed, run: Any) -> Iterator[tuple[str, Act]]:
        yield "cancel", Act(run, WhyForm, self.cancel)
        if deed.state == Deed.State.DRAFT:
            yield "write", Act(run, self._deed_form, self.write)
            yield "signatory", Act(run, SignatoryForm, self._add_signatory)
            yield "annex", Act(run, AnnexForm, self.annex)
            yield "freeze", Act(self._may_freeze, self.freeze_form, self.freeze)
            for one in self.signatories:
                yield f"person-{one.pk}", Act(run, self._person_form(one), self._person(one))
                if not one.always:
                    yield f"leave-{one.pk}", Act(run, PressForm, self._leave(one))
            return
        for one in self.signatories:
            if one.pk not in self.signed.get(deed.pk, {}):
                yield f"sign-{one.pk}", Act(self._may_sign(one), self.of_document(SignForm), self.sign(one))
                yield f"paper-{one.pk}", Act(run, self.of_document(PaperForm), self.paper(one))

    @cached_property
    def committed(self) -> int:
        """What is committed to the file."""
        return envelopes.held(self.dossier).committed

    @property
    def freezes(self) -> Permission:
        """Whether the person freezes this text, and why not."""
        return perms.gives_more(self.space, (self.held.body.get("cents") or 0) - self.committed)

    def _may_freeze(self) -> None:
        require(self.freezes, self.dossier.subject, "agreement.freeze", self.user)

    def _may_sign(self, one: Signatory) -> Any:
        def allow() -> None:
            if self.row is not None:
                permission = perms.signs(self.user, self.row, one)
                require(permission, self.dossier.subject, "agreement.sign", self.user)

        return allow

    def _deed_form(self, *args: Any, **kwargs: Any) -> DeedForm:
        deed, row = self.waiting, self.row
        if deed is not None and row is not None:
            kwargs["initial"] = deed_initial(deed.body, seen=deed.version, title=row.title)
            kwargs["parts"] = len(deed.body.get("schedule") or ())
        return DeedForm(*args, amendment=bool(deed and deed.number), **kwargs)

    def _prepare(self, _form: Any) -> str:
        agreeing.prepare(self.dossier, by=self.user)
        return _("La convention est préparée avec ce qui est connu : relisez-la.")

    def _add_signatory(self, form: Any) -> str:
        agreeing.add_signatory(self.held, by=self.user, **form.cleaned_data)
        return _("Ce signataire est ajouté.")

    def _person_form(self, one: Signatory) -> Any:
        return partial(PersonForm, initial={"person": one.person})

    def _person(self, one: Signatory) -> Any:
        def say(form: Any) -> str:
            agreeing.say_person(one, self.held, person=form.cleaned_data["person"], by=self.user)
            return _("Le texte est enregistré.")

        return say

    def _leave(self, one: Signatory) -> Any:
        def leave(_form: Any) -> str:
            agreeing.remove_signatory(one, self.held, by=self.user)
            return _("Ce signataire n'est plus de cet acte.")

        return leave

    def _amend(self, form: Any) -> str:
        if self.row is not None:
            agreeing.amend(self.row, by=self.user, year=form.cleaned_data["year"])
        return _("L'avenant est préparé d'après ce qui est en vigueur.")

    def _end(self, *, settled: bool) -> Any:
        def end(form: Any) -> str:
            if self.row is not None:
                agreeing.end(self.row, reason=form.cleaned_data["why"], by=self.user, settled=settled)
            return _("La convention est terminée.")

        return end

    def context(self, played: Played) -> dict[str, Any]:
        """Return what the page shows."""
        deed, row = self.waiting, self.row
        if self.request.method == "POST" and deed is not None:
            deed.refresh_from_db()
        draft = deed is not None and deed.state == Deed.State.DRAFT
        return {
            "forms": played,
            "agreement": row,
            "deed": deed,
            "deed_name": edition.name(deed) if deed else "",
            "draft": draft,
            "problems": agreeing.problems(deed) if deed is not None and draft and self.runs else [],
            "signatories": [self._signatory(one) for one in self.signatories],
            "annexes": list(deed.annexes.filter(removed_at=None).select_related("piece")) if deed else [],
            "past": [self._past(one) for one in self.deeds if one.state == Deed.State.IN_FORCE],
            "told": _said(self.shown.body) if self.shown else None,
            "committed": self.committed,
            "may_end": bool(perms.ends(self.space)),
            "freezes": self.freezes if draft and self.runs else None,
            "may_prepare": self.runs and self.dossier.state in {states.LAUREATE, states.AGREEMENT},
            "chosen": self.dossier.state in states.CHOSEN,
        }

    @cached_property
    def mine(self) -> frozenset[int]:
        """The signatories for whom the person signs."""
        return perms.may_sign(self.user, self.row, self.signatories) if self.row else frozenset()

    def _signatory(self, one: Signatory) -> dict[str, Any]:
        signature = self.signed.get(self.shown.pk, {}).get(one.pk) if self.shown else None
        return {"row": one, "signature": signature, "mine": one.pk in self.mine and signature is None}

    def _past(self, deed: Deed) -> dict[str, Any]:
        if self.row is not None:
            deed.agreement = self.row
        return {"deed": deed, "name": edition.name(deed), "signatures": self.signed.get(deed.pk, {}).values()}


def _said(body: dict[str, Any]) -> dict[str, Any]:
    """Return what a deed says with its days as days."""
    rows = [{**one, "due": _day(one.get("due"))} for one in body.get("schedule") or ()]
    return {
        **body,
        "schedule": rows,
        "valid_from": _day(body.get("valid_from")),
        "valid_to": _day(body.get("valid_to")),
        "reason": body.get("reason", ""),
    }


def _day(text: Any) -> Any:
    return read_day(str(text)) if text else None
