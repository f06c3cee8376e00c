"""Pages of proposals: choose what to change, write it, follow it, decide of it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.census import fields, perms, proposals, spam
from terreau.census.forms_proposals import DecisionForm, ProposalForm
from terreau.census.models import Proposal
from terreau.common.errors import DomainError, NotFoundError, StaleWriteError
from terreau.poles.models import Pole


def viewer(request: HttpRequest) -> User | None:
    """Return the person who signed in, None for a stranger."""
    return request.user if isinstance(request.user, User) else None


def _actor(request: HttpRequest, **known: object) -> Actor:
    """Return the actor that the viewer may propose changes to: 404 to strangers, 403 counted to people."""
    actor = Actor.objects.select_related("subject", "source").filter(**known).first()
    if actor is None:
        raise NotFoundError("not_found", _("Cette fiche n'existe pas."))
    allowed = perms.can_propose(request.user, actor, on=timezone.localdate())
    perms.require(request.user, allowed, subject=actor.subject, verb="proposal.write")
    return actor


def _address(actor: Actor) -> str:
    slug = Pole.objects.filter(pk=actor.pk).values_list("slug", flat=True).first()
    return reverse("pole", args=[slug]) if slug else reverse("actor", args=[actor.pk])


def propose_pole(request: HttpRequest, slug: str) -> HttpResponse:
    """Propose changes to a pole."""
    return _propose(request, _actor(request, pole__slug=slug))


def propose_actor(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Propose changes to an actor; a pole has its own address."""
    actor = _actor(request, pk=ident)
    slug = Pole.objects.filter(pk=actor.pk).values_list("slug", flat=True).first()
    return redirect("pole_propose", slug) if slug else _propose(request, actor)


@require_http_methods(["GET", "HEAD", "POST"])
def _propose(request: HttpRequest, actor: Actor) -> HttpResponse:
    keys = list(dict.fromkeys(key for key in (request.GET.getlist("champ")) if key))[: proposals.MOST]
    context = {"actor": actor, "back": _address(actor), "is_pole": actor.subject.kind == "pole"}
    if not keys:
        context["groups"] = _groups(actor)
        context["addable"] = fields.addable(actor)
        return render(request, "census/propose_choose.html", context)
    chosen = [fields.find(actor, key) for key in keys]
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    person = viewer(request)
    form = ProposalForm(*sent, chosen=chosen, trusted=person is not None, files=proposals.takes_files(person))
    if request.method == "POST" and form.is_valid():
        try:
            return _sent(request, actor, form)
        except DomainError as error:
            if error.status == 429:
                raise
            form.refuse(error)
    status = 422 if form.is_bound else 200
    return render(request, "census/propose.html", {**context, "form": form}, status=status)


def _groups(actor: Actor) -> list[tuple[str, list[fields.Field]]]:
    found: dict[str, list[fields.Field]] = {}
    for one in fields.held(actor):
        found.setdefault(one.group, []).append(one)
    return list(found.items())


def _sent(request: HttpRequest, actor: Actor, form: ProposalForm) -> HttpResponse:
    by = viewer(request)
    if by is None:
        spam.count(request, "proposal")
    else:
        spam.count(request, "proposal-signed", most=spam.A_DAY_SIGNED)
    proposal = proposals.propose(
        actor,
        form.changes(),
        by=by,
        contact=form.cleaned_data.get("contact", ""),
        message=form.cleaned_data["message"],
        language=(get_language() or "fr")[:2],
        site=_site(request),
        file=form.cleaned_data.get("file"),
    )
    messages.success(request, _("Merci : votre proposition est envoyée. Cette page montrera la réponse."))
    if by is not None:
        return redirect("proposal", proposal.pk)
    return redirect(proposals.link_of(proposal))


def _site(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


@require_http_methods(["GET", "HEAD", "POST"])
def proposal(request: HttpRequest, ident: UUID) -> HttpResponse:
    """A proposal: its author follows it, who may change the sheet decides of it."""
    found = Proposal.objects.select_related("subject__actor__subject", "author").filter(pk=ident).first()
    if found is None:
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou il faut se connecter pour la voir."))
    today = timezone.localdate()
    allowed = perms.can_follow(request.user, found, on=today)
    perms.require(request.user, allowed, subject=found.subject, verb="proposal.read")
    decides = bool(perms.can_decide(request.user, found, on=today))
    if request.method == "POST" or (decides and found.state == Proposal.State.OPEN):
        allowed = perms.can_decide(request.user, found, on=today)
        perms.require(request.user, allowed, subject=found.subject, verb="proposal.decide")
        return _decide(request, found)
    return _shown(request, found, withdraw=reverse("proposal_withdraw", args=[found.pk]))


def _decide(request: HttpRequest, found: Proposal) -> HttpResponse:
    lines = proposals.lines(found)
    form = DecisionForm(request.POST if request.method == "POST" else None, lines=lines)
    stale = False
    if request.method == "POST" and form.is_valid():
        try:
            done = proposals.decide(
                found,
                form.choices,
                by=request.user,  # type: ignore[arg-type]
                reason=form.cleaned_data["reason"],
                seen=form.seen,
                site=_site(request),
            )
        except StaleWriteError as error:
            stale = True
            form = DecisionForm(request.POST, lines=proposals.lines(found))
            form.add_error(None, str(error.message))
        except DomainError as error:
            if error.code == "decided_already":
                raise
            form.add_error("reason" if error.code == "reason_needed" else None, str(error.message))
        else:
            messages.success(request, _told(done))
            return redirect("proposal", found.pk)
    context = {
        "proposal": found,
        "actor": found.subject.actor,
        "back": _address(found.subject.actor),
        "form": form,
    }
    return render(
        request,
        "census/proposal_decide.html",
        context,
        status=(409 if stale else 422) if form.is_bound else 200,
    )


def _told(done: Proposal) -> str:
    if done.state == Proposal.State.ACCEPTED:
        return _("C'est fait : la fiche dit ce qui était proposé.")
    if done.state == Proposal.State.PARTLY:
        return _(
            "C'est fait : la fiche dit ce qui est accepté, la personne saura pourquoi le reste ne l'est pas."
        )
    return _("C'est fait : rien n'a changé, la personne saura pourquoi.")


def followed(request: HttpRequest, token: str) -> HttpResponse:
    """A proposal by its private link, for who has no account."""
    found = proposals.of_link(token)
    response = _shown(request, found, withdraw=reverse("proposal_link_withdraw", args=[token]))
    return private(response)


def private(response: HttpResponse) -> HttpResponse:
    """Mark a page of a personal link: kept by nobody, found by no robot.

    The policy of the site (``same-origin``) already tells its address to no other site.
    """
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def _shown(request: HttpRequest, found: Proposal, *, withdraw: str) -> HttpResponse:
    actor = found.subject.actor
    context = {
        "proposal": found,
        "actor": actor,
        "lines": proposals.lines(found),
        "withdraw": withdraw if found.state == Proposal.State.OPEN else "",
        "back": _address(actor) if actor.subject.public or viewer(request) else "",
    }
    return render(request, "census/proposal.html", context)


@require_POST
def withdraw(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Take one's own proposal back."""
    found = Proposal.objects.filter(pk=ident, author=viewer(request)).first() if viewer(request) else None
    if found is None:
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou il faut se connecter pour la voir."))
    proposals.withdraw(found, by=viewer(request))
    return redirect("proposal", found.pk)


@require_POST
def withdraw_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Take a proposal back by its private link."""
    proposals.withdraw(proposals.of_link(token), by=None)
    return redirect("proposal_link", token)
