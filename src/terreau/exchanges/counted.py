"""The figures of a year of exchanges: answers, receipts, insertion, purchases, skills."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.common.money import Euro
from terreau.common.together import Step, run, total
from terreau.exchanges import rules
from terreau.exchanges.models import Commitment, InsertionHours, Purchase, Tender, TenderMove
from terreau.flows.models import Flow
from terreau.poles.models import Pole
from terreau.poles.workspace import Said


def figures(pole: Pole, first: date, last: date) -> list[Said]:
    """Return what the year counts of exchanges, each with how it was found."""
    return run(counted(pole, first, last))


def counted(pole: Pole, first: date, last: date) -> Step[list[Said]]:
    """The step of ``figures``: one round of questions."""
    home = f"/poles/{pole.slug}/espace/"
    moves = TenderMove.objects.filter(tender__pole=pole, on__range=(first, last)).order_by()
    moved = moves.filter(after__in=[rules.WON, rules.SUBMITTED]).values_list("tender", "after").distinct()
    won = moves.filter(after=rules.WON).values("tender")
    done = InsertionHours.objects.filter(tender__pole=pole, last__range=(first, last))
    ordered = _ordered(pole, first, last)
    reached, (gained,), (paid,), (inserted,), parts, orders, (skilled,) = yield (
        moved,
        total(Tender.objects.filter(pk__in=won), sum=Sum("offer_cents")),
        total(_received(pole, first, last), sum=Sum("cents")),
        total(done, sum=Sum("minutes")),
        Commitment.objects.filter(purchase__in=ordered, cents__isnull=False)
        .order_by("pk")
        .values_list("actor", "cents", "before", "quantity"),
        ordered.distinct(),
        total(_skill_hours(pole, first, last), sum=Sum("thousandths")),
    )
    sent = sum(after == rules.SUBMITTED for _tender, after in reached)
    number_won = sum(after == rules.WON for _tender, after in reached)
    won_cents, received = gained["sum"], paid["sum"] or 0
    minutes, thousandths = inserted["sum"] or 0, skilled["sum"] or 0
    economy, number = _economy(parts), len(orders)
    saved, silent = economy.saved, economy.silent
    tenders, bought, known = f"{home}marches/", f"{home}achats/", f"{home}competences/"
    return [
        Said("tenders_submitted", _("Réponses communes déposées"), sent, path=tenders, how=_how_moves()),
        Said("tenders_won", _("Marchés gagnés ensemble"), number_won, path=tenders, how=_how_moves()),
        Said(
            "tenders_won_amount",
            _("Montant des marchés gagnés ensemble"),
            None if won_cents is None else Euro(won_cents),
            path=tenders,
            how=_("Somme des montants d'offre dits ; un marché sans montant n'est pas compté."),
        ),
        Said(
            "tenders_received",
            _("Encaissé par les membres sur ces marchés"),
            Euro(received),
            path=tenders,
            how=_("Lignes du livre dont l'objet est un marché commun, corrections déduites."),
        ),
        Said(
            "insertion_hours",
            _("Heures d'insertion faites"),
            minutes // 60,
            "h",
            tenders,
            _("Heures déclarées par les organisations des groupements, reprises déduites."),
        ),
        Said("group_purchases", _("Achats groupés commandés"), number, path=bought, how=_how_orders()),
        Said(
            "group_purchases_saved",
            _("Économie des achats groupés"),
            Euro(saved),
            path=bought,
            how=_(
                "Prix payé avant moins part payée, là où le prix d'avant est dit ; sans ce prix : %(count)d."
            )
            % {"count": silent},
        ),
        Said(
            "skill_hours",
            _("Heures de compétences échangées"),
            thousandths // 1000,
            "h",
            known,
            _("Lignes du livre de nature « compétence échangée », corrections déduites."),
        ),
    ]


def _how_moves() -> str:
    return _("Réponses qui sont passées à cet état pendant la période.")


def _how_orders() -> str:
    return _("Achats dont la commande a été passée pendant la période.")


def _received(pole: Pole, first: date, last: date) -> QuerySet[Flow]:
    tenders = Tender.objects.filter(pole=pole).order_by().values("pk")
    rows = Flow.objects.filter(book=pole.pk, nature="cash", purpose__in=tenders, on__range=(first, last))
    return rows.exclude(receiver=pole.pk)


def _ordered(pole: Pole, first: date, last: date) -> QuerySet[Any]:
    begin, end = _instant(first), _instant(last + timedelta(days=1))
    rows = Purchase.objects.filter(
        pole=pole, moves__after=rules.ORDERED, moves__at__gte=begin, moves__at__lt=end
    )
    return rows.order_by().values("pk")


def _economy(parts: Iterable[tuple[UUID, int, int | None, int]]) -> rules.Economy:
    """Return what the orders of a period saved, and how many parts have no price before."""
    return rules.economy(
        [
            rules.Line(str(actor), cents, None if before is None else rules.cost(before, quantity))
            for actor, cents, before, quantity in parts
        ]
    )


def _skill_hours(pole: Pole, first: date, last: date) -> QuerySet[Flow]:
    return Flow.objects.filter(book=pole.pk, nature="skill", unit="hours", on__range=(first, last))


def _instant(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
