"""Tables of shared means: things and their bookings, costs and their splits, shared jobs, premises."""

from terreau.means.models.costs import Job, JobShare, Occupation, Share, SpaceNeed, Split, Works
from terreau.means.models.means import Booking, Means, Tariff

__all__ = [
    "Booking",
    "Job",
    "JobShare",
    "Means",
    "Occupation",
    "Share",
    "SpaceNeed",
    "Split",
    "Tariff",
    "Works",
]
