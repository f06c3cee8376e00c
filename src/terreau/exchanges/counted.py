"""The figures of a year of exchanges: answers, receipts, insertion, purchases, skills."""

from datetime import date, datetime, time, timedelta

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.common.money import Euro
from terreau.exchanges import rules
from terreau.exchanges.models import Commitment, InsertionHours, Purchase, Tender, TenderMove
from terreau.flows.models import Flow
from terreau.poles.models import Pole
from terreau.poles.workspace import Said


def figures(pole: Pole, first: date, last: date) -> list[Said]:
    """Return what the year counts of exchanges, each with how it was found (seven queries)."""
    home = f"/poles/{pole.slug}/espace/"
    moves = TenderMove.objects.filter(tender__pole=pole, on__range=(first, last))
    won = moves.filter(after=rules.WON).values("tender").distinct()
    sent = moves.filter(after=rules.SUBMITTED).values("tender").distinct().count()
    won_cents = Tender.objects.filter(pk__in=won).aggregate(total=Sum("offer_cents"))["total"]
    received = _received(pole, first, last)
    done = InsertionHours.objects.filter(tender__pole=pole, last__range=(first, last))
    minutes = done.aggregate(total=Sum("minutes"))["total"] or 0
    saved, silent, number = _saved(pole, first, last)
    thousandths = _skill_hours(pole, first, last)
    tenders, bought, known = f"{home}marches/", f"{home}achats/", f"{home}competences/"
    return [
        Said("tenders_submitted", _("Réponses communes déposées"), sent, path=tenders, how=_how_moves()),
        Said("tenders_won", _("Marchés gagnés ensemble"), won.count(), path=tenders, how=_how_moves()),
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


def _received(pole: Pole, first: date, last: date) -> int:
    tenders = Tender.objects.filter(pole=pole).values("pk")
    rows = Flow.objects.filter(book=pole.pk, nature="cash", purpose__in=tenders, on__range=(first, last))
    total: int | None = rows.exclude(receiver=pole.pk).aggregate(total=Sum("cents"))["total"]
    return total or 0


def _saved(pole: Pole, first: date, last: date) -> tuple[int, int, int]:
    """Return what the orders of a period saved, how many parts have no price before, how many orders."""
    begin, end = _instant(first), _instant(last + timedelta(days=1))
    ordered = Purchase.objects.filter(
        pole=pole, moves__after=rules.ORDERED, moves__at__gte=begin, moves__at__lt=end
    ).values("pk")
    rows = Commitment.objects.filter(purchase__in=ordered, cents__isnull=False)
    found = [
        rules.Line(str(actor), cents, None if before is None else rules.cost(before, quantity))
        for actor, cents, before, quantity in rows.values_list("actor", "cents", "before", "quantity")
        if cents is not None
    ]
    economy = rules.economy(found)
    return economy.saved, economy.silent, ordered.distinct().count()


def _skill_hours(pole: Pole, first: date, last: date) -> int:
    rows = Flow.objects.filter(book=pole.pk, nature="skill", unit="hours", on__range=(first, last))
    total: int | None = rows.aggregate(total=Sum("thousandths"))["total"]
    return total or 0


def _instant(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
