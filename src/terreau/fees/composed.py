"""What fees say to those who compose the rooms of a pole: due, counted, found, dated. Few questions each."""

from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from terreau.billing.models import Invoice
from terreau.billing.read import with_left
from terreau.common.money import Euro
from terreau.common.text import search_text
from terreau.common.together import Step, abreast, run
from terreau.fees import wording
from terreau.fees.models import FeeCall, Measure, ScaleVersion
from terreau.governance.models import Decision
from terreau.poles.models import Pole
from terreau.poles.workspace import Due, Found, Said, Stamp, Tone, Workspace

__all__ = ["counted", "due", "figures", "found", "sought", "stamps", "week"]

#: Days before its delay from which what one owes is shown.
_SHOWN = 45


def week(ws: Workspace) -> list[Due]:
    """Return what waits for a person: fees to pay, to remind of, to call, figures to confirm."""
    return run(due(ws))


def due(ws: Workspace) -> Step[list[Due]]:
    """The step of ``week``: one round of questions."""
    parts = yield from abreast(_mine(ws), _late(ws), _figures(ws), _to_call(ws))
    return [one for part in parts for one in part]


def _mine(ws: Workspace) -> Step[list[Due]]:
    mine = ws.standing.speaks_for - {ws.pole.pk}
    if not mine:
        return []
    rows = with_left(_fees(ws.pole).filter(buyer__in=mine)).filter(left_cents__gt=0)
    rows = rows.filter(Q(due=None) | Q(due__lte=ws.today + timedelta(days=_SHOWN)))
    told = yield rows.order_by("due", "pk").values_list("due", "left_cents", "buyer__name", "called_fee")
    found = []
    for on, cents, name, fee in told:
        words = _("Régler la cotisation de %(name)s : %(left)s") % {
            "name": name,
            "left": wording.euros(cents),
        }
        path = f"{ws.home}cotisations/dues/{fee}/" if fee else f"{ws.home}cotisations/"
        found.append(Due("fee", words, path, on, _tone(on, ws.today), act=_("Voir le calcul")))
    return found


def _late(ws: Workspace) -> Step[list[Due]]:
    if not ws.runs:
        return []
    rows = with_left(_fees(ws.pole).filter(due__lt=ws.today)).filter(left_cents__gt=0)
    told = yield rows.order_by("due", "pk").values_list("due", "left_cents")
    if not told:
        return []
    count, total = len(told), wording.euros(sum(cents for _on, cents in told))
    words = ngettext(
        "Relancer %(count)d cotisation en retard, %(total)s en tout",
        "Relancer %(count)d cotisations en retard, %(total)s en tout",
        count,
    )
    title = words % {"count": count, "total": total}
    path = f"{ws.home}cotisations/relances/"
    return [Due("fee", title, path, told[0][0], Tone.LATE.value, act=_("Relancer"))]


def _figures(ws: Workspace) -> Step[list[Due]]:
    mine = ws.standing.speaks_for - {ws.pole.pk}
    rows = Measure.objects.filter(pole=ws.pole, confirmed_at=None, actor__in=mine)
    told = yield rows.order_by("actor__sort_key", "pk").values_list("actor", "actor__name", "year")
    found = {}
    for actor, name, year in told:
        words = _("Confirmer les chiffres %(year)d de %(name)s, qui servent à sa cotisation")
        path = f"{ws.home}cotisations/membres/{actor}/"
        found[path] = Due("fee", words % {"name": name, "year": year}, path, act=_("Confirmer"))
    return list(found.values())


def _to_call(ws: Workspace) -> Step[list[Due]]:
    """A scale that was adopted and of which nothing is called yet, once it holds."""
    if not ws.runs:
        return []
    called = FeeCall.objects.filter(pole=ws.pole).values("scale")
    rows = ScaleVersion.objects.filter(pole=ws.pole, decision__outcome=Decision.Outcome.ADOPTED)
    rows = rows.filter(valid_from__lte=ws.today + timedelta(days=_SHOWN)).exclude(pk__in=called)
    told = yield rows.order_by("-valid_from", "-number").values_list("name", "valid_from")[:1]
    words = _("Appeler les cotisations avec le barème « %(name)s »")
    path = f"{ws.home}cotisations/appels/nouveau/"
    return [
        Due("fee", words % {"name": name}, path, on, Tone.INFO.value, act=_("Voir l'aperçu"))
        for name, on in told
    ]


def _tone(on: date | None, today: date) -> str:
    if on is None:
        return Tone.INFO.value
    return (Tone.LATE if on < today else Tone.SOON).value


def _fees(pole: Pole) -> QuerySet[Invoice]:
    return Invoice.objects.filter(pole=pole, kind=Invoice.Kind.FEE, state=Invoice.State.ISSUED, credits=None)


def figures(pole: Pole, first: date, last: date) -> list[Said]:
    """Return what was called and what is settled of it between two days, both included."""
    return run(counted(pole, first, last))


def counted(pole: Pole, first: date, last: date) -> Step[list[Said]]:
    """The step of ``figures``: one question."""
    rows = with_left(_fees(pole).filter(on__range=(first, last)))
    told = yield rows.order_by("pk").values_list("gross_cents", "left_cents")
    if not told:
        return []
    called, left = sum(cents for cents, _left in told), sum(rest for _cents, rest in told)
    path = f"/poles/{pole.slug}/espace/cotisations/"
    how = _("factures de cotisation émises, avoirs et règlements déduits")
    settled = _("Cotisations réglées, avoirs compris")
    return [
        Said("fees.called", _("Cotisations appelées"), Euro(called), "€", path, how),
        Said("fees.settled", settled, Euro(called - left), "€", path, how),
    ]


def found(ws: Workspace, words: str, limit: int) -> list[Found]:
    """Return the scales whose name holds every word, that the person may read."""
    return run(sought(ws, words, limit))


def sought(ws: Workspace, words: str, limit: int) -> Step[list[Found]]:
    """The step of ``found``: one question."""
    wanted = search_text(words).split()
    if not wanted:
        return []
    rows = ScaleVersion.objects.filter(pole=ws.pole, dropped_at=None)
    if not ws.runs:
        rows = rows.exclude(decision=None)
    told = yield rows.order_by("-number").values_list("number", "name")
    kind = _("Barème de cotisations")
    return [
        Found(name, f"{ws.home}cotisations/baremes/{number}/", kind=kind)
        for number, name in told
        if all(word in search_text(name) for word in wanted)
    ][:limit]


def stamps(ws: Workspace, first: date, last: date) -> list[Stamp]:
    """Return the delays of the calls between two days, for who animates; of one's own fees for a member."""
    rows = _fees(ws.pole).filter(due__range=(first, last))
    if not ws.runs:
        rows = rows.filter(buyer__in=ws.standing.speaks_for)
    days = sorted({on for on in rows.values_list("due", flat=True) if on is not None})
    title, path = _("Échéance des cotisations"), f"{ws.home}cotisations/"
    return [Stamp(f"fees-{ws.pole.pk}-{on}", on, on, title, path=path) for on in days]
