"""The desk of payments: what is to check, to pay, late, over all the calls that a person instructs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from terreau.accounts.models import User
from terreau.agreements import perms, read
from terreau.agreements.amounts import euros
from terreau.agreements.models import PaymentRequest
from terreau.calls.models import Role
from terreau.common.errors import RefusedError
from terreau.common.money import Euro
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.journal.actions import refuse

_ROWS = 50
WAITING = (
    Column(gettext_lazy("Dossier"), lambda one: one.request.agreement.dossier.reference),
    Column(gettext_lazy("Bénéficiaire"), lambda one: one.request.agreement.dossier.applicant.name),
    Column(gettext_lazy("Demande"), lambda one: one.request.number, "integer"),
    Column(gettext_lazy("État"), lambda one: str(one.request.get_state_display())),
    Column(gettext_lazy("Demandée le"), lambda one: timezone.localdate(one.request.sent_at), "date"),
    Column(gettext_lazy("À payer avant le"), lambda one: one.by, "date"),
    Column(gettext_lazy("Jours de retard"), lambda one: one.late, "integer"),
    Column(gettext_lazy("Montant en euros"), lambda one: Euro(one.left), "number"),
)
PAID = (
    Column(gettext_lazy("Versé le"), lambda one: one.paid_on, "date"),
    Column(gettext_lazy("Dossier"), lambda one: one.request.agreement.dossier.reference),
    Column(gettext_lazy("Bénéficiaire"), lambda one: one.request.agreement.dossier.applicant.name),
    Column(gettext_lazy("Référence du virement"), lambda one: one.reference),
    Column(gettext_lazy("Montant en euros"), lambda one: Euro(one.cents), "number"),
)
#: Name of a list in the address → its label.
LISTS: dict[str, Any] = {
    "verifier": gettext_lazy("À vérifier"),
    "payer": gettext_lazy("À payer"),
    "retard": gettext_lazy("En retard"),
    "payes": gettext_lazy("Versés"),
}


@login_required
@require_safe
def desk(request: HttpRequest) -> HttpResponseBase:
    """What is to check, to pay, late; every list exports whole."""
    user = request.user
    if not isinstance(user, User) or not perms.pays_somewhere(user):
        words = _("Cette page est à qui instruit un appel.")
        refuse(None, "payments.desk", by=user if isinstance(user, User) else None, reason=words)
        raise RefusedError("no_role", words)
    scope, today = scope_of(user), timezone.localdate()
    waiting = read.desk(scope, today=today)
    shown = request.GET.get("liste", "")
    shown = shown if shown in LISTS else next(_first(waiting))
    rows: Any = read.history(scope) if shown == "payes" else [one for one in waiting if _KEEP[shown](one)]
    columns = PAID if shown == "payes" else WAITING
    name = f"versements-{shown}"
    if made := export_response(request, rows, columns, name, title=str(LISTS[shown])):
        return made
    page = Paginator(rows, _ROWS).get_page(request.GET.get("page"))
    context = {
        "shown": shown,
        "title": LISTS[shown],
        "tabs": [_tab(code, label, waiting, shown) for code, label in LISTS.items()],
        "page": page,
        "overdue": read.overdue(scope, today=today) if shown == "retard" else [],
        "sum": euros(sum(one.left for one in rows)) if shown != "payes" else "",
    }
    response = render(request, "agreements/desk.html", context)
    add_never_cache_headers(response)
    return response


def scope_of(user: User) -> Q:
    """Return the dossiers that a person instructs: by programme, by call, by region when theirs is one."""
    rows = Role.objects.held_on(timezone.localdate()).filter(user=user, role__in=list(perms.RUNS))
    found = Q(pk__in=[])
    for programme, call, zone in rows.values_list("programme", "call", "zone__code"):
        one = Q(call__programme=programme) if programme else Q(call=call)
        found |= one & Q(zone__code=zone) if zone else one
    return found


def _first(waiting: list[read.Waiting]) -> Any:
    """Yield the list to show first: what is late, else what waits for a check, else for a payment."""
    for code in ("retard", "verifier", "payer"):
        if any(_KEEP[code](one) for one in waiting):
            yield code
    yield "verifier"


_KEEP: dict[str, Callable[[read.Waiting], bool]] = {
    "verifier": lambda one: one.request.state == PaymentRequest.State.SENT,
    "payer": lambda one: one.request.state == PaymentRequest.State.ACCEPTED,
    "retard": lambda one: one.late > 0,
    "payes": lambda _one: False,
}


def _tab(code: str, label: Any, waiting: list[read.Waiting], shown: str) -> dict[str, Any]:
    count = sum(1 for one in waiting if _KEEP[code](one))
    return {"code": code, "label": label, "count": None if code == "payes" else count, "here": code == shown}
