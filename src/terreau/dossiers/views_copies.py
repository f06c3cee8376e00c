"""The frozen copies of a file: read, downloaded byte for byte, compared with one another and with today."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from terreau.common.errors import NotFoundError
from terreau.dossiers import frozen
from terreau.dossiers.differences import differences
from terreau.dossiers.freezing import document
from terreau.dossiers.models import FrozenCopy
from terreau.dossiers.perms import DossierSpace, enter

#: What stands in the address for the file as it is now.
NOW = "maintenant"


@never_cache
@require_safe
def copies(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Every frozen copy of a file."""
    space = enter(request, pk)
    rows = list(FrozenCopy.objects.filter(dossier=space.dossier).select_related("form").order_by("-number"))
    listed = [{"copy": row, "whole": frozen.is_whole(row)} for row in rows]
    context = {"space": space, "dossier": space.dossier, "copies": listed}
    return render(request, "dossiers/copies.html", context)


@never_cache
@require_safe
def copy_json(request: HttpRequest, pk: UUID, number: int) -> HttpResponseBase:
    """The bytes of a copy, as they were written."""
    space = enter(request, pk)
    copy = _find(space, number)
    response = HttpResponse(frozen.bytes_of(copy), content_type="application/json")
    name = f"{space.dossier.reference}-copie-{copy.number}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


@never_cache
@require_safe
def compare(request: HttpRequest, pk: UUID, number: int) -> HttpResponseBase:
    """What differs between a copy and another (``?avec=2``), or the file as it is now."""
    space = enter(request, pk)
    left = _find(space, number)
    wanted = request.GET.get("avec", NOW)
    right = None if wanted == NOW else _find(space, _number(wanted))
    # An officer reads what was given, never what is being written since.
    if right is None and not space.applicant:
        right = frozen.last(space.dossier)
    form = right.form if right else space.dossier.form
    told: dict[str, Any] = frozen.read(right) if right else document(space.dossier)
    context = {
        "space": space,
        "dossier": space.dossier,
        "left": left,
        "right": right,
        "found": differences(frozen.read(left), told, left.form.content, form.content),
        "copies": list(FrozenCopy.objects.filter(dossier=space.dossier).order_by("number").defer("document")),
        "with_now": space.applicant,
        "now": NOW,
    }
    return render(request, "dossiers/differences.html", context)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


def _find(space: DossierSpace, number: int) -> FrozenCopy:
    rows = FrozenCopy.objects.filter(dossier=space.dossier, number=number).select_related("form")
    found = rows.first()
    if found is None:
        raise NotFoundError("unknown_copy", _("Cette copie n'existe pas."))
    return found
