"""The dated recognition « signataire » of a pole: written by who keeps the national charter, nobody else.

Signing writes none: a charter gives no label and no score (R-89, R-95).
"""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.charters import perms
from terreau.charters.models import Signature
from terreau.charters.register import NATIONAL, SCHEME
from terreau.common.errors import DomainError, RefusedError
from terreau.journal.actions import refuse
from terreau.pieces.actions import source
from terreau.pieces.models import Source
from terreau.poles import actions as poles
from terreau.poles.models import Pole, Recognition


def recognise(signature: Signature, *, by: User) -> Recognition:
    """Write that a pole is a signatory of the national charter since it signed; only who keeps it may.

    Refused for another charter, for who is no pole, for a signature taken back, and when it is written.
    """
    charter = signature.text.charter
    allowed = perms.can_keep(by, charter, on=timezone.localdate())
    if not allowed:
        refuse(signature.signatory.subject, "charter.recognise", by=by, reason=allowed.reason)
        raise RefusedError("may_not", allowed.reason)
    if charter.code != NATIONAL:
        words = _("Seule la charte nationale donne lieu à la reconnaissance « signataire ».")
        raise DomainError("not_national", words, status=409)
    pole = Pole.objects.filter(actor=signature.signatory_id).select_related("actor__subject").first()
    if pole is None:
        raise DomainError("not_a_pole", _("Ce signataire n'est pas un pôle du registre."), status=409)
    if signature.gone:
        raise DomainError("withdrawn", _("Cette signature est retirée."), status=409)
    if Recognition.objects.filter(pole=pole, scheme=SCHEME, ended_on=None).exists():
        raise DomainError("recognised_already", _("Cette reconnaissance est déjà inscrite."), status=409)
    return poles.recognise(pole, SCHEME, body=charter.owner, on=signature.on, by=by, source=_said(signature))


def _said(signature: Signature) -> Source:
    text = signature.text
    return source(
        Source.Kind.DECLARATION,
        f"charte-{signature.pk.hex}",
        f"Registre des signataires de « {text.charter.title_fr} », version {text.label}"[:300],
        signature.on.isoformat(),
        consulted_on=timezone.localdate(),
    )
