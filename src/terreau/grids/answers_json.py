"""A verdict as JSON, in the shape that automated callers rely on (issue 5); ``sheets`` adds the pole."""

from collections.abc import Mapping
from typing import Any

from terreau.grids.changes import Change, would_change
from terreau.grids.evaluate import CriterionVerdict, GridVerdict
from terreau.grids.frame import value_as_json
from terreau.grids.known import Frame, Known


def verdict_json(found: GridVerdict, frame: Frame, lang: str, *, changes: bool = True) -> dict[str, Any]:
    """Return ``{grid, version, on, verdict, prescriptive, criteria: […]}``; sentences in ``lang``."""
    return {
        "grid": found.grid.code,
        "version": found.grid.version,
        "on": found.on.isoformat(),
        "verdict": found.answer.value,
        "prescriptive": found.grid.prescriptive,
        "verified_on": found.grid.verified_on.isoformat() if found.grid.verified_on else None,
        "reasons": [reason.as_dict(lang) for reason in found.reasons],
        "criteria": [_criterion(one, found, frame, lang, changes=changes) for one in found.criteria],
    }


def _criterion(
    one: CriterionVerdict, found: GridVerdict, frame: Frame, lang: str, *, changes: bool
) -> dict[str, Any]:
    told = would_change(one.criterion, frame, found.on, one.judged, lifted=one.lifted) if changes else ()
    return {
        "code": one.criterion.code,
        "kind": one.criterion.kind,
        "title": text_in(one.criterion.title, lang),
        "verdict": one.answer.value,
        "computed": one.computed.value if one.computed else None,
        "facts": [fact_json(known) for known in one.known],
        "missing": list(one.missing),
        "source": {key: one.criterion.source.get(key, "") for key in ("document", "section")},
        "reasons": [reason.as_dict(lang) for reason in one.reasons],
        "would_change": [change_json(change, lang) for change in told],
        "judged": said_json(one.judged, answer=one.judged.answer.value) if one.judged else None,
        "lifted": said_json(one.lifted) if one.lifted else None,
    }


def fact_json(known: Known) -> dict[str, Any]:
    """Return a fact that was read: its value, where it comes from, when, how sure."""
    return {
        "code": known.code,
        "value": value_as_json(known.value, complete=known.complete, total=known.total),
        "source": dict(known.source),
        "date": known.on,
        "status": known.status,
    }


def change_json(change: Change, lang: str) -> dict[str, Any]:
    """Return a change that would turn the answer: what it gives, and its steps, all of them needed."""
    return {
        "gives": change.gives.value,
        "text": text_in(change.text, lang),
        "steps": [
            {"fact": step.fact, "to": step.to, "text": text_in(step.text, lang)} for step in change.steps
        ],
    }


def said_json(said: Any, **more: Any) -> dict[str, Any]:
    """Return a judgement or a lift: its reason, its day, in what quality, never who."""
    return {
        **more,
        "reason": said.reason,
        "on": said.on.isoformat() if said.on else None,
        "quality": said.quality,
    }


def text_in(texts: Mapping[str, str], lang: str) -> str:
    """Return a text in a language, in French when it is not written in it."""
    return texts.get(lang) or texts.get("fr", "")
