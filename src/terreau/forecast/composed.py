"""What is to come, as « Ma semaine », the calendar, the search and the yearly report say it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from django.db.models import Q, Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from terreau.billing.models import Invoice
from terreau.billing.read import with_left
from terreau.common.money import Euro
from terreau.common.text import fold
from terreau.common.together import Step, run, total
from terreau.design.calendars import Stamp
from terreau.flows.models import Flow, Nature
from terreau.forecast import rules
from terreau.forecast.models import Balance, Funding, Instalment, Planned, Shown
from terreau.forecast.read import Forecast, Opening, is_received
from terreau.poles.models import Carrier, Pole
from terreau.poles.workspace import Due, Found, Published, Said, Tone, Workspace

#: Days before something from which it is told, and from which it presses.
_SHOWN: Final = 60
_PRESSES: Final = 14
#: Months of the cash plan that « Ma semaine » looks at.
_MONTHS: Final = 6


def week(ws: Workspace) -> list[Due]:
    """Return what waits for who animates: requests, ends, late payments, a low point below zero."""
    return run(due(ws))


def due(ws: Workspace) -> Step[list[Due]]:
    """The step of ``week``: two rounds of questions; nothing for who does not animate."""
    if not ws.runs:
        return []
    current = (Q(valid_from=None) | Q(valid_from__lte=ws.today)) & (
        Q(valid_to=None) | Q(valid_to__gt=ws.today)
    )
    invoices = with_left(Invoice.objects.filter(pole=ws.pole, state=Invoice.State.ISSUED))
    fundings, parts, planned, balances, carrying, opened = yield (
        Funding.objects.filter(pole=ws.pole),
        # Awaited: not received, or taken back by a correction in the book.
        Instalment.objects.filter(
            Q(received_on=None) | Q(flow__reversed_by__isnull=False), funding__pole=ws.pole, dropped_at=None
        ).order_by("due", "pk"),
        Planned.objects.filter(pole=ws.pole, dropped_at=None),
        Balance.objects.filter(pole=ws.pole, on__lte=ws.today).order_by("-on", "-pk")[:1],
        Carrier.objects.filter(current, pole=ws.pole).values_list("actor", flat=True),
        invoices.exclude(left_cents=0).select_related("seller", "buyer"),
    )
    forecast = Forecast(ws.pole, on=ws.today)
    forecast.fundings, forecast.planned = list(fundings), list(planned)
    forecast.parties = frozenset({ws.pole.pk, *carrying})
    forecast.invoices = [(row, row.left_cents) for row in opened]
    forecast.instalments = {}
    for row in parts:
        row.received_on = None
        forecast.instalments.setdefault(row.funding_id, []).append(row)
    found = [*_fundings(ws, forecast), *_late(ws, forecast)]
    if not balances:
        return found
    balance = balances[0]
    lines = Flow.objects.filter(book=ws.pole.pk, nature=Nature.CASH, on__gt=balance.on, on__lte=ws.today)
    come, gone = Q(receiver__in=forecast.parties), Q(giver__in=forecast.parties)
    ((sums,),) = yield (
        (total(lines, come=Sum("cents", filter=come & ~gone), gone=Sum("cents", filter=gone & ~come))),
    )
    since = (sums["come"] or 0) - (sums["gone"] or 0)
    forecast.opening = Opening(balance, since, 0, ws.today)
    return [*found, *_cash(ws, forecast)]


def _cash(ws: Workspace, forecast: Forecast) -> Iterator[Due]:
    plan, path = forecast.plan(_MONTHS), f"{ws.home}previsions/tresorerie/"
    first = plan.first_short if plan is not None else None
    if plan is not None and first is not None:
        words = _("Il manquera jusqu'à %(amount)s : le compte passe sous zéro le %(day)s.")
        title = words % {"amount": Euro(plan.short), "day": date_format(first)}
        tone = Tone.NOW if (first - ws.today).days <= _SHOWN else Tone.SOON
        yield Due("cash", title, path, first, tone.value, act=_("Voir le plan"))
    if forecast.opening is not None and forecast.opening.stale:
        title = _("Lire le solde du compte : le plan de trésorerie part d'un solde ancien.")
        yield Due("balance", title, f"{path}#solde", None, Tone.INFO.value, act=_("Dire le solde"))


def _fundings(ws: Workspace, forecast: Forecast) -> Iterator[Due]:
    for one in forecast.fundings:
        path = f"{ws.home}previsions/financements/{one.pk}/"
        if one.state == rules.ASKED and one.answer_on is not None and one.answer_on <= ws.today:
            title = _("Dire si « %(what)s » est accordé.") % {"what": one}
            yield Due("funding", title, path, one.answer_on, Tone.NOW.value, act=_("Répondre"))
        if one.state != rules.GRANTED:
            continue
        if one.ask_again_by is not None and (one.ask_again_by - ws.today).days <= _SHOWN:
            title = _("Redemander « %(what)s », qui prend fin.") % {"what": one}
            yield Due("funding", title, path, one.ask_again_by, _tone(ws, one.ask_again_by), act=_("Voir"))
        elif one.period_to is not None and rules.ending(one.period_to, today=ws.today):
            words = _("« %(what)s » prend fin le %(day)s.")
            title = words % {"what": one, "day": date_format(one.period_to)}
            late = one.period_to < ws.today
            tone = Tone.LATE.value if late else Tone.INFO.value
            yield Due("funding_end", title, path, one.period_to, tone, act=_("Voir"))


def _late(ws: Workspace, forecast: Forecast) -> Iterator[Due]:
    for one in forecast.fundings:
        if one.state != rules.GRANTED:
            continue
        for row in forecast.instalments.get(one.pk, ()):
            if row.due < ws.today and not is_received(row):
                words = _("Dire si %(amount)s de « %(what)s » sont arrivés.")
                title = words % {"amount": Euro(row.cents), "what": one}
                path = f"{ws.home}previsions/financements/{one.pk}/"
                yield Due("instalment", title, path, row.due, Tone.LATE.value, act=_("Dire si c'est reçu"))


def _tone(ws: Workspace, on: date) -> str:
    if on < ws.today:
        return Tone.LATE.value
    return (Tone.NOW if (on - ws.today).days <= _PRESSES else Tone.SOON).value


def published(pole: Pole, on: date) -> list[Published]:
    """Return the page of the economy, once the pole shows anything of it."""
    return run(shown(pole, on))


def shown(pole: Pole, on: date) -> Step[list[Published]]:
    """The step of ``published``."""
    rows = yield Shown.objects.filter(pole=pole, shown=True)[:1]
    if not rows:
        return []
    path = f"/poles/{pole.slug}/economie/"
    text = _("Ce que le pôle montre de ses ressources, en sommes arrondies.")
    return [Published("economy", _("L'économie du pôle"), text, path=path)]


def figures(pole: Pole, first: date, last: date) -> list[Said]:
    """Return what came in of the fundings of a period, and who invested."""
    return run(counted(pole, first, last))


def counted(pole: Pole, first: date, last: date) -> Step[list[Said]]:
    """The step of ``figures``: one round of questions."""
    path = f"/poles/{pole.slug}/espace/previsions/"
    parts = Instalment.objects.filter(
        funding__pole=pole, received_on__range=(first, last), flow__reversed_by=None
    )
    citizens = Funding.objects.filter(
        pole=pole,
        kind=Funding.Kind.CITIZEN,
        state__in=[rules.GRANTED, rules.ENDED],
        period_from__range=(first, last),
    )
    (came,), (people,) = yield (
        total(parts, sum=Sum("received_cents")),
        total(citizens, sum=Sum("investors")),
    )
    found = []
    if came["sum"]:
        how = _("Versements de financements notés comme reçus dans l'année.")
        label = _("Financements reçus")
        found.append(Said("forecast.received", label, Euro(came["sum"]), path=path, how=how))
    if people["sum"]:
        how = _("Investissements citoyens qui commencent dans l'année.")
        label = _("Habitants qui ont investi")
        found.append(Said("forecast.investors", label, people["sum"], "people", path, how))
    return found


def stamps(ws: Workspace, first: date, last: date) -> list[Stamp]:
    """Return the days of payments, ends and requests, for who animates (two queries)."""
    if not ws.runs:
        return []
    days = {
        "end": ("period_to", _("Fin de financement : %(what)s")),
        "again": ("ask_again_by", _("À redemander : %(what)s")),
        "answer": ("answer_on", _("Réponse attendue : %(what)s")),
    }
    near = Q()
    for field, _words in days.values():
        near |= Q(**{f"{field}__range": (first, last)})
    found = []
    for row in Funding.objects.filter(near, pole=ws.pole).exclude(state=rules.REFUSED).order_by("pk"):
        for name, (field, words) in days.items():
            on = getattr(row, field)
            if on is not None and first <= on <= last:
                found.append(_stamp(ws, row, name, on, words % {"what": row}))
    rows = Instalment.objects.filter(
        funding__pole=ws.pole, dropped_at=None, received_on=None, due__range=(first, last)
    ).select_related("funding")
    for part in rows.exclude(funding__state=rules.REFUSED).order_by("due", "pk"):
        words = _("Versement attendu : %(what)s")
        found.append(_stamp(ws, part.funding, f"part-{part.pk}", part.due, words % {"what": part.funding}))
    return found


def _stamp(ws: Workspace, row: Funding, name: str, on: date, title: str) -> Stamp:
    path = f"{ws.home}previsions/financements/{row.pk}/"
    return Stamp(f"funding-{row.pk}-{name}", on, on, title, path=path, sequence=row.version)


def found(ws: Workspace, words: str, limit: int) -> list[Found]:
    """Return the fundings and the lines to come that hold every word."""
    return run(sought(ws, words, limit))


def sought(ws: Workspace, words: str, limit: int) -> Step[list[Found]]:
    """The step of ``found``: one round of questions."""
    wanted = fold(words).split()
    if not wanted:
        return []
    fundings, planned = yield (
        Funding.objects.filter(pole=ws.pole).order_by("-made_at", "pk"),
        Planned.objects.filter(pole=ws.pole, dropped_at=None).order_by("label", "pk"),
    )
    return list(_sought(ws, wanted, fundings, planned))[:limit]


def _sought(
    ws: Workspace, wanted: Sequence[str], fundings: Sequence[Any], planned: Sequence[Any]
) -> Iterator[Found]:
    home = f"{ws.home}previsions/"
    for one in fundings:
        text = fold(f"{one.funder_name} {one.label} {one.conditions}")
        if all(word in text for word in wanted):
            state = str(one.get_state_display())
            yield Found(str(one), f"{home}financements/{one.pk}/", state, _("financement"))
    for row in planned:
        if all(word in fold(row.label) for word in wanted):
            yield Found(row.label, f"{home}tresorerie/#lignes", str(Euro(row.signed)), _("ligne prévue"))


__all__ = ["counted", "due", "figures", "found", "published", "shown", "sought", "stamps", "week"]
