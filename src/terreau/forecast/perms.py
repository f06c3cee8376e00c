"""Who writes what is to come: who animates the pole; its people read, without the invoices of others."""

from terreau.poles.workspace import Workspace, require_run


def require_write(ws: Workspace, *, verb: str) -> None:
    """Refuse (403, counted) who does not animate the pole."""
    require_run(ws, verb=verb)


def sees_invoices(ws: Workspace) -> bool:
    """Say whether the person reads each invoice of the plan; others read them by month, without names."""
    return ws.runs
