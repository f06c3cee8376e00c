"""Who writes what in the exchanges of a pole: who animates it, or who speaks for the member concerned."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from terreau.actors.models import Actor
from terreau.exchanges.models import Party, Purchase, Tender
from terreau.poles.workspace import Workspace, require_run


def runs_tender(ws: Workspace, tender: Tender, lead: Iterable[UUID] | None = None) -> bool:
    """Say whether the person leads an answer: animates, brought it, or speaks for the lead of the group."""
    if ws.runs or (tender.brought_by_id and ws.may_speak_for(tender.brought_by_id)):
        return True
    leads = Party.objects.filter(tender=tender, lead=True).values_list("actor", flat=True)
    return any(ws.may_speak_for(actor) for actor in (leads if lead is None else lead))


def require_tender(ws: Workspace, tender: Tender, *, verb: str) -> None:
    """Refuse (403, counted) who does not lead an answer."""
    if not runs_tender(ws, tender):
        require_run(ws, verb=verb)


def runs_purchase(ws: Workspace, purchase: Purchase) -> bool:
    """Say whether the person leads a purchase: animates, or speaks for who organises it."""
    return ws.may_speak_for(purchase.organiser_id)


def require_purchase(ws: Workspace, purchase: Purchase, *, verb: str) -> None:
    """Refuse (403, counted) who does not lead a purchase."""
    if not runs_purchase(ws, purchase):
        require_run(ws, verb=verb)


def voices(ws: Workspace, actors: Sequence[Actor]) -> list[Actor]:
    """Return the members in whose name the person may write."""
    return [one for one in actors if ws.may_speak_for(one.pk)]
