"""What the books say to who composes the workspace: what is due, counted, found."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from terreau.bookkeeping import gifts
from terreau.bookkeeping.ledger_file import CODE
from terreau.bookkeeping.models import AuditPass, Rate
from terreau.common.money import Euro
from terreau.common.text import fold
from terreau.common.together import Step, abreast, run
from terreau.imports.models import Import
from terreau.poles.models import Pole
from terreau.poles.workspace import Due, Found, Said, Tone, Workspace

_SOON = timedelta(days=14)
_YEAR = timedelta(days=365)
_MOST = 5


def week(ws: Workspace) -> list[Due]:
    """Return what waits for who animates: gifts to decide, files to read again, passes that end."""
    return run(due(ws))


def due(ws: Workspace) -> Step[list[Due]]:
    """The step of ``week``."""
    if not ws.runs:
        return []
    held = Import.objects.filter(
        kind=CODE, about=ws.pole.pk, by=ws.user, state__in=(Import.State.READ, Import.State.CHECKED)
    )
    ending = AuditPass.objects.filter(
        pole=ws.pole, ended_at=None, until__gte=ws.today, until__lte=ws.today + _SOON
    )
    year, lists = yield from abreast(gifts.reading(ws.pole, ws.today - _YEAR, ws.today), _asked(held, ending))
    files, passes = lists
    return [*_waiting(ws, len(year.waiting)), *map(_file, files), *(_pass(ws, *one) for one in passes)]


def _asked(held: QuerySet[Import], ending: QuerySet[AuditPass]) -> Step[Any]:
    return (
        yield (
            held.order_by("created_at", "pk").values_list("pk", "name", "created_at")[:_MOST],
            ending.order_by("until", "pk").values_list("email", "until")[:_MOST],
        )
    )


def _waiting(ws: Workspace, count: int) -> list[Due]:
    if not count:
        return []
    words = ngettext(
        "%(count)d don est peut-être déjà payé ailleurs.",
        "%(count)d dons sont peut-être déjà payés ailleurs.",
        count,
    )
    path = f"{ws.home}contributions/"
    return [Due("gift", words % {"count": count}, path, tone=Tone.SOON, act=_("Trancher"))]


def _file(row: tuple[UUID, str, datetime]) -> Due:
    pk, name, at = row
    words = _("Le fichier « %(name)s » attend d'être relu.") % {"name": name}
    act = _("Relire ce fichier")
    return Due("import", words, f"/imports/{pk}/", on=timezone.localdate(at), tone=Tone.NOW, act=act)


def _pass(ws: Workspace, email: str, until: date) -> Due:
    words = _("L'accès d'audit de %(email)s se ferme.") % {"email": email}
    return Due("audit", words, f"{ws.home}livre/audit/", on=until, tone=Tone.INFO)


def figures(pole: Pole, first: date, last: date) -> list[Said]:
    """Return what was given between two days, both included: never beside the money as one sum."""
    return run(counted(pole, first, last))


def counted(pole: Pole, first: date, last: date) -> Step[list[Said]]:
    """The step of ``figures``."""
    year = yield from gifts.reading(pole, first, last)
    found = year.statement
    home = f"/poles/{pole.slug}/espace/contributions/"
    hours = found.total.quantities.get("hours", 0)
    return [
        Said(
            "gifts.lines",
            _("Dons comptés au pôle"),
            found.total.lines,
            path=home,
            how=_("Temps, prêts et services reçus, corrections déduites, sans ce qui est payé ailleurs."),
        ),
        Said(
            "gifts.hours",
            _("Heures données au pôle"),
            Decimal(hours) / 1000 if hours % 1000 else hours // 1000,
            "h",
            path=home,
            how=_("Somme des heures des dons comptés."),
        ),
        Said(
            "gifts.value",
            _("Valeur dite des contributions volontaires"),
            Euro(found.total.cents) if found.total.valued else None,
            "€",
            path=home,
            how=_("Comptes 86 et 87, égaux ; hors de l'argent du pôle."),
        ),
    ]


def found(ws: Workspace, words: str, limit: int) -> list[Found]:
    """Return the rates whose names have all these words."""
    return run(sought(ws, words, limit))


def sought(ws: Workspace, words: str, limit: int) -> Step[list[Found]]:
    """The step of ``found``: one question."""
    asked = fold(words).split()
    if not asked:
        return []
    rows = yield Rate.objects.filter(pole=ws.pole).order_by("what", "-since").values_list("what", "source")
    return [
        Found(what, f"{ws.home}contributions/taux/", source, _("taux de valorisation"))
        for what, source in rows
        if all(word in fold(f"{what} {source}") for word in asked)
    ][:limit]
