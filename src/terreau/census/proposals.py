"""Changes proposed to a sheet, and their decision item by item.

Of two people who decide of one proposal, one is told that it is decided. What is accepted is written through
the verbs of the actors and of the facts, with the proposal as its source; nothing is overwritten.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.actors.perms import moderators_of
from terreau.census import fields, mail, tokens
from terreau.census.fields import Field
from terreau.census.models import Proposal
from terreau.common.errors import DomainError, NotFoundError, StaleWriteError
from terreau.common.identifiers import uuid7
from terreau.journal.actions import record
from terreau.notices.actions import tell
from terreau.pieces.actions import attach, source
from terreau.pieces.models import Piece, Source
from terreau.subjects.actions import lock

OPEN, ACCEPTED, REFUSED = "open", "accepted", "refused"
#: Changes that one proposal may hold.
MOST = 30


@dataclass(frozen=True, slots=True)
class Change:
    """A change as it is typed: the field, the value, the date it holds from, and where it comes from."""

    field: str
    new: str
    on: str = ""
    source: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """An item of a proposal against the sheet: what it said then, what it says now, what is proposed."""

    index: int
    key: str
    label: str
    before: str
    before_raw: str
    now: Field
    new: str
    new_raw: str
    on: str
    source: str
    url: str
    status: str
    reason: str
    problem: str

    @property
    def moved(self) -> bool:
        """Whether the sheet has changed since the proposal was written."""
        return self.now.raw != self.before_raw

    @property
    def done(self) -> bool:
        """Whether the sheet already says what is proposed."""
        return bool(self.new_raw) and self.now.raw == self.new_raw

    @property
    def seen(self) -> str:
        """What the person who decides saw of the sheet, to be given back with the decision."""
        return tokens.digest(self.now.raw)[:16]


@transaction.atomic
def propose(  # noqa: PLR0913 - keyword-only: what, by whom, how to answer
    actor: Actor,
    changes: Iterable[Change],
    *,
    by: User | None,
    contact: str = "",
    message: str = "",
    language: str = "fr",
    site: str = "",
    file: Any = None,
) -> Proposal:
    """Keep what is proposed and tell who decides. ``site``: the address of the site, for the private link.

    ``file`` supports the proposal: a private piece of the sheet, in quarantine until it was scanned where a
    scanner is set. Raises ``DomainError`` when nothing is proposed, when a value cannot be what its field
    holds or a file what it says (``facts["field"]`` names it). Without an account an address is needed, to
    answer, and a file is taken only where it is scanned (``takes_files``).
    """
    items = [_item(actor, change) for change in changes]
    if not items:
        raise DomainError("nothing_proposed", _("Choisissez au moins une information à changer."))
    if len(items) > MOST:
        message = _("Proposez %(most)d changements au plus à la fois.") % {"most": MOST}
        raise DomainError("too_many", message, facts={"most": MOST})
    if by is None and not contact:
        facts = {"field": "contact"}
        raise DomainError("contact_needed", _("Donnez une adresse où vous répondre."), facts=facts)
    pk, piece = uuid7(), _attached(actor, file, by=by)
    proposal = Proposal.objects.create(
        pk=pk,
        piece=piece,
        subject=actor.subject,
        author=by,
        contact=contact if by is None else "",
        language=language,
        token_hash=tokens.digest(_secret(pk)),
        base_version=actor.version,
        items=items,
        message=message.strip()[:2000],
    )
    told = {"proposal": proposal.pk.hex, "fields": [item["field"] for item in items]}
    told |= {"piece": piece.pk.hex} if piece else {}
    record(actor.subject, "proposal.received", by=by, data=told)
    _tell_who_decides(proposal, actor)
    if contact and by is None:
        _write(proposal, "census/mail/proposal_received.txt", site)
    return proposal


def takes_files(by: User | None) -> bool:
    """Say whether a file is taken: people with an account, strangers only where files are scanned."""
    return by is not None or bool(settings.CLAMD)


def _attached(actor: Actor, file: Any, *, by: User | None) -> Piece | None:
    if file is None or not takes_files(by):
        return None
    try:
        return attach(actor.subject, file, file.name or _("fichier"), by=by)
    except DomainError as error:
        error.facts["field"] = "file"
        raise


def _secret(pk: UUID) -> str:
    """Return the secret of the private link of a proposal: 256 bits that only this site can make again.

    43 characters, the shape of every personal link: the log of requests leaves them out.
    """
    made = salted_hmac("terreau.census.proposal", pk.hex, algorithm="sha256").digest()
    return urlsafe_b64encode(made).decode("ascii").rstrip("=")


def of_link(token: str) -> Proposal:
    """Return the proposal of a private link; ``NotFoundError`` when there is none."""
    rows = Proposal.objects.select_related("subject__actor__subject", "author")
    found = rows.filter(token_hash=tokens.digest(token)).first()
    if found is None:
        raise NotFoundError("unknown_proposal", _("Ce lien ne mène à aucune proposition."))
    return found


def link_of(proposal: Proposal) -> str:
    """Return the private address of a proposal, in its language."""
    with override("fr"):
        path = reverse("proposal_link", args=[_secret(proposal.pk)])
    return mail.localized(path, proposal.language)


def _item(actor: Actor, change: Change) -> dict[str, Any]:
    one = fields.find(actor, change.field)
    try:
        fields.read_typed(one, change.new, on=change.on)
    except DomainError as error:
        error.facts["field"] = change.field
        raise
    if change.new.strip() == one.raw and one.raw and change.on == "":
        facts = {"field": change.field}
        raise DomainError("same_value", _("La fiche dit déjà cela."), facts=facts)
    return {
        "field": change.field,
        "label": one.label,
        "old": one.raw,
        "old_shown": one.shown,
        "new": change.new.strip(),
        "on": change.on.strip(),
        "source": change.source.strip()[:300],
        "url": change.url.strip()[:500],
        "status": OPEN,
        "reason": "",
    }


def lines(proposal: Proposal) -> list[Line]:
    """Return the items of a proposal against what the sheet says now."""
    actor = proposal.subject.actor
    return [_line(actor, index, item) for index, item in enumerate(proposal.items)]


def _line(actor: Actor, index: int, item: Mapping[str, Any]) -> Line:
    problem = ""
    try:
        now = fields.find(actor, item["field"])
        fields.read_typed(now, item["new"], on=item["on"])
    except DomainError as error:
        now, problem = Field(item["field"], item["label"], "text", ""), str(error.message)
    return Line(
        index=index,
        key=item["field"],
        label=now.label,
        before=item["old_shown"],
        before_raw=item["old"],
        now=now,
        new=fields.shown(now, item["new"]),
        new_raw=item["new"],
        on=item["on"],
        source=item["source"],
        url=item["url"],
        status=item["status"],
        reason=item["reason"],
        problem=problem,
    )


@transaction.atomic
def decide(  # noqa: PLR0913 - keyword-only: what, by whom, what was seen, where the answer leads
    proposal: Proposal,
    choices: Mapping[int, str],
    *,
    by: User,
    reason: str = "",
    seen: Mapping[int, str] | None = None,
    site: str = "",
) -> Proposal:
    """Accept or refuse each item (``{index: "accepted" | "refused"}``) and write what is accepted.

    ``seen``: what the person saw of each field (``Line.seen``); a field that moved since is refused with
    ``StaleWriteError``, and nothing is written. A refusal needs a reason. One decision only (409).
    """
    _check_choices(proposal, choices)
    lock(proposal.subject_id)
    proposal.refresh_from_db()
    if proposal.state != Proposal.State.OPEN:
        raise DomainError("decided_already", _("Cette proposition a déjà reçu sa réponse."), status=409)
    accepted = [line for line in lines(proposal) if choices[line.index] == ACCEPTED]
    _check_seen(lines(proposal), seen or {})
    reason = reason.strip()[:2000]
    if len(accepted) < len(proposal.items) and not reason:
        facts = {"field": "reason"}
        raise DomainError("reason_needed", _("Dites pourquoi : la personne lira ce motif."), facts=facts)
    for line in accepted:
        _apply(proposal, line, by=by)
    state = _state(len(accepted), len(proposal.items))
    items = [
        {**item, "status": choices[index], "reason": reason if choices[index] == REFUSED else ""}
        for index, item in enumerate(proposal.items)
    ]
    Proposal.objects.filter(pk=proposal.pk, state=Proposal.State.OPEN).update(
        items=items, state=state, reason=reason, decided_by=by, decided_at=timezone.now()
    )
    proposal.refresh_from_db()
    data = {"proposal": proposal.pk.hex, "accepted": [line.key for line in accepted], "state": state}
    record(proposal.subject, "proposal.decided", by=by, data=data)
    _tell_author(proposal, site)
    return proposal


def _check_choices(proposal: Proposal, choices: Mapping[int, str]) -> None:
    wanted = set(range(len(proposal.items)))
    if set(choices) != wanted or not set(choices.values()) <= {ACCEPTED, REFUSED}:
        raise DomainError("choose_each", _("Acceptez ou refusez chaque changement."))


def _check_seen(found: Iterable[Line], seen: Mapping[int, str]) -> None:
    moved = [line for line in found if seen.get(line.index, line.seen) != line.seen]
    if moved:
        message = _("La fiche a changé pendant que vous lisiez : regardez les valeurs et décidez de nouveau.")
        conflicts = {
            line.key: {"base": line.before, "theirs": line.now.shown, "mine": line.new} for line in moved
        }
        raise StaleWriteError("stale_proposal", message, facts={"conflicts": conflicts})


def _apply(proposal: Proposal, line: Line, *, by: User) -> None:
    if line.problem:
        raise DomainError("cannot_apply", line.problem, facts={"field": line.key})
    if line.done:
        return
    actor = Actor.objects.select_related("subject", "source").get(pk=proposal.subject_id)
    said = source_of(proposal, line)
    fields.apply(actor, line.key, line.new_raw, on=line.on, by=by, source=said)


def source_of(proposal: Proposal, line: Line) -> Source:
    """Return the proposal as the source of an item: its day and what it cites, never who wrote it.

    Its file is the source when it has one that was found clean.
    """
    with override("fr"):
        day = date_format(timezone.localtime(proposal.created_at), "j F Y")
    section = line.source or line.url or line.label
    piece = proposal.piece
    if piece and piece.state == Piece.State.CLEAN:
        title = f"{piece.name}, proposition du {day}"
        return source(Source.Kind.PIECE, piece.pk.hex, title, section[:300], line.url, piece=piece)
    return source(
        Source.Kind.DECLARATION,
        f"proposition-{proposal.pk.hex}",
        f"Proposition du {day}",
        section[:300],
        line.url,
    )


def _state(accepted: int, items: int) -> str:
    if accepted == items:
        return Proposal.State.ACCEPTED
    return Proposal.State.PARTLY if accepted else Proposal.State.REFUSED


@transaction.atomic
def withdraw(proposal: Proposal, *, by: User | None) -> Proposal:
    """Take a proposal back, by its author or by who holds its link; refused once decided (409)."""
    lock(proposal.subject_id)
    rows = Proposal.objects.filter(pk=proposal.pk, state=Proposal.State.OPEN)
    if not rows.update(state=Proposal.State.WITHDRAWN, decided_at=timezone.now()):
        raise DomainError("decided_already", _("Cette proposition a déjà reçu sa réponse."), status=409)
    proposal.refresh_from_db()
    record(proposal.subject, "proposal.withdrawn", by=by, data={"proposal": proposal.pk.hex})
    return proposal


def page_of(proposal: Proposal) -> str:
    """Return the French address of the page of a proposal, for who has an account."""
    with override("fr"):
        return reverse("proposal", args=[proposal.pk])


def _tell_who_decides(proposal: Proposal, actor: Actor) -> None:
    from terreau.actors.models import Belonging

    rows = Belonging.objects.confirmed().filter(actor=actor, role=Belonging.Role.ANIMATOR)
    people = {row.user for row in rows.select_related("user").order_by("user")}
    people |= set(moderators_of(actor, on=timezone.localdate()))
    words = format_lazy(gettext_lazy("Une modification de « {name} » est proposée."), name=actor.name)
    for user in sorted(people - {proposal.author}, key=lambda one: one.pk):
        tell(user, "proposal", words, subject=actor.subject, path=page_of(proposal))


_WORDS = {
    Proposal.State.ACCEPTED: gettext_lazy("Votre proposition sur « {name} » est acceptée. Merci."),
    Proposal.State.PARTLY: gettext_lazy("Votre proposition sur « {name} » est acceptée en partie : {reason}"),
    Proposal.State.REFUSED: gettext_lazy("Votre proposition sur « {name} » n'est pas retenue : {reason}"),
}


def _tell_author(proposal: Proposal, site: str) -> None:
    name = proposal.subject.actor.name
    if proposal.author:
        words = format_lazy(_WORDS[Proposal.State(proposal.state)], name=name, reason=proposal.reason)
        tell(proposal.author, "proposal", words, subject=proposal.subject, path=page_of(proposal))
    elif proposal.contact:
        _write(proposal, "census/mail/proposal_decided.txt", site)


def _write(proposal: Proposal, template: str, site: str) -> None:
    """Send an e-mail after the commit, with the private link when the address of the site is known."""
    base = settings.SITE_URL or site
    context = {
        "name": proposal.subject.actor.name,
        "link": f"{base}{link_of(proposal)}" if base else "",
        "state": proposal.state,
        "reason": proposal.reason,
        "lines": [{"label": item["label"], "status": item["status"]} for item in proposal.items],
    }
    to, language = proposal.contact, proposal.language
    transaction.on_commit(lambda: mail.send(to, template, context, language=language) and None)
