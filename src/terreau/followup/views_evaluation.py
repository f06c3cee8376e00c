"""The shared evaluation of a file on one page: four steps, then two signatures."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from terreau.accounts.second_factor import sensitive
from terreau.actors.models import Actor
from terreau.actors.perms import belongs
from terreau.common.canonical import digest
from terreau.dossiers import moving, states
from terreau.dossiers.models import Dossier
from terreau.dossiers.perms import DossierSpace
from terreau.exchanges.acting import Act, Played, PressForm, play
from terreau.followup import concluding, evaluating, perms
from terreau.followup.concluding import Signing
from terreau.followup.evaluating import Progress
from terreau.followup.forms import (
    ConclusionForm,
    InviteForm,
    OpenForm,
    OwnWordsForm,
    RestForm,
    SignForm,
    TheirWordsForm,
)
from terreau.followup.models import Evaluation
from terreau.followup.perms import BENEFICIARY, EITHER, OFFICER, SIGNS
from terreau.followup.views_followup import allow, common
from terreau.grids.models import GridVersion
from terreau.reviews.statements import questionnaire

_PROVED = ("sign", "take_back", "close")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The evaluation of a file: what is done, what is missing, what each side may do now."""
    space = perms.enter(request, pk)
    asked = request.POST.get("faire", "") if request.method == "POST" else ""
    if asked in _PROVED:
        perms.require(space, SIGNS)
        return _proved(request, space)
    return _played(request, space)


@sensitive
def _proved(request: HttpRequest, space: DossierSpace) -> HttpResponseBase:
    return _played(request, space)


def _played(request: HttpRequest, space: DossierSpace) -> HttpResponseBase:
    evaluation = evaluating.of(space.dossier)
    if evaluation is None:
        played = play(request, _opening(space), request.path)
        if not isinstance(played, Played):
            return played
        context = {
            **common(space),
            "forms": played,
            "may_open": perms.officer(space) and space.dossier.state in {states.RUNNING, states.EVALUATION},
        }
        return render(request, "followup/evaluation_none.html", context, status=played.status)
    played = play(request, _acts(space, evaluation), request.path)
    if not isinstance(played, Played):
        return played
    if request.method == "POST":
        evaluation = evaluating.of(space.dossier) or evaluation
    context = {**common(space), **_context(space, evaluation), "forms": played}
    return render(request, "followup/evaluation.html", context, status=played.status)


def _opening(space: DossierSpace) -> dict[str, Act]:
    found = versions() if space.dossier.pole_id else []

    def begin(form: OpenForm) -> str:
        version = form.versions.get(form.cleaned_data["version"])
        evaluating.open_evaluation(space.dossier, version, by=space.user)
        return _("L'évaluation partagée est ouverte, et les deux parties prévenues.")

    return {"open": Act(allow(space, OFFICER), partial(OpenForm, versions=found), begin)}


def versions() -> list[GridVersion]:
    """Return the published versions of public grids that are answered on a scale."""
    rows = GridVersion.objects.filter(state="published", grid__public=True, grid__subject_kind="pole")
    rows = rows.select_related("grid").order_by("grid__code", "-published_at")
    return [one for one in rows if questionnaire(one).codes]


def reviewers(dossier: Dossier) -> list[Actor]:
    """Return the organisations of the register that finance a file: who may evaluate it from outside."""
    programme = dossier.call.programme
    rows = Actor.objects.filter(
        Q(pk=programme.owner_id) | Q(pk__in=dossier.call.sponsors.values("actor"))
    ).exclude(pk=dossier.pole_id)
    return list(rows.order_by("sort_key", "pk"))


def _acts(space: DossierSpace, evaluation: Evaluation) -> dict[str, Act]:
    return {**_part_acts(space, evaluation), **_end_acts(space, evaluation)}


def _part_acts(space: DossierSpace, evaluation: Evaluation) -> dict[str, Act]:
    user, dossier = space.user, space.dossier

    def runs() -> None:
        perms.require(space, BENEFICIARY)
        if dossier.pole is None or not belongs(user, dossier.pole.actor, role="animator"):
            perms.require(space, OFFICER)  # Who does not animate the pole opens none of its campaigns.

    def start_self(_form: Any) -> str:
        title = _("Bilan de « %(name)s »") % {"name": dossier.name}
        evaluating.start(evaluation, "self", title=title[:120], by=user)
        return _("L'autoévaluation est ouverte : réunissez le pôle et répondez à la grille.")

    def invite(form: InviteForm) -> str:
        title = _("Évaluation de « %(name)s »") % {"name": dossier.name}
        reviewer = form.reviewers[form.cleaned_data["reviewer"]]
        evaluating.start(evaluation, "external", title=title[:120], reviewer=reviewer, by=user)
        return _("L'organisation est invitée, sur une copie figée de ce que dit le pôle.")

    def rest(part: str, form: RestForm) -> str:
        evaluating.rest_on(evaluation, part, form.reviews[form.cleaned_data["review"]], by=user)
        return _("Cette campagne compte pour l'évaluation partagée.")

    def write(form: Any) -> str:
        evaluating.write(evaluation, base=form.base, mine=form.mine, by=user)
        return _("C'est enregistré.")

    usable = {part: evaluating.usable(evaluation, part) for part in ("self", "external")}
    return {
        "start_self": Act(runs, PressForm, start_self),
        "invite": Act(runs, partial(InviteForm, reviewers=reviewers(dossier)), invite),
        "rest_self": Act(
            allow(space, BENEFICIARY), partial(RestForm, reviews=usable["self"]), partial(rest, "self")
        ),
        "rest_external": Act(
            allow(space, BENEFICIARY),
            partial(RestForm, reviews=usable["external"]),
            partial(rest, "external"),
        ),
        "own_words": Act(allow(space, BENEFICIARY), partial(OwnWordsForm, row=evaluation), write),
        "their_words": Act(allow(space, OFFICER), partial(TheirWordsForm, row=evaluation), write),
    }


def _end_acts(space: DossierSpace, evaluation: Evaluation) -> dict[str, Act]:
    user, dossier, side = space.user, space.dossier, perms.side(space)
    conclusion = evaluation.conclusion
    conclusion.evaluation = evaluation
    first = {"seen": _digest(evaluating.progress(evaluation)), "name": user.name}

    def write(form: Any) -> str:
        concluding.write(conclusion, base=form.base, mine=form.mine, by=user)
        return _("C'est enregistré.")

    def sign(form: Any) -> str:
        held = form.cleaned_data
        concluding.sign(evaluation, Signing(side, held["name"], held["quality"], held["seen"]), by=user)
        return _("Vous avez signé.")

    def take_back(_form: Any) -> str:
        concluding.take_back(evaluation, side, by=user)
        return _("Votre signature est reprise : le texte peut changer.")

    def close(_form: Any) -> str:
        moving.move(dossier, "close", by=user)
        return _("Le dossier est clôturé.")

    return {
        "write": Act(allow(space, EITHER), partial(ConclusionForm, row=conclusion), write),
        "sign": Act(allow(space, SIGNS), partial(SignForm, initial=first), sign),
        "take_back": Act(allow(space, SIGNS), PressForm, take_back),
        "close": Act(allow(space, OFFICER), PressForm, close),
    }


def _digest(progress: Progress) -> str:
    return digest(concluding.text(progress))


def _context(space: DossierSpace, evaluation: Evaluation) -> dict[str, Any]:
    progress = evaluating.progress(evaluation)
    conclusion = progress.conclusion
    signatures = concluding.signed(conclusion)
    side, done = perms.side(space), conclusion.concluded_at is not None
    pole = space.dossier.pole
    return {
        "evaluation": evaluation,
        "progress": progress,
        "conclusion": conclusion,
        "signatures": signatures,
        "concluded": done,
        "digest": conclusion.digest or _digest(progress),
        "side": side,
        "signed_mine": any(one.side == side for one in signatures),
        "may_sign": bool(side) and not done and not progress.lacks,
        "stale": not done and any(one.digest != _digest(progress) for one in signatures),
        "open": not done and not signatures,
        "may_write": not done and not signatures and (perms.writes(space) or perms.officer(space)),
        "runs": pole is not None and perms.writes(space) and belongs(space.user, pole.actor, role="animator"),
        "usable_self": bool(evaluating.usable(evaluation, "self")) if evaluation.grid_version_id else False,
        "usable_external": bool(evaluating.usable(evaluation, "external"))
        if evaluation.grid_version_id
        else False,
        "reviewers": bool(reviewers(space.dossier)),
        "may_close": done and perms.officer(space) and space.dossier.state in {"running", "evaluation"},
        "lacks": {str(one) for one in progress.lacks},
        "now": timezone.now(),
    }
