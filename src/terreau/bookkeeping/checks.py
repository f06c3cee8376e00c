"""Whether the books of a pole hold together: lines, corrections, statements, digests, closings, accounts.

Each check reads and says what is wrong; none raises, none mends. The page, the command and who audits read
the same list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Final

from django.db.models import Count, F, Max, Min, Q, Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.bookkeeping import accounts, gifts
from terreau.common import canonical
from terreau.common.canonical import canonical as text
from terreau.flows import read
from terreau.flows import rules as ledger
from terreau.flows.models import Closing, Flow
from terreau.journal import rules as chains
from terreau.journal.models import Event
from terreau.poles.models import Pole

WRONG, REMARK = "wrong", "remark"
_SHOWN, _FEW = 20, 5
_FIELDS = ("rank", "pk", "giver", "receiver", "nature", "cents", "thousandths", "unit", "on")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: its words, whether it is wrong or only to look at, which lines it is about."""

    level: str
    message: str
    ranks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """A check and what it found: nothing when all is well."""

    code: str
    title: str
    findings: tuple[Finding, ...]

    @property
    def level(self) -> str:
        """The gravest of what was found; empty when all is well."""
        levels = {one.level for one in self.findings}
        return WRONG if WRONG in levels else REMARK if levels else ""

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON of a check."""
        return {
            "code": self.code,
            "title": self.title,
            "level": self.level or "ok",
            "findings": [
                {"level": one.level, "message": one.message, "lines": list(one.ranks)}
                for one in self.findings
            ],
        }


def run(pole: Pole, *, today: date) -> list[Checked]:
    """Return every check of the books of a pole with what it found; a dozen queries, whatever the lines."""
    return [Checked(code, str(title), tuple(check(pole, today))) for code, title, check in CHECKS]


def whole(found: list[Checked]) -> bool:
    """Say whether nothing is wrong (remarks do not count)."""
    return all(one.level != WRONG for one in found)


def _numbering(pole: Pole, _today: date) -> Iterator[Finding]:
    held = Flow.objects.filter(book=pole.actor_id).aggregate(
        count=Count("pk"), first=Min("rank"), last=Max("rank")
    )
    if held["count"] and (held["first"], held["last"]) != (1, held["count"]):
        words = _("Le livre a %(count)d lignes, et la dernière porte le numéro %(last)d : il en manque.")
        yield Finding(WRONG, words % held)


def _reconciled(pole: Pole, _today: date) -> Iterator[Finding]:
    for kind in read.reconcile(pole.actor).differing:
        words = _("Le livre et les relevés diffèrent pour « %(kind)s ».")
        yield Finding(WRONG, words % {"kind": kind})


def _corrections(pole: Pole, _today: date) -> Iterator[Finding]:
    rows = Flow.objects.filter(book=pole.actor_id, reverses__isnull=False)
    same = Q(giver=F("reverses__giver"), receiver=F("reverses__receiver"), nature=F("reverses__nature"))
    cents = Q(cents=-F("reverses__cents")) | Q(cents=None, reverses__cents=None)
    many = Q(thousandths=-F("reverses__thousandths")) | Q(thousandths=None, reverses__thousandths=None)
    wrong = rows.exclude(same & cents & many)
    if ranks := tuple(wrong.order_by("rank").values_list("rank", flat=True)[:_SHOWN]):
        yield Finding(WRONG, _("Une correction n'est pas l'exact contraire de ce qu'elle corrige."), ranks)


def _digests(pole: Pole, _today: date) -> Iterator[Finding]:
    """Hold each line against the digest that the journal kept when it was written."""
    rows = Flow.objects.filter(book=pole.actor_id).order_by("rank").values_list(*_FIELDS)
    said = {
        rank: [rank, pk.hex, giver.hex, receiver.hex, nature, cents, thousandths, unit, on.isoformat()]
        for rank, pk, giver, receiver, nature, cents, thousandths, unit, on in rows
    }
    told = Event.objects.filter(subject=pole.pk, verb__in=("flow.recorded", "flow.reversed"))
    covered: set[int] = set()
    changed: list[int] = []
    for data in told.order_by("seq").values_list("data", flat=True):
        span = range(data["first"], data["last"] + 1)
        covered.update(span)
        lines = [said[rank] for rank in span if rank in said]
        if len(lines) != data["count"] or canonical.digest(lines) != data["digest"]:
            changed += span
    if changed:
        words = _("Ces lignes ne sont plus celles que le journal a scellées : quelqu'un y a touché.")
        yield Finding(WRONG, words, tuple(changed[:_SHOWN]))
    if unknown := tuple(rank for rank in said if rank not in covered):
        yield Finding(WRONG, _("Ces lignes n'ont pas d'empreinte au journal."), unknown[:_SHOWN])


def _chain(pole: Pole, _today: date) -> Iterator[Finding]:
    """Recompute the chain of the journal of the pole, event by event."""
    fields = ("id", "seq", "verb", "at", "by", "data", "previous", "hash")
    rows = Event.objects.filter(subject=pole.pk).order_by("seq").values_list(*fields)
    told = (
        (*(pk, pole.pk.hex, seq, verb, chains.instant(at), by.hex if by else None), text(data), before, held)
        for pk, seq, verb, at, by, data, before, held in rows.iterator(2_000)
    )
    if broken := list(islice(chains.check_chains(told), _SHOWN)):
        words = _("La chaîne du journal est rompue : %(count)d événement(s) ne suivent plus le précédent.")
        yield Finding(WRONG, words % {"count": len(broken)})


def _closings(pole: Pole, _today: date) -> Iterator[Finding]:
    late: set[int] = set()
    for row in Closing.objects.filter(book=pole.actor_id).order_by("to"):
        rows = Flow.objects.filter(book=pole.actor_id, on__lte=row.to, recorded_at__gt=row.at)
        late.update(rows.order_by("rank").values_list("rank", flat=True)[:_SHOWN])
    if late:
        words = _("Ces lignes ont été écrites après la clôture de leur période.")
        yield Finding(WRONG, words, tuple(sorted(late)))


def _gifts(pole: Pole, today: date) -> Iterator[Finding]:
    held = Flow.objects.filter(book=pole.actor_id, nature__in=gifts.NATURES).aggregate(
        first=Min("on"), last=Max("on")
    )
    if held["first"] is None:
        return
    found = gifts.read(pole, held["first"], held["last"])
    if not found.statement.balanced:
        yield Finding(WRONG, _("Emplois (86) et ressources (87) des contributions ne sont pas égaux."))
    if waiting := found.waiting:
        words = _("Des dons sont peut-être déjà payés ailleurs : ils attendent que quelqu'un tranche.")
        yield Finding(REMARK, words, tuple(one.rank for one in waiting[:_SHOWN]))
    unsaid = [one.rank for one in found.gifts if one.what == "unsaid" and one.of is None]
    if unsaid:
        words = _("%(count)d ligne(s) de temps sans que le rôle soit dit.") % {"count": len(unsaid)}
        yield Finding(REMARK, words, tuple(unsaid[:_FEW]))


def _accounts(pole: Pole, _today: date) -> Iterator[Finding]:
    rows = [one for one in accounts.balances(pole, None, None) if one.nature == ledger.CASH]
    ours = gifts.own(pole)
    cash = Flow.objects.filter(book=pole.actor_id, nature=ledger.CASH)
    goes = Q(giver__in=ours) & ~Q(receiver__in=ours)
    named = Q(account_of__isnull=False) | Q(reverses__account_of__isnull=False)
    comes = Q(receiver__in=ours) & ~Q(giver__in=ours) | ~goes & named
    came = cash.filter(comes).aggregate(total=Sum("cents"))["total"] or 0
    went = cash.filter(goes).aggregate(total=Sum("cents"))["total"] or 0
    if (sum(one.came for one in rows), sum(one.went for one in rows)) != (came, went):
        yield Finding(WRONG, _("La somme des comptes n'est pas celle du livre."))
    open_lines = sum(one.lines for one in rows if not one.code)
    if open_lines:
        words = _("%(count)d ligne(s) d'argent n'ont pas de compte dit.")
        yield Finding(REMARK, words % {"count": open_lines})


def _proofs(pole: Pole, _today: date) -> Iterator[Finding]:
    rows = Flow.objects.filter(book=pole.actor_id, nature=ledger.CASH, reverses=None, reversed_by=None)
    without = rows.filter(piece=None, instrument="").count()
    if without:
        words = _("%(count)d ligne(s) d'argent sans pièce ni témoin.")
        yield Finding(REMARK, words % {"count": without})


def _unclosed(pole: Pole, today: date) -> Iterator[Finding]:
    last = Closing.objects.filter(book=pole.actor_id).aggregate(last=Max("to"))["last"]
    end = date(today.year - 1, 12, 31)
    rows = Flow.objects.filter(book=pole.actor_id, on__lte=end)
    if (last is None or last < end) and rows.exists():
        words = _("L'année finie le %(day)s n'est pas close.")
        yield Finding(REMARK, words % {"day": date_format(end)})


Check = Callable[[Pole, date], Iterator[Finding]]
CHECKS: Final[tuple[tuple[str, Any, Check], ...]] = (
    ("numbering", gettext_lazy("Aucune ligne ne manque"), _numbering),
    ("statements", gettext_lazy("Livre et relevés disent la même chose, au centime"), _reconciled),
    ("corrections", gettext_lazy("Chaque correction est l'exact contraire de sa ligne"), _corrections),
    ("digests", gettext_lazy("Chaque ligne est celle que le journal a scellée"), _digests),
    ("chain", gettext_lazy("La chaîne du journal est entière"), _chain),
    ("closings", gettext_lazy("Rien n'est écrit dans une période close"), _closings),
    ("gifts", gettext_lazy("Emplois et ressources des dons sont égaux"), _gifts),
    ("accounts", gettext_lazy("Les comptes ont la somme du livre"), _accounts),
    ("proofs", gettext_lazy("L'argent a ses pièces"), _proofs),
    ("years", gettext_lazy("Les années finies sont closes"), _unclosed),
)
