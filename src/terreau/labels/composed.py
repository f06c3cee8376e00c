"""What labels say of a pole: what ends, what to contest, in « Ma semaine »; the labels in force on its
public page.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from terreau.common.together import Step, run
from terreau.labels import read, rules, saying
from terreau.labels.models import Advantage, LabelDecision, LabelRequest, PlanStep
from terreau.labels.rules import State, Worth
from terreau.poles.models import Pole
from terreau.poles.workspace import Due, Found, Published, Said, Stamp, Tone, Workspace

_SOON: Final = timedelta(days=max(rules.ALERTS))
_MONTH: Final = timedelta(days=30)


def week(ws: Workspace) -> list[Due]:
    """Return the labels and advantages that end, the steps of a plan, what may be contested, to who
    animates.
    """
    return run(due(ws))


def due(ws: Workspace) -> Step[list[Due]]:
    """The step of ``week``: three questions asked together."""
    if not ws.runs:
        return []
    labels, advantages, steps = yield (
        LabelRequest.objects.filter(Q(state=State.GRANTED) | _contestable(), pole=ws.pole).select_related(
            "scheme"
        ),
        Advantage.objects.filter(
            request__pole=ws.pole, ended_on=None, ends_on__range=(ws.today, ws.today + _SOON)
        ).select_related("actor", "request__scheme"),
        PlanStep.objects.filter(
            request__pole=ws.pole,
            request__state__in=[State.GRANTED, State.SUSPENDED],
            done_on=None,
            due_on__lte=ws.today + _MONTH,
        ).select_related("request__scheme"),
    )
    found = [one for row in labels for one in _label(row, ws.today)]
    return [*found, *(_advantage(one) for one in advantages), *(_step(one, ws.today) for one in steps)]


def _contestable() -> Q:
    """What was taken away by the last decision, and not upheld since: an appeal is examined once."""
    since = LabelDecision.objects.filter(request=OuterRef("pk"), on__gte=OuterRef("decided_on"))
    taken = Exists(since.filter(verb__in=["refuse", "suspend", "withdraw"]))
    states = [State.REFUSED, State.SUSPENDED, State.WITHDRAWN]
    return Q(taken, ~Exists(since.filter(verb="uphold")), state__in=states)


def _path(row: LabelRequest) -> str:
    return f"/labels/{row.scheme.slug}/{row.number}/suivre/"


def _label(row: LabelRequest, on: date) -> list[Due]:
    if row.state != State.GRANTED:
        until = rules.appeal_until(row.decided_on, row.scheme.appeal_days) if row.decided_on else on
        if until < on:
            return []
        words = _("Label %(label)s %(state)s : vous pouvez contester jusqu'au %(day)s.")
        names = {"label": row.scheme.title, "state": row.get_state_display(), "day": date_format(until)}
        return [Due("labels", words % names, _path(row), until, Tone.NOW.value, act=_("Lire les motifs"))]
    if row.valid_to is None or not on <= row.valid_to <= on + _SOON:
        return []
    words = _("Le label %(label)s se termine le %(day)s : demandez son renouvellement.")
    said = words % {"label": row.scheme.title, "day": date_format(row.valid_to)}
    path = f"/labels/{row.scheme.slug}/demander/"
    return [Due("labels", said, path, row.valid_to, Tone.SOON.value, act=_("Renouveler"))]


def _advantage(row: Advantage) -> Due:
    words = _("Avantage de %(name)s (%(kind)s) : il se termine le %(day)s.")
    names = {"name": row.actor.name, "kind": row.get_kind_display(), "day": date_format(row.ends_on)}
    path = f"{_path(row.request)}#avantages"
    return Due("labels", words % names, path, row.ends_on, Tone.SOON.value, act=_("Voir l'avantage"))


def _step(row: PlanStep, on: date) -> Due:
    words = _("Plan de progrès du label %(label)s : %(text)s, pour le %(day)s.")
    names = {"label": row.request.scheme.title, "text": row.text, "day": date_format(row.due_on)}
    tone = Tone.LATE if row.due_on < on else Tone.SOON
    path = f"{_path(row.request)}#plan"
    return Due("labels", words % names, path, row.due_on, tone.value, act=_("Dire que c'est fait"))


def published(pole: Pole, on: date) -> list[Published]:
    """Return the labels of a pole that its public page shows."""
    return run(shown(pole, on))


def shown(pole: Pole, on: date) -> Step[list[Published]]:
    """The step of ``published``: one question. Labels in force, and those suspended, said so."""
    rows = yield LabelRequest.objects.filter(read.granted(), pole=pole).select_related("scheme__owner")
    found = []
    for row in rows:
        value = row.worth(on)
        if value not in {Worth.VALID, Worth.SUSPENDED, Worth.TO_COME}:
            continue
        owner = _("donné par %(owner)s") % {"owner": row.scheme.owner.name}
        found.append(
            Published(
                section="labels",
                title=row.scheme.title,
                text=saying.sentence(row, on),
                on=row.valid_from,
                path=f"/labels/{row.scheme.slug}/{row.number}/",
                meta=(saying.worth(value).label, owner),
            )
        )
    return found


def figures(pole: Pole, first: date, last: date) -> list[Said]:
    """Return how many labels the pole held in a period."""
    return run(counted(pole, first, last))


def counted(pole: Pole, first: date, last: date) -> Step[list[Said]]:
    """The step of ``figures``: one question."""
    rows = yield LabelRequest.objects.filter(
        pole=pole, state__in=[State.GRANTED, State.RENEWED, State.EXPIRED], valid_from__range=(first, last)
    ).values_list("pk")
    if not rows:
        return []
    how = _("labels accordés dans la période, d'après leurs registres publics")
    return [Said("labels.granted", _("Labels reçus"), len(rows), path="/labels/", how=how)]


def stamps(ws: Workspace, first: date, last: date) -> list[Stamp]:
    """Return the last days of the labels and of the advantages, to who animates the pole (two queries)."""
    if not ws.runs:
        return []
    labels = LabelRequest.objects.filter(
        pole=ws.pole, state=State.GRANTED, valid_to__range=(first, last)
    ).select_related("scheme")
    rows = Advantage.objects.filter(request__pole=ws.pole, ended_on=None, ends_on__range=(first, last))
    advantages = rows.select_related("actor", "request__scheme")
    return [
        *(
            Stamp(
                uid=f"label-{row.pk.hex}",
                starts=row.valid_to,
                ends=row.valid_to,
                title=_("Dernier jour du label %(label)s") % {"label": row.scheme.title},
                path=_path(row),
                sequence=row.version,
            )
            for row in labels
            if row.valid_to is not None
        ),
        *(
            Stamp(
                uid=f"advantage-{row.pk.hex}",
                starts=row.ends_on,
                ends=row.ends_on,
                title=_("Dernier jour d'un avantage de %(name)s") % {"name": row.actor.name},
                path=f"{_path(row.request)}#avantages",
            )
            for row in advantages
        ),
    ]


def found(ws: Workspace, words: str, limit: int) -> list[Found]:
    """Return the labels of the pole whose name holds these words."""
    return run(sought(ws, words, limit))


def sought(ws: Workspace, words: str, limit: int) -> Step[list[Found]]:
    """The step of ``found``: one question."""
    rows = yield LabelRequest.objects.filter(pole=ws.pole, scheme__name__icontains=words).select_related(
        "scheme"
    )[:limit]
    return [
        Found(
            title=f"{row.scheme.title} · {row.name}",
            path=_path(row),
            extract=str(row.get_state_display()),
            kind=_("label"),
        )
        for row in rows
    ]
