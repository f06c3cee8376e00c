"""When an applicant learns what the committee decided: with all the others, once the results are published.

Until then their file stands, for them, where it waited for its decision. A call may say that each decision
is told as it is taken (``ranking["told"]``); so does one that never closes and decides file by file.
"""

from collections.abc import Iterable
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.calls.models import Call
from terreau.common.errors import DomainError
from terreau.dossiers import states
from terreau.dossiers.models import Dossier, Transition
from terreau.jobs import work as jobs

#: States of a call whose results anybody reads.
PUBLISHED: Final = frozenset({Call.State.DECIDED, Call.State.ARCHIVED})
#: What a committee decides of a file.
DECISIONS: Final = frozenset({states.LAUREATE, states.RESERVE, states.REFUSED})
#: How a call tells its decisions: all together (nothing said), or each as it is taken.
TOGETHER, EACH = "together", "each"
KIND: Final = "dossiers.announce"


def one_by_one(call: Call) -> bool:
    """Say whether each decision of a call is told as it is taken."""
    return call.closes_at is None or call.ranking.get("told") == EACH


def hides(call: Call) -> bool:
    """Say whether the decisions of a call are still kept from its applicants."""
    return call.state not in PUBLISHED and not one_by_one(call)


def shown(call: str = "call") -> Q:
    """Return the rows whose call (at this path) keeps no decision from its applicants."""
    return (
        Q(**{f"{call}__state__in": PUBLISHED})
        | Q(**{f"{call}__closes_at": None})
        | Q(**{f"{call}__ranking__told": EACH})
    )


def withheld(dossier: Dossier) -> bool:
    """Say whether a file was decided and its applicant does not know it yet."""
    return dossier.state in DECISIONS and hides(dossier.call)


def known_state(dossier: Dossier) -> str:
    """Return the state of a file that its applicant knows."""
    return states.awaiting(states.read_stages(dossier.call.stages)) if withheld(dossier) else dossier.state


def label(dossier: Dossier) -> str:
    """Return the words of the state that the applicant knows, for what refuses them something."""
    return str(states.LABELS[known_state(dossier)])


def as_known(dossier: Dossier) -> Dossier:
    """Return a file as its applicant knows it, to be shown: moves lock and read the row again."""
    dossier.state = known_state(dossier)
    return dossier


def secret(move: Transition) -> bool:
    """Say whether a move tells a decision: it takes it, or takes it back."""
    return move.to_state in DECISIONS or (move.verb == "undo" and move.from_state in DECISIONS)


def told(call: Call, moves: Iterable[Transition]) -> list[Transition]:
    """Return the moves that the applicant may read."""
    hidden = hides(call)
    return [one for one in moves if not (hidden and secret(one))]


def hold_back(verb: str, roles: frozenset[str]) -> None:
    """Refuse (409) what would tell a decision before its day: an agreement, a step of the applicant.

    The same words whatever was decided: they tell nothing of it.
    """
    if verb == "agree":
        words = _("Les résultats de l'appel ne sont pas publiés : publiez-les, puis préparez la convention.")
        raise DomainError("results_withheld", words, status=409)
    if roles and roles <= {states.LEAD, states.SIGNATORY, states.WRITER, "reader"}:
        words = _(
            "Le comité décide en ce moment : demandez à l'instruction, qui peut retirer le dossier pour vous."
        )
        raise DomainError("results_withheld", words, status=409)


def follow(call: Call, by: User | None) -> None:
    """Once the results of a call are published, tell its applicants, in the background."""
    if call.state in PUBLISHED:
        jobs.start(KIND, {"call": str(call.pk)}, by=by)
