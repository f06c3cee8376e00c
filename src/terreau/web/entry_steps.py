"""The steps of a first entry: one idea each, kept as it is typed, or by each step without JavaScript."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from terreau.census import entry, entry_rules, parties
from terreau.census.entry_rules import STEPS, Entry, Party
from terreau.census.lookalikes import lookalikes
from terreau.census.models import Draft
from terreau.common.errors import DomainError, NotFoundError, StaleWriteError
from terreau.common.text import sort_key
from terreau.design.forms import BaseForm
from terreau.poles.models import Stage
from terreau.territories import base
from terreau.territories.drawing import insets
from terreau.web import draw, maps, places
from terreau.web.entry_pages import MailForm, person, private, step_address

#: Lines of a pasted list of organisations.
_MOST_LINES = 300
TITLES = {
    "nom": gettext_lazy("Le nom"),
    "porteur": gettext_lazy("Qui le porte"),
    "communes": gettext_lazy("Où"),
    "membres": gettext_lazy("Avec qui"),
    "intention": gettext_lazy("Pour quoi faire"),
    "apercu": gettext_lazy("Relire et inscrire"),
}


class NameForm(BaseForm):
    """How the pole is called."""

    name = forms.CharField(
        label=gettext_lazy("Nom du pôle"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "enterkeyhint": "next"}),
    )


class CarrierForm(BaseForm):
    """Who carries it, if anybody does."""

    carrier = forms.CharField(
        label=gettext_lazy("Structure porteuse"),
        help_text=gettext_lazy(
            "L'organisation qui porte le pôle, signe ou tient le budget pour lui. "
            "Un nom, un sigle ou un SIREN."
        ),
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "list": "noms", "enterkeyhint": "next"}
        ),
    )


class IntentionForm(BaseForm):
    """What they want to do together, and how far they are."""

    intention = forms.CharField(
        label=gettext_lazy("Ce que vous voulez faire ensemble"),
        help_text=gettext_lazy(
            "Quelques lignes, dans vos mots : le besoin, l'idée, ce qui est déjà commencé."
        ),
        required=False,
        widget=forms.Textarea(attrs={"rows": 7}),
    )
    stage = forms.ChoiceField(
        label=gettext_lazy("Où en êtes-vous ?"),
        choices=[("", gettext_lazy("Je ne sais pas")), *Stage.choices],
        required=False,
        widget=forms.Select(),
    )


FORMS: dict[str, type[BaseForm]] = {"nom": NameForm, "porteur": CarrierForm, "intention": IntentionForm}
TEMPLATES = {
    "nom": "web/entry/nom.html",
    "porteur": "web/entry/porteur.html",
    "intention": "web/entry/intention.html",
}


@private
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, draft: Draft, step: str) -> HttpResponseBase:
    """One step of a draft; once it is submitted, only its end remains."""
    if step not in STEPS:
        raise NotFoundError("unknown_step", _("Cette étape n'existe pas."))
    if draft.submitted_at:
        return redirect("entry_done", draft=draft.pk)
    return _VIEWS[step](request, draft, step)


def _context(draft: Draft, step: str, **more: Any) -> dict[str, Any]:
    """Return what every step shows: where it stands among the others, and what is kept."""
    held = Entry.read(draft.data)
    empty = set(entry_rules.empty(held))
    position = STEPS.index(step)
    steps = [
        {
            "key": one,
            "title": TITLES[one],
            "url": step_address(draft, one),
            "here": one == step,
            "done": one not in empty and one != "apercu",
        }
        for one in STEPS
    ]
    return {
        "draft": draft,
        "entry": held,
        "step": step,
        "title": TITLES[step],
        "steps": steps,
        "number": position + 1,
        "before": steps[position - 1] if position else None,
        "after": steps[position + 1] if position + 1 < len(steps) else None,
        "saved_at": timezone.localtime(draft.updated_at),
        "mail_form": MailForm() if draft.user_id is None else None,
        **more,
    }


def _next(draft: Draft, step: str, request: HttpRequest) -> HttpResponseBase:
    if request.POST.get("faire") == "quitter":
        return redirect("entry")
    return redirect(step_address(draft, STEPS[STEPS.index(step) + 1]))


# A name, a carrier, an intention: texts


def _texts(request: HttpRequest, draft: Draft, step: str) -> HttpResponseBase:
    """Show the form of a step, or keep it: as it is typed (htmx), or when the person goes on."""
    fields = list(FORMS[step].base_fields)
    held = Entry.read(draft.data)
    if request.method != "POST":
        shown = {name: getattr(held, name) for name in fields}
        form = FORMS[step](initial=shown)
        return _text_page(request, draft, step, form=form, seen=shown, page=secrets.token_hex(6))
    typed = {name: request.POST.get(name, "") for name in fields}
    form = FORMS[step](typed)
    page = request.POST.get("page", "")[:40]
    seen = {name: request.POST.get(f"vu_{name}", "") for name in fields}
    if not form.is_valid():
        return _text_page(request, draft, step, form=form, seen=seen, page=page, status=422)
    try:
        kept = entry.save(draft, typed, base=_as_sent(seen), tab=page)
    except StaleWriteError as error:
        conflicts = error.facts.get("conflicts", {})
        # What the person now sees of the other page becomes what they choose against.
        seen |= {} if _typing(request) else {name: sides["theirs"] for name, sides in conflicts.items()}
        return _text_page(
            request, draft, step, form=form, seen=seen, page=page, conflicts=conflicts, status=409
        )
    except DomainError as error:
        form.add_error(error.facts.get("field"), str(error.message))
        return _text_page(request, draft, step, form=form, seen=seen, page=page, status=422)
    if _typing(request):
        seen = {name: getattr(Entry.read(kept.data), name) for name in fields}
        return _text_page(request, kept, step, form=form, seen=seen, page=page)
    return _recognised(request, kept, form, page) if step == "porteur" else _next(kept, step, request)


def _typing(request: HttpRequest) -> bool:
    """Whether the page saves by itself while it is typed in."""
    return "HX-Request" in request.headers


def _as_sent(seen: dict[str, str]) -> dict[str, str]:
    """A browser sends line ends of its own: what was seen is compared as it is kept."""
    return {name: entry_rules.tidy(text, lines=name == "intention") for name, text in seen.items()}


def _text_page(  # noqa: PLR0913
    request: HttpRequest,
    draft: Draft,
    step: str,
    *,
    form: BaseForm,
    seen: dict[str, str],
    page: str,
    conflicts: dict[str, Any] | None = None,
    choices: list[parties.Known] | None = None,
    status: int = 200,
) -> HttpResponseBase:
    sides = [
        {"label": form.fields[name].label, "theirs": both["theirs"], "mine": both["mine"]}
        for name, both in (conflicts or {}).items()
    ]
    context = _context(
        draft,
        step,
        form=form,
        seen=seen,
        page=page,
        conflicts=sides,
        choices=choices,
        typing=_typing(request),
    )
    # htmx shows what it gets with any status; a fragment that says what is wrong is an answer.
    template, code = ("web/entry/state.html", 200) if _typing(request) else (TEMPLATES[step], status)
    return render(request, template, context, status=code)


def _recognised(request: HttpRequest, draft: Draft, form: BaseForm, page: str) -> HttpResponseBase:
    """Link the carrier to the organisation that the register holds; ask when several bear the name."""
    held = Entry.read(draft.data)
    chosen = request.POST.get("choisir")
    if chosen is not None:
        return _next(entry.recognise_carrier(draft, parties.chosen(chosen)), "porteur", request)
    if not held.carrier or held.carrier_actor:
        return _next(draft, "porteur", request)
    found = parties.recognised(held.carrier)
    if len(found) == 1:
        return _next(entry.recognise_carrier(draft, found[0].party), "porteur", request)
    if found := found or parties.completions(held.carrier):
        return _text_page(
            request, draft, "porteur", form=form, seen={"carrier": held.carrier}, page=page, choices=found
        )
    return _next(draft, "porteur", request)


# The communes


def _communes(request: HttpRequest, draft: Draft, step: str) -> HttpResponseBase:
    """The list and the map of « Dessiner un territoire », kept in the draft at each change."""
    held = _drawn(Entry.read(draft.data))
    if request.method != "POST":
        return _communes_page(request, draft, held)
    going_on = request.POST.get("format") == "suite"
    values = request.POST.copy()
    if going_on and values.get("ajouter", "").strip():
        values["faire"] = "ajouter"
    changed = draw.changed(held, values)
    changed.said = draw.said_of(held.ids, changed.ids)
    draft = _keep_communes(draft, held, changed)
    changed = draw.Drawn(_drawn(Entry.read(draft.data)).ids, changed.reading, changed.said)
    settled = not (changed.reading.choices or changed.reading.unknown)
    if going_on and settled:
        return _next(draft, step, request)
    if "X-Dessin" in request.headers:
        return render(
            request, "web/entry/communes_list.html", {"drawn": changed, "choices": changed.reading.choices}
        )
    if settled:
        return redirect(step_address(draft, step))
    return _communes_page(request, draft, changed)


def _drawn(held: Entry) -> draw.Drawn:
    """Return the set of communes of a draft, as they are today: a commune that merged since is followed."""
    return draw.Drawn(places.ids_of(places.read(held.communes).places))


def _keep_communes(draft: Draft, before: draw.Drawn, after: draw.Drawn) -> Draft:
    """Keep what was added and what was taken away: another page may have changed other communes meanwhile."""
    old, new = set(before.communes.codes), set(after.communes.codes)

    def how(codes: Collection[str]) -> Collection[str]:
        return (set(codes) - (old - new)) | (new - old)

    return entry.set_communes(draft, how)


def _communes_page(request: HttpRequest, draft: Draft, drawn: draw.Drawn) -> HttpResponseBase:
    drawn_map = draw.drawing_of(drawn)
    ground = drawn_map.ground if drawn_map else "departement"
    context = _context(
        draft,
        "communes",
        drawn=drawn,
        choices=drawn.reading.choices,
        drawing=drawn_map,
        background=maps.background_url(ground) if ground else "",
        insets=insets(),
        outlines=maps.outlines_url("departement"),
        communes_index=maps.communes_index_url(),
    )
    return render(request, "web/entry/communes.html", context)


# The members


def _members(request: HttpRequest, draft: Draft, step: str) -> HttpResponseBase:
    """A list of organisations: recognised when the register holds them, else as they were typed."""
    if request.method != "POST":
        return _members_page(request, draft)
    if "retirer" in request.POST:
        entry.remove_member(draft, request.POST["retirer"])
        return _back_to_members(draft)
    if "choisir" in request.POST:
        return _choose_member(request, draft)
    typed = request.POST.get("ajouter", "").strip()
    lines = [entry_rules.tidy(line) for line in request.POST.get("coller", "").splitlines()[:_MOST_LINES]]
    choices = parties.recognised(typed)
    try:
        more = [] if len(choices) > 1 else [_party(typed, choices)]
        draft = entry.add_members(draft, [*more, *(_party(line, parties.recognised(line)) for line in lines)])
    except DomainError as error:
        return _members_page(request, draft, problem=str(error.message), typed=typed, status=422)
    if len(choices) > 1:
        return _members_page(request, draft, choices=choices, typed=typed)
    going_on = request.POST.get("faire") in {"suite", "quitter"}
    return _next(draft, step, request) if going_on else _back_to_members(draft)


def _party(typed: str, known: list[parties.Known]) -> Party:
    return known[0].party if len(known) == 1 else Party(typed[:1000])


def _choose_member(request: HttpRequest, draft: Draft) -> HttpResponseBase:
    """Add the organisation chosen among those that bear a name, or the bare name when it is none of them."""
    chosen = parties.chosen(request.POST["choisir"]) or Party(request.POST.get("nom", ""))
    entry.add_members(draft, [chosen])
    return _back_to_members(draft)


def _back_to_members(draft: Draft) -> HttpResponseBase:
    return redirect(f"{step_address(draft, 'membres')}?encore=1")


def _members_page(  # noqa: PLR0913
    request: HttpRequest,
    draft: Draft,
    *,
    choices: list[parties.Known] | None = None,
    typed: str = "",
    problem: str = "",
    status: int = 200,
) -> HttpResponseBase:
    again = bool(request.GET.get("encore")) or bool(problem)
    members = sorted(Entry.read(draft.data).members, key=lambda one: sort_key(one.name))
    context = _context(
        draft, "membres", members=members, choices=choices, typed=typed, problem=problem, again=again
    )
    return render(request, "web/entry/membres.html", context, status=status)


# The preview


def _preview(request: HttpRequest, draft: Draft, _step: str) -> HttpResponseBase:
    """Everything that was typed, what it may duplicate, who will see it."""
    if request.method == "POST":
        return redirect(step_address(draft, "apercu"))
    held = Entry.read(draft.data)
    user = person(request)
    drawn = _drawn(held)
    here = step_address(draft, "apercu")
    context = _context(
        draft,
        "apercu",
        drawn=drawn,
        drawing=draw.drawing_of(drawn),
        missing=entry_rules.lacks(held),
        optional=[one for one in entry_rules.empty(held) if one not in ("nom", "communes")],
        stage=dict(Stage.choices).get(held.stage, ""),
        alike=lookalikes(held) if held.name else [],
        signed_in=user is not None,
        verified=user is not None and entry.has_verified_address(user),
        sign_up=f"{reverse('account_signup')}?{urlencode({'next': here})}",
        sign_in=f"{reverse('account_login')}?{urlencode({'next': here})}",
        cog_year=base.COG_YEARS[-1],
    )
    return render(request, "web/entry/apercu.html", context)


_VIEWS: dict[str, Callable[[HttpRequest, Draft, str], HttpResponseBase]] = {
    "nom": _texts,
    "porteur": _texts,
    "intention": _texts,
    "communes": _communes,
    "membres": _members,
    "apercu": _preview,
}

__all__ = ["step"]
