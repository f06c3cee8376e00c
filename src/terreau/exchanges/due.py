"""What waits for a person in the exchanges of a pole: answers, deadlines, tasks, quantities, names."""

from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from terreau.common.together import Step, abreast, run
from terreau.exchanges import rules, watching
from terreau.exchanges.models import Commitment, Party, Purchase, SkillEntry, Task, Tender, Watch
from terreau.exchanges.tenders import path as tender_path
from terreau.poles.workspace import Due, Tone, Workspace

#: Days before a deadline from which it is shown, and from which it presses.
_SHOWN, _PRESSES = 30, 7


def week(ws: Workspace) -> list[Due]:
    """Return what waits for a person: answers, tenders closing, tasks, quantities, names to agree to."""
    return run(due(ws))


def due(ws: Workspace) -> Step[list[Due]]:
    """The step of ``week``: one round of questions."""
    steps = (_answers(ws), _closing(ws), _tasks(ws), _quantities(ws), _names(ws), _seen(ws))
    found = yield from abreast(*steps)
    return [one for part in found for one in part]


def _tone(on: date | None, today: date) -> str:
    if on is None:
        return Tone.INFO.value
    if on < today:
        return Tone.LATE.value
    return (Tone.NOW if (on - today).days <= _PRESSES else Tone.SOON).value


def _answers(ws: Workspace) -> Step[list[Due]]:
    rows = Party.objects.filter(
        tender__pole=ws.pole,
        tender__state__in=rules.TENDER_OPEN,
        answer=Party.Answer.ASKED,
        actor__in=ws.standing.speaks_for,
    )
    rows = yield rows.select_related("tender__pole", "actor").order_by("tender__due_at", "pk")
    found = []
    for row in rows:
        words = _("Dire si %(actor)s répond à « %(title)s »") % {
            "actor": row.actor.name,
            "title": row.tender.title,
        }
        on = _day(row.tender.due_at)
        path = f"{tender_path(row.tender)}reponse/{row.pk}/"
        found.append(Due("answer", words, path, on, _tone(on, ws.today), act=_("Répondre")))
    return found


def _closing(ws: Workspace) -> Step[list[Due]]:
    if not ws.runs:
        return []
    until = ws.today + timedelta(days=_SHOWN)
    rows = Tender.objects.filter(
        pole=ws.pole, state__in=rules.TENDER_OPEN, due_at__lt=_instant(until + timedelta(days=1))
    )
    silent = Count("parties", filter=Q(parties__answer=Party.Answer.ASKED))
    rows = yield rows.select_related("pole").annotate(silent=silent).order_by("due_at", "pk")
    found = []
    for row in rows:
        words = _("Déposer la réponse à « %(title)s »") % {"title": row.title}
        detail = (
            ngettext(
                "Une organisation n'a pas répondu.",
                "%(count)d organisations n'ont pas répondu.",
                row.silent,
            )
            % {"count": row.silent}
            if row.silent
            else str(row.get_state_display())
        )
        on = _day(row.due_at)
        tone = _tone(on, ws.today)
        found.append(Due("tender", words, tender_path(row), on, tone, detail, _("Ouvrir")))
    return found


def _tasks(ws: Workspace) -> Step[list[Due]]:
    rows = Task.objects.filter(tender__pole=ws.pole, done_at=None, tender__state__in=rules.TENDER_OPEN)
    rows = rows.filter(actor__in=ws.standing.speaks_for)
    rows = yield rows.select_related("tender__pole").order_by("due_on", "pk")
    found = []
    for row in rows:
        path = f"{tender_path(row.tender)}#taches"
        tone = _tone(row.due_on, ws.today)
        found.append(Due("task", row.title, path, row.due_on, tone, row.tender.title))
    return found


def _quantities(ws: Workspace) -> Step[list[Due]]:
    mine = ws.standing.speaks_for - {ws.pole.pk}
    if not mine:
        return []
    said = Commitment.objects.filter(purchase__pole=ws.pole, actor__in=mine).values("purchase")
    rows = Purchase.objects.filter(pole=ws.pole, state=rules.GATHERING).exclude(pk__in=said)
    rows = yield rows.order_by("answers_by", "pk")
    found = []
    for row in rows:
        words = _("Dire ce que vous prenez de l'achat groupé « %(title)s »") % {"title": row.title}
        path = f"{ws.home}achats/{row.pk}/"
        tone = _tone(row.answers_by, ws.today)
        found.append(Due("answer", words, path, row.answers_by, tone, act=_("Répondre")))
    return found


def _names(ws: Workspace) -> Step[list[Due]]:
    rows = SkillEntry.objects.filter(skill__pole=ws.pole, user=ws.user, ended_on=None, agreed_at=None)
    rows = yield rows.exclude(by=ws.user).select_related("skill").order_by("since", "pk")
    found = []
    for row in rows:
        words = _("Dire si votre nom peut être montré pour « %(skill)s »") % {"skill": row.skill.name}
        found.append(Due("answer", words, f"{ws.home}competences/#{row.pk}", act=_("Répondre")))
    return found


def _seen(ws: Workspace) -> Step[list[Due]]:
    if not ws.runs:
        return []
    rows = watching.current(ws.pole, on=ws.today).filter(due_on__lte=ws.today + timedelta(days=_SHOWN))
    rows = yield rows.filter(kind__in=[Watch.Kind.TENDER, Watch.Kind.CALL]).prefetch_related(None)
    found = []
    for row in rows:
        words = _("Décider si le pôle répond à « %(title)s »") % {"title": row.title}
        path = f"{ws.home}marches/#{row.pk}"
        found.append(Due("tender", words, path, row.due_on, _tone(row.due_on, ws.today), row.source))
    return found


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else timezone.localdate(moment)


def _instant(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
