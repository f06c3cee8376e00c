"""A file: it is begun, it has one page with its next step, its people take it back or withdraw it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from terreau.accounts.models import User
from terreau.actors.models import Actor, Belonging
from terreau.calls import form_rules
from terreau.calls.eligibility import kinds_of
from terreau.calls.models import Applicant, Call, Category
from terreau.calls.perms import can_see
from terreau.calls.read import current_form, find
from terreau.common.errors import DomainError, NotFoundError, SignInNeededError
from terreau.design.forms import BaseForm
from terreau.dossiers import actions, announcing, deposit, frozen, moving, next_step, saying, states
from terreau.dossiers.deadline import paris, takes
from terreau.dossiers.models import Dossier, Writer
from terreau.dossiers.perms import DossierSpace, enter
from terreau.poles.models import Carrier, Pole

#: What the applicant may do to the file from its page.
_OWN_VERBS = ("take_back", "withdraw", "reopen")


@dataclass(frozen=True, slots=True)
class Choice:
    """An organisation in whose name the person may answer, for itself or for a pole that it carries."""

    code: str
    label: str
    applicant: Actor
    pole: Pole | None


def choices_for(user: User) -> list[Choice]:
    """Return in whose name a person may answer: their organisations, their poles, who carries them."""
    rows = Belonging.objects.confirmed().filter(user=user).select_related("actor__subject", "actor__pole")
    held = {row.actor_id: row for row in rows if row.actor.subject.closed_at is None}
    found: list[Choice] = []
    mine = [row.actor.pole for row in held.values() if hasattr(row.actor, "pole") and row.role == "animator"]
    carried = Carrier.objects.filter(valid_to=None).select_related("pole__actor", "actor__subject")
    carriers = list(carried.filter(pole__in=mine)) + list(carried.filter(actor__in=_run(held)))
    for carrier in {(one.pole_id, one.actor_id): one for one in carriers}.values():
        label = _("%(pole)s, porté par %(actor)s")
        words = label % {"pole": carrier.pole.actor.name, "actor": carrier.actor.name}
        found.append(Choice(f"{carrier.actor_id}:{carrier.pole_id}", words, carrier.actor, carrier.pole))
    for row in held.values():
        pole = row.actor.pole if hasattr(row.actor, "pole") else None
        if pole is None or row.role == "animator":
            found.append(Choice(f"{row.actor_id}:", row.actor.name, row.actor, pole))
    # A pole that somebody carries asks through who carries it, more often than by itself.
    return sorted(
        found, key=lambda one: (one.pole is None or one.applicant.pk == one.pole.pk, one.label.casefold())
    )


def _run(held: dict[Any, Belonging]) -> list[Any]:
    return [pk for pk, row in held.items() if row.role == "animator"]


class StartForm(BaseForm):
    """Who asks, as what, for which strand."""

    who = forms.ChoiceField(label=gettext_lazy("Au nom de"))
    kind = forms.ChoiceField(label=gettext_lazy("En tant que"), required=False)
    category = forms.ChoiceField(label=gettext_lazy("Votre pôle est"), required=False)
    strand = forms.ChoiceField(label=gettext_lazy("Volet"), required=False)

    def __init__(self, *args: Any, call: Call, choices: list[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.strands = list(call.strands.order_by("rank", "pk"))
        self.listed = {one.code: one for one in choices}
        fields: dict[str, Any] = self.fields
        fields["who"].choices = [(one.code, one.label) for one in choices]
        fields["kind"].choices = [(code, Applicant(code).label) for code in call.applicants]
        fields["category"].choices = [(code, Category(code).label) for code in call.categories]
        fields["strand"].choices = [(str(one.pk), one.name) for one in self.strands]
        for name in ("kind", "category", "strand"):
            if len(fields[name].choices) < 2:
                fields[name].widget = forms.HiddenInput()
                self.initial[name] = next((code for code, _label in fields[name].choices), "")
            else:
                fields[name].required = True
                fields[name].choices = [("", _("choisissez")), *fields[name].choices]

    def begun(self) -> actions.Begun:
        """Return what was chosen."""
        chosen = self.listed[self.cleaned_data["who"]]
        strand = next((one for one in self.strands if str(one.pk) == self.cleaned_data["strand"]), None)
        return actions.Begun(
            chosen.applicant,
            chosen.pole,
            strand,
            self.cleaned_data["category"],
            self.cleaned_data["kind"] or _kind_of(chosen),
        )


def _who(choices: list[Choice], pour: str) -> str:
    """Return the choice for the organisation that « Puis-je répondre ? » names: a pole, or who applies."""
    found = (one for one in choices if pour in {str(one.pole.pk if one.pole else ""), str(one.applicant.pk)})
    return next((one.code for one in found), "") if pour else ""


def _kind_of(chosen: Choice) -> str:
    are, _nots = kinds_of(chosen.applicant, chosen.pole)
    return next((code for code in Applicant.values if code in are), Applicant.OTHER.value)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Begin a file in a call."""
    call, user = find(slug), request.user
    if not can_see(user, call):
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou n'est pas pour vous."))
    if not isinstance(user, User):
        raise SignInNeededError("sign_in", _("Connectez-vous pour déposer un dossier."))
    taken, choices = takes(call, timezone.now()), choices_for(user)
    first = {name: request.GET.get(name, "") for name in ("who", "kind", "category", "strand")}
    first["who"] = first["who"] or _who(choices, request.GET.get("pour", ""))
    if len(kinds := {_kind_of(one) for one in choices}) == 1 and not first["kind"]:
        first["kind"] = kinds.pop()
    form = StartForm(request.POST or None, call=call, choices=choices, initial=first)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = actions.start(call, form.begun(), by=user)
                return redirect("dossier", pk=made.pk)
            except DomainError as error:
                if error.status == 403:
                    raise
                field = error.facts.get("field")
                form.add_error(field if field in form.fields else None, str(error.message))
                status = error.status
    mine = Writer.objects.filter(user=user, ended_at=None, dossier__call=call).exclude(accepted_at=None)
    drafts = [
        row.dossier
        for row in mine.select_related("dossier__call", "dossier__applicant", "dossier__pole__actor")
    ]
    context = {
        "call": call,
        "title": saying.localized(call, "title"),
        "form": form,
        "choices": choices,
        "taken": taken,
        "until": paris(call.closes_at) if call.closes_at else "",
        "drafts": drafts,
        "ready": current_form(call) is not None,
    }
    return render(request, "dossiers/start.html", context, status=status)


@never_cache
@require_safe
def dossier(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The page of a file: where it stands, what to do next, what it says."""
    space = enter(request, pk)
    return render(request, "dossiers/dossier.html", _context(space))


@require_POST
def step(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Take back, withdraw or reopen a file, by the applicant."""
    space = enter(request, pk, "applicant")
    verb = request.POST.get("etape", "")
    if verb not in _OWN_VERBS:
        raise NotFoundError("unknown_act", _("Cette page ne sait pas faire cela."))
    seen = request.POST.get("version", "")
    moving.move(
        space.dossier,
        verb,
        by=space.user,
        reason=request.POST.get("reason", "")[:2000],
        base_version=int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 9 else None,
    )
    messages.success(
        request,
        _("C'est fait : le dossier est maintenant « %(state)s ».")
        % {"state": space.dossier.get_state_display()},
    )
    return redirect("dossier", pk=pk)


def _context(space: DossierSpace) -> dict[str, Any]:
    row = space.dossier
    content, values = _read(space)
    lacking = form_rules.missing(content, values)
    done, asked = form_rules.completeness(content, values)
    newest = current_form(row.call)
    lead = space.role in {"lead", "signatory"}
    return {
        "space": space,
        "dossier": row,
        "call": row.call,
        "call_title": saying.localized(row.call, "title"),
        "next": next_step.of(row, values, lead=lead, writes=space.may_write) if space.applicant else None,
        "pages": pages(content, values, lacking),
        "progress": {"done": done, "asked": asked, "left": asked - done},
        "moves": _moves(space),
        "receipt": deposit.last_receipt(row),
        "copies": row.copies.order_by("number").count(),
        "steps": _steps(space),
        "newer_form": newest is not None
        and newest.pk != row.form_id
        and row.state == states.DRAFT
        and space.may_write,
        "after": [link for link in after(row) if link],
        "taken": takes(row.call, timezone.now()),
    }


def _read(space: DossierSpace) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the form and the answers that a person reads.

    Who does not write the file reads what was given last, never what is being written since.
    """
    row = space.dossier
    given = None if space.applicant or space.may_write else frozen.last(row)
    if given is None:
        return row.form.content, actions.values_of(row)
    return given.form.content, frozen.read(given)["answers"]


def pages(
    content: dict[str, Any], values: dict[str, Any], lacking: list[form_rules.Missing]
) -> list[dict[str, Any]]:
    """Return a form with the answers of a file, page by page, as one reads it."""
    shown = form_rules.visible(content, values)
    lacks = {one.page for one in lacking}
    found = []
    for page in content.get("pages", ()):
        code = str(page.get("code"))
        questions = [
            {
                "key": str(one["key"]),
                "kind": one["kind"],
                "label": saying.label(one),
                "lines": saying.lines(one, values.get(str(one["key"]))),
                "table": saying.table(one, values.get(str(one["key"]))),
            }
            for section in page.get("sections", ())
            for one in section.get("fields", ())
            if str(one["key"]) in shown and one["kind"] != "grid"
        ]
        missing = sum(1 for one in lacking if one.page == code)
        found.append(
            {
                "code": code,
                "title": saying.localized(page, "title"),
                "questions": questions,
                "lacks": missing,
                "whole": code not in lacks,
            }
        )
    return found


def _moves(space: DossierSpace) -> list[dict[str, Any]]:
    """Return the moves of a file, the last first; who of the call made them is not told to the applicant."""
    rows = list(space.dossier.transitions.select_related("by").order_by("-id"))
    if space.applicant:
        rows = announcing.told(space.dossier.call, rows)
    return [
        {
            "at": row.at,
            "state": states.LABELS.get(row.to_state, row.to_state),
            "verb": states.VERBS.get(row.verb, row.verb),
            "reason": row.reason,
            "by": (row.by.name or row.by.email) if row.by and not space.applicant else "",
        }
        for row in rows
    ]


def _steps(space: DossierSpace) -> list[dict[str, Any]]:
    """Return what the applicant may do to the file from its page."""
    if not space.applicant:
        return []
    opened = takes(space.dossier.call, timezone.now()).ok
    return [
        {"verb": one.verb, "label": states.VERBS[one.verb], "reason": states.REASON in one.needs}
        for one in moving.possible(space.dossier, space.user, roles=space.roles)
        if one.verb in _OWN_VERBS and (opened or states.OPEN not in one.needs)
    ]


def after(row: Dossier) -> list[tuple[str, str]]:
    """Return the pages of the rooms above that a file has at its stage: label and French address."""
    home = f"/dossiers/{row.pk}/"
    links = []
    if row.deposited_at is not None:
        links.append((_("Échanges avec l'instruction"), f"{home}echanges/"))
    if row.state in states.CHOSEN or row.state == states.RESERVE:
        links.append((_("Plan de financement"), f"{home}financement/"))
    if row.state in states.CHOSEN:
        links.append((_("Convention"), f"{home}convention/"))
        links.append((_("Versements"), f"{home}versements/"))
        links.append((_("Suivi"), f"{home}suivi/"))
    if row.state in {states.EVALUATION, states.CLOSED}:
        links.append((_("Évaluation partagée"), f"{home}evaluation/"))
    return links
