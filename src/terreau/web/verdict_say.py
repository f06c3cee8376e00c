"""What people say of a criterion: a judgement that decides, an opinion that is shown, an exclusion set aside.

Those who moderate the register decide and lift; the people of the pole give an opinion, which decides only
where the text is self-declared. Each says why; all is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from terreau.accounts.models import User
from terreau.actors.perms import belongs
from terreau.census.perms import require
from terreau.common.errors import DomainError, NotFoundError
from terreau.common.permissions import Permission
from terreau.common.verdicts import Answer
from terreau.design.forms import BaseForm
from terreau.grids import judging
from terreau.grids.language import DECIDING
from terreau.grids.models import Judgement, Lift, Nature
from terreau.poles.perms import can_edit, can_qualify
from terreau.sheets import verdicts
from terreau.sheets.verdict_criteria import MODERATION, POLE, CriterionSheet
from terreau.sheets.verdicts import VerdictSheet
from terreau.web.verdict_pages import criterion_of, moved, sheet_of

JUDGE, LIFT = "grid.judge", "grid.lift"
#: Natures under which the people of a pole say themselves where it stands.
SELF_DECLARED = frozenset({Nature.SCALE, Nature.CHARTER})


class ReasonForm(BaseForm):
    """Why: whatever is said has a reason that stays."""

    reason = forms.CharField(
        label=gettext_lazy("Pourquoi"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Lisible de tous, et gardé. Ne nommez personne."),
        error_messages={"required": gettext_lazy("Dites pourquoi : ce motif restera lisible.")},
    )


class JudgeForm(ReasonForm):
    """An answer in three values, and why."""

    answer = forms.ChoiceField(
        label=gettext_lazy("Votre réponse"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choisissez une réponse.")},
    )
    field_order = ("answer", "reason")

    def __init__(self, *args: Any, excluding: bool, again: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        yes, no = (_("Elle s'applique"), _("Elle ne s'applique pas")) if excluding else (_("Oui"), _("Non"))
        choices = [(Answer.YES, yes), (Answer.NO, no), (Answer.TO_CHECK, _("À vérifier"))]
        back = [(TAKEN_BACK, _("Reprendre ce que j'avais dit"))] if again else []
        self.fields["answer"].choices = [*choices, *back]  # type: ignore[attr-defined]


#: What the form says for an answer taken back.
TAKEN_BACK = "reprendre"


@dataclass(frozen=True)
class Voice:
    """Who speaks: in what quality, and whether it decides and lifts."""

    user: User
    quality: str
    decides: bool
    lifts: bool


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@moved("verdict_criterion")
def page(request: HttpRequest, slug: str, grid: str, criterion: str) -> HttpResponseBase:
    """A criterion, what was said of it, and the forms of those who may say something."""
    sheet = sheet_of(request, slug, grid)
    one = criterion_of(sheet, criterion)
    if one.kind not in DECIDING:
        raise NotFoundError("not_judged", _("Ce critère ne se juge pas : il se note, ou se signe."))
    if not isinstance(request.user, User):
        if request.method == "POST":
            raise NotFoundError("unknown_sheet", _("Connectez-vous pour vous prononcer."))
        return redirect(f"{reverse('account_login')}?{urlencode({'next': request.get_full_path()})}")
    voice = _voice(request, sheet)
    if request.method != "POST":
        return _shown(request, sheet, one, voice)
    if request.POST.get("faire") in {"lever", "retablir"}:
        return _lift(request, sheet, one, voice)
    return _judge(request, sheet, one, voice)


def _voice(request: HttpRequest, sheet: VerdictSheet) -> Voice:
    """Say in what quality the person speaks; 403, counted, for who has nothing to say here."""
    user, pole = request.user, sheet.of
    assert isinstance(user, User)  # noqa: S101 - said to the type checker
    today = timezone.localdate()
    require(user, can_edit(user, pole, on=today), subject=pole.actor.subject, verb=JUDGE)
    moderates, inside = bool(can_qualify(user, pole, on=today)), belongs(user, pole.actor)
    decides = moderates or (inside and sheet.grid.nature in SELF_DECLARED)
    quality = MODERATION if moderates or not inside else POLE
    return Voice(user, quality, decides=decides, lifts=moderates)


def _judge(request: HttpRequest, sheet: VerdictSheet, one: CriterionSheet, voice: Voice) -> HttpResponseBase:
    form = JudgeForm(request.POST, excluding=one.kind == "exclusion", again=True)
    if form.is_valid():
        said = form.cleaned_data["answer"]
        try:
            judging.judge(
                sheet.of.actor.subject,
                sheet.grid,
                one.code,
                None if said == TAKEN_BACK else Answer(said),
                reason=form.cleaned_data["reason"],
                by=voice.user,
                quality=voice.quality,
                decides=voice.decides,
                may=Permission(ok=True),
                base=_uuid(request.POST.get("jalon", "")),
            )
        except DomainError as error:
            if error.status == 403:
                raise
            form.add_error(None, str(error.message))
            return _shown(request, sheet, one, voice, form=form, status=error.status)
        done = _("Votre jugement est enregistré.") if voice.decides else _("Votre avis est enregistré.")
        messages.success(request, done)
        return redirect(_back(sheet, one))
    return _shown(request, sheet, one, voice, form=form, status=422)


def _lift(request: HttpRequest, sheet: VerdictSheet, one: CriterionSheet, voice: Voice) -> HttpResponseBase:
    subject = sheet.of.actor.subject
    reason = _("Seules les personnes qui modèrent ce pôle lèvent une exclusion.")
    require(voice.user, Permission(ok=voice.lifts, reason=reason), subject=subject, verb=LIFT)
    form, lifting = ReasonForm(request.POST, prefix="levee"), request.POST["faire"] == "lever"
    if one.kind == "exclusion" and form.is_valid():
        try:
            judging.lift(
                subject,
                sheet.grid,
                one.code,
                reason=form.cleaned_data["reason"],
                by=voice.user,
                quality=voice.quality,
                lifted=lifting,
                may=Permission(ok=True),
                base=_uuid(request.POST.get("jalon", "")),
            )
        except DomainError as error:
            if error.status == 403:
                raise
            form.add_error(None, str(error.message))
            return _shown(request, sheet, one, voice, lift_form=form, status=error.status)
        done = (
            _("L'exclusion est levée ; votre motif reste lisible.")
            if lifting
            else _("L'exclusion compte de nouveau.")
        )
        messages.success(request, done)
        return redirect(_back(sheet, one))
    return _shown(request, sheet, one, voice, lift_form=form, status=422)


def _back(sheet: VerdictSheet, one: CriterionSheet) -> str:
    address = reverse("verdict", args=[sheet.slug, sheet.grid.code])
    return f"{address}?{urlencode({'version': sheet.version})}#critere-{one.code}"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _shown(  # noqa: PLR0913 - the forms that the page may give back
    request: HttpRequest,
    sheet: VerdictSheet,
    one: CriterionSheet,
    voice: Voice,
    *,
    form: JudgeForm | None = None,
    lift_form: ReasonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    excluding = one.kind == "exclusion"
    own = _last_word(sheet, one, voice)
    lifts = excluding and voice.lifts
    context = {
        "sheet": sheet,
        "one": one,
        "pole_url": reverse("pole", args=[sheet.slug]),
        "verdicts_url": reverse("verdicts", args=[sheet.slug]),
        "verdict_url": reverse("verdict", args=[sheet.slug, sheet.grid.code]),
        "decides": voice.decides,
        "form": form or JudgeForm(excluding=excluding, again=own is not None),
        "lift_form": (lift_form or ReasonForm(prefix="levee")) if lifts else None,
        "judge_base": own or "",
        "lift_base": _last(Lift.objects.filter(**_chain(sheet, one))) or "",
        "past": verdicts.spoken(sheet, one, inside=True),
    }
    return render(request, "web/verdict/judge.html", context, status=status)


def _chain(sheet: VerdictSheet, one: CriterionSheet) -> dict[str, Any]:
    return {"subject": sheet.of.pk, "grid_version": sheet.grid.row, "criterion": one.code}


def _last_word(sheet: VerdictSheet, one: CriterionSheet, voice: Voice) -> UUID | None:
    """Return the word that a new one would supersede: the one that decides, or one's own opinion."""
    own = {} if voice.decides else {"by": voice.user}
    return _last(Judgement.objects.filter(**_chain(sheet, one), decides=voice.decides, **own))


def _last(words: QuerySet[Any]) -> UUID | None:
    found: UUID | None = words.filter(superseded_by__isnull=True).values_list("pk", flat=True).first()
    return found
