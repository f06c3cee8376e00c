"""Lines whose type or origin nobody knows: grouped by suggestion, classed many at once, taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from terreau.common.errors import DomainError, NotFoundError
from terreau.common.money import Euro
from terreau.common.text import fold
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.design.forms import BaseForm
from terreau.economics import actions, projection, read
from terreau.economics.models import Batch, Function, Kind, Level, Line, Origin, Saying
from terreau.economics.pages import Asked, asked, common
from terreau.economics.rules import ORIGINS, Said, Side, kinds_of
from terreau.economics.suggest import Memory, Suggestion, Unclassed, suggest
from terreau.economics.tables import words
from terreau.poles.workspace import Workspace, enter, refused, require_run, show

#: Lines that a page shows; what was said before that suggestions look at.
_SHOWN: Final = 40
_REMEMBERED: Final = 1_000
_RECALLED: Final = 40
_BATCHES: Final = 5
_LEAVE: Final = ("", gettext_lazy("ne rien dire"))


@dataclass(slots=True)
class Group:
    """Lines that one gesture can class: the same side, the same suggestion or the same party."""

    code: str
    side: str
    kind: str
    why: str
    other: str
    no_origin: bool
    lines: list[Line] = field(default_factory=list)
    form: ClassForm | None = None

    @property
    def cents(self) -> int:
        """The value of its lines, in cents."""
        return sum(line.cents or 0 for line in self.lines)

    @property
    def known(self) -> bool:
        """Say whether the type of the lines is known: only who gives is not."""
        return self.lines[0].kind != Kind.UNKNOWN


class ClassForm(BaseForm):
    """What is said of the lines that are ticked. ``lines``: each with the version that was shown."""

    kind = forms.ChoiceField(label=gettext_lazy("Type de ces lignes"), required=False)
    origin = forms.ChoiceField(label=gettext_lazy("Origine de ces lignes"), required=False)
    level = forms.ChoiceField(
        label=gettext_lazy("Niveau de ces lignes"), required=False, choices=[_LEAVE, *Level.choices]
    )
    function = forms.ChoiceField(
        label=gettext_lazy("Fonction de ces lignes"), required=False, choices=[_LEAVE, *Function.choices]
    )

    def __init__(self, side: str, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        kinds = [(str(kind), Kind(kind).label) for kind in kinds_of(side)]
        origins = [(str(one), Origin(one).label) for one in ORIGINS] if side == Side.IN else []
        self.fields["kind"].choices = [_LEAVE, *kinds]  # type: ignore[attr-defined]
        self.fields["origin"].choices = [_LEAVE, *origins]  # type: ignore[attr-defined]

    @property
    def said(self) -> Said:
        """What the person says."""
        given = self.cleaned_data
        return Said(given["level"], given["kind"], given["origin"], given["function"])


@require_http_methods(["GET", "HEAD", "POST"])
def to_classify(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The lines to class, by what is suggested of them; ``POST``: what is said of those that are ticked."""
    ws = enter(request, slug)
    year = asked(request, ws)
    if request.method == "POST":
        require_run(ws, verb="economics.classify")
        return _classify(request, ws, year)
    rows = read.to_classify(ws.pole, year.period).select_related("flow__giver", "flow__receiver")
    if sent := export_response(request, rows.order_by("-on", "-flow__rank"), _columns(), f"a-classer-{slug}"):
        return sent
    return _page(request, ws, year)


def _classify(request: HttpRequest, ws: Workspace, year: Asked) -> HttpResponseBase:
    side = Side.OUT if request.POST.get("side") == Side.OUT else Side.IN
    form = ClassForm(side, request.POST, auto_id="refuse-%s")
    if form.is_valid():
        try:
            chosen = _chosen(request.POST.getlist("lines"))
            outcome = actions.impute(ws.pole, chosen, form.said, by=ws.user)
        except DomainError as error:
            refused(form, error)
            return _page(request, ws, year, refusal=form, status=error.status)
        _say(request, outcome)
        return redirect(f"{request.path}?annee={year.word}")
    return _page(request, ws, year, refusal=form, status=422)


def _say(request: HttpRequest, outcome: actions.Outcome) -> None:
    if outcome.done:
        words_ = ngettext(
            "%(count)d ligne est classée. Vous pouvez revenir en arrière en bas de la page.",
            "%(count)d lignes sont classées. Vous pouvez revenir en arrière en bas de la page.",
            outcome.done,
        )
        messages.success(request, words_ % {"count": outcome.done})
    elif not outcome.stale:
        messages.info(request, _("Ces lignes étaient déjà classées ainsi."))
    if outcome.stale:
        words_ = ngettext(
            "%(count)d ligne est laissée telle quelle : quelqu'un vient d'en parler. Relisez-la.",
            "%(count)d lignes sont laissées telles quelles : quelqu'un vient d'en parler. Relisez-les.",
            len(outcome.stale),
        )
        messages.warning(request, words_ % {"count": len(outcome.stale)})


def _chosen(ticked: Sequence[str]) -> dict[UUID, int]:
    found = {}
    for one in ticked:
        key, _colon, version = one.partition(":")
        try:
            found[UUID(key)] = int(version)
        except ValueError as error:
            words_ = _("Cette page a été abîmée en route : rechargez-la.")
            raise DomainError("unreadable_line", words_) from error
    return found


def _page(
    request: HttpRequest,
    ws: Workspace,
    year: Asked,
    *,
    refusal: ClassForm | None = None,
    status: int = 200,
) -> HttpResponseBase:
    projection.refresh(ws.pole)
    rows = read.to_classify(ws.pole, year.period)
    count = rows.count()
    # Their keys first: sorting whole lines with their parties is what would take long.
    keys = list(rows.order_by("-cents", "-pk").values_list("pk", flat=True)[:_SHOWN])
    near = ("flow__giver", "flow__receiver", "flow__imputation")
    held = Line.objects.filter(pk__in=keys).select_related(*near).in_bulk()
    shown = [held[key] for key in keys if key in held]
    groups = _groups(ws, shown)
    ticked = {one.partition(":")[0] for one in request.POST.getlist("lines")} if refusal else set()
    if refusal is not None:
        _keep_typed(groups, refusal, ticked)
    context = {
        **common(ws, year, "classify"),
        "groups": groups,
        "count": count,
        "more": max(count - len(shown), 0),
        "batches": _batches(ws),
        "refusal": refusal,
        "ticked": ticked,
    }
    return show(request, ws, "economics/classify.html", context, status=status)


def _keep_typed(groups: Sequence[Group], refusal: ClassForm, ticked: set[str]) -> None:
    """Put the refused form back in the group that it was sent from, with what was typed."""
    for group in groups:
        if any(line.pk.hex in ticked for line in group.lines):
            refusal.auto_id = f"{group.code}-%s"
            group.form = refusal
            return


def _groups(ws: Workspace, lines: Sequence[Line]) -> list[Group]:
    """Return the lines by what is suggested of them: groups with a suggestion first, the largest first."""
    memory = _memory(ws)
    found: dict[tuple[str, str, str, bool], Group] = {}
    for line in lines:
        other = line.flow.giver if line.side == Side.IN else line.flow.receiver
        guess = _guess(line, other.pk, memory)
        no_origin = line.side == Side.IN and line.origin == Origin.UNKNOWN
        by = guess.kind if guess else other.pk.hex
        key = (line.side, by, guess.why if guess else "", no_origin)
        if key not in found:
            name = "" if guess else other.name
            kind = guess.kind if guess else ""
            found[key] = Group(f"g{len(found)}", line.side, kind, key[2], name, no_origin)
        found[key].lines.append(line)
    groups = sorted(found.values(), key=lambda one: (not one.kind, -len(one.lines), one.code))
    for group in groups:
        group.form = ClassForm(group.side, initial={"kind": group.kind}, auto_id=f"{group.code}-%s")
    return groups


def _guess(line: Line, other: UUID, memory: Memory) -> Suggestion | None:
    if line.kind != Kind.UNKNOWN:
        return None
    return suggest(Unclassed(line.flow.label, other, line.origin, line.side), memory, words())


def _memory(ws: Workspace) -> Memory:
    """Return what people said lately of lines of this book, in its last batches: the last word wins."""
    batches = Batch.objects.filter(book=ws.pole.pk, undone_at=None).order_by("-at", "-pk")
    recent = list(batches.values_list("pk", flat=True)[:_RECALLED])
    said = list(Saying.objects.filter(batch__in=recent).values_list("flow", flat=True)[: 4 * _REMEMBERED])
    rows = (
        Line.objects.filter(pk__in=said, flow__imputation__isnull=False)
        .exclude(flow__imputation__kind="")
        .order_by("-flow__imputation__at", "pk")
        .values_list("side", "flow__imputation__kind", "flow__label", "flow__giver", "flow__receiver")
    )
    labels: dict[tuple[str, str], str] = {}
    others: dict[tuple[str, UUID], str] = {}
    for side, kind, label, giver, receiver in rows[:_REMEMBERED]:
        labels.setdefault((side, fold(label)), kind)
        others.setdefault((side, giver if side == Side.IN else receiver), kind)
    return Memory(labels, others)


def _batches(ws: Workspace) -> list[Batch]:
    rows = Batch.objects.filter(book=ws.pole.pk).select_related("by")
    return list(rows.order_by("-at", "-pk")[:_BATCHES])


@require_POST
def undo(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Take a classing back, for who animates the pole."""
    ws = enter(request, slug, run=True, verb="economics.undo")
    batch = Batch.objects.filter(pk=pk, book=ws.pole.pk).first()
    if batch is None:
        raise NotFoundError("unknown_batch", _("Ce classement n'existe pas dans ce pôle."))
    try:
        outcome = actions.undo(batch, by=ws.user)
    except DomainError as error:
        messages.warning(request, str(error.message))
    else:
        done = ngettext(
            "%(count)d ligne est revenue à ce qu'elle était.",
            "%(count)d lignes sont revenues à ce qu'elles étaient.",
            outcome.done,
        )
        messages.success(request, done % {"count": outcome.done})
        if outcome.stale:
            left = ngettext(
                "%(count)d ligne, reclassée depuis, est laissée telle quelle.",
                "%(count)d lignes, reclassées depuis, sont laissées telles quelles.",
                len(outcome.stale),
            )
            messages.warning(request, left % {"count": len(outcome.stale)})
    return redirect("espace_to_classify", slug)


def _columns() -> list[Column]:
    sides = {"in": _("ressource"), "out": _("dépense")}
    return [
        Column(_("Numéro"), lambda row: row.flow.rank, "integer"),
        Column(_("Date"), lambda row: row.on, "date"),
        Column(_("Libellé"), lambda row: row.flow.label),
        Column(_("De"), lambda row: row.flow.giver.name),
        Column(_("Vers"), lambda row: row.flow.receiver.name),
        Column(_("Ressource ou dépense"), lambda row: sides.get(row.side, "")),
        Column(_("Type"), lambda row: str(Kind(row.kind).label)),
        Column(_("Origine"), lambda row: str(Origin(row.origin).label) if row.origin else ""),
        Column(_("Valeur, en euros"), lambda row: None if row.cents is None else Euro(row.cents), "number"),
    ]
