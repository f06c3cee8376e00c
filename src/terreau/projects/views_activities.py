"""Activities of the pole, and the share of them whose social utility somebody recognises (R-146)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from terreau.actors.models import Actor
from terreau.common.errors import NotFoundError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.poles.workspace import Workspace, enter, show
from terreau.projects import activities, enjeux, joint_projects, kept
from terreau.projects.forms import ActivityForm, EndForm, RecogniseForm
from terreau.projects.models import Activity, JointProject, UtilityRecognition
from terreau.projects.pages import done, form_page, posted, sent

_RUN = "activity.write"


def sector(activity: Activity) -> str:
    """Return the name of the sector of an activity, in the language of the reader."""
    return enjeux.labels([activity.sector], "sector")[0] if activity.sector else ""


COLUMNS = (
    Column(gettext_lazy("Activité"), lambda one: one.name),
    Column(gettext_lazy("Domaine"), sector),
    Column(gettext_lazy("Code NAF"), lambda one: one.naf),
    Column(gettext_lazy("Menée par"), lambda one: ", ".join(actor.name for actor in one.members.all())),
    Column(gettext_lazy("Pour qui"), lambda one: one.publics),
    Column(gettext_lazy("Depuis le"), lambda one: one.starts_on, "date"),
    Column(gettext_lazy("Jusqu'au"), lambda one: one.ends_on, "date"),
    Column(gettext_lazy("Utilité sociale reconnue"), lambda one: bool(one.in_force), "boolean"),
    Column(gettext_lazy("Reconnue par"), lambda one: ", ".join(row.by_whom for row in one.in_force)),
    Column(gettext_lazy("Née du projet"), lambda one: one.project.title if one.project else ""),
)


@require_safe
def listing(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Every activity, those that run first."""
    ws = enter(request, slug)
    rows = list(activities.of_pole(ws.pole, ws.today).order_by("name", "pk"))
    exported = export_response(request, rows, COLUMNS, f"activites-{ws.slug}")
    if exported is not None:
        return exported
    over = [one for one in rows if one.ends_on is not None and one.ends_on <= ws.today]
    names = dict(enjeux.choices("sector"))
    context = {
        "running": [(one, names.get(one.sector, "")) for one in rows if one not in over],
        "over": [(one, names.get(one.sector, "")) for one in over],
        "share": activities.share(ws.pole, ws.today),
    }
    return show(request, ws, "projects/activities.html", context)


@require_safe
def activity(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """One activity: who runs it, for whom, who recognises it."""
    ws = enter(request, slug)
    row = activities.one(ws.pole, pk)
    recognitions = list(row.recognitions.order_by("-on", "pk"))
    context = {
        "activity": row,
        "sector": sector(row),
        "members": list(row.members.order_by("sort_key")),
        "recognitions": [(one, one.until is None or one.until > ws.today) for one in recognitions],
    }
    return show(request, ws, "projects/activity.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponseBase:
    """List an activity: a name is enough."""
    ws = enter(request, slug, run=True, verb=_RUN)
    form = ActivityForm(kept.around(ws.pole, ws.today), _projects(ws), posted(request))
    made: list[Activity] = []

    def act(f: ActivityForm) -> None:
        made.append(activities.create(ws.pole, members=f.chosen, by=ws.user, **f.mine))

    if sent(request, form, act):
        messages.success(request, _("L'activité est listée."))
        return redirect("espace_activity", slug=slug, pk=made[0].pk)
    return form_page(
        request,
        ws,
        form,
        title=_("Ajouter une activité"),
        lede=_("Ce que le pôle fait, activité par activité : un nom suffit pour commencer."),
        back=reverse("espace_activities", args=[slug]),
        submit=_("Ajouter cette activité"),
        parent=_above(slug),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Change an activity."""
    ws = enter(request, slug, run=True, verb=_RUN)
    row = activities.one(ws.pole, pk)
    held = list(row.members.order_by("sort_key"))
    actors: dict[UUID, Actor] = {one.pk: one for one in [*kept.around(ws.pole, ws.today), *held]}
    initial = {"members": [str(one.pk) for one in held]}
    form = ActivityForm(list(actors.values()), _projects(ws), posted(request), row=row, initial=initial)

    def act(f: ActivityForm) -> None:
        activities.change(row, base=f.base, mine=f.mine, members=f.chosen, by=ws.user)

    if sent(request, form, act):
        messages.success(request, _("L'activité est enregistrée."))
        return redirect("espace_activity", slug=slug, pk=pk)
    return form_page(
        request,
        ws,
        form,
        title=_("Décrire l'activité"),
        back=_path(ws, row),
        submit=_("Enregistrer"),
        parent=(row.name, _path(ws, row)),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def recognise(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Write who recognises the social utility of an activity."""
    ws = enter(request, slug, run=True, verb=_RUN)
    row = activities.one(ws.pole, pk)
    form = RecogniseForm(posted(request))

    def act(f: RecogniseForm) -> None:
        values = f.cleaned_data
        activities.recognise(
            row,
            by_whom=values["by_whom"],
            ground=values["ground"],
            on=values["on"],
            today=ws.today,
            by=ws.user,
        )

    if sent(request, form, act):
        messages.success(request, _("La reconnaissance est écrite."))
        return redirect("espace_activity", slug=slug, pk=pk)
    return form_page(
        request,
        ws,
        form,
        title=_("Une utilité sociale reconnue"),
        lede=row.name,
        back=_path(ws, row),
        submit=_("Écrire cette reconnaissance"),
        parent=(row.name, _path(ws, row)),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def end_recognition(request: HttpRequest, slug: str, pk: UUID, recognition: UUID) -> HttpResponseBase:
    """Say that a recognition ended."""
    ws = enter(request, slug, run=True, verb=_RUN)
    row = activities.one(ws.pole, pk)
    rows = UtilityRecognition.objects.select_related("activity__subject")
    found = rows.filter(activity=row, pk=recognition).first()
    if found is None:
        raise NotFoundError("not_found", _("Cette reconnaissance n'existe pas."))
    form = EndForm(posted(request), initial={"on": ws.today})
    form.fields["on"].label = _("Finie le")
    if sent(request, form, lambda f: activities.end_recognition(found, on=f.cleaned_data["on"], by=ws.user)):
        messages.success(request, _("La fin de la reconnaissance est écrite."))
        return redirect("espace_activity", slug=slug, pk=pk)
    return form_page(
        request,
        ws,
        form,
        title=_("Cette reconnaissance est finie"),
        lede=found.by_whom,
        back=_path(ws, row),
        submit=_("Écrire la fin"),
        parent=(row.name, _path(ws, row)),
    )


@require_POST
def publish(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Show an activity on the public page of the pole, or stop."""
    ws = enter(request, slug, run=True, verb="activity.publish")
    row = activities.one(ws.pole, pk)
    public = request.POST.get("public") == "oui"
    said = _("L'activité est publiée.") if public else _("L'activité n'est plus publiée.")
    return done(
        request, lambda: activities.publish(row, public=public, by=ws.user), said=said, to=_path(ws, row)
    )


@require_POST
def whole(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Say that the list of activities is whole, or no longer."""
    ws = enter(request, slug, run=True, verb=_RUN)
    whole = request.POST.get("complete") == "oui"
    said = (
        _("La liste est dite complète : la part des activités reconnues se calcule.")
        if whole
        else _("La liste n'est plus dite complète.")
    )
    return done(
        request,
        lambda: activities.say_whole(ws.pole, whole=whole, on=ws.today, by=ws.user),
        said=said,
        to=reverse("espace_activities", args=[slug]),
    )


def _projects(ws: Workspace) -> list[JointProject]:
    return list(joint_projects.of_pole(ws.pole).order_by("title", "pk"))


def _path(ws: Workspace, row: Activity) -> str:
    return reverse("espace_activity", args=[ws.slug, row.pk])


def _above(slug: str) -> tuple[str, str]:
    return _("Activités"), reverse("espace_activities", args=[slug])
