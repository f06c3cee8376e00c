"""Writing a file page by page: kept as one types, or at the press of a button without JavaScript."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from terreau.calls.read import current_form
from terreau.common.errors import NotFoundError
from terreau.dossiers import actions, presence, saying
from terreau.dossiers.models import DossierPiece
from terreau.dossiers.perms import DossierSpace, enter
from terreau.dossiers.writing import Page
from terreau.pieces.sending import send


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, pk: UUID, page: str) -> HttpResponseBase:  # noqa: PLR0911
    """One page of the form."""
    if request.method != "POST":
        space = enter(request, pk)
        if not space.may_write:
            return redirect("dossier", pk=pk)
        return _shown(request, Page(space, page))
    held = Page(enter(request, pk, "write"), page)
    only = request.POST.get("seulement", "")
    before = held.visible
    held.save(request.POST, request.FILES, only=only)
    if only:
        return _saved(request, held, only, before)
    if gone := request.POST.get("enlever"):
        held.remove(gone)
        messages.success(request, _("La pièce est enlevée du dossier."))
        return redirect(request.path)
    if key := request.POST.get("reprendre"):
        held.take_again(key)
        return redirect(f"{request.path}#q-{key}")
    if held.problems:
        return _shown(request, held, status=409 if held.conflicts else 422)
    return _onwards(request, held, before)


def _onwards(request: HttpRequest, held: Page, before: frozenset[str]) -> HttpResponseBase:
    """Go to the next page, or stay: asked to, or because answers opened other questions of this page."""
    here = {str(one["key"]) for one in held.fields}
    opened = [key for key in sorted(here & held.visible - before) if key not in held.held]
    if stay := request.POST.get("rester"):
        messages.success(request, _("C'est enregistré."))
        return redirect(f"{request.path}#q-{stay}" if stay in here else request.path)
    if opened or request.POST.getlist("prendre"):
        if opened:
            words = ngettext(
                "C'est enregistré. Vos réponses ouvrent une autre question de cette page.",
                "C'est enregistré. Vos réponses ouvrent %(n)d autres questions de cette page.",
                len(opened),
            )
            messages.info(request, words % {"n": len(opened)})
        return redirect(f"{request.path}#q-{opened[0]}" if opened else request.path)
    messages.success(request, _("C'est enregistré."))
    return redirect(held.next)


def _shown(request: HttpRequest, held: Page, *, status: int = 200) -> HttpResponseBase:
    space = held.space
    newest = current_form(space.dossier.call)
    done, asked = held.progress()
    context = {
        "held": held,
        "space": space,
        "dossier": space.dossier,
        "title": saying.localized(held.page, "title"),
        "help": saying.localized(held.page, "help"),
        "sections": held.sections(),
        "tabs": held.tabs(),
        "progress": {"done": done, "asked": asked, "left": asked - done},
        "problems": held.problems,
        "newer_form": newest is not None
        and newest.pk != space.dossier.form_id
        and space.dossier.state == "draft",
        "others": presence.told(space),
    }
    return render(request, "dossiers/write.html", context, status=status)


def _saved(request: HttpRequest, held: Page, key: str, before: frozenset[str]) -> HttpResponseBase:
    """Answer what saves as one types: the state of the question, the questions that it opens or closes."""
    one = next((one for one in held.fields if str(one["key"]) == key), None)
    if one is None:
        raise NotFoundError("unknown_field", _("Ce formulaire ne pose pas cette question."))
    moved = before ^ held.visible
    if one["kind"] == "file" or (key in held.outcomes and held.outcomes[key].conflict):
        moved |= {key}
    done, asked = held.progress()
    context = {
        "held": held,
        "dossier": held.space.dossier,
        "one": held.question(one),
        "moved": [held.question(other) for other in held.fields if str(other["key"]) in moved],
        "progress": {"done": done, "asked": asked, "left": asked - done},
        "live": True,
    }
    return render(request, "dossiers/write_saved.html", context)


@require_POST
def carry(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Bring an open file to the last version of its form; what it cannot hold is listed."""
    space = enter(request, pk, "write")
    form = current_form(space.dossier.call)
    lost = actions.carry_along(space.dossier, form, by=space.user) if form else ()
    if lost:
        names = ", ".join(one.label for one in lost)
        words = _(
            "Le nouveau formulaire ne pose plus ces questions ; l'historique garde vos réponses : %(names)s."
        )
        messages.warning(request, words % {"names": names})
    else:
        messages.success(request, _("Toutes vos réponses sont dans le nouveau formulaire."))
    return redirect("dossier", pk=pk)


@require_safe
def piece(request: HttpRequest, pk: UUID, piece: UUID) -> HttpResponseBase:
    """Give a piece of a file to who may read the file."""
    return send(_piece(enter(request, pk), piece).piece)


def _piece(space: DossierSpace, pk: UUID) -> DossierPiece:
    rows = DossierPiece.objects.select_related("piece__blob").filter(dossier=space.dossier)
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFoundError("unknown_piece", _("Cette pièce n'est pas, ou plus, dans le dossier."))
    return found
