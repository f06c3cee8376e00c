"""The shared evaluation of a file on one page: four steps, then two signatures."""

from __future__ import annotations

from functools import cached_property, partial
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from terreau.accounts.second_factor import sensitive
from terreau.actors.models import Actor, Belonging
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
from terreau.reviews.models import Review
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
    sheet = _Sheet(space, evaluation)
    played = play(request, sheet.acts, request.path)
    if not isinstance(played, Played):
        return played
    if request.method == "POST":
        sheet = _Sheet(space, evaluating.of(space.dossier) or evaluation)
    context = {**common(space), **sheet.context, "forms": played}
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


class _Sheet:
    """An evaluation as its page works on it: what several parts of the page ask is asked once."""

    def __init__(self, space: DossierSpace, evaluation: Evaluation) -> None:
        self.space, self.user, self.dossier = space, space.user, space.dossier
        self.evaluation, self.conclusion = evaluation, evaluation.conclusion
        self.conclusion.evaluation = evaluation
        self.side = perms.side(space)

    @cached_property
    def progress(self) -> Progress:
        """Where it is."""
        return evaluating.progress(self.evaluation)

    @cached_property
    def digest(self) -> str:
        """That of the text as it stands, or as it was signed by both sides."""
        return self.conclusion.digest or digest(concluding.text(self.progress))

    @cached_property
    def usable(self) -> dict[str, list[Review]]:
        """Campaigns on which each part may rest."""
        return {part: evaluating.usable(self.evaluation, part) for part in ("self", "external")}

    @cached_property
    def reviewers(self) -> list[Actor]:
        """Who may be invited."""
        return reviewers(self.dossier)

    @cached_property
    def runs(self) -> bool:
        """Whether the person opens campaigns of the pole."""
        pole = self.dossier.pole
        return (
            pole is not None
            and perms.writes(self.space)
            and belongs(self.user, pole.actor, role=Belonging.Role.ANIMATOR)
        )

    @property
    def acts(self) -> dict[str, Act]:
        """What the buttons of the page do."""
        return {**self._part_acts(), **self._end_acts()}

    def _check_runs(self) -> None:
        perms.require(self.space, BENEFICIARY)
        if not self.runs:
            perms.require(self.space, OFFICER)  # Who does not animate the pole opens none of its campaigns.

    def _part_acts(self) -> dict[str, Act]:
        space, evaluation, name = self.space, self.evaluation, {"name": self.dossier.name}

        def start_self(_form: Any) -> str:
            title = _("Bilan de « %(name)s »") % name
            evaluating.start(evaluation, "self", title=title[:120], by=self.user)
            return _("L'autoévaluation est ouverte : réunissez le pôle et répondez à la grille.")

        def invite(form: InviteForm) -> str:
            title = _("Évaluation de « %(name)s »") % name
            reviewer = form.reviewers[form.cleaned_data["reviewer"]]
            evaluating.start(evaluation, "external", title=title[:120], reviewer=reviewer, by=self.user)
            return _("L'organisation est invitée, sur une copie figée de ce que dit le pôle.")

        def rest(part: str, form: RestForm) -> str:
            evaluating.rest_on(evaluation, part, form.reviews[form.cleaned_data["review"]], by=self.user)
            return _("Cette campagne compte pour l'évaluation partagée.")

        def write(form: Any) -> str:
            evaluating.write(evaluation, base=form.base, mine=form.mine, by=self.user)
            return _("C'est enregistré.")

        def resting(part: str) -> Act:
            form = partial(RestForm, reviews=self.usable[part])
            return Act(allow(space, BENEFICIARY), form, partial(rest, part))

        return {
            "start_self": Act(self._check_runs, PressForm, start_self),
            "invite": Act(self._check_runs, partial(InviteForm, reviewers=self.reviewers), invite),
            "rest_self": resting("self"),
            "rest_external": resting("external"),
            "own_words": Act(allow(space, BENEFICIARY), partial(OwnWordsForm, row=evaluation), write),
            "their_words": Act(allow(space, OFFICER), partial(TheirWordsForm, row=evaluation), write),
        }

    def _end_acts(self) -> dict[str, Act]:
        space, evaluation, conclusion = self.space, self.evaluation, self.conclusion
        first = {"seen": self.digest, "name": self.user.name}

        def write(form: Any) -> str:
            concluding.write(conclusion, base=form.base, mine=form.mine, by=self.user)
            return _("C'est enregistré.")

        def sign(form: Any) -> str:
            held = form.cleaned_data
            given = Signing(self.side, held["name"], held["quality"], held["seen"])
            concluding.sign(evaluation, given, by=self.user)
            return _("Vous avez signé.")

        def take_back(_form: Any) -> str:
            concluding.take_back(evaluation, self.side, by=self.user)
            return _("Votre signature est reprise : le texte peut changer.")

        def close(_form: Any) -> str:
            moving.move(self.dossier, "close", by=self.user)
            return _("Le dossier est clôturé.")

        return {
            "write": Act(allow(space, EITHER), partial(ConclusionForm, row=conclusion), write),
            "sign": Act(allow(space, SIGNS), partial(SignForm, initial=first), sign),
            "take_back": Act(allow(space, SIGNS), PressForm, take_back),
            "close": Act(allow(space, OFFICER), PressForm, close),
        }

    @property
    def context(self) -> dict[str, Any]:
        """What the page shows."""
        space, progress = self.space, self.progress
        signatures = concluding.signed(self.conclusion)
        done = self.conclusion.concluded_at is not None
        open_ = not done and not signatures
        return {
            "evaluation": self.evaluation,
            "progress": progress,
            "conclusion": self.conclusion,
            "signatures": signatures,
            "concluded": done,
            "digest": self.digest,
            "side": self.side,
            "signed_mine": any(one.side == self.side for one in signatures),
            "may_sign": bool(self.side) and not done and not progress.lacks,
            "stale": not done and any(one.digest != self.digest for one in signatures),
            "open": open_,
            "may_write": open_ and (perms.writes(space) or perms.officer(space)),
            "runs": self.runs,
            "usable_self": bool(self.usable["self"]),
            "usable_external": bool(self.usable["external"]),
            "reviewers": bool(self.reviewers),
            "may_close": done and perms.officer(space) and self.dossier.state in {"running", "evaluation"},
            "lacks": {str(one) for one in progress.lacks},
        }
