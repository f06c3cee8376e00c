"""Pages of the questionnaire on trust: that of the pole, and that of who answers by a link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from terreau.accounts.models import User
from terreau.actors.perms import can_see
from terreau.census import mail, spam
from terreau.common.errors import DomainError, NotFoundError
from terreau.poles.models import Pole
from terreau.reviews import perms, trust
from terreau.reviews.models import TrustInvitation, TrustRound
from terreau.reviews.trust import Result
from terreau.reviews.trust_forms import AnswerForm, InviteForm, OpenForm
from terreau.reviews.trust_questions import WORDS, questions
from terreau.reviews.trust_rules import VALUES

#: How often one connection may try links in a day; nobody guesses one, this only spares the machine.
_TRIES_A_DAY = 300


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What a pole's questionnaires said, to its people, or to everybody when it shows them; opening one."""
    pole = _pole(request, slug)
    reads = bool(perms.can_read(request.user, pole))
    organises = bool(perms.can_organise(request.user, pole))
    found = trust.results(pole, public_only=not (reads or organises))
    if not (found or reads or organises):
        perms.require(request.user, perms.can_read(request.user, pole), pole, verb="trust.read")
    form, status = _form(request), 200
    if request.method == "POST":
        perms.require(request.user, perms.can_organise(request.user, pole), pole, verb="trust.organise")
        done = _done(request, pole, form)
        if done is not None:
            return done
        status = 422
    return render(
        request, "reviews/trust.html", _context(pole, found, form, organises=organises), status=status
    )


def _pole(request: HttpRequest, slug: str) -> Pole:
    pole = Pole.objects.filter(slug=slug).select_related("actor__subject").first()
    if pole is None or not can_see(request.user, pole.actor, on=timezone.localdate()):
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou il faut se connecter pour la voir."))
    return pole


def _form(request: HttpRequest) -> InviteForm:
    sent = request.POST if request.method == "POST" else None
    return InviteForm(sent) if request.POST.get("faire") == "inviter" else OpenForm(sent)


def _context(pole: Pole, found: list[Result], form: InviteForm, *, organises: bool) -> dict[str, Any]:
    open_now = trust.current(pole)
    if open_now and not isinstance(form, OpenForm):
        shown_form: InviteForm = form
    else:
        shown_form = InviteForm() if open_now else form
    language = _language()
    return {
        "pole": pole,
        "organises": organises,
        "current": open_now,
        "over": bool(open_now and open_now.due_on < timezone.localdate()),
        "enough": bool(open_now and trust.enough(open_now)),
        "this_year": TrustRound.objects.filter(pole=pole, year=timezone.localdate().year).exists(),
        "form": shown_form,
        "results": [_readable(one, language) for one in found],
        "trend": _trend(found, language),
        "questions": [(one["text"][language], one["source"]) for one in questions()],
        "words": [str(WORDS[value]) for value in VALUES],
    }


def _readable(one: Result, language: str) -> dict[str, Any]:
    texts = {q["code"]: q["text"][language] for q in one.round.questions}
    lines = [(texts[line.code], line) for line in one.shown or []]
    return {"round": one.round, "read": one.shown is not None, "answered": one.answered, "lines": lines}


def _trend(found: list[Result], language: str) -> dict[str, Any]:
    lines = trust.trend(found)
    if not lines:
        return {}
    texts = {q["code"]: q["text"][language] for q in found[0].round.questions}
    newest = next(one for one in found if one.shown is not None)
    texts |= {q["code"]: q["text"][language] for q in newest.round.questions}
    return {"years": [year for year, _share in lines[0][1]], "lines": [(texts[c], v) for c, v in lines]}


def _done(request: HttpRequest, pole: Pole, form: InviteForm) -> HttpResponseBase | None:
    """Do what the animator asks and return where to go; None when the form is refused."""
    asked = request.POST.get("faire", "")
    acts: dict[str, Callable[[], str]] = {
        "ouvrir": lambda: _opened(request, pole, form),
        "inviter": lambda: _invited(request, pole, form),
        "rappeler": lambda: _reminded(request, pole),
        "clore": lambda: _closed(request, pole),
        "montrer": lambda: _shown(request, pole, public=True),
        "cacher": lambda: _shown(request, pole, public=False),
    }
    if asked in {"ouvrir", "inviter"} and not form.is_valid():
        return None
    try:
        if asked in acts:
            messages.success(request, acts[asked]())
    except DomainError as error:
        if asked not in {"ouvrir", "inviter"}:
            messages.error(request, str(error.message))
        else:
            field = error.facts.get("field")
            form.add_error(field if field in form.fields else None, str(error.message))
            return None
    return redirect("trust", slug=pole.slug)


def _opened(request: HttpRequest, pole: Pole, form: InviteForm) -> str:
    values = form.cleaned_data
    trust.open_round(
        pole,
        form.addresses,
        least=values["least"],
        due_on=values["due_on"],
        by=_person(request),
        link=_link(request),
    )
    return _("Le questionnaire est ouvert : les liens sont partis.")


def _invited(request: HttpRequest, pole: Pole, form: InviteForm) -> str:
    trust.invite(_current(pole), form.addresses, link=_link(request))
    return _("Les liens sont partis.")


def _reminded(request: HttpRequest, pole: Pole) -> str:
    trust.remind(_current(pole), link=_link(request))
    return _("Le rappel est parti à qui n'a pas encore répondu.")


def _closed(request: HttpRequest, pole: Pole) -> str:
    trust.close(_current(pole), by=_person(request))
    return _("Le questionnaire est clos ; les adresses sont effacées.")


def _shown(request: HttpRequest, pole: Pole, *, public: bool) -> str:
    year = request.POST.get("annee", "")
    row = TrustRound.objects.filter(
        pole=pole, year=int(year) if year.isdigit() and len(year) < 5 else 0
    ).first()
    if row is None:
        raise NotFoundError("unknown_round", _("Ce pôle n'a pas de questionnaire cette année-là."))
    trust.show(row, public=public, by=_person(request))
    return _("Tout le monde peut lire ce résultat.") if public else _("Le résultat est de nouveau réservé.")


def _current(pole: Pole) -> TrustRound:
    row = trust.current(pole)
    if row is None:
        raise DomainError("no_round", _("Aucun questionnaire n'est ouvert."), status=409)
    return row


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - said to the type checker: perms let nobody else pass
    return request.user


def _link(request: HttpRequest) -> trust.Link:
    return lambda token: request.build_absolute_uri(mail.localized(f"/confiance/{token}/", "fr"))


def _language() -> str:
    return "en" if (get_language() or "fr").startswith("en") else "fr"


# Who answers


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponseBase:
    """The questions, what protects who answers, and the answer, once."""
    invitation = _opened_link(request, token)
    row = invitation.round
    closed = _closed_because(invitation)
    form = AnswerForm(row.questions, _language(), request.POST if request.method == "POST" else None)
    if request.method == "POST" and not closed and form.is_valid():
        trust.answer(token, form.cleaned_data)
        return _private(render(request, "reviews/trust_done.html", {"round": row}))
    context = {"round": row, "form": form, "closed": closed}
    status = 410 if closed else 422 if form.errors else 200
    return _private(render(request, "reviews/trust_answer.html", context, status=status))


def _opened_link(request: HttpRequest, token: str) -> TrustInvitation:
    try:
        return trust.of_link(token)
    except NotFoundError:
        spam.count(request, "trust_link", most=_TRIES_A_DAY)
        raise


def _closed_because(invitation: TrustInvitation) -> str:
    if invitation.used:
        return _("Ce lien a déjà servi : une réponse ne se donne qu'une fois, et ne se relit pas.")
    if invitation.round.due_on < timezone.localdate():
        return _("Ce questionnaire est clos.")
    return ""


def _private(response: Any) -> HttpResponseBase:
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response  # type: ignore[no-any-return]
