"""The register of signatories, and what who keeps a charter does there: invite, ask again, recognise."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from terreau.census import invitations, mail, tokens
from terreau.charters import campaigns, finding, links, perms, recognising, register, writing
from terreau.charters.forms import CampaignForm, InviteForm, refused
from terreau.charters.models import Charter, Signature
from terreau.charters.register import Line
from terreau.charters.views_charters import somebody
from terreau.common.errors import DomainError, NotFoundError
from terreau.design.export import export_response
from terreau.poles.directory import labels
from terreau.poles.models import Pole, Recognition


@require_safe
def signatories(request: HttpRequest, code: str) -> HttpResponseBase:
    """Everybody who ever signed, those who withdrew included; by region or department, and as files."""
    charter = perms.find(code, request.user)
    region, department = _places(request)
    lines = register.lines(charter, region=region, department=department)
    exported = export_response(request, lines, register.COLUMNS, f"signataires-{charter.code}")
    if exported is not None:
        return exported
    text = writing.last_text(charter)
    keeps = bool(perms.can_keep(request.user, charter, on=timezone.localdate()))
    everybody = lines if not (region or department) else register.lines(charter)
    context: dict[str, Any] = {
        "charter": charter,
        "text": text,
        "lines": lines,
        "counts": register.counts(lines, text.label if text else ""),
        "keeps": keeps,
        "region": region,
        "department": department,
        "regions": _present(everybody, "region"),
        "departments": _present(everybody, "departement"),
        "named": register.named_elsewhere() if code == register.NATIONAL else [],
        "recognisable": _recognisable(charter, lines) if keeps else set(),
    }
    return render(request, "charters/signatories.html", context)


def _places(request: HttpRequest) -> tuple[str, str]:
    region, department = request.GET.get("region", ""), request.GET.get("departement", "")
    return (
        register.check_place("region", region, labels("region")),
        register.check_place("departement", department, labels("departement")),
    )


def _present(lines: list[Line], facet: str) -> list[tuple[str, str]]:
    """Return the codes where there is a signatory, with their names, in the order of the names."""
    codes = {code for one in lines for code in (one.regions if facet == "region" else one.departments)}
    return [(code, name) for code, name in labels(facet).items() if code in codes]


def _recognisable(charter: Charter, lines: list[Line]) -> set[UUID]:
    """Return the signatures of poles, in force, whose recognition is not written yet."""
    if charter.code != register.NATIONAL:
        return set()
    standing = {one.actor.pk: one.signature.pk for one in lines if one.in_force}
    poles = set(Pole.objects.filter(actor__in=list(standing)).values_list("actor", flat=True))
    rows = Recognition.objects.filter(pole__in=poles, scheme=register.SCHEME, ended_on=None)
    held = set(rows.values_list("pole", flat=True))
    return {standing[pk] for pk in poles - held}


@never_cache
@require_POST
def recognise(request: HttpRequest, code: str, pk: UUID) -> HttpResponseBase:
    """Write the recognition « signataire » of a pole: who keeps the national charter, and nobody else."""
    charter = perms.find(code, request.user, verb="charter.recognise")
    rows = Signature.objects.select_related(
        "text__charter__owner__subject", "signatory__subject", "withdrawal"
    )
    found = rows.filter(text__charter=charter, pk=pk).first()
    if found is None:
        raise NotFoundError("unknown_signature", _("Cette signature n'existe pas."))
    recognising.recognise(found, by=somebody(request))
    messages.success(request, _("La reconnaissance « signataire » est inscrite sur la fiche du pôle."))
    return redirect("charter_signatories", code=code)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest, code: str) -> HttpResponseBase:
    """Send personal links, and see what became of them: for who keeps the charter."""
    user = somebody(request)
    charter = perms.find(code, user, verb="charter.invite")
    form = InviteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            links.ask(
                charter,
                finding.signatory(values["signatory"], by=user),
                email=values["email"],
                message=values["message"],
                language=values["language"],
                by=user,
                link=_link(request, values["language"]),
            )
            messages.success(request, _("Le lien est parti à %(email)s.") % {"email": values["email"]})
            return redirect("charter_invite", code=code)
        except DomainError as error:
            refused(form, error)
    now = timezone.now()
    context: dict[str, Any] = {
        "charter": charter,
        "text": writing.last_text(charter),
        "form": form,
        "rows": [(row, links.state(row, now)) for row in links.of_charter(charter)],
        "most": tokens.MOST_REMINDERS,
        "near": _near(charter),
    }
    return render(request, "charters/invite.html", context, status=422 if form.errors else 200)


def _near(charter: Charter) -> list[str]:
    """Return the names of the members of the pole that keeps the charter, to be proposed."""
    pole = Pole.objects.filter(actor=charter.owner_id).first() if charter.owner_id else None
    return [one.name for one in invitations.who_may_be_asked(pole)] if pole else []


@never_cache
@require_POST
def invited(request: HttpRequest, code: str, pk: UUID) -> HttpResponseBase:
    """Send a link again, or take it back."""
    user = somebody(request)
    charter = perms.find(code, user, verb="charter.invite")
    row = links.one(charter, pk)
    try:
        if request.POST.get("faire") == "rappeler":
            links.remind(row, by=user, link=_link(request, row.language))
            messages.success(request, _("Le rappel est parti ; le lien précédent ne marche plus."))
        elif request.POST.get("faire") == "retirer":
            links.revoke(row, by=user)
            messages.success(request, _("La demande est retirée ; son lien ne marche plus."))
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect("charter_invite", code=code)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def campaign(request: HttpRequest, code: str) -> HttpResponseBase:
    """Ask the signatories of the versions before to sign the one in force; who has, who has not."""
    user = somebody(request)
    charter = perms.find(code, user, verb="charter.campaign")
    form = CampaignForm(request.POST if request.POST.get("faire") == "ouvrir" else None)
    if request.method == "POST":
        try:
            if _campaign_moved(request, charter, form):
                return redirect("charter_campaign", code=code)
        except DomainError as error:
            if form.is_bound:
                refused(form, error)
            else:
                messages.error(request, str(error.message))
                return redirect("charter_campaign", code=code)
    text = writing.last_text(charter)
    asked = campaigns.standing(text) if text else []
    context: dict[str, Any] = {
        "charter": charter,
        "text": text,
        "campaign": campaigns.of_charter(charter),
        "asked": asked,
        "done": sum(one.done for one in asked),
        "form": form,
    }
    return render(request, "charters/campaign.html", context, status=422 if form.errors else 200)


def _campaign_moved(request: HttpRequest, charter: Charter, form: CampaignForm) -> bool:
    user, link = somebody(request), _link_of_request(request)
    text, current = writing.last_text(charter), campaigns.of_charter(charter)
    asked = request.POST.get("faire")
    if asked == "ouvrir" and text and form.is_valid():
        campaigns.open_campaign(text, due_on=form.cleaned_data["due_on"], by=user, link=link)
        messages.success(request, _("La campagne est ouverte : les signataires sont prévenus."))
        return True
    if current and asked == "rappeler":
        late = campaigns.remind(current, by=user, link=link)
        said = ngettext("%(n)d signataire est rappelé.", "%(n)d signataires sont rappelés.", late)
        messages.success(request, said % {"n": late})
        return True
    if current and asked == "clore":
        campaigns.close(current, by=user)
        messages.success(request, _("La campagne est close."))
        return True
    return False


def _link(request: HttpRequest, language: str) -> links.Link:
    """Return what makes a whole address of a secret, in the language of who will read."""

    def address(token: str) -> str:
        return request.build_absolute_uri(mail.localized(f"/chartes/lien/{token}/", language))

    return address


def _link_of_request(request: HttpRequest) -> links.Link:
    return _link(request, "fr")
