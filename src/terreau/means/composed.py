"""What shared means say to who composes the workspace: what is due, published, born, counted, found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Min, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from terreau.common.money import Euro
from terreau.common.text import fold
from terreau.common.together import Step, abreast, run, total
from terreau.flows.models import Flow
from terreau.means import rules, settling
from terreau.means.models import Booking, Job, Means, Occupation, SpaceNeed, Split, Tariff
from terreau.means.pages import midnight, span_said
from terreau.poles.models import Pole
from terreau.poles.workspace import Born, Due, Found, Published, Said, Stamp, Tone, Workspace

_WEEK = timedelta(days=7)
_MOST = 30
_FLOOR_SPACE = (Means.Kind.PREMISES, Means.Kind.ROOM)


def week(ws: Workspace) -> list[Due]:
    """Return what waits for the person: answers to give, what the ledger refused, her bookings to come."""
    return run(due(ws))


def due(ws: Workspace) -> Step[list[Due]]:
    """The step of ``week``: one round of questions."""
    found = yield from abreast(_to_answer(ws), _aside(ws), _mine(ws))
    return [one for part in found for one in part]


def _to_answer(ws: Workspace) -> Step[list[Due]]:
    rows = Booking.objects.filter(
        means__pole=ws.pole, state=Booking.State.ASKED, ends_at__gt=timezone.now()
    ).select_related("means", "actor")
    if not ws.runs:
        rows = rows.filter(means__owner__in=ws.standing.speaks_for)
    asked = yield rows.order_by("starts_at", "pk")[:_MOST]
    words = _("Répondre à %(name)s, qui demande « %(means)s ».")
    return [
        Due(
            kind="booking",
            title=words % {"name": row.actor.name, "means": row.means.name},
            path=_path(ws.pole.slug, row),
            on=timezone.localdate(row.starts_at),
            tone=Tone.NOW,
            detail=span_said(row.starts_at, row.ends_at),
            act=_("Répondre à la demande"),
        )
        for row in asked
    ]


def _aside(ws: Workspace) -> Step[list[Due]]:
    if not ws.runs:
        return []
    count = len((yield settling.set_aside(ws.pole).values_list("pk", flat=True)))
    if not count:
        return []
    words = ngettext(
        "Le livre a refusé %(count)d usage d'un moyen partagé.",
        "Le livre a refusé %(count)d usages de moyens partagés.",
        count,
    )
    waits = Due(
        kind="booking",
        title=words % {"count": count},
        path=f"{ws.home}moyens/",
        tone=Tone.LATE,
        act=_("Voir pourquoi"),
    )
    return [waits]


def _mine(ws: Workspace) -> Step[list[Due]]:
    rows = Booking.objects.filter(
        Q(by=ws.user) | Q(actor__in=ws.standing.speaks_for),
        means__pole=ws.pole,
        state=Booking.State.BOOKED,
        ends_at__gt=timezone.now(),
        starts_at__lt=midnight(ws.today + _WEEK),
    ).select_related("means")
    booked = yield rows.order_by("starts_at", "pk")[:_MOST]
    return [
        Due(
            kind="booking",
            title=_("« %(means)s » est à vous.") % {"means": row.means.name},
            path=_path(ws.pole.slug, row),
            on=(day := timezone.localdate(row.starts_at)),
            tone=Tone.NOW if day == ws.today else Tone.INFO,
            detail=span_said(row.starts_at, row.ends_at),
        )
        for row in booked
    ]


def published(pole: Pole, on: date) -> list[Published]:
    """Return the means that the pole shows to everybody that day."""
    return run(shown(pole, on))


def shown(pole: Pole, on: date) -> Step[list[Published]]:
    """The step of ``published``: one round of questions."""
    rows = Means.objects.filter(Q(ended_on=None) | Q(ended_on__gte=on), pole=pole, public=True)
    found = yield rows.order_by("name", "pk")
    return [
        Published(
            section="means",
            title=row.name,
            text=row.text,
            path=f"/poles/{pole.slug}/moyens/{row.pk}/",
            meta=tuple(part for part in (str(row.get_kind_display()), row.place) if part),
        )
        for row in found
    ]


def born(pole: Pole) -> list[Born]:
    """Return the jobs and the places that were born of the pole (R-156)."""
    jobs = [
        Born(
            key=f"job:{row.pk.hex}",
            kind="job",
            title=row.title,
            on=row.valid_from,
            until=row.valid_to,
            path=f"/poles/{pole.slug}/espace/emplois/{row.pk}/",
            note=str(row.get_frame_display()),
        )
        for row in Job.objects.filter(pole=pole).order_by("valid_from", "pk")
    ]
    rows = Means.objects.filter(pole=pole, kind=Means.Kind.PREMISES).annotate(
        since=Min("occupations__valid_from")
    )
    places = [
        Born(
            key=f"means:{row.pk.hex}",
            kind="place",
            title=row.name,
            on=row.since,
            until=row.ended_on,
            path=f"/poles/{pole.slug}/espace/locaux/{row.pk}/",
            note=row.place,
        )
        for row in rows.order_by("name", "pk")
    ]
    return [*jobs, *places]


def figures(pole: Pole, first: date, last: date) -> list[Said]:
    """Return what was shared between two days, both included."""
    return run(counted(pole, first, last))


def counted(pole: Pole, first: date, last: date) -> Step[list[Said]]:
    """The step of ``figures``: one round of questions."""
    home = f"/poles/{pole.slug}/espace/"
    costs = Split.objects.filter(pole=pole, undone_at=None, period_to__range=(first, last))
    worked = Flow.objects.filter(book=pole.actor, origin__startswith="job:", on__range=(first, last))
    standing = Q(valid_from__lte=last) & (Q(valid_to=None) | Q(valid_to__gt=last))
    held = Occupation.objects.filter(standing, means__pole=pole)
    booked, tariffs, (shared,), (done,), (occupied,) = yield (
        _booked(pole, first, last),
        Tariff.objects.filter(means__pole=pole, who=Tariff.Who.OUTSIDE).order_by("pk"),
        total(costs, sum=Sum("cents")),
        total(worked, sum=Sum("thousandths")),
        total(held, sum=Sum("surface")),
    )
    minutes, spared, times = _use(booked, tariffs)
    hours, surface = done["sum"] or 0, occupied["sum"] or 0
    return [
        Said(
            "means.bookings",
            _("Réservations de moyens partagés"),
            times,
            path=f"{home}calendrier/",
            how=_("Réservations confirmées dont la fin est dans la période."),
        ),
        Said(
            "means.hours",
            _("Heures d'usage de moyens partagés"),
            Decimal(minutes) / 60 if minutes % 60 else minutes // 60,
            "h",
            path=f"{home}calendrier/",
            how=_("Somme des durées réservées, annulations ôtées."),
        ),
        Said(
            "means.spared",
            _("Économies des membres sur ces usages"),
            spared,
            "€",
            path=f"{home}moyens/",
            how=_("Prix hors du pôle moins prix payé, là où les deux prix sont connus."),
        ),
        Said(
            "means.costs",
            _("Coûts partagés entre membres"),
            Euro(shared["sum"] or 0),
            "€",
            path=f"{home}couts/",
            how=_("Somme des partages faits et non repris dont la période finit dans l'année."),
        ),
        Said(
            "means.jobs",
            _("Heures d'emplois partagés"),
            Decimal(hours) / 1000 if hours % 1000 else hours // 1000,
            "h",
            path=f"{home}emplois/",
            how=_("Heures écrites au livre, corrections comprises."),
        ),
        Said(
            "means.surface",
            _("Surface occupée dans les locaux partagés"),
            Decimal(surface) / 100 if surface % 100 else surface // 100,
            "m²",
            path=f"{home}locaux/",
            how=_("Surfaces occupées le dernier jour de la période."),
        ),
    ]


def _booked(pole: Pole, first: date, last: date) -> QuerySet[Any]:
    rows = Booking.objects.filter(
        means__pole=pole,
        state=Booking.State.BOOKED,
        ends_at__gt=midnight(first),
        ends_at__lte=midnight(last + timedelta(days=1)),
    )
    return rows.order_by().values_list("means", "starts_at", "ends_at", "price")


def _use(rows: Iterable[Any], tariffs_outside: Iterable[Tariff]) -> tuple[int, Euro | None, int]:
    """Return minutes, what members spared when it is known of a booking at least, and how many bookings."""
    outside = _outside(tariffs_outside)
    minutes, spared, times, known = 0, 0, 0, False
    for means, starts_at, ends_at, price in rows:
        times += 1
        minutes += rules.length(starts_at, ends_at) // timedelta(minutes=1)
        day = timezone.localdate(starts_at)
        tariffs = [tariff for tariff, since, until in outside[means] if _holds(since, until, day)]
        full = rules.price(tariffs, rules.OUTSIDE, starts_at, ends_at)
        if price and full is not None and price.get("who") not in (rules.OWNER, rules.OUTSIDE):
            known = True
            spared += max(0, full.cents - price["cents"])
    return minutes, Euro(spared) if known else None, times


def _outside(rows: Iterable[Tariff]) -> dict[UUID, list[tuple[rules.Tariff, date | None, date | None]]]:
    found: defaultdict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        tariff = rules.Tariff(row.who, row.unit, row.cents)
        found[row.means_id].append((tariff, row.valid_from, row.valid_to))
    return found


def stamps(ws: Workspace, first: date, last: date) -> list[Stamp]:
    """Return the bookings of the person and of the actors for whom she speaks, for her calendar."""
    rows = Booking.objects.filter(
        Q(by=ws.user) | Q(actor__in=ws.standing.speaks_for),
        means__pole=ws.pole,
        starts_at__lt=midnight(last + timedelta(days=1)),
        ends_at__gt=midnight(first),
    ).exclude(state=Booking.State.REFUSED)
    rows = rows.select_related("actor", "means__pole").order_by("starts_at", "pk")
    return [stamp_of(row) for row in rows]


def stamp_of(row: Booking) -> Stamp:
    """Return a booking as an event of a calendar; one that waits for its owner is tentative."""
    return Stamp(
        uid=f"reservation-{row.pk.hex}@terreau",
        starts=timezone.localtime(row.starts_at),
        ends=timezone.localtime(row.ends_at),
        title=f"{row.means.name} · {row.actor.name}",
        place=row.means.place,
        text=row.label,
        path=_path(row.means.pole.slug, row),
        sequence=row.sequence,
        cancelled=row.cancelled_at is not None,
        status="TENTATIVE" if row.state == Booking.State.ASKED else "CONFIRMED",
    )


def found(ws: Workspace, words: str, limit: int) -> list[Found]:
    """Return what of the shared means has all these words: things, jobs, costs, needs of space."""
    return run(sought(ws, words, limit))


def sought(ws: Workspace, words: str, limit: int) -> Step[list[Found]]:
    """The step of ``found``: one round of questions."""
    asked = fold(words).split()
    if not asked:
        return []
    shared, jobs, splits, needs = yield (
        Means.objects.filter(pole=ws.pole).order_by("name", "pk"),
        Job.objects.filter(pole=ws.pole).order_by("title", "pk"),
        Split.objects.filter(pole=ws.pole).order_by("-period_from", "pk")[:500],
        SpaceNeed.objects.filter(pole=ws.pole, met_on=None).select_related("actor").order_by("pk"),
    )
    lines = [
        *_found_means(ws, shared),
        *(
            Found(row.title, f"{ws.home}emplois/{row.pk}/", str(row.get_frame_display()), _("emploi partagé"))
            for row in jobs
        ),
        *(
            Found(row.label, f"{ws.home}couts/{row.pk}/", str(Euro(row.cents)), _("coût partagé"))
            for row in splits
        ),
        *(Found(row.actor.name, f"{ws.home}locaux/", row.note, _("besoin de locaux")) for row in needs),
    ]
    held = [one for one in lines if _has(asked, f"{one.title} {one.extract} {one.kind}")]
    return held[:limit]


def _found_means(ws: Workspace, rows: Iterable[Means]) -> Iterable[Found]:
    for row in rows:
        extract = " · ".join(part for part in (row.place, row.text[:160]) if part)
        yield Found(row.name, f"{ws.home}moyens/{row.pk}/", extract, str(row.get_kind_display()))


def _has(asked: list[str], text: str) -> bool:
    folded = fold(text)
    return all(word in folded for word in asked)


def _holds(since: date | None, until: date | None, day: date) -> bool:
    return (since is None or since <= day) and (until is None or until > day)


def _path(slug: str, row: Booking) -> str:
    return f"/poles/{slug}/espace/moyens/{row.means_id}/reservations/{row.pk}/"
