"""What invoices and statements say to « Ma semaine », the calendar, the search and the yearly report."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django.db.models import F, Q, QuerySet, Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from terreau.billing import clearing, monthly, perms, read, rules
from terreau.billing.models import Invoice
from terreau.common.money import Euro
from terreau.common.text import fold
from terreau.common.together import Step, abreast, run
from terreau.poles.models import Pole
from terreau.poles.workspace import Due, Found, Said, Stamp, Tone, Workspace

#: Fees and trade are told by their own rooms.
_MINE: Final = (Invoice.Kind.SERVICE, Invoice.Kind.COMMISSION, Invoice.Kind.OTHER)
_MOST: Final = 20
_SEARCHED: Final = 500


def week(ws: Workspace) -> list[Due]:
    """Return what waits: invoices to pay or late, drafts to issue, lines of the bank to match."""
    return run(due(ws))


def due(ws: Workspace) -> Step[list[Due]]:
    """The step of ``week``: one round of questions."""
    found = yield from abreast(_to_pay(ws), _running(ws))
    return [one for part in found for one in part]


def _open(ws: Workspace) -> QuerySet[Any]:
    rows = read.with_left(Invoice.objects.filter(pole=ws.pole, state=Invoice.State.ISSUED, credits=None))
    return rows.filter(kind__in=_MINE).exclude(left_cents=0)


def _to_pay(ws: Workspace) -> Step[list[Due]]:
    """What the organisations of the person owe; not the pole, which its animators see below."""
    mine = ws.standing.speaks_for - {ws.pole.pk}
    rows = _open(ws).filter(buyer__in=mine).order_by(F("due").asc(nulls_last=True), "number")
    columns = ("number", "legal_number", "due", "left_cents", "seller__name", "buyer__name")
    asked = yield rows.values_list(*columns)[:_MOST]
    return [
        Due(
            kind="invoice",
            title=_("%(buyer)s doit %(sum)s à %(seller)s.")
            % {"buyer": buyer, "seller": seller, "sum": Euro(left)},
            path=f"{ws.home}factures/{number}/",
            on=day,
            tone=(Tone.LATE if rules.late_days(day, ws.today) else Tone.NOW).value,
            detail=_("facture %(name)s") % {"name": legal or f"PF-{number:05d}"},
            act=_("Voir la facture"),
        )
        for number, legal, day, left, seller, buyer in asked
    ]


def _running(ws: Workspace) -> Step[list[Due]]:
    if not ws.runs:
        return []
    late, lines, drafts, waiting = yield (
        _open(ws).filter(due__lt=ws.today).order_by("due", "pk").values_list("due", "left_cents"),
        clearing.unmatched(ws.pole).values_list("on", flat=True)[:200],
        Invoice.objects.filter(pole=ws.pole, state=Invoice.State.DRAFT)
        .order_by("pk")
        .values_list("pk", flat=True),
        monthly.waiting(ws.pole).filter(on__lt=ws.today.replace(day=1)).values_list("on", flat=True)[:200],
    )
    said = []
    if late:
        words = ngettext(
            "%(count)d facture en retard : %(sum)s.", "%(count)d factures en retard : %(sum)s.", len(late)
        ) % {"count": len(late), "sum": Euro(sum(left for _day, left in late))}
        act = _("Voir les factures en retard")
        said.append(Due("invoice", words, f"{ws.home}factures/", late[0][0], Tone.LATE.value, act=act))
    if lines:
        words = ngettext(
            "%(count)d ligne de banque à pointer.", "%(count)d lignes de banque à pointer.", len(lines)
        ) % {"count": len(lines)}
        act = _("Pointer les lignes")
        said.append(Due("bank", words, f"{ws.home}banque/", None, Tone.NOW.value, act=act))
    if drafts:
        words = ngettext(
            "%(count)d facture en brouillon à émettre.",
            "%(count)d factures en brouillon à émettre.",
            len(drafts),
        ) % {"count": len(drafts)}
        path, act = f"{ws.home}factures/?voir=brouillons", _("Relire les brouillons")
        said.append(Due("invoice", words, path, None, Tone.INFO.value, act=act))
    if waiting:
        words = ngettext(
            "%(count)d service du mois dernier ou d'avant n'est pas facturé.",
            "%(count)d services du mois dernier ou d'avant ne sont pas facturés.",
            len(waiting),
        ) % {"count": len(waiting)}
        act = _("Préparer les factures du mois")
        said.append(Due("service", words, f"{ws.home}services/", None, Tone.INFO.value, act=act))
    return said


def figures(pole: Pole, first: date, last: date) -> list[Said]:
    """Return what the pole and its members billed for services in a period, both days included."""
    return run(counted(pole, first, last))


def counted(pole: Pole, first: date, last: date) -> Step[list[Said]]:
    """The step of ``figures``: one question."""
    rows = Invoice.objects.filter(pole=pole, state=Invoice.State.ISSUED, on__gte=first, on__lte=last)
    sums = yield rows.filter(kind__in=_MINE).order_by().values_list("kind").annotate(sum=Sum("net_cents"))
    found = dict(sums)
    home = f"/poles/{pole.slug}/espace/factures/?voir=toutes"
    how = _("Factures émises dans la période, hors taxe, avoirs ôtés.")
    services_sum = found.get(Invoice.Kind.SERVICE, 0)
    commissions = found.get(Invoice.Kind.COMMISSION, 0)
    return [
        Said("billing.services", _("Services facturés"), Euro(services_sum), "€", home, how),
        Said("billing.commissions", _("Commissions facturées"), Euro(commissions), "€", home, how),
    ]


def found(ws: Workspace, words: str, limit: int) -> list[Found]:
    """Return the invoices that have all these words and that the person may see."""
    return run(sought(ws, words, limit))


def sought(ws: Workspace, words: str, limit: int) -> Step[list[Found]]:
    """The step of ``found``: one question."""
    asked = fold(words).split()
    if not asked:
        return []
    columns = ("number", "legal_number", "credits", "label", "seller__name", "buyer__name", "gross_cents")
    rows = yield perms.visible(ws).order_by("-number").values_list(*columns)[:_SEARCHED]
    held = []
    for number, legal, credits_, label, seller, buyer, gross in rows:
        name = legal or f"{'AV' if credits_ else 'PF'}-{number:05d}"
        text = fold(f"{name} {label} {seller} {buyer}")
        if all(word in text for word in asked):
            extract = " · ".join(part for part in (f"{seller} → {buyer}", label, str(Euro(gross))) if part)
            kind = _("avoir") if credits_ else _("facture")
            held.append(Found(name, f"{ws.home}factures/{number}/", extract, kind))
    return held[:limit]


def stamps(ws: Workspace, first: date, last: date) -> list[Stamp]:
    """Return the days by which the organisations of the person are to pay."""
    rows = _open(ws).filter(buyer__in=ws.standing.speaks_for, due__gte=first, due__lte=last)
    return [
        Stamp(
            uid=f"facture-{row.pk.hex}@terreau",
            starts=row.due,
            ends=row.due,
            title=_("Payer %(sum)s à %(name)s") % {"sum": Euro(row.left_cents), "name": row.seller.name},
            text=_("Facture %(name)s, datée du %(day)s") % {"name": row.name, "day": date_format(row.on)},
            path=f"{ws.home}factures/{row.number}/",
        )
        for row in rows.filter(Q(left_cents__gt=0)).select_related("seller").order_by("due", "pk")
    ]
