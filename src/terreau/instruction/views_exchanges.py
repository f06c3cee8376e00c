"""The applicant's side: where the file is, what is asked of them and how long, the letters they had."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from terreau.calls import form_rules
from terreau.common.errors import RefusedError
from terreau.dossiers import presence, saying, states
from terreau.dossiers.perms import DossierSpace, enter
from terreau.exchanges.acting import Act, Played, new_key, play
from terreau.instruction import complements, letters
from terreau.instruction.forms import SendForm
from terreau.instruction.models import Complement
from terreau.instruction.showing import in_file
from terreau.instruction.views_file import log_of, stage_line
from terreau.journal.actions import counting_refusals

#: Where a file did not go further: its applicant keeps their place in the register (R-89).
_NO = frozenset({states.REFUSED, states.INADMISSIBLE, states.RESERVE})


@require_http_methods(["GET", "HEAD", "POST"])
def exchanges(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """What the instruction and the applicant say to one another about a file."""
    space = enter(request, pk, "applicant")
    dossier = space.dossier
    waiting = complements.open_of(dossier)
    acts = {
        "send": Act(partial(_allow, space), partial(SendForm, initial={"key": new_key()}), _sender(space))
    }
    played = play(request, acts, request.path)
    if not isinstance(played, Played):
        return played
    today = timezone.localdate()
    context = {
        "forms": played,
        "waiting": waiting,
        "asked": _asked(space, waiting) if waiting else [],
        "left": (waiting.due - today).days if waiting else 0,
        "days": complements.days_words((waiting.due - today).days) if waiting else "",
        "may_send": space.may("deposit"),
        "stages": stage_line(dossier),
        "log": log_of(dossier),
        "past": [one for one in Complement.objects.filter(dossier=dossier) if one != waiting],
        "letters": letters.sent_to(dossier),
        "refused": dossier.state in _NO,
        "others": [one for one in presence.told(space) if one["officer"]],
    }
    return in_file(request, space, "instruction/exchanges.html", context, status=played.status)


def _allow(space: DossierSpace) -> None:
    if not space.may("deposit"):
        with counting_refusals(space.dossier.subject, "complement.answered", by=space.user):
            words = _("La personne qui pilote le dossier, ou qui le signe, envoie les compléments.")
            raise RefusedError("not_lead", words)


def _sender(space: DossierSpace) -> Any:
    def send(form: SendForm) -> str:
        told = form.cleaned_data
        complements.answer(space.dossier, text=told["text"], key=told["key"], by=space.user)
        return _("Vos compléments sont envoyés : l'instruction reprend.")

    return send


def _asked(space: DossierSpace, waiting: Complement) -> list[dict[str, str]]:
    """Return the questions that are asked again, each with the page of the form where it is answered."""
    return [
        {"label": saying.label(one.field), "page": one.page}
        for one in form_rules.fields(space.dossier.form.content)
        if one.key in waiting.keys
    ]
