"""What waits before it is in the register: drafts, reports, proposals, answers, confirmations."""

from terreau.census.models.attempt import Attempt
from terreau.census.models.campaign import Campaign, CampaignAnswer
from terreau.census.models.charge import Charge
from terreau.census.models.confirmation import Confirmation
from terreau.census.models.draft import Draft
from terreau.census.models.invitation import Invitation
from terreau.census.models.presence import Presence
from terreau.census.models.proposal import Proposal
from terreau.census.models.report import Report

__all__ = [
    "Attempt",
    "Campaign",
    "CampaignAnswer",
    "Charge",
    "Confirmation",
    "Draft",
    "Invitation",
    "Presence",
    "Proposal",
    "Report",
]
