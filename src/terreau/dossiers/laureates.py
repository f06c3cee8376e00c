"""Who was laureate of which call, for the rules of eligibility of the next ones."""

from collections.abc import Mapping

from django.db.models import Q

from terreau.actors.models import Actor
from terreau.calls.models import Call
from terreau.common.verdicts import Answer
from terreau.dossiers import announcing
from terreau.dossiers.models import Dossier
from terreau.dossiers.states import CHOSEN, LAUREATE
from terreau.subjects.actions import family


def of(actor: Actor, slugs: list[str]) -> Mapping[str, Answer]:
    """Return slug of a call → yes, or no when those chosen are known here and the actor is not one of them.

    An actor was laureate as applicant or as the pole that another carried. A call whose files are not here
    (one rebuilt from what sources say of it) decides nothing. Three queries.
    """
    held = list(family([actor.pk]))
    chosen = Dossier.objects.filter(call__slug__in=slugs, state__in=CHOSEN)
    # What is decided and not published is not told here either.
    chosen = chosen.filter(announcing.shown() | ~Q(state=LAUREATE))
    won = set(chosen.filter(applicant__in=held).values_list("call__slug", flat=True))
    won |= set(chosen.filter(pole__in=held).values_list("call__slug", flat=True))
    decided = chosen.filter(call__state__in=(Call.State.DECIDED, Call.State.ARCHIVED))
    over = set(decided.order_by().values_list("call__slug", flat=True).distinct())
    return {slug: Answer.YES if slug in won else Answer.NO for slug in slugs if slug in won | over}
