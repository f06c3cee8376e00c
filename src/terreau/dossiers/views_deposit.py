"""The page before the deposit, the one click, the receipt on screen and on paper."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from terreau.calls import form_rules
from terreau.common.errors import DomainError, NotFoundError
from terreau.design import pdf
from terreau.dossiers import actions, deposit, saying, sign_off, states
from terreau.dossiers.deadline import paris, takes
from terreau.dossiers.models import Dossier, Receipt
from terreau.dossiers.perms import DossierSpace, enter
from terreau.pieces.models import Piece


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def deposit_page(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Read again what is about to be deposited; deposit it."""
    if request.method == "POST":
        return _deposited(request, pk)
    space = enter(request, pk)
    if space.dossier.state != states.DRAFT:
        return redirect("dossier_receipt" if deposit.last_receipt(space.dossier) else "dossier", pk=pk)
    return render(request, "dossiers/deposit.html", _context(space))


def _deposited(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    arrived = timezone.now()
    space = enter(request, pk, "deposit")
    key = request.POST.get("cle", "")[:64] or str(uuid4())
    try:
        receipt = deposit.deposit(space.dossier, by=space.user, key=key, at=arrived)
    except DomainError as error:
        if error.status == 403 and error.code != "too_late":
            raise
        context = _context(space) | {"refused": str(error.message)}
        return render(request, "dossiers/deposit.html", context, status=error.status)
    messages.success(request, _("Le dossier est déposé. Récépissé %(number)s.") % {"number": receipt.number})
    return redirect("dossier_receipt", pk=pk)


def _context(space: DossierSpace) -> dict[str, Any]:
    row = space.dossier
    values = actions.values_of(row)
    content = row.form.content
    asked = {placed.key: placed.field for placed in form_rules.fields(content)}
    missing = [
        {
            "label": saying.label(asked[one.key]),
            "why": saying.why(one.why, asked[one.key]),
            "url": reverse("dossier_write", args=[row.pk, one.page]) + f"#q-{one.key}",
        }
        for one in form_rules.missing(content, values)
    ]
    pieces = actions.pieces_of(row)
    return {
        "space": space,
        "dossier": row,
        "missing": missing,
        "unsigned": sign_off.lacking(row),
        "pieces": pieces,
        "unready": [one for one in pieces if one.piece.state != Piece.State.CLEAN],
        "taken": takes(row.call, timezone.now()),
        "until": paris(row.call.closes_at) if row.call.closes_at else "",
        "key": str(uuid4()),
        "may": space.may("deposit"),
        "last_page": str(content["pages"][-1]["code"]) if content.get("pages") else "",
    }


@never_cache
@require_safe
def receipt(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The receipt of the last deposit, and those before."""
    space = enter(request, pk)
    rows = list(Receipt.objects.filter(dossier=space.dossier).select_related("copy").order_by("-id"))
    if not rows:
        raise NotFoundError("no_receipt", _("Ce dossier n'a pas encore été déposé."))
    context = {
        "space": space,
        "dossier": space.dossier,
        "receipt": rows[0],
        "before": rows[1:],
        "when": paris(rows[0].at),
        "deposited": space.dossier.state != states.DRAFT,
    }
    return render(request, "dossiers/receipt.html", context)


@never_cache
@require_safe
def receipt_pdf(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The receipt to print: the same bytes each time."""
    space = enter(request, pk)
    held = deposit.last_receipt(space.dossier)
    if held is None:
        raise NotFoundError("no_receipt", _("Ce dossier n'a pas encore été déposé."))
    return pdf.pdf_response(document(space.dossier, held), f"recepisse-{held.number}")


def document(row: Dossier, held: Receipt) -> pdf.Document:
    """Return the receipt as it is printed."""
    lines: list[pdf.Row] = [
        [_("Numéro de récépissé"), held.number],
        [_("Reçu le"), paris(held.at)],
        [_("Dans le délai"), _("non, reçu hors délai") if held.late else _("oui")],
        [_("Dossier"), f"{row.reference} – {row.name}"],
        [_("Candidat"), row.applicant.name],
        [_("Appel"), row.call.title],
        [_("Empreinte SHA-256 de la copie figée"), held.sha256],
    ]
    text = _(
        "Ce récépissé prouve que le dossier a été reçu à cet instant, dans cet état. L'empreinte est celle "
        "de la copie figée : qui a la copie peut la recalculer et vérifier que rien n'a changé."
    )
    return pdf.Document(
        title=_("Récépissé de dépôt"),
        lang=(get_language() or "fr")[:2],
        kind=row.reference,
        blocks=[pdf.Paragraph(text), pdf.Table([_("Ce qui est reçu"), ""], lines, [2, 3])],
        sources=pdf.Sources(),
        made=int(held.at.timestamp()),
    )
