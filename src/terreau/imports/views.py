"""Pages of the imports: bring a file, say its columns, read what it would do, write it, undo it.

All private: a stranger gets 404, who has no right 403 and the refusal is counted.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from terreau.accounts.models import User
from terreau.common.errors import DomainError, NotFoundError, RefusedError
from terreau.common.permissions import Permission
from terreau.design.export import csv_response, export_response
from terreau.design.export_columns import Columns
from terreau.imports import actions, kinds, perms, staging
from terreau.imports import preview as shown
from terreau.imports.forms import ColumnsForm, FileForm
from terreau.imports.kinds import Kind
from terreau.imports.models import Import, ImportedRow
from terreau.imports.writing import outcomes_of
from terreau.jobs.models import Job
from terreau.journal.actions import counting_refusals
from terreau.subjects.models import Subject

State = Import.State
#: How many imports the list shows.
LATEST = 50
_SAMPLE = 5
REPORT: list[tuple[Any, Any]] = [
    (gettext_lazy("Feuille"), lambda row: row["sheet"]),
    (gettext_lazy("Ligne"), lambda row: row["row"]),
    (gettext_lazy("Colonne"), lambda row: row["column"]),
    (gettext_lazy("En-tête"), lambda row: row["header"]),
    (gettext_lazy("Donnée demandée"), lambda row: row["asked"]),
    (gettext_lazy("Valeur trouvée"), lambda row: row["value"]),
    (gettext_lazy("Gravité"), lambda row: row["level"]),
    (gettext_lazy("Ce qui ne va pas, que faire"), lambda row: row["message"]),
    (gettext_lazy("Code"), lambda row: row["code"]),
]


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise _hidden()
    return request.user


def _hidden() -> NotFoundError:
    return NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas publique."))


def _allow(user: User, allowed: Permission, about: Subject | None) -> None:
    with counting_refusals(about, "import.bring", by=user):
        if not allowed:
            raise RefusedError("forbidden", allowed.reason)


def _held(request: HttpRequest, pk: UUID) -> Import:
    """Fetch an import and check the right to it, in one call."""
    user = _person(request)
    rows = Import.objects.select_related("subject", "about", "by", "piece", "job", "owner")
    brought = rows.filter(pk=pk).first()
    if brought is None:
        raise _hidden()
    _allow(user, perms.can_see(user, brought), brought.subject)
    return brought


View = Callable[..., HttpResponseBase]


def _act(verb: Callable[[HttpRequest, Import], object]) -> View:
    """Make the view of a verb: fetch and authorise, act, go back to the page of the import."""

    @require_POST
    @never_cache
    @wraps(verb)
    def view(request: HttpRequest, pk: UUID) -> HttpResponseBase:
        brought = _held(request, pk)
        verb(request, brought)
        return redirect("import", pk=brought.pk)

    return view


@require_safe
@never_cache
def imports(request: HttpRequest) -> HttpResponse:
    """The files the person brought, and those that may be brought."""
    user = _person(request)
    reason = _("Il faut animer un pôle, ou un rôle de modération, d'instruction ou d'administration.")
    _allow(user, Permission(ok=perms.may_come(user), reason=reason), None)
    offers = [
        {"kind": kind, "subjects": kind.subjects(user) if kind.about else ()}
        for kind in kinds.every()
        if (kind.subjects(user) if kind.about else kind.may(user, None))
    ]
    rows = Import.objects.filter(by=user)[:LATEST]
    mine = [{"brought": row, "kind": kinds.get(row.kind)} for row in rows]
    context = {"offers": offers, "mine": mine, "administers": perms.administers(user)}
    return render(request, "imports/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def new(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Drop a file of a kind, about a subject when it has one (``?sujet=``)."""
    user = _person(request)
    sort = kinds.get(kind)
    about = _about(sort, request.GET.get("sujet", ""))
    _allow(user, perms.can_bring(user, sort, about), about)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            brought = actions.bring(
                sort, file, file.name, by=user, about=about, sheet=form.cleaned_data["sheet"]
            )
        except DomainError as error:
            form.add_error("sheet" if error.code == "unknown_sheet" else "file", str(error.message))
        else:
            return redirect("import_columns", pk=brought.pk)
    named = dict(sort.subjects(user)).get(about, "") if about else ""
    context = {"kind": sort, "form": form, "about": about, "about_name": named}
    return render(request, "imports/new.html", context, status=422 if form.errors else 200)


@require_safe
@never_cache
def model(request: HttpRequest, kind: str) -> HttpResponseBase:
    """An empty file with the headers of a kind, to fill in a spreadsheet."""
    user = _person(request)
    sort = kinds.get(kind)
    _allow(user, Permission(ok=perms.may_come(user), reason=_("Il faut pouvoir apporter un fichier.")), None)
    columns: Columns = [(str(column.label), lambda _row: "") for column in sort.columns]
    return csv_response([], columns, f"modele-{sort.code}")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def columns(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Say which column of the file gives what; guessed or remembered, always shown."""
    brought = _held(request, pk)
    if brought.state not in {State.READ, State.CHECKED, State.WRITTEN, State.UNDONE}:
        return redirect("import", pk=brought.pk)
    kind = kinds.get(brought.kind)
    form = ColumnsForm(kind, brought, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.say_columns(brought, form.columns(), form.options(), by=_person(request))
        except DomainError as error:
            if error.status != 422:
                raise
            field = f"option-{error.facts['field']}" if "field" in error.facts else None
            form.add_error(field, str(error.message))
        else:
            return redirect("import", pk=brought.pk)
    sample = staging.rows_of(brought.pk, only=None)[:_SAMPLE]
    context = {"brought": brought, "kind": kind, "form": form, "sample": sample}
    return render(request, "imports/columns.html", context, status=422 if form.errors else 200)


@require_safe
@never_cache
def show(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Where an import stands: its columns to confirm, its preview, its progress, what it wrote."""
    brought = _held(request, pk)
    if brought.state == State.READ:
        return redirect("import_columns", pk=brought.pk)
    kind = kinds.get(brought.kind)
    context: dict[str, Any] = {"brought": brought, "kind": kind, "running": _running(brought)}
    context["help"] = kind.help_at(brought.about, brought.pk)
    context |= {"stopped": _stopped(brought), "preview": None, "outcomes": None, "refused": []}
    if brought.state == State.CHECKED:
        after = request.GET.get("apres", "0")
        context["preview"] = shown.preview(
            brought, status=request.GET.get("voir", ""), after=int(after) if after.isdecimal() else 0
        )
    written = ImportedRow.objects.filter(brought=brought)
    if written.exists():
        context["outcomes"] = outcomes_of(brought.pk)
        context["refused"] = written.filter(outcome=ImportedRow.Outcome.REFUSED)[:LATEST]
        context["kept"] = written.exclude(undo_refusal="")[:LATEST]
        context["undone"] = written.filter(undone_at__isnull=False).count()
        context["undoable"] = written.filter(undone_at=None).exclude(wrote=[]).count()
    return render(request, "imports/show.html", context)


@require_safe
@never_cache
def report(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The report of a check as a file: a line a fault, with its cell."""
    brought = _held(request, pk)
    if not brought.generation:
        return redirect("import", pk=brought.pk)
    rows = shown.report_rows(brought, kinds.get(brought.kind))
    name = f"rapport-{brought.created_at:%Y-%m-%d}"
    return export_response(request, rows, REPORT, name) or csv_response(rows, REPORT, name)


def _correct(request: HttpRequest, brought: Import) -> None:
    cells = shown.corrections_of(request.POST)
    if not cells:
        messages.info(request, _("Aucune case n'a changé."))
        return
    actions.correct(brought, cells, by=_person(request))
    messages.success(request, _("Corrigé, et tout le fichier est vérifié de nouveau."))


def _choose(request: HttpRequest, brought: Import) -> None:
    page = {int(row) for row in request.POST.getlist("ligne") if row.isdecimal()}
    kept = {int(row) for row in request.POST.getlist("garder") if row.isdecimal()}
    actions.set_aside(brought, page - kept, aside=True)
    actions.set_aside(brought, kept, aside=False)
    messages.success(request, _("Choix enregistré."))


def _write(request: HttpRequest, brought: Import) -> None:
    without = request.POST.get("sans-refus") == "oui"
    actions.write(brought, by=_person(request), take=request.POST.getlist("prendre"), without_refused=without)


correct = _act(_correct)
choose = _act(_choose)
write = _act(_write)
check_again = _act(lambda request, brought: actions.check_again(brought, by=_person(request)))
undo = _act(lambda request, brought: actions.undo(brought, by=_person(request)))
stop = _act(lambda _request, brought: actions.stop(brought))
take_back = _act(lambda _request, brought: actions.settle_stopped(brought) if _stopped(brought) else None)


@require_POST
@never_cache
def abandon(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Give an import up, and go back to the list."""
    actions.abandon(_held(request, pk), by=_person(request))
    messages.success(request, _("Import abandonné : rien n'a été écrit."))
    return redirect("imports")


def _about(kind: Kind, subject: str) -> Subject | None:
    if not kind.about:
        return None
    try:
        found = Subject.objects.filter(pk=UUID(subject)).first()
    except ValueError:
        found = None
    if found is None:
        raise _hidden()
    return found


def _running(brought: Import) -> bool:
    working = brought.state in {State.CHECKING, State.WRITING, State.UNDOING}
    return working and not _stopped(brought)


def _stopped(brought: Import) -> bool:
    """Say whether the work of an import ended without giving it back: a failure, too many kills."""
    working = brought.state in {State.CHECKING, State.WRITING, State.UNDOING}
    ended = brought.job is not None and brought.job.state in {Job.State.FAILED, Job.State.CANCELLED}
    return working and ended
