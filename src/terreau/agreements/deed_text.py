"""A deed as it is signed: canonical bytes and their hash, and what its gaps are in words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final, cast

import rfc8785
from django.utils.translation import gettext as _

from terreau.agreements import deed_rules
from terreau.agreements.amounts import euros
from terreau.agreements.deed_rules import Problem
from terreau.agreements.models import Deed, Signatory
from terreau.dossiers.models import FrozenCopy

#: The shape of the document: a change of it changes this name, and the deeds before keep theirs.
FORMAT: Final = "terreau.agreement/1"


def document(deed: Deed) -> bytes:
    """Return the canonical bytes of a deed that is about to be frozen (RFC 8785): four queries."""
    agreement = deed.agreement
    before = Deed.objects.filter(agreement=agreement, state=Deed.State.IN_FORCE).order_by("-number").first()
    told = {
        "format": FORMAT,
        "number": agreement.number,
        "deed": deed.number,
        "year": deed.year,
        "kind": agreement.kind,
        "title": agreement.title,
        "dossier": _dossier(deed),
        "programme": agreement.programme.slug if agreement.programme else None,
        "signatories": [_signatory(one) for one in signatories(deed)],
        "body": deed.body,
        "annexes": [
            {"name": one.name, "sha256": one.piece.blob_id}
            for one in deed.annexes.filter(removed_at=None).select_related("piece")
        ],
        "before": before.sha256 if before else None,
    }
    return rfc8785.dumps(cast(Any, told))


def digest(document_: bytes) -> str:
    """Return the SHA-256 of the bytes that are signed."""
    return hashlib.sha256(document_).hexdigest()


def told(deed: Deed) -> dict[str, Any]:
    """Return what a frozen deed says, from its bytes alone."""
    found: dict[str, Any] = json.loads(bytes(deed.document or b"{}"))
    return found


def whole(deed: Deed) -> bool:
    """Say whether the bytes of a frozen deed still give the hash that was signed."""
    return deed.document is not None and digest(bytes(deed.document)) == deed.sha256


def signatories(deed: Deed) -> list[Signatory]:
    """Return who signs a deed, in order: those of the agreement at that deed."""
    rows = Signatory.objects.filter(agreement=deed.agreement_id, first__lte=deed.number)
    found = rows.select_related("actor", "sponsor").order_by("rank", "id")
    return [one for one in found if one.last is None or deed.number < one.last]


def said(problem: Problem) -> str:
    """Return what a deed lacks as a sentence that says what to do."""
    words = {
        deed_rules.NO_OBJECT: _("Dites l'objet : à quoi sert l'aide, ou ce que chacun s'engage à faire."),
        deed_rules.NO_AMOUNT: _("Dites le montant."),
        deed_rules.NO_PERIOD: _("Dites le premier et le dernier jour."),
        deed_rules.PERIOD_ORDER: _("Le dernier jour suit le premier."),
        deed_rules.NO_SCHEDULE: _("Dites au moins un versement."),
        deed_rules.SUM_DIFFERS: _("La somme des versements diffère du montant de %(cents)s."),
        deed_rules.PART_EMPTY: _("Chaque versement a un montant plus grand que zéro."),
        deed_rules.BALANCE_LAST: _("Le solde est le dernier versement."),
        deed_rules.BELOW_FIXED: _("%(cents)s sont déjà demandés ou versés : le montant ne va pas dessous."),
        deed_rules.NO_REASON: _("Dites pourquoi cet avenant est fait."),
        deed_rules.FEW_SIGNATORIES: _("Nommez au moins deux signataires."),
    }[problem.code]
    return words % {"cents": euros(abs(problem.cents))} if "%(cents)s" in words else words


def _dossier(deed: Deed) -> Mapping[str, Any] | None:
    dossier = deed.agreement.dossier
    if dossier is None:
        return None
    copy = FrozenCopy.objects.filter(dossier=dossier).order_by("-number").first()
    return {"number": dossier.reference, "copy": copy.sha256 if copy else None}


def _signatory(one: Signatory) -> dict[str, Any]:
    return {
        "name": one.name,
        "person": one.person,
        "side": one.side,
        "siren": one.actor.siren if one.actor else None,
    }
