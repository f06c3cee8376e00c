"""Each partner organisation signs what the file says: this text and no other (R-74, R-80).

What is signed is known by its digest: the answers that show, the names and digests of the pieces, who asks
for what under which form. One word changed, and the signature no longer stands for the text: the page says
so, whoever changed it, and the organisation signs again. Nothing here is inferred from an account: somebody
signs, named, for an organisation, behind a second factor (the view asks for it).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Actor, Belonging
from terreau.calls import form_rules
from terreau.common.canonical import digest
from terreau.common.errors import DomainError, NotFoundError, RefusedError, StaleWriteError
from terreau.common.permissions import Permission
from terreau.dossiers import announcing, team
from terreau.dossiers.models import Answer, Dossier, DossierPiece, SignOff, Writer
from terreau.dossiers.moving import lock
from terreau.journal.actions import record
from terreau.notices.actions import tell

#: How the digest is made: a change of it would make every signature stale, and must change this number.
FORM: Final = 1
_SIGNS: Final = frozenset({Writer.Role.LEAD, Writer.Role.SIGNATORY})


@dataclass(frozen=True, slots=True)
class Partner:
    """An organisation of the file and its signature: ``never``, ``stale`` or ``signed``."""

    actor: Actor
    state: str
    by: str
    at: datetime | None
    row: SignOff | None
    #: Those of the file who may sign for it.
    signatories: tuple[Writer, ...]
    #: Whether the register knows who signed as somebody of the organisation (None: nobody signed).
    belongs: bool | None = None


@dataclass(frozen=True, slots=True)
class Lacking:
    """A signature that a deposit still waits for: of whom, and whether an earlier text was signed."""

    actor: Actor
    stale: bool


def asked(dossier: Dossier) -> bool:
    """Say whether the call wants each partner's signature before the deposit."""
    return bool((dossier.call.deposit or {}).get("signed"))


def text_of(dossier: Dossier) -> dict[str, Any]:
    """Return what is signed, in JSON types: three queries."""
    answers = dict(Answer.objects.filter(dossier=dossier).values_list("key", "value"))
    pieces = DossierPiece.objects.filter(dossier=dossier, removed_at=None)
    listed = pieces.order_by("key", "name", "piece__blob").values_list("key", "name", "piece__blob")
    shown = form_rules.visible(dossier.form.content, answers)
    return {
        "form": FORM,
        "dossier": str(dossier.pk),
        "call": dossier.call.slug,
        "version": dossier.form.number,
        "applicant": str(dossier.applicant_id),
        "pole": str(dossier.pole_id or ""),
        "title": dossier.title,
        "strand": dossier.strand.code if dossier.strand else "",
        "category": dossier.category,
        "asked_cents": dossier.asked_cents,
        "answers": {key: value for key, value in sorted(answers.items()) if key in shown},
        "pieces": [list(one) for one in listed],
    }


def digest_of(dossier: Dossier) -> str:
    """Return the digest of what would be signed now (SHA-256 of its canonical JSON)."""
    return digest(text_of(dossier))


def partners(dossier: Dossier, *, now: str | None = None) -> list[Partner]:
    """Return the organisations that sign, the applicant first, each with where its signature stands.

    Those who sign are the applicant and the organisations for which somebody writes or signs; who only reads
    engages nobody. ``now``: the digest of the text, when the caller has it.
    """
    text = now or digest_of(dossier)
    writers = [one for one in team.rows(dossier) if one.ended_at is None and one.actor_id]
    involved = {dossier.applicant_id} | {
        one.actor_id for one in writers if one.role != Writer.Role.READER and one.actor_id
    }
    actors = Actor.objects.filter(pk__in=involved).select_related("subject").order_by("sort_key", "pk")
    signed = _signed(dossier)
    users = {row.user_id for rows in signed.values() for row in rows if row.user_id}
    held = Belonging.objects.confirmed().filter(user__in=users, actor__in=involved)
    pairs = frozenset(held.values_list("user", "actor"))
    found = [_partner(one, signed.get(one.pk, []), text, writers, pairs) for one in actors]
    return sorted(found, key=lambda one: one.actor.pk != dossier.applicant_id)


def lacking(dossier: Dossier) -> list[Lacking]:
    """Return whose signature the deposit still waits for; nothing when the call asks for none.

    The caller holds the row of the file (``moving.lock``), so that nobody edits or signs meanwhile.
    """
    if not asked(dossier):
        return []
    found = [one for one in partners(dossier) if one.state != "signed"]
    return [Lacking(one.actor, one.state == "stale") for one in found]


def can_sign(user: User, dossier: Dossier, actor: Actor) -> Permission:
    """Say whether a person signs for an organisation (``signs_for``) while the file is written."""
    if not dossier.writable:
        words = _("Ce dossier ne se signe plus : il est « %(state)s ».")
        return Permission(ok=False, reason=words % {"state": announcing.label(dossier)})
    if actor.pk in signs_for(user, dossier):
        return Permission(ok=True)
    reason = _(
        "Il faut être désigné pour signer au nom de cette organisation : demandez-le à qui mène le dossier."
    )
    return Permission(ok=False, reason=reason)


def signs_for(user: User, dossier: Dossier) -> frozenset[UUID]:
    """Return the organisations for which a person of the file signs: three queries.

    That for which the lead named them signatory, the lead's own, and those that they animate.
    """
    mine = team.part_of(dossier, user)
    if mine is None and not team.runs_applicant(dossier, user):
        return frozenset()
    named = {mine.actor_id} if mine is not None and mine.role in _SIGNS and mine.actor_id else set()
    held = Belonging.objects.confirmed().filter(user=user, role=Belonging.Role.ANIMATOR)
    return frozenset(named | set(held.values_list("actor", flat=True)))


def sign(dossier: Dossier, actor: Actor, *, seen: str, by: User, now: datetime | None = None) -> SignOff:
    """Sign the text whose digest is ``seen`` for an organisation; the same text signed twice is signed once.

    Raises ``RefusedError``, ``NotFoundError`` (not a partner), ``StaleWriteError`` when somebody changed the
    text since it was read.
    """
    with transaction.atomic():
        lock(dossier)
        dossier = _fresh(dossier)
        if not (allowed := can_sign(by, dossier, actor)):
            raise RefusedError("may_not_sign", allowed.reason)
        if actor.pk not in {one.actor.pk for one in partners(dossier, now=seen)}:
            raise NotFoundError("not_a_partner", _("Cette organisation n'est pas de ce dossier."))
        text = digest_of(dossier)
        if text != seen:
            words = _("Le dossier a changé depuis que vous l'avez lu : relisez-le, puis signez ce qu'il dit.")
            raise StaleWriteError("text_moved", words, facts={"seen": seen, "now": text})
        live = SignOff.objects.filter(dossier=dossier, actor=actor, withdrawn_at=None)
        held = live.filter(copy_hash=text).first()
        if held is not None:
            return held
        at = now or timezone.now()
        live.update(withdrawn_at=at)
        row = SignOff.objects.create(dossier=dossier, actor=actor, user=by, copy_hash=text, at=at)
        record(
            dossier.subject,
            "dossier.signed",
            by=by,
            data={"signoff": row.pk, "actor": actor.pk.hex, "sha256": text},
        )
    return row


def withdraw(row: SignOff, *, by: User) -> SignOff:
    """Take a signature back, by who may sign for the organisation, while the file is written."""
    with transaction.atomic():
        lock(row.dossier)
        dossier = _fresh(row.dossier)
        if not (allowed := can_sign(by, dossier, row.actor)):
            raise RefusedError("may_not_sign", allowed.reason)
        rows = SignOff.objects.filter(pk=row.pk, withdrawn_at=None)
        if not rows.update(withdrawn_at=timezone.now()):
            raise DomainError("withdrawn_already", _("Cette signature est déjà retirée."), status=409)
        told = {"signoff": row.pk, "actor": row.actor_id.hex}
        record(dossier.subject, "dossier.unsigned", by=by, data=told)
    row.refresh_from_db()
    return row


def ask(dossier: Dossier, *, by: User) -> int:
    """Tell those who may sign, and whose organisation has not signed this text; return how many are told."""
    text = digest_of(dossier)
    told = 0
    for partner in partners(dossier, now=text):
        if partner.state == "signed":
            continue
        words = gettext_lazy("Un dossier attend la signature de votre organisation.")
        for writer in partner.signatories:
            if writer.user is not None and writer.user_id != by.pk:
                key = f"sign:{dossier.pk}:{partner.actor.pk}:{text[:16]}"
                path = f"/dossiers/{dossier.pk}/signatures/"
                sent = tell(
                    writer.user, "dossier.sign", words, subject=dossier.subject, path=path, dedupe=key
                )
                told += sent is not None
    return told


def find(dossier: Dossier, pk: Any) -> SignOff:
    """Return one signature of a file. Raises ``NotFoundError``."""
    rows = SignOff.objects.select_related("actor", "dossier").filter(dossier=dossier)
    row = rows.filter(pk=int(pk)).first() if str(pk).isdecimal() else None
    if row is None:
        raise NotFoundError("unknown_signature", _("Cette signature n'existe pas."))
    return row


def _fresh(dossier: Dossier) -> Dossier:
    """Return the file as it is now, under its lock: its title, form and state may have moved."""
    named = ("call__programme", "form", "subject", "strand", "applicant__subject", "pole__actor")
    return Dossier.objects.select_related(*named).get(pk=dossier.pk)


def _signed(dossier: Dossier) -> dict[UUID, list[SignOff]]:
    rows = (
        SignOff.objects.filter(dossier=dossier, withdrawn_at=None)
        .select_related("user")
        .order_by("-at", "-pk")
    )
    found: dict[UUID, list[SignOff]] = {}
    for row in rows:
        found.setdefault(row.actor_id, []).append(row)
    return found


def _partner(
    actor: Actor,
    signed: list[SignOff],
    text: str,
    writers: list[Writer],
    pairs: frozenset[tuple[UUID, UUID]],
) -> Partner:
    row = next((one for one in signed if one.copy_hash == text), signed[0] if signed else None)
    state = "never" if row is None else "signed" if row.copy_hash == text else "stale"
    who = tuple(one for one in writers if one.actor_id == actor.pk and one.role in _SIGNS)
    name = ""
    if row is not None and row.user is not None:
        name = _("compte effacé") if row.user.erased_at else (row.user.name or row.user.email)
    belongs = None if row is None or row.user_id is None else (row.user_id, actor.pk) in pairs
    return Partner(actor, state, name, row.at if row else None, row, who, belongs)
