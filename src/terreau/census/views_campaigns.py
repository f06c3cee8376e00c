"""Pages of the yearly questionnaire: to open it, to follow it by territory, to answer it for a pole."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from terreau.accounts.models import GlobalRole, User
from terreau.actors.perms import moderation_scope
from terreau.census import campaign_rules, campaigns, fields, perms
from terreau.census.models import Campaign, CampaignAnswer
from terreau.common.errors import DomainError, NotFoundError
from terreau.common.permissions import Permission
from terreau.design.forms import BaseForm
from terreau.design.numbers import with_unit
from terreau.facts import catalogue
from terreau.poles.models import Pole
from terreau.poles.perms import can_edit


class OpenForm(BaseForm):
    """The year of a campaign and the day when answers are due."""

    year = forms.IntegerField(label=gettext_lazy("Année des chiffres"), min_value=2009, max_value=2100)
    due_on = forms.DateField(
        label=gettext_lazy("Réponses attendues pour le"), widget=forms.DateInput(attrs={"type": "date"})
    )


def can_open(user: Any) -> Permission:
    """Those who instruct or administrate open and close campaigns."""
    reason = _("Il faut un rôle d'instruction ou d'administration sur le site.")
    if not isinstance(user, User) or not user.is_active:
        return Permission(ok=False, reason=reason)
    roles = (GlobalRole.Role.OFFICER, GlobalRole.Role.ADMINISTRATOR)
    held = GlobalRole.objects.held_on(timezone.localdate()).filter(user=user, role__in=roles)
    return Permission(ok=True) if user.is_superuser or held.exists() else Permission(ok=False, reason=reason)


def _can_follow(user: Any) -> Permission:
    allowed = can_open(user)
    return allowed if allowed else perms.can_moderate(user, on=timezone.localdate())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """The campaigns, for those who follow them; who may opens one."""
    may_open = can_open(request.user)
    perms.require(request.user, _can_follow(request.user), subject=None, verb="campaign.read")
    form = OpenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        perms.require(request.user, may_open, subject=None, verb="campaign.open")
        if form.is_valid():
            try:
                made = campaigns.open_campaign(**form.cleaned_data, by=request.user)  # type: ignore[arg-type]
                return redirect("campaign", made.year)
            except DomainError as error:
                form.add_error(error.facts.get("field"), str(error.message))
    context = {
        "campaigns": Campaign.objects.all(),
        "form": form if may_open else None,
        "themes": _themes(),
    }
    return render(request, "census/campaigns.html", context, status=422 if form.is_bound else 200)


def _themes() -> list[tuple[str, list[str]]]:
    lang, held = fields.language(), catalogue.load()
    return [
        (label[lang], [held[code].label(lang) for code in codes])
        for _code, label, codes in campaign_rules.plan().themes
    ]


def _campaign(year: int) -> Campaign:
    row = Campaign.objects.filter(year=year).first()
    if row is None:
        raise NotFoundError("unknown_campaign", _("Il n'y a pas de campagne de cette année."))
    return row


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def campaign(request: HttpRequest, year: int) -> HttpResponse:
    """How far a campaign is, by department, and what was answered; who may closes it."""
    perms.require(request.user, _can_follow(request.user), subject=None, verb="campaign.read")
    held = _campaign(year)
    may_close = can_open(request.user)
    if request.method == "POST":
        perms.require(request.user, may_close, subject=None, verb="campaign.close")
        campaigns.close_campaign(held, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("La campagne est close : personne ne répond plus."))
        return redirect("campaign", year)
    scope = moderation_scope(request.user, timezone.localdate())
    if may_close:
        scope = type(scope)(everything=True)
    lang, found = fields.language(), campaigns.figures(held)
    context = {
        "campaign": held,
        "places": campaigns.followed(held, scope),
        "may_close": may_close and held.closed_at is None,
        "fewest": campaign_rules.plan().fewest,
        "figures": [
            {
                "label": one["label"][lang],
                "answers": found[one["code"]].answers,
                **_shown(one, found[one["code"]]),
            }
            for one in held.questions
        ],
    }
    return render(request, "census/campaign.html", context)


def _shown(question: dict[str, Any], figure: campaign_rules.Figure) -> dict[str, Any]:
    """Return how many answered, the sum and the median in words; empty when too few answered."""
    unit = "€" if question["type"] == "money" else ""
    if question["unit"] and not unit:
        unit = catalogue.load().unit(question["unit"]).label(fields.language())
    told = {
        name: "" if value is None else with_unit(value, unit, fields.language())
        for name, value in (("total", figure.total), ("middle", figure.middle))
    }
    return {"answers": figure.answers, **told}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, slug: str, year: int) -> HttpResponse:
    """The questionnaire of a pole, prefilled with what its sheet says; a stranger finds nothing."""
    pole = Pole.objects.select_related("actor__subject", "actor__source").filter(slug=slug).first()
    if pole is None:
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou il faut se connecter pour la voir."))
    allowed = can_edit(request.user, pole, on=timezone.localdate())
    perms.require(request.user, allowed, subject=pole.actor.subject, verb="campaign.answer")
    held = _campaign(year)
    row = CampaignAnswer.objects.filter(campaign=held, pole=pole).first()
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            campaigns.answer(held, pole, _given(request, held), by=request.user)  # type: ignore[arg-type]
            messages.success(
                request, _("Merci : vos chiffres sont sur la fiche, avec la campagne pour source.")
            )
            return redirect("campaign_answer", slug, year)
        except DomainError as error:
            if error.status == 409:
                raise
            errors = {error.facts.get("field", ""): str(error.message)}
    context = {
        "pole": pole,
        "campaign": held,
        "row": row,
        "version": row.version if row else 0,
        "themes": _questions(request, held, pole, row, errors),
        "errors": errors,
        "general": errors.get("", ""),
    }
    return render(request, "census/campaign_answer.html", context, status=422 if errors else 200)


def _given(request: HttpRequest, held: Campaign) -> campaigns.Given:
    codes = [one["code"] for one in held.questions]
    version = request.POST.get("version", "")
    return campaigns.Given(
        {code: request.POST.get(code, "")[:400] for code in codes},
        {code: request.POST.get(f"{code}.pourquoi", "") for code in codes},
        int(version) if version.isdecimal() and len(version) < 9 else 0,
    )


def _questions(
    request: HttpRequest, held: Campaign, pole: Pole, row: CampaignAnswer | None, errors: dict[str, str]
) -> list[dict[str, Any]]:
    """Return the questions by theme: what was typed, else what was answered, else what the sheet says."""
    lang, known = fields.language(), campaigns.prefilled(held, pole)
    fresh = campaigns.fresh(held, pole)
    labels = {code: label for code, label, _codes in campaign_rules.plan().themes}
    themes: dict[str, list[dict[str, Any]]] = {}
    for one in held.questions:
        code = one["code"]
        own = known[code].raw if code in fresh else ""
        answered = row.values.get(code, "") if row else own
        remark = row.remarks.get(code, "") if row else ""
        line = {
            "code": code,
            "label": one["label"][lang],
            "definition": one["definition"][lang],
            "unit": "€" if one["type"] == "money" else "",
            "held": known[code],
            "value": request.POST.get(code, "") if errors else answered,
            "remark": request.POST.get(f"{code}.pourquoi", "") if errors else remark,
            "error": errors.get(code, ""),
        }
        themes.setdefault(one["theme"], []).append(line)
    return [{"label": labels.get(code, {}).get(lang, code), "lines": found} for code, found in themes.items()]
