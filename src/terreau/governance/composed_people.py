"""What members and governance say to the pages that compose a pole: due, published, counted, found, born."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from terreau.common.text import fold
from terreau.common.together import Step, abreast, run
from terreau.governance import composing, composition_rules, seated
from terreau.governance.models import Admission, Body, FunctionShare, Seat, Statute
from terreau.poles.models import Membership, Pole
from terreau.poles.workspace import Born, Due, Found, Published, Said, Tone, Workspace

_STEP = Admission.Step
_CLOSED = (_STEP.ADMITTED, _STEP.REFUSED, _STEP.WITHDRAWN)
#: Days after which a request that waits for the pole is late.
_PATIENCE = 30


def week(ws: Workspace) -> list[Due]:
    """Return what waits: requests and mandates for who animates, one's own mandates for others."""
    return run(due(ws))


def due(ws: Workspace) -> Step[list[Due]]:
    """The step of ``week``: one round of questions."""
    found = yield from abreast(*((_requests(ws),) if ws.runs else ()), _mandates(ws))
    return [one for part in found for one in part]


def _requests(ws: Workspace) -> Step[list[Due]]:
    asked_for = Admission.objects.filter(pole=ws.pole).exclude(step__in=_CLOSED).select_related("actor")
    rows = yield asked_for.order_by("asked_at", "pk")
    found = []
    for row in rows:
        path = f"{ws.home}adhesions/{row.pk}/"
        if row.step == _STEP.CHARTER:
            title = _("%(name)s lit la charte avant d'entrer au pôle.") % {"name": row.actor.name}
            found.append(Due("admission", title, path, row.asked_at.date()))
            continue
        asked = row.asked_at.date()
        late = asked < ws.today - timedelta(days=_PATIENCE)
        title = _("%(name)s attend une réponse à sa demande d'adhésion.") % {"name": row.actor.name}
        tone = Tone.LATE if late else Tone.NOW
        found.append(Due("admission", title, path, asked, tone.value, row.get_step_display(), _("Répondre")))
    return found


def _mandates(ws: Workspace) -> Step[list[Due]]:
    """Mandates that end soon or ended without a word; a member sees those of its own organisations."""
    rows = yield seated.ending(ws.pole, ws.today)
    if not ws.runs:
        rows = [row for row in rows if row.user_id == ws.user.pk or row.actor_id in ws.standing.speaks_for]
    return [_mandate(ws, row) for row in rows]


def _mandate(ws: Workspace, row: Seat) -> Due:
    ended = row.valid_to is not None and row.valid_to <= ws.today
    facts = {"name": row.actor.name, "body": row.body.name}
    title = (
        _("Le mandat de %(name)s dans « %(body)s » est fini.")
        if ended
        else _("Le mandat de %(name)s dans « %(body)s » finit bientôt.")
    )
    path = f"{ws.home}gouvernance/instances/{row.body_id}/"
    tone = Tone.LATE if ended else Tone.SOON
    return Due("mandate", title % facts, path, row.valid_to, tone.value, str(row.get_role_display()))


def published(pole: Pole, on: date) -> list[Published]:
    """Return the bodies and the texts that the pole publishes, with organisations and never people."""
    return run(shown(pole, on))


def shown(pole: Pole, on: date) -> Step[list[Published]]:
    """The step of ``published``: one round of questions."""
    found = []
    living = (Q(valid_to=None) | Q(valid_to__gt=on)) & (Q(valid_from=None) | Q(valid_from__lte=on))
    public = Body.objects.filter(living, pole=pole, public=True)
    sitting_there = Seat.objects.filter(living, body__in=public.order_by().values("pk"))
    bodies, seats, statutes = yield (
        public.order_by("name", "pk"),
        sitting_there.order_by("actor__sort_key", "pk").values_list("body", "actor__name"),
        Statute.objects.filter(pole=pole, public=True).order_by("kind", "-number"),
    )
    names: dict[Any, list[str]] = {}
    for of_body, name in seats:
        names.setdefault(of_body, []).append(name)
    for body in bodies:
        sitting = list(dict.fromkeys(names.get(body.pk, [])))
        meta = ngettext("%(n)d organisation y siège", "%(n)d organisations y siègent", len(sitting))
        found.append(
            Published(
                "governance",
                body.name,
                ", ".join(sitting),
                meta=(str(body.get_kind_display()), meta % {"n": len(sitting)}),
            )
        )
    for row in statutes:
        title = _("%(what)s, version %(n)d") % {"what": row.get_kind_display(), "n": row.number}
        path = f"/poles/{pole.slug}/textes/{row.kind}/{row.number}/"
        found.append(Published("governance", _capital(title), row.note, row.adopted_on, path))
    return found


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def born(pole: Pole) -> list[Born]:
    """Return the members of the pole as what gathered in the terreau, each from its first day to its last."""
    rows = Membership.objects.filter(pole=pole).select_related("actor").order_by("valid_from", "pk")
    held: dict[str, list[Membership]] = {}
    for row in rows:
        held.setdefault(row.actor_id.hex, []).append(row)
    return [
        Born(
            f"member:{key}",
            "member",
            stays[0].actor.name,
            min((one.valid_from for one in stays if one.valid_from), default=None),
            _last(stays),
            path=f"/poles/{pole.slug}/espace/membres/{stays[0].actor_id}/",
            note=str(stays[-1].get_role_display()),
        )
        for key, stays in held.items()
    ]


def _last(stays: list[Membership]) -> date | None:
    ends = [one.valid_to for one in stays if one.valid_to]
    return max(ends) if len(ends) == len(stays) else None


def figures(pole: Pole, first: date, last: date) -> list[Said]:
    """Return the figures of members and governance over a period, both days included."""
    return run(counted(pole, first, last))


def counted(pole: Pole, first: date, last: date) -> Step[list[Said]]:
    """The step of ``figures``: one round of questions."""
    carried = FunctionShare.objects.filter(pole=pole).filter(Q(valid_from=None) | Q(valid_from__lte=last))
    carried = carried.filter(Q(valid_to=None) | Q(valid_to__gt=last)).order_by("pk")
    held, hours_said = yield (composing.memberships(pole), carried.values_list("hours_a_month", flat=True))
    composed = composing.at(pole, last, held)
    moves = [
        one
        for one in composition_rules.changes([composing.stay(row) for row in held])
        if first <= one.on <= last
    ]
    home = f"/poles/{pole.slug}/espace/"
    base = f"{home}membres/"
    made = composed.made
    said = [
        Said(
            "governance.members",
            _("Organisations au pôle"),
            made.organisations,
            "organisations",
            base,
            _("Comptées le dernier jour de la période, sans les personnes ni les financeurs."),
        ),
        Said(
            "governance.kinds",
            _("Natures juridiques différentes"),
            made.types,
            "",
            base,
            _("Parmi les organisations dont la nature est connue."),
        ),
        Said(
            "governance.entered",
            _("Entrées dans la période"),
            len({one.actor for one in moves if one.what == "entered"}),
            "organisations",
            f"{base}histoire/",
            _("Entrées datées, changements de rôle non compris."),
        ),
        Said(
            "governance.left",
            _("Sorties dans la période"),
            len({one.actor for one in moves if one.what == "left"}),
            "organisations",
            f"{base}histoire/",
            _("Sorties datées ; qui tient encore un autre rôle est compté aussi."),
        ),
    ]
    hours = [one for one in hours_said if one is not None]
    if hours:
        said.append(
            Said(
                "governance.hours",
                _("Heures par mois des fonctions du pôle"),
                sum(hours),
                "hours",
                f"{home}gouvernance/fonctions/",
                _("Déclarées par qui les porte, le dernier jour de la période."),
            )
        )
    return said


def found(ws: Workspace, words: str, limit: int) -> list[Found]:
    """Return members, bodies, seats, requests and texts of the pole that say every word."""
    return run(sought(ws, words, limit))


def sought(ws: Workspace, words: str, limit: int) -> Step[list[Found]]:
    """The step of ``found``: one round of questions."""
    asked = fold(words).split()
    if not asked:
        return []
    rows = yield (
        composing.memberships(ws.pole),
        Body.objects.filter(pole=ws.pole).order_by("name", "pk"),
        Admission.objects.filter(pole=ws.pole).select_related("actor").order_by("-asked_at", "pk"),
        Statute.objects.filter(pole=ws.pole).order_by("kind", "-number"),
    )
    told = (
        one for one in _texts(ws, *rows) if all(word in fold(f"{one.title} {one.extract}") for word in asked)
    )
    return [_cut(one, asked[0]) for one in islice(told, limit)]


def _texts(
    ws: Workspace,
    members: Sequence[Membership],
    bodies: Sequence[Body],
    requests: Sequence[Admission],
    statutes: Sequence[Statute],
) -> Iterator[Found]:
    for row in composing.at(ws.pole, ws.today, members).lines:
        yield Found(row.actor.name, f"{ws.home}membres/{row.actor.pk}/", row.role_label, _("membre"))
    for body in bodies:
        path = f"{ws.home}gouvernance/instances/{body.pk}/"
        yield Found(body.name, path, str(body.get_kind_display()), _("instance"))
    for one in requests:
        path = f"{ws.home}adhesions/{one.pk}/"
        yield Found(one.actor.name, path, one.intention, _("demande d'adhésion"))
    for text in statutes:
        title = _("%(what)s, version %(n)d") % {"what": text.get_kind_display(), "n": text.number}
        yield Found(_capital(title), f"{ws.home}statuts/{text.pk}/", text.text, _("texte du pôle"))


def _cut(one: Found, word: str) -> Found:
    """Keep of a text what stands around the first word."""
    start = max(0, fold(one.extract).find(word) - 60)
    return replace(one, extract=one.extract[start : start + 200])


__all__ = ["born", "figures", "found", "published", "week"]
