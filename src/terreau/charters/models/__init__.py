"""Charters, their texts, who signed them, and what signatories decide together."""

from terreau.charters.models.charter import Charter, Draft, Text
from terreau.charters.models.community import Consultation, Voice
from terreau.charters.models.signature import Campaign, Request, Signature, Signer, Withdrawal

__all__ = [
    "Campaign",
    "Charter",
    "Consultation",
    "Draft",
    "Request",
    "Signature",
    "Signer",
    "Text",
    "Voice",
    "Withdrawal",
]
