"""Signing: signed in and proved again, or by a personal link; the proof; taking it back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from terreau.accounts.second_factor import sensitive
from terreau.actors.models import Actor
from terreau.actors.perms import belongs
from terreau.census import spam
from terreau.charters import links, perms, signing, writing
from terreau.charters.forms import SignForForm, SignForm, WithdrawForm, refused
from terreau.charters.models import Charter, Request, Signature, Text
from terreau.charters.signing import Person
from terreau.charters.views_charters import person, shown, somebody
from terreau.common.errors import DomainError, NotFoundError

#: How often one connection may try links in a day; nobody guesses one, this only spares the machine.
_TRIES_A_DAY = 300


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest, code: str) -> HttpResponseBase:
    """Sign in the name of an organisation that one animates; who signs has just proved who they are."""
    charter, text = _to_sign(request, code)
    if person(request) is None and request.method != "POST":
        return redirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': request.get_full_path()})}")
    return (
        _sign_now(request, charter, text) if request.method == "POST" else _sign_page(request, charter, text)
    )


def _to_sign(request: HttpRequest, code: str) -> tuple[Charter, Text]:
    """Return a charter and its text in force. Who engages somebody invited sees it, even a private one."""
    charter = perms.find(code, request.user)
    text = writing.last_text(charter)
    if text is None:
        raise NotFoundError("nothing_to_sign", _("Cette charte n'a pas encore de texte à signer."))
    return charter, text


@sensitive
def _sign_now(request: HttpRequest, charter: Charter, text: Text) -> HttpResponseBase:
    user = somebody(request)
    able, _done = _engaged(request, text)
    form = SignForForm(able, request.POST)
    if form.is_valid():
        values = form.cleaned_data
        actor = form.actors[values["signatory"]]
        try:
            made = signing.sign(
                text, actor, _person(values), agreed=values["agreed"], sha256=values["sha256"], by=user
            )
            return redirect("charter_signature", code=charter.code, pk=made.pk)
        except DomainError as error:
            refused(form, error)
    return _sign_page(request, charter, text, form)


def _person(values: dict[str, Any]) -> Person:
    return Person(values["name"], values["quality"], values["mandate"], shown=values["shown"])


def _engaged(request: HttpRequest, text: Text) -> tuple[list[Actor], list[Signature]]:
    """Return the organisations that the person may still engage, and the signatures of the others."""
    actors = perms.engaging(request.user)
    done = {actor.pk: signing.living(text, actor) for actor in actors}
    return [one for one in actors if done[one.pk] is None], [one for one in done.values() if one]


def _sign_page(
    request: HttpRequest, charter: Charter, text: Text, form: SignForForm | None = None
) -> HttpResponseBase:
    able, done = _engaged(request, text)
    initial = {"name": somebody(request).name, "sha256": text.sha256}
    context: dict[str, Any] = {
        "charter": charter,
        "form": form or SignForForm(able, initial=initial),
        "able": able,
        "done": done,
        **shown(text),
    }
    status = 422 if form and form.errors else 200
    return render(request, "charters/sign.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD"])
def signature(request: HttpRequest, code: str, pk: UUID) -> HttpResponseBase:
    """The proof of a signature, for who keeps the charter and the people of the signatory."""
    found = _signature(request, code, pk)
    context = {
        "charter": found.text.charter,
        "signature": found,
        "problems": signing.problems(found),
        "instant": signing.at_instant(found),
        "may_withdraw": bool(perms.can_withdraw(request.user, found)),
        **shown(found.text),
    }
    return render(request, "charters/signature.html", context)


def _signature(request: HttpRequest, code: str, pk: UUID) -> Signature:
    """Fetch a signature for who may read its proof; 404 to a stranger, 403 to who only reads the charter."""
    rows = Signature.objects.select_related(
        "text__charter__owner__subject", "signatory__subject", "withdrawal", "signer"
    )
    found = rows.filter(text__charter__code=code, pk=pk).first()
    user = person(request)
    if found is None or user is None:
        raise NotFoundError("unknown_signature", _("Cette signature n'existe pas, ou il faut se connecter."))
    allowed = perms.can_keep(user, found.text.charter, on=timezone.localdate())
    if not allowed and not belongs(user, found.signatory):
        perms.require(user, allowed, found.text.charter, "charter.proof")
    return found


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, code: str, pk: UUID) -> HttpResponseBase:
    """Take a signature back: for the animators of the signatory, who have just proved who they are."""
    found = _signature(request, code, pk)
    perms.require(
        request.user, perms.can_withdraw(request.user, found), found.text.charter, "charter.withdraw"
    )
    return _withdraw_now(request, found) if request.method == "POST" else _withdraw_page(request, found)


@sensitive
def _withdraw_now(request: HttpRequest, found: Signature) -> HttpResponseBase:
    form = WithdrawForm(request.POST)
    if form.is_valid():
        signing.withdraw(found, reason=form.cleaned_data["reason"], by=somebody(request))
        messages.success(request, _("La signature est retirée."))
        return redirect("charter_signature", code=found.text.charter.code, pk=found.pk)
    return _withdraw_page(request, found, form)


def _withdraw_page(
    request: HttpRequest, found: Signature, form: WithdrawForm | None = None
) -> HttpResponseBase:
    context = {"charter": found.text.charter, "signature": found, "form": form or WithdrawForm()}
    return render(request, "charters/withdraw.html", context, status=422 if form and form.errors else 200)


# By a personal link


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Who asks, the text, the signature; once it is given, the proof, and how to take it back."""
    row = _opened(request, token)
    state = links.state(row, timezone.now())
    if state == "signed":
        return _signed_by_link(request, token, row)
    closed = "" if state in {"waiting", "unsent"} else links.closed_because(state)
    newer = _newer(row)
    form = SignForm(request.POST if request.method == "POST" else None, initial={"sha256": row.text.sha256})
    if request.method == "POST" and not closed and form.is_valid():
        values = form.cleaned_data
        try:
            links.check_open(row)
            signing.sign_by_link(
                row, _person(values), agreed=values["agreed"], sha256=values["sha256"], by=person(request)
            )
            return _private(redirect("charter_link", token=token))
        except DomainError as error:
            refused(form, error)
    context: dict[str, Any] = {"row": row, "form": form, "closed": closed, "newer": newer, "token": token}
    context |= {"charter": row.text.charter, **shown(row.text)}
    status = 410 if closed else 422 if form.errors else 200
    return _private(render(request, "charters/link.html", context, status=status))


def _newer(row: Request) -> bool:
    last = writing.last_text(row.text.charter)
    return last is not None and last.pk != row.text_id


def _opened(request: HttpRequest, token: str) -> Request:
    try:
        return links.of_link(token)
    except NotFoundError:
        spam.count(request, "charter_link", most=_TRIES_A_DAY)
        raise


def _signed_by_link(request: HttpRequest, token: str, row: Request) -> HttpResponseBase:
    found = row.signature
    form = WithdrawForm(request.POST if request.POST.get("faire") == "retirer" else None)
    if request.method == "POST" and form.is_bound and form.is_valid():
        signing.withdraw(found, reason=form.cleaned_data["reason"], by=person(request))
        return _private(redirect("charter_link", token=token))
    context: dict[str, Any] = {
        "row": row,
        "charter": row.text.charter,
        "signature": found,
        "instant": signing.at_instant(found),
        "problems": signing.problems(found),
        "form": form,
        **shown(row.text),
    }
    return _private(render(request, "charters/link_signed.html", context))


def _private(response: Any) -> HttpResponseBase:
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response  # type: ignore[no-any-return]
