"""The workshop of a call, for its owners: its frame, who may answer, sponsors, review, stages, letters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from terreau.accounts.models import User
from terreau.accounts.second_factor import sensitive
from terreau.calls import building, perms, read, versions, wording
from terreau.calls.form_rules import fields
from terreau.calls.forms import (
    ApplicantsForm,
    CopyForm,
    FrameForm,
    LettersForm,
    NewCallForm,
    ProgrammeForm,
    ReviewForm,
    SponsorsForm,
    StagesForm,
    StrandForm,
)
from terreau.calls.letters import PLACES
from terreau.calls.models import Call, Programme, Strand
from terreau.calls.perms import CallSpace, enter, enter_programme
from terreau.calls.rows_form import RowsForm
from terreau.calls.views_public import instant_words, stage_rows
from terreau.common.errors import DomainError, NotFoundError, RefusedError, SignInNeededError
from terreau.exchanges.acting import refuse
from terreau.journal.actions import counting_refusals

_GET_POST: Final = ["GET", "HEAD", "POST"]
View = Callable[..., HttpResponseBase]

#: Parts of the workshop: the last part of the address, and the name.
PARTS: Final = (
    ("", gettext_lazy("Où en est l'appel")),
    ("cadre", gettext_lazy("Cadre et calendrier")),
    ("candidats", gettext_lazy("Qui peut répondre")),
    ("volets", gettext_lazy("Volets")),
    ("financeurs", gettext_lazy("Financeurs")),
    ("formulaire", gettext_lazy("Formulaire")),
    ("etapes", gettext_lazy("Étapes et classement")),
    ("relecture", gettext_lazy("Grille de relecture")),
    ("courriers", gettext_lazy("Courriers")),
    ("personnes", gettext_lazy("Personnes")),
)


def proved_to_write(view: View) -> View:
    """Ask for a fresh proof before a page that names people or publishes is written, never to read it."""
    asked = sensitive(view)

    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return (asked if request.method == "POST" else view)(request, *args, **kwargs)

    return shown


def owned(request: HttpRequest, slug: str, verb: str = "call.build") -> CallSpace:
    """Let the owners of a call pass, and nobody else."""
    return enter(request, slug, "owner", verb=verb)


def show(  # noqa: PLR0913 - keyword-only after what is drawn
    request: HttpRequest,
    space: CallSpace,
    template: str,
    context: Mapping[str, Any],
    *,
    part: str,
    status: int = 200,
) -> HttpResponse:
    """Draw a page of the workshop."""
    home = reverse("call_build", args=[space.call.slug])
    parts = [
        {"label": label, "href": f"{home}{code}/" if code else home, "current": code == part}
        for code, label in PARTS
    ]
    phase = space.call.phase()
    whole = {
        "call": space.call,
        "parts": parts,
        "part_label": dict(PARTS).get(part, ""),
        "phase": wording.PHASES[phase],
        "call_path": f"/appels/{space.call.slug}/",
        **context,
    }
    response = render(request, template, whole, status=status)
    add_never_cache_headers(response)
    return response


@dataclass(frozen=True, slots=True)
class Page:
    """A page of one form: how it is made, what it does, what it says once done."""

    form: Callable[..., Any]
    do: Callable[[Any], None]
    template: str
    part: str
    said: str


def one_form(
    request: HttpRequest, space: CallSpace, page: Page, context: Mapping[str, Any] | None = None
) -> HttpResponseBase:
    """Show a form, or do what it asks; what was typed is kept when it is refused."""
    form = page.form(request.POST) if request.method == "POST" else page.form()
    status = 200
    if request.method == "POST":
        if "ajouter" in request.POST and isinstance(form, RowsForm):
            form.grow()
        elif form.is_valid():
            try:
                page.do(form)
            except RefusedError:
                raise
            except DomainError as error:
                refuse(form, error)
                status = error.status
            else:
                messages.success(request, page.said)
                return redirect(request.path)
        else:
            status = 422
    whole = {"form": form, **(context or {})}
    return show(request, space, page.template, whole, part=page.part, status=status)


@require_http_methods(_GET_POST)
@proved_to_write
def overview(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Where the call stands: what is left before it can be published, and the buttons that lead it."""
    space = owned(request, slug, "call.lead")
    call = space.call
    if request.method == "POST":
        try:
            said = _lead(call, request.POST.get("faire", ""), space.user)
        except DomainError as error:
            messages.error(request, str(error.message))
            return redirect("call_build", slug)
        messages.success(request, said)
        return redirect("call_build", slug)
    moves = building.MOVES[call.state]
    context = {
        "todo": building.todo(call) if call.state == Call.State.DRAFT else [],
        "moves": [(code, _MOVES[code]) for code in moves],
        "changes": versions.waiting(call),
        "forms": call.forms.exclude(published_at=None),
        "held": _held(call),
    }
    return show(request, space, "calls/build.html", context, part="")


def _held(call: Call) -> list[tuple[str, Any, str]]:
    """Return what each part holds, in a few words: its address, its name, what is in it."""
    names = dict(PARTS)
    form = read.draft_form(call) or read.current_form(call)
    asked = len(list(fields(form.content))) if form else 0
    notes = len(call.review.get("criteria", ()))
    conditions = len(call.criteria) + len(call.grids)
    strands, sponsors, people = call.strands.count(), call.sponsors.count(), call.roles.count()
    stages = [str(one["label"]) for one in stage_rows(call)]
    said = {
        "cadre": instant_words(call.opens_at) or _("sans date d'ouverture"),
        "candidats": ngettext("%(n)d condition ou grille", "%(n)d conditions ou grilles", conditions)
        % {"n": conditions},
        "volets": ngettext("%(n)d volet", "%(n)d volets", strands) % {"n": strands},
        "financeurs": ngettext("%(n)d financeur", "%(n)d financeurs", sponsors) % {"n": sponsors},
        "formulaire": ngettext("%(n)d question", "%(n)d questions", asked) % {"n": asked},
        "etapes": ", ".join(stages),
        "relecture": ngettext("%(n)d critère", "%(n)d critères", notes) % {"n": notes},
        "courriers": ngettext(
            "%(n)d texte propre à l'appel", "%(n)d textes propres à l'appel", len(call.letters)
        )
        % {"n": len(call.letters)},
        "personnes": ngettext("%(n)d rôle dans cet appel", "%(n)d rôles dans cet appel", people)
        % {"n": people},
    }
    return [(f"{code}/", names[code], words) for code, words in said.items()]


_MOVES: Final = {
    "closed": gettext_lazy("Clore l'appel maintenant"),
    "open": gettext_lazy("Rouvrir l'appel"),
    "archived": gettext_lazy("Archiver l'appel"),
}


def _lead(call: Call, asked: str, by: User) -> str:
    if asked == "publier":
        building.publish(call, by=by)
        return _("L'appel est publié : il ouvre et ferme aux heures que vous avez dites.")
    building.lead(call, asked, by=by)
    return _("L'appel a changé d'état.")


@require_http_methods(_GET_POST)
def frame(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The frame of a call: title, calendar, amounts."""
    space = owned(request, slug)

    def do(form: Any) -> None:
        building.change(space.call, base=form.base, mine=form.mine, by=space.user)

    page = Page(
        partial(FrameForm, row=space.call),
        do,
        "calls/build_frame.html",
        "cadre",
        _("Le cadre est enregistré."),
    )
    return one_form(request, space, page)


@require_http_methods(_GET_POST)
def applicants(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Who may answer: kinds, stages, grids, own rules."""
    space = owned(request, slug)
    call = space.call

    def do(form: Any) -> None:
        base = {**form.base_lists, "criteria": call.criteria}
        seen = [_plain(one) for one in form.base]
        if seen != [_plain(one) for one in form.known]:
            base["criteria"] = None
        building.change(call, base=base, mine=form.mine, by=space.user)

    page = Page(
        partial(ApplicantsForm, call=call, grids=read.grid_names()),
        do,
        "calls/build_applicants.html",
        "candidats",
        _("C'est enregistré."),
    )
    return one_form(request, space, page)


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value not in (None, "")}


@require_http_methods(_GET_POST)
def strands(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Which strands of the programme a call is about; they are written with the programme."""
    space = owned(request, slug)
    if request.method == "POST":
        building.put_strands(space.call, request.POST.getlist("volets"), by=space.user)
        messages.success(request, _("Les volets sont enregistrés."))
        return redirect(request.path)
    chosen = set(space.call.strands.values_list("code", flat=True))
    rows = [(one, one.code in chosen) for one in space.call.programme.strands.all()]
    owner = perms.standing_in_programme(space.user, space.call.programme).owner
    return show(request, space, "calls/build_strands.html", {"rows": rows, "owner": owner}, part="volets")


@require_http_methods(_GET_POST)
def sponsors(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Who finances the call, with its share and its opinion."""
    space = owned(request, slug)
    rows = [building.sponsor_row(one) for one in space.call.sponsors.all()]

    def do(form: Any) -> None:
        building.put_sponsors(space.call, form.rows, base=form.base, by=space.user)

    page = Page(
        partial(SponsorsForm, rows=rows),
        do,
        "calls/build_rows.html",
        "financeurs",
        _("Les financeurs sont enregistrés."),
    )
    context = {
        "lede": _("Chacun avec sa part et son avis : un avis obligatoire est attendu pour chaque dossier."),
        "row_name": _("Financeur"),
    }
    return one_form(request, space, page, context)


@require_http_methods(_GET_POST)
def review(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What reviewers note."""
    space = owned(request, slug)
    call = space.call
    rows = call.review.get("criteria", [])

    def do(form: Any) -> None:
        mine = {"reviewers": form.cleaned_data["reviewers"], "criteria": form.rows}
        base = call.review if form.base == form.known else None
        building.change(call, base={"review": base}, mine={"review": mine}, by=space.user)

    page = Page(
        partial(ReviewForm, rows=rows, initial={"reviewers": call.review.get("reviewers")}),
        do,
        "calls/build_rows.html",
        "relecture",
        _("La grille de relecture est enregistrée."),
    )
    context = {
        "lede": _(
            "Ce que chaque relecture note et commente. "
            "Les avis restent cachés tant que tous ne sont pas donnés."
        ),
        "row_name": _("Critère"),
    }
    return one_form(request, space, page, context)


@require_http_methods(_GET_POST)
def stages(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Which stages a call uses and how files are ranked."""
    space = owned(request, slug)

    def do(form: Any) -> None:
        seen_stages, seen_ranking = form.base
        mine = {
            "stages": form.stages,
            "ranking": {**space.call.ranking, "by": form.cleaned_data["by"], "tie": form.cleaned_data["tie"]},
        }
        base = {"stages": seen_stages, "ranking": seen_ranking}
        building.change(space.call, base=base, mine=mine, by=space.user)

    page = Page(
        partial(StagesForm, call=space.call),
        do,
        "calls/build_stages.html",
        "etapes",
        _("Les étapes sont enregistrées."),
    )
    return one_form(request, space, page)


@require_http_methods(_GET_POST)
def letters(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The templates of the letters of the call."""
    space = owned(request, slug)

    def do(form: Any) -> None:
        mine = {"letters": form.letters}
        building.change(space.call, base={"letters": form.base}, mine=mine, by=space.user)

    page = Page(
        partial(LettersForm, call=space.call),
        do,
        "calls/build_letters.html",
        "courriers",
        _("Les courriers sont enregistrés."),
    )
    places = [(f"{{{name}}}", words) for name, words in PLACES.items()]
    return one_form(request, space, page, {"places": places})


# Beginning: a programme, a call, the next year of a call.


@require_http_methods(_GET_POST)
def new_call(request: HttpRequest) -> HttpResponseBase:
    """Begin a call in a programme that one owns."""
    user = _signed_in(request)
    with counting_refusals(None, "call.begin", by=user):
        if not perms.may_write(user):
            words = _("Il faut porter un programme pour écrire un appel : demandez à qui tient ce site.")
            raise RefusedError("not_owner", words)
    programmes = Programme.objects.filter(pk__in=perms.held_by(user).owned).order_by("name")
    if not programmes:
        return redirect("programme_new")
    initial = {"programme": request.GET.get("programme", "")[:60]}
    form = NewCallForm(programmes, request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        made = building.begin(form.chosen, form.cleaned_data["title"].strip(), by=user)
        messages.success(request, _("Le brouillon est là : personne d'autre que vous ne le voit."))
        return redirect("call_build", made.slug)
    return _begin(request, form, _("Écrire un appel"), "calls/new.html")


@require_http_methods(_GET_POST)
def new_programme(request: HttpRequest) -> HttpResponseBase:
    """Begin a programme."""
    user = _signed_in(request)
    with counting_refusals(None, "programme.begin", by=user):
        if not perms.may_begin(user):
            words = _("Un programme s'ouvre par qui instruit ou administre ce site.")
            raise RefusedError("may_not_begin", words)
    form = ProgrammeForm(request.POST if request.method == "POST" else None, initial={"level": "state"})
    if request.method == "POST" and form.is_valid():
        try:
            made = building.begin_programme(form.mine, by=user)
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(
                request, _("Le programme est là, en brouillon : il se publie avec son premier appel.")
            )
            return redirect("programme", made.slug)
    return _begin(request, form, _("Ouvrir un programme"), "calls/new.html")


def _signed_in(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise SignInNeededError("sign_in", _("Connectez-vous pour voir cette page."))
    return request.user


def _begin(
    request: HttpRequest, form: Any, title: str, template: str, context: Mapping[str, Any] | None = None
) -> HttpResponse:
    status = 422 if form.is_bound else 200
    response = render(request, template, {"form": form, "title": title, **(context or {})}, status=status)
    add_never_cache_headers(response)
    return response


@require_http_methods(_GET_POST)
def copy(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Copy a call to the next year: its owners, or the owners of its programme once it is public."""
    space = owned(request, slug, "call.copy")
    initial = {"title": _next_title(space.call.title)}
    form = CopyForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        made = building.copy(space.call, values["title"].strip(), people=values["people"], by=space.user)
        messages.success(request, _("La copie est un brouillon : relisez ses dates, avancées d'un an."))
        return redirect("call_build", made.slug)
    return _begin(request, form, _("Copier vers l'année suivante"), "calls/copy.html", {"call": space.call})


def _next_title(title: str) -> str:
    """Return a title with the next year when it names one."""
    for word in title.split():
        plain = word.strip(".,;:()«»")
        if plain.isdigit() and 2000 <= int(plain) <= 2100:
            return title.replace(plain, str(int(plain) + 1))
    return title


@require_http_methods(_GET_POST)
def programme_edit(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Change a programme; its strands are below."""
    programme, _standing, user = enter_programme(request, slug, "owner", verb="programme.change")
    form = ProgrammeForm(request.POST if request.method == "POST" else None, row=programme)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                building.change_programme(programme, base=form.base, mine=form.mine, by=user)
            except DomainError as error:
                refuse(form, error)
                status = error.status
            else:
                messages.success(request, _("Le programme est enregistré."))
                return redirect("programme", slug)
    context = {"form": form, "programme": programme, "strands": programme.strands.all()}
    response = render(request, "calls/programme_edit.html", context, status=status)
    add_never_cache_headers(response)
    return response


@require_http_methods(_GET_POST)
def strand(request: HttpRequest, slug: str, code: str = "") -> HttpResponseBase:
    """Write a strand of a programme."""
    programme, _standing, user = enter_programme(request, slug, "owner", verb="programme.change")
    row = _strand(programme.strands.all(), code)
    form = StrandForm(request.POST if request.method == "POST" else None, row=row)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                if row is None:
                    building.add_strand(programme, form.mine, by=user)
                else:
                    building.change_strand(row, base=form.base, mine=form.mine, by=user)
            except DomainError as error:
                refuse(form, error)
                status = error.status
            else:
                messages.success(request, _("Le volet est enregistré."))
                return redirect("programme_edit", slug)
    context = {"form": form, "programme": programme, "strand": row}
    response = render(request, "calls/strand_edit.html", context, status=status)
    add_never_cache_headers(response)
    return response


def _strand(rows: Iterable[Strand], code: str) -> Strand | None:
    if not code:
        return None
    for one in rows:
        if one.code == code:
            return one
    raise NotFoundError("unknown_strand", _("Ce volet n'existe pas."))


__all__ = ["PARTS", "one_form", "owned", "proved_to_write", "show"]
