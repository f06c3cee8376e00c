"""Pages of duplicates: two sheets side by side, and the decision of a person."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from terreau.accounts.models import User
from terreau.actors.models import Actor, Pair
from terreau.census import duplicates, perms
from terreau.common.errors import DomainError
from terreau.facts import read

#: What brings two actors together, in words.
REASONS = {
    "siret": gettext_lazy("même SIRET"),
    "rna": gettext_lazy("même numéro RNA"),
    "siren": gettext_lazy("même SIREN"),
    "name_place": gettext_lazy("noms proches, même lieu"),
    "name": gettext_lazy("même nom, lieux inconnus"),
}
_MOST = 100


@never_cache
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The pairs that wait in what the person moderates, the surest first, and the last decisions."""
    scope = perms.scope_of(request.user, verb="duplicates.read")
    rows = list(duplicates.waiting(scope)[: _MOST + 1])
    context = {
        "rows": [(row, _reasons(row)) for row in rows[:_MOST]],
        "more": len(rows) > _MOST,
        "decided": duplicates.decided(scope),
    }
    return render(request, "census/duplicates.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pair(request: HttpRequest, number: int) -> HttpResponse:
    """Two actors side by side; the person says which stays, that they are two, or takes a decision back."""
    row = duplicates.find(number)
    allowed = duplicates.can_decide(request.user, row)
    perms.require(request.user, allowed, subject=row.one.subject, verb="duplicate.decide")
    said = ""
    if request.method == "POST":
        try:
            return _decide(request, row)
        except DomainError as error:
            if error.code != "reason_needed":
                raise
            said = str(error.message)
    context = {
        "pair": row,
        "reasons": _reasons(row),
        "lines": _lines(row),
        "error": said,
    }
    return render(request, "census/duplicate.html", context, status=422 if said else 200)


def _decide(request: HttpRequest, row: Pair) -> HttpResponse:
    assert isinstance(request.user, User)  # noqa: S101 - said to the type checker
    choice, reason = request.POST.get("choix", ""), request.POST.get("motif", "")
    if choice in ("one", "other"):
        keep: Actor = getattr(row, choice)
        duplicates.same(row, keep=keep, by=request.user, reason=reason)
        told = _("C'est le même acteur : %(name)s reste, l'autre y mène. Cela peut être défait.")
        messages.success(request, told % {"name": keep.name})
    elif choice == "different":
        duplicates.different(row, by=request.user, reason=reason)
        messages.success(request, _("Ce sont deux acteurs : la question ne sera plus posée."))
    elif choice == "undo":
        duplicates.undo(row, by=request.user, reason=reason)
        messages.success(request, _("La décision est défaite : la paire attend de nouveau."))
        return redirect("duplicate", row.pk)
    else:
        raise DomainError("unknown_choice", _("Choisissez ce qu'il faut faire de cette paire."))
    return redirect("duplicates")


def _reasons(row: Pair) -> list[str]:
    return [str(REASONS.get(code, code)) for code in row.reasons]


def _lines(row: Pair) -> list[dict[str, Any]]:
    """Return what is held of the two, a line a datum: label, both values, whether they differ."""
    one, other = _told(row.one), _told(row.other)
    labels = {code: told[0] for code, told in (other | one).items()}
    found = []
    for code in [*one, *(code for code in other if code not in one)]:
        left, right = one.get(code, ("", ""))[1], other.get(code, ("", ""))[1]
        differs = bool(left and right and left != right)
        found.append({"label": labels[code], "one": left, "other": right, "differs": differs})
    return found


def _told(actor: Actor) -> dict[str, tuple[str, str]]:
    zone = actor.zone
    held: dict[str, tuple[str, str]] = {
        "nature": (_("Nature juridique"), str(actor.get_legal_nature_display())),
        "siren": ("SIREN", actor.siren),
        "siret": ("SIRET", actor.siret),
        "rna": ("RNA", actor.rna),
        "zone": (_("Lieu"), f"{zone.name} ({zone.code})" if zone else ""),
        "names": (_("Autres noms"), ", ".join(sorted(actor.names.values_list("text", flat=True)))),
        "functions": (_("Fonctions"), ", ".join(sorted(actor.functions.values_list("function", flat=True)))),
        "source": (_("Source"), str(actor.source or "")),
    }
    for view in read.facts_of(actor.pk):
        before = held.get(view.code, ("", ""))[1]
        held[view.code] = (view.label, f"{before} ; {view.display}" if before else view.display)
    return {code: (label, value) for code, (label, value) in held.items() if value}
