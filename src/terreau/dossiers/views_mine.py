"""The dashboard of who writes files, and what one takes away of a file: the document, the archive."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from terreau.accounts.models import User
from terreau.calls.read import open_calls
from terreau.common.errors import NotFoundError, SignInNeededError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.design.pdf import rendered
from terreau.dossiers import archive, mine, team
from terreau.dossiers.document import Edition, document, file_name, of_copy, of_draft
from terreau.dossiers.mine import DO, DONE, READ, RUN, Mine
from terreau.dossiers.models import FrozenCopy, Writer
from terreau.dossiers.perms import DossierSpace, enter
from terreau.exchanges.acting import Act, Played, PressForm, play

COLUMNS: Final = (
    Column(gettext_lazy("Numéro du dossier"), lambda one: one.dossier.reference),
    Column(gettext_lazy("Intitulé"), lambda one: one.dossier.name),
    Column(gettext_lazy("Appel"), lambda one: one.dossier.call.title),
    Column(gettext_lazy("Qui demande"), lambda one: one.dossier.applicant.name),
    Column(gettext_lazy("État du dossier"), lambda one: one.dossier.get_state_display()),
    Column(gettext_lazy("Prochaine étape"), lambda one: one.next),
    Column(gettext_lazy("Avant le"), lambda one: mine.day_of(one.until), "date"),
    Column(gettext_lazy("Aide demandée en euros"), lambda one: one.dossier.asked, "number"),
    Column(gettext_lazy("Mon rôle"), lambda one: one.role),
)
_GROUPS: Final = (
    (DO, gettext_lazy("À faire")),
    (READ, gettext_lazy("En cours d'instruction")),
    (RUN, gettext_lazy("Retenus et en cours")),
    (DONE, gettext_lazy("Terminés")),
)
#: Calls proposed to who has no file yet.
_FEW: Final = 5


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponseBase:
    """My files: one line each, with its next step and the days left; invitations first."""
    user = request.user
    if not isinstance(user, User):
        raise SignInNeededError("sign_in", _("Connectez-vous pour voir vos dossiers."))
    rows = mine.of(user, whole="format" in request.GET)
    if made := export_response(request, rows, COLUMNS, "mes-dossiers", title=_("Mes dossiers")):
        return made
    played = play(request, _acts(user), request.path)
    if not isinstance(played, Played):
        return played
    return _shown(request, user, rows, played)


def _shown(request: HttpRequest, user: User, rows: list[Mine], played: Played) -> HttpResponse:
    groups = [
        {"code": code, "title": title, "rows": [one for one in rows if one.group == code]}
        for code, title in _GROUPS
    ]
    context: dict[str, Any] = {
        "forms": played,
        "rows": rows,
        "groups": [group for group in groups if group["rows"]],
        "invited": list(team.waiting_for(user)),
        "calls": open_calls()[:_FEW] if not rows else [],
    }
    response = render(request, "dossiers/mine.html", context, status=played.status)
    add_never_cache_headers(response)
    return response


def _acts(user: User) -> dict[str, Act]:
    def asked(form: PressForm) -> Writer:
        about = form.cleaned_data["about"]
        row = team.waiting_for(user).filter(pk=int(about)).first() if about.isdecimal() else None
        if row is None:
            raise NotFoundError("unknown_invitation", _("Cette invitation n'attend plus."))
        return row

    def join(form: PressForm) -> str:
        row = team.join(asked(form), by=user)
        return _("Vous êtes de l'équipe du dossier « %(name)s ».") % {"name": row.dossier.name}

    def decline(form: PressForm) -> str:
        team.decline(asked(form), by=user)
        return _("Vous avez décliné l'invitation.")

    return {
        "join": Act(lambda: None, PressForm, join),
        "decline": Act(lambda: None, PressForm, decline),
    }


@never_cache
@require_safe
def pdf(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The file as a tagged PDF: the draft, or a frozen copy (``?copie=2``)."""
    space = enter(request, pk)
    edition = _edition(request, space)
    made = document(edition)
    return HttpResponse(
        rendered(made),
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="{file_name(edition)}.pdf"',
            "Content-Language": made.lang,
        },
    )


@never_cache
@require_safe
def packed(request: HttpRequest, pk: UUID) -> FileResponse:
    """Everything of the file in one archive."""
    space = enter(request, pk)
    made, name = archive.build(_edition(request, space), space.dossier.pk)
    response = FileResponse(made, as_attachment=True, filename=f"{name}.zip", content_type="application/zip")
    response["Cache-Control"] = "private, no-store"
    return response


def _edition(request: HttpRequest, space: DossierSpace) -> Edition:
    """Return what is asked: a copy by its number, « brouillon », else what stands.

    What stands is the draft for those who may write it now, the last frozen copy for everybody else.
    """
    rows = FrozenCopy.objects.filter(dossier=space.dossier).select_related("form", "dossier", "receipt")
    wanted = request.GET.get("copie", "")
    drafting = space.applicant or space.may_write
    if wanted.isdecimal():
        copy = rows.filter(number=int(wanted[:6])).first()
        if copy is None:
            raise NotFoundError("unknown_copy", _("Cette copie n'existe pas."))
        return of_copy(copy)
    if wanted and (wanted != "brouillon" or not drafting):
        raise NotFoundError("unknown_copy", _("Cette copie n'existe pas."))
    last = rows.order_by("-number").first()
    if last is None or (drafting and (wanted or space.dossier.writable)):
        return of_draft(space.dossier, at=timezone.now())
    return of_copy(last)
