"""Taking pieces out of quarantine: what the scanner finds is refused, what it cannot look at waits."""

import logging
from dataclasses import asdict, dataclass

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from terreau.common.errors import DomainError
from terreau.jobs.work import Progress
from terreau.notices.actions import tell
from terreau.pieces import store
from terreau.pieces.actions import move
from terreau.pieces.clamd import CannotScanError, Clamd, ScannerDownError
from terreau.pieces.models import Piece

_log = logging.getLogger("terreau.pieces")


@dataclass
class Report:
    """How many pieces were accepted and refused, how many still wait, and what the scanner said of itself."""

    scanner: str = ""
    accepted: int = 0
    refused: int = 0
    waiting: int = 0
    #: Why pieces wait, when they do.
    trouble: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return the report as JSON types."""
        return asdict(self)


def scan(pieces: QuerySet[Piece], tick: Progress | None = None) -> Report:
    """Send pieces to the scanner and move each as it says. Nothing is moved while it is down or says nothing.

    The bytes are sent outside any transaction. Two workers may scan one piece: the second move is refused and
    forgotten. ``tick`` says that the work is alive.
    """
    report, scanner = Report(), Clamd(settings.CLAMD)
    try:
        report.scanner = scanner.version()
        for done, piece in enumerate(pieces.select_related("blob", "subject", "added_by").order_by("pk")):
            _settle(piece, scanner, report)
            if tick:
                tick.step(done + 1)
    except ScannerDownError as error:
        report.trouble = str(error)
        _log.warning("pieces wait in quarantine: %s", error)
    report.waiting = waiting().count()
    return report


def _settle(piece: Piece, scanner: Clamd, report: Report) -> None:
    try:
        with store.open_blob(piece.blob) as stream:
            found = scanner.scan(stream)
    except (FileNotFoundError, CannotScanError) as error:
        report.trouble = f"{piece.pk}: {error}"
        _log.error("piece %s cannot be scanned: %s", piece.pk, error)
        return
    if found.threat:
        same = Piece.objects.filter(blob=piece.blob).exclude(state=Piece.State.REFUSED)
        for one in same.select_related("subject", "added_by").order_by("pk"):
            report.refused += _refuse(one, found.threat, report.scanner)
    else:
        report.accepted += _moved(piece, "accept", scanner=report.scanner)


def _refuse(piece: Piece, threat: str, scanner: str) -> bool:
    refused = _moved(piece, "reject", reason=threat, scanner=scanner)
    if refused and piece.added_by:
        text = gettext_lazy("La pièce « {name} » est refusée : l'antivirus y a trouvé {threat}.")
        words = format_lazy(text, name=piece.name, threat=threat)
        tell(piece.added_by, "piece_refused", words, subject=piece.subject, dedupe=f"piece-{piece.pk}")
    return refused


def _moved(piece: Piece, verb: str, *, scanner: str, reason: str = "") -> bool:
    """Move a piece; False when it was moved meanwhile, or has gone where it should already."""
    if verb == "accept" and piece.state == Piece.State.CLEAN:
        Piece.objects.filter(pk=piece.pk).update(scanned_at=timezone.now(), scanner=scanner)
        return False
    try:
        move(piece, verb, reason=reason, scanner=scanner)
    except DomainError:
        return False
    return True


def waiting() -> QuerySet[Piece]:
    """Pieces in quarantine."""
    return Piece.objects.filter(state=Piece.State.QUARANTINE)


def due() -> bool:
    """Say whether pieces wait for a scanner that is set: the worker then tries again."""
    return bool(settings.CLAMD) and waiting().exists()
