"""Campaigns of self-diagnosis and co-evaluation, who answers, what was said, what the pole keeps of it."""

from terreau.reviews.models.answers import Answer, Dissent
from terreau.reviews.models.external import Frozen, Outcome, Reply, Signature
from terreau.reviews.models.review import Mode, Review, Seat, State
from terreau.reviews.models.situation import Evidence, Shown, Stance
from terreau.reviews.trust_models import TrustInvitation, TrustRound, TrustTally

__all__ = [
    "Answer",
    "Dissent",
    "Evidence",
    "Frozen",
    "Mode",
    "Outcome",
    "Reply",
    "Review",
    "Seat",
    "Shown",
    "Signature",
    "Stance",
    "State",
    "TrustInvitation",
    "TrustRound",
    "TrustTally",
]
