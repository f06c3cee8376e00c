"""Files that did not come online: entered by an officer from paper or e-mail, or read from a spreadsheet."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from terreau.accounts.models import User
from terreau.accounts.second_factor import sensitive
from terreau.calls.models import Call
from terreau.calls.perms import CallSpace, can_see
from terreau.calls.perms import enter as enter_call
from terreau.calls.read import current_form, find
from terreau.common.errors import DomainError, NotFoundError, RefusedError, SignInNeededError
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.dossiers import actions, importing, paper, sheet_answer, states, team
from terreau.dossiers.forms_paper import CorrectForm, EnterForm, FollowForm, RulesForm, ScanForm, SheetForm
from terreau.dossiers.models import DossierPiece, Writer
from terreau.dossiers.paper import Came
from terreau.dossiers.perms import DossierSpace, enter
from terreau.dossiers.views_team import joining, shown
from terreau.exchanges.acting import Act, Played, PressForm, new_key, play
from terreau.poles.models import Pole
from terreau.poles.workspace import refused
from terreau.territories.models import Zone

COLUMNS: Final = (
    Column(gettext_lazy("Numéro du dossier"), lambda row: row.reference),
    Column(gettext_lazy("Intitulé"), lambda row: row.name),
    Column(gettext_lazy("Qui demande"), lambda row: row.applicant.name),
    Column(gettext_lazy("Cachet de la poste"), lambda row: _of(row, "postmark"), "date"),
    Column(gettext_lazy("Courriel reçu le"), lambda row: _instant(_of(row, "emailed_at"))),
    Column(gettext_lazy("État du dossier"), lambda row: row.get_state_display()),
    Column(gettext_lazy("Ce qui manque"), lambda row: " ".join(_lacks(row))),
)
#: Poles offered to an officer's choice, files shown on the page; the export has them all.
_MOST_POLES: Final = 1_500
_SHOWN: Final = 500


# ------------------------------------------------------------------------------------------- paper, e-mail


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def papers(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The files of a call that came on paper or by e-mail, and a form to enter one more."""
    space = enter_call(request, slug, "officer", "owner", verb="dossier.enter")
    rows = [row for row in paper.waiting(space.call) if _mine(space, row)]
    if made := export_response(request, rows, COLUMNS, f"recus-{slug}", title=_("Dossiers reçus hors ligne")):
        return made
    form = _enter_form(space, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            dossier = paper.enter(space.call, form.typed(space.call), form.came, by=space.user)
        except RefusedError as error:
            refused(form, error, {"region": "region"})
            form.add_error("region", str(error.message))
        except DomainError as error:
            refused(form, error)
        else:
            words = _("Le dossier %(number)s est ouvert : joignez les pièces, saisissez, enregistrez.")
            messages.success(request, words % {"number": dossier.reference})
            return redirect("dossier_reception", dossier.pk)
    context = {
        "call": space.call,
        "form": form,
        "rows": [{"row": row, "lacks": _lacks(row)} for row in rows[:_SHOWN]],
        "more": max(0, len(rows) - _SHOWN),
        "both": paper.wants_both(space.call),
        "owner": space.standing.owner,
        "takes": set(paper.channels(space.call)) - {"online"} or paper.wants_both(space.call),
    }
    response = render(request, "dossiers/papers.html", context, status=422 if form.is_bound else 200)
    add_never_cache_headers(response)
    return response


def _mine(space: CallSpace, row: Any) -> bool:
    held = space.standing
    if held.owner or held.zones is None:
        return True
    return row.zone is not None and held.instructs(row.zone.code)


def _enter_form(space: CallSpace, data: Any) -> EnterForm:
    zones = Zone.objects.filter(level="region").order_by("-cog_year")
    year = zones.values_list("cog_year", flat=True).first()
    regions = list(zones.filter(cog_year=year).order_by("name")) if year else []
    if not space.standing.owner and space.standing.zones is not None:
        regions = [one for one in regions if one.code in space.standing.zones]
    poles = Pole.objects.filter(actor__subject__public=True, actor__subject__closed_at=None)
    listed = list(poles.select_related("actor").order_by("actor__sort_key")[:_MOST_POLES])
    initial = {"region": str(regions[0].pk)} if len(regions) == 1 else {}
    return EnterForm(data, call=space.call, regions=regions, poles=listed, initial=initial)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest, slug: str) -> HttpResponseBase:
    """How a call takes its files: its owner says it, without code."""
    space = enter_call(request, slug, "owner", verb="call.deposit_rules")
    call, said = space.call, space.call.deposit or {}
    initial = {
        "channels": paper.channels(call),
        "both": bool(said.get("both")),
        "signed": bool(said.get("signed")),
        "seen": call.version,
    }
    form = RulesForm(request.POST or None, initial=initial)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        asked = {name: data[name] for name in ("channels", "both", "signed")}
        try:
            paper.set_rules(call, **asked, base_version=data["seen"], by=space.user)
        except DomainError as error:
            refused(form, error)
            status = error.status
        else:
            messages.success(request, _("C'est enregistré."))
            return redirect("deposit_rules", slug)
    response = render(request, "dossiers/paper_rules.html", {"call": call, "form": form}, status=status)
    add_never_cache_headers(response)
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reception(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """How a file came: its dates, its scans, what it lacks, and the button that registers it."""
    space = enter(request, pk, "instruct")
    row = paper.of(space.dossier)
    if row is None:
        raise NotFoundError("not_received", _("Ce dossier n'est pas de ceux que l'instruction saisit."))
    page = _Reception(request, space, row)
    played = play(request, page.acts(), request.path)
    if not isinstance(played, Played):
        return played
    return shown(request, space, "dossiers/paper_reception.html", page.context(played), status=played.status)


class _Reception:
    """What the page of a reception holds."""

    def __init__(self, request: HttpRequest, space: DossierSpace, row: Any) -> None:
        self.request, self.space, self.row, self.dossier = request, space, row, space.dossier

    def acts(self) -> dict[str, Act]:
        """What the buttons of the page do."""
        row = self.row
        initial = {
            "postmark": row.postmark,
            "paper_on": row.paper_on,
            "emailed_at": row.emailed_at,
            "note": row.note,
            "seen": row.version,
        }

        def correct_form(*args: Any, **kwargs: Any) -> CorrectForm:
            return CorrectForm(*args, initial=initial, **kwargs)

        return {
            "correct": Act(lambda: None, correct_form, self._correct),
            "scan": Act(lambda: None, ScanForm, self._scan),
            "unscan": Act(lambda: None, PressForm, self._unscan),
            "register": Act(lambda: None, PressForm, self._register),
            "invite": Act(lambda: None, FollowForm, self._invite),
        }

    def context(self, played: Played) -> dict[str, Any]:
        """What the template draws."""
        row, dossier = self.row, self.dossier
        came = Came(row.postmark, row.paper_on, row.emailed_at, row.note)
        rows = DossierPiece.objects.filter(dossier=dossier, key="_paper", removed_at=None)
        pages = [str(page.get("code")) for page in dossier.form.content.get("pages", ())]
        done = dossier.state != states.DRAFT
        return {
            "row": row,
            "forms": played,
            "both": paper.wants_both(dossier.call),
            "lacks": [paper.said(dossier.call, row, code) for code in paper.shortcomings(dossier.call, row)],
            "counted": dossier.deposited_at or paper.counted_at(dossier.call, came, now=timezone.now()),
            "scans": list(rows.select_related("piece").order_by("at", "pk")),
            "first_page": pages[0] if pages else "",
            "registered": done,
            "corrected": dossier.state in paper.CORRECTED,
            "closed": paper.is_over(dossier.call, timezone.now()),
            "key": new_key(),
            "followed": [team.name_of(one) for one in team.rows(dossier) if one.ended_at is None],
        }

    def _correct(self, form: CorrectForm) -> str:
        paper.correct(self.dossier, form.came, base_version=form.cleaned_data["seen"], by=self.space.user)
        return _("La réception est corrigée.")

    def _scan(self, form: ScanForm) -> str:
        file = form.cleaned_data["file"]
        actions.join(self.dossier, "_paper", file, file.name or "", by=self.space.user)
        return _("La pièce est jointe.")

    def _unscan(self, form: PressForm) -> str:
        try:
            pk = UUID(form.cleaned_data["about"])
        except ValueError as error:
            raise NotFoundError("unknown_piece", _("Cette pièce n'est pas dans le dossier.")) from error
        actions.take_away(self.dossier, pk, by=self.space.user)
        return _("La pièce est enlevée.")

    def _invite(self, form: FollowForm) -> str:
        email = form.cleaned_data["email"]
        team.invite(
            self.dossier,
            role=Writer.Role.SIGNATORY,
            email=email,
            actor=self.dossier.applicant,
            by=self.space.user,
            link=joining(self.request, "fr"),
        )
        return _("L'invitation part à %(email)s.") % {"email": email}

    def _register(self, form: PressForm) -> str:
        receipt = paper.register(self.dossier, key=form.cleaned_data["about"], by=self.space.user)
        return _("Le dossier est enregistré : récépissé %(number)s.") % {"number": receipt.number}


@require_POST
@sensitive
def reject(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Declare inadmissible, with its reasons, a file that lacks what the call demands."""
    space = enter(request, pk, "instruct")
    paper.reject(space.dossier, by=space.user, more=request.POST.get("motif", "")[:2_000])
    messages.success(request, _("Le dossier est déclaré irrecevable ; ses motifs sont sur sa page."))
    return redirect("dossier_reception", pk)


def _of(row: Any, name: str) -> Any:
    return getattr(getattr(row, "reception", None), name, None)


def _instant(at: Any) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M:%S") if at else ""


def _lacks(row: Any) -> list[str]:
    came = getattr(row, "reception", None)
    if came is None:
        return []
    return [paper.said(row.call, came, code) for code in paper.shortcomings(row.call, came)]


# --------------------------------------------------------------------------------------------- spreadsheet


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request: HttpRequest, slug: str) -> HttpResponseBase:
    """An answer from a spreadsheet: the model to download, what the filled one says, its writing."""
    call, user = _call(request, slug)
    form_version = current_form(call)
    if form_version is None:
        raise NotFoundError("no_form", _("Cet appel n'a pas encore de formulaire."))
    targets = importing.targets(call, user)
    form = SheetForm(targets=[(one.code, one.label) for one in targets])
    context: dict[str, Any] = {
        "call": call,
        "form": form,
        "targets": targets,
        "must_choose": importing.must_choose(call),
    }
    if request.method != "POST":
        return _sheet(request, context)
    if (kept := request.POST.get("garde", "")) and "ecrire" in request.POST:
        return _write(request, call, user, kept, context)
    form = SheetForm(request.POST, request.FILES, targets=[(one.code, one.label) for one in targets])
    context["form"] = form
    if not form.is_valid():
        return _sheet(request, context, status=422)
    target = next(one for one in targets if one.code == form.cleaned_data["target"])
    try:
        with tempfile.NamedTemporaryFile(suffix=".sheet") as file:
            for chunk in form.cleaned_data["file"].chunks():
                file.write(chunk)
            file.flush()
            content = target.dossier.form.content if target.dossier else form_version.content
            found = sheet_answer.read(Path(file.name), content)
    except DomainError as error:
        refused(form, error)
        return _sheet(request, context, status=error.status)
    context |= importing.preview(target, found, content)
    if not found.problems and context["changes"]:
        context["kept"] = importing.keep(call, target, found, user)
    return _sheet(request, context, status=422 if found.problems else 200)


def _write(
    request: HttpRequest, call: Call, user: User, kept: str, context: dict[str, Any]
) -> HttpResponseBase:
    try:
        dossier, count = importing.write(call, kept, by=user)
    except signing.BadSignature:
        words = _("Cette lecture a plus d'un jour, ou n'est pas la vôtre : envoyez le fichier de nouveau.")
        context["stale"] = words
        return _sheet(request, context, status=409)
    except RefusedError:
        raise
    except DomainError as error:
        context["stale"] = str(error.message)
        return _sheet(request, context, status=error.status)
    words = _("%(n)d réponses sont dans le dossier. Il reste ce qu'un tableau ne peut pas contenir.")
    messages.success(request, words % {"n": count})
    return redirect("dossier", dossier.pk)


def _sheet(request: HttpRequest, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    response = render(request, "dossiers/import.html", dict(context), status=status)
    add_never_cache_headers(response)
    return response


@never_cache
@require_safe
def sheet_model(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    """The model of a call as XLSX or ODS; ``?dossier=`` fills it with what a file says already."""
    call, user = _call(request, slug)
    version = current_form(call)
    if version is None:
        raise NotFoundError("no_form", _("Cet appel n'a pas encore de formulaire."))
    here = request.build_absolute_uri(reverse("sheet_answer", args=[slug]))
    content, about = version.content, importing.about(call, version, here)
    answers: Mapping[str, Any] = {}
    code = request.GET.get("dossier", "")
    if code:
        target = next((one for one in importing.targets(call, user) if one.code == code), None)
        if target is None:
            raise NotFoundError("not_found", _("Ce dossier n'est pas des vôtres."))
        content, answers = importing.known(target, content)
    sheets = sheet_answer.model(content, about, answers)
    made = sheet_answer.as_xlsx(sheets) if form == "xlsx" else sheet_answer.as_ods(sheets)
    types = {
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "ods": "application/vnd.oasis.opendocument.spreadsheet",
    }
    headers = {"Content-Disposition": f'attachment; filename="reponse-{slug}.{form}"'}
    return HttpResponse(made, content_type=types[form], headers=headers)


def _call(request: HttpRequest, slug: str) -> tuple[Call, User]:
    call = find(slug)
    if not can_see(request.user, call):
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    if not isinstance(request.user, User):
        raise SignInNeededError("sign_in", _("Connectez-vous pour répondre à cet appel."))
    return call, request.user
