"""The conclusion of a shared evaluation: written together, signed by both sides, then frozen (R-81, R-94).

What is signed is the digest of the very text; whoever signs says which one they read. While one side
has signed nobody writes: that side may take its signature back first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.common.canonical import canonical, digest
from terreau.common.errors import DomainError, NotFoundError
from terreau.common.permissions import Permission
from terreau.dossiers import moving
from terreau.dossiers.models import Dossier
from terreau.followup import evaluating
from terreau.followup.evaluating import Progress
from terreau.followup.models import Conclusion, ConclusionSignature, Evaluation
from terreau.followup.telling import tell_officers, tell_team
from terreau.journal.actions import record, save_fresh
from terreau.reviews import external

Side = ConclusionSignature.Side
#: What both sides write.
PARTS: Final = ("results", "impacts", "disagreements", "progress", "advice")
#: What was written of the meeting: signed by its digest, for it may name people.
MINUTES: Final = ("present", "minutes", "decisions")


@dataclass(frozen=True, slots=True)
class Signing:
    """What somebody signs with; ``seen``: the digest of the text that they read."""

    side: str
    name: str
    quality: str
    seen: str


def text(progress: Progress) -> dict[str, Any]:
    """Return all that is signed, in canonical JSON types: no name of anybody."""
    evaluation, conclusion = progress.evaluation, progress.conclusion
    dossier = evaluation.dossier
    review, meeting = evaluation.external_review, progress.meeting
    return {
        "dossier": dossier.reference,
        "call": dossier.call.slug,
        "pole": str(dossier.pole_id or ""),
        "applicant": str(dossier.applicant_id),
        "grid": evaluation.grid_version.digest if evaluation.grid_version else "",
        "self_review": str(evaluation.self_review_id or ""),
        "self_words": evaluation.self_words,
        "external_review": str(evaluation.external_review_id or ""),
        "external_report": external.digest_of(review) if review else "",
        "external_words": evaluation.external_words,
        "meeting": timezone.localdate(meeting.at).isoformat() if meeting else "",
        "minutes": digest({part: getattr(meeting, part) for part in MINUTES}) if meeting else "",
        **{part: getattr(conclusion, part) for part in PARTS},
    }


def write(
    conclusion: Conclusion, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User
) -> Conclusion:
    """Save the text so far. Refused once a side has signed (409); ``StaleWriteError`` for the same part."""
    dossier = conclusion.evaluation.dossier
    with transaction.atomic():
        moving.lock(dossier)
        if signed(conclusion):
            words = _("Une partie a signé : elle doit reprendre sa signature avant que le texte change.")
            raise DomainError("conclusion_signed", words, status=409)
        return save_fresh(
            conclusion, subject=dossier.subject, verb="conclusion.written", base=base, mine=mine, by=by
        )


def sign(evaluation: Evaluation, given: Signing, *, by: User) -> ConclusionSignature:
    """Sign for one side, after a fresh proof of identity; the second signature concludes and freezes.

    Refused (409): something is missing, the side signed already, the same person for both, another text
    than the one that was read.
    """
    _check_given(given)
    with transaction.atomic():
        row = moving.lock(evaluation.dossier)
        now = _fresh(row)
        progress = evaluating.progress(now)
        if progress.lacks:
            words = _("Il manque encore une étape avant de signer : voyez la liste.")
            raise DomainError(
                "not_ready", words, facts={"lacks": [str(one) for one in progress.lacks]}, status=409
            )
        held = signed(progress.conclusion)
        content = text(progress)
        found = digest(content)
        _check_signature(held, given.side, by, found)
        if found != given.seen:
            words = _("Le texte a changé depuis que vous l'avez lu : relisez-le, puis signez.")
            raise DomainError("text_changed", words, facts={"digest": found}, status=409)
        made = ConclusionSignature.objects.create(
            conclusion=progress.conclusion,
            side=given.side,
            by=by,
            name=given.name.strip()[:120],
            quality=given.quality.strip()[:120],
            digest=found,
        )
        record(row.subject, "conclusion.signed", by=by, data={"side": made.side, "digest": found})
        if held:
            _conclude(row, progress.conclusion, content, found, by)
        else:
            (tell_officers if made.side == Side.BENEFICIARY else tell_team)(
                row, "to_sign", by=by, dedupe=f"to-sign-{made.pk}"
            )
    return made


def take_back(evaluation: Evaluation, side: str, *, by: User) -> None:
    """Take the signature of one's side back, as long as the other has not signed."""
    with transaction.atomic():
        row = moving.lock(evaluation.dossier)
        conclusion = Conclusion.objects.get(evaluation=evaluation.pk)
        if conclusion.concluded_at is not None:
            raise DomainError("concluded", _("Les deux parties ont signé : c'est conclu."), status=409)
        changed = ConclusionSignature.objects.filter(
            conclusion=conclusion, side=side, taken_back_at=None
        ).update(taken_back_at=timezone.now())
        if not changed:
            raise DomainError("not_signed", _("Cette partie n'a pas signé."), status=409)
        record(row.subject, "conclusion.taken_back", by=by, data={"side": side})


def check_move(dossier: Dossier, verb: str) -> Permission:
    """Refuse to close a file before both sides signed its shared evaluation (``moving.also_refuse``)."""
    if verb != "close" or concluded(dossier):
        return Permission(ok=True)
    words = _("Ce dossier se clôt une fois l'évaluation partagée signée par les deux parties.")
    return Permission(ok=False, reason=words)


def concluded(dossier: Dossier) -> Conclusion | None:
    """Return the conclusion of a file that both sides signed, None before."""
    return Conclusion.objects.filter(evaluation=dossier.pk, concluded_at__isnull=False).first()


def signed(conclusion: Conclusion) -> list[ConclusionSignature]:
    """Return the signatures that stand, the first one first."""
    rows = ConclusionSignature.objects.filter(conclusion=conclusion, taken_back_at=None)
    return list(rows.select_related("by").order_by("at", "pk"))


def _fresh(dossier: Dossier) -> Evaluation:
    found = evaluating.of(dossier)
    if found is None:
        raise NotFoundError("no_evaluation", _("Ce dossier n'a pas d'évaluation partagée."))
    return found


def _conclude(dossier: Dossier, row: Conclusion, content: dict[str, Any], found: str, by: User) -> None:
    Conclusion.objects.filter(pk=row.pk).update(
        concluded_at=timezone.now(), content=canonical(content), digest=found, version=F("version") + 1
    )
    record(dossier.subject, "evaluation.concluded", by=by, data={"digest": found})
    key = f"concluded-{dossier.pk.hex}"
    tell_team(dossier, "concluded", by=by, dedupe=key)
    tell_officers(dossier, "concluded", by=by, dedupe=key)


def _check_given(given: Signing) -> None:
    if given.side not in Side.values:
        raise NotFoundError("unknown_side", _("Cette partie ne signe pas cette conclusion."))
    for asked, said in (("name", given.name), ("quality", given.quality)):
        if not said.strip():
            words = _("Une signature dit qui signe, et en quelle qualité.")
            raise DomainError("no_quality", words, facts={"field": asked})


def _check_signature(held: list[ConclusionSignature], side: str, by: User, found: str) -> None:
    if len(held) > 1 or any(one.side == side for one in held):
        raise DomainError("signed_already", _("Cette partie a déjà signé."), status=409)
    if any(one.by_id == by.pk for one in held):
        words = _("La même personne ne signe pas pour les deux parties.")
        raise DomainError("signs_twice", words, status=409)
    if any(one.digest != found for one in held):
        words = _("L'autre partie a signé un texte qui a changé depuis : elle doit reprendre sa signature.")
        raise DomainError("signed_another", words, status=409)
