"""The community of signatories: who they are, what they are asked, the voice of each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.charters import community, perms
from terreau.charters.forms import ConsultForm, VoiceForm, refused
from terreau.charters.models import Charter, Consultation, Voice
from terreau.charters.views_charters import somebody
from terreau.common.errors import DomainError, RefusedError
from terreau.journal.actions import refuse


def _charter(request: HttpRequest, code: str) -> tuple[Charter, bool]:
    """Return a charter for who meets there, and whether they keep it; 404 to a stranger, 403 to a reader."""
    charter = perms.find(code, somebody(request))
    today = timezone.localdate()
    perms.require(request.user, perms.can_meet(request.user, charter, on=today), charter, "community.read")
    return charter, bool(perms.can_keep(request.user, charter, on=today))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, code: str) -> HttpResponseBase:
    """The signatories and their consultations; who keeps the charter opens one."""
    charter, keeps = _charter(request, code)
    user = somebody(request)
    form = ConsultForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        today = timezone.localdate()
        perms.require(user, perms.can_keep(user, charter, on=today), charter, "consultation.open")
        if form.is_valid() and (made := _opened(charter, form, user)):
            messages.success(request, _("La consultation est ouverte : les signataires sont prévenus."))
            return redirect("charter_consultation", code=code, pk=made.pk)
    rows = list(Consultation.objects.filter(charter=charter))
    context: dict[str, Any] = {
        "charter": charter,
        "keeps": keeps,
        "members": community.members(charter),
        "consultations": [(row, community.ended(row), row.voices.count()) for row in rows],
        "form": form,
    }
    return render(request, "charters/community.html", context, status=422 if form.errors else 200)


def _opened(charter: Charter, form: ConsultForm, user: User) -> Consultation | None:
    values = form.cleaned_data
    try:
        return community.consult(
            charter,
            question=values["question"],
            context=values["context"],
            options=values["options"].splitlines(),
            due_on=values["due_on"],
            by=user,
        )
    except DomainError as error:
        refused(form, error)
        return None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def consultation(request: HttpRequest, code: str, pk: UUID) -> HttpResponseBase:
    """A question: one form for each signatory that the person engages, the result once it is closed."""
    charter, keeps = _charter(request, code)
    user = somebody(request)
    row = community.find(charter, pk)
    actors = community.voters(user, charter)
    failed: VoiceForm | None = None
    if request.method == "POST":
        failed = _spoken(request, row, actors)
        if failed is None:
            messages.success(request, _("La voix est enregistrée ; elle peut changer jusqu'à la clôture."))
            return redirect("charter_consultation", code=code, pk=pk)
    ended = community.ended(row)
    context: dict[str, Any] = {
        "charter": charter,
        "row": row,
        "keeps": keeps,
        "ended": ended,
        "voices": row.voices.count(),
        "invited": len(community.members(charter)),
        "forms": [] if ended else [(actor, _form(row, actor, failed)) for actor in actors],
        "outcome": community.outcome(row),
    }
    return render(request, "charters/consultation.html", context, status=422 if failed else 200)


def _form(row: Consultation, actor: Actor, failed: VoiceForm | None) -> VoiceForm:
    if failed is not None and failed.data.get("signatory") == str(actor.pk):
        return failed
    held = Voice.objects.filter(consultation=row, signatory=actor).first()
    initial = {"signatory": actor.pk, "version": held.version if held else 0}
    initial |= {"option": held.option} if held else {}
    return VoiceForm(row.options, initial=initial, auto_id=f"id_{actor.pk.hex}_%s")


def _spoken(request: HttpRequest, row: Consultation, actors: list[Actor]) -> VoiceForm | None:
    """Give the voice that was sent; return the form when it is refused."""
    user = somebody(request)
    asked = request.POST.get("signatory", "")
    actor = next((one for one in actors if str(one.pk) == asked), None)
    if actor is None:
        words = _("Il faut animer un signataire pour donner sa voix.")
        refuse(
            row.charter.owner.subject if row.charter.owner else None,
            "consultation.speak",
            by=user,
            reason=words,
        )
        raise RefusedError("may_not_speak", words)
    form = VoiceForm(row.options, request.POST, auto_id=f"id_{actor.pk.hex}_%s")
    if not form.is_valid():
        return form
    values = form.cleaned_data
    try:
        community.speak(row, actor, values["option"], version=values["version"], by=user)
    except DomainError as error:
        form.add_error(None, str(error.message))
        return form
    return None


@never_cache
@require_POST
def close(request: HttpRequest, code: str, pk: UUID) -> HttpResponseBase:
    """Close a consultation now: for who keeps the charter."""
    user = somebody(request)
    charter = perms.find(code, user, verb="consultation.close")
    row = community.find(charter, pk)
    try:
        community.close(row, by=user)
        messages.success(request, _("La consultation est close : les signataires en lisent le résultat."))
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect("charter_consultation", code=code, pk=pk)
