"""What the pages of the money of a file share: who enters, what surrounds them, what is proved again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, BinaryIO, Final, ParamSpec
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.accounts.roles_held import remembering
from terreau.accounts.second_factor import sensitive
from terreau.agreements import perms
from terreau.common.errors import RefusedError
from terreau.common.permissions import Permission
from terreau.dossiers.perms import DossierSpace, enter
from terreau.envelopes.pages import in_its_form
from terreau.exchanges.acting import Act, Played, play
from terreau.journal.actions import refuse
from terreau.pieces.actions import attach
from terreau.pieces.models import Piece
from terreau.subjects.models import Subject

P = ParamSpec("P")
#: Page of the money of a file → its template and its name.
TABS: Final[dict[str, tuple[str, Any]]] = {
    "plan": ("agreements/financing.html", gettext_lazy("Plan de financement")),
    "agreement": ("agreements/agreement.html", gettext_lazy("Convention")),
    "payments": ("agreements/payments.html", gettext_lazy("Versements")),
}


def asking_once(view: Callable[P, HttpResponseBase]) -> Callable[P, HttpResponseBase]:
    """Have what the person holds read once in a page, whoever asks (``accounts.roles_held``)."""

    @wraps(view)
    def read(*args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        request: Any = args[0]
        with remembering(request):
            return view(*args, **kwargs)

    return read


def space_of(request: HttpRequest, pk: UUID) -> DossierSpace:
    """Fetch a file and let in who reads its money: 404 to strangers, 403 (journalled) to its reviewers."""
    space = enter(request, pk)
    require(perms.reads(space), space.dossier.subject, "money.read", space.user)
    return space


def require(permission: Permission, subject: Subject, verb: str, user: User | None) -> None:
    """Raise ``RefusedError``, journalled, when something is not permitted."""
    if not permission:
        refuse(subject, verb, by=user, reason=permission.reason)
        raise RefusedError("not_allowed", permission.reason)


def allowing(ask: Callable[[DossierSpace], Permission], space: DossierSpace, verb: str) -> Callable[[], None]:
    """Return what an ``Act`` asks before anything is read."""
    return lambda: require(ask(space), space.dossier.subject, verb, space.user)


def answer(
    request: HttpRequest, acts: Callable[[], Mapping[str, Act]], proved: Callable[[str], bool]
) -> HttpResponseBase | Played:
    """Do what the button that was pressed asks; what binds or pays asks for a proof of who one is first.

    The right is asked before the proof, so that nobody proves anything for nothing.
    """
    rows = {name: in_its_form(act) for name, act in acts().items()}
    asked = request.POST.get("faire", "") if request.method == "POST" else ""
    if asked in rows and proved(asked):
        rows[asked].allow()
        kept: list[Played] = []
        response = _proved(request, rows, kept)
        return kept[0] if kept else response
    return play(request, rows, request.path)


@sensitive
def _proved(request: HttpRequest, rows: Mapping[str, Act], kept: list[Played]) -> HttpResponseBase:
    played = play(request, rows, request.path)
    if isinstance(played, Played):
        kept.append(played)
        return HttpResponse()
    return played


def show(
    request: HttpRequest, space: DossierSpace, tab: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Draw a page of the money of a file (``tab``: one of ``TABS``): nothing of it is kept by caches."""
    template, here = TABS[tab]
    around = {"space": space, "dossier": space.dossier, "runs": bool(perms.runs(space))}
    whole = {**around, "tab": tab, "here": str(here), **context}
    response = render(request, template, whole, status=status)
    add_never_cache_headers(response)
    return response


def brought(subject: Subject, file: Any, *, by: User) -> Piece | None:
    """Attach the file of a form to a subject; none when there is none."""
    if file is None:
        return None
    stream: BinaryIO = file
    return attach(subject, stream, file.name, by=by)
