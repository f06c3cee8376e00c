"""The states of a file and the steps between them: one table of data, and what it allows (R-73, R-85).

Pure: no database, no clock. ``moving.move`` is what writes. A call chooses its stages; what it does not use
is skipped by longer steps of the same table, and no step leaves a stage whose mandatory opinion is missing.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from terreau.common.permissions import Permission

DRAFT, DEPOSITED, COMPLEMENTS = "draft", "deposited", "complements"
ADMISSIBLE, INADMISSIBLE = "admissible", "inadmissible"
REGION, NATIONAL, COMMITTEE = "region", "national", "committee"
LAUREATE, RESERVE, REFUSED = "laureate", "reserve", "refused"
AGREEMENT, RUNNING, EVALUATION = "agreement", "running", "evaluation"
CLOSED, WITHDRAWN, ENDED = "closed", "withdrawn", "ended"

#: Code → what the pages say.
LABELS: Final[Mapping[str, Any]] = {
    DRAFT: pgettext_lazy("file of a call", "brouillon"),
    DEPOSITED: pgettext_lazy("file of a call", "déposé"),
    COMPLEMENTS: pgettext_lazy("file of a call", "compléments demandés"),
    ADMISSIBLE: pgettext_lazy("file of a call", "recevable"),
    INADMISSIBLE: pgettext_lazy("file of a call", "irrecevable"),
    REGION: pgettext_lazy("file of a call", "instruit en région"),
    NATIONAL: pgettext_lazy("file of a call", "instruit au niveau national"),
    COMMITTEE: pgettext_lazy("file of a call", "au comité"),
    LAUREATE: pgettext_lazy("file of a call", "lauréat"),
    RESERVE: pgettext_lazy("file of a call", "sur liste complémentaire"),
    REFUSED: pgettext_lazy("file of a call", "non retenu"),
    AGREEMENT: pgettext_lazy("file of a call", "en convention"),
    RUNNING: pgettext_lazy("file of a call", "en cours"),
    EVALUATION: pgettext_lazy("file of a call", "en évaluation partagée"),
    CLOSED: pgettext_lazy("file of a call", "clôturé"),
    WITHDRAWN: pgettext_lazy("file of a call", "retiré"),
    ENDED: pgettext_lazy("file of a call", "résilié"),
}

#: What a call may leave out; the other states are always there.
OPTIONAL: Final = (REGION, NATIONAL, COMMITTEE)

#: Groups of states that several rooms ask for.
LIVING: Final = frozenset(LABELS) - {CLOSED, WITHDRAWN, ENDED, REFUSED, INADMISSIBLE}
INSTRUCTED: Final = frozenset({DEPOSITED, COMPLEMENTS, ADMISSIBLE, REGION, NATIONAL, COMMITTEE})
CHOSEN: Final = frozenset({LAUREATE, AGREEMENT, RUNNING, EVALUATION, CLOSED, ENDED})
DECIDED: Final = CHOSEN | {RESERVE, REFUSED}
#: The applicant writes in these states only.
WRITABLE: Final = frozenset({DRAFT, COMPLEMENTS})

#: Who may take a step: people of the file, and roles of the call (``calls.perms``).
LEAD, SIGNATORY, WRITER = "lead", "signatory", "writer"
OFFICER, OWNER, CHAIR = "officer", "owner", "committee"
_STAFF = (OFFICER, OWNER)

#: What a step asks for besides the role.
REASON, OPINIONS, COPY, OPEN, BACK, LAST = "reason", "opinions", "copy", "open", "back", "last"


@dataclass(frozen=True, slots=True)
class Step:
    """One move: from a state to another by a verb, the roles that may, what it needs.

    ``reason``: words; ``opinions``: the mandatory opinions of the stage that is left (and of those skipped
    before it); ``copy``: a frozen copy, made by the deposit; ``open``: the call still takes files; ``back``:
    returns only to where the file was before; ``last``: undoes the last move and nothing older.
    """

    source: str
    target: str
    verb: str
    roles: tuple[str, ...]
    needs: tuple[str, ...] = ()


def _to(target: str, verb: str, sources: Iterable[str], roles: tuple[str, ...], *needs: str) -> list[Step]:
    return [Step(source, target, verb, roles, needs) for source in sources]


_INSTRUCTION = (ADMISSIBLE, REGION, NATIONAL)
_DECIDING = (*_INSTRUCTION, COMMITTEE)

_FORWARD: Final = (
    *_to(DEPOSITED, "deposit", (DRAFT,), (LEAD, SIGNATORY, *_STAFF), COPY),
    *_to(DRAFT, "take_back", (DEPOSITED,), (LEAD,), OPEN),
    *_to(ADMISSIBLE, "admit", (DEPOSITED,), _STAFF),
    *_to(INADMISSIBLE, "reject", (DEPOSITED, COMPLEMENTS), _STAFF, REASON),
    *_to(COMPLEMENTS, "ask", (DEPOSITED, *_INSTRUCTION), _STAFF, REASON),
    *(
        Step(COMPLEMENTS, back, verb, roles, needs)
        for back in (DEPOSITED, *_INSTRUCTION)
        for verb, roles, needs in (
            ("answer", (LEAD, SIGNATORY, *_STAFF), (COPY, BACK)),
            ("go_on", _STAFF, (REASON, BACK)),
        )
    ),
    *_to(REGION, "to_region", (ADMISSIBLE,), _STAFF, OPINIONS),
    *_to(NATIONAL, "to_national", (ADMISSIBLE, REGION), _STAFF, OPINIONS),
    *_to(COMMITTEE, "to_committee", _INSTRUCTION, _STAFF, OPINIONS),
    *_to(LAUREATE, "award", _DECIDING, (CHAIR, OWNER), OPINIONS),
    *_to(LAUREATE, "award", (RESERVE,), (CHAIR, OWNER)),
    *_to(RESERVE, "reserve", _DECIDING, (CHAIR, OWNER), OPINIONS),
    *_to(REFUSED, "refuse", _DECIDING, (CHAIR, OWNER), REASON, OPINIONS),
    *_to(REFUSED, "refuse", (RESERVE,), (CHAIR, OWNER), REASON),
    *_to(AGREEMENT, "agree", (LAUREATE,), _STAFF),
    *_to(RUNNING, "start", (AGREEMENT,), _STAFF),
    *_to(EVALUATION, "evaluate", (RUNNING,), _STAFF),
    *_to(CLOSED, "close", (RUNNING, EVALUATION), _STAFF),
    *_to(WITHDRAWN, "withdraw", (DRAFT,), (LEAD,)),
    *_to(WITHDRAWN, "withdraw", (*INSTRUCTED, RESERVE, LAUREATE), (LEAD, *_STAFF), REASON),
    *_to(ENDED, "end", (AGREEMENT, RUNNING, EVALUATION), (OWNER,), REASON),
    *_to(DEPOSITED, "reopen", (INADMISSIBLE,), (OWNER,), REASON),
    *_to(DRAFT, "reopen", (WITHDRAWN,), (LEAD,), OPEN),
)
#: What one person did to many files at once may be undone (``moving.undo``), as long as nothing followed.
UNDOABLE: Final = frozenset(
    {"admit", "reject", "ask", "to_region", "to_national", "to_committee"}
    | {"award", "reserve", "refuse", "agree"}
)


def _undoing(steps: Iterable[Step]) -> list[Step]:
    pairs = sorted({(step.target, step.source, step.roles) for step in steps if step.verb in UNDOABLE})
    return [Step(source, target, "undo", roles, (REASON, LAST)) for source, target, roles in pairs]


#: Every move there is.
TABLE: Final[tuple[Step, ...]] = (*_FORWARD, *_undoing(_FORWARD))

#: Verb → what its button says.
VERBS: Final[Mapping[str, Any]] = {
    "deposit": gettext_lazy("Déposer le dossier"),
    "take_back": gettext_lazy("Reprendre le dossier pour le corriger"),
    "admit": gettext_lazy("Déclarer recevable"),
    "reject": gettext_lazy("Déclarer irrecevable"),
    "ask": gettext_lazy("Demander des compléments"),
    "answer": gettext_lazy("Envoyer les compléments"),
    "go_on": gettext_lazy("Reprendre l'instruction sans attendre"),
    "to_region": gettext_lazy("Transmettre à la région"),
    "to_national": gettext_lazy("Transmettre au niveau national"),
    "to_committee": gettext_lazy("Transmettre au comité"),
    "award": gettext_lazy("Retenir"),
    "reserve": gettext_lazy("Inscrire sur la liste complémentaire"),
    "refuse": gettext_lazy("Ne pas retenir"),
    "agree": gettext_lazy("Préparer la convention"),
    "start": gettext_lazy("Commencer l'action"),
    "evaluate": gettext_lazy("Ouvrir l'évaluation partagée"),
    "close": gettext_lazy("Clôturer"),
    "withdraw": gettext_lazy("Retirer le dossier"),
    "end": gettext_lazy("Résilier la convention"),
    "reopen": gettext_lazy("Rouvrir le dossier"),
    "undo": gettext_lazy("Annuler la dernière étape"),
}


@dataclass(frozen=True, slots=True)
class Stages:
    """What a call uses: its optional stages, and the opinions that each stage must have before it is left.

    ``opinions``: state → names of those that must be given: the code of the stage, or « sponsor:<key> ».
    Which were given is said by ``instruction`` (``moving.opinions_by``).
    """

    used: frozenset[str] = frozenset(OPTIONAL)
    opinions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def uses(self, state: str) -> bool:
        """Say whether a file of the call may be in this state."""
        return state not in OPTIONAL or state in self.used


def read_stages(listed: Iterable[Mapping[str, Any]], sponsors: Iterable[int] = ()) -> Stages:
    """Return the stages of a call from its list (``calls.models.Call.stages``).

    ``sponsors``: keys of those whose opinion is mandatory: it is due before the committee, or before the
    decision when there is no committee, whose own decision is its opinion. An opinion of a stage that the
    call does not use stays due: it is asked of whatever step jumps over that stage.
    """
    rows = list(listed)
    used = frozenset(str(row.get("code")) for row in rows) & frozenset(OPTIONAL)
    opinions = {
        str(row.get("code")): (str(row.get("code")),)
        for row in rows
        if row.get("opinion") == "mandatory" and row.get("code") != COMMITTEE
    }
    named = tuple(f"sponsor:{pk}" for pk in sponsors)
    if named:
        opinions[NATIONAL] = (*opinions.get(NATIONAL, ()), *named)
    return Stages(used, opinions)


#: The order of instruction: an opinion of an earlier stage is due whenever a later one is reached.
_ORDER: Final = (DEPOSITED, ADMISSIBLE, REGION, NATIONAL, COMMITTEE)


def awaiting(stages: Stages) -> str:
    """Return the state in which a file of a call waits for its decision: its last stage."""
    return next(state for state in reversed(_ORDER) if stages.uses(state))


def due_opinions(step: Step, stages: Stages) -> tuple[str, ...]:
    """Return the opinions that must have been given before this step, those of skipped stages included."""
    if OPINIONS not in step.needs:
        return ()
    end = _ORDER.index(step.target) if step.target in _ORDER else len(_ORDER)
    names = [name for state in _ORDER[:end] for name in stages.opinions.get(state, ())]
    return tuple(dict.fromkeys(names))


def steps(state: str, stages: Stages = Stages()) -> list[Step]:
    """Return the steps that leave a state, in the order of the table, as the call's stages allow.

    A stage is not jumped over when the call uses it: from « recevable » a call with a region goes to it.
    """
    return [step for step in TABLE if step.source == state and _used(step, stages)]


def _used(step: Step, stages: Stages) -> bool:
    if not stages.uses(step.target):
        return False
    if step.verb == "undo" or OPINIONS not in step.needs:
        return True
    first = _ORDER.index(step.source) + 1
    last = _ORDER.index(step.target) if step.target in _ORDER else len(_ORDER)
    return not any(stages.uses(skipped) for skipped in _ORDER[first:last])


def find(state: str, verb: str, stages: Stages, *, back_to: str = "") -> Step | None:
    """Return the step that a verb takes from a state, or None. ``back_to``: where the file was before."""
    for step in steps(state, stages):
        if step.verb == verb and (not {BACK, LAST} & set(step.needs) or step.target == back_to):
            return step
    return None


def allowed(  # noqa: PLR0911, PLR0913 - one refusal, one sentence
    state: str,
    verb: str,
    stages: Stages,
    *,
    roles: Collection[str],
    has: Collection[str] = (),
    opinions: Collection[str] = (),
    back_to: str = "",
) -> Permission:
    """Say whether somebody who holds ``roles`` may take this step now, and why not.

    ``has``: what is at hand among ``reason``, ``copy``, ``open``, ``last``; ``opinions``: those given.
    """
    step = find(state, verb, stages, back_to=back_to)
    if step is None:
        words = _("Un dossier « %(state)s » ne peut pas passer par cette étape : %(verb)s.")
        return Permission(ok=False, reason=words % {"state": LABELS[state], "verb": VERBS.get(verb, verb)})
    if not set(roles) & set(step.roles):
        return Permission(ok=False, reason=_("Votre rôle sur ce dossier ne permet pas cette étape."))
    if REASON in step.needs and REASON not in has:
        return Permission(ok=False, reason=_("Écrivez le motif : il est transmis avec la décision."))
    if COPY in step.needs and COPY not in has:
        return Permission(
            ok=False, reason=_("Cette étape passe par le dépôt, qui fige une copie du dossier.")
        )
    if OPEN in step.needs and OPEN not in has:
        return Permission(ok=False, reason=_("L'appel ne reçoit plus de dossiers."))
    if LAST in step.needs and LAST not in has:
        return Permission(
            ok=False, reason=_("Seule la dernière étape peut être annulée, tant que rien n'a suivi.")
        )
    if missing := [name for name in due_opinions(step, stages) if name not in opinions]:
        words = _("Il manque un avis obligatoire : %(names)s.")
        return Permission(ok=False, reason=words % {"names": ", ".join(missing)})
    return Permission(ok=True)
