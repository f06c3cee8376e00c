"""Importing an official register from a page: administrators only, what is read shown before it is written.

A stranger gets 404, another person 403 and the refusal is counted.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from terreau.accounts.models import GlobalRole, User
from terreau.common.errors import DomainError, NotFoundError, RefusedError
from terreau.design.forms import BaseForm
from terreau.directory import work
from terreau.directory.models import Batch
from terreau.directory.telling import lines
from terreau.jobs.models import Job
from terreau.jobs.work import cancel
from terreau.journal.actions import counting_refusals

_LATEST = 10


class AskForm(BaseForm):
    """Which register, which files of the folder."""

    register = forms.ChoiceField(label=gettext_lazy("Répertoire"), choices=Batch.Register.choices)
    names = forms.MultipleChoiceField(
        label=gettext_lazy("Fichiers du dossier"), widget=forms.CheckboxSelectMultiple
    )
    complete = forms.BooleanField(
        label=gettext_lazy("Ces fichiers sont le répertoire entier"),
        required=False,
        help_text=gettext_lazy("Ce qu'ils n'ont plus sera retiré de ce qui est tenu ici."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["names"].choices = [(one.name, one.name) for one in work.offered()]  # type: ignore[attr-defined]


def _administrator(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User):
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas publique."))
    held = GlobalRole.objects.filter(user=user, role=GlobalRole.Role.ADMINISTRATOR, valid_to=None)
    with counting_refusals(None, "directory.import", by=user):
        if not (user.is_superuser or held.exists()):
            raise RefusedError("forbidden", _("Il faut administrer ce site pour importer un répertoire."))
    return user


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def registers(request: HttpRequest) -> HttpResponse:
    """What is held of the registers, the files that wait, and the way to read them."""
    user = _administrator(request)
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            job = work.ask(given["register"], given["names"], complete=given["complete"], save=False, by=user)
        except DomainError as error:
            form.add_error(error.facts.get("field"), str(error.message))
        else:
            return redirect("register_import", job.pk)
    context = {
        "form": form,
        "folder": work.folder(),
        "waiting": work.offered(),
        "running": work.running(),
        "batches": Batch.objects.all()[:_LATEST],
        "jobs": Job.objects.filter(kind=work.KIND)[:_LATEST],
    }
    return render(request, "directory/registers.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def register_import(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Where an import stands, what it found; stop it, or write what was read."""
    user = _administrator(request)
    job = Job.objects.filter(kind=work.KIND, pk=pk).first()
    if job is None:
        raise NotFoundError("not_found", _("Cet import n'existe pas."))
    if request.method == "POST":
        return _act(request, job, user)
    running = job.state in {Job.State.WAITING, Job.State.RUNNING}
    told = [line.strip() for line in lines(job.report)] if job.state == Job.State.DONE else []
    context = {
        "job": job,
        "running": running,
        "register": Batch.Register(job.arguments["register"]).label,
        "lines": told,
        "may_write": job.state == Job.State.DONE and not job.report["saved"] and _changes(job),
    }
    return render(request, "directory/import.html", context)


def _changes(job: Job) -> bool:
    tables = job.report["tables"].values()
    return any(one["added"] or one["changed"] or one["removed"] for one in tables)


def _act(request: HttpRequest, job: Job, user: User) -> HttpResponse:
    try:
        if request.POST.get("faire") == "arreter":
            cancel(job)
            messages.success(request, _("L'import s'arrête. Ce qui était écrit l'est toujours."))
        elif request.POST.get("faire") == "ecrire":
            given = job.arguments
            job = work.ask(given["register"], given["files"], complete=given["complete"], save=True, by=user)
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect("register_import", job.pk)
