"""Tables of governance: who decides, when and how, who joins, what is shared."""

from terreau.governance.models.admission import Admission, AdmissionMove, Consent
from terreau.governance.models.body import (
    Body,
    College,
    Counting,
    Form,
    FunctionShare,
    Majority,
    Seat,
    Sharing,
    Statute,
)
from terreau.governance.models.meeting import (
    Action,
    Attendance,
    Ballot,
    Decision,
    Item,
    Meeting,
    Minutes,
    MinutesSignature,
    Move,
    Vote,
    Voter,
)
from terreau.governance.models.objection import Objection

__all__ = [
    "Action",
    "Admission",
    "AdmissionMove",
    "Attendance",
    "Ballot",
    "Body",
    "College",
    "Consent",
    "Counting",
    "Decision",
    "Form",
    "FunctionShare",
    "Item",
    "Majority",
    "Meeting",
    "Minutes",
    "MinutesSignature",
    "Move",
    "Objection",
    "Seat",
    "Sharing",
    "Statute",
    "Vote",
    "Voter",
]
