"""Who writes a file together, who is there now, who signs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from terreau.accounts.models import User
from terreau.accounts.second_factor import sensitive
from terreau.actors.models import Actor
from terreau.census import mail
from terreau.common.errors import DomainError, NotFoundError, RefusedError
from terreau.dossiers import presence, sign_off, team
from terreau.dossiers.forms_team import END, LEAD, ChangeForm, InviteForm
from terreau.dossiers.models import Dossier, Writer
from terreau.dossiers.perms import DossierSpace, enter
from terreau.exchanges.acting import Act, Played, PressForm, play
from terreau.journal.actions import counting_refusals, refuse


def shown(
    request: HttpRequest, space: DossierSpace, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Draw a page of a file: nothing of it is kept by caches."""
    whole = {"space": space, "dossier": space.dossier, **context}
    response = render(request, template, whole, status=status)
    add_never_cache_headers(response)
    return response


def joining(request: HttpRequest, language: str) -> team.Link:
    """Return what makes the address by which somebody joins a team, from the secret of their invitation."""

    def address(token: str) -> str:
        return request.build_absolute_uri(mail.localized(f"/dossiers/rejoindre/{token}/", language))

    return address


@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The team of a file: its people read it, its lead changes it."""
    page = _Team(request, enter(request, pk, "applicant" if request.method == "POST" else "read"))
    played = play(request, page.acts(), request.path)
    if not isinstance(played, Played):
        return played
    return shown(request, page.space, "dossiers/team.html", page.context(played), status=played.status)


class _Team:
    """What the page of the team holds."""

    def __init__(self, request: HttpRequest, space: DossierSpace) -> None:
        self.request, self.space = request, space
        self.found = team.team(space.dossier, space.user)
        self.organisations = team.organisations(space.dossier)

    def acts(self) -> dict[str, Act]:
        """What the buttons of the page do."""
        others = [one for one in self.found.present if one.writer.role != Writer.Role.LEAD]

        def invite_form(*args: Any, **kwargs: Any) -> InviteForm:
            return InviteForm(*args, actors=self.organisations, **kwargs)

        def change_form(*args: Any, **kwargs: Any) -> ChangeForm:
            return ChangeForm(*args, lines=others, **kwargs)

        return {
            "invite": Act(self._lead("dossier.invite"), invite_form, self._invite),
            "again": Act(self._lead("dossier.invite"), PressForm, self._again),
            "cancel": Act(self._lead("dossier.invite"), PressForm, self._cancel),
            "change": Act(self._lead("dossier.role"), change_form, self._change),
            "leave": Act(lambda: None, PressForm, self._leave, after=lambda: reverse("my_dossiers")),
            "take": Act(lambda: None, PressForm, self._take),
        }

    def context(self, played: Played) -> dict[str, Any]:
        """What the template draws."""
        mine = next((one for one in self.found.present if one.me), None)
        return {
            "team": self.found,
            "forms": played,
            "mine": mine,
            "leads": self.space.may("lead") and self.space.applicant,
            "members": [one for one in self.found.present if one.writer.role != Writer.Role.LEAD],
            "may_leave": mine is not None and mine.writer.role != Writer.Role.LEAD,
            "may_take": self.found.lead is None and self.space.applicant and self.space.role != "reader",
            "there": presence.told(self.space),
        }

    def _lead(self, verb: str) -> Any:
        """Return what refuses, and counts it, whoever does not lead the file."""

        def allow() -> None:
            if not (self.space.applicant and self.space.may("lead")):
                reason = _("Seule la personne qui mène le dossier compose son équipe.")
                refuse(self.space.dossier.subject, verb, by=self.space.user, reason=reason)
                raise RefusedError("not_lead", reason)

        return allow

    def _invite(self, form: InviteForm) -> str:
        data, dossier, user = form.cleaned_data, self.space.dossier, self.space.user
        actor, language = form.organisation, data["language"]
        if not data["email"] and actor is not None:
            made = team.invite_organisation(dossier, actor, role=data["role"], by=user)
            words = ngettext(
                "%(n)d personne de %(name)s est invitée : elle le voit dans « Mes dossiers ».",
                "%(n)d personnes de %(name)s sont invitées : elles le voient dans « Mes dossiers ».",
                len(made),
            )
            return words % {"n": len(made), "name": actor.name}
        team.invite(
            dossier,
            role=data["role"],
            email=data["email"],
            by=user,
            actor=actor,
            language=language,
            link=self._link(language),
        )
        return _("L'invitation part à %(email)s.") % {"email": data["email"]}

    def _link(self, language: str) -> team.Link:
        return joining(self.request, language)

    def _again(self, form: PressForm) -> str:
        row = team.find(self.space.dossier, form.cleaned_data["about"])
        language = row.user.language if row.user else "fr"
        team.invite_again(row, by=self.space.user, link=self._link(language), language=language)
        return _("L'invitation est partie de nouveau ; le lien d'avant ne sert plus.")

    def _cancel(self, form: PressForm) -> str:
        team.end(team.find(self.space.dossier, form.cleaned_data["about"]), by=self.space.user)
        return _("L'invitation est retirée.")

    def _change(self, form: ChangeForm) -> str:
        row = team.find(self.space.dossier, form.cleaned_data["who"])
        role, name = form.cleaned_data["role"], team.name_of(row)
        if role == END:
            team.end(row, by=self.space.user)
            return _("%(name)s n'est plus dans l'équipe ; ce qui a été écrit reste.") % {"name": name}
        if role == LEAD:
            team.hand_over(self.space.dossier, row, by=self.space.user)
            return _("%(name)s mène maintenant le dossier.") % {"name": name}
        team.change_role(row, role, by=self.space.user)
        return _("C'est enregistré pour %(name)s.") % {"name": name}

    def _leave(self, _form: PressForm) -> str:
        team.leave(self.space.dossier, by=self.space.user)
        return _("Vous avez quitté le dossier ; ce que vous y avez écrit reste.")

    def _take(self, _form: PressForm) -> str:
        with counting_refusals(self.space.dossier.subject, "dossier.lead", by=self.space.user):
            team.take_lead(self.space.dossier, by=self.space.user)
        return _("Vous menez maintenant le dossier.")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponseBase:
    """The page of a personal link: what is offered, then to join it with an account."""
    row = team.of_link(token)
    user = request.user if isinstance(request.user, User) else None
    if user is not None and row.user_id == user.pk and row.accepted_at and not row.ended_at:
        return redirect("dossier", row.dossier_id)
    if request.method == "POST" and user is not None:
        if "decliner" in request.POST:
            team.decline(row, by=user)
            messages.success(request, _("Vous avez décliné l'invitation."))
            return redirect("my_dossiers")
        team.join(row, by=user)
        messages.success(request, _("Vous êtes de l'équipe de ce dossier."))
        return redirect("dossier", row.dossier_id)
    context = {
        "row": row,
        "call": row.dossier.call,
        "state": team.state(row),
        "who": team.name_of(row) if row.invited_by is None else (row.invited_by.name or row.invited_by.email),
        "entrance": f"{reverse('account_login')}?{urlencode({'next': request.path})}",
        "opening": f"{reverse('account_signup')}?{urlencode({'next': request.path})}",
    }
    return render(request, "dossiers/team_join.html", context)


@never_cache
@require_POST
def beat(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Count the person in, and answer with who else is on the file."""
    space = enter(request, pk)
    presence.beat(space.dossier, space.user, key=request.POST.get("champ", ""), officer=not space.applicant)
    return render(request, "dossiers/team_presence_others.html", {"others": presence.told(space)})


# ------------------------------------------------------------------------------------------ the signatures


@require_safe
def signatures(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Who signed what the file says now, who has to sign it."""
    return _signatures(request, enter(request, pk))


@require_POST
@sensitive
def sign(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Sign for an organisation, behind a proof of who one is."""
    space = enter(request, pk, "applicant")
    actor = _actor(request)
    if "lu" not in request.POST:
        words = _("Cochez que vous avez lu le dossier : vous signez ce qu'il dit.")
        return _signatures(request, space, wrong={actor.pk: words}, status=422)
    try:
        with counting_refusals(space.dossier.subject, "dossier.sign", by=space.user):
            sign_off.sign(space.dossier, actor, seen=request.POST.get("vu", ""), by=space.user)
    except RefusedError:
        raise
    except DomainError as error:
        return _signatures(request, space, wrong={actor.pk: str(error.message)}, status=error.status)
    messages.success(request, _("C'est signé au nom de %(name)s.") % {"name": actor.name})
    return redirect("dossier_signatures", pk)


@require_POST
@sensitive
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Take a signature back."""
    space = enter(request, pk, "applicant")
    row = sign_off.find(space.dossier, request.POST.get("signature", ""))
    with counting_refusals(space.dossier.subject, "dossier.unsign", by=space.user):
        sign_off.withdraw(row, by=space.user)
    messages.success(request, _("La signature de %(name)s est retirée.") % {"name": row.actor.name})
    return redirect("dossier_signatures", pk)


@require_POST
def ask_signatures(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Tell those who have to sign."""
    space = enter(request, pk, "lead")
    told = sign_off.ask(space.dossier, by=space.user)
    words = ngettext("%(n)d personne est prévenue.", "%(n)d personnes sont prévenues.", told)
    nobody = _("Personne de plus à prévenir : désignez qui signe dans « L'équipe ».")
    messages.success(request, words % {"n": told} if told else nobody)
    return redirect("dossier_signatures", pk)


def _signatures(
    request: HttpRequest,
    space: DossierSpace,
    *,
    wrong: Mapping[UUID, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    dossier: Dossier = space.dossier
    text = sign_off.digest_of(dossier)
    partners = sign_off.partners(dossier, now=text)
    mine = sign_off.signs_for(space.user, dossier) if space.applicant and dossier.writable else frozenset()
    context = {
        "asked": sign_off.asked(dossier),
        "text": text,
        "partners": [
            {"one": one, "mine": one.actor.pk in mine, "wrong": (wrong or {}).get(one.actor.pk, "")}
            for one in partners
        ],
        "signed": sum(one.state == "signed" for one in partners),
        "count": len(partners),
        "leads": space.applicant and space.may("lead") and dossier.writable,
    }
    return shown(request, space, "dossiers/signatures.html", context, status=status)


def _actor(request: HttpRequest) -> Actor:
    try:
        pk = UUID(request.POST.get("organisation", ""))
    except ValueError as error:
        raise NotFoundError("unknown_actor", _("Cette organisation n'est pas de ce dossier.")) from error
    row = Actor.objects.select_related("subject").filter(pk=pk).first()
    if row is None:
        raise NotFoundError("unknown_actor", _("Cette organisation n'est pas de ce dossier."))
    return row
