"""An agreement is prepared, written, frozen, signed, amended, ended. Locks: the dossier, then the agreement.

The document is frozen before anybody signs; each signature names its hash. The last one puts the deed in
force, writes its schedule and gives back to the envelopes what it no longer needs, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.agreements import deed_rules, deed_text, telling
from terreau.agreements.models import (
    Agreement,
    Annex,
    Deed,
    Instalment,
    NamedPole,
    PaymentRequest,
    Signatory,
    Signature,
)
from terreau.agreements.plan import rules_of
from terreau.calls.models import Programme, Sponsor
from terreau.common.errors import DomainError, StaleWriteError
from terreau.common.inserting import insert
from terreau.dossiers import freezing, moving, states
from terreau.dossiers.models import Dossier, Transition
from terreau.envelopes import actions as envelopes
from terreau.envelopes import read as envelopes_read
from terreau.envelopes.models import EnvelopeMove
from terreau.journal.actions import record
from terreau.pieces.models import Piece
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects

_State = Agreement.State
#: Requests that hold their instalment: it stays whatever an amendment says.
LIVE = ("sent", "returned", "accepted", "paid")


def prepare(dossier: Dossier, *, by: User) -> Agreement:
    """Prepare the agreement of a laureate, filled with what is known; the file moves to « convention ».

    Prepared by two people at once, it is prepared once: the second is given the same.
    """
    with transaction.atomic():
        held = moving.lock(dossier)
        known = Agreement.objects.filter(dossier=held).exclude(state=_State.CANCELLED).first()
        if known is not None:
            return known
        if held.state == states.LAUREATE:
            moving.move(held, "agree", by=by)
        elif held.state != states.AGREEMENT:
            words = _("Une convention se prépare pour un lauréat : ce dossier est « %(state)s ».")
            raise DomainError("not_laureate", words % {"state": held.get_state_display()}, status=409)
        row = Agreement(subject=dossier.subject, kind=Agreement.Kind.AWARD, dossier=held, by=by)
        row.number = _number(dossier.reference)
        row.title, row.example = dossier.name[:200], dossier.example
        insert(row, "agreement_refused")
        Deed.objects.create(agreement=row, number=0, body=_first_body(dossier), by=by)
        Signatory.objects.bulk_create(_first_signatories(row, dossier))
        data = {"agreement": row.pk.hex, "number": row.number}
        record(dossier.subject, "agreement.prepared", by=by, data=data)
    dossier.refresh_from_db(fields=["state", "stage_since", "version"])
    return row


def contract(  # noqa: PLR0913 - keyword-only: each is a part of the contract
    programme: Programme,
    *,
    number: str,
    title: str,
    parties: Sequence[tuple[str, Actor | None]],
    by: User,
    public: bool = True,
    source: str = "",
) -> Agreement:
    """Prepare a contract between the State and authorities, or between authorities (R-80, R-117, R-124)."""
    called, numbered = " ".join(title.split())[:200], " ".join(number.split())[:100]
    if not called or not numbered:
        field = "title" if not called else "number"
        words = _("Donnez au contrat un intitulé et un numéro.")
        raise DomainError("no_title", words, facts={"field": field})
    row = Agreement(subject=programme.subject, kind=Agreement.Kind.CONTRACT, programme=programme, by=by)
    row.number, row.title, row.public, row.source = numbered, called, public, source.strip()[:300]
    with transaction.atomic():
        subjects.lock(programme.subject_id)
        if Agreement.objects.filter(number=numbered).exists():
            words = _("Un autre contrat porte déjà ce numéro.")
            raise DomainError("number_taken", words, facts={"field": "number"}, status=409)
        insert(row, "agreement_refused", field="number")
        Deed.objects.create(agreement=row, number=0, body={}, by=by)
        for rank, (name, actor) in enumerate(parties):
            _party(row, name, actor, rank=rank)
        record(programme.subject, "contract.prepared", by=by, data={"agreement": row.pk.hex})
    return row


def write(deed: Deed, body: Mapping[str, Any], *, seen: int, by: User, title: str = "") -> Deed:
    """Write what a deed says, as the person saw it (``seen``: its version); nothing is checked yet."""
    with transaction.atomic():
        agreement = _hold(deed.agreement)
        kept = {**deed.body, **body}
        rows = Deed.objects.filter(pk=deed.pk, version=seen, state=Deed.State.DRAFT)
        if not rows.update(body=kept, version=F("version") + 1):
            raise _moved(deed)
        if title.strip() and deed.number == 0:
            Agreement.objects.filter(pk=agreement.pk).update(title=" ".join(title.split())[:200])
        data = {"agreement": agreement.pk.hex, "deed": deed.number}
        record(agreement.subject, "agreement.written", by=by, data=data)
    return Deed.objects.select_related("agreement").get(pk=deed.pk)


def add_signatory(
    deed: Deed, *, name: str, by: User, person: str = "", actor: Actor | None = None
) -> Signatory:
    """Name one more signatory, from this deed on."""
    with transaction.atomic():
        agreement = _hold(deed.agreement)
        _draft(deed)
        last = Signatory.objects.filter(agreement=agreement).aggregate(last=Max("rank"))["last"]
        row = _party(agreement, name, actor, rank=(last or 0) + 1, first=deed.number, person=person)
        data = {"agreement": agreement.pk.hex, "signatory": row.pk}
        record(agreement.subject, "agreement.signatory_added", by=by, data=data)
    return row


def say_person(signatory: Signatory, deed: Deed, *, person: str, by: User) -> None:
    """Say who represents a signatory."""
    with transaction.atomic():
        agreement = _hold(signatory.agreement)
        _draft(deed)
        Signatory.objects.filter(pk=signatory.pk).update(person=" ".join(person.split())[:160])
        record(agreement.subject, "agreement.signatory_named", by=by, data={"signatory": signatory.pk})


def remove_signatory(signatory: Signatory, deed: Deed, *, by: User) -> None:
    """Take a signatory out, from this deed on: what was signed before stays."""
    with transaction.atomic():
        agreement = _hold(signatory.agreement)
        _draft(deed)
        if signatory.always:
            words = _("Le porteur du programme et le bénéficiaire signent toujours.")
            raise DomainError("always_signs", words, status=409)
        if signatory.first == deed.number and not signatory.signatures.exists():
            signatory.delete()
        else:
            Signatory.objects.filter(pk=signatory.pk).update(last=deed.number)
        record(agreement.subject, "agreement.signatory_left", by=by, data={"deed": deed.number})


def join(deed: Deed, piece: Piece, *, name: str, by: User) -> Annex:
    """Join an annex to a deed that is being written."""
    with transaction.atomic():
        agreement = _hold(deed.agreement)
        _draft(deed)
        row = Annex.objects.create(deed=deed, piece=piece, name=(name.strip() or piece.name)[:200], by=by)
        data = {"agreement": agreement.pk.hex, "sha256": piece.blob_id}
        record(agreement.subject, "agreement.annexed", by=by, data=data)
    return row


def problems(deed: Deed) -> list[str]:
    """Return all that a deed lacks before it is signed, in sentences."""
    pays = gives_money(deed)
    found = deed_rules.check(
        deed.body,
        number=deed.number,
        fixed=fixed(deed.agreement),
        signatories=len(deed_text.signatories(deed)),
        pays=pays,
    )
    return [deed_text.said(one) for one in found]


def gives_money(deed: Deed) -> bool:
    """Say whether a deed gives money: it says how much, or its file asked for some or was given some.

    A call may give its laureates services alone (R-76): their agreement says an object and a period.
    """
    dossier = deed.agreement.dossier
    if deed.body.get("cents") or dossier is None:
        return bool(deed.body.get("cents"))
    return bool(dossier.asked_cents or envelopes_read.held(dossier).committed)


def fixed(agreement: Agreement) -> int:
    """Return what is asked or paid already and stays whatever an amendment says, in cents."""
    rows = PaymentRequest.objects.filter(agreement=agreement, state__in=LIVE)
    return sum(row.accepted_cents or row.cents for row in rows)


def freeze(deed: Deed, *, seen: int, by: User) -> Deed:
    """Freeze a deed: from then on its document never changes, and it may be signed.

    What it gives beyond what is committed is committed now: ``OverspentError`` says what is left.
    """
    with transaction.atomic():
        agreement = _hold(deed.agreement)
        fresh = Deed.objects.select_for_update().get(pk=deed.pk)
        if fresh.version != seen or fresh.state != Deed.State.DRAFT:
            raise _moved(deed)
        fresh.agreement = agreement
        if found := problems(fresh):
            raise DomainError("deed_lacks", " ".join(found), facts={"problems": found})
        _reserve(fresh, by)
        if agreement.dossier is not None and deed.number == 0:
            freezing.freeze(agreement.dossier, "agreement", by=by, at=timezone.now())
        bytes_ = deed_text.document(fresh)
        sha256 = deed_text.digest(bytes_)
        Deed.objects.filter(pk=fresh.pk).update(
            document=bytes_,
            sha256=sha256,
            frozen_at=timezone.now(),
            state=Deed.State.FROZEN,
            version=F("version") + 1,
        )
        if deed.number == 0:
            Agreement.objects.filter(pk=agreement.pk).update(state=_State.TO_SIGN, version=F("version") + 1)
        data = {"agreement": agreement.pk.hex, "deed": deed.number, "sha256": sha256}
        record(agreement.subject, "agreement.frozen", by=by, data=data)
        _tell(agreement, gettext_lazy("La convention « {name} » est prête à signer."), by, f"frozen-{sha256}")
    return Deed.objects.select_related("agreement").get(pk=deed.pk)


def sign(  # noqa: PLR0913 - keyword-only: each is a part of the signature
    deed: Deed,
    signatory: Signatory,
    *,
    sha256: str,
    by: User,
    how: str = "online",
    signed_on: date | None = None,
    piece: Piece | None = None,
) -> Signature:
    """Sign a deed for a signatory: this document (``sha256``) and no other. Twice is once.

    The last signature puts the deed in force. Who may sign is said by ``perms``; nobody signs online both for
    who gives the money and for who receives it.
    """
    with transaction.atomic():
        agreement = _hold(deed.agreement)
        fresh = Deed.objects.select_for_update().get(pk=deed.pk)
        known = Signature.objects.filter(deed=fresh, signatory=signatory).first()
        if known is not None:
            return known
        if fresh.state != Deed.State.FROZEN:
            raise DomainError("not_to_sign", _("Cet acte n'est pas à signer."), status=409)
        if sha256 != fresh.sha256 or not deed_text.whole(fresh):
            words = _("Le document n'est pas celui que vous avez lu : relisez-le avant de signer.")
            raise DomainError("other_document", words, status=409)
        fresh.agreement = agreement
        if problems(fresh):
            words = _(
                "Une demande de versement a changé depuis que ce texte est figé : ses versements ne font "
                "plus son montant. Abandonnez-le et préparez-en un autre."
            )
            raise DomainError("schedule_moved", words, status=409)
        wanted = deed_text.signatories(fresh)
        if signatory.pk not in {one.pk for one in wanted}:
            raise DomainError("not_signatory", _("Ce signataire n'est pas de cet acte."), status=409)
        if how == Signature.How.ONLINE and _signed_the_other_side(fresh, signatory, by):
            words = _("Vous avez signé cet acte pour l'autre partie : une autre personne signe celle-ci.")
            raise DomainError("both_sides", words, status=409)
        day = signed_on or timezone.localdate()
        if day > timezone.localdate():
            raise DomainError("future", _("Cette date est à venir."), facts={"field": "signed_on"})
        row = Signature(deed=fresh, signatory=signatory, sha256=sha256, how=how, signed_on=day, by=by)
        row.piece = piece
        insert(row, "signature_refused")
        data = {"agreement": agreement.pk.hex, "deed": fresh.number, "sha256": sha256, "how": how}
        record(agreement.subject, "agreement.signed", by=by, data=data)
        if Signature.objects.filter(deed=fresh).count() == len(wanted):
            _in_force(fresh, by)
    return row


def _signed_the_other_side(deed: Deed, signatory: Signatory, by: User) -> bool:
    gives, receives = {Signatory.Side.OWNER, Signatory.Side.SPONSOR}, {Signatory.Side.APPLICANT}
    if signatory.side not in gives | receives:
        return False
    other = receives if signatory.side in gives else gives
    mine = Signature.objects.filter(deed=deed, by=by, how=Signature.How.ONLINE)
    return mine.filter(signatory__side__in=other).exists()


def amend(agreement: Agreement, *, by: User, year: int | None = None) -> Deed:
    """Begin an amendment from what is in force; ``year``: that of a yearly one (R-124)."""
    with transaction.atomic():
        held = _hold(agreement)
        if held.state != _State.SIGNED:
            words = _("On modifie par avenant une convention signée, tant qu'elle n'est pas terminée.")
            raise DomainError("not_signed", words, status=409)
        deeds = Deed.objects.filter(agreement=held)
        body = dict(deeds.filter(state=Deed.State.IN_FORCE).order_by("-number")[0].body)
        body["schedule"], body["reason"] = _open_schedule(held), ""
        last = deeds.aggregate(last=Max("number"))["last"]
        row = Deed(agreement=held, number=last + 1, year=year, body=body, by=by)
        insert(row, "deed_waits")
        data = {"agreement": held.pk.hex, "deed": row.number}
        record(held.subject, "agreement.amendment_begun", by=by, data=data)
    return row


def follow(dossier: Dossier, made: Transition) -> None:
    """Give up the agreement that was being prepared when the step that began it is undone."""
    if made.verb == "undo" and made.from_state == states.AGREEMENT:
        rows = Deed.objects.filter(agreement__dossier=dossier, number=0, state__in=["draft", "frozen"])
        for deed in rows.select_related("agreement"):
            cancel(deed, reason=made.reason, by=made.by)


def cancel(deed: Deed, *, reason: str, by: User | None) -> None:
    """Give up a deed that is not in force; what it had committed beyond the award goes back."""
    why = _why(reason)
    with transaction.atomic():
        agreement = _hold(deed.agreement)
        rows = Deed.objects.filter(pk=deed.pk, state__in=["draft", "frozen"])
        if not rows.update(state=Deed.State.CANCELLED, version=F("version") + 1):
            raise _moved(deed)
        _unreserve(deed, why, by)
        if deed.number == 0:
            Agreement.objects.filter(pk=agreement.pk).update(
                state=_State.CANCELLED,
                why=why,
                ended_on=timezone.localdate(),
                number=f"{agreement.number}*{agreement.pk.hex[-8:]}"[:100],
                version=F("version") + 1,
            )
        data = {"agreement": agreement.pk.hex, "deed": deed.number}
        record(agreement.subject, "agreement.cancelled", by=by, data=data)


def end(agreement: Agreement, *, reason: str, by: User, settled: bool = False) -> Agreement:
    """End an agreement: what is not asked is dropped, what is committed and not paid goes back.

    ``settled``: it comes to its end, everything done; otherwise it is terminated, and its file with it.
    """
    why = _why(reason)
    with transaction.atomic():
        held = _hold(agreement)
        open_ = PaymentRequest.objects.filter(agreement=held, state__in=["sent", "returned", "accepted"])
        if open_.exists():
            words = _("Une demande de versement attend : payez-la ou refusez-la d'abord.")
            raise DomainError("request_waits", words, status=409)
        if held.state != _State.SIGNED:
            raise DomainError("not_signed", _("Cette convention n'est pas en vigueur."), status=409)
        if held.dossier is not None:
            if not settled:
                moving.move(held.dossier, "end", by=by, reason=why)
            part = envelopes_read.held(held.dossier)
            if part.to_pay:
                envelopes.release(held.dossier, part.to_pay, reason=why, by=by, origin=f"end:{held.pk.hex}")
        _drop_unasked(held)
        Agreement.objects.filter(pk=held.pk).update(
            state=_State.ENDED, why=why, ended_on=timezone.localdate(), version=F("version") + 1
        )
        record(held.subject, "agreement.ended", by=by, data={"agreement": held.pk.hex, "settled": settled})
        _tell(held, gettext_lazy("La convention « {name} » est terminée."), by, f"ended-{held.pk.hex}")
    return Agreement.objects.get(pk=held.pk)


def name_pole(agreement: Agreement, pole: Pole, *, how: str, by: User) -> NamedPole:
    """Say that a contract names a pole, and how (R-117)."""
    row = NamedPole(agreement=agreement, pole=pole, how=" ".join(how.split())[:300], by=by)
    with transaction.atomic():
        subjects.lock(agreement.subject_id)
        insert(row, "named_already", field="pole")
        data = {"agreement": agreement.pk.hex, "pole": pole.pk.hex}
        record(agreement.subject, "contract.pole_named", by=by, data=data)
    return row


def _in_force(deed: Deed, by: User) -> None:
    """Put a deed in force: its schedule, its amount, what is given back; the file starts its action."""
    agreement, today, body = deed.agreement, timezone.localdate(), deed.body
    Deed.objects.filter(pk=deed.pk).update(
        state=Deed.State.IN_FORCE, in_force_on=today, version=F("version") + 1
    )
    _drop_unasked(agreement)
    start = Instalment.objects.filter(agreement=agreement).aggregate(last=Max("rank"))["last"] or 0
    Instalment.objects.bulk_create(
        Instalment(
            agreement=agreement,
            deed=deed,
            rank=start + rank,
            kind=row["kind"],
            label=str(row.get("label") or "")[:160],
            cents=row["cents"],
            due=date.fromisoformat(row["due"]) if row.get("due") else None,
            condition=str(row.get("condition") or "")[:300],
        )
        for rank, row in enumerate(body.get("schedule") or (), 1)
    )
    Agreement.objects.filter(pk=agreement.pk).update(
        state=_State.SIGNED,
        cents=body.get("cents") or None,
        valid_from=date.fromisoformat(body["valid_from"]),
        valid_to=date.fromisoformat(body["valid_to"]),
        version=F("version") + 1,
    )
    data = {"agreement": agreement.pk.hex, "deed": deed.number, "cents": body.get("cents")}
    record(agreement.subject, "agreement.in_force", by=by, data=data)
    if agreement.dossier is not None:
        extra = envelopes_read.held(agreement.dossier).committed - body["cents"]
        if extra > 0:
            told = {"number": deed.number, "name": agreement.number}
            amended = _("Avenant n° %(number)d de la convention %(name)s") % told
            first = _("Convention %(number)s") % {"number": agreement.number}
            envelopes.release(
                agreement.dossier,
                extra,
                reason=amended if deed.number else first,
                by=by,
                origin=f"deed:{deed.pk.hex}:less",
            )
        if deed.number == 0 and agreement.dossier.state == states.AGREEMENT:
            moving.move(agreement.dossier, "start", by=None)
    _tell(agreement, gettext_lazy("La convention « {name} » est signée de tous."), by, f"force-{deed.pk.hex}")


def _reserve(deed: Deed, by: User) -> None:
    """Commit what a deed gives beyond what is committed to its dossier."""
    dossier = deed.agreement.dossier
    if dossier is None:
        return
    more = deed.body["cents"] - envelopes_read.held(dossier).committed
    if more > 0:
        rows = envelopes_read.of_call(dossier.call)
        envelopes.commit_shared(rows, dossier, more, by=by, origin=f"deed:{deed.pk.hex}")


def _unreserve(deed: Deed, why: str, by: User | None) -> None:
    origin = f"deed:{deed.pk.hex}"
    rows = EnvelopeMove.objects.filter(Q(origin=origin) | Q(origin__startswith=f"{origin}#"))
    for move in rows.filter(reversed_by=None).select_related("dossier", "envelope"):
        envelopes.undo(move, reason=why, by=by)


def _unasked(agreement: Agreement) -> QuerySet[Instalment]:
    """Return the instalments that no request holds: not asked, or asked in vain."""
    rows = Instalment.objects.filter(agreement=agreement, dropped_at=None)
    return rows.exclude(requests__state__in=LIVE)


def _drop_unasked(agreement: Agreement) -> None:
    _unasked(agreement).update(dropped_at=timezone.now())


def _open_schedule(agreement: Agreement) -> list[dict[str, Any]]:
    rows = _unasked(agreement).order_by("rank", "id")
    return [
        {
            "kind": row.kind,
            "label": row.label,
            "cents": row.cents,
            "due": row.due.isoformat() if row.due else None,
            "condition": row.condition,
        }
        for row in rows
    ]


def _first_body(dossier: Dossier) -> dict[str, Any]:
    """Return what is known when an agreement begins; what nobody said stays empty."""
    cents = envelopes_read.held(dossier).committed or dossier.asked_cents or 0
    today, months = timezone.localdate(), dossier.call.duration_months
    last = deed_rules.later(today, months) if months else None
    rate = rules_of(dossier.call).advance_rate
    return {
        "object": dossier.title or dossier.name,
        "commitments": [],
        "cents": cents,
        "valid_from": today.isoformat(),
        "valid_to": last.isoformat() if last else None,
        "schedule": deed_rules.proposed(cents, advance_rate=rate, first=today, last=last) if cents else [],
        "reason": "",
    }


def _first_signatories(row: Agreement, dossier: Dossier) -> list[Signatory]:
    programme = dossier.call.programme
    found = [Signatory(agreement=row, side="owner", actor=programme.owner, name=programme.owner_name, rank=0)]
    names = {programme.owner_name}
    for rank, one in enumerate(Sponsor.objects.filter(call=dossier.call).order_by("rank", "id"), 1):
        if one.name not in names:
            names.add(one.name)
            found.append(
                Signatory(
                    agreement=row, side="sponsor", sponsor=one, actor=one.actor, name=one.name, rank=rank
                )
            )
    found.append(
        Signatory(
            agreement=row,
            side="applicant",
            actor=dossier.applicant,
            name=dossier.applicant.name[:200],
            rank=len(found),
        )
    )
    return found


def _party(  # noqa: PLR0913 - keyword-only: each is a part of the signatory
    agreement: Agreement, name: str, actor: Actor | None, *, rank: int, first: int = 0, person: str = ""
) -> Signatory:
    called = " ".join((actor.name if actor else name).split())[:200]
    if not called:
        raise DomainError("no_name", _("Nommez ce signataire."), facts={"field": "name"})
    row = Signatory(agreement=agreement, side="other", actor=actor, name=called, rank=rank, first=first)
    row.person = " ".join(person.split())[:160]
    insert(row, "signatory_refused", field="name")
    return row


def _hold(agreement: Agreement) -> Agreement:
    """Return the agreement held until the end of the transaction, its dossier first."""
    if agreement.dossier_id is not None:
        moving.lock(agreement.dossier)  # type: ignore[arg-type]
    rows = Agreement.objects.select_for_update(of=("self",)).select_related(
        "subject", "programme", "dossier__subject", "dossier__form", "dossier__call__programme"
    )
    return rows.get(pk=agreement.pk)


def _draft(deed: Deed) -> None:
    if not Deed.objects.filter(pk=deed.pk, state=Deed.State.DRAFT).exists():
        raise _moved(deed)


def _number(reference: str) -> str:
    return f"{reference}-C"


def _why(reason: str) -> str:
    why = " ".join(reason.split())[:300]
    if not why:
        raise DomainError("reason_needed", _("Dites pourquoi."), facts={"field": "reason"})
    return why


def _moved(deed: Deed) -> StaleWriteError:
    words = _(
        "Quelqu'un vient de modifier cet acte : relisez-le, rien de ce que vous avez écrit n'est perdu."
    )
    return StaleWriteError("deed_moved", words, facts={"deed": deed.pk.hex})


def _tell(agreement: Agreement, words: Any, by: User | None, dedupe: str) -> None:
    if agreement.dossier is not None:
        text = format_lazy(words, name=agreement.number)
        telling.applicant(agreement.dossier, text, tail="convention/", by=by, dedupe=dedupe)
