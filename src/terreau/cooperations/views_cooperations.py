"""The cooperations of a pole: their list, one with its history, a new one, changes, parties, levels, end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from terreau.actors.birth import from_directory
from terreau.actors.models import Actor
from terreau.census.parties import recognised
from terreau.common.errors import DomainError, NotFoundError, RefusedError, StaleWriteError
from terreau.common.periods import PartialDate
from terreau.cooperations import deeds, finance, forms, listing, perms, words
from terreau.cooperations.forms import actors_of
from terreau.cooperations.models import Cooperation, Form, Level, Party
from terreau.cooperations.network import fabric, living, options
from terreau.cooperations.rules import Step, rank_on
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.pieces.models import Document, Piece
from terreau.poles.workspace import Workspace, enter, refused, show

#: The fields that the page of a refusal names otherwise than the form does.
_NAMES = {"valid_from": "since", "valid_to": "since"}
COLUMNS = (
    Column(gettext_lazy("Titre"), lambda one: one.row.title),
    Column(gettext_lazy("Forme"), lambda one: one.form),
    Column(gettext_lazy("Objet de la coopération"), lambda one: one.object),
    Column(gettext_lazy("Intensité"), lambda one: one.level_label),
    Column(gettext_lazy("Rang de l'intensité"), lambda one: one.rank or None, "integer"),
    Column(gettext_lazy("Depuis"), lambda one: PartialDate(one.row.valid_from, one.row.from_precision).iso()),
    Column(gettext_lazy("Finie le"), lambda one: one.row.valid_to, "date"),
    Column(gettext_lazy("Formalisée"), lambda one: one.row.formal, "boolean"),
    Column(gettext_lazy("Qui y prend part"), lambda one: [name for _actor, name in one.parties]),
    Column(gettext_lazy("Ce qui l'atteste"), lambda one: one.row.evidence),
    Column(gettext_lazy("Montrée à tous"), lambda one: one.row.public, "boolean"),
)


@require_safe
def cooperations(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The cooperations of the pole, filtered; as files too."""
    ws = enter(request, slug)
    found, asked = fabric(ws.pole), listing.Asked.parse(request.GET)
    chosen = listing.chosen(found, asked, ws.today)
    every = listing.lines(found, chosen, ws.today) if request.GET.get("format") else []
    if made := export_response(request, every, COLUMNS, "cooperations", title=_("Coopérations")):
        return made
    page = listing.page(chosen, request.GET.get("cursor"))
    context = {
        "asked": asked,
        "page": page,
        "lines": listing.lines(found, page.rows, ws.today),
        "count": len(chosen),
        "total": len(found.deeds),
        "member_options": options(found.members_on(ws.today), asked.actor),
        "form_choices": [(code, words.form_label(code)) for code in Form.values],
        "levels": words.levels(),
        "may_begin": perms.can_begin(ws).ok,
    }
    return show(request, ws, "cooperations/cooperations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest, slug: str) -> HttpResponse:
    """A new cooperation: who animates writes any, a member those that its organisation takes part in."""
    ws = enter(request, slug)
    perms.require(ws, perms.can_begin(ws), verb="cooperation.begin")
    form = forms.BeginForm(
        request.POST or None,
        ws=ws,
        actors=actors_of(ws.pole, ws.today),
        born_of=_others(ws),
        initial={"since": ws.today.isoformat(), "level": "information"},
    )
    if request.method == "POST" and form.is_valid():
        try:
            row = _begun(ws, form)
        except RefusedError:
            raise
        except DomainError as error:
            refused(form, error, _NAMES)
        else:
            return redirect("espace_cooperation", slug, row.pk)
    context = {"form": form, "scale": words.levels()}
    return show(request, ws, "cooperations/begin.html", context, status=_status(form))


def _begun(ws: Workspace, form: forms.BeginForm) -> Cooperation:
    chosen = form.parties_chosen()
    if not ws.runs and not {actor.pk for actor, _role in chosen} & ws.standing.speaks_for:
        message = _("Votre organisation en fait partie : cochez-la, ou demandez à qui anime le pôle.")
        raise DomainError("not_a_party", message, facts={"field": "parties"})
    typed, since = form.described(), form.cleaned_data["since"]
    return deeds.begin(
        ws.pole,
        title=typed["title"],
        parties=chosen,
        level=form.cleaned_data["level"],
        since=since,
        today=ws.today,
        by=ws.user,
        form=typed["form"],
        object=typed["object"],
        text=typed["text"],
        formal=typed["formal"],
        evidence=typed["evidence"],
        purpose=_subject_of(ws, typed.get("purpose_id")),
        public=typed.get("public", False),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def cooperation(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """One cooperation: what it is, who takes part, how far it goes and went; each act is a small form."""
    ws, row = _fetch(request, slug, pk)
    parties = Party.objects.filter(cooperation=row).select_related("actor")
    held = _Held(
        list(parties.order_by("actor__sort_key", "pk")),
        list(Level.objects.filter(cooperation=row).order_by("on", "pk")),
    )
    allowed = perms.can_write(ws, held.taking_part)
    acts = _acts(ws, held.level_on(_day(row, ws.today))) if allowed else {}
    if request.method == "POST":
        perms.require(ws, allowed, verb="cooperation.change")
        name = request.POST.get("act", "")
        if name == "reopen":
            deeds.reopen(row, by=ws.user)
            return redirect("espace_cooperation", slug, pk)
        if name not in acts:
            raise DomainError("unknown_act", _("Cette action n'existe pas : rouvrez la page."))
        if _done(ws, row, name, acts, request):
            return redirect("espace_cooperation", slug, pk)
    status = 422 if any(form.errors for form in acts.values()) else 200
    context = {**_one(ws, row, held), "writes": allowed.ok, "acts": acts}
    context["open"] = next((name for name, form in acts.items() if form.errors), "")
    return show(request, ws, "cooperations/cooperation.html", context, status=status)


@dataclass(frozen=True)
class _Held:
    """What the page reads of a cooperation: who takes or took part, its levels in order."""

    parties: list[Party]
    levels: list[Level]

    @cached_property
    def taking_part(self) -> set[UUID]:
        """Who takes part now, merged actors under their winner."""
        return set(living(one.actor_id for one in self.parties if one.valid_to is None).values())

    def level_on(self, day: date) -> str:
        """The level on a day, empty before the first."""
        known = words.ranks()
        steps = [Step(one.on, known.get(one.level, 0)) for one in self.levels]
        return words.level_of(rank_on(steps, day))


def _acts(ws: Workspace, current: str) -> dict[str, Any]:
    return {
        "level": forms.LevelForm(prefix="level", initial={"level": current, "on": ws.today}),
        "join": forms.JoinForm(prefix="join", actors=actors_of(ws.pole, ws.today)),
        "leave": forms.EndForm(prefix="leave", initial={"on": ws.today}),
        "end": forms.EndForm(prefix="end", initial={"on": ws.today}),
        "attest": forms.AttestForm(prefix="attest"),
    }


def _done(ws: Workspace, row: Cooperation, name: str, acts: dict[str, Any], request: HttpRequest) -> bool:
    """Do what a small form asks; False leaves it on the page with what is wrong."""
    bound = acts[name]
    more = {"actors": bound.fields["actor"].choices[1:]} if name == "join" else {}
    form = acts[name] = type(bound)(request.POST, request.FILES, prefix=name, **more)
    if name == "leave":
        form.fields["reason"].required = False
    if not form.is_valid():
        return False
    typed = form.cleaned_data
    try:
        if name == "level":
            values = {"on": typed["on"], "reason": typed["reason"], "today": ws.today, "by": ws.user}
            deeds.move(row, typed["level"], **values)
        elif name == "join":
            actor = _named(ws, typed)
            deeds.join(row, actor, role=typed["role"], on=typed["on"], by=ws.user)
        elif name == "leave":
            deeds.leave(_party(row, request.POST.get("party", "")), on=typed["on"], by=ws.user)
        elif name == "attest":
            deeds.attest(row, typed["file"], typed["file"].name, by=ws.user)
        else:
            deeds.end(row, on=typed["on"], reason=typed["reason"], today=ws.today, by=ws.user)
    except DomainError as error:
        refused(form, error)
        return False
    return True


def _one(ws: Workspace, row: Cooperation, held: _Held) -> dict[str, Any]:
    current = held.level_on(_day(row, ws.today))
    born = Cooperation.objects.filter(purpose=row.pk, pole=ws.pole).order_by("valid_from", "pk")
    held_pieces = Piece.objects.filter(subject=row.pk).exclude(state=Piece.State.REFUSED)
    return {
        "row": row,
        "form_label": words.form_label(row.form),
        "form_definition": words.form_definition(row.form),
        "object_label": words.object_label(row.object),
        "since": PartialDate(row.valid_from, row.from_precision),
        "level": current,
        "level_label": words.level_label(current),
        "level_definition": words.level_definition(current) if current else "",
        "scale": _scale(current),
        "steps": [(step, words.level_label(step.level)) for step in held.levels],
        "parties": [one for one in held.parties if one.valid_to is None],
        "left": [one for one in held.parties if one.valid_to is not None],
        "born_of": Cooperation.objects.filter(pk=row.purpose_id, pole=ws.pole).first(),
        "born": list(born),
        "pieces": list(held_pieces.order_by("-added_at", "pk")),
        "documents": _documents(ws, row),
        "money": list(finance.seen_by(ws).filter(cooperation=row)),
        "streams": list(row.streams.select_related("giver", "receiver").order_by("label", "pk")),
    }


def _documents(ws: Workspace, row: Cooperation) -> list[Document]:
    """Return the documents of the pole that cite this cooperation, those that the person reads."""
    rows = Document.objects.filter(links__subject=row.pk, links__ended_at=None, withdrawn_at=None)
    rows = rows.filter(subject=ws.pole.pk).order_by("title", "pk")
    return list(rows if ws.standing.animates else rows.exclude(audience=Document.Audience.ANIMATORS))


def _scale(current: str) -> list[tuple[int, str, bool]]:
    """Return the levels with their rank, and whether each is reached."""
    reached = words.ranks().get(current, 0)
    return [(rank, words.level_label(code), rank <= reached) for code, rank in words.ranks().items()]


def _day(row: Cooperation, today: date) -> date:
    """Return the day a cooperation is looked at: today, or the last one it lived."""
    if row.valid_to is None or row.valid_to > today:
        return today
    return date.fromordinal(row.valid_to.toordinal() - 1)


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Change what a cooperation is; who writes the same field meanwhile is shown, nothing is lost."""
    ws, row = _fetch(request, slug, pk)
    perms.require(ws, perms.can_write(ws, deeds.takes_part(row)), verb="cooperation.change")
    born_of = [one for one in _others(ws) if one[0] != str(pk)]
    initial = forms.described_values(row)
    form = forms.DescriptionForm(request.POST or None, ws=ws, born_of=born_of, initial=initial)
    base = request.POST.dict() if request.method == "POST" else {}
    conflicts: list[tuple[str, str]] = []
    if request.method == "POST" and form.is_valid():
        seen = forms.DescriptionForm(
            {name: base.get(f"base-{name}", "") for name in form.fields}, ws=ws, born_of=born_of
        )
        mine = form.described()
        try:
            deeds.change(row, base=_base(seen, row, mine), mine=mine, today=ws.today, by=ws.user)
        except StaleWriteError as error:
            conflicts = _conflicts(error, form, row)
        except DomainError as error:
            refused(form, error, _NAMES)
        else:
            return redirect("espace_cooperation", slug, pk)
    # After a conflict the page compares with what the other person wrote: sending again chooses.
    held = {name: base.get(f"base-{name}", "") for name in form.fields} if base and not conflicts else initial
    context = {
        "row": row,
        "form": form,
        "base": [(f"base-{name}", _typed(held.get(name))) for name in form.fields],
        "conflicts": conflicts,
    }
    status = 409 if conflicts else _status(form)
    return show(request, ws, "cooperations/change.html", context, status=status)


def _base(seen: forms.DescriptionForm, row: Cooperation, mine: dict[str, Any]) -> dict[str, Any]:
    """Return the columns as the person saw them; what cannot be read is what the row holds."""
    current = {name: getattr(row, name) for name in mine}
    return (
        {**current, **{k: v for k, v in seen.described().items() if k in mine}}
        if seen.is_valid()
        else current
    )


def _conflicts(error: StaleWriteError, form: Any, row: Cooperation) -> list[tuple[str, str]]:
    """Return the labels of the fields that two people wrote, and what the other one wrote."""
    row.refresh_from_db()
    held = forms.described_values(row)
    names = {"valid_from": "since", "from_precision": "since", "purpose_id": "purpose"}
    fields = dict.fromkeys(names.get(code, code) for code in error.facts["conflicts"])
    found = []
    for name in fields:
        said = str(held.get(name, ""))
        choices = dict(_flat(getattr(form.fields[name], "choices", ())))
        found.append((str(form.fields[name].label), choices.get(said, said)))
    return found


def _flat(choices: Any) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for code, label in choices:
        found += (
            [(str(c), str(text)) for c, text in label]
            if isinstance(label, list)
            else [(str(code), str(label))]
        )
    return found


def _typed(value: Any) -> str:
    return "on" if value is True else "" if value in {None, False} else str(value)


def _fetch(request: HttpRequest, slug: str, pk: UUID) -> tuple[Workspace, Cooperation]:
    """Fetch the cooperation of a pole that the person may enter, at once."""
    ws = enter(request, slug)
    row = Cooperation.objects.select_related("subject", "piece", "pole").filter(pk=pk, pole=ws.pole).first()
    if row is None:
        raise NotFoundError("unknown_cooperation", _("Cette coopération n'existe pas dans ce pôle."))
    return ws, row


def _others(ws: Workspace) -> list[tuple[str, str]]:
    rows = Cooperation.objects.filter(pole=ws.pole).order_by("title", "pk")
    return [(str(pk), title) for pk, title in rows.values_list("pk", "title")]


def _subject_of(ws: Workspace, pk: UUID | None) -> Any:
    row = Cooperation.objects.select_related("subject").filter(pk=pk, pole=ws.pole).first() if pk else None
    return row.subject if row else None


def _party(row: Cooperation, typed: str) -> Party:
    found = Party.objects.select_related("cooperation__subject").filter(cooperation=row)
    party = found.filter(pk=int(typed)).first() if typed.isdecimal() and len(typed) < 19 else None
    if party is None:
        raise DomainError("unknown_party", _("Cette organisation ne prend pas part à la coopération."))
    return party


def _named(ws: Workspace, typed: dict[str, Any]) -> Actor:
    """Return the organisation that was chosen, or the one that was named exactly."""
    if typed["actor"]:
        return Actor.objects.get(pk=typed["actor"])
    found = recognised(typed["other"])
    if len(found) != 1:
        message = (
            _("Plusieurs organisations s'appellent ainsi : donnez son SIREN.")
            if found
            else _("Le registre ne connaît pas cette organisation : vérifiez son nom, ou donnez son SIREN.")
        )
        raise DomainError("not_recognised", message, facts={"field": "other"})
    _kind, colon, number = found[0].id.partition(":")
    return from_directory(number, by=ws.user) if colon else Actor.objects.get(pk=UUID(found[0].id))


def _status(form: Any) -> int:
    return 422 if form.errors else 200
