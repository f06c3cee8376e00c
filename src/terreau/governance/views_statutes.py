"""Statutes, rules, agreements and charter of a pole: their versions, what changes between two, their file."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from terreau.actors import perms as actor_perms
from terreau.common.errors import DomainError, NotFoundError
from terreau.governance import statutes
from terreau.governance.forms_people import StatuteForm
from terreau.governance.models import Statute
from terreau.governance.text_differences import CHANGED, SAME, differences, paragraphs
from terreau.journal.actions import record
from terreau.pieces import sending
from terreau.pieces.actions import attach
from terreau.poles import workspace
from terreau.poles.models import Pole
from terreau.poles.workspace import Workspace


@require_safe
def statutes_page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Every text of the pole with its versions."""
    ws = workspace.enter(request, slug)
    held = statutes.versions(ws.pole)
    kinds = [(str(label), held[kind]) for kind, label in Statute.Kind.choices if kind in held]
    lacking = [str(label) for kind, label in Statute.Kind.choices if kind not in held]
    context = {"kinds": kinds, "lacking": lacking}
    return workspace.show(request, ws, "governance/people/statutes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def deposit(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Deposit a version."""
    ws = workspace.enter(request, slug, run=True, verb="statutes.deposit")
    kind = request.GET.get("texte", "")
    last = statutes.in_force(ws.pole).get(kind)
    initial = {"kind": kind, "text": last.text if last else "", "public": bool(last and last.public)}
    form = StatuteForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid() and (done := _deposited(request, ws, form)):
        return done
    context = {"form": form, "last": last}
    status = 422 if form.is_bound and form.errors else 200
    return workspace.show(request, ws, "governance/people/statute_new.html", context, status=status)


def _deposited(request: HttpRequest, ws: Workspace, form: StatuteForm) -> HttpResponseBase | None:
    values = form.cleaned_data
    piece, subject = None, ws.pole.actor.subject
    try:
        if values["piece"]:
            piece = attach(subject, values["piece"], values["piece"].name, by=ws.user, public=False)
            record(subject, "piece.attached", by=ws.user, data={"piece": piece.pk.hex})
        told = {name: values[name] for name in ("text", "adopted_on", "note", "public")}
        row = statutes.deposit(ws.pole, values["kind"], piece=piece, by=ws.user, **told)
    except DomainError as error:
        place = "piece" if error.code.startswith("piece_") else error.facts.get("field")
        form.add_error(place if place in form.fields else None, str(error.message))
        return None
    messages.success(request, _("La version %(n)d est déposée.") % {"n": row.number})
    return redirect("espace_statute", ws.slug, row.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def statute(request: HttpRequest, slug: str, pk: int) -> HttpResponseBase:
    """One version: its words, its file; published or not."""
    ws = workspace.enter(request, slug)
    row = _of_pole(ws.pole, pk)
    if request.method == "POST":
        workspace.require_run(ws, verb="statutes.publish")
        row = statutes.publish(row, public=request.POST.get("public") == "oui", by=ws.user)
        words = _("Ce texte est publié.") if row.public else _("Ce texte n'est plus publié.")
        messages.success(request, words)
        return redirect("espace_statute", ws.slug, row.pk)
    others = Statute.objects.filter(pole=ws.pole, kind=row.kind).exclude(pk=row.pk).order_by("-number")
    context = {"statute": row, "others": list(others), "paragraphs": paragraphs(row.text)}
    return workspace.show(request, ws, "governance/people/statute.html", context)


def _of_pole(pole: Pole, pk: int) -> Statute:
    rows = Statute.objects.select_related("pole__actor__subject", "piece__blob", "by")
    row = rows.filter(pole=pole, pk=pk).first()
    if row is None:
        raise NotFoundError("unknown_statute", _("Cette version n'existe pas."))
    return row


@require_safe
def difference(request: HttpRequest, slug: str, pk: int, other: int) -> HttpResponseBase:
    """What changes from one version to another of the same text."""
    ws = workspace.enter(request, slug)
    new, old = _of_pole(ws.pole, pk), _of_pole(ws.pole, other)
    if new.kind != old.kind:
        raise NotFoundError("other_text", _("Ces deux versions ne sont pas du même texte."))
    if old.number > new.number:
        return redirect("espace_statute_diff", ws.slug, old.pk, new.pk)
    found = differences(old.text, new.text)
    moved = [one for one in found if one.kind != SAME]
    context: dict[str, Any] = {
        "new": new,
        "old": old,
        "found": found,
        "changed": sum(one.kind == CHANGED for one in moved),
        "added": sum(one.kind == "added" for one in moved),
        "removed": sum(one.kind == "removed" for one in moved),
        "unread": not new.text or not old.text,
    }
    return workspace.show(request, ws, "governance/people/statute_diff.html", context)


@require_safe
def file(request: HttpRequest, slug: str, pk: int) -> HttpResponseBase:
    """Send the file of a version to the people of the pole."""
    ws = workspace.enter(request, slug)
    row = _of_pole(ws.pole, pk)
    if row.piece is None:
        raise NotFoundError("no_file", _("Cette version n'a pas de fichier."))
    return sending.send(row.piece)


@require_safe
def published(request: HttpRequest, slug: str, kind: str, number: int) -> HttpResponseBase:
    """A version that the pole publishes, for everybody who may see the pole."""
    rows = Statute.objects.select_related("pole__actor__subject")
    row = rows.filter(pole__slug=slug, kind=kind, number=number, public=True).first()
    if row is None or not actor_perms.can_see(request.user, row.pole.actor, on=timezone.localdate()):
        raise NotFoundError("unknown_statute", _("Cette version n'existe pas, ou n'est pas publiée."))
    context = {"statute": row, "pole": row.pole, "paragraphs": paragraphs(row.text)}
    return render(request, "governance/people/statute_public.html", context)
