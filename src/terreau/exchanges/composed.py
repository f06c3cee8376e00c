"""What the exchanges of a pole say to those who compose its rooms: due, published, born, counted, found."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from terreau.common.money import Euro
from terreau.common.text import search_text
from terreau.common.together import Step, abreast, run
from terreau.exchanges import catalogue, rules, watching
from terreau.exchanges.counted import counted, figures
from terreau.exchanges.due import due, week
from terreau.exchanges.models import Offering, Party, Purchase, Skill, SkillEntry, Tender, TenderMove, Watch
from terreau.exchanges.tenders import path as tender_path
from terreau.poles.models import Pole
from terreau.poles.workspace import Born, Published, Stamp, Workspace

__all__ = ["born", "counted", "due", "figures", "found", "published", "stamps", "week"]


def published(pole: Pole, on: date) -> list[Published]:
    """Return what the pole chose to show: offers with their outside price, answers, purchases; no amount."""
    return run(shown(pole, on))


def shown(pole: Pole, on: date) -> Step[list[Published]]:
    """The step of ``published``: one round of questions."""
    found = yield from abreast(_offers(pole, on), _tenders(pole), _purchases(pole))
    return [one for part in found for one in part]


def _offers(pole: Pole, on: date) -> Step[list[Published]]:
    offers = catalogue.search(pole, on=on, public=True).prefetch_related(None)
    held = catalogue.prices_on(on).filter(who="outside", offering__in=offers.order_by().values("pk"))
    rows, prices = yield (offers, held)
    priced: dict[Any, list[Any]] = {}
    for price in prices:
        priced.setdefault(price.offering_id, []).append(price)
    return [
        Published(
            "exchanges",
            row.title,
            row.text,
            meta=(
                row.actor.name,
                str(row.get_kind_display()),
                *(_price(one, row) for one in priced.get(row.pk, ())),
            ),
        )
        for row in rows
    ]


def _price(price: Any, row: Offering) -> str:
    vat = f"({price.get_vat_display()})" if price.vat else ""
    parts = (str(Euro(price.cents)), f"/ {row.unit}" if row.unit else "", vat)
    return " ".join(part for part in parts if part)


def _tenders(pole: Pole) -> Step[list[Published]]:
    public = Tender.objects.filter(pole=pole, public=True)
    inside = Party.objects.filter(tender__in=public.order_by().values("pk"), answer=Party.Answer.IN)
    rows, parties = yield (
        public.select_related("buyer").order_by("-made_at", "pk"),
        inside.order_by("-lead", "actor__sort_key", "pk").values_list("tender", "actor__name"),
    )
    names: dict[Any, dict[str, None]] = {}
    for tender, name in parties:
        names.setdefault(tender, {})[name] = None
    found = []
    for row in rows:
        meta = (str(row.get_state_display()), row.buyer.name if row.buyer else row.buyer_name)
        kept = tuple(one for one in meta if one)
        listed = ", ".join(names.get(row.pk, {}))
        found.append(Published("exchanges", row.title, listed, _day(row.due_at), meta=kept))
    return found


def _purchases(pole: Pole) -> Step[list[Published]]:
    taking = Count("commitments", filter=Q(commitments__quantity__gt=0))
    public = Purchase.objects.filter(pole=pole, public=True).annotate(takers=taking)
    rows = yield public.order_by("-made_at", "pk")
    found = []
    for row in rows:
        words = ngettext("%(count)d organisation", "%(count)d organisations", row.takers)
        meta = (_("achat groupé"), str(row.get_state_display()), words % {"count": row.takers})
        found.append(Published("exchanges", row.title, row.text, row.delivered_on, meta=meta))
    return found


def born(pole: Pole) -> list[Born]:
    """Return the tenders won and the purchases ordered, from the day that they were."""
    won = TenderMove.objects.filter(tender__pole=pole, tender__state=rules.WON, after=rules.WON)
    home = f"/poles/{pole.slug}/espace/"
    found = [
        Born(
            f"tender:{move.tender_id}",
            "cooperation",
            move.tender.title,
            move.on,
            path=f"{home}marches/{move.tender_id}/",
            note=_("marché gagné ensemble"),
        )
        for move in won.select_related("tender").order_by("on", "pk")
    ]
    bought = Purchase.objects.filter(pole=pole, cents__isnull=False).order_by("made_at", "pk")
    return [
        *found,
        *(
            Born(
                f"purchase:{row.pk}",
                "cooperation",
                row.title,
                timezone.localdate(row.made_at),
                path=f"{home}achats/{row.pk}/",
                note=_("achat groupé"),
            )
            for row in bought
        ),
    ]


def stamps(ws: Workspace, first: date, last: date) -> list[Stamp]:
    """Return the deadlines of tenders and purchases, and the deliveries, between two days (two queries)."""
    return [*_deadlines(ws, first, last), *_purchase_days(ws, first, last)]


def _deadlines(ws: Workspace, first: date, last: date) -> Iterator[Stamp]:
    begin, end = _instant(first), _instant(last + timedelta(days=1))
    rows = Tender.objects.filter(pole=ws.pole, due_at__gte=begin, due_at__lt=end).select_related("pole")
    for row in rows.exclude(state=rules.DROPPED).order_by("due_at", "pk"):
        if row.due_at is not None:
            title = _("Remise des offres : %(title)s") % {"title": row.title}
            path = tender_path(row)
            yield Stamp(f"tender-{row.pk}", row.due_at, row.due_at, title, path=path, sequence=row.version)


def _purchase_days(ws: Workspace, first: date, last: date) -> Iterator[Stamp]:
    near = Q(answers_by__range=(first, last)) | Q(delivery_on__range=(first, last))
    rows = Purchase.objects.filter(near, pole=ws.pole).exclude(state=rules.P_DROPPED)
    for row in rows.order_by("pk"):
        days = (
            ("answers", row.answers_by, _("Quantités à dire : %(title)s")),
            ("delivery", row.delivery_on, _("Livraison : %(title)s")),
        )
        for name, on, words in days:
            if on is not None and first <= on <= last:
                path, title = f"{ws.home}achats/{row.pk}/", words % {"title": row.title}
                place = row.delivery_place if name == "delivery" else ""
                uid = f"purchase-{row.pk}-{name}"
                yield Stamp(uid, on, on, title, place, path=path, sequence=row.version)


def found(ws: Workspace, words: str, limit: int) -> list[tuple[str, str, str]]:
    """Return what holds every word: tenders, purchases, offers, skills, watch; title, path, extract."""
    return run(sought(ws, words, limit))


def sought(ws: Workspace, words: str, limit: int) -> Step[list[tuple[str, str, str]]]:
    """The step of ``found``: one round of questions."""
    wanted = search_text(words).split()
    if not wanted:
        return []
    entries = SkillEntry.objects.filter(ended_on=None).values("skill")
    rows = yield (
        Tender.objects.filter(pole=ws.pole).select_related("buyer", "pole").order_by("-made_at", "pk"),
        Purchase.objects.filter(pole=ws.pole).order_by("-made_at", "pk"),
        catalogue.search(ws.pole, words, on=ws.today).prefetch_related(None)[:limit],
        Skill.objects.filter(pole=ws.pole, pk__in=entries).order_by("key"),
        watching.current(ws.pole, on=ws.today).prefetch_related(None),
    )
    return list(islice(_found(ws, wanted, *rows), limit))


def _found(  # noqa: PLR0913, PLR0917 - the rows of each kind
    ws: Workspace,
    wanted: list[str],
    tenders: Sequence[Tender],
    purchases: Sequence[Purchase],
    offers: Sequence[Offering],
    skills: Sequence[Skill],
    watched: Sequence[Watch],
) -> Iterator[tuple[str, str, str]]:
    for tender in tenders:
        buyer = tender.buyer.name if tender.buyer else tender.buyer_name
        if _holds(wanted, tender.title, tender.text, buyer, tender.reference):
            yield tender.title, tender_path(tender), str(tender.get_state_display())
    for one in purchases:
        if _holds(wanted, one.title, one.text):
            yield one.title, f"{ws.home}achats/{one.pk}/", str(one.get_state_display())
    for offer in offers:
        yield offer.title, f"{ws.home}offres/{offer.pk}/", offer.actor.name
    for skill in skills:
        if _holds(wanted, skill.name):
            yield skill.name, f"{ws.home}competences/#competence-{skill.pk}", _("Compétence")
    for seen in watched:
        if _holds(wanted, seen.title, seen.text, seen.source):
            due = date_format(seen.due_on) if seen.due_on else ""
            yield seen.title, f"{ws.home}marches/#{seen.pk}", due


def _holds(wanted: list[str], *parts: str) -> bool:
    text = search_text(*parts)
    return all(word in text for word in wanted)


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else timezone.localdate(moment)


def _instant(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
