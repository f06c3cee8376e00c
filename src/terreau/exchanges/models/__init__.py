"""Tables of what members exchange: tenders, watch, group purchases, catalogue, skills."""

from terreau.exchanges.models.catalogue import Offering, OfferingPrice, Vat
from terreau.exchanges.models.purchase import Commitment, Purchase, PurchaseMove, Quote
from terreau.exchanges.models.skill import Skill, SkillEntry, SkillExchange
from terreau.exchanges.models.tender import (
    InsertionHours,
    Lot,
    NeededSkill,
    Party,
    PartySkill,
    Task,
    Tender,
    TenderMove,
)
from terreau.exchanges.models.watch import Watch

__all__ = [
    "Commitment",
    "InsertionHours",
    "Lot",
    "NeededSkill",
    "Offering",
    "OfferingPrice",
    "Party",
    "PartySkill",
    "Purchase",
    "PurchaseMove",
    "Quote",
    "Skill",
    "SkillEntry",
    "SkillExchange",
    "Task",
    "Tender",
    "TenderMove",
    "Vat",
    "Watch",
]
